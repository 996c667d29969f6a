// SPDX-License-Identifier: GPL-2.0
// Crowd: the flows of one link. Each measures and decides for itself; they meet
// in the queue only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "daemon/aurora/flow.h"
#include "daemon/aurora/link.h"

namespace liteflow::aurora {

class Crowd {
 public:
  // joins: seconds at which each flow begins; the first at 0. Flow ids count up
  // from first_id.
  Crowd(const LinkSpec &spec, std::uint64_t seed, const std::vector<double> &joins, std::uint64_t first_id = 1);

  // Run the link until a flow's interval is over. That flow must act before the
  // next call. Returns its index.
  std::size_t advance();

  std::size_t size() const { return flows_.size(); }
  Flow &flow(std::size_t i) { return flows_[i]; }
  const Flow &flow(std::size_t i) const { return flows_[i]; }
  const Link &link() const { return *link_; }
  // What all of them send, bytes/s, by their pacing.
  double load() const;

 private:
  std::shared_ptr<Link> link_;
  std::vector<Flow> flows_;
};

}  // namespace liteflow::aurora
