#include "compile.h"

#include "cpu/passes.h"
#include "gpu/module.h"
#include "hide_symbols.h"

#include <Halide.h>

#include <fstream>
#include <stdexcept>

namespace hinge {

using namespace Halide;

namespace {

/// A generator with its parameters.
Internal::AbstractGeneratorPtr create(const KernelSpec &kernel, const Target &target) {
  auto generator = Internal::GeneratorRegistry::create(kernel.generator, GeneratorContext(target));
  if (!generator)
    throw std::runtime_error(kernel.symbol + ": generator \"" + kernel.generator + "\" is unknown");
  return generator;
}

gpu::Module build_gpu_module(const KernelSpec &kernel, const Target &target) {
  const auto generator = create(kernel, target);
  gpu::ModuleOptions options;
  for (const auto &[name, value] : kernel.parameters) {
    if (name == "blocks")
      options.blocks = std::stoi(value);
    else if (name == "prefetch")
      options.prefetch = value == "1";
    else
      generator->set_generatorparam_value(name, value);
  }
  return gpu::build_module(*generator, kernel.symbol, options);
}

Module build_cpu_module(const KernelSpec &kernel, Target target) {
  std::string arguments;
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto &parameter : kernel.parameters)
    if (parameter.first == "arguments")
      arguments = parameter.second;
    else
      parameters.push_back(parameter);
  // Kernels check their buffers. One without buffers has nothing to check.
  if (!arguments.empty())
    target = target.with_feature(Target::NoAsserts).with_feature(Target::NoBoundsQuery);
  const auto generator = create(kernel, target);
  for (const auto &[name, value] : parameters)
    generator->set_generatorparam_value(name, value);
  Module module = generator->build_module(kernel.symbol);
  if (!arguments.empty())
    cpu::take_arguments(&module, arguments);
  cpu::define_masked_lanes(&module);
  return module;
}

/// Halide 21's link_modules() forgets any_strict_float. LLVM may then assume that there is no NaN
/// and no -0.
Module link(const std::vector<Module> &modules) {
  Module linked = link_modules(modules[0].name(), modules);
  for (const Module &m : modules)
    if (m.any_strict_float())
      linked.set_any_strict_float(true);
  return linked;
}

OutputFileType file_type(Output output) {
  switch (output) {
  case Output::object:
    return OutputFileType::object;
  case Output::assembly:
    return OutputFileType::assembly;
  case Output::stmt:
    return OutputFileType::stmt;
  case Output::ptx:
    break;
  }
  throw std::runtime_error("only kernels for GPUs have PTX");
}

void write_text(const std::string &text, const std::string &path) {
  std::ofstream file(path, std::ios::binary);
  if (!(file << text).flush())
    throw std::runtime_error(path + ": cannot be written");
}

void compile(const std::vector<KernelSpec> &kernels, Output output, const std::string &path) {
  const Target target(kernels[0].halide_target);
  const bool is_gpu = target.has_feature(Target::CUDA);
  std::vector<Module> modules;
  std::string ptx;
  for (const KernelSpec &kernel : kernels) {
    if (kernel.halide_target != kernels[0].halide_target)
      throw std::runtime_error(path + ": kernels for " + kernels[0].halide_target + " and " +
                               kernel.halide_target + " do not share a file");
    if (is_gpu) {
      const gpu::Module module = build_gpu_module(kernel, target);
      ptx += module.ptx;
      modules.push_back(module.host);
    } else {
      modules.push_back(build_cpu_module(kernel, target));
    }
  }
  if (is_gpu && output == Output::ptx)
    return write_text(ptx, path);
  (modules.size() == 1 ? modules[0] : link(modules)).compile({{file_type(output), path}});
  if (output == Output::object)
    hide_symbols(path);
}

} // namespace

void compile_kernels(const std::vector<KernelSpec> &kernels, Output output,
                     const std::string &path) {
  if (kernels.empty())
    throw std::runtime_error(path + ": no kernels are to be compiled");
  try {
    compile(kernels, output, path);
  } catch (const Error &e) { // no std::exception
    throw std::runtime_error(path + ": " + e.what());
  }
}

} // namespace hinge
