// Layers with a batch, and the gradients that the contract requires.
#pragma once

#include "support.h"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

namespace hinge_test {

struct Gradients {
  std::vector<float> dx, dweight, dbias;
};

/// A layer with a batch and the gradient by its output. All matrices are dense.
struct Problem {
  Problem(std::int64_t m, std::int64_t k, std::int64_t n, std::uint32_t seed = 1)
      : batch(m), in(k), out(n), x(random_values(std::size_t(m * k), seed)),
        weight(random_values(std::size_t(n * k), seed + 1)),
        z(random_values(std::size_t(m * n), seed + 2)),
        dy(random_values(std::size_t(m * n), seed + 3)), old{{},
                                                             random_values(std::size_t(n * k),
                                                                           seed + 4),
                                                             random_values(std::size_t(n),
                                                                           seed + 5)} {
    // Values lie on both sides of both kinks, and some on them.
    const float kinks[] = {0.0f, -0.0f, 6.0f};
    for (std::size_t i = 0; i < z.size(); i++)
      z[i] = i % 11 == 5 ? kinks[i / 11 % 3] : 5 * z[i];
  }

  /// Returns the rows begin .. end - 1 of the batch.
  Problem rows(std::int64_t begin, std::int64_t end) const {
    Problem p = *this;
    const auto cut = [&](std::vector<float> &v, std::int64_t cols) {
      v = std::vector<float>(v.begin() + begin * cols, v.begin() + end * cols);
    };
    p.batch = end - begin;
    cut(p.x, in);
    cut(p.z, out);
    cut(p.dy, out);
    return p;
  }

  std::int64_t batch, in, out;
  std::vector<float> x, weight, z, dy; // z: the input of the activation
  Gradients old;                       // the gradients to add to
};

/// Problems whose contract raises few floating-point exceptions. A column would raise others if it
/// were computed with a 0 instead of one of its operands.
inline std::vector<Problem> quiet_problems(std::int64_t m, std::int64_t k, std::int64_t n) {
  const auto fill = [](std::vector<float> &v, float value) {
    std::fill(v.begin(), v.end(), value);
  };
  Problem ones(m, k, n);
  for (std::vector<float> *v :
       {&ones.x, &ones.weight, &ones.z, &ones.dy, &ones.old.dweight, &ones.old.dbias})
    fill(*v, 1.0f);
  // infinity * 0 is invalid.
  Problem infinite = ones;
  infinite.x[0] = infinite.dy[0] = HUGE_VALF;
  // In the others -3e38 + 3e38 + 3e38 is exact, and 0 + 3e38 + 3e38 overflows. The first number is
  // a bias or an old gradient, and 3e38 stands in two rows or columns.
  const auto two_rows = [](std::int64_t rows, std::int64_t cols) {
    std::vector<float> v(std::size_t(rows * cols));
    std::fill_n(v.begin(), std::min<std::int64_t>(2, rows) * cols, 3e38f);
    return v;
  };
  Problem bias = ones;
  fill(bias.old.dbias, -3e38f);
  fill(bias.dy, 0.0f);
  for (std::int64_t i = 0; i < m * k; i++)
    bias.x[std::size_t(i)] = i % k < 2 ? 3e38f : 0.0f;
  Problem dbias = ones;
  fill(dbias.old.dbias, -3e38f);
  fill(dbias.weight, 0.0f);
  fill(dbias.x, 0.0f);
  dbias.dy = two_rows(m, n);
  Problem dweight = ones;
  fill(dweight.old.dweight, -3e38f);
  fill(dweight.old.dbias, -3e38f);
  fill(dweight.weight, 0.0f);
  dweight.x = two_rows(m, k);
  return {infinite, bias, dbias, dweight};
}

/// The exceptions that a call raises: bits of FE_ALL_EXCEPT.
template <class Call>
int exceptions_of(const Call &call) {
  std::feclearexcept(FE_ALL_EXCEPT);
  call();
  const int raised = std::fetestexcept(FE_ALL_EXCEPT);
  std::feclearexcept(FE_ALL_EXCEPT);
  return raised;
}

/// The names of the exceptions that are raised and not allowed.
inline std::string unexpected(int raised, int allowed = 0) {
  const struct {
    int flag;
    const char *name;
  } all[] = {{FE_INVALID, "invalid "},
             {FE_DIVBYZERO, "division by zero "},
             {FE_OVERFLOW, "overflow "},
             {FE_UNDERFLOW, "underflow "},
             {FE_INEXACT, "inexact "}};
  std::string text;
  for (const auto &e : all)
    text += raised & ~allowed & e.flag ? e.name : "";
  return text;
}

/// One element by the contract, for the exceptions that it raises: parts of `size` terms, of which
/// the first begins with `first`.
template <class Left, class Right>
void raise_exceptions_of_sum(const TestTarget &target, std::int64_t terms, std::int64_t size,
                             float first, const Left &left, const Right &right) {
  volatile float sum = first;
  for (std::int64_t begin = 0; begin < terms; begin += size) {
    volatile float acc = begin == 0 ? first : 0.0f;
    for (std::int64_t r = begin; r < terms && r < begin + size; r++) {
      volatile float l = left(r), w = right(r);
      if (target.has_fma) {
        acc = std::fma(l, w, acc);
      } else {
        volatile float product = l * w;
        acc = acc + product;
      }
    }
    if (begin == 0)
      sum = acc;
    else
      sum = sum + acc;
  }
}

/// The exceptions of y before its activation, with old.dbias as bias. The activation's comparisons
/// add invalid if y is NaN.
inline int exceptions_of_forward(const TestTarget &t, const Problem &p, bool has_bias) {
  return exceptions_of([&] {
    for (std::int64_t m = 0; m < p.batch; m++)
      for (std::int64_t n = 0; n < p.out; n++)
        raise_exceptions_of_sum(
            t, p.in, part_terms(p.in), has_bias ? p.old.dbias[std::size_t(n)] : 0.0f,
            [&](std::int64_t k) { return p.x[std::size_t(m * p.in + k)]; },
            [&](std::int64_t k) { return p.weight[std::size_t(n * p.in + k)]; });
  });
}

/// The exceptions of the gradients, where dy passes everywhere and they are added to the old ones.
inline int exceptions_of_gradients(const TestTarget &t, const Problem &p, bool has_bias) {
  const auto g = [&](std::int64_t m, std::int64_t n) { return p.dy[std::size_t(m * p.out + n)]; };
  return exceptions_of([&] {
    for (std::int64_t k = 0; k < p.in; k++) {
      for (std::int64_t m = 0; m < p.batch; m++)
        raise_exceptions_of_sum(
            t, p.out, part_terms(p.out), 0.0f, [&](std::int64_t n) { return g(m, n); },
            [&](std::int64_t n) { return p.weight[std::size_t(n * p.in + k)]; });
      for (std::int64_t n = 0; n < p.out; n++)
        raise_exceptions_of_sum(
            t, p.batch, p.batch, p.old.dweight[std::size_t(n * p.in + k)],
            [&](std::int64_t m) { return g(m, n); },
            [&](std::int64_t m) { return p.x[std::size_t(m * p.in + k)]; });
    }
    for (std::int64_t n = 0; n < p.out && has_bias; n++)
      raise_exceptions_of_sum(
          t, p.batch, p.batch, p.old.dbias[std::size_t(n)], [&](std::int64_t m) { return g(m, n); },
          [](std::int64_t) { return 1.0f; });
  });
}

inline std::vector<float> outputs(hinge_activation act, std::vector<float> z) {
  for (float &v : z)
    v = activation(act, v);
  return z;
}

/// Fails unless got[i, k] is the contract's sum of left(i, r) * right(r, k) in parts of `size`
/// terms: each is a chain of FMAs, r ascending. The first one begins with old[i, k], or with 0 if
/// `old` is empty. The bits are the same with FMA, and any NaN equals a NaN. Without FMA the sum is
/// within the bound of dot_in_double.
template <class L, class R>
void expect_sums(const TestTarget &target, const char *name, std::int64_t rows, std::int64_t cols,
                 std::int64_t terms, std::int64_t size, const L &left, const R &right,
                 const std::vector<float> &old, const std::vector<float> &got) {
  ASSERT_EQ(std::size_t(rows * cols), got.size());
  std::vector<float> row, part, left_terms, right_terms;
  for (std::int64_t i = 0; i < rows; i++) {
    row.assign(std::size_t(cols), 0.0f);
    if (!old.empty())
      std::copy_n(old.begin() + i * cols, cols, row.begin());
    const std::vector<float> first = row;
    for (std::int64_t begin = 0; begin < terms; begin += size) {
      part.assign(std::size_t(cols), 0.0f);
      if (begin == 0)
        part = first;
      for (std::int64_t r = begin; r < std::min(terms, begin + size); r++) {
        const float l = left(i, r);
        for (std::int64_t k = 0; k < cols; k++)
          part[std::size_t(k)] = fused(l, right(r, k), part[std::size_t(k)]);
      }
      for (std::size_t k = 0; k < part.size(); k++)
        row[k] = begin == 0 ? part[k] : row[k] + part[k];
    }
    for (std::int64_t k = 0; k < cols; k++) {
      const float expected = row[std::size_t(k)], result = got[std::size_t(i * cols + k)];
      const auto where = [&] {
        return std::string(name) + "[" + std::to_string(i) + ", " + std::to_string(k) + "] of " +
               std::to_string(rows) + " x " + std::to_string(cols) + ", " + std::to_string(terms) +
               " terms";
      };
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(result)) << where() << " is " << result;
      } else if (target.has_fma || std::isinf(expected)) {
        ASSERT_EQ(bits(expected), bits(result))
            << where() << " is " << result << ", expected " << expected;
      } else {
        left_terms.clear();
        right_terms.clear();
        for (std::int64_t r = 0; r < terms; r++) {
          left_terms.push_back(left(i, r));
          right_terms.push_back(right(r, k));
        }
        const Bounded sum = dot_in_double(left_terms.data(), right_terms.data(), terms,
                                          first[std::size_t(k)], size);
        ASSERT_LE(std::fabs(double(result) - sum.value), sum.bound)
            << where() << " is " << result << ", expected " << sum.value;
      }
    }
  }
}

/// Fails unless `got` has the problem's gradients, added to the old ones where it accumulates.
/// Gradients that were not asked for are empty.
inline void expect_gradients(const TestTarget &target, const Problem &p, hinge_activation act,
                             bool accumulate, const Gradients &got) {
  const auto at = [](const std::vector<float> &v, std::int64_t cols) {
    return [&v, cols](std::int64_t i, std::int64_t k) { return v[std::size_t(i * cols + k)]; };
  };
  std::vector<float> g(p.z.size());
  for (std::size_t i = 0; i < g.size(); i++)
    g[i] = from_bits(activation_backward_bits(act, bits(p.z[i]), bits(p.dy[i])));
  const auto by_unit = [&](std::int64_t n, std::int64_t m) {
    return g[std::size_t(m * p.out + n)];
  };
  const std::vector<float> none;
  if (!got.dx.empty()) {
    ASSERT_NO_FATAL_FAILURE(expect_sums(target, "dx", p.batch, p.in, p.out, part_terms(p.out),
                                        at(g, p.out), at(p.weight, p.in), none, got.dx));
  }
  if (!got.dweight.empty()) {
    ASSERT_NO_FATAL_FAILURE(expect_sums(target, "dweight", p.out, p.in, p.batch, p.batch, by_unit,
                                        at(p.x, p.in), accumulate ? p.old.dweight : none,
                                        got.dweight));
  }
  if (!got.dbias.empty()) { // g * 1 is exact, so the bits are the same without FMA
    TestTarget exact = target;
    exact.has_fma = true;
    const auto one = [](std::int64_t, std::int64_t) { return 1.0f; };
    ASSERT_NO_FATAL_FAILURE(expect_sums(exact, "dbias", p.out, 1, p.batch, p.batch, by_unit, one,
                                        accumulate ? p.old.dbias : none, got.dbias));
  }
}

inline bool same_bits(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}
inline bool same_bits(const Gradients &a, const Gradients &b) {
  return same_bits(a.dx, b.dx) && same_bits(a.dweight, b.dweight) && same_bits(a.dbias, b.dbias);
}

} // namespace hinge_test
