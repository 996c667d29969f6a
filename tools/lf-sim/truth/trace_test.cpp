// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/trace.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tools/lf-sim/net/test_file.h"
#include "tools/lf-sim/truth/test_network.h"

namespace liteflow::sim {
namespace {

std::vector<TraceEvent> read(const std::string &file) {
  TraceReader reader(file);
  std::vector<TraceEvent> events;
  for (TraceEvent event; reader.next(event);) events.push_back(event);
  return events;
}

const std::vector<TraceEvent> kEvents = {
    {.arrival = true, .time_ps = 0, .flow = 3, .active = {{3, 127}}, .queues = {0, 128}},
    {.arrival = true, .time_ps = 5'000'000'000'000, .flow = 1000, .active = {{3, 100}, {1000, 1ULL << 40U}},
     .queues = {300'000}},
    {.arrival = false, .time_ps = 5'000'000'000'001, .flow = 3, .active = {{1000, 128}}, .queues = {}},
};

void write(const std::string &file) {
  TraceWriter writer(file);
  for (const TraceEvent &event : kEvents) writer.add(event);
  writer.close();
}

TEST(Trace, is_read_as_written) {
  const TestFile file;
  write(file.path());
  EXPECT_EQ(read(file.path()), kEvents);
}

TEST(Trace, has_the_documented_bytes) {
  const TestFile file;
  write(file.path());
  const std::string first("lf-trace 1\n\x01\x00\x03\x01\x03\x7f\x02\x00\x80\x01", 21);
  EXPECT_EQ(file.text().substr(0, first.size()), first);
  EXPECT_EQ(file.text().substr(file.text().size() - 2), std::string("\x00\x03", 2));
}

TEST(Trace, what_is_cut_off_is_refused) {
  const TestFile file;
  write(file.path());
  const std::string text = file.text();
  for (std::size_t size = 0; size < text.size(); size++) {
    const TestFile cut(text.substr(0, size));
    EXPECT_NE(error_of(cut, [&] { read(cut.path()); }), "") << size;
  }
  const TestFile fewer("lf-trace 1\n" + std::string("\x00\x05", 2));
  EXPECT_EQ(error_of(fewer, [&] { read(fewer.path()); }),
            ": event 1: the number of events is another one; make the trace again");
}

TEST(Trace, a_writer_that_is_not_closed_leaves_nothing) {
  const TestFile file("before");
  { TraceWriter(file.path()).add(kEvents[0]); }
  EXPECT_EQ(file.text(), "before");
}

// Two flows on one link, the second one in the middle of the first.
TEST(Trace, tells_what_is_left_and_what_waits) {
  const TestFile file;
  const std::vector<Flow> flows = {{0, 0, 2, 1'000'000, 0}, {1, 1, 2, 20'000, 400'000}};
  const TruthRun run = run_of(star(3), flows, {}, file.path());
  const std::vector<TraceEvent> events = read(file.path());
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].active, (std::vector<TraceEvent::Active>{{0, 1'000'000}}));
  EXPECT_EQ(events[0].queues, (std::vector<std::uint64_t>{0, 0}));

  ASSERT_EQ(events[1].active.size(), 2U);
  EXPECT_EQ(events[1].time_ps, 400'000'000);
  // The link gives 10 bits each ns, 1000 bytes of 1048.
  EXPECT_NEAR(static_cast<double>(events[1].active[0].left), 1e6 - 397'000 * 10 / 8.0 / 1.048, 20'000);
  EXPECT_EQ(events[1].active[1].left, 20'000U);

  EXPECT_FALSE(events[2].arrival);
  EXPECT_EQ(events[2].flow, 1U);
  ASSERT_EQ(events[2].active.size(), 1U);
  EXPECT_NEAR(static_cast<double>(events[2].time_ps - events[1].time_ps) / 1000, run.completions[1].fct_ns, 1e-3);
  EXPECT_TRUE(events[3].active.empty());
}

}  // namespace
}  // namespace liteflow::sim
