#include "passes.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace hinge::gpu {

using namespace Halide;
using namespace Halide::Internal;

namespace {

constexpr const char *begins_part_name = "hinge_begins_part";

/// Each thread's own part of the registers of a block: its index without the thread's. Vectors are
/// taken apart because LLVM 21 carries whole ones through a loop in pairs of registers. ptxas
/// copies these at the end of the loop (60 of 1200 instructions for 64 sums).
class ThreadRegisters : public IRMutator {
  using IRMutator::visit;

  /// The value of an index, with the variables of the threads at 0.
  class Index : public IRMutator {
  public:
    explicit Index(const std::map<std::string, Expr> &lets) : lets_(lets) {}

  private:
    using IRMutator::visit;
    Expr visit(const Variable *op) override {
      if (op->name.find("thread_id") != std::string::npos)
        return make_zero(op->type);
      const auto let = lets_.find(op->name);
      return let == lets_.end() ? Expr(op) : mutate(let->second);
    }
    const std::map<std::string, Expr> &lets_;
  };

  /// The registers that an index names, one for each lane.
  std::vector<Expr> own(const std::string &name, const Expr &index) {
    const auto *ramp = index.as<Ramp>();
    const auto number = [&](const Expr &e) {
      const auto constant = as_const_int(simplify(Index(lets_).mutate(e)));
      if (!constant)
        throw CompileError("a register of a thread has no constant index");
      return *constant;
    };
    const std::int64_t first = number(ramp ? ramp->base : index),
                       stride = ramp ? number(ramp->stride) : 0;
    std::vector<Expr> lanes;
    for (int i = 0; i < index.type().lanes(); i++) {
      const std::int64_t at = first + i * stride;
      lanes.emplace_back(std::int32_t(at));
      registers_[name] = std::max(registers_[name], at + 1);
    }
    return lanes;
  }

  Expr visit(const Load *op) override {
    if (!registers_.count(op->name))
      return IRMutator::visit(op);
    std::vector<Expr> lanes;
    for (const Expr &index : own(op->name, op->index))
      lanes.push_back(Load::make(op->type.element_of(), op->name, index, op->image, op->param,
                                 const_true(), ModulusRemainder()));
    return lanes.size() == 1 ? lanes[0] : Shuffle::make_concat(lanes);
  }

  Stmt visit(const Store *op) override {
    if (!registers_.count(op->name))
      return IRMutator::visit(op);
    const std::vector<Expr> indices = own(op->name, op->index);
    const auto store = [&](const Expr &value, const Expr &index) {
      return Store::make(op->name, value, index, op->param, const_true(), ModulusRemainder());
    };
    const Expr value = mutate(op->value);
    if (indices.size() == 1)
      return store(value, indices[0]);
    const std::string whole = unique_name("lanes");
    std::vector<Stmt> stores;
    for (std::size_t i = 0; i < indices.size(); i++)
      stores.push_back(store(
          Shuffle::make_extract_element(Variable::make(value.type(), whole), int(i)), indices[i]));
    return LetStmt::make(whole, value, Block::make(stores));
  }

  Stmt visit(const Allocate *op) override {
    if (op->memory_type != MemoryType::Register)
      return IRMutator::visit(op);
    registers_[op->name] = 0;
    const Stmt body = mutate(op->body);
    return Allocate::make(op->name, op->type, op->memory_type,
                          {Expr(std::int32_t(registers_[op->name]))}, op->condition, body);
  }

  Expr visit(const Let *op) override {
    lets_[op->name] = op->value;
    return IRMutator::visit(op);
  }
  Stmt visit(const LetStmt *op) override {
    lets_[op->name] = op->value;
    return IRMutator::visit(op);
  }

  std::map<std::string, Expr> lets_; // lowered names are unique
  std::map<std::string, std::int64_t> registers_;
};

/// A loop over chunks of a sum's terms, whose operands are staged in shared memory. Halide has a
/// barrier after each stage; the last one is enough. If `prefetch` is set, the loop loads the
/// operands of the next chunk into registers, then computes with the current chunk. This hides the
/// latency of the loads.
class StagedLoops : public IRMutator {
public:
  explicit StagedLoops(bool prefetch) : prefetch_(prefetch) {}

private:
  using IRMutator::visit;

  /// The stages of a loop's body without the rest of it. Registers replace shared memory as the
  /// place of the loaded operands (`loads`), or are the source of its stores.
  class Stages : public IRMutator {
  public:
    Stages(const std::string &registers, bool loads) : registers_(registers), loads_(loads) {}
    int size() const { return size_; }

  private:
    using IRMutator::visit;
    Stmt visit(const Store *op) override {
      const int lanes = op->index.type().lanes();
      const Expr slot = lanes == 1 ? Expr(size_) : Ramp::make(size_, 1, lanes);
      size_ += lanes;
      if (loads_)
        return Store::make(registers_, op->value, slot, Parameter(), const_true(lanes),
                           ModulusRemainder());
      return Store::make(op->name,
                         Load::make(op->value.type(), registers_, slot, Buffer<>(), Parameter(),
                                    const_true(lanes), ModulusRemainder()),
                         op->index, op->param, op->predicate, op->alignment);
    }
    Stmt visit(const For *) override {
      throw CompileError("a stage that loops has no registers to be prefetched into");
    }
    const std::string &registers_;
    bool loads_;
    int size_ = 0;
  };

  /// The names that a statement stores to and loads from.
  class Uses : public IRVisitor {
  public:
    explicit Uses(const std::set<std::string> &shared) : shared_(shared) {}
    bool stores = false, loads = false, other_stores = false;

  private:
    using IRVisitor::visit;
    void visit(const Store *op) override {
      (shared_.count(op->name) ? stores : other_stores) = true;
      IRVisitor::visit(op);
    }
    void visit(const Load *op) override {
      loads = loads || shared_.count(op->name);
      IRVisitor::visit(op);
    }
    const std::set<std::string> &shared_;
  };

  static void flatten(const Stmt &s, std::vector<Stmt> *out) {
    if (const auto *block = s.as<Block>()) {
      flatten(block->first, out);
      flatten(block->rest, out);
    } else if (const auto *consume = s.as<ProducerConsumer>()) {
      flatten(consume->body, out);
    } else {
      out->push_back(s);
    }
  }

  static bool is_begin_of_part(const Expr &e) {
    const auto *call = e.as<Call>();
    return call && call->name == begins_part_name;
  }

  /// The loop over chunks, cut at the begin of each part. `begins_part` ends the part before.
  static Stmt loop_over_parts(const For *chunks, const IfThenElse *begins_part, const Stmt &body) {
    const std::vector<Expr> &args = begins_part->condition.as<Call>()->args;
    const Expr parts = args[1], chunks_of_part = args[2]; // args[0] is the chunk
    const std::string name = unique_name("part");
    const Expr part = Variable::make(Int(32), name), first = part * chunks_of_part;
    const Stmt end_part = IfThenElse::make(part > 0, begins_part->then_case);
    const Stmt loop =
        For::make(chunks->name, first, min(chunks_of_part, chunks->extent - first),
                  chunks->for_type, chunks->partition_policy, chunks->device_api, body);
    return For::make(name, 0, parts, ForType::Serial, chunks->partition_policy, chunks->device_api,
                     Block::make(end_part, loop));
  }

  static bool is_barrier(const Stmt &s) {
    const auto *evaluate = s.as<Evaluate>();
    return evaluate && Call::as_intrinsic(evaluate->value, {Call::gpu_thread_barrier});
  }

  Stmt visit(const Allocate *op) override {
    if (op->memory_type == MemoryType::GPUShared)
      shared_.insert(op->name);
    return IRMutator::visit(op);
  }

  Stmt visit(const For *op) override {
    if (op->for_type != ForType::Serial || shared_.empty())
      return IRMutator::visit(op);
    std::vector<Stmt> body, stages, rest;
    flatten(op->body, &body);
    Stmt barrier;
    for (const Stmt &s : body) {
      Uses uses(shared_);
      s.accept(&uses);
      if (uses.stores && (uses.loads || uses.other_stores || !rest.empty()))
        return IRMutator::visit(op); // another kind of loop
      if (uses.stores)
        stages.push_back(s);
      else if (rest.empty() && is_barrier(s))
        barrier = s;
      else
        rest.push_back(s);
    }
    if (stages.empty() || !barrier.defined())
      return IRMutator::visit(op);
    const Stmt all = Block::make(stages);
    const auto *begins_part = rest.empty() ? nullptr : rest[0].as<IfThenElse>();
    if (begins_part && !is_begin_of_part(begins_part->condition))
      begins_part = nullptr;
    if (begins_part)
      rest.erase(rest.begin());
    const auto loop_of = [&](std::vector<Stmt> loop) {
      loop.insert(loop.end(), rest.begin(), rest.end());
      if (begins_part)
        return loop_over_parts(op, begins_part, Block::make(loop));
      return For::make(op->name, op->min, op->extent, op->for_type, op->partition_policy,
                       op->device_api, Block::make(loop));
    };
    if (!prefetch_)
      return loop_of({all, barrier});
    const std::string registers = unique_name("prefetched");
    Stages loads(registers, true), stores(registers, false);
    const Stmt load = loads.mutate(all), store = stores.mutate(all);
    const Expr next = Variable::make(Int(32), op->name) + 1, end = op->min + op->extent;
    const Stmt load_next = IfThenElse::make(next < end, substitute(op->name, next, load));
    const Stmt load_first = IfThenElse::make(op->min < end, substitute(op->name, op->min, load));
    return Allocate::make(registers, Float(32), MemoryType::Register, {loads.size()}, const_true(),
                          Block::make(load_first, loop_of({store, barrier, load_next})));
  }

  bool prefetch_;
  std::set<std::string> shared_;
};

} // namespace

Expr begins_part(const Expr &step, const Expr &parts, const Expr &steps) {
  return Call::make(Bool(), begins_part_name, {step, parts, steps}, Call::PureExtern);
}

void add_passes(Pipeline pipeline, bool prefetch) {
  pipeline.add_custom_lowering_pass(new ThreadRegisters);
  pipeline.add_custom_lowering_pass(new StagedLoops(prefetch));
}

} // namespace hinge::gpu
