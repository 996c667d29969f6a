// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/record.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "codegen/error.h"
#include "tools/lf-sim/m3/slowdown.h"

namespace liteflow::sim::m3 {
namespace {

// Parts [first, last) of a record, and which of its foreground is shown as such.
struct Choice {
  std::uint32_t first = 0, last = 0;
  std::vector<bool> shown;  // of each part

  bool holds(const Seen &s) const { return s.part >= first && s.part < last; }
};

Choice choose(const Record &record, const View &view, Rng &rng) {
  const auto &foreground = record.foreground;
  Choice c{0, static_cast<std::uint32_t>(record.seen.size()), std::vector<bool>(record.seen.size())};
  std::vector<std::uint32_t> window = foreground;
  if (view.window < 1) {
    const double share = rng.uniform(view.window, 1) * static_cast<double>(foreground.size());
    const std::size_t flows = std::max<std::size_t>(static_cast<std::size_t>(share), 1);
    const std::size_t begin = rng.below(foreground.size() - flows + 1);
    c.first = foreground[begin];
    c.last = foreground[begin + flows - 1] + 1;
    window.assign(foreground.begin() + static_cast<std::ptrdiff_t>(begin),
                  foreground.begin() + static_cast<std::ptrdiff_t>(begin + flows));
  }
  std::size_t shown = window.size();
  if (view.least_foreground && view.least_foreground < shown)
    shown = static_cast<std::size_t>(
        rng.log_uniform(static_cast<double>(view.least_foreground), static_cast<double>(shown + 1)));
  for (std::size_t i = 0; i < shown; i++) {
    if (shown < window.size()) std::swap(window[i], window[i + rng.below(window.size() - i)]);
    c.shown[window[i]] = true;
  }
  return c;
}

}  // namespace

Record record_of(const std::string &name, const Lot &lot, const std::vector<Completion> &truth,
                 std::vector<float> parameters, const Wire &wire, bool exact) {
  Record record{.name = name,
                .links = lot.links.size(),
                .parameters = std::move(parameters),
                .seen = seen_of(lot, slowdowns(lot, wire, simulate(lot, wire, exact).fct_ns)),
                .truth = {},
                .foreground = {}};
  for (std::size_t i = 0; i < lot.parts.size(); i++) {
    const Part &p = lot.parts[i];
    if (!lot.foreground(p)) continue;
    const auto part = static_cast<std::uint32_t>(i);
    record.foreground.push_back(part);
    record.truth.push_back({truth.at(p.flow).slowdown(), p.bytes, p.first, p.last, part, true});
  }
  if (record.foreground.empty()) throw Error(name + ": no flow goes the whole path: nothing to learn from");
  sort(record.truth);
  return record;
}

Record read_record(const std::string &folder, const TcpSettings &settings) {
  const Topology topology = read_topology(folder + "/topology.txt");
  const std::vector<NodeId> hosts = topology.hosts();
  if (hosts.size() < 2) throw Error(folder + "/topology.txt: fewer than two hosts: there is no path");
  const std::vector<Flow> flows = read_flows(folder + "/flows.txt", topology);
  const std::vector<Completion> truth = read_completions(folder + "/fct.txt", flows);
  const std::vector<Route> routes = routes_of(topology, flows);
  const Route path = Ecmp(topology).route(hosts.front(), hosts.back(), key_of(hosts.front(), hosts.back(), 0));
  const Lot lot = Paths(topology, flows, routes).lot(path);
  return record_of(folder, lot, truth, parameters_of(settings, lot), settings.wire, false);
}

void check(const View &view) {
  if (!(view.window > 0 && view.window <= 1))
    throw Error(fmt::format("view: window = {}: must lie in (0, 1]", view.window));
}

Sample sample_of(const Record &record, const View &view, Rng &rng) {
  const Choice choice = choose(record, view, rng);
  std::vector<Seen> seen, truth;
  seen.reserve(record.seen.size());
  for (const Seen &s : record.seen) {
    if (!choice.holds(s)) continue;
    seen.push_back(s);
    seen.back().foreground = choice.shown[s.part];
  }
  for (const Seen &s : record.truth)
    if (choice.holds(s) && (view.whole_target || choice.shown[s.part])) truth.push_back(s);
  return {features_of(record.links, seen), record.parameters, distribution_of(truth)};
}

}  // namespace liteflow::sim::m3
