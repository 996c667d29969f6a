// SPDX-License-Identifier: GPL-2.0
/*
 * Operations of the netlink family on objectives.
 */
#include <net/genetlink.h>

#include "core.h"
#include "netlink.h"

static int lf_nl_fill_objective(struct sk_buff *skb, struct lf_app *app,
				u64 cgroup)
{
	s32 weights[LF_WEIGHTS_MAX];

	if (!lf_objective(app, cgroup, weights))
		return -ENOENT;
	if (nla_put_string(skb, LF_A_APP, app->desc->name) ||
	    lf_nl_put_u64(skb, LF_A_CGROUP, cgroup) ||
	    nla_put(skb, LF_A_WEIGHTS, app->desc->n_weights * sizeof(s32),
		    weights))
		return -EMSGSIZE;
	return 0;
}

static u64 lf_nl_cgroup(struct genl_info *info)
{
	if (!GENL_REQ_ATTR_CHECK(info, LF_A_CGROUP))
		return nla_get_u64(info->attrs[LF_A_CGROUP]);
	NL_SET_ERR_MSG(info->extack, "attribute cgroup is missing");
	return 0;
}

int lf_nl_objective_get(struct sk_buff *request, struct genl_info *info)
{
	u64 cgroup = lf_nl_cgroup(info);
	struct lf_app *app;
	struct sk_buff *skb;
	void *head;
	int err;

	if (!cgroup)
		return -EINVAL;
	skb = lf_nl_reply(info, NLMSG_GOODSIZE, &head);
	if (!skb)
		return -ENOMEM;
	mutex_lock(&lf_mutex);
	app = lf_nl_app(info);
	err = IS_ERR(app) ? PTR_ERR(app) :
			    lf_nl_fill_objective(skb, app, cgroup);
	mutex_unlock(&lf_mutex);
	if (!IS_ERR(app) && err == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "this cgroup has no objective");
	return lf_nl_send(skb, head, err, info);
}

/* Send those of one app from cgroup first on; false if the message is full. */
static bool lf_nl_dump_objectives(struct sk_buff *skb,
				  struct netlink_callback *cb,
				  struct lf_app *app, unsigned long *first)
{
	unsigned long cgroup;
	void *entry, *head;

	xa_for_each_start(&app->objectives, cgroup, entry, *first) {
		head = lf_nl_dump_begin(skb, cb, LF_CMD_OBJECTIVE_GET);
		if (!head ||
		    lf_nl_dump_end(skb, cb, head,
				   lf_nl_fill_objective(skb, app, cgroup))) {
			*first = cgroup;
			return false;
		}
	}
	return true;
}

int lf_nl_objective_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return lf_nl_dump_apps(skb, cb, lf_nl_dump_objectives);
}

int lf_nl_objective_set(struct sk_buff *request, struct genl_info *info)
{
	const struct nlattr *weights = info->attrs[LF_A_WEIGHTS];
	u64 cgroup = lf_nl_cgroup(info);
	struct lf_app *app;
	int err;

	if (!cgroup)
		return -EINVAL;
	if (!weights) {
		NL_SET_ERR_MSG(info->extack, "attribute weights is missing");
		return -EINVAL;
	}
	if (nla_len(weights) % sizeof(s32)) {
		NL_SET_ERR_MSG_ATTR(info->extack, weights,
				    "weights are s32 values");
		return -EINVAL;
	}
	mutex_lock(&lf_mutex);
	app = lf_nl_app(info);
	err = IS_ERR(app) ? PTR_ERR(app) :
	      lf_objective_set(app, cgroup, nla_data(weights),
			       nla_len(weights) / sizeof(s32), info->extack);
	mutex_unlock(&lf_mutex);
	return err;
}

int lf_nl_objective_del(struct sk_buff *request, struct genl_info *info)
{
	u64 cgroup = lf_nl_cgroup(info);
	struct lf_app *app;
	int err;

	if (!cgroup)
		return -EINVAL;
	mutex_lock(&lf_mutex);
	app = lf_nl_app(info);
	err = IS_ERR(app) ? PTR_ERR(app) : lf_objective_del(app, cgroup);
	mutex_unlock(&lf_mutex);
	if (!IS_ERR(app) && err)
		NL_SET_ERR_MSG(info->extack, "this cgroup has no objective");
	return err;
}
