// SPDX-License-Identifier: GPL-2.0
// The update loop against a kernel that isn't one, with its own clock.
#include "daemon/update/updater.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
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
    // But where a test asks for it: no canary, and nothing earned speaks against nothing.
    options.update.canary_share = 0;
    options.update.inconclusive = "keep";
    options.update.slots = 3;
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
    updater = std::make_unique<Updater>(options, std::move(owned), std::move(estimator), services);
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

  // A tuned network on so many of the new flows, for 8 s; promoted, it is watched.
  void begin_canary(double share, double watch_s) {
    options.update.canary_share = share;
    options.update.canary_s = 8;
    options.update.watch_s = watch_s;
    start();
    adapter->bias = 1;
    rounds(2);
  }

  // A round in which a snapshot earns, with a little noise.
  void earn(std::uint64_t id, double mean, std::uint64_t count) {
    const double noise = 0.01 * std::sin(2.5 * static_cast<double>(++noises));
    fake->add_reward(id, (mean + noise) * static_cast<double>(count), count);
    round();
  }
  // Both do, in the same round.
  void both(std::uint64_t before, std::uint64_t after, double mean_before, double mean_after) {
    fake->add_reward(before, 40 * mean_before, 40);
    earn(after, mean_after, 10);
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
  std::unique_ptr<Estimator> estimator;  // that start() gives it; null: none
  std::unique_ptr<Updater> updater;
  SteadyTime now{1000s};
  std::uint64_t seq = 0;
  int noises = 0;
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

// Says of every candidate what it is told.
class Oracle final : public Estimator {
 public:
  explicit Oracle(const double &worse) : worse_(worse) {}
  void observe(const Batch &batch) override { records += batch.records.size() / batch.record_bytes; }
  std::optional<Prediction> predict(const std::string &, const Answers &running, const Answers &candidate,
                                    const std::function<bool()> &) const override {
    const Matrix inputs = test_rows(4, 3);
    EXPECT_NE(running(inputs).values, candidate(inputs).values);
    return Prediction{10, 10 * worse_, 4};
  }
  std::optional<double> observed(const std::string &, std::uint64_t snapshot) const override {
    return snapshot == 2 ? std::optional(11.0) : std::nullopt;
  }

  std::size_t records = 0;

 private:
  const double &worse_;
};

TEST_F(UpdaterTest, WhatIsPredictedToBeWorseIsNotTried) {
  double worse = 2;
  auto oracle = std::make_unique<Oracle>(worse);
  const Oracle &asked = *oracle;
  estimator = std::move(oracle);
  start();
  adapter->bias = 1;
  rounds(3);
  EXPECT_EQ(asked.records, 32U);
  EXPECT_EQ(fake->active(), 1u);
  ASSERT_FALSE(lines("forecast").empty());
  EXPECT_EQ(lines("forecast")[0]["verdict"], "refused");
  EXPECT_TRUE(lines("update").empty());
  worse = 1;
  rounds(4);
  EXPECT_EQ(fake->active(), 2u);
  EXPECT_EQ(lines("forecast").back()["verdict"], "allowed");
  round();
  ASSERT_EQ(lines("forecast_outcome").size(), 1U);
  EXPECT_EQ(lines("forecast_outcome")[0]["predicted_p99"], 10);
  EXPECT_EQ(lines("forecast_outcome")[0]["observed_p99"], 11);
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
  for (int i = 0; i < 8; i++) earn(1, 1, 20);
  adapter->bias = 1;
  round();
  ASSERT_EQ(fake->active(), 2u);
  for (int i = 0; i < 3; i++) earn(2, 0.25, 20);
  EXPECT_EQ(fake->active(), 2u) << "too few slots to be certain";
  earn(2, 0.25, 20);
  EXPECT_EQ(fake->active(), 1u);
  const auto watch = lines("watch");
  ASSERT_EQ(watch.size(), 1u);
  EXPECT_EQ(watch[0]["result"], "rolled_back");
  EXPECT_EQ(watch[0]["basis"], "earlier");
  EXPECT_NEAR(watch[0]["reward_before"], 1, 0.02);
  EXPECT_NEAR(watch[0]["reward_after"], 0.25, 0.02);
  EXPECT_NEAR(watch[0]["difference"], -0.75, 0.03);
  EXPECT_LT(watch[0]["upper"], -0.2);
  EXPECT_EQ(watch[0]["slots"], 4);
  EXPECT_GE(watch[0]["slots_before"], 5);
  EXPECT_GE(watch[0]["confidence"], 0.975);
  rounds(1);
  EXPECT_TRUE(called("unload 2")) << "drained";
}

TEST_F(UpdaterTest, APromotedOneThatTurnsWorseIsRolledBack) {
  begin_canary(0.1, 30);
  ASSERT_TRUE(called("canary 2 100"));
  for (int i = 0; i < 8; i++) both(1, 2, 0.9, 0.9);
  ASSERT_EQ(fake->active(), 2u);
  for (int i = 0; i < 6; i++) both(1, 2, 0.9, 0.9);
  EXPECT_EQ(fake->active(), 2u);
  for (int i = 0; i < 16 && fake->active() == 2; i++) both(1, 2, 0.9, 0.3);
  EXPECT_EQ(fake->active(), 1u);
  ASSERT_EQ(lines("watch").size(), 1u);
  EXPECT_EQ(lines("watch")[0]["result"], "rolled_back");
  EXPECT_EQ(lines("watch")[0]["basis"], "concurrent");
  const Labels watch{{"app", "cc"}, {"host", "h"}, {"trial", "watch"}};
  EXPECT_EQ(metrics.get("trial_difference", watch), lines("watch")[0]["difference"]);
  EXPECT_EQ(metrics.get("trial_difference_upper", watch), lines("watch")[0]["upper"]);
  EXPECT_EQ(metrics.get("trial_confidence", watch), lines("watch")[0]["confidence"]);
  EXPECT_EQ(metrics.get("trial_slots_effective", watch), lines("watch")[0]["effective_slots"]);
  Labels judged = watch;
  judged.insert({{"result", "rolled_back"}, {"basis", "concurrent"}});
  EXPECT_EQ(metrics.get("trials_total", judged), 1);
}

TEST_F(UpdaterTest, APromotedOneIsWatchedWhateverTheHostAnswersThen) {
  begin_canary(0.1, 30);
  for (int i = 0; i < 7; i++) both(1, 2, 0.9, 0.9);
  fake->fail_next("snapshots", EIO, "no memory", 1);  // the look that promotes has its list
  both(1, 2, 0.9, 0.9);
  ASSERT_EQ(fake->active(), 2u);
  EXPECT_TRUE(updater->busy());
  for (int i = 0; i < 16 && fake->active() == 2; i++) both(1, 2, 0.9, 0.3);
  EXPECT_EQ(fake->active(), 1u);
}

TEST_F(UpdaterTest, ACanaryIsPromotedOrDropped) {
  begin_canary(0.25, 5);
  EXPECT_TRUE(called("canary 2 250"));
  EXPECT_EQ(fake->active(), 1u);
  for (int i = 0; i < 7; i++) both(1, 2, 0.9, 0.9);
  EXPECT_EQ(fake->active(), 1u) << "not before its end";
  both(1, 2, 0.9, 0.9);
  EXPECT_EQ(fake->active(), 2u);
  auto canary = lines("canary");
  EXPECT_EQ(canary.at(0)["result"], "promoted");
  EXPECT_EQ(canary.at(0)["basis"], "concurrent");
  EXPECT_EQ(canary.at(0)["slots"], 8);
  EXPECT_DOUBLE_EQ(canary.at(0)["confidence"], 0.95);
  EXPECT_LT(canary.at(0)["lower"], canary.at(0)["difference"]);
  rounds(6);
  adapter->bias = 2;
  rounds(4);
  ASSERT_TRUE(called("canary 3 250"));
  for (int i = 0; i < 8 && !called("canary 3 0"); i++) both(2, 3, 0.9, 0.05);
  EXPECT_TRUE(called("canary 3 0"));
  EXPECT_EQ(lines("canary").at(1)["result"], "dropped");
  EXPECT_EQ(fake->active(), 2u);
}

TEST_F(UpdaterTest, ACanaryWithoutFlowsIsDroppedButNoFailure) {
  options.update.canary_share = 0.1;
  options.update.canary_s = 3;
  options.update.inconclusive = "drop";
  start();
  adapter->bias = 1;
  rounds(40);
  const auto canary = lines("canary");
  EXPECT_GE(canary.size(), 6u) << "tried again, no more seldom than before";
  for (const auto &line : canary) {
    EXPECT_EQ(line["result"], "dropped");
    EXPECT_EQ(line["basis"], "too_few");
  }
  EXPECT_EQ(fake->active(), 1u);
}

TEST_F(UpdaterTest, RunningFlowsTakeTurnsUntilItIsProved) {
  options.update.repin = true;
  options.update.turns_s = 16;
  options.update.watch_s = 5;
  start();
  adapter->bias = 1;
  rounds(2);
  ASSERT_TRUE(called("activate 2 repin"));
  // Whoever's turn it is earns all; the path gets worse all the time.
  std::string order;
  for (int t = 0; t < 16 && lines("turns").empty(); t++) {
    order += fake->active() == 2 ? 'n' : 'o';
    earn(fake->active(), 0.9 - 0.015 * t, 40);
  }
  EXPECT_EQ(order, "noonnoonnoonnoon");
  auto turns = lines("turns");
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(turns[0]["result"], "promoted");
  EXPECT_EQ(turns[0]["basis"], "turns");
  EXPECT_EQ(turns[0]["slots"], 8);
  EXPECT_NEAR(turns[0]["difference"], 0, 0.01);
  EXPECT_EQ(fake->active(), 2u);
  rounds(6);
  EXPECT_EQ(lines("watch").at(0)["result"], "kept");
}

TEST_F(UpdaterTest, WhatIsWorseLosesItsTurnsAtOnce) {
  options.update.repin = true;
  options.update.turns_s = 40;
  start();
  adapter->bias = 1;
  rounds(2);
  int slots = 0;
  for (; slots < 40 && lines("turns").empty(); slots++)
    earn(fake->active(), fake->active() == 2 ? 0.4 : 0.9, 40);
  EXPECT_LT(slots, 20);
  EXPECT_EQ(lines("turns").at(0)["result"], "dropped");
  EXPECT_EQ(fake->active(), 1u);
}

TEST_F(UpdaterTest, TurnsThatALostLinkCutsShortProveNothing) {
  options.update.repin = true;
  options.update.turns_s = 16;
  options.update.inconclusive = "drop";
  start();
  adapter->bias = 1;
  rounds(2);
  ASSERT_EQ(fake->active(), 2u) << "it is the new one's turn";
  set_up(false);
  now += 30s;
  set_up(true);
  rounds(2);
  EXPECT_EQ(lines("turns").at(0)["result"], "dropped");
  EXPECT_EQ(lines("turns").at(0)["basis"], "too_few");
  EXPECT_EQ(fake->active(), 1u);
}

TEST_F(UpdaterTest, WhatHadNoCanaryMustBeShownToBeNoWorse) {
  options.update.inconclusive = "drop";
  options.update.watch_s = 8;
  start();
  for (int i = 0; i < 10; i++) earn(1, 0.9, 40);
  adapter->bias = 1;
  round();
  ASSERT_EQ(fake->active(), 2u);
  for (int i = 0; i < 8; i++) earn(2, i % 2 ? 0.95 : 0.75, 40);
  EXPECT_EQ(fake->active(), 1u) << "not certainly worse, nor certainly no worse";
  ASSERT_EQ(lines("watch").size(), 1u);
  EXPECT_EQ(lines("watch")[0]["result"], "rolled_back");
  EXPECT_GT(lines("watch")[0]["upper"], 0);
  for (int i = 0; i < 40 && lines("watch").size() < 2; i++) earn(fake->active(), 0.95, 40);
  ASSERT_EQ(lines("watch").size(), 2u);
  EXPECT_EQ(lines("watch")[1]["result"], "kept");
}

TEST_F(UpdaterTest, TheRuleDecidesWhatBecomesAnUpdate) {
  options.gate.rule = "every_batch";
  options.update.watch_s = options.update.pause_s = 0;
  start();
  for (int i = 1; i <= 5; i++) {
    adapter->bias = 0.001 * i;
    adapter->stability = i;
    round();
  }
  EXPECT_EQ(fake->active(), 7u) << "neither settled nor different";
  round();
  EXPECT_EQ(fake->active(), 7u) << "the same once more is none";
  EXPECT_EQ(lines("update").back()["result"], "unchanged");
  options.gate.rule = "converged";
  adapter->bias = 0;
  rounds(1);
  EXPECT_EQ(updater->last_decision().verdict, "not_converged");
  rounds(3);
  EXPECT_EQ(fake->active(), 8u) << "settled, not different";
  EXPECT_EQ(lines("update").back()["result"], "activated");
}

TEST_F(UpdaterTest, TellsWhatTuningCosts) {
  start();
  adapter->bias = 1;
  rounds(4);
  const auto gate = lines("gate").back();
  EXPECT_EQ(gate["batches"], 1);
  EXPECT_EQ(gate["bytes"], 8 * 24);
  EXPECT_GE(gate["tune_cpu_s"], 0);
  const auto update = lines("update").at(0);
  EXPECT_GT(update["bytes"], 0);
  for (const auto *time : {"tune_cpu_s", "quantise_cpu_s", "build_cpu_s"})
    EXPECT_TRUE(update[time].is_number()) << time;
  const Labels host_labels{{"app", "cc"}, {"host", "h"}};
  EXPECT_EQ(metrics.get("batch_bytes_total", host_labels), 5 * 8 * 24);
  EXPECT_EQ(metrics.get("staged_bytes_total", {{"app", "cc"}, {"host", "h"}, {"path", "params"}}),
            update["bytes"]);
  const Labels module{{"app", "cc"}, {"host", "h"}, {"path", "module"}};
  EXPECT_GT(metrics.get("staged_bytes_total", module), 0);
  for (const auto *name : {"tune_cpu_seconds_total{", "quantise_cpu_seconds_total{",
                           "stage_cpu_seconds_total{", "batch_bytes_total{"})
    EXPECT_NE(metrics.text().find(name), std::string::npos) << name;
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
