// SPDX-License-Identifier: GPL-2.0
// Stager: brings a network to a host as a standby snapshot, as parameters or as
// a module, and proves there that it computes the same integers.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "codegen/matrix.h"
#include "codegen/network.h"
#include "daemon/link/host_link.h"
#include "daemon/update/services.h"

namespace liteflow {

struct Staged {
  std::uint64_t id = 0;
  std::string path;             // "params", "module" or "present"
  std::size_t bytes = 0;        // that went to the host
  double build_s = 0, load_s = 0, verify_s = 0;
  double build_cpu_s = 0;       // compiler and all
};

// Why a network didn't become a snapshot: which step, for counters and logs.
class StageError : public Error {
 public:
  StageError(const std::string &step, const std::string &what) : Error(what), step_(step) {}
  const std::string &step() const { return step_; }  // build_failed, refused, mismatch

 private:
  std::string step_;
};

// path: auto, params or module. A snapshot of that name that is there already
// is taken as it is.
Staged stage(HostLink &link, Builder &builder, const codegen::Network &network,
             const std::string &path);

// Throws StageError("mismatch") naming the first row that differs. rows:
// application values, n_in columns.
void verify_on_host(HostLink &link, std::uint64_t id, const codegen::Network &network,
                    const Matrix &rows);

// Application values to Q16.16, row by row, and outputs back.
std::vector<std::int32_t> to_fixed(const Matrix &rows);
Matrix from_fixed(const std::vector<std::int32_t> &values, std::size_t columns);

}  // namespace liteflow
