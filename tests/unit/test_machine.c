/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "instances/machine.h"
#include "ledger.h"

#define FPGA "tests/golden/fpga.json"

static int parse(struct rms_machine **machine, const char *text, struct rms_error *err)
{
  struct rms_document *doc = NULL;
  int status = rms_document_parse(&doc, text, strlen(text), "test", err);
  if (status) return status;
  struct rms_node root = rms_document_root(doc);
  status = rms_machine_parse(machine, &root, err);
  rms_document_free(doc);
  return status;
}

static void is_kept_by_its_canonical_text(const struct rms_machine *machine)
{
  struct rms_machine *again = NULL;
  struct rms_error err = {0};
  if (parse(&again, machine->text, &err)) fail_msg("%s: %s", machine->name, err.text);
  assert_string_equal(again->text, machine->text);
  assert_int_equal(again->n_profiles, machine->n_profiles);
  assert_int_equal(again->n_rules, machine->n_rules);
  for (int p = 0; p < machine->n_profiles; p++)
    assert_memory_equal(again->profiles[p].preferred, machine->profiles[p].preferred,
                        RMS_STARTS_MAX);
  for (int r = 0; r < machine->n_rules; r++) {
    assert_int_equal(again->rules[r].absent, machine->rules[r].absent);
    assert_int_equal(again->rules[r].has_quotas, machine->rules[r].has_quotas);
    assert_memory_equal(again->rules[r].one_of, machine->rules[r].one_of,
                        sizeof again->rules[r].one_of);
  }
  rms_machine_free(again);
}

static void test_builtins_are_read(void **state)
{
  (void)state;
  size_t n = 0, n_usable = 0;
  const char *name, *last = "";
  long live = rms_ledger_live();
  for (; (name = rms_machine_builtin_name(n)); n++) {
    struct rms_machine *machine = NULL;
    struct rms_error err = {0};
    if (rms_machine_builtin(&machine, name, &err)) fail_msg("%s", err.text);
    assert_string_equal(machine->name, name);
    assert_true(strcmp(last, name) < 0);
    assert_non_null(machine->evidence);
    assert_non_null(machine->sources);
    assert_int_equal(machine->is_usable, machine->why == NULL);
    n_usable += machine->is_usable;
    is_kept_by_its_canonical_text(machine);
    rms_machine_free(machine);
    last = name;
  }
  assert_int_equal(n, 23); /* 18 of one vendor, 5 of another */
  assert_int_equal(n_usable, 20);
  assert_null(rms_machine_builtin_name(n + 5));
  assert_int_equal(rms_ledger_live(), live);
}

static void test_a100_is_what_the_driver_prints(void **state)
{
  (void)state;
  struct rms_machine *m = NULL;
  assert_int_equal(rms_machine_builtin(&m, "a100-80gb", NULL), 0);
  assert_int_equal(m->memory_units, 8);
  assert_int_equal(m->compute_units, 7);
  assert_int_equal(m->n_profiles, 7);
  int p = rms_machine_profile(m, "3g.40gb");
  assert_int_equal(p, rms_machine_profile(m, "3g"));
  assert_int_equal(rms_machine_profile(m, "3g.20gb"), -1);
  assert_int_equal(m->profiles[p].id, 9);
  assert_int_equal(m->profiles[p].sm, 42);
  assert_true(m->profiles[p].memory_gib == 39.25);
  assert_int_equal(m->profiles[p].preferred[0], 4);
  assert_int_equal(m->profiles[p].starts[0], 0);
  int r = rms_machine_rules(m, "r470");
  assert_true(r >= 0);
  assert_int_equal(m->rules[r].absent, 1U << rms_machine_profile(m, "1g.2x"));
  assert_int_equal(m->rules[r].n_one_of, 1);
  assert_int_equal(m->rules[r].one_of[0], 1U << p | 1U << rms_machine_profile(m, "4g"));
  assert_string_equal(m->rules[m->default_rules].name, "r510");
  assert_int_equal(rms_machine_rules(m, "r999"), -1);
  assert_non_null(strstr(m->evidence, "placements: docs"));
  rms_machine_free(m);

  assert_int_equal(rms_machine_builtin(&m, "h20-96gb", NULL), 0);
  assert_int_equal(m->n_rules, 1); /* no board of this generation can run the old drivers */
  assert_true(isnan(m->profiles[0].memory_gib));
  assert_int_equal(m->profiles[0].sm, -1);
  rms_machine_free(m);
}

static void test_a_wrong_name_finds_the_nearest(void **state)
{
  (void)state;
  struct rms_machine *m = NULL;
  struct rms_error err = {0};
  assert_int_equal(rms_machine_builtin(&m, "a100-80g", &err), RMS_E_UNKNOWN);
  assert_non_null(strstr(err.text, "'a100-80gb'"));
  assert_int_equal(rms_machine_builtin(&m, "h200", &err), RMS_E_UNKNOWN);
  assert_non_null(strstr(err.text, "'h200-141gb'"));
  assert_int_equal(rms_machine_builtin(&m, "quux", &err), RMS_E_UNKNOWN);
  assert_null(strstr(err.text, "nearest"));
  assert_int_equal(rms_machine_builtin(&m, "../a100-80gb", &err), RMS_E_UNKNOWN);
  assert_int_equal(rms_machine_builtin(&m, "", &err), RMS_E_UNKNOWN);
  assert_int_equal(rms_machine_read(&m, "tests/golden/no-such.json", &err), RMS_E_IO);
  assert_null(m);
}

static void test_a_users_machine_is_read(void **state)
{
  (void)state;
  struct rms_machine *m = NULL;
  struct rms_error err = {0};
  if (rms_machine_read(&m, FPGA, &err)) fail_msg("%s", err.text);
  assert_int_equal(m->memory_units, 6);
  assert_string_equal(m->profiles[0].shape, "region");
  assert_int_equal(m->profiles[0].id, -1);
  assert_int_equal(m->profiles[4].max, 1); /* as many as it has starts */
  assert_int_equal(m->profiles[4].group, m->profiles[5].group);
  assert_string_equal(m->group_names[m->profiles[4].group], "host");
  assert_int_equal(m->profiles[3].uses[0], 2);
  assert_true(m->rules[m->default_rules].has_quotas);
  assert_null(m->evidence);
  is_kept_by_its_canonical_text(m);
  rms_machine_free(m);
}

static void test_the_shortest_machine(void **state)
{
  (void)state;
  struct rms_machine *m = NULL;
  struct rms_error err = {0};
  if (parse(&m,
            "{\"format\":\"rms-machine/1\",\"name\":\"m\",\"memory_units\":2,\"profiles\":"
            "[{\"name\":\"p\",\"memory\":1,\"compute\":1,\"starts\":[0,1]}]}",
            &err))
    fail_msg("%s", err.text);
  assert_int_equal(m->profiles[0].max, 2);
  assert_int_equal(m->max_instances, 2);
  assert_int_equal(m->n_rules, 1);
  is_kept_by_its_canonical_text(m);
  rms_machine_free(m);
}

/* ---- hostile files: one good machine, one change each -------------------------------------------
 */

static const char good[] =
    "{\"format\":\"rms-machine/"
    "1\",\"name\":\"m\",\"memory_units\":4,\"compute_units\":4,\"quotas\":{\"q\":2},"
    "\"profiles\":[{\"name\":\"a\",\"shape\":\"s\",\"memory\":2,\"compute\":2,\"starts\":[0,2],"
    "\"max\":2,\"uses\":{\"q\":1}},"
    "{\"name\":\"b\",\"memory\":1,\"compute\":1,\"starts\":[0,1,2,3],\"group\":\"g\"}],"
    "\"start_order\":{\"s\":[2,0]},\"rules\":{\"r\":{\"absent\":[],\"one_of\":[[\"s\",\"b\"]],"
    "\"quotas\":true}},"
    "\"default_rules\":\"r\"}";

static const struct {
  const char *what, *from, *to, *says; /* the message must contain `says` */
} changes[] = {
    {"other format", "rms-machine/1", "rms-machine/2", "must be \"rms-machine/1\""},
    {"unknown field", "\"compute_units\"", "\"compute_unit\"", "compute_unit"},
    {"unknown field of a profile", "\"group\"", "\"grup\"", "$.profiles[1]"},
    {"axis too long", "\"memory_units\":4", "\"memory_units\":65", "$.memory_units"},
    {"axis of nothing", "\"memory_units\":4", "\"memory_units\":0", "$.memory_units"},
    {"start outside the axis", "[0,1,2,3]", "[0,1,2,4]", "$.profiles[1].starts[3]"},
    {"slice beyond the axis", "[0,2],\"max\"", "[0,3],\"max\"", "beyond the 4 units"},
    {"negative start", "[0,2],\"max\"", "[-1,2],\"max\"", "$.profiles[0].starts[0]"},
    {"start twice", "[0,1,2,3]", "[0,1,1,3]", "must ascend"},
    {"starts out of order", "[0,1,2,3]", "[1,0,2,3]", "must ascend"},
    {"no start", "[0,1,2,3]", "[]", "$.profiles[1].starts"},
    {"a start that is no whole number", "[0,1,2,3]", "[0,1.5,2,3]", "$.profiles[1].starts[1]"},
    {"name twice", "\"name\":\"b\"", "\"name\":\"a\"", "already"},
    {"name that is a shape", "\"name\":\"b\"", "\"name\":\"s\"", "already"},
    {"max 0", "\"max\":2", "\"max\":0", "$.profiles[0].max"},
    {"too much compute", "\"compute\":2", "\"compute\":5", "$.profiles[0].compute"},
    {"memory 0", "\"memory\":2", "\"memory\":0", "$.profiles[0].memory"},
    {"memory beyond the axis", "\"memory\":2", "\"memory\":5", "$.profiles[0].memory"},
    {"unknown shape in a rule", "[[\"s\",\"b\"]]", "[[\"s\",\"c\"]]", "name or shape \"c\""},
    {"shape twice in a list", "[[\"s\",\"b\"]]", "[[\"s\",\"a\"]]", "twice"},
    {"empty list in a rule", "[[\"s\",\"b\"]]", "[[]]", "one_of[0]"},
    {"unknown shape absent", "\"absent\":[]", "\"absent\":[\"x\"]", "name or shape \"x\""},
    {"order of an unknown shape", "\"start_order\":{\"s\"", "\"start_order\":{\"t\"", "\"t\""},
    {"order with a start missing", "[2,0]", "[2]", "$.start_order.s"},
    {"order with a start twice", "[2,0]", "[2,2]", "once"},
    {"order with a start that is none", "[2,0]", "[2,1]", "once"},
    {"order given by name and by shape", "{\"s\":[2,0]}", "{\"s\":[2,0],\"a\":[0,2]}", "again"},
    {"rules that are none", "\"default_rules\":\"r\"", "\"default_rules\":\"z\"", "\"z\""},
    {"no rule set", "{\"r\":{\"absent\":[],\"one_of\":[[\"s\",\"b\"]],\"quotas\":true}}", "{}",
     "$.rules"},
    {"use of an unknown quota", "\"uses\":{\"q\":1}", "\"uses\":{\"w\":1}", "w"},
    {"negative use", "\"uses\":{\"q\":1}", "\"uses\":{\"q\":-1}", "$.profiles[0].uses.q"},
    {"quotas that are none", "\"quotas\":{\"q\":2},", "", "q"},
    {"name with a blank", "\"name\":\"b\"", "\"name\":\"b c\"", "letters, digits"},
    {"name that a shell would run", "\"name\":\"b\"", "\"name\":\"$(b)\"", "letters, digits"},
    {"name that looks like an option", "\"name\":\"b\"", "\"name\":\"-b\"", "begin"},
    {"empty name", "\"name\":\"b\"", "\"name\":\"\"", "$.profiles[1].name"},
    {"escape sequence in a name", "\"name\":\"b\"", "\"name\":\"\\u001b[2J\"",
     "$.profiles[1].name"},
    {"usable with a reason why not", "\"name\":\"m\"", "\"name\":\"m\",\"why\":\"x\"", "usable"},
    {"unusable without a reason", "\"name\":\"m\"", "\"name\":\"m\",\"usable\":false", "why"},
    {"text for a number", "\"memory_units\":4", "\"memory_units\":\"4\"", "$.memory_units"},
    {"profiles missing", "\"profiles\"", "\"notes\"", "profiles"},
    {"memory not a number", "\"max\":2", "\"memory_gib\":1e400", ""},
    {"negative memory", "\"max\":2", "\"memory_gib\":-1", "$.profiles[0].memory_gib"},
    {"escape sequence in the evidence", "\"default_rules\":\"r\"",
     "\"default_rules\":\"r\",\"evidence\":{\"\\u001b[2J\":\"x\"}", "control character"},
    {"list for an object", "\"rules\":{\"r\"", "\"rules\":[{\"r\"", ""},
    {"field twice", "\"name\":\"m\"", "\"name\":\"m\",\"name\":\"n\"", ""},
};

static void changed(char *text, size_t size, const char *from, const char *to)
{
  const char *at = strstr(good, from);
  assert_non_null(at);
  snprintf(text, size, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
}

static void test_hostile_files_are_refused(void **state)
{
  (void)state;
  struct rms_machine *m = NULL;
  struct rms_error err = {0};
  long live = rms_ledger_live();
  assert_int_equal(parse(&m, good, &err), 0);
  rms_machine_free(m);
  m = NULL;
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    char text[2048];
    changed(text, sizeof text, changes[i].from, changes[i].to);
    memset(&err, 0, sizeof err);
    if (parse(&m, text, &err) != RMS_E_FORMAT)
      fail_msg("%s: not refused (%s)", changes[i].what, err.text);
    if (!strstr(err.text, changes[i].says)) fail_msg("%s: says %s", changes[i].what, err.text);
    assert_null(m);
  }
  assert_int_equal(rms_ledger_live(), live);
}

/* Each limit plus one; the texts are long, so they are made here. */
static void refuse_many(const char *before, const char *item, const char *after, int n,
                        const char *says)
{
  struct rms_text text = {0};
  struct rms_machine *m = NULL;
  struct rms_error err = {0};
  rms_text_add(&text, "{\"format\":\"rms-machine/1\",\"name\":\"m\",\"memory_units\":64,");
  rms_text_add(&text, before);
  for (int i = 0; i < n; i++) {
    rms_text_add(&text, i ? "," : "");
    for (const char *c = item; *c; c++) {
      if (*c == '#')
        rms_text_printf(&text, "%d", i);
      else
        rms_text_bytes(&text, c, 1);
    }
  }
  rms_text_add(&text, after);
  assert_int_equal(rms_text_status(&text), 0);
  if (parse(&m, text.data, &err) != RMS_E_FORMAT || !strstr(err.text, says))
    fail_msg("%d times %s: %s", n, item, err.text);
  rms_text_fini(&text);
}

static void test_more_than_the_limits_is_refused(void **state)
{
  (void)state;
#define PROFILE "\"profiles\":[{\"name\":\"p\",\"memory\":1,\"compute\":1,\"starts\":[0]}]"
  refuse_many("\"profiles\":[", "{\"name\":\"p#\",\"memory\":1,\"compute\":1,\"starts\":[0]}", "]}",
              RMS_PROFILES_MAX + 1, "$.profiles");
  refuse_many("\"profiles\":[{\"name\":\"p\",\"memory\":1,\"compute\":1,\"starts\":[", "#", "]}]}",
              RMS_STARTS_MAX + 1, "$.profiles[0].starts");
  refuse_many(PROFILE ",\"quotas\":{", "\"q#\":1", "}}", RMS_QUOTAS_MAX + 1, "$.quotas");
  refuse_many(PROFILE ",\"rules\":{", "\"r#\":{}", "},\"default_rules\":\"r0\"}", RMS_RULES_MAX + 1,
              "$.rules");
  refuse_many(PROFILE ",\"rules\":{\"r\":{\"one_of\":[", "[\"p\"]", "]}}}", RMS_ONE_OF_MAX + 1,
              "$.rules.r.one_of");
  refuse_many(PROFILE ",\"notes\":[", "\"n\"", "]}", 65, "$.notes");
}

static void test_failing_allocations(void **state)
{
  (void)state;
  long live = rms_ledger_live();
  static const char *const sources[] = {"rtx-pro-6000-96gb", "thor-igpu", FPGA};
  for (size_t k = 0; k < sizeof sources / sizeof *sources; k++) {
    for (long n = 1;; n++) {
      struct rms_machine *m = NULL;
      struct rms_error err = {0};
      rms_ledger_fail_at(n);
      int status = k < 2 ? rms_machine_builtin(&m, sources[k], &err)
                         : rms_machine_read(&m, sources[k], &err);
      bool failed = rms_ledger_has_failed();
      rms_ledger_fail_at(0);
      if (status) {
        assert_int_equal(status, RMS_E_NOMEM);
        assert_int_equal(err.status, RMS_E_NOMEM);
        assert_null(m);
      }
      rms_machine_free(m);
      assert_int_equal(rms_ledger_live(), live);
      if (!failed) {
        assert_int_equal(status, 0);
        break;
      }
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_builtins_are_read),
      cmocka_unit_test(test_a100_is_what_the_driver_prints),
      cmocka_unit_test(test_a_wrong_name_finds_the_nearest),
      cmocka_unit_test(test_a_users_machine_is_read),
      cmocka_unit_test(test_the_shortest_machine),
      cmocka_unit_test(test_hostile_files_are_refused),
      cmocka_unit_test(test_more_than_the_limits_is_refused),
      cmocka_unit_test(test_failing_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
