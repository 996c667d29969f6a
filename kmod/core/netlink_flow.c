// SPDX-License-Identifier: GPL-2.0
/*
 * Operations of the netlink family on flows.
 */
#include <net/genetlink.h>

#include "core.h"
#include "netlink.h"

static int lf_nl_fill_flow(struct sk_buff *skb, const struct lf_flow *flow)
{
	const struct lf_snapshot *snap = rcu_dereference(flow->snap);

	if (nla_put_string(skb, LF_A_APP, flow->app->desc->name) ||
	    lf_nl_put_u64(skb, LF_A_FLOW, flow->id) ||
	    nla_put_u32(skb, LF_A_NETNS, flow->netns) ||
	    lf_nl_put_u64(skb, LF_A_SNAPSHOT, snap ? snap->id : 0) ||
	    lf_nl_put_u64(skb, LF_A_INFERENCES, READ_ONCE(flow->inferences)) ||
	    nla_put_u8(skb, LF_A_REASON, READ_ONCE(flow->reason)) ||
	    lf_nl_put_u64(skb, LF_A_AGE_MS,
			  jiffies_to_msecs(jiffies - flow->since)))
		return -EMSGSIZE;
	return 0;
}

/* The flow that a request names, 0 if it names none; else -errno. */
static s64 lf_nl_flow_id(struct genl_info *info)
{
	u64 id;

	if (!info->attrs[LF_A_FLOW])
		return 0;
	id = nla_get_u64(info->attrs[LF_A_FLOW]);
	if (id <= U32_MAX)
		return id;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[LF_A_FLOW],
			    "no such flow");
	return -ENOENT;
}

int lf_nl_flow_get(struct sk_buff *request, struct genl_info *info)
{
	s64 id = lf_nl_flow_id(info);
	const struct lf_flow *flow;
	struct lf_app *app;
	struct sk_buff *skb;
	void *head;
	int err;

	if (id < 0)
		return id;
	if (!id) {
		NL_SET_ERR_MSG(info->extack, "attribute flow is missing");
		return -EINVAL;
	}
	skb = lf_nl_reply(info, NLMSG_GOODSIZE, &head);
	if (!skb)
		return -ENOMEM;
	mutex_lock(&lf_mutex);
	app = lf_nl_app(info);
	err = PTR_ERR_OR_ZERO(app);
	if (!err) {
		rcu_read_lock();
		flow = xa_load(&app->flows, id);
		err = flow ? lf_nl_fill_flow(skb, flow) : -ENOENT;
		rcu_read_unlock();
		if (err == -ENOENT)
			NL_SET_ERR_MSG(info->extack, "no such flow");
	}
	mutex_unlock(&lf_mutex);
	return lf_nl_send(skb, head, err, info);
}

/* Send the flows of one app from id first on; false if the message is full. */
static bool lf_nl_dump_flows(struct sk_buff *skb, struct netlink_callback *cb,
			     struct lf_app *app, unsigned long *first)
{
	struct lf_flow *flow;
	unsigned long id;
	bool done = true;
	void *head;

	rcu_read_lock();
	xa_for_each_start(&app->flows, id, flow, *first) {
		head = lf_nl_dump_begin(skb, cb, LF_CMD_FLOW_GET);
		if (!head ||
		    lf_nl_dump_end(skb, cb, head,
				   lf_nl_fill_flow(skb, flow))) {
			*first = id;
			done = false;
			break;
		}
	}
	rcu_read_unlock();
	return done;
}

int lf_nl_flow_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return lf_nl_dump_apps(skb, cb, lf_nl_dump_flows);
}

static struct lf_snapshot *lf_nl_repin_target(struct genl_info *info,
					      struct lf_app *app)
{
	struct lf_snapshot *snap;

	if (info->attrs[LF_A_SNAPSHOT]) {
		snap = lf_nl_snapshot(info);
		if (IS_ERR(snap) || snap->app == app)
			return snap;
		NL_SET_ERR_MSG(info->extack,
			       "the snapshot belongs to another app");
		return ERR_PTR(-EINVAL);
	}
	snap = rcu_dereference_protected(app->active,
					 lockdep_is_held(&lf_mutex));
	if (snap)
		return snap;
	NL_SET_ERR_MSG(info->extack, "the app has no active snapshot");
	return ERR_PTR(-ENOENT);
}

int lf_nl_flow_repin(struct sk_buff *request, struct genl_info *info)
{
	s64 id = lf_nl_flow_id(info);
	struct lf_snapshot *snap;
	struct lf_app *app;
	s64 moved;

	if (id < 0)
		return id;
	mutex_lock(&lf_mutex);
	app = lf_nl_app(info);
	snap = IS_ERR(app) ? ERR_CAST(app) : lf_nl_repin_target(info, app);
	if (IS_ERR(snap))
		moved = PTR_ERR(snap);
	else if (id)
		moved = lf_flow_repin_one(app, id, snap);
	else
		moved = lf_flow_repin(app, NULL, snap);
	mutex_unlock(&lf_mutex);
	if (moved == -ENOENT && !IS_ERR(snap))
		NL_SET_ERR_MSG(info->extack, "no such flow");
	return moved < 0 ? moved : lf_nl_reply_u64(info, LF_A_COUNT, moved);
}
