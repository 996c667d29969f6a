// SPDX-License-Identifier: GPL-2.0
/*
 * Operations of the netlink family on paths; each is about the network namespace
 * of the socket that it comes by. What a request may hold is checked by the
 * generated policies; see netlink.yaml.
 */
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "lb.h"
#include "netlink_gen.h"

/* Attributes that say which path, and what all requests must have. */
static int lf_lb_nl_config(struct genl_info *info, struct lf_lb_config *config)
{
	struct nlattr **attrs = info->attrs;

	if (!attrs[LF_LB_A_PREFIX] || !attrs[LF_LB_A_LENGTH]) {
		NL_SET_ERR_MSG(info->extack, "prefix or length is missing");
		return -EINVAL;
	}
	if (!attrs[LF_LB_A_MARK]) {
		NL_SET_ERR_MSG(info->extack, "attribute mark is missing");
		return -EINVAL;
	}
	config->prefix = nla_get_in6_addr(attrs[LF_LB_A_PREFIX]);
	config->length = nla_get_u32(attrs[LF_LB_A_LENGTH]);
	config->mark = nla_get_u32(attrs[LF_LB_A_MARK]);
	return 0;
}

int lf_lb_nl_path_add(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct lf_lb_config config = { .weight = 1 };
	int err;

	err = lf_lb_nl_config(info, &config);
	if (err)
		return err;
	if (!attrs[LF_LB_A_MASK]) {
		NL_SET_ERR_MSG(info->extack, "attribute mask is missing");
		return -EINVAL;
	}
	config.mask = nla_get_u32(attrs[LF_LB_A_MASK]);
	if (attrs[LF_LB_A_WEIGHT])
		config.weight = nla_get_u32(attrs[LF_LB_A_WEIGHT]);
	return lf_lb_path_add(genl_info_net(info), &config, info->extack);
}

int lf_lb_nl_path_del(struct sk_buff *request, struct genl_info *info)
{
	struct lf_lb_config config = {};
	int err;

	err = lf_lb_nl_config(info, &config);
	if (err)
		return err;
	return lf_lb_path_del(genl_info_net(info), &config, info->extack);
}

static struct genl_family lf_lb_nl_family;

static int lf_lb_nl_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, LF_LB_A_PAD);
}

static int lf_lb_nl_fill_config(struct sk_buff *skb,
				const struct lf_lb_config *config)
{
	if (nla_put_in6_addr(skb, LF_LB_A_PREFIX, &config->prefix) ||
	    nla_put_u32(skb, LF_LB_A_LENGTH, config->length) ||
	    nla_put_u32(skb, LF_LB_A_MARK, config->mark) ||
	    nla_put_u32(skb, LF_LB_A_MASK, config->mask) ||
	    nla_put_u32(skb, LF_LB_A_WEIGHT, config->weight))
		return -EMSGSIZE;
	return 0;
}

static int lf_lb_nl_fill(struct sk_buff *skb, const struct lf_lb_path *path)
{
	u64 told_us = READ_ONCE(path->told_us);

	if (lf_lb_nl_fill_config(skb, &path->config) ||
	    nla_put_u8(skb, LF_LB_A_HEALTH, lf_lb_health(path)) ||
	    nla_put_u32(skb, LF_LB_A_RTT_US, READ_ONCE(path->rtt_us)) ||
	    nla_put_u32(skb, LF_LB_A_BASE_RTT_US,
			READ_ONCE(path->base_rtt_us)) ||
	    nla_put_u32(skb, LF_LB_A_LOSS, READ_ONCE(path->loss)) ||
	    nla_put_u32(skb, LF_LB_A_ECN, READ_ONCE(path->ecn)) ||
	    lf_lb_nl_put_u64(skb, LF_LB_A_RATE, READ_ONCE(path->rate)) ||
	    nla_put_u32(skb, LF_LB_A_FLOWS, READ_ONCE(path->flows)) ||
	    lf_lb_nl_put_u64(skb, LF_LB_A_IN_FLIGHT,
			     READ_ONCE(path->in_flight)) ||
	    lf_lb_nl_put_u64(skb, LF_LB_A_CHOSEN,
			     atomic64_read(&path->chosen)) ||
	    lf_lb_nl_put_u64(skb, LF_LB_A_TIMEOUTS,
			     atomic64_read(&path->all_timeouts)))
		return -EMSGSIZE;
	if (told_us &&
	    lf_lb_nl_put_u64(skb, LF_LB_A_AGE_MS,
			     div_u64(lf_lb_now_us() - told_us, USEC_PER_MSEC)))
		return -EMSGSIZE;
	return 0;
}

/* What a walk over the paths writes to, and what it looks for. */
struct lf_lb_nl_walk {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	const struct lf_lb_config *which;
	bool found;
};

static int lf_lb_nl_show_one(const struct lf_lb_path *path, void *data)
{
	const struct lf_lb_config *config = &path->config;
	struct lf_lb_nl_walk *walk = data;

	if (config->mark != walk->which->mark ||
	    config->length != walk->which->length ||
	    !ipv6_addr_equal(&config->prefix, &walk->which->prefix))
		return 0;
	walk->found = true;
	return lf_lb_nl_fill(walk->skb, path);
}

static int lf_lb_nl_reply(struct genl_info *info,
			  const struct lf_lb_config *which)
{
	struct lf_lb_nl_walk walk = { .which = which };
	unsigned long at = 0;
	void *head;
	int err;

	walk.skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!walk.skb)
		return -ENOMEM;
	err = -EMSGSIZE;
	head = genlmsg_put_reply(walk.skb, info, &lf_lb_nl_family, 0,
				 LF_LB_CMD_PATH_GET);
	if (head)
		err = lf_lb_path_each(genl_info_net(info), &at,
				      lf_lb_nl_show_one, &walk);
	if (!err && !walk.found) {
		NL_SET_ERR_MSG(info->extack, "no such path");
		err = -ENOENT;
	}
	if (err) {
		nlmsg_free(walk.skb);
		return err;
	}
	genlmsg_end(walk.skb, head);
	return genlmsg_reply(walk.skb, info);
}

int lf_lb_nl_path_get(struct sk_buff *request, struct genl_info *info)
{
	struct lf_lb_config config = {};
	int err;

	err = lf_lb_nl_config(info, &config);
	if (err)
		return err;
	return lf_lb_nl_reply(info, &config);
}

static int lf_lb_nl_show(const struct lf_lb_path *path, void *data)
{
	struct lf_lb_nl_walk *walk = data;
	struct netlink_callback *cb = walk->cb;
	void *head;
	int err;

	head = genlmsg_put(walk->skb, NETLINK_CB(cb->skb).portid,
			   cb->nlh->nlmsg_seq, &lf_lb_nl_family, NLM_F_MULTI,
			   LF_LB_CMD_PATH_GET);
	if (!head)
		return -EMSGSIZE;
	err = lf_lb_nl_fill(walk->skb, path);
	if (err) {
		genlmsg_cancel(walk->skb, head);
		return err;
	}
	genl_dump_check_consistent(cb, head);
	genlmsg_end(walk->skb, head);
	return 0;
}

/* cb->args[0]: how many paths were sent. */
int lf_lb_nl_path_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lf_lb_nl_walk walk = { .skb = skb, .cb = cb };
	struct net *net = sock_net(skb->sk);
	unsigned long at = cb->args[0];

	cb->seq = lf_lb_path_generation(net);
	lf_lb_path_each(net, &at, lf_lb_nl_show, &walk);
	cb->args[0] = at;
	return skb->len;
}

static struct genl_family lf_lb_nl_family __ro_after_init = {
	.name		= LF_LB_GENL_NAME,
	.version	= LF_LB_GENL_VERSION,
	.maxattr	= LF_LB_A_MAX,
	.netnsok	= true,
	.module		= THIS_MODULE,
	.ops		= lf_lb_nl_ops,
	.n_ops		= ARRAY_SIZE(lf_lb_nl_ops),
};

int __init lf_lb_netlink_init(void)
{
	return genl_register_family(&lf_lb_nl_family);
}

void lf_lb_netlink_exit(void)
{
	genl_unregister_family(&lf_lb_nl_family);
}

/* Whoever asks for the family gets the module. */
MODULE_ALIAS_GENL_FAMILY(LF_LB_GENL_NAME);
