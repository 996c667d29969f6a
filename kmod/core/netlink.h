/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the netlink family share.
 */
#ifndef _LITEFLOW_NETLINK_H
#define _LITEFLOW_NETLINK_H

#include "netlink_gen.h"

struct lf_app;
struct lf_snapshot;

extern struct genl_family lf_nl_family;

static inline int lf_nl_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, LF_A_PAD);
}

/* What a request names, or an ERR_PTR and an extack; under lf_mutex. */
struct lf_app *lf_nl_app(struct genl_info *info);
struct lf_snapshot *lf_nl_snapshot(struct genl_info *info);
u32 lf_nl_flags(struct genl_info *info);

/* Begin a reply; NULL without memory. */
struct sk_buff *lf_nl_reply(struct genl_info *info, size_t bytes, void **head);
/* Finish one: send it, or free it if filling it failed with err. */
int lf_nl_send(struct sk_buff *skb, void *head, int err,
	       struct genl_info *info);
/* Reply with one attribute. */
int lf_nl_reply_u64(struct genl_info *info, int attr, u64 value);

/* One message of a dump; err is that of filling it. */
void *lf_nl_dump_begin(struct sk_buff *skb, struct netlink_callback *cb,
		       u8 cmd);
int lf_nl_dump_end(struct sk_buff *skb, struct netlink_callback *cb,
		   void *head, int err);

/*
 * A dump of what belongs to apps: to the app that was asked for, or to all in
 * turn. part sends what one app has from *first on; if the message is full it
 * leaves in *first where to go on and is false. Under lf_mutex.
 */
typedef bool (*lf_nl_dump_part)(struct sk_buff *skb,
				struct netlink_callback *cb,
				struct lf_app *app, unsigned long *first);
int lf_nl_dump_apps(struct sk_buff *skb, struct netlink_callback *cb,
		    lf_nl_dump_part part);

/* netlink_query.c */
bool lf_nl_serves(void);
void lf_nl_server_closed(u32 portid);

#endif /* _LITEFLOW_NETLINK_H */
