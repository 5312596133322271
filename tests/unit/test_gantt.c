/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gantt pictures of timelines: everything that the timeline has is there, once; large ones are cut,
 * and say so. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_host.h"
#include "instances/jobs/gantt.h"
#include "instances/jobs/generate.h"
#include "ledger.h"
#include "solvers/registry.h"
#include "svg_fixture.h"

struct solved {
  struct rms_instance *inst;
  struct rms_fake_host fake;
};

static void solve(struct solved *s, const char *spec, const char *policy)
{
  struct rms_error err = {0};
  if (rms_jobs_generate(&s->inst, spec, &err) < 0) fail_msg("%s", err.text);
  rms_fake_host_init(&s->fake, s->inst);
  assert_int_equal(rms_fake_host_run(&s->fake, rms_solver_builtin("jobs", policy), NULL),
                   RMS_FEASIBLE);
}

static void solved_fini(struct solved *s)
{
  rms_fake_host_fini(&s->fake);
  rms_instance_free(s->inst);
}

static int draw(const struct solved *s, struct rms_text *text, struct rms_error *err)
{
  return s->inst->family->draw_svg(s->inst, s->fake.solution.data, s->fake.solution.length, NULL,
                                   text, err);
}

static void measure(const struct solved *s, struct rms_jobs_measured *m)
{
  assert_int_equal(rms_jobs_measure_bytes(rms_jobs_of(s->inst), s->fake.solution.data,
                                          s->fake.solution.length, m, NULL),
                   0);
}

/* Boxes, counted from the audit; the legend has one more of each. */
static void test_each_part_of_a_timeline_is_drawn(void **state)
{
  (void)state;
  static const char *const policies[] = {"nopart", "mps", "miso", "oracle"};
  for (size_t p = 0; p < sizeof policies / sizeof *policies; p++) {
    struct solved s;
    struct rms_text text = {0};
    struct rms_error err = {0};
    struct rms_jobs_measured m = {.timeline = {0}};
    size_t restored = 0, saved = 0, cut = 0, mps = 0;
    solve(&s, "machines=3,jobs=30,gap=20,seed=2", policies[p]);
    measure(&s, &m);
    assert_int_equal(draw(&s, &text, &err), 0);
    is_svg(text.data);
    for (size_t r = 0; r < m.timeline.n_runs; r++) {
      const struct rms_timeline_run *const run = &m.timeline.runs[r];
      restored += m.audit.spans[r].works_from_us > run->begin_us && run->stop_us > run->begin_us;
      saved += m.audit.spans[r].end_us > run->stop_us;
    }
    for (size_t c = 0; c < m.timeline.n_cuts; c++) {
      cut += m.audit.ready_us[c] > m.timeline.cuts[c].begin_us;
      mps += m.timeline.cuts[c].level >= 0;
    }
    assert_int_equal(count_of(text.data, "<title>job "), m.timeline.n_runs);
    assert_int_equal(count_of(text.data, "\"url(#restore)\""), restored + 1);
    assert_int_equal(count_of(text.data, "\"url(#save)\""), saved + 1);
    assert_int_equal(count_of(text.data, "\"url(#cut)\""), cut + 1);
    assert_in_range(count_of(text.data, "\"url(#mps)\""), mps ? 2 : 1, mps + 1);
    assert_non_null(strstr(text.data, "Drawn: all 3 machines and all "));
    assert_non_null(strstr(text.data, "mean JCT "));
    assert_int_equal(p == 2 || p == 3 ? cut > 0 && saved > 0 : saved, p == 2 || p == 3);
    rms_jobs_measured_fini(&m);
    rms_text_fini(&text);
    solved_fini(&s);
  }
}

static void test_a_large_timeline_is_cut_and_says_so(void **state)
{
  (void)state;
  struct solved s;
  struct rms_text text = {0};
  struct rms_error err = {0};
  struct rms_jobs_measured m = {.timeline = {0}};
  solve(&s, "machines=16,jobs=3000,trace=drawn,load=0.9,seed=1", "oracle");
  measure(&s, &m);
  struct rms_gantt_view view;
  assert_int_equal(rms_gantt_view(rms_jobs_of(s.inst), &m, NULL, &view, &err), 0);
  size_t events = 0;
  for (size_t r = 0; r < m.timeline.n_runs; r++)
    events +=
        m.timeline.runs[r].machine < RMS_GANTT_MACHINES && m.timeline.runs[r].begin_us < view.to_us;
  assert_int_equal(view.n_machines, RMS_GANTT_MACHINES);
  assert_int_equal(view.n_runs, events);
  assert_in_range(view.n_runs, 1, RMS_GANTT_EVENTS);
  assert_int_equal(draw(&s, &text, &err), 0);
  is_svg(text.data);
  assert_int_equal(count_of(text.data, "<title>job "), view.n_runs);
  assert_non_null(strstr(text.data, "Drawn: machines 0 to 9 of 16 from"));
  assert_null(strstr(text.data, ">machine 10<"));
  assert_true(text.length < 2000000);
  rms_jobs_measured_fini(&m);
  rms_text_fini(&text);
  solved_fini(&s);
}

/* A part of it: machines and time that were asked for, nothing else; what is not there is refused.
 */
static void test_a_part_is_chosen(void **state)
{
  (void)state;
  struct solved s;
  struct rms_text text = {0};
  struct rms_error err = {0};
  struct rms_jobs_measured m = {.timeline = {0}};
  const struct rms_view part = {
      .solver = "miso:cuts=<any>", .is_part = true, .machine = 2, .from = 300, .to = 600};
  static const struct rms_view wrong[] = {{.is_part = true, .machine = 4, .to = INFINITY},
                                          {.is_part = true, .machine = -1, .to = INFINITY},
                                          {.is_part = true, .from = 1e9, .to = 2e9},
                                          {.is_part = true, .from = 0, .to = 0}};
  size_t n = 0;
  solve(&s, "machines=4,jobs=60,gap=20,seed=2", "miso");
  measure(&s, &m);
  for (size_t r = 0; r < m.timeline.n_runs; r++)
    n += m.timeline.runs[r].machine >= 2 && m.timeline.runs[r].begin_us < 600000000 &&
         m.audit.spans[r].end_us > 300000000;
  assert_int_equal(s.inst->family->draw_svg(s.inst, s.fake.solution.data, s.fake.solution.length,
                                            &part, &text, &err),
                   0);
  is_svg(text.data);
  assert_true(n > 0 && n < m.timeline.n_runs);
  assert_int_equal(count_of(text.data, "<title>job "), n);
  assert_non_null(strstr(text.data, "<title>miso:cuts=&lt;any&gt; on miso-m4-"));
  assert_int_equal(count_of(text.data, ">miso:cuts=&lt;any&gt; on miso-m4-"), 2);
  assert_null(strstr(text.data, ">machine 1<"));
  assert_non_null(strstr(text.data, ">machine 3<"));
  assert_non_null(strstr(text.data, "Drawn: machines 2 to 3 of 4 from 300 s to 600 s"));
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct rms_gantt_view view;
    assert_int_equal(rms_gantt_view(rms_jobs_of(s.inst), &m, &wrong[i], &view, &err), RMS_E_PARAM);
  }
  rms_jobs_measured_fini(&m);
  rms_text_fini(&text);
  solved_fini(&s);
}

/* On one whole machine a job is alone, or nobody is there. */
static void test_text_has_a_line_a_machine(void **state)
{
  (void)state;
  struct solved s;
  struct rms_text text = {0};
  struct rms_jobs_measured m = {.timeline = {0}};
  solve(&s, "machines=10,jobs=40,gap=20", "nopart");
  measure(&s, &m);
  assert_int_equal(rms_gantt_text(rms_jobs_of(s.inst), &m, 50, &text), 0);
  assert_int_equal(count_of(text.data, "|\n"), RMS_GANTT_TEXT_MACHINES);
  assert_non_null(strstr(text.data, "2 more machines are not shown"));
  const char *const row = strchr(strstr(text.data, "\n  0 "), '|') + 1;
  assert_int_equal(strspn(row, ".1"), 50);
  assert_int_equal(row[0], '1'); /* the first job begins at once and is not over soon */
  rms_jobs_measured_fini(&m);
  rms_text_fini(&text);
  solved_fini(&s);
}

static void test_what_cannot_be_drawn_is_refused(void **state)
{
  (void)state;
  struct solved s;
  struct rms_text text = {0};
  struct rms_error err = {0};
  solve(&s, "machines=2,jobs=5,gap=20", "oracle");
  assert_int_equal(s.inst->family->draw_svg(s.inst, NULL, 0, NULL, &text, &err), RMS_E_UNSUPPORTED);
  assert_non_null(strstr(err.text, "name a plan too"));
  assert_int_equal(s.inst->family->draw_svg(s.inst, "RMSJ", 4, NULL, &text, &err), RMS_E_FORMAT);
  assert_int_equal(text.length, 0);
  rms_text_fini(&text);
  solved_fini(&s);
}

static void test_failing_allocations(void **state)
{
  (void)state;
  struct solved s;
  solve(&s, "machines=2,jobs=5,gap=20", "miso");
  const long before = rms_ledger_live();
  for (long n = 1; n < 10000; n++) {
    struct rms_text text = {0};
    struct rms_error err = {0};
    rms_ledger_fail_at(n);
    const int status = draw(&s, &text, &err);
    const int has_failed = rms_ledger_has_failed();
    rms_ledger_fail_at(0);
    rms_text_fini(&text);
    assert_int_equal(status, has_failed ? RMS_E_NOMEM : 0);
    assert_int_equal(rms_ledger_live(), before);
    if (!has_failed) break;
  }
  solved_fini(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_part_of_a_timeline_is_drawn),
                                     cmocka_unit_test(test_a_large_timeline_is_cut_and_says_so),
                                     cmocka_unit_test(test_a_part_is_chosen),
                                     cmocka_unit_test(test_text_has_a_line_a_machine),
                                     cmocka_unit_test(test_what_cannot_be_drawn_is_refused),
                                     cmocka_unit_test(test_failing_allocations)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
