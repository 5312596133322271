/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a report: those that its runs allow. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/feature.h"
#include "analysis/figures.h"
#include "analysis/html.h"
#include "analysis/report_parts.h"

enum { LINES_MOST = 12 };

struct wish {
  const char *name, *options; /* of `rms plot` */
  const char *kind, *measure;
  bool is_relative;
};

/* "Title; x: services; y: time [s]; prices 20/20; ...": the figure in words. */
static void describe(const struct rms_plot *plot, struct rms_text *text)
{
  const struct rms_plot_axis *const axes[2] = {&plot->x, &plot->y};
  rms_text_printf(text, "%s. ", plot->title);
  for (size_t i = 0; i < 2; i++)
    rms_text_printf(text, "%s: %s%s%s%s. ", i ? "Vertical" : "Horizontal", axes[i]->label,
                    axes[i]->unit ? " in " : "", axes[i]->unit ? axes[i]->unit : "",
                    axes[i]->is_log ? ", logarithmic" : "");
  rms_text_add(text, "Lines, best first: ");
  for (size_t i = 0; i < plot->n_series; i++)
    rms_text_printf(text, "%s%s %s", i ? ", " : "", plot->series[i].name, plot->series[i].note);
}

static int add_picture(struct rms_page *page, const struct rms_plot *plot, const struct wish *wish)
{
  int status;
  char options[128];
  struct rms_text svg = {0}, words = {0};
  const bool is_work = page->cmp->results[0].run->is_work_limited;
  RMS_TRY(rms_plot_svg(plot, &svg));
  describe(plot, &words);
  RMS_TRY(rms_text_status(&words));
  snprintf(options, sizeof options, "%s --mode %s", wish->options, is_work ? "work" : "time");
  rms_text_add(page->text, "<figure>\n");
  rms_page_picture(page, svg.data, words.data);
  rms_text_add(page->text, "<figcaption>");
  rms_page_command(page, "plot", options, NULL);
  rms_text_add(page->text, "</figcaption>\n</figure>\n");
out:
  rms_text_fini(&words);
  rms_text_fini(&svg);
  return status;
}

/* A figure over one value of x shows no growth. */
static bool has_one_x(const struct rms_plot *plot)
{
  double x = NAN;
  for (size_t i = 0; i < plot->n_series; i++)
    for (size_t k = 0; k < plot->series[i].n; k++) {
      if (isnan(x)) x = plot->series[i].points[k].x;
      if (plot->series[i].points[k].x != x) return false;
    }
  return true;
}

static int add_figure(struct rms_page *page, const struct wish *wish, const char *x_name)
{
  struct rms_error why = {0};
  struct rms_plot *plot = NULL;
  rms_figure_fn *make = NULL;
  struct rms_feature feature = {.name = x_name};
  struct rms_figure figure = {.x_name = x_name,
                              .x_of = rms_feature_of,
                              .ctx = &feature,
                              .is_relative = wish->is_relative,
                              .n_most = LINES_MOST};
  int status;
  rms_html_element(page->text, "h3", wish->name);
  RMS_TRY(rms_figure_find(wish->kind, &make, &why));
  RMS_TRY(rms_measure_find(wish->measure, &figure.measure, &why));
  RMS_TRY(make(&plot, page->cmp, &figure, &why));
  if (make == rms_figure_growth && has_one_x(plot)) {
    rms_page_say(page, "No figure: all instances have the same number of %s.", x_name);
    goto out;
  }
  RMS_TRY(rms_figure_subtitle(plot, page->cmp, NULL));
  RMS_TRY(add_picture(page, plot, wish));
out:
  rms_plot_free(plot);
  if (status >= 0 || status == RMS_E_NOMEM) return status;
  rms_page_say(page, "No figure: %s.", why.text);
  return RMS_OK;
}

/* ---- what the runs allow -----------------------------------------------------------------------
 */

struct found {
  bool proof, plan, gap;
};

static struct found look(const struct rms_comparison *cmp)
{
  struct found found = {0};
  for (size_t i = 0; i < cmp->n_results && !found.proof; i++)
    found.proof = rms_result_is_proof(&cmp->results[i]);
  for (size_t i = 0; i < cmp->n_cases; i++) {
    found.plan |= !isnan(cmp->cases[i].best);
    found.gap |= !isnan(cmp->cases[i].best) && !isnan(cmp->cases[i].bound);
  }
  return found;
}

static const char *x_of_family(const char *family)
{
  return !strcmp(family, "jobs") ? "jobs" : "services";
}

static const struct wish quality = {"Quality", "--relative --y objective", "cumulative",
                                    "objective", true};
static const struct wish proof = {"Time to proof", "--relative --y proof", "cumulative", "proof",
                                  true};
static const struct wish gap = {"Gap over time", "--kind gap", "gap", "proof", false};
static const struct wish target = {"Time to target", "--kind target", "target", "proof", false};

/* Profiles compare solvers. */
static int add_profiles(struct rms_page *page, const struct found *found, const char *x_name)
{
  int status = RMS_OK;
  if (page->cmp->n_labels < 2) {
    rms_page_say(page, "No performance profile: it compares solvers, and one ran.");
    return RMS_OK;
  }
  if (found->plan)
    RMS_TRY(add_figure(page, &quality, x_name));
  else
    rms_page_say(page, "No performance profile of objectives: no run has a verified plan.");
  if (found->proof)
    RMS_TRY(add_figure(page, &proof, x_name));
  else
    rms_page_say(page, "No performance profile of times: no run proved its own answer.");
out:
  return status;
}

static int add_courses(struct rms_page *page, const struct found *found, const char *x_name)
{
  int status = RMS_OK;
  if (found->gap)
    RMS_TRY(add_figure(page, &gap, x_name));
  else
    rms_page_say(page, "No gap over time: no instance has both a plan and a proven bound.");
  if (found->plan)
    RMS_TRY(add_figure(page, &target, x_name));
  else
    rms_page_say(page, "No time to target: no run has a verified plan.");
out:
  return status;
}

int rms_page_figures(struct rms_page *page)
{
  int status;
  char options[96];
  const struct found found = look(page->cmp);
  const char *const x_name = x_of_family(page->cmp->results[0].run->family);
  const char *const measure = found.proof ? "proof" : "total";
  RMS_TRY(add_profiles(page, &found, x_name));
  RMS_TRY(add_courses(page, &found, x_name));
  snprintf(options, sizeof options, "--kind growth --x %s --y %s", x_name, measure);
  RMS_TRY(add_figure(page, &(struct wish){"Growth", options, "growth", measure, false}, x_name));
out:
  return status;
}
