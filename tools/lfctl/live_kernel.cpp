// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/live_kernel.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace liteflow::lfctl {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 1000ms;  // many grace periods
constexpr auto kPause = 10ms;

}  // namespace

NetlinkClient &LiveKernel::client() {
  if (!client_) client_.emplace();
  return *client_;
}

LbClient &LiveKernel::lb() {
  if (!lb_) lb_.emplace();
  return *lb_;
}

void LiveKernel::run(const std::vector<std::string> &words) {
  std::vector<char *> argv;
  for (const std::string &word : words) argv.push_back(const_cast<char *>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  int status = posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ);
  if (status) throw Error(fmt::format("{}: {}", words[0], std::strerror(status)));
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) throw Error(fmt::format("{}: {}", words[0], std::strerror(errno)));
  if (status) throw Error(fmt::format("this failed: {}", fmt::join(words, " ")));
}

bool LiveKernel::is_module(const std::string &name) {
  return !name.empty() && name.find('/') == std::string::npos &&
         access(("/sys/module/" + name).c_str(), F_OK) == 0;
}

int LiveKernel::remove_module(const std::string &name) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (syscall(SYS_delete_module, name.c_str(), O_NONBLOCK) < 0) {
    if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() > give_up) return errno;
    std::this_thread::sleep_for(kPause);
  }
  return 0;
}

}  // namespace liteflow::lfctl
