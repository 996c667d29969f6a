// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: requests, batches and events. What a request may
 * hold is checked by the generated policies; see ../netlink.yaml.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "../compat/compat.h"
#include "core.h"
#include "netlink_gen.h"

#define LF_NL_EVENT_BYTES	256	/* of attributes of an event */

static struct genl_family lf_nl_family;

static int lf_nl_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, LF_A_PAD);
}

/* --- lookups; callers hold lf_mutex ------------------------------------- */

static struct lf_app *lf_nl_app(struct genl_info *info)
{
	struct lf_app *app;

	if (GENL_REQ_ATTR_CHECK(info, LF_A_APP)) {
		NL_SET_ERR_MSG(info->extack, "attribute app is missing");
		return ERR_PTR(-EINVAL);
	}
	app = lf_app_find(nla_data(info->attrs[LF_A_APP]));
	if (app)
		return app;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[LF_A_APP],
			    "no such app; load its module");
	return ERR_PTR(-ENOENT);
}

static struct lf_snapshot *lf_nl_snapshot(struct genl_info *info)
{
	struct lf_snapshot *snap;

	if (GENL_REQ_ATTR_CHECK(info, LF_A_SNAPSHOT)) {
		NL_SET_ERR_MSG(info->extack, "attribute snapshot is missing");
		return ERR_PTR(-EINVAL);
	}
	snap = lf_snapshot_find(nla_get_u64(info->attrs[LF_A_SNAPSHOT]));
	if (snap)
		return snap;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[LF_A_SNAPSHOT],
			    "no such snapshot");
	return ERR_PTR(-ENOENT);
}

static u32 lf_nl_flags(struct genl_info *info)
{
	return info->attrs[LF_A_FLAGS] ?
	       nla_get_u32(info->attrs[LF_A_FLAGS]) : 0;
}

/* --- replies ------------------------------------------------------------- */

static struct sk_buff *lf_nl_reply(struct genl_info *info, size_t bytes,
				   void **head)
{
	struct sk_buff *skb = genlmsg_new(bytes, GFP_KERNEL);

	if (!skb)
		return NULL;
	*head = genlmsg_put_reply(skb, info, &lf_nl_family, 0,
				  info->genlhdr->cmd);
	if (*head)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

/* Finish a reply that fill() filled; it frees the message on failure. */
static int lf_nl_send(struct sk_buff *skb, void *head, int err,
		      struct genl_info *info)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

static int lf_nl_reply_u64(struct genl_info *info, int attr, u64 value)
{
	struct sk_buff *skb;
	void *head;

	skb = lf_nl_reply(info, nla_total_size_64bit(sizeof(u64)), &head);
	if (!skb)
		return -ENOMEM;
	return lf_nl_send(skb, head, lf_nl_put_u64(skb, attr, value), info);
}

/* --- apps ---------------------------------------------------------------- */

static int lf_nl_fill_app(struct sk_buff *skb, const struct lf_app *app)
{
	const struct lf_app_desc *desc = app->desc;
	u64 reported, dropped, fallbacks = 0;
	int i;

	lf_batch_totals(app->batch, &reported, &dropped);
	for (i = 0; i < __LF_REASON_COUNT; i++)
		fallbacks += atomic64_read(&app->fallbacks[i]);
	if (nla_put_string(skb, LF_A_APP, desc->name) ||
	    nla_put_u32(skb, LF_A_N_IN, desc->n_in) ||
	    nla_put_u32(skb, LF_A_N_OUT, desc->n_out) ||
	    nla_put(skb, LF_A_IN_RANGES, desc->n_in * sizeof(*desc->in),
		    desc->in) ||
	    nla_put(skb, LF_A_OUT_RANGES, desc->n_out * sizeof(*desc->out),
		    desc->out) ||
	    nla_put_u32(skb, LF_A_RECORD_LEN, desc->record_len) ||
	    nla_put_u32(skb, LF_A_INTERVAL, lf_batch_interval(app->batch)) ||
	    nla_put_u32(skb, LF_A_FLOWS, atomic_read(&app->n_flows)) ||
	    lf_nl_put_u64(skb, LF_A_INFERENCES,
			  lf_app_count(app, LF_COUNT_INFERENCES)) ||
	    lf_nl_put_u64(skb, LF_A_FAILED,
			  lf_app_count(app, LF_COUNT_FAILED)) ||
	    lf_nl_put_u64(skb, LF_A_CLAMPED,
			  lf_app_count(app, LF_COUNT_CLAMPED)) ||
	    lf_nl_put_u64(skb, LF_A_FALLBACKS, fallbacks) ||
	    lf_nl_put_u64(skb, LF_A_REPORTED, reported) ||
	    lf_nl_put_u64(skb, LF_A_DROPPED, dropped) ||
	    nla_put_u8(skb, LF_A_ATTACHED, lf_daemon_attached()))
		return -EMSGSIZE;
	return 0;
}

int lf_nl_app_get(struct sk_buff *request, struct genl_info *info)
{
	struct lf_app *app;
	struct sk_buff *skb;
	void *head;
	int err;

	skb = lf_nl_reply(info, NLMSG_GOODSIZE, &head);
	if (!skb)
		return -ENOMEM;
	mutex_lock(&lf_mutex);
	app = lf_nl_app(info);
	err = IS_ERR(app) ? PTR_ERR(app) : lf_nl_fill_app(skb, app);
	mutex_unlock(&lf_mutex);
	return lf_nl_send(skb, head, err, info);
}

/* One message of a dump. fill() is given the app, snapshot or flow. */
static void *lf_nl_dump_begin(struct sk_buff *skb, struct netlink_callback *cb,
			      u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &lf_nl_family, NLM_F_MULTI, cmd);
}

static int lf_nl_dump_end(struct sk_buff *skb, struct netlink_callback *cb,
			  void *head, int err)
{
	if (err) {
		genlmsg_cancel(skb, head);
		return err;
	}
	genl_dump_check_consistent(cb, head);
	genlmsg_end(skb, head);
	return 0;
}

/* cb->args[0]: how many apps were sent. */
int lf_nl_app_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lf_app *app;
	long at = 0;
	void *head;

	mutex_lock(&lf_mutex);
	cb->seq = lf_generation;
	list_for_each_entry(app, &lf_apps, list) {
		if (at++ < cb->args[0])
			continue;
		head = lf_nl_dump_begin(skb, cb, LF_CMD_APP_GET);
		if (!head ||
		    lf_nl_dump_end(skb, cb, head, lf_nl_fill_app(skb, app)))
			break;
		cb->args[0] = at;
	}
	mutex_unlock(&lf_mutex);
	return skb->len;
}

int lf_nl_app_set(struct sk_buff *request, struct genl_info *info)
{
	struct lf_app *app;
	int err = 0;

	if (GENL_REQ_ATTR_CHECK(info, LF_A_INTERVAL)) {
		NL_SET_ERR_MSG(info->extack, "attribute interval is missing");
		return -EINVAL;
	}
	mutex_lock(&lf_mutex);
	app = lf_nl_app(info);
	if (IS_ERR(app))
		err = PTR_ERR(app);
	else
		lf_batch_set_interval(app->batch,
				      nla_get_u32(info->attrs[LF_A_INTERVAL]));
	mutex_unlock(&lf_mutex);
	return err;
}

/* --- snapshots ----------------------------------------------------------- */

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

/* --- flows --------------------------------------------------------------- */

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

/* cb->args[0]: apps done; args[1]: id to go on from in the next one. */
int lf_nl_flow_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **attrs = lf_dump_attrs(cb);
	const char *name = attrs[LF_A_APP] ? nla_data(attrs[LF_A_APP]) : NULL;
	unsigned long first = cb->args[1];
	struct lf_app *app;
	long at = 0;

	mutex_lock(&lf_mutex);
	list_for_each_entry(app, &lf_apps, list) {
		if (at++ < cb->args[0] ||
		    (name && strcmp(name, app->desc->name)))
			continue;
		if (!lf_nl_dump_flows(skb, cb, app, &first))
			break;
		first = 0;
		cb->args[0] = at;
	}
	cb->args[1] = first;
	mutex_unlock(&lf_mutex);
	return skb->len;
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

/* --- the daemon ---------------------------------------------------------- */

int lf_nl_attach(struct sk_buff *request, struct genl_info *info)
{
	int err;

	mutex_lock(&lf_mutex);
	err = lf_daemon_attach(info->snd_portid, info->extack);
	mutex_unlock(&lf_mutex);
	return err;
}

int lf_nl_detach(struct sk_buff *request, struct genl_info *info)
{
	int err;

	mutex_lock(&lf_mutex);
	err = lf_daemon_detach(info->snd_portid, info->extack);
	mutex_unlock(&lf_mutex);
	return err;
}

/* --- notifications ------------------------------------------------------- */

bool lf_netlink_wants_batches(void)
{
	return genl_has_listeners(&lf_nl_family, &init_net,
				  LF_NL_GROUP_BATCHES);
}

/* 0, or an error: the batch is lost. Nobody listening is none. */
int lf_netlink_send_batch(const struct lf_app_desc *desc, int cpu, u64 seq,
			  u64 dropped, const void *records, u32 bytes)
{
	struct sk_buff *skb;
	void *head;
	int err;

	if (!lf_netlink_wants_batches())
		return 0;
	skb = genlmsg_new(LF_NL_EVENT_BYTES + nla_total_size(bytes),
			  GFP_KERNEL | __GFP_NOWARN);
	if (!skb)
		return -ENOMEM;
	head = genlmsg_put(skb, 0, 0, &lf_nl_family, 0, LF_CMD_BATCH_NTF);
	if (!head || nla_put_string(skb, LF_A_APP, desc->name) ||
	    nla_put_u32(skb, LF_A_CPU, cpu) ||
	    lf_nl_put_u64(skb, LF_A_SEQ, seq) ||
	    lf_nl_put_u64(skb, LF_A_DROPPED, dropped) ||
	    nla_put_u32(skb, LF_A_RECORD_LEN, desc->record_len) ||
	    nla_put(skb, LF_A_RECORDS, bytes, records)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	err = genlmsg_multicast(&lf_nl_family, skb, 0, LF_NL_GROUP_BATCHES,
				GFP_KERNEL);
	/* A listener that is gone since, or whose socket is full (it knows). */
	return err == -ESRCH || err == -ENOBUFS ? 0 : err;
}

static struct sk_buff *lf_nl_event_begin(enum lf_event event,
					 const struct lf_app *app, void **head)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&lf_nl_family, &init_net, LF_NL_GROUP_EVENTS))
		return NULL;
	skb = genlmsg_new(LF_NL_EVENT_BYTES, GFP_KERNEL);
	if (!skb)
		return NULL;
	*head = genlmsg_put(skb, 0, 0, &lf_nl_family, 0, LF_CMD_EVENT_NTF);
	if (*head && !nla_put_u8(skb, LF_A_EVENT, event) &&
	    (!app || !nla_put_string(skb, LF_A_APP, app->desc->name)))
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static void lf_nl_event_send(struct sk_buff *skb, void *head)
{
	genlmsg_end(skb, head);
	genlmsg_multicast(&lf_nl_family, skb, 0, LF_NL_GROUP_EVENTS,
			  GFP_KERNEL);
}

/* May sleep; snap may be NULL. */
void lf_netlink_event(enum lf_event event, const struct lf_app *app,
		      const struct lf_snapshot *snap)
{
	struct sk_buff *skb;
	void *head;

	skb = lf_nl_event_begin(event, app, &head);
	if (!skb)
		return;
	if (snap && (lf_nl_put_u64(skb, LF_A_SNAPSHOT, snap->id) ||
		     nla_put_string(skb, LF_A_NAME, snap->name) ||
		     nla_put_u8(skb, LF_A_STATE, lf_snapshot_state(snap)) ||
		     nla_put_u32(skb, LF_A_SHARE,
				 event == LF_EVENT_CANARY ? app->share : 0))) {
		nlmsg_free(skb);
		return;
	}
	lf_nl_event_send(skb, head);
}

void lf_netlink_event_fallback(const struct lf_app *app, enum lf_reason reason,
			       u64 count)
{
	struct sk_buff *skb;
	void *head;

	skb = lf_nl_event_begin(LF_EVENT_FALLBACK, app, &head);
	if (!skb)
		return;
	if (nla_put_u8(skb, LF_A_REASON, reason) ||
	    lf_nl_put_u64(skb, LF_A_COUNT, count)) {
		nlmsg_free(skb);
		return;
	}
	lf_nl_event_send(skb, head);
}

/* --- the family ---------------------------------------------------------- */

static struct genl_family lf_nl_family __ro_after_init = {
	.name		= LF_GENL_NAME,
	.version	= LF_GENL_VERSION,
	.maxattr	= LF_A_MAX,
	.netnsok	= false,
	.module		= THIS_MODULE,
	.ops		= lf_nl_ops,
	.n_ops		= ARRAY_SIZE(lf_nl_ops),
	.mcgrps		= lf_nl_groups,
	.n_mcgrps	= ARRAY_SIZE(lf_nl_groups),
};

int __init lf_netlink_init(void)
{
	return genl_register_family(&lf_nl_family);
}

void lf_netlink_exit(void)
{
	genl_unregister_family(&lf_nl_family);
}
