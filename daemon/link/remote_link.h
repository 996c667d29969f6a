// SPDX-License-Identifier: GPL-2.0
// A kernel elsewhere, through the agent on its host.
#pragma once

#include <memory>
#include <string>

#include "daemon/link/host_link.h"
#include "daemon/link/pump.h"
#include "daemon/link/tls.h"

namespace liteflow {

struct RemoteOptions {
  std::string address;  // "HOST:PORT" or "unix:PATH"
  TlsFiles tls;
  std::chrono::milliseconds timeout{10000};  // of one operation
  BackOff back_off;
};

class RemoteLink final : public HostLink {
 public:
  explicit RemoteLink(const RemoteOptions &options);  // doesn't wait for the agent
  ~RemoteLink() override;

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
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace liteflow
