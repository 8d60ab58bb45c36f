// A program with files of both kinds: this one has exceptions, no_exceptions.cpp has none.
#include "no_exceptions.h"
#include "support.h"

#include "hinge/statistics.hpp"

#include <type_traits>

namespace {

TEST(NoExceptions, calls_return_a_status) {
  EXPECT_EQ(std::vector<std::string>(), call_without_exceptions());
}

TEST(NoExceptions, a_file_that_has_them_still_throws) {
  static_assert(std::is_void_v<decltype(hinge::relu({nullptr, 0, 0}, {nullptr, 0, 0}))>);
  static_assert(sizeof(hinge::Linear) == sizeof(void *));
  // Through a pointer, so that the linker chooses the function.
  void (*volatile relu)(const hinge::ConstView &, const hinge::View &) = hinge::relu;
  float x[2] = {}, y[2] = {};
  EXPECT_THROW(relu({x, 1, 2}, {y, 2, 1}), hinge::Error);
  EXPECT_THROW(hinge::Linear({x, -1, 2}), hinge::Error);
  EXPECT_EQ(HINGE_OK, hinge::Linear({x, 1, 2}).status());
}

} // namespace
