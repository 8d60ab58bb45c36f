#include "operators/linear.h"

#include <cstdio>

namespace hinge::detail {

hinge_status refuse_mask_of_none() {
  char expected[256] = "";
  std::size_t length = 0;
  for (int i = 1; i < plan::activation_count; i++) {
    const char *separator = i == 1 ? "" : i + 1 < plan::activation_count ? ", " : " or ";
    length += std::size_t(std::snprintf(expected + length, sizeof expected - length, "%s%s",
                                        separator, plan::activations[i]));
  }
  return fail(HINGE_INVALID_ARGUMENT,
              "linear has no activation, of which there could be a mask: expected %s", expected);
}

hinge_status check_packed_bytes(std::int64_t in_features, std::int64_t out_features,
                                const std::size_t *bytes) {
  if (!bytes)
    return fail(HINGE_INVALID_ARGUMENT, "bytes is null");
  if (in_features < 0)
    return fail(HINGE_INVALID_ARGUMENT, "in_features is %" PRId64 ": expected 0 or more",
                in_features);
  if (out_features < 0)
    return fail(HINGE_INVALID_ARGUMENT, "out_features is %" PRId64 ": expected 0 or more",
                out_features);
  return HINGE_OK;
}

hinge_status LinearWeights::check() {
  if (hinge_status s = check_view("weight", weight, &weight_region))
    return s;
  bias_region = {};
  return bias ? check_memory("bias", bias, std::size_t(weight->rows) * sizeof(float), &bias_region)
              : HINGE_OK;
}

hinge_status check_memory_of_layer(const Region &memory, const LinearWeights &weights) {
  for (const Argument &a : weights.arguments())
    if (overlap(memory, a.region))
      return refuse_sharing("memory", a.name, "element");
  return HINGE_OK;
}

} // namespace hinge::detail
