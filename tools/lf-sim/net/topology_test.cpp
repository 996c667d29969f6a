// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/topology.h"

#include <gtest/gtest.h>

#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

constexpr const char *kSmall =
    "4 1 3\n3\n0 3 10Gbps 1000ns 0\n1 3 100000Mbps 2us 0\n2 3 10000000000bps 0.003ms 0.0\n";

std::string refusal(const std::string &text) {
  const TestFile file(text);
  return error_of(file, [&] { read_topology(file.path()); });
}

TEST(Topology, CablesAreTwoLinks) {
  Topology topology(3);
  topology.set_switch(2);
  EXPECT_EQ(topology.add_cable(0, 2, 10, 1000), 0U);
  EXPECT_EQ(topology.add_cable(1, 2, 40, 500), 2U);
  EXPECT_EQ(topology.link(3).from, 2U);
  EXPECT_EQ(topology.link(3).to, 1U);
  EXPECT_EQ(topology.out(2), (std::vector<LinkId>{1, 3}));
  EXPECT_EQ(Topology::reverse(3), 2U);
  EXPECT_EQ(topology.hosts(), (std::vector<NodeId>{0, 1}));
  topology.set_rate(3, 4);
  EXPECT_EQ(topology.link(2).rate, 4);
}

TEST(Topology, RefusesImpossibleCables) {
  Topology topology(2);
  EXPECT_THROW(topology.add_cable(0, 2, 10, 0), Error);
  EXPECT_THROW(topology.add_cable(1, 1, 10, 0), Error);
  EXPECT_THROW(topology.add_cable(0, 1, 0, 0), Error);
  EXPECT_THROW(topology.add_cable(0, 1, 10, -1), Error);
  EXPECT_THROW(topology.set_rate(0, 1), std::out_of_range);
}

TEST(Topology, ReadsEveryUnit) {
  const TestFile file(kSmall);
  const Topology topology = read_topology(file.path());
  ASSERT_EQ(topology.nodes(), 4U);
  ASSERT_EQ(topology.links().size(), 6U);
  EXPECT_TRUE(topology.is_switch(3));
  EXPECT_DOUBLE_EQ(topology.link(2).rate, 100);
  EXPECT_EQ(topology.link(2).delay_ns, 2000);
  EXPECT_DOUBLE_EQ(topology.link(4).rate, 10);
  EXPECT_EQ(topology.link(4).delay_ns, 3000);
}

TEST(Topology, WhatIsWrittenIsReadAndWrittenAgain) {
  const TestFile file(kSmall), first, second;
  write_topology(first.path(), read_topology(file.path()));
  write_topology(second.path(), read_topology(first.path()));
  EXPECT_EQ(first.text(), second.text());
  EXPECT_NE(first.text().find("1 3 100000000000bps 2000ns 0"), std::string::npos);
}

TEST(Topology, BadFilesNameTheLine) {
  EXPECT_NE(refusal("").find("ends before the number of nodes"), std::string::npos);
  EXPECT_NE(refusal("4 1\n").find(":1: no the number of cables"), std::string::npos);
  EXPECT_NE(refusal("4 9 0\n").find(":1: 9 switches of 4 nodes"), std::string::npos);
  EXPECT_NE(refusal("4 1 1\n7\n").find(":2: a switch is 7"), std::string::npos);
  EXPECT_NE(refusal("4 2 1\n3 3\n").find(":2: switch 3 stands here twice"), std::string::npos);
  EXPECT_NE(refusal("4 1 2\n3\n0 3 10Gbps 1us 0\n").find("ends before cable 2 of 2"), std::string::npos);
  EXPECT_NE(refusal("4 1 1\n3\n0 3 10 1us 0\n").find(":3: the rate is '10'"), std::string::npos);
  EXPECT_NE(refusal("4 1 1\n3\n0 3 -1Gbps 1us 0\n").find(":3: a link's rate is -1"), std::string::npos);
  EXPECT_NE(refusal("4 1 1\n3\n0 3 nanGbps 1us 0\n").find(":3: the rate is 'nanGbps'"), std::string::npos);
  EXPECT_NE(refusal("4 1 1\n3\n0 3 1Gbps -1us 0\n").find(":3: the delay is out of range"), std::string::npos);
  EXPECT_NE(refusal("4 1 1\n3\n0 0 1Gbps 1us 0\n").find(":3: a cable goes from node 0 to itself"), std::string::npos);
  EXPECT_NE(refusal("4 1 1\n3\n0 3 1Gbps 1us 0.01\n").find(":3: the error rate is not 0"), std::string::npos);
  EXPECT_NE(refusal("4 1 1\n3\n0 3 1Gbps 1us 0\n1 3 1Gbps 1us 0\n").find(":4: more than the 1 cables"),
            std::string::npos);
  EXPECT_NE(refusal("4 1 1\n3\n0 3 1Gbps 1us 0 9\n").find(":3: '9' is one column too many"), std::string::npos);
  EXPECT_NE(error_of(TestFile(), [] { read_topology("/nowhere/t"); }).find("/nowhere/t: No such file"),
            std::string::npos);
}

}  // namespace
}  // namespace liteflow::sim
