// SPDX-License-Identifier: GPL-2.0
// The agent's gRPC server: one host link, offered to one trainer at a time.
#pragma once

#include <memory>
#include <string>

#include "daemon/link/host_link.h"
#include "daemon/link/tls.h"

namespace liteflow {

class AgentServer {
 public:
  // Listens at once; throws Error if the address can't be used. The link is
  // attached only while a trainer's stream is open, so that the kernel knows
  // when the trainer has gone.
  AgentServer(HostLink &link, const std::string &address, const TlsFiles &tls);
  ~AgentServer();

  int port() const;  // the one chosen, where the address had port 0
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace liteflow
