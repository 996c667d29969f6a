// SPDX-License-Identifier: GPL-2.0
/*
 * lf-vectors SNAPSHOT IN OUT: evaluate every row of the file IN in the kernel
 * and compare with the file OUT, both little-endian s32. Prints how many rows
 * were the same; status 1 if one differs.
 */
#include "nl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE		60000	/* bytes of inputs or outputs of one request */

static struct nl nl;

static int32_t *read_all(const char *path, size_t *values)
{
	FILE *file = fopen(path, "rb");
	int32_t *data;
	long bytes;

	if (!file || fseek(file, 0, SEEK_END) || (bytes = ftell(file)) < 0)
		return NULL;
	rewind(file);
	*values = bytes / sizeof(*data);
	data = malloc(bytes + 1);
	if (data && fread(data, sizeof(*data), *values, file) != *values)
		data = NULL;
	fclose(file);
	return data;
}

int main(int argc, char **argv)
{
	size_t n_in, n_out, rows, at, step, row;
	static int32_t got[MESSAGE / 4];
	struct nl_snapshot s;
	int32_t *in, *want;

	if (argc != 4 || nl_open(&nl))
		return 2;
	in = read_all(argv[2], &n_in);
	want = read_all(argv[3], &n_out);
	if (!in || !want || !nl_find_snapshot(&nl, argv[1], &s)) {
		fprintf(stderr, "no %s, %s or %s\n", argv[1], argv[2], argv[3]);
		return 2;
	}
	rows = n_in / s.n_in;
	if (n_in != rows * s.n_in || n_out != rows * s.n_out) {
		fprintf(stderr, "%zu inputs, %zu outputs\n", n_in, n_out);
		return 2;
	}
	step = MESSAGE / 4 / (s.n_in > s.n_out ? s.n_in : s.n_out);
	for (at = 0; at < rows; at += step) {
		size_t n = rows - at < step ? rows - at : step;
		int err = nl_infer(&nl, s.id, in + at * s.n_in, n * s.n_in,
				   got, MESSAGE / 4);

		if (err != (int)(n * s.n_out)) {
			fprintf(stderr, "row %zu: %d: %s\n", at, err, nl.text);
			return 1;
		}
		for (row = 0; row < n; row++) {
			if (!memcmp(got + row * s.n_out,
				    want + (at + row) * s.n_out,
				    s.n_out * sizeof(*got)))
				continue;
			fprintf(stderr, "row %zu differs: %d, not %d\n",
				at + row, got[row * s.n_out],
				want[(at + row) * s.n_out]);
			return 1;
		}
	}
	printf("%zu rows\n", rows);
	return 0;
}
