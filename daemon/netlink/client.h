// SPDX-License-Identifier: GPL-2.0
// The generic netlink family of liteflow.ko from user space, as values and
// calls. One client is used from one thread. Every refusal throws NetlinkError
// with the errno and the kernel's own (extack) text.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codegen/error.h"
#include "linux/liteflow.h"

namespace liteflow {

class NetlinkError : public Error {
 public:
  NetlinkError(int code, const std::string &what) : Error(what), code_(code) {}
  int code() const { return code_; }  // positive errno

 private:
  int code_;
};

struct AppInfo {
  std::string name;
  std::uint32_t n_in = 0, n_out = 0, n_weights = 0, record_bytes = 0, interval_ms = 0, flows = 0;
  std::vector<std::pair<double, double>> in_ranges, out_ranges;  // 1.0, not Q16.16
  std::uint64_t inferences = 0, failed = 0, fallbacks = 0, clamped = 0, reported = 0, dropped = 0;
  std::uint64_t asked = 0, answered = 0, late = 0, stale = 0;  // questions to user space
  bool attached = false;
};

struct SnapshotInfo {
  std::string app, name;
  std::uint64_t id = 0, shape = 0;
  lf_state state = LF_STATE_STANDBY;
  std::uint32_t share = 0, pins = 0, n_in = 0, n_out = 0, macs = 0;  // share in thousandths
  std::uint64_t inferences = 0, clipped = 0, explored = 0, failed = 0, reward_count = 0, age_ms = 0;
  double reward_sum = 0;
};

struct FlowInfo {
  std::string app;
  std::uint64_t id = 0, snapshot = 0, inferences = 0, age_ms = 0;
  std::uint32_t netns = 0;
  lf_reason reason = LF_REASON_NONE;
};

// What the new flows of a cgroup strive for, in the order of the app's inputs.
struct ObjectiveInfo {
  std::string app;
  std::uint64_t cgroup = 0;      // id, as of its directory's inode
  std::vector<double> weights;   // 1.0, not Q16.16
};

struct BatchMessage {
  std::string app;
  std::uint32_t cpu = 0, record_bytes = 0;
  std::uint64_t seq = 0, dropped = 0;  // dropped: by that CPU since the module was loaded
  std::vector<std::byte> records;
};

struct EventMessage {
  lf_event event = LF_EVENT_STANDBY;
  std::string app, name;
  std::uint64_t snapshot = 0, count = 0;
  lf_state state = LF_STATE_STANDBY;
  lf_reason reason = LF_REASON_NONE;
  std::uint32_t share = 0;
};

const char *to_string(lf_state state);
const char *to_string(lf_event event);
const char *to_string(lf_reason reason);

class NetlinkClient {
 public:
  NetlinkClient();  // throws NetlinkError(ENOENT) with the remedy if the module is not loaded
  ~NetlinkClient();
  NetlinkClient(NetlinkClient &&) noexcept;
  NetlinkClient &operator=(NetlinkClient &&) noexcept;

  std::vector<AppInfo> apps();
  AppInfo app(const std::string &name);
  std::vector<SnapshotInfo> snapshots(const std::string &app = {});  // empty: of all apps
  SnapshotInfo snapshot(std::uint64_t id);
  std::vector<FlowInfo> flows(const std::string &app = {});
  std::vector<ObjectiveInfo> objectives(const std::string &app = {});

  void set_interval(const std::string &app, std::chrono::milliseconds interval);
  std::uint64_t load(std::uint64_t base, const std::string &name, const std::vector<std::byte> &params);
  void activate(std::uint64_t id, bool repin = false);
  void canary(std::uint64_t id, std::uint32_t share);  // thousandths; 0 withdraws
  void rollback(const std::string &app, bool repin = false);
  void unload(std::uint64_t id, const std::string &name = {}, bool force = false);
  std::uint64_t repin(const std::string &app, std::uint64_t flow = 0, std::uint64_t snapshot = 0);
  void set_objective(const ObjectiveInfo &objective);
  void delete_objective(const std::string &app, std::uint64_t cgroup);
  // rows x n_in Q16.16 in, rows x n_out out; splits what one message can't hold.
  std::vector<std::int32_t> infer(std::uint64_t id, const std::vector<std::int32_t> &inputs);
  void attach();
  void detach();

  // Subscribe to a group, LF_GENL_GROUP_BATCHES or _EVENTS; receive what came
  // within the timeout. overrun counts ENOBUFS: messages the socket lost.
  void subscribe(const std::string &group);
  void receive(std::chrono::milliseconds timeout,
               const std::function<void(BatchMessage &&)> &on_batch,
               const std::function<void(EventMessage &&)> &on_event);
  std::uint64_t overruns() const;
  int fd() const;  // of the subscription socket, for poll(2)

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace liteflow
