// SPDX-License-Identifier: GPL-2.0
#include "daemon/lb/adapter.h"

#include "daemon/lb/records.h"

namespace liteflow {

std::unique_ptr<Adapter> make_lb_adapter(const AdapterOptions &options) {
  return regression::make_tuner({lb::subject(), lb::read_batch}, options);
}

}  // namespace liteflow
