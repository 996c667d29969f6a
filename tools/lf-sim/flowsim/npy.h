// SPDX-License-Identifier: GPL-2.0
// Npy: numpy's arrays, in a file each (.npy) or several in a zip file (.npz).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace liteflow::sim {

// C order: the last index runs fastest. Whole numbers beyond 2^53 are rounded.
struct NpyArray {
  std::vector<std::size_t> shape;  // empty: one number
  std::vector<double> values;
};

// Little-endian float32, float64, int32 and int64; versions 1 to 3 of the format (numpy.lib.format). Error with the
// file's name for anything else, and for a file that is cut.
NpyArray read_npy(const std::string &file);

// By name, without ".npy". Entries stored or deflated; zip64 only where numpy writes it without need.
std::map<std::string, NpyArray> read_npz(const std::string &file);

}  // namespace liteflow::sim
