// SPDX-License-Identifier: GPL-2.0
// The built-in adapter for app "mocc": tunes MOCC's policy on records of any
// objective, with requirement replay (daemon/aurora/tuner.h).
#pragma once

#include <memory>
#include <string>

#include "daemon/adapter.h"

namespace liteflow {

// Loads options.model (TorchScript made by `liteflowd pretrain mocc`). Keys of
// options.values are Aurora's without the reward's weights, which come with each
// record, and with `replay`.
std::unique_ptr<Adapter> make_mocc_adapter(const AdapterOptions &options);

// "key = default  explanation" per line, for documentation and --help.
std::string mocc_adapter_keys();

}  // namespace liteflow
