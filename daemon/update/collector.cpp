// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/collector.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

namespace liteflow {
namespace {

constexpr std::size_t kTimeOffset = 16;

// Each CPU's records are in order already; a flow may have changed its CPU.
void sort_by_time(Batch &batch) {
  const std::size_t size = batch.record_bytes;
  if (size < kTimeOffset + sizeof(std::uint64_t)) return;
  const std::size_t count = batch.records.size() / size;
  std::vector<std::pair<std::uint64_t, std::size_t>> order(count);
  for (std::size_t i = 0; i < count; i++) {
    std::memcpy(&order[i].first, &batch.records[i * size + kTimeOffset], sizeof(std::uint64_t));
    order[i].second = i;
  }
  if (std::is_sorted(order.begin(), order.end())) return;
  std::sort(order.begin(), order.end());
  std::vector<std::byte> sorted(batch.records.size());
  for (std::size_t i = 0; i < count; i++)
    std::memcpy(&sorted[i * size], &batch.records[order[i].second * size], size);
  batch.records = std::move(sorted);
}

}  // namespace

void Collector::add(const std::string &host, BatchMessage &&message, std::uint64_t dropped) {
  if (message.record_bytes == 0 || message.records.size() % message.record_bytes != 0) return;
  messages_++;
  Batch &batch = batches_[host];
  if (batch.record_bytes != message.record_bytes) batch.records.clear();
  batch.record_bytes = message.record_bytes;
  batch.dropped += dropped;
  batch.records.insert(batch.records.end(), message.records.begin(), message.records.end());
}

std::size_t Collector::records() const {
  return std::accumulate(batches_.begin(), batches_.end(), std::size_t{0},
                         [](std::size_t sum, const auto &entry) {
                           const Batch &batch = entry.second;
                           return sum + batch.records.size() / batch.record_bytes;
                         });
}

std::vector<Batch> Collector::take(const std::string &app) {
  std::vector<Batch> taken;
  for (auto &[host, batch] : batches_) {
    batch.app = app;
    batch.host = host;
    sort_by_time(batch);
    if (!batch.records.empty()) taken.push_back(std::move(batch));
  }
  batches_.clear();
  messages_ = 0;
  return taken;
}

}  // namespace liteflow
