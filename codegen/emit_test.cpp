// SPDX-License-Identifier: GPL-2.0
#include "codegen/emit.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <clocale>
#include <filesystem>
#include <cstring>
#include <fstream>
#include <memory>
#include <span>
#include <sstream>

#include "codegen/compile.h"
#include "codegen/error.h"
#include "codegen/interpret.h"
#include "codegen/quantise.h"
#include "tests/codegen/shapes.h"

namespace liteflow::codegen {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRows = 10000;

Network network_of(const Shape &shape) {
  return quantise(shape.model, make_records(shape.model.n_in(), 7), {});
}

std::string read_file(const std::string &path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// An emitted snapshot, built as a shared object and loaded.
class Built {
 public:
  Built(const Network &network, const std::vector<std::string> &flags) {
    emit(network, dir_.path());
    const std::string base = dir_.path() + "/" + network.name();
    std::vector<std::string> command = {"gcc"};
    command.insert(command.end(), flags.begin(), flags.end());
    for (const std::string &argument :
         {std::string("-Wall"), std::string("-Wextra"), std::string("-Werror"),
          std::string("-fPIC"), std::string("-shared"), "-I" + include_dir(), base + ".c",
          std::string("-o"), base + ".so"})
      command.push_back(argument);
    if (!run_program(command)) throw Error(base + ".c: gcc fails or warns");
    handle_.reset(dlopen((base + ".so").c_str(), RTLD_NOW | RTLD_LOCAL));
    if (!handle_) throw Error(dlerror());
    const auto get = reinterpret_cast<const lf_snapshot_desc *(*)()>(
        dlsym(handle_.get(), "lf_snapshot_get"));
    if (!get) throw Error(dlerror());
    desc_ = get();
  }
  const lf_snapshot_desc &desc() const { return *desc_; }

 private:
  struct Close {
    void operator()(void *handle) const { dlclose(handle); }
  };
  TemporaryDir dir_;
  std::unique_ptr<void, Close> handle_;
  const lf_snapshot_desc *desc_ = nullptr;
};

void expect_equal(const Network &network, const lf_snapshot_desc &desc, std::size_t rows) {
  const auto in = make_vectors(network, rows, 3);
  std::vector<std::int32_t> expected(network.n_out), got(network.n_out);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::span row(&in[r * network.n_in], network.n_in);
    const int clipped = run(network, row, expected);
    ASSERT_EQ(desc.infer(desc.params, row.data(), got.data()), clipped) << "row " << r;
    ASSERT_EQ(got, expected) << "row " << r;
  }
}

TEST(Emit, KernelFlagsGiveTheInterpretersIntegers) {
  const auto shapes = make_shapes(1);
  ASSERT_GE(shapes.size(), 20u);
  for (const Shape &shape : shapes) {
    SCOPED_TRACE(shape.name);
    const Network network = network_of(shape);
    const Built built(network, kernel_flags());
    expect_equal(network, built.desc(), kRows);
  }
}

TEST(Emit, NothingIsUndefined) {
  for (const Shape &shape : make_shapes(1)) {
    SCOPED_TRACE(shape.name);
    const Network network = network_of(shape);
    const Built built(network, {"-O1", "-fsanitize=undefined", "-fno-sanitize-recover=all"});
    expect_equal(network, built.desc(), 1000);
  }
}

TEST(Emit, DescriptorAndParametersAreTheNetworks) {
  for (const Shape &shape : {make_shapes(1)[0], make_shapes(1)[16]}) {
    const Network network = network_of(shape);
    const Built built(network, {"-O0"});
    const lf_snapshot_desc &desc = built.desc();
    EXPECT_EQ(desc.name, network.name());
    ASSERT_EQ(desc.params->bytes, network.params.size());
    EXPECT_EQ(std::memcmp(desc.params, network.params.data(), network.params.size()), 0);
    const auto size = static_cast<__u32>(network.params.size());
    EXPECT_EQ(lf_params_verify(&desc, desc.params, size).why, nullptr);
  }
}

// New parameters of the same shape run in the code that was compiled for others.
TEST(Emit, CompiledShapeTakesOtherParameters) {
  const Network first = network_of(make_shapes(1)[1]), second = network_of(make_shapes(2)[1]);
  const Built built(first, kernel_flags());
  lf_snapshot_desc desc = built.desc();
  desc.params = &second.header();
  expect_equal(second, desc, 1000);
}

TEST(Emit, SameInputSameBytes) {
  const Shape shape = make_shapes(1)[1];
  const std::string once = emit_c(network_of(shape));
  std::setlocale(LC_ALL, "de_DE.UTF-8");
  EXPECT_EQ(emit_c(network_of(shape)), once);
  std::setlocale(LC_ALL, "C");
  EXPECT_NE(once.find("sha256 " + network_of(shape).digest()), std::string::npos);
}

TEST(Emit, WritesWholeFilesOnly) {
  const TemporaryDir dir;
  const Network network = network_of(make_shapes(1)[4]);
  const std::string target = dir.path() + "/a/b";
  emit(network, target);
  emit(network, target);  // replaces
  EXPECT_EQ(read_file(target + "/" + network.name() + ".c"), emit_c(network));
  EXPECT_EQ(read_file(target + "/Kbuild"), emit_kbuild(network));
  const std::string params = read_file(target + "/" + network.name() + ".params");
  ASSERT_EQ(params.size(), network.params.size());
  EXPECT_EQ(std::memcmp(params.data(), network.params.data(), params.size()), 0);
  EXPECT_EQ(std::distance(fs::directory_iterator(target), fs::directory_iterator()), 3);

  // A place that can't be written: nothing stays behind.
  const std::string blocked = dir.path() + "/blocked";
  fs::create_directories(blocked + "/Kbuild/occupied");
  EXPECT_THROW(emit(network, blocked), Error);
  for (const auto &entry : fs::directory_iterator(blocked))
    EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
  std::ofstream(dir.path() + "/file") << "x";
  EXPECT_THROW(emit(network, dir.path() + "/file"), Error);
}

}  // namespace
}  // namespace liteflow::codegen
