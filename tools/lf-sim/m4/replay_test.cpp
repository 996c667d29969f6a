// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/replay.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "codegen/error.h"
#include "tools/lf-sim/m4/job.h"
#include "tools/lf-sim/m4/lockstep.h"
#include "tools/lf-sim/m4/test_records.h"
#include "tools/lf-sim/net/completions.h"
#include "tools/lf-sim/truth/dataset.h"
#include "tools/lf-sim/truth/trace.h"

namespace liteflow::sim::m4 {
namespace {

namespace fs = std::filesystem;

TEST(Replay, goes_through_a_period_as_it_happened) {
  const Record r = record_by_hand(5, {{{4, 2}, 100, 2000}, {{2}, 500, 1500}, {{1}, 600, 700}, {{2}, 1500, 2500}});
  const auto periods = periods_of(r);
  ASSERT_EQ(periods.size(), 2U);
  Replay replay(r, periods[0], kSmall);
  EXPECT_EQ(replay.links(), 2U);
  EXPECT_EQ(replay.slots(), 2U);
  const auto touched = [&] { return replay.scene().touched().flows.size(); };
  ASSERT_TRUE(replay.next());
  EXPECT_EQ(touched(), 1U);
  EXPECT_FALSE(replay.completed());
  const Slot first = replay.scene().touched().flows[0];
  EXPECT_DOUBLE_EQ(replay.slowdown(first), 1900.0 / 800);
  ASSERT_TRUE(replay.next());
  EXPECT_EQ(touched(), 2U);
  EXPECT_EQ(replay.touches(first), 2U);
  const Slot second = replay.scene().touched().flows[0];
  const double base = replay.scene().touched().base[0];
  // It completes before the fourth starts at the same time.
  ASSERT_TRUE(replay.next());
  ASSERT_TRUE(replay.completed());
  EXPECT_EQ(replay.completed()->slot, second);
  EXPECT_DOUBLE_EQ(replay.completed()->slowdown, 1.25);
  EXPECT_EQ(replay.completed()->base, base);
  EXPECT_EQ(replay.completed()->inputs.size(), kSmall.flow_inputs());
  EXPECT_EQ(touched(), 1U);
  EXPECT_EQ(replay.touches(first), 3U);
  ASSERT_TRUE(replay.next());
  EXPECT_EQ(replay.scene().touched().flows.size(), 2U);
  EXPECT_EQ(replay.touches(replay.scene().touched().flows[0]), 1U);
  ASSERT_TRUE(replay.next());
  ASSERT_TRUE(replay.next());
  EXPECT_EQ(touched(), 0U);
  EXPECT_FALSE(replay.next());
}

TEST(Lockstep, puts_frames_together) {
  const Record r = record_by_hand(4, {{{0, 1}, 0, 2000}, {{1}, 500, 1500}, {{2}, 600, 700}});
  const auto periods = periods_of(r);
  std::vector<Replay> replays;
  for (const Period &p : periods) replays.emplace_back(r, p, kSmall);
  Lockstep lockstep(std::move(replays));
  EXPECT_EQ(lockstep.flow_places(), 3U);
  EXPECT_EQ(lockstep.link_places(), 3U);
  Frame f;
  ASSERT_TRUE(lockstep.next(f));
  EXPECT_EQ(f.events, 2U);
  EXPECT_EQ(f.flow_places, (Index{0, 2}));
  EXPECT_EQ(f.link_places, (Index{0, 1, 2}));
  EXPECT_EQ(f.new_flows, (Index{0, 1}));
  EXPECT_EQ(f.new_links, (Index{0, 1, 2}));
  EXPECT_EQ(f.edge_flow, (Index{0, 0, 1}));
  EXPECT_EQ(f.edge_link, (Index{0, 1, 2}));
  EXPECT_EQ(f.weight, (std::vector<float>{1, 1}));
  EXPECT_EQ(f.parameters.size(), 2 * kParameters);
  EXPECT_TRUE(f.completed_places.empty());
  EXPECT_NEAR(f.log_ratio[0], std::log(2000.0 / 800), 1e-6);
  EXPECT_NEAR(f.log_ratio[1], 0, 1e-6);  // no faster than alone
  ASSERT_TRUE(lockstep.next(f));
  EXPECT_EQ(f.events, 2U);
  EXPECT_EQ(f.completed_places, Index{2});
  EXPECT_EQ(f.weight, (std::vector<float>{1, 0.5}));
  ASSERT_TRUE(lockstep.next(f));
  EXPECT_EQ(f.events, 1U);
  EXPECT_EQ(f.completed_places.size(), 1U);
  ASSERT_TRUE(lockstep.next(f));
  EXPECT_TRUE(f.flow_places.empty());
  EXPECT_FALSE(lockstep.next(f));
}

class Jobs : public testing::Test {
 protected:
  Jobs() {
    TcpSettings settings;
    settings.window_kb = 64;
    write_job(folder_.string(), topology_, flows_, settings);
    std::vector<Completion> truth;
    const auto routes = routes_of(topology_, flows_);
    for (std::size_t i = 0; i < flows_.size(); i++) {
      const double ideal = ideal_ns({}, topology_, routes[i], flows_[i].bytes);
      truth.push_back({std::round(2 * ideal), ideal});
    }
    write_completions((folder_ / "fct.txt").string(), flows_, truth);
  }
  ~Jobs() override { fs::remove_all(folder_); }

  void trace(const std::vector<TraceEvent> &events) const {
    TraceWriter writer((folder_ / "trace.bin").string());
    for (const TraceEvent &e : events) writer.add(e);
    writer.close();
  }

  fs::path folder_ = fs::temp_directory_path() / ("lf-m4-job-" + std::to_string(getpid()));
  Topology topology_ = leaf_spine({.leaves = 2, .spines = 2, .hosts = 2});
  std::vector<Flow> flows_ = {{.id = 0, .source = 0, .destination = 3, .bytes = 2000, .start_ns = 0},
                              {.id = 1, .source = 0, .destination = 3, .bytes = 4000, .start_ns = 1000}};
};

TEST_F(Jobs, are_read) {
  const Record r = read_job(folder_.string());
  ASSERT_EQ(r.flows.size(), 2U);
  EXPECT_EQ(r.rates.size(), topology_.links().size());
  EXPECT_EQ(r.flows[1].bytes, 4000);
  EXPECT_EQ(r.flows[1].links.size(), 4U);
  EXPECT_NEAR(r.flows[1].slowdown(), 2, 1e-3);
  EXPECT_EQ(r.parameters.size(), kParameters);
  EXPECT_TRUE(r.sights.empty());
}

TEST_F(Jobs, with_traces) {
  trace({{.arrival = true, .time_ps = 0, .flow = 0, .active = {{0, 2000}}, .queues = {0, 0, 0, 0}},
         {.arrival = true, .time_ps = 1000000, .flow = 1, .active = {{0, 1000}, {1, 4000}}, .queues = {8, 27000, 0, 0}},
         {.arrival = false, .time_ps = 9000000, .flow = 0, .active = {{1, 3000}}, .queues = {}},
         {.arrival = false, .time_ps = 99000000, .flow = 1, .active = {}, .queues = {}}});
  const Record r = read_job(folder_.string());
  const auto periods = periods_of(r);
  ASSERT_EQ(periods.size(), 1U);
  std::vector<Replay> replays;
  replays.emplace_back(r, periods[0], kSmall);
  Lockstep lockstep(std::move(replays));
  Frame f;
  ASSERT_TRUE(lockstep.next(f));
  EXPECT_EQ(f.left, std::vector<float>{1});
  EXPECT_EQ(f.queue.size(), 4U);
  ASSERT_TRUE(lockstep.next(f));
  EXPECT_EQ(f.left, (std::vector<float>{1, 0.5}));  // the new one first
  EXPECT_FLOAT_EQ(*std::max_element(f.queue.begin(), f.queue.end()), 3);
  ASSERT_TRUE(lockstep.next(f));
  EXPECT_EQ(f.left, std::vector<float>{0.75});
  EXPECT_TRUE(f.queue.empty());
}

TEST_F(Jobs, what_is_wrong_is_told) {
  trace({{.arrival = true, .time_ps = 0, .flow = 7, .active = {}, .queues = {}}});
  EXPECT_THROW(read_job(folder_.string()), Error);
  trace({{.arrival = true, .time_ps = 0, .flow = 0, .active = {{5, 1}}, .queues = {}}});
  EXPECT_THROW(read_job(folder_.string()), Error);
  std::ofstream(folder_ / "trace.bin") << "nonsense";
  EXPECT_THROW(read_job(folder_.string()), Error);
  fs::remove(folder_ / "trace.bin");
  fs::remove(folder_ / "fct.txt");
  EXPECT_THROW(read_job(folder_.string()), Error);
}

}  // namespace
}  // namespace liteflow::sim::m4
