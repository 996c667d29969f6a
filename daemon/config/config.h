// SPDX-License-Identifier: GPL-2.0
// Configuration of liteflowd: what the TOML file says, checked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/config/option.h"

namespace liteflow {

// [daemon]
struct DaemonOptions {
  std::string log_level = "info";
  std::string decisions, metrics, status;  // files; "": none
};

// [builder]
struct BuilderOptions {
  std::string kdir = "/lib/modules/{release}/build";
  std::string include = "/usr/share/liteflow/include";
  std::string symvers;
  std::string make = "make";
  std::int64_t timeout_s = 120;
  std::string sign_key, sign_cert;
  std::string sign_hash = "sha256";
  std::string work_dir = "/tmp";
};

// [[host]]
struct HostOptions {
  std::string name;
  std::string link = "local";
  std::string address;
  std::string tls_ca, tls_cert, tls_key, tls_server_name;
  bool allow_insecure = false;
};

// [app.gate]
struct GateOptions {
  std::string rule = "necessary";
  std::int64_t window = 10;
  double max_mean_change = 0.1;
  double max_variance = 0.05;
  double alpha = 0.05;
  double quantile = 0;
};

// [app.update]
struct UpdateOptions {
  std::int64_t round_ms = 1000;
  std::int64_t min_records = 32;
  std::string path = "auto", first_path = "auto";
  std::int64_t calibration_rows = 2048;
  std::int64_t verify_rows = 256;
  bool repin = false;
  double canary_share = 0.1;
  double canary_s = 20;
  double turns_s = 20;
  std::string inconclusive = "drop";
  double watch_s = 30;
  std::int64_t watch_rewards = 50;
  double slot_s = 1;
  std::int64_t slot_rewards = 5, slots = 5;
  double confidence = 0.95;
  double max_reward_drop = 0.02;
  double reward_floor = 0.02;
  double pause_s = 5;
  bool gc = true;
};

// [app.estimate]
struct EstimateOptions {
  bool ask = false;
  double margin = 0.1;
  std::int64_t limit_ms = 2000;
  std::int64_t flows = 2048, least_flows = 200;
  double link_mbit = 1000;
  std::vector<double> path_mbit;
  double rtt_us = 100, buffer_kb = 256;
};

// [[app]]
struct AppOptions {
  std::string name;
  std::string adapter;
  std::string model;
  std::string calibration;
  std::int64_t seed = 1;
  std::int64_t interval_ms = 200;
  std::vector<std::string> hosts;
  GateOptions gate;
  UpdateOptions update;
  EstimateOptions estimate;
  std::map<std::string, std::string> options;  // [app.options], the adapter's own
};

struct Config {
  DaemonOptions daemon;
  BuilderOptions builder;
  std::vector<HostOptions> hosts;
  std::vector<AppOptions> apps;
};

// Throws Error with file, line, key and remedy.
Config read_config(const std::string &path);
Config parse_config(const std::string &text, const std::string &name);

// What differs, one "section.key: old -> new" per entry; what SIGHUP can't
// change ends in a note that a restart is needed.
std::vector<std::string> config_changes(const Config &from, const Config &to);

// Takes from `to` what SIGHUP can change.
void reload_config(Config &config, const Config &to);

// The reference page, in Markdown.
std::string config_reference();

}  // namespace liteflow
