// SPDX-License-Identifier: GPL-2.0
// Who may talk to an agent: whoever can reach a loopback address, elsewhere
// only a peer with a certificate of the common authority (mutual TLS).
#pragma once

#include <memory>
#include <string>

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace liteflow {

struct TlsFiles {
  std::string ca, cert, key;  // PEM files: all of them, or none
  std::string server_name;    // name in the agent's certificate, if not its address
  bool allow_insecure = false;  // plain text beyond loopback, for isolated test networks
};

// Whether "HOST:PORT" (IPv6 in brackets) or "unix:PATH" stays on this machine.
bool is_loopback(const std::string &address);

// Throw Error where a file is missing, or where plain text is refused.
std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const std::string &address,
                                                              const TlsFiles &files);
std::shared_ptr<grpc::ServerCredentials> server_credentials(const std::string &address,
                                                            const TlsFiles &files);

}  // namespace liteflow
