// SPDX-License-Identifier: GPL-2.0
// The JSON forms of what the kernel tells. The names are stable: a field is
// added, never renamed or given another meaning. The man page lists them.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "tools/lfctl/kernel.h"
#include "tools/lfctl/output.h"

namespace liteflow::lfctl {

// What `stats` tells of an app.
struct StatsInfo {
  AppInfo app;
  SnapshotInfo active;  // id 0: none
};

// One row of `snapshot infer`.
struct InferRow {
  std::size_t row = 0;  // line of the file, from 1
  std::vector<std::int32_t> outputs;
};

// An event and when it came; or a loss of messages on the way.
struct TimedEvent {
  std::string time;
  EventMessage message;
};

Json to_json(const AppInfo &app);
Json to_json(const SnapshotInfo &snapshot);
Json to_json(const FlowInfo &flow);
Json to_json(const ObjectiveInfo &objective);
Json to_json(const LbPathInfo &path);
Json to_json(const StatsInfo &stats);
Json to_json(const InferRow &row);
Json to_json(const lf_cc_record &record);
Json to_json(const lf_sched_record &record);
Json to_json(const lf_lb_record &record);
Json to_json(const BatchMessage &batch);
Json to_json(const TimedEvent &event);

template <class T>
Json to_json(const std::vector<T> &all) {
  Json array = Json::array();
  for (const T &one : all) array.push_back(to_json(one));
  return array;
}

// Which kind of records a batch holds.
bool is_cc(const BatchMessage &batch);
bool is_sched(const BatchMessage &batch);
bool is_lb(const BatchMessage &batch);

// The records of a batch that holds T.
template <class T>
std::vector<T> records_of(const BatchMessage &batch) {
  std::vector<T> records(batch.records.size() / batch.record_bytes);
  for (std::size_t i = 0; i < records.size(); i++)
    std::memcpy(&records[i], batch.records.data() + i * batch.record_bytes, sizeof(T));
  return records;
}

// Whether a flow's size was predicted when it began, and to what.
bool was_predicted(const lf_sched_record &record);
std::uint64_t predicted_bytes(const lf_sched_record &record);

// A path's prefix and mark in words: "10.0.0.0/8", "0x1/0xff".
std::string prefix_text(const LbPath &path);
std::string mark_text(const LbPath &path);

// Whether the flow has had a mean RTT yet.
bool has_base_rtt(const lf_cc_record &record);

// Each record in hex.
std::vector<std::string> hex_records(const BatchMessage &batch);

// For the man page.
struct FieldDoc {
  std::string name, doc;
};
struct RecordDoc {
  std::string name;
  std::vector<FieldDoc> fields;
};
std::vector<RecordDoc> record_docs();

}  // namespace liteflow::lfctl
