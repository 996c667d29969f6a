// SPDX-License-Identifier: GPL-2.0
#include "daemon/sched/adapter.h"

#include "daemon/regression/settings.h"
#include "daemon/sched/records.h"

namespace liteflow {

std::unique_ptr<Adapter> make_sched_adapter(const AdapterOptions &options) {
  return regression::make_tuner({sched::subject(), sched::read_batch}, options);
}

std::string sched_adapter_keys() { return regression::settings_keys(); }

}  // namespace liteflow
