/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulator and checker of family jobs, held against each other and against a calculation by hand.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "instances/jobs/check.h"
#include "instances/jobs/generate.h"
#include "wild.h"

/* ---- by hand -----------------------------------------------------------------------------------
 * One A100; the job does 1 a second on 7g and half of that on 3g; 2 s to save, 3 s to restore, 1 s
 * to cut, 0.5 s to settle. Job 0 (work 10 s) comes at 0, job 1 (work 5 s) at 4 s; then both get 3g.
 */
#define S INT64_C(1000000)

static struct rms_jobs *two_jobs(void)
{
  struct rms_machine *machine = NULL;
  struct rms_error err = {0};
  struct rms_jobs *inst = NULL;
  assert_int_equal(rms_machine_builtin(&machine, "a100-40gb", &err), 0);
  const struct rms_jobs_type type = {
      .name = "t", .checkpoint_us = 2 * S, .restart_us = 3 * S, .memory_mib = 100};
  const struct rms_jobs_speed speeds[] = {
      {.profile = (uint16_t)rms_machine_profile(machine, "7g"), .speed = 1000000},
      {.profile = (uint16_t)rms_machine_profile(machine, "3g"), .speed = 500000}};
  const struct rms_job jobs[] = {{.arrival_us = 4 * S, .work = 5 * S * RMS_JOBS_FULL},
                                 {.arrival_us = 0, .work = 10 * S * RMS_JOBS_FULL}};
  struct rms_jobs_spec spec = {.name = "two",
                               .n_models = 1,
                               .models = {machine},
                               .n_pools = 1,
                               .pools = {{.rules = -1, .count = 1}},
                               .overheads = {.recut_us = S, .settle_us = S / 2, .is_whole = true},
                               .n_types = 1,
                               .types = &type,
                               .n_speeds = 2,
                               .speeds = speeds,
                               .n_jobs = 2,
                               .jobs = jobs};
  assert_int_equal(rms_jobs_build(&inst, &spec, &err), 0);
  return inst;
}

struct script {
  uint32_t knows;
  int n_suspended, n_ready, n_completed;
  uint64_t seen;
};

static int script_begin(void *self, struct rms_sim *sim)
{
  const struct rms_jobs_pool *const pool = &rms_sim_cluster(sim)->pools[0];
  const struct rms_arrangement whole = {
      .n = 1, .places = {{.slice = pool->cuts[pool->whole].layout[0], .job = RMS_JOB_NONE}}};
  (void)self;
  return rms_sim_arrange(sim, 0, &whole);
}

static const struct rms_jobs_cut *pair_of_3g(const struct rms_cluster *c)
{
  const struct rms_jobs_pool *const pool = &c->pools[0];
  for (size_t i = 0; i < pool->n_cuts; i++)
    if (pool->cuts[i].n_slices == 2 && pool->cuts[i].kind[0] == pool->cuts[i].kind[1])
      return &pool->cuts[i];
  return NULL;
}

static int script_arrival(void *self, struct rms_sim *sim, uint32_t job)
{
  (void)self;
  if (job == 0) return rms_sim_start(sim, 0, 0, 0);
  const struct rms_jobs_cut *const cut = pair_of_3g(rms_sim_cluster(sim));
  struct rms_arrangement to = {.n = 2};
  for (uint32_t i = 0; i < 2; i++)
    to.places[i] = (struct rms_place){.slice = cut->layout[i], .job = i};
  assert_int_equal(rms_sim_seen_speed(sim, 0, 0), 1000000); /* it has worked on 7g */
  assert_int_equal(rms_sim_seen_speed(sim, 0, 1), 0);
  assert_int_equal(rms_sim_worked_us(sim, 0), 4 * S);
  return rms_sim_arrange(sim, 0, &to);
}

static int script_ready(void *self, struct rms_sim *sim, uint32_t machine)
{
  struct script *const s = self;
  assert_int_equal(machine, 0);
  assert_int_equal(rms_sim_now(sim), 15 * S / 2);
  s->n_ready++;
  return RMS_OK;
}

static int script_completion(void *self, struct rms_sim *sim, uint32_t job, uint32_t machine)
{
  struct script *const s = self;
  (void)machine;
  assert_int_equal(rms_sim_now(sim), job == 0 ? 45 * S / 2 : 35 * S / 2);
  s->n_completed++;
  return RMS_OK;
}

static const struct rms_policy script_policy = {.begin = script_begin,
                                                .arrival = script_arrival,
                                                .ready = script_ready,
                                                .completion = script_completion};

static void test_by_hand(void **state)
{
  (void)state;
  struct rms_jobs *const inst = two_jobs();
  struct script script = {.knows = 0};
  struct rms_timeline t = {0};
  struct rms_jobs_audit audit;
  struct rms_error err = {0};
  assert_int_equal(inst->jobs[0].arrival_us, 0); /* sorted */
  assert_int_equal(rms_simulate(inst, &script_policy, &script, NULL, NULL, &t, NULL, &err), 0);
  assert_int_equal(script.n_ready, 1);
  assert_int_equal(script.n_completed, 2);
  assert_int_equal(t.n_cuts, 2);
  assert_int_equal(t.cuts[1].begin_us, 6 * S); /* after saving */
  assert_int_equal(t.n_runs, 3);
  const int64_t expected[3][3] = {
      {0, 0, 4 * S}, {0, 15 * S / 2, 45 * S / 2}, {1, 15 * S / 2, 35 * S / 2}};
  for (size_t e = 0; e < 3; e++) {
    size_t found = 0;
    for (size_t i = 0; i < 3; i++)
      found += t.runs[i].job == expected[e][0] && t.runs[i].begin_us == expected[e][1] &&
               t.runs[i].stop_us == expected[e][2];
    assert_int_equal(found, 1);
  }
  assert_int_equal(rms_jobs_audit(inst, &t, &audit), 0);
  assert_string_equal(audit.why, "");
  assert_true(audit.is_feasible);
  assert_true(fabs(audit.mean_jct - 18) < 1e-12);
  assert_true(fabs(audit.makespan - 22.5) < 1e-12);
  rms_jobs_audit_fini(&audit);
  rms_timeline_fini(&t);
  rms_jobs_free(inst);
}

/* ---- any policy, any trace ---------------------------------------------------------------------
 */

static const struct rms_jobs *make(uint64_t seed, struct rms_instance **base)
{
  char spec[512];
  struct rms_error err = {0};
  rms_wild_spec(seed, spec, sizeof spec);
  const int status = rms_jobs_generate(base, spec, &err);
  if (status < 0) fail_msg("%s", err.text);
  return rms_jobs_of(*base);
}

static void run_wild(const struct rms_jobs *inst, uint64_t seed, struct rms_timeline *t)
{
  struct rms_wild wild = {.seed = seed, .orders = 60};
  struct rms_error err = {0};
  const int status = rms_simulate(inst, &rms_wild_policy, &wild, NULL, NULL, t, NULL, &err);
  if (status < 0) fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
}

static void audit_is(const struct rms_jobs *inst, const struct rms_timeline *t, bool is_right,
                     uint64_t seed)
{
  struct rms_jobs_audit audit;
  assert_int_equal(rms_jobs_audit(inst, t, &audit), 0);
  if (audit.is_feasible != is_right)
    fail_msg("seed %llu: %s", (unsigned long long)seed,
             is_right ? audit.why : "a damaged timeline is called right");
  rms_jobs_audit_fini(&audit);
}

static void test_wild_timelines_are_right(void **state)
{
  (void)state;
  size_t moved = 0, mps = 0;
  for (uint64_t seed = 0; seed < 300; seed++) {
    struct rms_instance *base = NULL;
    struct rms_timeline t = {0};
    const struct rms_jobs *const inst = make(seed, &base);
    run_wild(inst, seed, &t);
    audit_is(inst, &t, true, seed);
    moved += t.n_runs - inst->n_jobs;
    for (size_t i = 0; i < t.n_runs; i++) mps += t.runs[i].start == RMS_TIMELINE_MPS;
    rms_timeline_fini(&t);
    rms_instance_free(base);
  }
  assert_true(moved > 1000 && mps > 500); /* the test tests something */
}

static bool is_equal(const struct rms_timeline *a, const struct rms_timeline *b)
{
  struct rms_text x = {0}, y = {0};
  assert_int_equal(rms_timeline_encode(a, &x), 0);
  assert_int_equal(rms_timeline_encode(b, &y), 0);
  const bool is = x.length == y.length && memcmp(x.data, y.data, x.length) == 0;
  rms_text_fini(&x);
  rms_text_fini(&y);
  return is;
}

static void test_same_seed_same_timeline(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 20; seed++) {
    struct rms_instance *base = NULL;
    struct rms_timeline a = {0}, b = {0}, c = {0};
    struct rms_text bytes = {0};
    struct rms_error err = {0};
    const struct rms_jobs *const inst = make(seed, &base);
    run_wild(inst, seed, &a);
    run_wild(inst, seed, &b);
    assert_true(is_equal(&a, &b));
    assert_int_equal(rms_timeline_encode(&a, &bytes), 0);
    assert_int_equal(rms_timeline_decode(&c, bytes.data, bytes.length, &err), 0);
    assert_true(is_equal(&a, &c));
    for (size_t cut = 0; cut < bytes.length; cut += 1 + cut / 8) /* torn anywhere: refused */
      assert_int_equal(rms_timeline_decode(&c, bytes.data, cut, &err), RMS_E_FORMAT);
    rms_text_fini(&bytes);
    rms_timeline_fini(&a);
    rms_timeline_fini(&b);
    rms_timeline_fini(&c);
    rms_instance_free(base);
  }
}

/* ---- nobody looks ahead ------------------------------------------------------------------------
 * Change what arrives from the middle on: what happens before that stays the same. */

static struct rms_jobs *with_other_future(const struct rms_jobs *inst, size_t from,
                                          struct rms_job *jobs)
{
  struct rms_jobs *const other = malloc(sizeof *other);
  assert_non_null(other);
  *other = *inst;
  memcpy(jobs, inst->jobs, inst->n_jobs * sizeof *jobs);
  for (size_t j = from; j < inst->n_jobs; j++) {
    jobs[j].type = (jobs[j].type + 1) % 5;
    jobs[j].work /= 2;
    jobs[j].work -= jobs[j].work % RMS_JOBS_FULL;
    jobs[j].arrival_us += 1000;
  }
  other->jobs = jobs;
  return other;
}

static void test_policies_cannot_look_ahead(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 40; seed++) {
    struct rms_instance *base = NULL;
    struct rms_timeline a = {0}, b = {0};
    const struct rms_jobs *const inst = make(seed, &base);
    struct rms_job *const jobs = malloc(inst->n_jobs * sizeof *jobs);
    assert_non_null(jobs);
    const size_t from = inst->n_jobs / 2;
    struct rms_jobs *const other = with_other_future(inst, from, jobs);
    const int64_t until = inst->jobs[from].arrival_us;
    run_wild(inst, seed, &a);
    run_wild(other, seed, &b);
    for (size_t i = 0; i < a.n_runs && a.runs[i].begin_us < until; i++) {
      assert_true(i < b.n_runs && b.runs[i].begin_us == a.runs[i].begin_us);
      assert_int_equal(a.runs[i].job, b.runs[i].job);
      assert_int_equal(a.runs[i].machine, b.runs[i].machine);
      if (a.runs[i].stop_us < until) assert_int_equal(a.runs[i].stop_us, b.runs[i].stop_us);
    }
    free(other);
    free(jobs);
    rms_timeline_fini(&a);
    rms_timeline_fini(&b);
    rms_instance_free(base);
  }
}

/* ---- damage ------------------------------------------------------------------------------------
 * Each of these is a lie whatever the timeline was. */

static size_t last_run_of(const struct rms_timeline *t, uint32_t job)
{
  size_t last = 0;
  for (size_t i = 0; i < t->n_runs; i++)
    if (t->runs[i].job == job && t->runs[i].stop_us >= t->runs[last].stop_us) last = i;
  for (size_t i = 0; i < t->n_runs; i++)
    if (t->runs[i].job == job &&
        (t->runs[last].job != job || t->runs[i].stop_us > t->runs[last].stop_us))
      last = i;
  return last;
}

static void drop_run(struct rms_timeline *t, size_t r)
{
  memmove(t->runs + r, t->runs + r + 1, (--t->n_runs - r) * sizeof *t->runs);
}

static void damage(const struct rms_jobs *inst, struct rms_timeline *t, int kind, uint64_t seed)
{
  const size_t last = last_run_of(t, (uint32_t)(seed % inst->n_jobs));
  struct rms_timeline_run *const run = &t->runs[last];
  switch (kind) {
  case 0: run->stop_us--; break;    /* not complete */
  case 1: run->stop_us++; break;    /* holds on */
  case 2: drop_run(t, last); break; /* work is missing */
  case 3: run->machine = (uint32_t)inst->cluster.n_machines; break;
  case 4: run->start = run->start == RMS_TIMELINE_MPS ? 0 : 63; break; /* no such slice */
  case 5: run->job = (uint32_t)inst->n_jobs; break;
  case 6:
    assert_int_equal(rms_timeline_run(t, &(struct rms_timeline_run){0, 1, 0, 0, 0}), 0);
    break;
  case 7: t->n_cuts = 0; break;                          /* never cut */
  case 8: t->cuts[0].begin_us = run->stop_us + 1; break; /* out of order, or too late */
  case 9: t->cuts[t->n_cuts - 1].machine = (uint32_t)inst->cluster.n_machines; break;
  default: run->begin_us = run->stop_us; break; /* no time at all */
  }
}

static void test_damaged_timelines_are_refused(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 60; seed++) {
    struct rms_instance *base = NULL;
    struct rms_timeline t = {0};
    const struct rms_jobs *const inst = make(seed, &base);
    for (int kind = 0; kind <= 10; kind++) {
      rms_timeline_clear(&t);
      run_wild(inst, seed, &t);
      if (kind == 8 && inst->cluster.n_machines > 1) continue; /* may be an idle machine's cut */
      damage(inst, &t, kind, seed);
      if (kind != 6 && kind != 8) rms_timeline_sort(&t);
      audit_is(inst, &t, false, seed * 100 + (uint64_t)kind);
    }
    rms_timeline_fini(&t);
    rms_instance_free(base);
  }
}

/* A job put on two slices, a slice with two jobs, a run before the arrival, a layout that is none.
 */
static void test_each_rule_is_named(void **state)
{
  (void)state;
  struct rms_jobs *const inst = two_jobs();
  const struct rms_jobs_pool *const pool = &inst->cluster.pools[0];
  const struct rms_placed whole = pool->cuts[pool->whole].layout[0];
  const struct rms_placed twice[] = {whole, whole};
  const struct {
    struct rms_timeline_run runs[3];
    const struct rms_placed *slices;
    size_t n_slices, n_runs;
    const char *why;
  } cases[] = {
      {{{0, 10 * S, 0, 0, 0}, {9 * S, 14 * S, 1, 0, 0}}, &whole, 1, 2, "in use"},
      {{{0, 10 * S, 0, 0, 0}, {3 * S, 8 * S, 1, 0, 0}}, &whole, 1, 2, "before it arrives"},
      {{{0, 10 * S, 0, 0, 0}, {10 * S, 15 * S, 1, 0, 0}}, twice, 2, 2, "overlap"},
      {{{0, 10 * S, 0, 0, 0}}, &whole, 1, 1, "never runs"},
      {{{0, 9 * S, 0, 0, 0}, {10 * S, 15 * S, 1, 0, 0}}, &whole, 1, 2, "not complete"},
      {{{0, 10 * S, 0, 0, RMS_TIMELINE_MPS}, {10 * S, 15 * S, 1, 0, 0}}, &whole, 1, 2, "MPS"},
      {{{0, 4 * S, 0, 0, 0}, {5 * S, 14 * S, 0, 0, 0}, {14 * S, 19 * S, 1, 0, 0}},
       &whole,
       1,
       3,
       "held elsewhere"},
      {{{0, 10 * S, 0, 0, 0}, {10 * S, 15 * S, 1, 0, 0}}, &whole, 1, 2, ""},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    struct rms_timeline t = {0};
    struct rms_jobs_audit audit;
    assert_int_equal(rms_timeline_cut(&t, 0, 0, -1, cases[c].slices, cases[c].n_slices), 0);
    for (size_t i = 0; i < cases[c].n_runs; i++)
      assert_int_equal(rms_timeline_run(&t, &cases[c].runs[i]), 0);
    assert_int_equal(rms_jobs_audit(inst, &t, &audit), 0);
    if (!strstr(audit.why, cases[c].why)) fail_msg("case %zu: %s", c, audit.why);
    assert_int_equal(audit.is_feasible, cases[c].why[0] == 0);
    rms_jobs_audit_fini(&audit);
    rms_timeline_fini(&t);
  }
  rms_jobs_free(inst);
}

/* ---- wrong orders ------------------------------------------------------------------------------
 */

static int order_wrongly(void *self, struct rms_sim *sim)
{
  const int kind = *(const int *)self;
  const struct rms_jobs_pool *const pool = &rms_sim_cluster(sim)->pools[0];
  struct rms_arrangement to = {
      .n = 1, .places = {{.slice = pool->cuts[pool->whole].layout[0], .job = RMS_JOB_NONE}}};
  int32_t speed = 7;
  int64_t work = 7;
  switch (kind) {
  case 0: to.places[0].slice.start = 3; break;
  case 1: to.places[0].job = 5; break;
  case 2: return rms_sim_arrange(sim, 1, &to);
  case 3: to = (struct rms_arrangement){.mode = RMS_SIM_MPS, .level = 0, .n = 0}; break;
  case 4: return rms_sim_alarm(sim, -1, 0);
  case 5: return rms_sim_suspend(sim, 0);
  case 6: return rms_sim_start(sim, 0, 0, 0);
  default:
    assert_int_equal(rms_sim_speed(sim, 0, 0, &speed), RMS_E_UNSUPPORTED);
    assert_int_equal(rms_sim_remaining(sim, 0, &work), RMS_E_UNSUPPORTED);
    assert_int_equal(speed, 7);
    return RMS_OK; /* and leaves everybody waiting */
  }
  (void)rms_sim_arrange(sim, 0, &to); /* swallowed: the simulator remembers */
  return RMS_OK;
}

static void test_wrong_orders_are_told(void **state)
{
  (void)state;
  static const char *const words[] = {"illegal cut", "not arrived",  "does not exist", "level",
                                      "alarm",       "does not run", "no idle slice",  "for ever"};
  struct rms_jobs *const inst = two_jobs();
  for (int kind = 0; kind < 8; kind++) {
    const struct rms_policy policy = {.decide = order_wrongly};
    struct rms_timeline t = {0};
    struct rms_error err = {0};
    assert_int_equal(rms_simulate(inst, &policy, &kind, NULL, NULL, &t, NULL, &err),
                     RMS_E_INTERNAL);
    if (!strstr(err.text, words[kind])) fail_msg("kind %d: %s", kind, err.text);
    rms_timeline_fini(&t);
  }
  rms_jobs_free(inst);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_by_hand),
      cmocka_unit_test(test_wild_timelines_are_right),
      cmocka_unit_test(test_same_seed_same_timeline),
      cmocka_unit_test(test_policies_cannot_look_ahead),
      cmocka_unit_test(test_damaged_timelines_are_refused),
      cmocka_unit_test(test_each_rule_is_named),
      cmocka_unit_test(test_wrong_orders_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
