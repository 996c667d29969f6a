// SPDX-License-Identifier: GPL-2.0
#include "tests/bench/cost.h"

#include <gtest/gtest.h>

#include "codegen/error.h"

namespace liteflow::bench {
namespace {

const std::string kRun =
    "run bbr 64 elapsed_us 1000 idle_ns 250000 acks 100 bytes 12500 inferences 0 fallbacks 0 "
    "gso_max_segs 65535\n";

TEST(Runs, CostIsWhatWasNotIdle) {
  const auto runs = parse_runs("noise\n" + kRun);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0]["cc"], "bbr");
  EXPECT_EQ(runs[0]["flows"], 64);
  EXPECT_DOUBLE_EQ(runs[0]["busy_ns_per_ack"].get<double>(), 7500);
  EXPECT_DOUBLE_EQ(runs[0]["busy_ns_per_mb"].get<double>(), 6e7);
  EXPECT_DOUBLE_EQ(runs[0]["path_mbit"].get<double>(), 100);
  EXPECT_DOUBLE_EQ(runs[0]["idle_share"].get<double>(), 0.25);
  EXPECT_TRUE(runs[0]["cpu_limited"].get<bool>());
}

TEST(Runs, WithThirtyPercentIdleCount) {
  std::string run = kRun;
  run.replace(run.find("250000"), 6, "300000");
  EXPECT_FALSE(parse_runs(run)[0]["cpu_limited"].get<bool>());
}

TEST(Runs, MissingFieldsAndRunsAreRefused) {
  EXPECT_THROW(parse_runs("run bbr 1 elapsed_us 1000\n"), Error);
  EXPECT_THROW(parse_runs("nothing\n"), Error);
  std::string run = kRun;
  run.replace(run.find("acks 100"), 8, "acks 0");
  EXPECT_THROW(parse_runs(run), Error);
}

TEST(Probes, AreLessTheEmptyFunction) {
  std::string run = kRun;
  run.replace(run.find("bbr 64"), 6, "cubic 1");
  const auto probes = parse_probes(
      run +
      "probe cubic 1 a count 4 sum 1400 max 500\nprobe cubic 1 a 300 3\nprobe cubic 1 a 496 1\n"
      "probe cubic 1 a missed 0\n"
      "probe cubic 1 b count 1 sum 150 max 150\nprobe cubic 1 b 150 1\n"
      "probe cubic 1 lf_bench_empty count 2 sum 210 max 110\n"
      "probe cubic 1 lf_bench_empty 100 2\n");
  ASSERT_EQ(probes.size(), 1U);
  const auto &a = probes[0]["functions"]["a"];
  EXPECT_DOUBLE_EQ(a["mean_ns"].get<double>(), 250);
  EXPECT_DOUBLE_EQ(a["median_ns"].get<double>(), 200);
  EXPECT_DOUBLE_EQ(a["max_ns"].get<double>(), 400);
  EXPECT_DOUBLE_EQ(probes[0]["ns_per_ack"].get<double>(), 10.5);
  EXPECT_FALSE(probes[0]["functions"].contains("lf_bench_empty"));
}

TEST(Probes, NoneIsRefused) {
  EXPECT_THROW(parse_probes(kRun), Error);
  EXPECT_THROW(parse_probes(kRun + "probe bbr 64 a count\n"), Error);
  EXPECT_THROW(parse_probes(kRun + "probe cubic 1 a 3 4\n"), Error);
}

TEST(Decisions, AreLessTheirProbes) {
  const auto decisions = parse_decisions(
      "decision lb lf_lb_decide count 2 sum 2400 max 1400\ndecision lb lf_lb_decide 1000 1\n"
      "decision lb lf_lb_decide 1400 1\ndecision lb lf_lb_decide missed 0\n"
      "decision lb lf_bench_empty count 2 sum 210 max 110\ndecision lb lf_bench_empty 100 2\n");
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_EQ(decisions[0]["app"], "lb");
  const auto &decide = decisions[0]["functions"]["lf_lb_decide"];
  EXPECT_DOUBLE_EQ(decide["median_ns"].get<double>(), 900);
  EXPECT_DOUBLE_EQ(decide["max_ns"].get<double>(), 1300);
  EXPECT_FALSE(decisions[0]["functions"].contains("lf_bench_empty"));
}

TEST(Decisions, AreThere) {
  EXPECT_THROW(parse_decisions(""), Error);
  EXPECT_THROW(parse_decisions("decision lb lf_bench_empty count 1 sum 1 max 1\n"), Error);
}

}  // namespace
}  // namespace liteflow::bench
