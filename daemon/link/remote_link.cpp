// SPDX-License-Identifier: GPL-2.0
#include "daemon/link/remote_link.h"

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "daemon/link/wire.h"
#include "host.grpc.pb.h"

namespace liteflow {
namespace {

constexpr int kMessageMax = 64 << 20;
constexpr int kKeepaliveMs = 5000;  // an agent that is silent for longer has gone
constexpr int kConnectMs = 15000;   // for one attempt, TLS handshake included

grpc::ChannelArguments channel_arguments(const RemoteOptions &options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  const auto ms = [](std::chrono::milliseconds t) { return static_cast<int>(t.count()); };
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, ms(options.back_off.first));
  // gRPC's name misleads: this is the time limit of one attempt to connect.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, ms(options.back_off.last));
  // No proxy of the environment between a trainer and its hosts.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (!options.tls.server_name.empty())
    arguments.SetSslTargetNameOverride(options.tls.server_name);
  return arguments;
}

[[noreturn]] void fail(const std::string &address, const grpc::Status &status) {
  if (!status.error_details().empty())
    throw HostError(std::atoi(status.error_details().c_str()), status.error_message());
  throw LinkDown(fmt::format("agent {}: {}", address, status.error_message()));
}

}  // namespace

struct RemoteLink::Impl {
  explicit Impl(const RemoteOptions &o)
      : options(o),
        stub(rpc::Host::NewStub(grpc::CreateCustomChannel(
            o.address, channel_credentials(o.address, o.tls), channel_arguments(o)))),
        pump(inbox, [this](const auto &up, const auto &stopping) { hear(up, stopping); },
             o.back_off) {}

  // One unary call within the time limit.
  template <typename Request, typename Reply>
  Reply call(grpc::Status (rpc::Host::Stub::*method)(grpc::ClientContext *, const Request &,
                                                     Reply *),
             const Request &request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + options.timeout);
    Reply reply;
    const grpc::Status status = (stub.get()->*method)(&context, request, &reply);
    if (!status.ok()) fail(options.address, status);
    return reply;
  }

  void hear(const std::function<void()> &up, const std::function<bool()> &stopping) {
    grpc::ClientContext context;
    {
      const std::lock_guard lock(mutex);
      if (stopping()) return;
      stream = &context;
    }
    auto reader = stub->Listen(&context, {});
    read(*reader, up);
    const grpc::Status status = reader->Finish();
    {
      const std::lock_guard lock(mutex);
      stream = nullptr;
    }
    if (!status.ok()) fail(options.address, status);
  }

  // The agent tells the state of its own link to the kernel first.
  void read(grpc::ClientReader<rpc::Message> &reader, const std::function<void()> &up) {
    for (rpc::Message message; reader.Read(&message);) {
      auto content = unpack(std::move(message));
      if (!content) continue;
      const auto *state = std::get_if<LinkState>(&*content);
      if (state && state->up)
        up();
      else
        inbox.push(std::move(*content));
    }
  }

  void cancel() {
    const std::lock_guard lock(mutex);
    if (stream) stream->TryCancel();
  }

  RemoteOptions options;
  std::unique_ptr<rpc::Host::Stub> stub;
  std::mutex mutex;  // guards stream
  grpc::ClientContext *stream = nullptr;
  Inbox inbox;
  Pump pump;
};

RemoteLink::RemoteLink(const RemoteOptions &options) : impl_(std::make_unique<Impl>(options)) {}

RemoteLink::~RemoteLink() { detach(); }

HostInfo RemoteLink::info() { return unpack(impl_->call(&rpc::Host::Stub::Info, rpc::Nothing())); }

std::vector<AppInfo> RemoteLink::apps() {
  const auto reply = impl_->call(&rpc::Host::Stub::Apps, rpc::Nothing());
  std::vector<AppInfo> apps;
  for (const auto &app : reply.apps()) apps.push_back(unpack(app));
  return apps;
}

std::vector<SnapshotInfo> RemoteLink::snapshots(const std::string &app) {
  rpc::AppName request;
  request.set_app(app);
  const auto reply = impl_->call(&rpc::Host::Stub::Snapshots, request);
  std::vector<SnapshotInfo> snapshots;
  for (const auto &snapshot : reply.snapshots()) snapshots.push_back(unpack(snapshot));
  return snapshots;
}

void RemoteLink::set_interval(const std::string &app, std::chrono::milliseconds interval) {
  rpc::Interval request;
  request.set_app(app);
  request.set_milliseconds(static_cast<std::uint32_t>(interval.count()));
  impl_->call(&rpc::Host::Stub::SetInterval, request);
}

std::uint64_t RemoteLink::stage_params(std::uint64_t base, const std::string &name,
                                       const std::vector<std::byte> &params) {
  rpc::Params request;
  request.set_base(base);
  request.set_name(name);
  request.set_params(params.data(), params.size());
  return impl_->call(&rpc::Host::Stub::StageParams, request).id();
}

std::uint64_t RemoteLink::stage_module(const std::string &name, const std::string &ko) {
  rpc::Module request;
  request.set_name(name);
  request.set_image(ko);
  return impl_->call(&rpc::Host::Stub::StageModule, request).id();
}

void RemoteLink::activate(std::uint64_t id, bool repin) {
  rpc::Activation request;
  request.set_id(id);
  request.set_repin(repin);
  impl_->call(&rpc::Host::Stub::Activate, request);
}

void RemoteLink::canary(std::uint64_t id, std::uint32_t share) {
  rpc::CanaryShare request;
  request.set_id(id);
  request.set_share(share);
  impl_->call(&rpc::Host::Stub::Canary, request);
}

void RemoteLink::rollback(const std::string &app, bool repin) {
  rpc::RollbackOf request;
  request.set_app(app);
  request.set_repin(repin);
  impl_->call(&rpc::Host::Stub::Rollback, request);
}

void RemoteLink::unload(std::uint64_t id, const std::string &name) {
  rpc::SnapshotName request;
  request.set_id(id);
  request.set_name(name);
  impl_->call(&rpc::Host::Stub::Unload, request);
}

std::vector<std::int32_t> RemoteLink::infer(std::uint64_t id,
                                            const std::vector<std::int32_t> &inputs) {
  rpc::Inputs request;
  request.set_id(id);
  request.mutable_values()->Add(inputs.begin(), inputs.end());
  const auto reply = impl_->call(&rpc::Host::Stub::Infer, request);
  return {reply.values().begin(), reply.values().end()};
}

void RemoteLink::attach() { impl_->pump.start(); }

void RemoteLink::detach() {
  impl_->pump.stop([this] { impl_->cancel(); });
  impl_->inbox.clear();
}

std::optional<LinkMessage> RemoteLink::next(std::chrono::milliseconds timeout) {
  return impl_->inbox.pop(timeout);
}

}  // namespace liteflow
