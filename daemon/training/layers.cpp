// SPDX-License-Identifier: GPL-2.0
#include "daemon/training/layers.h"

#include <cmath>

#include <algorithm>
#include <sstream>

#include "codegen/error.h"
#include "daemon/training/script.h"

namespace liteflow {
namespace {

// First line of what torch has to say: its messages carry whole back traces.
std::string first_line(const c10::Error &e) {
  const std::string what = e.what_without_backtrace();
  return what.substr(0, what.find('\n'));
}

}  // namespace

void use_one_thread() { torch::set_num_threads(1); }

torch::Tensor orthogonal(std::int64_t rows, std::int64_t columns, double gain, Rng &rng) {
  const std::int64_t large = std::max(rows, columns), small = std::min(rows, columns);
  auto m = torch::empty({large, small}, torch::kDouble);
  auto *data = m.data_ptr<double>();
  for (std::int64_t i = 0; i < large * small; i++) data[i] = rng.normal();
  auto q = std::get<0>(torch::linalg_qr(m));
  if (rows < columns) q = q.t();
  return (q * gain).to(torch::kFloat).contiguous();
}

void fold(torch::Tensor &weight, torch::Tensor &bias, const torch::Tensor &centre, const torch::Tensor &gain) {
  auto w = weight.to(torch::kDouble).clone();
  const auto c = centre.to(torch::kDouble), g = gain.to(torch::kDouble);
  auto part = w.slice(1, 0, c.size(0));
  part.mul_(g);
  bias = bias.to(torch::kDouble) - part.mv(c);
  weight = w;
}
void unfold(torch::Tensor &weight, torch::Tensor &bias, const torch::Tensor &centre, const torch::Tensor &gain) {
  auto w = weight.to(torch::kDouble).clone();
  const auto c = centre.to(torch::kDouble), g = gain.to(torch::kDouble);
  auto part = w.slice(1, 0, c.size(0));
  bias = bias.to(torch::kDouble) + part.mv(c);
  part.div_(g);
  weight = w;
}

void descend(torch::Tensor &parameter, torch::Tensor &first, torch::Tensor &second, const AdamW &by, std::int64_t step) {
  constexpr double kEpsilon = 1e-8;
  const auto t = static_cast<double>(step);
  const auto &g = parameter.grad();
  first.mul_(by.beta1).add_(g, 1 - by.beta1);
  second.mul_(by.beta2).addcmul_(g, g, 1 - by.beta2);
  if (by.decay > 0) parameter.mul_(1 - by.learning_rate * by.decay);
  parameter.addcdiv_(first, (second / (1 - std::pow(by.beta2, t))).sqrt_().add_(kEpsilon),
                     -by.learning_rate / (1 - std::pow(by.beta1, t)));
}

torch::Tensor rows_of(const std::vector<float> &v, std::size_t rows, std::size_t columns) {
  TORCH_CHECK(v.size() == rows * columns, "samples: expected ", rows * columns, " values, got ", v.size());
  const auto r = static_cast<std::int64_t>(rows), c = static_cast<std::int64_t>(columns);
  auto t = torch::from_blob(const_cast<float *>(v.data()), {r, c}, torch::kFloat);
  return columns == 1 ? t.squeeze(1) : t;
}

torch::Tensor view(const float *data, std::size_t rows, std::size_t columns) {
  return torch::from_blob(const_cast<float *>(data),
                          {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)}, torch::kFloat);
}

torch::jit::Module parse(const std::string &bytes, const std::string &name, const char *command) {
  try {
    std::istringstream in(bytes);
    return torch::jit::load(in);
  } catch (const c10::Error &e) {
    throw Error(name + ": not a TorchScript model (" + first_line(e) + "); make one by liteflowd pretrain " + command);
  }
}

torch::Tensor parameter(const torch::jit::Module &module, const std::string &key, const std::string &name,
                        const char *command) {
  if (!module.hasattr(key))
    throw Error(name + ": no parameter \"" + key + "\"; the " + command +
                " adapter tunes models made by liteflowd pretrain " + command);
  const auto t = module.attr(key).toTensor().detach().to(torch::kDouble);
  if (!t.isfinite().all().item<bool>())
    throw Error(name + ": parameter \"" + key + "\" holds a value that is not finite");
  return t;
}

std::vector<float> run_torchscript(const std::string &bytes, const float *states, std::size_t rows,
                                   std::size_t columns) {
  const torch::NoGradGuard guard;
  auto module = parse(bytes, "model", "aurora");
  module.eval();
  module = torch::jit::freeze(module);
  const auto out = module.forward({view(states, rows, columns).clone()}).toTensor().contiguous();
  return {out.data_ptr<float>(), out.data_ptr<float>() + out.numel()};
}

}  // namespace liteflow
