// SPDX-License-Identifier: GPL-2.0
/*
 * Inferences without a pause on the last CPU, each timed, while user space
 * swaps snapshots: how long does a swap delay them?
 *
 * The app "bench" has Aurora's shape. A flow lasts FLOW_INFERENCES, so that
 * replaced snapshots drain. In debugfs, lf_bench_swap/
 *   run	1 starts and clears the histogram, 0 stops
 *   latency	its histogram, and what failed
 *   serving	the newest snapshot that decided, and when it first did
 *		(CLOCK_MONOTONIC, ns)
 */
#include <linux/debugfs.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <liteflow/app.h>
#include <liteflow/aurora.h>

#include "histogram.h"

#define FLOW_INFERENCES	32

static struct lf_app *app;
static struct dentry *dir;
static struct task_struct *worker;
static DEFINE_MUTEX(lock);		/* worker */
static DEFINE_SPINLOCK(serving_lock);	/* serving, serving_since */
static u64 serving, serving_since;
static struct histogram latency;
static u64 failed;

static struct lf_range inputs[LF_AURORA_INPUTS];
static const struct lf_range output = {
	.lo = -LF_AURORA_ACTION_MAX,
	.hi = LF_AURORA_ACTION_MAX,
};

static const struct lf_app_desc desc = {
	.name		= "bench",
	.owner		= THIS_MODULE,
	.n_in		= LF_AURORA_INPUTS,
	.n_out		= 1,
	.in		= inputs,
	.out		= &output,
	.record_len	= 8,
};

static void one_inference(struct lf_flow *flow, const s32 *in)
{
	struct lf_decision decision;
	u64 start = ktime_get_ns(), end;
	int err;

	err = lf_flow_infer(flow, in, &decision);
	end = ktime_get_ns();
	if (err) {
		failed++;
		return;
	}
	histogram_add(&latency, end - start);
	if (decision.snapshot > serving) {
		spin_lock(&serving_lock);
		serving = decision.snapshot;
		serving_since = end;
		spin_unlock(&serving_lock);
	}
}

/* As in a softirq: no bottom halves, no preemption, for one flow at a time. */
static int work(void *unused)
{
	struct lf_aurora aurora;
	struct lf_flow *flow;
	int i;

	lf_aurora_init(&aurora);
	while (!kthread_should_stop()) {
		local_bh_disable();
		flow = lf_flow_start(app, 0);
		for (i = 0; flow && i < FLOW_INFERENCES; i++)
			one_inference(flow, aurora.state);
		if (flow)
			lf_flow_end(flow);
		local_bh_enable();
		cond_resched();
	}
	return 0;
}

static void stop(void)
{
	if (worker)
		kthread_stop(worker);
	worker = NULL;
}

static int run_set(void *unused, u64 value)
{
	struct task_struct *task;
	int err = 0;

	mutex_lock(&lock);
	stop();
	if (value) {
		memset(&latency, 0, sizeof(latency));
		failed = 0;
		task = kthread_create(work, NULL, "lf_bench_swap");
		if (IS_ERR(task)) {
			err = PTR_ERR(task);
		} else {
			kthread_bind(task, cpumask_last(cpu_online_mask));
			wake_up_process(task);
			worker = task;
		}
	}
	mutex_unlock(&lock);
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(run_fops, NULL, run_set, "%llu\n");

static int latency_show(struct seq_file *m, void *unused)
{
	mutex_lock(&lock);
	seq_printf(m, "failed %llu\n", failed);
	histogram_show(m, "latency", &latency);
	mutex_unlock(&lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(latency);

static int serving_show(struct seq_file *m, void *unused)
{
	spin_lock_bh(&serving_lock);
	seq_printf(m, "%llu %llu\n", serving, serving_since);
	spin_unlock_bh(&serving_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(serving);

static int __init bench_swap_init(void)
{
	int i;

	for (i = 0; i < LF_AURORA_INPUTS; i += LF_AURORA_FEATURES) {
		inputs[i] = (struct lf_range){ LF_AURORA_INFLATION_MIN,
					       LF_AURORA_INFLATION_MAX };
		inputs[i + 1] = (struct lf_range){ LF_AURORA_RATIO_MIN,
						   LF_AURORA_RATIO_MAX };
		inputs[i + 2] = (struct lf_range){ LF_AURORA_SEND_MIN,
						   LF_AURORA_SEND_MAX };
	}
	app = lf_app_register(&desc);
	if (IS_ERR(app))
		return PTR_ERR(app);
	dir = debugfs_create_dir("lf_bench_swap", NULL);
	debugfs_create_file_unsafe("run", 0200, dir, NULL, &run_fops);
	debugfs_create_file("latency", 0400, dir, NULL, &latency_fops);
	debugfs_create_file("serving", 0400, dir, NULL, &serving_fops);
	return 0;
}

static void __exit bench_swap_exit(void)
{
	debugfs_remove(dir);
	stop();
	lf_app_unregister(app);
}

module_init(bench_swap_init);
module_exit(bench_swap_exit);
MODULE_DESCRIPTION("LiteFlow benchmark: inference while snapshots are swapped");
MODULE_LICENSE("GPL");
