// SPDX-License-Identifier: GPL-2.0
/*
 * What the netlink family tells its groups: batches and events.
 */
#include <net/genetlink.h>

#include "core.h"
#include "netlink.h"

#define LF_NL_EVENT_BYTES	256	/* of attributes of an event */

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
