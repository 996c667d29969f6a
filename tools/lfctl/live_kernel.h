// SPDX-License-Identifier: GPL-2.0
// The running kernel. Connects at the first call that needs it, so that what
// needs no kernel (help, man, completion) works without.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/lfctl/kernel.h"

namespace liteflow::lfctl {

class LiveKernel : public Kernel {
 public:
  std::vector<AppInfo> apps() override { return client().apps(); }
  AppInfo app(const std::string &name) override { return client().app(name); }
  std::vector<SnapshotInfo> snapshots(const std::string &app) override {
    return client().snapshots(app);
  }
  SnapshotInfo snapshot(std::uint64_t id) override { return client().snapshot(id); }
  std::vector<FlowInfo> flows(const std::string &app) override { return client().flows(app); }

  void set_interval(const std::string &app, std::chrono::milliseconds interval) override {
    client().set_interval(app, interval);
  }
  std::uint64_t load(std::uint64_t base, const std::string &name,
                     const std::vector<std::byte> &params) override {
    return client().load(base, name, params);
  }
  void activate(std::uint64_t id, bool repin) override { client().activate(id, repin); }
  void canary(std::uint64_t id, std::uint32_t share) override { client().canary(id, share); }
  void rollback(const std::string &app, bool repin) override { client().rollback(app, repin); }
  void unload(std::uint64_t id, const std::string &name, bool force) override {
    client().unload(id, name, force);
  }
  std::uint64_t repin(const std::string &app, std::uint64_t flow, std::uint64_t snapshot) override {
    return client().repin(app, flow, snapshot);
  }
  std::vector<ObjectiveInfo> objectives(const std::string &app) override {
    return client().objectives(app);
  }
  void set_objective(const ObjectiveInfo &objective) override { client().set_objective(objective); }
  void delete_objective(const std::string &app, std::uint64_t cgroup) override {
    client().delete_objective(app, cgroup);
  }
  std::vector<std::int32_t> infer(std::uint64_t id,
                                  const std::vector<std::int32_t> &inputs) override {
    return client().infer(id, inputs);
  }

  std::vector<LbPathInfo> lb_paths() override { return lb().paths(); }
  void add_lb_path(const LbPath &path) override { lb().add(path); }
  void delete_lb_path(const LbPath &path) override { lb().remove(path); }
  void run(const std::vector<std::string> &words) override;

  void subscribe(const std::string &group) override { client().subscribe(group); }
  void receive(std::chrono::milliseconds timeout,
               const std::function<void(BatchMessage &&)> &on_batch,
               const std::function<void(EventMessage &&)> &on_event) override {
    client().receive(timeout, on_batch, on_event);
  }
  std::uint64_t overruns() const override { return client_ ? client_->overruns() : 0; }

  bool is_module(const std::string &name) override;
  int remove_module(const std::string &name) override;

 private:
  NetlinkClient &client();
  LbClient &lb();

  std::optional<NetlinkClient> client_;
  std::optional<LbClient> lb_;
};

}  // namespace liteflow::lfctl
