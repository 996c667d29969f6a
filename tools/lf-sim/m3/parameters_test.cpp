// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/parameters.h"

#include <gtest/gtest.h>

#include "codegen/error.h"
#include "tools/lf-sim/m3/test_paths.h"

namespace liteflow::sim::m3 {
namespace {

TcpSettings settings(double buffer_kb, double window_kb, double ecn_k_kb) {
  TcpSettings s;
  s.transport = Congestion::newreno;
  s.buffer_kb = buffer_kb;
  s.window_kb = window_kb;
  s.ecn_k_kb = ecn_k_kb;
  return s;
}

TEST(Parameters, of_a_path_by_hand) {
  const auto values = parameters_of(settings(4096, 16, 31), published_lot(2));
  ASSERT_EQ(values.size(), size_of(Layout::tcp));
  EXPECT_EQ(values[0], 0.5F);
  // 10 bits/ns for 4 us and two packets of 838.4 ns, in packets of 8384 bits.
  EXPECT_FLOAT_EQ(values[1], static_cast<float>(std::log2(56768 / 8384.0) / 8));
  EXPECT_FLOAT_EQ(values[2], 12 / 8.0F);
  EXPECT_FLOAT_EQ(values[3], 4 / 8.0F);
  EXPECT_FLOAT_EQ(values[4], 5 / 8.0F);
  EXPECT_EQ(std::vector<float>(values.begin() + 5, values.end()), (std::vector<float>{0, 0, 1, 0}));
}

TEST(Parameters, no_threshold_is_zero) { EXPECT_EQ(parameters_of(settings(400, 10, 0), published_lot(6))[4], 0); }

TEST(Parameters, refuses_values_out_of_range) {
  const Lot lot = published_lot(2);
  EXPECT_THROW(parameters_of(settings(0, 10, 0), lot), Error);
  EXPECT_THROW(parameters_of(settings(400, -1, 0), lot), Error);
  EXPECT_THROW(parameters_of(settings(400, std::nan(""), 0), lot), Error);
  EXPECT_THROW(parameters_of(settings(400, 10, -1), lot), Error);
  EXPECT_NO_THROW(parameters_of({}, lot));
}

// m3's demo path shard0: TIMELY with PFC.
TEST(Parameters, reads_the_published_ones) {
  std::vector<double> file = {0, 36.4, 22.879, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 50.897, 121.182};
  const std::vector<float> expected = {1, 0, 0, 5, 36.4F, 22.879F, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 50.897F, 121.182F};
  EXPECT_EQ(published_parameters(file, 3, "param.npy"), expected);
  EXPECT_EQ(expected.size(), size_of(Layout::published));
  file[3] = 0;
  const auto longer = published_parameters(file, 7, "param.npy");
  EXPECT_EQ(std::vector<float>(longer.begin(), longer.begin() + 8),
            (std::vector<float>{0, 0, 1, 15, 36.4F, 22.879F, 0, 1}));
  EXPECT_THROW(published_parameters(file, 4, "param.npy"), Error);
  file.pop_back();
  EXPECT_THROW(published_parameters(file, 3, "param.npy"), Error);
}

}  // namespace
}  // namespace liteflow::sim::m3
