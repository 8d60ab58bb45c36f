// hingec: plans (generators/planner) and compiles kernels with Halide (compile.h).
#include "compile.h"

#include "planner/commands.h"

#include <map>

int main(int argc, char **argv) {
  using namespace hinge;
  static const std::map<std::string, Output> outputs = {{"object", Output::object},
                                                        {"ptx", Output::ptx},
                                                        {"assembly", Output::assembly},
                                                        {"stmt", Output::stmt}};
  return hingec::run({argv + 1, argv + argc}, [](const std::vector<KernelSpec> &kernels,
                                                 const std::string &kind, const std::string &path) {
    compile_kernels(kernels, outputs.at(kind), path);
  });
}
