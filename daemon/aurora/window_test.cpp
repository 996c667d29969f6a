// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/window.h"

#include <gtest/gtest.h>

#include <string>

namespace liteflow::aurora {
namespace {

constexpr std::size_t kWindow = 1000;

// Rows first, first + 1, ... with one input and one of the critic's each.
Segment segment(const std::string &flow, int first, int rows, bool goes_on) {
  Segment s;
  s.flow = flow;
  s.goes_on = goes_on;
  for (int i = first; i < first + rows; i++) {
    s.states.push_back(static_cast<float>(i));
    s.critic_states.push_back(static_cast<float>(i));
    s.actions.push_back(0);
    s.means.push_back(0);
    s.sigmas.push_back(1);
    s.fullness.push_back(0);
    s.rewards.push_back(i);
    s.explored.push_back(1);
  }
  s.critic_states.push_back(static_cast<float>(first + rows));
  return s;
}

TEST(Window, what_batches_cut_is_joined) {
  Window w;
  w.add(segment("a", 0, 1, false), kWindow);
  w.add(segment("b", 50, 3, false), kWindow);
  w.add(segment("a", 1, 2, true), kWindow);
  ASSERT_EQ(w.segments().size(), 2U);
  const Segment &a = w.segments()[0];
  EXPECT_EQ(a.rows(), 3U);
  EXPECT_EQ(a.states, (std::vector<float>{0, 1, 2}));
  EXPECT_EQ(a.critic_states, (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(a.rewards, (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(a.explored.size(), 3U);
  EXPECT_EQ(w.rows(), 6U);
}

TEST(Window, what_does_not_go_on_stays_apart) {
  Window w;
  w.add(segment("a", 0, 2, false), kWindow);
  w.add(segment("a", 5, 2, false), kWindow);
  w.add(segment("b", 0, 2, true), kWindow);  // whose first part is gone
  EXPECT_EQ(w.segments().size(), 3U);
}

TEST(Window, segments_do_not_grow_without_end) {
  Window w;
  for (int i = 0; i < 2000; i++) w.add(segment("a", i, 1, i > 0), kWindow);
  EXPECT_GE(w.rows(), kWindow);
  EXPECT_LT(w.rows(), kWindow + Window::kLongest);
  for (const Segment &s : w.segments()) EXPECT_LE(s.rows(), Window::kLongest);
  EXPECT_EQ(w.segments().back().rewards.back(), 1999);
}

// A flow's last segment may be the one that leaves.
TEST(Window, a_flow_goes_on_after_its_segment_left) {
  Window w;
  w.add(segment("a", 0, 10, false), 100);
  for (int i = 0; i < 20; i++) w.add(segment("b", 10 * i, 10, false), 100);
  w.add(segment("a", 10, 10, true), 100);
  EXPECT_EQ(w.segments().back().flow, "a");
  EXPECT_EQ(w.segments().back().rows(), 10U);
}

}  // namespace
}  // namespace liteflow::aurora
