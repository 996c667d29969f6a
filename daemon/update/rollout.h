// SPDX-License-Identifier: GPL-2.0
// Rollout: one app on one host. Brings the shipped snapshot up where none is
// active, puts updates in its place, watches them and takes them back.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>

#include "codegen/network.h"
#include "daemon/config/config.h"
#include "daemon/update/host.h"
#include "daemon/update/rows.h"
#include "daemon/update/services.h"
#include "daemon/update/slots.h"
#include "daemon/update/stager.h"
#include "daemon/update/trial.h"

namespace liteflow {

// A tuned network on its way into the kernel.
struct Update {
  const codegen::Network &network;
  const Matrix &rows;  // to verify with
  std::uint64_t round = 0;
  std::string path;  // auto, params or module
  // What it took, on the clock and of the CPU.
  double tune_s = 0, quantise_s = 0;
  double tune_cpu_s = 0, quantise_cpu_s = 0;
};

// How a new snapshot is tried: on a share of new flows, in turns with the one
// before it, or (what was promoted, or can't be tried) by watching it serve.
enum class TrialKind { canary, turns, watch };

class Rollout {
 public:
  Rollout(Host &host, const AppOptions &options, const Services &services);

  const Host &host() const { return host_; }
  // Up, and a snapshot is active.
  bool ready() const { return host_.up && active_ != 0; }
  // A trial goes on: a new snapshot is tried or watched.
  bool busy() const { return trial_.has_value(); }
  // How often in a row an update failed or was taken back.
  int failures() const { return failures_; }

  void link_up();
  void link_down();
  // Tries again what the host couldn't do yet, goes on with a trial, collects
  // drained snapshots. shipped: what to bring up, and rows to verify it with.
  // Doesn't throw.
  void step(const codegen::Network &shipped, const RowPool &rows);
  // Stages, verifies and activates or begins a canary. True if it serves now, as the snapshot latest().
  bool start(const Update &update);
  std::uint64_t latest() const { return latest_; }
  // What the active snapshot answers. Throws Error.
  Matrix running_outputs(const Matrix &inputs) const;

 private:
  struct Trial {
    TrialKind kind = TrialKind::watch;
    Standing standing = Standing::untried;
    std::uint64_t id = 0, previous = 0, round = 0;
    std::string name;
    SteadyTime start, end;
  };

  void bring_up(const codegen::Network &shipped, const RowPool &rows);
  void stage_shipped(const codegen::Network &shipped, const RowPool &rows);
  bool unchanged(nlohmann::ordered_json line);
  void activate(const Staged &staged, const Update &update, nlohmann::ordered_json &line);
  void look(const std::vector<SnapshotInfo> &snapshots);
  void begin_trial(TrialKind kind, std::uint64_t id, const std::string &name, std::uint64_t round,
                   const std::vector<SnapshotInfo> &snapshots);
  void continue_trial(const std::vector<SnapshotInfo> &snapshots);
  void take_turns(std::size_t slot);
  // Of a trial that leads to a watch: a canary, or turns.
  void end_proof(const Verdict &verdict, const std::vector<SnapshotInfo> &snapshots);
  void end_watch(const Verdict &verdict);
  void end_trial(const std::string &result, const Verdict &verdict);
  void measure(const std::string &result, const Verdict &verdict);
  Staged stage_here(const codegen::Network &network, const std::string &path);
  void collect(const std::vector<SnapshotInfo> &snapshots);
  void failed(const std::string &what, const std::string &why, nlohmann::ordered_json line);
  Labels labels() const;

  Host &host_;
  const AppOptions &options_;
  Services services_;
  std::uint64_t active_ = 0;  // the snapshot that serves new flows, as last seen
  std::uint64_t latest_ = 0;  // what the last update became that serves or served
  std::optional<Trial> trial_;
  SlotLog log_;
  std::set<std::string> staged_;  // names that were staged here
  SteadyTime retry_{};            // when to try to bring up again
  int bring_up_failures_ = 0;
  int failures_ = 0;
};

}  // namespace liteflow
