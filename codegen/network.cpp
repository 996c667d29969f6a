// SPDX-License-Identifier: GPL-2.0
#include "codegen/network.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <cstring>

#include "codegen/error.h"

namespace liteflow::codegen {
namespace {

int place_holder(const void *, const __s32 *, __s32 *) { return -1; }

lf_params *header_of(std::vector<std::byte> &params) {
  return reinterpret_cast<lf_params *>(params.data());
}

}  // namespace

std::string Network::digest() const {
  // Layers field by field: their struct has a hole only by accident of layout.
  std::vector<unsigned char> bytes;
  for (const lf_layer &l : layers)
    for (const unsigned field : {unsigned{l.op}, unsigned{l.act}, unsigned{l.n_in},
                                 unsigned{l.n_out}, unsigned{l.src}, unsigned{l.dst}})
      for (const unsigned shift : {0u, 8u})
        bytes.push_back(static_cast<unsigned char>(field >> shift));
  for (const std::byte b : params) bytes.push_back(static_cast<unsigned char>(b));
  std::array<unsigned char, 32> hash{};
  if (!EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, EVP_sha256(), nullptr))
    throw Error("SHA-256 is not available from OpenSSL");
  std::string text;
  for (const unsigned char byte : hash) text += fmt::format("{:02x}", byte);
  return text;
}

std::string Network::name() const { return fmt::format("lf_{}_{}", app, digest().substr(0, 16)); }

std::uint64_t Network::shape() const {
  return lf_shape_id(layers.data(), static_cast<int>(layers.size()));
}

const void *Network::section(std::size_t layer) const {
  std::size_t at = sizeof(lf_params);
  for (std::size_t i = 0; i < layer; ++i) at += lf_layer_bytes(&layers[i]);
  return params.data() + at;
}

lf_snapshot_desc Network::desc(const std::string &name) const {
  lf_snapshot_desc d{};
  d.abi = LF_ABI;
  d.name = name.c_str();
  d.app = app.c_str();
  d.n_in = n_in;
  d.n_out = n_out;
  d.scratch = scratch;
  d.n_layers = static_cast<__u16>(layers.size());
  d.layers = layers.data();
  d.params = &header();
  d.infer = place_holder;
  return d;
}

std::vector<std::byte> make_params(const std::vector<lf_layer> &layers, std::int32_t sigma) {
  std::size_t bytes = sizeof(lf_params);
  for (const lf_layer &layer : layers) bytes += lf_layer_bytes(&layer);
  if (bytes > LF_PARAMS_MAX)
    throw Error(fmt::format("the parameters take {} bytes, {} at most; make the layers narrower",
                            bytes, LF_PARAMS_MAX));
  std::vector<std::byte> params(bytes);
  lf_params *head = header_of(params);
  head->magic = LF_PARAMS_MAGIC;
  head->abi = LF_ABI;
  head->n_layers = static_cast<__u16>(layers.size());
  head->shape = lf_shape_id(layers.data(), static_cast<int>(layers.size()));
  head->bytes = static_cast<__u32>(bytes);
  head->sigma = sigma;
  return params;
}

void seal(std::vector<std::byte> &params) {
  header_of(params)->crc = 0;
  const auto *bytes = reinterpret_cast<const Bytef *>(params.data());
  header_of(params)->crc = static_cast<__u32>(crc32(0, bytes, static_cast<uInt>(params.size())));
}

std::uint32_t verify(const Network &network) {
  const std::string name = network.name();
  const lf_snapshot_desc desc = network.desc(name);
  const lf_verdict verdict =
      lf_params_verify(&desc, &network.header(), static_cast<__u32>(network.params.size()));
  if (!verdict.why) return verdict.macs;
  if (verdict.layer < 0) throw Error(fmt::format("the model can't be proved: {}", verdict.why));
  throw Error(fmt::format("the model can't be proved: layer {}: {}", verdict.layer, verdict.why));
}

}  // namespace liteflow::codegen
