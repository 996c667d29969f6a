// SPDX-License-Identifier: GPL-2.0
// Import of models that Python's torch writes, where it is installed.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>

#include "codegen/compile.h"
#include "codegen/csv.h"
#include "codegen/error.h"
#include "codegen/import.h"
#include "codegen/quantise.h"

namespace liteflow::codegen {
namespace {

namespace fs = std::filesystem;

class ImportPython : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<TemporaryDir>();
    made_ = run_program({"/usr/bin/python3", LF_MAKE_MODELS, dir_->path()});
  }
  static void TearDownTestSuite() { dir_.reset(); }
  void SetUp() override {
    if (!made_) GTEST_SKIP() << "needs python3-torch";
  }

  static std::vector<std::string> models(const char *kind) {
    std::vector<std::string> bases;
    for (const auto &entry : fs::directory_iterator(dir_->path() + "/" + kind))
      if (entry.path().extension() == ".pt") {
        const std::string path = entry.path();
        bases.push_back(path.substr(0, path.size() - 3));
      }
    return bases;
  }

  static std::unique_ptr<TemporaryDir> dir_;
  static bool made_;
};
std::unique_ptr<TemporaryDir> ImportPython::dir_;
bool ImportPython::made_ = false;

TEST_F(ImportPython, AnswersAsTorchDoes) {
  const auto bases = models("good");
  EXPECT_GE(bases.size(), 20u);
  for (const std::string &base : bases) {
    SCOPED_TRACE(base);
    const Matrix in = read_csv(base + ".in.csv"), out = read_csv(base + ".out.csv");
    const Model model = import_model(base + ".pt", in.columns);
    const Matrix answers = evaluate(model, in);
    ASSERT_EQ(answers.values.size(), out.values.size());
    double worst = 0;
    for (std::size_t i = 0; i < out.values.size(); ++i)
      worst = std::max(worst, std::fabs(answers.values[i] - out.values[i]));
    EXPECT_LE(worst, 1e-5);
    EXPECT_NO_THROW(quantise(model, in, {}));
    if (base.find("elementwise") == std::string::npos) {
      EXPECT_EQ(import_model(base + ".pt").n_in(), in.columns);
    }
    EXPECT_THROW(import_model(base + ".pt", 129), Error);
  }
}

TEST_F(ImportPython, RefusesByName) {
  const auto bases = models("bad");
  EXPECT_GE(bases.size(), 20u);
  for (const std::string &base : bases) {
    std::string expected;
    std::ifstream text(base + ".txt");
    std::getline(text, expected);
    try {
      import_model(base + ".pt");
      ADD_FAILURE() << base << " was accepted";
    } catch (const Error &e) {
      const std::string what = e.what();
      EXPECT_EQ(what.rfind(base, 0), 0u) << what;
      EXPECT_NE(what.find(expected), std::string::npos) << what << "\nexpected: " << expected;
      EXPECT_EQ(what.find('\n'), std::string::npos) << what;
    }
  }
}

}  // namespace
}  // namespace liteflow::codegen
