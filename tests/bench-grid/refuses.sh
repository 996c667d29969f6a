# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests of usage, which source it and end with status $failed.
set -u
cd "$(dirname "$0")" || exit 1
export PYTHONDONTWRITEBYTECODE=1

failed=0

# refuses STATUS TEXT CMD...: it ends with that status and says TEXT.
refuses() {
	local wanted=$1 text=$2 out status=0
	shift 2
	out=$("$@" 2>&1 </dev/null) || status=$?
	if [ "$status" != "$wanted" ] || [[ $out != *"$text"* ]]; then
		echo "FAILED: $*: status $status, not $wanted, or no \"$text\" in: $out"
		# shellcheck disable=SC2034
		failed=1
	fi
}
