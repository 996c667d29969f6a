# SPDX-License-Identifier: GPL-2.0
#
# The two commands: `make demo` does the main job, `make check` proves it. Both
# install what a bare Debian 12 machine lacks. `make help` lists the rest.

SHELL := /bin/bash
BUILD := build
KERNELS ?= 6.1 6.12
DESTDIR ?=
# So that a clone elsewhere finds what another one compiled.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
PREFIX ?= /usr

# The newest installed headers of a kernel series, of the stock flavour; or the tree of the debug kernel.
kdir = $(if $(filter debug,$(1)),$(addsuffix /build,$(shell tools/vm/debug-kernel.sh where)),$(stock_kdir))
stock_kdir = $(shell printf '%s\n' $(wildcard /lib/modules/$(1).*-amd64/build) | \
	grep -vE -- '-(cloud|rt)-' | sort -V | tail -n 1)
# /lib/modules/RELEASE/build is what KDIR usually is.
release = $(notdir $(1:%/build=%))
install_kdir = $(or $(KDIR),/lib/modules/$(shell uname -r)/build)
updates = $(DESTDIR)/lib/modules/$(call release,$(install_kdir))/updates

.PHONY: help deps all user modules demo check check-debug bench bench-cc bench-fct bench-adapt bench-sim pretrain \
	install uninstall clean

help:
	@echo 'make demo       load, steer, tune and swap in a guest; ends with a table'
	@echo 'make check      every test; ends with N passed, N failed, N skipped'
	@echo 'make check-debug  the kernel tests in a kernel with KASAN, lockdep and kmemleak (hours)'
	@echo 'make deps       install the Debian packages that are missing (root)'
	@echo 'make all        user space and the modules of kernels $(KERNELS)'
	@echo 'make modules    the modules of KDIR=..., by default of both kernels'
	@echo 'make bench      inference, activation and per-ACK cost (20 minutes)'
	@echo 'make bench-cc   congestion control compared (it tells how long); FULL=1: the wide grid'
	@echo 'make bench-fct  flow scheduling and load balancing compared (it tells how long); FULL=1: the wide grid'
	@echo 'make bench-adapt  what tuning does: simulated (6 minutes), on a kernel (45)'
	@echo 'make bench-sim  lf-sim against ns-3 (hours); SCRATCH=1: trains its networks first, which do not ship yet'
	@echo 'make pretrain   train the models in models/ anew'
	@echo 'make install    modules (of this kernel, or KDIR=...), programs, man pages (DESTDIR, PREFIX)'
	@echo 'make uninstall  remove them; make clean removes build/'

deps:
	@tools/deps.sh

all: deps user modules

user: deps
	@cmake -S . -B $(BUILD)/user -G Ninja --log-level=WARNING \
		-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache \
		-DCMAKE_INSTALL_PREFIX=$(PREFIX) >/dev/null
	@cmake --build $(BUILD)/user

# Objects of different kernels must not meet: each builds in a copy.
ifdef KDIR
modules: $(BUILD)/modules/$(call release,$(KDIR))/.built
$(BUILD)/modules/$(call release,$(KDIR))/.built: module_kdir = $(KDIR)
else
modules: $(KERNELS:%=$(BUILD)/modules/%/.built)
endif

MODULE_SOURCES := Kbuild $(shell find kmod -name '*.[ch]')

$(BUILD)/modules/%/.built: $(MODULE_SOURCES) | deps
	@kdir='$(or $(module_kdir),$(call kdir,$*))'; \
	[ -n "$$kdir" ] || { echo "no kernel headers of $*: make deps, or KDIR=..." >&2; exit 1; }; \
	echo "modules: $* ($$kdir)"; \
	mkdir -p $(@D) && cp -ru Kbuild kmod $(@D)/ && \
	$(MAKE) -s -C "$$kdir" M=$(CURDIR)/$(@D) modules
	@touch $@

demo: all
	@tools/demo/run.sh

check: all
	@tests/run.sh

check-debug: user
	@tests/kselftest/run.sh --kernel debug

bench: all
	@tests/bench/run.sh

bench-cc: all
	@FULL=$(or $(FULL),0) tests/bench-cc/run.sh

bench-fct: all
	@FULL=$(or $(FULL),0) tests/bench-fct/run.sh

bench-adapt: all
	@tests/bench-adapt/run.sh
	@tests/bench-adapt/kernel.sh

bench-sim: all
	@tests/bench-sim/run.sh $(if $(filter 1,$(SCRATCH)),--from-scratch)

pretrain: all
	@$(BUILD)/user/bin/liteflowd pretrain aurora
	@$(BUILD)/user/bin/liteflowd pretrain mocc
	@$(BUILD)/user/bin/liteflowd pretrain sched --document docs/sched-training.md
	@$(BUILD)/user/bin/liteflowd pretrain lb --document docs/lb-training.md

install: user
	@$(MAKE) -s KDIR=$(install_kdir) modules
	@install -d $(updates)
	@install -m 644 $(BUILD)/modules/$(call release,$(install_kdir))/*.ko $(updates)
	@[ -n "$(DESTDIR)" ] || depmod $(call release,$(install_kdir))
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD)/user

uninstall:
	@rm -f $(updates)/{liteflow,tcp_liteflow,lf_sched,lf_lb}.ko
	@[ -n "$(DESTDIR)" ] || depmod $(call release,$(install_kdir))
	@[ ! -f $(BUILD)/user/install_manifest.txt ] || \
		sed 's|^|$(DESTDIR)|' $(BUILD)/user/install_manifest.txt | xargs -r rm -f

clean:
	@rm -rf $(BUILD)
