// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/adapter.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "codegen/error.h"
#include "daemon/lb/test_record.h"
#include "daemon/training/file.h"
#include "daemon/training/records.h"
#include "daemon/training/rng.h"

namespace liteflow::lb {
namespace {

class LbAdapter : public testing::Test {
 protected:
  LbAdapter() : path_((std::filesystem::temp_directory_path() / ("lf-lb-test-" + std::to_string(getpid()))).string()) {
    write_file(path_, regression::Regressor(subject(), {}).save());
  }
  ~LbAdapter() override { std::filesystem::remove(path_); }

  std::unique_ptr<Adapter> make() const {
    AdapterOptions o;
    o.model = path_;
    return make_lb_adapter(o);
  }

 private:
  std::string path_;
};

Batch batch_of(const std::vector<lf_lb_record> &records) {
  return liteflow::batch_of<lf_lb_record>("lb", "h", records);
}

// Of two paths that look alike one makes flows four times as slow. It is taken by
// one flow in ten.
std::vector<lf_lb_record> flows(Rng &rng, std::size_t n, bool told) {
  std::vector<lf_lb_record> records;
  for (std::size_t i = 0; i < n; i++) {
    const bool slow = rng.chance(0.1);
    lf_lb_record r = record(slow ? 4000 : 1000, 1000);
    r.paths = 2;
    r.probability = static_cast<std::uint32_t>(!told ? LF_ONE / 2 : slow ? LF_ONE / 10 : 9 * LF_ONE / 10);
    records.push_back(r);
  }
  return records;
}

double taught(Adapter &adapter, bool told) {
  Rng rng(1);
  for (int i = 0; i < 100; i++) adapter.adapt(batch_of(flows(rng, 64, told)));
  return adapter.evaluate(adapter.inputs(batch_of({record(1000, 1000)}))).outputs(0, 0);
}

TEST_F(LbAdapter, an_unlikely_path_counts_as_if_it_were_as_likely) {
  const double plain = taught(*make(), false), weighed = taught(*make(), true);
  EXPECT_LT(plain, 0.4);              // what most flows saw
  EXPECT_NEAR(weighed, 1, 0.4);       // what half of them would have, of 0 and 2
}

TEST_F(LbAdapter, bad_records_are_left_out) {
  Rng rng(2);
  auto records = flows(rng, 10, true);
  records[2].bytes = 0;
  records[5].flags |= LF_LB_FLAG_MOVED;
  const auto adapter = make();
  EXPECT_EQ(adapter->adapt(batch_of(records)), 8U);
  EXPECT_EQ(adapter->inputs(batch_of(records)).rows, 8U);
  EXPECT_EQ(adapter->inputs(batch_of(records)).columns, kInputs);
  Batch odd = batch_of(records);
  odd.records.pop_back();
  EXPECT_THROW(adapter->adapt(odd), Error);
}

}  // namespace
}  // namespace liteflow::lb
