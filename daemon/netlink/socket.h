// SPDX-License-Identifier: GPL-2.0
// A generic netlink socket: libnl makes and addresses it, and this reads it, to
// keep the errno and the extended acknowledgement that libnl drops.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/netlink/reply.h"
#include "daemon/netlink/request.h"

struct nl_sock;

namespace liteflow::netlink {

class Socket {
 public:
  Socket();  // connected, with extended acknowledgements and an answer time limit

  // Id of a family, of one of liteflow's groups. Throw NetlinkError(ENOENT) with
  // the remedy if there is none.
  int family(const std::string &name = LF_GENL_NAME);
  int group(const std::string &name);

  void join(int group);
  void set_receive_buffer(int bytes);  // beyond net.core.rmem_max if privileged

  // Send a request and gather its answer; a refusal is in the verdict. Throws
  // NetlinkError for a failure of the socket itself.
  Reply transact(Request &request, AttributeNames names = attribute_name);

  // One datagram from the kernel without waiting; nothing if there is none.
  // Throws NetlinkError, with ENOBUFS if the kernel had to drop some.
  std::optional<std::vector<std::byte>> try_receive();

  int fd() const;

 private:
  struct Free {
    void operator()(nl_sock *socket) const;
  };
  std::optional<std::vector<std::byte>> receive(int flags);

  std::unique_ptr<nl_sock, Free> socket_;
};

}  // namespace liteflow::netlink
