// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/record.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <numeric>

#include <fmt/format.h>

#include "codegen/error.h"
#include "tools/lf-sim/m3/test_paths.h"

namespace liteflow::sim::m3 {
namespace {

std::size_t flows_of(const Distribution &d) { return std::accumulate(d.flows.begin(), d.flows.end(), std::size_t{0}); }

TEST(Record, the_whole_path_needs_no_dice) {
  const Record record = made_up_record(1);
  Rng rng(1), untouched(1);
  const Sample s = sample_of(record, {}, rng);
  EXPECT_EQ(rng.next(), untouched.next());
  EXPECT_EQ(s.features.maps, features_of(record.links, record.seen).maps);
  EXPECT_EQ(s.target.values, distribution_of(record.truth).values);
  EXPECT_EQ(s.target.flows, s.features.foreground.flows);
  EXPECT_EQ(flows_of(s.target), 100U);
  EXPECT_EQ(s.parameters, record.parameters);
}

TEST(Record, a_window_is_a_run_of_flows) {
  const Record record = made_up_record(1);
  Rng rng(2);
  std::size_t least = 100, most = 0;
  for (int i = 0; i < 200; i++) {
    const Sample s = sample_of(record, {.window = 0.25}, rng);
    EXPECT_EQ(s.target.flows, s.features.foreground.flows);
    least = std::min(least, flows_of(s.target));
    most = std::max(most, flows_of(s.target));
  }
  EXPECT_GE(least, 25U);
  EXPECT_LT(least, 35U);
  EXPECT_GT(most, 90U);
}

TEST(Record, what_is_not_shown_counts_as_background) {
  const Record record = made_up_record(1);
  const View view{.window = 1, .least_foreground = 3, .whole_target = true};
  Rng rng(3);
  std::size_t few = 0, many = 0;
  for (int i = 0; i < 200; i++) {
    const Sample s = sample_of(record, view, rng);
    const std::size_t shown = flows_of(s.features.foreground);
    EXPECT_GE(shown, 3U);
    few += shown <= 10;
    many += shown > 30;
    EXPECT_EQ(flows_of(s.target), 100U);
  }
  EXPECT_GT(few, 40U);
  EXPECT_GT(many, 40U);
  // A record of foreground alone: each link's map is of what is hidden.
  Record alone{.name = "", .links = 2, .parameters = record.parameters, .seen = {}, .truth = {}, .foreground = {}};
  for (std::uint32_t i = 0; i < 50; i++) {
    alone.seen.push_back({1.0 + i, 100, 0, 2, i, true});
    alone.truth.push_back(alone.seen.back());
    alone.foreground.push_back(i);
  }
  const Sample s = sample_of(alone, {.window = 1, .least_foreground = 1, .whole_target = false}, rng);
  const std::size_t shown = flows_of(s.features.foreground);
  ASSERT_LT(shown, 50U);
  EXPECT_EQ(flows_of(s.target), shown);
  EXPECT_GT(s.features.maps[kMap], 0);
  EXPECT_EQ(s.features.maps[kMap], s.features.maps[2 * kMap]);
}

TEST(Record, of_a_lot_and_what_happened) {
  Lot lot = published_lot(2);
  lot.parts = {part_of(0, 1, 1000), part_of(0, 2, 2000, 1e6), part_of(1, 2, 3000, 2e6)};
  for (std::size_t i = 0; i < 3; i++) lot.parts[i].flow = 2 - i;
  const std::vector<Completion> truth = {{100, 100}, {300, 100}, {200, 100}};
  const Record r = record_of("path", lot, truth, {1, 2}, {}, true);
  EXPECT_EQ(r.links, 2U);
  EXPECT_EQ(r.seen.size(), 3U);
  EXPECT_EQ(r.foreground, (std::vector<std::uint32_t>{1}));
  ASSERT_EQ(r.truth.size(), 1U);
  EXPECT_EQ(r.truth[0].slowdown, 3);
  EXPECT_EQ(r.truth[0].bytes, 2000U);
  lot.parts.erase(lot.parts.begin() + 1);
  EXPECT_THROW(record_of("path", lot, truth, {1, 2}, {}, true), Error);
}

TEST(Record, of_a_folder_as_truth_writes_it) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / fmt::format("m3-record-{}", getpid());
  const auto file = [&](const char *name) { return (folder / name).string(); };
  const Topology topology = parking_lot({.hosts = 5});
  const std::vector<Flow> flows = {
      {0, 0, 4, 20000, 0}, {1, 1, 3, 700, 5000}, {2, 0, 4, 900, 9000}, {3, 2, 4, 800, 9000}};
  const std::vector<Completion> truth = {{50000, 25000}, {9000, 3000}, {6000, 4000}, {9000, 3000}};
  EXPECT_THROW(read_record(folder.string(), {}), Error);
  write_topology(file("topology.txt"), topology);
  write_flows(file("flows.txt"), flows);
  write_completions(file("fct.txt"), flows, truth);
  TcpSettings settings;
  settings.transport = Congestion::cubic;
  const Record r = read_record(folder.string(), settings);
  fs::remove_all(folder);
  EXPECT_EQ(r.links, 4U);
  EXPECT_EQ(r.foreground, (std::vector<std::uint32_t>{0, 2}));
  ASSERT_EQ(r.truth.size(), 2U);
  EXPECT_EQ(r.truth[0].slowdown, 1.5);
  EXPECT_EQ(r.truth[1].slowdown, 2);
  EXPECT_EQ(r.seen.size(), 4U);
  ASSERT_EQ(r.parameters.size(), size_of(Layout::tcp));
  EXPECT_EQ(r.parameters[0], 1);
  EXPECT_EQ(r.parameters[6], 1);
  for (const Seen &s : r.seen) {
    EXPECT_EQ(s.first, s.bytes == 700 ? 1U : s.bytes == 800 ? 2U : 0U);
    EXPECT_EQ(s.last, s.bytes == 700 ? 3U : 4U);
    EXPECT_EQ(s.foreground, s.bytes != 700 && s.bytes != 800);
  }
}

TEST(Record, refuses_a_window_out_of_range) {
  EXPECT_THROW(check(View{.window = 0}), Error);
  EXPECT_THROW(check(View{.window = 1.5}), Error);
  EXPECT_NO_THROW(check(View{}));
}

}  // namespace
}  // namespace liteflow::sim::m3
