#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The way of a newcomer: install, scaffold a solver, compile it outside the source tree against what
# pkg-config says, check it, solve with it, sweep with it. Then plugins that must be refused, each
# with a clear error.
set -u
. "$TOP/tests/lib.sh"

kind=$(basename "$BUILD")
unset MAKEFLAGS MAKELEVEL MFLAGS
make -C "$TOP" --no-print-directory KIND="$kind" install PREFIX="$dir/usr" >"$dir/out" 2>&1
say $? "make install"
export PKG_CONFIG_PATH="$dir/usr/lib/pkgconfig" RMS="$dir/usr/bin/rms"
cd "$dir" || exit 2

"$RMS" new-solver my-own >"$dir/out" 2>&1 && [ -f my-own/my-own.c ] && [ -f my-own/Makefile ]
say $? "new-solver writes a folder"
! grep -qi 'template' my-own/my-own.c my-own/Makefile
say $? "no trace of the template's name is left"
"$RMS" new-solver my-own >"$dir/out" 2>&1
[ $? -eq 2 ] && grep -q 'exists already' "$dir/out"
say $? "new-solver never overwrites"
for bad in Mine 1st dummy 'a b' ''; do
  "$RMS" new-solver "$bad" -o bad >"$dir/out" 2>&1
  [ $? -eq 2 ] && [ ! -d bad ]
  say $? "new-solver refuses the name '$bad'"
done
"$RMS" new-solver mine --family nothing -o bad >"$dir/out" 2>&1
[ $? -eq 2 ] && [ ! -d bad ]
say $? "new-solver refuses an unknown family"

make -C my-own --no-print-directory >"$dir/out" 2>&1 && [ -f my-own/my-own.so ] && ! grep -qi warning "$dir/out"
say $? "it compiles outside the tree without a warning"
so=$dir/my-own/my-own.so
[ "$(nm -D --defined-only "$so" | awk '$3 !~ /^rms_/')" = "" ]
say $? "nothing but rms_ leaves the plugin"
"$RMS" check-solver my-own --plugin "$so" >"$dir/out" 2>&1
say $? "it passes the conformance kit"
"$RMS" solvers my-own --plugin "$so" >"$dir/out" 2>&1 && grep -q 'rounds=1000' "$dir/out"
say $? "rms solvers shows its parameters"
"$RMS" new-solver mine >"$dir/out" 2>&1 && make -C mine --no-print-directory >"$dir/out" 2>&1
awk '/^    \[sweep\]/ {is_sweep = 1} is_sweep && !/^    / {exit} is_sweep {print substr($0, 5)}' "$TOP/README.md" >mine/sweep.ini
(cd mine && "$RMS" run sweep.ini --dry-run) >"$dir/out" 2>&1
say $? "the sweep in README.md is one that such a solver can run"
RMS_PLUGIN_PATH=/nonexistent:$dir/my-own "$RMS" solvers --json >"$dir/out" 2>&1 &&
  jq -e '.[] | select(.name == "my-own") | .plugin' "$dir/out" >/dev/null
say $? "rms solvers finds it in RMS_PLUGIN_PATH"
"$RMS" solvers my-own --plugin "$so" --irace >"$dir/out" 2>&1 && grep -q '^greed "greed=" r (0, 1)$' "$dir/out"
say $? "rms solvers writes a tuner's file"

instance=serve:services=6,seed=1
"$RMS" solve "$instance" -s my-own:rounds=50 --plugin "$so" --work 1000 -o plan.json >"$dir/out" 2>&1
say $? "rms solve with the plugin"
"$RMS" check "$instance" plan.json >"$dir/out" 2>&1
say $? "its plan passes rms check"
RMS_PLUGIN_PATH=$so "$RMS" solve "$instance" -s my-own --work 1000 -o again.json >"$dir/out" 2>&1
say $? "rms solve finds it in RMS_PLUGIN_PATH"
"$RMS" solve "$instance" -s my-own:rounds=0 --plugin "$so" >"$dir/out" 2>&1
[ $? -eq 2 ] && grep -q '"rounds": is "0", must be an integer in \[1,1e9\]' "$dir/out"
say $? "a bad value is refused by the parameter's name"

printf '[sweep]\nname = outside\nseed = 1\n[limits]\nwork = 500\ntime = 60s\n[instances]\nset = parvagpu\n[solvers]\nrun = my-own\nrun = greedy-capped\n' >sweep.ini
"$RMS" run sweep.ini --plugin "$so" -o run >"$dir/out" 2>&1 && "$RMS" table run >"$dir/out" 2>&1 && grep -q 'my-own' "$dir/out"
say $? "a sweep with the plugin ends in a table"

# refused NAME SED WORDS [CFLAGS]: the scaffolded solver, changed so, cannot be described.
refused() {
  sed "$2" my-own/my-own.c >"$1.c"
  # shellcheck disable=SC2046 # the flags of pkg-config are meant to be split
  ${CC:-cc} -std=c11 -D_GNU_SOURCE "${4--DRMS_PLUGIN}" $(pkg-config --cflags rmsbench) -fPIC -shared -Wl,-Bsymbolic \
    -o "$1.so" "$1.c" 2>"$dir/out" &&
    { "$RMS" solvers my-own --plugin "./$1.so" >"$dir/out" 2>&1; [ $? -eq 2 ]; } && grep -q -- "$3" "$dir/out"
  say $? "refused, with the reason: $1"
}
first='s/^static int supports/__attribute__((constructor)) static void first(void) {'
refused abi 's/= RMS_SOLVER_ABI/= 77/' 'ABI 77, this program has ABI 1'
refused size 's/= sizeof(struct rms_solver)/= 48/' 'has 48 bytes in the solver and [0-9]* in this program'
refused table 's/"\[1,1e9\]"/"[1,1e9"/' 'parameter "rounds": range "\[1,1e9" must be like'
refused callback 's/\.close = .*};/.close = NULL};/' 'callback close is missing'
refused no-entry '' 'has no symbol rms_solver_entry' -UX
# AddressSanitizer turns the signal into an exit of its own.
dies='dies of SIG'
nm "$RMS" | grep -q __asan_init && dies='ends the process with code'
refused crash "$first *(volatile int *)8 = 1; }\n&/" "$dies"
refused exit "$first exit(7); }\n&/" 'code 7 while it is loaded'
refused print "s/^#include <math.h>/#include <stdio.h>\n&/; $first puts(\"hello\"); }\n&/" 'a solver never prints: "hello"'
refused hang "$first for (;;) continue; }\n&/" 'does its constructor hang'
refused symbol 's/search->draws = 0;/& extern void no_such_function(void); no_such_function();/' 'no_such_function'
echo 'not an object' >text.so
RMS_PLUGIN_PATH=./text.so "$RMS" solvers >"$dir/out" 2>&1 && grep -q 'text.so: cannot be loaded' "$dir/out" && grep -q greedy-capped "$dir/out"
say $? "a bad plugin on the path does not hide the other solvers"
"$RMS" solvers --plugin ./text.so >"$dir/out" 2>&1
[ $? -eq 2 ] && grep -q 'text.so: cannot be loaded' "$dir/out"
say $? "a bad plugin that is asked for is an error"
plan
