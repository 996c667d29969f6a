// SPDX-License-Identifier: GPL-2.0
// The functions behind the table's commands, a file for each object.
#pragma once

#include "tools/lfctl/command.h"

namespace liteflow::lfctl {

void app_list(Context &context);
void app_set(Context &context);
void snapshot_list(Context &context);
void snapshot_show(Context &context);
void snapshot_activate(Context &context);
void snapshot_canary(Context &context);
void snapshot_rollback(Context &context);
void snapshot_load(Context &context);
void snapshot_unload(Context &context);
void snapshot_gc(Context &context);
void snapshot_infer(Context &context);
void flow_list(Context &context);
void flow_repin(Context &context);
void objective_list(Context &context);
void objective_set(Context &context);
void objective_delete(Context &context);
void lb_path_list(Context &context);
void lb_path_add(Context &context);
void lb_path_delete(Context &context);
void lb_setup(Context &context);
void sched_setup(Context &context);
void batch_watch(Context &context);
void monitor(Context &context);
void stats(Context &context);
void print_man(Context &context);
void print_completion(Context &context);

// The snapshot that a user means: by id, by name, or by the start of a name
// that no other has. Throws Error that lists the candidates.
SnapshotInfo find_snapshot(Kernel &kernel, const std::string &which);

}  // namespace liteflow::lfctl
