// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/workload/program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tools/lf-sim/net/fabrics.h"
#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

// A flow takes a nanosecond for each byte, whatever else there is.
class Constant : public Network {
 public:
  void add(const Flow &flow) override {
    EXPECT_GE(static_cast<double>(flow.start_ns), now_);
    flows_.emplace(static_cast<double>(flow.start_ns) + static_cast<double>(flow.bytes), flow.id);
  }
  std::optional<Done> next(double until_ns) override {
    if (flows_.empty() || flows_.begin()->first > until_ns) {
      now_ = until_ns;
      return std::nullopt;
    }
    const auto [time, flow] = *flows_.begin();
    flows_.erase(flows_.begin());
    now_ = time;
    return Done{flow, time};
  }

 private:
  double now_ = 0;
  std::multimap<double, std::uint64_t> flows_;
};

// Every step begins its delay after the last of those that it waits for.
void expect_kept(const Program &program, const ProgramRun &run) {
  for (std::size_t i = 0; i < program.size(); i++) {
    double due = 0;
    for (const std::size_t before : program[i].after) due = std::max(due, run.done_ns[before]);
    EXPECT_EQ(run.start_ns[i], due + program[i].delay_ns) << i;
  }
}

TEST(Program, StepsWaitForOthers) {
  const Program program{{0, 1, 100, {}, 50}, {1, 2, 30, {}, 0}, {2, 0, 10, {0, 1}, 7}, {0, 2, 5, {1}, 0}};
  Constant network;
  const ProgramRun run = run_program(network, program);
  EXPECT_EQ(run.done_ns, (std::vector<double>{150, 30, 167, 35}));
  EXPECT_EQ(run.end_ns, 167);
  expect_kept(program, run);
}

TEST(Program, RefusesWhatCannotEnd) {
  Constant network;
  EXPECT_THROW(run_program(network, {{0, 1, 1, {0}, 0}}), Error);
  EXPECT_THROW(run_program(network, {{0, 1, 1, {1}, 0}, {0, 1, 1, {}, 0}}), Error);
  EXPECT_THROW(run_program(network, {{0, 1, 0, {}, 0}}), Error);
  EXPECT_THROW(run_program(network, {{0, 1, 1, {}, -1}}), Error);
  struct : Network {
    void add(const Flow &) override {}
    std::optional<Done> next(double) override { return std::nullopt; }
  } silent;
  EXPECT_THROW(run_program(silent, {{0, 1, 1, {}, 0}}), Error);
}

TEST(Collectives, ARingSendsTwiceWhatIsReduced) {
  const std::vector<NodeId> hosts{3, 5, 7, 9};
  const Program program = ring_all_reduce(hosts, 4000, 2, 10);
  EXPECT_EQ(program.size(), 2U * 6 * 4);
  std::map<NodeId, std::uint64_t> sent;
  for (const Step &step : program) sent[step.source] += step.bytes;
  for (const NodeId host : hosts) EXPECT_EQ(sent[host], 2U * 6 * 1000);  // 2 (n - 1) / n of the bytes, twice
  Constant network;
  const ProgramRun run = run_program(network, program);
  EXPECT_EQ(run.end_ns, 2 * (10 + 6 * 1000));
  expect_kept(program, run);
}

TEST(Collectives, ATreeGoesUpAndDown) {
  const Program program = tree_all_reduce({0, 1, 2, 3, 4, 5, 6}, 1000, 2, 10);
  EXPECT_EQ(program.size(), 2U * 2 * 6);
  Constant network;
  const ProgramRun run = run_program(network, program);
  EXPECT_EQ(run.end_ns, 2 * (10 + 4 * 1000));  // two levels up, two down
  expect_kept(program, run);
}

TEST(Collectives, ClientsKeepTheirWindow) {
  Requests spec;
  spec.clients = {0, 1};
  spec.servers = {2, 3};
  spec.count = 10;
  spec.window = 2;
  spec.answer_least = spec.answer_most = 1000;
  spec.work_ns = 59;
  const Program program = request_chains(spec);
  EXPECT_EQ(program.size(), 2U * 2 * 10);
  Constant network;
  const ProgramRun run = run_program(network, program);
  EXPECT_EQ(run.end_ns, 5 * (41 + 59 + 1000));  // ten, two at a time
  expect_kept(program, run);
}

TEST(Collectives, AFanOutWaitsForAllAnswers) {
  Requests spec;
  spec.clients = {0};
  spec.servers = {1, 2, 3};
  spec.count = 2;
  spec.fan_out = 3;
  const Program program = request_chains(spec);
  ASSERT_EQ(program.size(), 2U * 2 * 3);
  std::uint64_t slowest = 0;
  for (std::size_t i = 1; i < 6; i += 2) slowest = std::max(slowest, program[i].bytes);
  Constant network;
  const ProgramRun run = run_program(network, program);
  for (std::size_t i = 6; i < 12; i += 2) EXPECT_EQ(run.start_ns[i], static_cast<double>(41 + 87'000 + slowest));
  expect_kept(program, run);
}

TEST(Collectives, RefuseWhatIsNone) {
  Requests spec;
  spec.clients = {0};
  spec.servers = {1, 2};
  spec.fan_out = 3;
  EXPECT_THROW(request_chains(spec), Error);
  spec.fan_out = 1;
  spec.servers = {1, 0};
  EXPECT_THROW(request_chains(spec), Error);
  EXPECT_THROW(ring_all_reduce({1}, 100, 1, 0), Error);
  EXPECT_THROW(tree_all_reduce({1, 2, 3}, 2, 1, 0), Error);
  EXPECT_THROW(request_chains({}), Error);
}

TEST(ProgramFile, RoundTrip) {
  const TestFile file, again;
  write_program(file.path(), {{0, 1, 100, {}, 50}, {1, 2, 30, {0}, 0}});
  EXPECT_EQ(file.text(), "0 1 100 50\n1 2 30 0 0\n");
  write_program(again.path(), read_program(file.path(), parking_lot({})));
  EXPECT_EQ(file.text(), again.text());
}

TEST(ProgramFile, BadOnesNameTheLine) {
  const auto refusal = [](const std::string &text) {
    const TestFile file(text);
    return error_of(file, [&] { read_program(file.path(), parking_lot({})); });
  };
  EXPECT_NE(refusal("").find("no steps"), std::string::npos);
  EXPECT_NE(refusal("0 1 100 0 0\n").find(":1: it waits for step 0"), std::string::npos);
  EXPECT_NE(refusal("0 1 100 0\n1 3 5 0\n").find(":2: the destination is node 3"), std::string::npos);
  EXPECT_NE(refusal("0 1 100 -1\n").find(":1: the delay is below 0"), std::string::npos);
  EXPECT_NE(refusal("0 1 100\n").find(":1: no the delay"), std::string::npos);
}

}  // namespace
}  // namespace liteflow::sim
