// SPDX-License-Identifier: GPL-2.0
#include "daemon/daemon.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/link/local_link.h"
#include "daemon/link/remote_link.h"
#include "daemon/service/log.h"
#include "daemon/service/notify.h"
#include "daemon/service/signals.h"
#include "daemon/update/adapters.h"
#include "daemon/update/estimators.h"

namespace liteflow {
namespace {

using namespace std::chrono_literals;

constexpr auto kListen = 50ms;    // how long one host is listened to before the next
constexpr int kMessagesAtOnce = 256;
constexpr auto kPublish = 1000ms;  // metrics and status

std::unique_ptr<Adapter> adapter_for(const AppOptions &app) {
  AdapterOptions options;
  options.model = app.model;
  options.seed = static_cast<std::uint64_t>(app.seed);
  options.values = app.options;
  return make_adapter(app.adapter, options);
}

bool tunes_on(const AppOptions &app, const std::string &host) {
  return app.hosts.empty() ||
         std::find(app.hosts.begin(), app.hosts.end(), host) != app.hosts.end();
}

}  // namespace

std::unique_ptr<HostLink> make_link(const HostOptions &options) {
  if (options.link == "local") return std::make_unique<LocalLink>();
  RemoteOptions remote;
  remote.address = options.address;
  remote.tls = {options.tls_ca, options.tls_cert, options.tls_key, options.tls_server_name,
                options.allow_insecure};
  return std::make_unique<RemoteLink>(remote);
}

Daemon::Daemon(const std::string &config_path)
    : config_path_(config_path),
      config_(read_config(config_path)),
      journal_(config_.daemon.decisions),
      builder_(config_.builder, [this] { heartbeat(); }) {
  setup_log(config_.daemon.log_level);
  for (const auto &options : config_.hosts) {
    hosts_.push_back(std::make_unique<Host>());
    hosts_.back()->name = options.name;
    hosts_.back()->link = make_link(options);
  }
  for (const auto &app : config_.apps) {
    updaters_.push_back(std::make_unique<Updater>(app, adapter_for(app), make_estimator(app),
                                                  Services{builder_, journal_, metrics_}));
    for (auto &host : hosts_)
      if (tunes_on(app, host->name)) updaters_.back()->add_host(*host);
  }
}

Daemon::~Daemon() = default;

void Daemon::run() {
  for (auto &host : hosts_) {
    metrics_.set("link_up", {{"host", host->name}}, 0);
    host->link->attach();
  }
  notify("READY=1\nSTATUS=" + status());
  spdlog::info("liteflowd {} runs: {} hosts, {} apps", LF_VERSION, hosts_.size(), updaters_.size());
  while (handle_signals()) {
    for (auto &host : hosts_) hear(*host);
    for (auto &updater : updaters_) {
      updater->step();
      heartbeat();
    }
    publish();
  }
  notify("STOPPING=1");
  spdlog::info("stopping: active snapshots stay active");
  for (auto &host : hosts_) host->link->detach();
  publish();
}

bool Daemon::handle_signals() {
  switch (wait_signal(0ms)) {
    case 0: return true;
    case SIGHUP: reload(); return true;
    default: return false;
  }
}

void Daemon::reload() {
  notify("RELOADING=1");
  try {
    const Config changed = read_config(config_path_);
    const auto changes = config_changes(config_, changed);
    for (const auto &change : changes) spdlog::info("configuration: {}", change);
    if (changes.empty()) spdlog::info("configuration: nothing has changed");
    reload_config(config_, changed);
    builder_.set_options(config_.builder);
    setup_log(config_.daemon.log_level);
  } catch (const Error &error) {
    spdlog::error("the configuration stays as it was: {}", error.what());
  }
  notify("READY=1");
}

void Daemon::hear(Host &host) {
  auto message = host.link->next(kListen);
  for (int i = 0; message && i < kMessagesAtOnce; i++) {
    on_message(host, std::move(*message));
    message = host.link->next(0ms);
  }
  if (message) on_message(host, std::move(*message));
}

void Daemon::on_message(Host &host, LinkMessage &&message) {
  if (const auto *state = std::get_if<LinkState>(&message)) return on_state(host, *state);
  auto *batch = std::get_if<BatchMessage>(&message);
  const std::string app = batch ? batch->app : std::get<EventMessage>(message).app;
  const Loss loss = batch ? host.losses.add(*batch) : Loss{};
  for (auto &updater : updaters_) {
    if (updater->options().name != app || !tunes_on(updater->options(), host.name)) continue;
    if (batch)
      return updater->on_batch(host, std::move(*batch), loss);
    updater->on_event(host, std::get<EventMessage>(message));
  }
}

void Daemon::on_state(Host &host, const LinkState &state) {
  const bool was_up = std::exchange(host.up, state.up);
  metrics_.set("link_up", {{"host", host.name}}, state.up ? 1 : 0);
  if (state.up) {
    spdlog::info("{}: attached", host.name);
  } else {
    metrics_.add("link_downs_total", {{"host", host.name}}, was_up ? 1 : 0);
    spdlog::warn("{}: {}; trying again until it is back", host.name, state.reason);
  }
  for (auto &updater : updaters_) updater->on_state(host, state.up);
}

void Daemon::heartbeat() {
  const auto interval = watchdog_interval();
  const auto now = std::chrono::steady_clock::now();
  if (interval.count() == 0 || now < next_watchdog_) return;
  next_watchdog_ = now + interval;
  notify("WATCHDOG=1");
}

std::string Daemon::status() const {
  const auto up = std::count_if(hosts_.begin(), hosts_.end(),
                                [](const auto &host) { return host->up; });
  std::string text = fmt::format("{} of {} hosts attached", up, hosts_.size());
  for (const auto &updater : updaters_)
    if (const auto &decision = updater->last_decision(); decision.round > 0)
      text += fmt::format("; {}: round {}, {}", updater->options().name, decision.round,
                          updater->busy() ? "watching an update" : decision.verdict);
  return text;
}

void Daemon::publish() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_publish_) return;
  next_publish_ = now + kPublish;
  notify("STATUS=" + status());
  try {
    if (!config_.daemon.metrics.empty()) write_whole(config_.daemon.metrics, metrics_.text());
    if (!config_.daemon.status.empty()) {
      nlohmann::ordered_json json{{"version", LF_VERSION}, {"status", status()}};
      for (const auto &host : hosts_)
        json["hosts"].push_back({{"name", host->name}, {"up", host->up}});
      for (const auto &updater : updaters_) {
        auto app = to_json(updater->last_decision());
        app.erase("type");
        app["name"] = updater->options().name;
        app["busy"] = updater->busy();
        json["apps"].push_back(app);
      }
      write_whole(config_.daemon.status, json.dump(1) + "\n");
    }
    publish_failed_ = false;
  } catch (const Error &error) {
    if (!std::exchange(publish_failed_, true)) spdlog::error("{}", error.what());
  }
}

}  // namespace liteflow
