// SPDX-License-Identifier: GPL-2.0
#include "tests/bench/document.h"

#include <fmt/format.h>

#include <vector>

namespace liteflow::bench {
namespace {

using nlohmann::json;

const std::vector<std::pair<std::string, std::string>> kForms = {
    {"snapshot", "generated C"}, {"prototype", "prototype's form"}, {"torch", "libtorch"}};

double number(const json &object, const char *name) { return object.at(name).get<double>(); }

std::string nanoseconds(double ns) {
  if (ns >= 1e9) return fmt::format("{:.2f} s", ns / 1e9);
  if (ns >= 1e6) return fmt::format("{:.1f} ms", ns / 1e6);
  if (ns >= 1e4) return fmt::format("{:.1f} µs", ns / 1e3);
  return fmt::format("{:.0f} ns", ns);
}

// "median (p10 to p90)" of a member, or a dash.
std::string middle(const json &object, const std::string &name) {
  if (!object.contains(name)) return "-";
  const json &s = object[name];
  return fmt::format("{} ({} to {})", nanoseconds(number(s, "median")),
                     nanoseconds(number(s, "p10")), nanoseconds(number(s, "p90")));
}

std::string count(const json &object, const std::string &name) {
  return object.contains(name) ? object[name].dump() : "-";
}

std::string inference(const json &result) {
  const json &meta = result["meta"], &bytes = result["figures"]["bytes"];
  std::string text =
      "## Inference\n\n"
      "30-32-16-1 with tanh, compiled with the kernel's flags; the same network and inputs in turn, "
      "in one\nrun. Cold: code, parameters and tables flushed from all caches before each call. "
      "Median (10th to 90th\npercentile). The prototype's form is a re-creation: unrolled 64-bit "
      "arithmetic, a buffer per layer,\ntanh from 300 entries.\n\n"
      "| | warm | cold | instructions | code | constants | worst error |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const auto &[form, name] : kForms) {
    const bool native = bytes.contains(form);
    text += fmt::format(
        "| {} | {} | {} | {} | {} | {} | {} |\n", name, middle(meta["warm_ns"], form),
        middle(meta["cold_ns"], form), count(meta["instructions"], form),
        native ? count(bytes[form], "code") + " B" : "-",
        native ? count(bytes[form], "constants") + " B" : "-",
        native ? fmt::format("{} %", number(result["figures"]["fidelity"][form], "worst_percent"))
               : "-");
  }
  const json &ratio = meta["ratio"];
  return text + fmt::format(
                    "\nGenerated C over the prototype's form: warm {} (of the minima {}), cold {} "
                    "(of the minima {}).\nErrors are relative to the range of the float network's "
                    "outputs.\n\n",
                    number(ratio["warm"], "of_medians"), number(ratio["warm"], "of_minima"),
                    number(ratio["cold"], "of_medians"), number(ratio["cold"], "of_minima"));
}

std::string shipped(const std::vector<json> &results) {
  std::string text =
      "The networks that ship for the other apps, on rows they were calibrated with. Load balancing "
      "asks once for\neach path.\n\n"
      "| app | network | warm | cold | code | constants | worst error |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const json &result : results) {
    const json &parameters = result["parameters"], &figures = result["figures"];
    text += fmt::format("| {} | {} | {} | {} | {} B | {} B | {} % |\n",
                        parameters["app"].get<std::string>(),
                        parameters["network"].get<std::string>(), middle(result["meta"], "warm_ns"),
                        middle(result["meta"], "cold_ns"), count(figures["bytes"], "code"),
                        count(figures["bytes"], "constants"),
                        number(figures["fidelity"], "worst_percent"));
  }
  return text + "\n";
}

std::string delay_row(const char *name, const json &delay) {
  return fmt::format("| {} | {:.0f} | {:.0f} | {} | {} | {} | {} |\n", name,
                     number(delay, "inferences"), number(delay, "failed"),
                     nanoseconds(number(delay, "median")), nanoseconds(number(delay, "p99")),
                     nanoseconds(number(delay, "p999")), nanoseconds(number(delay, "max")));
}

std::string activation(const json &result) {
  const json &meta = result["meta"], &swaps = meta["swaps"], &call = swaps["call_ns"];
  std::string text = fmt::format(
      "## Activation\n\n"
      "Real-time guest (emulated CPUs), Linux {}. An `activate` over netlink takes {}, 99th "
      "percentile {}\n({} calls). Inferences ran without a pause on the other CPU; beside them, the "
      "same for as long of calls that only\nread. The maximum holds whatever the host did to the "
      "guest meanwhile.\n\n"
      "| inference while | inferences | failed | median | p99 | p99.9 | longest |\n"
      "|---|---|---|---|---|---|---|\n",
      result["parameters"]["kernel"].get<std::string>(), nanoseconds(number(call, "median")),
      nanoseconds(number(call, "p99")), count(call, "n"));
  text += delay_row("snapshots are swapped", swaps["with_swaps"]);
  text += delay_row("nothing is swapped", swaps["without"]);
  text += "\n| from new weights to serving | by parameters | by C |\n|---|---|---|\n";
  const json &p = meta["by_parameters"], &m = meta["by_module"];
  const auto row = [&](const char *name, const char *member) {
    return fmt::format("| {} | {} | {} |\n", name, middle(p, member), middle(m, member));
  };
  text += row("quantise (host)", "quantise_ns") + row("emit (host)", "emit_ns") +
          row("compile (host)", "compile_ns") + row("load or insmod", "load_ns") +
          row("activate", "activate_ns") + row("load to first decision", "total_ns");
  return text + fmt::format("| sum of the medians | {} | {} |\n\n",
                            nanoseconds(number(meta["to_serving_ns"], "parameters")),
                            nanoseconds(number(meta["to_serving_ns"], "module")));
}

std::string cost(const json &result) {
  std::string text = fmt::format(
      "## Cost per ACK\n\n"
      "Virtual-time guest (one instruction takes one nanosecond), Linux {}, {} and {}. *Busy* is "
      "what the\nguest's CPU did per ACK, for sender, router, receiver and iperf3 together; *own* is "
      "the time in the\ncongestion control's functions, by kretprobes in a run of its own, per ACK. "
      "Two runs give the same bytes.\n\n"
      "| | flows | busy per ACK | own per ACK | busy per MB | path | idle | GSO segments |\n"
      "|---|---|---|---|---|---|---|---|\n",
      result["parameters"]["kernel"].get<std::string>(),
      result["parameters"]["rate"].get<std::string>(),
      result["parameters"]["rtt"].get<std::string>());
  for (const json &run : result["figures"]["runs"]) {
    std::string own = "-";
    for (const json &probe : result["figures"]["probes"])
      if (probe["cc"] == run["cc"] && probe["flows"] == run["flows"])
        own = nanoseconds(number(probe, "ns_per_ack"));
    text += fmt::format("| {} | {} | {} | {} | {} | {:.1f} Mbit/s | {:.0f} %{} | {:.0f} |\n",
                        run["cc"].get<std::string>(), run["flows"].dump(),
                        nanoseconds(number(run, "busy_ns_per_ack")), own,
                        nanoseconds(number(run, "busy_ns_per_mb")), number(run, "path_mbit"),
                        number(run, "idle_share") * 100,
                        run["cpu_limited"].get<bool>() ? " (CPU-limited)" : "",
                        number(run, "gso_max_segs"));
  }
  return text + "\n";
}

// A guest's nanosecond is an instruction: what that is on this host, at the rate of the generated C when warm.
std::string decision(const json &result, const json &inference) {
  const json &meta = inference["meta"];
  const double rate = number(meta["instructions"], "snapshot") / number(meta["warm_ns"]["snapshot"], "median");
  std::string text = fmt::format(
      "## Cost per decision\n\n"
      "Virtual-time guest, Linux {}, {} flows, with the networks that ship: one function that gathers "
      "the\ninputs, infers (once for each of four paths, where load is balanced) and enters the "
      "choice. A guest's\nnanosecond is one instruction; *warm* is what the median takes on this host "
      "at the {:.1f} instructions per\nnanosecond of the generated C above. What a cold network adds "
      "is above as well.\n\n"
      "| app | function | calls | instructions, median | p99 | longest | warm |\n|---|---|---|---|---|---|---|\n",
      result["parameters"]["kernel"].get<std::string>(), result["parameters"]["flows"].dump(), rate);
  for (const json &app : result["figures"]["apps"])
    for (const auto &[name, f] : app["functions"].items())
      text += fmt::format("| {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {} |\n", app["app"].get<std::string>(), name,
                          number(f, "calls"), number(f, "median_ns"), number(f, "p99_ns"),
                          number(f, "max_ns"), nanoseconds(number(f, "median_ns") / rate));
  return text + "\n";
}

std::string hosts(const Results &results) {
  std::string text = "## Where\n\n";
  for (const json *result : {&results.inference, &results.activation, &results.cost, &results.decision}) {
    const json &host = (*result)["meta"]["host"];
    text += fmt::format("- {}: {}, {} CPUs, load {} / {} / {}, Linux {}, {}\n",
                        (*result)["name"].get<std::string>(), host["cpu"].get<std::string>(),
                        host["cpus"].dump(), host["load"][0].dump(), host["load"][1].dump(),
                        host["load"][2].dump(), host["kernel"].get<std::string>(),
                        host["compiler"].get<std::string>());
  }
  const json &meta = results.inference["meta"];
  return text + fmt::format("- libtorch {}, one thread, OpenBLAS core type {}\n",
                            meta["libtorch"].get<std::string>(),
                            meta["openblas_core_type"].get<std::string>());
}

}  // namespace

std::string document(const Results &results) {
  return "<!-- Generated by `make bench` from build/results/bench-*.json; do not edit. -->\n"
         "# Benchmarks\n\n![Benchmarks](bench.svg)\n\n" +
         inference(results.inference) + shipped(results.shipped) +
         activation(results.activation) + cost(results.cost) + decision(results.decision, results.inference) +
         hosts(results);
}

std::string picture_data(const Results &results) {
  std::string text;
  const json &meta = results.inference["meta"];
  for (const char *kind : {"warm_ns", "cold_ns"}) {
    for (const auto &[form, name] : kForms) {
      if (!meta[kind].contains(form)) continue;
      const json &s = meta[kind][form];
      text += fmt::format("\"{}\" {} {} {}\n", name, number(s, "median"), number(s, "p10"),
                          number(s, "p90"));
    }
    text += "\n\n";
  }
  const json &swaps = results.activation["meta"]["swaps"];
  for (const char *kind : {"with_swaps", "without"})
    text += fmt::format("\"{}\" {} {} {}\n", kind[4] == '_' ? "swapped" : "not swapped",
                        number(swaps[kind], "median"), number(swaps[kind], "p999"),
                        number(swaps[kind], "max"));
  text += "\n\n";
  for (const json &run : results.cost["figures"]["runs"])
    text += fmt::format("\"{} {}\" {}\n", run["cc"].get<std::string>(), run["flows"].dump(),
                        number(run, "busy_ns_per_ack"));
  return text;
}

}  // namespace liteflow::bench
