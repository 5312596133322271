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

#include "harness/isolate.h"
#include "harness/sweep.h"
#include "instances/base/file.h"
#include "ledger.h"
#include "solvers/solver.h"

/* ---- two solvers that are described and never run ---- */

static int yes(const struct rms_instance *inst)
{
  (void)inst;
  return 1;
}

static int open_none(void **self, const struct rms_instance *inst, const char *const *values)
{
  (void)self, (void)inst, (void)values;
  return RMS_E_UNSUPPORTED;
}

static int solve_none(void *self, const struct rms_host *host)
{
  (void)self, (void)host;
  return RMS_E_UNSUPPORTED;
}

static void close_none(void *self)
{
  (void)self;
}

static const struct rms_param alpha_params[] = {
    {"effort", RMS_P_INT, "5", "[1,1000]", "", NULL, "1", "How hard."},
    {"step", RMS_P_REAL, "0.5", "(0,1]", "", NULL, "1", "How far."},
    {0}};
static const struct rms_param no_params[] = {{0}};
static const struct rms_solver alpha = {.abi = RMS_SOLVER_ABI,
                                        .size = sizeof alpha,
                                        .name = "alpha",
                                        .version = "1",
                                        .doc = "A.",
                                        .family = "serve",
                                        .flags = RMS_RANDOMISED | RMS_PARALLEL,
                                        .params = alpha_params,
                                        .supports = yes,
                                        .open = open_none,
                                        .solve = solve_none,
                                        .close = close_none};
static const struct rms_solver beta = {.abi = RMS_SOLVER_ABI,
                                       .size = sizeof beta,
                                       .name = "beta",
                                       .version = "2",
                                       .doc = "B.",
                                       .family = "serve",
                                       .flags = RMS_DETERMINISTIC,
                                       .params = no_params,
                                       .supports = yes,
                                       .open = open_none,
                                       .solve = solve_none,
                                       .close = close_none};

/* Stands in for the one that opens a shared object in a child process. */
int rms_plugin_describe(const struct rms_solver **result, const char *path, struct rms_arena *arena,
                        struct rms_error *err)
{
  (void)arena;
  if (!strstr(path, "alpha.so") && !strstr(path, "beta.so"))
    return rms_error_set(err, RMS_E_IO, "%s: cannot be loaded", path);
  *result = strstr(path, "alpha.so") ? &alpha : &beta;
  return RMS_OK;
}

/* ---- a folder with two instances ---- */

static char folder[64];

static void write_instance(const char *name, double demand)
{
  char path[128], text[512];
  snprintf(path, sizeof path, "%s/inst/%s.json", folder, name);
  const int n = snprintf(text, sizeof text,
                         "{\"format\":\"rms-instance/1\",\"family\":\"serve\",\"name\":\"%s\","
                         "\"pools\":[{\"machine\":\"a100-80gb\",\"rules\":\"r510\",\"count\":null,"
                         "\"cost\":1}],\"services\":[{\"name\":\"s\",\"demand\":%g,"
                         "\"throughput\":{\"a100-80gb\":{\"1g.10gb\":10}}}]}",
                         name, demand);
  assert_int_equal(rms_file_write(path, text, (size_t)n, NULL), RMS_OK);
}

static int make_folder(void **state)
{
  char path[128];
  (void)state;
  strcpy(folder, "/tmp/rms-sweep-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  snprintf(path, sizeof path, "%s/inst", folder);
  if (rms_dir_make(path, NULL)) return -1;
  write_instance("b", 20);
  write_instance("a", 10);
  return 0;
}

static int remove_folder(void **state)
{
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -r %s", folder);
  return system(command) || rms_ledger_live();
}

static const char good[] = "; a comment\n"
                           "[sweep]\n"
                           "name = test\n"
                           "seed = 7\n"
                           "repeats = 2\n"
                           "[limits]\n"
                           "work = 1e6\n"
                           "time = 2m\n"
                           "memory = 512MiB\n"
                           "[instances]\n"
                           "file = inst/*.json\n"
                           "[solvers]\n"
                           "plugin = alpha.so\n"
                           "plugin = beta.so\n"
                           "run = alpha:effort=7,islands=2,\n"
                           "  step=0.25\n"
                           "run = beta\n"
                           "run = alpha\n";

static int parse(struct rms_sweep **sweep, const char *text, struct rms_error *err)
{
  return rms_sweep_parse(sweep, text, strlen(text), "s.ini", folder, NULL, 0, err);
}

static void a_sweep_becomes_jobs_in_a_fixed_order(void **state)
{
  (void)state;
  struct rms_sweep *sweep = NULL;
  struct rms_error err = {0};
  const int status = parse(&sweep, good, &err);
  if (status) print_error("%s\n", err.text);
  assert_int_equal(status, RMS_OK);
  assert_string_equal(sweep->name, "test");
  assert_string_equal(sweep->text, good);
  /* First repeat: 2 instances x 3 solvers; second one: without beta, which draws no numbers. */
  assert_int_equal(sweep->n_jobs, 10);
  static const char *const labels[] = {"alpha:effort=7,step=0.25,islands=2", "beta", "alpha"};
  for (size_t i = 0; i < 6; i++) {
    const struct rms_job *job = &sweep->jobs[i];
    assert_string_equal(job->label, labels[i % 3]);
    assert_non_null(strstr(job->reference, i < 3 ? "inst/a.json" : "inst/b.json"));
    assert_string_equal(job->group, "inst");
    assert_int_equal(job->repeat, 1);
    assert_int_equal(job->seed, 7);
    assert_int_equal(job->limits.work, 1000000);
    assert_true(job->limits.is_work_limited && job->limits.time == 120);
    assert_int_equal(job->limits.memory, 512 << 20);
  }
  assert_string_equal(sweep->jobs[0].params, "effort=7,step=0.25");
  assert_string_equal(sweep->jobs[2].params, "effort=5,step=0.5");
  assert_string_equal(sweep->jobs[1].params, "");
  assert_int_equal(sweep->jobs[0].islands, 2);
  assert_int_equal(sweep->jobs[9].repeat, 2);
  struct rms_sweep *again = NULL;
  assert_int_equal(parse(&again, good, &err), RMS_OK);
  assert_int_equal(rms_hash_compare(sweep->plan, again->plan), 0);
  for (size_t i = 0; i < sweep->n_jobs; i++)
    assert_int_equal(rms_hash_compare(sweep->jobs[i].id, again->jobs[i].id), 0);
  rms_sweep_free(again);
  rms_sweep_free(sweep);
  rms_sweep_free(NULL);
}

static void a_job_named_twice_is_done_once(void **state)
{
  (void)state;
  struct rms_sweep *sweep = NULL;
  struct rms_error err = {0};
  char text[1024];
  snprintf(text, sizeof text, "%srun = alpha:step=0.50,effort=5\n", good);
  assert_int_equal(parse(&sweep, text, &err), RMS_OK);
  assert_int_equal(sweep->n_jobs, 10);
  assert_int_equal(sweep->n_duplicates, 4);
  rms_sweep_free(sweep);
}

static void limits_have_defaults(void **state)
{
  (void)state;
  struct rms_sweep *sweep = NULL;
  struct rms_error err = {0};
  assert_int_equal(parse(&sweep,
                         "[instances]\nfile=inst/a.json\n[solvers]\nplugin=beta.so\nrun=beta\n"
                         "[sweep]\nrepeats=3\n",
                         &err),
                   RMS_OK);
  assert_string_equal(sweep->name, "s");
  assert_int_equal(sweep->n_jobs, 3); /* under a time limit every repeat says something */
  assert_true(!sweep->limits.is_work_limited && sweep->limits.time == 10);
  assert_true(sweep->limits.work == UINT64_MAX);
  rms_sweep_free(sweep);
}

static void errors_name_line_and_remedy(void **state)
{
  (void)state;
#define TAIL "[instances]\nfile=inst/a.json\n[solvers]\nplugin=beta.so\nrun=beta\n"
  static const struct {
    const char *text, *says;
    int status;
  } rows[] = {
      {"[sweep]\nnmae = x\n" TAIL,
       "s.ini:2: unknown key \"nmae\" in [sweep], did you mean \"name\"?", RMS_E_FORMAT},
      {"[sweep]\nzzzzzzzz = x\n" TAIL, "known are: name, seed, repeats, notes", RMS_E_FORMAT},
      {"[limit]\ntime = 1\n" TAIL, "s.ini:2: unknown section [limit], did you mean [limits]?",
       RMS_E_FORMAT},
      {"\n\n[limits]\ntime = soon\n" TAIL,
       "s.ini:4: [limits] time: is \"soon\", must be a time above 0", RMS_E_FORMAT},
      {"[limits]\ntime = 0\n" TAIL, "s.ini:2", RMS_E_FORMAT},
      {"[limits]\nwork = 1.5\n" TAIL, "s.ini:2: [limits] work", RMS_E_FORMAT},
      {"[limits]\nmemory = lots\n" TAIL, "s.ini:2: [limits] memory", RMS_E_FORMAT},
      {"[sweep]\nseed = -1\n" TAIL, "s.ini:2: [sweep] seed", RMS_E_FORMAT},
      {"[sweep]\nrepeats = 0\n" TAIL, "s.ini:2: [sweep] repeats", RMS_E_FORMAT},
      {"[sweep]\nname = a/b\n" TAIL, "s.ini:2: [sweep] name", RMS_E_FORMAT},
      {"[sweep\n" TAIL, "s.ini:1: is neither [section] nor key = value", RMS_E_FORMAT},
      {"rubbish\n" TAIL, "s.ini:1: is neither", RMS_E_FORMAT},
      {"", "no instances", RMS_E_FORMAT},
      {"[instances]\nfile=inst/a.json\n", "no solvers", RMS_E_FORMAT},
      {"[instances]\nfile=inst/none*.json\n[solvers]\nrun=beta\n", "s.ini:2: no file matches",
       RMS_E_IO},
      {"[instances]\nset=nofamily:x\n[solvers]\nrun=beta\n",
       "s.ini:2: there is no family \"nofamily\"", RMS_E_UNKNOWN},
      {TAIL "run = betta:x=1\n", "s.ini:6: there is no solver \"betta\"", RMS_E_UNKNOWN},
      {TAIL "run = beta:x=1\n", "s.ini:6: ", RMS_E_PARAM},
      {TAIL "run = beta:islands=2\n", "s.ini:6: solver beta has no islands", RMS_E_PARAM},
      {TAIL "plugin = gamma.so\n", "s.ini:6: ", RMS_E_IO},
      {TAIL "plugin = alpha.so\nrun = alpha:islands=0\n", "s.ini:7: islands: is \"0\"",
       RMS_E_PARAM},
      {TAIL "plugin = alpha.so\nrun = alpha:effort=0\n", "s.ini:7: ", RMS_E_PARAM},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct rms_sweep *sweep = NULL;
    struct rms_error err = {0};
    const int status = parse(&sweep, rows[i].text, &err);
    if (!strstr(err.text, rows[i].says))
      fail_msg("row %zu: '%s' lacks '%s'", i, err.text, rows[i].says);
    assert_int_equal(status, rows[i].status);
    assert_null(sweep);
  }
  char text[1000] = "[solvers]\nrun = alpha:";
  for (size_t n = strlen(text); n + 1 < sizeof text; n++) text[n] = 'x';
  struct rms_sweep *sweep = NULL;
  struct rms_error err = {0};
  assert_int_equal(parse(&sweep, text, &err), RMS_E_FORMAT);
  assert_non_null(strstr(err.text, "s.ini:2: line is longer than"));
  assert_int_equal(rms_sweep_parse(&sweep, "[sweep]\nname\0=x", 15, "s.ini", folder, NULL, 0, &err),
                   RMS_E_FORMAT);
}

static void a_bad_instance_is_named_with_the_line(void **state)
{
  (void)state;
  char path[128];
  struct rms_sweep *sweep = NULL;
  struct rms_error err = {0};
  snprintf(path, sizeof path, "%s/bad.json", folder);
  assert_int_equal(rms_file_write(path, "{\"family\":\"serve\"}", 18, NULL), RMS_OK);
  assert_int_not_equal(parse(&sweep, "[instances]\nfile=bad.json\n[solvers]\nrun=beta\n", &err),
                       RMS_OK);
  assert_non_null(strstr(err.text, "s.ini:2: "));
  assert_non_null(strstr(err.text, "bad.json"));
}

static void files_and_built_in_sweeps_are_found(void **state)
{
  (void)state;
  char path[128];
  struct rms_sweep *sweep = NULL;
  struct rms_error err = {0};
  snprintf(path, sizeof path, "%s/file.ini", folder);
  assert_int_equal(rms_file_write(path, good, sizeof good - 1, NULL), RMS_OK);
  assert_int_equal(rms_sweep_open(&sweep, path, NULL, 0, &err), RMS_OK);
  assert_int_equal(sweep->n_jobs, 10);
  rms_sweep_free(sweep);
  sweep = NULL;
  assert_int_equal(rms_sweep_open(&sweep, "/no/such.ini", NULL, 0, &err), RMS_E_IO);
  assert_non_null(strstr(err.text, "smoke"));
  assert_non_null(strstr(err.text, "demo"));
}

static void failing_allocations(void **state)
{
  (void)state;
  for (long k = 1;; k++) {
    struct rms_sweep *sweep = NULL;
    struct rms_error err = {0};
    const long live = rms_ledger_live();
    rms_ledger_fail_at(k);
    const int status = parse(&sweep, good, &err);
    const int failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    if (!failed) {
      assert_int_equal(status, RMS_OK);
      rms_sweep_free(sweep);
      break;
    }
    assert_int_equal(status, RMS_E_NOMEM);
    assert_null(sweep);
    assert_int_equal(rms_ledger_live(), live);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_sweep_becomes_jobs_in_a_fixed_order),
      cmocka_unit_test(a_job_named_twice_is_done_once),
      cmocka_unit_test(limits_have_defaults),
      cmocka_unit_test(errors_name_line_and_remedy),
      cmocka_unit_test(a_bad_instance_is_named_with_the_line),
      cmocka_unit_test(files_and_built_in_sweeps_are_found),
      cmocka_unit_test(failing_allocations),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
