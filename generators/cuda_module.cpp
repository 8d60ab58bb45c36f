#include "cuda_module.h"

#include "cuda_passes.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace hinge {

using namespace Halide;
using namespace Halide::Internal;

namespace {

/// The PTX without its comments, its shared memory declared and found by that name: an address in
/// it is an offset, which Halide takes from 0. `bounds` stand before the bodies of its entries.
std::string finish_ptx(const std::string &ptx, const std::map<std::string, std::string> &bounds) {
  const std::string base = "%hinge_shared_base";
  std::string out, entry;
  bool has_shared = false;
  std::istringstream lines(ptx);
  for (std::string line; std::getline(lines, line);) {
    line.erase(std::min(line.find("//"), line.size()));
    line.erase(line.find_last_not_of(" \t") + 1);
    if (line.empty())
      continue;
    // Without a rounding ptxas may make one instruction of a product and a sum.
    for (const char *operation : {"add", "sub", "mul"})
      if (const std::size_t at = line.find(std::string("\t") + operation + ".f32"); at != line.npos)
        line.insert(at + 4, ".rn");
    if (line.find(".entry") != std::string::npos)
      entry = line.substr(line.find(".entry ") + 7, line.find('(') - line.find(".entry ") - 7);
    if (line == "{") // of an entry
      line = bounds.at(entry) + line + "\n\t.reg .b64 " + base + ";\n\tmov.u64 \t" + base +
             ", hinge_shared;";
    const bool is_shared =
        line.find("ld.shared") != std::string::npos || line.find("st.shared") != std::string::npos;
    if (is_shared) {
      has_shared = true;
      const std::size_t open = line.find('[') + 1, close = line.find(']');
      const std::string address = line.substr(open, close - open);
      if (address[0] == '%') {
        const std::size_t offset = std::min(address.find('+'), address.size());
        line = "\t{\n\t.reg .b64 %address;\n\tadd.s64 \t%address, " + base + ", " +
               address.substr(0, offset) + ";\n" + line.substr(0, open) + "%address" +
               address.substr(offset) + line.substr(close) + "\n\t}";
      } else {
        line = line.substr(0, open) + base + "+" + address + line.substr(close);
      }
    }
    out += line + '\n';
  }
  if (has_shared)
    out.insert(out.rfind('\n', out.find(".entry")) + 1,
               ".extern .shared .align 16 .b8 hinge_shared[];\n");
  else
    for (std::size_t at; (at = out.find("\t.reg .b64 " + base)) != std::string::npos;)
      out.erase(at, out.find(", hinge_shared;\n", at) + 16 - at);
  return out;
}

/// By kernel: how many threads its blocks have, as PTX says it.
class LaunchBounds : public IRVisitor {
public:
  explicit LaunchBounds(int blocks) : blocks_(blocks) {}
  std::map<std::string, std::string> bounds;

private:
  using IRVisitor::visit;
  void visit(const Call *op) override {
    IRVisitor::visit(op);
    if (op->name != "halide_cuda_run")
      return;
    std::string text = ".maxntid ";
    for (int i = 5; i < 8; i++) {
      const auto threads = as_const_int(op->args[std::size_t(i)]);
      if (!threads)
        throw CompileError("the size of a block is no constant");
      text += std::to_string(*threads) + (i < 7 ? ", " : "\n");
    }
    if (blocks_ > 0)
      text += ".minnctapersm " + std::to_string(blocks_) + "\n";
    bounds[op->args[1].as<StringImm>()->value] = text;
  }
  int blocks_;
};

/// The host function without Halide's runtime, and the text of its kernels.
class HostFunction : public IRMutator {
public:
  HostFunction(const std::vector<Buffer<void>> &constants,
               const std::map<std::string, std::string> &bounds)
      : constants_(constants), bounds_(bounds) {}

  /// Those of the module, the text with what was done to it.
  const std::vector<Buffer<void>> &constants() const { return constants_; }

  const std::string &ptx() const { return ptx_; }

private:
  using IRMutator::visit;

  Expr visit(const Call *op) override {
    static const std::set<std::string> dropped = {"halide_copy_to_device", "halide_copy_to_host",
                                                  "halide_device_malloc", "halide_device_free",
                                                  "halide_cuda_device_interface"};
    if (op->is_intrinsic(Call::register_destructor) || dropped.count(op->name))
      return make_zero(op->type);
    if (op->name == "halide_cuda_initialize_kernels")
      return Call::make(op->type, "hinge_cuda_load_kernels",
                        {op->args[0], op->args[1], replace_text(op->args[1])}, Call::Extern);
    if (op->name == "halide_cuda_run")
      return Call::make(op->type, "hinge_cuda_launch", op->args, Call::Extern);
    return IRMutator::visit(op);
  }

  /// Its size afterwards.
  Expr replace_text(const Expr &pointer) {
    const std::string name = pointer.as<Call>()->args[0].as<Variable>()->name;
    for (Buffer<void> &constant : constants_) {
      if (constant.name() + ".buffer" != name)
        continue;
      const Buffer<std::uint8_t> source = constant;
      const std::string old(source.begin(), source.end());
      ptx_ = finish_ptx(old.substr(0, old.find('\0')), bounds_);
      const int bytes = int(ptx_.size()) + 1; // with its end
      Buffer<std::uint8_t> text(bytes, constant.name());
      std::copy_n(ptx_.c_str(), bytes, text.begin());
      constant = text;
      return Expr(bytes);
    }
    throw CompileError("the text of the kernels is not found: " + name);
  }

  std::vector<Buffer<void>> constants_;
  const std::map<std::string, std::string> &bounds_;
  std::string ptx_;
};

} // namespace

CudaModule cuda_module(AbstractGenerator &generator, const std::string &function_name,
                       const CudaOptions &options) {
  Pipeline pipeline = generator.build_pipeline();
  std::vector<Argument> arguments;
  for (const auto &info : generator.arginfos()) {
    if (info.dir != ArgInfoDirection::Input)
      continue;
    for (const Parameter &p : generator.input_parameter(info.name))
      arguments.emplace_back(p.name(),
                             p.is_buffer() ? Argument::InputBuffer : Argument::InputScalar,
                             p.type(), p.dimensions(), p.get_argument_estimates());
  }
  add_cuda_passes(pipeline, options.prefetch);
  const Target target = generator.context().target();
  const Module lowered = pipeline.compile_to_module(arguments, function_name, target);
  Module module(lowered.name(), target);
  LaunchBounds launches(options.blocks);
  for (const LoweredFunc &function : lowered.functions())
    function.body.accept(&launches);
  HostFunction host(lowered.buffers(), launches.bounds);
  for (LoweredFunc function : lowered.functions()) {
    function.body = host.mutate(function.body);
    module.append(function);
  }
  for (const Buffer<void> &constant : host.constants())
    module.append(constant);
  return {module, host.ptx()};
}

} // namespace hinge
