// The generators' main function: Halide's own, which makes objects for CPUs; for a target with CUDA
// a module of Hinge's is compiled instead, from the same arguments
//   -g GENERATOR -f FUNCTION -e object|ptx|stmt -o FOLDER target=TARGET PARAMETER=VALUE...
#include "cuda_module.h"

#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace Halide;

struct Arguments {
  std::map<std::string, std::string> options;                  // -g, -f, -e, -o
  std::vector<std::pair<std::string, std::string>> parameters; // but for the target
  std::string target;
  hinge::CudaOptions cuda;

  Arguments(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
      const std::string argument = argv[i];
      const std::size_t equals = argument.find('=');
      if (argument[0] == '-' && i + 1 < argc)
        options[argument] = argv[++i];
      else if (argument.rfind("target=", 0) == 0)
        target = argument.substr(equals + 1);
      else if (argument.rfind("blocks=", 0) == 0)
        cuda.blocks = std::stoi(argument.substr(equals + 1));
      else if (argument.rfind("prefetch=", 0) == 0)
        cuda.prefetch = argument.substr(equals + 1) == "1";
      else if (equals != std::string::npos)
        parameters.emplace_back(argument.substr(0, equals), argument.substr(equals + 1));
    }
  }

  const std::string &option(const std::string &name) const {
    const auto found = options.find(name);
    if (found == options.end())
      throw CompileError("option " + name + " is missing");
    return found->second;
  }
};

void compile_for_cuda(const Arguments &arguments, const Target &target) {
  const std::string &function = arguments.option("-f"), &name = arguments.option("-g");
  const auto generator = Internal::GeneratorRegistry::create(name, GeneratorContext(target));
  if (!generator)
    throw CompileError("generator \"" + name + "\" is unknown");
  for (const auto &[parameter, value] : arguments.parameters)
    generator->set_generatorparam_value(parameter, value);
  const hinge::CudaModule module = hinge::cuda_module(*generator, function, arguments.cuda);
  const std::string &kind = arguments.option("-e"), path = arguments.option("-o") + "/" + function;
  if (kind == "object")
    module.host.compile({{OutputFileType::object, path + ".o"}});
  else if (kind == "ptx")
    std::ofstream(path + ".ptx") << module.ptx;
  else if (kind == "stmt")
    module.host.compile({{OutputFileType::stmt, path + ".stmt"}});
  else
    throw CompileError("-e " + kind + ": expected object, ptx or stmt");
}

} // namespace

int main(int argc, char **argv) {
  const Arguments arguments(argc, argv);
  try {
    if (!arguments.target.empty()) {
      const Target target(arguments.target);
      if (target.has_feature(Target::CUDA)) {
        compile_for_cuda(arguments, target);
        return 0;
      }
    }
  } catch (const Error &e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
  return Internal::generate_filter_main(argc, argv);
}
