// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

#include <fmt/format.h>

#include "codegen/error.h"
#include "daemon/training/layers.h"
#include "tools/lf-sim/m4/blocks.h"
#include "tools/lf-sim/m4/inference.h"
#include "tools/lf-sim/m4/parameters.h"

namespace liteflow::sim::m4 {
namespace {

using torch::Tensor;

constexpr char kTraining[] = "LFSIM-M4 training 1\n";

Tensor rows(const std::vector<float> &values, std::size_t columns) {
  return view(values.data(), values.size() / columns, columns);
}

Tensor places(const Index &index) {
  return torch::from_blob(const_cast<std::int64_t *>(index.data()), {wide(index.size())}, torch::kLong);
}

Tensor column(const std::vector<float> &values) { return rows(values, 1).squeeze(1); }

// What is uniform is as wide as 1 / sqrt(inputs), or of gated units 1 / sqrt(width); norms leave all as it is; an
// untrained network answers the base: 0.
Tensor begin(const Part &part, const Shape &shape, std::size_t inputs, Rng &rng) {
  const auto ends = [&](const char *with) { return part.name.ends_with(with); };
  std::vector<std::int64_t> size = {wide(part.rows)};
  if (part.columns) size.push_back(wide(part.columns));
  auto t = torch::zeros(size);
  if (ends("norm_bias") || part.name.starts_with("slowdown1")) return t;
  if (ends("norm_weight")) return t.fill_(1);
  const bool is_gated = part.name.starts_with("temporal") || part.name.starts_with("spatial");
  const double most = 1 / std::sqrt(static_cast<double>(is_gated ? shape.hidden : inputs));
  auto *data = t.data_ptr<float>();
  for (std::int64_t i = 0; i < t.numel(); i++) data[i] = static_cast<float>(rng.uniform(-most, most));
  return t;
}

// Loss of some frames, as a sum over what it is of.
struct Sum {
  Tensor value = torch::zeros({});
  double weight = 0;

  void add(const Tensor &each) {
    value = value + each.sum();
    weight += static_cast<double>(each.numel());
  }
  void add(const Tensor &each, const Tensor &weights) {
    value = value + (each * weights).sum();
    weight += weights.sum().item<double>();
  }
  Tensor mean() const { return value / std::max(weight, 1.0); }
};

struct Sums {
  Sum slowdown, every_event, quantile, left, queue;
  std::size_t events = 0;

  Losses losses() const {
    const auto number = [](const Sum &s) { return s.mean().item<double>(); };
    return {.completed = static_cast<std::size_t>(slowdown.weight),
            .events = events,
            .slowdown = number(slowdown),
            .every_event = number(every_event),
            .quantile = number(quantile),
            .left = number(left),
            .queue = number(queue)};
  }
};

}  // namespace

struct Model::Impl {
  explicit Impl(const Shape &s) : shape(s), parts((check(s), parts_of(s))) {}

  void start(std::uint64_t seed) {
    Rng rng(seed);
    std::size_t inputs = 1;
    for (const Part &part : parts) {
      if (part.columns) inputs = part.columns;
      adopt(m4::begin(part, shape, inputs, rng));
    }
  }

  void adopt(const Weights &w) {
    for (std::size_t i = 0; i < parts.size(); i++) {
      auto t = view(w.values[i].data(), parts[i].rows, parts[i].columns ? parts[i].columns : 1);
      adopt(parts[i].columns ? t : t.squeeze(1));
    }
  }

  void adopt(const Tensor &value) {
    p.push_back(value.clone().set_requires_grad(true));
    first.push_back(torch::zeros_like(value));
    second.push_back(torch::zeros_like(value));
  }

  // In the order of parts_of().
  Gated gated_at(std::size_t i) const { return {p[i], p[i + 1], p[i + 2], p[i + 3]}; }
  Perceptron perceptron_at(std::size_t i) const { return {p[i], p[i + 1], p[i + 2], p[i + 3]}; }
  Layer layer_at(std::size_t i) const {
    const Tensor *t = &p[8 + 7 * i];
    return {t[0], t[1], t[2], t[3], t[4], t[5], t[6]};
  }
  static constexpr std::size_t kBehind = 8 + 7 * kLayers;
  Gated temporal_flow() const { return gated_at(0); }
  Gated temporal_link() const { return gated_at(4); }
  Gated spatial_flow() const { return gated_at(kBehind); }
  Gated spatial_link() const { return gated_at(kBehind + 4); }
  Perceptron slowdown() const { return perceptron_at(kBehind + 8); }
  Perceptron left() const { return perceptron_at(kBehind + 12); }
  Perceptron queue() const { return perceptron_at(kBehind + 16); }

  Tensor begun(const std::vector<float> &values) const {
    const auto given = rows(values, 3);
    return torch::cat({given, torch::zeros({given.size(0), wide(shape.hidden) - 3})}, 1);
  }

  // The states of the tables that a frame makes anew, as they are before it.
  Tensor gather(const Tensor &table, const Index &at, const Index &new_rows, const std::vector<float> &values) const {
    const auto states = table.index_select(0, places(at));
    return new_rows.empty() ? states : states.index_copy(0, places(new_rows), begun(values));
  }

  Tensor answers(const std::vector<float> &inputs, const std::vector<float> &parameters, const Tensor &states) const {
    return perceive(torch::cat({rows(inputs, shape.flow_inputs()), rows(parameters, kParameters), states}, 1),
                    slowdown());
  }

  struct States {
    Tensor flows, links;
  };

  // Those that a frame touches, after it; the tables have them too.
  States advance(const Frame &f) {
    const auto n = wide(f.flow_places.size());
    const auto flows = gated(rows(f.flow_inputs, shape.flow_inputs()),
                             gather(flow_table, f.flow_places, f.new_flows, f.flow_begin), temporal_flow());
    const auto links = gated(rows(f.link_inputs, shape.link_inputs()),
                             gather(link_table, f.link_places, f.new_links, f.link_begin), temporal_link());
    const auto edge_flow = places(f.edge_flow), edge_link = places(f.edge_link) + n;
    const auto from = torch::cat({edge_flow, edge_link}), to = torch::cat({edge_link, edge_flow});
    auto x = torch::cat({flows, links});
    for (std::size_t i = 0; i < kLayers; i++) {
      x = spread(x, from, to, layer_at(i));
      if (i + 1 < kLayers) x = torch::relu(x);
    }
    const States states{
        gated(torch::cat({x.slice(0, 0, n), rows(f.parameters, kParameters)}, 1), flows, spatial_flow()),
        gated(x.slice(0, n), links, spatial_link())};
    flow_table = flow_table.index_copy(0, places(f.flow_places), states.flows);
    link_table = link_table.index_copy(0, places(f.link_places), states.links);
    return states;
  }

  void add(const Frame &f, Sums &sums) {
    sums.events += f.events;
    if (!f.completed_places.empty()) {
      const auto states = flow_table.index_select(0, places(f.completed_places));
      const auto out = answers(f.completed_inputs, f.completed_parameters, states);
      sums.slowdown.add(relative_error(out.select(1, 0), column(f.completed_log_ratio)));
    }
    if (f.flow_places.empty()) return;
    const auto states = advance(f);
    const auto out = answers(f.flow_inputs, f.parameters, states.flows);
    const auto truth = column(f.log_ratio), weight = column(f.weight);
    sums.every_event.add(relative_error(out.select(1, 0), truth), weight);
    sums.quantile.add(quantile_error(out.slice(1, 1), truth), weight);
    if (!f.left_rows.empty())
      sums.left.add((perceive(states.flows.index_select(0, places(f.left_rows)), left()).squeeze(1) - column(f.left))
                        .abs());
    if (!f.queue_rows.empty())
      sums.queue.add((perceive(states.links.index_select(0, places(f.queue_rows)), queue()).squeeze(1) -
                      column(f.queue))
                         .abs());
  }

  void detach() {
    flow_table = flow_table.detach();
    link_table = link_table.detach();
  }

  void descend(const Step &s) {
    const torch::NoGradGuard guard;
    steps++;
    for (std::size_t i = 0; i < p.size(); i++)
      if (p[i].grad().defined())
        liteflow::descend(p[i], first[i], second[i],
                          {s.learning_rate, s.beta1, s.beta2, parts[i].columns ? s.decay : 0}, steps);
  }

  Weights weights_of(const std::vector<Tensor> &tensors) const {
    Weights w{shape, {}};
    for (const Tensor &t : tensors) {
      const auto c = t.detach().contiguous();
      w.values.emplace_back(c.data_ptr<float>(), c.data_ptr<float>() + c.numel());
    }
    return w;
  }

  Shape shape;
  std::vector<Part> parts;
  std::vector<Tensor> p, first, second;  // weights, and AdamW's moments of their gradients
  std::int64_t steps = 0;
  Tensor flow_table, link_table;  // states, by place
};

Model::Model(const Shape &shape, std::uint64_t seed) : impl_(std::make_unique<Impl>(shape)) { impl_->start(seed); }
Model::Model(const Weights &weights) : impl_(std::make_unique<Impl>(weights.shape)) { impl_->adopt(weights); }
Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::Model(Model &&) noexcept = default;
Model &Model::operator=(Model &&) noexcept = default;
Model::~Model() = default;

const Shape &Model::shape() const { return impl_->shape; }
Weights Model::weights() const { return impl_->weights_of(impl_->p); }

void Model::begin(std::size_t flow_places, std::size_t link_places) {
  impl_->flow_table = torch::zeros({wide(flow_places), wide(shape().hidden)});
  impl_->link_table = torch::zeros({wide(link_places), wide(shape().hidden)});
}

Losses Model::learn(std::span<const Frame> frames, const Step &step) {
  Impl &m = *impl_;
  for (const Tensor &t : m.p) t.mutable_grad() = Tensor();
  Sums sums;
  for (const Frame &f : frames) m.add(f, sums);
  const auto loss = sums.slowdown.mean() + step.every_event * sums.every_event.mean() +
                    step.quantile * sums.quantile.mean() + step.left * sums.left.mean() +
                    step.queue * sums.queue.mean();
  if (loss.requires_grad()) {
    loss.backward();
    if (step.most_gradient > 0) torch::nn::utils::clip_grad_norm_(m.p, step.most_gradient);
    m.descend(step);
  }
  m.detach();
  return sums.losses();
}

Losses Model::judge(std::span<const Frame> frames) {
  const torch::NoGradGuard guard;
  Sums sums;
  for (const Frame &f : frames) impl_->add(f, sums);
  return sums.losses();
}

std::vector<float> Model::answer(const Frame &frame) {
  const torch::NoGradGuard guard;
  if (frame.flow_places.empty()) return {};
  const auto states = impl_->advance(frame);
  const auto out = impl_->answers(frame.flow_inputs, frame.parameters, states.flows).contiguous();
  return {out.data_ptr<float>(), out.data_ptr<float>() + out.numel()};
}

std::vector<float> Model::flow_state(std::size_t place) const {
  const auto t = impl_->flow_table[wide(place)].contiguous();
  return {t.data_ptr<float>(), t.data_ptr<float>() + t.numel()};
}

std::vector<float> Model::link_state(std::size_t place) const {
  const auto t = impl_->link_table[wide(place)].contiguous();
  return {t.data_ptr<float>(), t.data_ptr<float>() + t.numel()};
}

// A line that says what it is; steps and the sizes of four pieces; the pieces: weights, moments, progress.
std::string Model::save_training(const std::string &progress) const {
  const Impl &m = *impl_;
  const std::string pieces[] = {to_bytes(m.weights_of(m.p)), to_bytes(m.weights_of(m.first)),
                                to_bytes(m.weights_of(m.second)), progress};
  std::string bytes = kTraining + fmt::format("{}", m.steps);
  for (const std::string &piece : pieces) bytes += fmt::format(" {}", piece.size());
  bytes += "\n";
  for (const std::string &piece : pieces) bytes += piece;
  return bytes;
}

std::pair<Model, std::string> Model::load_training(const std::string &bytes, const std::string &name) {
  const auto refuse = [&] { throw Error(name + ": no state of a training of m4: begin anew, without --resume"); };
  if (!bytes.starts_with(kTraining)) refuse();
  std::istringstream in(bytes.substr(std::strlen(kTraining)));
  std::int64_t steps = -1;
  std::size_t sizes[4] = {};
  in >> steps >> sizes[0] >> sizes[1] >> sizes[2] >> sizes[3];
  if (!in || in.get() != '\n' || steps < 0) refuse();
  std::string pieces[4];
  for (std::size_t i = 0; i < 4; i++) {
    if (sizes[i] > bytes.size()) refuse();
    pieces[i].resize(sizes[i]);
    if (!in.read(pieces[i].data(), wide(sizes[i]))) refuse();
  }
  const Weights first = weights_from(pieces[1], name), second = weights_from(pieces[2], name);
  Model model(weights_from(pieces[0], name));
  Impl &m = *model.impl_;
  if (first.shape != m.shape || second.shape != m.shape) refuse();
  for (std::size_t i = 0; i < m.p.size(); i++) {
    m.first[i] = view(first.values[i].data(), 1, first.values[i].size()).reshape(m.p[i].sizes()).clone();
    m.second[i] = view(second.values[i].data(), 1, second.values[i].size()).reshape(m.p[i].sizes()).clone();
  }
  m.steps = steps;
  return {std::move(model), pieces[3]};
}

}  // namespace liteflow::sim::m4
