// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/truth/dataset.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "codegen/error.h"
#include "tools/lf-sim/net/completions.h"
#include "tools/lf-sim/truth/test_network.h"

namespace liteflow::sim {
namespace {

namespace fs = std::filesystem;

class Dataset : public testing::Test {
 protected:
  Dataset() : root_(fs::temp_directory_path() / ("lf-sim-dataset-" + std::to_string(getpid()))) {
    fs::remove_all(root_);
    for (std::uint64_t i = 0; i < 3; i++) {
      jobs_.push_back((root_ / ("job" + std::to_string(i))).string());
      flows_.push_back(random_flows(net_, 20, 1000, i + 1));
      write_job(jobs_.back(), net_, flows_.back(), {});
    }
  }
  ~Dataset() override { fs::remove_all(root_); }

  static std::string text(const std::string &file) {
    std::ostringstream out;
    out << std::ifstream(file, std::ios::binary).rdbuf();
    return out.str();
  }

  fs::path root_;
  Topology net_ = star(4);
  std::vector<std::string> jobs_;
  std::vector<std::vector<Flow>> flows_;
};

TEST_F(Dataset, runs_jobs_and_writes_what_one_run_gives) {
  const DatasetRun run = run_jobs(jobs_, 2, true);
  EXPECT_EQ(run.ran, 3U);
  EXPECT_TRUE(run.failed.empty());
  for (std::size_t i = 0; i < jobs_.size(); i++) {
    EXPECT_TRUE(job_done(jobs_[i], true));
    EXPECT_TRUE(fs::exists(jobs_[i] + "/trace.bin"));
    EXPECT_FALSE(fs::exists(jobs_[i] + "/log.txt"));
    const std::vector<Completion> read = read_completions(jobs_[i] + "/fct.txt", flows_[i]);
    const TruthRun here = run_of(net_, flows_[i]);
    for (std::size_t k = 0; k < read.size(); k++)
      EXPECT_NEAR(read[k].fct_ns, here.completions[k].fct_ns, 0.51);  // the format has whole ns
  }
}

TEST_F(Dataset, goes_on_where_it_was) {
  run_jobs({jobs_[0]}, 1, false);
  DatasetRun run = run_jobs(jobs_, 2, false);
  EXPECT_EQ(run.skipped, 1U);
  EXPECT_EQ(run.ran, 2U);
  const std::string before = text(jobs_[0] + "/fct.txt");
  // Other inputs, or a trace that was not asked for before: again.
  write_job(jobs_[1], net_, flows_[0], {});
  EXPECT_FALSE(job_done(jobs_[1], false));
  EXPECT_FALSE(job_done(jobs_[0], true));
  fs::remove(jobs_[2] + "/fct.txt");
  run = run_jobs(jobs_, 2, false);
  EXPECT_EQ(run.skipped, 1U);
  EXPECT_EQ(run.ran, 2U);
  EXPECT_EQ(text(jobs_[1] + "/fct.txt"), before);
}

TEST_F(Dataset, a_job_that_fails_names_its_log_and_the_others_run) {
  TcpSettings short_of_time;
  short_of_time.limit_s = 1e-3;
  const std::vector<Flow> large = {{0, 0, 1, 100'000'000, 0}};
  write_job(jobs_[1], net_, large, short_of_time);
  const DatasetRun run = run_jobs(jobs_, 2, false);
  EXPECT_EQ(run.ran, 2U);
  ASSERT_EQ(run.failed.size(), 1U);
  EXPECT_EQ(run.failed[0],
            jobs_[1] + ": the simulation failed: 1 of 1 flows are not done 0.001 s after the last start, the first of "
                       "them flow 0: raise limit_s or lower the load; see " + jobs_[1] + "/log.txt");
  EXPECT_FALSE(job_done(jobs_[1], false));
}

TEST_F(Dataset, the_other_clock_is_written_where_connections_open_at_the_start) {
  TcpSettings settings;
  settings.open_at_start = true;
  write_job(jobs_[0], net_, flows_[0], settings);
  run_jobs({jobs_[0]}, 1, false);
  const auto a = read_completions(jobs_[0] + "/fct.txt", flows_[0]);
  const auto b = read_completions(jobs_[0] + "/fct_app.txt", flows_[0]);
  for (std::size_t i = 0; i < a.size(); i++) EXPECT_GT(b[i].fct_ns, a[i].fct_ns + 4000);  // a round trip is over 4 us
}

TEST_F(Dataset, what_can_not_run_is_refused) {
  EXPECT_THROW(run_jobs(jobs_, 0, false), Error);
  fs::remove(jobs_[2] + "/flows.txt");
  try {
    run_jobs(jobs_, 1, false);
    FAIL();
  } catch (const Error &e) {
    EXPECT_EQ(
        std::string(e.what()),
        jobs_[2] + "/flows.txt: No such file or directory; a job needs topology.txt, flows.txt and settings.json");
  }
}

}  // namespace
}  // namespace liteflow::sim
