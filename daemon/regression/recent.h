// SPDX-License-Identifier: GPL-2.0
// Recent: the last flows of each host, and what they took.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
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

// Flow: what an estimator simulates of one.
template <typename Flow>
class Recent {
 public:
  struct Seen {
    Flow flow;
    std::uint64_t snapshot = 0;      // that decided
    std::optional<double> slowdown;  // none: not known
  };

  // least: without so many there is nothing to say.
  Recent(std::size_t most, std::size_t least) : most_(most), least_(least) {}

  void add(const std::string &host, Seen seen) {
    std::deque<Seen> &of = hosts_[host];
    of.push_back(std::move(seen));
    if (of.size() > most_) of.pop_front();
  }

  // Empty: too few.
  std::vector<Flow> flows(const std::string &host) const {
    std::vector<Flow> found;
    const auto of = hosts_.find(host);
    if (of == hosts_.end() || of->second.size() < least_) return found;
    for (const Seen &seen : of->second) found.push_back(seen.flow);
    return found;
  }

  std::optional<double> observed(const std::string &host, std::uint64_t snapshot) const {
    const auto of = hosts_.find(host);
    if (of == hosts_.end()) return {};
    std::vector<double> slowdowns;
    for (const Seen &seen : of->second)
      if (seen.snapshot == snapshot && seen.slowdown) slowdowns.push_back(*seen.slowdown);
    if (slowdowns.size() < least_) return {};
    return p99_of(std::move(slowdowns));
  }

 private:
  std::size_t most_, least_;
  std::map<std::string, std::deque<Seen>> hosts_;
};

}  // namespace liteflow::regression
