// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/adapter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "codegen/csv.h"
#include "codegen/error.h"
#include "codegen/fidelity.h"
#include "codegen/import.h"
#include "codegen/quantise.h"
#include "daemon/sched/evaluation.h"
#include "daemon/sched/records.h"
#include "daemon/sched/test_record.h"

namespace liteflow::sched {
namespace {

const std::string kModel = LF_MODELS_DIR "/sched.pt";
const std::string kCalibration = LF_MODELS_DIR "/sched-calibration.csv";

std::unique_ptr<Adapter> make(const std::map<std::string, std::string> &values = {}) {
  AdapterOptions o;
  o.model = kModel;
  o.values = values;
  return make_sched_adapter(o);
}

// Mean |error| in halvings.
double error_of(Adapter &adapter, std::span<const lf_sched_record> flows) {
  const Matrix out = adapter.evaluate(adapter.inputs(batch_of(flows))).outputs;
  const auto rows = read_batch(batch_of(flows)).rows;
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); i++) sum += std::abs(out(i, 0) - rows.labels[i]);
  return sum / static_cast<double>(rows.size());
}

void feed(Adapter &adapter, std::span<const lf_sched_record> flows) {
  for (std::size_t at = 0; at < flows.size(); at += 64)
    adapter.adapt(batch_of(flows.subspan(at, std::min<std::size_t>(64, flows.size() - at))));
}

// A service that the shipped model knows nothing of: what waits says little (a
// frame's head goes ahead) and what came in tells the answer's size.
std::vector<lf_sched_record> service(std::size_t n, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<lf_sched_record> flows(n);
  for (std::size_t i = 0; i < n; i++) {
    const bool large = rng.chance(0.5);
    lf_sched_record &r = flows[i].record = record(large ? 400'000 : 900);
    r.time_ns = (i + 1) * 1'000'000;
    r.state[LF_SCHED_QUEUED] = lf_log2(64);
    r.state[LF_SCHED_RECEIVED] = lf_log2(large ? 100 : 3000);
  }
  return flows;
}

TEST(SchedAdapter, tuning_learns_what_a_host_does) {
  const auto adapter = make();
  const auto earlier = service(6000, 1), later = service(500, 2);
  const double before = error_of(*adapter, later);
  feed(*adapter, earlier);
  EXPECT_GT(before, 1);
  EXPECT_LT(error_of(*adapter, later), before / 3);
}

TEST(SchedAdapter, what_it_freezes_survives_the_quantiser) {
  const auto adapter = make();
  feed(*adapter, service(2000, 1));
  const auto model = codegen::import_model_bytes(adapter->freeze());
  const Matrix rows = codegen::read_csv(kCalibration);
  ASSERT_EQ(rows.columns, kInputs);
  codegen::QuantiseOptions options;
  options.app = "sched";
  const auto network = codegen::quantise(model, rows, options);
  const auto loss = codegen::fidelity_loss(model, network, rows, codegen::output_ranges(model, rows));
  EXPECT_LT(loss.worst, 0.1);  // halvings
  const Matrix floats = adapter->evaluate(rows).outputs, imported = codegen::evaluate(model, rows);
  for (std::size_t i = 0; i < rows.rows; i++) ASSERT_NEAR(floats(i, 0), imported(i, 0), 1e-3);
}

TEST(SchedAdapter, bad_records_are_left_out) {
  const auto adapter = make();
  auto flows = service(10, 1);
  flows[3].record.bytes = 0;
  flows[7].record.state[LF_SCHED_FIRST] = 12345;
  EXPECT_EQ(adapter->adapt(batch_of(flows)), 8U);
  EXPECT_EQ(adapter->inputs(batch_of(std::span(flows).first(4))).columns, kInputs);
  Batch odd = batch_of(flows);
  odd.records.pop_back();
  EXPECT_THROW(adapter->adapt(odd), Error);
}

TEST(SchedAdapter, keys_are_documented) {
  EXPECT_THROW(make({{"sigma", "1"}}), Error);
  EXPECT_NE(sched_adapter_keys().find("holdout"), std::string::npos);
  EXPECT_NO_THROW(make({{"window", "4096"}}));
}

}  // namespace
}  // namespace liteflow::sched
