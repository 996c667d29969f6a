// SPDX-License-Identifier: GPL-2.0
/*
 * Batches: the records of an app, gathered per CPU and sent every interval T to
 * the netlink group "batches".
 *
 * Two buffers per CPU. One fills, only on its CPU with bottom halves off; the
 * other is empty or being sent by that CPU's worker. A full buffer is swapped
 * and the worker woken; with both full, records are dropped and counted.
 * Nothing is gathered while nobody listens: the worker looks every T.
 */
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "core.h"

#define LF_BATCH_BYTES		24576	/* of one buffer */
#define LF_BATCH_INTERVAL	200	/* ms */

struct lf_batch_cpu {
	struct delayed_work work;
	struct lf_batch *batch;
	int cpu;
	void *buffer[2];
	u32 n[2];		/* records */
	u8 fill;		/* the one that fills */
	bool sending;		/* the other one belongs to the worker */
	u64 seq;
	u64 reported;		/* read from elsewhere, as is dropped */
	u64 dropped;
};

struct lf_batch {
	const struct lf_app_desc *desc;
	u32 capacity;		/* records in a buffer */
	u32 interval;		/* ms */
	bool wanted;		/* somebody listens */
	bool stop;
	struct lf_batch_cpu __percpu *cpus;
};

void lf_batch_append(struct lf_batch *batch, const void *record)
{
	u32 bytes = batch->desc->record_len;
	struct lf_batch_cpu *c;

	if (!READ_ONCE(batch->wanted))
		return;
	local_bh_disable();
	c = this_cpu_ptr(batch->cpus);
	WRITE_ONCE(c->reported, c->reported + 1);
	if (c->n[c->fill] == batch->capacity) {
		if (c->sending) {
			WRITE_ONCE(c->dropped, c->dropped + 1);
			goto out;
		}
		c->fill ^= 1;
		c->sending = true;
		mod_delayed_work_on(c->cpu, system_wq, &c->work, 0);
	}
	memcpy(c->buffer[c->fill] + c->n[c->fill]++ * bytes, record, bytes);
out:
	local_bh_enable();
}

/* The buffer to send, or -1. */
static int lf_batch_take(struct lf_batch_cpu *c)
{
	int which = -1;

	local_bh_disable();
	if (!c->sending && c->n[c->fill]) {
		c->fill ^= 1;
		c->sending = true;
	}
	if (c->sending)
		which = c->fill ^ 1;
	local_bh_enable();
	return which;
}

static void lf_batch_flush(struct lf_batch_cpu *c)
{
	const struct lf_app_desc *desc = c->batch->desc;
	int which = lf_batch_take(c);

	if (which < 0)
		return;
	if (lf_netlink_send_batch(desc, c->cpu, c->seq++, c->dropped,
				  c->buffer[which],
				  c->n[which] * desc->record_len)) {
		local_bh_disable();
		WRITE_ONCE(c->dropped, c->dropped + c->n[which]);
		local_bh_enable();
	}
	local_bh_disable();
	c->n[which] = 0;
	c->sending = false;
	local_bh_enable();
}

static void lf_batch_work(struct work_struct *work)
{
	struct lf_batch_cpu *c = container_of(to_delayed_work(work),
					      struct lf_batch_cpu, work);
	struct lf_batch *batch = c->batch;

	WRITE_ONCE(batch->wanted, lf_netlink_wants_batches());
	/* A worker that lost its CPU to hot-unplug must not race with it. */
	if (raw_smp_processor_id() == c->cpu || !cpu_online(c->cpu))
		lf_batch_flush(c);
	if (!READ_ONCE(batch->stop))
		queue_delayed_work_on(c->cpu, system_wq, &c->work,
				      msecs_to_jiffies(batch->interval));
}

static void lf_batch_free(struct lf_batch *batch)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct lf_batch_cpu *c = per_cpu_ptr(batch->cpus, cpu);

		kvfree(c->buffer[0]);
		kvfree(c->buffer[1]);
	}
	free_percpu(batch->cpus);
	kfree(batch);
}

struct lf_batch *lf_batch_create(const struct lf_app_desc *desc)
{
	struct lf_batch *batch = kzalloc(sizeof(*batch), GFP_KERNEL);
	int cpu;

	if (!batch)
		return NULL;
	batch->desc = desc;
	batch->capacity = LF_BATCH_BYTES / desc->record_len;
	batch->interval = LF_BATCH_INTERVAL;
	batch->cpus = alloc_percpu(struct lf_batch_cpu);
	if (!batch->cpus) {
		kfree(batch);
		return NULL;
	}
	for_each_possible_cpu(cpu) {
		struct lf_batch_cpu *c = per_cpu_ptr(batch->cpus, cpu);

		c->batch = batch;
		c->cpu = cpu;
		/* Deferrable: an idle CPU is not woken for nothing to send. */
		INIT_DEFERRABLE_WORK(&c->work, lf_batch_work);
		c->buffer[0] = kvmalloc(LF_BATCH_BYTES, GFP_KERNEL);
		c->buffer[1] = kvmalloc(LF_BATCH_BYTES, GFP_KERNEL);
		if (!c->buffer[0] || !c->buffer[1]) {
			lf_batch_free(batch);
			return NULL;
		}
	}
	for_each_online_cpu(cpu)
		queue_delayed_work_on(cpu, system_wq,
				      &per_cpu_ptr(batch->cpus, cpu)->work, 0);
	return batch;
}

/* The app has no flow left: nothing appends. */
void lf_batch_destroy(struct lf_batch *batch)
{
	int cpu;

	WRITE_ONCE(batch->stop, true);
	for_each_possible_cpu(cpu)
		cancel_delayed_work_sync(&per_cpu_ptr(batch->cpus, cpu)->work);
	lf_batch_free(batch);
}

void lf_batch_set_interval(struct lf_batch *batch, u32 ms)
{
	int cpu;

	WRITE_ONCE(batch->interval, ms);
	for_each_online_cpu(cpu)
		mod_delayed_work_on(cpu, system_wq,
				    &per_cpu_ptr(batch->cpus, cpu)->work,
				    msecs_to_jiffies(ms));
}

u32 lf_batch_interval(const struct lf_batch *batch)
{
	return READ_ONCE(batch->interval);
}

void lf_batch_totals(const struct lf_batch *batch, u64 *reported, u64 *dropped)
{
	int cpu;

	*reported = 0;
	*dropped = 0;
	for_each_possible_cpu(cpu) {
		const struct lf_batch_cpu *c = per_cpu_ptr(batch->cpus, cpu);

		*reported += READ_ONCE(c->reported);
		*dropped += READ_ONCE(c->dropped);
	}
}
