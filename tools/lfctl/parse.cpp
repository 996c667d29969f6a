// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/parse.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace liteflow::lfctl {
namespace {

template <class T>
std::optional<T> to_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A fraction or a percentage in thousandths.
std::uint32_t to_share(const std::string &text) {
  const bool percent = text.ends_with('%');
  const auto value = to_number<double>(std::string_view(text).substr(0, text.size() - percent));
  const double thousandths = value.value_or(-1) * (percent ? 10 : 1000);
  // !(in range) refuses NaN as well; a share so small that it would withdraw is a mistake.
  if (!(thousandths >= 0 && thousandths <= 1000) || (thousandths > 0 && thousandths < 0.5))
    throw UsageError(
        fmt::format("'{}' is no share: give a fraction (0.1) or a percentage (10%)", text));
  return static_cast<std::uint32_t>(std::lround(thousandths));
}

// Numbers from 0 to 1 with commas between them.
std::vector<double> to_weights(const std::string &text) {
  std::vector<double> weights;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    weights.push_back(to_number<double>(std::string_view(text).substr(at, end - at)).value_or(-1));
    if (!(weights.back() >= 0 && weights.back() <= 1))
      throw UsageError(fmt::format("'{}' are no weights: give numbers from 0 to 1 (0.6,0.3,0.1)", text));
    at = end + 1;
  }
  return weights;
}

// 10.0.0.0/8, fd00::/16, or an address alone.
void to_prefix(const std::string &text, LbPath &path) {
  const std::size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  const bool v6 = address.find(':') != std::string::npos;
  const unsigned bits = v6 ? 128 : 32;
  unsigned length = bits;
  if (slash != std::string::npos)
    length = to_number<unsigned>(std::string_view(text).substr(slash + 1)).value_or(bits + 1);
  path.prefix = {};
  if (!v6) path.prefix[10] = path.prefix[11] = 0xff;
  if (length > bits || inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(),
                                 path.prefix.data() + (v6 ? 0 : 12)) != 1)
    throw UsageError(fmt::format("'{}' is no prefix: such as 10.1.0.0/16 or fd00:1::/32", text));
  path.length = length + 128 - bits;
}

// Decimal or 0x...
std::optional<std::uint32_t> to_bits(std::string_view text) {
  std::uint32_t value = 0;
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// MARK or MARK/MASK, as `ip rule` has it.
void to_mark(const std::string &text, LbPath &path) {
  constexpr std::uint32_t kMask = 0xff;
  const std::size_t slash = text.find('/');
  path.mark = to_bits(std::string_view(text).substr(0, slash)).value_or(0);
  path.mask = kMask;
  if (slash != std::string::npos)
    path.mask = to_bits(std::string_view(text).substr(slash + 1)).value_or(0);
  if (!path.mark || path.mark & ~path.mask)
    throw UsageError(fmt::format(
        "'{}' is no mark: a number other than 0 within its mask, such as 1 or 0x1/0xff", text));
}

void check(Kind kind, const std::string &name, const std::string &value) {
  if (value.empty()) throw UsageError(fmt::format("{} is empty", name));
  const auto longest = [&](std::size_t limit) {
    if (value.size() > limit)
      throw UsageError(fmt::format("{} '{}' has more than {} characters", name, value, limit));
  };
  switch (kind) {
    case Kind::kApp:
      return longest(LF_APP_MAX);
    case Kind::kName:
      return longest(LF_NAME_MAX);
    case Kind::kShare:
      to_share(value);
      return;
    case Kind::kWeights:
      to_weights(value);
      return;
    case Kind::kPrefix: {
      LbPath path;
      return to_prefix(value, path);
    }
    case Kind::kMark: {
      LbPath path;
      return to_mark(value, path);
    }
    case Kind::kMilliseconds:
      if (!to_number<std::uint32_t>(value))
        throw UsageError(fmt::format("'{}' is no number of milliseconds", value));
      return;
    case Kind::kNumber:
      if (to_number<std::uint64_t>(value).value_or(0) == 0)
        throw UsageError(fmt::format("{}: '{}' is no positive number", name, value));
      return;
    default:
      return;
  }
}

// The candidate that a word is or begins, or throws UsageError.
std::string complete(const std::string &word, const std::vector<std::string> &candidates,
                     const std::string &what) {
  std::vector<std::string> found;
  for (const std::string &one : candidates) {
    if (one == word) return one;
    if (one.starts_with(word)) found.push_back(one);
  }
  if (found.size() == 1 && !word.empty()) return found[0];
  throw UsageError(fmt::format("{} {} '{}': {}", found.empty() ? "unknown" : "ambiguous", what,
                               word, fmt::join(found.empty() ? candidates : found, ", ")));
}

std::vector<std::string> verb_names(const std::string &object) {
  std::vector<std::string> names;
  for (const Command *one : verbs_of(object)) names.push_back(one->verb);
  return names;
}

// The words that may follow those of a verb so far, which end with a space.
std::vector<std::string> next_words(const std::string &object, const std::string &so_far) {
  std::vector<std::string> words;
  for (const std::string &verb : verb_names(object)) {
    if (!verb.starts_with(so_far)) continue;
    const std::string word = verb.substr(so_far.size(), verb.find(' ', so_far.size()) - so_far.size());
    if (std::ranges::find(words, word) == words.end()) words.push_back(word);
  }
  return words;
}

class Parser {
 public:
  explicit Parser(const std::vector<std::string> &words) : words_(words) {}

  Invocation parse() {
    try {
      take_all();
      finish();
    } catch (const UsageError &error) {
      const std::string name =
          result_.command ? " " + name_of(*result_.command) : with_space(result_.object);
      throw UsageError(fmt::format("{}; see lfctl{} --help", error.what(), name));
    }
    return result_;
  }

 private:
  static std::string with_space(const std::string &text) { return text.empty() ? "" : " " + text; }

  void take_all() {
    bool options = true;
    while (at_ < words_.size()) {
      const std::string word = words_[at_++];
      if (options && word == "--")
        options = false;
      else if (options && word.size() > 1 && word[0] == '-')
        take_option(word);
      else
        take_word(word);
    }
  }

  bool take_global(const std::string &word) {
    if (word == "-j" || word == "--json") {
      if (result_.format == Format::kHuman) result_.format = Format::kJson;
    } else if (word == "-p" || word == "--pretty") {
      result_.format = Format::kPretty;
    } else if (word == "-V" || word == "--version") {
      result_.what = Invocation::What::kVersion;
    } else if (word == "-h" || word == "--help") {
      result_.what = Invocation::What::kHelp;
    } else {
      return false;
    }
    return true;
  }

  void take_option(const std::string &word) {
    if (take_global(word)) return;
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Option *option = find_option(name);
    if (!option) throw UsageError(fmt::format("unknown option {}", name));
    if (option->kind == Kind::kFlag) {
      if (equals != std::string::npos) throw UsageError(fmt::format("{} takes no value", name));
      result_.arguments.set(name, "1");
      return;
    }
    if (equals == std::string::npos && at_ == words_.size())
      throw UsageError(fmt::format("{} needs a value: {}", name, option->value));
    const std::string value = equals == std::string::npos ? words_[at_++] : word.substr(equals + 1);
    check(option->kind, name, value);
    result_.arguments.set(name, value);
  }

  const Option *find_option(const std::string &name) const {
    if (!result_.command) return nullptr;
    for (const Option &one : result_.command->options)
      if (one.name == name) return &one;
    return nullptr;
  }

  void take_word(const std::string &word) {
    if (!result_.command && word == "help") {
      result_.what = Invocation::What::kHelp;
    } else if (result_.object.empty()) {
      result_.object = complete(word, objects(), "object");
      const auto found = verbs_of(result_.object);
      if (found[0]->verb.empty()) result_.command = found[0];
    } else if (!result_.command) {
      take_verb(word);
    } else {
      take_parameter(word);
    }
  }

  void take_verb(const std::string &word) {
    verb_ += complete(word, next_words(result_.object, verb_), "verb");
    for (const Command *one : verbs_of(result_.object))
      if (one->verb == verb_) result_.command = one;
    verb_ += " ";
  }

  void take_parameter(const std::string &word) {
    const auto &parameters = result_.command->parameters;
    if (taken_ == parameters.size()) throw UsageError(fmt::format("unexpected '{}'", word));
    const Parameter &one = parameters[taken_++];
    if (one.kind == Kind::kKeyword && one.name != word)
      throw UsageError(fmt::format("'{}' instead of '{}'", word, one.name));
    check(one.kind, one.name, word);
    result_.arguments.set(one.name, word);
  }

  // Whether the command is complete; help and version need none.
  void finish() const {
    if (result_.what != Invocation::What::kRun) return;
    if (result_.object.empty()) throw UsageError("no object given");
    if (!result_.command)
      throw UsageError(fmt::format("{}: no verb given: {}", result_.object,
                                   fmt::join(verb_names(result_.object), ", ")));
    const Command &command = *result_.command;
    for (std::size_t i = taken_; i < command.parameters.size(); i++)
      if (command.parameters[i].required)
        throw UsageError(
            fmt::format("{}: {} is missing", name_of(command), command.parameters[i].name));
    for (const Option &one : command.options)
      if (one.required && !result_.arguments.has(one.name))
        throw UsageError(
            fmt::format("{}: {} {} is missing", name_of(command), one.name, one.value));
  }

  const std::vector<std::string> &words_;
  std::size_t at_ = 0, taken_ = 0;
  std::string verb_;  // its words so far, each with a space behind
  Invocation result_;
};

}  // namespace

const std::string &Arguments::text(const std::string &name) const {
  static const std::string none;
  const auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

std::uint64_t Arguments::number(const std::string &name) const {
  return to_number<std::uint64_t>(text(name)).value_or(0);
}

std::uint32_t Arguments::share(const std::string &name) const {
  return has(name) ? to_share(text(name)) : 0;
}

void Arguments::prefix(const std::string &name, LbPath &path) const { to_prefix(text(name), path); }

void Arguments::mark(const std::string &name, LbPath &path) const { to_mark(text(name), path); }

std::vector<double> Arguments::weights(const std::string &name) const {
  return to_weights(text(name));
}

Invocation parse(const std::vector<std::string> &words) { return Parser(words).parse(); }

}  // namespace liteflow::lfctl
