// SPDX-License-Identifier: GPL-2.0
/*
 * Time spent in kernel functions, by kretprobes: one histogram per function of
 * the parameter `functions`, and one of an empty function, which is what the
 * probe itself costs. Read and (by writing) clear them in debugfs,
 * lf_bench_probe. Meant for a guest with one CPU.
 */
#include <linux/debugfs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "histogram.h"

#define PROBES_MAX	8
#define EMPTY_CALLS	1000

static char *functions[PROBES_MAX];
static int n_functions;
module_param_array(functions, charp, &n_functions, 0400);
MODULE_PARM_DESC(functions, "names of the functions to time");

struct probe {
	struct kretprobe ret;
	struct histogram time;
};

static struct probe *probes;	/* n_functions, and the empty one */
static struct dentry *file;

static noinline void lf_bench_empty(void)
{
	barrier();
}

static int entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	*(u64 *)ri->data = ktime_get_ns();
	return 0;
}

static int leave(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	u64 end = ktime_get_ns();
	struct probe *p = container_of(get_kretprobe(ri), struct probe, ret);

	histogram_add(&p->time, end - *(u64 *)ri->data);
	return 0;
}

static int probe_show(struct seq_file *m, void *unused)
{
	int i;

	for (i = 0; i < EMPTY_CALLS; i++)
		lf_bench_empty();
	for (i = 0; i <= n_functions; i++) {
		histogram_show(m, probes[i].ret.kp.symbol_name,
			       &probes[i].time);
		seq_printf(m, "%s missed %d\n", probes[i].ret.kp.symbol_name,
			   probes[i].ret.nmissed);
	}
	return 0;
}

static int probe_open(struct inode *inode, struct file *f)
{
	return single_open(f, probe_show, NULL);
}

static ssize_t probe_write(struct file *f, const char __user *text, size_t n,
			   loff_t *at)
{
	int i;

	for (i = 0; i <= n_functions; i++)
		memset(&probes[i].time, 0, sizeof(probes[i].time));
	return n;
}

static const struct file_operations probe_fops = {
	.owner		= THIS_MODULE,
	.open		= probe_open,
	.read		= seq_read,
	.write		= probe_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static void remove_probes(int n)
{
	while (n--)
		unregister_kretprobe(&probes[n].ret);
	kvfree(probes);
}

static int __init bench_probe_init(void)
{
	int i, err;

	probes = kvcalloc(n_functions + 1, sizeof(*probes), GFP_KERNEL);
	if (!probes)
		return -ENOMEM;
	for (i = 0; i <= n_functions; i++) {
		struct kretprobe *ret = &probes[i].ret;

		ret->kp.symbol_name = i < n_functions ? functions[i] :
							"lf_bench_empty";
		ret->entry_handler = entry;
		ret->handler = leave;
		ret->data_size = sizeof(u64);
		ret->maxactive = 16;
		err = register_kretprobe(ret);
		if (err) {
			pr_err("lf_bench_probe: %s: %d\n", ret->kp.symbol_name,
			       err);
			remove_probes(i);
			return err;
		}
	}
	file = debugfs_create_file("lf_bench_probe", 0600, NULL, NULL,
				   &probe_fops);
	return 0;
}

static void __exit bench_probe_exit(void)
{
	debugfs_remove(file);
	remove_probes(n_functions + 1);
}

module_init(bench_probe_init);
module_exit(bench_probe_exit);
MODULE_DESCRIPTION("LiteFlow benchmark: time spent in kernel functions");
MODULE_LICENSE("GPL");
