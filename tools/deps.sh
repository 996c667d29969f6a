#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Install what a bare Debian 12 machine lacks to build, run and test the
# project. Debian package names only; kernels by their metapackages, so that no
# ABI version is pinned. Does nothing, quickly, where all is there.
set -euo pipefail

BUILD=(g++ make cmake ninja-build pkg-config ccache bc libelf-dev zlib1g-dev
	linux-headers-amd64 linux-headers-6.12-amd64
	libtorch-dev libopenblas0-pthread libfmt-dev libspdlog-dev
	nlohmann-json3-dev libcli11-dev libtomlplusplus-dev libssl-dev
	libnl-3-dev libnl-genl-3-dev libsystemd-dev libns3-dev
	libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
	python3 python3-yaml)
RUN=(linux-image-amd64 linux-image-6.12-amd64 qemu-system-x86 busybox-static
	kmod cpio zstd xz-utils iproute2 iptables ethtool iperf3 nginx gnuplot-nox
	procps)
TEST=(libgtest-dev libgmock-dev libbenchmark-dev python3-torch valgrind sparse
	linux-source-6.1 shellcheck codespell mptcpize man-db groff git
	openssl bash-completion file flex bison)

missing() {
	local package
	for package in "${BUILD[@]}" "${RUN[@]}" "${TEST[@]}"; do
		dpkg-query -W -f='${Status}' "$package" 2>/dev/null |
			grep -q '^install ok installed$' || echo "$package"
	done
}

mapfile -t need < <(missing)
if [ ${#need[@]} -eq 0 ]; then
	echo "deps: everything is installed"
	exit 0
fi
echo "deps: installing ${#need[@]} packages: ${need[*]}"
if [ "$(id -u)" -ne 0 ]; then
	echo "deps: run 'sudo make deps' (installing packages needs root)" >&2
	exit 1
fi
if ! grep -q '^VERSION_ID="12"' /etc/os-release; then
	echo "deps: this is no Debian 12; package names may differ" >&2
fi
export DEBIAN_FRONTEND=noninteractive
# What has a service, such as nginx, is run in guests only: none may start here,
# neither now nor at the next boot.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	trap 'rm -f $policy' EXIT
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
fi
apt-get -q update
apt-get -q -y --no-install-recommends -o Dpkg::Progress-Fancy=0 \
	install "${need[@]}"
[[ " ${need[*]} " != *' nginx '* ]] || systemctl --quiet disable nginx 2>/dev/null || true
mapfile -t need < <(missing)
if [ ${#need[@]} -ne 0 ]; then
	echo "deps: still missing: ${need[*]}" >&2
	exit 1
fi
echo "deps: done"
