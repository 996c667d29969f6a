// SPDX-License-Identifier: GPL-2.0
#include "daemon/training/blas.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace liteflow {

std::string blas_core_for(const std::string &cpu_flags) {
  std::istringstream in(cpu_flags);
  bool avx2 = false, fma = false;
  int avx512 = 0;  // foundation, BW, DQ and VL: all that SkylakeX kernels use
  for (std::string flag; in >> flag;) {
    avx2 |= flag == "avx2";
    fma |= flag == "fma";
    avx512 += flag == "avx512f" || flag == "avx512bw" || flag == "avx512dq" || flag == "avx512vl";
  }
  if (avx512 == 4) return "SkylakeX";
  return avx2 && fma ? "Haswell" : "";
}

void choose_blas_core(char **argv) {
  if (std::getenv("OPENBLAS_CORETYPE")) return;
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::string line, core;
  while (core.empty() && std::getline(cpuinfo, line))
    if (line.compare(0, 5, "flags") == 0) core = blas_core_for(line.substr(line.find(':') + 1));
  if (core.empty()) return;
  if (setenv("OPENBLAS_CORETYPE", core.c_str(), 1) || setenv("OPENBLAS_NUM_THREADS", "1", 0)) return;
  // By its path, so that the process keeps its name.
  std::error_code code;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", code);
  if (!code) execv(self.c_str(), argv);
}

std::string blas_core() {
  using Name = char *();
  auto *name = reinterpret_cast<Name *>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  return name ? name() : "unknown";
}

}  // namespace liteflow
