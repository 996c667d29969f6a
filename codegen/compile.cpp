// SPDX-License-Identifier: GPL-2.0
#include "codegen/compile.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "codegen/emit.h"
#include "codegen/error.h"

namespace liteflow::codegen {
namespace {

// The sum of an ELF object's executable sections.
std::optional<std::size_t> executable_bytes(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  Elf64_Ehdr head;
  if (bytes.size() < sizeof(head)) return {};
  std::memcpy(&head, bytes.data(), sizeof(head));
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_ident[EI_CLASS] != ELFCLASS64) return {};
  std::size_t total = 0;
  for (std::size_t i = 0; i < head.e_shnum; ++i) {
    const std::size_t at = head.e_shoff + i * head.e_shentsize;
    Elf64_Shdr section;
    if (at + sizeof(section) > bytes.size()) return {};
    std::memcpy(&section, bytes.data() + at, sizeof(section));
    if (section.sh_flags & SHF_EXECINSTR) total += section.sh_size;
  }
  return total;
}

}  // namespace

std::string include_dir() {
  if (const char *dir = std::getenv("LF_INCLUDE")) return dir;
  for (const char *dir : {LF_INCLUDE_INSTALLED, LF_INCLUDE_SOURCE})
    if (std::filesystem::exists(fmt::format("{}/liteflow/snapshot.h", dir))) return dir;
  throw Error("liteflow/snapshot.h not found; set LF_INCLUDE to the directory above it");
}

const std::vector<std::string> &kernel_flags() {
  static const std::vector<std::string> flags = {
      "-std=gnu11", "-O2", "-fno-strict-aliasing", "-fno-common", "-fno-strict-overflow",
      "-fno-delete-null-pointer-checks", "-fconserve-stack", "-fno-asynchronous-unwind-tables",
      "-fno-jump-tables", "-fstack-protector-strong",
#ifdef __x86_64__
      "-mno-sse", "-mno-mmx", "-mno-sse2", "-mno-3dnow", "-mno-avx", "-mno-80387", "-mno-red-zone",
      "-mpreferred-stack-boundary=3", "-mskip-rax-setup", "-mtune=generic", "-falign-jumps=1",
      "-falign-loops=1",
#endif
  };
  return flags;
}

bool run_program(const std::vector<std::string> &arguments) {
  std::vector<char *> argv;
  for (const std::string &argument : arguments) argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error) return false;
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TemporaryDir::TemporaryDir() {
  path_ = (std::filesystem::temp_directory_path() / "lf-codegen-XXXXXX").string();
  if (!mkdtemp(path_.data())) throw Error(fmt::format("{}: {}", path_, std::strerror(errno)));
}

TemporaryDir::~TemporaryDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::optional<std::size_t> code_bytes(const Network &network) {
  const TemporaryDir dir;
  emit(network, dir.path());
  const std::string base = fmt::format("{}/{}", dir.path(), network.name());
  std::vector<std::string> command = {"gcc"};
  command.insert(command.end(), kernel_flags().begin(), kernel_flags().end());
  for (const std::string &argument :
       {std::string("-fno-pic"), "-I" + include_dir(), std::string("-c"), base + ".c",
        std::string("-o"), base + ".o"})
    command.push_back(argument);
  if (!run_program(command)) return {};
  return executable_bytes(base + ".o");
}

}  // namespace liteflow::codegen
