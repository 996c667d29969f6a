// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/inference.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "codegen/error.h"
#include "tools/lf-sim/m4/parameters.h"

namespace liteflow::sim::m4 {

// Columns [first, first + inputs) of a weight whose rows are so many blocks, each padded by itself.
Inference::Dense Inference::pack(const Weights &w, const std::string &weight, const std::string &bias,
                                 std::size_t first, std::size_t inputs, std::size_t blocks) {
  const auto &from = w.part(weight);
  const std::vector<float> none;
  const auto &offsets = bias.empty() ? none : w.part(bias);
  const std::size_t rows = w.rows(weight);
  const std::size_t columns = from.size() / rows, width = rows / blocks, stride = stride_of(width);
  Dense d{inputs, blocks * stride, std::vector<float>(inputs * blocks * stride), std::vector<float>(blocks * stride)};
  for (std::size_t r = 0; r < rows; r++) {
    const std::size_t to = r / width * stride + r % width;
    for (std::size_t k = 0; k < inputs; k++) d.weight[k * d.outputs + to] = from[r * columns + first + k];
    if (!offsets.empty()) d.bias[to] = offsets[r];
  }
  return d;
}

Inference::Gated Inference::pack_gated(const Weights &w, const std::string &name, std::size_t inputs) {
  return {pack(w, name + "_input_weight", name + "_input_bias", 0, inputs, 3),
          pack(w, name + "_state_weight", name + "_state_bias", 0, w.shape.hidden, 3)};
}

// Inputs that never change become part of the bias: columns from `first` on.
void Inference::absorb(Dense &dense, const Weights &w, const std::string &weight, std::size_t first,
                       std::size_t blocks, std::span<const float> values) {
  const Dense constant = pack(w, weight, "", first, values.size(), blocks);
  for (std::size_t k = 0; k < values.size(); k++)
    for (std::size_t i = 0; i < dense.outputs; i++) dense.bias[i] += values[k] * constant.weight[k * dense.outputs + i];
}

Inference::Inference(const Weights &w, std::span<const float> parameters, const Kernels &kernels)
    : shape_(w.shape), stride_(stride_of(w.shape.hidden)), kernels_(kernels) {
  if (parameters.size() != kParameters)
    throw Error(fmt::format("m4: {} parameters of the network, expected {}", parameters.size(), kParameters));
  const std::size_t h = shape_.hidden, inputs = shape_.flow_inputs();
  temporal_flow_ = pack_gated(w, "temporal_flow", inputs);
  temporal_link_ = pack_gated(w, "temporal_link", shape_.link_inputs());
  spatial_flow_ = pack_gated(w, "spatial_flow", h);
  absorb(spatial_flow_.input, w, "spatial_flow_input_weight", h, 3, parameters);
  spatial_link_ = pack_gated(w, "spatial_link", h);
  for (std::size_t i = 0; i < kLayers; i++) {
    const std::string name = fmt::format("graph{}_", i);
    Layer &l = layers_[i];
    const std::size_t in = i == 0 ? h : shape_.graph;
    l.width = i + 1 == kLayers ? h : shape_.graph;
    l.project = pack(w, name + "project_weight", name + "project_bias", 0, in, 1);
    l.left = pack(w, name + "left_weight", name + "left_bias", 0, in, 1);
    l.right = pack(w, name + "right_weight", "", 0, in, 1);
    l.norm_weight = w.part(name + "norm_weight");
    l.norm_bias = w.part(name + "norm_bias");
    l.norm_weight.resize(stride_of(l.width));
    l.norm_bias.resize(stride_of(l.width));
  }
  hidden_of_inputs_ = pack(w, "slowdown0_weight", "slowdown0_bias", 0, inputs, 1);
  absorb(hidden_of_inputs_, w, "slowdown0_weight", inputs, 1, parameters);
  hidden_of_state_ = pack(w, "slowdown0_weight", "", inputs + kParameters, h, 1);
  answer_ = pack(w, "slowdown1_weight", "slowdown1_bias", 0, h, 1);
}

void Inference::update(const Scene &scene) {
  const Touch &touch = scene.touched();
  const std::size_t flows = touch.flows.size(), links = touch.links.size();
  if (flows + links == 0) return;
  gather(scene);
  step(temporal_flow_, touch.flow_inputs.data(), shape_.flow_inputs(), 0, flows);
  step(temporal_link_, touch.link_inputs.data(), shape_.link_inputs(), flows, links);
  x_ = state_;
  for (std::size_t i = 0; i < kLayers; i++)
    layer(layers_[i], touch, i == 0 ? stride_ : stride_of(shape_.graph), i + 1 == kLayers);
  step(spatial_flow_, x_.data(), stride_, 0, flows);
  step(spatial_link_, x_.data() + flows * stride_, stride_, flows, links);
  answer(touch);
  scatter(touch);
}

void Inference::gather(const Scene &scene) {
  const Touch &touch = scene.touched();
  const std::size_t flows = touch.flows.size(), links = touch.links.size();
  if (flows_.size() < scene.slots() * stride_) flows_.resize(scene.slots() * stride_);
  for (const LinkId id : touch.links)
    if (links_.size() < (id + 1) * stride_) links_.resize((id + 1) * stride_);
  state_.assign((flows + links) * stride_, 0);
  float *row = state_.data();
  for (std::size_t i = 0; i < flows; i++, row += stride_)
    if (i == 0 && touch.new_flow) scene.begin_flow(touch.flows[i], row);
    else std::copy_n(flows_.data() + touch.flows[i] * stride_, stride_, row);
  for (std::size_t i = 0; i < links; i++, row += stride_)
    if (i + touch.new_links >= links) scene.begin_link(touch.links[i], row);
    else std::copy_n(links_.data() + touch.links[i] * stride_, stride_, row);
}

void Inference::scatter(const Touch &touch) {
  const float *row = state_.data();
  for (const Slot slot : touch.flows) {
    std::copy_n(row, stride_, flows_.data() + slot * stride_);
    row += stride_;
  }
  for (const LinkId id : touch.links) {
    std::copy_n(row, stride_, links_.data() + id * stride_);
    row += stride_;
  }
}

void Inference::apply(const Dense &d, const float *x, std::size_t x_stride, std::size_t rows, Into into,
                      float *y) const {
  kernels_.product(x, x_stride, rows, d.inputs, d.weight.data(), d.outputs, d.bias.data(), into, y);
}

void Inference::step(const Gated &gated, const float *inputs, std::size_t inputs_stride, std::size_t first,
                     std::size_t rows) {
  float *state = state_.data() + first * stride_;
  of_input_.resize(rows * 3 * stride_);
  of_state_.resize(rows * 3 * stride_);
  apply(gated.input, inputs, inputs_stride, rows, Into::bias, of_input_.data());
  apply(gated.state, state, stride_, rows, Into::bias, of_state_.data());
  kernels_.gate(of_input_.data(), of_state_.data(), rows, stride_, state);
}

// From x_ to x_.
void Inference::layer(const Layer &l, const Touch &touch, std::size_t x_stride, bool last) {
  const std::size_t flows = touch.flows.size(), rows = flows + touch.links.size();
  projected_.resize(rows * x_stride);
  apply(l.project, x_.data(), x_stride, rows, Into::bias_relu, projected_.data());
  sums_.assign(rows * x_stride, 0);
  for (std::size_t e = 0; e < touch.edge_flow.size(); e++) {
    const std::size_t flow = touch.edge_flow[e] * x_stride, link = (flows + touch.edge_link[e]) * x_stride;
    for (std::size_t i = 0; i < x_stride; i++) sums_[flow + i] += projected_[link + i];
    for (std::size_t i = 0; i < x_stride; i++) sums_[link + i] += projected_[flow + i];
  }
  y_.resize(rows * stride_of(l.width));
  apply(l.left, sums_.data(), x_stride, rows, Into::bias, y_.data());
  apply(l.right, x_.data(), x_stride, rows, Into::sum, y_.data());
  kernels_.normalise(y_.data(), rows, l.width, l.norm_weight.data(), l.norm_bias.data(), !last);
  x_.swap(y_);
}

void Inference::answer(const Touch &touch) {
  const std::size_t rows = touch.flows.size();
  hidden_.resize(rows * stride_);
  answers_.resize(rows * stride_of(kAnswers));
  apply(hidden_of_inputs_, touch.flow_inputs.data(), shape_.flow_inputs(), rows, Into::bias, hidden_.data());
  apply(hidden_of_state_, state_.data(), stride_, rows, Into::sum_relu, hidden_.data());
  apply(answer_, hidden_.data(), stride_, rows, Into::bias, answers_.data());
}

}  // namespace liteflow::sim::m4
