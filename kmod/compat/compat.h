/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between the supported kernels, and nothing else: Debian 12's 6.1
 * and 6.12. Newest change first.
 */
#ifndef _LITEFLOW_COMPAT_H
#define _LITEFLOW_COMPAT_H

#include <linux/version.h>

/* 6.11: sysctl tables end with their size; an empty entry is refused. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define LF_SYSCTL_END
#else
#define LF_SYSCTL_END	{ }
#endif

/* 6.10: cong_control() also gets the ACK number and its flags. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define LF_CONG_CONTROL(name)						\
	name(struct sock *sk, u32 ack, int flag, const struct rate_sample *rs)
#else
#define LF_CONG_CONTROL(name)						\
	name(struct sock *sk, const struct rate_sample *rs)
#endif

/* 6.10: __assign_str() finds its source by itself. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define lf_assign_str(dst, src)	__assign_str(dst)
#else
#define lf_assign_str(dst, src)	__assign_str(dst, src)
#endif

/* 6.6: the table's size is told. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define lf_register_net_sysctl(net, path, table, n)			\
	register_net_sysctl_sz(net, path, table, n)
#else
#define lf_register_net_sysctl(net, path, table, n)			\
	register_net_sysctl(net, path, table)
#endif

/* 6.6: what a dump was asked is in a struct genl_info. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define lf_dump_attrs(cb)	(genl_info_dump(cb)->attrs)
#else
#define lf_dump_attrs(cb)	(genl_dumpit_info(cb)->attrs)
#endif

#endif /* _LITEFLOW_COMPAT_H */
