// SPDX-License-Identifier: GPL-2.0
// flowSim as published (Li et al., "m3: Accurate Flow-Level Performance Estimation using Machine Learning", SIGCOMM
// 2024, section 3.2). Rounding is part of the result: how sums are made and in which order is what the demo data tell.
//
// Those data don't tell what becomes of bottlenecks that lie within the tolerance and yet differ, since it takes more
// flows than they have. Here each gives its own share, the lesser one first, so that no link carries more than its
// rate.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tools/lf-sim/flowsim/flowsim.h"
#include "tools/lf-sim/flowsim/inputs.h"

namespace liteflow::sim {

namespace {

class Loop {
 public:
  Loop(const std::vector<double> &rates, const std::vector<FluidFlow> &flows, double cap)
      : rates_(rates), flows_(flows), cap_(cap), left_(flows.size()), rate_(flows.size()), fixed_(flows.size()),
        links_(rates.size()) {
    for (std::size_t i = 0; i < flows.size(); i++) left_[i] = flows[i].bits;
  }

  FluidRun run() {
    run_.fct_ns.assign(flows_.size(), 0);
    if (flows_.empty()) return std::move(run_);
    double now = flows_[0].start_ns;
    for (std::uint32_t next = 0; next < flows_.size() || !active_.empty(); run_.events++) {
      const double arrival = next < flows_.size() ? flows_[next].start_ns - now : kNever;
      double completion = kNever;
      std::size_t first = 0;
      for (std::size_t i = 0; i < active_.size(); i++) {
        const double time = left_[active_[i]] / rate_[active_[i]];
        if (time < completion) completion = time, first = i;
      }
      const double step = std::min(completion, arrival);
      for (const std::uint32_t flow : active_) {
        left_[flow] -= step * rate_[flow];
        run_.fct_ns[flow] += step;
      }
      now += step;
      if (completion <= arrival) {
        active_[first] = active_.back();
        active_.pop_back();
      } else {
        active_.push_back(next++);
        run_.most_active = std::max(run_.most_active, active_.size());
      }
      fill();
    }
    return std::move(run_);
  }

 private:
  static constexpr double kNever = std::numeric_limits<double>::infinity();
  struct LinkState {
    std::vector<std::uint32_t> flows;
    double used = 0;          // bits/ns, by flows whose rates are fixed
    std::size_t unfixed = 0;  // flows
    double share = 0;         // of each of them, when it was last asked
  };

  void gather() {
    for (const LinkId link : used_) links_[link].flows.clear();
    used_.clear();
    for (const std::uint32_t flow : active_) {
      fixed_[flow] = false;
      for (const LinkId link : flows_[flow].route) {
        if (links_[link].flows.empty()) used_.push_back(link);
        links_[link].flows.push_back(flow);
      }
    }
    for (const LinkId link : used_) {
      links_[link].used = 0;
      links_[link].unfixed = links_[link].flows.size();
    }
  }

  // The links that are full next.
  void find_bottlenecks() {
    double least = kNever;
    std::size_t kept = 0;
    for (const LinkId id : open_) {
      LinkState &link = links_[id];
      if (!link.unfixed) continue;
      open_[kept++] = id;
      link.share = (rates_[id] - link.used) / static_cast<double>(link.unfixed);
      least = std::min(least, link.share);
    }
    open_.resize(kept);
    full_.clear();
    const double tie = tie_of(links_.size(), least);
    for (const LinkId id : open_)
      if (links_[id].share - least < tie) full_.push_back(id);
    std::sort(full_.begin(), full_.end(), [this](LinkId a, LinkId b) {
      return std::pair(links_[a].share, a) < std::pair(links_[b].share, b);
    });
  }

  void fill() {
    gather();
    open_ = used_;
    for (std::size_t unfixed = active_.size(); unfixed > 0;) {
      find_bottlenecks();
      for (const LinkId full : full_) {
        const double rate = std::min(links_[full].share, cap_);
        for (const std::uint32_t flow : links_[full].flows) {
          if (fixed_[flow]) continue;
          fixed_[flow] = true;
          unfixed--;
          rate_[flow] = rate;
          for (const LinkId link : flows_[flow].route) {
            links_[link].used += rate;
            links_[link].unfixed--;
          }
        }
      }
    }
  }

  const std::vector<double> &rates_;
  const std::vector<FluidFlow> &flows_;
  const double cap_;
  FluidRun run_;
  std::vector<double> left_, rate_;  // bits and bits/ns of each flow
  std::vector<char> fixed_;
  std::vector<std::uint32_t> active_;
  std::vector<LinkState> links_;
  std::vector<LinkId> used_, open_, full_;
};

}  // namespace

FluidRun flowsim_exact(const std::vector<double> &rates, const std::vector<FluidFlow> &flows, double cap) {
  check_inputs(rates, flows, cap);
  return Loop(rates, flows, cap).run();
}

}  // namespace liteflow::sim
