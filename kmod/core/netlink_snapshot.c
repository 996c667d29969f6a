// SPDX-License-Identifier: GPL-2.0
/*
 * Operations of the netlink family on snapshots.
 */
#include <net/genetlink.h>

#include "../compat/compat.h"
#include "core.h"
#include "netlink.h"

static int lf_nl_fill_snapshot(struct sk_buff *skb,
			       const struct lf_snapshot *snap)
{
	u32 share = snap->role == LF_ROLE_CANARY ? snap->app->share : 0;
	u64 age = snap->role == LF_ROLE_NONE ? 0 :
		  jiffies_to_msecs(jiffies - snap->active_since);

	if (nla_put_string(skb, LF_A_APP, snap->desc->app) ||
	    lf_nl_put_u64(skb, LF_A_SNAPSHOT, snap->id) ||
	    nla_put_string(skb, LF_A_NAME, snap->name) ||
	    nla_put_u8(skb, LF_A_STATE, lf_snapshot_state(snap)) ||
	    lf_nl_put_u64(skb, LF_A_SHAPE, snap->shape) ||
	    nla_put_u32(skb, LF_A_SHARE, share) ||
	    nla_put_u32(skb, LF_A_PINS, lf_snapshot_pins(snap)) ||
	    nla_put_u32(skb, LF_A_N_IN, snap->desc->n_in) ||
	    nla_put_u32(skb, LF_A_N_OUT, snap->desc->n_out) ||
	    nla_put_u32(skb, LF_A_MACS, snap->macs) ||
	    lf_nl_put_u64(skb, LF_A_INFERENCES,
			  lf_snapshot_count(snap, LF_COUNT_INFERENCES)) ||
	    lf_nl_put_u64(skb, LF_A_CLIPPED,
			  lf_snapshot_count(snap, LF_COUNT_CLIPPED)) ||
	    lf_nl_put_u64(skb, LF_A_EXPLORED,
			  lf_snapshot_count(snap, LF_COUNT_EXPLORED)) ||
	    lf_nl_put_u64(skb, LF_A_FAILED,
			  lf_snapshot_count(snap, LF_COUNT_FAILED)) ||
	    nla_put_s64(skb, LF_A_REWARD_SUM,
			lf_snapshot_count(snap, LF_COUNT_REWARD_SUM),
			LF_A_PAD) ||
	    lf_nl_put_u64(skb, LF_A_REWARD_COUNT,
			  lf_snapshot_count(snap, LF_COUNT_REWARDS)) ||
	    lf_nl_put_u64(skb, LF_A_AGE_MS, age))
		return -EMSGSIZE;
	return 0;
}

int lf_nl_snapshot_get(struct sk_buff *request, struct genl_info *info)
{
	struct lf_snapshot *snap;
	struct sk_buff *skb;
	void *head;
	int err;

	skb = lf_nl_reply(info, NLMSG_GOODSIZE, &head);
	if (!skb)
		return -ENOMEM;
	mutex_lock(&lf_mutex);
	snap = lf_nl_snapshot(info);
	err = IS_ERR(snap) ? PTR_ERR(snap) : lf_nl_fill_snapshot(skb, snap);
	mutex_unlock(&lf_mutex);
	return lf_nl_send(skb, head, err, info);
}

/* cb->args[0]: id of the last snapshot sent; the list is in order of ids. */
int lf_nl_snapshot_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **attrs = lf_dump_attrs(cb);
	const char *app = attrs[LF_A_APP] ? nla_data(attrs[LF_A_APP]) : NULL;
	struct lf_snapshot *snap;
	void *head;

	mutex_lock(&lf_mutex);
	cb->seq = lf_generation;
	list_for_each_entry(snap, &lf_snapshots, list) {
		if (snap->id <= cb->args[0] ||
		    (app && strcmp(app, snap->desc->app)))
			continue;
		head = lf_nl_dump_begin(skb, cb, LF_CMD_SNAPSHOT_GET);
		if (!head ||
		    lf_nl_dump_end(skb, cb, head,
				   lf_nl_fill_snapshot(skb, snap)))
			break;
		cb->args[0] = snap->id;
	}
	mutex_unlock(&lf_mutex);
	return skb->len;
}

/* The kernel's own kmalloc'd limit is not ours: names are hashes. */
static bool lf_nl_name_valid(const char *name)
{
	const char *c;

	for (c = name; *c; c++) {
		if (!isalnum(*c) && *c != '_' && *c != '-')
			return false;
	}
	return c != name;
}

int lf_nl_snapshot_load(struct sk_buff *request, struct genl_info *info)
{
	struct lf_snapshot *snap;
	const char *name;
	u64 id = 0;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, LF_A_NAME) ||
	    GENL_REQ_ATTR_CHECK(info, LF_A_PARAMS)) {
		NL_SET_ERR_MSG(info->extack,
			       "attribute name or params is missing");
		return -EINVAL;
	}
	name = nla_data(info->attrs[LF_A_NAME]);
	if (!lf_nl_name_valid(name)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[LF_A_NAME],
				    "a name has letters, digits, '_' and '-'");
		return -EINVAL;
	}
	mutex_lock(&lf_mutex);
	snap = lf_nl_snapshot(info);
	if (!IS_ERR(snap))
		snap = lf_snapshot_load(snap, name,
					nla_data(info->attrs[LF_A_PARAMS]),
					nla_len(info->attrs[LF_A_PARAMS]),
					info->extack);
	err = PTR_ERR_OR_ZERO(snap);
	if (!err)
		id = snap->id;
	mutex_unlock(&lf_mutex);
	return err ?: lf_nl_reply_u64(info, LF_A_SNAPSHOT, id);
}

int lf_nl_snapshot_activate(struct sk_buff *request, struct genl_info *info)
{
	struct lf_snapshot *snap;
	int err;

	mutex_lock(&lf_mutex);
	snap = lf_nl_snapshot(info);
	err = IS_ERR(snap) ? PTR_ERR(snap) :
			     lf_role_activate(snap, info->extack);
	if (!err && lf_nl_flags(info) & LF_FLAG_REPIN)
		lf_flow_repin(snap->app, NULL, snap);
	mutex_unlock(&lf_mutex);
	return err;
}

int lf_nl_snapshot_canary(struct sk_buff *request, struct genl_info *info)
{
	struct lf_snapshot *snap;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, LF_A_SHARE)) {
		NL_SET_ERR_MSG(info->extack, "attribute share is missing");
		return -EINVAL;
	}
	mutex_lock(&lf_mutex);
	snap = lf_nl_snapshot(info);
	err = IS_ERR(snap) ? PTR_ERR(snap) :
	      lf_role_canary(snap, nla_get_u32(info->attrs[LF_A_SHARE]),
			     info->extack);
	mutex_unlock(&lf_mutex);
	return err;
}

int lf_nl_snapshot_rollback(struct sk_buff *request, struct genl_info *info)
{
	struct lf_app *app;
	int err;

	mutex_lock(&lf_mutex);
	app = lf_nl_app(info);
	err = IS_ERR(app) ? PTR_ERR(app) : lf_role_rollback(app, info->extack);
	if (!err && lf_nl_flags(info) & LF_FLAG_REPIN)
		lf_flow_repin(app, NULL,
			      rcu_dereference_protected(app->active,
							lockdep_is_held(&lf_mutex)));
	mutex_unlock(&lf_mutex);
	return err;
}

int lf_nl_snapshot_unload(struct sk_buff *request, struct genl_info *info)
{
	const struct nlattr *name = info->attrs[LF_A_NAME];
	struct lf_snapshot *snap;
	int err;

	mutex_lock(&lf_mutex);
	snap = lf_nl_snapshot(info);
	err = IS_ERR(snap) ? PTR_ERR(snap) :
	      lf_snapshot_unload(snap, name ? nla_data(name) : NULL,
				 lf_nl_flags(info) & LF_FLAG_FORCE,
				 info->extack);
	mutex_unlock(&lf_mutex);
	return err;
}

/* rows of inputs to outputs and the number of rows with a clipped input. */
static u64 lf_nl_infer(const struct lf_snapshot_desc *desc,
		       const struct lf_params *params, const s32 *in, s32 *out,
		       u32 rows)
{
	s32 row[LF_IN_MAX];
	u64 clipped = 0;

	while (rows--) {
		memcpy(row, in, desc->n_in * sizeof(*row));
		clipped += desc->infer(params, row, out) > 0;
		in += desc->n_in;
		out += desc->n_out;
		cond_resched();
	}
	return clipped;
}

static int lf_nl_infer_reply(struct lf_snapshot *snap, struct genl_info *info)
{
	const struct nlattr *inputs = info->attrs[LF_A_INPUTS];
	u32 width = snap->desc->n_in * sizeof(s32);
	u32 rows = nla_len(inputs) / width;
	u32 bytes = rows * snap->desc->n_out * sizeof(s32);
	struct nlattr *outputs;
	struct sk_buff *skb;
	void *head;
	u64 clipped;

	if (!rows || nla_len(inputs) % width || bytes > 60000) {
		NL_SET_ERR_MSG_ATTR(info->extack, inputs,
				    "not a whole number of rows, or too many");
		return -EINVAL;
	}
	skb = lf_nl_reply(info, nla_total_size(bytes) +
			  nla_total_size_64bit(sizeof(u64)), &head);
	if (!skb)
		return -ENOMEM;
	outputs = nla_reserve(skb, LF_A_OUTPUTS, bytes);
	if (!outputs)
		return lf_nl_send(skb, head, -EMSGSIZE, info);
	clipped = lf_nl_infer(snap->desc, snap->params, nla_data(inputs),
			      nla_data(outputs), rows);
	return lf_nl_send(skb, head, lf_nl_put_u64(skb, LF_A_CLIPPED, clipped),
			  info);
}

int lf_nl_snapshot_infer(struct sk_buff *request, struct genl_info *info)
{
	struct lf_snapshot *snap;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, LF_A_INPUTS)) {
		NL_SET_ERR_MSG(info->extack, "attribute inputs is missing");
		return -EINVAL;
	}
	mutex_lock(&lf_mutex);
	snap = lf_nl_snapshot(info);
	if (!IS_ERR(snap) && !lf_snapshot_get(snap)) {
		NL_SET_ERR_MSG(info->extack, "the snapshot is being removed");
		snap = ERR_PTR(-ENOENT);
	}
	mutex_unlock(&lf_mutex);
	if (IS_ERR(snap))
		return PTR_ERR(snap);
	err = lf_nl_infer_reply(snap, info);
	lf_snapshot_put(snap);
	return err;
}
