/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generated instances: purity, sets, strict texts, failing allocations. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "generate_fixture.h"
#include "instances/base/file.h"
#include "instances/base/memory.h"
#include "instances/serve/generate.h"
#include "instances/serve/sets.h"
#include "ledger.h"

struct list { /* of specs and groups */
  struct rms_arena *arena;
  char *specs[8192], *groups[8192];
  size_t n;
};

static int keep(void *ctx, const char *spec, const char *group)
{
  struct list *list = ctx;
  assert_true(list->n < 8192);
  list->specs[list->n] = rms_arena_text(list->arena, spec);
  list->groups[list->n++] = rms_arena_text(list->arena, group);
  return RMS_OK;
}

static struct list *expand(const char *request)
{
  struct rms_error err = {0};
  struct list *list = calloc(1, sizeof *list);
  assert_non_null(list);
  list->arena = rms_arena_new();
  if (rms_serve_expand(request, keep, list, &err) < 0) fail_msg("%s", err.text);
  return list;
}

static void drop_list(struct list *list)
{
  rms_arena_free(list->arena);
  free(list);
}

/* ---- purity ------------------------------------------------------------------------------------
 */

static void check_order(const char *request)
{
  struct list *list = expand(request);
  struct rms_text first[8] = {0}, again = {0};
  const size_t n = list->n < 8 ? list->n : 8;
  for (size_t i = 0; i < n; i++) write_one(&first[i], list->specs[i]);
  for (size_t i = n; i-- > 0;) {
    rms_text_clear(&again);
    write_one(&again, list->specs[i]);
    assert_string_equal(again.data, first[i].data);
  }
  for (size_t i = 1; i < n; i++) assert_string_not_equal(first[i].data, first[i - 1].data);
  rms_text_fini(&again);
  for (size_t i = 0; i < n; i++) rms_text_fini(&first[i]);
  drop_list(list);
}

static void test_purity(void **state)
{
  (void)state;
  check_order("services=7,machines=20,shape=jag,count=8");
  check_order("services=7,machines=20,shape=real,count=8,seed=9");
  check_order("set=tiny,cell=*n2-t3*,count=3");
  check_order("set=synth24,count=1");
  struct list *few = expand("set=ms24,count=2"), *many = expand("set=ms24,count=5");
  assert_int_equal(few->n, 8);
  assert_int_equal(many->n, 20);
  for (size_t i = 0; i < few->n; i++) assert_string_equal(few->specs[i], many->specs[i]);
  assert_string_equal(many->specs[5], "set=ms24,index=5,seed=1");
  drop_list(few);
  drop_list(many);
  assert_int_equal(rms_ledger_live(), 0);
}

/* A set's instance is what its cell's options in full give, name apart; a count or a filter changes
 * nothing. */
static void test_set_is_options(void **state)
{
  (void)state;
  struct rms_text a = {0}, b = {0};
  write_one(&a, "set=grid,index=0,seed=4");
  write_one(&b, "machines=10,services=5,seed=4");
  const char *pools_a = strstr(a.data, "\"pools\""), *pools_b = strstr(b.data, "\"pools\"");
  assert_string_equal(pools_a, pools_b);
  rms_text_clear(&a);
  write_one(&a, "machines=10,services=5,seed=5");
  assert_string_not_equal(strstr(a.data, "\"pools\""), pools_b);
  rms_text_fini(&a);
  rms_text_fini(&b);
  struct list *list = expand("set=grid,services=24,machines=50,shape=mid,seed=3,rules=r470");
  assert_int_equal(list->n, 1);
  assert_string_equal(list->groups[0], "grid-n24-t50-mid-rules-r470");
  assert_non_null(strstr(list->specs[0], ",seed=3,rules=r470"));
  const struct rms_serve *inst = make(list->specs[0]);
  assert_string_equal(inst->base.name, "grid-n24-t50-mid-rules-r470-s3-0");
  assert_string_equal(inst->pools[0].rules->name, "r470");
  assert_int_equal(inst->n_services, 24);
  drop(inst);
  drop_list(list);
  assert_int_equal(rms_ledger_live(), 0);
}

static void test_identity(void **state)
{
  (void)state;
  static const char *const same[][2] = {
      {"services=9,machines=4,shape=jag", "shape=jag,machines=4,services=9,seed=1,index=0"},
      {"", "services=24"},
      {"machines=1e3", "machines=1000"},
      {"set=parvagpu,scenario=1,procs=3", "set=parvagpu,index=1,seed=1"},
  };
  static const char *const different[][2] = {
      {"seed=1", "seed=2"},
      {"index=0", "index=1"},
      {"shape=jag", "shape=mid"},
      {"", "rules=r470"},
      {"", "machine=h100-80gb"},
      {"set=parvagpu,scenario=1", "set=parvagpu,scenario=1,lat=0.45"},
      {"set=tiny,index=0", "set=tiny,index=0,seed=2"},
      {"pools=a100-80gb*2+a30-24gb", "pools=a100-80gb*3+a30-24gb"},
  };
  struct rms_hash a, b;
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    identify(same[i][0], &a);
    identify(same[i][1], &b);
    assert_int_equal(rms_hash_compare(a, b), 0);
  }
  for (size_t i = 0; i < sizeof different / sizeof *different; i++) {
    identify(different[i][0], &a);
    identify(different[i][1], &b);
    assert_int_not_equal(rms_hash_compare(a, b), 0);
    struct rms_text x = {0}, y = {0};
    write_one(&x, different[i][0]);
    write_one(&y, different[i][1]);
    assert_string_not_equal(x.data, y.data);
    rms_text_fini(&x);
    rms_text_fini(&y);
  }
  assert_int_equal(rms_ledger_live(), 0);
}

/* ---- sets --------------------------------------------------------------------------------------
 */

static int compare_texts(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void assert_distinct(char **texts, size_t n)
{
  qsort(texts, n, sizeof *texts, compare_texts);
  for (size_t i = 1; i < n; i++) assert_string_not_equal(texts[i - 1], texts[i]);
}

/* Every cell is understood; a sample of the small ones is built and can be solved. */
static size_t check_set(const char *name)
{
  char request[80];
  size_t n_built = 0;
  snprintf(request, sizeof request, "set=%s,count=1", name);
  struct list *list = expand(request);
  char **names = calloc(list->n, sizeof *names);
  for (size_t i = 0; i < list->n; i++) {
    struct rms_hash hash;
    struct rms_error why = {0};
    char hex[RMS_HASH_TEXT];
    identify(list->specs[i], &hash);
    rms_hash_print(hash, hex);
    names[i] = rms_arena_text(list->arena, hex);
    if (i % 5 != 0 || strstr(list->groups[i], "000-t")) continue;
    const struct rms_serve *inst = make(list->specs[i]);
    if (rms_family_serve.is_hopeless(&inst->base, &why))
      fail_msg("%s: %s", list->specs[i], why.text);
    assert_true(strlen(inst->base.name) <= RMS_NAME_MAX);
    if (strncmp(inst->base.name, list->groups[i], strlen(list->groups[i])) != 0)
      fail_msg("%s is not in group %s", inst->base.name, list->groups[i]);
    drop(inst);
    n_built++;
  }
  assert_distinct(names, list->n);
  assert_distinct(list->groups, list->n);
  free(names);
  drop_list(list);
  return n_built;
}

static void test_sets(void **state)
{
  (void)state;
  static const char *const expected[] = {"grid",  "latency", "ms24",  "parvagpu", "parvagpu-rule",
                                         "pools", "synth24", "tight", "tiny"};
  char name[RMS_SET_NAME_MAX];
  size_t found = 0;
  for (size_t i = 0; rms_serve_set_name(i, name); i++) {
    for (size_t k = 0; k < 9; k++) found += strcmp(name, expected[k]) == 0;
    assert_true(check_set(name) > 0);
    assert_int_equal(rms_ledger_live(), 0);
  }
  assert_int_equal(found, 9);
}

static void test_set_texts(void **state)
{
  (void)state;
  static const char *const bad[] = {
      "",
      "[set]\ndoc = x\n",
      "[set]\ncount = 0\n[cells]\nservices = 1\n",
      "[set]\ncount = many\n",
      "[set]\ncolour = red\n",
      "[other]\na = b\n",
      "[cells]\nspeed = 3\n",
      "[cells]\nseed = 3\n",
      "[cells]\nservices =\n",
      "[cells]\nservices\n",
      "[set]\nmost_services_per_machine = 1\n[cells]\nservices = 9\nmachines = 1\n",
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct rms_serve_set *set = NULL;
    struct rms_error err = {0};
    if (rms_serve_set_parse(&set, "x", bad[i], &err) != RMS_E_FORMAT)
      fail_msg("accepted: %s", bad[i]);
    assert_non_null(strstr(err.text, "x"));
    assert_null(set);
    assert_int_equal(rms_ledger_live(), 0);
  }
  struct rms_serve_set *set = NULL;
  struct rms_serve_options options;
  char label[RMS_SET_LABEL_MAX];
  assert_int_equal(
      rms_serve_set_parse(&set, "x",
                          "[set]\nmost_services_per_machine = 2\n[cells a]\n"
                          "label = x-{services}-{shape}\nservices = 4 30\n  9\nmachines = 5\n"
                          "shape = mid jag\n[cells b]\nservices = 7\n",
                          NULL),
      RMS_OK);
  assert_int_equal(set->n_cells, 5); /* 30 services are too many for 5 machines */
  assert_int_equal(rms_serve_set_cell(set, 3, &options, NULL), RMS_OK);
  assert_int_equal(rms_serve_set_label(set, 3, &options, label, NULL), RMS_OK);
  assert_string_equal(label, "x-9-jag");
  assert_true(rms_serve_set_varies(set, RMS_OPT_SERVICES));
  assert_false(rms_serve_set_varies(set, RMS_OPT_RULES));
  rms_serve_set_free(set);
  assert_int_equal(rms_ledger_live(), 0);
}

/* ---- texts -------------------------------------------------------------------------------------
 */

static int count_only(void *ctx, const char *spec, const char *group)
{
  (void)spec;
  (void)group;
  ++*(size_t *)ctx;
  return RMS_OK;
}

static void test_bad_texts(void **state)
{
  (void)state;
  static const struct {
    const char *spec, *message;
    int status;
  } bad[] = {
      {"servces=5", "nearest is \"services\"", RMS_E_UNKNOWN},
      {"services=0", "[1, 2000000]", RMS_E_PARAM},
      {"services=1.5", "whole number", RMS_E_PARAM},
      {"services=", "whole number", RMS_E_PARAM},
      {"services=5,services=5", "given twice", RMS_E_FORMAT},
      {"services", "must be key=value", RMS_E_FORMAT},
      {"services=5,", "must be key=value", RMS_E_FORMAT},
      {"=5", "must be key=value", RMS_E_FORMAT},
      {"shape=jagg", "nearest is \"jag\"", RMS_E_UNKNOWN},
      {"demand=lognorm", "nearest is \"lognormal\"", RMS_E_UNKNOWN},
      {"machine=a100", "a100", RMS_E_UNKNOWN},
      {"machine=/no/such/file.json", "/no/such/file.json", RMS_E_IO},
      {"machine=a30-24gb,pools=a100-80gb", "not both", RMS_E_PARAM},
      {"machines=5,scale=100", "not both", RMS_E_PARAM},
      {"shape=jag,slo=5", "means nothing", RMS_E_PARAM},
      {"shape=scenario,services=5", "means nothing", RMS_E_PARAM},
      {"shape=scenario,scenario=7", "1 to 6", RMS_E_PARAM},
      {"shape=scenario,index=1", "one instance", RMS_E_PARAM},
      {"rules=r480", "no such rule set", RMS_E_UNKNOWN},
      {"pools=a100-80gb*0", "cost", RMS_E_PARAM},
      {"pools=a100-80gb*1.5", "whole numbers", RMS_E_PARAM},
      {"pools=a100-80gb/x", "stock", RMS_E_PARAM},
      {"pools=a100-80gb@0", "speed", RMS_E_PARAM},
      {"pools=a100-80gb+", "has no machine", RMS_E_FORMAT},
      {"pools=a100-80gb+a100-80gb@2", "two speeds", RMS_E_PARAM},
      {"lat=nan", "number", RMS_E_PARAM},
      {"slo=1", "loosen", RMS_E_PARAM},
      {"count=3", "no count", RMS_E_FORMAT},
      {"set=grid,cell=x", "no cell", RMS_E_FORMAT},
      {"set=gird", "nearest is \"grid\"", RMS_E_UNKNOWN},
      {"set=", "1 to 63 bytes", RMS_E_PARAM},
      {"set=grid,services=6", "none of its", RMS_E_UNKNOWN},
      {"set=grid,index=0,services=24", "other options", RMS_E_PARAM},
      {"set=parvagpu,index=12", "one instance", RMS_E_PARAM},
      {"set=parvagpu,services=3", "means nothing", RMS_E_PARAM},
      {"seed=-1", "seed", RMS_E_PARAM},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct rms_instance *inst = NULL;
    struct rms_error err = {0};
    const int status = rms_serve_generate(&inst, bad[i].spec, &err);
    assert_null(inst);
    if (status != bad[i].status || !strstr(err.text, bad[i].message))
      fail_msg("%s: status %d, %s", bad[i].spec, status, err.text);
    assert_int_equal(rms_ledger_live(), 0);
  }
  struct list *list = expand("count=3,index=5,shape=mid");
  assert_int_equal(list->n, 3);
  assert_string_equal(list->specs[2],
                      "services=24,machines=50,shape=mid,demand=lognormal,seed=1,index=7");
  drop_list(list);
  char *spec = malloc(RMS_OPTION_SPEC_MAX + 10);
  assert_non_null(spec);
  memset(spec, 'a', RMS_OPTION_SPEC_MAX + 9);
  spec[RMS_OPTION_SPEC_MAX + 9] = 0;
  struct rms_instance *inst = NULL;
  assert_int_equal(rms_serve_generate(&inst, spec, NULL), RMS_E_LIMIT);
  free(spec);
  size_t n = 0;
  assert_int_equal(rms_serve_expand("set=parvagpu,count=2", count_only, &n, NULL), RMS_E_PARAM);
  assert_int_equal(n, 0);
}

/* ---- allocations -------------------------------------------------------------------------------
 */

static void test_failing_allocations(void **state)
{
  (void)state;
  static const char *const specs[] = {"services=3,shape=jag",
                                      "services=2,shape=real,pools=a100-80gb+a30-24gb",
                                      "set=parvagpu,scenario=1", "set=tight,index=1"};
  for (size_t i = 0; i < 4; i++)
    for (long n = 1;; n++) {
      struct rms_instance *inst = NULL;
      struct rms_hash hash;
      size_t count = 0;
      rms_ledger_fail_at(n);
      const int a = rms_serve_generate(&inst, specs[i], NULL);
      const int b = rms_serve_identify(specs[i], &hash, NULL);
      const int c = rms_serve_expand(specs[i], count_only, &count, NULL);
      const int has_failed = rms_ledger_has_failed();
      rms_ledger_fail_at(0);
      rms_family_serve.free_instance(inst);
      assert_int_equal(rms_ledger_live(), 0);
      if (!has_failed) {
        assert_true(a == RMS_OK && b == RMS_OK && c == RMS_OK && count >= 1);
        break;
      }
      assert_true(a == RMS_E_NOMEM || b == RMS_E_NOMEM || c == RMS_E_NOMEM);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_purity),
      cmocka_unit_test(test_set_is_options),
      cmocka_unit_test(test_identity),
      cmocka_unit_test(test_sets),
      cmocka_unit_test(test_set_texts),
      cmocka_unit_test(test_bad_texts),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
