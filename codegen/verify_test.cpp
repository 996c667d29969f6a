// SPDX-License-Identifier: GPL-2.0
// kmod/core/verify.c: the same proof runs in the kernel before every activation.
#include <gtest/gtest.h>
#include <liteflow/snapshot.h>

#include <cstring>
#include <functional>
#include <random>

#include "codegen/interpret.h"
#include "codegen/network.h"
#include "codegen/quantise.h"
#include "tests/codegen/shapes.h"

namespace liteflow::codegen {
namespace {

constexpr std::int32_t kMin = -0x7fffffff - 1, kMax = 0x7fffffff;

Network network_of(const char *name) {
  for (const Shape &shape : make_shapes(1))
    if (shape.name == name) return quantise(shape.model, make_records(shape.model.n_in(), 7), {});
  throw std::runtime_error(name);
}

class Verify : public testing::Test {
 protected:
  Network network_ = network_of("odd");  // 3-5-7-3: odd rows, padding lanes

  lf_params &head() { return *reinterpret_cast<lf_params *>(network_.params.data()); }
  template <class T>
  T *section(std::size_t layer) {
    return static_cast<T *>(const_cast<void *>(network_.section(layer)));
  }

  lf_verdict verdict(const std::function<void(lf_snapshot_desc &)> &change = {}) {
    const std::string name = network_.name();
    lf_snapshot_desc desc = network_.desc(name);
    if (change) change(desc);
    return lf_params_verify(&desc, &network_.header(),
                            static_cast<__u32>(network_.params.size()));
  }

  // Applies a change to the parameters, with a good checksum, and undoes it.
  void refuse(const char *why, const std::function<void()> &change, int layer = -1) {
    const auto before = network_.params;
    change();
    seal(network_.params);
    const lf_verdict v = verdict();
    EXPECT_STREQ(v.why, why);
    EXPECT_EQ(v.layer, layer) << why;
    network_.params = before;
    EXPECT_EQ(verdict().why, nullptr);
  }

  void refuse_desc(const char *why, const std::function<void(lf_snapshot_desc &)> &change) {
    EXPECT_STREQ(verdict(change).why, why);
  }

  void refuse_layer(const char *why, int layer, const std::function<void(lf_layer &)> &change) {
    const auto before = network_.layers;
    change(network_.layers[static_cast<std::size_t>(layer)]);
    const lf_verdict v = verdict();
    EXPECT_STREQ(v.why, why);
    EXPECT_EQ(v.layer, layer) << why;
    network_.layers = before;
  }
};

TEST_F(Verify, AcceptsAndCountsOperations) {
  EXPECT_EQ(verdict().why, nullptr);
  EXPECT_EQ(verdict().macs, 3u * 5 + 5 * 7 + 7 * 3);
}

TEST_F(Verify, RefusesDescriptors) {
  refuse_desc("snapshot ABI version differs", [](auto &d) { d.abi++; });
  const char *incomplete = "snapshot descriptor is incomplete";
  refuse_desc(incomplete, [](auto &d) { d.name = nullptr; });
  refuse_desc(incomplete, [](auto &d) { d.app = nullptr; });
  refuse_desc(incomplete, [](auto &d) { d.layers = nullptr; });
  refuse_desc(incomplete, [](auto &d) { d.infer = nullptr; });
  refuse_desc("snapshot name is too long",
              [](auto &d) { d.name = "12345678901234567890123456789012345678901234567890123456"; });
  refuse_desc("number of inputs out of range", [](auto &d) { d.n_in = 0; });
  refuse_desc("number of inputs out of range", [](auto &d) { d.n_in = LF_IN_MAX + 1; });
  refuse_desc("number of outputs out of range", [](auto &d) { d.n_out = 0; });
  refuse_desc("number of outputs out of range", [](auto &d) { d.n_out = LF_OUT_MAX + 1; });
  refuse_desc("scratch out of range", [](auto &d) { d.scratch = 0; });
  refuse_desc("scratch out of range", [](auto &d) { d.scratch = LF_SCRATCH_MAX + 1; });
  refuse_desc("number of layers out of range", [](auto &d) { d.n_layers = 1; });
  refuse_desc("number of layers out of range", [](auto &d) { d.n_layers = LF_LAYERS_MAX + 1; });
  refuse_desc("input layer does not match the declared inputs", [](auto &d) { d.n_in = 4; });
  refuse_desc("output layer does not match the declared outputs", [](auto &d) { d.n_out = 4; });
  refuse_desc("layer writes beyond its scratch", [](auto &d) { d.scratch = 7; });
}

TEST_F(Verify, RefusesLayers) {
  const char *first = "the first layer, and no other, must be the input layer";
  refuse_layer("unknown layer operation", 1, [](auto &l) { l.op = __LF_OP_COUNT; });
  refuse_layer("unknown activation", 1, [](auto &l) { l.act = __LF_ACT_COUNT; });
  refuse_layer("layer without inputs or outputs", 1, [](auto &l) { l.n_in = 0; });
  refuse_layer("layer without inputs or outputs", 2, [](auto &l) { l.n_out = 0; });
  refuse_layer(first, 0, [](auto &l) { l.op = LF_OP_LINEAR; });
  refuse_layer(first, 1, [](auto &l) { l.op = LF_OP_INPUT; });
  const char *last = "the last layer, and no other, must write the outputs";
  refuse_layer(last, 1, [](auto &l) { l.act = LF_ACT_OUT; });
  refuse_layer(last, 3, [](auto &l) { l.act = LF_ACT_TANH; });
  refuse_layer("layer must have as many outputs as inputs", 1, [](auto &l) { l.op = LF_OP_MAP; });
  refuse_layer("layer must have as many outputs as inputs", 1, [](auto &l) { l.op = LF_OP_COPY; });
  refuse_layer("input and copy layers have no activation", 0, [](auto &l) { l.act = LF_ACT_TANH; });
  refuse_layer("input layer does not match the declared inputs", 0, [](auto &l) { l.src = 1; });
  refuse_layer("layer reads beyond its scratch", 1, [](auto &l) { l.src = 65535; });
  refuse_layer("layer reads beyond its scratch", 1, [](auto &l) { l.n_in = 65535; });
  refuse_layer("layer writes beyond its scratch", 1, [](auto &l) { l.dst = 65535; });
  refuse_layer("layer overwrites its own input", 1, [](auto &l) { l.dst = l.src; });
  refuse_layer("output layer does not match the declared outputs", 3, [](auto &l) { l.dst = 1; });
}

TEST_F(Verify, RefusesHeaders) {
  refuse("parameter set has no LFP1 magic", [&] { head().magic ^= 1; });
  refuse("parameter set ABI version differs", [&] { head().abi++; });
  refuse("parameter set length does not match the shape", [&] { head().bytes += 8; });
  refuse("parameter set belongs to another shape", [&] { head().n_layers++; });
  refuse("parameter set belongs to another shape", [&] { head().shape ^= 1; });
  refuse("exploration sigma is negative", [&] { head().sigma = -1; });
  refuse("reserved field of the parameters is not zero", [&] { head().reserved = 1; });
  head().crc ^= 1;
  EXPECT_STREQ(verdict().why, "parameter set checksum differs");
  const std::string name = "x";
  const lf_snapshot_desc desc = network_.desc(name);
  const auto size = static_cast<__u32>(network_.params.size());
  for (const __u32 bytes : {size - 8, size + 8})
    EXPECT_STREQ(lf_params_verify(&desc, &network_.header(), bytes).why,
                 "parameter set length does not match the shape");
  EXPECT_STREQ(lf_params_verify(&desc, &network_.header(), 31).why,
               "parameter set is shorter than its header");
}

TEST_F(Verify, RefusesClipRanges) {
  auto *clip = section<lf_clip>(0);
  const char *range = "clip range is empty or too wide";
  refuse(range, [&] { clip[1].hi = clip[1].lo; }, 0);
  refuse(range, [&] { clip[1].lo = kMin, clip[1].hi = kMax; }, 0);
  refuse("clip range does not hold its zero point", [&] { clip[2].mid = clip[2].hi + 1; }, 0);
  refuse("clip range does not hold its zero point", [&] { clip[2].mid = clip[2].lo - 1; }, 0);
  refuse("clip multiplier out of range", [&] { clip[0].mult = 0; }, 0);
  refuse("clip shift out of range", [&] { clip[0].shift = 0; }, 0);
  refuse("clip shift out of range", [&] { clip[0].shift = LF_SHIFT_MAX + 1; }, 0);
  refuse("clip range exceeds an activation", [&] { clip[0].shift--; }, 0);
  refuse("clip range exceeds an activation", [&] { clip[0].hi += 4096; }, 0);
  refuse("reserved field of a clip range is not zero", [&] { clip[0].reserved = 1; }, 0);
}

TEST_F(Verify, RefusesRowsAndWeights) {
  auto *row = section<lf_row>(1);
  auto *lane = reinterpret_cast<std::int64_t *>(row + 5);
  const char *bound = "accumulator bound exceeds 32 bits";
  refuse(bound, [&] { row[2].bias = kMax; }, 1);
  refuse(bound, [&] { row[4].bias = kMin; }, 1);
  refuse("row shift out of range", [&] { row[0].shift = 0; }, 1);
  refuse("row shift out of range", [&] { row[4].shift = LF_SHIFT_MAX + 1; }, 1);
  refuse("row multiplier out of range", [&] { row[1].mult = kMin; }, 1);
  refuse("row multiplier out of range", [&] { row[1].mult_neg = kMin; }, 1);
  refuse("weight out of range", [&] { lane[0] = 32768; }, 1);
  refuse("weight out of range", [&] { lane[0] = -32768; }, 1);
  refuse("weight out of range", [&] { lane[1] = std::int64_t{32768} << 32; }, 1);
  refuse("weight out of range", [&] { lane[1] = std::numeric_limits<std::int64_t>::min(); }, 1);
  refuse(bound, [&] { lane[0] = lane[1] = lane[2] = 32767; }, 1);
  refuse("padding weight is not zero", [&] { lane[2 * 3] += std::int64_t{1} << 32; }, 1);
}

TEST_F(Verify, RefusesTwoMultipliersForATable) {
  network_ = network_of("aurora");
  refuse("row has two multipliers for a table", [&] { section<lf_row>(1)->mult_neg = 0; }, 1);
}

TEST_F(Verify, RefusesMaps) {
  network_ = network_of("elementwise");
  auto *row = section<lf_row>(1);
  auto *weight = reinterpret_cast<std::int32_t *>(row + 5);
  refuse("weight out of range", [&] { weight[0] = 32768; }, 1);
  refuse("weight out of range", [&] { weight[4] = kMin; }, 1);
  refuse("padding is not zero", [&] { weight[5] = 1; }, 1);
  refuse("accumulator bound exceeds 32 bits", [&] { row[0].bias = kMax; }, 1);
}

// Mutated parameter sets: what is accepted must run without a step that the
// proof excludes (this binary's arithmetic traps under -fsanitize=undefined).
TEST_F(Verify, WhatIsAcceptedRuns) {
  std::mt19937_64 random(1);
  std::size_t accepted = 0;
  for (const char *name : {"odd", "elementwise", "shared_linear", "flow_size", "narrow"}) {
    network_ = network_of(name);
    const auto good = network_.params;
    const auto vectors = make_vectors(network_, 64, 1);
    std::vector<std::int32_t> out(network_.n_out);
    for (int i = 0; i < 20000; ++i) {
      network_.params = good;
      for (std::uint64_t n = 1 + random() % 3; n > 0; --n) {
        const std::size_t at = sizeof(lf_params) + random() % (good.size() - sizeof(lf_params));
        const std::uint64_t word = random();
        if (word & 1)
          network_.params[at] ^= static_cast<std::byte>(1u << (word >> 8 & 7));
        else
          network_.params[at] = static_cast<std::byte>(word >> 8);
      }
      seal(network_.params);
      if (verdict().why) continue;
      ++accepted;
      for (std::size_t r = 0; r < 64; r += 4)
        run(network_, std::span(&vectors[r * network_.n_in], network_.n_in), out);
    }
  }
  EXPECT_GT(accepted, 1000u);
}

}  // namespace
}  // namespace liteflow::codegen
