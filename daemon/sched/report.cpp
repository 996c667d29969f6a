// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/report.h"

#include <cstdio>
#include <numeric>

#include <fmt/format.h>

#include "daemon/sched/predictors.h"
#include "daemon/sched/records.h"

namespace liteflow::sched {
namespace {

using nlohmann::json;

constexpr const char *kPredictors[] = {"last size", "mean of the last 5", kTable, "line through the first bytes",
                                       kShipped,    kTuned};

bool predictable(const Evaluated &e) { return e.middle(kTable).r2 >= kPredictable; }

json to_json(const Confusion &confusion) {
  json rows = json::array();
  for (const auto &row : confusion) rows.push_back(row);
  return rows;
}

json parameters(const Report &r) {
  const CourseOptions &o = r.options;
  json j = to_json(o.contest);
  j.update({{"loss", "Huber on log2 of 1 + bytes, bend at 1 halving"},
            {"hosts_of_each_workload",
             {{"training", o.training_hosts}, {"validation", o.validation_hosts}, {"test", o.test_hosts}}},
            {"seconds_of_a_host", o.seconds},
            {"most_flows_of_a_host", o.most_flows},
            {"training_rows", r.training_rows},
            {"validation_rows", r.validation_rows},
            {"bands_bytes", kLimits},
            {"predictable_from_r2_of_the_table", kPredictable},
            {"control_r2_at_most", kControlMost}});
  return j;
}

std::string table_of_scores(const Report &r, double Scores::*value) {
  std::string text = "| workload |", rule = "|---|";
  for (const char *name : kPredictors) {
    text += fmt::format(" {} |", name);
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  for (const Workload &w : workloads()) {
    const Evaluated &e = r.test.at(w.name);
    text += fmt::format("| {}{} |", w.name, predictable(e) ? " (predictable)" : "");
    for (const char *name : kPredictors) text += fmt::format(" {:.2f} |", e.middle(name).*value);
    text += "\n";
  }
  return text;
}

std::string name_of_band(std::size_t band) {
  if (band == kLimits.size()) return "more";
  const auto kilobytes = kLimits[band] / 1000;
  return kilobytes < 1000 ? fmt::format("to {} kB", kilobytes) : fmt::format("to {} MB", kilobytes / 1000);
}

std::string table_of_bands(const Report &r) {
  std::string text = "| workload | true band | flows |", rule = "|---|---|---|";
  for (std::size_t band = 0; band < LF_SCHED_BANDS; band++) {
    text += fmt::format(" {} |", name_of_band(band));
    rule += "---|";
  }
  text += " right |\n" + rule + "---|\n";
  for (const Workload &w : workloads()) {
    const Confusion &c = r.test.at(w.name).confusion.at(kTuned);
    for (std::size_t i = 0; i < c.size(); i++) {
      const auto all = std::accumulate(c[i].begin(), c[i].end(), std::uint64_t{0});
      text += fmt::format("| {} | {} | {} |", i ? "" : w.name, name_of_band(i), all);
      for (const std::uint64_t n : c[i])
        text += all ? fmt::format(" {:.0f} % |", 100 * static_cast<double>(n) / static_cast<double>(all)) : " - |";
      text += i ? " |\n" : fmt::format(" {:.1f} % |\n", 100 * share_right(c));
    }
  }
  return text;
}

}  // namespace

json to_json(const Evaluated &e) {
  json j = {{"flows", e.flows}, {"hosts", e.hosts.begin()->second.size()}, {"predictable", predictable(e)}};
  for (const char *name : kPredictors) {
    const Scores middle = e.middle(name), highest = e.highest(name);
    json &p = j["predictors"][name] = {{"r2_median", middle.r2},
                                       {"log_r2_median", middle.log_r2},
                                       {"r2_highest", highest.r2},
                                       {"log_r2_highest", highest.log_r2}};
    for (const Scores &s : e.hosts.at(name)) {
      p["r2"].push_back(s.r2);
      p["log_r2"].push_back(s.log_r2);
    }
  }
  for (const auto &[name, confusion] : e.confusion) {
    j["confusion"][name]["flows_by_true_and_predicted_band"] = to_json(confusion);
    j["confusion"][name]["share_right"] = share_right(confusion);
  }
  return j;
}

bool control_holds(const Report &r) {
  for (const Workload &w : workloads()) {
    if (!w.control) continue;
    for (const char *name : {kShipped, kTuned}) {
      const Scores highest = r.test.at(w.name).highest(name);
      if (highest.r2 > kControlMost || highest.log_r2 > kControlMost) return false;
    }
  }
  return true;
}

json to_json(const Report &r) {
  json j = {{"name", "pretrain-sched"},
            {"parameters", parameters(r)},
            {"chosen", {{"network", shape_of(subject(), r.chosen.hidden)}, {"seed", r.chosen.seed}}},
            {"control_holds", control_holds(r)}};
  for (const regression::Candidate &c : r.candidates) j["candidates"].push_back(to_json(subject(), c));
  for (const auto &[name, e] : r.test) j["test"][name] = to_json(e);
  return j;
}

std::string document(const Report &r, const std::string &picture) {
  const CourseOptions &o = r.options;
  return fmt::format(
      R"(<!-- Do not edit: written by `liteflowd pretrain sched --document`. -->
# Training the model of flow sizes

App `sched` predicts log2 of the bytes that a flow will send from what the kernel knows at its first packet, or at its
second if the first was not full: 16 inputs, listed in `kmod/include/liteflow/sched.h`. `liteflowd pretrain sched` trains
the network that ships on simulated hosts; the `sched` adapter goes on with it on the flows that a kernel reports as
ended.

## Network and loss

Two hidden layers of leaky ReLU, a ReLU behind the output. The loss is Huber's on log2 of the size with its bend at one
halving: sizes have a heavy tail, and so have the errors even in log2. Squared, a few flows that begin like small ones
and are a thousand times as large would rule every gradient; absolute, the many that are nearly right would not come to
rest. What can't be told is thus put where most flows belong, near the median, and moves on when it outgrows its band;
a mean of the logarithms would put it into a band that suits nobody. A flow that outgrows a band is asked about again
with what it has sent; a row is made for each limit that it passes.

Trained {} times each on {} rows of {} hosts of every workload, validated on {} rows of {} others. The cheapest network
whose best seed is within {:.0f} % of the best of all ships: {}, seed {}.

{}
![Validation loss by pass]({})

## Hosts

| workload | what |
|---|---|
| web | a site of 10 to 60 pages with fixed objects, some of them shared; visitors enter by Zipf's law and follow links; keep-alive or not; requests say nothing of sizes; objects from the web-search or the data-mining distribution |
| web, header first | the same, but a header is written and leaves before its body (nginx with sendfile and without tcp_nopush), which alone tells nothing of the size |
| all-reduce | three models in data-parallel training whose gradients are summed in buckets around a ring of 2 to 8, over one port, in a container each or not |
| RPC | a service of three methods on one port, called by 3 to 22 peers; the host is its server or its client |
| mix | one of each of these on one host |
| control | sizes from the same distributions, each independent of all that is known before; sent piece by piece as it is made |

Sizes are a tenth of the published ones and 3 MB at most. What is simulated is what the kernel module would see and
report (`daemon/sched/host.h`): idle gaps of 10 ms, sizes that become known when a flow is noticed to be over, bytes
that wait exact up to half of the peer's window (31.9 kB at first).

## Results

Of {} test hosts of every workload, other sites, services and jobs than those of the training, the first half of the
flows is there to fit and tune on and the second is predicted. Figures are medians of the hosts. A workload is called
predictable where the table of (peer, port) reaches an R2 of {}; that was fixed before the first run. "As it ships" has
seen no flow of that host, but for the inputs; "tuned" is what the adapter, with its defaults, made of the first half.

R2 of log2 of the size, which bands are cut by. Where nothing can be known it falls below 0 by as much as median and
mean differ, as in the control:

{}
R2 of the size in bytes, which the largest flows decide. Table, mean and line are fitted on bytes here; the network's
answer remains a middle of the logarithm, which is no mean of bytes:

{}
The control: of no host is the network's R2 above {} in either measure: {}.

Bands of the tuned network, in shares of the flows that belong there:

{})",
      o.contest.seeds, r.training_rows, o.training_hosts, r.validation_rows, o.validation_hosts,
      100 * o.contest.tolerance, shape_of(subject(), r.chosen.hidden), r.chosen.seed,
      table_of(subject(), r.candidates, r.chosen), picture, o.test_hosts, kPredictable,
      table_of_scores(r, &Scores::log_r2), table_of_scores(r, &Scores::r2), kControlMost,
      control_holds(r) ? "holds" : "FAILED", table_of_bands(r));
}

void print(const Report &r) {
  fmt::print("{:<18} {:<30} {:>7} {:>7}\n", "workload", "predictor", "log R2", "R2");
  for (const Workload &w : workloads()) {
    const Evaluated &e = r.test.at(w.name);
    for (const char *name : kPredictors)
      fmt::print("{:<18} {:<30} {:>7.3f} {:>7.3f}\n", w.name, name, e.middle(name).log_r2, e.middle(name).r2);
    for (const char *name : {kShipped, kTuned})
      fmt::print("{:<18} {:<30} {:>6.1f}% in the right band\n", w.name, name, 100 * share_right(e.confusion.at(name)));
  }
}

}  // namespace liteflow::sched
