// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m3/model.h"

#include <torch/script.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "codegen/error.h"
#include "daemon/training/layers.h"
#include "tools/lf-sim/m3/blocks.h"

namespace liteflow::sim::m3 {
namespace {

constexpr const char *kFormat = "lf-sim m3";
constexpr std::int64_t kVersion = 1;
constexpr const char *kRemedy = "make one by lf-sim train m3";
constexpr double kInitial = 0.02;    // standard deviation of the transformer's weights
constexpr double kMostLogRatio = 6;  // a network that runs away shall not answer infinity

using torch::Tensor;

// Names and sizes of the parameters in their order, and how each begins.
struct Plan {
  enum class Begin { zero, one, normal, scaled, uniform };

  std::string name;
  std::vector<std::int64_t> size;
  Begin begin;
  bool decays = false;
};

std::vector<Plan> plans_of(const Shape &shape) {
  using Begin = Plan::Begin;
  const auto dim = wide(shape.dim), hidden = wide(shape.hidden()), in = wide(shape.inputs()), mlp = wide(shape.mlp);
  std::vector<Plan> all = {{"embed_weight", {dim, in}, Begin::normal, true}, {"embed_bias", {dim}, Begin::zero}};
  for (std::size_t i = 0; i < shape.layers; i++) {
    const auto add = [&](const char *name, std::vector<std::int64_t> size, Begin begin) {
      all.push_back({fmt::format("layer{}_{}", i, name), size, begin, size.size() == 2});
    };
    add("attention_norm", {dim}, Begin::one);
    add("wq", {dim, dim}, Begin::normal);
    add("wk", {dim, dim}, Begin::normal);
    add("wv", {dim, dim}, Begin::normal);
    add("wo", {dim, dim}, Begin::scaled);
    add("hidden_norm", {dim}, Begin::one);
    add("w1", {hidden, dim}, Begin::normal);
    add("w2", {dim, hidden}, Begin::normal);
    add("w3", {hidden, dim}, Begin::scaled);
  }
  all.push_back({"norm", {dim}, Begin::one});
  all.push_back({"output", {dim, dim}, Begin::normal, true});
  const std::int64_t widths[] = {in + dim, mlp, mlp, wide(kOutputs)};
  for (std::size_t i = 0; i < 3; i++) {
    const Begin begin = i == 2 && shape.log_ratio ? Begin::zero : Begin::uniform;
    all.push_back({fmt::format("mlp{}_weight", i), {widths[i + 1], widths[i]}, begin});
    all.push_back({fmt::format("mlp{}_bias", i), {widths[i + 1]}, begin});
  }
  all.push_back({"empty", {wide(kPercentiles)}, Begin::zero});
  return all;
}

// uniform: as wide as 1 / sqrt(inputs), of the matrix before for a bias.
Tensor begin(const Plan &plan, const Shape &shape, std::int64_t inputs, Rng &rng) {
  auto t = torch::zeros(plan.size);
  if (plan.begin == Plan::Begin::zero) return t;
  if (plan.begin == Plan::Begin::one) return t.fill_(1);
  const double most = 1 / std::sqrt(static_cast<double>(inputs));
  const double deviation =
      plan.begin == Plan::Begin::scaled ? kInitial / std::sqrt(2.0 * static_cast<double>(shape.layers)) : kInitial;
  auto *data = t.data_ptr<float>();
  for (std::int64_t i = 0; i < t.numel(); i++)
    data[i] = static_cast<float>(plan.begin == Plan::Begin::uniform ? rng.uniform(-most, most)
                                                                   : deviation * rng.normal());
  return t;
}

// Paths of as many links, which go through the transformer as one.
struct Group {
  std::vector<std::int64_t> samples;
  Tensor maps, parameters;  // [paths, links + 1, kMap] and [paths, any]
};

std::vector<Group> groups_of(std::span<const Sample> samples, std::size_t parameters) {
  std::map<std::size_t, Group> groups;
  for (std::size_t i = 0; i < samples.size(); i++) {
    if (samples[i].parameters.size() != parameters)
      throw Error(fmt::format("a path with {} parameters: this checkpoint reads {}: it was trained for another layout",
                              samples[i].parameters.size(), parameters));
    groups[samples[i].features.links].samples.push_back(wide(i));
  }
  std::vector<Group> all;
  for (auto &[links, g] : groups) {
    const auto paths = wide(g.samples.size());
    g.maps = torch::empty({paths, wide(links + 1), wide(kMap)});
    g.parameters = torch::empty({paths, wide(parameters)});
    for (std::int64_t i = 0; i < paths; i++) {
      const Sample &s = samples[static_cast<std::size_t>(g.samples[static_cast<std::size_t>(i)])];
      g.maps[i].copy_(view(s.features.maps.data(), links + 1, kMap));
      g.parameters[i].copy_(view(s.parameters.data(), 1, parameters)[0]);
    }
    all.push_back(std::move(g));
  }
  return all;
}

template <typename Values>
Tensor outputs_of(std::span<const Sample> samples, const Values &values) {
  auto t = torch::empty({wide(samples.size()), wide(kOutputs)});
  for (std::size_t i = 0; i < samples.size(); i++)
    t[wide(i)].copy_(view(values(samples[i]).values.data(), 1, kOutputs)[0]);
  return t;
}

// What is known of a class is known of it on both sides.
Tensor targets_of(std::span<const Sample> samples, const Tensor &foreground) {
  const auto t = outputs_of(samples, [](const Sample &s) -> const Distribution & { return s.target; });
  return t * (foreground > 0);
}

struct Dropouts {
  Dropout transformer, mlp;
};

class Stopwatch {
 public:
  double lap() {
    const auto last = std::exchange(start_, std::chrono::steady_clock::now());
    return std::chrono::duration<double>(start_ - last).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

torch::jit::Module parse_checkpoint(const std::string &bytes, const std::string &name) {
  torch::jit::Module module;
  try {
    std::istringstream in(bytes);
    module = torch::jit::load(in);
  } catch (const c10::Error &) {
    throw Error(fmt::format("{}: not a checkpoint: damaged or another kind of file; {}", name, kRemedy));
  }
  if (!module.hasattr("format") || !module.attr("format").isString() ||
      module.attr("format").toStringRef() != kFormat || !module.hasattr("version") || !module.attr("version").isInt())
    throw Error(fmt::format("{}: a TorchScript file, but no checkpoint of m3; {}", name, kRemedy));
  if (const auto version = module.attr("version").toInt(); version != kVersion)
    throw Error(fmt::format("{}: a checkpoint of version {}, this lf-sim reads {}; {}", name, version, kVersion,
                            kRemedy));
  return module;
}

Tensor tensor_in(const torch::jit::Module &module, const std::string &key, const std::string &name) {
  if (!module.hasattr(key) || !module.attr(key).isTensor())
    throw Error(fmt::format("{}: the checkpoint lacks \"{}\"; {}", name, key, kRemedy));
  return module.attr(key).toTensor().detach();
}

Shape shape_in(const torch::jit::Module &module, const std::string &name) {
  const auto t = tensor_in(module, "shape", name);
  if (t.dtype() != torch::kLong || t.dim() != 1 || t.size(0) != 6 || (t < 0).any().item<bool>())
    throw Error(fmt::format("{}: the checkpoint's shape is none; {}", name, kRemedy));
  const auto at = [&](std::int64_t i) { return static_cast<std::size_t>(t[i].item<std::int64_t>()); };
  const Shape shape{static_cast<Layout>(at(0)), at(1), at(2), at(3), at(4), at(5) != 0};
  if (at(0) > static_cast<std::size_t>(Layout::tcp))
    throw Error(fmt::format("{}: a checkpoint for layout {} of the parameters, which this lf-sim does not know; {}",
                            name, at(0), kRemedy));
  try {
    check(shape);
  } catch (const Error &e) {
    throw Error(name + ": " + e.what());
  }
  return shape;
}

}  // namespace

void check(const Shape &s) {
  constexpr std::size_t kMost = 4096;
  if (!s.heads || !s.dim || s.dim % (2 * s.heads) || s.dim > kMost)
    throw Error(fmt::format("shape: dim = {}: must be a multiple of 2 heads = {} and at most {}", s.dim, 2 * s.heads,
                            kMost));
  if (!s.layers || s.layers > 64) throw Error(fmt::format("shape: layers = {}: must lie in [1, 64]", s.layers));
  if (!s.mlp || s.mlp > kMost) throw Error(fmt::format("shape: mlp = {}: must lie in [1, {}]", s.mlp, kMost));
}

std::size_t parameters_of(const Shape &shape) {
  check(shape);
  std::int64_t sum = 0;
  for (const Plan &plan : plans_of(shape)) sum += c10::multiply_integers(plan.size);
  return static_cast<std::size_t>(sum);
}

struct Model::Impl {
  explicit Impl(const Shape &s) : shape(s), plans((check(s), plans_of(s))) {}

  void start(std::uint64_t new_seed) {
    seed = new_seed;
    Rng rng(seed);
    std::int64_t inputs = 1;
    for (const Plan &plan : plans) {
      if (plan.size.size() == 2) inputs = plan.size[1];
      adopt(begin(plan, shape, inputs, rng));
    }
  }

  void adopt(const Tensor &value) {
    p.push_back(value.to(torch::kFloat).clone().set_requires_grad(true));
    first.push_back(torch::zeros_like(value));
    second.push_back(torch::zeros_like(value));
  }

  // In the order of plans_of().
  Block block(std::size_t i) const {
    const Tensor *t = &p[2 + i * 9];
    return {t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[8]};
  }
  const Tensor *tail() const { return &p[2 + shape.layers * 9]; }

  Tensor context(const Tensor &rows, const Dropout &dropout) const {
    auto x = dropout(torch::linear(rows, p[0], p[1]));
    for (std::size_t i = 0; i < shape.layers; i++) x = transform(x, block(i), wide(shape.heads), dropout);
    return torch::linear(rms_norm(x, tail()[0]), tail()[1]).mean(1);
  }

  // [samples, kOutputs] before answer().
  Tensor forward(std::span<const Sample> samples, const Dropouts &dropouts, NetworkSeconds *seconds) const {
    Stopwatch watch;
    std::vector<Tensor> inputs;
    std::vector<std::int64_t> order;
    for (const Group &g : groups_of(samples, size_of(shape.layout))) {
      const auto rows = encode(g.maps, g.parameters, p.back(), shape.log_ratio);
      inputs.push_back(torch::cat({rows.select(1, 0), context(rows.slice(1, 1), dropouts.transformer)}, 1));
      order.insert(order.end(), g.samples.begin(), g.samples.end());
    }
    if (seconds) seconds->transformer += watch.lap();
    const Tensor *w = tail() + 2;
    auto h = dropouts.mlp(torch::relu(torch::linear(torch::cat(inputs), w[0], w[1])));
    h = dropouts.mlp(torch::relu(torch::linear(h, w[2], w[3])));
    h = torch::linear(h, w[4], w[5]);
    const auto out = h.index_select(0, torch::tensor(order).argsort());
    if (seconds) seconds->mlp += watch.lap();
    return out;
  }

  // Slowdowns.
  Tensor answer(const Tensor &out, const Tensor &foreground) const {
    return shape.log_ratio ? foreground * out.clamp(-kMostLogRatio, kMostLogRatio).exp() : out + 1;
  }

  Tensor loss(std::span<const Sample> samples, const Dropouts &dropouts) const {
    const auto foreground = foreground_of(samples);
    return relative_error(answer(forward(samples, dropouts, nullptr), foreground), targets_of(samples, foreground));
  }

  static Tensor foreground_of(std::span<const Sample> samples) {
    return outputs_of(samples, [](const Sample &s) -> const Distribution & { return s.features.foreground; });
  }

  void descend(const Step &s) {
    const torch::NoGradGuard guard;
    for (std::size_t i = 0; i < p.size(); i++)
      if (p[i].grad().defined())
        liteflow::descend(p[i], first[i], second[i],
                          {s.learning_rate, s.beta1, s.beta2, plans[i].decays ? s.decay : 0}, steps);
  }

  torch::jit::Module module() const {
    torch::jit::Module m("M3");
    m.register_attribute("format", c10::StringType::get(), kFormat);
    m.register_attribute("version", c10::IntType::get(), kVersion);
    m.register_buffer("shape", torch::tensor({static_cast<std::int64_t>(shape.layout), wide(shape.dim),
                                              wide(shape.layers), wide(shape.heads), wide(shape.mlp),
                                              static_cast<std::int64_t>(shape.log_ratio)}));
    for (std::size_t i = 0; i < p.size(); i++) m.register_parameter(plans[i].name, p[i].detach(), false);
    return m;
  }

  // Tensors under the names of the parameters behind a prefix.
  std::vector<Tensor> read(const torch::jit::Module &m, const std::string &prefix, const std::string &name) const {
    std::vector<Tensor> all;
    for (const Plan &plan : plans) {
      const auto t = tensor_in(m, prefix + plan.name, name);
      if (t.sizes() != at::IntArrayRef(plan.size) || t.dtype() != torch::kFloat)
        throw Error(fmt::format("{}: \"{}\" does not fit the checkpoint's shape; {}", name, plan.name, kRemedy));
      if (!t.isfinite().all().item<bool>())
        throw Error(fmt::format("{}: \"{}\" holds a value that is not finite; {}", name, plan.name, kRemedy));
      all.push_back(t);
    }
    return all;
  }

  static std::unique_ptr<Impl> of(const torch::jit::Module &m, const std::string &name) {
    auto impl = std::make_unique<Impl>(shape_in(m, name));
    for (const Tensor &t : impl->read(m, "", name)) impl->adopt(t);
    return impl;
  }

  Shape shape;
  std::vector<Plan> plans;
  std::vector<Tensor> p, first, second;  // parameters and AdamW's moments of their gradients
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
};

Model::Model(const Shape &shape, std::uint64_t seed) : impl_(std::make_unique<Impl>(shape)) { impl_->start(seed); }
Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::Model(Model &&) noexcept = default;
Model &Model::operator=(Model &&) noexcept = default;
Model::~Model() = default;

const Shape &Model::shape() const { return impl_->shape; }

std::vector<float> Model::predict(std::span<const Sample> samples, NetworkSeconds *seconds) const {
  if (samples.empty()) return {};
  const torch::NoGradGuard guard;
  const auto out = impl_->answer(impl_->forward(samples, {}, seconds), Impl::foreground_of(samples)).clamp_min(1);
  return {out.data_ptr<float>(), out.data_ptr<float>() + out.numel()};
}

double Model::loss(std::span<const Sample> samples) const {
  if (samples.empty()) return 0;
  const torch::NoGradGuard guard;
  return impl_->loss(samples, {}).item<double>();
}

double Model::learn(std::span<const Sample> batch, const Step &step) {
  if (batch.empty()) return 0;
  Impl &m = *impl_;
  m.steps++;
  // A step's own seed, so that a training that is resumed goes on as if it had not stopped.
  Rng rng(m.seed + static_cast<std::uint64_t>(m.steps));
  const Dropouts dropouts{Dropout(step.dropout, rng.next()), Dropout(step.mlp_dropout, rng.next())};
  for (const Tensor &t : m.p) t.mutable_grad() = Tensor();
  const auto loss = m.loss(batch, dropouts);
  loss.backward();
  if (step.most_gradient > 0) torch::nn::utils::clip_grad_norm_(m.p, step.most_gradient);
  m.descend(step);
  return loss.item<double>();
}

std::string Model::save() const {
  std::ostringstream out;
  impl_->module().save(out);
  return out.str();
}

std::string Model::save_training(const std::string &progress) const {
  auto module = impl_->module();
  for (std::size_t i = 0; i < impl_->p.size(); i++) {
    module.register_buffer("first_" + impl_->plans[i].name, impl_->first[i]);
    module.register_buffer("second_" + impl_->plans[i].name, impl_->second[i]);
  }
  module.register_attribute("steps", c10::IntType::get(), impl_->steps);
  module.register_attribute("seed", c10::IntType::get(), static_cast<std::int64_t>(impl_->seed));
  module.register_attribute("progress", c10::StringType::get(), progress);
  std::ostringstream out;
  module.save(out);
  return out.str();
}

Model Model::load(const std::string &bytes, const std::string &name) {
  return Model(Impl::of(parse_checkpoint(bytes, name), name));
}

std::pair<Model, std::string> Model::load_training(const std::string &bytes, const std::string &name) {
  const auto module = parse_checkpoint(bytes, name);
  if (!module.hasattr("steps") || !module.hasattr("seed") || !module.hasattr("progress"))
    throw Error(fmt::format("{}: a trained network without the state of its training: nothing to resume", name));
  auto impl = Impl::of(module, name);
  const auto adopt = [&](std::vector<Tensor> &moments, const char *prefix) {
    moments.clear();
    for (const Tensor &t : impl->read(module, prefix, name)) moments.push_back(t.clone());
  };
  adopt(impl->first, "first_");
  adopt(impl->second, "second_");
  impl->steps = module.attr("steps").toInt();
  impl->seed = static_cast<std::uint64_t>(module.attr("seed").toInt());
  return {Model(std::move(impl)), module.attr("progress").toStringRef()};
}

std::string read_checkpoint(const std::string &file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(fmt::format("{}: cannot read the checkpoint; {}", file, kRemedy));
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

}  // namespace liteflow::sim::m3
