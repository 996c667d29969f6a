// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/records.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cmath>

#include "daemon/netlink/names.h"
#include "daemon/netlink/q16.h"

namespace liteflow::lfctl {
namespace {

// A field of a record: its name, what it means, and how to get it.
template <class T>
struct Field {
  const char *name;
  const char *doc;
  Json (*get)(const T &);
};

template <class T>
Json make(const std::vector<Field<T>> &fields, const T &record) {
  Json object = Json::object();
  for (const auto &field : fields) object[field.name] = field.get(record);
  return object;
}

Json share_json(std::uint32_t thousandths) { return thousandths / 1000.0; }
Json or_null(const std::string &text) { return text.empty() ? Json() : Json(text); }

Json ranges_json(const std::vector<std::pair<double, double>> &ranges) {
  Json array = Json::array();
  for (const auto &[lo, hi] : ranges) array.push_back(Json::array({lo, hi}));
  return array;
}

const std::vector<Field<AppInfo>> kApp = {
    {"name", "name", [](const AppInfo &a) { return Json(a.name); }},
    {"n_in", "inputs of its networks", [](const AppInfo &a) { return Json(a.n_in); }},
    {"n_out", "outputs of its networks", [](const AppInfo &a) { return Json(a.n_out); }},
    {"n_weights", "leading inputs that are a flow's objective",
     [](const AppInfo &a) { return Json(a.n_weights); }},
    {"in_ranges", "declared [least, greatest] of every input",
     [](const AppInfo &a) { return ranges_json(a.in_ranges); }},
    {"out_ranges", "declared [least, greatest] of every output",
     [](const AppInfo &a) { return ranges_json(a.out_ranges); }},
    {"record_bytes", "bytes of one record", [](const AppInfo &a) { return Json(a.record_bytes); }},
    {"interval_ms", "batch interval T", [](const AppInfo &a) { return Json(a.interval_ms); }},
    {"flows", "flows now", [](const AppInfo &a) { return Json(a.flows); }},
    {"inferences", "decisions taken", [](const AppInfo &a) { return Json(a.inferences); }},
    {"failed", "decisions outside the output range",
     [](const AppInfo &a) { return Json(a.failed); }},
    {"clamped", "decisions that the app's safety rules changed",
     [](const AppInfo &a) { return Json(a.clamped); }},
    {"fallbacks", "flows that fell back and late questions", [](const AppInfo &a) { return Json(a.fallbacks); }},
    {"reported", "records handed to batches", [](const AppInfo &a) { return Json(a.reported); }},
    {"dropped", "records dropped", [](const AppInfo &a) { return Json(a.dropped); }},
    {"asked", "questions put to user space", [](const AppInfo &a) { return Json(a.asked); }},
    {"answered", "answers to questions that were open", [](const AppInfo &a) { return Json(a.answered); }},
    {"late", "questions not answered in time", [](const AppInfo &a) { return Json(a.late); }},
    {"stale", "answers to no open question", [](const AppInfo &a) { return Json(a.stale); }},
    {"attached", "whether a daemon is attached", [](const AppInfo &a) { return Json(a.attached); }},
};

const std::vector<Field<SnapshotInfo>> kSnapshot = {
    {"id", "id; never repeats while the module is loaded",
     [](const SnapshotInfo &s) { return Json(s.id); }},
    {"name", "name", [](const SnapshotInfo &s) { return Json(s.name); }},
    {"app", "app it belongs to", [](const SnapshotInfo &s) { return Json(s.app); }},
    {"state", "standby, canary, active, previous, draining or drained",
     [](const SnapshotInfo &s) { return Json(to_string(s.state)); }},
    {"share", "share of new flows while canary, 0 to 1",
     [](const SnapshotInfo &s) { return share_json(s.share); }},
    {"pins", "flows pinned to it", [](const SnapshotInfo &s) { return Json(s.pins); }},
    {"shape", "identity of its layers, a string of hex digits",
     [](const SnapshotInfo &s) { return Json(fmt::format("{:016x}", s.shape)); }},
    {"n_in", "inputs", [](const SnapshotInfo &s) { return Json(s.n_in); }},
    {"n_out", "outputs", [](const SnapshotInfo &s) { return Json(s.n_out); }},
    {"macs", "multiply-accumulates of one inference",
     [](const SnapshotInfo &s) { return Json(s.macs); }},
    {"inferences", "decisions taken", [](const SnapshotInfo &s) { return Json(s.inferences); }},
    {"clipped", "decisions with an input outside its clip range",
     [](const SnapshotInfo &s) { return Json(s.clipped); }},
    {"explored", "decisions with noise", [](const SnapshotInfo &s) { return Json(s.explored); }},
    {"failed", "decisions outside the output range",
     [](const SnapshotInfo &s) { return Json(s.failed); }},
    {"reward_sum", "sum of rewards", [](const SnapshotInfo &s) { return Json(s.reward_sum); }},
    {"reward_count", "number of rewards",
     [](const SnapshotInfo &s) { return Json(s.reward_count); }},
    {"age_ms", "time since it became active", [](const SnapshotInfo &s) { return Json(s.age_ms); }},
};

const std::vector<Field<FlowInfo>> kFlow = {
    {"flow", "id", [](const FlowInfo &f) { return Json(f.id); }},
    {"app", "app it belongs to", [](const FlowInfo &f) { return Json(f.app); }},
    {"netns", "inode number of its network namespace",
     [](const FlowInfo &f) { return Json(f.netns); }},
    {"snapshot", "id of the snapshot it is pinned to, or null",
     [](const FlowInfo &f) { return f.snapshot ? Json(f.snapshot) : Json(); }},
    {"inferences", "decisions taken for it", [](const FlowInfo &f) { return Json(f.inferences); }},
    {"age_ms", "time since it started", [](const FlowInfo &f) { return Json(f.age_ms); }},
    {"fallback", "why it fell back, or null",
     [](const FlowInfo &f) { return f.reason ? Json(to_string(f.reason)) : Json(); }},
};

Json active_json(const StatsInfo &s) {
  if (!s.active.id) return Json();
  return Json{{"id", s.active.id}, {"name", s.active.name}, {"age_ms", s.active.age_ms}};
}

Json clamped_share(const StatsInfo &s) {
  if (!s.app.inferences) return Json();
  return static_cast<double>(s.app.clamped) / static_cast<double>(s.app.inferences);
}

const std::vector<Field<StatsInfo>> kStats = {
    {"app", "name", [](const StatsInfo &s) { return Json(s.app.name); }},
    {"active", "active snapshot (id, name, age_ms), or null", active_json},
    {"flows", "flows now", [](const StatsInfo &s) { return Json(s.app.flows); }},
    {"inferences", "decisions taken", [](const StatsInfo &s) { return Json(s.app.inferences); }},
    {"reported", "records handed to batches",
     [](const StatsInfo &s) { return Json(s.app.reported); }},
    {"dropped", "records dropped", [](const StatsInfo &s) { return Json(s.app.dropped); }},
    {"fallbacks", "flows that fell back and late questions", [](const StatsInfo &s) { return Json(s.app.fallbacks); }},
    {"failed", "decisions outside the output range",
     [](const StatsInfo &s) { return Json(s.app.failed); }},
    {"clamped", "decisions that the app's safety rules changed",
     [](const StatsInfo &s) { return Json(s.app.clamped); }},
    {"clamped_share", "the same as a share of all, 0 to 1; null without any", clamped_share},
    {"attached", "whether a daemon is attached",
     [](const StatsInfo &s) { return Json(s.app.attached); }},
};

Json real_outputs(const InferRow &row) {
  Json array = Json::array();
  for (const std::int32_t value : row.outputs) array.push_back(from_q16(value));
  return array;
}

const std::vector<Field<InferRow>> kRow = {
    {"row", "number of the row, from 1", [](const InferRow &r) { return Json(r.row); }},
    {"outputs", "what the snapshot answers", real_outputs},
    {"raw", "the same as the kernel's Q16.16 integers",
     [](const InferRow &r) { return Json(r.outputs); }},
};

const std::vector<Field<ObjectiveInfo>> kObjective = {
    {"app", "app it is for", [](const ObjectiveInfo &o) { return Json(o.app); }},
    {"cgroup", "id of the cgroup, its directory's inode",
     [](const ObjectiveInfo &o) { return Json(o.cgroup); }},
    {"weights", "in the order of the app's inputs",
     [](const ObjectiveInfo &o) { return Json(o.weights); }},
};

const std::vector<Field<LbPathInfo>> kLbPath = {
    {"prefix", "where it leads to", [](const LbPathInfo &p) { return Json(prefix_text(p.path)); }},
    {"mark", "of the sockets that take it, and its mask",
     [](const LbPathInfo &p) { return Json(mark_text(p.path)); }},
    {"weight", "declared capacity", [](const LbPathInfo &p) { return Json(p.path.weight); }},
    {"health", "up, suspect or down: whether new flows take it",
     [](const LbPathInfo &p) { return Json(to_string(p.health)); }},
    {"rtt_us", "smoothed RTT; null before the first sample",
     [](const LbPathInfo &p) { return p.rtt_us ? Json(p.rtt_us) : Json(); }},
    {"base_rtt_us", "least RTT of the last 30 to 60 s; null before the first sample",
     [](const LbPathInfo &p) { return p.base_rtt_us ? Json(p.base_rtt_us) : Json(); }},
    {"loss", "share of the segments that was lost",
     [](const LbPathInfo &p) { return Json(p.loss); }},
    {"ecn", "share of the delivered segments that came with CE",
     [](const LbPathInfo &p) { return Json(p.ecn); }},
    {"rate", "delivered by this host in bytes/s", [](const LbPathInfo &p) { return Json(p.rate); }},
    {"flows", "flows that sent over it in a window of 20 ms",
     [](const LbPathInfo &p) { return Json(p.flows); }},
    {"in_flight", "bytes that they had outstanding",
     [](const LbPathInfo &p) { return Json(p.in_flight); }},
    {"chosen", "how often it was chosen", [](const LbPathInfo &p) { return Json(p.chosen); }},
    {"timeouts", "retransmission timeouts on it",
     [](const LbPathInfo &p) { return Json(p.timeouts); }},
    {"age_ms", "since a flow last told of it; null if none has",
     [](const LbPathInfo &p) { return p.age_ms ? Json(*p.age_ms) : Json(); }},
};

template <std::size_t N>
Json reals_json(const __s32 (&values)[N]) {
  Json array = Json::array();
  for (const __s32 value : values) array.push_back(from_q16(value));
  return array;
}

const std::vector<Field<lf_cc_record>> kCcRecord = {
    {"flow", "id of the flow", [](const lf_cc_record &r) { return Json(r.flow); }},
    {"snapshot", "id of the snapshot that decided, or null",
     [](const lf_cc_record &r) { return r.snapshot ? Json(r.snapshot) : Json(); }},
    {"time_ns", "CLOCK_MONOTONIC at the end of the interval",
     [](const lf_cc_record &r) { return Json(r.time_ns); }},
    {"seq", "number of the decision", [](const lf_cc_record &r) { return Json(r.seq); }},
    {"netns", "inode number of the network namespace",
     [](const lf_cc_record &r) { return Json(r.netns); }},
    {"flags", "array of limited, explored, clamped, clipped, start, fallback",
     [](const lf_cc_record &r) { return Json(cc_flag_names(r.flags)); }},
    {"duration_us", "length of the interval",
     [](const lf_cc_record &r) { return Json(r.duration_us); }},
    {"rate", "pacing rate after the decision, bytes/s",
     [](const lf_cc_record &r) { return Json(r.rate); }},
    {"delivered_rate", "delivered, bytes/s",
     [](const lf_cc_record &r) { return Json(r.delivered_rate); }},
    {"rtt_us", "mean RTT, or null",
     [](const lf_cc_record &r) { return r.rtt_us ? Json(r.rtt_us) : Json(); }},
    {"base_rtt_us", "least mean RTT of the last 10 to 20 s, or null",
     [](const lf_cc_record &r) { return has_base_rtt(r) ? Json(r.base_rtt_us) : Json(); }},
    {"mss", "bytes in a segment", [](const lf_cc_record &r) { return Json(r.mss); }},
    {"sent", "segments sent", [](const lf_cc_record &r) { return Json(r.sent); }},
    {"delivered", "segments delivered", [](const lf_cc_record &r) { return Json(r.delivered); }},
    {"lost", "segments marked lost", [](const lf_cc_record &r) { return Json(r.lost); }},
    {"ce", "delivered segments that came with CE",
     [](const lf_cc_record &r) { return Json(r.ce); }},
    {"mean", "the network's answer", [](const lf_cc_record &r) { return Json(from_q16(r.mean)); }},
    {"action", "the action applied",
     [](const lf_cc_record &r) { return Json(from_q16(r.action)); }},
    {"sigma", "standard deviation of the noise",
     [](const lf_cc_record &r) { return Json(from_q16(r.sigma)); }},
    {"state", "the network's inputs, oldest interval first",
     [](const lf_cc_record &r) { return reals_json(r.state); }},
    {"weight", "mocc's objective: throughput, latency, loss; else 0",
     [](const lf_cc_record &r) { return reals_json(r.weight); }},
};

const std::vector<Field<lf_sched_record>> kSchedRecord = {
    {"flow", "id of the flow", [](const lf_sched_record &r) { return Json(r.flow); }},
    {"snapshot", "id of the snapshot that decided, or null",
     [](const lf_sched_record &r) { return r.snapshot ? Json(r.snapshot) : Json(); }},
    {"time_ns", "CLOCK_MONOTONIC when its end was noticed",
     [](const lf_sched_record &r) { return Json(r.time_ns); }},
    {"netns", "inode number of the network namespace",
     [](const lf_sched_record &r) { return Json(r.netns); }},
    {"port", "the service's port", [](const lf_sched_record &r) { return Json(r.port); }},
    {"pair", "a hash of peer, port and side; of a pair's flows it is the same",
     [](const lf_sched_record &r) { return Json(r.pair); }},
    {"flags", "array of decided, fallback, outgrown, clipped, own_priority, own_dscp, closed",
     [](const lf_sched_record &r) { return Json(sched_flag_names(r.flags)); }},
    {"bytes", "bytes that the flow sent", [](const lf_sched_record &r) { return Json(r.bytes); }},
    {"predicted", "bytes predicted when it was first asked about, or null",
     [](const lf_sched_record &r) { return was_predicted(r) ? Json(predicted_bytes(r)) : Json(); }},
    {"band", "the last band, or null",
     [](const lf_sched_record &r) {
       return r.flags & LF_SCHED_FLAG_DECIDED ? Json(r.band) : Json();
     }},
    {"duration_us", "from its first packet until then",
     [](const lf_sched_record &r) { return Json(r.duration_us); }},
    {"waited_us", "from the question to the decision",
     [](const lf_sched_record &r) { return Json(r.waited_us); }},
    {"mean", "the first answer, log2 of bytes",
     [](const lf_sched_record &r) { return Json(from_q16(r.mean)); }},
    {"state", "the network's inputs, in the order of liteflow/sched.h",
     [](const lf_sched_record &r) { return reals_json(r.state); }},
};

const std::vector<Field<lf_lb_record>> kLbRecord = {
    {"flow", "id of the flow", [](const lf_lb_record &r) { return Json(r.flow); }},
    {"snapshot", "id of the snapshot that decided, or null",
     [](const lf_lb_record &r) { return r.snapshot ? Json(r.snapshot) : Json(); }},
    {"time_ns", "CLOCK_MONOTONIC when the end was noticed",
     [](const lf_lb_record &r) { return Json(r.time_ns); }},
    {"netns", "inode number of the network namespace",
     [](const lf_lb_record &r) { return Json(r.netns); }},
    {"flags",
     "array of decided, fallback, explored, probe, moved, timeout, clipped, closed",
     [](const lf_lb_record &r) { return Json(lb_flag_names(r.flags)); }},
    {"bytes", "bytes that the flow sent", [](const lf_lb_record &r) { return Json(r.bytes); }},
    {"duration_us", "from its first packet until the last delivery",
     [](const lf_lb_record &r) { return Json(r.duration_us); }},
    {"ideal_us", "what it takes on an empty network, or null",
     [](const lf_lb_record &r) { return r.ideal_us ? Json(r.ideal_us) : Json(); }},
    {"waited_us", "from its first packet to the choice",
     [](const lf_lb_record &r) { return Json(r.waited_us); }},
    {"mark", "of the path that was chosen first, or null",
     [](const lf_lb_record &r) { return r.mark ? Json(r.mark) : Json(); }},
    {"paths", "paths that it was chosen from", [](const lf_lb_record &r) { return Json(r.paths); }},
    {"probability", "with which that one was taken",
     [](const lf_lb_record &r) { return Json(from_q16(r.probability)); }},
    {"mean", "its score, log2 of the predicted slowdown",
     [](const lf_lb_record &r) { return Json(from_q16(r.mean)); }},
    {"state", "the network's inputs for that path", [](const lf_lb_record &r) { return reals_json(r.state); }},
};

Json records_json(const BatchMessage &batch) {
  if (is_cc(batch)) return to_json(records_of<lf_cc_record>(batch));
  if (is_sched(batch)) return to_json(records_of<lf_sched_record>(batch));
  if (is_lb(batch)) return to_json(records_of<lf_lb_record>(batch));
  return hex_records(batch);
}

const std::vector<Field<BatchMessage>> kBatch = {
    {"app", "name of the app", [](const BatchMessage &b) { return Json(b.app); }},
    {"cpu", "CPU that gathered it", [](const BatchMessage &b) { return Json(b.cpu); }},
    {"seq", "number of the batch, per app and CPU",
     [](const BatchMessage &b) { return Json(b.seq); }},
    {"dropped", "records that the CPU dropped so far",
     [](const BatchMessage &b) { return Json(b.dropped); }},
    {"record_bytes", "bytes of one record",
     [](const BatchMessage &b) { return Json(b.record_bytes); }},
    {"records",
     "array of cc record (apps cc and mocc), sched record or lb record; of hex strings for other apps",
     records_json},
};

template <class T>
Json of_snapshot(const TimedEvent &e, T value) {
  return e.message.snapshot ? Json(value) : Json();
}

const std::vector<Field<TimedEvent>> kEvent = {
    {"time", "when it came, RFC 3339 in UTC", [](const TimedEvent &e) { return Json(e.time); }},
    {"event",
     "standby, active, canary, canary_dropped, rolled_back, draining, drained, unloaded, "
     "fallback, attached or detached",
     [](const TimedEvent &e) { return Json(to_string(e.message.event)); }},
    {"app", "name of the app, or null", [](const TimedEvent &e) { return or_null(e.message.app); }},
    {"snapshot", "id of the snapshot, or null",
     [](const TimedEvent &e) { return of_snapshot(e, e.message.snapshot); }},
    {"name", "its name, or null", [](const TimedEvent &e) { return or_null(e.message.name); }},
    {"state", "its state then, or null",
     [](const TimedEvent &e) { return of_snapshot(e, to_string(e.message.state)); }},
    {"share", "share of new flows of a canary, 0 to 1",
     [](const TimedEvent &e) { return share_json(e.message.share); }},
    {"reason",
     "of a fallback: no_snapshot, no_memory, range, guard_rate, guard_queue, guard_error,"
     " stale or no_answer; or null",
     [](const TimedEvent &e) {
       return e.message.reason ? Json(to_string(e.message.reason)) : Json();
     }},
    {"count", "flows that fell back since the last such event",
     [](const TimedEvent &e) { return Json(e.message.count); }},
};

template <class T>
RecordDoc document(const char *name, const std::vector<Field<T>> &fields) {
  RecordDoc record = {name, {}};
  for (const auto &field : fields) record.fields.push_back({field.name, field.doc});
  return record;
}

}  // namespace

Json to_json(const AppInfo &app) { return make(kApp, app); }
Json to_json(const SnapshotInfo &snapshot) { return make(kSnapshot, snapshot); }
Json to_json(const FlowInfo &flow) { return make(kFlow, flow); }
Json to_json(const ObjectiveInfo &objective) { return make(kObjective, objective); }
Json to_json(const LbPathInfo &path) { return make(kLbPath, path); }
Json to_json(const StatsInfo &stats) { return make(kStats, stats); }
Json to_json(const InferRow &row) { return make(kRow, row); }
Json to_json(const lf_cc_record &record) { return make(kCcRecord, record); }
Json to_json(const lf_sched_record &record) { return make(kSchedRecord, record); }
Json to_json(const lf_lb_record &record) { return make(kLbRecord, record); }
Json to_json(const BatchMessage &batch) { return make(kBatch, batch); }
Json to_json(const TimedEvent &event) { return make(kEvent, event); }

bool has_base_rtt(const lf_cc_record &record) { return record.base_rtt_us != UINT32_MAX; }

bool was_predicted(const lf_sched_record &record) {
  return record.flags & LF_SCHED_FLAG_DECIDED && record.snapshot;
}

std::uint64_t predicted_bytes(const lf_sched_record &record) {
  return static_cast<std::uint64_t>(std::llround(std::exp2(from_q16(record.mean)) - 1));
}

// A newer module may have appended members.
bool is_cc(const BatchMessage &batch) {
  return (batch.app == "cc" || batch.app == "mocc") && batch.record_bytes >= sizeof(lf_cc_record);
}

bool is_sched(const BatchMessage &batch) {
  return batch.app == "sched" && batch.record_bytes >= sizeof(lf_sched_record);
}

bool is_lb(const BatchMessage &batch) {
  return batch.app == "lb" && batch.record_bytes >= sizeof(lf_lb_record);
}

std::vector<std::string> hex_records(const BatchMessage &batch) {
  std::vector<std::string> records(batch.record_bytes ? batch.records.size() / batch.record_bytes
                                                      : 0);
  for (std::size_t i = 0; i < records.size(); i++)
    for (std::size_t j = 0; j < batch.record_bytes; j++)
      records[i] += fmt::format("{:02x}", batch.records[i * batch.record_bytes + j]);
  return records;
}

std::string prefix_text(const LbPath &path) {
  const bool v4 = path.length >= 96 &&
                  IN6_IS_ADDR_V4MAPPED(reinterpret_cast<const in6_addr *>(path.prefix.data()));
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(v4 ? AF_INET : AF_INET6, path.prefix.data() + (v4 ? 12 : 0), text, sizeof text);
  return fmt::format("{}/{}", text, path.length - (v4 ? 96 : 0));
}

std::string mark_text(const LbPath &path) {
  return fmt::format("{:#x}/{:#x}", path.mark, path.mask);
}

std::vector<RecordDoc> record_docs() {
  return {document("app", kApp),
          document("snapshot", kSnapshot),
          document("flow", kFlow),
          document("objective", kObjective),
          document("lb path", kLbPath),
          document("stats", kStats),
          document("row", kRow),
          document("batch", kBatch),
          document("cc record", kCcRecord),
          document("sched record", kSchedRecord),
          document("lb record", kLbRecord),
          document("event", kEvent)};
}

}  // namespace liteflow::lfctl
