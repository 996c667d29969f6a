// SPDX-License-Identifier: GPL-2.0
// Step marker: a queue that marks what comes while a threshold of bytes or more wait, and drops what its buffer has no
// room for. It is RED with both thresholds there and no average (DCTCP, section 3.1), but that packets which cannot be
// marked pass. RED drops them: with classic ECN handshakes and plain acknowledgements, so that flows start a timeout
// late. Needs ns-3's headers.
#pragma once

#include <cstdint>

#include <ns3/queue-disc.h>

namespace liteflow::sim {

class StepMarker : public ns3::QueueDisc {
 public:
  static ns3::TypeId GetTypeId();
  // Bytes of IP packets; threshold 0: marks nothing.
  StepMarker(std::uint64_t threshold, std::uint64_t buffer);

 private:
  bool DoEnqueue(ns3::Ptr<ns3::QueueDiscItem> item) override;
  ns3::Ptr<ns3::QueueDiscItem> DoDequeue() override;
  bool CheckConfig() override { return true; }
  void InitializeParams() override {}

  std::uint64_t threshold_;
};

}  // namespace liteflow::sim
