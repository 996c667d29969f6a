// SPDX-License-Identifier: GPL-2.0
/*
 * Whether a daemon looks after this kernel. It attaches its netlink socket; the
 * socket's end, however it comes, detaches it. Without a daemon the active
 * snapshot goes on, the canary is dropped and exploration stops.
 */
#include <linux/netlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "core.h"

static u32 lf_daemon_portid;	/* lf_mutex writes; 0: none */

bool lf_daemon_attached(void)
{
	return READ_ONCE(lf_daemon_portid) != 0;
}

static void lf_daemon_gone(void)
{
	struct lf_app *app;

	lockdep_assert_held(&lf_mutex);
	WRITE_ONCE(lf_daemon_portid, 0);
	list_for_each_entry(app, &lf_apps, list)
		lf_role_drop_canary(app);
	lf_netlink_event(LF_EVENT_DETACHED, NULL, NULL);
}

int lf_daemon_attach(u32 portid, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&lf_mutex);
	if (lf_daemon_portid == portid)
		return 0;
	if (lf_daemon_portid) {
		NL_SET_ERR_MSG(extack, "another daemon is attached");
		return -EBUSY;
	}
	WRITE_ONCE(lf_daemon_portid, portid);
	lf_netlink_event(LF_EVENT_ATTACHED, NULL, NULL);
	return 0;
}

int lf_daemon_detach(u32 portid, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&lf_mutex);
	if (lf_daemon_portid != portid) {
		NL_SET_ERR_MSG(extack, "this socket is not attached");
		return -ENOTCONN;
	}
	lf_daemon_gone();
	return 0;
}

static int lf_daemon_notify(struct notifier_block *nb, unsigned long event,
			    void *data)
{
	const struct netlink_notify *notify = data;

	if (event != NETLINK_URELEASE ||
	    notify->protocol != NETLINK_GENERIC ||
	    !net_eq(notify->net, &init_net) ||
	    READ_ONCE(lf_daemon_portid) != notify->portid)
		return NOTIFY_DONE;
	mutex_lock(&lf_mutex);
	if (lf_daemon_portid == notify->portid)
		lf_daemon_gone();
	mutex_unlock(&lf_mutex);
	return NOTIFY_OK;
}

static struct notifier_block lf_daemon_notifier = {
	.notifier_call = lf_daemon_notify,
};

int lf_daemon_init(void)
{
	return netlink_register_notifier(&lf_daemon_notifier);
}

void lf_daemon_exit(void)
{
	netlink_unregister_notifier(&lf_daemon_notifier);
}
