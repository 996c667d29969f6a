// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/services.h"

#include "codegen/import.h"

namespace liteflow {

ModelImport torchscript_import() {
  return {[](const std::string &path) { return codegen::import_model(path); },
          [](const std::string &bytes) { return codegen::import_model_bytes(bytes); }};
}

SteadyTime after(SteadyTime time, double seconds) {
  return time + std::chrono::duration_cast<SteadyTime::duration>(
                    std::chrono::duration<double>(seconds));
}

double seconds_since(SteadyTime start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace liteflow
