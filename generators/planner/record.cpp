#include "record.h"

namespace hinge::hingec {

std::string record(json::Object object, const std::vector<RecordTarget> &targets,
                   const std::vector<std::string> &kernels) {
  std::vector<std::string> texts;
  for (const RecordTarget &target : targets)
    texts.push_back(json::Object()
                        .add("target", target.name)
                        .add("profile", target.profile)
                        .add("kernels", target.kernels)
                        .add("needs", target.needs)
                        .text());
  return object.add("hinge", HINGEC_VERSION)
      .add("halide", HINGEC_HALIDE_VERSION)
      .raw("targets", json::array(texts))
      .raw("kernels", json::array(kernels))
      .text();
}

std::string record_source(const std::string &record) {
  return "HINGE_RECORD(R\"hinge(" + record + ")hinge\");\n";
}

} // namespace hinge::hingec
