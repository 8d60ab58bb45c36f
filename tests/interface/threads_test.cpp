// Calls from several threads, and calls that share their work with the pool, give the same bits.
#include "support.h"

#include "host/fp_environment.h"
#include "host/threads.h"

#include <hinge/plan/limits.h>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <cmath>
#include <thread>

using namespace hinge_test;

namespace {

struct Layer {
  Layer(std::int64_t in, std::int64_t out, std::int64_t batch)
      : in_features(in), out_features(out), rows(batch),
        weight(random_values(std::size_t(in * out), 1)),
        x(random_values(std::size_t(in * batch), 2)) {
    EXPECT_EQ(HINGE_OK,
              linear_create(const_view(weight, out, in), nullptr, HINGE_ACTIVATION_RELU, &linear));
  }
  ~Layer() { hinge_linear_destroy(linear); }
  Layer(const Layer &) = delete;

  std::vector<float> forward() const {
    std::vector<float> y(std::size_t(rows * out_features), -1.0f);
    EXPECT_EQ(HINGE_OK,
              linear_forward(linear, const_view(x, rows, in_features), view(y, rows, out_features)))
        << hinge_last_error();
    return y;
  }

  std::int64_t in_features, out_features, rows;
  std::vector<float> weight, x;
  hinge_linear *linear = nullptr;
};

TEST(Threads, two_call_one_linear_at_once) {
  const Layer layer(64, 100, 16);
  const std::vector<float> expected = layer.forward();
  std::atomic<int> wrong{0};
  const auto repeat = [&] {
    for (int i = 0; i < 500; i++)
      wrong += layer.forward() != expected;
  };
  std::thread first(repeat), second(repeat);
  first.join();
  second.join();
  EXPECT_EQ(0, wrong);
}

TEST(Threads, linear_has_the_same_bits_for_any_number) {
  // Threads share the panels, the panels with a rest, and the rows.
  const struct {
    std::int64_t in, out, batch;
  } shapes[] = {{512, 1024, 32}, {300, 1000, 33}, {2048, 2053, 1}, {256, 40, 1000}, {64, 10, 9001}};
  for (const auto &s : shapes) {
    const Layer layer(s.in, s.out, s.batch);
    const std::vector<float> expected = layer.forward();
    for (int threads : {2, 3, 8}) {
      const ScopedThreads scope(threads);
      for (int i = 0; i < 3; i++)
        ASSERT_EQ(expected, layer.forward()) << s.batch << " x " << s.in << " -> " << s.out;
    }
  }
}

TEST(Threads, activation_has_the_same_bits_for_any_number) {
  const std::vector<float> x = random_values(1 << 20, 1);
  for (int threads : {1, 2, 5}) {
    const ScopedThreads scope(threads);
    for (std::int64_t cols : {std::int64_t(1) << 20, std::int64_t(1000), std::int64_t(3)})
      for (std::int64_t stride : {cols, cols + 1}) {
        const std::int64_t rows = std::int64_t(x.size()) / stride;
        if (rows == 0)
          continue;
        std::vector<float> y(x.size(), 9.0f);
        ASSERT_HINGE_OK(activation_forward(HINGE_ACTIVATION_RELU, {x.data(), rows, cols, stride},
                                           {y.data(), rows, cols, stride}));
        for (std::int64_t i = 0; i < std::int64_t(x.size()); i++) {
          const bool inside = i < rows * stride && i % stride < cols;
          ASSERT_EQ(inside ? activation(HINGE_ACTIVATION_RELU, x[std::size_t(i)]) : 9.0f,
                    y[std::size_t(i)]);
        }
      }
  }
}

/// A layer with every output of a step of training.
struct Step {
  Step(std::int64_t k, std::int64_t n, std::int64_t m)
      : layer(k, n, m), dy(random_values(std::size_t(m * n), 3)) {}

  struct Result {
    std::vector<float> y, dx, dw, db;
    std::vector<std::uint8_t> mask;
    std::vector<std::int64_t> per_row, per_column;
    bool operator==(const Result &o) const {
      return y == o.y && dx == o.dx && dw == o.dw && db == o.db && mask == o.mask &&
             per_row == o.per_row && per_column == o.per_column;
    }
  };
  Result run() const {
    const std::int64_t m = layer.rows, k = layer.in_features, n = layer.out_features;
    Result r{std::vector<float>(dy.size()),
             std::vector<float>(layer.x.size()),
             std::vector<float>(layer.weight.size(), 0.25f),
             std::vector<float>(std::size_t(n), 0.5f),
             std::vector<std::uint8_t>(std::size_t(m * mask_row_bytes(n)), 0xa5),
             std::vector<std::int64_t>(std::size_t(m)),
             std::vector<std::int64_t>(std::size_t(n))};
    const hinge_const_view x = const_view(layer.x, m, k), w = const_view(layer.weight, n, k),
                           gradient = const_view(dy, m, n);
    const hinge_view dx = view(r.dx, m, k), dw = view(r.dw, n, k);
    const hinge_const_mask mask = const_mask_view(r.mask, m, n);
    EXPECT_EQ(HINGE_OK,
              linear_forward_mask(layer.linear, x, view(r.y, m, n), mask_view(r.mask, m, n)));
    EXPECT_EQ(HINGE_OK,
              hinge_linear_backward_mask(&x, &w, &mask, &gradient, &dx, &dw, r.db.data(), 1));
    EXPECT_EQ(HINGE_OK, mask_count(mask, r.per_row.data(), r.per_column.data()));
    return r;
  }

  Layer layer;
  std::vector<float> dy;
};

TEST(Threads, a_step_of_training_has_the_same_bits_for_any_number) {
  const struct {
    std::int64_t in, out, batch;
  } shapes[] = {{512, 1024, 32}, {300, 1000, 33}, {1027, 520, 50}, {40, 70, 3001}, {64, 10, 9001}};
  for (const auto &s : shapes) {
    const Step step(s.in, s.out, s.batch);
    const Step::Result expected = step.run();
    for (int threads : {2, 3, 8}) {
      const ScopedThreads scope(threads);
      ASSERT_TRUE(expected == step.run()) << s.batch << " x " << s.in << " -> " << s.out;
    }
  }
}

TEST(Threads, steps_of_training_of_several_callers_at_once) {
  const ScopedThreads scope(2);
  const Step step(300, 500, 40);
  const Step::Result expected = step.run();
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 3; c++)
    callers.emplace_back([&] {
      for (int i = 0; i < 20; i++)
        wrong += !(expected == step.run());
    });
  for (std::thread &t : callers)
    t.join();
  EXPECT_EQ(0, wrong);
}

TEST(Threads, callers_that_find_the_pool_at_work_do_their_own) {
  const ScopedThreads scope(3);
  const Layer layer(512, 1024, 32);
  const std::vector<float> expected = layer.forward();
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; c++)
    callers.emplace_back([&] {
      for (int i = 0; i < 20; i++)
        wrong += layer.forward() != expected;
    });
  for (std::thread &t : callers)
    t.join();
  EXPECT_EQ(0, wrong);
}

TEST(Threads, every_task_runs_once_and_a_failure_is_returned) {
  for (int threads : {1, 2, 7}) {
    const ScopedThreads scope(threads);
    EXPECT_EQ(threads, hinge_get_num_threads());
    for (int repeat = 0; repeat < 200; repeat++)
      for (std::int64_t count : {0, 1, 2, 13, 100}) {
        std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
        EXPECT_EQ(0, hinge::detail::parallel_for(count, [&](std::int64_t i) {
                    runs[std::size_t(i)]++;
                    return 0;
                  }));
        for (const auto &n : runs)
          ASSERT_EQ(1, n);
      }
    EXPECT_EQ(42, hinge::detail::parallel_for(50, [](std::int64_t i) { return i == 17 ? 42 : 0; }));
  }
}

/// A pool that starts a thread for each task.
struct ForeignPool {
  std::atomic<int> jobs{0};
  std::atomic<std::int64_t> tasks{0};
};

void run_on_foreign_pool(void *pool, std::int64_t count,
                         void (*task)(void *context, std::int64_t i), void *context) {
  auto &p = *static_cast<ForeignPool *>(pool);
  p.jobs++;
  p.tasks += count;
  std::vector<std::thread> threads;
  for (std::int64_t i = 0; i < count; i++)
    threads.emplace_back(task, context, i);
  for (std::thread &t : threads)
    t.join();
}

TEST(Threads, of_the_programs_own_pool) {
  const Layer layer(512, 1024, 32), small(8, 8, 2);
  const std::vector<float> expected = layer.forward(), expected_small = small.forward();
  std::vector<float> x = random_values(1 << 20, 1);
  ForeignPool pool;
  ASSERT_HINGE_OK(hinge_set_thread_pool(run_on_foreign_pool, &pool, 3));
  EXPECT_EQ(3, hinge_get_num_threads());
  EXPECT_EQ(expected, layer.forward());
  EXPECT_EQ(1, pool.jobs);
  EXPECT_GE(pool.tasks, 3);
  EXPECT_EQ(expected_small, small.forward());
  EXPECT_EQ(1, pool.jobs) << "a small call is not worth a task";
  ASSERT_HINGE_OK(
      activation_forward(HINGE_ACTIVATION_RELU, const_view(x, 1, 1 << 20), view(x, 1, 1 << 20)));
  EXPECT_EQ(2, pool.jobs);
  const Step step(300, 500, 40), small_step(8, 8, 2);
  const Step::Result result = step.run();
  EXPECT_GT(pool.jobs, 2);
  const int jobs = pool.jobs;
  small_step.run();
  EXPECT_EQ(jobs, pool.jobs) << "a small call is not worth a task";
  EXPECT_EQ(42, hinge::detail::parallel_for(50, [](std::int64_t i) { return i == 17 ? 42 : 0; }));

  ASSERT_HINGE_OK(hinge_set_thread_pool(nullptr, nullptr, 0));
  EXPECT_EQ(1, hinge_get_num_threads());
  EXPECT_EQ(expected, layer.forward());
  ASSERT_HINGE_OK(hinge_set_thread_pool(run_on_foreign_pool, &pool, 2));
  ASSERT_HINGE_OK(hinge_set_num_threads(2)); // Hinge's own pool again
  EXPECT_EQ(expected, layer.forward());
  ASSERT_HINGE_OK(hinge_set_num_threads(1));
  EXPECT_TRUE(result == step.run());
  EXPECT_EQ(jobs + 1, pool.jobs);
}

using hinge::detail::FpEnvironment;

/// As long as it takes other threads to begin.
void take_time() { std::this_thread::sleep_for(std::chrono::microseconds(100)); }

/// Computes in another floating-point environment for a scope.
class ScopedFpEnvironment {
public:
  explicit ScopedFpEnvironment(int rounding, bool flush_denormals = false) {
    std::fesetround(rounding);
    if (flush_denormals) {
      FpEnvironment e = FpEnvironment::get();
#if defined(__x86_64__)
      e.control |= 0x8040; // FTZ, DAZ
#else
      e.control |= 1 << 24; // FZ
#endif
      e.set();
    }
  }
  ~ScopedFpEnvironment() {
    before_.set();
    std::fesetround(FE_TONEAREST);
  }

private:
  FpEnvironment before_ = FpEnvironment::get();
};

/// The results of a step of training and of an activation of denormals. Both are large enough for
/// the pool.
struct Results {
  Step::Result step;
  std::vector<float> activation;

  bool operator==(const Results &o) const {
    return step == o.step && activation == o.activation &&
           std::signbit(activation[0]) == std::signbit(o.activation[0]);
  }
};

Results run_all(const Step &step, const std::vector<float> &denormals) {
  Results r{step.run(), std::vector<float>(denormals.size())};
  EXPECT_EQ(HINGE_OK, activation_forward(HINGE_ACTIVATION_RELU6, const_view(denormals, 1, 1 << 20),
                                         view(r.activation, 1, 1 << 20)));
  return r;
}

TEST(Threads, compute_in_the_callers_floating_point_environment) {
  const Step step(300, 1000, 33);
  std::vector<float> denormals(1 << 20);
  for (std::size_t i = 0; i < denormals.size(); i++)
    denormals[i] = from_bits(std::uint32_t(i % 0x7fffff + 1) | (i % 3 ? 0 : 0x80000000u));
  const struct {
    int rounding;
    bool flush;
  } environments[] = {{FE_TONEAREST, false},
                      {FE_UPWARD, false},
                      {FE_DOWNWARD, false},
                      {FE_TOWARDZERO, true},
                      {FE_TONEAREST, true}};
  std::vector<Results> expected;
  for (const auto &e : environments) {
    const ScopedFpEnvironment scope(e.rounding, e.flush);
    expected.push_back(run_all(step, denormals));
  }
  EXPECT_FALSE(expected[0].step == expected[1].step) << "the test shows nothing";
  EXPECT_FALSE(expected[1].step == expected[2].step);
  ForeignPool foreign;
  for (int pool = 0; pool < 2; pool++) {
    // The threads start in the default environment.
    ASSERT_HINGE_OK(pool ? hinge_set_thread_pool(run_on_foreign_pool, &foreign, 3)
                         : hinge_set_num_threads(4));
    for (int repeat = 0; repeat < 6; repeat++)
      for (std::size_t i = 0; i < expected.size(); i++) {
        const ScopedFpEnvironment scope(environments[i].rounding, environments[i].flush);
        const std::uint64_t before = FpEnvironment::get().control;
        EXPECT_TRUE(expected[i] == run_all(step, denormals)) << "environment " << i;
        EXPECT_EQ(before, FpEnvironment::get().control);
      }
  }
  ASSERT_HINGE_OK(hinge_set_num_threads(1));
}

/// Fails unless tasks on other threads leave those threads' environments alone, and their
/// exceptions reach the caller.
TEST(Threads, exceptions_go_to_the_caller_and_environments_come_back) {
  const ScopedThreads scope(4);
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<int> elsewhere{0};
  // Threads take a while to begin.
  for (int repeat = 0; repeat < 60 || (elsewhere == 0 && repeat < 5000); repeat++) {
    std::feclearexcept(FE_ALL_EXCEPT);
    std::atomic<bool> raised{false};
    std::atomic<int> unclean{0};
    {
      const ScopedFpEnvironment upward(repeat % 2 ? FE_UPWARD : FE_TONEAREST);
      hinge::detail::parallel_for(16, [&](std::int64_t) {
        take_time();
        unclean += std::fetestexcept(FE_OVERFLOW) != 0; // of an earlier task on this thread
        if (std::this_thread::get_id() != caller && repeat % 3 == 0) {
          volatile float x = 3e38f; // std::feraiseexcept uses the x87 on x86, which kernels don't
          x = x * x;
          raised = true;
          elsewhere++;
        }
        return 0;
      });
      EXPECT_EQ(raised ? FE_OVERFLOW : 0, std::fetestexcept(FE_OVERFLOW));
    }
    EXPECT_EQ(0, unclean);
  }
  EXPECT_GT(elsewhere, 0);
  std::feclearexcept(FE_ALL_EXCEPT);
}

TEST(Threads, a_call_of_a_thread_that_asks_for_it_stays_there) {
  const ScopedThreads scope(4);
  const std::thread::id caller = std::this_thread::get_id();
  const auto threads_elsewhere = [&](bool are_awaited) {
    std::atomic<int> elsewhere{0};
    // Threads take a while to begin.
    for (int repeat = 0; repeat < 10 || (are_awaited && elsewhere == 0 && repeat < 5000); repeat++)
      hinge::detail::parallel_for(16, [&](std::int64_t) {
        take_time();
        elsewhere += std::this_thread::get_id() != caller;
        return 0;
      });
    return int(elsewhere);
  };
  EXPECT_GT(threads_elsewhere(true), 0);
  ASSERT_HINGE_OK(hinge_set_num_threads_local(1));
  EXPECT_EQ(0, threads_elsewhere(false));
  EXPECT_EQ(4, hinge_get_num_threads());
  std::thread([] { EXPECT_EQ(4, hinge::detail::num_threads()); }).join();
  EXPECT_EQ(HINGE_INVALID_ARGUMENT, hinge_set_num_threads_local(2));
  EXPECT_STREQ("threads is 2: expected 1, or 0 for those of hinge_set_num_threads",
               hinge_last_error());
  EXPECT_EQ(0, threads_elsewhere(false));
  ASSERT_HINGE_OK(hinge_set_num_threads_local(0));
  EXPECT_GT(threads_elsewhere(true), 0);
}

TEST(Threads, pieces_cover_everything_once) {
  for (std::int64_t total : {1, 7, 64, 1000})
    for (std::int64_t least : {1, 2, 8, 2000})
      for (std::int64_t step : {1, 6, 64})
        for (std::int64_t most : {1, 13, 5000}) {
          const hinge::plan::Pieces p = hinge::plan::cut(total, least, step, most);
          std::int64_t next = 0;
          for (std::int64_t i = 0; i < p.count(); i++) {
            ASSERT_EQ(next, p.begin(i));
            ASSERT_GT(p.length(i), 0);
            ASSERT_LE(p.length(i), most);
            next += p.length(i);
          }
          ASSERT_EQ(total, next);
        }
}

TEST(Threads, the_number_can_change_between_calls) {
  const Layer layer(512, 1024, 16);
  const std::vector<float> expected = layer.forward();
  for (int threads : {4, 2, 1, 3, 3, 1}) {
    const ScopedThreads scope(threads);
    ASSERT_EQ(expected, layer.forward());
  }
  EXPECT_EQ(1, hinge_get_num_threads());
}

} // namespace
