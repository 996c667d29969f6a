// SPDX-License-Identifier: GPL-2.0
// lf-codegen-vectors DIR [ROWS]: for every shape of the tests, DIR/<shape>/ with
// the snapshot's C file and Kbuild, in.bin (ROWS * n_in s32) and out.bin (ROWS *
// n_out s32, what the interpreter answers), both little-endian. DIR/index.txt
// has a line per shape: shape, module name, n_in, n_out, rows.
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <span>

#include "codegen/emit.h"
#include "codegen/error.h"
#include "codegen/interpret.h"
#include "codegen/quantise.h"
#include "tests/codegen/shapes.h"

namespace {

using namespace liteflow;
using namespace liteflow::codegen;

void write_binary(const std::string &path, const std::vector<std::int32_t> &values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char *>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(values[0])));
  if (!file.flush()) throw Error(fmt::format("{}: can't be written", path));
}

std::string write_shape(const Shape &shape, const std::string &dir, std::size_t rows) {
  const Network network =
      quantise(shape.model, make_records(shape.model.n_in(), 7), QuantiseOptions{});
  emit(network, dir);
  const auto in = make_vectors(network, rows, 9);
  std::vector<std::int32_t> out(rows * network.n_out);
  for (std::size_t r = 0; r < rows; ++r)
    run(network, std::span(&in[r * network.n_in], network.n_in),
        std::span(&out[r * network.n_out], network.n_out));
  write_binary(dir + "/in.bin", in);
  write_binary(dir + "/out.bin", out);
  return fmt::format("{} {} {} {} {}\n", shape.name, network.name(), network.n_in, network.n_out,
                     rows);
}

}  // namespace

int main(int argc, char **argv) {
  const std::size_t rows = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10000;
  if (argc < 2 || argc > 3 || !rows) {
    fmt::print(stderr, "usage: lf-codegen-vectors DIR [ROWS]\n");
    return 2;
  }
  try {
    const std::string dir = argv[1];
    std::string index;
    for (const Shape &shape : make_shapes(1)) index += write_shape(shape, dir + "/" + shape.name, rows);
    std::ofstream(dir + "/index.txt") << index;
  } catch (const std::exception &e) {
    fmt::print(stderr, "lf-codegen-vectors: {}\n", e.what());
    return 1;
  }
  return 0;
}
