// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "codegen/error.h"

namespace liteflow {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kOutputMax = 64 << 10;
constexpr int kIdleMs = 100;

[[noreturn]] void become(char *const *arguments, int output) {
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  ::execvp(arguments[0], arguments);
  const char *why = std::strerror(errno);
  (void)!::write(2, why, std::strlen(why));
  ::_exit(127);
}

// Reads what there is. False at the end of the output.
bool drain(int fd, std::string &output) {
  std::array<char, 4096> buffer;
  const ssize_t n = ::read(fd, buffer.data(), buffer.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  output.append(buffer.data(), static_cast<std::size_t>(n));
  if (output.size() > kOutputMax) output.erase(0, output.size() - kOutputMax);
  return n > 0;
}

}  // namespace

CommandResult run_command(const std::vector<std::string> &arguments, std::chrono::seconds limit,
                          const std::function<void()> &idle) {
  std::vector<char *> argv;
  for (const auto &argument : arguments) argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error("pipe: " + std::string(std::strerror(errno)));
  const pid_t child = ::fork();
  if (child == 0) become(argv.data(), ends[1]);
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    throw Error("fork: " + std::string(std::strerror(errno)));
  }
  ::setpgid(child, child);

  CommandResult result;
  const auto deadline = Clock::now() + limit;
  for (bool open = true; open;) {
    pollfd wait{ends[0], POLLIN, 0};
    if (::poll(&wait, 1, kIdleMs) > 0) open = drain(ends[0], result.output);
    if (idle) idle();
    if (open && Clock::now() > deadline) {
      ::kill(-child, SIGKILL);
      result.timed_out = true;
      break;
    }
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace liteflow
