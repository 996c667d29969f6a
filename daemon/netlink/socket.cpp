// SPDX-License-Identifier: GPL-2.0
#include "daemon/netlink/socket.h"

#include <fmt/core.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace liteflow::netlink {
namespace {

constexpr int kAnswerSeconds = 10;
constexpr int kBufferBytes = 1 << 18;  // several of the largest messages

[[noreturn]] void fail(int code, const std::string &what) {
  throw NetlinkError(code, fmt::format("{}: {}", what, std::strerror(code)));
}

// SO_xxxBUFFORCE needs CAP_NET_ADMIN; the plain option is capped by a sysctl.
void set_buffer(int fd, int force, int plain, int bytes) {
  if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof bytes) < 0)
    setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof bytes);
}

[[noreturn]] void absent(const std::string &family) {
  if (family == LF_LB_GENL_NAME)
    throw NetlinkError(ENOENT, "lf_lb.ko is not loaded: modprobe lf_lb");
  if (access("/sys/module/liteflow", F_OK) == 0)
    throw NetlinkError(ENOENT,
                       "liteflow.ko answers in the initial network namespace only: "
                       "nsenter --net=/proc/1/ns/net COMMAND");
  throw NetlinkError(ENOENT, "liteflow.ko is not loaded: modprobe liteflow");
}

}  // namespace

void Socket::Free::operator()(nl_sock *socket) const { nl_socket_free(socket); }

Socket::Socket() : socket_(nl_socket_alloc()) {
  if (!socket_) throw std::bad_alloc();
  if (const int error = genl_connect(socket_.get()); error < 0)
    throw NetlinkError(EPROTONOSUPPORT,
                       fmt::format("no generic netlink socket: {}", nl_geterror(error)));
  const int on = 1;
  for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK})
    if (setsockopt(fd(), SOL_NETLINK, option, &on, sizeof on) < 0)
      fail(errno, "no extended acknowledgements");
  const timeval limit = {kAnswerSeconds, 0};
  setsockopt(fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  set_buffer(fd(), SO_SNDBUFFORCE, SO_SNDBUF, kBufferBytes);
  set_receive_buffer(kBufferBytes);
}

int Socket::fd() const { return nl_socket_get_fd(socket_.get()); }

void Socket::set_receive_buffer(int bytes) { set_buffer(fd(), SO_RCVBUFFORCE, SO_RCVBUF, bytes); }

int Socket::family(const std::string &name) {
  const int id = genl_ctrl_resolve(socket_.get(), name.c_str());
  if (id < 0) absent(name);
  return id;
}

int Socket::group(const std::string &name) {
  const int id = genl_ctrl_resolve_grp(socket_.get(), LF_GENL_NAME, name.c_str());
  if (id >= 0) return id;
  family();
  throw NetlinkError(ENOENT, fmt::format("liteflow.ko has no multicast group {}", name));
}

void Socket::join(int group) {
  if (setsockopt(fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0) return;
  if (errno == EPERM)
    throw NetlinkError(EPERM, "listening to liteflow.ko needs CAP_NET_ADMIN: run it as root");
  fail(errno, "joining a multicast group of liteflow.ko");
}

std::optional<std::vector<std::byte>> Socket::receive(int flags) {
  for (;;) {
    ssize_t size = recv(fd(), nullptr, 0, flags | MSG_PEEK | MSG_TRUNC);
    sockaddr_nl from = {};
    socklen_t from_size = sizeof from;
    std::vector<std::byte> datagram(size > 0 ? static_cast<std::size_t>(size) : 0);
    if (size >= 0)
      size = recvfrom(fd(), datagram.data(), datagram.size(), flags | MSG_TRUNC,
                      reinterpret_cast<sockaddr *>(&from), &from_size);
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return std::nullopt;
      fail(errno, "reading from liteflow.ko");
    }
    if (from.nl_pid == 0 && static_cast<std::size_t>(size) == datagram.size()) return datagram;
  }
}

std::optional<std::vector<std::byte>> Socket::try_receive() { return receive(MSG_DONTWAIT); }

Reply Socket::transact(Request &request, AttributeNames names) {
  nl_complete_msg(socket_.get(), request.get());
  const Bytes bytes = request.bytes();
  while (send(fd(), bytes.data(), bytes.size(), 0) < 0)
    if (errno != EINTR) fail(errno, "sending to liteflow.ko");
  Reply reply(bytes, names);
  for (;;) {
    auto datagram = receive(0);
    if (!datagram)
      throw NetlinkError(ETIMEDOUT,
                         fmt::format("liteflow.ko did not answer within {} s", kAnswerSeconds));
    if (reply.add(std::move(*datagram))) return reply;
  }
}

}  // namespace liteflow::netlink
