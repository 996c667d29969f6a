// SPDX-License-Identifier: GPL-2.0
// The update loop against a kernel that isn't one, with its own clock.
#include "daemon/update/updater.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "daemon/link/fake_link.h"
#include "daemon/link/test_network.h"

namespace liteflow {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// A model whose bias the test sets; it is settled unless told otherwise.
class TestAdapter final : public Adapter {
 public:
  std::string freeze() override { return std::to_string(bias); }
  Evaluation evaluate(const Matrix &inputs) override {
    return {stability, codegen::evaluate(test_model(bias), inputs)};
  }
  std::size_t adapt(const Batch &batch) override {
    if (broken) throw std::runtime_error("NaN in the loss");
    return useless ? 0 : batch.records.size() / batch.record_bytes;
  }
  Matrix inputs(const Batch &batch) const override {
    return test_rows(batch.records.size() / batch.record_bytes, 3);
  }
  double sigma() const override { return 0.1; }

  double bias = 0, stability = 1;
  bool broken = false, useless = false;
};

class TestBuilder final : public Builder {
 public:
  explicit TestBuilder(FakeLink &link) : Builder({}), link_(link) {}
  std::string build(const codegen::Network &network, const std::string &release) override {
    EXPECT_EQ(release, "6.1.0-fake");
    builds++;
    if (fails) throw Error("gcc: out of memory");
    return link_.add_module(network);
  }
  int builds = 0;
  bool fails = false;

 private:
  FakeLink &link_;
};

class UpdaterTest : public testing::Test {
 protected:
  UpdaterTest() {
    directory = testing::TempDir() + "lf-updater-XXXXXX";
    if (!::mkdtemp(directory.data())) throw Error("mkdtemp");
    std::ofstream(directory + "/rows.csv") << "-1,0,1\n0.5,0.5,0.5\n1,-1,0\n0.2,0.1,-0.6\n";
    options.name = "cc";
    options.model = "shipped.pt";
    options.calibration = directory + "/rows.csv";
    options.gate.window = 3;
    options.update.min_records = 4;
    options.update.verify_rows = 16;
    options.update.watch_s = 5;
    options.update.watch_rewards = 10;
    options.update.pause_s = 2;
    auto fake_link = std::make_unique<FakeLink>("cc", 3, 1);
    fake = fake_link.get();
    builder = std::make_unique<TestBuilder>(*fake);
    host.name = "h";
    host.link = std::move(fake_link);
    journal = std::make_unique<Journal>(directory + "/decisions");
  }
  ~UpdaterTest() override { std::filesystem::remove_all(directory); }

  void start() {
    auto owned = std::make_unique<TestAdapter>();
    adapter = owned.get();
    Services services{*builder, *journal, metrics, [this] { return now; }, {}};
    services.import = {[](const std::string &) { return test_model(0); },
                       [](const std::string &bytes) { return test_model(std::stod(bytes)); }};
    updater = std::make_unique<Updater>(options, std::move(owned), services);
    updater->add_host(host);
    set_up(true);
    round();
  }

  void set_up(bool up) {
    fake->set_up(up);
    host.up = up;
    updater->on_state(host, up);
  }

  // One second in which records arrive.
  void round(int records = 8) {
    now += 1s;
    BatchMessage batch;
    batch.app = "cc";
    batch.seq = ++seq;
    batch.record_bytes = 24;
    batch.records.resize(24 * static_cast<std::size_t>(records));
    const Loss loss = host.losses.add(batch);
    updater->on_batch(host, std::move(batch), loss);
    updater->step();
  }
  void rounds(int n) {
    for (int i = 0; i < n; i++) round();
  }

  bool called(const std::string &call) const {
    const auto calls = fake->calls();
    return std::find(calls.begin(), calls.end(), call) != calls.end();
  }

  // The lines of the journal of one type.
  std::vector<json> lines(const std::string &type) const {
    std::vector<json> found;
    std::ifstream file(directory + "/decisions");
    for (std::string line; std::getline(file, line);)
      if (auto value = json::parse(line); value["type"] == type) found.push_back(value);
    return found;
  }

  std::string directory;
  AppOptions options;
  FakeLink *fake = nullptr;
  TestAdapter *adapter = nullptr;
  std::unique_ptr<TestBuilder> builder;
  std::unique_ptr<Journal> journal;
  Metrics metrics;
  Host host;
  std::unique_ptr<Updater> updater;
  SteadyTime now{1000s};
  std::uint64_t seq = 0;
};

TEST_F(UpdaterTest, BringsTheShippedModelUpWhereNothingIsActive) {
  start();
  EXPECT_EQ(fake->active(), 1u);
  EXPECT_EQ(builder->builds, 1);
  EXPECT_TRUE(called("set_interval cc 200"));
  EXPECT_EQ(lines("bring_up").size(), 1u);
}

TEST_F(UpdaterTest, KeepsWhatIsActiveAlready) {
  const auto network = test_network(0);
  fake->activate(fake->stage_module(network.name(), fake->add_module(network)), false);
  start();
  EXPECT_EQ(builder->builds, 0);
}

TEST_F(UpdaterTest, UpdatesOnceSettledAndDifferent) {
  start();
  rounds(4);
  EXPECT_EQ(updater->last_decision().verdict, "not_necessary");
  EXPECT_TRUE(updater->last_decision().converged);
  adapter->bias = 1;
  round();
  EXPECT_EQ(updater->last_decision().verdict, "update");
  EXPECT_EQ(fake->active(), 2u);
  EXPECT_TRUE(called("stage_params"));
  const auto updates = lines("update");
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_EQ(updates[0]["result"], "activated");
  EXPECT_EQ(updates[0]["path"], "params");
  for (const auto *time : {"tune_s", "quantise_s", "build_s", "load_s", "verify_s", "activate_s"})
    EXPECT_TRUE(updates[0][time].is_number()) << time;
  rounds(6);
  ASSERT_EQ(lines("watch").size(), 1u);
  EXPECT_EQ(lines("watch")[0]["result"], "kept");
  EXPECT_EQ(lines("update").size(), 1u) << "the active snapshot is the tuned model now";
}

TEST_F(UpdaterTest, WaitsUntilTuningHasSettled) {
  start();
  adapter->bias = 1;
  for (int i = 0; i < 6; i++) {
    adapter->stability = i;
    round();
    EXPECT_EQ(updater->last_decision().verdict, "not_converged");
  }
  EXPECT_EQ(fake->active(), 1u);
}

TEST_F(UpdaterTest, RoundsWithoutUsableRecordsSettleNothing) {
  start();
  adapter->bias = 1;
  adapter->useless = true;
  rounds(8);
  EXPECT_EQ(updater->last_decision().verdict, "not_converged");
  EXPECT_EQ(fake->active(), 1u);
}

TEST_F(UpdaterTest, TheFirstUpdateCanTakeTheOtherPath) {
  options.update.first_path = "module";
  start();
  adapter->bias = 1;
  rounds(3);
  EXPECT_EQ(builder->builds, 2);
  EXPECT_EQ(lines("update")[0]["path"], "module");
  adapter->bias = 2;
  rounds(12);
  EXPECT_EQ(builder->builds, 2);
  EXPECT_EQ(lines("update")[1]["path"], "params");
  EXPECT_EQ(fake->active(), 3u);
}

TEST_F(UpdaterTest, AFailedBuildSkipsTheRoundAndGoesOn) {
  options.update.path = options.update.first_path = "module";
  start();
  builder->fails = true;
  adapter->bias = 1;
  rounds(3);
  EXPECT_EQ(fake->active(), 1u);
  EXPECT_EQ(lines("update")[0]["result"], "build_failed");
  EXPECT_NE(std::string(lines("update")[0]["error"]).find("out of memory"), std::string::npos);
  builder->fails = false;
  rounds(10);
  EXPECT_EQ(fake->active(), 2u);
}

TEST_F(UpdaterTest, ARefusedLoadChangesNothing) {
  start();
  fake->fail_next("stage_params", EINVAL, "params: accumulator of row 3 can overflow");
  adapter->bias = 1;
  rounds(3);
  EXPECT_EQ(fake->active(), 1u);
  EXPECT_EQ(lines("update")[0]["result"], "refused");
  EXPECT_EQ(metrics.get("updates_total", {{"app", "cc"}, {"host", "h"}, {"result", "refused"}}), 1);
}

TEST_F(UpdaterTest, WhatComputesOtherIntegersIsNeverActivated) {
  start();
  fake->set_wrong(true);
  adapter->bias = 1;
  rounds(3);
  EXPECT_EQ(fake->active(), 1u);
  EXPECT_EQ(lines("update")[0]["result"], "mismatch");
  EXPECT_TRUE(called("unload 2"));
}

TEST_F(UpdaterTest, AWorseRewardIsRolledBack) {
  start();
  for (int i = 0; i < 4; i++) {
    fake->add_reward(1, 20, 20);
    round();
  }
  adapter->bias = 1;
  round();
  ASSERT_EQ(fake->active(), 2u);
  fake->add_reward(2, 5, 20);
  round();
  EXPECT_EQ(fake->active(), 1u);
  const auto watch = lines("watch");
  ASSERT_EQ(watch.size(), 1u);
  EXPECT_EQ(watch[0]["result"], "rolled_back");
  EXPECT_DOUBLE_EQ(watch[0]["reward_before"], 1);
  EXPECT_DOUBLE_EQ(watch[0]["reward_after"], 0.25);
  rounds(1);
  EXPECT_TRUE(called("unload 2")) << "drained";
}

TEST_F(UpdaterTest, ACanaryIsPromotedOrDropped) {
  options.update.canary_share = 0.25;
  options.update.canary_s = 3;
  start();
  adapter->bias = 1;
  rounds(2);
  EXPECT_TRUE(called("canary 2 250"));
  EXPECT_EQ(fake->active(), 1u);
  fake->add_reward(1, 20, 20);
  fake->add_reward(2, 20, 20);
  rounds(4);
  EXPECT_EQ(fake->active(), 2u);
  EXPECT_EQ(lines("canary")[0]["result"], "promoted");
  rounds(6);
  adapter->bias = 2;
  rounds(4);
  ASSERT_TRUE(called("canary 3 250"));
  fake->add_reward(2, 20, 20);
  fake->add_reward(3, 1, 20);
  rounds(4);
  EXPECT_TRUE(called("canary 3 0"));
  EXPECT_EQ(lines("canary")[1]["result"], "dropped");
  EXPECT_EQ(fake->active(), 2u);
}

TEST_F(UpdaterTest, FailuresMakeUpdatesRarer) {
  options.update.path = options.update.first_path = "module";
  start();
  builder->fails = true;
  adapter->bias = 1;
  rounds(40);
  EXPECT_GE(builder->builds, 4);
  EXPECT_LE(builder->builds, 6);
}

TEST_F(UpdaterTest, ALinkThatBreaksIsPickedUpAgain) {
  start();
  adapter->bias = 1;
  set_up(false);
  rounds(5);
  EXPECT_EQ(updater->last_decision().verdict, "no_snapshot");
  set_up(true);
  rounds(2);
  EXPECT_EQ(fake->active(), 2u) << "the same kernel: goes on with the update";
  fake->reload();
  updater->on_state(host, false);
  updater->on_state(host, true);
  rounds(2);
  EXPECT_EQ(builder->builds, 2) << "a new kernel: brought up again";
  EXPECT_NE(fake->active(), 0u);
}

TEST_F(UpdaterTest, CountsLostBatches) {
  start();
  seq += 3;
  round();
  EXPECT_EQ(metrics.get("batches_lost_total", {{"app", "cc"}, {"host", "h"}}), 3);
}

TEST_F(UpdaterTest, AnAdapterThatFailsEndsTheRoundOnly) {
  start();
  adapter->broken = true;
  round();
  EXPECT_EQ(lines("round_failed").size(), 1u);
  EXPECT_EQ(lines("round_failed")[0]["error"], "NaN in the loss");
  adapter->broken = false;
  adapter->bias = 1;
  rounds(6);
  EXPECT_EQ(fake->active(), 2u);
}

TEST_F(UpdaterTest, RefusesACalibrationFileThatDoesNotFit) {
  std::ofstream(options.calibration) << "1,2\n";
  EXPECT_THROW(start(), Error);
}

}  // namespace
}  // namespace liteflow
