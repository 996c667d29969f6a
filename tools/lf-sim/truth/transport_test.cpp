// SPDX-License-Identifier: GPL-2.0
// Each transport runs, alone and in company.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "tools/lf-sim/truth/test_network.h"

namespace liteflow::sim {
namespace {

struct Case {
  Congestion transport;
  double ecn_k_kb;
  double most;  // slowdown of a flow alone
};

void PrintTo(const Case &c, std::ostream *out) { *out << name_of(c.transport) << ", K " << c.ecn_k_kb << " kB"; }

class Transport : public testing::TestWithParam<Case> {
 protected:
  static TcpSettings settings() {
    TcpSettings s;
    s.transport = GetParam().transport;
    s.ecn_k_kb = GetParam().ecn_k_kb;
    s.buffer_kb = 200;
    return s;
  }
};

TEST_P(Transport, has_a_link_for_itself) {
  const TruthRun run = run_of(star(2), {{0, 0, 1, 2'000'000, 0}}, settings());
  EXPECT_LE(run.completions[0].slowdown(), GetParam().most);
}

TEST_P(Transport, shares_a_link) {
  std::vector<Flow> flows;
  for (NodeId i = 0; i < 4; i++) flows.push_back({i, i, 4, 400'000, i * 1000});
  const TruthRun run = run_of(star(5), flows, settings());
  for (const Completion &c : run.completions) EXPECT_GT(c.slowdown(), 1.2);
  // The last one is done when the link has carried all four.
  double last = 0;
  for (std::size_t i = 0; i < flows.size(); i++)
    last = std::max(last, static_cast<double>(flows[i].start_ns) + run.completions[i].fct_ns);
  EXPECT_GE(last, 4 * wire_bits({}, 400'000) / 10);
}

TEST_P(Transport, is_the_same_each_time) {
  const Topology tree = fat_tree({});
  const std::vector<Flow> flows = random_flows(tree, 60, 200, 5);
  const TruthRun a = run_of(tree, flows, settings()), b = run_of(tree, flows, settings());
  for (std::size_t i = 0; i < flows.size(); i++) EXPECT_EQ(a.completions[i].fct_ns, b.completions[i].fct_ns);
}

INSTANTIATE_TEST_SUITE_P(All, Transport,
                         testing::Values(Case{Congestion::dctcp, 30, 1.1}, Case{Congestion::cubic, 0, 1.3},
                                         Case{Congestion::cubic, 30, 1.3}, Case{Congestion::newreno, 0, 1.3},
                                         Case{Congestion::newreno, 30, 1.3}, Case{Congestion::bbr, 0, 3}),
                         [](const auto &test) {
                           return name_of(test.param.transport) + (test.param.ecn_k_kb > 0 ? "_ecn" : "");
                         });

}  // namespace
}  // namespace liteflow::sim
