/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What lf-nl-test knows of every command of the family, and requests that are
 * right but for what a test makes wrong.
 */
#ifndef _LF_TEST_COMMANDS_H
#define _LF_TEST_COMMANDS_H

#include "nl.h"

#define SET_MAX		65536
#define CGROUP_ID	4711	/* that nobody has */

enum kind { END, TEXT, U32, U64, BYTES };

struct attr {
	int type;
	enum kind kind;
	bool required;
	uint32_t low, high;	/* U32 and lengths of the others: least, most */
};

struct command {
	const char *name;
	int cmd;
	bool dump;
	struct attr attr[4];
};

extern const struct command commands[];
extern const int n_commands;
const struct command *command_of(int cmd);

extern struct nl nl;
extern uint64_t standby_id, mixed_id, cc_id, flow_id;
extern char set[SET_MAX], junk[SET_MAX];
extern const int32_t weights[3];

/* To a question that nobody asked. */
struct answer {
	struct lf_query head;
	int32_t out[8];
};

extern const struct answer answer;

/* Open the family and find what good values name; the end of the program if it's not there. */
void prepare(void);
uint64_t must_find(const char *name);

/* All attributes but that number (-1: none is left out), with good values. */
void begin_without(const struct command *c, int flags, int without);
const char *attr_name(int type);
void expect_errno(const char *name, int err, int want);

/* The tests; of random ones seed was called before. */
void test_refusals(void);
void test_privileges(void);
void test_parameters(void);
void seed(uint64_t value);
void test_proof(unsigned long n);
void test_fuzz(unsigned long n);

#endif /* _LF_TEST_COMMANDS_H */
