// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "daemon/service/leave.h"
#include "daemon/service/notify.h"
#include "daemon/service/signals.h"

namespace liteflow {
namespace {

TEST(Notify, TellsTheServiceManager) {
  const std::string path = testing::TempDir() + "lf-notify-" + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  notify("READY=1\nSTATUS=x");
  char text[64] = {};
  const auto n = ::recv(fd, text, sizeof(text), MSG_DONTWAIT);
  EXPECT_EQ(std::string(text, n > 0 ? static_cast<std::size_t>(n) : 0), "READY=1\nSTATUS=x");
  ::unsetenv("NOTIFY_SOCKET");
  notify("READY=1");
  EXPECT_EQ(::recv(fd, text, sizeof(text), MSG_DONTWAIT), -1);
  ::close(fd);
  ::unlink(path.c_str());
}

TEST(Notify, WatchdogIsFedTwiceAsOften) {
  EXPECT_EQ(watchdog_interval().count(), 0);
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT_EQ(watchdog_interval(), std::chrono::microseconds(1500000));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(watchdog_interval().count(), 0) << "meant for another process";
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("WATCHDOG_PID");
}

TEST(Signals, AreValues) {
  catch_signals();
  EXPECT_EQ(wait_signal(std::chrono::milliseconds(0)), 0);
  ::raise(SIGHUP);
  EXPECT_EQ(wait_signal(std::chrono::milliseconds(1000)), SIGHUP);
}

TEST(Leave, EndsAtOnceWithWhatWasPrinted) {
  const auto end = [] {
    std::setvbuf(stderr, nullptr, _IOFBF, 64);
    std::atexit([] { std::_Exit(1); });
    std::fputs("the last words", stderr);
    leave(3);
  };
  EXPECT_EXIT(end(), testing::ExitedWithCode(3), "the last words");
}

}  // namespace
}  // namespace liteflow
