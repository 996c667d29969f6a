/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a module that sees packets keeps of a TCP connection.
 *
 * A module that is no congestion control has no room in the socket. It creates
 * a table, whose entries begin with struct lf_conn, starts one when it first
 * sees a packet of a socket, and is told when that socket is closed.
 *
 * Contexts: create and destroy sleep. start and find are called by who holds
 * the socket, as whoever sends its packets does (process context or softirq);
 * end() as well. So an entry is changed by one at a time; others may read it
 * under RCU.
 */
#ifndef _LITEFLOW_CONNECTION_H
#define _LITEFLOW_CONNECTION_H

#include <linux/rhashtable-types.h>
#include <linux/types.h>

struct in6_addr;
struct lf_conn_table;
struct sock;

/* The head of an entry. */
struct lf_conn {
	struct rhash_head node;
	const struct sock *sk;
	struct rcu_head rcu;
};

struct lf_conn_ops {
	size_t size;			/* of an entry */
	/* The socket was closed, or (sk is NULL) the table is destroyed. */
	void (*end)(struct lf_conn *conn, const struct sock *sk);
};

/* Returns an ERR_PTR: -ENOMEM, -ENOENT (the kernel lacks the tracepoint). */
struct lf_conn_table *lf_conn_table_create(const struct lf_conn_ops *ops);

/* The caller starts no entry any more; those that are left end. */
void lf_conn_table_destroy(struct lf_conn_table *table);

struct lf_conn *lf_conn_find(struct lf_conn_table *table,
			     const struct sock *sk);

/* A zeroed entry; NULL if memory or net.liteflow.max_flows is exhausted. */
struct lf_conn *lf_conn_start(struct lf_conn_table *table,
			      const struct sock *sk);

/* Whom a connection is to; IPv4 is mapped. */
void lf_conn_peer(const struct sock *sk, struct in6_addr *peer);

#endif /* _LITEFLOW_CONNECTION_H */
