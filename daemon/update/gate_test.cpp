// SPDX-License-Identifier: GPL-2.0
// The pure parts of the update loop.
#include "daemon/update/gate.h"

#include <gtest/gtest.h>

#include <cstring>

#include "codegen/error.h"
#include "daemon/update/collector.h"
#include "daemon/update/loss_counter.h"
#include "daemon/update/metrics.h"
#include "daemon/update/rows.h"

namespace liteflow {
namespace {

Matrix column(std::vector<double> values) {
  Matrix matrix(values.size(), 1);
  matrix.values = std::move(values);
  return matrix;
}

Decision settle(std::vector<double> values, GateOptions options) {
  Stability stability;
  Decision decision;
  for (const double value : values) stability.add(value, options);
  stability.judge(options, decision);
  return decision;
}

TEST(Stability, NeedsAFullWindow) {
  GateOptions options;
  options.window = 4;
  EXPECT_FALSE(settle({1, 1, 1}, options).converged);
  EXPECT_TRUE(settle({1, 1, 1, 1}, options).converged);
  EXPECT_TRUE(settle({9, 1, 1, 1, 1}, options).converged) << "old values leave the window";
}

TEST(Stability, ComputesMeanChangeAndVariance) {
  GateOptions options;
  options.window = 4;
  options.max_mean_change = 2;
  options.max_variance = 1.25;
  const Decision decision = settle({1, 2, 3, 4}, options);
  EXPECT_DOUBLE_EQ(decision.mean_change, 2);
  EXPECT_DOUBLE_EQ(decision.variance, 1.25);
  EXPECT_TRUE(decision.converged);
  options.max_variance = 1.2;
  EXPECT_FALSE(settle({1, 2, 3, 4}, options).converged);
  options.max_variance = 2;
  options.max_mean_change = 1.9;
  EXPECT_FALSE(settle({1, 2, 3, 4}, options).converged);
}

TEST(Fidelity, TheLeastLossMustExceedAlphaOfTheRange) {
  OutputRange range;
  range.add(column({-10, 10}));
  GateOptions options;  // alpha 0.05 of 20: 1
  Decision decision;
  judge_fidelity(column({3, 5, 8}), column({1, 3.5, 5}), range, options, decision);
  EXPECT_DOUBLE_EQ(decision.threshold, 1);
  EXPECT_DOUBLE_EQ(decision.fidelity_min, 1.5);
  EXPECT_DOUBLE_EQ(decision.fidelity_max, 3);
  EXPECT_DOUBLE_EQ(decision.output_min, -10);
  EXPECT_TRUE(decision.necessary);
  judge_fidelity(column({3, 5, 8}), column({1, 4.5, 5}), range, options, decision);
  EXPECT_FALSE(decision.necessary) << "one row is too close";
  options.quantile = 0.5;
  judge_fidelity(column({3, 5, 8}), column({1, 4.5, 5}), range, options, decision);
  EXPECT_DOUBLE_EQ(decision.fidelity_min, 2);
  EXPECT_TRUE(decision.necessary);
  EXPECT_THROW(judge_fidelity(column({1}), column({1, 2}), range, options, decision), Error);
}

TEST(Fidelity, TheOutputThatDiffersMostDecides) {
  OutputRange range;
  Matrix seen(2, 2);
  seen.values = {0, 0, 1, 100};
  range.add(seen);
  Matrix tuned(1, 2), running(1, 2);
  tuned.values = {0.5, 50};
  running.values = {0.4, 48};
  Decision decision;
  judge_fidelity(tuned, running, range, {}, decision);
  EXPECT_NEAR(decision.fidelity_min, 0.1, 1e-12);
  EXPECT_DOUBLE_EQ(decision.output_max, 1);
}

TEST(Verdict, NamesWhatIsMissing) {
  const GateOptions options;
  Decision decision;
  conclude(options, decision);
  EXPECT_EQ(decision.verdict, "no_snapshot");
  decision.compared = true;
  conclude(options, decision);
  EXPECT_EQ(decision.verdict, "not_converged");
  decision.converged = true;
  conclude(options, decision);
  EXPECT_EQ(decision.verdict, "not_necessary");
  decision.necessary = true;
  conclude(options, decision);
  EXPECT_EQ(decision.verdict, "update");
}

TEST(Verdict, ByTheRuleThatIsAsked) {
  GateOptions options;
  Decision decision;
  const auto verdict = [&](const char *rule) {
    options.rule = rule;
    conclude(options, decision);
    return decision.verdict;
  };
  EXPECT_EQ(verdict("every_batch"), "no_snapshot");
  decision.compared = true;
  EXPECT_EQ(verdict("every_batch"), "update");
  EXPECT_EQ(verdict("converged"), "not_converged");
  decision.converged = true;
  EXPECT_EQ(verdict("converged"), "update");
  EXPECT_EQ(verdict("necessary"), "not_necessary");
}

BatchMessage batch(std::uint32_t cpu, std::uint64_t seq, std::uint64_t dropped,
                   std::vector<std::uint64_t> times = {}) {
  BatchMessage message;
  message.app = "cc";
  message.cpu = cpu;
  message.seq = seq;
  message.dropped = dropped;
  message.record_bytes = 24;
  message.records.resize(24 * times.size());
  for (std::size_t i = 0; i < times.size(); i++)
    std::memcpy(&message.records[i * 24 + 16], &times[i], 8);
  return message;
}

TEST(LossCounter, CountsGapsPerCpu) {
  LossCounter counter;
  EXPECT_EQ(counter.add(batch(0, 5, 3)).batches, 0u);
  EXPECT_EQ(counter.add(batch(1, 9, 0)).batches, 0u);
  const Loss loss = counter.add(batch(0, 8, 10));
  EXPECT_EQ(loss.batches, 2u);
  EXPECT_EQ(loss.records, 7u);
  EXPECT_EQ(counter.add(batch(0, 1, 0)).batches, 0u) << "the module was reloaded";
  EXPECT_EQ(counter.add(batch(0, 2, 0)).batches, 0u);
}

TEST(Collector, SortsByTimeAndKeepsHostsApart) {
  Collector collector;
  collector.add("a", batch(0, 1, 0, {5, 9}), 0);
  collector.add("a", batch(1, 1, 0, {3, 7}), 2);
  collector.add("b", batch(0, 1, 0, {1}), 0);
  EXPECT_EQ(collector.records(), 5u);
  const auto batches = collector.take("cc");
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].host, "a");
  EXPECT_EQ(batches[0].dropped, 2u);
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < 4; i++) {
    std::uint64_t time = 0;
    std::memcpy(&time, &batches[0].records[i * 24 + 16], 8);
    EXPECT_GT(time, last);
    last = time;
  }
  EXPECT_EQ(collector.records(), 0u);
}

TEST(RowPool, KeepsTheFileAndTheLatest) {
  RowPool pool(column({1, 2}), 3);
  pool.add(column({3, 4, 5, 6}));
  EXPECT_EQ(pool.all().values, (std::vector<double>{1, 2, 6, 4, 5}));
  EXPECT_EQ(spread(column({0, 1, 2, 3, 4, 5}), 3).values, (std::vector<double>{0, 2, 4}));
  EXPECT_THROW(pool.add(Matrix(1, 2)), Error);
}

TEST(Metrics, PrintsWhatPrometheusReads) {
  Metrics metrics;
  metrics.add("rounds_total", {{"app", "c\"c"}});
  metrics.add("rounds_total", {{"app", "c\"c"}});
  metrics.set("stability", {{"app", "x"}}, 0.5);
  EXPECT_EQ(metrics.text(),
            "# HELP liteflow_rounds_total Tuning rounds.\n"
            "# TYPE liteflow_rounds_total counter\n"
            "liteflow_rounds_total{app=\"c\\\"c\"} 2\n"
            "# HELP liteflow_stability Stability value of the last round.\n"
            "# TYPE liteflow_stability gauge\n"
            "liteflow_stability{app=\"x\"} 0.5\n");
  EXPECT_THROW(write_whole("/nonexistent/x.prom", "x"), Error);
}

}  // namespace
}  // namespace liteflow
