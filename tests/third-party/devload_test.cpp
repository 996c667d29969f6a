// SPDX-License-Identifier: GPL-2.0
// liteflowd's machinery with an adapter that it has never heard of: the shared
// library of the app "devload", its configuration, and a kernel that isn't one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "codegen/compile.h"
#include "codegen/error.h"
#include "codegen/import.h"
#include "codegen/interpret.h"
#include "daemon/link/fake_link.h"
#include "daemon/update/adapters.h"
#include "daemon/update/updater.h"
#include "tests/third-party/module/devload.h"

namespace liteflow {
namespace {

using namespace std::chrono_literals;

constexpr double kOne = 65536;

// A device that sends 1 MB and 16 bytes by turns, more or less.
class Device {
 public:
  std::vector<std::byte> send(const codegen::Network &network, int intervals) {
    std::vector<std::byte> bytes;
    for (int i = 0; i < intervals; i++) {
      Matrix state(1, DEVLOAD_HISTORY);
      for (std::size_t j = 0; j < state.columns; j++) state(0, j) = record_.state[j] / kOne;
      record_.seq++;
      record_.predicted = static_cast<__s32>(codegen::run(network, state)(0, 0) * kOne);
      const double noise = 0.3 * std::sin(static_cast<double>(record_.seq * record_.seq));
      const double amount = (record_.seq % 2 ? 20 : 4) + noise;
      record_.truth = static_cast<__s32>(amount * kOne);
      error_ += std::abs(record_.predicted - record_.truth) / kOne / intervals;
      const auto *at = reinterpret_cast<const std::byte *>(&record_);
      bytes.insert(bytes.end(), at, at + sizeof record_);
      std::copy(record_.state + 1, record_.state + DEVLOAD_HISTORY, record_.state);
      record_.state[DEVLOAD_HISTORY - 1] = record_.truth;
    }
    return bytes;
  }
  // The mean error since the last time that it was asked for.
  double error() { return std::exchange(error_, 0.0); }

 private:
  devload_record record_ = {.flow = 1, .snapshot = 1, .seq = 0, .netns = 0, .ifindex = 2,
                            .state = {}, .predicted = 0, .truth = 0};
  double error_ = 0;
};

class FakeBuilder final : public Builder {
 public:
  explicit FakeBuilder(FakeLink &link) : Builder({}), link_(link) {}
  std::string build(const codegen::Network &network, const std::string &) override {
    return link_.add_module(network);
  }

 private:
  FakeLink &link_;
};

class ThirdParty : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    models_ = std::make_unique<codegen::TemporaryDir>();
    made_ = codegen::run_program({"/usr/bin/python3", LF_DEVLOAD "/make_model.py", models_->path()});
  }
  static void TearDownTestSuite() { models_.reset(); }
  void SetUp() override {
    if (!made_) GTEST_SKIP() << "needs python3-torch";
    options = read_config(LF_DEVLOAD "/liteflowd.toml").apps.at(0);
    options.adapter = LF_DEVLOAD_ADAPTER;
    options.model = model("last.pt");
    options.calibration = model("calibration.csv");
    options.update.canary_share = 0;  // what they judge is tested with updater_test
    options.update.inconclusive = "keep";
  }
  static std::string model(const std::string &name) { return models_->path() + "/" + name; }

  std::unique_ptr<Adapter> adapter() const {
    return make_adapter(options.adapter, {.model = options.model, .seed = 1, .values = options.options});
  }
  std::string refusal() const {
    try {
      adapter();
    } catch (const Error &error) {
      return error.what();
    }
    return "";
  }

  static std::unique_ptr<codegen::TemporaryDir> models_;
  static bool made_;
  AppOptions options;
};
std::unique_ptr<codegen::TemporaryDir> ThirdParty::models_;
bool ThirdParty::made_ = false;

TEST_F(ThirdParty, TheConfigurationNamesTheApp) {
  EXPECT_EQ(options.name, "devload");
  EXPECT_EQ(options.options.at("rate"), "0.01");
}

TEST_F(ThirdParty, FreezesWhatItEvaluates) {
  const auto loaded = adapter();
  EXPECT_EQ(loaded->evaluate(Matrix(0, DEVLOAD_HISTORY)).outputs.rows, 0u);
  Matrix inputs(3, DEVLOAD_HISTORY);
  for (std::size_t i = 0; i < inputs.values.size(); i++) inputs.values[i] = static_cast<double>(i * 7 % 30);
  const Matrix evaluated = loaded->evaluate(inputs).outputs;
  const Matrix frozen = codegen::evaluate(codegen::import_model_bytes(loaded->freeze()), inputs);
  for (std::size_t row = 0; row < inputs.rows; row++) {
    EXPECT_NEAR(evaluated(row, 0), frozen(row, 0), 1e-4);
    EXPECT_NEAR(evaluated(row, 0), inputs(row, DEVLOAD_HISTORY - 1), 1e-4) << "the last interval again";
  }
}

TEST_F(ThirdParty, RefusesWhatIsNotForIt) {
  options.options = {{"colour", "red"}};
  EXPECT_NE(refusal().find("app.options.colour"), std::string::npos);
  options.options = {{"rate", "5"}};
  EXPECT_NE(refusal().find("app.options.rate"), std::string::npos);
  options.options.clear();
  Batch batch;
  batch.record_bytes = 24;
  batch.records.resize(24);
  EXPECT_THROW(adapter()->adapt(batch), Error);
  options.model = LF_DEVLOAD "/liteflowd.toml";
  EXPECT_NE(refusal().find("can't read this model"), std::string::npos);
}

// What the gates let through is what the device does, not what it began with.
TEST_F(ThirdParty, LiteflowdTunesItsNetwork) {
  Host host;
  host.name = "here";
  auto owned = std::make_unique<FakeLink>(options.name, DEVLOAD_HISTORY, 1);
  FakeLink &kernel = *owned;
  host.link = std::move(owned);
  host.up = true;
  FakeBuilder builder(kernel);
  Journal journal(models_->path() + "/decisions");
  Metrics metrics;
  SteadyTime now{1000s};
  Services services{builder, journal, metrics, [&now] { return now; }};
  Updater updater(options, adapter(), nullptr, services);
  updater.add_host(host);
  kernel.set_up(true);
  updater.on_state(host, true);
  updater.step();
  ASSERT_EQ(kernel.active(), 1u) << "the model that it starts with";

  Device device;
  std::vector<double> errors;
  std::uint64_t seq = 0;
  for (int round = 0; round < 40; round++) {
    now += 1s;
    BatchMessage batch;
    batch.app = options.name;
    batch.seq = ++seq;
    batch.record_bytes = sizeof(devload_record);
    batch.records = device.send(kernel.network(kernel.active()), 40);
    errors.push_back(device.error());
    const Loss loss = host.losses.add(batch);
    updater.on_batch(host, std::move(batch), loss);
    updater.step();
  }
  EXPECT_GT(errors.front(), 10) << "the last interval is the wrong guess";
  EXPECT_LT(errors.back(), 1);
  EXPECT_GE(kernel.active(), 2u);
  const auto calls = kernel.calls();
  EXPECT_NE(std::find(calls.begin(), calls.end(), "stage_params"), calls.end()) << "without a compiler";
  EXPECT_EQ(metrics.get("round_failures_total", {{"app", "devload"}}), 0);
}

}  // namespace
}  // namespace liteflow
