// SPDX-License-Identifier: GPL-2.0
#include "daemon/agent/service.h"

#include <fmt/format.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <utility>

#include "daemon/link/wire.h"
#include "host.grpc.pb.h"

namespace liteflow {
namespace {

using namespace std::chrono_literals;
using grpc::ServerContext;
using grpc::Status;

constexpr int kMessageMax = 64 << 20;
constexpr int kKeepaliveMs = 3000;  // a trainer that is silent for twice as long has gone
constexpr auto kPoll = 100ms;
constexpr auto kHeartbeat = 1s;

// Runs one operation; what it throws becomes the status.
Status guarded(const std::function<void()> &operation) {
  try {
    operation();
    return Status::OK;
  } catch (const HostError &error) {
    return {grpc::StatusCode::FAILED_PRECONDITION, error.what(), std::to_string(error.code())};
  } catch (const std::exception &error) {
    return {grpc::StatusCode::INTERNAL, error.what()};
  }
}

class HostService final : public rpc::Host::Service {
 public:
  explicit HostService(HostLink &link) : link_(link) {}

  void stop() { stopping_ = true; }

  Status Listen(ServerContext *context, const rpc::Nothing *,
                grpc::ServerWriter<rpc::Message> *writer) override {
    if (taken_.exchange(true))
      return {grpc::StatusCode::UNAVAILABLE, "another trainer is connected to this agent"};
    spdlog::info("trainer {} connected", context->peer());
    const Status status = guarded([&] {
      link_.attach();
      relay(*context, *writer);
    });
    link_.detach();
    spdlog::info("trainer {} has gone: detached", context->peer());
    taken_ = false;
    return status;
  }

  Status Info(ServerContext *, const rpc::Nothing *, rpc::HostInfo *reply) override {
    return guarded([&] { pack(link_.info(), *reply); });
  }

  Status Apps(ServerContext *, const rpc::Nothing *, rpc::AppList *reply) override {
    return guarded([&] {
      for (const auto &app : link_.apps()) pack(app, *reply->add_apps());
    });
  }

  Status Snapshots(ServerContext *, const rpc::AppName *request,
                   rpc::SnapshotList *reply) override {
    return guarded([&] {
      for (const auto &snapshot : link_.snapshots(request->app()))
        pack(snapshot, *reply->add_snapshots());
    });
  }

  Status SetInterval(ServerContext *, const rpc::Interval *request, rpc::Nothing *) override {
    return guarded([&] {
      link_.set_interval(request->app(), std::chrono::milliseconds(request->milliseconds()));
    });
  }

  Status StageParams(ServerContext *, const rpc::Params *request,
                     rpc::SnapshotId *reply) override {
    return guarded([&] {
      const auto *bytes = reinterpret_cast<const std::byte *>(request->params().data());
      const std::vector<std::byte> params(bytes, bytes + request->params().size());
      reply->set_id(link_.stage_params(request->base(), request->name(), params));
      spdlog::info("staged {} as snapshot {} (parameters)", request->name(), reply->id());
    });
  }

  Status StageModule(ServerContext *, const rpc::Module *request,
                     rpc::SnapshotId *reply) override {
    return guarded([&] {
      reply->set_id(link_.stage_module(request->name(), request->image()));
      spdlog::info("staged {} as snapshot {} (module)", request->name(), reply->id());
    });
  }

  Status Activate(ServerContext *, const rpc::Activation *request, rpc::Nothing *) override {
    return guarded([&] {
      link_.activate(request->id(), request->repin());
      spdlog::info("activated snapshot {}", request->id());
    });
  }

  Status Canary(ServerContext *, const rpc::CanaryShare *request, rpc::Nothing *) override {
    return guarded([&] { link_.canary(request->id(), request->share()); });
  }

  Status Rollback(ServerContext *, const rpc::RollbackOf *request, rpc::Nothing *) override {
    return guarded([&] {
      link_.rollback(request->app(), request->repin());
      spdlog::warn("rolled app {} back", request->app());
    });
  }

  Status Unload(ServerContext *, const rpc::SnapshotName *request, rpc::Nothing *) override {
    return guarded([&] { link_.unload(request->id(), request->name()); });
  }

  Status Infer(ServerContext *, const rpc::Inputs *request, rpc::Outputs *reply) override {
    return guarded([&] {
      const std::vector<std::int32_t> inputs(request->values().begin(), request->values().end());
      const auto outputs = link_.infer(request->id(), inputs);
      reply->mutable_values()->Add(outputs.begin(), outputs.end());
    });
  }

 private:
  // Sends up what the kernel says, and a heartbeat when it says nothing.
  void relay(ServerContext &context, grpc::ServerWriter<rpc::Message> &writer) {
    auto heartbeat = std::chrono::steady_clock::now() + kHeartbeat;
    while (!stopping_ && !context.IsCancelled()) {
      rpc::Message message;
      const auto now = std::chrono::steady_clock::now();
      if (const auto heard = link_.next(kPoll)) {
        pack(*heard, message);
        report(*heard);
      } else if (now >= heartbeat) {
        message.mutable_heartbeat();
      } else {
        continue;
      }
      heartbeat = now + kHeartbeat;
      if (!writer.Write(message)) return;
    }
  }

  static void report(const LinkMessage &message) {
    const auto *state = std::get_if<LinkState>(&message);
    if (!state) return;
    if (state->up)
      spdlog::info("attached to the kernel");
    else
      spdlog::warn("kernel: {}; trying again", state->reason);
  }

  HostLink &link_;
  std::atomic<bool> taken_{false}, stopping_{false};
};

}  // namespace

struct AgentServer::Impl {
  explicit Impl(HostLink &link) : service(link) {}
  HostService service;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

AgentServer::AgentServer(HostLink &link, const std::string &address, const TlsFiles &tls)
    : impl_(std::make_unique<Impl>(link)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, server_credentials(address, tls), &impl_->port);
  builder.RegisterService(&impl_->service);
  builder.SetMaxReceiveMessageSize(kMessageMax);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  impl_->server = builder.BuildAndStart();
  if (!impl_->server || (impl_->port == 0 && !address.starts_with("unix:")))
    throw Error(fmt::format("can't listen on {}: is the address in use or not of this host?",
                            address));
}

AgentServer::~AgentServer() { stop(); }

int AgentServer::port() const { return impl_->port; }

void AgentServer::stop() {
  if (!impl_->server) return;
  impl_->service.stop();
  impl_->server->Shutdown(std::chrono::system_clock::now() + 1s);
  impl_->server->Wait();
  impl_->server.reset();
}

}  // namespace liteflow
