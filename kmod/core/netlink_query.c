// SPDX-License-Identifier: GPL-2.0
/*
 * Queries by netlink: a question is a message to the socket that serves its app,
 * a request of that socket brings answers.
 */
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "core.h"
#include "netlink.h"

static atomic_t lf_nl_servers;	/* sockets that serve an app */

struct lf_nl_server {
	struct lf_server server;
	u32 portid;
	struct rcu_head rcu;
};

static struct lf_nl_server *lf_nl_server(struct lf_server *server)
{
	return container_of(server, struct lf_nl_server, server);
}

/* Softirq: neither sleeps nor waits for room in the socket. */
static int lf_nl_ask(struct lf_server *server, const struct lf_flow *flow,
		     const s32 *in)
{
	const struct lf_app_desc *desc = flow->app->desc;
	u32 bytes = lf_query_bytes(desc->n_in);
	struct nlattr *attr;
	struct sk_buff *skb;
	void *head;

	skb = genlmsg_new(nla_total_size(LF_APP_MAX + 1) +
			  nla_total_size(bytes), GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return -ENOBUFS;
	head = genlmsg_put(skb, 0, 0, &lf_nl_family, 0, LF_CMD_QUERY_NTF);
	if (!head || nla_put_string(skb, LF_A_APP, desc->name))
		goto err_free;
	attr = nla_reserve(skb, LF_A_QUERIES, bytes);
	if (!attr)
		goto err_free;
	lf_query_fill(nla_data(attr), flow, in);
	genlmsg_end(skb, head);
	return genlmsg_unicast(&init_net, skb, lf_nl_server(server)->portid) ?
	       -ENOBUFS : 0;

err_free:
	nlmsg_free(skb);
	return -ENOBUFS;
}

static void lf_nl_server_gone(struct lf_server *server)
{
	atomic_dec(&lf_nl_servers);
	kfree_rcu(lf_nl_server(server), rcu);
}

/* What this socket serves the app by, or NULL. */
static struct lf_nl_server *lf_nl_served_by(const struct lf_app *app,
					    u32 portid)
{
	struct lf_server *server;

	server = rcu_dereference_protected(app->server,
					   lockdep_is_held(&lf_mutex));
	if (!server || server->ask != lf_nl_ask ||
	    lf_nl_server(server)->portid != portid)
		return NULL;
	return lf_nl_server(server);
}

int lf_nl_serve(struct sk_buff *request, struct genl_info *info)
{
	struct lf_nl_server *own;
	struct lf_app *app;
	int err;

	own = kzalloc(sizeof(*own), GFP_KERNEL);
	if (!own)
		return -ENOMEM;
	own->server.ask = lf_nl_ask;
	own->server.gone = lf_nl_server_gone;
	own->portid = info->snd_portid;
	mutex_lock(&lf_mutex);
	app = lf_nl_app(info);
	err = IS_ERR(app) ? PTR_ERR(app) :
	      lf_serve(app, &own->server, info->extack);
	if (!err)
		atomic_inc(&lf_nl_servers);
	mutex_unlock(&lf_mutex);
	if (err)
		kfree(own);
	return err;
}

static int lf_nl_take(struct lf_app *app, const struct nlattr *answers,
		      struct genl_info *info)
{
	if (!lf_nl_served_by(app, info->snd_portid)) {
		NL_SET_ERR_MSG(info->extack,
			       "this socket does not serve the app");
		return -ENOTCONN;
	}
	if (lf_query_answer(app, nla_data(answers), nla_len(answers)) ==
	    nla_len(answers))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, answers,
			    "not a row of answers with the app's outputs");
	return -EINVAL;
}

int lf_nl_answer(struct sk_buff *request, struct genl_info *info)
{
	struct lf_app *app;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, LF_A_ANSWERS)) {
		NL_SET_ERR_MSG(info->extack, "attribute answers is missing");
		return -EINVAL;
	}
	mutex_lock(&lf_mutex);
	app = lf_nl_app(info);
	err = IS_ERR(app) ? PTR_ERR(app) :
	      lf_nl_take(app, info->attrs[LF_A_ANSWERS], info);
	mutex_unlock(&lf_mutex);
	return err;
}

/* Whether any socket serves: most that close don't. */
bool lf_nl_serves(void)
{
	return atomic_read(&lf_nl_servers);
}

void lf_nl_server_closed(u32 portid)
{
	struct lf_app *app;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(app, &lf_apps, list) {
		if (lf_nl_served_by(app, portid))
			lf_serve_end(app);
	}
}
