// SPDX-License-Identifier: GPL-2.0
#include "daemon/netlink/client.h"

#include <fmt/core.h>
#include <linux/netlink.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "daemon/netlink/message.h"
#include "daemon/netlink/q16.h"
#include "daemon/netlink/reply.h"
#include "daemon/netlink/request.h"
#include "daemon/netlink/socket.h"

namespace liteflow {

using netlink::Attributes;
using netlink::Generic;
using netlink::Message;
using netlink::Reply;
using netlink::Request;
using netlink::Socket;

namespace {

constexpr int kSubscriptionBuffer = 8 << 20;  // bytes; seconds of batches from busy CPUs
constexpr int kDumpTries = 8;
constexpr int kDatagramsPerReceive = 256;  // so that receive() returns under any load

std::uint32_t flags_if(bool condition, lf_flag flag) {
  return condition ? static_cast<std::uint32_t>(flag) : 0;
}

}  // namespace

struct NetlinkClient::Impl {
  Socket socket;
  int family = 0;
  std::optional<Socket> subscription;
  std::uint64_t overruns = 0;

  Request request(lf_cmd command, std::size_t room = 0) const {
    return {family, command, NLM_F_ACK, room};
  }

  // The answer to a request; throws what the kernel refused, doing what.
  Reply call(Request &&request, const std::string &what) {
    Reply reply = socket.transact(request);
    const auto &[code, text] = reply.verdict();
    if (code) throw NetlinkError(code, fmt::format("{}: {}", what, text));
    return reply;
  }

  // The one reply to a request, decoded.
  template <class Decode>
  auto ask(Request &&request, const std::string &what, Decode decode) {
    const Reply reply = call(std::move(request), what);
    if (reply.messages().empty()) netlink::malformed("no reply before the acknowledgement");
    return decode(Generic(reply.messages().front()).attributes);
  }

  // All objects of an app, or of all apps. A listing that changes meanwhile is
  // taken again. Flows come and go too fast for that: the last try stands.
  template <class T>
  std::vector<T> dump(lf_cmd command, const std::string &app, T (*decode)(const Attributes &),
                      bool exact) {
    for (int left = kDumpTries; left > 0; left--) {
      Request request(family, command, NLM_F_DUMP);
      if (!app.empty()) request.put_string(LF_A_APP, app);
      const Reply reply = call(std::move(request), "list");
      if (reply.interrupted() && (exact || left > 1)) continue;
      std::vector<T> all;
      for (const Message &message : reply.messages())
        all.push_back(decode(Generic(message).attributes));
      return all;
    }
    throw NetlinkError(EAGAIN, "list: it changed while it was read, time and again: try later");
  }

  void deliver(const Message &message, const std::function<void(BatchMessage &&)> &on_batch,
               const std::function<void(EventMessage &&)> &on_event) {
    if (message.type != family) return;
    const Generic generic(message);
    if (generic.command == LF_CMD_BATCH_NTF && on_batch)
      on_batch(netlink::decode_batch(generic.attributes));
    else if (generic.command == LF_CMD_EVENT_NTF && on_event)
      on_event(netlink::decode_event(generic.attributes));
  }

  // The next notification; an overrun is counted and passed over.
  std::optional<std::vector<std::byte>> next() {
    for (;;) {
      try {
        return subscription->try_receive();
      } catch (const NetlinkError &error) {
        if (error.code() != ENOBUFS) throw;
        overruns++;
      }
    }
  }
};

NetlinkClient::NetlinkClient() : impl_(std::make_unique<Impl>()) {
  impl_->family = impl_->socket.family();
}

NetlinkClient::~NetlinkClient() = default;
NetlinkClient::NetlinkClient(NetlinkClient &&) noexcept = default;
NetlinkClient &NetlinkClient::operator=(NetlinkClient &&) noexcept = default;

std::vector<AppInfo> NetlinkClient::apps() {
  return impl_->dump(LF_CMD_APP_GET, {}, netlink::decode_app, true);
}

AppInfo NetlinkClient::app(const std::string &name) {
  Request request = impl_->request(LF_CMD_APP_GET);
  request.put_string(LF_A_APP, name);
  return impl_->ask(std::move(request), fmt::format("app {}", name), netlink::decode_app);
}

std::vector<SnapshotInfo> NetlinkClient::snapshots(const std::string &app) {
  return impl_->dump(LF_CMD_SNAPSHOT_GET, app, netlink::decode_snapshot, true);
}

SnapshotInfo NetlinkClient::snapshot(std::uint64_t id) {
  Request request = impl_->request(LF_CMD_SNAPSHOT_GET);
  request.put_u64(LF_A_SNAPSHOT, id);
  return impl_->ask(std::move(request), fmt::format("snapshot {}", id), netlink::decode_snapshot);
}

std::vector<FlowInfo> NetlinkClient::flows(const std::string &app) {
  return impl_->dump(LF_CMD_FLOW_GET, app, netlink::decode_flow, false);
}

std::vector<ObjectiveInfo> NetlinkClient::objectives(const std::string &app) {
  return impl_->dump(LF_CMD_OBJECTIVE_GET, app, netlink::decode_objective, false);
}

void NetlinkClient::set_objective(const ObjectiveInfo &objective) {
  std::vector<std::int32_t> weights;
  for (const double weight : objective.weights) weights.push_back(to_q16(weight));
  Request request = impl_->request(LF_CMD_OBJECTIVE_SET);
  request.put_string(LF_A_APP, objective.app)
      .put_u64(LF_A_CGROUP, objective.cgroup)
      .put_binary(LF_A_WEIGHTS, std::as_bytes(std::span(weights)));
  impl_->call(std::move(request), fmt::format("app {}: set objective", objective.app));
}

void NetlinkClient::delete_objective(const std::string &app, std::uint64_t cgroup) {
  Request request = impl_->request(LF_CMD_OBJECTIVE_DEL);
  request.put_string(LF_A_APP, app).put_u64(LF_A_CGROUP, cgroup);
  impl_->call(std::move(request), fmt::format("app {}: delete objective", app));
}

void NetlinkClient::set_interval(const std::string &app, std::chrono::milliseconds interval) {
  Request request = impl_->request(LF_CMD_APP_SET);
  const auto ms = std::clamp<std::int64_t>(interval.count(), 0, UINT32_MAX);
  request.put_string(LF_A_APP, app).put_u32(LF_A_INTERVAL, static_cast<std::uint32_t>(ms));
  impl_->call(std::move(request), fmt::format("app {}: set interval {} ms", app, ms));
}

std::uint64_t NetlinkClient::load(std::uint64_t base, const std::string &name,
                                  const std::vector<std::byte> &params) {
  Request request = impl_->request(LF_CMD_SNAPSHOT_LOAD, params.size());
  request.put_u64(LF_A_SNAPSHOT, base).put_string(LF_A_NAME, name).put_binary(LF_A_PARAMS, params);
  return impl_->ask(std::move(request),
                    fmt::format("snapshot {}: load parameters as {}", base, name),
                    [](const Attributes &in) { return in.number<std::uint64_t>(LF_A_SNAPSHOT); });
}

void NetlinkClient::activate(std::uint64_t id, bool repin) {
  Request request = impl_->request(LF_CMD_SNAPSHOT_ACTIVATE);
  request.put_u64(LF_A_SNAPSHOT, id).put_u32(LF_A_FLAGS, flags_if(repin, LF_FLAG_REPIN));
  impl_->call(std::move(request), fmt::format("snapshot {}: activate", id));
}

void NetlinkClient::canary(std::uint64_t id, std::uint32_t share) {
  Request request = impl_->request(LF_CMD_SNAPSHOT_CANARY);
  request.put_u64(LF_A_SNAPSHOT, id).put_u32(LF_A_SHARE, share);
  impl_->call(std::move(request), fmt::format("snapshot {}: canary", id));
}

void NetlinkClient::rollback(const std::string &app, bool repin) {
  Request request = impl_->request(LF_CMD_SNAPSHOT_ROLLBACK);
  request.put_string(LF_A_APP, app).put_u32(LF_A_FLAGS, flags_if(repin, LF_FLAG_REPIN));
  impl_->call(std::move(request), fmt::format("app {}: roll back", app));
}

void NetlinkClient::unload(std::uint64_t id, const std::string &name, bool force) {
  Request request = impl_->request(LF_CMD_SNAPSHOT_UNLOAD);
  request.put_u64(LF_A_SNAPSHOT, id).put_u32(LF_A_FLAGS, flags_if(force, LF_FLAG_FORCE));
  if (!name.empty()) request.put_string(LF_A_NAME, name);
  impl_->call(std::move(request), fmt::format("snapshot {}: unload", id));
}

std::uint64_t NetlinkClient::repin(const std::string &app, std::uint64_t flow,
                                   std::uint64_t snapshot) {
  Request request = impl_->request(LF_CMD_FLOW_REPIN);
  request.put_string(LF_A_APP, app);
  if (flow) request.put_u64(LF_A_FLOW, flow);
  if (snapshot) request.put_u64(LF_A_SNAPSHOT, snapshot);
  return impl_->ask(std::move(request), fmt::format("app {}: re-pin flows", app),
                    [](const Attributes &in) { return in.number<std::uint64_t>(LF_A_COUNT); });
}

std::vector<std::int32_t> NetlinkClient::infer(std::uint64_t id,
                                               const std::vector<std::int32_t> &inputs) {
  const SnapshotInfo info = snapshot(id);
  const std::size_t n_in = info.n_in, n_out = info.n_out;
  const std::string what = fmt::format("snapshot {}: infer", id);
  if (!n_in || !n_out || inputs.size() % n_in)
    throw NetlinkError(EINVAL,
                       fmt::format("{}: {} inputs are no rows of {}", what, inputs.size(), n_in));
  // Both the rows and the answers must fit one attribute.
  const std::size_t rows = netlink::kInputsMax / sizeof(std::int32_t) / std::max(n_in, n_out);
  std::vector<std::int32_t> outputs;
  outputs.reserve(inputs.size() / n_in * n_out);
  for (std::span<const std::int32_t> left = inputs; !left.empty();) {
    const auto part = left.first(std::min(left.size(), rows * n_in));
    Request request = impl_->request(LF_CMD_SNAPSHOT_INFER, part.size_bytes());
    request.put_u64(LF_A_SNAPSHOT, id).put_binary(LF_A_INPUTS, std::as_bytes(part));
    const auto answer = impl_->ask(std::move(request), what, netlink::decode_outputs);
    if (answer.size() != part.size() / n_in * n_out) netlink::malformed("outputs are missing");
    outputs.insert(outputs.end(), answer.begin(), answer.end());
    left = left.subspan(part.size());
  }
  return outputs;
}

void NetlinkClient::attach() { impl_->call(impl_->request(LF_CMD_ATTACH), "attach"); }

void NetlinkClient::detach() { impl_->call(impl_->request(LF_CMD_DETACH), "detach"); }

void NetlinkClient::subscribe(const std::string &group) {
  if (!impl_->subscription) {
    impl_->subscription.emplace();
    impl_->subscription->set_receive_buffer(kSubscriptionBuffer);
  }
  // Asked on a socket of its own: on this one notifications would come between.
  impl_->subscription->join(Socket().group(group));
}

// Waits for the first message, then delivers what is there and returns. A
// signal ends the wait.
void NetlinkClient::receive(std::chrono::milliseconds timeout,
                            const std::function<void(BatchMessage &&)> &on_batch,
                            const std::function<void(EventMessage &&)> &on_event) {
  if (!impl_->subscription) throw NetlinkError(EINVAL, "receive: nothing was subscribed to");
  pollfd wait = {fd(), POLLIN, 0};
  const auto ms = std::clamp<std::int64_t>(timeout.count(), 0, INT32_MAX);
  const int ready = poll(&wait, 1, static_cast<int>(ms));
  if (ready < 0 && errno != EINTR)
    throw NetlinkError(errno, fmt::format("waiting for liteflow.ko: {}", std::strerror(errno)));
  for (int left = ready > 0 ? kDatagramsPerReceive : 0; left > 0; left--) {
    const auto datagram = impl_->next();
    if (!datagram) return;
    for (const Message &message : netlink::split(*datagram))
      impl_->deliver(message, on_batch, on_event);
  }
}

std::uint64_t NetlinkClient::overruns() const { return impl_->overruns; }

int NetlinkClient::fd() const { return impl_->subscription ? impl_->subscription->fd() : -1; }

}  // namespace liteflow
