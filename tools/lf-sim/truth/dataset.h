// SPDX-License-Identifier: GPL-2.0
// Dataset: many simulations, each in a directory and in a process of its own.
//
// A job's directory holds topology.txt and flows.txt in the published formats and settings.json; when it is done also
//   fct.txt       completions by the clock of established connections
//   fct_app.txt   the same by the application's clock, if settings open connections at the start
//   trace.bin     if asked for (trace.h)
//   result.json   events, packets marked and dropped, late flows, seconds; and what the other files must be for it
// result.json comes last: a directory that has it, for the inputs that it has now, is done and is not run again.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/lf-sim/net/flows.h"
#include "tools/lf-sim/net/settings.h"

namespace liteflow::sim {

void write_job(const std::string &directory, const Topology &topology, const std::vector<Flow> &flows,
               const TcpSettings &settings);
bool job_done(const std::string &directory, bool trace);

struct DatasetRun {
  std::size_t ran = 0, skipped = 0;
  std::vector<std::string> failed;  // a line for each, which names its log
};

// Runs what is not done, so many processes at a time, with progress on stderr. A job that fails leaves
// DIRECTORY/log.txt and does not stop the others. Forks: call it before there are threads. Error if a directory can't
// be read.
DatasetRun run_jobs(const std::vector<std::string> &directories, std::size_t processes, bool trace);

}  // namespace liteflow::sim
