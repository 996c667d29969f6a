// SPDX-License-Identifier: GPL-2.0
#include "codegen/quantise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "codegen/error.h"
#include "codegen/interpret.h"
#include "codegen/lower.h"

namespace liteflow::codegen {
namespace {

constexpr std::int64_t kAccMax = 0x7fffffff;
constexpr std::size_t kObserved = 512;  // inputs of each kind that ranges are seen on

// How an integer activation stands for a real one: offset + scale * q, with q
// proved to lie in [lo, hi].
struct Channel {
  double scale = 0, offset = 0;
  std::int32_t lo = 0, hi = 0;
};
using Channels = std::vector<Channel>;

// A row in integers: real value of its sum = unit * (sum(weight * q) + bias).
struct Row {
  std::vector<std::int32_t> weights;
  std::int32_t bias = 0;
  double unit = 1;
  std::int64_t lo = 0, hi = 0;  // proved bounds of the accumulator
};

std::int64_t magnitude(const std::vector<std::int32_t> &weights) {
  std::int64_t sum = 0;
  for (const std::int32_t w : weights) sum += std::abs(w);
  return sum;
}

// The smallest unit, hence the largest integers, for which
// |weight| <= weight_max and sum|weight| * LF_ACT_MAX + |bias| <= kAccMax.
Row quantise_row(const std::vector<double> &real, double bias, double weight_max) {
  double largest = 0, sum = std::fabs(bias);
  for (const double w : real) {
    largest = std::max(largest, std::fabs(w));
    sum += std::fabs(w) * LF_ACT_MAX;
  }
  Row row;
  row.weights.resize(real.size());
  row.unit = std::max(largest / weight_max, sum / static_cast<double>(kAccMax));
  if (row.unit < 1e-30) return row;  // all (but) zero
  while (true) {
    for (std::size_t i = 0; i < real.size(); ++i)
      row.weights[i] = static_cast<std::int32_t>(std::nearbyint(real[i] / row.unit));
    row.bias = static_cast<std::int32_t>(
        std::clamp(std::nearbyint(bias / row.unit), -2147483647.0, 2147483647.0));
    const std::int64_t bound = magnitude(row.weights) * LF_ACT_MAX + std::abs(std::int64_t{row.bias});
    if (bound <= kAccMax) return row;
    // Rounding went over: by at most half a unit per weight.
    row.unit *= static_cast<double>(bound) / static_cast<double>(kAccMax) + 1e-9;
  }
}

// mult / 2^shift as close to the ratios as 31 bits allow.
void set_ratio(lf_row &row, double ratio, double ratio_negative) {
  const double largest = std::max(std::fabs(ratio), std::fabs(ratio_negative));
  if (!(largest < 1 << 30))
    throw Error("a value grows too large for fixed point; scale the model's inputs and weights");
  int shift = LF_SHIFT_MAX;
  while (shift > 1 && std::nearbyint(std::ldexp(largest, shift)) > 2147483647.0) --shift;
  row.shift = static_cast<__u32>(shift);
  row.mult = static_cast<__s32>(std::nearbyint(std::ldexp(ratio, shift)));
  row.mult_neg = static_cast<__s32>(std::nearbyint(std::ldexp(ratio_negative, shift)));
}

double ratio_of(const lf_row &row) { return std::ldexp(row.mult, -static_cast<int>(row.shift)); }

class Quantiser {
 public:
  Quantiser(const Model &model, const Plan &plan, const Matrix &calibration,
            const QuantiseOptions &options);
  Network run();

 private:
  void observe(const Matrix &inputs);
  const Channels &channels(std::size_t node);
  void input_section(const lf_layer &layer, std::byte *section);
  void linear_section(const Step &step, std::byte *section);
  void map_section(const Step &step, std::byte *section);
  Row make_row(const std::vector<double> &weights, double bias, const Channel *channels);
  Channel finish_row(const Step &step, std::size_t index, const Row &row, lf_row &out) const;
  Channel scale_to_range(const Row &row, double slope, double observed, lf_row &out) const;

  const Model &model_;
  const Plan &plan_;
  const Matrix &calibration_;
  const QuantiseOptions &options_;
  Ranges clip_;
  std::vector<Channels> channels_;              // by node; empty: not known yet
  std::vector<std::vector<double>> observed_;   // by node: largest |value| per channel
};

Quantiser::Quantiser(const Model &model, const Plan &plan, const Matrix &calibration,
                     const QuantiseOptions &options)
    : model_(model), plan_(plan), calibration_(calibration), options_(options),
      channels_(model.nodes.size()) {
  clip_ = options.clip ? *options.clip
                       : codegen::clip_ranges(calibration, options.declared, options.clipped_share);
  if (clip_.size() != model.n_in())
    throw Error(fmt::format("{} clip ranges for {} inputs", clip_.size(), model.n_in()));
  for (const Node &node : model.nodes) observed_.emplace_back(node.width);
}

void Quantiser::observe(const Matrix &inputs) {
  const std::size_t stride = std::max<std::size_t>(1, inputs.rows / kObserved);
  for (std::size_t r = 0; r < inputs.rows; r += stride) {
    const auto values =
        evaluate_nodes(model_, std::span(&inputs.values[r * inputs.columns], inputs.columns));
    for (std::size_t n = 0; n < values.size(); ++n)
      for (std::size_t i = 0; i < values[n].size(); ++i)
        observed_[n][i] = std::max(observed_[n][i], std::fabs(values[n][i]));
  }
}

const Channels &Quantiser::channels(std::size_t node) {
  const Node &n = model_.nodes[node];
  Channels &result = channels_[node];
  if (!result.empty()) return result;
  if (const auto *slice = std::get_if<Slice>(&n.operation)) {
    const auto first = channels(n.inputs[0]).begin() + static_cast<std::ptrdiff_t>(slice->begin);
    result.assign(first, first + static_cast<std::ptrdiff_t>(n.width));
  } else if (const auto *affine = std::get_if<Affine>(&n.operation)) {
    result = channels(n.inputs[0]);
    for (std::size_t i = 0; i < n.width; ++i) {
      result[i].scale *= affine->mul[i];
      result[i].offset = result[i].offset * affine->mul[i] + affine->add[i];
    }
  } else {
    for (const std::size_t input : n.inputs) {
      const Channels &part = channels(input);
      result.insert(result.end(), part.begin(), part.end());
    }
  }
  return result;
}

void Quantiser::input_section(const lf_layer &layer, std::byte *section) {
  auto *clips = reinterpret_cast<lf_clip *>(section);
  for (std::size_t i = 0; i < layer.n_out; ++i) {
    lf_clip &clip = clips[i];
    clip.lo = to_q16(clip_[i].first);
    clip.hi = to_q16(clip_[i].second);
    const std::int64_t span = std::int64_t{clip.hi} - clip.lo;
    if (span < 1 || span > kAccMax)
      throw Error(fmt::format("input {}: clip range [{}, {}] is empty or too wide for Q16.16",
                              i + 1, clip_[i].first, clip_[i].second));
    clip.mid = static_cast<__s32>(clip.lo + span / 2);
    const double half = static_cast<double>(span - span / 2);
    lf_row row{};
    set_ratio(row, LF_ACT_MAX / half, 0);
    clip.mult = row.mult;
    clip.shift = row.shift;
    const double per_step = std::ldexp(1 / ratio_of(row), -LF_FRAC);
    channels_[0].push_back({per_step, from_q16(clip.mid), -LF_ACT_MAX, LF_ACT_MAX});
  }
}

// The constant parts of the inputs go into the bias, their scales into the
// weights.
Row Quantiser::make_row(const std::vector<double> &weights, double bias,
                        const Channel *channels) {
  std::vector<double> real(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    real[i] = weights[i] * channels[i].scale;
    bias += weights[i] * channels[i].offset;
  }
  Row row = quantise_row(real, bias, options_.weight_bits == 8 ? 127 : LF_ACT_MAX);
  row.lo = row.hi = row.bias;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::int64_t a = std::int64_t{row.weights[i]} * channels[i].lo;
    const std::int64_t b = std::int64_t{row.weights[i]} * channels[i].hi;
    row.lo += std::min(a, b);
    row.hi += std::max(a, b);
  }
  return row;
}

// y = acc, or slope * acc below zero, scaled so that its bounds fill s16.
Channel Quantiser::scale_to_range(const Row &row, double slope, double observed,
                                  lf_row &out) const {
  const auto value = [&](std::int64_t acc) {
    return static_cast<double>(acc) * (acc < 0 ? slope : 1);
  };
  double extreme = std::max({std::fabs(value(row.lo)), std::fabs(value(row.hi)), 1.0});
  if (observed > 0) extreme = std::min(extreme, std::max(1.0, kHeadroom * observed / row.unit));
  set_ratio(out, LF_ACT_MAX / extreme, slope * (LF_ACT_MAX / extreme));
  Channel channel{row.unit / ratio_of(out), 0, 0, 0};
  const std::int64_t middle = std::clamp<std::int64_t>(0, row.lo, row.hi);
  const auto [lo, hi] = std::minmax({lf_activate(static_cast<__s32>(row.lo), &out, LF_ACT_LINEAR),
                                     lf_activate(static_cast<__s32>(row.hi), &out, LF_ACT_LINEAR),
                                     lf_activate(static_cast<__s32>(middle), &out, LF_ACT_LINEAR)});
  channel.lo = lo;
  channel.hi = hi;
  return channel;
}

Channel Quantiser::finish_row(const Step &step, std::size_t index, const Row &row,
                              lf_row &out) const {
  out.bias = row.bias;
  double slope = 1;
  if (step.activation != kNone) {
    const auto &activation = std::get<Activation>(model_.nodes[step.activation].operation);
    slope = activation.function == Function::relu ? 0 : activation.slope;
  }
  const auto act = static_cast<lf_act>(step.layer.act);
  if (act == LF_ACT_LINEAR) return scale_to_range(row, slope, observed_[step.result][index], out);
  if (act == LF_ACT_OUT) {
    const double ratio = std::ldexp(row.unit, LF_FRAC);
    set_ratio(out, ratio, ratio * slope);
    return {};
  }
  const double argument = std::ldexp(row.unit, act == LF_ACT_TANH ? LF_TANH_FRAC : LF_TANH_FRAC - 1);
  set_ratio(out, argument, argument);
  // The table's sigmoid is rounded down to a whole step.
  const double offset = act == LF_ACT_TANH ? 0 : -0.5 / (2 * LF_ACT_MAX);
  return {1.0 / LF_ACT_MAX, offset, lf_activate(static_cast<__s32>(row.lo), &out, act),
          lf_activate(static_cast<__s32>(row.hi), &out, act)};
}

void Quantiser::linear_section(const Step &step, std::byte *section) {
  const auto &linear = std::get<Linear>(model_.nodes[step.linear].operation);
  const Channels &in = channels(step.source);
  const std::size_t columns = step.layer.n_in;
  auto *rows = reinterpret_cast<lf_row *>(section);
  auto *lanes = reinterpret_cast<std::int64_t *>(rows + step.layer.n_out);
  Channels out;
  for (std::size_t r = 0; r < step.layer.n_out; ++r) {
    const auto first = linear.weight.values.begin() + static_cast<std::ptrdiff_t>(r * columns);
    const Row row = make_row({first, first + static_cast<std::ptrdiff_t>(columns)},
                             linear.bias[r], in.data());
    out.push_back(finish_row(step, r, row, rows[r]));
    const std::int64_t place = r % 2 ? std::int64_t{1} << 32 : 1;
    for (std::size_t c = 0; c < columns; ++c)
      lanes[lf_lane_at(&step.layer, static_cast<__u32>(r), static_cast<__u32>(c))] +=
          row.weights[c] * place;
  }
  channels_[step.result] = std::move(out);
}

void Quantiser::map_section(const Step &step, std::byte *section) {
  const Channels in = channels(step.source);  // a copy: the result may be the same node
  auto *rows = reinterpret_cast<lf_row *>(section);
  auto *weights = reinterpret_cast<std::int32_t *>(rows + step.layer.n_out);
  Channels out;
  for (std::size_t i = 0; i < step.layer.n_out; ++i) {
    const Row row = make_row({1.0}, 0, &in[i]);
    out.push_back(finish_row(step, i, row, rows[i]));
    weights[i] = row.weights[0];
  }
  if (step.layer.act != LF_ACT_OUT) channels_[step.result] = std::move(out);
}

Network Quantiser::run() {
  observe(clamp(calibration_, clip_));
  observe(draw(Draw::uniform, kObserved, clip_, calibration_, 1));
  observe(draw(Draw::corner, kObserved, clip_, calibration_, 2));

  Network network;
  network.app = options_.app;
  network.n_in = static_cast<std::uint16_t>(model_.n_in());
  network.n_out = static_cast<std::uint16_t>(model_.n_out());
  network.scratch = plan_.scratch;
  for (const Step &step : plan_.steps) network.layers.push_back(step.layer);
  network.params = make_params(network.layers, to_q16(options_.sigma));
  std::byte *section = network.params.data() + sizeof(lf_params);
  for (const Step &step : plan_.steps) {
    if (step.layer.op == LF_OP_INPUT) input_section(step.layer, section);
    if (step.layer.op == LF_OP_LINEAR) linear_section(step, section);
    if (step.layer.op == LF_OP_MAP) map_section(step, section);
    section += lf_layer_bytes(&step.layer);
  }
  seal(network.params);
  return network;
}

void check_options(const Model &model, const Matrix &calibration, const QuantiseOptions &options) {
  const std::string &app = options.app;
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (app.empty() || app.size() > 15 || !std::all_of(app.begin(), app.end(), good))
    throw Error(fmt::format("'{}' is no name of an app; use 1 to 15 of a-z, 0-9 and _", app));
  if (options.weight_bits != 8 && options.weight_bits != 16)
    throw Error(fmt::format("weights of {} bits; 8 and 16 are possible", options.weight_bits));
  if (!(options.sigma >= 0 && options.sigma <= 32767))
    throw Error(fmt::format("sigma {} is not in [0, 32767]", options.sigma));
  if (calibration.columns != model.n_in())
    throw Error(fmt::format("calibration has {} columns, the model {} inputs", calibration.columns,
                            model.n_in()));
  if (!calibration.rows) throw Error("calibration has no records");
}

}  // namespace

Network quantise(const Model &model, const Matrix &calibration, const QuantiseOptions &options) {
  check_options(model, calibration, options);
  const Plan plan = lower(model);
  Network network = Quantiser(model, plan, calibration, options).run();
  verify(network);
  return network;
}

Ranges clip_ranges(const Network &network) {
  const auto *clip = static_cast<const lf_clip *>(network.section(0));
  Ranges ranges;
  for (std::size_t i = 0; i < network.n_in; ++i)
    ranges.emplace_back(from_q16(clip[i].lo), from_q16(clip[i].hi));
  return ranges;
}

}  // namespace liteflow::codegen
