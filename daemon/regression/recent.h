// SPDX-License-Identifier: GPL-2.0
// Recent: the last flows of each host, and the slowdowns of those since something was last forgotten.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace liteflow::regression {

// 99th percentile, between ranks; of at least one value.
inline double p99_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const double rank = 0.99 * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(rank);
  const double above = values[std::min(low + 1, values.size() - 1)];
  return values[low] + (above - values[low]) * (rank - static_cast<double>(low));
}

template <typename Flow>
class Recent {
 public:
  // least: without so many there is nothing to say.
  Recent(std::size_t most, std::size_t least) : most_(most), least_(least) {}

  void add(const std::string &host, Flow flow, std::optional<double> slowdown) {
    Host &of = hosts_[host];
    of.flows.push_back(std::move(flow));
    if (of.flows.size() > most_) of.flows.pop_front();
    if (slowdown && of.slowdowns.size() < most_) of.slowdowns.push_back(*slowdown);
  }

  // Null: too few.
  const std::deque<Flow> *flows(const std::string &host) const {
    const auto of = hosts_.find(host);
    return of == hosts_.end() || of->second.flows.size() < least_ ? nullptr : &of->second.flows;
  }
  std::optional<double> observed(const std::string &host) const {
    const auto of = hosts_.find(host);
    if (of == hosts_.end() || of->second.slowdowns.size() < least_) return {};
    return p99_of(of->second.slowdowns);
  }
  void forget_observed(const std::string &host) { hosts_[host].slowdowns.clear(); }

 private:
  struct Host {
    std::deque<Flow> flows;
    std::vector<double> slowdowns;
  };

  std::size_t most_, least_;
  std::map<std::string, Host> hosts_;
};

}  // namespace liteflow::regression
