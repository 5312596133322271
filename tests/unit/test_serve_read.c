/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "ledger.h"
#include "serve_fixture.h"

static char *canonical(const struct rms_instance *inst)
{
  struct rms_text text = {0};
  assert_int_equal(inst->family->write(inst, &text), RMS_OK);
  return text.data;
}

static void test_small_is_read(void **state)
{
  (void)state;
  const long live = rms_ledger_live();
  struct rms_serve *const inst = serve_open(SERVE_SMALL);
  assert_string_equal(inst->base.name, "small");
  assert_int_equal(inst->n_services, 2);
  assert_int_equal(inst->n_kinds, 5);
  assert_string_equal(inst->pools[0].name, "a100-80gb");
  assert_string_equal(inst->pools[0].rules->name, "r510");
  assert_int_equal(inst->pools[0].count, -1);
  assert_int_equal(inst->pools[0].cost, 1);
  assert_int_equal(inst->services[0].demand, 460 * RMS_MICRO);
  assert_true(inst->services[0].slo_ms == 250 && isnan(inst->services[1].slo_ms));
  /* kinds: 7g 4g 3g 2g 1g */
  static const int64_t rates[2][5] = {{402700000, 351200000, 330000000, 265100000, 148800000},
                                      {100000000, 0, 55250000, 30000000, 0}};
  for (size_t s = 0; s < 2; s++)
    for (size_t k = 0; k < 5; k++) assert_int_equal(rms_serve_rate(inst, s, k), rates[s][k]);
  assert_int_equal(rms_serve_kind_of(inst, 0, inst->kinds[3].profile), 3);
  assert_int_equal(rms_serve_kind_of(inst, 1, 0), -1);
  rms_serve_free(inst);
  assert_int_equal(rms_ledger_live(), live);
}

static void test_cuts_count_their_slices(void **state)
{
  (void)state;
  struct rms_serve *const small = serve_open(SERVE_SMALL);
  struct rms_serve *const pools = serve_open(SERVE_POOLS);
  assert_int_equal(small->pools[0].n_cuts, 12); /* of five sizes under r510 */
  assert_int_equal(pools->n_machines, 2);
  assert_int_equal(pools->pools[0].n_cuts, 2); /* 4 | 3+3 */
  assert_int_equal(pools->pools[2].n_cuts, 2); /* 4+3 | 3+3 */
  const struct rms_serve *const both[] = {small, pools};
  for (size_t i = 0; i < 2; i++)
    for (size_t p = 0; p < both[i]->n_pools; p++)
      for (size_t c = 0; c < both[i]->pools[p].n_cuts; c++) {
        const struct rms_serve_cut *const cut = &both[i]->pools[p].cuts[c];
        size_t n = 0;
        for (size_t k = 0; k < both[i]->n_kinds; k++) {
          n += cut->count[k];
          if (both[i]->kinds[k].machine != both[i]->pools[p].machine)
            assert_int_equal(cut->count[k], 0);
          else
            assert_int_equal(cut->count[k], cut->partition->count[both[i]->kinds[k].profile]);
        }
        assert_int_equal(n, cut->partition->n_slices);
        for (size_t j = 0; j < n; j++)
          assert_int_equal(both[i]->kinds[cut->kind_of[j]].profile,
                           cut->partition->layout[j].profile);
      }
  rms_serve_free(small);
  rms_serve_free(pools);
}

static void is_fixed_point(const char *text)
{
  struct rms_serve *const first = serve_open(text);
  char *const once = canonical(&first->base);
  struct rms_serve *const second = serve_open(once);
  char *const twice = canonical(&second->base);
  struct rms_hash a, b;
  assert_string_equal(once, twice);
  assert_int_equal(rms_instance_hash(&first->base, &a), RMS_OK);
  assert_int_equal(rms_instance_hash(&second->base, &b), RMS_OK);
  assert_int_equal(rms_hash_compare(a, b), 0);
  assert_int_equal(first->n_kinds, second->n_kinds);
  assert_memory_equal(first->throughput, second->throughput,
                      first->n_services * first->n_kinds * sizeof *first->throughput);
  free(once);
  free(twice);
  rms_serve_free(first);
  rms_serve_free(second);
}

#define OWN_MACHINE                                                                                \
  "{ \"format\": \"rms-machine/1\", \"name\": \"duo\", \"memory_units\": 2, \"compute_units\": 2," \
  "  \"max_instances\": 2, \"profiles\": ["                                                        \
  "  { \"name\": \"half\", \"compute\": 1, \"memory\": 1, \"starts\": [0, 1], \"max\": 2 },"       \
  "  { \"name\": \"full\", \"compute\": 2, \"memory\": 2, \"starts\": [0], \"max\": 1 } ],"        \
  "  \"rules\": { \"any\": {} }, \"default_rules\": \"any\" }"
#define OWN                                                                                        \
  "{ \"format\": \"rms-instance/1\", \"family\": \"serve\", \"name\": \"own\","                    \
  "  \"machines\": [ " OWN_MACHINE " ],"                                                           \
  "  \"pools\": [ { \"machine\": \"duo\", \"cost\": 7 } ], \"services\": ["                        \
  "  { \"name\": \"s\", \"demand\": 0.0000001, \"throughput\": { \"duo\": { \"full\": 1e12,"       \
  "    \"half\": 0.0000019 } } }, { \"name\": \"nowhere\", \"demand\": 1, \"throughput\": {} } ] " \
  "}"

static void test_writing_is_a_fixed_point(void **state)
{
  (void)state;
  const long live = rms_ledger_live();
  is_fixed_point(SERVE_SMALL);
  is_fixed_point(SERVE_POOLS);
  is_fixed_point(OWN);
  assert_int_equal(rms_ledger_live(), live);
}

static void test_own_machine_travels(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(OWN);
  char *const text = canonical(&inst->base);
  struct rms_error why = {0};
  assert_non_null(strstr(text, "rms-machine/1"));
  assert_int_equal(inst->services[0].demand, 1);   /* rounded up */
  assert_int_equal(rms_serve_rate(inst, 0, 1), 1); /* rounded down */
  assert_int_equal(rms_serve_rate(inst, 0, 0), RMS_MICRO_MAX);
  assert_true(inst->base.family->is_hopeless(&inst->base, &why));
  assert_non_null(strstr(why.text, "\"nowhere\""));
  free(text);
  rms_serve_free(inst);
}

static void test_points_are_kept(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  const int k = rms_serve_kind_of(inst, 0, serve_profile(inst, 0, "4g.20gb"));
  assert_non_null(inst->points);
  assert_int_equal(inst->points[k].batch, 8);
  assert_int_equal(inst->points[k].processes, 2);
  rms_serve_free(inst);
}

static void test_features_are_json(void **state)
{
  (void)state;
  struct rms_serve *const inst = serve_open(SERVE_POOLS);
  struct rms_text text = {0};
  struct rms_document *doc = NULL;
  struct rms_error err = {0};
  assert_int_equal(rms_serve_features(&inst->base, &text), RMS_OK);
  if (rms_document_parse(&doc, text.data, text.length, "features", &err)) fail_msg("%s", err.text);
  const struct rms_node root = rms_document_root(doc);
  struct rms_node node;
  double value = 0;
  assert_int_equal(rms_node_get(&root, "services", &node, NULL), RMS_OK);
  assert_int_equal(rms_node_double(&node, 0, 10, &value, NULL), RMS_OK);
  assert_true(value == 2);
  /* y: 3 requests/s at 2 on half of an A30; x: the best is 10 / 4 x 3/7 of an A100 */
  assert_int_equal(rms_node_get(&root, "free_machines", &node, NULL), RMS_OK);
  assert_int_equal(rms_node_double(&node, 0, 10, &value, NULL), RMS_OK);
  assert_true(fabs(value - (3.0 / 2 / 2 + 10.0 / 4 * 3 / 7)) < 1e-12);
  rms_document_free(doc);
  rms_text_fini(&text);
  rms_serve_free(inst);
}

/* ---- bad input: replace one piece of a good text, the message must say what and where
 * ------------ */

struct bad {
  const char *from, *to, *message;
};

static char *replaced(const char *text, const char *from, const char *to)
{
  const char *const at = strstr(text, from);
  if (!at) fail_msg("the good text has no %s", from);
  char *const result = malloc(strlen(text) + strlen(to) + 1);
  assert_non_null(result);
  sprintf(result, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
  return result;
}

static void is_refused(const char *good, const struct bad *bad)
{
  char *const text = replaced(good, bad->from, bad->to);
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  const int status = rms_serve_parse(&inst, text, strlen(text), "bad.json", &err);
  if (!status) fail_msg("accepted: %s -> %s", bad->from, bad->to);
  assert_null(inst);
  assert_int_equal(err.status, status);
  if (strncmp(err.text, "bad.json", 8) != 0) fail_msg("no origin: %s", err.text);
  if (!strstr(err.text, bad->message))
    fail_msg("%s -> %s: \"%s\" does not say \"%s\"", bad->from, bad->to, err.text, bad->message);
  free(text);
}

static void test_bad_input_is_refused(void **state)
{
  (void)state;
  static const struct bad small[] = {
      {"rms-instance/1", "rms-instance/2", "must be \"rms-instance/1\""},
      {"\"serve\"", "\"jobs\"", "must be \"serve\""},
      {"\"name\": \"small\"", "\"nam\": \"small\"", "nam"},
      {"\"name\": \"small\"", "\"name\": \"\"", "$.name"},
      {"\"name\": \"small\"", "\"name\": 7", "$.name"},
      {"\"name\": \"small\"", "\"name\": \"small\", \"name\": \"again\"", "duplicate"},
      {"{ \"machine\": \"a100-80gb\" }", "", "$.pools"},
      {"{ \"machine\": \"a100-80gb\" }", "{}", "machine"},
      {"{ \"machine\": \"a100-80gb\" }", "{ \"machine\": \"a100-80\" }", "a100-80gb"},
      {"{ \"machine\": \"a100-80gb\" }", "{ \"machine\": \"a100-80gb\", \"rules\": \"r511\" }",
       "r470, r510"},
      {"{ \"machine\": \"a100-80gb\" }", "{ \"machine\": \"a100-80gb\", \"count\": -1 }",
       "$.pools[0].count"},
      {"{ \"machine\": \"a100-80gb\" }", "{ \"machine\": \"a100-80gb\", \"count\": 1.5 }",
       "$.pools[0].count"},
      {"{ \"machine\": \"a100-80gb\" }", "{ \"machine\": \"a100-80gb\", \"cost\": 0 }",
       "$.pools[0].cost"},
      {"{ \"machine\": \"a100-80gb\" }", "{ \"machine\": \"a100-80gb\", \"price\": 2 }", "price"},
      {"{ \"machine\": \"a100-80gb\" }",
       "{ \"machine\": \"a100-80gb\" }, { \"machine\": \"a100-80gb\" }",
       "both called \"a100-80gb\""},
      {"{ \"machine\": \"a100-80gb\" }", "{ \"machine\": \"thor-igpu\" }", "thor-igpu"},
      {"\"demand\": 460", "\"demand\": 0", "$.services[0].demand"},
      {"\"demand\": 460", "\"demand\": -1", "$.services[0].demand"},
      {"\"demand\": 460", "\"demand\": 1e13", "$.services[0].demand"},
      {"\"demand\": 460", "\"demand\": \"many\"", "\"many\""},
      {"\"demand\": 460, ", "", "demand"},
      {"\"slo_ms\": 250", "\"slo_ms\": 0", "$.services[0].slo_ms"},
      {"\"slo_ms\": 250", "\"slo\": 250", "slo_ms"},
      {"\"name\": \"b\"", "\"name\": \"a\"", "services 0 and 1 are both called \"a\""},
      {"\"name\": \"b\"", "\"name\": \"a\\u0001\"", "$.services[1].name"},
      {"\"throughput\"", "\"troughput\"", "throughput"},
      {"\"1g.10gb\": 148.8", "\"1g.5gb\": 148.8", "1g.10gb"},
      {"\"1g.10gb\": 148.8", "\"1g.10gb\": -1", "1g.10gb"},
      {"\"1g.10gb\": 148.8", "\"1g.10gb\": 1e300", "1g.10gb"},
      {"\"1g.10gb\": 148.8", "\"1g.10gb\": null", "1g.10gb"},
      {"\"1g.10gb\": 148.8", "\"1g.10gb\": 1, \"1g.10gb\": 2", "duplicate"},
      {"\"throughput\": { \"a100-80gb\"", "\"throughput\": { \"h100-80gb\"", "no pool has"},
      {"\"slo_ms\": 250", "\"operating_point\": { \"a100-80gb\": { \"1g.20gb\": {} } }",
       "without a throughput"},
      {"\"slo_ms\": 250",
       "\"operating_point\": { \"a100-80gb\": { \"1g.10gb\": { \"bach\": 1 } } }", "batch"},
      {"\"slo_ms\": 250",
       "\"operating_point\": { \"a100-80gb\": { \"1g.10gb\": { \"batch\": -1 } } }", "batch"},
      {"} ] }", "} ] } x", "bad.json:"},
      {"} ] }", "", "bad.json:"},
  };
  static const struct bad own[] = {
      {"{ \"machine\": \"duo\", \"cost\": 7 }", "{ \"machine\": \"a30-24gb\" }", "in no pool"},
      {OWN_MACHINE, OWN_MACHINE ", " OWN_MACHINE, "stands twice"},
      {"\"max\": 2", "\"max\": -2", "$.machines[0]"},
  };
  const long live = rms_ledger_live();
  for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) is_refused(SERVE_SMALL, &small[i]);
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) is_refused(OWN, &own[i]);
  assert_int_equal(rms_ledger_live(), live);
}

static void test_failing_allocations(void **state)
{
  (void)state;
  static const char *const texts[] = {SERVE_SMALL, SERVE_POOLS, OWN};
  const long live = rms_ledger_live();
  for (size_t t = 0; t < 3; t++)
    for (long n = 1;; n++) {
      struct rms_instance *inst = NULL;
      struct rms_text text = {0};
      struct rms_error err = {0};
      rms_ledger_fail_at(n);
      int status = rms_serve_parse(&inst, texts[t], strlen(texts[t]), "test", &err);
      if (status == RMS_OK) status = rms_serve_write(inst, &text);
      const int has_failed = rms_ledger_has_failed();
      rms_ledger_fail_at(0);
      rms_text_fini(&text);
      rms_instance_free(inst);
      assert_int_equal(rms_ledger_live(), live);
      if (!has_failed) {
        assert_int_equal(status, RMS_OK);
        break;
      }
      if (status != RMS_E_NOMEM) fail_msg("allocation %ld: status %d, %s", n, status, err.text);
    }
}

/* ---- families
 * ------------------------------------------------------------------------------------ */

static void write_file(const char *path, const char *text)
{
  FILE *const file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  assert_int_equal(fclose(file), 0);
}

static void test_open_finds_the_family(void **state)
{
  (void)state;
  char path[64];
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  snprintf(path, sizeof path, "build/test_serve_read.%ld.json", (long)rand());
  write_file(path, SERVE_POOLS);
  assert_int_equal(rms_instance_open(&inst, path, &err), RMS_OK);
  assert_ptr_equal(inst->family, &rms_family_serve);
  rms_instance_free(inst);
  inst = NULL;

  /* a nested "family" decides nothing */
  write_file(path, "{ \"machines\": [ { \"family\": \"serve\" } ], \"family\": \"chess\" }");
  assert_true(rms_instance_open(&inst, path, &err) < 0);
  assert_non_null(strstr(err.text, "must be one of: serve"));
  write_file(path, "{ \"name\": \"x\" }");
  assert_true(rms_instance_open(&inst, path, &err) < 0);
  assert_non_null(strstr(err.text, "family"));
  remove(path);
  assert_int_equal(rms_instance_open(&inst, path, &err), RMS_E_IO);
  assert_non_null(strstr(err.text, path));
  assert_null(inst);
}

static void test_registry_and_verdicts(void **state)
{
  (void)state;
  assert_ptr_equal(rms_family_find("serve"), &rms_family_serve);
  assert_ptr_equal(rms_family_at(0), &rms_family_serve);
  assert_null(rms_family_find("chess"));
  assert_ptr_equal(rms_family_at(1), rms_family_find("jobs"));
  assert_null(rms_family_at(2));
  for (int i = 0; i < RMS_VERDICT_COUNT; i++) {
    enum rms_verdict_kind kind = RMS_VERDICT_COUNT;
    assert_int_equal(rms_verdict_parse(rms_verdict_text((enum rms_verdict_kind)i), &kind), RMS_OK);
    assert_int_equal(kind, i);
  }
  enum rms_verdict_kind kind = RMS_VERDICT_NONE;
  assert_int_equal(rms_verdict_parse("good", &kind), RMS_E_FORMAT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_small_is_read),
      cmocka_unit_test(test_cuts_count_their_slices),
      cmocka_unit_test(test_writing_is_a_fixed_point),
      cmocka_unit_test(test_own_machine_travels),
      cmocka_unit_test(test_points_are_kept),
      cmocka_unit_test(test_features_are_json),
      cmocka_unit_test(test_bad_input_is_refused),
      cmocka_unit_test(test_failing_allocations),
      cmocka_unit_test(test_open_finds_the_family),
      cmocka_unit_test(test_registry_and_verdicts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
