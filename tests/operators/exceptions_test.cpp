// A call raises no floating-point exception that the contract's operations do not raise.
#include "linear_problem.h"

using namespace hinge_test;

namespace {

class Exceptions : public ::testing::TestWithParam<TestTarget> {
  ScopedTarget scope_{GetParam().name};
};

INSTANTIATE_TEST_SUITE_P(on, Exceptions, ::testing::ValuesIn(usable_targets()), target_name);

TEST_P(Exceptions, of_linear) {
  const std::int64_t most = 2 * GetParam().tile_features + 3;
  for (std::int64_t out = 1; out <= most; out++)
    for (const std::int64_t in : {1, 2, 4, 7})
      for (const std::int64_t batch : {1, 2, 5, 13})
        for (const Problem &p : quiet_problems(batch, in, out))
          for (const hinge_activation act : {HINGE_ACTIVATION_NONE, HINGE_ACTIVATION_RELU6}) {
            const LinearPtr linear =
                create_linear(const_view(p.weight, out, in), p.old.dbias.data(), act);
            std::vector<float> y(p.z.size());
            const int raised = exceptions_of([&] {
              ASSERT_HINGE_OK(
                  linear_forward(linear.get(), const_view(p.x, batch, in), view(y, batch, out)));
            });
            ASSERT_EQ("", unexpected(raised, exceptions_of_forward(GetParam(), p, true)))
                << batch << " x " << in << " -> " << out;
          }
}

TEST_P(Exceptions, of_gradients) {
  const std::int64_t most = 2 * GetParam().tile_features + 3;
  for (std::int64_t wide = 1; wide <= most; wide++)
    for (const std::int64_t other : {1, 2, 5, 13})
      for (const bool wide_in : {false, true}) {
        const std::int64_t in = wide_in ? wide : other, out = wide_in ? other : wide;
        for (const std::int64_t batch : {1, 2, 5, 13})
          for (Problem &p : quiet_problems(batch, in, out))
            for (const hinge_activation act : {HINGE_ACTIVATION_NONE, HINGE_ACTIVATION_RELU6}) {
              Gradients g{std::vector<float>(p.x.size()), p.old.dweight, p.old.dbias};
              const hinge_const_view x = const_view(p.x, batch, in),
                                     weight = const_view(p.weight, out, in),
                                     z = const_view(p.z, batch, out),
                                     dy = const_view(p.dy, batch, out);
              const hinge_view dx = view(g.dx, batch, in), dweight = view(g.dweight, out, in);
              const int raised = exceptions_of([&] {
                ASSERT_HINGE_OK(hinge_linear_backward(act, &x, &weight, &z, &dy, &dx, &dweight,
                                                      g.dbias.data(), 1));
              });
              ASSERT_EQ("", unexpected(raised, exceptions_of_gradients(GetParam(), p, true)))
                  << batch << " x " << in << " -> " << out;
            }
      }
}

TEST_P(Exceptions, of_activations_and_masks) {
  const std::vector<float> values = {HUGE_VALF, 3e38f, -HUGE_VALF, 1e-40f, 0.5f, -0.0f};
  for (std::int64_t cols = 1; cols <= 9 * GetParam().lanes + 1; cols++)
    for (const hinge_activation act : elementwise_activations) {
      std::vector<float> x(static_cast<std::size_t>(cols)), y(x);
      for (std::size_t i = 0; i < x.size(); i++)
        x[i] = values[i % values.size()];
      std::vector<std::uint8_t> mask(std::size_t(mask_row_bytes(cols)));
      const int raised = exceptions_of([&] {
        ASSERT_HINGE_OK(activation_forward_mask(act, const_view(x, 1, cols), view(y, 1, cols),
                                                mask_view(mask, 1, cols)));
        ASSERT_HINGE_OK(activation_backward(act, const_view(x, 1, cols), const_view(x, 1, cols),
                                            view(y, 1, cols)));
        ASSERT_HINGE_OK(activation_backward_mask(const_mask_view(mask, 1, cols),
                                                 const_view(x, 1, cols), view(y, 1, cols)));
        ASSERT_HINGE_OK(activation_forward(act, const_view(x, 1, cols), view(x, 1, cols)));
      });
      ASSERT_EQ("", unexpected(raised)) << cols;
    }
}

} // namespace
