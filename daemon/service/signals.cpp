// SPDX-License-Identifier: GPL-2.0
#include "daemon/service/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "codegen/error.h"

namespace liteflow {
namespace {

int ends[2] = {-1, -1};  // a pipe: the handler writes the number, wait_signal() reads it

void on_signal(int number) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(number);
  (void)!::write(ends[1], &byte, 1);
  errno = saved;
}

}  // namespace

void catch_signals() {
  if (ends[0] < 0 && ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
    throw Error(std::string("pipe: ") + std::strerror(errno));
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaction(number, &action, nullptr);
}

int wait_signal(std::chrono::milliseconds timeout) {
  pollfd wait{ends[0], POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(timeout.count())) <= 0) return 0;
  unsigned char number = 0;
  return ::read(ends[0], &number, 1) == 1 ? number : 0;
}

}  // namespace liteflow
