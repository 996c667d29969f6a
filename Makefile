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

# The newest installed headers of a kernel series.
kdir = $(lastword $(sort $(wildcard /lib/modules/$(1).*-amd64/build)))

.PHONY: help deps all user modules demo check bench pretrain install uninstall \
	clean

help:
	@echo 'make demo       load, steer, tune and swap in a guest; ends with a table'
	@echo 'make check      every test; ends with N passed, N failed, N skipped'
	@echo 'make deps       install the Debian packages that are missing (root)'
	@echo 'make all        user space and the modules of kernels $(KERNELS)'
	@echo 'make modules    the modules of KDIR=..., by default of both kernels'
	@echo 'make bench      inference, activation and per-ACK cost (20 minutes)'
	@echo 'make pretrain   train the model that ships in models/ again'
	@echo 'make install    modules of this kernel, programs, man pages (DESTDIR, PREFIX)'
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
modules: $(BUILD)/modules/custom/.built
$(BUILD)/modules/custom/.built: module_kdir = $(KDIR)
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

bench: all
	@tests/bench/run.sh

pretrain: all
	@$(BUILD)/user/bin/liteflowd pretrain aurora

install: modules
	@install -d $(DESTDIR)/lib/modules/$(shell uname -r)/updates
	@$(MAKE) -s KDIR=/lib/modules/$(shell uname -r)/build modules
	@install -m 644 $(BUILD)/modules/custom/*.ko \
		$(DESTDIR)/lib/modules/$(shell uname -r)/updates/
	@[ -n "$(DESTDIR)" ] || depmod
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD)/user

uninstall:
	@rm -f $(DESTDIR)/lib/modules/$(shell uname -r)/updates/{,tcp_}liteflow.ko
	@[ -n "$(DESTDIR)" ] || depmod
	@[ ! -f $(BUILD)/user/install_manifest.txt ] || \
		sed 's|^|$(DESTDIR)|' $(BUILD)/user/install_manifest.txt | xargs -r rm -f

clean:
	@rm -rf $(BUILD)
