// SPDX-License-Identifier: GPL-2.0
// OpenBLAS takes a CPU newer than itself for an ancient one (its Prescott
// kernels are 2 to 6 times slower here), and reads its choice from the
// environment when the library loads: it must be set before the program starts.
#pragma once

#include <string>

namespace liteflow {

// The OPENBLAS_CORETYPE for CPU flags as in /proc/cpuinfo ("fpu vme ..."):
// SkylakeX, Haswell, or empty where OpenBLAS's own choice is right.
std::string blas_core_for(const std::string &cpu_flags);

// Call first in main(): unless OPENBLAS_CORETYPE is set already, set it (and
// one BLAS thread) and execute this program again with the same arguments.
// Returns where nothing is to be done or execution fails: slower, never wrong.
void choose_blas_core(char **argv);

// The core whose kernels are in use, "unknown" where it is no OpenBLAS.
std::string blas_core();

}  // namespace liteflow
