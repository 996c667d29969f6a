/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histogram of durations: 16 buckets per power of two, so that a bucket is at
 * most 6.25 % wide, from 0 to 2^40 ns. One writer at a time.
 */
#ifndef _LF_BENCH_HISTOGRAM_H
#define _LF_BENCH_HISTOGRAM_H

#include <linux/bitops.h>
#include <linux/seq_file.h>
#include <linux/types.h>

#define HISTOGRAM_FINE		4	/* log2 of buckets per power of two */
#define HISTOGRAM_BUCKETS	((40 - HISTOGRAM_FINE + 1) << HISTOGRAM_FINE)

struct histogram {
	u64 n[HISTOGRAM_BUCKETS];
	u64 count, sum, max;
};

static inline void histogram_add(struct histogram *h, u64 ns)
{
	unsigned int shift = 0;
	u64 bucket;

	if (ns >> (HISTOGRAM_FINE + 1))
		shift = fls64(ns) - 1 - HISTOGRAM_FINE;
	bucket = ((u64)shift << HISTOGRAM_FINE) + (ns >> shift);
	h->n[min_t(u64, bucket, HISTOGRAM_BUCKETS - 1)]++;
	h->count++;
	h->sum += ns;
	h->max = max(h->max, ns);
}

/* Lower end of a bucket. */
static inline u64 histogram_floor(unsigned int bucket)
{
	unsigned int shift = bucket >> HISTOGRAM_FINE;

	if (shift < 2)
		return bucket;
	shift--;
	return (u64)(bucket - (shift << HISTOGRAM_FINE)) << shift;
}

/* A line "NAME count N sum NS max NS", then a line "NAME NS N" per bucket. */
static inline void histogram_show(struct seq_file *m, const char *name,
				  const struct histogram *h)
{
	unsigned int i;

	seq_printf(m, "%s count %llu sum %llu max %llu\n", name, h->count,
		   h->sum, h->max);
	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (h->n[i])
			seq_printf(m, "%s %llu %llu\n", name,
				   histogram_floor(i), h->n[i]);
}

#endif /* _LF_BENCH_HISTOGRAM_H */
