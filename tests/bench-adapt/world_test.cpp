// SPDX-License-Identifier: GPL-2.0
// The world that the update rule is tried in.
#include "tests/bench-adapt/world.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <set>

#include "daemon/link/test_network.h"
#include "tests/bench-adapt/environment.h"

namespace liteflow::bench {
namespace {

// A kernel in which a network serves that answers about `bias` to everything.
struct Bench {
  explicit Bench(double bias) : link("cc", aurora::kInputs, 1) {
    link.activate(stage(bias), false);
  }
  std::uint64_t stage(double bias) {
    auto model = codegen::make_model(aurora::kInputs);
    codegen::Linear linear;
    linear.weight = Matrix(1, aurora::kInputs);
    linear.bias = {bias};
    model = codegen::simplify(model, codegen::add_linear(model, 0, linear));
    const auto network = codegen::quantise(model, test_rows(64, aurora::kInputs), {});
    return link.stage_module(network.name(), link.add_module(network));
  }
  FakeLink link;
};

WorldOptions options() {
  WorldOptions o;
  o.connections = 8;
  return o;
}

TEST(World, TheSameSeedIsTheSameWorld) {
  std::vector<std::byte> first, again, other;
  for (const auto &[seed, records] : {std::pair{7, &first}, {7, &again}, {8, &other}}) {
    Bench bench(0.2);
    WorldOptions o = options();
    o.seed = static_cast<std::uint64_t>(seed);
    o.sigma = 0.7;
    World(bench.link, o).run_until(10, *records);
  }
  EXPECT_EQ(first.size() % sizeof(lf_cc_record), 0u);
  EXPECT_GT(first.size(), 500 * sizeof(lf_cc_record));
  EXPECT_EQ(first, again);
  EXPECT_NE(first, other);
}

TEST(World, KnowsWhoOverfillsAndWhoStarves) {
  std::map<int, Tally> tallies;
  for (const int bias : {-1, 1}) {
    Bench bench(bias);
    World world(bench.link, options());
    std::vector<std::byte> records;
    world.run_until(20, records);
    tallies[bias] = world.tallies()[0];
    const auto snapshot = bench.link.snapshots("cc").at(0);
    // The interval before a connection's first decision was none of its network's.
    std::set<std::uint64_t> flows;
    for (std::size_t at = 0; at < records.size(); at += sizeof(lf_cc_record)) {
      lf_cc_record record;
      std::memcpy(&record, &records[at], sizeof record);
      flows.insert(record.flow);
    }
    EXPECT_EQ(snapshot.reward_count, world.tallies()[0].decisions - flows.size());
  }
  EXPECT_GT(tallies[1].utilisation(), 0.95);
  EXPECT_LT(tallies[-1].utilisation(), 0.7);
  EXPECT_GT(tallies[1].queue_ms(), 10 * tallies[-1].queue_ms());
}

TEST(World, ACanaryGetsItsShareOfNewFlowsOnly) {
  Bench bench(0.2);
  World world(bench.link, options());
  std::vector<std::byte> records;
  world.run_until(1, records);
  const auto canary = bench.stage(0.1);
  bench.link.canary(canary, 500);
  world.run_until(1.1, records);
  const auto counts = [&] {
    std::map<std::uint64_t, std::uint64_t> found;
    for (const auto &s : bench.link.snapshots("cc")) found[s.id] = s.reward_count;
    return found;
  };
  EXPECT_EQ(counts()[canary], 0u) << "running flows keep theirs";
  world.run_until(30, records);
  auto before = counts();
  world.run_until(60, records);
  auto after = counts();
  const double own = static_cast<double>(after[canary] - before[canary]);
  EXPECT_NEAR(own / (own + static_cast<double>(after[1] - before[1])), 0.5, 0.2);
}

TEST(World, RunningFlowsMoveWhereTheKernelMovesThem) {
  Bench bench(0.2);
  World world(bench.link, options());
  std::vector<std::byte> records;
  world.run_until(2, records);
  const auto other = bench.stage(0.1);
  bench.link.activate(other, true);
  world.run_until(2.1, records);
  const auto first = bench.link.snapshots("cc").at(0).reward_count;
  world.run_until(3, records);
  EXPECT_EQ(bench.link.snapshots("cc").at(0).reward_count, first);
  EXPECT_GT(bench.link.snapshots("cc").at(1).reward_count, 0u);
}

TEST(World, ThePathIsThatOfItsTime) {
  EXPECT_EQ(path_from(0).link.rate, phases()[0].rate / 8);
  EXPECT_EQ(path_from(45).link.rate, phases()[1].rate / 8);
  ASSERT_EQ(path_from(45).changes.size(), phases().size() - 2);
  EXPECT_DOUBLE_EQ(path_from(45).changes[0].time, 15);
  EXPECT_TRUE(path_from(1e6).changes.empty());
}

}  // namespace
}  // namespace liteflow::bench
