// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/loss_counter.h"

namespace liteflow {

Loss LossCounter::add(const BatchMessage &batch) {
  const auto [entry, first] = last_.try_emplace({batch.app, batch.cpu});
  Last &last = entry->second;
  Loss loss;
  if (!first && batch.seq > last.seq) {
    loss.batches = batch.seq - last.seq - 1;
    if (batch.dropped > last.dropped) loss.records = batch.dropped - last.dropped;
  }
  last = {batch.seq, batch.dropped};
  return loss;
}

}  // namespace liteflow
