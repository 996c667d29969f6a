/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LF_PLAY_CLIENT_H
#define _LF_PLAY_CLIENT_H

#include <stdio.h>

#include "script.h"

/*
 * Plays all of it; start_ns: CLOCK_REALTIME of its beginning. Tells out of each
 * exchange, when it is over: KIND REQUEST RESPONSE START FCT, in us, START since
 * the beginning. An exchange that fails ends the program.
 */
void client_play(struct script *script, uint64_t start_ns, FILE *out);

#endif /* _LF_PLAY_CLIENT_H */
