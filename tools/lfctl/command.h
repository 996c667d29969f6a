// SPDX-License-Identifier: GPL-2.0
// The form of the command table: what parsing, help, the man page and the
// completion are all made from.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/lfctl/kernel.h"
#include "tools/lfctl/output.h"

namespace liteflow::lfctl {

// A mistake in the command line: exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What a value is: how it is checked and completed.
enum class Kind {
  kApp,
  kSnapshot,
  kFile,
  kDirectory,
  kName,
  kNumber,
  kMilliseconds,
  kShare,
  kWeights,
  kPrefix,
  kMark,
  kText,
  kKeyword,
  kFlag
};

struct Parameter {
  std::string name;  // "APP"; for kKeyword the word itself
  Kind kind;
  std::string help;
  bool required = true;
};

struct Option {
  std::string name;   // "--share"
  std::string value;  // "SHARE"; empty for kFlag
  Kind kind;
  std::string help;
  bool required = false;
};

// The values given in a command line, by name of parameter or option. They were
// checked by kind; what was not given reads as empty, 0 or false.
class Arguments {
 public:
  void set(const std::string &name, const std::string &value) { values_[name] = value; }
  bool has(const std::string &name) const { return values_.count(name) != 0; }
  const std::string &text(const std::string &name) const;
  std::uint64_t number(const std::string &name) const;
  std::uint32_t share(const std::string &name) const;  // thousandths
  std::vector<double> weights(const std::string &name) const;
  void prefix(const std::string &name, LbPath &path) const;  // fills in prefix and length
  void mark(const std::string &name, LbPath &path) const;    // fills in mark and mask

 private:
  std::map<std::string, std::string> values_;
};

// What a command runs in.
struct Context {
  Kernel &kernel;
  Output &output;
  const Arguments &arguments;
  const std::function<bool()> &stop;  // whether to end a watch
  const std::function<std::chrono::system_clock::time_point()> &now;
};

struct Command {
  std::string object, verb;  // verb may be empty, or of two words
  std::vector<Parameter> parameters;
  std::vector<Option> options;
  std::string help;    // one line, a sentence without its full stop
  std::string detail;  // more, for the man page and the command's own help
  std::string json;    // what -j prints, in words
  void (*run)(Context &context);
};

const std::vector<Command> &commands();
const std::vector<Option> &global_options();
std::vector<std::string> objects();  // in the table's order
std::vector<const Command *> verbs_of(const std::string &object);

// "snapshot canary SNAPSHOT --share SHARE"
std::string usage(const Command &command);

// The name a command goes by: "snapshot canary", "monitor".
std::string name_of(const Command &command);

}  // namespace liteflow::lfctl
