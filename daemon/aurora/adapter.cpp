// SPDX-License-Identifier: GPL-2.0
#include "daemon/aurora/adapter.h"

#include "daemon/aurora/settings.h"
#include "daemon/aurora/tuner.h"

namespace liteflow {

std::unique_ptr<Adapter> make_aurora_adapter(const AdapterOptions &options) {
  return aurora::make_tuner({"aurora", "cc", aurora::kAuroraShape}, options);
}

std::string aurora_adapter_keys() { return aurora::settings_keys(false); }

}  // namespace liteflow
