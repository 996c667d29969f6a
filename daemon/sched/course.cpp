// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/course.h"

#include "codegen/error.h"
#include "daemon/sched/records.h"

namespace liteflow::sched {
namespace {

// Hosts of a role have seeds of their own.
std::uint64_t seed_of(Role role, std::size_t workload, std::size_t host) {
  return (static_cast<std::uint64_t>(role) + 1) * 1'000'000 + workload * 1000 + host;
}

std::size_t hosts_of(Role role, const CourseOptions &o) {
  switch (role) {
    case Role::training: return o.training_hosts;
    case Role::validation: return o.validation_hosts;
    default: return o.test_hosts;
  }
}

}  // namespace

std::vector<lf_sched_record> flows_of(const Workload &workload, Role role, std::size_t host, const CourseOptions &o) {
  const auto number = static_cast<std::size_t>(&workload - workloads().data());
  auto flows = simulate(workload, seed_of(role, number, host), o.seconds);
  if (flows.size() > o.most_flows) flows.resize(o.most_flows);
  return flows;
}

regression::Rows rows_of_hosts(Role role, const CourseOptions &o) {
  regression::Rows rows(kInputs);
  for (const Workload &w : workloads())
    for (std::size_t host = 0; host < hosts_of(role, o); host++) {
      const auto flows = flows_of(w, role, host, o);
      const auto reading = read_batch(batch_of(flows));
      if (reading.skipped) throw Error("a simulated flow is none that the kernel could report");
      rows.append(reading.rows);
    }
  return rows;
}

Test test(const std::string &model, const CourseOptions &o, const std::function<void()> &done) {
  Test result;
  for (const Workload &w : workloads())
    for (std::size_t host = 0; host < o.test_hosts; host++) {
      evaluate(result[w.name], flows_of(w, Role::test, host, o), model);
      done();
    }
  return result;
}

}  // namespace liteflow::sched
