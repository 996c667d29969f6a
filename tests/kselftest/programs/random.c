// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of lf-nl-test: damaged parameter sets and messages more or less right.
 */
#include "commands.h"

#include <liteflow/snapshot.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static uint64_t dice;

void seed(uint64_t value)
{
	dice = value * 2654435761 + 1;
}

static uint64_t roll(uint64_t n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return dice % n;
}

/* One to three fields get numbers that are often at a limit. */
static void damage(void *data, size_t bytes)
{
	static const int64_t edge[] = {
		0, 1, -1, 2, 62, 63, 64, 32767, 32768, -32767, -32768,
		INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1LL << 32,
		32767LL << 32, 0x7fff00007fffLL,
	};
	int n = 1 + roll(3);

	while (n--) {
		int64_t value = edge[roll(sizeof(edge) / sizeof(*edge))];
		size_t width = roll(2) ? 4 : 8;
		size_t at = roll(bytes / width) * width;

		if (!roll(3))
			value = dice >> roll(64);
		memcpy((char *)data + at, &value, width);
	}
}

void test_proof(unsigned long n)
{
	const struct lf_params *head = (const struct lf_params *)set;
	unsigned long i, accepted = 0, wrong = 0, answers = 0;
	char first[600] = "";

	for (i = 0; i < n; i++) {
		int32_t in[4], want = 0, got = 0;
		const char *why;
		size_t bytes;
		uint64_t id;
		int err, j;

		bytes = params_mixed(set);
		damage(set, bytes);
		if (head->bytes == bytes && roll(16))
			params_seal(set);
		why = params_verify_mixed(set, bytes);
		err = nl_load(&nl, mixed_id, "damaged", set, bytes, &id);
		if (!why != !err || (why && strcmp(why, nl.text))) {
			wrong++;
			snprintf(first, sizeof(first), "%s, not %s", nl.text,
				 why ? why : "accepted");
		}
		if (err)
			continue;
		accepted++;
		for (j = 0; j < 4; j++)
			in[j] = roll(1ULL << 32);
		params_infer_mixed(set, in, &want);
		if (nl_infer(&nl, id, in, 4, &got, 1) != 1 || got != want)
			answers++;
		nl_unload(&nl, id, NULL, 0);
	}
	printf("# %lu of %lu sets accepted\n", accepted, n);
	report("damaged sets: the kernel's verdict is the proof's", !wrong,
	       "%lu differ: %s", wrong, first);
	report("sets accepted all the same: the kernel's answer is user space's",
	       !answers && accepted, "%lu differ", answers);
}

static void fuzz_value(int type)
{
	static const char *const names[] = {
		"test", "cc", "mixed", "", "lf_test_a", "fuzz", "a b",
		"nobody_at_all_has_this_name_of_more_than_fifty_five_chars",
	};
	size_t bytes;

	switch (type) {
	case LF_A_APP:
	case LF_A_NAME:
		nl_string(&nl, type, names[roll(8)]);
		return;
	case LF_A_SNAPSHOT:
		nl_u64(&nl, type, roll(8) ? roll(64) : dice);
		return;
	case LF_A_FLOW:
	case LF_A_CGROUP:
		nl_u64(&nl, type, roll(8) ? roll(300) : dice);
		return;
	case LF_A_WEIGHTS:
		if (roll(4))
			nl_raw(&nl, type, weights, sizeof(weights));
		else
			nl_raw(&nl, type, junk, roll(40));
		return;
	case LF_A_PARAMS:
		bytes = roll(2) ? params_mixed(set) :
				  params_constant(set, 8, roll(1000), 0);
		if (roll(2)) {
			damage(set, bytes);
			((struct lf_params *)set)->bytes = bytes;
			params_seal(set);
		}
		nl_raw(&nl, type, set, roll(8) ? bytes : roll(bytes));
		return;
	case LF_A_INPUTS:
		bytes = roll(4) ? 120 * (1 + roll(16)) : roll(SET_MAX - 8);
		nl_raw(&nl, type, junk, bytes);
		return;
	default:
		nl_u32(&nl, type, roll(4) ? roll(1001) : dice);
	}
}

static void fuzz_attr(const struct command *c)
{
	int n = 0, type;

	while (n < 4 && c->attr[n].kind)
		n++;
	type = n && roll(8) ? c->attr[roll(n)].type : (int)roll(LF_A_MAX + 4);
	if (!roll(32))
		type |= roll(4) << 14;
	if (roll(16))
		fuzz_value(type);
	else
		nl_raw(&nl, type, junk + roll(64), roll(64));
}

/* One message; the answers are read and forgotten. */
static void fuzz_one(void)
{
	struct nlmsghdr *h = (struct nlmsghdr *)nl.request;
	const struct command *c = &commands[roll(n_commands)];
	int i, n = roll(6);

	nl_begin(&nl, roll(64) ? c->cmd : (int)roll(256),
		 roll(4) ? NLM_F_ACK : (int)(roll(1 << 12)));
	if (roll(2)) {
		for (i = 0; i < 4 && c->attr[i].kind; i++)
			fuzz_value(c->attr[i].type);
	}
	for (i = 0; i < n && nl.bytes + SET_MAX + 64 < NL_BUFFER; i++)
		fuzz_attr(c);
	if (!roll(64))
		nl.bytes += roll(64);
	h->nlmsg_len = nl.bytes;
	if (!roll(64) && nl.bytes > 32)
		nl.request[20 + roll(nl.bytes - 20)] = roll(256);
	send(nl.fd, nl.request, nl.bytes, MSG_DONTWAIT);
	while (recv(nl.fd, nl.reply, sizeof(nl.reply), MSG_DONTWAIT) > 0)
		;
}

void test_fuzz(unsigned long n)
{
	struct nl_app app;
	unsigned long i;

	for (i = 0; i < sizeof(junk); i++)
		junk[i] = roll(256);
	for (i = 0; i < n; i++)
		fuzz_one();
	nl_close(&nl);
	nl_open(&nl);
	report("the family answers after the fuzz",
	       nl_find_app(&nl, "test", &app), "it does not: %s", nl.text);
}
