// SPDX-License-Identifier: GPL-2.0
/*
 * An app of a third party: predict what each network device sends in the next
 * 100 ms, from the last four times 100 ms. docs/writing-an-app.md explains it.
 *
 * A device that is up ticks. A tick closes the interval, hands over the record
 * of what was predicted for it, and predicts the next. Without a usable answer
 * the prediction is the last interval again.
 *
 * Devices are in the list, and tick, from NETDEV_UP to NETDEV_GOING_DOWN; both
 * come under RTNL, for those that are up when the module comes or goes as well.
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <liteflow/app.h>
#include <liteflow/log2.h>
#include <net/net_namespace.h>

#include "devload.h"

struct devload {
	struct list_head list;
	struct net_device *dev;
	struct delayed_work tick;
	struct lf_flow *flow;		/* NULL: the core had none to give */
	u32 age;			/* of the flow, in intervals */
	u64 bytes;			/* sent until the last tick */
	bool fallen;
	struct devload_record record;	/* lacks its truth */
};

static LIST_HEAD(devload_list);
static struct lf_app *devload_app;

static const struct lf_range devload_in[DEVLOAD_HISTORY] = {
	{ 0, LF_LOG2_MAX }, { 0, LF_LOG2_MAX },
	{ 0, LF_LOG2_MAX }, { 0, LF_LOG2_MAX },
};

static const struct lf_range devload_out = { 0, LF_LOG2_MAX };

static const struct lf_app_desc devload_desc = {
	.name		= "devload",
	.owner		= THIS_MODULE,
	.n_in		= DEVLOAD_HISTORY,
	.n_out		= 1,
	.in		= devload_in,
	.out		= &devload_out,
	.record_len	= sizeof(struct devload_record),
};

static u64 devload_bytes(struct net_device *dev)
{
	struct rtnl_link_stats64 stats;

	/* Drivers expect a context that can't sleep. */
	rcu_read_lock();
	dev_get_stats(dev, &stats);
	rcu_read_unlock();
	return stats.tx_bytes;
}

/* What was sent since the last tick; a counter may have started again. */
static s32 devload_measure(struct devload *d)
{
	u64 before = d->bytes;

	d->bytes = devload_bytes(d->dev);
	return lf_log2(d->bytes < before ? d->bytes : d->bytes - before);
}

/* The interval that was predicted is over. */
static void devload_settle(struct devload *d, s32 truth)
{
	struct devload_record *r = &d->record;

	if (!r->seq)
		return;
	r->truth = truth;
	lf_record(devload_app, r);
	if (r->snapshot)
		lf_flow_reward(d->flow, -abs(r->predicted - truth));
}

static void devload_end_flow(struct devload *d)
{
	if (d->flow)
		lf_flow_end(d->flow);
	d->flow = NULL;
}

/*
 * A flow keeps its snapshot: one as long as the device is up would never see a
 * new one, and no canary would ever be tried.
 */
static void devload_renew_flow(struct devload *d)
{
	if (d->flow && ++d->age < DEVLOAD_FLOW)
		return;
	devload_end_flow(d);
	d->flow = lf_flow_start(devload_app, d->record.netns);
	d->age = 0;
	d->fallen = false;
}

/* Once for each time that it falls; of no flow the core knows already. */
static void devload_tell(struct devload *d, int err)
{
	if (err && !d->fallen && d->flow)
		lf_flow_fallback(d->flow, lf_reason_of(err));
	if (!err && d->fallen)
		lf_flow_resume(d->flow);
	d->fallen = err;
}

static void devload_predict(struct devload *d)
{
	struct devload_record *r = &d->record;
	struct lf_decision decision;
	int err = -ENODATA;

	if (d->flow && lf_flow_ready(d->flow))
		err = lf_flow_infer(d->flow, r->state, &decision);
	r->seq++;
	r->flow = d->flow ? lf_flow_id(d->flow) : 0;
	r->snapshot = err ? 0 : decision.snapshot;
	r->predicted = err ? r->state[DEVLOAD_HISTORY - 1] : decision.out[0];
	devload_tell(d, err);
}

static void devload_tick(struct work_struct *work)
{
	struct devload *d = container_of(to_delayed_work(work), struct devload,
					 tick);
	s32 *state = d->record.state;
	s32 sent = devload_measure(d);

	devload_settle(d, sent);
	memmove(state, state + 1, (DEVLOAD_HISTORY - 1) * sizeof(*state));
	state[DEVLOAD_HISTORY - 1] = sent;
	devload_renew_flow(d);
	devload_predict(d);
	schedule_delayed_work(&d->tick, msecs_to_jiffies(DEVLOAD_INTERVAL_MS));
}

/* Without memory the device is not watched: that is all. */
static void devload_up(struct net_device *dev)
{
	struct devload *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return;
	d->dev = dev;
	d->bytes = devload_bytes(dev);
	d->record.netns = dev_net(dev)->ns.inum;
	d->record.ifindex = dev->ifindex;
	INIT_DELAYED_WORK(&d->tick, devload_tick);
	list_add(&d->list, &devload_list);
	schedule_delayed_work(&d->tick, msecs_to_jiffies(DEVLOAD_INTERVAL_MS));
}

static void devload_down(struct net_device *dev)
{
	struct devload *d;

	list_for_each_entry(d, &devload_list, list) {
		if (d->dev != dev)
			continue;
		list_del(&d->list);
		cancel_delayed_work_sync(&d->tick);
		devload_end_flow(d);
		kfree(d);
		return;
	}
}

static int devload_event(struct notifier_block *nb, unsigned long event,
			 void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);

	if (event == NETDEV_UP)
		devload_up(dev);
	else if (event == NETDEV_GOING_DOWN)
		devload_down(dev);
	return NOTIFY_DONE;
}

static struct notifier_block devload_notifier = {
	.notifier_call = devload_event,
};

static int __init devload_init(void)
{
	int err;

	devload_app = lf_app_register(&devload_desc);
	if (IS_ERR(devload_app))
		return PTR_ERR(devload_app);
	err = register_netdevice_notifier(&devload_notifier);
	if (err)
		lf_app_unregister(devload_app);
	return err;
}

static void __exit devload_exit(void)
{
	/* Every device goes down for the notifier, and its flow ends. */
	unregister_netdevice_notifier(&devload_notifier);
	lf_app_unregister(devload_app);
}

module_init(devload_init);
module_exit(devload_exit);

MODULE_DESCRIPTION("LiteFlow test: an app of a third party");
MODULE_LICENSE("GPL");
