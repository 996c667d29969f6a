// SPDX-License-Identifier: GPL-2.0
#include "daemon/link/fake_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "codegen/interpret.h"

namespace liteflow {

FakeLink::FakeLink(const std::string &app, std::uint32_t n_in, std::uint32_t n_out) {
  app_.name = app;
  app_.n_in = n_in;
  app_.n_out = n_out;
  app_.record_bytes = 32;
  app_.interval_ms = 200;
}

std::string FakeLink::add_module(const codegen::Network &network) {
  const std::lock_guard lock(mutex_);
  modules_.insert_or_assign(network.name(), network);
  return network.name();
}

void FakeLink::fail_next(const std::string &operation, int code, const std::string &text,
                         int after) {
  const std::lock_guard lock(mutex_);
  failures_.insert_or_assign(operation, Failure{after, HostError(code, text)});
}

void FakeLink::set_up(bool up) {
  {
    const std::lock_guard lock(mutex_);
    up_ = up;
  }
  inbox_.push(LinkState{up, up ? "" : "the fake host has gone"});
}

void FakeLink::reload() {
  set_up(false);
  {
    const std::lock_guard lock(mutex_);
    snapshots_.clear();
  }
  set_up(true);
}

void FakeLink::set_wrong(bool wrong) {
  const std::lock_guard lock(mutex_);
  wrong_ = wrong;
}

void FakeLink::add_reward(std::uint64_t id, double sum, std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  auto &info = find(id).info;
  info.reward_sum += sum;
  info.reward_count += count;
}

void FakeLink::push(LinkMessage message) { inbox_.push(std::move(message)); }

bool FakeLink::attached() const {
  const std::lock_guard lock(mutex_);
  return attached_;
}

std::vector<std::string> FakeLink::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::uint64_t FakeLink::id_of(const std::string &name) const {
  const std::lock_guard lock(mutex_);
  for (const auto &snapshot : snapshots_)
    if (snapshot.info.name == name) return snapshot.info.id;
  return 0;
}

std::uint64_t FakeLink::moves() const {
  const std::lock_guard lock(mutex_);
  return moves_;
}

std::uint64_t FakeLink::active() const {
  const std::lock_guard lock(mutex_);
  for (const auto &snapshot : snapshots_)
    if (snapshot.info.state == LF_STATE_ACTIVE) return snapshot.info.id;
  return 0;
}

codegen::Network FakeLink::network(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  return find(id).network;
}

// Every operation begins here, under the lock.
void FakeLink::enter(const std::string &operation, const std::string &call) {
  if (!up_) throw LinkDown("the fake host can't be reached");
  if (const auto failure = failures_.find(operation); failure != failures_.end() && failure->second.after-- == 0) {
    const HostError error = failure->second.error;
    failures_.erase(failure);
    throw error;
  }
  if (!call.empty()) calls_.push_back(call);
}

FakeLink::Snapshot &FakeLink::find(std::uint64_t id) {
  for (auto &snapshot : snapshots_)
    if (snapshot.info.id == id) return snapshot;
  throw HostError(ENOENT, fmt::format("no snapshot {}", id));
}

std::uint64_t FakeLink::add(const codegen::Network &network, const std::string &name) {
  Snapshot snapshot;
  snapshot.network = network;
  snapshot.info.app = app_.name;
  snapshot.info.name = name;
  snapshot.info.id = next_id_++;
  snapshot.info.shape = network.shape();
  snapshot.info.n_in = network.n_in;
  snapshot.info.n_out = network.n_out;
  snapshots_.push_back(std::move(snapshot));
  return next_id_ - 1;
}

void FakeLink::make_active(Snapshot &next) {
  for (auto &snapshot : snapshots_) {
    if (snapshot.info.state == LF_STATE_PREVIOUS) snapshot.info.state = LF_STATE_DRAINED;
    if (snapshot.info.state == LF_STATE_ACTIVE) snapshot.info.state = LF_STATE_PREVIOUS;
  }
  next.info.state = LF_STATE_ACTIVE;
}

HostInfo FakeLink::info() {
  const std::lock_guard lock(mutex_);
  enter("info");
  return {"fake", "6.1.0-fake", "x86_64", LF_VERSION};
}

std::vector<AppInfo> FakeLink::apps() {
  const std::lock_guard lock(mutex_);
  enter("apps");
  app_.attached = attached_;
  return {app_};
}

std::vector<SnapshotInfo> FakeLink::snapshots(const std::string &app) {
  const std::lock_guard lock(mutex_);
  enter("snapshots");
  std::vector<SnapshotInfo> infos;
  for (const auto &snapshot : snapshots_)
    if (app.empty() || app == snapshot.info.app) infos.push_back(snapshot.info);
  return infos;
}

void FakeLink::set_interval(const std::string &app, std::chrono::milliseconds interval) {
  const std::lock_guard lock(mutex_);
  enter("set_interval", fmt::format("set_interval {} {}", app, interval.count()));
  app_.interval_ms = static_cast<std::uint32_t>(interval.count());
}

std::uint64_t FakeLink::stage_params(std::uint64_t base, const std::string &name,
                                     const std::vector<std::byte> &params) {
  const std::lock_guard lock(mutex_);
  enter("stage_params", "stage_params");
  codegen::Network network = find(base).network;
  network.params = params;
  codegen::verify(network);
  return add(network, name);
}

std::uint64_t FakeLink::stage_module(const std::string &name, const std::string &ko) {
  const std::lock_guard lock(mutex_);
  enter("stage_module", "stage_module");
  const auto found = modules_.find(ko);
  if (found == modules_.end()) throw HostError(ENOEXEC, "Exec format error");
  return add(found->second, name);
}

void FakeLink::activate(std::uint64_t id, bool repin) {
  const std::lock_guard lock(mutex_);
  enter("activate", fmt::format("activate {}{}", id, repin ? " repin" : ""));
  make_active(find(id));
  moves_ += repin;
}

void FakeLink::canary(std::uint64_t id, std::uint32_t share) {
  const std::lock_guard lock(mutex_);
  enter("canary", fmt::format("canary {} {}", id, share));
  auto &info = find(id).info;
  info.state = share ? LF_STATE_CANARY : LF_STATE_DRAINED;
  info.share = share;
}

void FakeLink::rollback(const std::string &, bool repin) {
  const std::lock_guard lock(mutex_);
  enter("rollback", fmt::format("rollback{}", repin ? " repin" : ""));
  for (auto &snapshot : snapshots_)
    if (snapshot.info.state == LF_STATE_ACTIVE) snapshot.info.state = LF_STATE_DRAINED;
  for (auto &snapshot : snapshots_)
    if (snapshot.info.state == LF_STATE_PREVIOUS) snapshot.info.state = LF_STATE_ACTIVE;
  moves_ += repin;
}

void FakeLink::unload(std::uint64_t id, const std::string &) {
  const std::lock_guard lock(mutex_);
  enter("unload", fmt::format("unload {}", id));
  find(id);
  std::erase_if(snapshots_, [&](const Snapshot &s) { return s.info.id == id; });
}

std::vector<std::int32_t> FakeLink::infer(std::uint64_t id,
                                          const std::vector<std::int32_t> &inputs) {
  const std::lock_guard lock(mutex_);
  enter("infer");
  const codegen::Network &network = find(id).network;
  const std::size_t rows = inputs.size() / network.n_in;
  std::vector<std::int32_t> outputs(rows * network.n_out);
  for (std::size_t row = 0; row < rows; row++)
    codegen::run(network, std::span(inputs).subspan(row * network.n_in, network.n_in),
                 std::span(outputs).subspan(row * network.n_out, network.n_out));
  if (wrong_ && !outputs.empty()) outputs.back()++;
  return outputs;
}

void FakeLink::attach() {
  {
    const std::lock_guard lock(mutex_);
    attached_ = true;
    if (!up_) return;
  }
  inbox_.push(LinkState{true, {}});
}

void FakeLink::detach() {
  const std::lock_guard lock(mutex_);
  attached_ = false;
}

std::optional<LinkMessage> FakeLink::next(std::chrono::milliseconds timeout) {
  return inbox_.pop(timeout);
}

}  // namespace liteflow
