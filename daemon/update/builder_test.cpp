// SPDX-License-Identifier: GPL-2.0
// Real builds against the headers of every kernel that is installed here.
#include "daemon/update/builder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "codegen/error.h"
#include "daemon/link/test_network.h"
#include "daemon/update/adapters.h"
#include "daemon/update/command.h"

namespace liteflow {
namespace {

namespace fs = std::filesystem;

BuilderOptions options_here() {
  BuilderOptions options;
  options.include = LF_KMOD_INCLUDE;
  options.work_dir = testing::TempDir();
  options.symvers = testing::TempDir() + "lf-Module.symvers";
  std::ofstream(options.symvers) << "0x1\tlf_snapshot_register\tliteflow\tEXPORT_SYMBOL_GPL\t\n"
                                    "0x2\tlf_snapshot_unregister\tliteflow\tEXPORT_SYMBOL_GPL\t\n";
  return options;
}

std::string error_of(const BuilderOptions &options, const std::string &release) {
  try {
    Builder(options).build(test_network(0), release);
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

std::string any_release() {
  for (const auto &entry : fs::directory_iterator("/lib/modules"))
    if (fs::exists(entry.path() / "build/Makefile")) return entry.path().filename();
  throw Error("no kernel headers here; make deps installs them");
}

TEST(Builder, BuildsAndSignsForEveryKernelHere) {
  BuilderOptions options = options_here();
  options.sign_key = testing::TempDir() + "lf-sign.key";
  options.sign_cert = testing::TempDir() + "lf-sign.pem";
  const auto made = run_command({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                                 "-subj", "/CN=test", "-keyout", options.sign_key, "-out",
                                 options.sign_cert}, std::chrono::seconds(20));
  ASSERT_EQ(made.status, 0) << made.output;
  int kernels = 0, idle = 0;
  for (const auto &entry : fs::directory_iterator("/lib/modules")) {
    if (!fs::exists(entry.path() / "build/Makefile")) continue;
    Builder builder(options, [&] { idle++; });
    const auto network = test_network(0.5, 30, 32);
    const std::string ko = builder.build(network, entry.path().filename());
    EXPECT_EQ(ko.substr(0, 4), "\177ELF");
    EXPECT_NE(ko.find("vermagic=" + entry.path().filename().string()), std::string::npos);
    EXPECT_NE(ko.find("lf_snapshot_register"), std::string::npos);
    EXPECT_NE(ko.find(network.name()), std::string::npos);
    EXPECT_TRUE(ko.ends_with("~Module signature appended~\n"));
    kernels++;
  }
  EXPECT_GE(kernels, 1) << "make deps installs kernel headers";
  EXPECT_GT(idle, 0);
}

TEST(Builder, NamesTheMissingHeaders) {
  EXPECT_NE(error_of(options_here(), "9.9.9").find("install linux-headers-9.9.9"), std::string::npos);
  BuilderOptions options = options_here();
  options.include = "/nonexistent";
  EXPECT_NE(error_of(options, any_release()).find("builder.include"), std::string::npos);
  options = options_here();
  options.symvers = "/nonexistent";
  EXPECT_NE(error_of(options, any_release()).find("builder.symvers"), std::string::npos);
  options.symvers = "";
  options.kdir = testing::TempDir() + "lf-kdir";
  fs::create_directories(options.kdir);
  std::ofstream(options.kdir + "/Makefile") << "";
  std::ofstream(options.kdir + "/.config") << "CONFIG_MODVERSIONS=y\n";
  EXPECT_NE(error_of(options, "9").find("kernel 9 checks symbol versions"), std::string::npos);
}

TEST(Builder, TellsTheFirstErrorOfAFailedBuild) {
  const std::string dir = testing::TempDir() + "lf-bad-include";
  fs::create_directories(dir + "/liteflow");
  std::ofstream(dir + "/liteflow/snapshot.h") << "#error out of order\n";
  BuilderOptions options = options_here();
  options.include = dir;
  const std::string error = error_of(options, any_release());
  EXPECT_NE(error.find("#error out of order"), std::string::npos) << error;
  fs::remove_all(dir);
}

TEST(Builder, NamesTheKeyThatCannotSign) {
  BuilderOptions options = options_here();
  options.sign_key = options.sign_cert = "/nonexistent";
  EXPECT_NE(error_of(options, any_release()).find("signing with /nonexistent failed"), std::string::npos);
}

TEST(Command, ReportsStatusOutputAndTimeLimit) {
  using std::chrono::seconds;
  const auto result = run_command({"sh", "-c", "echo out; echo err >&2; exit 3"}, seconds(5));
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
  EXPECT_EQ(run_command({"/nonexistent/program"}, seconds(5)).status, 127);
  EXPECT_TRUE(run_command({"sh", "-c", "sleep 30 & sleep 30"}, seconds(1)).timed_out);
}

TEST(Adapters, LoadsASharedLibrary) {
  const std::string model = testing::TempDir() + "lf-example.pt";
  std::ofstream(model) << "weights";
  AdapterOptions options;
  options.model = model;
  const auto adapter = make_adapter(LF_EXAMPLE_ADAPTER, options);
  EXPECT_EQ(adapter->freeze(), "weights");
  options.values["colour"] = "red";
  try {
    make_adapter(LF_EXAMPLE_ADAPTER, options);
    FAIL();
  } catch (const Error &error) {
    EXPECT_NE(std::string(error.what()).find("app.options.colour"), std::string::npos);
  }
}

TEST(Adapters, SaysWhatIsWrong) {
  const auto error = [](const std::string &name) -> std::string {
    try {
      make_adapter(name, {});
    } catch (const Error &e) {
      return e.what();
    }
    return "";
  };
  EXPECT_NE(error("auroa").find("is unknown; built in"), std::string::npos);
  EXPECT_NE(error("./nonexistent.so").find("nonexistent.so"), std::string::npos);
  EXPECT_NE(error("/lib/x86_64-linux-gnu/libz.so.1").find("exports no lf_adapter_abi"), std::string::npos);
}

}  // namespace
}  // namespace liteflow
