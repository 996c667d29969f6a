// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/rollout.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "daemon/update/cpu_time.h"

namespace liteflow {
namespace {

using namespace std::chrono_literals;
using nlohmann::ordered_json;

constexpr auto kRetryFirst = 2s;
constexpr auto kRetryLast = 60s;
constexpr double kHistoryLeast_s = 10;

const SnapshotInfo *find(const std::vector<SnapshotInfo> &snapshots, std::uint64_t id) {
  const auto found = std::find_if(snapshots.begin(), snapshots.end(),
                                  [&](const SnapshotInfo &s) { return s.id == id; });
  return found == snapshots.end() ? nullptr : &*found;
}

std::uint64_t active_of(const std::vector<SnapshotInfo> &snapshots) {
  for (const auto &snapshot : snapshots)
    if (snapshot.state == LF_STATE_ACTIVE) return snapshot.id;
  return 0;
}

// Turns move running flows back and forth.
TrialKind kind_of_trial(const UpdateOptions &update) {
  if (update.canary_share > 0) return TrialKind::canary;
  return update.repin && update.turns_s > 0 ? TrialKind::turns : TrialKind::watch;
}

double seconds_of(TrialKind kind, const UpdateOptions &update) {
  switch (kind) {
    case TrialKind::canary: return update.canary_s;
    case TrialKind::turns: return update.turns_s;
    case TrialKind::watch: break;
  }
  return update.watch_s;
}

const char *name_of(TrialKind kind) {
  switch (kind) {
    case TrialKind::canary: return "canary";
    case TrialKind::turns: return "turns";
    case TrialKind::watch: break;
  }
  return "watch";
}

// Whether a snapshot is where a trial of this kind has it.
bool serves(lf_state state, TrialKind kind) {
  if (kind == TrialKind::canary) return state == LF_STATE_CANARY;
  return state == LF_STATE_ACTIVE || (kind == TrialKind::turns && state == LF_STATE_PREVIOUS);
}

}  // namespace

Rollout::Rollout(Host &host, const AppOptions &options, const Services &services)
    : host_(host), options_(options), services_(services) {}

Labels Rollout::labels() const { return {{"app", options_.name}, {"host", host_.name}}; }

void Rollout::link_up() {
  active_ = 0;
  bring_up_failures_ = 0;
  retry_ = services_.now();
}

// The kernel drops a canary by itself when its daemon goes.
void Rollout::link_down() {
  active_ = 0;
  if (trial_ && trial_->kind == TrialKind::canary) end_trial("aborted", {});
}

void Rollout::step(const codegen::Network &shipped, const RowPool &rows) {
  if (!host_.up) return;
  try {
    if (active_ == 0) {
      if (services_.now() >= retry_) bring_up(shipped, rows);
      return;
    }
    const auto snapshots = host_.link->snapshots(options_.name);
    active_ = active_of(snapshots);
    if (active_ == 0) {
      spdlog::warn("{}: app {} has no active snapshot any more", host_.name, options_.name);
      return;
    }
    look(snapshots);
    if (trial_) continue_trial(snapshots);
    if (options_.update.gc) collect(snapshots);
  } catch (const LinkDown &error) {
    spdlog::debug("{}: {}", host_.name, error.what());
  } catch (const Error &error) {
    spdlog::warn("{}: {}", host_.name, error.what());
  }
}

// Slots are kept for as long as a trial goes on, and as long again before it.
void Rollout::look(const std::vector<SnapshotInfo> &snapshots) {
  const auto &update = options_.update;
  const double history_s = std::max(update.watch_s, kHistoryLeast_s);
  const auto now = services_.now();
  log_.add(now, snapshots, update.slot_s,
           2 * std::max({history_s, update.canary_s, update.turns_s}));
  const auto slots = log_.between(after(now, -history_s), now, active_);
  const auto recent = std::accumulate(slots.begin(), slots.end(), Reward{});
  if (recent.count > 0) services_.metrics.set("reward_mean", labels(), recent.mean());
}

void Rollout::bring_up(const codegen::Network &shipped, const RowPool &rows) {
  try {
    const auto apps = host_.link->apps();
    if (std::none_of(apps.begin(), apps.end(),
                     [&](const AppInfo &a) { return a.name == options_.name; }))
      throw Error(fmt::format("the kernel has no app \"{}\"; load the module that registers it",
                              options_.name));
    host_.link->set_interval(options_.name, std::chrono::milliseconds(options_.interval_ms));
    active_ = active_of(host_.link->snapshots(options_.name));
    if (active_ == 0)
      stage_shipped(shipped, rows);
    else
      spdlog::info("{}: app {}: snapshot {} is active already", host_.name, options_.name, active_);
    bring_up_failures_ = 0;
  } catch (const Error &error) {
    if (bring_up_failures_++ == 0)
      spdlog::warn("{}: app {} can't be brought up: {}; trying again", host_.name, options_.name,
                   error.what());
    retry_ = services_.now() + std::min<std::chrono::seconds>(
                                   kRetryFirst * (1 << std::min(bring_up_failures_, 6)), kRetryLast);
  }
}

void Rollout::stage_shipped(const codegen::Network &shipped, const RowPool &rows) {
  const Staged staged = stage_here(shipped, "auto");
  staged_.insert(shipped.name());
  verify_on_host(*host_.link, staged.id, shipped,
                 spread(rows.all(), static_cast<std::size_t>(options_.update.verify_rows)));
  host_.link->activate(staged.id, false);
  active_ = staged.id;
  spdlog::info("{}: app {}: snapshot {} ({}) brought up", host_.name, options_.name, staged.id,
               shipped.name());
  services_.journal.write({{"type", "bring_up"},
                           {"app", options_.name},
                           {"host", host_.name},
                           {"snapshot", staged.id},
                           {"name", shipped.name()},
                           {"path", staged.path},
                           {"bytes", staged.bytes},
                           {"build_s", staged.build_s},
                           {"build_cpu_s", staged.build_cpu_s},
                           {"load_s", staged.load_s}});
}

// Counts what it moves, and what it costs even where it fails.
Staged Rollout::stage_here(const codegen::Network &network, const std::string &path) {
  const double cpu = cpu_seconds();
  const auto count = [&] {
    services_.metrics.add("stage_cpu_seconds_total", labels(), cpu_seconds() - cpu);
  };
  try {
    const Staged staged = stage(*host_.link, services_.builder, network, path);
    count();
    auto with_path = labels();
    with_path["path"] = staged.path;
    services_.metrics.add("staged_bytes_total", with_path, static_cast<double>(staged.bytes));
    return staged;
  } catch (...) {
    count();
    throw;
  }
}

bool Rollout::start(const Update &update) {
  ordered_json line{{"type", "update"},
                    {"app", options_.name},
                    {"host", host_.name},
                    {"round", update.round},
                    {"name", update.network.name()},
                    {"tune_s", update.tune_s},
                    {"tune_cpu_s", update.tune_cpu_s},
                    {"quantise_s", update.quantise_s},
                    {"quantise_cpu_s", update.quantise_cpu_s}};
  try {
    Staged staged = stage_here(update.network, update.path);
    staged_.insert(update.network.name());
    const auto start = std::chrono::steady_clock::now();
    verify_on_host(*host_.link, staged.id, update.network, update.rows);
    staged.verify_s = seconds_since(start);
    if (staged.id == active_) return unchanged(std::move(line));
    activate(staged, update, line);
    return true;
  } catch (const StageError &error) {
    failed(error.step(), error.what(), std::move(line));
  } catch (const HostError &error) {
    failed("refused", error.what(), std::move(line));
  } catch (const Error &error) {
    failed("link_down", error.what(), std::move(line));
  }
  return false;
}

// What tuning came to is what runs already: nothing to try.
bool Rollout::unchanged(ordered_json line) {
  line.update({{"snapshot", active_}, {"result", "unchanged"}});
  services_.journal.write(std::move(line));
  auto with_result = labels();
  with_result["result"] = "unchanged";
  services_.metrics.add("updates_total", with_result);
  return false;
}

void Rollout::activate(const Staged &staged, const Update &update, ordered_json &line) {
  const TrialKind kind = kind_of_trial(options_.update);
  const bool canary = kind == TrialKind::canary;
  const char *result = kind == TrialKind::watch ? "activated" : name_of(kind);
  begin_trial(kind, staged.id, update.network.name(), update.round,
              host_.link->snapshots(options_.name));
  const auto start = std::chrono::steady_clock::now();
  try {
    if (canary)
      host_.link->canary(staged.id, static_cast<std::uint32_t>(
                                        std::lround(options_.update.canary_share * 1000)));
    else
      host_.link->activate(staged.id, options_.update.repin);
  } catch (...) {
    trial_.reset();
    throw;
  }
  const double activate_s = seconds_since(start);
  line.update({{"snapshot", staged.id},
               {"path", staged.path},
               {"bytes", staged.bytes},
               {"build_s", staged.build_s},
               {"build_cpu_s", staged.build_cpu_s},
               {"load_s", staged.load_s},
               {"verify_s", staged.verify_s},
               {"activate_s", activate_s},
               {"result", result}});
  services_.journal.write(line);
  auto with_result = labels();
  with_result["result"] = result;
  services_.metrics.add("updates_total", with_result);
  spdlog::info("{}: app {}: snapshot {}: {}, by {} (tune {:.3f} s, quantise {:.3f} s, build {:.3f} s, "
               "load {:.4f} s, activate {:.4f} s)", host_.name, options_.name, staged.id,
               result, staged.path, update.tune_s, update.quantise_s,
               staged.build_s, staged.load_s, activate_s);
  latest_ = staged.id;
  if (!canary) active_ = staged.id;
}

void Rollout::begin_trial(TrialKind kind, std::uint64_t id, const std::string &name,
                          std::uint64_t round, const std::vector<SnapshotInfo> &snapshots) {
  Trial trial;
  trial.kind = kind;
  trial.id = id;
  trial.previous = active_;
  trial.round = round;
  trial.name = name;
  trial.start = services_.now();
  trial.end = after(trial.start, seconds_of(kind, options_.update));
  log_.cut(trial.start, snapshots);
  trial_ = trial;
}

void Rollout::continue_trial(const std::vector<SnapshotInfo> &snapshots) {
  const auto *snapshot = find(snapshots, trial_->id);
  if (!snapshot || snapshot->name != trial_->name || !serves(snapshot->state, trial_->kind))
    return end_trial("superseded", {});
  const auto slots = log_.since(trial_->start, trial_->id, trial_->previous);
  const bool over = services_.now() >= trial_->end;
  if (trial_->kind == TrialKind::canary)
    return end_proof(judge_canary(slots, over, options_.update), snapshots);
  if (trial_->kind == TrialKind::turns) {
    const auto verdict = judge_turns(slots, over, options_.update);
    return verdict.outcome == Outcome::wait ? take_turns(slots.size()) : end_proof(verdict, snapshots);
  }
  const double history_s = std::max(options_.update.watch_s, kHistoryLeast_s);
  const auto earlier =
      log_.between(after(trial_->start, -history_s), trial_->start, trial_->previous);
  end_watch(judge_watch(slots, earlier, trial_->standing, over, options_.update));
}

void Rollout::take_turns(std::size_t slot) {
  const std::uint64_t turn = new_ones_turn(slot) ? trial_->id : trial_->previous;
  if (turn == active_) return;
  host_.link->activate(turn, true);
  active_ = turn;
}

// No call of the host may follow the activation: if it failed, nothing would
// watch the snapshot.
void Rollout::end_proof(const Verdict &verdict, const std::vector<SnapshotInfo> &snapshots) {
  if (verdict.outcome == Outcome::wait) return;
  const Trial trial = *trial_;
  if (verdict.outcome == Outcome::drop) {
    if (trial.kind == TrialKind::canary)
      host_.link->canary(trial.id, 0);
    else if (active_ != trial.previous)
      host_.link->activate(trial.previous, true);
    active_ = trial.previous;
    // That too few rewards came says nothing against the tuning.
    if (verdict.basis != kTooFew) failures_++;
    return end_trial("dropped", verdict);
  }
  if (active_ != trial.id) host_.link->activate(trial.id, options_.update.repin);
  end_trial("promoted", verdict);
  begin_trial(TrialKind::watch, trial.id, trial.name, trial.round, snapshots);
  trial_->standing = Standing::proved;
  active_ = trial.id;
}

void Rollout::end_watch(const Verdict &verdict) {
  if (verdict.outcome == Outcome::wait) return;
  if (verdict.outcome == Outcome::drop) {
    host_.link->rollback(options_.name, options_.update.repin);
    active_ = trial_->previous;
    if (verdict.basis != kTooFew) failures_++;
    return end_trial("rolled_back", verdict);
  }
  failures_ = 0;
  end_trial("kept", verdict);
}

void Rollout::end_trial(const std::string &result, const Verdict &verdict) {
  const auto *kind = name_of(trial_->kind);
  spdlog::log(result == "kept" || result == "promoted" ? spdlog::level::info : spdlog::level::warn,
              "{}: app {}: {} of snapshot {}: {} ({})", host_.name, options_.name, kind, trial_->id,
              result, verdict.basis.empty() ? "not judged" : to_string(verdict));
  services_.journal.write({{"type", kind},
                           {"app", options_.name},
                           {"host", host_.name},
                           {"round", trial_->round},
                           {"snapshot", trial_->id},
                           {"result", result},
                           {"reward_before", verdict.before},
                           {"reward_after", verdict.after},
                           {"difference", verdict.difference},
                           {"lower", verdict.lower},
                           {"upper", verdict.upper},
                           {"confidence", verdict.confidence},
                           {"allowed", verdict.allowed},
                           {"slots", verdict.slots},
                           {"effective_slots", verdict.effective},
                           {"slots_before", verdict.slots_before},
                           {"effective_slots_before", verdict.effective_before},
                           {"rewards", verdict.rewards},
                           {"basis", verdict.basis}});
  measure(result, verdict);
  trial_.reset();
}

void Rollout::measure(const std::string &result, const Verdict &verdict) {
  auto with_result = labels();
  with_result["result"] = result;
  services_.metrics.add("updates_total", with_result);
  if (verdict.basis.empty()) return;
  auto &metrics = services_.metrics;
  auto of_trial = labels();
  of_trial["trial"] = name_of(trial_->kind);
  metrics.set("trial_reward_before", of_trial, verdict.before);
  metrics.set("trial_reward_after", of_trial, verdict.after);
  metrics.set("trial_difference", of_trial, verdict.difference);
  metrics.set("trial_difference_lower", of_trial, verdict.lower);
  metrics.set("trial_difference_upper", of_trial, verdict.upper);
  metrics.set("trial_allowed", of_trial, verdict.allowed);
  metrics.set("trial_confidence", of_trial, verdict.confidence);
  metrics.set("trial_slots", of_trial, static_cast<double>(verdict.slots));
  metrics.set("trial_slots_effective", of_trial, verdict.effective);
  of_trial["basis"] = verdict.basis;
  of_trial["result"] = result;
  metrics.add("trials_total", of_trial);
}

void Rollout::failed(const std::string &what, const std::string &why, ordered_json line) {
  failures_++;
  spdlog::error("{}: app {}: update skipped ({}): {}", host_.name, options_.name, what, why);
  line.update({{"result", what}, {"error", why}});
  services_.journal.write(std::move(line));
  auto with_result = labels();
  with_result["result"] = what;
  services_.metrics.add("updates_total", with_result);
}

// Drained snapshots, and those that were staged here but never came to serve.
void Rollout::collect(const std::vector<SnapshotInfo> &snapshots) {
  for (const auto &snapshot : snapshots) {
    if (trial_ && (snapshot.id == trial_->id || snapshot.id == trial_->previous)) continue;
    const bool unused = snapshot.state == LF_STATE_STANDBY && staged_.contains(snapshot.name);
    if (snapshot.state != LF_STATE_DRAINED && !unused) continue;
    try {
      host_.link->unload(snapshot.id, snapshot.name);
      staged_.erase(snapshot.name);
      spdlog::info("{}: unloaded snapshot {} ({})", host_.name, snapshot.id, snapshot.name);
    } catch (const HostError &error) {
      // In use after all, perhaps by parameters that stand on its code.
      spdlog::debug("{}: snapshot {}: {}", host_.name, snapshot.id, error.what());
    }
  }
}

Matrix Rollout::running_outputs(const Matrix &inputs) const {
  const auto outputs = host_.link->infer(active_, to_fixed(inputs));
  return from_fixed(outputs, inputs.rows ? outputs.size() / inputs.rows : 0);
}

}  // namespace liteflow
