#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Generated snapshots give the interpreter's integers in the kernel: every shape
# of tests/codegen, on rows that hold corners as well. For each, lf_testapp
# plays the app that it was made for.
#
#   in.bin ──▶ snapshot_infer ──▶ compared with out.bin
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

VECTORS=/lf/build/kselftest/vectors
SNAPSHOTS=/lf/build/kselftest/$LF_KERNEL/vectors

ktap_header
if [ ! -s $VECTORS/index.txt ]; then
	ktap_skip 'generated snapshots' 'no lf-codegen-vectors: make user'
	ktap_finish
	exit
fi
load liteflow

# shape NAME MODULE INPUTS OUTPUTS ROWS
shape() {
	insmod "$MODULES"/lf_testapp.ko apps="cc:$3:$4" limit=2147483647 &&
		insmod "$SNAPSHOTS/$2.ko" &&
		is "$5 rows" lf-vectors "$2" "$VECTORS"/"$1"/in.bin "$VECTORS"/"$1"/out.bin
	local status=$?
	unload "$2" lf_testapp && return "$status"
}
while read -r name module inputs outputs rows; do
	ktap_check "$name: $rows rows of $inputs inputs and $outputs outputs" \
		shape "$name" "$module" "$inputs" "$outputs" "$rows"
done <$VECTORS/index.txt
ktap_check 'at least 20 shapes' compare "$(wc -l <$VECTORS/index.txt)" -ge 20
ktap_check 'all can be unloaded' unload_all
ktap_finish
exit
