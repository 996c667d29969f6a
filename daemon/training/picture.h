// SPDX-License-Identifier: GPL-2.0
// Picture: curves of training, through gnuplot.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace liteflow {

struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool emphasised = false;
};
struct Panel {
  std::string title;
  std::vector<Line> lines;
  bool named = true;  // lines have entries in the key
};
struct Axes {
  std::string x, y;
  bool falling = false;  // so that the key is where the curves end up not to be
};

// Panels one above the other to a PNG, or an SVG by the path's extension; each
// line is averaged over `smooth` points, where single ones scatter. Returns
// false, and says so on stderr, where gnuplot is missing.
bool plot(const Axes &axes, const std::vector<Panel> &panels, std::size_t smooth, const std::string &path);

}  // namespace liteflow
