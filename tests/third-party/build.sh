#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds the app "devload" outside LiteFlow's tree, as any other module is built:
# the module, its networks, and a snapshot module of each that serves.
#
# Usage: build.sh LF_TREE KDIR SYMVERS OUT
#
#   LF_TREE   LiteFlow's sources, with build/user; SYMVERS: Module.symvers of liteflow.ko
#   KDIR      headers of the kernel that is built for
#   OUT       lf_devload.ko and, for each network, NAME.ko, NAME.params, NAME.name
set -euo pipefail
LF_TREE=$1 KDIR=$2 SYMVERS=$3 OUT=$4
HERE=$(cd "$(dirname "$0")" && pwd)

mkdir -p "$OUT/module"
cp "$HERE"/module/* "$OUT/module"
make -s -C "$KDIR" M="$OUT/module" LF_TREE="$LF_TREE" KBUILD_EXTRA_SYMBOLS="$SYMVERS" modules
cp "$OUT/module/lf_devload.ko" "$OUT"

"$HERE/make_model.py" "$OUT/models"
for name in last mean wild; do
	dir=$OUT/$name
	rm -rf "$dir"
	"$LF_TREE/build/user/bin/lf-codegen" emit "$OUT/models/$name.pt" \
		--inputs "$OUT/models/calibration.csv" --app devload -o "$dir"
	make -s -C "$KDIR" M="$dir" LF_INCLUDE="$LF_TREE/kmod/include" \
		KBUILD_EXTRA_SYMBOLS="$SYMVERS" modules
	cp "$dir"/lf_devload_*.params "$OUT/$name.params"
	cp "$dir"/lf_devload_*.ko "$OUT/$name.ko"
	basename "$dir"/lf_devload_*.ko .ko >"$OUT/$name.name"
done
