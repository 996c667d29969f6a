// SPDX-License-Identifier: GPL-2.0
#include "tests/bench/code.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <x86intrin.h>

#include <filesystem>
#include <fstream>
#include <span>

#include "codegen/error.h"

namespace liteflow::bench {
namespace {

constexpr std::size_t kLine = 64;  // of every x86 cache so far

struct Search {
  std::string path;
  std::vector<std::pair<const char *, std::size_t>> segments;
};

int collect(dl_phdr_info *info, std::size_t, void *data) {
  auto *search = static_cast<Search *>(data);
  if (search->path != info->dlpi_name) return 0;
  for (const ElfW(Phdr) &header : std::span(info->dlpi_phdr, info->dlpi_phnum))
    if (header.p_type == PT_LOAD)
      search->segments.emplace_back(
          reinterpret_cast<const char *>(info->dlpi_addr + header.p_vaddr), header.p_memsz);
  return 1;
}

}  // namespace

Code::Code(const std::string &path)
    : path_(std::filesystem::absolute(path)), handle_(dlopen(path_.c_str(), RTLD_NOW)) {
  if (!handle_) throw Error(dlerror());
  Search search{path_, {}};
  dl_iterate_phdr(collect, &search);
  if (search.segments.empty()) throw Error(path_ + ": no segment is loaded");
  segments_ = std::move(search.segments);
}

void *Code::symbol(const char *name) const {
  if (void *address = dlsym(handle_, name)) return address;
  throw Error(path_ + ": no " + name);
}

void Code::flush() const {
  for (const auto &[start, bytes] : segments_)
    for (std::size_t at = 0; at < bytes; at += kLine) _mm_clflush(start + at);
  _mm_mfence();
}

std::map<std::string, std::size_t> Code::sizes() const {
  std::ifstream file(path_, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const auto *elf = reinterpret_cast<const Elf64_Ehdr *>(bytes.data());
  const auto *section = reinterpret_cast<const Elf64_Shdr *>(bytes.data() + elf->e_shoff);
  std::map<std::string, std::size_t> found = {{"code", 0}, {"constants", 0}, {"buffers", 0}};
  for (const Elf64_Shdr &table : std::span(section, elf->e_shnum)) {
    if (table.sh_type != SHT_SYMTAB) continue;
    const char *names = bytes.data() + section[table.sh_link].sh_offset;
    const auto *symbol = reinterpret_cast<const Elf64_Sym *>(bytes.data() + table.sh_offset);
    for (const Elf64_Sym &one : std::span(symbol, table.sh_size / sizeof(Elf64_Sym))) {
      const auto type = ELF64_ST_TYPE(one.st_info);
      if (type == STT_FUNC) found["code"] += one.st_size;
      if (type != STT_OBJECT || one.st_shndx >= elf->e_shnum) continue;
      // Constants that hold addresses are in a writable section, ".data.rel.ro".
      if (section[one.st_shndx].sh_type == SHT_NOBITS) {
        found["buffers"] += one.st_size;
      } else {
        found["constants"] += one.st_size;
        found[names + one.st_name] += one.st_size;
      }
    }
  }
  return found;
}

}  // namespace liteflow::bench
