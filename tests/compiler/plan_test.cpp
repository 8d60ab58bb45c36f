// The rules of plan/, which compiler, runtime and fixed layers share. layer_test.cpp has the tiles
// of fixed layers.
#include <hinge/plan/activations.h>
#include <hinge/plan/blocks.h>
#include <hinge/plan/chains.h>
#include <hinge/plan/features.h>
#include <hinge/plan/gpu_tiles.h>
#include <hinge/plan/limits.h>
#include <hinge/plan/masks.h>
#include <hinge/plan/panels.h>
#include <hinge/plan/tiles.h>
#include <hinge/plan/types.h>

#include "planner/target.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace hinge::plan;

namespace {

Tiles tiles_of(const std::string &target, Arch arch = Arch::x86) {
  hinge::hingec::Build build;
  build.arch = arch;
  build.system = arch == Arch::x86 ? "x86-64-linux" : "arm-64-linux";
  build.targets_folder = HINGE_SOURCE_DIR "/generators/targets";
  for (const hinge::hingec::CpuTarget &t : hinge::hingec::read_targets(build).cpus)
    if (t.name == target)
      return t.tiles[Type::float32];
  throw std::runtime_error("there is no " + target);
}

// Register tiles --------------------------------------------------------------------------------

TEST(RowTiles, cut_batches_as_the_table_says) {
  struct Case {
    std::int64_t rows, tallest, tiles, height, low_tiles, tall_rows;
  };
  constexpr Case cases[] = {
      {1, 1, 1, 1, 0, 1},     {1, 6, 1, 1, 0, 1},         {5, 6, 1, 5, 0, 5},
      {6, 6, 1, 6, 0, 6},     {7, 6, 2, 4, 1, 4},         {8, 6, 2, 4, 0, 8},
      {12, 6, 2, 6, 0, 12},   {13, 6, 3, 5, 2, 5},        {32, 6, 6, 6, 4, 12},
      {32, 12, 3, 11, 1, 22}, {32, 13, 3, 11, 1, 22},     {33, 8, 5, 7, 2, 21},
      {100, 6, 17, 6, 2, 90}, {1000, 30, 34, 30, 20, 420}};
  for (const Case &c : cases) {
    const RowTiles t(c.rows, c.tallest);
    EXPECT_EQ(std::tuple(c.tiles, c.height, c.low_tiles, c.tall_rows),
              std::tuple(t.tiles, t.height, t.low_tiles, t.tall_rows))
        << c.rows << " rows, tallest " << c.tallest;
  }
}

TEST(RowTiles, compute_each_row_once_in_as_few_tiles_as_can_be) {
  for (std::int64_t tallest = 1; tallest <= 30; tallest++)
    for (std::int64_t rows = 1; rows <= 200; rows++) {
      std::int64_t next = 0, tiles = 0;
      in_row_tiles(rows, tallest, [&](std::int64_t begin, std::int64_t count, std::int32_t height) {
        ASSERT_EQ(next, begin);
        ASSERT_EQ(0, count % height);
        ASSERT_LE(height, tallest);
        ASSERT_LE(RowTiles(rows, tallest).height - height, 1);
        next += count;
        tiles += count / height;
      });
      ASSERT_EQ(rows, next);
      ASSERT_EQ((rows + tallest - 1) / tallest, tiles);
    }
}

TEST(Registers, of_tiles) {
  EXPECT_EQ(29, tile_registers(6, 4)); // 24 sums, 4 vectors of the panel, a broadcast
  EXPECT_EQ(33, tile_registers(7, 4));
  EXPECT_EQ(15, tile_registers(6, 2));
  EXPECT_EQ(16, tile_registers(4, 3));
  EXPECT_EQ(10, group_registers(2, 4)); // 8 sums, a vector of the panel, a broadcast
  EXPECT_EQ(10, group_registers(4, 2));
}

/// The heights that kernels are generated with: a wrong one here is a wrong one in every table.
TEST(Registers, hold_the_tiles_of_every_target) {
  const std::tuple<const char *, Arch, int, Heights, Heights, Heights> cases[] = {
      {"sse41", Arch::x86, 16, {0, 8, 5, 3}, {0, 8, 5, 3}, {}},
      {"avx2", Arch::x86, 16, {0, 12, 6, 4}, {0, 12, 6, 4}, {}},
      {"avx512", Arch::x86, 32, {0, 13, 12, 8, 6}, {0, 13, 12, 8, 6}, {}},
      {"zen4", Arch::x86, 32, {0, 13, 12, 8, 6}, {0, 13, 12, 8, 6}, {0, 13, 0, 8, 0, 5, 0, 3}},
      {"neon", Arch::arm, 32, {0, 12, 11, 8, 6}, {0, 5, 5, 5, 5}, {}}};
  for (const auto &[target, arch, registers, rows, gradient, half_rows] : cases) {
    const Tiles t = tiles_of(target, arch);
    EXPECT_EQ(rows, t.rows) << target;
    EXPECT_EQ(gradient, t.gradient) << target;
    EXPECT_EQ(half_rows, t.half_rows) << target;
    EXPECT_EQ(half_rows != Heights{}, t.has_half_vectors()) << target;
    EXPECT_LE(group_registers(t.group, t.panel), registers) << target;
    for (int v = 1; v <= max_panel_vectors; v++)
      for (const Heights *heights : {&t.rows, &t.gradient, &t.half_rows}) {
        const int height = (*heights)[std::size_t(v)];
        EXPECT_TRUE(height == 0 || tile_registers(height, v) <= registers) << target << " " << v;
      }
  }
}

// Panels ----------------------------------------------------------------------------------------

TEST(Panels, of_packed_weights) {
  struct Case {
    const char *target;
    std::int64_t features, full;
    int rest_vectors, rest_lanes;
  };
  const Case cases[] = {{"avx2", 1, 0, 1, 8},     // panels of 16
                        {"avx2", 16, 1, 0, 8},    //
                        {"avx2", 17, 0, 3, 8},    // one of 3 vectors instead of 2 and 1
                        {"avx2", 40, 1, 3, 8},    //
                        {"avx2", 48, 3, 0, 8},    //
                        {"sse41", 13, 1, 1, 4},   // panels of 12, none wider
                        {"avx512", 20, 0, 2, 16}, // panels of 64
                        {"avx512", 80, 1, 1, 16}, //
                        {"zen4", 20, 0, 3, 8},    // half vectors leave 4 lanes empty instead of 12
                        {"zen4", 30, 0, 2, 16},   // they would leave as many
                        {"zen4", 100, 1, 5, 8},   //
                        {"zen4", 64, 1, 0, 16}};
  for (const Case &c : cases) {
    const Tiles t = tiles_of(c.target);
    const Columns columns = packed_columns(t, c.features);
    EXPECT_EQ(std::tuple(c.full, c.rest_vectors, c.rest_lanes),
              std::tuple(columns.full, columns.rest_vectors, columns.rest_lanes))
        << c.target << ", " << c.features;
    EXPECT_EQ(columns.full * t.nr(), columns.full_columns);
  }
}

TEST(Panels, hold_every_column_and_have_kernels) {
  for (const char *target : {"sse41", "avx2", "avx512", "zen4"}) {
    const Tiles t = tiles_of(target);
    for (std::int64_t n = 1; n <= 500; n++) {
      const Columns packed = packed_columns(t, n), gradient = gradient_columns(t, n);
      ASSERT_GE(packed.full_columns + packed.rest_nr(), n);
      ASSERT_LT(packed.full_columns + packed.rest_nr() - n, t.lanes);
      const Heights &heights = packed.rest_lanes == t.lanes ? t.rows : t.half_rows;
      ASSERT_TRUE(packed.rest_vectors == 0 || heights[std::size_t(packed.rest_vectors)] > 0);
      ASSERT_LE(gradient.rest_vectors, t.panel);
      ASSERT_GE(gradient.full_columns + gradient.rest_nr(), n);
      ASSERT_LE(gradient.full_columns, n);
    }
  }
  EXPECT_EQ(10 * 24, fixed_packed_elements({8, 3, 4}, 10, 20));
  EXPECT_EQ(10 * 48, fixed_packed_elements({8, 3, 4}, 10, 25));
}

// Limits, masks, blocks -------------------------------------------------------------------------

TEST(Limits, of_one_kernel_call) {
  EXPECT_EQ(INT32_MAX, most_rows(1));
  EXPECT_EQ(INT32_MAX / 1000, most_rows(1000));
  EXPECT_EQ(1, most_rows(std::int64_t(1) << 40)); // a row cannot be cut
  EXPECT_EQ(INT32_MAX, most_rows(0));
  EXPECT_EQ(std::int64_t(65536) * (65536 + 128), largest_fixed_matrix(65536, 65536, 0));
  EXPECT_EQ(100000, largest_fixed_matrix(10, 20, 5000));
}

TEST(Limits, cut_into_pieces_that_hold_everything_once) {
  for (const std::int64_t total : {1, 7, 64, 1000})
    for (const std::int64_t least : {1, 2, 3, 16})
      for (const std::int64_t step : {1, 8, 64})
        for (const std::int64_t most : {64, 10000}) {
          const Pieces p = cut(total, least, step, most);
          std::int64_t next = 0;
          for (std::int64_t i = 0; i < p.count(); i++) {
            ASSERT_EQ(next, p.begin(i));
            ASSERT_GT(p.length(i), 0);
            ASSERT_LE(p.length(i), most);
            next += p.length(i);
          }
          ASSERT_EQ(total, next);
        }
  std::vector<std::int64_t> seen;
  EXPECT_EQ(0, in_parts(10, 4, [&](std::int64_t begin, std::int64_t length) {
              seen.insert(seen.end(), {begin, length});
              return 0;
            }));
  EXPECT_EQ((std::vector<std::int64_t>{0, 4, 4, 4, 8, 2}), seen);
  EXPECT_EQ(7, in_parts(10, 4, [](std::int64_t begin, std::int64_t) { return begin ? 7 : 0; }));
}

TEST(Masks, have_rows_of_whole_bytes) {
  EXPECT_EQ(0, mask_row_bytes(0));
  EXPECT_EQ(1, mask_row_bytes(1));
  EXPECT_EQ(1, mask_row_bytes(8));
  EXPECT_EQ(2, mask_row_bytes(9));
  EXPECT_EQ(INT64_MAX / 8 + 1, mask_row_bytes(INT64_MAX));
  const auto shape = [](std::int64_t rows, std::int64_t cols, bool has_mask) {
    const ElementwiseShape s = elementwise_shape(rows, cols, has_mask);
    return std::pair(s.rows, s.cols);
  };
  EXPECT_EQ(std::pair(std::int64_t(1), std::int64_t(60)), shape(3, 20, false));
  EXPECT_EQ(std::pair(std::int64_t(3), std::int64_t(20)), shape(3, 20, true));
  EXPECT_EQ(std::pair(std::int64_t(1), std::int64_t(72)), shape(3, 24, true));
}

TEST(Chains, have_lengths_that_the_number_of_terms_gives) {
  const auto parts = [](std::int64_t terms) {
    return std::pair(chains_of(terms), chain_terms(terms));
  };
  using Pair = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(Pair(1, 1), parts(0));
  EXPECT_EQ(Pair(1, 31), parts(31));
  EXPECT_EQ(Pair(2, 16), parts(32));
  EXPECT_EQ(Pair(1, 35), parts(35)); // a second part would have 3 terms
  EXPECT_EQ(Pair(2, 32), parts(36));
  EXPECT_EQ(Pair(2, 112), parts(208));
  EXPECT_EQ(Pair(2, 256), parts(512));
  EXPECT_EQ(Pair(3, 176), parts(513));
  EXPECT_EQ(Pair(4, 208), parts(784));
  EXPECT_EQ(Pair(4, 256), parts(1024));
  EXPECT_EQ(Pair(5, 208), parts(1025));
  EXPECT_EQ(Pair(16, 256), parts(4096));
  for (std::int64_t terms = 36; terms < 70000; terms++) {
    const std::int64_t size = chain_terms(terms), last = terms - (chains_of(terms) - 1) * size;
    ASSERT_TRUE(size % chain_step == 0 && size <= longest_chain) << terms;
    ASSERT_TRUE(last >= 4 && last <= size) << terms;
  }
}

TEST(Chains, are_side_by_side_where_they_fit_the_registers) {
  EXPECT_EQ(4, chains_side_by_side(4, 1, 2, 16)); // 8 sums, 2 vectors, a broadcast
  EXPECT_EQ(2, chains_side_by_side(3, 1, 2, 16));
  EXPECT_EQ(1, chains_side_by_side(1, 1, 2, 16));
  EXPECT_EQ(2, chains_side_by_side(9, 3, 2, 16));
  EXPECT_EQ(1, chains_side_by_side(9, 4, 2, 16));
  EXPECT_EQ(2, rows_side_by_side(4, 12, 1, 32));
  EXPECT_EQ(4, rows_side_by_side(2, 12, 1, 32));
  EXPECT_EQ(0, rows_side_by_side(4, 2, 4, 16));
}

TEST(Chains, of_a_fixed_layer_fit_a_page_of_stack) {
  EXPECT_EQ(6, rows_in_parts({8, 2, 6}, 2, 16));   // 5 places of 6 x 16 floats
  EXPECT_EQ(6, rows_in_parts({16, 4, 6}, 1, 32));  // one part needs none
  EXPECT_EQ(3, rows_in_parts({16, 4, 6}, 2, 32));  // 3 rows have two parts side by side
  EXPECT_EQ(5, rows_in_parts({16, 2, 12}, 2, 32)); // 5 places of 5 x 32 floats
  EXPECT_EQ(1, rows_in_parts({16, 4, 6}, 5, 32));
}

TEST(Blocks, of_the_gradient_hold_whole_rows) {
  for (std::int64_t terms = 1; terms <= longest_chain; terms++) {
    EXPECT_TRUE(gradient_block_rows(terms) % 12 == 0 || gradient_block_rows(terms) == 11) << terms;
    EXPECT_LE(terms * gradient_block_rows(terms), gradient_block_floats);
  }
  EXPECT_EQ(32, fixed_gradient_rows(20, 32));
  EXPECT_EQ(140, fixed_gradient_rows(20, 0));
  EXPECT_EQ(2, fixed_gradient_rows(5000, 7));
  EXPECT_EQ(1, fixed_gradient_rows(65536, 7));
}

TEST(GpuTiles, cost_rounds_of_blocks) {
  GpuTile tile{};
  tile.columns = tile.rows = 64;
  tile.thread_columns = tile.thread_rows = 4;
  tile.terms = 16;
  tile.cycles = 50;
  EXPECT_EQ(256, tile.computing_threads());
  EXPECT_EQ(8192, tile.shared_bytes());
  EXPECT_EQ(50 * 16, gpu_tile_cost(tile, 1, 1, 1, 100));              // one block, one step
  EXPECT_EQ(50 * 32, gpu_tile_cost(tile, 64, 64, 17, 100));           // two steps
  EXPECT_EQ(2 * 50 * 16, gpu_tile_cost(tile, 64 * 101, 64, 16, 100)); // a block more than a round
  EXPECT_EQ(5.5 * 50 * 16, gpu_tile_cost(tile, 64 * 55, 64 * 10, 16, 100));
}

// Features, types, activations ------------------------------------------------------------------

TEST(Features, have_each_a_bit) {
  std::set<std::string> names;
  std::uint32_t all = 0;
  for (const Feature &f : features) {
    EXPECT_TRUE(names.insert(f.name).second) << f.name;
    EXPECT_EQ(0u, all & feature_bit(f.name)) << f.name;
    all |= feature_bit(f.name);
  }
  EXPECT_EQ((std::uint32_t(1) << feature_count) - 1, all);
  EXPECT_EQ(unknown_feature, feature_bit("avx3"));
  EXPECT_EQ(unknown_feature, feature_bit(""));
  EXPECT_EQ(0u, all & unknown_feature);
}

TEST(Features, of_a_list_are_a_mask) {
  EXPECT_EQ(0u, feature_mask(""));
  EXPECT_EQ(feature_bit("sse41") | feature_bit("zen4"), feature_mask("sse41 zen4"));
  EXPECT_EQ(feature_mask("sse41 zen4"), feature_mask("  zen4  sse41 "));
  EXPECT_EQ(feature_bit("fma") | unknown_feature, feature_mask("fma fma5"));
}

TEST(Features, say_whether_there_is_fma) {
  EXPECT_FALSE(has_fma(feature_mask("sse41 avx avx2 avx512f")));
  EXPECT_TRUE(has_fma(feature_mask("sse41 fma")));
  EXPECT_TRUE(has_fma(feature_mask("neon")));
}

/// Whatever is encoded with VEX needs the state of YMM, AVX-512 that of ZMM.
TEST(Features, need_the_state_of_their_registers) {
  const std::set<std::string> ymm = {"avx", "f16c", "fma", "avx2", "bmi1", "bmi2"};
  for (const Feature &f : features) {
    const std::string name = f.name;
    const State expected = name.compare(0, 6, "avx512") == 0 ? State::zmm
                           : ymm.count(name) > 0             ? State::ymm
                                                             : State::none;
    EXPECT_EQ(expected, f.state) << name;
    EXPECT_EQ(name == "neon" ? Arch::arm : Arch::x86, f.arch) << name;
  }
}

TEST(Features, of_targets_are_all_known) {
  for (const Arch arch : {Arch::x86, Arch::arm}) {
    hinge::hingec::Build build;
    build.arch = arch;
    build.targets_folder = HINGE_SOURCE_DIR "/generators/targets";
    for (const hinge::hingec::CpuTarget &t : hinge::hingec::read_targets(build).cpus) {
      std::uint32_t mask = 0;
      for (const std::string &name : t.required) {
        EXPECT_NE(unknown_feature, feature_bit(name)) << name;
        mask |= feature_bit(name);
      }
      EXPECT_EQ(t.name != "sse41", has_fma(mask)) << t.name;
    }
  }
}

TEST(Types, are_in_the_order_of_their_enumerators) {
  for (int i = 0; i < type_count; i++)
    EXPECT_EQ(i, int(types[i].type));
  EXPECT_EQ(4, info(Type::float32).bytes);
  EXPECT_STREQ("float32", info(Type::float32).name);
}

TEST(Activations, have_indices) {
  EXPECT_EQ(0, activation_index("none"));
  EXPECT_EQ(1, activation_index("relu"));
  EXPECT_EQ(2, activation_index("relu6"));
  EXPECT_EQ(-1, activation_index("gelu"));
}

} // namespace
