// SPDX-License-Identifier: GPL-2.0
// Integer network: the layers and the parameter set of a snapshot, in the form
// that the kernel takes.
#pragma once

#include <liteflow/snapshot.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace liteflow::codegen {

struct Network {
  std::vector<lf_layer> layers;
  std::vector<std::byte> params;  // struct lf_params and the layers' sections
  std::uint16_t n_in = 0, n_out = 0;
  std::uint16_t scratch = 0;  // s16 elements on the stack of one inference
  std::string app;

  // SHA-256 of layers and parameters, 64 hex digits.
  std::string digest() const;
  // "lf_<app>_<first 16 digits>", also the name of the snapshot's module.
  std::string name() const;
  std::uint64_t shape() const;
  const lf_params &header() const { return *reinterpret_cast<const lf_params *>(params.data()); }
  // A layer's section of the parameter set.
  const void *section(std::size_t layer) const;

  // What lf_params_verify() asks for. Points into this network and into `name`;
  // infer is a place holder: run() evaluates the layers (interpret.h).
  lf_snapshot_desc desc(const std::string &name) const;
};

// An empty parameter set of the layers' size, its header complete but for the
// checksum, which seal() sets once the sections are written.
std::vector<std::byte> make_params(const std::vector<lf_layer> &layers, std::int32_t sigma);
void seal(std::vector<std::byte> &params);

// Multiply-accumulates of one inference. Throws Error where shape, parameters
// or bounds don't hold, naming the layer.
std::uint32_t verify(const Network &network);

}  // namespace liteflow::codegen
