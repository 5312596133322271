/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "instances/base/rng.h"
#include "instances/serve/check.h"
#include "ledger.h"
#include "serve_fixture.h"

static void add(struct rms_serve_plan *plan, uint32_t pool, int64_t count, uint16_t profile,
                uint16_t start, uint32_t service)
{
  const struct rms_serve_slice slice = {.profile = profile, .start = start, .service = service};
  assert_int_equal(rms_serve_plan_add(plan, pool, count, &slice, 1), RMS_OK);
}

static void add_certificate(struct rms_serve_plan *plan, const struct rms_serve *inst)
{
  struct rms_serve_certificate *const c = &plan->certificate;
  *c = (struct rms_serve_certificate){
      .is_present = true, .denominator = 840, .n_kinds = inst->n_kinds, .n_pools = inst->n_pools};
  c->prices = calloc(c->n_kinds, sizeof *c->prices);
  c->stock_prices = calloc(c->n_pools, sizeof *c->stock_prices);
  assert_true(c->prices && c->stock_prices);
  for (size_t k = 0; k < c->n_kinds; k++) c->prices[k] = (int64_t)(120 * (k + 1));
  c->stock_prices[0] = INT64_C(4000000000000000000);
}

static void add_search(struct rms_serve_certificate *c)
{
  c->search = (struct rms_serve_search){.target = 12, .n_vectors = 2};
  c->search.vectors = calloc(2 * c->n_kinds, sizeof *c->search.vectors);
  assert_non_null(c->search.vectors);
  for (size_t i = 0; i < 2 * c->n_kinds; i++) c->search.vectors[i] = (int64_t)(7 * i);
}

static void assert_same(const struct rms_serve_plan *a, const struct rms_serve_plan *b)
{
  struct rms_text one = {0}, two = {0};
  assert_int_equal(rms_serve_plan_encode(a, &one), RMS_OK);
  assert_int_equal(rms_serve_plan_encode(b, &two), RMS_OK);
  assert_int_equal(one.length, two.length);
  assert_memory_equal(one.data, two.data, one.length);
  rms_text_fini(&one);
  rms_text_fini(&two);
}

static void test_equal_neighbours_merge(void **state)
{
  (void)state;
  struct rms_serve_plan plan = {0};
  add(&plan, 0, 2, 1, 0, 5);
  add(&plan, 0, 3, 1, 0, 5);
  assert_int_equal(plan.n_groups, 1);
  assert_int_equal(plan.groups[0].count, 5);
  add(&plan, 1, 1, 1, 0, 5); /* another pool */
  add(&plan, 1, 1, 2, 0, 5); /* another profile */
  add(&plan, 1, 1, 2, 4, 5); /* another start */
  add(&plan, 1, 1, 2, 4, 6); /* another service */
  assert_int_equal(rms_serve_plan_add(&plan, 1, 1, NULL, 0), RMS_OK);
  assert_int_equal(plan.n_groups, 6);
  assert_int_equal(rms_serve_plan_machines(&plan, 0), 5);
  assert_int_equal(rms_serve_plan_machines(&plan, 1), 5);
  add(&plan, 0, INT64_MAX, 1, 0, 5);
  add(&plan, 0, 1, 1, 0, 5); /* a sum that would overflow stays apart */
  assert_int_equal(plan.n_groups, 8);
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  assert_int_equal(rms_serve_plan_cost(inst, &plan), INT64_MAX);
  rms_serve_plan_clear(&plan);
  add(&plan, 0, 5, 1, 0, 0);
  add(&plan, 2, 5, 1, 0, 0);
  assert_int_equal(rms_serve_plan_cost(inst, &plan), 5 * 3 + 5 * 4);
  rms_serve_free(inst);
  rms_serve_plan_fini(&plan);
}

static void fill(struct rms_serve_plan *plan, const struct rms_serve *inst)
{
  const struct rms_serve_slice slices[] = {
      {.profile = serve_profile(inst, 2, "4g.20gb"), .start = 0, .service = 0},
      {.profile = serve_profile(inst, 2, "3g.20gb"), .start = 4, .service = RMS_SERVE_IDLE}};
  assert_int_equal(rms_serve_plan_add(plan, 2, INT64_C(1000000000000), slices, 2), RMS_OK);
  add(plan, 0, 1, serve_profile(inst, 0, "3g.20gb"), 4, 0);
  add(plan, 1, 2, serve_profile(inst, 1, "2g.12gb"), 2, 1);
  assert_int_equal(rms_serve_plan_add(plan, 1, 1, NULL, 0), RMS_OK);
}

static void test_bytes_round_trip(void **state)
{
  (void)state;
  const long live = rms_ledger_live();
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  for (int with = 0; with < 3; with++) {
    struct rms_serve_plan plan = {0}, again = {0};
    struct rms_text bytes = {0};
    fill(&plan, inst);
    if (with) add_certificate(&plan, inst);
    if (with == 2) add_search(&plan.certificate);
    assert_int_equal(rms_serve_plan_encode(&plan, &bytes), RMS_OK);
    assert_int_equal(rms_serve_plan_decode(&again, bytes.data, bytes.length, NULL), RMS_OK);
    assert_same(&plan, &again);
    assert_int_equal(again.certificate.is_present, with > 0);
    assert_int_equal(again.certificate.search.n_vectors, with == 2 ? 2 : 0);
    assert_int_equal(again.groups[0].count, INT64_C(1000000000000));
    rms_text_fini(&bytes);
    rms_serve_plan_fini(&plan);
    rms_serve_plan_fini(&again);
  }
  rms_serve_free(inst);
  assert_int_equal(rms_ledger_live(), live);
}

/* Whatever is decoded must be usable by everybody and encode to the same bytes again. */
static void try_bytes(const struct rms_serve *inst, const char *bytes, size_t n)
{
  struct rms_serve_plan plan = {0};
  struct rms_error err = {0};
  char *const copy = malloc(n ? n : 1); /* exactly n, for the address sanitizer */
  assert_non_null(copy);
  if (n) memcpy(copy, bytes, n);
  struct rms_verdict verdict;
  assert_int_equal(rms_serve_check(&inst->base, copy, n, NULL, &verdict), RMS_OK);
  if (rms_serve_plan_decode(&plan, copy, n, &err) == RMS_OK) {
    struct rms_text again = {0};
    assert_int_equal(rms_serve_plan_encode(&plan, &again), RMS_OK);
    assert_int_equal(again.length, n);
    assert_memory_equal(again.data, copy, n);
    rms_text_fini(&again);
    struct rms_text file = {0};
    rms_serve_plan_file_write(&inst->base, copy, n, NULL, "feasible", &file, &err);
    rms_text_fini(&file);
  } else {
    assert_int_equal(err.status, RMS_E_FORMAT);
    assert_true(err.text[0]);
    assert_true(n == 0 || verdict.kind == RMS_VERDICT_INFEASIBLE_SOLUTION);
  }
  rms_serve_plan_fini(&plan);
  free(copy);
}

static void test_hostile_bytes(void **state)
{
  (void)state;
  const long live = rms_ledger_live();
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  struct rms_serve_plan plan = {0};
  struct rms_text bytes = {0};
  fill(&plan, inst);
  add_certificate(&plan, inst);
  add_search(&plan.certificate);
  assert_int_equal(rms_serve_plan_encode(&plan, &bytes), RMS_OK);
  for (size_t n = 0; n <= bytes.length; n++) try_bytes(inst, bytes.data, n);
  for (size_t i = 0; i < bytes.length; i++) {
    static const char values[] = {0, 1, 0x7f, (char)0x80, (char)0xff};
    const char old = bytes.data[i];
    for (size_t v = 0; v < sizeof values; v++) {
      bytes.data[i] = values[v];
      try_bytes(inst, bytes.data, bytes.length);
    }
    bytes.data[i] = old;
  }
  struct rms_rng rng = {.key = {.seed = 1}, .purpose = RMS_PURPOSE_INSTANCE};
  for (int round = 0; round < 3000; round++) {
    char broken[1024];
    assert_true(bytes.length < sizeof broken);
    memcpy(broken, bytes.data, bytes.length);
    for (uint64_t i = rms_rng_below(&rng, 8) + 1; i-- > 0;)
      broken[rms_rng_below(&rng, bytes.length)] = (char)rms_rng_below(&rng, 256);
    try_bytes(inst, broken, bytes.length);
  }
  rms_text_fini(&bytes);
  rms_serve_plan_fini(&plan);
  rms_serve_free(inst);
  assert_int_equal(rms_ledger_live(), live);
}

/* ---- files
 * --------------------------------------------------------------------------------------- */

static void test_file_round_trip(void **state)
{
  (void)state;
  const long live = rms_ledger_live();
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  struct rms_serve_plan plan = {0}, again = {0};
  struct rms_text bytes = {0}, file = {0};
  struct rms_claim claim = {.objective = {41}, .bound = 40.5, .is_optimal = true},
                   read = {.bound = 0};
  struct rms_error err = {0};
  void *back = NULL;
  size_t n = 0;
  fill(&plan, inst);
  add_certificate(&plan, inst);
  add_search(&plan.certificate);
  assert_int_equal(rms_serve_plan_encode(&plan, &bytes), RMS_OK);
  if (rms_serve_plan_file_write(&inst->base, bytes.data, bytes.length, &claim, "optimal", &file,
                                &err))
    fail_msg("%s", err.text);
  assert_non_null(strstr(file.data, "\"batch\": 8, \"processes\": 2"));
  assert_non_null(strstr(file.data, "\"pool\": \"new\""));
  assert_non_null(strstr(file.data, "\"stock_prices\": { \"old\": 4000000000000000000 }"));
  assert_null(strstr(file.data, "\"pool\": \"a30-24gb\"")); /* alone: the machine says it */
  if (rms_serve_plan_file_parse(&inst->base, file.data, file.length, "plan", &back, &n, &read,
                                &err))
    fail_msg("%s", err.text);
  assert_true(read.objective[0] == 41 && read.bound == 40.5 && read.is_optimal);
  assert_int_equal(rms_serve_plan_decode(&again, back, n, &err), RMS_OK);
  assert_same(&plan, &again);
  free(back);
  rms_text_fini(&bytes);
  rms_text_fini(&file);
  rms_serve_plan_fini(&plan);
  rms_serve_plan_fini(&again);
  rms_serve_free(inst);
  assert_int_equal(rms_ledger_live(), live);
}

static void test_infeasible_file(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  struct rms_claim read = {.bound = 0};
  struct rms_text file = {0};
  struct rms_error err = {0};
  void *bytes = NULL;
  size_t n = 0;
  assert_int_equal(rms_serve_plan_file_write(&inst->base, NULL, 0, NULL, "infeasible", &file, &err),
                   RMS_OK);
  assert_int_equal(rms_serve_plan_file_parse(&inst->base, file.data, file.length, "plan", &bytes,
                                             &n, &read, &err),
                   RMS_OK);
  assert_true(isinf(read.objective[0]) && isnan(read.bound) && !read.is_optimal);
  free(bytes);
  rms_text_fini(&file);
  rms_serve_free(inst);
}

#define HEAD                                                                                       \
  "{ \"format\": \"rms-plan/1\", \"family\": \"serve\", \"instance\": \"pools\","                  \
  "  \"objective\": 6, \"bound\": 4, \"status\": \"feasible\","
#define CERTIFICATE                                                                                \
  "\"certificate\": { \"kind\": \"prices\", \"denominator\": 84,"                                  \
  "  \"prices\": { \"a30-24gb\": { \"1g.6gb\": 12 } }, \"stock_prices\": { \"old\": 3 },"          \
  "  \"search\": { \"target\": 5, \"vectors\": [ { \"a30-24gb\": { \"1g.6gb\": 2 } }, { } ] } },"
#define GROUPS                                                                                     \
  "\"groups\": [ { \"machine\": \"a100-40gb\", \"pool\": \"old\", \"count\": 2, \"slices\": ["     \
  "  { \"profile\": \"4g.20gb\", \"start\": 0, \"service\": \"x\", \"batch\": 8 } ] } ] }"
static const char good_file[] = HEAD CERTIFICATE GROUPS;

struct bad {
  const char *from, *to, *message;
};

static void is_refused(const struct rms_serve *inst, const struct bad *bad)
{
  char text[2048];
  const char *const at = strstr(good_file, bad->from);
  if (!at) fail_msg("the good file has no %s", bad->from);
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good_file), good_file, bad->to,
           at + strlen(bad->from));
  void *bytes = NULL;
  size_t n = 0;
  struct rms_claim claim;
  struct rms_error err = {0};
  if (rms_serve_plan_file_parse(&inst->base, text, strlen(text), "p.json", &bytes, &n, &claim,
                                &err) == RMS_OK)
    fail_msg("accepted: %s -> %s", bad->from, bad->to);
  assert_null(bytes);
  if (strncmp(err.text, "p.json", 6) != 0 || !strstr(err.text, bad->message))
    fail_msg("%s -> %s: \"%s\" does not say \"%s\"", bad->from, bad->to, err.text, bad->message);
}

static void test_bad_files(void **state)
{
  (void)state;
  static const struct bad bad[] = {
      {"rms-plan/1", "rms-plan/9", "must be \"rms-plan/1\""},
      {"\"serve\"", "\"jobs\"", "must be \"serve\""},
      {"\"objective\": 6, ", "", "objective"},
      {"\"objective\": 6", "\"objective\": -6", "$.objective"},
      {"\"feasible\"", "\"fine\"", "must be optimal, feasible or infeasible"},
      {"\"feasible\"", "\"infeasible\"", "must be empty"},
      {"\"bound\": 4", "\"bond\": 4", "bound"},
      {"\"kind\": \"prices\"", "\"kind\": \"tree\"", "must be \"prices\""},
      {"\"denominator\": 84", "\"denominator\": -84", "denominator"},
      {"\"denominator\": 84", "\"denominator\": 84.5", "denominator"},
      {"\"1g.6gb\": 12", "\"1g.6gb\": -12", "1g.6gb"},
      {"\"1g.6gb\": 12", "\"1g.5gb\": 12", "1g.5gb"},
      {"\"1g.6gb\": 12", "\"1g.6gb+me\": 12", "no service"},
      {"{ \"old\": 3 }", "{ \"odd\": 3 }", "odd"},
      {"\"target\": 5", "\"target\": 0", "target"},
      {"\"target\": 5, ", "", "target"},
      {"\"1g.6gb\": 2", "\"1g.6gb\": 0.5", "vectors[0]"},
      {", { } ]", ", 7 ]", "vectors[1]"},
      {"\"a100-40gb\"", "\"a100-80gb\"", "a100-80gb"},
      {"\"pool\": \"old\", ", "", "must name one"},
      {"\"pool\": \"old\"", "\"pool\": \"a30-24gb\"", "has no pool"},
      {"\"count\": 2", "\"count\": 0", "$.groups[0].count"},
      {"\"count\": 2", "\"count\": 1e40", "$.groups[0].count"},
      {"\"4g.20gb\"", "\"9g.20gb\"", "9g.20gb"},
      {"\"start\": 0", "\"start\": 64", "start"},
      {"\"start\": 0, ", "", "start"},
      {"\"service\": \"x\"", "\"service\": \"z\"", "the nearest is"},
      {"\"batch\": 8", "\"batch\": 0", "batch"},
      {"\"batch\": 8", "\"bath\": 8", "batch"},
  };
  const long live = rms_ledger_live();
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) is_refused(inst, &bad[i]);
  rms_serve_free(inst);
  assert_int_equal(rms_ledger_live(), live);
}

static void test_failing_allocations(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  const long live = rms_ledger_live();
  for (long i = 1;; i++) {
    void *bytes = NULL;
    size_t n = 0;
    struct rms_claim claim;
    struct rms_verdict verdict;
    struct rms_text text = {0};
    struct rms_error err = {0};
    rms_ledger_fail_at(i);
    int status = rms_serve_plan_file_parse(&inst->base, good_file, strlen(good_file), "p", &bytes,
                                           &n, &claim, &err);
    if (!status) status = rms_serve_check(&inst->base, bytes, n, &claim, &verdict);
    if (!status)
      status = rms_serve_plan_file_write(&inst->base, bytes, n, &claim, "feasible", &text, &err);
    const int has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    rms_text_fini(&text);
    free(bytes);
    assert_int_equal(rms_ledger_live(), live);
    assert_int_equal(status, has_failed ? RMS_E_NOMEM : RMS_OK);
    if (!has_failed) break;
  }
  rms_serve_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_equal_neighbours_merge), cmocka_unit_test(test_bytes_round_trip),
      cmocka_unit_test(test_hostile_bytes),          cmocka_unit_test(test_file_round_trip),
      cmocka_unit_test(test_infeasible_file),        cmocka_unit_test(test_bad_files),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
