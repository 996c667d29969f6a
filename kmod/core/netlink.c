// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: what its operations share, and the operations on
 * apps. What a request may hold is checked by the generated policies; see
 * ../netlink.yaml.
 */
#include <linux/module.h>
#include <net/genetlink.h>

#include "../compat/compat.h"
#include "core.h"
#include "netlink.h"

/* --- lookups; callers hold lf_mutex ------------------------------------- */

struct lf_app *lf_nl_app(struct genl_info *info)
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

struct lf_snapshot *lf_nl_snapshot(struct genl_info *info)
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

u32 lf_nl_flags(struct genl_info *info)
{
	return info->attrs[LF_A_FLAGS] ?
	       nla_get_u32(info->attrs[LF_A_FLAGS]) : 0;
}

/* --- replies ------------------------------------------------------------- */

struct sk_buff *lf_nl_reply(struct genl_info *info, size_t bytes, void **head)
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
int lf_nl_send(struct sk_buff *skb, void *head, int err,
	       struct genl_info *info)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

int lf_nl_reply_u64(struct genl_info *info, int attr, u64 value)
{
	struct sk_buff *skb;
	void *head;

	skb = lf_nl_reply(info, nla_total_size_64bit(sizeof(u64)), &head);
	if (!skb)
		return -ENOMEM;
	return lf_nl_send(skb, head, lf_nl_put_u64(skb, attr, value), info);
}

/* One message of a dump. fill() is given the app, snapshot or flow. */
void *lf_nl_dump_begin(struct sk_buff *skb, struct netlink_callback *cb,
		       u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &lf_nl_family, NLM_F_MULTI, cmd);
}

int lf_nl_dump_end(struct sk_buff *skb, struct netlink_callback *cb,
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

/* cb->args[0]: apps done; args[1]: where to go on in the next one. */
int lf_nl_dump_apps(struct sk_buff *skb, struct netlink_callback *cb,
		    lf_nl_dump_part part)
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
		if (!part(skb, cb, app, &first))
			break;
		first = 0;
		cb->args[0] = at;
	}
	cb->args[1] = first;
	mutex_unlock(&lf_mutex);
	return skb->len;
}

/* --- apps ---------------------------------------------------------------- */

static int lf_nl_put_query(struct sk_buff *skb, int attr,
			   const struct lf_app *app, enum lf_query_count what)
{
	return lf_nl_put_u64(skb, attr, atomic64_read(&app->queries[what]));
}

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
	    nla_put_u32(skb, LF_A_N_WEIGHTS, desc->n_weights) ||
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
	    nla_put_u8(skb, LF_A_ATTACHED, lf_daemon_attached()) ||
	    lf_nl_put_query(skb, LF_A_ASKED, app, LF_QUERY_ASKED) ||
	    lf_nl_put_query(skb, LF_A_ANSWERED, app, LF_QUERY_ANSWERED) ||
	    lf_nl_put_query(skb, LF_A_LATE, app, LF_QUERY_LATE) ||
	    lf_nl_put_query(skb, LF_A_STALE, app, LF_QUERY_STALE))
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

/* --- the family ---------------------------------------------------------- */

struct genl_family lf_nl_family __ro_after_init = {
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

/* A socket's end, however it comes: it was perhaps a daemon's or a server's. */
static int lf_nl_notify(struct notifier_block *nb, unsigned long event,
			void *data)
{
	const struct netlink_notify *notify = data;

	if (event != NETLINK_URELEASE ||
	    notify->protocol != NETLINK_GENERIC ||
	    !net_eq(notify->net, &init_net) ||
	    (!lf_daemon_is(notify->portid) && !lf_nl_serves()))
		return NOTIFY_DONE;
	mutex_lock(&lf_mutex);
	lf_daemon_closed(notify->portid);
	lf_nl_server_closed(notify->portid);
	mutex_unlock(&lf_mutex);
	return NOTIFY_OK;
}

static struct notifier_block lf_nl_notifier = {
	.notifier_call = lf_nl_notify,
};

int __init lf_netlink_init(void)
{
	int err = netlink_register_notifier(&lf_nl_notifier);

	if (err)
		return err;
	err = genl_register_family(&lf_nl_family);
	if (err)
		netlink_unregister_notifier(&lf_nl_notifier);
	return err;
}

void lf_netlink_exit(void)
{
	genl_unregister_family(&lf_nl_family);
	netlink_unregister_notifier(&lf_nl_notifier);
}
