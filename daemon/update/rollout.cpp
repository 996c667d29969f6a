// SPDX-License-Identifier: GPL-2.0
#include "daemon/update/rollout.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/update/rows.h"

namespace liteflow {
namespace {

using namespace std::chrono_literals;
using nlohmann::ordered_json;

constexpr auto kRetryFirst = 2s;
constexpr auto kRetryLast = 60s;

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
  if (trial_ && trial_->canary) end_trial("aborted", {});
}

void Rollout::step(const codegen::Network &shipped, const Matrix &rows) {
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
    history_.add(services_.now(), active_, reward_of(*find(snapshots, active_)),
                 std::chrono::duration<double>(std::max(options_.update.watch_s, 10.0)));
    if (history_.recent().count > 0)
      services_.metrics.set("reward_mean", labels(), history_.recent().mean());
    if (trial_) continue_trial(snapshots);
    if (options_.update.gc) collect(snapshots);
  } catch (const LinkDown &error) {
    spdlog::debug("{}: {}", host_.name, error.what());
  } catch (const Error &error) {
    spdlog::warn("{}: {}", host_.name, error.what());
  }
}

void Rollout::bring_up(const codegen::Network &shipped, const Matrix &rows) {
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

void Rollout::stage_shipped(const codegen::Network &shipped, const Matrix &rows) {
  const Staged staged = stage(*host_.link, services_.builder, shipped, "auto");
  staged_.insert(shipped.name());
  verify_on_host(*host_.link, staged.id, shipped, rows);
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
                           {"build_s", staged.build_s},
                           {"load_s", staged.load_s}});
}

bool Rollout::start(const Update &update) {
  ordered_json line{{"type", "update"},
                    {"app", options_.name},
                    {"host", host_.name},
                    {"round", update.round},
                    {"name", update.network.name()},
                    {"tune_s", update.tune_s},
                    {"quantise_s", update.quantise_s}};
  try {
    Staged staged = stage(*host_.link, services_.builder, update.network, update.path);
    staged_.insert(update.network.name());
    const auto start = std::chrono::steady_clock::now();
    verify_on_host(*host_.link, staged.id, update.network, update.rows);
    staged.verify_s = seconds_since(start);
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

void Rollout::activate(const Staged &staged, const Update &update, ordered_json &line) {
  const bool canary = options_.update.canary_share > 0 && staged.id != active_;
  begin_trial(canary, staged.id, update.network.name(), update.round);
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
               {"build_s", staged.build_s},
               {"load_s", staged.load_s},
               {"verify_s", staged.verify_s},
               {"activate_s", activate_s},
               {"result", canary ? "canary" : "activated"}});
  services_.journal.write(line);
  auto with_result = labels();
  with_result["result"] = canary ? "canary" : "activated";
  services_.metrics.add("updates_total", with_result);
  spdlog::info("{}: app {}: snapshot {} {} by {} (tune {:.3f} s, quantise {:.3f} s, build {:.3f} s, "
               "load {:.4f} s, activate {:.4f} s)", host_.name, options_.name, staged.id,
               canary ? "is canary" : "activated", staged.path, update.tune_s, update.quantise_s,
               staged.build_s, staged.load_s, activate_s);
  if (!canary) active_ = staged.id;
}

void Rollout::begin_trial(bool canary, std::uint64_t id, const std::string &name,
                          std::uint64_t round) {
  Trial trial;
  trial.canary = canary;
  trial.id = id;
  trial.previous = active_;
  trial.round = round;
  trial.name = name;
  trial.end = after(services_.now(), canary ? options_.update.canary_s : options_.update.watch_s);
  const auto snapshots = host_.link->snapshots(options_.name);
  if (const auto *snapshot = find(snapshots, id)) trial.start = reward_of(*snapshot);
  if (const auto *snapshot = find(snapshots, active_)) trial.previous_start = reward_of(*snapshot);
  trial.earlier = history_.recent();
  trial_ = trial;
}

void Rollout::continue_trial(const std::vector<SnapshotInfo> &snapshots) {
  const auto *snapshot = find(snapshots, trial_->id);
  const lf_state expected = trial_->canary ? LF_STATE_CANARY : LF_STATE_ACTIVE;
  if (!snapshot || snapshot->name != trial_->name || snapshot->state != expected)
    return end_trial("superseded", {});
  const auto *previous = find(snapshots, trial_->previous);
  const Reward now = reward_of(*snapshot) - trial_->start;
  const Reward concurrent = previous ? reward_of(*previous) - trial_->previous_start : Reward{};
  const bool over = services_.now() >= trial_->end;
  if (trial_->canary)
    end_canary(judge_canary(now, concurrent, over, options_.update));
  else
    end_watch(judge_watch(now, concurrent, trial_->earlier, over, options_.update));
}

void Rollout::end_canary(const Verdict &verdict) {
  if (verdict.outcome == Outcome::wait) return;
  const Trial trial = *trial_;
  if (verdict.outcome == Outcome::drop) {
    host_.link->canary(trial.id, 0);
    failures_++;
    return end_trial("dropped", verdict);
  }
  host_.link->activate(trial.id, options_.update.repin);
  end_trial("promoted", verdict);
  begin_trial(false, trial.id, trial.name, trial.round);
  active_ = trial.id;
}

void Rollout::end_watch(const Verdict &verdict) {
  if (verdict.outcome == Outcome::wait) return;
  if (verdict.outcome == Outcome::drop) {
    host_.link->rollback(options_.name, options_.update.repin);
    active_ = trial_->previous;
    failures_++;
    return end_trial("rolled_back", verdict);
  }
  failures_ = 0;
  end_trial("kept", verdict);
}

void Rollout::end_trial(const std::string &result, const Verdict &verdict) {
  const auto kind = trial_->canary ? "canary" : "watch";
  spdlog::log(result == "kept" || result == "promoted" ? spdlog::level::info : spdlog::level::warn,
              "{}: app {}: {} of snapshot {}: {} (reward {:.4f} against {:.4f} before, {} rewards, {})",
              host_.name, options_.name, kind, trial_->id, result, verdict.after, verdict.before,
              verdict.rewards, verdict.basis.empty() ? "not judged" : verdict.basis);
  services_.journal.write({{"type", kind},
                           {"app", options_.name},
                           {"host", host_.name},
                           {"round", trial_->round},
                           {"snapshot", trial_->id},
                           {"result", result},
                           {"reward_before", verdict.before},
                           {"reward_after", verdict.after},
                           {"rewards", verdict.rewards},
                           {"basis", verdict.basis}});
  auto with_result = labels();
  with_result["result"] = result;
  services_.metrics.add("updates_total", with_result);
  trial_.reset();
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
