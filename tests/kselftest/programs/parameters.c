// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of lf-nl-test: corrupt parameter sets, one field at a time.
 */
#include "commands.h"

#include <errno.h>
#include <liteflow/snapshot.h>
#include <stdio.h>
#include <string.h>

/* modules/shapes.h's struct lf_test_mixed, to be damaged. */
struct mixed {
	struct lf_params head;
	struct lf_clip clip[4];
	struct lf_row hidden[3];
	int64_t hidden_lane[8];
	struct lf_row scale[3];
	int32_t scale_weight[4];
	struct lf_row out;
	int64_t out_lane[3];
};

static struct mixed m;

static void try_set(const char *what, size_t bytes, bool seal, const char *why)
{
	struct nl_snapshot active;
	char name[128];
	int err;

	if (seal)
		params_seal(&m);
	err = nl_load(&nl, mixed_id, "damaged", &m, bytes, NULL);
	snprintf(name, sizeof(name), "refused: %s", what);
	report(name, err == -EINVAL && strstr(nl.text, why),
	       "%s '%s', not '%s'", err ? strerrorname_np(-err) : "accepted",
	       nl.text, why);
	if (!err && nl_find_snapshot(&nl, "damaged", &active))
		nl_unload(&nl, active.id, NULL, 0);
	params_mixed(&m);
}

#define DAMAGE(what, change, why) do {					\
	m.change;							\
	try_set(what, sizeof(m), true, why);				\
} while (0)

static void test_header(void)
{
	m.head.magic ^= 1;
	try_set("magic", sizeof(m), true, "no LFP1 magic");
	m.head.abi++;
	try_set("abi", sizeof(m), true, "ABI version differs");
	m.head.n_layers++;
	try_set("n_layers", sizeof(m), true, "belongs to another shape");
	m.head.shape ^= 1;
	try_set("shape", sizeof(m), true, "belongs to another shape");
	m.head.bytes -= 8;
	try_set("bytes", sizeof(m), false, "length does not match");
	m.head.crc ^= 1;
	try_set("crc", sizeof(m), false, "checksum differs");
	m.head.sigma = -1;
	try_set("sigma", sizeof(m), true, "sigma is negative");
	m.head.reserved = 1;
	try_set("reserved", sizeof(m), true, "reserved field of the parameters");
	try_set("a byte less", sizeof(m) - 1, true, "length does not match");
	try_set("only a header", 32, true, "length does not match");
	m.hidden_lane[3] ^= 1ULL << 40;
	try_set("a flipped bit", sizeof(m), false, "checksum differs");
}

static void test_fields(void)
{
	DAMAGE("empty clip range", clip[0].hi = m.clip[0].lo, "clip range is empty");
	DAMAGE("reversed clip range", clip[1].hi = m.clip[1].lo - 1,
	       "clip range is empty");
	m.clip[2].lo = INT32_MIN;
	DAMAGE("clip range too wide", clip[2].hi = INT32_MAX, "too wide");
	DAMAGE("zero point below", clip[0].mid = m.clip[0].lo - 1, "zero point");
	DAMAGE("zero point above", clip[3].mid = m.clip[3].hi + 1, "zero point");
	DAMAGE("clip multiplier 0", clip[0].mult = 0, "clip multiplier");
	DAMAGE("clip multiplier < 0", clip[0].mult = -1, "clip multiplier");
	DAMAGE("clip shift 0", clip[0].shift = 0, "clip shift");
	DAMAGE("clip shift 63", clip[0].shift = 63, "clip shift");
	DAMAGE("clip that leaves 16 bits", clip[1].mult = 4, "exceeds an activation");
	DAMAGE("clip reserved", clip[3].reserved = 1, "reserved field of a clip");
	DAMAGE("bias of a dense row", hidden[1].bias = INT32_MAX,
	       "accumulator bound");
	DAMAGE("negative bias", hidden[2].bias = INT32_MIN, "accumulator bound");
	DAMAGE("row shift 0", hidden[0].shift = 0, "row shift");
	DAMAGE("row shift 63", hidden[2].shift = 63, "row shift");
	DAMAGE("row multiplier", hidden[0].mult = INT32_MIN, "row multiplier");
	DAMAGE("row multiplier below zero", hidden[1].mult_neg = INT32_MIN,
	       "row multiplier");
	DAMAGE("two multipliers for tanh", hidden[2].mult_neg = 3,
	       "two multipliers");
	DAMAGE("weight of a low row", hidden_lane[0] = 32768, "weight out of range");
	DAMAGE("weight of a high row", hidden_lane[0] = 32768LL << 32,
	       "weight out of range");
	DAMAGE("most negative weight", hidden_lane[1] = INT32_MIN,
	       "weight out of range");
	m.hidden_lane[0] = 32767;
	m.hidden_lane[1] = 32767;
	DAMAGE("weights that overflow together", hidden_lane[2] = 32767,
	       "accumulator bound");
	DAMAGE("weight beside the last row", hidden_lane[5] |= 1LL << 32,
	       "padding weight");
	DAMAGE("weight of a map", scale_weight[1] = -32768, "weight out of range");
	DAMAGE("padding of a map", scale_weight[3] = 1, "padding is not zero");
	DAMAGE("bias of a map", scale[0].bias = INT32_MAX, "accumulator bound");
	DAMAGE("row shift of a map", scale[2].shift = 64, "row shift");
	DAMAGE("row shift of the outputs", out.shift = 0xffffffff, "row shift");
	DAMAGE("weight of the outputs", out_lane[2] = 40000, "weight out of range");
}

/* Right by itself, but not for the app. */
static void test_app_range(void)
{
	struct lf_clip *clip = (struct lf_clip *)((struct lf_params *)set + 1);
	size_t bytes = params_constant(set, 1, 0, 0);
	int err;

	/* A latency ratio is at most 10,000. */
	clip[1].lo = 10000 * 65536;
	clip[1].mid = clip[1].lo;
	clip[1].hi = clip[1].lo + 65536;
	params_seal(set);
	err = nl_load(&nl, cc_id, "damaged", set, bytes, NULL);
	report("refused: clip range outside the app's",
	       err == -EINVAL && strstr(nl.text, "outside the app's"), "%s '%s'",
	       err ? strerrorname_np(-err) : "accepted", nl.text);
	err = nl_load(&nl, mixed_id, "damaged", set, bytes, NULL);
	report("refused: parameters of another shape",
	       err == -EINVAL && *nl.text, "%s '%s'",
	       err ? strerrorname_np(-err) : "accepted", nl.text);
}

void test_parameters(void)
{
	static const int32_t in[4] = { 65536, 70000, 100000, 131072 };
	int32_t want = 0, got = 0;
	struct nl_snapshot active;
	uint64_t id = 0;
	int err;

	params_mixed(&m);
	err = nl_load(&nl, mixed_id, "sound", &m, sizeof(m), &id);
	report("the undamaged set is accepted", !err, "%s", nl.text);
	params_infer_mixed(&m, in, &want);
	err = nl_infer(&nl, id, in, 4, &got, 1);
	report("and gives what user space computes", err == 1 && got == want,
	       "%d: %d, not %d", err, got, want);
	err = nl_activate(&nl, id, 0);
	report("and is activated", !err, "%s", nl.text);
	test_header();
	test_fields();
	test_app_range();
	report("the active one goes on", nl_find_snapshot(&nl, "sound", &active)
	       && active.state == LF_STATE_ACTIVE, "it is not active");
	err = nl_infer(&nl, id, in, 4, &got, 1);
	report("and answers as before", err == 1 && got == want,
	       "%d: %d, not %d", err, got, want);
	nl_unload(&nl, id, "sound", LF_FLAG_FORCE);
}
