// SPDX-License-Identifier: GPL-2.0
// Host link: how a trainer reaches one kernel. The same calls whether it is
// this machine's (local), another's through an agent (remote), or none (fake).
//
// Operations may be called from any thread and throw Error: HostError with the
// errno when the host refused, LinkDown when it can't be reached. They never
// wait for a connection to come back; attach() does that on its own thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "codegen/error.h"
#include "daemon/netlink/client.h"

namespace liteflow {

class HostError : public Error {
 public:
  HostError(int code, const std::string &what) : Error(what), code_(code) {}
  int code() const { return code_; }  // positive errno

 private:
  int code_;
};

class LinkDown : public Error {
 public:
  using Error::Error;
};

struct HostInfo {
  std::string hostname, kernel_release, machine, version;  // version: of the agent
};

// A connection came up or went down, told once per change.
struct LinkState {
  bool up = false;
  std::string reason;  // why it went down; the remedy where there is one
};

using LinkMessage = std::variant<LinkState, BatchMessage, EventMessage>;

class HostLink {
 public:
  HostLink() = default;
  HostLink(const HostLink &) = delete;
  HostLink &operator=(const HostLink &) = delete;
  virtual ~HostLink() = default;

  virtual HostInfo info() = 0;
  virtual std::vector<AppInfo> apps() = 0;
  virtual std::vector<SnapshotInfo> snapshots(const std::string &app) = 0;  // "": of all apps
  virtual void set_interval(const std::string &app, std::chrono::milliseconds interval) = 0;

  // A new set of parameters for the shape of `base`; returns its snapshot's id.
  virtual std::uint64_t stage_params(std::uint64_t base, const std::string &name,
                                     const std::vector<std::byte> &params) = 0;
  // Loads a kernel module that registers snapshot `name`, or finds it loaded.
  virtual std::uint64_t stage_module(const std::string &name, const std::string &ko) = 0;

  virtual void activate(std::uint64_t id, bool repin) = 0;
  virtual void canary(std::uint64_t id, std::uint32_t share) = 0;  // thousandths; 0 withdraws
  virtual void rollback(const std::string &app, bool repin) = 0;
  // Removes a snapshot that nothing uses, and its module if it came as one.
  virtual void unload(std::uint64_t id, const std::string &name) = 0;
  // rows x n_in Q16.16 values in, rows x n_out out.
  virtual std::vector<std::int32_t> infer(std::uint64_t id,
                                          const std::vector<std::int32_t> &inputs) = 0;

  // Become the daemon that looks after this kernel, and keep being it: batches
  // and events arrive in next() until detach(). A lost connection is retried
  // with back-off, and told by a LinkState.
  virtual void attach() = 0;
  virtual void detach() = 0;
  virtual std::optional<LinkMessage> next(std::chrono::milliseconds timeout) = 0;
};

}  // namespace liteflow
