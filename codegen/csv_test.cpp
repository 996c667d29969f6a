// SPDX-License-Identifier: GPL-2.0
#include "codegen/csv.h"

#include <gtest/gtest.h>

#include <fstream>

#include "codegen/compile.h"
#include "codegen/error.h"

namespace liteflow::codegen {
namespace {

class Csv : public testing::Test {
 protected:
  Matrix read(const std::string &text, std::size_t columns = 0) {
    std::ofstream(path_) << text;
    return read_csv(path_, columns);
  }

  void refuse(const std::string &text, const std::string &why, std::size_t columns = 0) {
    try {
      read(text, columns);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const Error &e) {
      const std::string what = e.what();
      EXPECT_EQ(what.rfind(path_, 0), 0u) << what;
      EXPECT_NE(what.find(why), std::string::npos) << what;
      EXPECT_EQ(what.find('\n'), std::string::npos) << what;
    }
  }

  TemporaryDir dir_;
  std::string path_ = dir_.path() + "/x.csv";
};

TEST_F(Csv, ReadsNumbersOfEveryForm) {
  const Matrix m = read("1,-2.5,1e3\r\n +0.5 ,\t.25,-1E-2\n\n\n");
  EXPECT_EQ(m.rows, 2u);
  EXPECT_EQ(m.columns, 3u);
  EXPECT_EQ(m.values, (std::vector<double>{1, -2.5, 1000, 0.5, 0.25, -0.01}));
}

TEST_F(Csv, NeedsNoNewlineAtTheEnd) { EXPECT_EQ(read("1,2\n3,4").rows, 2u); }

TEST_F(Csv, NamesLineFieldAndRemedy) {
  refuse("", "no rows");
  refuse("\n\n", "no rows");
  refuse("a,b\n1,2\n", ":1: field 1: 'a' is not a number; the file has no header");
  refuse("1,2\n1,2x\n", ":2: field 2: '2x' is not a number");
  refuse("1,2\n1,\n", ":2: field 2: empty field");
  refuse("1,2\n1\n", ":2: 1 fields where 2 are needed");
  refuse("1,2\n", ":1: 2 fields where 3 are needed", 3);
  refuse("1,nan\n", ":1: field 2: nan is not finite");
  refuse("inf\n", "not finite");
  refuse("1e999\n", "'1e999' is not a number");
  refuse("1\n\n2\n", ":2: empty line between rows");
  refuse("1;2\n", "'1;2' is not a number");
}

TEST(CsvFile, NamesAMissingFile) {
  EXPECT_THROW(read_csv("/nonexistent/x.csv"), Error);
}

}  // namespace
}  // namespace liteflow::codegen
