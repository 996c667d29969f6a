// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/report.h"

#include <cstdio>

#include <fmt/format.h>

namespace liteflow::lb {
namespace {

using nlohmann::json;

json parameters(const Report &r) {
  const CourseOptions &o = r.options;
  json j = to_json(o.contest);
  j.update({{"loss", "Huber on log2 of the slowdown, bend at 1 doubling"},
            {"fabrics_of_each_kind",
             {{"training", o.training_fabrics}, {"validation", o.validation_fabrics}, {"test", o.test_fabrics}}},
            {"probes_of_a_fabric", o.probes},
            {"training_rows", r.training_rows},
            {"validation_rows", r.validation_rows},
            {"softmax_sharpness", kSharpness}});
  return j;
}

std::string table_of(const Report &r, double Slowdowns::*value) {
  std::string text = "| fabric |", rule = "|---|";
  for (const Chooser &c : choosers()) {
    text += fmt::format(" {} |", c.name);
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  for (const Kind &kind : kinds()) {
    text += fmt::format("| {} |", kind.name);
    const auto &choosers_of = r.test.at(kind.name).choosers;
    for (const Chooser &c : choosers()) text += fmt::format(" {:.2f} |", choosers_of.at(c.name).*value);
    text += "\n";
  }
  return text;
}

}  // namespace

json to_json(const Report &r) {
  json j = {{"name", "pretrain-lb"},
            {"parameters", parameters(r)},
            {"chosen", {{"network", shape_of(subject(), r.chosen.hidden)}, {"seed", r.chosen.seed}}}};
  for (const regression::Candidate &c : r.candidates) j["candidates"].push_back(to_json(subject(), c));
  for (const auto &[name, t] : r.test) {
    json &test = j["test"][name] = {{"probes", t.probes}, {"log_r2", t.log_r2}};
    for (const auto &[chooser, s] : t.choosers)
      test["choosers"][chooser] = {
          {"slowdown_geometric_mean", s.middle}, {"slowdown_mean", s.mean}, {"slowdown_p99", s.p99}};
  }
  return j;
}

std::string document(const Report &r, const std::string &picture) {
  const CourseOptions &o = r.options;
  std::string accuracy;
  for (const Kind &kind : kinds())
    accuracy += fmt::format("{}{} {:.2f}", accuracy.empty() ? "" : ", ", kind.name, r.test.at(kind.name).log_r2);
  return fmt::format(
      R"(<!-- Do not edit: written by `liteflowd pretrain lb --document`. -->
# Training the model of paths

App `lb` predicts log2 of the slowdown that a flow would have over a path from what the host's own flows tell of it: 11
inputs, listed in `kmod/include/liteflow/lb.h`. `liteflowd pretrain lb` trains the network that ships on a fluid model
of a fabric, in which a flow is tried over every path, all else being equal; the `lb` adapter goes on with it on the
flows that a kernel reports as ended, each weighed by the inverse of the probability with which its path was taken, at
most 8 times as much as after an even choice.

Two hidden layers of leaky ReLU, a ReLU behind the output; Huber's loss on log2 of the slowdown with its bend at one
doubling, since a few flows over a path that failed are hundreds of times slower than the rest. To it comes {:g} times
the regret: how much larger that log2 is, on average, than over the best of the flow's paths if one is drawn by softmax
as the kernel does. An error that all paths of a flow share does no harm; one between two good paths does. Trained {}
times each on {} rows of {} fabrics of each kind, validated on {} rows of {} others. The cheapest network whose best
seed is within {:.0f} % of the best of all ships: {}, seed {}.

{}
![Validation loss by pass]({})

## Fabrics

Two leaves of 8 hosts, 2 to 8 spines; hosts of 20 Mbit/s to 10 Gbit/s, spines of 0.7 to 1.3 of that, round trips of
50 us and more, buffers of 1 to 30 of them, ECN on three in ten, true weights declared on three in ten; load 0.2 to 0.8
of what the spines carry; sizes by the web-search or the data-mining distribution, a tenth and 3 MB at most. The other
flows take an even choice, the better of two by RTT, or the least RTT, a third of the fabrics each: a path that all
avoid is another sight than one that all use. On half of the fabrics flows are asked about nearly from the first one on,
when hosts hardly know their paths; of a handshake they know the RTT. Rates are max-min fair; queues, losses and marks
of a full link, slow start and random loss are put on top (`daemon/lb/fabric.h`). There are no timeouts and no
reordering.

| kind | what |
|---|---|
| even | all spines alike |
| one spine at a quarter | one has a quarter of the rate |
| uneven | each has 0.2 to 1 of the rate |
| lossy | one loses 0.1 to 3 % at random |
| failing | one falls to a fiftieth of its rate for a while |
| hot spot | half of the flows go to one host |

## Results

Of {} test fabrics of each kind, {} flows each, one after the other: what each would come to if it alone were sent as
the column says. What many do together is not in these figures.

Mean slowdown:

{}
99th percentile of the slowdown:

{}
R2 of log2 of the slowdown, over all paths of the test flows: {}.
)",
      o.contest.regret, o.contest.seeds, r.training_rows, o.training_fabrics, r.validation_rows, o.validation_fabrics,
      100 * o.contest.tolerance, shape_of(subject(), r.chosen.hidden), r.chosen.seed,
      regression::table_of(subject(), r.candidates, r.chosen), picture, o.test_fabrics, o.probes,
      table_of(r, &Slowdowns::mean), table_of(r, &Slowdowns::p99), accuracy);
}

void print(const Report &r) {
  fmt::print("{:<24} {:<22} {:>8} {:>8} {:>8}\n", "fabric", "chooser", "geo mean", "mean", "p99");
  for (const Kind &kind : kinds()) {
    const Tested &t = r.test.at(kind.name);
    for (const Chooser &c : choosers()) {
      const Slowdowns &s = t.choosers.at(c.name);
      fmt::print("{:<24} {:<22} {:>8.2f} {:>8.2f} {:>8.1f}\n", kind.name, c.name, s.middle, s.mean, s.p99);
    }
    fmt::print("{:<24} log R2 of the network {:.3f}\n", kind.name, t.log_r2);
  }
}

}  // namespace liteflow::lb
