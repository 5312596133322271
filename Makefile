# SPDX-License-Identifier: GPL-3.0-or-later
# rmsbench: one Makefile, no recursion into folders. `make help` lists the goals.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
NP ?= 2
KIND ?= release
B := build/$(KIND)

# ---- goals that need no compiler --------------------------------------------------------------
.PHONY: all help deps clean demo check check-cluster ci layers headers lint format format-check bench asan install uninstall paper fuzz metrics symbols
all: ## build the program and the library (default)
help: ## list the goals
	@echo "rmsbench $(VERSION). Goals:"; awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

GOALS := $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out help clean deps format format-check,$(GOALS)),)
# Packages that the named goals need are installed before anything is compiled; a plain `make` only checks.
GROUPS_demo := build
GROUPS_check := build test
GROUPS_check-cluster := build test cluster
GROUPS_ci := build test
GROUPS_asan := build test
GROUPS_bench := build bench
GROUPS_lint := build test lint
GROUPS_fuzz := build fuzz
GROUPS_paper := build
NEEDED := $(sort $(foreach g,$(GOALS),$(GROUPS_$(g))))
ifneq ($(NEEDED),)
DEPS_DONE := $(shell sh harness/setup/deps.sh $(NEEDED) 1>&2 && echo yes)
ifneq ($(DEPS_DONE),yes)
$(error packages are missing, see above)
endif
endif
build/config.mk: harness/setup/config.sh
	@mkdir -p build && sh harness/setup/config.sh > $@.tmp && mv $@.tmp $@
include build/config.mk
endif

deps: ## install every Debian package that building and testing need (root or sudo)
	@sh harness/setup/deps.sh build test

# ---- compiler ----------------------------------------------------------------------------------
CC := gcc
WARN := -pedantic -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wvla -Werror
CPPFLAGS := -I. -D_GNU_SOURCE -DRMS_VERSION='"$(VERSION)"'
OPT_release := -O2 -g
OPT_debug := -O0 -g3
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPT_cov := -O0 -g --coverage
# clang warns about more than gcc does: its warnings are not errors here.
OPT_fuzz := -O1 -g -Wno-error -Wno-sign-conversion -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# Same numbers everywhere: no contraction of a*b+c, no fast-math.
CFLAGS := -std=c11 $(WARN) $(OPT_$(KIND)) -ffp-contract=off -fPIC -fvisibility=default $(EXTRA_CFLAGS)
comma := ,
LDFLAGS := $(if $(filter asan fuzz,$(KIND)),-fsanitize=address$(comma)undefined) $(if $(filter cov,$(KIND)),--coverage)

LIB_SRC := $(sort $(wildcard instances/*.c instances/base/*.c instances/jobs/*.c instances/serve/*.c solvers/*.c solvers/jobs/*.c solvers/serve/*.c solvers/dummy/*.c solvers/template/*.c))
RUN_SRC := $(sort $(filter-out harness/schedule_mpi.c harness/nursery_main.c,$(wildcard harness/*.c harness/conformance/*.c analysis/*.c harness/cli/*.c)))
MPI_SRC := $(wildcard harness/schedule_mpi.c)
MAIN_SRC := harness/cli/main.c
HELPER_SRC := harness/nursery_main.c
EMBED := $(sort $(wildcard instances/machines/*.json instances/profiles/*.csv instances/sets/*.ini harness/sweeps/*.ini solvers/jobs/models/*.json solvers/template/*.c solvers/template/*.mk))
SRC := $(LIB_SRC) $(RUN_SRC) $(MPI_SRC) $(HELPER_SRC)
HDR := $(sort $(wildcard instances/*.h instances/*/*.h solvers/*.h solvers/*/*.h harness/*.h harness/*/*.h analysis/*.h))

LIB_OBJ := $(LIB_SRC:%.c=$B/%.o) $B/embedded.o
RUN_OBJ := $(filter-out $(MAIN_SRC:%.c=$B/%.o),$(RUN_SRC:%.c=$B/%.o))

all: $B/rms $B/rms-helper $B/rms-mpi.so $B/librms.so

# `make V=1` shows whole commands.
Q := $(if $V,,@)
say = $(if $V,,@echo "  $1  $2")

$B/%.o: %.c build/config.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(LIB_CFLAGS) $(if $(filter $(MPI_SRC),$<),$(MPI_CFLAGS)) $(CFLAGS) $(DEFS_$*) -MMD -MP -c -o $@ $<

# What was built, for the provenance of every record.
GIT_VERSION = $(shell git describe --always --dirty --tags 2>/dev/null || echo unknown)
DEFS_harness/provenance = -DRMS_BUILD_CFLAGS='"$(subst ",,$(CFLAGS))"' -DRMS_BUILD_KIND='"$(KIND)"' -DRMS_BUILD_SOURCE='"$(GIT_VERSION)"'

$B/embed: harness/setup/embed.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $<
$B/embedded.c: $B/embed $(EMBED) Makefile
	$(call say,EMBED,$(words $(EMBED)) files)
	$(Q)$B/embed $(EMBED) > $@.tmp && mv $@.tmp $@
$B/embedded.o: $B/embedded.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$B/librms.a: $(LIB_OBJ)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)ar rcs $@ $^
$B/librms.so: $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) -shared -Wl,-soname,librms.so.0 $(LDFLAGS) -o $@ $^ $(LIB_LIBS)
$B/libharness.a: $(RUN_OBJ)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)ar rcs $@ $^
# -rdynamic and the whole archive: plugins resolve the library's functions from the program.
$B/rms: $(MAIN_SRC:%.c=$B/%.o) $B/libharness.a $B/librms.a
	$(call say,LD,$@)
	$(Q)$(CC) -rdynamic -Wl,-z,now $(LDFLAGS) -o $@ $(MAIN_SRC:%.c=$B/%.o) $B/libharness.a -Wl,--whole-archive $B/librms.a -Wl,--no-whole-archive $(LIB_LIBS) $(RUN_LIBS)
# What forks jobs: the libraries are inside where they can be (STATIC_LIBS), so that a fork has few mappings to copy.
$B/rms-helper: $(HELPER_SRC:%.c=$B/%.o) $B/libharness.a $B/librms.a
	$(call say,LD,$@)
	$(Q)$(CC) -rdynamic -Wl,-z,now $(LDFLAGS) -o $@ $(HELPER_SRC:%.c=$B/%.o) $B/libharness.a -Wl,--whole-archive $B/librms.a -Wl,--no-whole-archive $(if $(filter release,$(KIND)),$(STATIC_LIBS),$(LIB_LIBS)) $(RUN_LIBS)
# A rank loads MPI when it starts it: what forks jobs has none of its libraries, so that a fork is cheap.
$B/rms-mpi.so: $(MPI_SRC:%.c=$B/%.o)
	$(call say,LD,$@)
	$(Q)$(CC) -shared $(LDFLAGS) -o $@ $^ $(MPI_LIBS)

-include $(shell find $B -name '*.d' 2>/dev/null)

# ---- tests -------------------------------------------------------------------------------------
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT := $(UNIT_SRC:tests/unit/%.c=$B/tests/%)
SCRIPTS := $(sort $(wildcard tests/contract/*.sh tests/mpi/*.sh tests/crash/*.sh tests/golden/*.sh))
WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,--wrap=strdup
# Fakes that several tests share (tests/unit/*.c that are no test): an archive, linked where used.
AUX_OBJ := $(patsubst tests/unit/%.c,$B/tests/%.o,$(filter-out $(UNIT_SRC) tests/unit/ledger.c,$(sort $(wildcard tests/unit/*.c))))
$B/tests/%.o: tests/unit/%.c build/config.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit $(LIB_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
.SECONDARY: $B/tests/ledger.o
$B/tests/libaux.a: $(AUX_OBJ)
	@mkdir -p $(@D) && rm -f $@
	ar rcs $@ $^
$B/tests/%: tests/unit/%.c $B/tests/ledger.o $B/tests/libaux.a $B/libharness.a $B/librms.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit $(LIB_CFLAGS) $(CFLAGS) $(LDFLAGS) $(WRAP) -MMD -MP -o $@ $< $B/tests/ledger.o $B/tests/libaux.a $B/libharness.a $B/librms.a $(LIB_LIBS) $(RUN_LIBS) -lcmocka

# Long searches for wrong answers (tests/campaign/*.c), run by the scripts beside them.
CAMPAIGN := $(patsubst tests/campaign/%.c,$B/campaign/%,$(sort $(wildcard tests/campaign/*.c)))
$B/campaign/%: tests/campaign/%.c $B/tests/libaux.a $B/libharness.a $B/librms.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit $(LIB_CFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $B/tests/libaux.a $B/libharness.a $B/librms.a $(LIB_LIBS) $(RUN_LIBS)
.PHONY: campaign
campaign: $(CAMPAIGN) ## build the long searches for wrong answers (tests/campaign/*.sh run them)

.PHONY: tests unit
tests: $(UNIT) $B/rms $B/rms-helper $B/rms-mpi.so $B/librms.so
unit: $(UNIT) ## build and run the unit tests only (T=name for one)
	@BUILD=$B sh tests/run.sh $(if $T,$B/tests/test_$T,$(UNIT))

check: ## install what is missing, build, run every test; ends in "N passed, N failed"
check: tests layers headers symbols
	@BUILD=$B sh tests/run.sh $(UNIT) $(SCRIPTS)
ci: check

# The long tests of the sweep engine: hours of faults in minutes, a real Slurm, two hosts.
CLUSTER := $(sort $(wildcard tests/cluster/*.sh))
check-cluster: ## the long tests of the sweep engine: 20 hurt sweeps of 2,000 jobs, a real Slurm, two hosts (root)
check-cluster: tests
	@CHAOS_ROUNDS=20 CHAOS_JOBS=2000 BUILD=$B TEST_TIMEOUT=1800 TEST_SHOW=yes sh tests/run.sh tests/crash/chaos.sh $(CLUSTER)

asan: ## the same tests under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory KIND=asan tests
	@BUILD=build/asan sh tests/run.sh $(UNIT_SRC:tests/unit/%.c=build/asan/tests/%) $(SCRIPTS)

# Each tests/fuzz/fuzz_NAME.c has LLVMFuzzerTestOneInput; seeds in tests/fuzz/corpus/NAME/, words in
# tests/fuzz/NAME.dict, both optional. What is found grows build/fuzz/corpus/NAME; an input that breaks
# something is written to build/fuzz/ and named.
FUZZ_SECONDS ?= 60
FUZZ := $(patsubst tests/fuzz/%.c,$B/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
$B/fuzz_%: tests/fuzz/fuzz_%.c $B/libharness.a $B/librms.a
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) -Itests/fuzz $(LIB_CFLAGS) $(CFLAGS) -fsanitize=fuzzer,address,undefined -MMD -MP -o $@ $< $B/libharness.a $B/librms.a $(LIB_LIBS) $(RUN_LIBS)
.PHONY: fuzzers man
fuzzers: $(FUZZ)
fuzz: ## feed the readers hostile input, FUZZ_SECONDS each (60), with clang's libFuzzer (T=name for one)
	@$(MAKE) --no-print-directory KIND=fuzz CC=clang $(if $T,build/fuzz/fuzz_$T,fuzzers)
	@sh tests/fuzz/run.sh $(FUZZ_SECONDS) $T

man: $B/rms ## write the section OPTIONS of the manual page anew, from the program's own help
	@sh harness/setup/man.sh $B/rms harness/setup/rms.1
layers: build/config.mk ## prove who includes whom from the compiler's own dependency output
	@for f in $(SRC); do $(CC) $(CPPFLAGS) $(LIB_CFLAGS) $(MPI_CFLAGS) -M $$f | sed 's/^[^:]*://; s/\\$$//' | \
	  tr -s ' ' '\n' | sed "/^$$/d; s|^|$$f |"; done | awk -f tests/layers.awk && echo "layers: ok ($(words $(SRC)) files)"
headers: build/config.mk ## compile every header alone
	@for h in $(HDR); do $(CC) $(CPPFLAGS) $(LIB_CFLAGS) $(CFLAGS) -x c -fsyntax-only -Wno-unused-function $$h || exit 1; done; echo "headers: ok ($(words $(HDR)) headers)"
symbols: $B/librms.so ## nothing but rms_ leaves the library, and solvers know nothing of MPI
	@! nm -D --defined-only $B/librms.so | awk '$$2 ~ /[TDBR]/ && $$3 !~ /^(rms_|_init|_fini|_edata|_end|__bss_start)/ {print "symbols: " $$3 " leaves librms"; bad=1} END {exit !bad}'
	@! nm -u $(LIB_OBJ) | grep -E ' (P?MPI_|ompi_)'
	@echo "symbols: ok"

# ---- style -------------------------------------------------------------------------------------
FORMATTED = $(shell git ls-files '*.c' '*.h')
format: ## let clang-format lay out every C file
	@sh harness/setup/deps.sh lint && clang-format -i $(FORMATTED)
format-check: ## is every C file laid out by clang-format?
	@sh harness/setup/deps.sh lint && clang-format --dry-run -Werror $(FORMATTED) && echo "format: ok"
lint: format-check build/config.mk ## clang-format, cppcheck, shellcheck, codespell
	@cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,portability \
	  --suppress=missingIncludeSystem --library=gnu -I. -DRMS_VERSION='"x"' $(SRC) && echo "cppcheck: ok"
	@shellcheck -s sh -e SC2015,SC1091,SC2034 $(SCRIPTS) $(CLUSTER) tests/*.sh harness/setup/*.sh .ci/run && echo "shellcheck: ok"
	@codespell -q 3 -L ans,nd,te,fo,hist,inout $$(git ls-files | grep -vE '\.(json|csv)$$|^LICENSE$$|^tests/') && echo "codespell: ok"
metrics: ## our row under the table of STYLE.md: sizes of files and functions (reports, never fails)
	@sh tests/metrics.sh $(SRC)

# ---- the main job on real input ----------------------------------------------------------------
# Open MPI refuses to start as root and more ranks than cores unless told so; these variables tell it. They
# are set here and nowhere else: in your own shell, export them or pass --allow-run-as-root --oversubscribe.
MPI_ENV := OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
OUT ?= out/demo
DEMO := serve:set=parvagpu,scenario=4,procs=3
demo: all ## install what is missing, build, and solve the real scenarios on two ranks; table and picture
	@if [ "$$(id -u)" = 0 ]; then echo "demo: running as root, so Open MPI is told to allow it (OMPI_ALLOW_RUN_AS_ROOT)"; fi
	$(MPI_ENV) mpirun -np $(NP) --bind-to none $B/rms run harness/sweeps/demo.ini -o $(OUT)
	@echo; $B/rms table $(OUT) --view matrix --group parvagpu
	@echo; $B/rms table $(OUT)
	@mkdir -p $(OUT)/picture
	@echo; echo "One layout, scenario 4 with up to three processes a slice:"
	@$B/rms solve $(DEMO) -s prices --time 20s -o $(OUT)/picture/plan.json --quiet
	@$B/rms check $(DEMO) $(OUT)/picture/plan.json | head -n 3
	@$B/rms show $(DEMO) $(OUT)/picture/plan.json --svg $(OUT)/picture/plan.svg
	@echo; $B/rms show $(DEMO) $(OUT)/picture/plan.json
	@$B/rms report $(OUT) -o $(OUT)/report.html
	@echo; echo "demo: done. Everything on one page: $(OUT)/report.html. Records: $(OUT)/records, picture: $(OUT)/picture/plan.svg, tables again: $B/rms table $(OUT)"

$B/bench_null: tests/bench_null.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $<
bench: all $(UNIT) $B/bench_null ## measure: harness beside GNU parallel and xargs -P, speed of the reader
	@BUILD=$B sh tests/bench_null.sh
	@BUILD=$B sh tests/bench.sh
	@RMS=$B/rms sh tests/bench_islands.sh
	@RMS=$B/rms sh tests/bench_jobs.sh

.PHONY: engine
engine: all ## many short jobs on two ranks (JOBS=100000, WAIT=spin): efficiency, rank 0, memory, records, resume
	@BUILD=$B sh tests/campaign/engine.sh

.PHONY: scaling
scaling: all ## real runs on 1, 2, 4, 8 ranks, the model's error on them, and its forecast for 16 to 65,536 ranks
	@BUILD=$B sh tests/scaling.sh

paper: all ## LaTeX tables and numbers from the records of the demo sweep; a PDF where LaTeX is installed
	@[ -d $(OUT)/records ] || $(MAKE) --no-print-directory demo
	$B/rms paper $(OUT) -o paper
	@! command -v rsvg-convert >/dev/null 2>&1 || for f in paper/figures/*.svg; do rsvg-convert -f pdf -o "$${f%.svg}.pdf" "$$f"; done
	@if command -v latexmk >/dev/null 2>&1; then cd paper && latexmk -pdf -interaction=nonstopmode -halt-on-error -quiet paper.tex >paper.build.log 2>&1 \
	  && echo "paper: paper/paper.pdf" || { tail -n 30 paper.build.log; exit 1; }; \
	else echo "paper: LaTeX is not installed (sh harness/setup/deps.sh paper installs it); tables and figures are in paper/tables/all.md"; fi

.PHONY: train
TRAINED := ridge boost neural
train: all ## train the built-in predictors of family jobs again (the same bytes), then build them in
	@set -e; for m in $(TRAINED); do $B/rms train jobs --model $$m -o solvers/jobs/models/miso-$$m.json; done
	@$(MAKE) --no-print-directory all

# ---- installation ------------------------------------------------------------------------------
PUBLIC_HDR := $(filter instances/% solvers/%,$(HDR))
install: all ## install program, library, headers, pkg-config file, man page, completion (PREFIX=, DESTDIR=)
	@d='$(DESTDIR)$(PREFIX)'; set -e; \
	install -D -m 755 $B/rms "$$d/bin/rms"; \
	install -D -m 755 $B/rms-helper "$$d/lib/rmsbench/rms-helper"; \
	install -D -m 755 $B/rms-mpi.so "$$d/lib/rmsbench/rms-mpi.so"; \
	install -D -m 644 $B/librms.a "$$d/lib/librms.a"; \
	install -D -m 755 $B/librms.so "$$d/lib/librms.so.0"; ln -sf librms.so.0 "$$d/lib/librms.so"; \
	for h in $(PUBLIC_HDR); do install -D -m 644 $$h "$$d/include/rmsbench/$$h"; done; \
	mkdir -p "$$d/lib/pkgconfig"; sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' harness/setup/rmsbench.pc.in > "$$d/lib/pkgconfig/rmsbench.pc"; \
	install -D -m 644 harness/setup/rms.1 "$$d/share/man/man1/rms.1"; \
	install -D -m 644 harness/setup/rms.bash "$$d/share/bash-completion/completions/rms"; \
	for f in README.md FORMAT.md LICENSE; do install -D -m 644 $$f "$$d/share/doc/rmsbench/$$f"; done
	@echo "install: $(DESTDIR)$(PREFIX)/bin/rms"
uninstall: ## remove what install put there
	@d='$(DESTDIR)$(PREFIX)'; rm -rf "$$d/include/rmsbench" "$$d/share/doc/rmsbench" "$$d/bin/rms" "$$d/lib/rmsbench" "$$d"/lib/librms.* \
	"$$d/lib/pkgconfig/rmsbench.pc" "$$d/share/man/man1/rms.1" "$$d/share/bash-completion/completions/rms"

clean: ## remove the build folder
	rm -rf build
