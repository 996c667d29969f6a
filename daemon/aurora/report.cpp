// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/report.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "codegen/error.h"

namespace liteflow::aurora {

Validation validate(const std::vector<Scenario> &set, const std::function<std::unique_ptr<Controller>()> &make) {
  Validation result;
  for (const Scenario &scenario : set) {
    const auto controller = make();
    const Figures f = run_scenario(scenario, *controller);
    auto [it, fresh] = result.try_emplace(scenario.environment);
    ClassFigures &c = it->second;
    if (fresh) c.worst_utilisation = c.worst_reward = 1e9;
    c.scenarios++;
    c.mean.utilisation += f.utilisation;
    c.mean.queue_ms += f.queue_ms;
    c.mean.queue_share += f.queue_share;
    c.mean.drop_share += f.drop_share;
    c.mean.reward += f.reward;
    c.mean.clamped_share += f.clamped_share;
    c.mean.settle_seconds += f.settle_seconds < 0 ? scenario.seconds : f.settle_seconds;
    c.worst_utilisation = std::min(c.worst_utilisation, f.utilisation);
    c.worst_queue_share = std::max(c.worst_queue_share, f.queue_share);
    c.worst_reward = std::min(c.worst_reward, f.reward);
  }
  for (auto &[name, c] : result)
    for (double *v : {&c.mean.utilisation, &c.mean.queue_ms, &c.mean.queue_share, &c.mean.drop_share, &c.mean.reward,
                      &c.mean.clamped_share, &c.mean.settle_seconds})
      *v /= c.scenarios;
  return result;
}

double score(const Validation &validation) {
  double sum = 0;
  for (const auto &[name, c] : validation) sum += (2 * c.mean.reward + c.worst_reward) / 3;
  return validation.empty() ? 0 : sum / static_cast<double>(validation.size());
}

void write_file(const std::string &path, const std::string &bytes) {
  namespace fs = std::filesystem;
  std::error_code code;
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty()) fs::create_directories(parent, code);
  if (code) throw Error(fmt::format("{}: cannot make the folder: {}", parent.string(), code.message()));
  const std::string temporary = fmt::format("{}.tmp{}", path, getpid());
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) {
    const std::string reason = std::strerror(errno);
    std::remove(temporary.c_str());
    throw Error(fmt::format("{}: cannot write: {}", path, reason));
  }
  fs::rename(temporary, path, code);
  if (code) {
    std::remove(temporary.c_str());
    throw Error(fmt::format("{}: cannot replace: {}", path, code.message()));
  }
}

namespace {

// Reward averaged over this many updates: single updates scatter by which
// links were drawn.
constexpr std::size_t kSmooth = 12;

std::string curve_data(const SeedRun &run) {
  std::string text;
  double sum = 0;
  for (std::size_t i = 0; i < run.curve.size(); i++) {
    sum += run.curve[i].reward;
    if (i >= kSmooth) sum -= run.curve[i - kSmooth].reward;
    const double n = static_cast<double>(std::min(i + 1, kSmooth));
    text += fmt::format("{:.6f} {:.6f}\n", static_cast<double>(run.curve[i].step) * 1e-6, sum / n);
  }
  return text;
}

// Runs a program from PATH, its output thrown away; whether it succeeded.
bool run(const std::vector<std::string> &arguments) {
  std::vector<char *> argv;
  for (const auto &a : arguments) argv.push_back(const_cast<char *>(a.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  const bool started = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  int status = -1;
  if (started)
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  return started && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

bool plot_curves(const std::vector<SeedRun> &runs, std::uint64_t chosen, const std::string &path) {
  const std::string temporary = fmt::format("{}.tmp{}", path, getpid());
  std::string script = "set terminal pngcairo size 900,540 font 'sans,11'\n";
  script += fmt::format("set output '{}'\n", temporary);
  script += "set title 'Aurora pretraining: reward of all seeds'\n"
            "set xlabel 'decisions (millions)'\nset ylabel 'mean reward per decision'\n"
            "set key bottom right\nset grid\n";
  for (const SeedRun &run : runs) script += fmt::format("$s{} << EOD\n{}EOD\n", run.seed, curve_data(run));
  script += "plot ";
  for (std::size_t i = 0; i < runs.size(); i++)
    script += fmt::format("{}$s{} using 1:2 with lines linewidth {} title 'seed {}{}'", i ? ", " : "", runs[i].seed,
                          runs[i].seed == chosen ? 3 : 1, runs[i].seed, runs[i].seed == chosen ? " (ships)" : "");
  script += "\n";
  const std::string file = temporary + ".gp";
  write_file(file, script);
  const bool drawn = run({"gnuplot", file});
  std::error_code code;
  if (drawn) std::filesystem::rename(temporary, path, code);
  const bool shown = drawn && !code;
  std::filesystem::remove(file, code);
  if (shown) return true;
  std::filesystem::remove(temporary, code);
  fmt::print(stderr, "no picture {}: gnuplot failed or is missing (package gnuplot-nox)\n", path);
  return false;
}

}  // namespace liteflow::aurora
