/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gantt_svg.c - the whole sheet of a Gantt picture: head, machines, curves, legend, what is left
 * out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/svg.h"
#include "instances/jobs/gantt_sheet.h"

enum { LINE = 20, LEGEND_MODELS = 16 };

/* One entry; where the next one stands. */
static double add_entry(struct rms_gantt_sheet *s, double x, const char *name,
                        const char *const looks[2])
{
  const double width = 24 + rms_svg_width(name, 12) + 16;
  if (x + width > RMS_GANTT_WIDTH - RMS_GANTT_MARGIN) {
    x = RMS_GANTT_MARGIN;
    s->y += LINE;
  }
  for (size_t i = 0; i < 2 && looks[i]; i++) rms_gantt_box(s, x, s->y, 18, 13, looks[i]);
  rms_gantt_write(s, (struct rms_gantt_label){.x = x + 24, .y = s->y + 11, .size = 12}, "%s", name);
  return x + width;
}

static void add_legend(struct rms_gantt_sheet *s)
{
  static const struct {
    const char *name, *looks[2];
  } fixed[] = {{"idle slice", {"fill=\"#f4f4f4\" stroke=\"#999\""}},
               {"job is restored", {"fill=\"#ccc\" stroke=\"#333\"", "fill=\"url(#restore)\""}},
               {"job is saved", {"fill=\"#ccc\" stroke=\"#333\"", "fill=\"url(#save)\""}},
               {"machine is being cut", {"fill=\"url(#cut)\" stroke=\"#000\""}},
               {"under MPS", {"fill=\"url(#mps)\" stroke=\"#7a5fa0\""}}};
  double x = RMS_GANTT_MARGIN;
  char look[64];
  for (size_t i = 0; i < s->n_models && i < LEGEND_MODELS; i++) {
    snprintf(look, sizeof look, "fill=\"%s\" stroke=\"#333\"", rms_svg_colour(i).back);
    x = add_entry(s, x, s->models[i], (const char *const[]){look, NULL});
  }
  s->y += LINE;
  x = RMS_GANTT_MARGIN;
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    x = add_entry(s, x, fixed[i].name, fixed[i].looks);
  s->y += LINE + RMS_GANTT_GAP;
}

static void add_line(struct rms_gantt_sheet *s, const char *line)
{
  s->y += LINE;
  rms_gantt_write(
      s, (struct rms_gantt_label){.x = RMS_GANTT_MARGIN, .y = s->y - 6, .size = 12, .fill = "#555"},
      "%s", line);
}

static void add_omissions(struct rms_gantt_sheet *s)
{
  char line[256];
  const size_t n_runs = s->m->timeline.n_runs, n_machines = s->inst->cluster.n_machines;
  const bool is_all = s->view.n_machines == n_machines && s->view.n_runs == n_runs;
  if (is_all)
    snprintf(line, sizeof line, "Drawn: all %zu machines and all %zu runs.", n_machines, n_runs);
  else
    snprintf(line, sizeof line,
             "Drawn: machines %u to %u of %zu from %.6g s to %.6g s of %.6g s: %zu of %zu runs; "
             "the others are left out.",
             s->view.first, s->view.first + s->view.n_machines - 1, n_machines,
             (double)s->view.from_us / 1e6, (double)s->view.to_us / 1e6,
             (double)s->inst->jobs[0].arrival_us / 1e6 + s->m->metrics.makespan, s->view.n_runs,
             n_runs);
  add_line(s, line);
  add_line(s, "STP (work done a second) and waiting jobs are of the whole cluster, means over the "
              "steps of the curve.");
  if (s->n_models > RMS_SVG_COLOURS)
    add_line(s, "There are more models than colours: the colours repeat.");
  if (s->n_models > LEGEND_MODELS) {
    snprintf(line, sizeof line, "%zu more models have no line of the legend.",
             s->n_models - LEGEND_MODELS);
    add_line(s, line);
  }
}

static void add_head(struct rms_gantt_sheet *s)
{
  const struct rms_jobs_metrics *const m = &s->m->metrics;
  s->y = RMS_GANTT_MARGIN + 16;
  rms_gantt_write(
      s, (struct rms_gantt_label){.x = RMS_GANTT_MARGIN, .y = s->y, .size = 20, .weight = "bold"},
      "%s%s%s", s->view.solver, *s->view.solver ? " on " : "", s->inst->base.name);
  s->y += LINE;
  rms_gantt_write(
      s, (struct rms_gantt_label){.x = RMS_GANTT_MARGIN, .y = s->y, .size = 13, .fill = "#555"},
      "%zu jobs on %zu machines: mean JCT %.6g s, makespan %.6g s, mean STP %.4g; machines cut "
      "%.0f times, jobs moved %.0f times",
      s->inst->n_jobs, s->inst->cluster.n_machines, m->jct_mean, m->makespan, m->stp_mean, m->cuts,
      m->migrations);
  s->y += RMS_GANTT_GAP + 4;
}

/* Models that have jobs are numbered as they come among the types, so that all pictures of an
 * instance agree. */
static int number_models(struct rms_gantt_sheet *s)
{
  const size_t n_types = s->inst->n_types, none = SIZE_MAX;
  s->colour = malloc(n_types * sizeof *s->colour);
  s->models = malloc(n_types * sizeof *s->models);
  if (!s->colour || !s->models) return RMS_E_NOMEM;
  for (size_t i = 0; i < n_types; i++) s->colour[i] = none;
  for (size_t j = 0; j < s->inst->n_jobs; j++) s->colour[s->inst->jobs[j].type] = 0;
  for (size_t i = 0; i < n_types; i++) {
    size_t k = 0;
    if (s->colour[i] == none) continue;
    while (k < s->n_models && strcmp(s->models[k], s->inst->types[i].model) != 0) k++;
    if (k == s->n_models) s->models[s->n_models++] = s->inst->types[i].model;
    s->colour[i] = k;
  }
  return RMS_OK;
}

static const char patterns[] =
    "<defs>\n"
    "<pattern id=\"restore\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(45)\"><rect width=\"2\" height=\"4\" fill=\"#fff\" "
    "fill-opacity=\"0.75\"/></pattern>\n"
    "<pattern id=\"save\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(-45)\"><rect width=\"2\" height=\"4\" fill=\"#000\" "
    "fill-opacity=\"0.6\"/></pattern>\n"
    "<pattern id=\"cut\" width=\"3\" height=\"3\" patternUnits=\"userSpaceOnUse\">"
    "<rect width=\"3\" height=\"3\" fill=\"#666\"/><rect width=\"3\" height=\"1.5\" "
    "fill=\"#222\"/></pattern>\n"
    "<pattern id=\"mps\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
    "<rect width=\"6\" height=\"6\" fill=\"#eae2f5\"/><circle cx=\"3\" cy=\"3\" r=\"1\" "
    "fill=\"#7a5fa0\"/></pattern>\n"
    "</defs>\n";

static int add_body(struct rms_gantt_sheet *s)
{
  int status = RMS_OK;
  add_head(s);
  const double top = s->y;
  for (uint32_t m = 0; m < s->view.n_machines; m++) rms_gantt_machine(s, s->view.first + m);
  RMS_TRY(rms_gantt_curves(s));
  rms_gantt_axis(s, top);
  add_legend(s);
  add_omissions(s);
  RMS_TRY(rms_text_status(s->text));
out:
  return status;
}

/* What a browser shows as the name of the picture. */
static void add_title(struct rms_text *text, const char *solver, const char *instance)
{
  rms_text_add(text, "<title>");
  rms_svg_escape(text, solver, strlen(solver));
  rms_text_add(text, *solver ? " on " : "");
  rms_svg_escape(text, instance, strlen(instance));
  rms_text_add(text, "</title>\n");
}

int rms_gantt_svg(const struct rms_jobs *inst, const struct rms_jobs_measured *measured,
                  const struct rms_gantt_view *view, struct rms_text *text)
{
  int status = RMS_OK;
  struct rms_text body = {0};
  struct rms_gantt_sheet s = {.inst = inst, .m = measured, .text = &body, .view = *view};
  RMS_TRY(number_models(&s));
  RMS_TRY(add_body(&s));
  const int height = (int)s.y + RMS_GANTT_MARGIN;
  rms_text_printf(
      text,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 "
      "0 %d %d\" font-family=\"" RMS_SVG_FONT "\">\n",
      RMS_GANTT_WIDTH, height, RMS_GANTT_WIDTH, height);
  add_title(text, view->solver, inst->base.name);
  rms_text_add(text, patterns);
  rms_text_printf(text, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", RMS_GANTT_WIDTH,
                  height);
  rms_text_bytes(text, body.data, body.length);
  rms_text_add(text, "</svg>\n");
  RMS_TRY(rms_text_status(text));
out:
  free(s.models);
  free(s.colour);
  rms_text_fini(&body);
  return status;
}

int rms_jobs_draw_svg(const struct rms_instance *base, const void *bytes, size_t n,
                      const struct rms_view *wanted, struct rms_text *text, struct rms_error *err)
{
  int status = RMS_OK;
  const struct rms_jobs *const inst = rms_jobs_of(base);
  struct rms_jobs_measured measured = {.timeline = {0}};
  struct rms_gantt_view view;
  if (!inst) return rms_error_set(err, RMS_E_PARAM, "of another family");
  if (!bytes)
    return rms_error_set(err, RMS_E_UNSUPPORTED,
                         "family jobs draws timelines: name a plan too, 'rms show INSTANCE PLAN'");
  RMS_TRY(rms_jobs_measure_bytes(inst, bytes, n, &measured, err));
  RMS_TRY(rms_gantt_view(inst, &measured, wanted, &view, err));
  RMS_TRY(rms_gantt_svg(inst, &measured, &view, text));
out:
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "out of memory while drawing");
  rms_jobs_measured_fini(&measured);
  return status;
}
