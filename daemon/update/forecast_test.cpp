// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/forecast.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/update/estimators.h"

namespace liteflow {
namespace {

using nlohmann::json;

// Says what the test wants.
class TestEstimator final : public Estimator {
 public:
  void observe(const Batch &) override { batches++; }
  std::optional<Prediction> predict(const std::string &, const Answers &running, const Answers &candidate,
                                    const std::function<bool()> &late) const override {
    if (broken) throw Error("the kernel does not answer");
    if (slow)
      while (!late()) ::usleep(1000);
    if (slow || silent) return {};
    return Prediction{running(Matrix(1, 1))(0, 0), candidate(Matrix(1, 1))(0, 0), 300};
  }
  std::optional<double> observed(const std::string &, std::uint64_t snapshot) const override {
    const auto found = seen.find(snapshot);
    return found == seen.end() ? std::nullopt : std::optional(found->second);
  }

  int batches = 0;
  bool broken = false, slow = false, silent = false;
  std::map<std::uint64_t, double> seen;  // by snapshot
};

Answers always(double p99) {
  return [p99](const Matrix &) {
    Matrix out(1, 1);
    out(0, 0) = p99;
    return out;
  };
}

class ForecastTest : public testing::Test {
 protected:
  ForecastTest() {
    path = testing::TempDir() + fmt::format("lf-forecast-{}", ::getpid());
    std::filesystem::remove(path);
    options.name = "lb";
    options.estimate.limit_ms = 20;
    journal = std::make_unique<Journal>(path);
    auto owned = std::make_unique<TestEstimator>();
    estimator = owned.get();
    forecast = std::make_unique<Forecast>(options, std::move(owned), Services{builder, *journal, metrics});
  }
  ~ForecastTest() override { std::filesystem::remove(path); }

  bool allows(double running, double candidate) { return forecast->allows("h", 7, always(running), always(candidate)); }
  json last() {
    std::ifstream file(path);
    std::string line, latest;
    while (std::getline(file, line)) latest = line;
    return latest.empty() ? json() : json::parse(latest);
  }

  std::string path;
  AppOptions options;
  BuilderOptions builder_options;
  Builder builder{builder_options};
  Metrics metrics;
  std::unique_ptr<Journal> journal;
  TestEstimator *estimator = nullptr;
  std::unique_ptr<Forecast> forecast;
};

TEST_F(ForecastTest, AnUpdateThatIsPredictedWorseIsRefused) {
  EXPECT_TRUE(allows(10, 10.9));
  EXPECT_EQ(last()["verdict"], "allowed");
  EXPECT_FALSE(allows(10, 11.1));
  EXPECT_EQ(last()["verdict"], "refused");
  EXPECT_EQ(last()["predicted_p99"], 11.1);
  EXPECT_EQ(last()["running_p99"], 10);
  EXPECT_EQ(last()["round"], 7);
}

TEST_F(ForecastTest, WhatWasRefusedElsewhereHasNoOutcome) {
  EXPECT_TRUE(allows(10, 9));
  EXPECT_FALSE(forecast->allows("g", 7, always(10), always(20)));
  estimator->seen[0] = 5;
  forecast->look_back();
  EXPECT_EQ(last()["verdict"], "refused");
}

TEST_F(ForecastTest, NoOpinionHoldsNothingUp) {
  estimator->silent = true;
  EXPECT_TRUE(allows(10, 100));
  EXPECT_EQ(last()["verdict"], "no_opinion");
  estimator->broken = true;
  EXPECT_TRUE(allows(10, 100));
  EXPECT_EQ(last()["why"], "the kernel does not answer");
}

TEST_F(ForecastTest, ItEndsWhenTimeIsOver) {
  estimator->slow = true;
  EXPECT_TRUE(allows(10, 100));
  EXPECT_EQ(last()["verdict"], "no_opinion");
}

TEST_F(ForecastTest, WhatCameOfItStandsBesideWhatWasPredicted) {
  estimator->seen[1] = 3;
  EXPECT_TRUE(allows(10, 9));
  forecast->look_back();
  EXPECT_EQ(last()["type"], "forecast") << "it is not tried yet";
  forecast->tried("h", 2);
  forecast->look_back();
  EXPECT_EQ(last()["type"], "forecast") << "it has served too few";
  estimator->seen[2] = 9.5;
  forecast->look_back();
  EXPECT_EQ(last()["type"], "forecast_outcome");
  EXPECT_EQ(last()["snapshot"], 2);
  EXPECT_EQ(last()["predicted_p99"], 9);
  EXPECT_EQ(last()["observed_p99"], 9.5);
  estimator->seen[2] = 20;
  forecast->look_back();
  EXPECT_EQ(last()["observed_p99"], 9.5) << "it is told once";
}

TEST_F(ForecastTest, WithoutAnEstimatorAllIsAllowed) {
  Forecast none(options, nullptr, Services{builder, *journal, metrics});
  none.observe({});
  EXPECT_TRUE(none.allows("h", 1, always(1), always(100)));
  none.tried("h", 2);
  none.look_back();
  EXPECT_TRUE(last().is_null());
}

TEST(MakeEstimator, IsOfTheAdapter) {
  register_estimator("test", [](const EstimateOptions &, std::uint64_t) { return std::make_unique<TestEstimator>(); });
  AppOptions app;
  app.adapter = "test";
  EXPECT_FALSE(make_estimator(app));
  app.estimate.ask = true;
  EXPECT_TRUE(make_estimator(app));
  app.adapter = "aurora";
  EXPECT_THROW(make_estimator(app), Error);
}

}  // namespace
}  // namespace liteflow
