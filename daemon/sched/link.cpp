// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/link.h"

#include <algorithm>
#include <array>
#include <limits>
#include <queue>
#include <utility>

#include "daemon/sched/records.h"

namespace liteflow::sched {
namespace {

// What each flow of the band was served since it came is one number, `served`: a flow leaves when that has grown by
// what it may send here.
struct Band {
  using Leaving = std::pair<double, std::size_t>;  // `served` then, and which flow
  double served = 0;
  std::priority_queue<Leaving, std::vector<Leaving>, std::greater<>> flows;
};

class Link {
 public:
  Link(const std::vector<LinkFlow> &flows, double rate) : flows_(flows), rate_(rate), sent_(flows.size()) {}

  std::vector<double> run(const std::function<bool()> &late) {
    std::vector<double> took(flows_.size());
    for (std::size_t next = 0; next < flows_.size() || busy() < kBands;) {
      if (late()) return {};
      const std::size_t band = busy();
      const double leaves = band < kBands ? now_ + left(band) / rate_ : kNever;
      const double comes = next < flows_.size() ? flows_[next].start : kNever;
      serve(band, std::min(leaves, comes));
      if (leaves <= comes)
        leave(band, took);
      else
        enter(flows_[next].band, next), next++;
    }
    return took;
  }

 private:
  static constexpr std::size_t kBands = kLimits.size() + 1;
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  // The one that is served; kBands: none.
  std::size_t busy() const {
    std::size_t band = 0;
    while (band < kBands && bands_[band].flows.empty()) band++;
    return band;
  }

  // Bytes of the band until its next flow leaves it.
  double left(std::size_t band) const {
    const Band &b = bands_[band];
    return std::max(b.flows.top().first - b.served, 0.0) * static_cast<double>(b.flows.size());
  }

  void serve(std::size_t band, double until) {
    if (band < kBands) bands_[band].served += (until - now_) * rate_ / static_cast<double>(bands_[band].flows.size());
    now_ = until;
  }

  void enter(std::size_t band, std::size_t flow) {
    const double limit = band < kLimits.size() ? static_cast<double>(kLimits[band]) : kNever;
    const double here = std::min(flows_[flow].bytes, std::max(limit, sent_[flow])) - sent_[flow];
    sent_[flow] += here;
    bands_[band].flows.emplace(bands_[band].served + here, flow);
  }

  void leave(std::size_t band, std::vector<double> &took) {
    const std::size_t flow = bands_[band].flows.top().second;
    bands_[band].flows.pop();
    if (sent_[flow] >= flows_[flow].bytes)
      took[flow] = now_ - flows_[flow].start;
    else
      enter(band + 1, flow);
  }

  const std::vector<LinkFlow> &flows_;
  double rate_, now_ = 0;
  std::vector<double> sent_;  // when it leaves its band
  std::array<Band, kBands> bands_;
};

}  // namespace

std::vector<double> run_link(const std::vector<LinkFlow> &flows, double rate, const std::function<bool()> &late) {
  return Link(flows, rate).run(late);
}

}  // namespace liteflow::sched
