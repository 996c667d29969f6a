// SPDX-License-Identifier: GPL-2.0
#include "daemon/training/picture.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "daemon/training/file.h"

namespace liteflow {
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

bool plot(const Axes &axes, const std::vector<Panel> &panels, std::size_t smooth, const std::string &path) {
  const std::string temporary = fmt::format("{}.tmp{}", path, getpid());
  std::string data, script;
  std::size_t number = 0;
  for (const Panel &panel : panels) {
    script += fmt::format("set title '{}'\n{} key\nplot ", panel.title, panel.named ? "set" : "unset");
    for (const Line &line : panel.lines) {
      data += fmt::format("$l{} << EOD\n{}EOD\n", number, line_data(line, smooth));
      script += fmt::format("{}$l{} using 1:2 with lines linewidth {} title '{}'",
                            &line == panel.lines.data() ? "" : ", ", number, line.emphasised ? 3 : 1, line.name);
      number++;
    }
    script += "\n";
  }
  const bool vectors = path.ends_with(".svg");
  script = fmt::format("set terminal {} size 900,{} font 'sans,11'\nset output '{}'\n{}set multiplot layout {},1\n"
                       "set xlabel '{}'\nset ylabel '{}'\nset key {} right\nset grid\n{}",
                       vectors ? "svg" : "pngcairo", 420 * panels.size() + 60, temporary, data, panels.size(), axes.x,
                       axes.y, axes.falling ? "top" : "bottom", script);
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

}  // namespace liteflow
