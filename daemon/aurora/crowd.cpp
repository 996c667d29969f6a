// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/crowd.h"

namespace liteflow::aurora {

Crowd::Crowd(const LinkSpec &spec, std::uint64_t seed, const std::vector<double> &joins, std::uint64_t first_id)
    : link_(std::make_shared<Link>(spec, seed, joins)) {
  flows_.reserve(joins.size());
  for (std::size_t i = 0; i < joins.size(); i++) flows_.emplace_back(link_, i, first_id + i);
}

std::size_t Crowd::advance() {
  for (;;) {
    const Link::Ack ack = link_->next_ack();
    if (flows_[ack.sender].acknowledge(ack)) return ack.sender;
  }
}

double Crowd::load() const {
  double sum = 0;
  for (const Flow &f : flows_)
    if (link_->has_joined(f.sender())) sum += f.rate();
  return sum;
}

}  // namespace liteflow::aurora
