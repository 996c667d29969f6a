// SPDX-License-Identifier: GPL-2.0
// TorchScript models, without libtorch's headers (layers.cpp).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace liteflow {

// The forward pass of any TorchScript model of one row-batch: for parity tests.
std::vector<float> run_torchscript(const std::string &bytes, const float *states, std::size_t rows,
                                   std::size_t columns);

// One thread per process: networks of this size only lose by more.
void use_one_thread();

}  // namespace liteflow
