/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Script: who asks whom for how much, and when. One statement a line; # begins a
 * comment.
 *
 *   lane NAME PROTO SOURCE ADDRESS PORT KEEP
 *	Exchanges with a server, one after the other. PROTO: http or call;
 *	SOURCE: the address that it comes from, - for any; KEEP: 1: over one
 *	connection, 0: each over one of its own.
 *   x LANE GROUP AFTER DELAY REQUEST RESPONSE KIND
 *	An exchange, of group GROUP, a number: REQUEST bytes go, RESPONSE come. It
 *	begins DELAY us after all of group AFTER are over (-: after the beginning),
 *	and when those before it in its lane are. KIND: a word for the results.
 *
 * A call of kind "ring" is answered while it is still being asked, as neighbours
 * in a ring send at the same time; any other when all of it has arrived.
 */
#ifndef _LF_PLAY_SCRIPT_H
#define _LF_PLAY_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define KIND_BYTES 12

struct exchange {
	uint32_t lane, group;
	int64_t after;		/* a group; -1: the beginning */
	uint64_t delay_ns;
	uint32_t request, response;
	char kind[KIND_BYTES];
	struct exchange *next;	/* in its lane */
	uint64_t due_ns;	/* when it may begin; UINT64_MAX: not known yet */
	struct exchange *next_waiting;	/* for the same group */
};

struct lane {
	char name[16];
	bool http, keep;
	struct sockaddr_storage from, to;	/* from: AF_UNSPEC: any */
	struct exchange *first, *last;
	void *player;		/* what the client knows of it */
};

struct group {
	uint32_t left;		/* exchanges that are not over */
	uint64_t over_ns;
	struct exchange *waiting;
};

struct script {
	uint32_t n_lanes, n_exchanges, n_groups;
	struct lane *lanes;
	struct exchange *exchanges;
	struct group *groups;
};

/* Ends the program with a message if it can't be read or makes no sense. */
void script_read(struct script *script, const char *path);

#endif /* _LF_PLAY_SCRIPT_H */
