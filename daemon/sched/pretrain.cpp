// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/pretrain.h"

#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "daemon/sched/records.h"
#include "daemon/sched/report.h"
#include "daemon/training/progress.h"
#include "daemon/training/script.h"

namespace liteflow {
namespace {

using namespace sched;

CourseOptions course_of(const LabelPretrainOptions &o) {
  CourseOptions c;
  c.contest = regression::contest_of(o);
  if (!o.quick) return c;
  c.training_hosts = 2;
  c.validation_hosts = 1;
  c.test_hosts = 1;
  c.seconds = 30;
  c.calibration_rows = 500;
  return c;
}

Report run(const CourseOptions &options, const regression::Rows &training) {
  const regression::Rows validation = rows_of_hosts(Role::validation, options);
  const std::uint64_t tests = workloads().size() * options.test_hosts;
  Progress progress("pretrain sched", "steps", options.contest.all_passes() + tests);
  std::uint64_t done = 0;
  const auto step = [&] { progress.show(++done); };
  Report report;
  report.options = options;
  report.training_rows = training.size();
  report.validation_rows = validation.size();
  report.candidates = regression::hold(subject(), training, validation, options.contest, step);
  report.chosen = choose(report.candidates, options.contest);
  report.test = test(report.chosen.model, options, step);
  progress.finish(done);
  return report;
}

}  // namespace

LabelPretrainOptions sched_defaults() {
  LabelPretrainOptions o;
  o.output = "models/sched.pt";
  return o;
}

int pretrain_sched(const LabelPretrainOptions &o) {
  check(o, "sched");
  const auto start = std::chrono::steady_clock::now();
  use_one_thread();
  const CourseOptions options = course_of(o);
  const regression::Rows training = rows_of_hosts(Role::training, options);
  const Report report = run(options, training);
  print(report);
  write_results(subject(), o,
                {to_json(report), [&](const std::string &picture) { return document(report, picture); },
                 report.candidates, report.chosen, start});
  if (!control_holds(report)) {
    fmt::print("the control is predicted better than R2 {}: something is known that must not be; no model written\n",
               kControlMost);
    return 1;
  }
  regression::write_model(o, report.chosen, training, options.calibration_rows);
  return 0;
}

}  // namespace liteflow
