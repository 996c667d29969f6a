// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/m4/weights.h"

#include <zlib.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "codegen/error.h"
#include "daemon/training/file.h"
#include "tools/lf-sim/m4/parameters.h"

namespace liteflow::sim::m4 {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr char kMagic[] = "LFSIM-M4";
constexpr std::size_t kMagicBytes = 8;
constexpr std::uint32_t kVersion = 1;
constexpr const char *kRemedy = "make one by lf-sim train m4";

template <typename T>
void put(std::string &bytes, const T &value) {
  bytes.append(reinterpret_cast<const char *>(&value), sizeof(value));
}

class Reader {
 public:
  explicit Reader(const std::string &bytes) : bytes_(bytes) {}
  std::size_t left() const { return bytes_.size() - at_; }
  template <typename T>
  T get() {
    T value;
    copy(&value, sizeof(value));
    return value;
  }
  void copy(void *to, std::size_t n) {
    std::memcpy(to, bytes_.data() + at_, n);
    at_ += n;
  }

 private:
  const std::string &bytes_;
  std::size_t at_ = kMagicBytes;
};

std::uint32_t crc_of(const std::string &bytes, std::size_t n) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data()), n));
}

}  // namespace

std::vector<Part> parts_of(const Shape &s) {
  const std::size_t h = s.hidden;
  std::vector<Part> all;
  const auto gated = [&](const std::string &name, std::size_t inputs) {
    all.push_back({name + "_input_weight", 3 * h, inputs});
    all.push_back({name + "_state_weight", 3 * h, h});
    all.push_back({name + "_input_bias", 3 * h, 0});
    all.push_back({name + "_state_bias", 3 * h, 0});
  };
  const auto perceptron = [&](const std::string &name, std::size_t inputs, std::size_t outputs) {
    all.push_back({name + "0_weight", h, inputs});
    all.push_back({name + "0_bias", h, 0});
    all.push_back({name + "1_weight", outputs, h});
    all.push_back({name + "1_bias", outputs, 0});
  };
  gated("temporal_flow", s.flow_inputs());
  gated("temporal_link", s.link_inputs());
  for (std::size_t i = 0; i < kLayers; i++) {
    const std::size_t in = i == 0 ? h : s.graph, out = i + 1 == kLayers ? h : s.graph;
    const std::string name = fmt::format("graph{}_", i);
    all.push_back({name + "project_weight", in, in});
    all.push_back({name + "project_bias", in, 0});
    all.push_back({name + "left_weight", out, in});
    all.push_back({name + "left_bias", out, 0});
    all.push_back({name + "right_weight", out, in});
    all.push_back({name + "norm_weight", out, 0});
    all.push_back({name + "norm_bias", out, 0});
  }
  gated("spatial_flow", h + kParameters);
  gated("spatial_link", h);
  perceptron("slowdown", h + s.flow_inputs() + kParameters, kAnswers);
  perceptron("left", h, 1);
  perceptron("queue", h, 1);
  return all;
}

namespace {

std::size_t index_of(const std::vector<Part> &parts, const std::string &name) {
  for (std::size_t i = 0; i < parts.size(); i++)
    if (parts[i].name == name) return i;
  throw Error(fmt::format("m4's network has no \"{}\"", name));
}

}  // namespace

const std::vector<float> &Weights::part(const std::string &name) const {
  return values.at(index_of(parts_of(shape), name));
}

std::size_t Weights::rows(const std::string &name) const {
  const auto parts = parts_of(shape);
  return parts[index_of(parts, name)].rows;
}

std::size_t Weights::size() const {
  std::size_t sum = 0;
  for (const auto &v : values) sum += v.size();
  return sum;
}

std::string to_bytes(const Weights &w) {
  std::string bytes(kMagic, kMagicBytes);
  for (const std::uint32_t v : {kVersion, static_cast<std::uint32_t>(kParameterVersion), w.shape.hidden, w.shape.graph,
                                w.shape.fluid, w.shape.reach})
    put(bytes, v);
  put(bytes, static_cast<std::uint64_t>(w.size()));
  for (const auto &v : w.values) bytes.append(reinterpret_cast<const char *>(v.data()), v.size() * sizeof(float));
  put(bytes, crc_of(bytes, bytes.size()));
  return bytes;
}

Weights weights_from(const std::string &bytes, const std::string &name) {
  const auto refuse = [&](const std::string &why) { throw Error(fmt::format("{}: {}; {}", name, why, kRemedy)); };
  constexpr std::size_t kHead = kMagicBytes + 6 * sizeof(std::uint32_t) + sizeof(std::uint64_t);
  if (bytes.size() < kHead + sizeof(std::uint32_t) || bytes.compare(0, kMagicBytes, kMagic) != 0)
    refuse("no weights of m4");
  Reader in(bytes);
  if (const auto version = in.get<std::uint32_t>(); version != kVersion)
    refuse(fmt::format("weights in format {}, this lf-sim reads {}", version, kVersion));
  if (const auto version = in.get<std::uint32_t>(); version != kParameterVersion)
    refuse(fmt::format("weights for version {} of the parameters, this lf-sim has {}", version, kParameterVersion));
  Weights w;
  for (std::uint32_t *v : {&w.shape.hidden, &w.shape.graph, &w.shape.fluid, &w.shape.reach})
    *v = in.get<std::uint32_t>();
  try {
    check(w.shape);
  } catch (const Error &e) {
    refuse(e.what());
  }
  std::size_t expected = 0;
  const auto parts = parts_of(w.shape);
  for (const Part &p : parts) expected += p.size();
  if (const auto count = in.get<std::uint64_t>(); count != expected)
    refuse(fmt::format("{} values, where a network of this shape has {}", count, expected));
  if (in.left() != expected * sizeof(float) + sizeof(std::uint32_t)) refuse("truncated or with something behind it");
  for (const Part &p : parts) {
    w.values.emplace_back(p.size());
    in.copy(w.values.back().data(), p.size() * sizeof(float));
    for (const float v : w.values.back())
      if (!std::isfinite(v)) refuse(fmt::format("\"{}\" holds a value that is not finite", p.name));
  }
  if (in.get<std::uint32_t>() != crc_of(bytes, bytes.size() - sizeof(std::uint32_t))) refuse("damaged");
  return w;
}

Weights read_weights(const std::string &file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(fmt::format("{}: cannot read the weights; {}", file, kRemedy));
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return weights_from(bytes.str(), file);
}

void write_weights(const std::string &file, const Weights &weights) { write_file(file, to_bytes(weights)); }

}  // namespace liteflow::sim::m4
