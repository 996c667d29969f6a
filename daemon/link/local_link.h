// SPDX-License-Identifier: GPL-2.0
// The kernel of this machine, over netlink in this process.
#pragma once

#include <mutex>

#include "daemon/link/host_link.h"
#include "daemon/link/pump.h"

namespace liteflow {

class LocalLink final : public HostLink {
 public:
  explicit LocalLink(BackOff back_off = {});
  ~LocalLink() override;

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
  template <typename Operation>
  auto with_client(const Operation &operation);
  void hear(const std::function<void()> &up, const std::function<bool()> &stopping);

  std::mutex mutex_;  // one operation at a time
  std::optional<NetlinkClient> client_;
  Inbox inbox_;
  Pump pump_;
};

}  // namespace liteflow
