// SPDX-License-Identifier: GPL-2.0
/*
 * Choice among scored paths. Never the best one for everybody, which would send
 * a herd there: by softmax, or the better of two that are drawn. The probability
 * that a path was taken with is told, so that learning can weigh by its inverse.
 *
 *   softmax      P(i) ~ 2^(-sharpness (score_i - least score))
 *   best of two  P(i) ~ 2 worse_i + equal_i       how many others are
 *   weighted     P(i) ~ weight_i
 *   least        P(i) ~ 1 if score_i is the least one, else 0
 *   turn         P(i) = 1 for one after the other
 *
 * With a share e of flows that explore it is e / n + (1 - e) P(i) of n paths.
 */
#include <linux/math64.h>
#include <linux/random.h>

#include "lb.h"

static void lf_lb_share_softmax(const struct lf_lb_set *set, u32 *share)
{
	u64 sharpness = READ_ONCE(lf_lb_sharpness);
	s32 least = set->score[0];
	u32 i;

	for (i = 1; i < set->n; i++)
		least = min(least, set->score[i]);
	for (i = 0; i < set->n; i++) {
		u64 x = (u32)(set->score[i] - least) * sharpness;

		share[i] = lf_exp2_neg(min_t(u64, x, U32_MAX));
	}
}

static void lf_lb_share_two(const struct lf_lb_set *set, u32 *share)
{
	u32 i, j;

	for (i = 0; i < set->n; i++) {
		share[i] = set->n == 1;
		for (j = 0; j < set->n; j++) {
			if (set->score[j] > set->score[i])
				share[i] += 2;
			else if (j != i && set->score[j] == set->score[i])
				share[i]++;
		}
	}
}

static void lf_lb_share_weighted(const struct lf_lb_set *set, u32 *share)
{
	u32 i;

	for (i = 0; i < set->n; i++)
		share[i] = set->path[i]->config.weight;
}

static void lf_lb_share_least(const struct lf_lb_set *set, u32 *share)
{
	s32 least = set->score[0];
	u32 i;

	for (i = 1; i < set->n; i++)
		least = min(least, set->score[i]);
	for (i = 0; i < set->n; i++)
		share[i] = set->score[i] == least;
}

static void lf_lb_share_turn(const struct lf_lb_set *set, u32 *share)
{
	u32 i;

	for (i = 0; i < set->n; i++)
		share[i] = i == set->turn % set->n;
}

static void (*const lf_lb_share[])(const struct lf_lb_set *set, u32 *share) = {
	[LF_LB_SOFTMAX] = lf_lb_share_softmax,
	[LF_LB_BEST_OF_TWO] = lf_lb_share_two,
	[LF_LB_BY_WEIGHT] = lf_lb_share_weighted,
	[LF_LB_LEAST] = lf_lb_share_least,
	[LF_LB_TURN] = lf_lb_share_turn,
};

static u32 lf_lb_draw(const u32 *share, u32 n, u64 sum)
{
	u64 at = mul_u64_u32_shr(sum, get_random_u32(), 32);
	u32 i;

	for (i = 0; i < n - 1 && at >= share[i]; i++)
		at -= share[i];
	return i;
}

/* Of a set that is not empty; explore: thousandths. */
struct lf_lb_pick lf_lb_choose(const struct lf_lb_set *set,
			       enum lf_lb_choice choice, u32 explore)
{
	u32 share[LF_LB_PATHS_MAX];
	struct lf_lb_pick pick;
	u64 sum = 0;
	u32 i;

	lf_lb_share[choice](set, share);
	for (i = 0; i < set->n; i++)
		sum += share[i];
	pick.explored = reciprocal_scale(get_random_u32(), 1000) < explore;
	pick.index = pick.explored ?
		     reciprocal_scale(get_random_u32(), set->n) :
		     lf_lb_draw(share, set->n, sum);
	pick.probability = explore * LF_ONE / (1000 * set->n) +
		div64_u64((u64)share[pick.index] * (1000 - explore) * LF_ONE,
			  1000 * sum);
	/* Its inverse is finite. */
	pick.probability = max_t(u32, pick.probability, 1);
	return pick;
}
