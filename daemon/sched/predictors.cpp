// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/predictors.h"

#include <map>

#include "daemon/netlink/q16.h"
#include "daemon/sched/records.h"

namespace liteflow::sched {
namespace {

struct Mean {
  double sum = 0, n = 0;

  void add(double v) {
    sum += v;
    n++;
  }
  double of(const Mean &otherwise) const { return n > 0 ? sum / n : otherwise.n > 0 ? otherwise.sum / otherwise.n : 0; }
};

struct Means {
  Mean bytes, logs;

  void add(const lf_sched_record &f) {
    bytes.add(static_cast<double>(f.bytes));
    logs.add(label_of(f.bytes));
  }
};

Means means_of(std::span<const lf_sched_record> flows) {
  Means m;
  for (const lf_sched_record &f : flows) m.add(f);
  return m;
}

// Of the last sizes of the pair; where there is none, of all that is known.
Prediction of_history(std::span<const lf_sched_record> flows, std::size_t most, const Means &all) {
  Prediction p;
  for (const lf_sched_record &f : flows) {
    Means m;
    for (std::size_t i = 0; i < most && f.state[LF_SCHED_SIZES + i]; i++) {
      const double log = from_q16(f.state[LF_SCHED_SIZES + i]);
      m.bytes.add(bytes_of(log));
      m.logs.add(log);
    }
    p.bytes.push_back(m.bytes.of(all.bytes));
    p.logs.push_back(m.logs.of(all.logs));
  }
  return p;
}

Prediction of_table(std::span<const lf_sched_record> earlier, std::span<const lf_sched_record> later, const Means &all) {
  std::map<std::uint32_t, Means> table;
  for (const lf_sched_record &f : earlier) table[f.pair].add(f);
  Prediction p;
  for (const lf_sched_record &f : later) {
    const Means &m = table[f.pair];
    p.bytes.push_back(m.bytes.of(all.bytes));
    p.logs.push_back(m.logs.of(all.logs));
  }
  return p;
}

// Least squares; flat where x never differs.
class Fit {
 public:
  void add(double x, double y) {
    n_++;
    x_ += x;
    y_ += y;
    xx_ += x * x;
    xy_ += x * y;
  }
  double operator()(double x) const {
    const double spread = n_ * xx_ - x_ * x_;
    const double slope = spread > 1e-9 * n_ * xx_ ? (n_ * xy_ - x_ * y_) / spread : 0;
    return n_ > 0 ? (y_ - slope * x_) / n_ + slope * x : 0;
  }

 private:
  double n_ = 0, x_ = 0, y_ = 0, xx_ = 0, xy_ = 0;
};

Prediction of_line(std::span<const lf_sched_record> earlier, std::span<const lf_sched_record> later) {
  Fit bytes, logs;
  const auto waiting = [](const lf_sched_record &f) { return from_q16(f.state[LF_SCHED_QUEUED]); };
  for (const lf_sched_record &f : earlier) {
    bytes.add(bytes_of(waiting(f)), static_cast<double>(f.bytes));
    logs.add(waiting(f), label_of(f.bytes));
  }
  Prediction p;
  for (const lf_sched_record &f : later) {
    p.bytes.push_back(bytes(bytes_of(waiting(f))));
    p.logs.push_back(logs(waiting(f)));
  }
  return p;
}

}  // namespace

std::vector<std::pair<std::string, Prediction>> simple_predictions(std::span<const lf_sched_record> earlier,
                                                                   std::span<const lf_sched_record> later) {
  const Means all = means_of(earlier);
  return {{"last size", of_history(later, 1, all)},
          {"mean of the last 5", of_history(later, LF_SCHED_HISTORY, all)},
          {kTable, of_table(earlier, later, all)},
          {"line through the first bytes", of_line(earlier, later)}};
}

Prediction prediction_of(const std::vector<float> &logs) {
  Prediction p;
  for (const float log : logs) {
    p.logs.push_back(log);
    p.bytes.push_back(bytes_of(log));
  }
  return p;
}

}  // namespace liteflow::sched
