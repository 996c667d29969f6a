// SPDX-License-Identifier: GPL-2.0
/*
 * Paths: what is declared for each network namespace, found by longest prefix.
 *
 * Groups, one for each prefix, hang in a hash by length and address; the lengths
 * in use are few and in a bitmap, so that a peer without a path costs a look-up
 * for each. lf_lb_mutex protects every change. A path that was taken back lives
 * on, marked as removed, until the last connection has left it.
 */
#include <linux/jhash.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "lb.h"

#define LF_LB_BUCKETS	64	/* a power of two */
#define LF_LB_LENGTHS	129
#define LF_LB_V4_BITS	96	/* before the bits of an IPv4 address */

struct lf_lb_net {
	struct hlist_head groups[LF_LB_BUCKETS];
	DECLARE_BITMAP(lengths, LF_LB_LENGTHS);
	u16 of_length[LF_LB_LENGTHS];
	u32 n_groups;
	u32 generation;
};

static DEFINE_MUTEX(lf_lb_mutex);
static unsigned int lf_lb_net_id __read_mostly;

static struct hlist_head *lf_lb_bucket(struct lf_lb_net *ln,
				       const struct in6_addr *prefix, u32 len)
{
	u32 hash = jhash2((const u32 *)prefix, sizeof(*prefix) / sizeof(u32),
			  len);

	return &ln->groups[hash & (LF_LB_BUCKETS - 1)];
}

static struct lf_lb_group *lf_lb_group_find(struct lf_lb_net *ln,
					    const struct in6_addr *prefix,
					    u32 len)
{
	struct lf_lb_group *group;

	hlist_for_each_entry_rcu(group, lf_lb_bucket(ln, prefix, len), node,
				 lockdep_is_held(&lf_lb_mutex)) {
		if (group->length == len &&
		    ipv6_addr_equal(&group->prefix, prefix))
			return group;
	}
	return NULL;
}

/* An IPv6 prefix of fewer bits is no prefix of a mapped IPv4 address. */
struct lf_lb_group *lf_lb_find(struct net *net, const struct in6_addr *peer)
{
	struct lf_lb_net *ln = net_generic(net, lf_lb_net_id);
	u32 least = ipv6_addr_v4mapped(peer) ? LF_LB_V4_BITS : 0;
	u32 len, end = LF_LB_LENGTHS;
	struct lf_lb_group *group;
	struct in6_addr prefix;

	for (;;) {
		len = find_last_bit(ln->lengths, end);
		if (len >= end || len < least)
			return NULL;
		ipv6_addr_prefix(&prefix, peer, len);
		group = lf_lb_group_find(ln, &prefix, len);
		if (group)
			return group;
		end = len;
	}
}

void lf_lb_path_put(struct lf_lb_path *path)
{
	if (refcount_dec_and_test(&path->users))
		kfree_rcu(path, rcu);
}

static struct lf_lb_path *lf_lb_slot(const struct lf_lb_group *group, int i)
{
	return rcu_dereference_protected(group->path[i],
					 lockdep_is_held(&lf_lb_mutex));
}

/* The slot of a mark, or -1. */
static int lf_lb_slot_of(const struct lf_lb_group *group, u32 mark)
{
	int i;

	for (i = 0; i < LF_LB_PATHS_MAX; i++) {
		const struct lf_lb_path *path = lf_lb_slot(group, i);

		if (path && path->config.mark == mark)
			return i;
	}
	return -1;
}

static struct lf_lb_group *lf_lb_group_create(struct lf_lb_net *ln,
					      const struct lf_lb_config *config,
					      struct netlink_ext_ack *extack)
{
	struct lf_lb_group *group;

	if (ln->n_groups >= LF_LB_PREFIXES_MAX) {
		NL_SET_ERR_MSG(extack, "256 prefixes have paths already");
		return ERR_PTR(-ENOSPC);
	}
	group = kzalloc(sizeof(*group), GFP_KERNEL);
	if (!group)
		return ERR_PTR(-ENOMEM);
	group->prefix = config->prefix;
	group->length = config->length;
	group->mask = config->mask;
	ln->n_groups++;
	hlist_add_head_rcu(&group->node, lf_lb_bucket(ln, &group->prefix,
						      group->length));
	if (!ln->of_length[group->length]++)
		set_bit(group->length, ln->lengths);
	return group;
}

static void lf_lb_group_destroy(struct lf_lb_net *ln, struct lf_lb_group *group)
{
	if (!--ln->of_length[group->length])
		clear_bit(group->length, ln->lengths);
	hlist_del_rcu(&group->node);
	ln->n_groups--;
	kfree_rcu(group, rcu);
}

static int lf_lb_config_check(const struct lf_lb_config *config,
			      struct netlink_ext_ack *extack)
{
	struct in6_addr prefix;

	ipv6_addr_prefix(&prefix, &config->prefix, config->length);
	if (!ipv6_addr_equal(&prefix, &config->prefix)) {
		NL_SET_ERR_MSG(extack, "the prefix has bits beyond its length");
		return -EINVAL;
	}
	if (config->mark & ~config->mask) {
		NL_SET_ERR_MSG(extack, "the mark has bits outside its mask");
		return -EINVAL;
	}
	return 0;
}

/* Whether a path like this may join the others. */
static int lf_lb_group_check(const struct lf_lb_group *group,
			     const struct lf_lb_config *config,
			     struct netlink_ext_ack *extack)
{
	if (group->mask != config->mask) {
		NL_SET_ERR_MSG(extack, "other paths to the prefix have another mask");
		return -EINVAL;
	}
	if (lf_lb_slot_of(group, config->mark) >= 0) {
		NL_SET_ERR_MSG(extack, "there is a path with this mark already");
		return -EEXIST;
	}
	if (group->n_paths >= LF_LB_PATHS_MAX) {
		NL_SET_ERR_MSG(extack, "the prefix has 16 paths already");
		return -ENOSPC;
	}
	return 0;
}

static int lf_lb_path_insert(struct lf_lb_net *ln, struct lf_lb_path *path,
			     struct netlink_ext_ack *extack)
{
	const struct lf_lb_config *config = &path->config;
	struct lf_lb_group *group;
	int i, err;

	group = lf_lb_group_find(ln, &config->prefix, config->length);
	if (!group)
		group = lf_lb_group_create(ln, config, extack);
	if (IS_ERR(group))
		return PTR_ERR(group);
	err = lf_lb_group_check(group, config, extack);
	if (err)
		return err;
	for (i = 0; lf_lb_slot(group, i); i++)
		;
	rcu_assign_pointer(group->path[i], path);
	group->n_paths++;
	ln->generation++;
	return 0;
}

int lf_lb_path_add(struct net *net, const struct lf_lb_config *config,
		   struct netlink_ext_ack *extack)
{
	struct lf_lb_net *ln = net_generic(net, lf_lb_net_id);
	struct lf_lb_path *path;
	int err;

	err = lf_lb_config_check(config, extack);
	if (err)
		return err;
	path = kzalloc(sizeof(*path), GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	path->config = *config;
	refcount_set(&path->users, 1);
	atomic64_set(&path->window.since_us, lf_lb_now_us());
	mutex_lock(&lf_lb_mutex);
	err = lf_lb_path_insert(ln, path, extack);
	mutex_unlock(&lf_lb_mutex);
	if (err)
		kfree(path);
	return err;
}

static void lf_lb_path_remove(struct lf_lb_net *ln, struct lf_lb_group *group,
			      int i)
{
	struct lf_lb_path *path = lf_lb_slot(group, i);

	RCU_INIT_POINTER(group->path[i], NULL);
	WRITE_ONCE(path->removed, true);
	lf_lb_path_put(path);
	ln->generation++;
	if (!--group->n_paths)
		lf_lb_group_destroy(ln, group);
}

int lf_lb_path_del(struct net *net, const struct lf_lb_config *which,
		   struct netlink_ext_ack *extack)
{
	struct lf_lb_net *ln = net_generic(net, lf_lb_net_id);
	struct lf_lb_group *group;
	int slot = -1;

	mutex_lock(&lf_lb_mutex);
	group = lf_lb_group_find(ln, &which->prefix, which->length);
	if (group)
		slot = lf_lb_slot_of(group, which->mark);
	if (slot >= 0)
		lf_lb_path_remove(ln, group, slot);
	mutex_unlock(&lf_lb_mutex);
	if (slot >= 0)
		return 0;
	NL_SET_ERR_MSG(extack, "no such path");
	return -ENOENT;
}

int lf_lb_path_each(struct net *net, unsigned long *at,
		    int (*show)(const struct lf_lb_path *path, void *data),
		    void *data)
{
	struct lf_lb_net *ln = net_generic(net, lf_lb_net_id);
	struct lf_lb_group *group;
	unsigned long n = 0;
	int i, j, err = 0;

	mutex_lock(&lf_lb_mutex);
	for (i = 0; i < LF_LB_BUCKETS && !err; i++) {
		hlist_for_each_entry(group, &ln->groups[i], node) {
			for (j = 0; j < LF_LB_PATHS_MAX && !err; j++) {
				const struct lf_lb_path *path =
					lf_lb_slot(group, j);

				if (!path || n++ < *at)
					continue;
				err = show(path, data);
				if (!err)
					*at = n;
			}
		}
	}
	mutex_unlock(&lf_lb_mutex);
	return err;
}

u32 lf_lb_path_generation(struct net *net)
{
	struct lf_lb_net *ln = net_generic(net, lf_lb_net_id);

	return READ_ONCE(ln->generation);
}

static void lf_lb_group_clear(struct lf_lb_net *ln, struct lf_lb_group *group)
{
	u32 left = group->n_paths;
	int i;

	/* The last one takes the group with it. */
	for (i = 0; left; i++) {
		if (!lf_lb_slot(group, i))
			continue;
		lf_lb_path_remove(ln, group, i);
		left--;
	}
}

static void __net_exit lf_lb_path_net_exit(struct net *net)
{
	struct lf_lb_net *ln = net_generic(net, lf_lb_net_id);
	struct lf_lb_group *group;
	struct hlist_node *next;
	int i;

	mutex_lock(&lf_lb_mutex);
	for (i = 0; i < LF_LB_BUCKETS; i++) {
		hlist_for_each_entry_safe(group, next, &ln->groups[i], node)
			lf_lb_group_clear(ln, group);
	}
	mutex_unlock(&lf_lb_mutex);
}

static struct pernet_operations lf_lb_path_net_ops = {
	.exit = lf_lb_path_net_exit,
	.id = &lf_lb_net_id,
	.size = sizeof(struct lf_lb_net),
};

int lf_lb_path_init(void)
{
	return register_pernet_subsys(&lf_lb_path_net_ops);
}

void lf_lb_path_exit(void)
{
	unregister_pernet_subsys(&lf_lb_path_net_ops);
}
