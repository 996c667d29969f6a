// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/workload/workload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

// Of the time up to the last start, which is all but a gap of what load is over; a share for each link.
std::vector<double> loads(const Topology &topology, const std::vector<Flow> &flows) {
  std::vector<double> of(topology.links().size());
  const std::vector<Route> routes = routes_of(topology, flows);
  for (std::size_t i = 0; i < flows.size(); i++)
    for (const LinkId link : routes[i])
      of[link] += wire_bits({}, flows[i].bytes) / topology.link(link).rate / static_cast<double>(flows.back().start_ns);
  return of;
}

std::vector<Flow> draw(const Traffic &traffic) {
  const Topology topology = fat_tree({});
  return make_workload(topology, racks_of(topology), TrafficMatrix::uniform(8), Distribution::named("webserver"),
                       traffic);
}

TEST(Workload, HasTheLoadAskedForOnAverage) {
  const Topology topology = fat_tree({});
  for (const double load : {0.2, 0.7}) {
    Traffic traffic;
    traffic.load = load;
    const std::vector<Flow> flows = draw(traffic);
    ASSERT_EQ(flows.size(), 2000U);
    EXPECT_TRUE(std::is_sorted(flows.begin(), flows.end(), [](auto &a, auto &b) { return a.start_ns < b.start_ns; }));
    for (const Flow &flow : flows) EXPECT_NE(flow.source, flow.destination);
    // Hosts are alike and their links the fullest.
    const std::vector<double> of = loads(topology, flows);
    double sum = 0;
    for (const NodeId host : topology.hosts()) sum += of[topology.out(host)[0]];
    EXPECT_NEAR(sum / 32, load, 0.01 * load);
  }
}

TEST(Workload, TheFullestLinkHasTheLoad) {
  // All that two racks send each other goes over one spine of a tenth of what their hosts can send.
  const Topology topology = leaf_spine({2, 1, 4, 10, 4});
  const TrafficMatrix matrix(2, {1, 3, 0, 0}, "a test");
  Traffic traffic;
  traffic.flows = 20000;
  Distribution sizes = Distribution::named("webserver");
  sizes.cap(100'000);
  const std::vector<double> of = loads(topology, make_workload(topology, racks_of(topology), matrix, sizes, traffic));
  EXPECT_NEAR(*std::max_element(of.begin(), of.end()), 0.5, 0.02);
}

TEST(Workload, LoadAndBurstinessChangeStartsAlone) {
  Traffic one, other;
  other.load = 0.25;
  const std::vector<Flow> a = draw(one), b = draw(other);
  other.sigma = 2;
  const std::vector<Flow> c = draw(other);
  for (std::size_t i = 0; i < a.size(); i++) {
    EXPECT_NEAR(static_cast<double>(b[i].start_ns), 2 * static_cast<double>(a[i].start_ns), 2);
    EXPECT_EQ(a[i].bytes, c[i].bytes);
    EXPECT_EQ(a[i].source, c[i].source);
    EXPECT_EQ(a[i].destination, c[i].destination);
  }
}

TEST(Workload, GapsAreAsBurstyAsAskedFor) {
  const auto variation = [](double sigma) {
    Traffic traffic;
    traffic.sigma = sigma;
    traffic.flows = 20000;
    const std::vector<Flow> flows = draw(traffic);
    double sum = 0, squares = 0;
    for (std::size_t i = 1; i < flows.size(); i++) {
      const auto gap = static_cast<double>(flows[i].start_ns - flows[i - 1].start_ns);
      sum += gap;
      squares += gap * gap;
    }
    const double n = static_cast<double>(flows.size() - 1);
    return std::sqrt(squares / n) / (sum / n);
  };
  EXPECT_NEAR(variation(0), 1, 0.01);
  EXPECT_NEAR(variation(1), std::exp(0.5), 0.1);  // of a log-normal: sqrt(1 + variation^2) = e^(sigma^2 / 2)
}

TEST(Workload, ASeedMakesOne) {
  Traffic one, other;
  other.seed = 2;
  const std::vector<Flow> a = draw(one), b = draw(one), c = draw(other);
  int unlike = 0;
  for (std::size_t i = 0; i < a.size(); i++) {
    EXPECT_EQ(a[i].bytes, b[i].bytes);
    EXPECT_EQ(a[i].start_ns, b[i].start_ns);
    unlike += a[i].bytes != c[i].bytes;
  }
  EXPECT_GT(unlike, 1000);
}

TEST(Workload, RefusesWhatIsOutOfRange) {
  for (const Traffic &traffic : {Traffic{.flows = 0}, Traffic{.load = 0}, Traffic{.load = 1}, Traffic{.sigma = -1},
                                 Traffic{.load = NAN}})
    EXPECT_THROW(draw(traffic), Error);
  const Distribution sizes = Distribution::named("webserver");
  const Topology alone = leaf_spine({1, 1, 1}), tree = fat_tree({});
  EXPECT_THROW(make_workload(alone, racks_of(alone), TrafficMatrix::uniform(1), sizes, {}), Error);
  EXPECT_THROW(make_workload(tree, racks_of(tree), TrafficMatrix::uniform(7), sizes, {}), Error);
}

TEST(PathWorkload, HasForegroundAndForwardBackground) {
  for (std::uint64_t seed = 1; seed <= 20; seed++) {
    Traffic traffic;
    traffic.seed = seed;
    const Topology lot = parking_lot({5});
    const std::vector<Flow> flows = make_path_workload(lot, 100, Distribution::named("webserver"), traffic);
    std::size_t foreground = 0;
    for (const Flow &flow : flows) {
      EXPECT_LT(flow.source, flow.destination);
      EXPECT_LT(flow.destination, 5U);
      foreground += flow.source == 0 && flow.destination == 4;
    }
    EXPECT_EQ(foreground, 100U);
    EXPECT_GT(flows.size(), 100U);
  }
}

TEST(PathWorkload, HasTheLoadOnItsFullestLink) {
  const Topology lot = parking_lot({7});
  Distribution sizes = Distribution::named("webserver");
  sizes.cap(100'000);
  for (std::uint64_t seed = 1; seed <= 5; seed++) {
    Traffic traffic;
    traffic.seed = seed;
    const std::vector<double> of = loads(lot, make_path_workload(lot, 3000, sizes, traffic));
    EXPECT_NEAR(*std::max_element(of.begin(), of.end()), 0.5, 0.05);
  }
}

TEST(Trace, IsSortedAndBeginsAtZero) {
  const TestFile file("id,src,dst,bytes,start_ns\n5,0,1,10,3000\n6,1,2,20,1000\n");
  const std::vector<Flow> flows = read_trace(file.path(), parking_lot({}));
  ASSERT_EQ(flows.size(), 2U);
  EXPECT_EQ(flows[0].id, 6U);
  EXPECT_EQ(flows[0].start_ns, 0);
  EXPECT_EQ(flows[1].start_ns, 2000);
}

TEST(Trace, BadOnesNameTheLine) {
  const auto refusal = [](const std::string &text) {
    const TestFile file(text);
    return error_of(file, [&] { read_trace(file.path(), parking_lot({})); });
  };
  EXPECT_NE(refusal("id,src\n").find("no flows"), std::string::npos);
  EXPECT_NE(refusal("a,b\n1,0,1,10\n").find(":2: no the start"), std::string::npos);
  EXPECT_NE(refusal("1,0,9,10,5\n").find(":1: the destination is node 9"), std::string::npos);
  EXPECT_NE(refusal("1,0,1,0,5\n").find(":1: the size is 0"), std::string::npos);
  EXPECT_NE(refusal("1,0,1,1.5,5\n").find(":1: the size is '1.5'"), std::string::npos);
  EXPECT_NE(refusal("1,1,1,1,5\n").find(":1: source and destination"), std::string::npos);
}

}  // namespace
}  // namespace liteflow::sim
