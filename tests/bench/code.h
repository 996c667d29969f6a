// SPDX-License-Identifier: GPL-2.0
// A compiled network: a shared object of one C file, without start-up code.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace liteflow::bench {

class Code {
 public:
  // Loads the file. Throws Error where it is no shared object.
  explicit Code(const std::string &path);

  // Address of a symbol; throws Error where there is none.
  void *symbol(const char *name) const;

  // Sends everything that was loaded from the file (code, tables, parameters,
  // buffers) out of all caches.
  void flush() const;

  // Bytes of code ("code"), of constants ("constants") and of variables
  // ("buffers") by the file's symbol table, and of each constant by name.
  std::map<std::string, std::size_t> sizes() const;

 private:
  std::string path_;
  void *handle_;
  std::vector<std::pair<const char *, std::size_t>> segments_;
};

}  // namespace liteflow::bench
