// SPDX-License-Identifier: GPL-2.0
#include "daemon/link/kernel_module.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "daemon/link/host_link.h"

namespace liteflow {
namespace {

const char *remedy(int code) {
  switch (code) {
    case EPERM: return "run as root with CAP_SYS_MODULE, and without lockdown";
    case ENOEXEC: return "build it for the kernel that runs here; the kernel log tells more";
    case ENOENT: return "a symbol is missing: load liteflow.ko first; the kernel log tells more";
    case ENOKEY:
    case EKEYREJECTED: return "sign it with a key that this kernel trusts (builder.sign_key)";
    default: return "the kernel log tells more";
  }
}

}  // namespace

bool load_module(const std::string &name, const std::string &image) {
  if (::syscall(SYS_init_module, image.data(), image.size(), "") == 0) return true;
  const int code = errno;
  if (code == EEXIST) return false;
  throw HostError(code, fmt::format("module {} was refused: {} ({})", name, std::strerror(code),
                                    remedy(code)));
}

bool module_loaded(const std::string &name) {
  return ::access(("/sys/module/" + name + "/refcnt").c_str(), F_OK) == 0;
}

bool remove_module(const std::string &name) {
  if (::syscall(SYS_delete_module, name.c_str(), O_NONBLOCK) == 0) return true;
  const int code = errno;
  if (code == EWOULDBLOCK || code == EBUSY) return false;
  if (code == ENOENT) return true;
  throw HostError(code, fmt::format("module {} can't be removed: {}", name, std::strerror(code)));
}

}  // namespace liteflow
