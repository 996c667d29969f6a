// SPDX-License-Identifier: GPL-2.0
#include "daemon/config/tables.h"

namespace liteflow {
namespace {

constexpr double kDay = 86400;

}  // namespace

const OptionTable<DaemonOptions> &daemon_table() {
  using T = DaemonOptions;
  static const OptionTable<T> table{
      {.name = "log_level", .field = &T::log_level,
       .doc = "Least level that is logged to standard error or the journal.",
       .choices = {"trace", "debug", "info", "warning", "error"}, .reload = true},
      {.name = "decisions", .field = &T::decisions,
       .doc = "File that gets one JSON line for every decision, with the numbers it was made from. "
              "Empty: none."},
      {.name = "metrics", .field = &T::metrics,
       .doc = "File of Prometheus metrics for node_exporter's textfile collector (its name must end "
              "in .prom), replaced every second. Empty: none."},
      {.name = "status", .field = &T::status,
       .doc = "File that always holds the present state as JSON. Empty: none."},
  };
  return table;
}

const OptionTable<BuilderOptions> &builder_table() {
  using T = BuilderOptions;
  static const OptionTable<T> table{
      {.name = "kdir", .field = &T::kdir,
       .doc = "Headers of a host's kernel on this machine; {release} becomes that host's `uname -r`."},
      {.name = "include", .field = &T::include,
       .doc = "Directory that holds liteflow/snapshot.h (kmod/include of the source tree)."},
      {.name = "symvers", .field = &T::symvers,
       .doc = "The Module.symvers that liteflow.ko was built with; {release} as above. Kernels with "
              "symbol versions (Debian's among them) need it. Empty: built without."},
      {.name = "make", .field = &T::make, .doc = "The make program."},
      {.name = "timeout_s", .field = &T::timeout_s,
       .doc = "Seconds after which a build has failed.", .low = 1, .high = 3600, .reload = true},
      {.name = "sign_key", .field = &T::sign_key,
       .doc = "Private key (PEM file or PKCS#11 URI) that signs snapshot modules, for kernels that "
              "load only signed ones. Empty: unsigned."},
      {.name = "sign_cert", .field = &T::sign_cert,
       .doc = "X.509 certificate that belongs to sign_key."},
      {.name = "sign_hash", .field = &T::sign_hash, .doc = "Digest of the signature.",
       .choices = {"sha256", "sha384", "sha512"}},
      {.name = "work_dir", .field = &T::work_dir,
       .doc = "Directory in which each build gets a temporary directory of its own."},
  };
  return table;
}

const OptionTable<HostOptions> &host_table() {
  using T = HostOptions;
  static const OptionTable<T> table{
      {.name = "name", .field = &T::name, .doc = "What logs and metrics call this host. Required."},
      {.name = "link", .field = &T::link,
       .doc = "local: the kernel of this machine. remote: another one, through its liteflow-agent.",
       .choices = {"local", "remote"}},
      {.name = "address", .field = &T::address,
       .doc = "Where the agent listens: HOST:PORT, [IPV6]:PORT or unix:PATH. Required for remote."},
      {.name = "tls_ca", .field = &T::tls_ca,
       .doc = "PEM file of the authority that signed the agent's certificate. The three tls files "
              "are required unless the address is a loopback one."},
      {.name = "tls_cert", .field = &T::tls_cert,
       .doc = "PEM file of this trainer's certificate; the agent demands one."},
      {.name = "tls_key", .field = &T::tls_key, .doc = "PEM file of its private key."},
      {.name = "tls_server_name", .field = &T::tls_server_name,
       .doc = "Name in the agent's certificate. Empty: the host of the address."},
      {.name = "allow_insecure", .field = &T::allow_insecure,
       .doc = "Speak to an agent beyond loopback without TLS. For isolated test networks only: "
              "whoever reaches an agent can load kernel code."},
  };
  return table;
}

const OptionTable<AppOptions> &app_table() {
  using T = AppOptions;
  static const OptionTable<T> table{
      {.name = "name", .field = &T::name,
       .doc = "Name of the app in the kernel, such as \"cc\". Required."},
      {.name = "adapter", .field = &T::adapter,
       .doc = "What tunes its model: a built-in adapter (aurora, mocc, sched, lb), or the path of a shared "
              "library (it contains a slash). Required."},
      {.name = "model", .field = &T::model,
       .doc = "TorchScript file of the model to start from. Required."},
      {.name = "calibration", .field = &T::calibration,
       .doc = "CSV file of input rows (one number for each input, no header) that the shipped model is "
              "quantised and verified with. Required."},
      {.name = "seed", .field = &T::seed, .doc = "Seed of the adapter's random numbers.", .low = 0},
      {.name = "interval_ms", .field = &T::interval_ms,
       .doc = "Batch interval T in milliseconds, set in the kernel; 100 to 1000 is the useful range.",
       .low = 10, .high = 5000, .reload = true},
      {.name = "hosts", .field = &T::hosts,
       .doc = "Names of the hosts whose batches tune it and that get its updates. Empty: all."},
  };
  return table;
}

const OptionTable<GateOptions> &gate_table() {
  using T = GateOptions;
  static const OptionTable<T> table{
      {.name = "rule", .field = &T::rule,
       .doc = "What a tuned model must be to become an update. necessary: settled, and different enough "
              "from the snapshot that runs. converged: settled only. every_batch: nothing, it is an "
              "update after every round; for experiments.",
       .choices = {"every_batch", "converged", "necessary"}, .reload = true},
      {.name = "window", .field = &T::window,
       .doc = "Rounds over which the stability value must have settled.", .low = 2, .high = 1000,
       .reload = true},
      {.name = "max_mean_change", .field = &T::max_mean_change,
       .doc = "Largest difference between the means of the window's older and newer half, in units of "
              "the stability value.",
       .low = 0, .reload = true},
      {.name = "max_variance", .field = &T::max_variance,
       .doc = "Largest variance over the window, in squared units of the stability value.", .low = 0,
       .reload = true},
      {.name = "alpha", .field = &T::alpha,
       .doc = "An update is necessary where the least fidelity loss over the batch exceeds this share "
              "of the output range that was seen.",
       .low = 0, .high = 1, .reload = true},
      {.name = "quantile", .field = &T::quantile,
       .doc = "Which of the batch's fidelity losses, in ascending order, is compared: 0 is the least "
              "(as published), 0.1 lets a tenth of the rows be closer.",
       .low = 0, .high = 1, .reload = true},
  };
  return table;
}

const OptionTable<UpdateOptions> &update_table() {
  using T = UpdateOptions;
  const std::vector<std::string_view> paths{"auto", "params", "module"};
  static const OptionTable<T> table{
      {.name = "round_ms", .field = &T::round_ms,
       .doc = "Milliseconds of batches that one tuning step takes.", .low = 10, .high = 60000,
       .reload = true},
      {.name = "min_records", .field = &T::min_records,
       .doc = "Records without which a round waits for more.", .low = 1, .high = 1e6, .reload = true},
      {.name = "path", .field = &T::path,
       .doc = "How an update reaches the kernel. auto: as parameters where the kernel has a snapshot of "
              "the same shape, else as a module; params and module: only so.",
       .choices = paths, .reload = true},
      {.name = "first_path", .field = &T::first_path,
       .doc = "The same, for the first update of each run.", .choices = paths, .reload = true},
      {.name = "calibration_rows", .field = &T::calibration_rows,
       .doc = "Input rows kept from batches, besides those of the calibration file, to quantise with.",
       .low = 16, .high = 1e6},
      {.name = "verify_rows", .field = &T::verify_rows,
       .doc = "Rows on which kernel and interpreter must give the same integers before a snapshot is "
              "activated.",
       .low = 1, .high = 65536, .reload = true},
      {.name = "repin", .field = &T::repin,
       .doc = "Also move running flows to a new snapshot. Without it they keep theirs to their end.",
       .reload = true},
      {.name = "canary_share", .field = &T::canary_share,
       .doc = "Share of new flows that a new snapshot serves first; 0: it is tried by turns (turns_s) or "
              "activated at once.", .low = 0,
       .high = 1, .reload = true},
      {.name = "canary_s", .field = &T::canary_s,
       .doc = "Seconds that a canary is tried for; they must hold slot_s at least once more than "
              "`slots` times.",
       .low = 0, .high = kDay, .reload = true},
      {.name = "turns_s", .field = &T::turns_s,
       .doc = "Without a canary, but with repin: seconds in which a new snapshot takes turns with the one "
              "before it on all flows, slot by slot, before it stays; for hosts whose flows live long. "
              "They must hold slot_s twice as often as a canary's. 0 activates it at once.",
       .low = 0, .high = kDay, .reload = true},
      {.name = "watch_s", .field = &T::watch_s,
       .doc = "Seconds that an activated snapshot is watched for; it is taken back only after `slots` of "
              "slot_s. 0 doesn't watch.",
       .low = 0, .high = kDay, .reload = true},
      {.name = "watch_rewards", .field = &T::watch_rewards,
       .doc = "Rewards of a snapshot below which nothing is concluded from their mean.", .low = 1,
       .reload = true},
      {.name = "slot_s", .field = &T::slot_s,
       .doc = "Seconds of a time slot. Two snapshots are compared by their mean rewards in the same slots. "
              "Long enough for slots to be nearly independent of each other, which is many round trips; "
              "what dependence is left is corrected for. canary_s, turns_s and watch_s hold 5000 of them at most.",
       .low = 0.01, .high = 3600, .reload = true},
      {.name = "slot_rewards", .field = &T::slot_rewards,
       .doc = "Rewards that each of the two must have in a slot for it to count.", .low = 1,
       .reload = true},
      {.name = "slots", .field = &T::slots,
       .doc = "Slots that must count before anything is concluded.", .low = 3, .high = 10000,
       .reload = true},
      {.name = "inconclusive", .field = &T::inconclusive,
       .doc = "What becomes of a snapshot that got too few rewards (watch_rewards) or slots to be judged: "
              "in its trial, or in its watch if it was activated at once.",
       .choices = {"drop", "keep"}, .reload = true},
      {.name = "confidence", .field = &T::confidence,
       .doc = "Confidence of the one-sided bounds of the difference (Student's t). A trial ends "
              "in promotion where the new snapshot isn't worse with this confidence, and so is kept what "
              "was activated at once; any activated snapshot is rolled back where it is worse with it, "
              "all looks of its watch together.",
       .low = 0.5, .high = 0.9999, .reload = true},
      {.name = "max_reward_drop", .field = &T::max_reward_drop,
       .doc = "How much worse the mean reward may be, as a share of that of the snapshot before: what "
              "\"worse\" means.",
       .low = 0, .reload = true},
      {.name = "reward_floor", .field = &T::reward_floor,
       .doc = "Least difference of mean rewards that counts as worse, in units of the reward.",
       .low = 0, .reload = true},
      {.name = "pause_s", .field = &T::pause_s,
       .doc = "Seconds between the end of one update and the next.", .low = 0, .high = kDay,
       .reload = true},
      {.name = "gc", .field = &T::gc,
       .doc = "Unload the app's drained snapshots, and those that were staged here and not used.",
       .reload = true},
  };
  return table;
}

const OptionTable<EstimateOptions> &estimate_table() {
  using T = EstimateOptions;
  static const OptionTable<T> table{
      {.name = "ask", .field = &T::ask,
       .doc = "Whether an update is simulated before it is tried: for adapters sched and lb."},
      {.name = "margin", .field = &T::margin,
       .doc = "How much larger the predicted 99th percentile of the slowdown may be than with the snapshot "
              "that runs, as a share of it; an update beyond that is refused.",
       .low = 0, .reload = true},
      {.name = "limit_ms", .field = &T::limit_ms,
       .doc = "Milliseconds after which an update goes on without a prediction.", .low = 1, .high = 60000,
       .reload = true},
      {.name = "flows", .field = &T::flows, .doc = "The last flows of each host that are kept to simulate.",
       .low = 16, .high = 1e6},
      {.name = "least_flows", .field = &T::least_flows,
       .doc = "Flows without which there is neither a prediction nor an observation to compare one with.",
       .low = 16, .high = 1e6},
      {.name = "link_mbit", .field = &T::link_mbit,
       .doc = "Mbit/s of the host's link: sched's bottleneck; lb's hosts have it each.", .low = 0.001},
      {.name = "path_mbit", .field = &T::path_mbit,
       .doc = "Mbit/s of each path, such as [40000, 40000]. Required for lb.", .low = 0.001},
      {.name = "rtt_us", .field = &T::rtt_us, .doc = "Microseconds of a round trip over an empty network.",
       .low = 1, .high = 1e7},
      {.name = "buffer_kb", .field = &T::buffer_kb, .doc = "lb: kB that a link queues.", .low = 1},
  };
  return table;
}

}  // namespace liteflow
