// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/workload/distribution.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <span>
#include <utility>

#include "codegen/error.h"
#include "tools/lf-sim/net/lines.h"

namespace liteflow::sim {

namespace {

// Facebook's (Roy et al., "Inside the Social Network's (Datacenter) Network", SIGCOMM 2015) as m3 has them in
// {webserver,hadoop,cachefollower}-all.txt, thinned to 24 points: no share is more than 0.015 off, no mean 0.5 %.
constexpr SizePoint kWebServer[] = {
    {0, 0}, {143, 0.0116}, {151, 0.0868}, {282, 0.102}, {305, 0.2037}, {452, 0.2189}, {611, 0.2728}, {1240,
    0.4161}, {1320, 0.4598}, {1530, 0.5198}, {1870, 0.5696}, {2140, 0.6275}, {2680, 0.6723}, {3580, 0.717},
    {5240, 0.7556}, {11500, 0.8124}, {25700, 0.8622}, {38800, 0.8825}, {102000, 0.922}, {329000, 0.9738},
    {527000, 0.989}, {834000, 0.992}, {1.3e6, 0.994}, {1.98e7, 1}};
constexpr SizePoint kHadoop[] = {
    {0, 0}, {228, 0.0164}, {307, 0.0535}, {331, 0.1369}, {378, 0.1741}, {413, 0.2153}, {586, 0.3298}, {631,
    0.4594}, {727, 0.5327}, {839, 0.583}, {1640, 0.6662}, {6350, 0.7001}, {40400, 0.7399}, {50300, 0.8152},
    {71500, 0.8352}, {79800, 0.8714}, {151000, 0.9145}, {265000, 0.9485}, {566000, 0.9624}, {1.97e6, 0.9843},
    {2.96e6, 0.9872}, {4.75e6, 0.9891}, {1.1e7, 0.9909}, {9.6e7, 1}};
constexpr SizePoint kCacheFollower[] = {
    {0, 0}, {71, 0.0056}, {76, 0.0288}, {321, 0.0711}, {349, 0.161}, {436, 0.1764}, {484, 0.246}, {651, 0.2759},
    {731, 0.3116}, {1320, 0.3608}, {3780, 0.4197}, {11600, 0.4669}, {46600, 0.5421}, {73500, 0.5749}, {304000,
    0.7255}, {431000, 0.7544}, {695000, 0.7747}, {1.64e6, 0.8113}, {2.3e6, 0.8973}, {2.61e6, 0.9484}, {2.9e6,
    0.9784}, {4.39e6, 0.9948}, {1.25e7, 0.9976}, {2.84e7, 1}};

constexpr double kLeast = 50;  // bytes of made-up sizes
constexpr double kBeyond[] = {0.992, 0.994, 0.996, 0.998, 0.999, 0.9995, 0.9999};  // percentiles

// Where an increasing function is 0, by bisection: the same everywhere.
double root_of(double low, double high, const std::function<double(double)> &f) {
  for (int i = 0; i < 60; i++) {
    const double middle = (low + high) / 2;
    (f(middle) < 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

double normal_share(double x) { return 0.5 * std::erfc(-x * M_SQRT1_2); }
double normal_quantile(double share) {
  return root_of(-10, 10, [&](double x) { return normal_share(x) - share; });
}

// Of what is above kLeast.
double made_up_quantile(const std::string &shape, double mean, double share) {
  const double rest = mean - kLeast;
  if (shape == "exp") return -rest * std::log1p(-share);
  if (shape == "lognorm") return rest * std::exp(2 * normal_quantile(share) - 2);
  if (shape == "gaussian") {
    const double below = normal_share(-rest / mean);  // 0
    return rest + mean * normal_quantile(below + share * (1 - below));
  }
  const double scale = mean / 2.5;
  const double psi = root_of(0.01, 0.99, [&](double x) { return 5 - std::pow(1 + x * rest / scale, 1 / x); });
  return scale / psi * (std::pow(1 - share, -psi) - 1);
}

double theta_of(const std::string &name, const std::string &text) {
  double theta = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), theta);
  if (status != std::errc() || end != text.data() + text.size() || !(theta >= 5000 && theta <= 50000))
    throw Error(fmt::format("sizes '{}': give a theta of 5000 to 50000 behind the colon", name));
  return theta;
}

}  // namespace

Distribution::Distribution(std::vector<SizePoint> points, const std::string &name) : points_(std::move(points)) {
  if (points_.size() < 2 || points_.front().share != 0 || points_.back().share != 1)
    throw Error(fmt::format("{}: sizes go from share 0 to share 1", name));
  for (std::size_t i = 1; i < points_.size(); i++)
    if (points_[i].bytes <= points_[i - 1].bytes || points_[i].share <= points_[i - 1].share)
      throw Error(fmt::format("{}: point {}: bytes and shares must rise", name, i + 1));
}

Distribution Distribution::named(const std::string &name) {
  const auto of = [&](std::span<const SizePoint> points) {
    return Distribution({points.begin(), points.end()}, name);
  };
  if (name == "websearch") return of(size_points(Sizes::web_search));
  if (name == "datamining") return of(size_points(Sizes::data_mining));
  if (name == "webserver") return of(kWebServer);
  if (name == "hadoop") return of(kHadoop);
  if (name == "cachefollower") return of(kCacheFollower);
  if (name.find(':') != std::string::npos && name.find('/') == std::string::npos) return made_up_sizes(name);
  return read(name);
}

Distribution Distribution::read(const std::string &file) {
  Lines lines(file);
  std::vector<SizePoint> points;
  while (lines.next()) {
    const double bytes = lines.real("the size"), share = lines.real("the share");
    lines.end();
    if (bytes < 0) lines.fail("the size is below 0");
    if (points.empty() ? share != 0 : share <= points.back().share || bytes <= points.back().bytes)
      lines.fail(points.empty() ? "the first share must be 0" : "sizes and shares must rise from line to line");
    points.push_back({bytes, share});
  }
  const double whole = points.empty() ? 0 : points.back().share;
  if (whole != 1 && whole != 100)
    throw Error(fmt::format("{}: the last share is {}: it must be 1 (fractions) or 100 (percents)", file, whole));
  for (SizePoint &point : points) point.share /= whole;
  return {std::move(points), file};
}

void Distribution::cap(std::uint64_t bytes) {
  const auto most = static_cast<double>(bytes);
  if (points_.back().bytes <= most) return;
  if (points_.front().bytes >= most) throw Error(fmt::format("no flow is smaller than the cap of {} bytes", bytes));
  const auto next = std::find_if(points_.begin(), points_.end(), [&](const SizePoint &p) { return p.bytes >= most; });
  const SizePoint b = *next, a = *(next - 1);
  const double share = a.share + (b.share - a.share) * (most - a.bytes) / (b.bytes - a.bytes);
  points_.erase(next, points_.end());
  if (share > points_.back().share) points_.push_back({most, share});
  // What is left of the shares is of this one size; a byte more, since sizes rise.
  if (points_.back().share < 1) points_.push_back({most + 1, 1});
}

std::uint64_t Distribution::draw(Rng &rng) const {
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(quantile(points_, rng.uniform())));
}

double Distribution::mean() const {
  double sum = 0;
  for (std::size_t i = 1; i < points_.size(); i++)
    sum += (points_[i].share - points_[i - 1].share) * (points_[i].bytes + points_[i - 1].bytes) / 2;
  return sum;
}

Distribution made_up_sizes(const std::string &name) {
  const std::string shape = name.substr(0, name.find(':'));
  if (shape != "exp" && shape != "gaussian" && shape != "lognorm" && shape != "pareto")
    throw Error(fmt::format("sizes '{}': exp, gaussian, lognorm or pareto stands before the colon", name));
  const double theta = theta_of(name, name.substr(shape.size() + 1)), mean = theta / 5000 * theta / 5000 * 1000;
  std::vector<SizePoint> points{{kLeast, 0}};
  const auto add = [&](double share) {
    points.push_back({kLeast + made_up_quantile(shape, mean, share), share});
  };
  for (int percent = 1; percent < 100; percent++) add(percent / 100.0);
  for (const double share : kBeyond) add(share);
  points.back().share = 1;
  return {std::move(points), name};
}

}  // namespace liteflow::sim
