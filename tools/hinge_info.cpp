// What is in this library and which part of it runs here.
#include "hinge/hinge.h"

#include <cstdio>
#include <cstring>

int main(int argc, char **argv) {
  const bool kernels = argc == 2 && std::strcmp(argv[1], "--kernels") == 0;
  if (argc > 1 && !kernels) {
    const bool help = argc == 2 && std::strcmp(argv[1], "--help") == 0;
    std::fprintf(help ? stdout : stderr,
                 "usage: hinge_info [--kernels]\n"
                 "Lists the library's targets and marks the active one; --kernels lists its "
                 "kernels too.\nHINGE_TARGET=<target> chooses another target.\n");
    return help ? 0 : 2;
  }

  const char *active = nullptr;
  const hinge_status status = hinge_get_target(&active);
  std::printf("Hinge %s, %d kernels\n\n", hinge_version(), hinge_kernel_count());
  std::printf("  target    profile       lanes  FMA  usable here  needs\n");
  for (int i = 0; i < hinge_target_count(); i++) {
    hinge_target_info t;
    if (hinge_get_target_info(i, &t) != HINGE_OK)
      return 1;
    std::printf("%c %-8s  %-12s  %5d  %-3s  %-11s  %s\n",
                active && std::strcmp(active, t.name) == 0 ? '*' : ' ', t.name, t.profile,
                t.vector_lanes, t.has_fma ? "yes" : "no", t.usable ? "yes" : "no", t.cpu_features);
  }
  if (kernels) {
    std::printf("\n");
    for (int i = 0; i < hinge_kernel_count(); i++)
      std::printf("%s\n", hinge_kernel_name(i));
  }
  if (status != HINGE_OK) {
    std::fprintf(stderr, "\nhinge_info: %s\n", hinge_last_error());
    return 1;
  }
  std::printf("\nactive: %s\n", active);
  return 0;
}
