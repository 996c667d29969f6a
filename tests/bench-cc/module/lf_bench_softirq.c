// SPDX-License-Identifier: GPL-2.0
/*
 * Time spent in softirqs: from the entry to the exit of each handler, summed
 * over all CPUs, a hard interrupt in between included. /proc/stat's softirq
 * time is sampled at the tick instead, which virtual time makes a systematic
 * error.
 *
 * debugfs, lf_bench_softirq: a line for each kind that came: its name, how
 * often, nanoseconds since the module was loaded.
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>
#include <trace/events/irq.h>

struct softirq_time {
	u64 entered;	/* ns; 0: outside, or entered before we looked */
	u64 ns[NR_SOFTIRQS];
	u64 count[NR_SOFTIRQS];
};

/* As /proc/softirqs has them; the kernel's own table is not exported. */
static const char * const names[NR_SOFTIRQS] = {
	"HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET",
	"SCHED", "HRTIMER", "RCU",
};

static DEFINE_PER_CPU(struct softirq_time, times);
static struct tracepoint *entry_point, *exit_point;
static struct dentry *file;

/* Handlers neither nest nor move to another CPU. */
static void entered(void *unused, unsigned int vec)
{
	__this_cpu_write(times.entered, ktime_get_ns());
}

static void left(void *unused, unsigned int vec)
{
	struct softirq_time *t = this_cpu_ptr(&times);

	if (!t->entered)
		return;
	t->ns[vec] += ktime_get_ns() - t->entered;
	t->count[vec]++;
	t->entered = 0;
}

static int times_show(struct seq_file *m, void *unused)
{
	unsigned int vec;
	int cpu;

	for (vec = 0; vec < NR_SOFTIRQS; vec++) {
		u64 count = 0, ns = 0;

		for_each_possible_cpu(cpu) {
			const struct softirq_time *t = per_cpu_ptr(&times, cpu);

			count += READ_ONCE(t->count[vec]);
			ns += READ_ONCE(t->ns[vec]);
		}
		if (count)
			seq_printf(m, "%s %llu %llu\n", names[vec], count, ns);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(times);

/* Not exported, but found by their names. */
static void find(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "softirq_entry"))
		entry_point = tp;
	else if (!strcmp(tp->name, "softirq_exit"))
		exit_point = tp;
}

static int __init bench_softirq_init(void)
{
	int err;

	for_each_kernel_tracepoint(find, NULL);
	if (!entry_point || !exit_point)
		return -ENOENT;
	err = tracepoint_probe_register(entry_point, entered, NULL);
	if (err)
		return err;
	err = tracepoint_probe_register(exit_point, left, NULL);
	if (err) {
		tracepoint_probe_unregister(entry_point, entered, NULL);
		tracepoint_synchronize_unregister();
		return err;
	}
	file = debugfs_create_file("lf_bench_softirq", 0400, NULL, NULL,
				   &times_fops);
	return 0;
}

static void __exit bench_softirq_exit(void)
{
	debugfs_remove(file);
	tracepoint_probe_unregister(exit_point, left, NULL);
	tracepoint_probe_unregister(entry_point, entered, NULL);
	tracepoint_synchronize_unregister();
}

module_init(bench_softirq_init);
module_exit(bench_softirq_exit);
MODULE_DESCRIPTION("LiteFlow benchmark: time spent in softirqs");
MODULE_LICENSE("GPL");
