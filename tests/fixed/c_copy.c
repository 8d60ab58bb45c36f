/* Copies of packed weights, with the widest vectors that the options allow (CMakeLists.txt). */
#include "c_copy.h"

void copy_fixed_relu6(const app_fixed_relu6_packed_weights *from,
                      app_fixed_relu6_packed_weights *to) {
  *to = *from;
}

void copy_tiny(const app_tiny_packed_weights *from, app_tiny_packed_weights *to) { *to = *from; }
