// SPDX-License-Identifier: GPL-2.0
#include "tests/bench/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <tuple>
#include <vector>

#include "codegen/error.h"
#include "tests/bench/figures.h"

namespace liteflow::bench {
namespace {

const char *const kEmpty = "lf_bench_empty";

nlohmann::json run_of(std::istringstream &line) {
  std::string cc, name;
  double flows = 0, value = 0;
  std::map<std::string, double> field;
  line >> cc >> flows;
  while (line >> name >> value) field[name] = value;
  for (const char *need : {"elapsed_us", "idle_ns", "acks", "bytes", "inferences", "fallbacks",
                           "gso_max_segs"})
    if (!field.contains(need)) throw Error(fmt::format("run {} {}: no {}", cc, flows, need));
  const double elapsed = field["elapsed_us"] * 1e3, busy = elapsed - field["idle_ns"];
  if (field["acks"] <= 0 || field["bytes"] <= 0 || busy <= 0)
    throw Error(fmt::format("run {} {}: nothing was sent", cc, flows));
  const double idle = field["idle_ns"] / elapsed;
  return {{"cc", cc},
          {"flows", static_cast<int>(flows)},
          {"busy_ns_per_ack", rounded(busy / field["acks"], 1)},
          {"busy_ns_per_mb", rounded(busy / field["bytes"] * 1e6, 0)},
          {"path_mbit", rounded(field["bytes"] * 8e3 / elapsed, 2)},
          {"acks", field["acks"]},
          {"inferences", field["inferences"]},
          {"fallbacks", field["fallbacks"]},
          {"idle_share", rounded(idle, 3)},
          {"cpu_limited", idle < kLeastIdle},
          {"gso_max_segs", field["gso_max_segs"]}};
}

struct Histogram {
  std::vector<std::pair<double, double>> buckets;  // ns, calls; ascending
  double count = 0, sum = 0, max = 0, missed = 0;

  double at(double share) const {
    double seen = 0;
    for (const auto &[ns, n] : buckets)
      if ((seen += n) >= share * count) return ns;
    return max;
  }
};

// What follows "probe CC FLOWS FUNCTION".
void add(Histogram &histogram, std::istringstream &line) {
  std::string word;
  double value = 0, n = 0;
  line >> word;
  if (word == "count") {
    line >> histogram.count >> word >> histogram.sum >> word >> histogram.max;
  } else if (word == "missed") {
    line >> histogram.missed;
  } else {
    value = std::stod(word);
    line >> n;
    histogram.buckets.emplace_back(value, n);
  }
  if (!line) throw Error("a probe line that can't be read");
}

// Calls and durations of each, less what the probe of an empty one takes.
nlohmann::json functions_of(const std::map<std::string, Histogram> &found, double empty) {
  nlohmann::json functions = nlohmann::json::object();
  const auto less = [&](double ns) { return rounded(std::max(ns - empty, 0.0), 1); };
  for (const auto &[name, histogram] : found) {
    if (name == kEmpty || histogram.count == 0) continue;
    functions[name] = {{"calls", histogram.count},   {"mean_ns", less(histogram.sum / histogram.count)},
                       {"median_ns", less(histogram.at(0.5))}, {"p99_ns", less(histogram.at(0.99))},
                       {"max_ns", less(histogram.max)},        {"missed", histogram.missed}};
  }
  return functions;
}

}  // namespace

nlohmann::json parse_runs(const std::string &text) {
  nlohmann::json runs = nlohmann::json::array();
  std::istringstream lines(text);
  for (std::string line, word; std::getline(lines, line);) {
    std::istringstream words(line);
    if (words >> word && word == "run") runs.push_back(run_of(words));
  }
  if (runs.empty()) throw Error("no run was measured");
  return runs;
}

nlohmann::json parse_probes(const std::string &text) {
  using Key = std::pair<std::string, int>;
  std::vector<Key> order;
  std::map<Key, std::map<std::string, Histogram>> found;
  std::map<Key, double> acks;
  for (const auto &run : parse_runs(text)) acks[{run["cc"], run["flows"]}] = run["acks"];
  std::istringstream lines(text);
  for (std::string line, word, cc, function; std::getline(lines, line);) {
    std::istringstream words(line);
    int flows = 0;
    if (!(words >> word) || word != "probe") continue;
    words >> cc >> flows >> function;
    if (!acks.contains({cc, flows})) throw Error("a probe without its run");
    if (!found.contains({cc, flows})) order.emplace_back(cc, flows);
    add(found[{cc, flows}][function], words);
  }
  if (order.empty()) throw Error("nothing was probed");

  nlohmann::json probes = nlohmann::json::array();
  for (const Key &key : order) {
    const double empty = found[key][kEmpty].at(0.5);
    double total = 0;
    for (const auto &[name, histogram] : found[key])
      if (name != kEmpty) total += std::max(histogram.sum - histogram.count * empty, 0.0);
    probes.push_back({{"cc", key.first},
                      {"flows", key.second},
                      {"probe_ns", empty},
                      {"ns_per_ack", rounded(total / acks.at(key), 1)},
                      {"functions", functions_of(found[key], empty)}});
  }
  return probes;
}

nlohmann::json parse_decisions(const std::string &text) {
  std::map<std::string, std::map<std::string, Histogram>> found;
  std::istringstream lines(text);
  for (std::string line, word, app, function; std::getline(lines, line);) {
    std::istringstream words(line);
    if (!(words >> word >> app >> function) || word != "decision") continue;
    add(found[app][function], words);
  }
  nlohmann::json decisions = nlohmann::json::array();
  for (auto &[app, histograms] : found) {
    const double empty = histograms[kEmpty].at(0.5);
    const auto functions = functions_of(histograms, empty);
    if (functions.empty()) throw Error("no decision of " + app);
    decisions.push_back({{"app", app}, {"probe_ns", empty}, {"functions", functions}});
  }
  if (decisions.empty()) throw Error("nothing was decided");
  return decisions;
}

}  // namespace liteflow::bench
