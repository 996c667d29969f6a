// SPDX-License-Identifier: GPL-2.0
/*
 * Connections: what modules keep of sockets, found by the socket's address,
 * gone when TCP closes it.
 *
 * The end comes by the tracepoint sock:inet_sock_set_state, which TCP passes
 * with the socket held whatever ends a connection, and before the socket can be
 * freed: no address is another socket's while it is a key. Modules can't name
 * the tracepoint, but may look it up.
 */
#include <linux/export.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include <liteflow/connection.h>

#include "core.h"

struct lf_conn_table {
	const struct lf_conn_ops *ops;
	struct rhashtable hash;
	struct tracepoint *closes;
};

static const struct rhashtable_params lf_conn_params = {
	.head_offset = offsetof(struct lf_conn, node),
	.key_offset = offsetof(struct lf_conn, sk),
	.key_len = sizeof_field(struct lf_conn, sk),
	.automatic_shrinking = true,
};

struct lf_conn *lf_conn_find(struct lf_conn_table *table,
			     const struct sock *sk)
{
	return rhashtable_lookup_fast(&table->hash, &sk, lf_conn_params);
}
EXPORT_SYMBOL_GPL(lf_conn_find);

struct lf_conn *lf_conn_start(struct lf_conn_table *table,
			      const struct sock *sk)
{
	struct lf_conn *conn;

	if (atomic_read(&table->hash.nelems) >= READ_ONCE(lf_max_flows))
		return NULL;
	conn = kzalloc(table->ops->size, GFP_ATOMIC | __GFP_NOWARN);
	if (!conn)
		return NULL;
	conn->sk = sk;
	if (!rhashtable_insert_fast(&table->hash, &conn->node, lf_conn_params))
		return conn;
	kfree(conn);
	return NULL;
}
EXPORT_SYMBOL_GPL(lf_conn_start);

void lf_conn_peer(const struct sock *sk, struct in6_addr *peer)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		*peer = sk->sk_v6_daddr;	/* mapped, if that is IPv4 */
		return;
	}
#endif
	ipv6_addr_set_v4mapped(sk->sk_daddr, peer);
}
EXPORT_SYMBOL_GPL(lf_conn_peer);

/* The tracepoint's probe; the socket is held. */
static void lf_conn_state(void *data, const struct sock *sk, const int from,
			  const int to)
{
	struct lf_conn_table *table = data;
	struct lf_conn *conn;

	if (to != TCP_CLOSE)
		return;
	conn = lf_conn_find(table, sk);
	if (!conn || rhashtable_remove_fast(&table->hash, &conn->node,
					    lf_conn_params))
		return;
	table->ops->end(conn, sk);
	kfree_rcu(conn, rcu);
}

static void lf_conn_match(struct tracepoint *tp, void *data)
{
	struct tracepoint **found = data;

	if (!strcmp(tp->name, "inet_sock_set_state"))
		*found = tp;
}

struct lf_conn_table *lf_conn_table_create(const struct lf_conn_ops *ops)
{
	struct lf_conn_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int err;

	if (!table)
		return ERR_PTR(-ENOMEM);
	table->ops = ops;
	err = rhashtable_init(&table->hash, &lf_conn_params);
	if (err)
		goto err_table;
	for_each_kernel_tracepoint(lf_conn_match, &table->closes);
	err = -ENOENT;
	if (!table->closes)
		goto err_hash;
	err = tracepoint_probe_register(table->closes, lf_conn_state, table);
	if (err)
		goto err_hash;
	return table;

err_hash:
	rhashtable_destroy(&table->hash);
err_table:
	kfree(table);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(lf_conn_table_create);

static void lf_conn_end_left(void *entry, void *data)
{
	struct lf_conn_table *table = data;

	table->ops->end(entry, NULL);
	kfree(entry);
}

void lf_conn_table_destroy(struct lf_conn_table *table)
{
	tracepoint_probe_unregister(table->closes, lf_conn_state, table);
	tracepoint_synchronize_unregister();
	rhashtable_free_and_destroy(&table->hash, lf_conn_end_left, table);
	kfree(table);
}
EXPORT_SYMBOL_GPL(lf_conn_table_destroy);
