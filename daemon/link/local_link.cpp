// SPDX-License-Identifier: GPL-2.0
#include "daemon/link/local_link.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "daemon/link/kernel_module.h"

namespace liteflow {
namespace {

using namespace std::chrono_literals;

constexpr auto kPoll = 100ms;   // how soon a stop is noticed
constexpr auto kProbe = 1000ms;  // how soon a module that was reloaded is noticed

std::uint64_t find_by_name(NetlinkClient &client, const std::string &name) {
  for (const auto &snapshot : client.snapshots())
    if (snapshot.name == name) return snapshot.id;
  throw HostError(ENOENT, fmt::format("module {} is loaded but registered no snapshot of that name; "
                                      "remove it with rmmod", name));
}

// Whether this daemon is the one that the kernel knows. A module that was
// reloaded has another family id (the request fails) and nobody attached.
void expect_attached(NetlinkClient &client) {
  for (const auto &app : client.apps())
    if (!app.attached) throw LinkDown("the kernel module was reloaded");
}

}  // namespace

LocalLink::LocalLink(BackOff back_off)
    : pump_(inbox_, [this](const auto &up, const auto &stopping) { hear(up, stopping); },
            back_off) {}

LocalLink::~LocalLink() { pump_.stop(); }

// A family that was unregistered and came back has another id: what it refuses
// with ENOENT or ENODEV has changed nothing and is tried once more afresh.
template <typename Operation>
auto LocalLink::with_client(const Operation &operation) {
  const std::lock_guard lock(mutex_);
  for (bool fresh = !client_;; fresh = true) {
    try {
      if (!client_) client_.emplace();
      return operation(*client_);
    } catch (const NetlinkError &error) {
      const bool stale = error.code() == ENOENT || error.code() == ENODEV ||
                         error.code() == EOPNOTSUPP;
      if (stale) client_.reset();
      if (stale && !fresh) continue;
      throw HostError(error.code(), error.what());
    }
  }
}

HostInfo LocalLink::info() {
  struct utsname name {};
  if (::uname(&name) != 0) throw HostError(errno, "uname failed");
  return {name.nodename, name.release, name.machine, LF_VERSION};
}

std::vector<AppInfo> LocalLink::apps() {
  return with_client([](NetlinkClient &client) { return client.apps(); });
}

std::vector<SnapshotInfo> LocalLink::snapshots(const std::string &app) {
  return with_client([&](NetlinkClient &client) { return client.snapshots(app); });
}

void LocalLink::set_interval(const std::string &app, std::chrono::milliseconds interval) {
  with_client([&](NetlinkClient &client) { client.set_interval(app, interval); });
}

std::uint64_t LocalLink::stage_params(std::uint64_t base, const std::string &name,
                                      const std::vector<std::byte> &params) {
  return with_client([&](NetlinkClient &client) { return client.load(base, name, params); });
}

std::uint64_t LocalLink::stage_module(const std::string &name, const std::string &ko) {
  load_module(name, ko);
  return with_client([&](NetlinkClient &client) { return find_by_name(client, name); });
}

void LocalLink::activate(std::uint64_t id, bool repin) {
  with_client([&](NetlinkClient &client) { client.activate(id, repin); });
}

void LocalLink::canary(std::uint64_t id, std::uint32_t share) {
  with_client([&](NetlinkClient &client) { client.canary(id, share); });
}

void LocalLink::rollback(const std::string &app, bool repin) {
  with_client([&](NetlinkClient &client) { client.rollback(app, repin); });
}

void LocalLink::unload(std::uint64_t id, const std::string &name) {
  if (!module_loaded(name)) {
    with_client([&](NetlinkClient &client) { client.unload(id, name); });
    return;
  }
  // The kernel refuses a module that is pinned or that parameters stand on, so
  // that nothing needs to be taken out of use first.
  if (!remove_module(name))
    throw HostError(EBUSY, fmt::format("module {} is in use", name));
}

std::vector<std::int32_t> LocalLink::infer(std::uint64_t id,
                                           const std::vector<std::int32_t> &inputs) {
  return with_client([&](NetlinkClient &client) { return client.infer(id, inputs); });
}

void LocalLink::attach() { pump_.start(); }

void LocalLink::detach() {
  pump_.stop();
  inbox_.clear();
}

std::optional<LinkMessage> LocalLink::next(std::chrono::milliseconds timeout) {
  return inbox_.pop(timeout);
}

void LocalLink::hear(const std::function<void()> &up, const std::function<bool()> &stopping) {
  using Clock = std::chrono::steady_clock;
  NetlinkClient client;  // its end, of whatever kind, detaches
  client.subscribe(LF_GENL_GROUP_EVENTS);
  client.subscribe(LF_GENL_GROUP_BATCHES);
  client.attach();
  up();
  for (auto probe = Clock::now() + kProbe; !stopping();) {
    client.receive(kPoll, [this](BatchMessage &&batch) { inbox_.push(std::move(batch)); },
                   [this](EventMessage &&event) { inbox_.push(std::move(event)); });
    if (Clock::now() < probe) continue;
    expect_attached(client);
    probe = Clock::now() + kProbe;
  }
}

}  // namespace liteflow
