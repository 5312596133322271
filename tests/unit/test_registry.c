/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger_fixture.h"
#include "solvers/registry.h"

static int supports(const struct rms_instance *inst)
{
  (void)inst;
  return 1;
}
static int open_it(void **self, const struct rms_instance *inst, const char *const *values)
{
  (void)self, (void)inst, (void)values;
  return RMS_OK;
}
static int solve(void *self, const struct rms_host *host)
{
  (void)self, (void)host;
  return RMS_FEASIBLE;
}
static void close_it(void *self)
{
  (void)self;
}

static const struct rms_solver good = {.abi = RMS_SOLVER_ABI,
                                       .size = sizeof(struct rms_solver),
                                       .name = "good",
                                       .version = "1.0",
                                       .doc = "Does nothing, well.",
                                       .family = "serve",
                                       .supports = supports,
                                       .open = open_it,
                                       .solve = solve,
                                       .close = close_it};

static void expect_illegal(const struct rms_solver *solver, int status, const char *words)
{
  struct rms_error err = {0};
  assert_int_equal(rms_solver_check(solver, &err), status);
  if (!strstr(err.text, words)) fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void legal_and_illegal_objects(void **state)
{
  (void)state;
  static const struct rms_param bad_table[] = {
      {"a", RMS_P_INT, "7", "[0,3]", NULL, NULL, NULL, "Something."}, {.name = NULL}};
  struct rms_solver s = good;
  assert_int_equal(rms_solver_check(&s, NULL), RMS_OK);
  s.abi = 77;
  expect_illegal(&s, RMS_E_FORMAT, "ABI 77, this program has ABI 1");
  s = good;
  s.size = 64;
  expect_illegal(&s, RMS_E_FORMAT, "struct rms_solver has 64 bytes in the solver and ");
  s = good;
  s.name = "Good";
  expect_illegal(&s, RMS_E_PARAM, "name \"Good\"");
  s.name = NULL;
  expect_illegal(&s, RMS_E_PARAM, "name");
  s = good;
  s.family = NULL;
  expect_illegal(&s, RMS_E_PARAM, "family");
  s = good;
  s.version = "";
  expect_illegal(&s, RMS_E_PARAM, "version");
  s = good;
  s.doc = "No stop";
  expect_illegal(&s, RMS_E_PARAM, "doc");
  s = good;
  s.citation = "a\nb";
  expect_illegal(&s, RMS_E_PARAM, "citation");
  s = good;
  s.flags = 1u << 30;
  expect_illegal(&s, RMS_E_PARAM, "flags 0x40000000");
  s = good;
  s.close = NULL;
  expect_illegal(&s, RMS_E_PARAM, "callback close");
  s = good;
  s.params = bad_table;
  expect_illegal(&s, RMS_E_PARAM, "solver \"good\": default: parameter \"a\"");
}

static void built_in_solvers_are_legal_and_unique(void **state)
{
  (void)state;
  for (size_t i = 0; rms_builtin_solvers[i]; i++) {
    const struct rms_solver *solver = rms_builtin_solvers[i];
    struct rms_error err = {0};
    if (rms_solver_check(solver, &err) < 0) fail_msg("%s", err.text);
    assert_ptr_equal(rms_solver_builtin(solver->family, solver->name), solver);
    assert_non_null(rms_solver_builtin(NULL, solver->name));
    if (i > 0) assert_true(strcmp(rms_builtin_solvers[i - 1]->family, solver->family) <= 0);
  }
  assert_null(rms_solver_builtin("serve", "no-such-solver"));
  assert_null(rms_solver_builtin("no-such-family", "dummy"));
}

static void specs_are_split(void **state)
{
  (void)state;
  char with[] = "ga:population=64,note=a:b", without[] = "ga", empty[] = "ga:";
  const char *name, *assignments;
  rms_solver_split(with, &name, &assignments);
  assert_string_equal(name, "ga");
  assert_string_equal(assignments, "population=64,note=a:b");
  rms_solver_split(without, &name, &assignments);
  assert_string_equal(name, "ga");
  assert_string_equal(assignments, "");
  rms_solver_split(empty, &name, &assignments);
  assert_string_equal(assignments, "");
}

/* Good and bad plugins that must be compiled first: tests/contract/plugin.sh. */
static void files_that_are_no_plugins(void **state)
{
  (void)state;
  const struct rms_solver *solver = &good;
  void *handle = &handle;
  struct rms_error err = {0};
  assert_int_equal(rms_solver_load("/nonexistent/x.so", &solver, &handle, &err), RMS_E_IO);
  assert_non_null(strstr(err.text, "/nonexistent/x.so: cannot be loaded"));
  assert_int_equal(rms_solver_load("no-such-file.so", &solver, &handle, &err), RMS_E_IO);
  assert_non_null(strstr(err.text, "./no-such-file.so")); /* never searched elsewhere */
  char name[] = "/tmp/rms-registry-XXXXXX";
  int fd = mkstemp(name);
  assert_true(fd >= 0 && write(fd, "not an object\n", 14) == 14);
  close(fd);
  assert_int_equal(rms_solver_load(name, &solver, &handle, &err), RMS_E_IO);
  unlink(name);
  char path[6000];
  memset(path, 'a', sizeof path - 1);
  path[sizeof path - 1] = '\0';
  assert_int_equal(rms_solver_load(path, &solver, &handle, &err), RMS_E_IO);
  assert_ptr_equal(solver, &good);
  assert_ptr_equal(handle, &handle);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(legal_and_illegal_objects),
      cmocka_unit_test(built_in_solvers_are_legal_and_unique),
      cmocka_unit_test(specs_are_split),
      cmocka_unit_test(files_that_are_no_plugins),
      cmocka_unit_test(nothing_is_left_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
