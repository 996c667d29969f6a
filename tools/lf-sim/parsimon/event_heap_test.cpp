// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/parsimon/event_heap.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/training/rng.h"

namespace liteflow::sim::parsimon {
namespace {

TEST(EventHeap, gives_what_sorting_gives) {
  Rng rng(1);
  EventHeap heap;
  std::vector<Event> all;
  // Few times and flows, so that there are ties.
  for (std::uint32_t i = 0; i < 5000; i++)
    all.push_back({static_cast<double>(rng.below(500)), static_cast<std::uint32_t>(rng.below(5)), i});
  for (const Event &e : all) heap.push(e);
  std::sort(all.begin(), all.end(), [](const Event &a, const Event &b) { return a.before(b); });
  for (const Event &e : all) {
    ASSERT_EQ(heap.top().time_ns, e.time_ns);
    ASSERT_EQ(heap.top().flow, e.flow);
    ASSERT_EQ(heap.top().what, e.what);
    heap.pop();
  }
  EXPECT_TRUE(heap.empty());
}

TEST(EventHeap, keeps_order_while_it_grows_and_shrinks) {
  Rng rng(2);
  EventHeap heap;
  double now = 0;
  for (std::uint32_t i = 0; i < 20000; i++) {
    heap.push({now + rng.uniform(), i, 0});
    if (i % 3 == 2) continue;
    ASSERT_GE(heap.top().time_ns, now);
    now = heap.top().time_ns;
    heap.pop();
  }
}

}  // namespace
}  // namespace liteflow::sim::parsimon
