// The target that runs here, of a generated layer or of the library, and the messages of a layer's
// refused calls.
#include "hinge/dispatch.h"
#include "hinge/fixed/regions.h"

#include "dispatch/cpu.h"
#include "error.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace hinge::detail {

static bool usable(const hinge_dispatch_target &target) {
  const std::uint32_t required = plan::feature_mask(target.cpu_features);
  return (required & cpu_features()) == required;
}

/// The names of targets, "sse41, avx2, avx512", or only of those that can run here.
struct Names {
  Names(const hinge_dispatch_target *targets, int count, bool only_usable = false) {
    std::size_t length = 0;
    for (int i = 0; i < count; i++) {
      if (only_usable && !usable(targets[i]))
        continue;
      const int n = std::snprintf(text + length, sizeof text - length, "%s%s", length ? ", " : "",
                                  targets[i].name);
      length = n < 0 || length + std::size_t(n) >= sizeof text ? sizeof text - 1
                                                               : length + std::size_t(n);
    }
    if (length == 0)
      std::snprintf(text, sizeof text, "none");
  }
  char text[128];
};

/// The last usable one of the first `count` targets, or -1.
static int best(const hinge_dispatch_target *targets, int count) {
  while (--count >= 0 && !usable(targets[count])) {
  }
  return count;
}

/// -1 if there is none.
static int index_of(std::string_view name, const hinge_dispatch_target *targets, int count) {
  while (--count >= 0 && name != targets[count].name) {
  }
  return count;
}

/// The number of `targets` that stand at `cap` or before it in `order`, "sse41, avx2, avx512". -1
/// if `order` lacks `cap`. Both lists have the worst first.
static int count_up_to(std::string_view cap, std::string_view order,
                       const hinge_dispatch_target *targets, int count) {
  constexpr std::string_view separator = ", ";
  int most = 0;
  for (;;) {
    const std::size_t end = order.find(separator);
    const std::string_view name = order.substr(0, end);
    most = std::max(most, index_of(name, targets, count) + 1);
    if (name == cap)
      return most;
    if (end == order.npos)
      return -1;
    order.remove_prefix(end + separator.size());
  }
}

static hinge_status no_target_runs(const char *layer, const hinge_dispatch_target *targets,
                                   int count) {
  return fail(HINGE_UNSUPPORTED_TARGET, "this CPU can run none of the targets of %s (%s)", layer,
              Names(targets, count).text);
}

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_dispatch_choose_target(const char *layer, const hinge_dispatch_target *targets,
                                          int count, const char *order, int *index) {
  const char *cap = std::getenv("HINGE_TARGET");
  const Names own(targets, count);
  int allowed = count;
  if (cap && *cap) {
    if (!order)
      order = own.text;
    allowed = count_up_to(cap, order, targets, count);
    if (allowed < 0)
      return fail(HINGE_UNSUPPORTED_TARGET,
                  "HINGE_TARGET \"%.64s\": unknown target, expected one of: %s", cap, order);
    if (allowed == 0)
      return fail(HINGE_UNSUPPORTED_TARGET,
                  "HINGE_TARGET \"%s\": %s has no target up to it, only %s", cap, layer, own.text);
  }
  const int found = best(targets, allowed);
  if (found >= 0) {
    *index = found;
    return HINGE_OK;
  }
  if (best(targets, count) < 0)
    return no_target_runs(layer, targets, count);
  return fail(HINGE_UNSUPPORTED_TARGET,
              "HINGE_TARGET \"%s\": this CPU can run none of the targets of %s up to it (%s), only "
              "%s",
              cap, layer, Names(targets, allowed).text, Names(targets, count, true).text);
}

hinge_status hinge_dispatch_find_target(const char *layer, const hinge_dispatch_target *targets,
                                        int count, const char *argument, const char *name,
                                        int *index) {
  const int found = name ? index_of(name, targets, count) : best(targets, count);
  if (!name && found < 0)
    return no_target_runs(layer, targets, count);
  if (found < 0)
    return fail(HINGE_UNSUPPORTED_TARGET,
                "%s \"%.64s\": %s has no such target, expected one of: %s", argument, name, layer,
                Names(targets, count).text);
  if (!usable(targets[found]))
    return fail(HINGE_UNSUPPORTED_TARGET,
                "%s \"%s\": this CPU or its operating system lacks some of: %s; usable here: %s",
                argument, name, targets[found].cpu_features, Names(targets, count, true).text);
  *index = found;
  return HINGE_OK;
}

static hinge_status refuse_overlap(const char *layer, const hinge::fixed::Region &output,
                                   const hinge::fixed::Region &other) {
  const auto i = reinterpret_cast<std::uintptr_t>(output.data),
             j = reinterpret_cast<std::uintptr_t>(other.data);
  const std::uintptr_t begin = i < j ? j - i : 0; // in the output
  const std::uintptr_t end = std::min<std::uintptr_t>(output.bytes, j + other.bytes - i);
  return hinge_dispatch_refuse(
      layer, "%s overlaps %s: expected no common byte, but they share %zu, from byte %zu of %s on",
      output.name, other.name, std::size_t(end - begin), std::size_t(begin), output.name);
}

hinge_status hinge_dispatch_refuse_memory(const char *layer, const hinge_dispatch_region *regions,
                                          int inputs, int outputs) {
  for (int i = 0; i < inputs + outputs; i++)
    if (hinge::fixed::is_missing(regions[i]))
      return hinge_dispatch_refuse(layer, "%s is null: expected %zu bytes", regions[i].name,
                                   regions[i].bytes);
  for (int output = inputs; output < inputs + outputs; output++)
    for (int other = 0; other < output; other++)
      if (hinge::fixed::overlap(regions[output], regions[other]))
        return refuse_overlap(layer, regions[output], regions[other]);
  return HINGE_INVALID_ARGUMENT;
}

hinge_status hinge_dispatch_refuse(const char *layer, const char *format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return fail(HINGE_INVALID_ARGUMENT, "%s: %s", layer, text);
}
