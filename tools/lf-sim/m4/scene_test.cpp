// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/scene.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codegen/error.h"
#include "tools/lf-sim/m4/test_records.h"

namespace liteflow::sim::m4 {
namespace {

// Links of 10 bits/ns; 1000 bytes take 838.4 ns and 161.6 ns on the way.
class Scenes : public testing::Test {
 protected:
  Slot arrive(double now, const std::vector<LinkId> &links, double bytes = 1000) {
    return scene_.arrive(now, {.links = links, .bytes = bytes, .bits = bytes * 8.384, .ideal_ns = bytes});
  }
  std::set<Slot> flows() const { return {touch().flows.begin(), touch().flows.end()}; }
  std::set<LinkId> links() const { return {touch().links.begin(), touch().links.end()}; }
  const Touch &touch() const { return scene_.touched(); }

  Scene scene_{std::vector<double>(8, 10), kSmall};
};

TEST_F(Scenes, a_first_flow_touches_itself) {
  const Slot a = arrive(100, {0, 1});
  EXPECT_EQ(flows(), std::set<Slot>{a});
  EXPECT_EQ(links(), (std::set<LinkId>{0, 1}));
  EXPECT_TRUE(touch().new_flow);
  EXPECT_EQ(touch().new_links, 2U);
  EXPECT_EQ(touch().edge_flow, (std::vector<std::uint32_t>{0, 0}));
  EXPECT_EQ(touch().edge_link, (std::vector<std::uint32_t>{0, 1}));
  scene_.leave(1100, a);
  EXPECT_TRUE(touch().flows.empty());
  EXPECT_TRUE(touch().links.empty());
  EXPECT_EQ(scene_.active(), 0U);
}

TEST_F(Scenes, only_what_is_connected_is_touched) {
  const Slot a = arrive(100, {0, 1}), b = arrive(110, {2, 3});
  EXPECT_EQ(flows(), std::set<Slot>{b});
  const Slot c = arrive(120, {1, 4});
  EXPECT_EQ(flows(), (std::set<Slot>{a, c}));
  EXPECT_EQ(links(), (std::set<LinkId>{0, 1, 4}));
  EXPECT_EQ(touch().new_links, 1U);
  EXPECT_EQ(touch().links.back(), 4U);
  const Slot d = arrive(130, {3, 4});  // joins them
  EXPECT_EQ(flows(), (std::set<Slot>{a, b, c, d}));
  EXPECT_EQ(touch().flows[0], d);
  EXPECT_EQ(touch().edge_flow.size(), 8U);
  scene_.leave(140, d);
  EXPECT_EQ(flows(), (std::set<Slot>{a, b, c}));  // two parts, both touched
  EXPECT_FALSE(touch().new_flow);
  scene_.leave(150, a);
  EXPECT_EQ(flows(), std::set<Slot>{c});
  EXPECT_EQ(links(), (std::set<LinkId>{1, 4}));
}

TEST_F(Scenes, a_link_that_nobody_uses_begins_anew) {
  const Slot a = arrive(100, {0});
  scene_.leave(1000, a);
  arrive(2000, {0});
  EXPECT_EQ(touch().new_links, 1U);
  EXPECT_EQ(touch().link_inputs[0], 0);
}

TEST(Scene, reach_is_counted_in_shared_links) {
  // A row: flow i uses links i and i + 1.
  for (const std::uint32_t reach : {1, 2, 3}) {
    Scene scene(std::vector<double>(9, 10), {8, 8, 1, reach});
    std::vector<Slot> slots;
    const auto arrive = [&](std::vector<LinkId> links) {
      return scene.arrive(0, {.links = links, .bytes = 1000, .bits = 8000, .ideal_ns = 1000});
    };
    for (LinkId i = 0; i < 6; i++) slots.push_back(arrive({i, i + 1}));
    EXPECT_EQ(scene.touched().flows.size(), reach + 1U);
    // Every flow of a touched link is there, and no link that no flow within reach - 1 uses.
    EXPECT_EQ(scene.touched().links.size(), reach + 1U);
    EXPECT_EQ(scene.touched().edge_flow.size(), 2U * reach + 1);
    scene.leave(1, slots[0]);
    EXPECT_EQ(scene.touched().flows.size(), reach);
    EXPECT_EQ(scene.touched().links.size(), reach);
  }
}

TEST_F(Scenes, what_a_flow_is_told) {
  const Slot a = arrive(1000, {0, 1});
  const auto &in = touch().flow_inputs;
  ASSERT_EQ(in.size(), kSmall.flow_inputs());
  EXPECT_EQ(in[0], 0);
  EXPECT_FLOAT_EQ(in[1], static_cast<float>(std::log2(1001.0) / 16));
  EXPECT_FLOAT_EQ(in[2], 0.25F);
  EXPECT_FLOAT_EQ(in[3], 1);  // all of the rate
  EXPECT_FLOAT_EQ(in[4], 1);  // all bits left
  EXPECT_NEAR(in[5], 0, 1e-6);
  EXPECT_EQ(in[6], 0);
  EXPECT_FLOAT_EQ(in[7], static_cast<float>(std::log2(1 + 1.0) / 8));
  EXPECT_DOUBLE_EQ(touch().base[0], 1);
  // Half of it sent; then two share: 419.2 ns more than alone.
  arrive(1000 + 419.2, {0});
  const auto row = static_cast<std::size_t>(std::find(touch().flows.begin(), touch().flows.end(), a) -
                                            touch().flows.begin());
  const float *b = &touch().flow_inputs[row * kSmall.flow_inputs()];
  EXPECT_FLOAT_EQ(b[0], static_cast<float>(std::log2(1.4192) / 8));
  EXPECT_FLOAT_EQ(b[3], 0.5F);
  EXPECT_FLOAT_EQ(b[4], 0.5F);
  EXPECT_FLOAT_EQ(b[5], static_cast<float>(std::log(1.4192)));
  EXPECT_EQ(b[6], 0);
  EXPECT_NEAR(touch().base[row], 1.4192, 1e-9);
  // Links: time, rate, flows, load.
  const float *link = touch().link_inputs.data();
  EXPECT_FLOAT_EQ(link[0], static_cast<float>(std::log2(1.4192) / 8));
  EXPECT_FLOAT_EQ(link[1], static_cast<float>(std::log2(11.0) / 4));
  EXPECT_FLOAT_EQ(link[2], static_cast<float>(std::log2(3.0) / 4));
  EXPECT_FLOAT_EQ(link[3], 1);
}

TEST_F(Scenes, the_base_is_never_less_than_what_has_passed) {
  const Slot a = arrive(0, {0});
  arrive(5000, {0});
  const std::size_t row = touch().flows[0] == a ? 0 : 1;
  EXPECT_DOUBLE_EQ(touch().base[row], 5);
  EXPECT_EQ(touch().flow_inputs[row * kSmall.flow_inputs() + 3], 0);  // drained
}

TEST(Scene, as_published_nothing_is_told_of_fluid) {
  Scene scene({10, 10}, {8, 8, 0, 0});
  scene.arrive(0, {.links = std::vector<LinkId>{0, 1}, .bytes = 1000, .bits = 8000, .ideal_ns = 1000});
  EXPECT_EQ(scene.touched().flow_inputs.size(), 3U);
  EXPECT_EQ(scene.touched().link_inputs.size(), 6U);
  EXPECT_EQ(scene.touched().base[0], 1);
}

TEST(Scene, memory_follows_the_active) {
  Scene scene({10}, kSmall);
  const std::vector<LinkId> links = {0};
  for (int i = 0; i < 1000; i++) {
    const Slot a = scene.arrive(i, {.links = links, .bytes = 1, .bits = 8, .ideal_ns = 1});
    const Slot b = scene.arrive(i, {.links = links, .bytes = 1, .bits = 8, .ideal_ns = 1});
    EXPECT_NE(a, b);
    scene.leave(i, a);
    scene.leave(i, b);
  }
  EXPECT_EQ(scene.slots(), 2U);
}

TEST(Shape, bad_ones_are_named) {
  EXPECT_NO_THROW(check(kPublishedShape));
  EXPECT_THROW(check({2, 8, 1, 0}), Error);
  EXPECT_THROW(check({8, 0, 1, 0}), Error);
  EXPECT_THROW(check({8, 8, 2, 0}), Error);
}

}  // namespace
}  // namespace liteflow::sim::m4
