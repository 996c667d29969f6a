// SPDX-License-Identifier: GPL-2.0
// A kernel that isn't one: the states of liteflow.ko in memory, for tests of
// everything that stands on a host link. It computes with the interpreter, and
// fails where it is told to.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "codegen/network.h"
#include "daemon/link/host_link.h"
#include "daemon/link/inbox.h"

namespace liteflow {

class FakeLink final : public HostLink {
 public:
  // An app of the fake kernel.
  FakeLink(const std::string &app, std::uint32_t n_in, std::uint32_t n_out);

  // --- what a test arranges and looks at ---
  // The network that a module "file" holds; the file is the network's name.
  std::string add_module(const codegen::Network &network);
  // The next call of this operation fails, or the one after so many others.
  void fail_next(const std::string &operation, int code, const std::string &text, int after = 0);
  void set_up(bool up);            // the link breaks, or comes back
  void reload();                   // the kernel module is removed and loaded again
  void set_wrong(bool wrong);      // infer() is off by one
  void add_reward(std::uint64_t id, double sum, std::uint64_t count);
  void push(LinkMessage message);  // a batch or an event arrives
  bool attached() const;
  std::vector<std::string> calls() const;  // operations that changed something, in order
  std::uint64_t id_of(const std::string &name) const;
  std::uint64_t active() const;
  std::uint64_t moves() const;  // how often running flows were moved to the active one
  codegen::Network network(std::uint64_t id);

  HostInfo info() override;
  std::vector<AppInfo> apps() override;
  std::vector<SnapshotInfo> snapshots(const std::string &app) override;
  void set_interval(const std::string &app, std::chrono::milliseconds interval) override;
  std::uint64_t stage_params(std::uint64_t base, const std::string &name,
                             const std::vector<std::byte> &params) override;
  std::uint64_t stage_module(const std::string &name, const std::string &ko) override;
  void activate(std::uint64_t id, bool repin) override;
  void canary(std::uint64_t id, std::uint32_t share) override;
  void rollback(const std::string &app, bool repin) override;
  void unload(std::uint64_t id, const std::string &name) override;
  std::vector<std::int32_t> infer(std::uint64_t id,
                                  const std::vector<std::int32_t> &inputs) override;
  void attach() override;
  void detach() override;
  std::optional<LinkMessage> next(std::chrono::milliseconds timeout) override;

 private:
  struct Snapshot {
    SnapshotInfo info;
    codegen::Network network;
  };
  struct Failure {
    int after = 0;
    HostError error;
  };
  void enter(const std::string &operation, const std::string &call = {});
  Snapshot &find(std::uint64_t id);
  std::uint64_t add(const codegen::Network &network, const std::string &name);
  void make_active(Snapshot &snapshot);

  mutable std::mutex mutex_;
  AppInfo app_;
  bool up_ = true, attached_ = false, wrong_ = false;
  std::uint64_t next_id_ = 1, moves_ = 0;
  std::vector<Snapshot> snapshots_;
  std::map<std::string, codegen::Network> modules_;
  std::map<std::string, Failure> failures_;
  std::vector<std::string> calls_;
  Inbox inbox_;
};

}  // namespace liteflow
