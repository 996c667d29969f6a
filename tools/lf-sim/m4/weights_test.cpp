// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/weights.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "codegen/error.h"
#include "tools/lf-sim/m4/inference.h"
#include "tools/lf-sim/m4/parameters.h"
#include "tools/lf-sim/m4/test_records.h"

namespace liteflow::sim::m4 {
namespace {

TEST(Weights, round_trip) {
  const auto file = std::filesystem::temp_directory_path() / ("lf-m4-weights-" + std::to_string(getpid()));
  const Weights w = random_weights({9, 20, 1, 2});
  write_weights(file.string(), w);
  const Weights again = read_weights(file.string());
  std::filesystem::remove(file);
  EXPECT_EQ(again.shape, w.shape);
  EXPECT_EQ(again.values, w.values);
  EXPECT_EQ(to_bytes(again), to_bytes(w));
}

TEST(Weights, sizes) {
  // 1.5 M as published: 1,501 thousand with its 13 parameters and 14 inputs of the head.
  std::size_t sum = 0;
  for (const Part &p : parts_of(kPublishedShape)) sum += p.size();
  EXPECT_NEAR(static_cast<double>(sum), 1.50e6, 1e4);
  EXPECT_EQ(random_weights(kSmall).part("graph0_left_weight").size(), 12U * 8);
  EXPECT_THROW(random_weights(kSmall).part("graph9_left_weight"), Error);
}

// What it says, or "" if nothing is wrong.
std::string complaint(const std::string &bytes) {
  try {
    weights_from(bytes, "w.m4");
  } catch (const Error &e) {
    return e.what();
  }
  return "";
}

TEST(Weights, what_does_not_fit_is_refused_in_one_line) {
  const std::string good = to_bytes(random_weights(kSmall));
  ASSERT_EQ(complaint(good), "");
  const auto with = [&](std::size_t at, std::uint32_t value) {
    std::string bytes = good;
    std::memcpy(bytes.data() + at, &value, sizeof(value));
    return complaint(bytes);
  };
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
  const std::string all[] = {complaint(""),         complaint("nonsense, but long enough to be a head of weights, if"),
                             with(8, 2),            with(12, 99),
                             with(16, 1),           with(16, 9),
                             with(24, 7),           with(32, 5),
                             complaint(flipped),    complaint(good.substr(0, good.size() - 1)),
                             complaint(good + "x"), with(40, 0x7fc00000)};
  for (const std::string &said : all) {
    EXPECT_EQ(said.find("w.m4: "), 0U) << said;
    EXPECT_NE(said.find("make one by lf-sim train m4"), std::string::npos) << said;
    EXPECT_EQ(said.find('\n'), std::string::npos);
  }
  EXPECT_NE(all[2].find("format 2"), std::string::npos);
  EXPECT_NE(all[3].find("version 99"), std::string::npos);
  EXPECT_NE(all[8].find("damaged"), std::string::npos);
  EXPECT_THROW(read_weights("/nonexistent/w.m4"), Error);
}

TEST(Inference, refuses_other_parameters) {
  EXPECT_THROW(Inference(random_weights(kSmall), std::vector<float>(kParameters - 1), kernels()[0]), Error);
}

TEST(Parameters, layout) {
  TcpSettings s;
  s.transport = Congestion::newreno;
  s.buffer_kb = 256;
  s.window_kb = 16;
  s.first_window = 4;
  s.ecn_k_kb = 0;
  EXPECT_EQ(parameters_of(s), (std::vector<float>{1, 0.5, 0.25, 0, 0, 0, 1, 0}));
  s.wire.payload = 500;
  EXPECT_EQ(parameters_of(s)[0], 1.125F);
}

TEST(Parameters, what_is_out_of_range_is_named) {
  TcpSettings s;
  s.buffer_kb = 0;
  EXPECT_THROW(parameters_of(s), Error);
  s = {};
  s.window_kb = std::nan("");
  EXPECT_THROW(parameters_of(s), Error);
  s = {};
  s.ecn_k_kb = -2;
  EXPECT_THROW(parameters_of(s), Error);
}

}  // namespace
}  // namespace liteflow::sim::m4
