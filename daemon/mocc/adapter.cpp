// SPDX-License-Identifier: GPL-2.0
#include "daemon/mocc/adapter.h"

#include "daemon/aurora/settings.h"
#include "daemon/aurora/tuner.h"

namespace liteflow {

std::unique_ptr<Adapter> make_mocc_adapter(const AdapterOptions &options) {
  return aurora::make_tuner({"mocc", "mocc", aurora::kMoccShape}, options);
}

std::string mocc_adapter_keys() { return aurora::settings_keys(true); }

}  // namespace liteflow
