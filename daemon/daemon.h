// SPDX-License-Identifier: GPL-2.0
// Daemon: the hosts, the apps and the loop of `liteflowd run`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/update/builder.h"
#include "daemon/update/host.h"
#include "daemon/update/journal.h"
#include "daemon/update/metrics.h"
#include "daemon/update/updater.h"

namespace liteflow {

class Daemon {
 public:
  // Reads the configuration, loads models, makes links. Throws Error.
  explicit Daemon(const std::string &config_path);
  ~Daemon();

  // Until SIGTERM or SIGINT; SIGHUP reads the configuration again. Call
  // catch_signals() before.
  void run();

 private:
  bool handle_signals();
  void reload();
  void hear(Host &host);
  void on_message(Host &host, LinkMessage &&message);
  void on_state(Host &host, const LinkState &state);
  void heartbeat();
  void publish();
  std::string status() const;

  std::string config_path_;
  Config config_;
  Journal journal_;
  Metrics metrics_;
  Builder builder_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::unique_ptr<Updater>> updaters_;
  SteadyTime next_publish_{}, next_watchdog_{};
  bool publish_failed_ = false;
};

// The link that a [[host]] section describes. Throws Error.
std::unique_ptr<HostLink> make_link(const HostOptions &options);

}  // namespace liteflow
