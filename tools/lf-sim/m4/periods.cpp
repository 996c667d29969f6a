// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/periods.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace liteflow::sim::m4 {
namespace {

// Sets of flows that grow together.
class Sets {
 public:
  explicit Sets(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), 0); }
  std::uint32_t root(std::uint32_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  // The earlier one stays the root.
  void unite(std::uint32_t a, std::uint32_t b) {
    a = root(a);
    b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::uint32_t> parent_;
};

template <typename T>
void shuffle(std::vector<T> &v, Rng &rng) {
  for (std::size_t i = v.size(); i > 1; i--) std::swap(v[i - 1], v[rng.below(i)]);
}

// Periods of like length, in an order that begins anew, shuffled, when all have been drawn.
struct Class {
  std::vector<std::size_t> periods;
  std::size_t flows = 0, next = 0;  // flows: of all of them
  double due = 0;                   // flows that are still to be drawn

  std::size_t draw(Rng &rng) {
    if (next == 0) shuffle(periods, rng);
    const std::size_t period = periods[next];
    next = (next + 1) % periods.size();
    return period;
  }
};

}  // namespace

std::vector<Period> periods_of(const Record &record) {
  std::vector<std::uint32_t> all(record.flows.size());
  std::iota(all.begin(), all.end(), 0);
  Sets sets(all.size());
  struct Use {
    std::size_t flows = 0;
    std::uint32_t any = 0;  // of those on the link: they are of one set
  };
  std::vector<Use> uses(record.rates.size());
  for (const FlowEvent &e : events_of(record, all))
    for (const LinkId id : record.flows[e.flow].links) {
      Use &use = uses[id];
      if (!e.arrival) {
        use.flows--;
        continue;
      }
      if (use.flows++) sets.unite(use.any, e.flow);
      use.any = e.flow;
    }
  std::vector<Period> periods;
  std::vector<std::size_t> number(all.size());
  for (const std::uint32_t i : all) {
    const std::uint32_t root = sets.root(i);
    if (root == i) {
      number[i] = periods.size();
      periods.emplace_back();
    }
    periods[number[root]].flows.push_back(i);
  }
  return periods;
}

std::size_t length_class(std::size_t flows) {
  return static_cast<std::size_t>(std::lower_bound(std::begin(kLengthEdges), std::end(kLengthEdges), flows) -
                                  std::begin(kLengthEdges));
}

std::vector<std::size_t> sample(const std::vector<std::size_t> &lengths, std::size_t flows, double balance, Rng &rng) {
  std::vector<Class> classes(std::size(kLengthEdges) + 1);
  std::size_t all = 0;
  for (std::size_t i = 0; i < lengths.size(); i++) {
    Class &c = classes[length_class(lengths[i])];
    c.periods.push_back(i);
    c.flows += lengths[i];
    all += lengths[i];
  }
  const auto weight = [&](const Class &c) {
    return c.flows ? std::pow(static_cast<double>(c.flows), 1 - balance) : 0;
  };
  double weights = 0;
  for (const Class &c : classes) weights += weight(c);
  std::vector<std::size_t> drawn;
  for (Class &c : classes)
    for (c.due = static_cast<double>(flows ? flows : all) * weight(c) / weights; c.flows && c.due > 0;) {
      const std::size_t period = c.draw(rng);
      const auto length = static_cast<double>(lengths[period]);
      // The last one, of which only a part is due, is drawn with the probability of that part.
      if (c.due < length && !rng.chance(c.due / length)) break;
      c.due -= length;
      drawn.push_back(period);
    }
  return drawn;
}

std::vector<std::vector<std::size_t>> group(const std::vector<std::size_t> &periods,
                                            const std::vector<std::size_t> &lengths, std::size_t most,
                                            std::size_t least_flows, Rng &rng) {
  std::vector<std::size_t> order = periods;
  shuffle(order, rng);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return lengths[a] < lengths[b]; });
  std::vector<std::vector<std::size_t>> groups;
  std::size_t flows = 0;  // of the last group
  for (const std::size_t i : order) {
    const bool full = groups.empty() || (groups.back().size() >= most && flows >= least_flows);
    if (full || lengths[i] * 4 > lengths[groups.back().front()] * 5) {
      groups.emplace_back();
      flows = 0;
    }
    groups.back().push_back(i);
    flows += lengths[i];
  }
  shuffle(groups, rng);
  return groups;
}

}  // namespace liteflow::sim::m4
