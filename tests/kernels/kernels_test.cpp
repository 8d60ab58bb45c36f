// Every kernel of the library's table, called directly. A kernel whose operator has no checker here
// fails. A kernel of a known operator is tested by being in the table.
#include "kept_registers.h"
#include "support.h"

#include "dispatch/buffers.h"
#include "dispatch/kernels.h"
#include "dispatch/target.h"

#include <hinge/plan/chains.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <random>
#include <set>

using namespace hinge_test;
using namespace hinge::detail;

namespace {

/// A kernel of the library's table.
struct Listed {
  std::string op, target;
  Key key;
  std::string symbol;
};

std::vector<Listed> kernel_list() {
  std::vector<Listed> list;
  for (const Target &t : targets())
    t.for_each_operator([&](const char *op, const auto &table) {
      table.for_each([&](const Key &key, const auto &kernel) {
        list.push_back({op, t.name, key, kernel.name});
      });
    });
  return list;
}

void PrintTo(const Listed &l, std::ostream *os) { *os << l.symbol; }

const Target &find_target(const std::string &name) {
  for (const Target &t : targets())
    if (t.name == name)
      return t;
  throw std::runtime_error("no target " + name);
}

const hinge::plan::Tiles &tiles_of(const Target &t) { return t.tiles[Type::float32]; }

// Columns from none to beyond two steps of the vector loop.
int elementwise_cols(const Target &t) { return 2 * 4 * tiles_of(t).lanes + 3; }

void check_activation_kernel(const Listed &l) {
  const Target &target = find_target(l.target);
  const auto &kernel = target.activation[l.key];
  ASSERT_EQ(l.symbol, kernel.name);
  for (auto flush : both_sides)
    for (int cols = 1; cols <= elementwise_cols(target); cols++) {
      GuardedMatrix x(3, cols, flush), y(3, cols, flush);
      x.fill(special_values());
      y.fill(-1.0f);
      Buffer<2> bx(x.data(), {cols, 3}, {int(x.row_stride())});
      Buffer<2> by(y.data(), {cols, 3}, {int(y.row_stride())});
      ASSERT_EQ(0, call_kernel(kernel.run, bx.get(), by.get()));
      for (int m = 0; m < 3; m++)
        for (int n = 0; n < cols; n++)
          ASSERT_EQ(activation_bits(l.key.activation, bits(x.row(m)[n])), bits(y.row(m)[n]))
              << "x = " << x.row(m)[n] << " at " << m << ", " << n << " of " << cols;
    }
}

void check_activation_inplace_kernel(const Listed &l) {
  const Target &target = find_target(l.target);
  const auto &kernel = target.activation_inplace[l.key];
  ASSERT_EQ(l.symbol, kernel.name);
  for (auto flush : both_sides)
    for (int cols = 1; cols <= elementwise_cols(target); cols++) {
      GuardedMatrix x(3, cols, flush), y(3, cols, flush);
      x.fill(special_values());
      y.fill(special_values());
      Buffer<2> by(y.data(), {cols, 3}, {int(y.row_stride())});
      ASSERT_EQ(0, call_kernel(kernel.run, by.get()));
      for (int m = 0; m < 3; m++)
        for (int n = 0; n < cols; n++)
          ASSERT_EQ(activation_bits(l.key.activation, bits(x.row(m)[n])), bits(y.row(m)[n]))
              << "x = " << x.row(m)[n] << " at " << m << ", " << n << " of " << cols;
    }
}

/// In the largest matrix every special value of y meets every one of dy.
void check_activation_backward_kernel(const Listed &l) {
  const Target &target = find_target(l.target);
  const bool in_place = l.op == "activation_backward_inplace";
  const auto &kernel = target.activation_backward[l.key];
  const auto &inplace_kernel = target.activation_backward_inplace[l.key];
  ASSERT_EQ(l.symbol, in_place ? inplace_kernel.name : kernel.name);
  const std::vector<float> &values = special_values();
  for (auto flush : both_sides)
    for (int cols = 1; cols <= elementwise_cols(target); cols++) {
      const int rows = cols < elementwise_cols(target) ? 2 : int(values.size());
      GuardedMatrix y(rows, cols, flush), dy(rows, cols, flush), dx(rows, cols, flush);
      y.fill(values);
      for (int m = 0; m < rows; m++) // another shift in every row
        for (int n = 0; n < cols; n++)
          dx.row(m)[n] = dy.row(m)[n] = values[std::size_t(n + m * (cols + 1)) % values.size()];
      const Buffer<2> by(y.data(), {cols, rows}, {int(y.row_stride())});
      const Buffer<2> bdy(dy.data(), {cols, rows}, {int(dy.row_stride())});
      const Buffer<2> bdx(dx.data(), {cols, rows}, {int(dx.row_stride())});
      ASSERT_EQ(0, in_place ? call_kernel(inplace_kernel.run, by.get(), bdx.get())
                            : call_kernel(kernel.run, by.get(), bdy.get(), bdx.get()));
      for (int m = 0; m < rows; m++)
        for (int n = 0; n < cols; n++)
          ASSERT_EQ(
              activation_backward_bits(l.key.activation, bits(y.row(m)[n]), bits(dy.row(m)[n])),
              bits(dx.row(m)[n]))
              << "y = " << y.row(m)[n] << " at " << m << ", " << n << " of " << cols;
    }
}

void check_activation_mask_kernel(const Listed &l) {
  const Target &target = find_target(l.target);
  const auto &kernel = target.activation_mask[l.key];
  ASSERT_EQ(l.symbol, kernel.name);
  for (auto flush : both_sides)
    for (int cols = 1; cols <= 2 * elementwise_cols(target); cols++) {
      const int bytes = (cols + 7) / 8;
      GuardedMatrix x(3, cols, flush);
      GuardedRows<std::uint8_t> mask(3, bytes, flush);
      x.fill(special_values());
      mask.fill(0xa5);
      const Buffer<2> bx(x.data(), {cols, 3}, {int(x.row_stride())});
      const Buffer<2, std::uint8_t> bm(mask.data(), {bytes, 3}, {int(mask.row_stride())});
      ASSERT_EQ(0, call_kernel(kernel.run, bx.get(), bm.get()));
      for (int m = 0; m < 3; m++)
        for (int i = 0; i < bytes * 8; i++)
          ASSERT_EQ(i < cols && passes(l.key.activation, bits(x.row(m)[i])), bit_at(mask.row(m), i))
              << "bit " << i << " of " << cols << " in row " << m;
    }
}

void check_backward_mask_kernel(const Listed &l) {
  const Target &target = find_target(l.target);
  const bool in_place = l.op == "activation_backward_mask_inplace";
  const auto &kernel = target.activation_backward_mask[l.key];
  const auto &inplace_kernel = target.activation_backward_mask_inplace[l.key];
  ASSERT_EQ(l.symbol, in_place ? inplace_kernel.name : kernel.name);
  std::mt19937 random(1);
  for (auto flush : both_sides)
    for (int first_bit = 0; first_bit < 8; first_bit++)
      for (int cols = 1; cols <= elementwise_cols(target); cols++) {
        const int bytes = (first_bit + cols + 7) / 8;
        GuardedMatrix dy(2, cols, flush), dx(2, cols, flush);
        GuardedRows<std::uint8_t> mask(2, bytes, flush);
        for (int m = 0; m < 2; m++)
          for (int b = 0; b < bytes; b++)
            mask.row(m)[b] = std::uint8_t(random());
        dy.fill(special_values());
        dx.fill(special_values());
        const Buffer<2, std::uint8_t> bm(mask.data(), {bytes, 2}, {int(mask.row_stride())});
        const Buffer<2> bdy(dy.data(), {cols, 2}, {int(dy.row_stride())});
        const Buffer<2> bdx(dx.data(), {cols, 2}, {int(dx.row_stride())});
        ASSERT_EQ(0, in_place ? call_kernel(inplace_kernel.run, bm.get(), first_bit, bdx.get())
                              : call_kernel(kernel.run, bm.get(), first_bit, bdy.get(), bdx.get()));
        for (int m = 0; m < 2; m++)
          for (int n = 0; n < cols; n++)
            ASSERT_EQ(bit_at(mask.row(m), first_bit + n) ? bits(dy.row(m)[n]) : 0u,
                      bits(dx.row(m)[n]))
                << "column " << n << " of " << cols << " from bit " << first_bit;
      }
}

/// The kernels for one row, which take pointers and numbers.
void check_row_kernel(const Listed &l) {
  const Target &t = find_target(l.target);
  const hinge_activation act = l.key.activation;
  const std::vector<float> &values = special_values();
  std::vector<float> turned(values.size());
  for (auto flush : both_sides)
    for (int n = 1; n <= 2 * elementwise_cols(t); n++) {
      // Every special value of `at` meets another one of `from` for each n.
      for (std::size_t i = 0; i < values.size(); i++)
        turned[i] = values[(i + std::size_t(n)) % values.size()];
      GuardedMatrix at(1, n, flush), from(1, n, flush), to(1, n, flush);
      at.fill(values);
      from.fill(turned);
      const bool in_place = l.op.find("_inplace") != std::string::npos;
      to.fill(in_place ? turned : std::vector<float>{-1.0f});
      int error = 1;
      const auto run = [&](const auto &kernel, auto... arguments) {
        EXPECT_EQ(l.symbol, kernel.name);
        error = call_kernel(kernel.run, arguments...);
      };
      if (l.op == "activation_row")
        run(t.activation_row[l.key], from.data(), to.data(), n);
      else if (l.op == "activation_inplace_row")
        run(t.activation_inplace_row[l.key], to.data(), n);
      else if (l.op == "activation_backward_row")
        run(t.activation_backward_row[l.key], at.data(), from.data(), to.data(), n);
      else
        run(t.activation_backward_inplace_row[l.key], at.data(), to.data(), n);
      ASSERT_EQ(0, error);
      const bool is_backward = l.op.find("_backward") != std::string::npos;
      for (int i = 0; i < n; i++)
        ASSERT_EQ(is_backward
                      ? activation_backward_bits(act, bits(at.row(0)[i]), bits(from.row(0)[i]))
                      : activation_bits(act, bits(from.row(0)[i])),
                  bits(to.row(0)[i]))
            << from.row(0)[i] << " at " << i << " of " << n;
    }
}

void check_mask_row_kernel(const Listed &l) {
  const Target &t = find_target(l.target);
  const auto &kernel = t.activation_mask_row[l.key];
  ASSERT_EQ(l.symbol, kernel.name);
  for (auto flush : both_sides)
    for (int n = 1; n <= 2 * elementwise_cols(t); n++) {
      const int bytes = (n + 7) / 8;
      GuardedMatrix x(1, n, flush);
      GuardedRows<std::uint8_t> mask(1, bytes, flush);
      x.fill(special_values());
      mask.fill(0xa5);
      ASSERT_EQ(0, call_kernel(kernel.run, x.data(), n, mask.data(), bytes));
      for (int i = 0; i < bytes * 8; i++)
        ASSERT_EQ(i < n && passes(l.key.activation, bits(x.row(0)[i])), bit_at(mask.row(0), i))
            << "bit " << i << " of " << n;
    }
}

void check_backward_mask_row_kernel(const Listed &l) {
  const Target &t = find_target(l.target);
  const bool in_place = l.op == "activation_backward_mask_inplace_row";
  const auto &kernel = t.activation_backward_mask_row[l.key];
  const auto &inplace_kernel = t.activation_backward_mask_inplace_row[l.key];
  ASSERT_EQ(l.symbol, in_place ? inplace_kernel.name : kernel.name);
  std::mt19937 random(1);
  for (auto flush : both_sides)
    for (int first_bit = 0; first_bit < 8; first_bit++)
      for (int n = 1; n <= elementwise_cols(t); n++) {
        const int bytes = (first_bit + n + 7) / 8;
        GuardedMatrix dy(1, n, flush), dx(1, n, flush);
        GuardedRows<std::uint8_t> mask(1, bytes, flush);
        for (int b = 0; b < bytes; b++)
          mask.row(0)[b] = std::uint8_t(random());
        dy.fill(special_values());
        dx.fill(special_values());
        ASSERT_EQ(0, in_place ? call_kernel(inplace_kernel.run, mask.data(), bytes, first_bit,
                                            dx.data(), n)
                              : call_kernel(kernel.run, mask.data(), bytes, first_bit, dy.data(),
                                            dx.data(), n));
        for (int i = 0; i < n; i++)
          ASSERT_EQ(bit_at(mask.row(0), first_bit + i) ? bits(dy.row(0)[i]) : 0u,
                    bits(dx.row(0)[i]))
              << "element " << i << " of " << n << " from bit " << first_bit;
      }
}

void check_mask_count_kernel(const Listed &l) {
  const Target &target = find_target(l.target);
  const bool by_rows = l.op == "mask_count_rows";
  const auto &row_kernel = target.mask_count_rows[l.key];
  const auto &column_kernel = target.mask_count_columns[l.key];
  ASSERT_EQ(l.symbol, by_rows ? row_kernel.name : column_kernel.name);
  std::mt19937 random(1);
  for (auto flush : both_sides)
    for (int cols = 1; cols <= 200; cols++) {
      const int rows = 1 + cols % 5, bytes = (cols + 7) / 8;
      GuardedRows<std::uint8_t> mask(rows, bytes, flush);
      for (int m = 0; m < rows; m++)
        for (int b = 0; b < bytes; b++)
          mask.row(m)[b] = std::uint8_t(random()); // the bits behind the last one too
      const Buffer<2, std::uint8_t> bm(mask.data(), {bytes, rows}, {int(mask.row_stride())});
      std::vector<std::int32_t> counts(std::size_t(by_rows ? rows : cols) + 1, -1);
      const Buffer<1, std::int32_t> bc(counts.data(), {by_rows ? rows : cols});
      ASSERT_EQ(0, by_rows ? call_kernel(row_kernel.run, bm.get(), cols, bc.get())
                           : call_kernel(column_kernel.run, bm.get(), bc.get()));
      std::vector<std::int32_t> expected(counts.size(), 0);
      expected.back() = -1;
      for (int m = 0; m < rows; m++)
        for (int i = 0; i < cols; i++)
          expected[std::size_t(by_rows ? m : i)] += bit_at(mask.row(m), i);
      ASSERT_EQ(expected, counts) << rows << " rows of " << cols;
    }
}

/// A group of parts of a sum: what a kernel of Linear computes in one call.
struct PartsCase {
  int terms, part_terms;
  bool add, last;
};

/// The contract's value of a group: chains of part_terms terms, added in order.
float value_of(const PartsCase &c, const TestTarget &target, hinge_activation act, const float *x,
               const float *w, float bias, float before) {
  float sum = c.add ? before : bias;
  for (int begin = 0; begin == 0 || begin < c.terms; begin += c.part_terms) {
    float part = begin == 0 && !c.add ? bias : 0.0f;
    for (int k = begin; k < std::min(c.terms, begin + c.part_terms); k++) {
      const float product = x[k] * w[k];
      part = target.has_fma ? fused(x[k], w[k], part) : product + part;
    }
    sum = begin == 0 && !c.add ? part : sum + part;
  }
  return c.last ? activation(act, sum) : sum;
}

/// c = A B and c += A B, against the plain loop: every tile height, panel fill and stride of A.
void check_linear_gradient_kernel(const Listed &l) {
  const Target &target = find_target(l.target);
  const bool rest = l.op == "linear_gradient_rest";
  const auto &kernel = (rest ? target.linear_gradient_rest : target.linear_gradient)[l.key];
  ASSERT_EQ(l.symbol, kernel.name);
  const int nr = l.key.vectors * tiles_of(target).lanes;
  std::vector<int> widths{nr, 3 * nr};
  if (rest) {
    widths.clear();
    for (int cols = nr - tiles_of(target).lanes + 1; cols <= nr; cols++)
      widths.push_back(cols);
  }
  for (auto flush : both_sides)
    for (int cols : widths)
      for (int tile_rows = 1; tile_rows <= tiles_of(target).gradient[std::size_t(l.key.vectors)];
           tile_rows++) {
        const int rows = tile_rows * (1 + cols % 2), terms = cols % 7;
        const bool transposed = tile_rows % 2;
        const auto accumulate = hinge::plan::Accumulate((tile_rows / 2 + cols) % 3);
        const bool adds = accumulate != hinge::plan::Accumulate::no;
        GuardedMatrix a(transposed ? terms : rows, transposed ? rows : terms, flush),
            b(terms, cols, flush), c(rows, cols, flush);
        a.fill(random_values(991, 1));
        b.fill(random_values(997, 2));
        const std::vector<float> old = random_values(std::size_t(rows) * std::size_t(cols), 3);
        c.fill(adds ? old : std::vector<float>{std::nanf("")}); // must not be read
        Buffer<2> ba(a.data(), {terms, rows}, {int(transposed ? 1 : a.row_stride())});
        ba.set_first_stride(int(transposed ? a.row_stride() : 1));
        const Buffer<2> bb(b.data(), {cols, terms}, {int(b.row_stride())});
        const Buffer<2> bc(c.data(), {cols, rows}, {int(c.row_stride())});
        ASSERT_EQ(
            0, call_kernel(kernel.run, ba.get(), bb.get(), tile_rows, int(accumulate), bc.get()));
        for (int i = 0; i < rows; i++)
          for (int k = 0; k < cols; k++) {
            std::vector<float> left, right;
            for (int r = 0; r < terms; r++) {
              left.push_back(transposed ? a.row(r)[i] : a.row(i)[r]);
              right.push_back(b.row(r)[k]);
            }
            const float before = adds ? old[std::size_t(i * cols + k)] : 0.0f;
            const PartsCase one_part{terms, std::max(1, terms),
                                     accumulate == hinge::plan::Accumulate::after, false};
            ASSERT_EQ(bits(value_of(one_part, describe(target), HINGE_ACTIVATION_NONE, left.data(),
                                    right.data(), before, before)),
                      bits(c.row(i)[k]))
                << rows << " x " << cols << ", " << terms << " terms, tile of " << tile_rows
                << ", at " << i << ", " << k;
          }
      }
}

/// Packs weights element by element, by the definition of packed weights: panels of K + 1 rows of
/// nr floats. The last feature fills the last panel.
std::vector<float> pack(const GuardedMatrix &w, const float *bias, int nr) {
  const std::int64_t n_count = w.rows(), k_count = w.cols();
  const std::int64_t panels = (n_count + nr - 1) / nr;
  std::vector<float> packed(std::size_t(panels * (k_count + 1) * nr), 0.0f);
  for (std::int64_t i = 0; i < panels * nr; i++) {
    const std::int64_t n = std::min(i, n_count - 1);
    float *column = packed.data() + i / nr * (k_count + 1) * nr + i % nr;
    column[0] = bias[n];
    for (std::int64_t k = 0; k < k_count; k++)
      column[(k + 1) * nr] = w.row(n)[k];
  }
  return packed;
}

struct LinearKernelOperator {
  const char *op;
  const Table<linear_fn> Target::*table;
  bool half;
  int side;
};

constexpr LinearKernelOperator linear_operators[] = {
    {"linear", &Target::linear, false, 1},
    {"linear_2_parts", &Target::linear_2_parts, false, 2},
    {"linear_4_parts", &Target::linear_4_parts, false, 4},
    {"linear_half", &Target::linear_half, true, 1},
    {"linear_half_2_parts", &Target::linear_half_2_parts, true, 2},
    {"linear_half_4_parts", &Target::linear_half_4_parts, true, 4},
};

void check_linear_kernel(const Listed &l) {
  const Target &target = find_target(l.target);
  const auto &op = *std::find_if(std::begin(linear_operators), std::end(linear_operators),
                                 [&](const auto &o) { return l.op == o.op; });
  const auto &kernel = (target.*op.table)[l.key];
  ASSERT_EQ(l.symbol, kernel.name);
  const hinge::plan::Tiles &tiles = tiles_of(target);
  const int lanes = op.half ? tiles.lanes / 2 : tiles.lanes;
  const int nr = l.key.vectors * lanes;
  const int rows = hinge::plan::rows_side_by_side(
      op.side, (op.half ? tiles.half_rows : tiles.rows)[std::size_t(l.key.vectors)], l.key.vectors,
      tiles.registers);
  ASSERT_GE(rows, op.side == 1 ? 2 : 1);
  // What is left over after full panels is one panel of another width.
  const bool one_panel = op.half || l.key.vectors != tiles.panel;
  const TestTarget described = describe(target);

  std::vector<PartsCase> cases;
  if (op.side == 1)
    for (int terms : {0, 1, 2, 5, 17})
      cases.push_back({terms, std::max(1, terms), false, true});
  else
    for (int last : {4, 5, 16})
      cases.push_back({(op.side - 1) * 16 + last, 16, false, true});
  for (bool add : {true, false, true}) {
    PartsCase c = cases.back();
    c.add = add;
    c.last = cases.size() % 2;
    cases.push_back(c);
  }

  for (auto flush : both_sides)
    for (const PartsCase &c : cases)
      // One column, around a vector, around a panel, several panels, a batch-1 group and more.
      for (int n_count : {1, lanes, nr - 1, nr, nr + 1, 3 * nr - 2, tiles.group * nr,
                          2 * tiles.group * nr, tiles.group * nr + 1}) {
        if (one_panel && n_count > nr)
          continue;
        const int k_count = c.terms;
        GuardedMatrix w(n_count, k_count, flush), x(2 * rows + 1, k_count, flush);
        w.fill(random_values(997, 1));
        x.fill(random_values(991, 2));
        const std::vector<float> bias = random_values(std::size_t(n_count), 3);
        const std::vector<float> packed_values = pack(w, bias.data(), nr);
        // The panels lie before a guard page too: nothing past the last one is read.
        GuardedMatrix packed(1, std::int64_t(packed_values.size()), flush);
        packed.fill(packed_values);
        Buffer<3> bp(packed.data(), {nr, k_count + 1, int(packed.cols()) / ((k_count + 1) * nr)},
                     {nr, (k_count + 1) * nr});
        for (int tile_rows = 1; tile_rows <= rows; tile_rows++)
          for (int batch : {tile_rows, tile_rows + 1, 2 * tile_rows}) {
            if (c.add && batch % tile_rows != 0)
              continue; // rows that the last tile computes again would be added twice
            GuardedMatrix y(batch, n_count, flush);
            y.fill(-1.25f);
            Buffer<2> bx(k_count ? x.data() : packed.data(), {k_count, batch},
                         {int(x.row_stride())});
            Buffer<2> by(y.data(), {n_count, batch}, {int(y.row_stride())});
            ASSERT_EQ(0, call_kernel(kernel.run, bx.get(), bp.get(), tile_rows, c.part_terms,
                                     int(c.add), int(c.last), by.get()));
            for (int m = 0; m < batch; m++)
              for (int n = 0; n < n_count; n++)
                ASSERT_EQ(bits(value_of(c, described, l.key.activation, x.row(m), w.row(n),
                                        bias[std::size_t(n)], -1.25f)),
                          bits(y.row(m)[n]))
                    << "batch " << batch << " x " << k_count << " -> " << n_count << ", tile of "
                    << tile_rows << ", at " << m << ", " << n << ", add " << c.add << ", last "
                    << c.last;
          }
      }
}

void check_linear_pack_kernel(const Listed &l) {
  const Target &target = find_target(l.target);
  const bool half = l.op == "linear_pack_half";
  const auto &kernel = (half ? target.linear_pack_half : target.linear_pack)[l.key];
  ASSERT_EQ(l.symbol, kernel.name);
  const int nr = l.key.vectors * (half ? tiles_of(target).lanes / 2 : tiles_of(target).lanes);
  for (auto flush : both_sides)
    for (int k_count = 1; k_count <= 9; k_count++)
      for (int n_count = 1; n_count <= 2 * nr + 1; n_count++) {
        GuardedMatrix w(n_count, k_count, flush);
        w.fill(random_values(997, 1));
        const std::vector<float> zeros(std::size_t(n_count), 0.0f);
        const std::vector<float> expected = pack(w, zeros.data(), nr);
        GuardedMatrix packed(1, std::int64_t(expected.size()), flush);
        packed.fill(0.0f); // the kernel does not write the bias rows
        const int panels = int(expected.size()) / ((k_count + 1) * nr);
        Buffer<2> bw(w.data(), {k_count, n_count}, {int(w.row_stride())});
        Buffer<3> bp(packed.data() + nr, {nr, k_count, panels}, {nr, (k_count + 1) * nr});
        ASSERT_EQ(0, call_kernel(kernel.run, bw.get(), bp.get()));
        for (std::size_t i = 0; i < expected.size(); i++)
          ASSERT_EQ(bits(expected[i]), bits(packed.data()[i]))
              << "element " << i << " of " << n_count << " x " << k_count;
      }
}

class Kernels : public ::testing::TestWithParam<Listed> {};

TEST_P(Kernels, follow_the_contract) {
  const std::map<std::string, void (*)(const Listed &)> checkers{
      {"activation", check_activation_kernel},
      {"activation_inplace", check_activation_inplace_kernel},
      {"activation_backward", check_activation_backward_kernel},
      {"activation_backward_inplace", check_activation_backward_kernel},
      {"activation_row", check_row_kernel},
      {"activation_inplace_row", check_row_kernel},
      {"activation_backward_row", check_row_kernel},
      {"activation_backward_inplace_row", check_row_kernel},
      {"activation_mask_row", check_mask_row_kernel},
      {"activation_backward_mask_row", check_backward_mask_row_kernel},
      {"activation_backward_mask_inplace_row", check_backward_mask_row_kernel},
      {"activation_mask", check_activation_mask_kernel},
      {"activation_backward_mask", check_backward_mask_kernel},
      {"activation_backward_mask_inplace", check_backward_mask_kernel},
      {"mask_count_columns", check_mask_count_kernel},
      {"mask_count_rows", check_mask_count_kernel},
      {"linear_gradient", check_linear_gradient_kernel},
      {"linear_gradient_rest", check_linear_gradient_kernel},
      {"linear", check_linear_kernel},
      {"linear_2_parts", check_linear_kernel},
      {"linear_4_parts", check_linear_kernel},
      {"linear_half", check_linear_kernel},
      {"linear_half_2_parts", check_linear_kernel},
      {"linear_half_4_parts", check_linear_kernel},
      {"linear_pack", check_linear_pack_kernel},
      {"linear_pack_half", check_linear_pack_kernel},
  };
  const auto checker = checkers.find(GetParam().op);
  ASSERT_NE(checker, checkers.end()) << "no test for the operator " << GetParam().op;
  const Target &target = find_target(GetParam().target);
  if (!usable(target))
    GTEST_SKIP() << "this CPU cannot run " << target.name;
  checker->second(GetParam());
}

INSTANTIATE_TEST_SUITE_P(list, Kernels, ::testing::ValuesIn(kernel_list()),
                         [](const auto &p) { return p.param.symbol; });

TEST(KernelList, is_what_the_library_says_it_has) {
  std::multiset<std::string> table, names;
  for (const Listed &l : kernel_list())
    table.insert(l.symbol);
  for (int i = 0; i < hinge_kernel_count(); i++)
    if (const std::string name = hinge_kernel_name(i); name.find("_cuda") == std::string::npos)
      names.insert(name);
  EXPECT_EQ(table, names);
  EXPECT_EQ(nullptr, hinge_kernel_name(-1));
  EXPECT_EQ(nullptr, hinge_kernel_name(hinge_kernel_count()));
}

} // namespace
