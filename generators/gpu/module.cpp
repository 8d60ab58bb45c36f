#include "module.h"

#include "passes.h"
#include "ptx_text.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hinge::gpu {

using namespace Halide;
using namespace Halide::Internal;

namespace {

/// An entry's name without the number that Halide adds to distinguish the Funcs of a process:
/// _kernel_y__1_s0_... for y$1.
std::string entry_name(const std::string &name) {
  return std::regex_replace(name, std::regex("^(_kernel_.*)__[0-9]+(_s[0-9]+_)"), "$1$2");
}

/// The kernels that a host function launches, by their names in its text.
class Launches : public IRVisitor {
public:
  explicit Launches(int blocks) : blocks_(blocks) {}
  std::map<std::string, ptx::LaunchBounds> bounds;
  std::map<std::string, std::string> names; // those that they get

private:
  using IRVisitor::visit;
  void visit(const Call *op) override {
    IRVisitor::visit(op);
    if (op->name != "halide_cuda_run")
      return;
    ptx::LaunchBounds launch;
    launch.blocks = blocks_;
    for (std::size_t i = 0; i < 3; i++) {
      const auto threads = as_const_int(op->args[5 + i]);
      if (!threads)
        throw CompileError("the size of a block is no constant");
      launch.threads[i] = int(*threads);
    }
    const std::string name = op->args[1].as<StringImm>()->value;
    bounds[name] = launch;
    names[name] = entry_name(name);
    if (!taken_.insert(names[name]).second)
      throw CompileError("two kernels are named " + names[name]);
  }
  int blocks_;
  std::set<std::string> taken_;
};

std::string finish(const std::string &text, const Launches &launches) {
  ptx::Lines lines = ptx::parse(text);
  ptx::round_explicitly(lines);
  ptx::find_shared_memory(lines);
  ptx::set_launch_bounds(lines, launches.bounds);
  ptx::rename_entries(lines, launches.names);
  return ptx::print(lines);
}

/// The host function without Halide's runtime, and the text of its kernels.
class HostFunction : public IRMutator {
public:
  /// `constants` of a module get names that begin with the function's.
  HostFunction(const std::vector<Buffer<void>> &constants, const std::string &function_name,
               const Launches &launches)
      : launches_(launches) {
    for (const Buffer<void> &constant : constants) {
      Runtime::Buffer<void> same = *constant.get();
      constants_[constant.name()] =
          Buffer<void>(std::move(same), function_name + "_" + constant.name());
    }
  }

  /// The constants of the module, with the changed text.
  std::vector<Buffer<void>> constants() const {
    std::vector<Buffer<void>> all;
    for (const auto &[name, constant] : constants_)
      all.push_back(constant);
    return all;
  }

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
      return load_kernels(op);
    if (op->name != "halide_cuda_run")
      return IRMutator::visit(op);
    std::vector<Expr> args = mutate(op->args);
    args[1] = StringImm::make(launches_.names.at(op->args[1].as<StringImm>()->value));
    return Call::make(op->type, "hinge_cuda_launch", args, Call::Extern);
  }

  Expr visit(const Variable *op) override {
    const auto constant = constants_.find(constant_name(op));
    if (constant == constants_.end())
      return op;
    return Variable::make(op->type, constant->second.name() + ".buffer");
  }

  /// The size is that of the changed text.
  Expr load_kernels(const Call *op) {
    const std::string name = constant_name(op->args[1].as<Call>()->args[0].as<Variable>());
    const auto constant = constants_.find(name);
    if (constant == constants_.end())
      throw CompileError("the text of the kernels is not found: " + name);
    const Buffer<std::uint8_t> source = constant->second;
    const std::string old(source.begin(), source.end());
    ptx_ = finish(old.substr(0, old.find('\0')), launches_);
    const int bytes = int(ptx_.size()) + 1; // with its end
    Buffer<std::uint8_t> text(bytes, source.name());
    std::copy_n(ptx_.c_str(), bytes, text.begin());
    constant->second = text;
    return Call::make(op->type, "hinge_cuda_load_kernels",
                      {mutate(op->args[0]), mutate(op->args[1]), Expr(bytes)}, Call::Extern);
  }

  static std::string constant_name(const Variable *buffer) {
    const std::string suffix = ".buffer";
    const std::size_t at = buffer->name.rfind(suffix);
    return at == std::string::npos ? "" : buffer->name.substr(0, at);
  }

  std::map<std::string, Buffer<void>> constants_;
  const Launches &launches_;
  std::string ptx_;
};

} // namespace

gpu::Module build_module(AbstractGenerator &generator, const std::string &function_name,
                         const ModuleOptions &options) {
  Pipeline pipeline = generator.build_pipeline();
  std::vector<Argument> arguments;
  MetadataNameMap names;
  for (const auto &info : generator.arginfos()) {
    if (info.dir != ArgInfoDirection::Input) {
      names[generator.output_func(info.name)[0].name()] = info.name;
      continue;
    }
    for (const Parameter &p : generator.input_parameter(info.name)) {
      names[p.name()] = info.name;
      arguments.emplace_back(p.name(),
                             p.is_buffer() ? Argument::InputBuffer : Argument::InputScalar,
                             p.type(), p.dimensions(), p.get_argument_estimates());
    }
  }
  add_passes(pipeline, options.prefetch);
  const Target target = generator.context().target();
  const Halide::Module lowered = pipeline.compile_to_module(arguments, function_name, target);
  Halide::Module module(lowered.name(), target, names);
  Launches launches(options.blocks);
  for (const LoweredFunc &function : lowered.functions())
    function.body.accept(&launches);
  HostFunction host(lowered.buffers(), function_name, launches);
  for (LoweredFunc function : lowered.functions()) {
    function.body = host.mutate(function.body);
    module.append(function);
  }
  for (const Buffer<void> &constant : host.constants())
    module.append(constant);
  return {module, host.ptx()};
}

} // namespace hinge::gpu
