// SPDX-License-Identifier: GPL-2.0
// A batch's bytes as an app's records, and back.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "codegen/error.h"
#include "daemon/adapter.h"

namespace liteflow {

// Throws Error where app or record size is not the adapter's, or the bytes are
// no whole number of records.
template <typename Record>
std::vector<Record> records_of(const Batch &batch, const std::string &app) {
  static_assert(std::is_trivially_copyable_v<Record>);
  if (batch.app != app)
    throw Error(fmt::format("batch of app \"{}\" from {}: this adapter reads \"{}\" only", batch.app, batch.host, app));
  if (batch.record_bytes != sizeof(Record))
    throw Error(fmt::format("batch from {}: records of {} bytes, expected {}: kernel modules and daemon are of "
                            "different versions",
                            batch.host, batch.record_bytes, sizeof(Record)));
  if (batch.records.size() % sizeof(Record))
    throw Error(fmt::format("batch from {}: {} bytes are no whole number of records of {} bytes", batch.host,
                            batch.records.size(), sizeof(Record)));
  std::vector<Record> records(batch.records.size() / sizeof(Record));
  if (!records.empty()) std::memcpy(records.data(), batch.records.data(), batch.records.size());
  return records;
}

// As the kernel would send them; for tests, and where a host is simulated.
template <typename Record>
Batch batch_of(const std::string &app, const std::string &host, std::span<const Record> records) {
  const auto bytes = std::as_bytes(records);
  return {.app = app, .host = host, .record_bytes = sizeof(Record), .records = {bytes.begin(), bytes.end()},
          .dropped = 0};
}

}  // namespace liteflow
