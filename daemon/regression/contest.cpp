// SPDX-License-Identifier: GPL-2.0
#include "daemon/regression/contest.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "daemon/training/picture.h"

namespace liteflow::regression {
namespace {

Candidate train(const Subject &subject, const Rows &training, const Rows &validation, const Hidden &hidden,
                std::uint64_t seed, const ContestOptions &o, const std::function<void()> &done) {
  Regressor regressor(subject, {.hidden = hidden, .seed = seed, .learning_rate = o.learning_rate,
                                .regret = o.regret, .sharpness = o.sharpness});
  Candidate c{.hidden = hidden, .seed = seed, .model = {}, .curve = {}};
  for (std::size_t pass = 0; pass < o.passes; pass++) {
    const double way = static_cast<double>(pass) / static_cast<double>(o.passes);
    regressor.set_learning_rate(o.learning_rate * (0.01 + 0.99 * (1 + std::cos(std::numbers::pi * way)) / 2));
    regressor.learn(training, o.minibatch);
    c.curve.push_back(regressor.loss(validation));
    done();
  }
  c.model = regressor.save();
  return c;
}

// In the order of the contest.
std::vector<Hidden> shapes_of(const std::vector<Candidate> &all) {
  std::vector<Hidden> shapes;
  for (const Candidate &c : all)
    if (shapes.empty() || shapes.back() != c.hidden) shapes.push_back(c.hidden);
  return shapes;
}

}  // namespace

std::vector<Candidate> hold(const Subject &subject, const Rows &training, const Rows &validation,
                            const ContestOptions &o, const std::function<void()> &done) {
  std::vector<Candidate> all;
  for (const auto &hidden : o.shapes)
    for (unsigned i = 0; i < o.seeds; i++)
      all.push_back(train(subject, training, validation, hidden, o.first_seed + i, o, done));
  return all;
}

const Candidate &choose(const std::vector<Candidate> &all, const ContestOptions &o) {
  const auto less = [](const Candidate &a, const Candidate &b) { return a.loss() < b.loss(); };
  const double enough = std::min_element(all.begin(), all.end(), less)->loss() * (1 + o.tolerance);
  // Cheaper shapes come first.
  const auto first = std::find_if(all.begin(), all.end(), [&](const Candidate &c) { return c.loss() <= enough; });
  const auto others = std::find_if(first, all.end(), [&](const Candidate &c) { return c.hidden != first->hidden; });
  return *std::min_element(first, others, less);
}

std::string shape_of(const Subject &subject, const Hidden &hidden) {
  return fmt::format("{}-{}-{}-1", subject.inputs(), hidden[0], hidden[1]);
}

std::size_t macs_of(const Subject &subject, const Hidden &h) {
  return subject.inputs() * h[0] + h[0] * h[1] + h[1];
}

std::string table_of(const Subject &subject, const std::vector<Candidate> &all, const Candidate &chosen) {
  std::string text = "| network | multiplications | validation loss, seeds from best to worst |\n|---|---|---|\n";
  for (const auto &hidden : shapes_of(all)) {
    std::vector<double> losses;
    for (const Candidate &c : all)
      if (c.hidden == hidden) losses.push_back(c.loss());
    std::sort(losses.begin(), losses.end());
    text += fmt::format("| {}{} | {} |", shape_of(subject, hidden), hidden == chosen.hidden ? " (ships)" : "",
                        macs_of(subject, hidden));
    for (const double l : losses) text += fmt::format(" {:.4f}", l);
    text += " |\n";
  }
  return text;
}

nlohmann::json to_json(const ContestOptions &o) {
  return {{"optimiser", "Adam, rate by a cosine to a hundredth"},
          {"learning_rate", o.learning_rate},
          {"passes", o.passes},
          {"minibatch", o.minibatch},
          {"regret", o.regret},
          {"sharpness", o.sharpness},
          {"seeds", o.seeds},
          {"first_seed", o.first_seed},
          {"tolerance_of_a_cheaper_shape", o.tolerance}};
}

nlohmann::json to_json(const Subject &subject, const Candidate &c) {
  return {{"network", shape_of(subject, c.hidden)},
          {"macs", macs_of(subject, c.hidden)},
          {"seed", c.seed},
          {"validation_loss", c.loss()},
          {"curve", c.curve}};
}

bool draw(const Subject &subject, const std::vector<Candidate> &all, const Candidate &chosen, const std::string &path) {
  std::vector<Panel> panels;
  for (const auto &hidden : shapes_of(all)) {
    Panel panel{fmt::format("{} pretraining: {}", subject.name, shape_of(subject, hidden)), {}, true};
    for (const Candidate &c : all) {
      if (c.hidden != hidden) continue;
      const bool ships = c.hidden == chosen.hidden && c.seed == chosen.seed;
      Line line{fmt::format("seed {}{}", c.seed, ships ? " (ships)" : ""), {}, ships};
      for (std::size_t i = 0; i < c.curve.size(); i++) line.points.emplace_back(static_cast<double>(i + 1), c.curve[i]);
      panel.lines.push_back(line);
    }
    panels.push_back(panel);
  }
  return plot({"passes over the training rows", "validation loss", true}, panels, 1, path);
}

}  // namespace liteflow::regression
