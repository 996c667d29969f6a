/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What client and server of lf-play have in common. A call begins with two
 * numbers, its own length and its answer's.
 */
#ifndef _LF_PLAY_H
#define _LF_PLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROGRAM "lf-play"
#include "../bench-grid/program.h"

struct call {
	uint32_t request;	/* bytes, with this; AT_ONCE: answered at once */
	uint32_t response;
};
#define AT_ONCE	0x80000000u

/* Sends of *left bytes what the socket takes. False: the connection is broken. */
bool give(int fd, uint32_t *left);

/* Takes of *left bytes what has come. False: broken, or ended too early. */
bool take(int fd, uint32_t *left);

/* Answers calls for ever; bands: by its size a response has a priority. */
void serve(uint16_t port, bool bands) __attribute__((noreturn));

#endif /* _LF_PLAY_H */
