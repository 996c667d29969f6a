// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/parse.h"

#include <gtest/gtest.h>

#include "tools/lfctl/fake_kernel.h"

namespace liteflow::lfctl {
namespace {

Invocation parse_line(const std::string &line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return parse(words);
}

TEST(Parse, OptionsStandAnywhere) {
  for (const char *line : {"-j snapshot canary 4 --share 0.1", "snapshot -j canary --share 0.1 4",
                           "snapshot canary --share=0.1 4 --json", "snap can 4 --share 10% -j"}) {
    const Invocation invocation = parse_line(line);
    EXPECT_EQ(name_of(*invocation.command), "snapshot canary") << line;
    EXPECT_EQ(invocation.arguments.text("SNAPSHOT"), "4");
    EXPECT_EQ(invocation.arguments.share("--share"), 100u);
    EXPECT_EQ(invocation.format, Format::kJson);
  }
  EXPECT_EQ(parse_line("-p -j app list").format, Format::kPretty);
  EXPECT_EQ(parse_line("app list -j -p").format, Format::kPretty);
}

TEST(Parse, DashesEndOptions) {
  EXPECT_EQ(parse_line("snapshot infer 4 -- -file").arguments.text("FILE"), "-file");
}

TEST(Parse, HelpAndVersionNeedNoMore) {
  EXPECT_EQ(parse_line("-h").what, Invocation::What::kHelp);
  EXPECT_EQ(parse_line("help snapshot").object, "snapshot");
  EXPECT_EQ(parse_line("snapshot help").what, Invocation::What::kHelp);
  EXPECT_EQ(parse_line("snapshot load --help").command->verb, "load");
  EXPECT_EQ(parse_line("-V").what, Invocation::What::kVersion);
}

TEST(Parse, Shares) {
  const auto share = [](const std::string &text) {
    return parse({"snapshot", "canary", "4", "--share", text}).arguments.share("--share");
  };
  EXPECT_EQ(share("0"), 0u);
  EXPECT_EQ(share("1"), 1000u);
  EXPECT_EQ(share("100%"), 1000u);
  EXPECT_EQ(share("0.001"), 1u);
  EXPECT_EQ(share("12.3%"), 123u);
  for (const char *bad : {"10", "-0.1", "101%", "nan", "x", "%", "0.0001", "0.1x", "inf"})
    EXPECT_THROW(share(bad), UsageError) << bad;
}

// Every mistake is one line that names what is wrong and where help is.
TEST(Parse, MistakesAreExplained) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "no object given; see lfctl --help"},
      {"foo", "unknown object 'foo': app, snapshot, flow"},
      {"s", "ambiguous object 's': snapshot, sched, stats"},
      {"snapshot", "snapshot: no verb given: list, show"},
      {"snapshot foo", "unknown verb 'foo': list, show"},
      {"snapshot l", "ambiguous verb 'l': list, load; see lfctl snapshot --help"},
      {"snapshot show", "snapshot show: SNAPSHOT is missing; see lfctl snapshot show --help"},
      {"snapshot show 1 2", "unexpected '2'"},
      {"snapshot show 1 --force", "unknown option --force"},
      {"--force snapshot unload 1", "unknown option --force"},
      {"snapshot canary 1", "--share SHARE is missing"},
      {"snapshot canary 1 --share", "--share needs a value: SHARE"},
      {"snapshot unload 1 --force=yes", "--force takes no value"},
      {"snapshot list -x", "unknown option -x"},
      {"app set cc every 5", "'every' instead of 'interval'"},
      {"app set cc interval 5ms", "'5ms' is no number of milliseconds"},
      {"app set a-name-much-too-long interval 5", "more than 15 characters"},
      {"flow repin cc --flow 0", "'0' is no positive number"},
      {"monitor --count -1", "'-1' is no positive number"},
      {"stats cc lb", "unexpected 'lb'"},
  };
  for (const auto &[line, wanted] : cases) {
    FakeKernel kernel;
    const Result result = run_line(kernel, line);
    EXPECT_EQ(result.status, 2) << line;
    EXPECT_EQ(result.out, "") << line;
    EXPECT_TRUE(result.err.starts_with("lfctl: ")) << result.err;
    EXPECT_NE(result.err.find(wanted), std::string::npos) << line << " -> " << result.err;
    EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << result.err;
  }
}

TEST(Parse, EmptyWordsAreMistakes) {
  FakeKernel kernel;
  EXPECT_EQ(run_words(kernel, {""}).status, 2);
  EXPECT_EQ(run_words(kernel, {"snapshot", "show", ""}).status, 2);
  EXPECT_EQ(run_words(kernel, {"snapshot", "load", "1", "f", "--name="}).status, 2);
}

TEST(Run, ReportsAFullDisk) {
  FakeKernel kernel;
  std::ostringstream out, err;
  out.setstate(std::ios::badbit);
  EXPECT_EQ(run({"app", "list"}, kernel, {out, err, [] { return true; }, {}}), 1);
  EXPECT_EQ(err.str(), "lfctl: can't write to standard output\n");
}

}  // namespace
}  // namespace liteflow::lfctl
