// SPDX-License-Identifier: GPL-2.0
// The values of a host link as protobuf messages and back.
#pragma once

#include <optional>

#include "daemon/link/host_link.h"
#include "host.pb.h"

namespace liteflow {

void pack(const HostInfo &from, rpc::HostInfo &to);
void pack(const AppInfo &from, rpc::App &to);
void pack(const SnapshotInfo &from, rpc::Snapshot &to);
void pack(const LinkMessage &from, rpc::Message &to);

HostInfo unpack(const rpc::HostInfo &from);
AppInfo unpack(const rpc::App &from);
SnapshotInfo unpack(const rpc::Snapshot &from);
std::optional<LinkMessage> unpack(rpc::Message &&from);  // nothing for a heartbeat

}  // namespace liteflow
