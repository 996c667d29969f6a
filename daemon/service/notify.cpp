// SPDX-License-Identifier: GPL-2.0
#include "daemon/service/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace liteflow {

void notify(const std::string &state) {
  const char *path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (!path || std::strlen(path) >= sizeof(address.sun_path)) return;
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, std::strlen(path));
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr *>(&address),
           length);
  ::close(fd);
}

std::chrono::microseconds watchdog_interval() {
  const char *interval = std::getenv("WATCHDOG_USEC");
  const char *pid = std::getenv("WATCHDOG_PID");
  if (!interval || (pid && std::atol(pid) != ::getpid())) return {};
  return std::chrono::microseconds(std::atoll(interval) / 2);
}

}  // namespace liteflow
