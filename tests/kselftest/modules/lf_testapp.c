// SPDX-License-Identifier: GPL-2.0
/*
 * Apps for tests, and somebody who uses the first of them. Parameters:
 *   apps      NAME:INPUTS:OUTPUTS, separated by commas
 *   limit     outputs of the first app lie in [-limit, limit] (Q16.16)
 *   open=N    hold N flows of the first app, started and then left alone
 *   ready=1   let each of them look for a snapshot
 *   infer=N   take N decisions on each of them
 *   emit=N    hand over N records {count, CPU}
 *   hammer=1  start, decide and end without a pause, in process context and in
 *             softirq on every CPU; 0 stops
 * and counters, reset by whoever wants to read differences:
 *   decided, failed (last_error), torn, strange, slowest (ns)
 *
 * Snapshots of the first app are constant networks (shapes.h): its outputs are
 * consecutive, or the decision is torn; a snapshot id always gives the same
 * ones, or it is strange.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <liteflow/app.h>
#include <net/net_namespace.h>

#define MAX_APPS	32
#define MAX_HELD	8192
#define MAX_IDS		65536	/* snapshot ids that are told apart */
#define STRETCH		16	/* decisions in the life of a hammered flow */

static char *apps = "test:30:8";
module_param(apps, charp, 0444);
MODULE_PARM_DESC(apps, "NAME:INPUTS:OUTPUTS,...");

static int limit = 1 << 28;
module_param(limit, int, 0444);
MODULE_PARM_DESC(limit, "bound of the first app's outputs");

static ulong decided, failed, torn, strange, slowest;
module_param(decided, ulong, 0644);
MODULE_PARM_DESC(decided, "decisions taken");
module_param(failed, ulong, 0644);
MODULE_PARM_DESC(failed, "decisions refused");
module_param(torn, ulong, 0644);
MODULE_PARM_DESC(torn, "decisions of more than one snapshot");
module_param(strange, ulong, 0644);
MODULE_PARM_DESC(strange, "decisions that their snapshot doesn't take");
module_param(slowest, ulong, 0644);
MODULE_PARM_DESC(slowest, "nanoseconds of the longest decision");

static int last_error;
module_param(last_error, int, 0644);
MODULE_PARM_DESC(last_error, "of the last refused decision");

struct test_app {
	struct lf_app *app;
	struct lf_app_desc desc;
	char name[LF_APP_MAX + 1];
	struct lf_range in[LF_IN_MAX];
	struct lf_range out[LF_OUT_MAX];
};

#define TEST_WEIGHTS	3

struct hammer {
	struct hrtimer timer;
	struct lf_flow *flow;
	int left;
	struct task_struct *thread;
	int cpu;
};

/* Of the app "test": which decision of which CPU's. */
struct test_record {
	u64 count;
	u64 cpu;
};

static struct test_app *test_apps;
static int n_apps;
static struct lf_flow *held[MAX_HELD];
static int n_held;
static struct hammer __percpu *hammers;
static bool hammering;
static u32 value_of[MAX_IDS];
static u64 emitted;
static DEFINE_MUTEX(test_mutex);

static void test_check(const struct lf_decision *d, int err)
{
	u32 value, old;
	int i;

	if (err) {
		WRITE_ONCE(failed, failed + 1);
		WRITE_ONCE(last_error, err);
		return;
	}
	/* Statistics; a lost count doesn't matter, a lost fault does. */
	WRITE_ONCE(decided, decided + 1);
	for (i = 1; i < test_apps->desc.n_out; i++) {
		if (d->mean[i] != d->mean[0] + i)
			WRITE_ONCE(torn, torn + 1);
	}
	value = d->mean[0] | 1U << 31;
	old = cmpxchg(&value_of[d->snapshot % MAX_IDS], 0, value);
	if (old && old != value)
		WRITE_ONCE(strange, strange + 1);
}

static void test_infer(struct lf_flow *flow)
{
	s32 in[LF_IN_MAX] = {};
	struct lf_decision d;
	u64 start = ktime_get_ns();
	u64 took;
	int err;

	err = lf_flow_infer(flow, in, &d);
	took = ktime_get_ns() - start;
	if (took > READ_ONCE(slowest))
		WRITE_ONCE(slowest, took);
	test_check(&d, err);
}

/* --- flows that are held -------------------------------------------------- */

static int set_open(const char *text, const struct kernel_param *kp)
{
	int n, err = kstrtoint(text, 0, &n);

	if (err || n < 0 || n > MAX_HELD)
		return -EINVAL;
	if (!test_apps)
		return 0;
	mutex_lock(&test_mutex);
	while (n_held > n)
		lf_flow_end(held[--n_held]);
	while (n_held < n) {
		held[n_held] = lf_flow_start(test_apps->app, init_net.ns.inum);
		if (!held[n_held])
			break;
		n_held++;
	}
	err = n_held < n ? -ENOBUFS : 0;
	mutex_unlock(&test_mutex);
	return err;
}

static int set_ready(const char *text, const struct kernel_param *kp)
{
	int i;

	mutex_lock(&test_mutex);
	for (i = 0; i < n_held; i++)
		lf_flow_ready(held[i]);
	mutex_unlock(&test_mutex);
	return 0;
}

static int set_infer(const char *text, const struct kernel_param *kp)
{
	int i, n, err = kstrtoint(text, 0, &n);

	if (err)
		return err;
	mutex_lock(&test_mutex);
	while (n-- > 0) {
		for (i = 0; i < n_held; i++)
			test_infer(held[i]);
		cond_resched();
	}
	mutex_unlock(&test_mutex);
	return 0;
}

static int set_emit(const char *text, const struct kernel_param *kp)
{
	struct test_record r;
	int n, err = kstrtoint(text, 0, &n);

	if (err)
		return err;
	if (!test_apps)
		return 0;
	mutex_lock(&test_mutex);
	while (n-- > 0) {
		local_bh_disable();
		r.count = emitted++;
		r.cpu = smp_processor_id();
		lf_record(test_apps->app, &r);
		local_bh_enable();
	}
	mutex_unlock(&test_mutex);
	return 0;
}

static const struct kernel_param_ops open_ops = { .set = set_open };
static const struct kernel_param_ops ready_ops = { .set = set_ready };
static const struct kernel_param_ops infer_ops = { .set = set_infer };
static const struct kernel_param_ops emit_ops = { .set = set_emit };

module_param_cb(open, &open_ops, NULL, 0200);
MODULE_PARM_DESC(open, "flows to hold");
module_param_cb(ready, &ready_ops, NULL, 0200);
MODULE_PARM_DESC(ready, "let held flows adopt a snapshot");
module_param_cb(infer, &infer_ops, NULL, 0200);
MODULE_PARM_DESC(infer, "decisions to take on each held flow");
module_param_cb(emit, &emit_ops, NULL, 0200);
MODULE_PARM_DESC(emit, "records to hand over");

/* --- the hammer ----------------------------------------------------------- */

static enum hrtimer_restart hammer_fire(struct hrtimer *timer)
{
	struct hammer *h = container_of(timer, struct hammer, timer);

	if (!h->left) {
		if (h->flow)
			lf_flow_end(h->flow);
		h->flow = lf_flow_start(test_apps->app, init_net.ns.inum);
		h->left = STRETCH;
	}
	if (h->flow) {
		test_infer(h->flow);
		h->left--;
	}
	hrtimer_forward_now(timer, ns_to_ktime(500 * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static int hammer_run(void *data)
{
	struct lf_flow *flow;
	int i;

	while (!kthread_should_stop()) {
		flow = lf_flow_start(test_apps->app, init_net.ns.inum);
		if (!flow)
			continue;
		for (i = 0; i < STRETCH; i++)
			test_infer(flow);
		lf_flow_end(flow);
		usleep_range(100, 300);
	}
	return 0;
}

static void hammer_timer_start(void *data)
{
	struct hammer *h = this_cpu_ptr(hammers);

	hrtimer_start(&h->timer, ns_to_ktime(NSEC_PER_MSEC),
		      HRTIMER_MODE_REL_PINNED_SOFT);
}

static int hammer_start(void)
{
	int cpu;

	for_each_online_cpu(cpu) {
		struct hammer *h = per_cpu_ptr(hammers, cpu);

		h->thread = kthread_create(hammer_run, h, "lf_hammer/%d", cpu);
		if (IS_ERR(h->thread)) {
			h->thread = NULL;
			return -ENOMEM;
		}
		kthread_bind(h->thread, cpu);
		wake_up_process(h->thread);
	}
	on_each_cpu(hammer_timer_start, NULL, 1);
	return 0;
}

static void hammer_stop(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct hammer *h = per_cpu_ptr(hammers, cpu);

		hrtimer_cancel(&h->timer);
		if (h->flow)
			lf_flow_end(h->flow);
		h->flow = NULL;
		h->left = 0;
		if (h->thread)
			kthread_stop(h->thread);
		h->thread = NULL;
	}
}

static int set_hammer(const char *text, const struct kernel_param *kp)
{
	bool on;
	int err = kstrtobool(text, &on);

	if (err)
		return err;
	if (!hammers)
		return -EAGAIN;
	mutex_lock(&test_mutex);
	if (on != hammering) {
		if (on)
			err = hammer_start();
		if (!on || err)
			hammer_stop();
		hammering = on && !err;
	}
	mutex_unlock(&test_mutex);
	return err;
}

static const struct kernel_param_ops hammer_ops = { .set = set_hammer };
module_param_cb(hammer, &hammer_ops, NULL, 0200);
MODULE_PARM_DESC(hammer, "1: use the first app without a pause");

/* --- apps ----------------------------------------------------------------- */

static int test_register(struct test_app *a, char *spec)
{
	int i, n_in, n_out;

	if (sscanf(spec, "%15[^:]:%d:%d", a->name, &n_in, &n_out) != 3 ||
	    n_in < 0 || n_in > LF_IN_MAX || n_out < 0 || n_out > LF_OUT_MAX)
		return -EINVAL;
	a->desc = (struct lf_app_desc){
		.name = a->name, .owner = THIS_MODULE,
		.n_in = n_in, .n_out = n_out, .in = a->in, .out = a->out,
		.n_weights = a == test_apps ? min(n_in, TEST_WEIGHTS) : 0,
		.record_len = sizeof(struct test_record),
	};
	for (i = 0; i < n_in; i++)
		a->in[i] = (struct lf_range){ -S32_MAX, S32_MAX };
	if (a == test_apps)
		a->in[0].hi = 1 << 20;	/* so that a weight can be beyond */
	for (i = 0; i < n_out; i++) {
		a->out[i] = (struct lf_range){ -S32_MAX, S32_MAX };
		if (a == test_apps)
			a->out[i] = (struct lf_range){ -limit, limit };
	}
	a->app = lf_app_register(&a->desc);
	return PTR_ERR_OR_ZERO(a->app);
}

static void test_unregister_all(void)
{
	while (n_apps--)
		lf_app_unregister(test_apps[n_apps].app);
	kfree(test_apps);
}

static void hammer_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct hammer *h = per_cpu_ptr(hammers, cpu);

		h->cpu = cpu;
		hrtimer_init(&h->timer, CLOCK_MONOTONIC,
			     HRTIMER_MODE_REL_PINNED_SOFT);
		h->timer.function = hammer_fire;
	}
}

static int __init testapp_init(void)
{
	char *list, *at, *spec;
	int err = 0;

	hammers = alloc_percpu(struct hammer);
	list = kstrdup(apps, GFP_KERNEL);
	test_apps = kcalloc(MAX_APPS, sizeof(*test_apps), GFP_KERNEL);
	if (!hammers || !list || !test_apps)
		err = -ENOMEM;
	if (!err)
		hammer_init();
	at = list;
	while (!err && n_apps < MAX_APPS && (spec = strsep(&at, ","))) {
		err = test_register(&test_apps[n_apps], spec);
		if (!err)
			n_apps++;
	}
	kfree(list);
	if (err) {
		test_unregister_all();
		free_percpu(hammers);
	}
	return err;
}

static void __exit testapp_exit(void)
{
	if (hammering)
		hammer_stop();
	while (n_held)
		lf_flow_end(held[--n_held]);
	test_unregister_all();
	free_percpu(hammers);
}

module_init(testapp_init);
module_exit(testapp_exit);

MODULE_DESCRIPTION("LiteFlow test: apps and flows without a datapath");
MODULE_LICENSE("GPL");
