/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Axes, the SVG of a figure, and the points of the four figures, on hand-made runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "analysis/axis.h"
#include "analysis/figures.h"
#include "analysis/origin.h"
#include "instances/family.h"
#include "ledger.h"
#include "run_fixture.h"
#include "svg_fixture.h"

/* ---- axes --------------------------------------------------------------------------------------
 */

static void texts_are(const struct rms_scale *scale, const char *expected)
{
  char all[1024] = "";
  size_t used = 0;
  for (int i = 0; i < scale->n_ticks; i++) {
    if (!*scale->ticks[i].text) continue;
    used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", used ? " " : "",
                             scale->ticks[i].text);
  }
  assert_string_equal(all, expected);
}

static struct rms_scale scale_of(bool is_log, double lo, double hi, bool percent)
{
  struct rms_scale scale;
  rms_scale_init(&scale, is_log, (double[]){lo, hi}, (bool[]){false, false}, 6, percent);
  return scale;
}

static void ticks_are_round_numbers(void **state)
{
  (void)state;
  struct rms_scale s = scale_of(false, 0.3, 9.7, false);
  texts_are(&s, "0 2 4 6 8 10");
  s = scale_of(false, 0, 1, true);
  texts_are(&s, "0 20 40 60 80 100");
  s = scale_of(false, -0.01, 0.024, false);
  texts_are(&s, "-0.01 0.00 0.01 0.02 0.03");
  s = scale_of(false, 12000, 51000, false);
  texts_are(&s, "10,000 20,000 30,000 40,000 50,000 60,000");
  s = scale_of(true, 5, 10000, false);
  assert_true(fabs(s.lo - 5) < 1e-9 && s.hi == 10000);
  texts_are(&s, "10 100 1,000 10,000");
  s = scale_of(true, 0.0021, 0.09, false);
  texts_are(&s, "0.002 0.005 0.01 0.02 0.05 0.1");
  s = scale_of(true, 1, 1.8, false); /* narrow: as on a linear axis */
  texts_are(&s, "1.0 1.2 1.4 1.6 1.8 2.0");
  s = scale_of(true, 1e-9, 1e9, false);
  texts_are(&s, "10⁻⁹ 10⁻⁶ 0.001 1 1,000 1,000,000 10⁹");
}

static void scales_hold_what_they_show(void **state)
{
  (void)state;
  uint64_t bits = 1;
  for (int i = 0; i < 20000; i++) {
    double range[2];
    for (int k = 0; k < 2; k++) {
      bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
      range[k] = exp((double)(bits >> 40) / (1 << 24) * 40 - 20);
    }
    const bool is_log = i & 1;
    const double lo = fmin(range[0], range[1]), hi = i % 7 ? fmax(range[0], range[1]) : lo;
    const struct rms_scale s = scale_of(is_log, lo, hi, false);
    assert_true(s.lo < s.hi && s.lo <= lo * (1 + 1e-9) && s.hi >= hi * (1 - 1e-9));
    assert_true(!is_log || s.lo > 0);
    assert_true(rms_scale_place(&s, s.lo) == 0 && rms_scale_place(&s, s.hi) == 1);
    assert_true(s.n_ticks >= 2 && s.n_ticks < RMS_TICKS_MAX);
    for (int t = 1; t < s.n_ticks; t++) assert_true(s.ticks[t - 1].at < s.ticks[t].at);
    for (int t = 0; t < s.n_ticks; t++)
      assert_true(rms_scale_place(&s, s.ticks[t].at) > -1e-6 &&
                  rms_scale_place(&s, s.ticks[t].at) < 1 + 1e-6);
  }
}

static void fixed_ends_stay(void **state)
{
  (void)state;
  struct rms_scale s;
  rms_scale_init(&s, false, (double[]){0, 0.93}, (bool[]){true, true}, 5, true);
  assert_true(s.lo == 0 && s.hi == 0.93);
  texts_are(&s, "0 20 40 60 80");
  rms_scale_init(&s, true, (double[]){1, 1}, (bool[]){true, false}, 5, false);
  assert_true(s.lo == 1 && s.hi > 1);
}

/* ---- SVG ---------------------------------------------------------------------------------------
 */

static struct rms_plot *small_plot(void)
{
  struct rms_plot *plot = NULL;
  assert_int_equal(rms_plot_new(&plot, "a < b & \"c\""), 0);
  plot->x = (struct rms_plot_axis){.label = "x", .unit = "s", .is_log = true, .lo = 1, .hi = 100};
  plot->y = (struct rms_plot_axis){.label = "y", .lo = 0, .hi = 10};
  assert_int_equal(rms_plot_series(plot, "<line>", "2/3", RMS_PLOT_LINE), 0);
  const struct rms_plot_point points[] = {{1, 0, NAN, NAN, false},
                                          {10, 5, 4, 6, true},
                                          {100, 10, 10, 10, false},
                                          {0, 3, NAN, NAN, false}};
  for (size_t i = 0; i < 4; i++) assert_int_equal(rms_plot_point(plot, &points[i]), 0);
  assert_int_equal(rms_plot_note(plot, "%s", "a note"), 0);
  return plot;
}

static void points_stand_where_they_belong(void **state)
{
  (void)state;
  struct rms_plot *plot = small_plot();
  struct rms_text text = {0}, again = {0};
  assert_int_equal(rms_plot_svg(plot, &text), 0);
  is_svg(text.data);
  /* The frame is 740 x 380 pixels from (92, 46): the middle of a log axis is 10. */
  assert_non_null(strstr(text.data, "d=\"M92.0 426.0L462.0 236.0L832.0 46.0\""));
  assert_int_equal(count_of(text.data, "fill=\"#fff\" stroke="), 1); /* one hollow mark */
  assert_non_null(strstr(text.data, "1 points that are not positive"));
  assert_non_null(strstr(text.data, "x [s]"));
  assert_non_null(strstr(text.data, "a &lt; b &amp; &quot;c&quot;"));
  assert_non_null(strstr(text.data, "a note"));
  assert_int_equal(rms_plot_svg(plot, &again), 0);
  assert_string_equal(text.data, again.data);
  rms_text_fini(&again);
  rms_text_fini(&text);
  rms_plot_free(plot);
}

static void steps_hold_until_the_next_point(void **state)
{
  (void)state;
  struct rms_plot *plot = small_plot();
  struct rms_text text = {0};
  plot->series[0].style = RMS_PLOT_STEP;
  assert_int_equal(rms_plot_svg(plot, &text), 0);
  assert_non_null(strstr(text.data, "d=\"M92.0 426.0L462.0 426.0L462.0 236.0L832.0 236.0"));
  rms_text_fini(&text);
  rms_plot_free(plot);
}

static void a_figure_without_points_says_so(void **state)
{
  (void)state;
  struct rms_plot *plot = NULL;
  struct rms_text text = {0};
  assert_int_equal(rms_plot_new(&plot, ""), 0);
  plot->x.is_log = true;
  assert_int_equal(rms_plot_svg(plot, &text), 0);
  is_svg(text.data);
  assert_non_null(strstr(text.data, "nothing to show"));
  rms_text_fini(&text);
  rms_plot_free(plot);
}

static void hostile_points_are_refused(void **state)
{
  (void)state;
  struct rms_plot *plot = NULL;
  const struct rms_plot_point bad[] = {
      {NAN, 1, NAN, NAN, false}, {1, INFINITY, NAN, NAN, false}, {1, 1, -INFINITY, 1, false}};
  assert_int_equal(rms_plot_new(&plot, "t"), 0);
  assert_int_equal(rms_plot_point(plot, &bad[0]), RMS_E_PARAM); /* no series yet */
  for (int i = 0; i < RMS_PLOT_SERIES_MAX; i++)
    assert_int_equal(rms_plot_series(plot, "s", "", RMS_PLOT_POINTS), 0);
  assert_int_equal(rms_plot_series(plot, "s", "", RMS_PLOT_POINTS), RMS_E_LIMIT);
  for (size_t i = 0; i < 3; i++) assert_int_equal(rms_plot_point(plot, &bad[i]), RMS_E_PARAM);
  rms_plot_free(plot);
}

static void thousands_of_points_on_one_pixel_are_one(void **state)
{
  (void)state;
  struct rms_plot *plot = NULL;
  struct rms_text text = {0};
  assert_int_equal(rms_plot_new(&plot, "t"), 0);
  assert_int_equal(rms_plot_series(plot, "s", "", RMS_PLOT_STEP), 0);
  for (int i = 0; i < 100000; i++)
    assert_int_equal(
        rms_plot_point(plot, &(struct rms_plot_point){.x = i, .y = i, .lo = NAN, .hi = NAN}), 0);
  assert_int_equal(rms_plot_svg(plot, &text), 0);
  assert_true(text.length < 200000);
  rms_text_fini(&text);
  rms_plot_free(plot);
}

/* ---- figures -----------------------------------------------------------------------------------
 */

static int number_of(void *ctx, const struct rms_run *run, double *value, struct rms_error *err)
{
  (void)ctx;
  (void)err;
  *value = (double)(run->instance[0] - 'a' + 1);
  return 0;
}

static struct rms_figure figure_of(const char *measure)
{
  struct rms_figure figure = {.x_name = "letter", .x_of = number_of};
  assert_int_equal(rms_measure_find(measure, &figure.measure, NULL), 0);
  return figure;
}

/* quick: proves in 1 s and 2 s; slow: proves one in 4 s and is stopped at 10 s on the other. */
static size_t make_runs(struct rms_run runs[4])
{
  static const struct rms_trace_point good[] = {{0.5, 1, 1, 12, NAN, 0}, {1, 8, 1, 10, 10, 0}};
  static const struct rms_trace_point late[] = {{2, 4, 1, 11, NAN, 0}};
  const char *const instances[] = {"a", "b", "a", "b"};
  const double walls[] = {1, 2, 4, 10};
  for (size_t i = 0; i < 4; i++) {
    runs[i] = make_run(i, instances[i], i < 2 ? "quick" : "slow", i < 3 ? 10 : 11, i < 3 ? 10 : 9);
    runs[i].proves_bounds = true;
    runs[i].claim = i < 3 ? RMS_CLAIM_OPTIMAL : RMS_CLAIM_FEASIBLE;
    runs[i].wall = walls[i];
    runs[i].cpu_user = walls[i] / 2;
    runs[i].limit_time = 10;
    runs[i].limit_work = UINT64_MAX;
    runs[i].trace = i < 3 ? good : late;
    runs[i].n_trace = i < 3 ? 2 : 1;
  }
  return 4;
}

static struct rms_plot *draw(rms_figure_fn *make, const struct rms_figure *figure)
{
  struct rms_run runs[4];
  struct rms_records records;
  struct rms_plot *plot = NULL;
  struct rms_comparison *cmp = compare(&records, runs, make_runs(runs));
  assert_int_equal(make(&plot, cmp, figure, NULL), 0);
  rms_comparison_free(cmp);
  return plot;
}

static void points_are(const struct rms_plot_series *s, const double (*expected)[2], size_t n)
{
  assert_int_equal(s->n, n);
  for (size_t i = 0; i < n; i++)
    if (fabs(s->points[i].x - expected[i][0]) > 1e-9 ||
        fabs(s->points[i].y - expected[i][1]) > 1e-9)
      fail_msg("%s, point %zu: (%g, %g)", s->name, i, s->points[i].x, s->points[i].y);
}

static void growth_counts_the_stopped_as_their_limit(void **state)
{
  (void)state;
  const struct rms_figure figure = figure_of("proof");
  struct rms_plot *plot = draw(rms_figure_growth, &figure);
  assert_int_equal(plot->n_series, 2);
  assert_string_equal(plot->series[0].name, "quick");
  assert_string_equal(plot->series[0].note, "2/2");
  assert_string_equal(plot->series[1].note, "1/2");
  points_are(&plot->series[0], (const double[][2]){{1, 1}, {2, 2}}, 2);
  points_are(&plot->series[1], (const double[][2]){{1, 4}, {2, 10}}, 2);
  assert_false(plot->series[1].points[0].is_open);
  assert_true(plot->series[1].points[1].is_open);
  rms_plot_free(plot);
}

static void a_distribution_never_forgets_the_failed(void **state)
{
  (void)state;
  struct rms_figure figure = figure_of("proof-cpu");
  struct rms_plot *plot = draw(rms_figure_cumulative, &figure);
  points_are(&plot->series[0], (const double[][2]){{0.5, 0}, {0.5, 0.5}, {1, 1}, {10, 1}}, 4);
  points_are(&plot->series[1], (const double[][2]){{0.5, 0}, {2, 0.5}, {10, 0.5}}, 3);
  rms_plot_free(plot);
  figure.is_relative = true;
  plot = draw(rms_figure_cumulative, &figure);
  points_are(&plot->series[0], (const double[][2]){{1, 0}, {1, 0.5}, {1, 1}, {4, 1}}, 4);
  points_are(&plot->series[1], (const double[][2]){{1, 0}, {4, 0.5}, {4, 0.5}}, 3);
  rms_plot_free(plot);
}

static bool has_note(const struct rms_plot *plot, const char *what)
{
  for (size_t i = 0; i < plot->n_notes; i++)
    if (strstr(plot->notes[i], what)) return true;
  return false;
}

/* The one with a plan for a tenth more is never the best there; who has no plan has no curve. */
static void objectives_have_a_profile_and_no_growth(void **state)
{
  (void)state;
  struct rms_run runs[5];
  struct rms_records records;
  struct rms_figure figure = figure_of("objective");
  struct rms_plot *plot = NULL;
  struct rms_error err = {0};
  make_runs(runs);
  runs[4] = make_run(4, "a", "void", NAN, NAN);
  struct rms_comparison *cmp = compare(&records, runs, 5);
  figure.is_relative = true;
  assert_int_equal(rms_figure_cumulative(&plot, cmp, &figure, NULL), 0);
  assert_int_equal(plot->n_series, 2);
  points_are(&plot->series[1], (const double[][2]){{1, 0}, {1, 0.5}, {1.1, 1}, {1.1, 1}}, 4);
  assert_true(has_note(plot, "Without a curve: void 0/1."));
  assert_true(has_note(plot, "(ratio 1): quick 2/2, slow 1/2."));
  rms_plot_free(plot);
  assert_int_equal(rms_figure_growth(&plot, cmp, &figure, &err), RMS_E_USAGE);
  assert_non_null(strstr(err.text, "no growth of the objective"));
  rms_comparison_free(cmp);
}

static void lines_beyond_the_wanted_are_counted(void **state)
{
  (void)state;
  struct rms_figure figure = figure_of("total");
  figure.n_most = 1;
  struct rms_plot *plot = draw(rms_figure_cumulative, &figure);
  assert_int_equal(plot->n_series, 1);
  assert_true(has_note(plot, "1 of 2 solvers are left out."));
  rms_plot_free(plot);
}

static void targets_are_read_off_the_traces(void **state)
{
  (void)state;
  struct rms_figure figure = figure_of("proof");
  struct rms_plot *plot = draw(rms_figure_target, &figure);
  points_are(&plot->series[0], (const double[][2]){{1, 0}, {1, 0.5}, {1, 1}, {10, 1}}, 4);
  assert_string_equal(plot->series[1].note, "1/2 reached");
  rms_plot_free(plot);
  figure.gap = 0.1; /* 11 is good enough */
  figure.by_work = true;
  plot = draw(rms_figure_target, &figure);
  assert_string_equal(plot->series[0].name, "slow"); /* the smaller median */
  assert_string_equal(plot->series[0].note, "2/2 reached");
  points_are(&plot->series[0], (const double[][2]){{4, 0}, {4, 0.5}, {8, 1}, {8, 1}}, 4);
  rms_plot_free(plot);
}

static void a_gap_is_whole_until_there_is_a_plan(void **state)
{
  (void)state;
  const struct rms_figure figure = figure_of("proof");
  struct rms_plot *plot = draw(rms_figure_gap, &figure);
  const struct rms_plot_series *const quick = &plot->series[0], *const slow = &plot->series[1];
  assert_true(fabs(quick->points[0].y - 1.0 / 6) < 1e-9);
  assert_true(quick->points[quick->n - 1].y == 0);
  assert_true(fabs(slow->points[0].y - (1.0 / 6 + 1) / 2) < 1e-9);
  assert_true(fabs(slow->points[slow->n - 1].y - 1.0 / 22) < 1e-9);
  rms_plot_free(plot);
}

static void solvers_are_chosen_by_their_labels(void **state)
{
  (void)state;
  struct rms_figure figure = figure_of("total");
  figure.n_solvers = 1;
  figure.solvers[0] = "sl*";
  struct rms_plot *plot = draw(rms_figure_growth, &figure);
  assert_int_equal(plot->n_series, 1);
  assert_string_equal(plot->series[0].name, "slow");
  rms_plot_free(plot);
  struct rms_run runs[4];
  struct rms_records records;
  struct rms_error err = {0};
  struct rms_comparison *cmp = compare(&records, runs, make_runs(runs));
  figure.solvers[0] = "none";
  assert_int_equal(rms_figure_growth(&plot, cmp, &figure, &err), RMS_E_USAGE);
  rms_comparison_free(cmp);
}

static void a_refuted_proof_is_none(void **state)
{
  (void)state;
  struct rms_run runs[] = {make_run(1, "a", "liar", 10, 10), make_run(2, "a", "other", 9, NAN),
                           make_run(3, "b", "none", NAN, NAN), make_run(4, "b", "guess", NAN, NAN)};
  runs[0].claim = RMS_CLAIM_OPTIMAL;
  runs[0].proves_bounds = true;
  runs[2].claim = runs[3].claim = RMS_CLAIM_INFEASIBLE;
  runs[2].proves_bounds = true;
  struct rms_records records;
  struct rms_comparison *cmp = compare(&records, runs, 4);
  for (size_t i = 0; i < cmp->n_results; i++)
    assert_int_equal(rms_result_is_proof(&cmp->results[i]), cmp->results[i].run->job.low == 3);
  rms_comparison_free(cmp);
}

static void figures_survive_failing_allocations(void **state)
{
  (void)state;
  struct rms_run runs[4];
  struct rms_records records;
  struct rms_figure figure = figure_of("proof");
  struct rms_comparison *cmp = compare(&records, runs, make_runs(runs));
  figure.is_relative = true;
  for (int kind = 0; kind < 4; kind++) {
    static const char *const kinds[] = {"growth", "cumulative", "target", "gap"};
    rms_figure_fn *make = NULL;
    int status = RMS_E_NOMEM;
    assert_int_equal(rms_figure_find(kinds[kind], &make, NULL), 0);
    for (long n = 1; status < 0 && n < 1000; n++) {
      const long before = rms_ledger_live();
      struct rms_plot *plot = NULL;
      struct rms_text text = {0};
      rms_ledger_fail_at(n);
      status = make(&plot, cmp, &figure, NULL);
      if (status >= 0) status = rms_plot_svg(plot, &text);
      rms_ledger_fail_at(0);
      rms_text_fini(&text);
      rms_plot_free(plot);
      assert_int_equal(rms_ledger_live(), before);
      assert_true(status == 0 || status == RMS_E_NOMEM);
    }
    assert_int_equal(status, 0);
  }
  rms_comparison_free(cmp);
}

static void origin_names_what_differs(void **state)
{
  (void)state;
  const char *launches[] = {
      "{\"build\":{\"version\":\"1\",\"source\":\"abc\",\"kind\":\"release\"},"
      "\"machine\":{\"host\":\"h1\",\"cpu\":\"c\"},\"sweep\":{\"name\":\"s\"}}",
      "{\"build\":{\"version\":\"1\",\"source\":\"abc\",\"kind\":\"release\"},"
      "\"machine\":{\"host\":\"h2\",\"cpu\":\"c\"},\"sweep\":{\"name\":\"s\"}}"};
  struct rms_run runs[4];
  struct rms_records records = {
      .n_runs = make_runs(runs), .runs = runs, .n_launches = 2, .launches = launches};
  struct rms_text text = {0};
  assert_int_equal(rms_records_origin(&records, &text, NULL), 0);
  assert_non_null(strstr(text.data, "4 runs of sweep s, records 0000000000000000;"));
  assert_non_null(strstr(text.data, "rmsbench 1 (abc, release); host h1, c and others;"));
  assert_non_null(strstr(text.data, "limits 10 s"));
  rms_text_fini(&text);
}

static void numbers_of_instances(void **state)
{
  (void)state;
  struct rms_error err = {0};
  double value = 0;
  assert_int_equal(rms_instance_number("serve:set=grid,index=0,seed=1", "machines", &value, &err),
                   0);
  assert_true(value == 10);
  assert_int_equal(
      rms_instance_number("serve:services=3,scale=50,shape=jag", "services", &value, &err), 0);
  assert_true(value == 3);
  assert_int_equal(
      rms_instance_number("serve:services=3,scale=50,shape=jag", "machines", &value, &err),
      RMS_E_UNKNOWN);
  assert_int_equal(rms_instance_number("serve:services=3,machines=9", "pools", &value, &err),
                   0); /* text option: the feature counts them */
  assert_true(value == 1);
  assert_int_equal(rms_instance_number("tests/golden/show_instance.json", "services", &value, &err),
                   0);
  assert_true(value >= 1);
  assert_int_equal(rms_instance_number("no/such/file.json", "services", &value, &err), RMS_E_IO);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ticks_are_round_numbers),
      cmocka_unit_test(scales_hold_what_they_show),
      cmocka_unit_test(fixed_ends_stay),
      cmocka_unit_test(points_stand_where_they_belong),
      cmocka_unit_test(steps_hold_until_the_next_point),
      cmocka_unit_test(a_figure_without_points_says_so),
      cmocka_unit_test(hostile_points_are_refused),
      cmocka_unit_test(thousands_of_points_on_one_pixel_are_one),
      cmocka_unit_test(growth_counts_the_stopped_as_their_limit),
      cmocka_unit_test(a_distribution_never_forgets_the_failed),
      cmocka_unit_test(objectives_have_a_profile_and_no_growth),
      cmocka_unit_test(lines_beyond_the_wanted_are_counted),
      cmocka_unit_test(targets_are_read_off_the_traces),
      cmocka_unit_test(a_gap_is_whole_until_there_is_a_plan),
      cmocka_unit_test(solvers_are_chosen_by_their_labels),
      cmocka_unit_test(a_refuted_proof_is_none),
      cmocka_unit_test(figures_survive_failing_allocations),
      cmocka_unit_test(origin_names_what_differs),
      cmocka_unit_test(numbers_of_instances),
  };
  return cmocka_run_group_tests_name("plot", tests, NULL, NULL);
}
