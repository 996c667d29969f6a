// SPDX-License-Identifier: GPL-2.0
/*
 * History: the sizes of the last flows of a pair or a cgroup.
 *
 * A table of fixed size whose buckets hold a few entries each: the one unused
 * for longest makes room. It is touched when a flow begins and when it ends, not
 * for each packet; a bucket's lock is held for a copy.
 */
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "sched.h"

#define LF_SCHED_BUCKETS	2048	/* a power of two */
#define LF_SCHED_WAYS		4

struct lf_sched_entry {
	struct lf_sched_key key;
	struct lf_sched_past past;
	u64 used;		/* the bucket's clock at the last use; 0: free */
};

struct lf_sched_bucket {
	spinlock_t lock;	/* of all that follows */
	u64 clock;
	struct lf_sched_entry way[LF_SCHED_WAYS];
};

static struct lf_sched_bucket *lf_sched_buckets;
static u32 lf_sched_seed;

/* The entry of a key, the oldest one emptied if there was none. */
static struct lf_sched_entry *lf_sched_entry(struct lf_sched_bucket *b,
					     const struct lf_sched_key *key)
{
	struct lf_sched_entry *oldest = b->way;
	int i;

	for (i = 0; i < LF_SCHED_WAYS; i++) {
		struct lf_sched_entry *e = &b->way[i];

		if (e->used && !memcmp(&e->key, key, sizeof(*key))) {
			oldest = e;
			break;
		}
		if (e->used < oldest->used)
			oldest = e;
	}
	if (i == LF_SCHED_WAYS) {
		*oldest = (struct lf_sched_entry){};
		oldest->key = *key;
	}
	oldest->used = ++b->clock;
	return oldest;
}

u32 lf_sched_hash(const struct lf_sched_key *key)
{
	return jhash2((const u32 *)key, sizeof(*key) / sizeof(u32),
		      lf_sched_seed);
}

static struct lf_sched_bucket *lf_sched_bucket(const struct lf_sched_key *key)
{
	return &lf_sched_buckets[lf_sched_hash(key) & (LF_SCHED_BUCKETS - 1)];
}

/* What is known when a flow begins, which is noted. */
void lf_sched_recall(const struct lf_sched_key *key, u64 now_us,
		     struct lf_sched_past *past)
{
	struct lf_sched_bucket *b = lf_sched_bucket(key);
	struct lf_sched_entry *e;

	spin_lock_bh(&b->lock);
	e = lf_sched_entry(b, key);
	*past = e->past;
	e->past.began_us = now_us;
	spin_unlock_bh(&b->lock);
}

/* A flow has ended. */
void lf_sched_remember(const struct lf_sched_key *key, s32 size)
{
	struct lf_sched_bucket *b = lf_sched_bucket(key);
	struct lf_sched_past *past;

	spin_lock_bh(&b->lock);
	past = &lf_sched_entry(b, key)->past;
	memmove(past->size + 1, past->size,
		sizeof(past->size) - sizeof(past->size[0]));
	past->size[0] = size;
	past->n = min_t(u32, past->n + 1, LF_SCHED_HISTORY);
	spin_unlock_bh(&b->lock);
}

int lf_sched_history_init(void)
{
	int i;

	BUILD_BUG_ON(sizeof(struct lf_sched_key) % sizeof(u32));
	lf_sched_seed = get_random_u32();
	lf_sched_buckets = kvcalloc(LF_SCHED_BUCKETS, sizeof(*lf_sched_buckets),
				    GFP_KERNEL);
	if (!lf_sched_buckets)
		return -ENOMEM;
	for (i = 0; i < LF_SCHED_BUCKETS; i++)
		spin_lock_init(&lf_sched_buckets[i].lock);
	return 0;
}

void lf_sched_history_exit(void)
{
	kvfree(lf_sched_buckets);
}
