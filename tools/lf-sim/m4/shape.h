// SPDX-License-Identifier: GPL-2.0
// Shape: how large m4's network is and what it is told. Everything that weights must agree on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace liteflow::sim::m4 {

// Beside the point estimate the network answers these quantiles of a flow's slowdown.
inline constexpr std::array<double, 9> kLevels = {0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99, 0.997};
inline constexpr std::size_t kAnswers = 1 + kLevels.size();
inline constexpr std::size_t kLayers = 3;  // of the graph network

struct Shape {
  std::uint32_t hidden = 64;  // width of a flow's and a link's state
  std::uint32_t graph = 96;   // width between the layers of the graph network
  // Each flow brings along what max-min fairness would give it now; answers are ratios to that. Without: as published.
  std::uint32_t fluid = 1;
  // How far an event is felt: flows that are at most so many shared links away from the flow that comes or goes are
  // updated. 0: all that are connected with it, as published.
  std::uint32_t reach = 0;

  // What a flow and a link are told at each event (Scene): time since the last one is the first of them.
  std::size_t flow_inputs() const { return fluid ? 8 : 3; }
  std::size_t link_inputs() const { return fluid ? 4 : 3; }
  bool operator==(const Shape &) const = default;
};
// 1.5 M parameters.
inline constexpr Shape kPublishedShape{200, 300, 0, 0};
// Error naming the value that is out of range.
void check(const Shape &shape);

}  // namespace liteflow::sim::m4
