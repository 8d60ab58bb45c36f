// Calls allocate nothing, neither by malloc and its relatives nor by operator new. The linker
// redirects the library's calls of malloc to counters (--wrap).
#include "allocations.h"
#include "support.h"

#include <cstdlib>
#include <new>

using namespace hinge_test;

// These are not inlined, because g++ would warn that free() gets memory of operator new.
[[gnu::noinline]] void *operator new(std::size_t n) {
  allocations++;
  if (void *p = __real_malloc(n ? n : 1))
    return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void *p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void *p, std::size_t) noexcept { std::free(p); }

namespace {

template <class F>
long count(const F &f) {
  const long before = allocations;
  f();
  return allocations - before;
}

TEST(Allocations, are_seen_by_the_counters) {
  const std::vector<float> w(6, 1.0f);
  hinge_linear *l = nullptr;
  EXPECT_EQ(1, count([&] {
              ASSERT_HINGE_OK(
                  linear_create(const_view(w, 2, 3), nullptr, HINGE_ACTIVATION_NONE, &l));
            }));
  hinge_linear_destroy(l);
  EXPECT_EQ(1, count([] { ::operator delete(::operator new(8)); }));
}

TEST(Allocations, none_in_activations_and_linear_layers) {
  std::vector<float> x(64 * 100, -1.0f), y(64 * 300), w(300 * 100, 0.5f);
  std::vector<char> memory;
  for (const TestTarget &t : usable_targets()) {
    const ScopedTarget scope(t.name);
    std::size_t bytes = 0;
    ASSERT_HINGE_OK(hinge_linear_packed_bytes(100, 300, &bytes));
    memory.resize(bytes);
    hinge_linear *l = nullptr;
    hinge_status status[6] = {};
    EXPECT_EQ(0, count([&] {
                status[0] = linear_create_in(memory.data(), memory.size(), const_view(w, 300, 100),
                                             nullptr, HINGE_ACTIVATION_RELU6, &l);
                status[1] = linear_forward(l, const_view(x, 64, 100), view(y, 64, 300));
                status[2] = linear_forward(l, const_view(x, 1, 100), view(y, 1, 300));
                status[3] = activation_forward(HINGE_ACTIVATION_RELU, const_view(x, 7, 100),
                                               view(y, 7, 100));
                status[4] = activation_forward(HINGE_ACTIVATION_RELU, const_view(x, 7, 100),
                                               view(x, 7, 100));
                status[5] = activation_backward(HINGE_ACTIVATION_RELU6, const_view(x, 7, 100),
                                                const_view(w, 7, 100), view(y, 7, 100));
                hinge_linear_destroy(l);
              }));
    for (hinge_status s : status)
      EXPECT_EQ(HINGE_OK, s);
  }
}

/// A step of training, 64 x 100 -> 300, and every other call with a mask. Returns true if all
/// succeed.
struct Step {
  explicit Step(std::int64_t m = 64, std::int64_t k = 100, std::int64_t n = 300)
      : batch(m), in(k), out(n), x(std::size_t(m * k), 0.5f), w(std::size_t(n * k), 0.5f),
        y(std::size_t(m * n)), dy(y.size(), 1.0f), dx(x.size()), dw(w.size()), db(std::size_t(n)),
        bits(std::size_t(m * mask_row_bytes(n))), per_row(std::size_t(m)), per_column(db.size()) {}
  bool run(hinge_linear *l) {
    const hinge_const_mask read = const_mask_view(bits, batch, out);
    const hinge_const_view vx = const_view(x, batch, in), vw = const_view(w, out, in),
                           vy = const_view(y, batch, out), vdy = const_view(dy, batch, out);
    const hinge_view vdx = view(dx, batch, in), vdw = view(dw, out, in);
    const hinge_activation act = HINGE_ACTIVATION_RELU6;
    const hinge_status status[] = {
        linear_forward_mask(l, vx, view(y, batch, out), mask_view(bits, batch, out)),
        hinge_linear_backward(act, &vx, &vw, &vy, &vdy, &vdx, &vdw, db.data(), 0),
        hinge_linear_backward_mask(&vx, &vw, &read, &vdy, &vdx, &vdw, db.data(), 1),
        linear_repack(l, vw, db.data()),
        activation_mask(act, vy, mask_view(bits, batch, out)),
        activation_forward_mask(act, vy, view(y, batch, out), mask_view(bits, batch, out)),
        activation_backward_mask(read, vdy, view(y, batch, out)),
        activation_backward_mask(read, vdy, view(dy, batch, out)),
        mask_count(read, per_row.data(), per_column.data())};
    bool ok = true;
    for (hinge_status s : status)
      ok = ok && s == HINGE_OK;
    return ok;
  }
  std::int64_t batch, in, out;
  std::vector<float> x, w, y, dy, dx, dw, db;
  std::vector<std::uint8_t> bits;
  std::vector<std::int64_t> per_row, per_column;
};

TEST(Allocations, none_in_a_step_of_training) {
  Step step;
  for (const TestTarget &t : usable_targets()) {
    const ScopedTarget scope(t.name);
    const LinearPtr l =
        create_linear(const_view(step.w, 300, 100), nullptr, HINGE_ACTIVATION_RELU6);
    for (std::int64_t bytes : {-1, 0}) {
      const ScopedNontemporalBytes from(bytes);
      bool ok = false;
      EXPECT_EQ(0, count([&] { ok = step.run(l.get()); }));
      EXPECT_TRUE(ok) << hinge_last_error();
    }
  }
}

TEST(Allocations, none_in_a_step_of_training_that_the_pool_shares) {
  Step step(520, 256, 640);
  const LinearPtr l = create_linear(const_view(step.w, 640, 256), nullptr, HINGE_ACTIVATION_RELU6);
  const ScopedThreads scope(3);
  bool ok = false;
  EXPECT_EQ(0, count([&] { ok = step.run(l.get()); }));
  EXPECT_TRUE(ok) << hinge_last_error();
}

TEST(Allocations, none_in_calls_that_fail) {
  const std::string unknown = "no_such_target";
  EXPECT_EQ(0, count([&] {
              float x = 0;
              activation_forward(HINGE_ACTIVATION_RELU, {&x, -1, 1, 1}, {&x, 1, 1, 1});
              linear_forward(nullptr, {&x, 1, 1, 1}, {&x, 1, 1, 1});
              hinge_linear_backward(HINGE_ACTIVATION_RELU, nullptr, nullptr, nullptr, nullptr,
                                    nullptr, nullptr, &x, 2);
              mask_count({nullptr, 1, 1, 1}, nullptr, nullptr);
              linear_repack(nullptr, {&x, 1, 1, 1}, nullptr);
              hinge_set_target(unknown.c_str());
            }));
}

TEST(Allocations, none_in_calls_that_the_pool_shares) {
  std::vector<float> x(1 << 20, -1.0f), w(512 * 1024, 0.5f), y(32 * 1024);
  hinge_linear *l = nullptr;
  ASSERT_HINGE_OK(linear_create(const_view(w, 1024, 512), nullptr, HINGE_ACTIVATION_RELU, &l));
  ASSERT_HINGE_OK(hinge_set_num_threads(3));
  hinge_status status[2];
  EXPECT_EQ(0, count([&] {
              status[0] = linear_forward(l, const_view(x, 32, 512), view(y, 32, 1024));
              status[1] = activation_forward(HINGE_ACTIVATION_RELU, const_view(x, 1, 1 << 20),
                                             view(x, 1, 1 << 20));
            }));
  EXPECT_EQ(HINGE_OK, status[0]);
  EXPECT_EQ(HINGE_OK, status[1]);
  ASSERT_HINGE_OK(hinge_set_num_threads(1));
  hinge_linear_destroy(l);
}

} // namespace
