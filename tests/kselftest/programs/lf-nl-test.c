// SPDX-License-Identifier: GPL-2.0
/*
 * What the netlink family must refuse. Needs the modules of lib.sh's load_all
 * and lf_test_mixed (with its app); lf_test_a is active.
 *   lf-nl-test refusals        every command with every kind of wrong attribute
 *   lf-nl-test privileges      every command and group by those who may not
 *   lf-nl-test parameters      corrupt parameter sets, one field at a time
 *   lf-nl-test proof SEED N    N damaged sets: the kernel's verdict is that of
 *                              the same proof in user space
 *   lf-nl-test fuzz SEED N     N messages, more or less right
 */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	const char *test = argc > 1 ? argv[1] : "";
	unsigned long n = argc > 3 ? strtoul(argv[3], NULL, 0) : 1000;

	seed(argc > 2 ? strtoul(argv[2], NULL, 0) : 1);
	prepare();
	if (!strcmp(test, "refusals"))
		test_refusals();
	else if (!strcmp(test, "privileges"))
		test_privileges();
	else if (!strcmp(test, "parameters"))
		test_parameters();
	else if (!strcmp(test, "proof"))
		test_proof(n);
	else if (!strcmp(test, "fuzz"))
		test_fuzz(n);
	else
		return 2;
	return reports_failed != 0;
}
