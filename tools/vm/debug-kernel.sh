#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The debug kernel of the guests: Debian's source of 6.1 with debug.config. It takes about twenty minutes on two idle CPUs,
# once; what it makes is kept by the configuration and the version of the source, in build/cache/debug-6.1-KEY/:
#
#   vmlinux                      what lf-vm boots; not packed, which saves an emulated guest unpacking it
#   lib/modules/RELEASE/build    the tree that modules are built against
#
# Usage: debug-kernel.sh          build it, unless it's there
#        debug-kernel.sh where    print its directory of modules; status 1 when it isn't built
set -euo pipefail
export LC_ALL=C

TREE=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
CONFIG=$TREE/tools/vm/debug.config
SOURCE=/usr/src/linux-source-6.1.tar.xz

die() { echo "debug-kernel: $*" >&2; exit 1; }

# arch/x86/platform/pvh/enlighten.c, and lib/string.c for it, run before KASAN has its shadow, which 6.1 doesn't allow
# for: such a kernel faults at once when it is booted as vmlinux.
EARLY=(KASAN_SANITIZE_enlighten.o=n KASAN_SANITIZE_string.o=n)

options() { grep '^CONFIG_' "$CONFIG" | sort; }

version=$(dpkg-query -W -f '${Version}' linux-source-6.1 2>/dev/null) || version=none
kernel=$TREE/build/cache/debug-6.1-$({ options; echo "$version ${EARLY[*]}"; } | sha256sum | cut -c 1-12)

case ${1-} in
where)
	[ -e "$kernel/.built" ] || exit 1
	cat "$kernel/.built"
	exit
	;;
'') ;;
*) die "usage: debug-kernel.sh [where]" ;;
esac

[ -r $SOURCE ] || die "no $SOURCE: install linux-source-6.1 (make deps)"
mkdir -p "$kernel"
exec 9>"$kernel/.lock"
flock -n 9 || { echo 'debug-kernel: waiting for another build'; flock 9; }
[ ! -e "$kernel/.built" ] || exit 0

# The same compiler command for all of it, or what is built would be built again.
build() {
	CCACHE_BASEDIR=$kernel CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1 nice make -s -C "$kernel" -j2 CC='ccache gcc' \
		LOCALVERSION= "${EARLY[@]}" \
		KBUILD_BUILD_TIMESTAMP='1 January 2026' KBUILD_BUILD_USER=liteflow KBUILD_BUILD_HOST=liteflow "$@" </dev/null
}

echo "debug-kernel: building $kernel (about twenty minutes; its log is build.log there)"
if [ ! -e "$kernel/.unpacked" ]; then
	tar -xJf $SOURCE -C "$kernel" --strip-components=1
	touch "$kernel/.unpacked"
fi
log=$kernel/build.log
build KCONFIG_ALLCONFIG="$CONFIG" allnoconfig >"$log" 2>&1 || { tail -n 20 "$log"; die 'no configuration'; }
# What depends on an option that is off vanishes without a word.
lost=$(options | grep -vxFf "$kernel/.config") || true
[ -z "$lost" ] || die "the configuration lost what debug.config asks for: ${lost//$'\n'/, }"
build vmlinux modules >>"$log" 2>&1 || { tail -n 20 "$log"; die "the build failed: see $log"; }
build INSTALL_MOD_PATH="$kernel" modules_install >>"$log" 2>&1 || { tail -n 20 "$log"; die "no modules: see $log"; }
release=$(<"$kernel/include/config/kernel.release")
echo "$kernel/lib/modules/$release" >"$kernel/.built"
echo "debug-kernel: built $release"
