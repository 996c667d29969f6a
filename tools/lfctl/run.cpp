// SPDX-License-Identifier: GPL-2.0
#include "tools/lfctl/run.h"

#include <exception>

#include "tools/lfctl/help.h"
#include "tools/lfctl/parse.h"

namespace liteflow::lfctl {
namespace {

void print_help(const Invocation &invocation, std::ostream &out) {
  if (invocation.command)
    out << help(*invocation.command);
  else if (!invocation.object.empty())
    out << help(invocation.object);
  else
    out << help();
}

void dispatch(const Invocation &invocation, Kernel &kernel, const Environment &environment) {
  if (invocation.what == Invocation::What::kHelp) return print_help(invocation, environment.out);
  if (invocation.what == Invocation::What::kVersion) {
    environment.out << "lfctl " LF_VERSION "\n";
    return;
  }
  Output output(environment.out, invocation.format);
  Context context{kernel, output, invocation.arguments, environment.stop, environment.now};
  invocation.command->run(context);
}

}  // namespace

int run(const std::vector<std::string> &words, Kernel &kernel, const Environment &environment) {
  try {
    dispatch(parse(words), kernel, environment);
    if (!environment.out.flush()) throw Error("can't write to standard output");
    return 0;
  } catch (const UsageError &error) {
    environment.err << "lfctl: " << error.what() << "\n";
    return 2;
  } catch (const std::exception &error) {
    environment.out.flush();
    environment.err << "lfctl: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace liteflow::lfctl
