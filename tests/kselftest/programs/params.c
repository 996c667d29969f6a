// SPDX-License-Identifier: GPL-2.0
/* Parameter sets of the hand-made networks, and the kernel's own proof. */
#include <zlib.h>

#define lf_test_crc(data, bytes)	crc32(0, (const Bytef *)(data), bytes)
#include "../modules/shapes.h"
#include "nl.h"

size_t params_constant(void *set, uint32_t n_out, int32_t value, int32_t sigma)
{
	return lf_test_constant_fill(set, n_out, value, sigma);
}

size_t params_mixed(void *set)
{
	return lf_test_mixed_fill(set);
}

void params_seal(void *set)
{
	struct lf_params *head = set;

	head->crc = 0;
	head->crc = lf_test_crc(head, head->bytes);
}

static int no_infer(const void *params, const __s32 *in, __s32 *out)
{
	(void)params, (void)in, (void)out;
	return 0;
}

const char *params_verify_constant(const void *set, size_t bytes,
				   uint32_t n_out)
{
	const struct lf_layer layers[] = LF_TEST_CONSTANT(n_out);
	const struct lf_snapshot_desc desc = {
		.abi = LF_ABI, .name = "constant", .app = "test",
		.n_in = LF_TEST_IN, .n_out = n_out, .scratch = LF_TEST_IN,
		.n_layers = 2, .layers = layers, .infer = no_infer,
	};

	return lf_params_verify(&desc, set, bytes).why;
}

const char *params_verify_mixed(const void *set, size_t bytes)
{
	static const struct lf_layer layers[] = LF_TEST_MIXED;
	static const struct lf_snapshot_desc desc = {
		.abi = LF_ABI, .name = "mixed", .app = "mixed",
		.n_in = 4, .n_out = 1, .scratch = 11,
		.n_layers = 5, .layers = layers, .infer = no_infer,
	};

	return lf_params_verify(&desc, set, bytes).why;
}

int params_infer_mixed(const void *set, const int32_t *in, int32_t *out)
{
	return lf_test_mixed_infer(set, in, out);
}
