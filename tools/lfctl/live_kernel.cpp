// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/live_kernel.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
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
