// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"
#include "script.h"

#define LEAST_HTTP	80	/* bytes of a request with all that it must have */
#define MOST_WORDS	9
#define MOST_GROUPS	(1u << 24)

static const char *file_name;
static unsigned int line_number;

#define wrong(format, ...) \
	fail("%s:%u: " format, file_name, line_number, ##__VA_ARGS__)

static void *grow(void *array, uint32_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	array = realloc(array, (n ? 2 * (size_t)n : 1) * size);
	if (!array)
		fail("no memory");
	return array;
}

static uint64_t number(const char *text, const char *what, uint64_t most)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value > most)
		wrong("%s '%s' is no number up to %" PRIu64, what, text, most);
	return value;
}

static void address(struct sockaddr_storage *at, const char *text, uint64_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)at;

	memset(at, 0, sizeof(*at));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
	} else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
	} else {
		wrong("'%s' is no address", text);
	}
}

static void word(char *to, size_t size, const char *text)
{
	if (strlen(text) >= size)
		wrong("'%s' is longer than %zu letters", text, size - 1);
	strcpy(to, text);
}

static void read_lane(struct script *s, char **words)
{
	struct lane *lane;

	s->lanes = grow(s->lanes, s->n_lanes, sizeof(*lane));
	lane = &s->lanes[s->n_lanes++];
	memset(lane, 0, sizeof(*lane));
	word(lane->name, sizeof(lane->name), words[1]);
	lane->http = !strcmp(words[2], "http");
	if (!lane->http && strcmp(words[2], "call"))
		wrong("'%s' is neither http nor call", words[2]);
	address(&lane->to, words[4], number(words[5], "port", UINT16_MAX));
	lane->from.ss_family = AF_UNSPEC;
	if (strcmp(words[3], "-")) {
		address(&lane->from, words[3], 0);
		if (lane->from.ss_family != lane->to.ss_family)
			wrong("%s can't be reached from %s", words[4], words[3]);
	}
	lane->keep = number(words[6], "KEEP", 1);
}

/* Exchanges of a lane mostly stand together, and lanes before them. */
static uint32_t lane_of(const struct script *s, const char *name)
{
	static uint32_t guess;

	for (uint32_t i = 0; i < s->n_lanes; i++) {
		uint32_t at = (guess + i) % s->n_lanes;

		if (!strcmp(s->lanes[at].name, name)) {
			guess = at;
			return at;
		}
	}
	wrong("there is no lane '%s' before this line", name);
}

static void add_group(struct script *s, uint32_t group)
{
	while (s->n_groups <= group) {
		s->groups = grow(s->groups, s->n_groups, sizeof(*s->groups));
		s->groups[s->n_groups++] = (struct group){};
	}
}

static void read_exchange(struct script *s, char **words)
{
	struct exchange *x;

	s->exchanges = grow(s->exchanges, s->n_exchanges, sizeof(*x));
	x = &s->exchanges[s->n_exchanges++];
	memset(x, 0, sizeof(*x));
	x->lane = lane_of(s, words[1]);
	x->group = (uint32_t)number(words[2], "group", MOST_GROUPS);
	x->after = -1;
	if (strcmp(words[3], "-")) {
		x->after = (int64_t)number(words[3], "group", MOST_GROUPS);
		add_group(s, (uint32_t)x->after);
	}
	x->delay_ns = number(words[4], "DELAY", UINT64_MAX / 2000) * 1000;
	x->request = (uint32_t)number(words[5], "REQUEST", AT_ONCE - 1);
	x->response = (uint32_t)number(words[6], "RESPONSE", UINT32_MAX);
	if (x->request < (s->lanes[x->lane].http ? LEAST_HTTP : sizeof(struct call)))
		wrong("a request of %u bytes is too short", x->request);
	if (!x->response)
		wrong("a response has at least one byte");
	word(x->kind, sizeof(x->kind), words[7]);
	add_group(s, x->group);
	s->groups[x->group].left++;
}

static void read_line(struct script *s, char *line)
{
	char *words[MOST_WORDS], *rest = line;
	int n = 0;

	while (n < MOST_WORDS && (words[n] = strtok_r(rest, " \t\n", &rest)))
		n++;
	if (!n || *words[0] == '#')
		return;
	if (!strcmp(words[0], "lane") && n == 7)
		read_lane(s, words);
	else if (!strcmp(words[0], "x") && n == 8)
		read_exchange(s, words);
	else
		wrong("neither lane NAME PROTO SOURCE ADDRESS PORT KEEP nor x LANE GROUP AFTER DELAY REQUEST RESPONSE KIND");
}

/* Pointers, once nothing moves any more. */
static void link_up(struct script *s)
{
	for (uint32_t i = 0; i < s->n_exchanges; i++) {
		struct exchange *x = &s->exchanges[i];
		struct lane *lane = &s->lanes[x->lane];

		if (lane->last)
			lane->last->next = x;
		else
			lane->first = x;
		lane->last = x;
		x->due_ns = x->after < 0 ? x->delay_ns : UINT64_MAX;
		if (x->after < 0)
			continue;
		if (!s->groups[x->after].left)
			fail("%s: group %" PRId64 ", which some wait for, has no exchange",
			     file_name, x->after);
		x->next_waiting = s->groups[x->after].waiting;
		s->groups[x->after].waiting = x;
	}
}

void script_read(struct script *script, const char *path)
{
	FILE *file = fopen(path, "r");
	size_t room = 0;
	char *line = NULL;

	file_name = path;
	if (!file)
		fail("%s: %s", path, strerror(errno));
	for (line_number = 1; getline(&line, &room, file) >= 0; line_number++)
		read_line(script, line);
	free(line);
	if (ferror(file))
		fail("%s: %s", path, strerror(errno));
	fclose(file);
	if (!script->n_exchanges)
		fail("%s: no exchange", path);
	link_up(script);
}
