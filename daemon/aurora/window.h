// SPDX-License-Identifier: GPL-2.0
// Window: the last transitions of one objective. What batches cut is joined
// again: a decision shows a round trip later, where batches are short often in
// the next one, and an advantage that ends before it is the critic's guess alone.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>

#include "daemon/aurora/records.h"

namespace liteflow::aurora {

class Window {
 public:
  // Segments grow to so many rows: many times what discount and lambda look ahead.
  static constexpr std::size_t kLongest = 128;

  Window() = default;
  Window(const Window &) = delete;
  Window &operator=(const Window &) = delete;

  // Keeps the last `rows` transitions, and what else their oldest segment has.
  void add(Segment &&segment, std::size_t rows);

  const std::deque<Segment> &segments() const { return segments_; }
  std::size_t rows() const { return rows_; }

 private:
  std::deque<Segment> segments_;  // whose elements stay in place
  std::unordered_map<std::string, Segment *> last_;  // of each flow
  std::size_t rows_ = 0;
};

}  // namespace liteflow::aurora
