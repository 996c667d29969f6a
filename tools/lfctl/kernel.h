// SPDX-License-Identifier: GPL-2.0
// Everything that lfctl asks of a kernel. The calls are those of NetlinkClient
// and throw its NetlinkError; LiveKernel passes them on, tests have a fake.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daemon/netlink/client.h"
#include "daemon/netlink/lb_client.h"

namespace liteflow::lfctl {

class Kernel {
 public:
  Kernel() = default;
  Kernel(const Kernel &) = delete;
  Kernel &operator=(const Kernel &) = delete;
  virtual ~Kernel() = default;

  virtual std::vector<AppInfo> apps() = 0;
  virtual AppInfo app(const std::string &name) = 0;
  virtual std::vector<SnapshotInfo> snapshots(const std::string &app) = 0;
  virtual SnapshotInfo snapshot(std::uint64_t id) = 0;
  virtual std::vector<FlowInfo> flows(const std::string &app) = 0;

  virtual void set_interval(const std::string &app, std::chrono::milliseconds interval) = 0;
  virtual std::uint64_t load(std::uint64_t base, const std::string &name,
                             const std::vector<std::byte> &params) = 0;
  virtual void activate(std::uint64_t id, bool repin) = 0;
  virtual void canary(std::uint64_t id, std::uint32_t share) = 0;
  virtual void rollback(const std::string &app, bool repin) = 0;
  virtual void unload(std::uint64_t id, const std::string &name, bool force) = 0;
  virtual std::uint64_t repin(const std::string &app, std::uint64_t flow,
                              std::uint64_t snapshot) = 0;
  virtual std::vector<ObjectiveInfo> objectives(const std::string &app) = 0;
  virtual void set_objective(const ObjectiveInfo &objective) = 0;
  virtual void delete_objective(const std::string &app, std::uint64_t cgroup) = 0;
  virtual std::vector<std::int32_t> infer(std::uint64_t id,
                                          const std::vector<std::int32_t> &inputs) = 0;

  // Of the network namespace that lfctl runs in.
  virtual std::vector<LbPathInfo> lb_paths() = 0;
  virtual void add_lb_path(const LbPath &path) = 0;
  virtual void delete_lb_path(const LbPath &path) = 0;

  // Run a program of the system to its end. Throws Error if it fails.
  virtual void run(const std::vector<std::string> &words) = 0;

  virtual void subscribe(const std::string &group) = 0;
  virtual void receive(std::chrono::milliseconds timeout,
                       const std::function<void(BatchMessage &&)> &on_batch,
                       const std::function<void(EventMessage &&)> &on_event) = 0;
  virtual std::uint64_t overruns() const = 0;

  // Whether a snapshot of this name came as a kernel module.
  virtual bool is_module(const std::string &name) = 0;

  // Remove a kernel module, waiting a moment for references that a grace period
  // still holds. Returns 0 or a positive errno.
  virtual int remove_module(const std::string &name) = 0;
};

}  // namespace liteflow::lfctl
