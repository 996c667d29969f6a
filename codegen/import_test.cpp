// SPDX-License-Identifier: GPL-2.0
#include "codegen/import.h"

#include <gtest/gtest.h>
#include <torch/script.h>

#include <span>
#include <sstream>

#include "codegen/error.h"

namespace liteflow::codegen {
namespace {

namespace jit = torch::jit;

// A module as a C++ trainer makes it: parameters and a forward in source.
jit::Module make_module(const std::string &forward, const std::vector<std::size_t> &widths,
                        const at::TensorOptions &options = at::kFloat) {
  torch::manual_seed(1);
  jit::Module module("policy");
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const auto rows = static_cast<std::int64_t>(widths[i + 1]);
    const auto columns = static_cast<std::int64_t>(widths[i]);
    module.register_parameter("w" + std::to_string(i), torch::randn({rows, columns}, options), false);
    module.register_parameter("b" + std::to_string(i), torch::randn({rows}, options), false);
  }
  module.define("def forward(self, x):\n" + forward);
  return module;
}

std::string bytes_of(const jit::Module &module) {
  std::ostringstream stream;
  module.save(stream);
  return stream.str();
}

void expect_equal(jit::Module module, std::size_t n_in, at::ScalarType type) {
  const Model model = import_model_bytes(bytes_of(module));
  ASSERT_EQ(model.n_in(), n_in);
  const at::Tensor x = torch::rand({32, static_cast<std::int64_t>(n_in)}, at::kDouble) * 4 - 2;
  const at::Tensor y = module.forward({x.to(type)}).toTensor().to(at::kDouble).contiguous();
  for (std::int64_t r = 0; r < x.size(0); ++r) {
    const auto got = evaluate(model, std::span(x.data_ptr<double>() + r * x.size(1), n_in));
    for (std::size_t o = 0; o < got.size(); ++o)
      EXPECT_NEAR(got[o], y[r][static_cast<std::int64_t>(o)].item<double>(), 1e-4);
  }
}

TEST(ImportCpp, DefinedForward) {
  const std::string tanh_net =
      "  x = torch.tanh(torch.linear(x, self.w0, self.b0))\n"
      "  x = torch.tanh(torch.linear(x, self.w1, self.b1))\n"
      "  return torch.linear(x, self.w2, self.b2)\n";
  expect_equal(make_module(tanh_net, {30, 32, 16, 1}), 30, at::kFloat);
  expect_equal(make_module(tanh_net, {30, 32, 16, 1}, at::kDouble), 30, at::kDouble);
  expect_equal(make_module("  return torch.matmul(torch.relu(torch.addmm(self.b0, x, "
                           "self.w0.t())), self.w1.t()) + self.b1\n",
                           {5, 6, 2}),
               5, at::kFloat);
  expect_equal(make_module("  a = torch.linear(x[:, -4:], self.w0, self.b0).sigmoid_()\n"
                           "  a = torch.cat([a[:, :2], x[:, :3]], 1)\n"
                           "  return torch.linear(a, self.w1, self.b1)\n",
                           {4, 5, 2}),
               4, at::kFloat);
}

TEST(ImportCpp, InPlaceChangesWhatWasNamedBefore) {
  expect_equal(make_module("  y = torch.linear(x, self.w0, self.b0)\n"
                           "  z = torch.relu_(y)\n"
                           "  return torch.cat([y, z], -1)\n",
                           {3, 4}),
               3, at::kFloat);
}

TEST(ImportCpp, TrainingModeIsLeftBehind) {
  jit::Module module = make_module("  return torch.linear(x, self.w0, self.b0)\n", {3, 4});
  module.register_attribute("training", c10::BoolType::get(), true);
  module.define("def train_forward(self, x):\n"
                "  return torch.dropout(self.forward(x), 0.5, self.training)\n");
  module.train();
  EXPECT_EQ(import_model_bytes(bytes_of(module)).n_out(), 4u);
}

TEST(ImportCpp, ModuleWithoutForward) {
  EXPECT_THROW(import_model_bytes(bytes_of(jit::Module("empty"))), Error);
}

TEST(ImportFile, RefusesWhatIsNoModel) {
  EXPECT_THROW(import_model("/nonexistent.pt"), Error);
  EXPECT_THROW(import_model("/"), Error);
  EXPECT_THROW(import_model_bytes(""), Error);
  EXPECT_THROW(import_model_bytes("PK\x03\x04 not really"), Error);
  const std::string good = bytes_of(make_module("  return torch.relu(x)\n", {}));
  for (const std::size_t part : {good.size() / 2, good.size() - 30})
    EXPECT_THROW(import_model_bytes(good.substr(0, part)), Error);
}

}  // namespace
}  // namespace liteflow::codegen
