// SPDX-License-Identifier: GPL-2.0
/*
 * lf-play serve PORT [bands]
 *	Answers calls; bands: tells the kernel of each how large it is.
 * lf-play SCRIPT START OUT
 *	Plays a script (script.h) from START on, CLOCK_REALTIME in us; writes to
 *	OUT how long each exchange took, when all are over.
 * Ends with 1 if anything goes wrong, with 2 if it is called wrongly.
 */
#include <errno.h>
#include <string.h>

#include "client.h"
#include "play.h"

static int usage(void)
{
	fputs("Usage: lf-play serve PORT [bands]\n"
	      "       lf-play SCRIPT START_US OUT\n", stderr);
	return 2;
}

static bool number(const char *text, unsigned long long most,
		   unsigned long long *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && *value <= most;
}

static int play(const char *path, unsigned long long start_us, const char *to)
{
	static struct script script;
	FILE *out;

	script_read(&script, path);
	out = fopen(to, "w");
	if (!out)
		fail("%s: %s", to, strerror(errno));
	client_play(&script, start_us * 1000, out);
	if (fclose(out))
		fail("%s: %s", to, strerror(errno));
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long long value;

	if (argc >= 3 && !strcmp(argv[1], "serve")) {
		if (!number(argv[2], UINT16_MAX, &value) || argc > 4 ||
		    (argc == 4 && strcmp(argv[3], "bands")))
			return usage();
		serve((uint16_t)value, argc == 4);
	}
	if (argc != 4 || !number(argv[2], UINT64_MAX / 1000, &value))
		return usage();
	return play(argv[1], value, argv[3]);
}
