// SPDX-License-Identifier: GPL-2.0
/* Bytes that mean nothing, to and from sockets that don't block. */
#include <errno.h>
#include <sys/socket.h>

#include "play.h"

#define AT_A_TIME (1 << 18)

bool give(int fd, uint32_t *left)
{
	static const char nothing[AT_A_TIME];

	while (*left) {
		ssize_t n = send(fd, nothing, *left < AT_A_TIME ? *left : AT_A_TIME,
				 MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN;
		*left -= (uint32_t)n;
	}
	return true;
}

/* TCP drops what MSG_TRUNC takes without copying it. */
bool take(int fd, uint32_t *left)
{
	while (*left) {
		ssize_t n = recv(fd, NULL, *left, MSG_TRUNC);

		if (n < 0)
			return errno == EAGAIN;
		if (!n)
			return false;
		*left -= (uint32_t)n;
	}
	return true;
}
