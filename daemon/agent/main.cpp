// SPDX-License-Identifier: GPL-2.0
// liteflow-agent: gives a trainer elsewhere this kernel's batches, and runs its
// operations here.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "daemon/agent/service.h"
#include "daemon/link/local_link.h"
#include "daemon/service/leave.h"
#include "daemon/service/log.h"
#include "daemon/service/notify.h"
#include "daemon/service/signals.h"

namespace {

[[noreturn]] void serve(const std::string &address, const liteflow::TlsFiles &tls) {
  liteflow::catch_signals();
  liteflow::LocalLink link;
  liteflow::AgentServer server(link, address, tls);
  if (tls.cert.empty() && !liteflow::is_loopback(address))
    spdlog::warn("plain text beyond loopback: whoever reaches {} can load kernel code", address);
  spdlog::info("listening on {}", address);
  liteflow::notify("READY=1\nSTATUS=listening on " + address);
  for (int number = 0; number != SIGTERM && number != SIGINT;)
    number = liteflow::wait_signal(std::chrono::hours(1));
  liteflow::notify("STOPPING=1");
  server.stop();
  liteflow::leave(0);
}

}  // namespace

int main(int argc, char **argv) {
  CLI::App app("Relays between this kernel's LiteFlow and a trainer (liteflowd) elsewhere.");
  std::string address = "127.0.0.1:4710", level = "info";
  liteflow::TlsFiles tls;
  app.add_option("-l,--listen", address, "HOST:PORT, [IPV6]:PORT or unix:PATH")->capture_default_str();
  app.add_option("--tls-ca", tls.ca, "PEM file: the authority that signed the trainers' certificates");
  app.add_option("--tls-cert", tls.cert, "PEM file: this agent's certificate");
  app.add_option("--tls-key", tls.key, "PEM file: its private key");
  app.add_flag("--allow-insecure", tls.allow_insecure,
               "listen without TLS beyond loopback (isolated test networks only)");
  app.add_option("--log-level", level, "trace, debug, info, warning, error or off")->capture_default_str();
  app.set_version_flag("-V,--version", "liteflow-agent " LF_VERSION);
  CLI11_PARSE(app, argc, argv);
  try {
    liteflow::setup_log(level);
    serve(address, tls);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "liteflow-agent: %s\n", error.what());
    return 1;
  }
}
