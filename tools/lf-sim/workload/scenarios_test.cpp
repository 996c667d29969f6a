// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/workload/scenarios.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codegen/error.h"
#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

// The fields of m4's dctcp_empirical.mixspace.json.
constexpr const char *kSpace = R"({"spatials": ["uniform", "local:1"],
  "size_dists": ["../../workload/distributions/facebook/webserver-all.txt", "exp:20000"],
  "lognorm_sigmas": [1.0, 2.0], "max_loads": {"low": 0.25, "high": 0.75}, "clusters": ["2x4x4:2x4", "2x4x4:2x1"],
  "bfszs": {"low": 300, "high": 300}, "windows": {"low": 5, "high": 30}, "pfcs": [1.0, 1.0], "ccs": ["dctcp"],
  "params": [{"low": 5.0, "high": 20.0}, {"low": 0.0, "high": 0.0}]})";

ScenarioSpace space() { return read_space(TestFile(kSpace).path()); }

TEST(ScenarioSpace, MixesAreOfIt) {
  std::set<std::string> matrices, sizes, clusters;
  std::set<double> sigmas;
  for (const Mix &mix : draw_mixes(space(), 100, 1)) {
    matrices.insert(mix.matrix);
    sizes.insert(mix.sizes);
    clusters.insert(mix.cluster);
    sigmas.insert(mix.sigma);
    EXPECT_TRUE(mix.max_load >= 0.25 && mix.max_load <= 0.75) << mix.max_load;
    EXPECT_EQ(mix.buffer, 300);
    EXPECT_TRUE(mix.window >= 5000 && mix.window <= 30000) << mix.window;
    EXPECT_TRUE(mix.pfc);
    EXPECT_EQ(mix.transport, "dctcp");
    ASSERT_EQ(mix.parameters.size(), 2U);
    EXPECT_TRUE(mix.parameters[0] >= 5 && mix.parameters[0] <= 20);
    EXPECT_EQ(mix.parameters[1], 0);
  }
  EXPECT_EQ(matrices.size() * sizes.size() * clusters.size() * sigmas.size(), 16U);
}

TEST(ScenarioSpace, MoreMixesBeginAsFewer) {
  const TestFile few, many;
  write_mixes(few.path(), draw_mixes(space(), 3, 7));
  std::vector<Mix> mixes = draw_mixes(space(), 10, 7);
  mixes.resize(3);
  write_mixes(many.path(), mixes);
  EXPECT_EQ(few.text(), many.text());
}

TEST(ScenarioSpace, BadOnesNameTheField) {
  const auto refusal = [](const std::string &from, const std::string &to) {
    std::string text = kSpace;
    const TestFile file(text.replace(text.find(from), from.size(), to));
    return error_of(file, [&] { read_space(file.path()); });
  };
  EXPECT_NE(refusal("\"ccs\"", "\"cc\"").find("'ccs' not found"), std::string::npos);
  EXPECT_NE(refusal("[1.0, 2.0]", "[]").find("lognorm_sigmas: the list is empty"), std::string::npos);
  EXPECT_NE(refusal("\"low\": 0.25", "\"low\": 0.9").find("max_loads: 0.9 to 0.75"), std::string::npos);
  EXPECT_NE(refusal("\"low\": 0.25", "\"low\": \"x\"").find("no scenario space"), std::string::npos);
  EXPECT_NE(refusal("{", "").find("parse error"), std::string::npos);
  EXPECT_NE(error_of(TestFile(), [] { read_space("/nowhere/s"); }).find("/nowhere/s: No such file"), std::string::npos);
}

TEST(Mixes, RoundTripWithPublishedFields) {
  Mix mix{3, "m", "s", "c", 2, 0.5, 15.25, 6804, true, "dctcp", {12.5, 0}};
  const TestFile file, again;
  write_mixes(file.path(), {mix});
  EXPECT_EQ(file.text(), R"([
    {
        "id": 3,
        "spatial": "m",
        "size_dist": "s",
        "lognorm_sigma": 2.0,
        "max_load": 0.5,
        "cluster": "c",
        "param_id": 0,
        "bfsz": 15.25,
        "window": 6804,
        "enable_pfc": 1,
        "cc": "dctcp",
        "param_1": 12.5,
        "param_2": 0.0
    }
]
)");
  write_mixes(again.path(), read_mixes(file.path()));
  EXPECT_EQ(file.text(), again.text());
  const TestFile bad(R"([{"id": 0}])");
  EXPECT_NE(error_of(bad, [&] { read_mixes(bad.path()); }).find("mix 0: not as m3 writes it"), std::string::npos);
}

TEST(Scenario, IsMadeOfAMixAndASeed) {
  Mix mix = draw_mixes(space(), 1, 1)[0];
  mix.cluster = "2x4x4:2x1";
  const ScenarioSize size{.flows = 500, .cap = 10'000};
  const Scenario one = make_scenario(mix, size, {}), same = make_scenario(mix, size, {}),
                 other = make_scenario(mix, {.flows = 500, .seed = 2}, {});
  EXPECT_EQ(one.topology.nodes(), 32U + 8 + 4 + 2);
  ASSERT_EQ(one.flows.size(), 500U);
  std::size_t unlike = 0;
  for (std::size_t i = 0; i < 500; i++) {
    EXPECT_LE(one.flows[i].bytes, 10'000U);
    EXPECT_EQ(one.flows[i].start_ns, same.flows[i].start_ns);
    EXPECT_EQ(one.flows[i].bytes, same.flows[i].bytes);
    unlike += one.flows[i].source != other.flows[i].source;
  }
  EXPECT_GT(unlike, 250U);
}

TEST(Scenario, PathsHaveFlowsFromEndToEnd) {
  Mix mix;
  mix.sizes = "hadoop";
  mix.cluster = "path:5";
  const Scenario scenario = make_scenario(mix, {.flows = 50}, {});
  const std::vector<NodeId> hosts = scenario.topology.hosts();
  EXPECT_EQ(hosts.size(), 5U);
  EXPECT_GE(std::ranges::count_if(scenario.flows,
                                  [&](const Flow &flow) {
                                    return flow.source == hosts.front() && flow.destination == hosts.back();
                                  }),
            50);
  mix.cluster = "path:4";
  EXPECT_THROW(make_scenario(mix, {}, {}), Error);
}

TEST(Scenario, FilesAreFoundInFolders) {
  const TestFile sizes("0 0\n7 100\n");
  const std::filesystem::path path = sizes.path();
  Mix mix{0, "uniform", "../of/their/tree/" + path.filename().string(), "1x2x2:1x1", 1, 0.5, 0, 0, false, "dctcp", {}};
  for (const Flow &flow : make_scenario(mix, {.flows = 100}, {"/nowhere", path.parent_path().string()}).flows)
    EXPECT_LE(flow.bytes, 7U);
  EXPECT_THROW(make_scenario(mix, {.flows = 100}, {"/nowhere"}), Error);
  mix.sizes = "of/their/tree/hadoop-all.txt";  // has no file and needs none
  EXPECT_EQ(make_scenario(mix, {.flows = 100}, {"/nowhere"}).flows.size(), 100U);
  mix.sizes = "of/their/tree/sync-all-6.txt";  // lognorm
  EXPECT_EQ(make_scenario(mix, {.flows = 100}, {}).flows.size(), 100U);
  mix.sizes = "sync-all-x.txt";
  EXPECT_THROW(make_scenario(mix, {.flows = 100}, {}), Error);
  mix.sizes = "webserver";
  mix.cluster = "1x2x2:1";
  EXPECT_THROW(make_scenario(mix, {.flows = 100}, {}), Error);
}

}  // namespace
}  // namespace liteflow::sim
