// SPDX-License-Identifier: GPL-2.0
/*
 * Whether a daemon looks after this kernel. It attaches its netlink socket; the
 * socket's end, however it comes, detaches it. Without a daemon the active
 * snapshot goes on, the canary is dropped and exploration stops.
 */
#include <linux/export.h>
#include <linux/netlink.h>

#include "core.h"

static u32 lf_daemon_portid;	/* lf_mutex writes; 0: none */

bool lf_daemon_attached(void)
{
	return READ_ONCE(lf_daemon_portid) != 0;
}
EXPORT_SYMBOL_GPL(lf_daemon_attached);

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

/* Without lf_mutex: a hint. */
bool lf_daemon_is(u32 portid)
{
	return READ_ONCE(lf_daemon_portid) == portid;
}

/* A socket has gone, however it ended. */
void lf_daemon_closed(u32 portid)
{
	lockdep_assert_held(&lf_mutex);
	if (lf_daemon_portid == portid)
		lf_daemon_gone();
}
