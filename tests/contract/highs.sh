#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The solver highs: without its library it says so; a library that is none of it is refused; one that lies (a fake, built
# here) is not believed; a real one, where the system has it, agrees with prices.
set -u
. "$TOP/tests/lib.sh"
instance=serve:services=6,machines=5,seed=1
ends "no such library" 1 "$RMS" solve $instance -s "highs:library=$dir/none.so" --time 10s
has err 'HiGHS is not here'
has err 'every other solver works without it'

cat >"$dir/empty.c" <<'EOF'
void *Highs_create(void);
void *Highs_create(void) { return 0; }
EOF
cc -shared -fPIC -o "$dir/empty.so" "$dir/empty.c" || exit 2
ends "a library without its functions" 1 "$RMS" solve $instance -s "highs:library=$dir/empty.so" --time 10s
has err 'this HiGHS has no function Highs_destroy'

# The fake keeps the number of columns, calls back once with zeros as a solution, and ends with the given status.
cat >"$dir/fake.c" <<'EOF'
#include <stdlib.h>
typedef void callback(int, const char *, const void *, void *, void *);
static struct { int n, stop; callback *call; void *ctx; double *zeros, bound; } one;
void *Highs_create(void) { return &one; }
void Highs_destroy(void *h) { (void)h; free(one.zeros); one.zeros = 0; }
const char *Highs_version(void) { return "fake"; }
int Highs_getSizeofHighsInt(const void *h) { (void)h; return INT_SIZE; }
int Highs_setBoolOptionValue(void *h, const char *o, int v) { (void)h; (void)o; (void)v; return 0; }
int Highs_setIntOptionValue(void *h, const char *o, int v) { (void)h; (void)o; (void)v; return 0; }
int Highs_setDoubleOptionValue(void *h, const char *o, double v) { (void)h; (void)o; (void)v; return 0; }
int Highs_setStringOptionValue(void *h, const char *o, const char *v) { (void)h; (void)o; (void)v; return 0; }
int Highs_passMip(void *h, int n, int m, int nz, int f, int s, double o, const double *c, const double *l, const double *u,
                  const double *rl, const double *ru, const int *st, const int *ix, const double *v, const int *in)
{
  (void)h, (void)m, (void)nz, (void)f, (void)s, (void)o, (void)c, (void)l, (void)u, (void)rl, (void)ru, (void)st, (void)ix,
      (void)v, (void)in;
  one.n = n;
  one.zeros = calloc((size_t)n + 1, sizeof *one.zeros);
  return 0;
}
int Highs_setCallback(void *h, callback *call, void *ctx) { (void)h; one.call = call; one.ctx = ctx; return 0; }
int Highs_startCallback(void *h, int type) { (void)h; (void)type; return 0; }
int Highs_run(void *h)
{
  (void)h;
  one.bound = 0;
  one.call(4, "", &one, &one.stop, one.ctx);
  one.call(6, "", &one, &one.stop, one.ctx);
  return 0;
}
int Highs_getModelStatus(const void *h) { (void)h; return STATUS; }
int Highs_getSolution(const void *h, double *x, double *d, double *r, double *rd)
{
  (void)h, (void)d, (void)r, (void)rd;
  for (int j = 0; j < one.n; j++) x[j] = 0;
  return 0;
}
int Highs_getDoubleInfoValue(const void *h, const char *i, double *v) { (void)h; (void)i; *v = 0; return 0; }
const void *Highs_getCallbackDataOutItem(const void *out, const char *item)
{
  (void)out;
  return item[4] == 's' ? (const void *)one.zeros : (const void *)&one.bound;
}
EOF
fake() { cc -shared -fPIC -DSTATUS="$1" -DINT_SIZE="$2" -o "$dir/fake-$1-$2.so" "$dir/fake.c" || exit 2; }
fake 13 4
fake 7 4
fake 7 8
ends "a time limit: the rounded plan stays" 0 "$RMS" solve $instance -s "highs:library=$dir/fake-13-4.so" --time 10s -o "$dir/plan"
ends "it is right" 0 "$RMS" check $instance "$dir/plan"
has plan '"status": "feasible"'
ends "an optimum of zeros is completed to a plan" 0 "$RMS" solve $instance -s "highs:library=$dir/fake-7-4.so,heur=no" --time 10s -o "$dir/plan"
ends "that is right" 0 "$RMS" check $instance "$dir/plan"
has plan '"status": "feasible"'
ends "numbers of another size" 1 "$RMS" solve $instance -s "highs:library=$dir/fake-7-8.so,heur=no" --time 10s

cost() { jq .objective "$1"; }
if "$RMS" solve $instance -s highs --time 30s -q -o "$dir/real" 2>/dev/null && [ -s "$dir/real" ]; then
  "$RMS" solve $instance -s prices -q -o "$dir/ours" 2>/dev/null
  ends "the real one agrees with prices" 0 test "$(cost "$dir/real")" = "$(cost "$dir/ours")"
else
  ok "the real one agrees with prices # SKIP no shared libhighs here"
fi
plan
