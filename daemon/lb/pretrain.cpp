// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/pretrain.h"

#include <chrono>

#include "daemon/lb/report.h"
#include "daemon/training/progress.h"
#include "daemon/training/script.h"

namespace liteflow {
namespace {

using namespace lb;

// Of two networks that predict as well, the one that chooses better is the better one.
constexpr double kRegret = 4;

enum class Role : std::uint64_t { training = 1, validation, test };

CourseOptions course_of(const LabelPretrainOptions &o) {
  CourseOptions c;
  c.contest = regression::contest_of(o);
  c.contest.regret = kRegret;
  c.contest.sharpness = kSharpness;
  if (!o.quick) return c;
  c.training_fabrics = 3;
  c.validation_fabrics = c.test_fabrics = 1;
  c.probes = 20;
  c.calibration_rows = 300;
  return c;
}

std::vector<Probe> probes_of_kind(std::size_t kind, Role role, std::size_t fabrics, const CourseOptions &o) {
  std::vector<Probe> all;
  for (std::size_t i = 0; i < fabrics; i++) {
    const std::uint64_t seed = static_cast<std::uint64_t>(role) * 1'000'000 + kind * 1000 + i;
    const auto some = probes_of(kinds()[kind], seed, o.probes);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

regression::Rows rows_of_role(Role role, std::size_t fabrics, const CourseOptions &o) {
  regression::Rows rows(kInputs);
  for (std::size_t kind = 0; kind < kinds().size(); kind++)
    rows.append(rows_of(probes_of_kind(kind, role, fabrics, o)));
  return rows;
}

Tested test(const regression::Regressor &network, const std::vector<Probe> &probes) {
  Tested t;
  t.probes = probes.size();
  std::vector<std::vector<float>> scores;
  double mean = 0, residual = 0, total = 0, n = 0;
  for (const Probe &p : probes) {
    scores.push_back(network.predict(rows_of({p}).features));
    for (const Outcome &o : p) {
      mean += o.label;
      n++;
    }
  }
  for (std::size_t i = 0; i < probes.size(); i++)
    for (std::size_t k = 0; k < probes[i].size(); k++) {
      const double label = probes[i][k].label, error = label - scores[i][k];
      residual += error * error;
      total += (label - mean / n) * (label - mean / n);
    }
  t.log_r2 = total > 0 ? 1 - residual / total : 0;
  for (const Chooser &c : choosers()) t.choosers[c.name] = slowdowns(probes, scores, c);
  return t;
}

}  // namespace

LabelPretrainOptions lb_defaults() {
  LabelPretrainOptions o;
  o.output = "models/lb.pt";
  return o;
}

int pretrain_lb(const LabelPretrainOptions &o) {
  check(o, "lb");
  const auto start = std::chrono::steady_clock::now();
  use_one_thread();
  Report report;
  report.options = course_of(o);
  const CourseOptions &c = report.options;
  const regression::Rows training = rows_of_role(Role::training, c.training_fabrics, c);
  const regression::Rows validation = rows_of_role(Role::validation, c.validation_fabrics, c);
  report.training_rows = training.size();
  report.validation_rows = validation.size();
  Progress progress("pretrain lb", "steps", c.contest.all_passes() + kinds().size());
  std::uint64_t done = 0;
  const auto step = [&] { progress.show(++done); };
  report.candidates = regression::hold(subject(), training, validation, c.contest, step);
  report.chosen = choose(report.candidates, c.contest);
  regression::Regressor network(subject(), {});
  network.load(report.chosen.model, "trained model");
  for (std::size_t kind = 0; kind < kinds().size(); kind++) {
    report.test[kinds()[kind].name] = test(network, probes_of_kind(kind, Role::test, c.test_fabrics, c));
    step();
  }
  progress.finish(done);
  print(report);
  write_results(subject(), o,
                {to_json(report), [&](const std::string &picture) { return document(report, picture); },
                 report.candidates, report.chosen, start});
  regression::write_model(o, report.chosen, training, c.calibration_rows);
  return 0;
}

}  // namespace liteflow
