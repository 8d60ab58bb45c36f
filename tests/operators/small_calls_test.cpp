// Small calls (host/small.h) accept exactly what the operators accept, and compute the same. The
// operators' own checks say what that is.
#include "support.h"

#include "operators/activation.h"

#include "hinge/hinge.h"

#include <cstring>
#include <random>

using namespace hinge_test;
using namespace hinge::detail;

namespace {

/// Memory of a call with arguments at random places, which often meet.
class Arena {
public:
  explicit Arena(std::uint32_t seed) : random_(seed) {
    for (std::size_t i = 0; i < bytes_.size() / sizeof(float); i++) {
      const float value = special_values()[i % special_values().size()];
      std::memcpy(&bytes_[i * sizeof value], &value, sizeof value);
    }
  }

  unsigned below(unsigned n) { return random_() % n; }
  bool rarely() { return below(40) == 0; }

  hinge_activation activation() { return hinge_activation(rarely() ? below(4) : 1 + below(2)); }

  /// Most arguments of a call have this shape, so that most calls are only wrong in one thing.
  void choose_shape() {
    rows_ = 1 + below(4);
    cols_ = below(3) ? 1 + below(40) : 8 * (1 + below(5));
    if (rarely())
      rows_ = 0;
    // Around the sizes that have a part of their own before a cache line.
    if (below(8) == 0)
      rows_ = 1, cols_ = 500 + below(30);
  }

  template <class V>
  V view() {
    V v{};
    v.rows = rarely() ? rows_ + 1 : rows_;
    v.cols = rarely() ? cols_ - 1 : cols_;
    v.row_stride = v.cols + (below(4) ? 0 : int(below(5)) - 1);
    v.type = rarely();
    v.data = data();
    return v;
  }

  template <class M>
  M mask() {
    M m{};
    m.rows = rarely() ? rows_ + 1 : rows_;
    m.cols = rarely() ? cols_ + 1 : cols_;
    m.row_stride = mask_row_bytes(m.cols) + (below(4) ? 0 : int(below(3)) - 1);
    m.data = static_cast<std::uint8_t *>(data());
    return m;
  }

  /// Puts the second where the first is, often.
  template <class A, class B>
  void meet(const A &a, B *b) {
    if (below(2) && a.data)
      b->data = const_cast<void *>(a.data);
  }

  std::vector<std::uint8_t> bytes() const { return bytes_; }
  const std::uint8_t *begin() const { return bytes_.data(); }

private:
  void *data() {
    if (rarely())
      return nullptr;
    if (rarely()) // one byte before the end of the address space
      return reinterpret_cast<void *>(~std::uintptr_t(0));
    const unsigned place = below(2) ? below(1000) : below(5) * rows_ * cols_;
    return bytes_.data() + place * sizeof(float) + (rarely() ? below(4) : 0);
  }

  std::mt19937 random_;
  unsigned rows_ = 1, cols_ = 1;
  std::vector<std::uint8_t> bytes_ = std::vector<std::uint8_t>(32768);
};

/// The same call on a copy of the memory.
class Copy {
public:
  explicit Copy(const Arena &arena)
      : begin_(arena.begin()), before_(arena.bytes()), now_(before_) {}

  template <class V>
  std::uint32_t at(const V &v, std::int64_t m, std::int64_t i) const {
    std::uint32_t u;
    std::memcpy(&u, before_.data() + place(v.data) + (m * v.row_stride + i) * 4, 4);
    return u;
  }
  bool bit(const hinge_const_mask &v, std::int64_t m, std::int64_t i) const {
    return bit_at(before_.data() + place(v.data) + m * v.row_stride, i);
  }
  void put(const hinge_view &v, std::int64_t m, std::int64_t i, std::uint32_t u) {
    std::memcpy(now_.data() + place(v.data) + (m * v.row_stride + i) * 4, &u, 4);
  }
  void put(const hinge_mask &v, std::int64_t m, std::int64_t i, bool is_set) {
    std::uint8_t &byte = now_[place(v.data) + std::size_t(m * v.row_stride + i / 8)];
    byte = std::uint8_t((i % 8 == 0 ? 0 : byte) | is_set << i % 8);
  }
  const std::vector<std::uint8_t> &bytes() const { return now_; }

private:
  std::size_t place(const void *data) const {
    return std::size_t(static_cast<const std::uint8_t *>(data) - begin_);
  }
  const std::uint8_t *begin_;
  std::vector<std::uint8_t> before_, now_;
};

/// Makes many calls of `op`: call(arena) gives the operator, run(op) calls the public function, and
/// expect(op, copy, row, column) computes an element.
template <class Call, class Run, class Expect>
void check_calls(const Call &call, const Run &run, const Expect &expect) {
  int accepted = 0;
  const int calls = 8000;
  for (int n = 0; n < calls; n++) {
    Arena arena{std::uint32_t(n)};
    arena.choose_shape();
    call(arena, [&](auto op) {
      const hinge_status expected = op.check();
      const std::string message = expected ? hinge_last_error() : "";
      Copy copy(arena);
      if (!expected)
        for (std::int64_t m = 0; m < op.shape().rows; m++)
          for (std::int64_t i = 0; i < op.shape().cols; i++)
            expect(op, copy, m, i);
      ASSERT_EQ(expected, run(op)) << "call " << n;
      if (expected) {
        ASSERT_EQ(message, hinge_last_error()) << "call " << n;
      }
      ASSERT_EQ(copy.bytes(), arena.bytes()) << "call " << n;
      accepted += !expected;
    });
    if (::testing::Test::HasFatalFailure())
      return;
  }
  EXPECT_GT(accepted, calls / 10);
  EXPECT_LT(accepted, calls * 9 / 10);
}

/// An operator and the matrix whose shape the others have.
template <class Op>
struct Shaped : Op {
  const auto &shape() const {
    if constexpr (std::is_same_v<Op, ActivationBackwardMask>)
      return *this->mask;
    else if constexpr (std::is_base_of_v<ActivationForward, Op>)
      return *this->x;
    else
      return *this->y;
  }
};

class SmallCalls : public ::testing::TestWithParam<TestTarget> {
  ScopedTarget scope{GetParam().name};
};

INSTANTIATE_TEST_SUITE_P(on, SmallCalls, ::testing::ValuesIn(usable_targets()), target_name);

TEST_P(SmallCalls, forward) {
  check_calls(
      [](Arena &a, const auto &then) {
        const auto x = a.view<hinge_const_view>();
        auto y = a.view<hinge_view>();
        a.meet(x, &y);
        then(Shaped<ActivationForward>{{a.activation(), a.rarely() ? nullptr : &x, &y}});
      },
      [](auto &op) { return hinge_activation_forward(op.act, op.x, op.y); },
      [](auto &op, Copy &c, std::int64_t m, std::int64_t i) {
        c.put(*op.y, m, i, activation_bits(op.act, c.at(*op.x, m, i)));
      });
}

TEST_P(SmallCalls, forward_with_mask) {
  check_calls(
      [](Arena &a, const auto &then) {
        const auto x = a.view<hinge_const_view>();
        auto y = a.view<hinge_view>();
        a.meet(x, &y);
        const auto mask = a.mask<hinge_mask>();
        then(Shaped<ActivationForwardMask>{
            {{a.activation(), &x, a.rarely() ? nullptr : &y}, a.rarely() ? nullptr : &mask}});
      },
      [](auto &op) { return hinge_activation_forward_mask(op.act, op.x, op.y, op.mask); },
      [](auto &op, Copy &c, std::int64_t m, std::int64_t i) {
        c.put(*op.y, m, i, activation_bits(op.act, c.at(*op.x, m, i)));
        c.put(*op.mask, m, i, passes(op.act, c.at(*op.x, m, i)));
      });
}

TEST_P(SmallCalls, mask) {
  check_calls(
      [](Arena &a, const auto &then) {
        const auto y = a.view<hinge_const_view>();
        const auto mask = a.mask<hinge_mask>();
        then(Shaped<ActivationMask>{{a.activation(), &y, a.rarely() ? nullptr : &mask}});
      },
      [](auto &op) { return hinge_activation_mask(op.act, op.y, op.mask); },
      [](auto &op, Copy &c, std::int64_t m, std::int64_t i) {
        c.put(*op.mask, m, i, passes(op.act, c.at(*op.y, m, i)));
      });
}

TEST_P(SmallCalls, backward) {
  check_calls(
      [](Arena &a, const auto &then) {
        const auto y = a.view<hinge_const_view>(), dy = a.view<hinge_const_view>();
        auto dx = a.view<hinge_view>();
        a.meet(dy, &dx);
        then(Shaped<ActivationBackward>{{a.activation(), &y, a.rarely() ? nullptr : &dy, &dx}});
      },
      [](auto &op) { return hinge_activation_backward(op.act, op.y, op.dy, op.dx); },
      [](auto &op, Copy &c, std::int64_t m, std::int64_t i) {
        c.put(*op.dx, m, i,
              activation_backward_bits(op.act, c.at(*op.y, m, i), c.at(*op.dy, m, i)));
      });
}

TEST_P(SmallCalls, backward_from_mask) {
  check_calls(
      [](Arena &a, const auto &then) {
        const auto mask = a.mask<hinge_const_mask>();
        const auto dy = a.view<hinge_const_view>();
        auto dx = a.view<hinge_view>();
        a.meet(dy, &dx);
        then(Shaped<ActivationBackwardMask>{{&mask, &dy, a.rarely() ? nullptr : &dx}});
      },
      [](auto &op) { return hinge_activation_backward_mask(op.mask, op.dy, op.dx); },
      [](auto &op, Copy &c, std::int64_t m, std::int64_t i) {
        c.put(*op.dx, m, i, c.bit(*op.mask, m, i) ? c.at(*op.dy, m, i) : 0u);
      });
}

} // namespace
