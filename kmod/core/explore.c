// SPDX-License-Identifier: GPL-2.0
/*
 * Exploration: bounded Gaussian noise for policy-gradient tuning. The quantile
 * function of the normal distribution at the midpoints of 256 equal shares: at
 * most 2.89 sigma, standard deviation 0.997 sigma.
 */
#include "core.h"

/* The upper half; the lower one mirrors it. Q3.12. */
static const u16 lf_quantile[128] = {
	20, 60, 100, 140, 181, 221, 261, 301,
	341, 382, 422, 462, 503, 543, 584, 624,
	665, 705, 746, 787, 828, 869, 910, 951,
	992, 1034, 1075, 1117, 1158, 1200, 1242, 1284,
	1326, 1369, 1411, 1454, 1497, 1539, 1583, 1626,
	1669, 1713, 1757, 1801, 1845, 1890, 1935, 1979,
	2025, 2070, 2116, 2162, 2208, 2255, 2301, 2348,
	2396, 2444, 2492, 2540, 2589, 2638, 2688, 2738,
	2788, 2839, 2890, 2942, 2994, 3046, 3100, 3153,
	3207, 3262, 3318, 3374, 3430, 3487, 3545, 3604,
	3664, 3724, 3785, 3847, 3910, 3973, 4038, 4104,
	4170, 4238, 4307, 4378, 4450, 4523, 4597, 4673,
	4751, 4830, 4912, 4995, 5080, 5168, 5258, 5351,
	5447, 5545, 5647, 5753, 5863, 5977, 6095, 6219,
	6350, 6486, 6631, 6784, 6948, 7123, 7312, 7519,
	7746, 8001, 8290, 8628, 9038, 9565, 10324, 11820,
};

/* xorshift32 (Marsaglia 2003); the state is never 0. */
static u32 lf_explore_next(u32 *state)
{
	u32 x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*state = x;
	return x;
}

/* sigma >= 0 and result in Q16.16; |result| <= 2.9 sigma. */
s32 lf_explore_noise(u32 *state, s32 sigma)
{
	u32 draw = lf_explore_next(state) >> 24;
	s64 size = (s64)lf_quantile[draw & 127] * sigma >> 12;

	/* Bit 7 of the draw is the sign. */
	return clamp_t(s64, draw & 128 ? size : -size, -S32_MAX, S32_MAX);
}
