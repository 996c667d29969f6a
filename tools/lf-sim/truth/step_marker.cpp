// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/step_marker.h"

#include <fmt/format.h>

#include <ns3/drop-tail-queue.h>

namespace liteflow::sim {

ns3::TypeId StepMarker::GetTypeId() {
  static const ns3::TypeId id = ns3::TypeId("liteflow::StepMarker").SetParent<ns3::QueueDisc>();
  return id;
}

StepMarker::StepMarker(std::uint64_t threshold, std::uint64_t buffer)
    : QueueDisc(ns3::QueueDiscSizePolicy::SINGLE_INTERNAL_QUEUE), threshold_(threshold) {
  const auto queue = ns3::CreateObject<ns3::DropTailQueue<ns3::QueueDiscItem>>();
  queue->SetMaxSize(ns3::QueueSize(fmt::format("{}B", buffer)));
  AddInternalQueue(queue);
}

// A full internal queue tells the disc of the drop by itself.
bool StepMarker::DoEnqueue(ns3::Ptr<ns3::QueueDiscItem> item) {
  const auto &queue = GetInternalQueue(0);
  if (threshold_ && queue->GetNBytes() >= threshold_) Mark(item, "threshold");
  return queue->Enqueue(item);
}

ns3::Ptr<ns3::QueueDiscItem> StepMarker::DoDequeue() { return GetInternalQueue(0)->Dequeue(); }

}  // namespace liteflow::sim
