// SPDX-License-Identifier: GPL-2.0
#include "codegen/lower.h"

#include <fmt/format.h>

#include <algorithm>

#include "codegen/error.h"

namespace liteflow::codegen {
namespace {

template <class Operation>
bool is(const Node &node) {
  return std::holds_alternative<Operation>(node.operation);
}

// Elements of a buffer; a buffer is named by the node that owns it.
struct View {
  std::size_t owner = 0, offset = 0;
};

struct Buffer {
  std::size_t first = kNone, last = 0;  // steps that write first and read last
  std::size_t offset = 0;               // in scratch
};

class Lowering {
 public:
  explicit Lowering(const Model &model)
      : model_(model), uses_(model.nodes.size()), parent_(model.nodes.size()),
        buffers_(model.nodes.size()) {
    for (const Node &node : model.nodes)
      for (const std::size_t input : node.inputs) ++uses_[input];
  }

  Plan run();

 private:
  void claim_operands(std::size_t concat);
  View view(std::size_t node) const;
  void add_node(std::size_t index);
  void add_linear(std::size_t linear, std::size_t activation);
  void add_copies(std::size_t concat);
  void add_output();
  void add(std::uint8_t op, std::uint8_t act, Step step, View from, View to, std::size_t n_in,
           std::size_t n_out);
  void allocate();
  bool is_fused(std::size_t linear) const;

  const Model &model_;
  std::vector<std::size_t> uses_;
  std::vector<View> parent_;  // concat buffer that a node's own values lie in
  std::vector<Buffer> buffers_;
  std::vector<View> from_, to_;  // by step
  Plan plan_;
};

std::uint8_t act_of(const Activation &activation) {
  switch (activation.function) {
    case Function::tanh: return LF_ACT_TANH;
    case Function::sigmoid: return LF_ACT_SIGMOID;
    default: return LF_ACT_LINEAR;
  }
}

// Where a node's values are: slices and constants are views of their input.
View Lowering::view(std::size_t node) const {
  std::size_t offset = 0;
  while (true) {
    const Node &n = model_.nodes[node];
    if (const auto *slice = std::get_if<Slice>(&n.operation)) {
      offset += slice->begin;
      node = n.inputs[0];
    } else if (is<Affine>(n)) {
      node = n.inputs[0];
    } else if (parent_[node].owner != node) {
      offset += parent_[node].offset;
      node = parent_[node].owner;
    } else {
      return {node, offset};
    }
  }
}

// Lets the operands of a concatenation be computed in place, where each still
// has no other place; the others are copied.
void Lowering::claim_operands(std::size_t concat) {
  std::size_t offset = 0;
  for (const std::size_t input : model_.nodes[concat].inputs) {
    std::size_t base = input;
    while (is<Affine>(model_.nodes[base])) base = model_.nodes[base].inputs[0];
    if (!is<Slice>(model_.nodes[base]) && parent_[base].owner == base)
      parent_[base] = {concat, offset};
    offset += model_.nodes[input].width;
  }
}

bool Lowering::is_fused(std::size_t linear) const {
  if (uses_[linear] != 1) return false;
  for (const Node &node : model_.nodes)
    if (is<Activation>(node) && node.inputs[0] == linear) return true;
  return false;
}

void Lowering::add(std::uint8_t op, std::uint8_t act, Step step, View from, View to,
                   std::size_t n_in, std::size_t n_out) {
  step.layer = {op, act, static_cast<__u16>(n_in), static_cast<__u16>(n_out), 0, 0};
  const std::size_t index = plan_.steps.size();
  Buffer &target = buffers_[to.owner];
  target.first = std::min(target.first, index);
  target.last = std::max(target.last, index);
  buffers_[from.owner].last = index;
  plan_.steps.push_back(step);
  from_.push_back(from);
  to_.push_back(to);
}

void Lowering::add_linear(std::size_t linear, std::size_t activation) {
  const Node &node = model_.nodes[linear];
  const std::size_t source = node.inputs[0];
  const std::size_t result = activation == kNone ? linear : activation;
  std::uint8_t act = LF_ACT_LINEAR;
  if (activation != kNone) act = act_of(std::get<Activation>(model_.nodes[activation].operation));
  add(LF_OP_LINEAR, act, {{}, source, linear, activation, result}, view(source), view(result),
      model_.nodes[source].width, node.width);
}

void Lowering::add_copies(std::size_t concat) {
  View to = view(concat);
  for (const std::size_t input : model_.nodes[concat].inputs) {
    const std::size_t width = model_.nodes[input].width;
    const View from = view(input);
    if (from.owner != to.owner || from.offset != to.offset)
      add(LF_OP_COPY, LF_ACT_LINEAR, {{}, input, kNone, kNone, concat}, from, to, width, width);
    to.offset += width;
  }
}

void Lowering::add_node(std::size_t index) {
  const Node &node = model_.nodes[index];
  if (is<Input>(node)) {
    add(LF_OP_INPUT, LF_ACT_LINEAR, {{}, 0, kNone, kNone, 0}, view(0), view(0), node.width,
        node.width);
  } else if (is<Linear>(node)) {
    if (!is_fused(index)) add_linear(index, kNone);
  } else if (const auto *activation = std::get_if<Activation>(&node.operation)) {
    const std::size_t input = node.inputs[0];
    if (is<Linear>(model_.nodes[input]) && is_fused(input)) return add_linear(input, index);
    add(LF_OP_MAP, act_of(*activation), {{}, input, kNone, index, index}, view(input), view(index),
        node.width, node.width);
  } else if (is<Concat>(node)) {
    add_copies(index);
  }
}

// The last layer writes application values: the output's linear operation and
// piecewise linear activation itself, or a map of what was computed before.
void Lowering::add_output() {
  const std::size_t last = model_.nodes.size() - 1;
  const Node &output = model_.nodes[last];
  const auto *activation = std::get_if<Activation>(&output.operation);
  Step step{{}, last, kNone, kNone, last};
  if (activation && act_of(*activation) == LF_ACT_LINEAR) {
    step.activation = last;
    step.source = output.inputs[0];
    if (is_fused(step.source) && is<Linear>(model_.nodes[step.source])) step.linear = step.source;
  } else if (is<Linear>(output)) {
    step.linear = last;
  } else {
    add_node(last);
  }
  if (step.linear != kNone) step.source = model_.nodes[step.linear].inputs[0];
  const View from = view(step.source);
  add(step.linear == kNone ? LF_OP_MAP : LF_OP_LINEAR, LF_ACT_OUT, step, from, from,
      model_.nodes[step.source].width, output.width);
}

// First fit by the step that writes first; places are reused once read.
void Lowering::allocate() {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < buffers_.size(); ++i)
    if (buffers_[i].first != kNone) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return buffers_[a].first < buffers_[b].first;
  });
  std::size_t scratch = 0;
  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t i : order) {
    std::size_t at = 0;
    for (const std::size_t other : placed) {
      const std::size_t end = buffers_[other].offset + model_.nodes[other].width;
      const bool apart = buffers_[other].last < buffers_[i].first;
      if (!apart && buffers_[other].offset < at + model_.nodes[i].width && at < end) at = end;
    }
    buffers_[i].offset = at;
    const auto after = std::find_if(placed.begin(), placed.end(), [&](std::size_t other) {
      return buffers_[other].offset > at;
    });
    placed.insert(after, i);
    scratch = std::max(scratch, at + model_.nodes[i].width);
  }
  if (scratch > LF_SCRATCH_MAX)
    throw Error(fmt::format("the model needs {} scratch values, {} at most; make its layers "
                            "narrower", scratch, LF_SCRATCH_MAX));
  plan_.scratch = static_cast<std::uint16_t>(scratch);
}

Plan Lowering::run() {
  for (std::size_t i = 0; i < model_.nodes.size(); ++i) parent_[i] = {i, 0};
  const std::size_t last = model_.nodes.size() - 1;
  for (std::size_t i = 0; i <= last; ++i)
    if (is<Concat>(model_.nodes[i])) claim_operands(i);
  for (std::size_t i = 0; i < last; ++i) add_node(i);
  add_output();
  allocate();
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    lf_layer &layer = plan_.steps[i].layer;
    if (i > 0) layer.src = static_cast<__u16>(buffers_[from_[i].owner].offset + from_[i].offset);
    if (layer.act != LF_ACT_OUT)
      layer.dst = static_cast<__u16>(buffers_[to_[i].owner].offset + to_[i].offset);
  }
  return std::move(plan_);
}

}  // namespace

Plan lower(const Model &model) {
  for (const Node &node : model.nodes)
    if (node.width > LF_SCRATCH_MAX)
      throw Error(fmt::format("a layer of {} values is too wide; {} at most", node.width,
                              LF_SCRATCH_MAX));
  return Lowering(model).run();
}

}  // namespace liteflow::codegen
