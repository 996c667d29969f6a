// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/window.h"

#include <utility>

namespace liteflow::aurora {

void Window::add(Segment &&segment, std::size_t rows) {
  rows_ += segment.rows();
  const auto before = last_.find(segment.flow);
  if (segment.goes_on && before != last_.end() && before->second->rows() + segment.rows() <= kLongest) {
    before->second->append(segment);
  } else {
    segments_.push_back(std::move(segment));
    last_[segments_.back().flow] = &segments_.back();
  }
  while (segments_.size() > 1 && rows_ - segments_.front().rows() >= rows) {
    const auto last = last_.find(segments_.front().flow);
    if (last->second == &segments_.front()) last_.erase(last);
    rows_ -= segments_.front().rows();
    segments_.pop_front();
  }
}

}  // namespace liteflow::aurora
