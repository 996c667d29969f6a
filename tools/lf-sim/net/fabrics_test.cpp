// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/fabrics.h"

#include <gtest/gtest.h>

#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

TEST(FatTree, HasThePublishedSizes) {
  const Topology small = fat_tree({});
  EXPECT_EQ(small.hosts().size(), 32U);
  EXPECT_EQ(small.nodes(), 32U + 8 + 4 + 8);
  EXPECT_EQ(small.links().size() / 2, 32U + 16 + 16);
  EXPECT_EQ(oversubscription({}), 1);
  EXPECT_EQ(oversubscription({2, 4, 4, 2, 1}), 4);
  EXPECT_EQ(oversubscription(kFatTree6144), 2);
  EXPECT_EQ(fat_tree(kFatTree6144).hosts().size(), 6144U);
  EXPECT_EQ(fat_tree(kFatTree256).hosts().size(), 256U);
}

TEST(FatTree, IsWiredPlaneByPlane) {
  const Topology topology = fat_tree({});
  // Rack switch 36 is the first of pod 1, whose fabric switches are 42 and 43; 43's plane has the spines 48 to 51.
  EXPECT_EQ(topology.link(topology.out(36)[4]).to, 42U);
  EXPECT_EQ(topology.link(topology.out(36)[5]).to, 43U);
  EXPECT_EQ(topology.link(topology.out(43)[4]).to, 48U);
  EXPECT_EQ(topology.link(topology.out(43)[7]).to, 51U);
  EXPECT_EQ(topology.link(topology.out(16)[0]).to, 36U);
  EXPECT_EQ(topology.link(topology.out(16)[0]).rate, 10);
  EXPECT_EQ(topology.link(topology.out(36)[4]).rate, 40);
}

// m3's topo-pl-5.txt.
TEST(ParkingLot, IsThePublishedOne) {
  const TestFile file;
  write_topology(file.path(), parking_lot({5}));
  EXPECT_EQ(file.text(),
            "8 3 7\n5 6 7\n"
            "0 5 10000000000bps 1000ns 0\n1 5 100000000000000bps 1000ns 0\n2 6 100000000000000bps 2000ns 0\n"
            "3 7 100000000000000bps 1000ns 0\n4 7 10000000000bps 1000ns 0\n"
            "5 6 40000000000bps 1000ns 0\n6 7 40000000000bps 1000ns 0\n");
  EXPECT_EQ(parking_lot({7}).link(6).delay_ns, 3000);
  EXPECT_EQ(parking_lot({3}).links().size(), 6U);
}

TEST(LeafSpine, HasHostsBelowAndSpinesAbove) {
  const Topology topology = leaf_spine({});
  EXPECT_EQ(topology.hosts().size(), 16U);
  EXPECT_EQ(topology.links().size() / 2, 16U + 8);
  EXPECT_EQ(racks_of(topology),
            (std::vector<std::vector<NodeId>>{{0, 1, 2, 3, 4, 5, 6, 7}, {8, 9, 10, 11, 12, 13, 14, 15}}));
}

TEST(Fabrics, RefuseWhatIsNone) {
  EXPECT_THROW(fat_tree({0}), Error);
  EXPECT_THROW(fat_tree({2, 4, 4, 2, 4, -1}), Error);
  EXPECT_THROW(parking_lot({2}), Error);
  EXPECT_THROW(leaf_spine({2, 0, 8}), Error);
}

constexpr const char *kCluster = R"({"planes": [[{"id": 4, "kind": "Switch"}]],
  "pods": [{"fabs": [{"id": 3, "kind": "Switch"}],
            "racks": [{"tor": {"id": 2, "kind": "Switch"},
                       "hosts": [{"id": 0, "kind": "Host"}, {"id": 1, "kind": "Host"}],
                       "host2tor": [{"a": 0, "b": 2, "bandwidth": 10000000000, "delay": 1000},
                                    {"a": 1, "b": 2, "bandwidth": 10000000000, "delay": 1000}]}],
            "tor2fab": [{"a": 2, "b": 3, "bandwidth": 40000000000, "delay": 1000}]}],
  "fab2spine": [{"a": 3, "b": 4, "bandwidth": 40000000000, "delay": 1000}]})";

std::string refusal(const std::string &text) {
  const TestFile file(text);
  return error_of(file, [&] { read_cluster(file.path()); });
}

TEST(Cluster, IsRead) {
  const TestFile file(kCluster);
  const Cluster cluster = read_cluster(file.path());
  EXPECT_EQ(cluster.racks, (std::vector<std::vector<NodeId>>{{0, 1}}));
  ASSERT_EQ(cluster.topology.links().size(), 8U);
  EXPECT_TRUE(cluster.topology.is_switch(4));
  EXPECT_EQ(cluster.topology.link(4).rate, 40);
}

TEST(Cluster, BadOnesAreRefused) {
  EXPECT_NE(refusal("{").find("no cluster"), std::string::npos);
  EXPECT_NE(refusal(R"({"planes": [], "pods": []})").find("fab2spine"), std::string::npos);
  std::string twice = kCluster;
  twice.replace(twice.find("\"id\": 1"), 7, "\"id\": 0");
  EXPECT_NE(refusal(twice).find("node 0 stands there twice"), std::string::npos);
  std::string gap = kCluster;
  gap.replace(gap.find("\"id\": 4"), 7, "\"id\": 9");
  EXPECT_NE(refusal(gap).find("no node 4"), std::string::npos);
}

}  // namespace
}  // namespace liteflow::sim
