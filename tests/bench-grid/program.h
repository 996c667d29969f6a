/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs have in common that run in a guest until SIGTERM. Each
 * defines PROGRAM, its name, before it includes this.
 */
#ifndef _LF_BENCH_PROGRAM_H
#define _LF_BENCH_PROGRAM_H

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* Not restarted: a signal must end what is waited for. */
static inline void stop_on_sigterm(void)
{
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGTERM, &action, NULL);
}

static inline void __attribute__((format(printf, 1, 2), noreturn))
fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs(PROGRAM ": ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(1);
}

#endif /* _LF_BENCH_PROGRAM_H */
