// SPDX-License-Identifier: GPL-2.0
// lf-sim compare: estimates against what happened.
#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "codegen/error.h"
#include "daemon/training/file.h"
#include "daemon/training/picture.h"
#include "tools/lf-sim/command/commands.h"
#include "tools/lf-sim/net/comparison.h"
#include "tools/lf-sim/net/summary.h"

namespace liteflow::sim {

namespace {

struct Arguments {
  std::string truth, output;
  std::vector<std::string> estimates;
};

void show(const Answer &answer, const std::vector<Comparison> &comparisons) {
  for (std::size_t row = 0; row < comparisons.size(); row++) {
    const Comparison &of = comparisons[row];
    if (of.flows == 0) continue;
    const auto percent = [](double share) { return fmt::format("{:+.1f} %", 100 * share); };
    const auto &flow = of.by_flow;
    fmt::print("{:<16} {:<12} {:>8} {:>9} {:>9} {:>9} {:>9.3f} {:>9.3f} {:>9}\n", answer.name, class_name(row),
               of.flows, flow ? fmt::format("{:.1f} %", 100 * flow->mean) : "-",
               flow ? fmt::format("{:.1f} %", 100 * flow->p90) : "-", flow ? percent(flow->bias) : "-", of.truth.back(),
               of.estimate.back(), percent(of.p99_error()));
  }
}

Line line_of(const std::string &name, const std::vector<double> &percentiles, bool emphasised) {
  Line line{.name = name, .points = {}, .emphasised = emphasised};
  for (std::size_t i = 0; i + 1 < percentiles.size(); i++)
    line.points.emplace_back(static_cast<double>(i + 1), percentiles[i]);
  return line;
}

// Slowdowns by percentile, a panel for each class.
std::vector<Panel> slowdowns(const std::vector<Answer> &answers) {
  std::vector<Panel> panels;
  for (std::size_t row = 0; row <= kSizeClasses; row++) {
    Panel panel{.title = class_name(row), .lines = {}};
    for (const Answer &answer : answers)
      if (!answer.percentiles[row].empty())
        panel.lines.push_back(line_of(answer.name, answer.percentiles[row], &answer == &answers.front()));
    if (!panel.lines.empty()) panels.push_back(std::move(panel));
  }
  return panels;
}

void run(const Arguments &arguments) {
  std::vector<Answer> answers{read_answer(arguments.truth)};
  nlohmann::json figures = nlohmann::json::object();
  Panel of_errors{.title = "errors of single slowdowns", .lines = {}};
  fmt::print("{:<16} {:<12} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "estimate", "bytes", "flows", "mean err.",
             "p90 err.", "bias", "true p99", "p99", "p99 err.");
  for (const std::string &directory : arguments.estimates) {
    answers.push_back(read_answer(directory));
    std::vector<double> errors;
    if (figures.contains(answers.back().name))
      throw Error(fmt::format("two estimates are called {}: name their directories differently", answers.back().name));
    const std::vector<Comparison> comparisons = compare(answers.front(), answers.back(), &errors);
    show(answers.back(), comparisons);
    figures[answers.back().name] = json_of(comparisons);
    if (errors.empty()) continue;
    std::vector<double> at;
    for (int percent = 1; percent <= 100; percent++) at.push_back(percentile(errors, percent));
    of_errors.lines.push_back(line_of(answers.back().name, at, false));
  }
  if (arguments.output.empty()) return;
  std::filesystem::create_directories(arguments.output);
  const nlohmann::json result{{"parameters", {{"truth", arguments.truth}, {"estimates", arguments.estimates}}},
                              {"figures", figures}};
  write_file(arguments.output + "/compare.json", result.dump(2) + "\n");
  plot({.x = "percent of flows", .y = "slowdown"}, slowdowns(answers), 1, arguments.output + "/slowdowns.svg");
  if (!of_errors.lines.empty())
    plot({.x = "percent of flows", .y = "relative error"}, {of_errors}, 1, arguments.output + "/errors.svg");
}

}  // namespace

void add_compare(CLI::App &app, Chosen &chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App *command = app.add_subcommand("compare", "Errors of estimates, by size of flows, and pictures");
  command->add_option("TRUTH", arguments->truth, "Directory of a run or of lf-sim truth, with fct.txt")->required();
  command->add_option("ESTIMATE", arguments->estimates, "Directories of runs of the same flows")->required();
  command->add_option("-o,--output", arguments->output, "Directory for compare.json, slowdowns.svg and errors.svg");
  command->callback([arguments, &chosen] { chosen = [arguments] { run(*arguments); }; });
}

}  // namespace liteflow::sim
