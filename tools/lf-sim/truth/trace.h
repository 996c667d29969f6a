// SPDX-License-Identifier: GPL-2.0
// Trace: at each arrival and completion of a flow, what the active flows have left to deliver, and at arrivals the
// queues on the flow's way. It is what m4 (section 4) learns its remaining-size and queue-length heads from.
//
// The file: "lf-trace 1\n", then an event after another, each a row of whole numbers of 7 bits a byte, low ones first,
// the top bit set in all but the last byte of a number:
//   kind        1 arrival, 2 completion; 0: the end, followed by the number of events
//   picoseconds since the event before (the first: since the flows' time 0)
//   flow        its place among the scenario's flows, from 0
//   active      how many flows are active, the arriving one included, the completed one not; then for each, by place,
//               its place less the one before's, and the bytes of payload that have not been delivered
//   links       how many the flow's route has (arrivals only); then for each in order, the bytes that wait for it,
//               with headers, the packet that is being sent not included
// Between 4 and 5 bytes for each active flow of an event. Neither end holds more than one event in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace liteflow::sim {

struct TraceEvent {
  struct Active {
    std::uint32_t flow = 0;
    std::uint64_t left = 0;  // bytes
    bool operator==(const Active &) const = default;
  };

  bool arrival = false;
  std::int64_t time_ps = 0;  // since the flows' time 0, >= 0
  std::uint32_t flow = 0;
  std::vector<Active> active;         // by flow
  std::vector<std::uint64_t> queues;  // bytes, by the links of the flow's route; empty at a completion
  bool operator==(const TraceEvent &) const = default;
};

// To a temporary file; close() gives it its name. Error if it can't be written.
class TraceWriter {
 public:
  explicit TraceWriter(std::string file);
  ~TraceWriter();  // not closed: the temporary file goes
  TraceWriter(const TraceWriter &) = delete;
  TraceWriter &operator=(const TraceWriter &) = delete;

  void add(const TraceEvent &event);  // not before the last one's time
  void close();

 private:
  void put(std::uint64_t number);

  std::string file_, temporary_;
  std::ofstream out_;
  std::int64_t last_ps_ = 0;
  std::uint64_t events_ = 0;
};

class TraceReader {
 public:
  explicit TraceReader(const std::string &file);
  // False at the end. Error with the file and the event's number if it is cut off or no trace.
  bool next(TraceEvent &event);

 private:
  std::uint64_t get();
  std::size_t get_size();
  [[noreturn]] void fail(const std::string &what) const;

  std::string file_;
  std::ifstream in_;
  std::int64_t last_ps_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace liteflow::sim
