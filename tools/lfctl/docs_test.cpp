// SPDX-License-Identifier: GPL-2.0
// Help, man page and completion tell of the same commands and options, and the
// completion works in a real bash.
#include <gtest/gtest.h>

#include <cstdio>

#include "tools/lfctl/command.h"
#include "tools/lfctl/fake_kernel.h"
#include "tools/lfctl/records.h"
#include "tools/lfctl/test_file.h"

namespace liteflow::lfctl {
namespace {

std::string output_of(const std::string &line) {
  FakeKernel kernel;
  const Result result = run_line(kernel, line);
  EXPECT_EQ(result.status, 0) << line << ": " << result.err;
  return result.out;
}

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

std::string roff(std::string text) {
  for (std::size_t at = 0; (at = text.find('-', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

// The answer of a case in the completion script: "\t'KEY') echo 'ANSWER' ;;".
std::string answer(const std::string &script, const std::string &key) {
  const std::string start = "\t'" + key + "') echo '";
  const std::size_t at = script.find(start);
  if (at == std::string::npos) return {};
  return " " +
         script.substr(at + start.size(),
                       script.find('\'', at + start.size()) - at - start.size()) +
         " ";
}

TEST(Docs, AllTellOfEveryCommand) {
  const std::string help = output_of("--help"), man = output_of("man"),
                    script = output_of("completion bash");
  for (const Command &command : commands()) {
    const std::string name = name_of(command);
    EXPECT_TRUE(contains(help, "  " + usage(command) + "\n")) << name;
    EXPECT_TRUE(contains(output_of(command.object + " --help"), usage(command))) << name;
    EXPECT_TRUE(contains(man, "\\fB" + roff(usage(command)) + "\\fR")) << name;
    if (command.verb.empty())
      EXPECT_TRUE(contains(script, command.object)) << name;
    else
      EXPECT_TRUE(contains(answer(script, name.substr(0, name.rfind(' '))),
                           " " + name.substr(name.rfind(' ') + 1) + " "))
          << name;
    const std::string own = output_of(name + " --help");
    for (const Option &option : command.options) {
      EXPECT_TRUE(contains(own, "  " + option.name)) << name;
      EXPECT_TRUE(contains(man, "\\fB" + roff(option.name))) << name;
      EXPECT_TRUE(contains(answer(script, name), " " + option.name + " ")) << name;
    }
  }
}

TEST(Docs, AllTellOfTheGlobalOptions) {
  const std::string help = output_of("--help"), man = output_of("man"),
                    script = output_of("completion bash");
  for (const Option &option : global_options()) {
    EXPECT_TRUE(contains(help, ", " + option.name));
    EXPECT_TRUE(contains(man, roff(option.name)));
    EXPECT_TRUE(contains(answer(script, "snapshot canary"), " " + option.name + " "));
  }
}

TEST(Docs, ManPageDocumentsEveryJsonField) {
  const std::string man = output_of("man");
  for (const RecordDoc &record : record_docs()) {
    EXPECT_TRUE(contains(man, ".SS " + record.name + "\n"));
    for (const FieldDoc &field : record.fields) {
      EXPECT_TRUE(contains(man, "\\fB" + field.name + "\\fR\n")) << field.name;
      EXPECT_FALSE(field.doc.empty());
    }
  }
}

TEST(Docs, HelpFitsATerminal) {
  std::string all = output_of("--help");
  for (const Command &command : commands()) all += output_of(name_of(command) + " --help");
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 82u) << line;
}

TEST(Docs, Version) { EXPECT_EQ(output_of("-V"), "lfctl " LF_VERSION "\n"); }

std::string shell(const std::string &script) {
  const TestFile file(script);
  std::string out;
  FILE *pipe = popen(("bash --norc " + file.path() + " 2>&1").c_str(), "r");
  if (!pipe) return "no bash";
  char buffer[4096];
  while (const std::size_t size = fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, size);
  pclose(pipe);
  return out;
}

// What bash offers for a line; the last word is the one under the cursor.
std::string complete(const std::string &words) {
  return shell(
      "lfctl() {\n"
      "case \"$2 $3\" in\n"
      "'app list') echo '[{\"name\":\"cc\",\"n_in\":30}]' ;;\n"
      "'snapshot list') echo '[{\"id\":4,\"name\":\"lf_cc_a\",\"app\":\"cc\"}]' ;;\n"
      "esac\n}\n" +
      output_of("completion bash") + "COMP_WORDS=(" + words +
      ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_lfctl\necho \"${COMPREPLY[*]}\"\n");
}

TEST(Completion, OffersWhatMayFollow) {
  EXPECT_EQ(complete("lfctl s"), "snapshot sched stats\n");
  EXPECT_EQ(complete("lfctl snapshot l"), "list load\n");
  EXPECT_EQ(complete("lfctl -j snapshot r"), "rollback\n");
  EXPECT_EQ(complete("lfctl snapshot show ''"), "4 lf_cc_a\n");
  EXPECT_EQ(complete("lfctl snapshot canary lf"), "lf_cc_a\n");
  EXPECT_EQ(complete("lfctl app set ''"), "cc\n");
  EXPECT_EQ(complete("lfctl app set cc ''"), "interval\n");
  EXPECT_EQ(complete("lfctl snapshot canary 4 --sh"), "--share\n");
  EXPECT_EQ(complete("lfctl snapshot canary --share 0.1 ''"), "4 lf_cc_a\n");
  EXPECT_EQ(complete("lfctl snapshot canary --share ''"), "\n");
  EXPECT_EQ(complete("lfctl flow repin cc --snapshot ''"), "4 lf_cc_a\n");
  EXPECT_EQ(complete("lfctl monitor --c"), "--count\n");
  EXPECT_EQ(complete("lfctl snapshot load 4 /etc/host"), shell("compgen -f /etc/host | xargs\n"));
  EXPECT_EQ(complete("lfctl snapshot list cc ''"), "\n");
  EXPECT_EQ(complete("lfctl lb ''"), "path setup\n");
  EXPECT_EQ(complete("lfctl lb path ''"), "list add delete\n");
  EXPECT_EQ(complete("lfctl lb path add 10.0.0.0/8 ''"), "mark\n");
}

}  // namespace
}  // namespace liteflow::lfctl
