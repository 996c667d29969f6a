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

Validation validate(const std::vector<Scenario> &set, const MakeController &make, const Judge &judge) {
  Validation result;
  for (const Scenario &scenario : set) {
    const Figures f = run_scenario(scenario, make, judge);
    auto [it, fresh] = result.try_emplace(scenario.environment);
    ClassFigures &c = it->second;
    if (fresh) c.worst_utilisation = c.worst_reward = c.worst_jain = 1e9;
    if (fresh) c.mean.jain = 0;
    c.scenarios++;
    c.mean.utilisation += f.utilisation;
    c.mean.queue_ms += f.queue_ms;
    c.mean.queue_share += f.queue_share;
    c.mean.drop_share += f.drop_share;
    c.mean.jain += f.jain;
    c.mean.reward += f.reward;
    c.mean.clamped_share += f.clamped_share;
    c.mean.settle_seconds += f.settle_seconds < 0 ? scenario.seconds : f.settle_seconds;
    c.worst_utilisation = std::min(c.worst_utilisation, f.utilisation);
    c.worst_queue_share = std::max(c.worst_queue_share, f.queue_share);
    c.worst_jain = std::min(c.worst_jain, f.jain);
    c.worst_reward = std::min(c.worst_reward, f.reward);
  }
  for (auto &[name, c] : result)
    for (double *v : {&c.mean.utilisation, &c.mean.queue_ms, &c.mean.queue_share, &c.mean.drop_share, &c.mean.jain, &c.mean.reward,
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

std::string line_data(const Line &line, std::size_t smooth) {
  std::string text;
  double sum = 0;
  for (std::size_t i = 0; i < line.points.size(); i++) {
    sum += line.points[i].second;
    if (i >= smooth) sum -= line.points[i - smooth].second;
    text += fmt::format("{:.6f} {:.6f}\n", line.points[i].first, sum / static_cast<double>(std::min(i + 1, smooth)));
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

bool plot(const std::vector<Panel> &panels, std::size_t smooth, const std::string &path) {
  const std::string temporary = fmt::format("{}.tmp{}", path, getpid());
  std::string data, script;
  std::size_t number = 0;
  for (const Panel &panel : panels) {
    script += fmt::format("set title '{}'\n{} key\nplot ", panel.title, panel.named ? "set" : "unset");
    for (const Line &line : panel.lines) {
      data += fmt::format("$l{} << EOD\n{}EOD\n", number, line_data(line, smooth));
      script += fmt::format("{}$l{} using 1:2 with lines linewidth {} title '{}'", &line == panel.lines.data() ? "" : ", ",
                            number, line.emphasised ? 3 : 1, line.name);
      number++;
    }
    script += "\n";
  }
  script = fmt::format("set terminal pngcairo size 900,{} font 'sans,11'\nset output '{}'\n{}set multiplot layout {},1\n"
                       "set xlabel 'decisions (millions)'\nset ylabel 'mean reward per decision'\n"
                       "set key bottom right\nset grid\n{}",
                       420 * panels.size() + 60, temporary, data, panels.size(), script);
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
