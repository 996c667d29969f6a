// SPDX-License-Identifier: GPL-2.0
#include "daemon/link/tls.h"

#include <fmt/format.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <fstream>
#include <sstream>

#include "codegen/error.h"

namespace liteflow {
namespace {

std::string read_pem(const std::string &path) {
  std::ifstream file(path);
  std::stringstream text;
  if (!(text << file.rdbuf())) throw Error(fmt::format("{}: can't read this PEM file", path));
  if (text.str().find("-----BEGIN ") == std::string::npos)
    throw Error(fmt::format("{}: is no PEM file", path));
  return text.str();
}

// Whether to use TLS at all.
bool wants_tls(const std::string &address, const TlsFiles &files) {
  const int given = !files.ca.empty() + !files.cert.empty() + !files.key.empty();
  if (given == 3) return true;
  if (given > 0)
    throw Error(fmt::format("{}: TLS needs three files: tls_ca, tls_cert and tls_key", address));
  if (is_loopback(address) || files.allow_insecure) return false;
  throw Error(fmt::format("{}: is not a loopback address, and whoever reaches an agent can load "
                          "kernel code; give tls_ca, tls_cert and tls_key", address));
}

}  // namespace

bool is_loopback(const std::string &address) {
  if (address.starts_with("unix:")) return true;
  const auto colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const std::string &address,
                                                              const TlsFiles &files) {
  if (!wants_tls(address, files)) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({read_pem(files.ca), read_pem(files.key), read_pem(files.cert)});
}

std::shared_ptr<grpc::ServerCredentials> server_credentials(const std::string &address,
                                                            const TlsFiles &files) {
  if (!wants_tls(address, files)) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = read_pem(files.ca);
  options.pem_key_cert_pairs.push_back({read_pem(files.key), read_pem(files.cert)});
  return grpc::SslServerCredentials(options);
}

}  // namespace liteflow
