/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/svg.h"
#include "instances/jobs/gantt.h"

/* Pixels. */
enum {
  WIDTH = 1280,
  MARGIN = 24,
  LEFT = 124,
  RIGHT = 64,
  BAND = 96, /* a machine */
  GAP = 10,
  PANEL = 90, /* a curve below */
  LINE = 20,
  SMALL = 10,
  NAME = 9,    /* of a job in its bar */
  PARTS = 400, /* of the window, in the curves */
  PARTS_MAX = 200000,
  LEGEND_MODELS = 16,
  TICKS = 10
};

struct sheet {
  const struct rms_jobs *inst;
  const struct rms_jobs_measured *m;
  struct rms_gantt_view view;
  struct rms_text *text;
  size_t *colour;      /* [types] number of the type's model */
  const char **models; /* [n_models] */
  size_t n_models;
  double y;
};

/* The machine that is being drawn. */
struct band {
  uint32_t machine;
  const struct rms_machine *model;
  double y, unit; /* pixels of a memory unit */
  size_t cut;     /* in force; SIZE_MAX: none yet */
  int n_lanes;    /* of runs under MPS */
  int64_t lane_until[RMS_JOBS_CORUN_MAX];
};

static double x_of(const struct sheet *s, int64_t t)
{
  if (t < s->view.from_us) t = s->view.from_us;
  if (t > s->view.to_us) t = s->view.to_us;
  return LEFT + (WIDTH - LEFT - RIGHT) *
                    ((double)(t - s->view.from_us) / (double)(s->view.to_us - s->view.from_us));
}

struct label {
  double x, y;
  int size, room;
  const char *fill, *anchor, *weight;
};

__attribute__((format(printf, 3, 4))) static void add_label(struct sheet *s, struct label label,
                                                            const char *fmt, ...)
{
  char string[512];
  va_list list;
  va_start(list, fmt);
  vsnprintf(string, sizeof string, fmt, list);
  va_end(list);
  rms_text_printf(s->text, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" fill=\"%s\"", label.x,
                  label.y, label.size, label.fill ? label.fill : "#222");
  if (label.weight) rms_text_printf(s->text, " font-weight=\"%s\"", label.weight);
  if (label.anchor) rms_text_printf(s->text, " text-anchor=\"%s\"", label.anchor);
  rms_text_add(s->text, ">");
  rms_svg_fitting(s->text, string, label.size, label.room ? label.room : WIDTH - 2 * MARGIN);
  rms_text_add(s->text, "</text>\n");
}

static void add_box(struct sheet *s, double x, double y, double width, double height,
                    const char *rest)
{
  rms_text_printf(s->text, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>\n", x,
                  y, width, height, rest);
}

/* A box over a stretch of time; nothing outside of the window. At least a hair wide. */
static void add_stretch(struct sheet *s, const int64_t span[2], double y, double height,
                        const char *rest)
{
  if (span[1] <= span[0] || span[1] <= s->view.from_us || span[0] >= s->view.to_us) return;
  const double x = x_of(s, span[0]);
  add_box(s, x, y, fmax(x_of(s, span[1]) - x, 0.3), height, rest);
}

/* ---- machines ----------------------------------------------------------------------------------
 */

static bool has_slice(const struct rms_timeline *t, const struct rms_timeline_cut *cut,
                      const struct rms_placed *slice)
{
  if (!cut) return false;
  for (size_t i = 0; i < cut->n_slices; i++)
    if (t->slices[cut->first + i].start == slice->start &&
        t->slices[cut->first + i].profile == slice->profile)
      return true;
  return false;
}

/* What is cut anew: the whole machine, or the slices that one of both has alone. */
static void add_recut(struct sheet *s, const struct band *b, const struct rms_timeline_cut *before,
                      const struct rms_timeline_cut *cut, const int64_t span[2])
{
  static const char look[] = "fill=\"url(#cut)\" stroke=\"#000\" stroke-width=\"0.3\"";
  const struct rms_timeline *const t = &s->m->timeline;
  const struct rms_timeline_cut *const both[2] = {before, cut};
  if (s->inst->cluster.overheads.is_whole || cut->level >= 0 || !before || before->level >= 0) {
    add_stretch(s, span, b->y, BAND, look);
    return;
  }
  for (size_t k = 0; k < 2; k++)
    for (size_t i = 0; i < both[k]->n_slices; i++) {
      const struct rms_placed *const slice = &t->slices[both[k]->first + i];
      if (!has_slice(t, both[1 - k], slice))
        add_stretch(s, span, b->y + b->unit * slice->start,
                    b->unit * b->model->profiles[slice->profile].memory, look);
    }
}

static void add_slice(struct sheet *s, const struct band *b, const struct rms_placed *slice,
                      const int64_t span[2])
{
  add_stretch(s, span, b->y + b->unit * slice->start,
              b->unit * b->model->profiles[slice->profile].memory,
              "fill=\"#f4f4f4\" stroke=\"#999\" stroke-width=\"0.5\"");
}

/* What a cut made, until the next one. */
static void add_setup(struct sheet *s, const struct band *b, size_t c, int64_t until)
{
  const struct rms_timeline *const t = &s->m->timeline;
  const struct rms_timeline_cut *const cut = &t->cuts[c];
  const struct rms_timeline_cut *const before = b->cut == SIZE_MAX ? NULL : &t->cuts[b->cut];
  const int64_t ready = s->m->audit.ready_us[c], made[2] = {cut->begin_us, ready};
  if (cut->begin_us >= s->view.to_us) return;
  if (cut->level >= 0)
    add_stretch(s, (const int64_t[]){ready, until}, b->y, BAND,
                "fill=\"url(#mps)\" stroke=\"#7a5fa0\" stroke-width=\"0.5\"");
  for (size_t i = 0; i < cut->n_slices; i++) {
    const struct rms_placed *const slice = &t->slices[cut->first + i];
    const bool is_kept = has_slice(t, before, slice) && !s->inst->cluster.overheads.is_whole;
    add_slice(s, b, slice, (const int64_t[]){is_kept ? cut->begin_us : ready, until});
  }
  if (ready > cut->begin_us) add_recut(s, b, before, cut, made);
}

static void add_setups(struct sheet *s, struct band *b)
{
  const struct rms_timeline *const t = &s->m->timeline;
  size_t last = SIZE_MAX;
  b->cut = SIZE_MAX;
  for (size_t c = 0; c < t->n_cuts; c++) {
    if (t->cuts[c].machine != b->machine) continue;
    if (last != SIZE_MAX) {
      add_setup(s, b, last, t->cuts[c].begin_us);
      b->cut = last;
    }
    last = c;
  }
  if (last != SIZE_MAX) add_setup(s, b, last, s->view.to_us);
}

/* ---- runs --------------------------------------------------------------------------------------
 */

/* The lowest lane that is free: as many runs as share the machine have lanes of their own. */
static int take_lane(struct band *b, int64_t begin, int64_t end)
{
  int lane = 0;
  while (lane < RMS_JOBS_CORUN_MAX - 1 && b->lane_until[lane] > begin) lane++;
  b->lane_until[lane] = end;
  return lane;
}

static const struct rms_placed *slice_at(const struct rms_timeline *t, size_t c, uint16_t start)
{
  if (c == SIZE_MAX) return NULL;
  for (size_t i = 0; i < t->cuts[c].n_slices; i++)
    if (t->slices[t->cuts[c].first + i].start == start) return &t->slices[t->cuts[c].first + i];
  return NULL;
}

static void add_tip(struct sheet *s, size_t r, const char *where)
{
  const struct rms_timeline_run *const run = &s->m->timeline.runs[r];
  const char *const type = s->inst->types[s->inst->jobs[run->job].type].name;
  rms_text_printf(s->text, "<g><title>job %u (", run->job);
  rms_svg_escape(s->text, type, strlen(type));
  rms_text_add(s->text, ") on ");
  rms_svg_escape(s->text, where, strlen(where));
  rms_text_printf(s->text, ", %.1f s to %.1f s</title>\n", (double)run->begin_us / 1e6,
                  (double)s->m->audit.spans[r].end_us / 1e6);
}

/* As much as there is room for: "3g.20gb #7", "3g #7", "#7". */
static void add_name(struct sheet *s, size_t r, const double x[2], double middle, const char *where)
{
  const uint32_t job = s->m->timeline.runs[r].job;
  const int lengths[] = {(int)strlen(where), (int)strcspn(where, ".")};
  const int room = (int)(x[1] - x[0]) - 4;
  char name[64];
  snprintf(name, sizeof name, "#%u", job);
  for (size_t i = 0; i < 2; i++) {
    char longer[64];
    snprintf(longer, sizeof longer, "%.*s #%u", lengths[i] < 40 ? lengths[i] : 40, where, job);
    if (rms_svg_width(longer, NAME) > room) continue;
    snprintf(name, sizeof name, "%s", longer);
    break;
  }
  if (rms_svg_width(name, NAME) > room) return;
  add_label(s,
            (struct label){.x = x[0] + 2,
                           .y = middle + 3.5,
                           .size = NAME,
                           .fill = rms_svg_colour(s->colour[s->inst->jobs[job].type]).fore},
            "%s", name);
}

static void add_run(struct sheet *s, size_t r, double y, double height, const char *where)
{
  const struct rms_timeline_run *const run = &s->m->timeline.runs[r];
  const struct rms_jobs_span *const span = &s->m->audit.spans[r];
  const int64_t works = span->works_from_us < run->stop_us ? span->works_from_us : run->stop_us;
  const struct rms_svg_colour colour = rms_svg_colour(s->colour[s->inst->jobs[run->job].type]);
  char look[96];
  if (run->begin_us >= s->view.to_us || span->end_us <= s->view.from_us) return;
  snprintf(look, sizeof look, "fill=\"%s\" stroke=\"#333\" stroke-width=\"0.4\"", colour.back);
  add_tip(s, r, where);
  add_stretch(s, (const int64_t[]){run->begin_us, span->end_us}, y, height, look);
  add_stretch(s, (const int64_t[]){run->begin_us, works}, y, height, "fill=\"url(#restore)\"");
  add_stretch(s, (const int64_t[]){run->stop_us, span->end_us}, y, height, "fill=\"url(#save)\"");
  if (height >= NAME)
    add_name(s, r, (const double[]){x_of(s, works), x_of(s, run->stop_us)}, y + height / 2, where);
  rms_text_add(s->text, "</g>\n");
}

/* All runs of the machine with the cut that each one stands on. is_drawn false: lanes are counted.
 */
static void walk_runs(struct sheet *s, struct band *b, bool is_drawn)
{
  const struct rms_timeline *const t = &s->m->timeline;
  size_t c = 0;
  b->cut = SIZE_MAX;
  memset(b->lane_until, 0, sizeof b->lane_until);
  for (size_t r = 0; r < t->n_runs; r++) {
    const struct rms_timeline_run *const run = &t->runs[r];
    if (run->machine != b->machine) continue;
    for (; c < t->n_cuts && t->cuts[c].begin_us <= run->begin_us; c++)
      if (t->cuts[c].machine == b->machine) b->cut = c;
    if (run->start == RMS_TIMELINE_MPS) {
      const int lane = take_lane(b, run->begin_us, s->m->audit.spans[r].end_us);
      const double height = (double)BAND / (b->n_lanes ? b->n_lanes : 1);
      if (!is_drawn && lane >= b->n_lanes) b->n_lanes = lane + 1;
      if (is_drawn) add_run(s, r, b->y + lane * height + 1, height - 2, "MPS");
      continue;
    }
    const struct rms_placed *const slice = slice_at(t, b->cut, run->start);
    if (!slice || !is_drawn) continue;
    const struct rms_profile *const profile = &b->model->profiles[slice->profile];
    add_run(s, r, b->y + b->unit * slice->start + 1, b->unit * profile->memory - 2, profile->name);
  }
}

static void add_machine(struct sheet *s, uint32_t machine)
{
  const struct rms_jobs_pool *const pool = rms_cluster_pool(&s->inst->cluster, machine);
  struct band b = {.machine = machine,
                   .model = s->inst->cluster.models[pool->model],
                   .y = s->y,
                   .cut = SIZE_MAX};
  b.unit = (double)BAND / b.model->memory_units;
  add_label(s,
            (struct label){.x = LEFT - 8,
                           .y = s->y + BAND / 2.0,
                           .size = 12,
                           .room = LEFT - 20,
                           .anchor = "end",
                           .weight = "bold"},
            "machine %u", machine);
  add_label(s,
            (struct label){.x = LEFT - 8,
                           .y = s->y + BAND / 2.0 + 14,
                           .size = SMALL,
                           .room = LEFT - 20,
                           .fill = "#555",
                           .anchor = "end"},
            "%s", pool->name);
  add_box(s, LEFT, s->y, WIDTH - LEFT - RIGHT, BAND, "fill=\"#fff\" stroke=\"#333\"");
  add_setups(s, &b);
  walk_runs(s, &b, false);
  walk_runs(s, &b, true);
  s->y += BAND + GAP;
}

/* ---- axis, curves, words -----------------------------------------------------------------------
 */

static void add_axis(struct sheet *s, double top)
{
  static const struct {
    const char *name;
    double seconds;
  } units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
  static const double leads[] = {1, 2, 5, 10};
  const double from = (double)s->view.from_us / 1e6, to = (double)s->view.to_us / 1e6;
  size_t u = 0, k = 0;
  while (u < 3 && to - from < 3 * units[u].seconds) u++;
  const double least = (to - from) / units[u].seconds / TICKS, power = pow(10, floor(log10(least)));
  while (k < 3 && leads[k] * power < least) k++;
  const double step = leads[k] * power;
  for (double i = ceil(from / units[u].seconds / step); i * step * units[u].seconds <= to; i++) {
    const double x = x_of(s, (int64_t)(i * step * units[u].seconds * 1e6));
    rms_text_printf(s->text,
                    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#777\" "
                    "stroke-width=\"0.6\" stroke-dasharray=\"2 4\"/>\n",
                    x, top, x, s->y + 4);
    add_label(
        s, (struct label){.x = x, .y = s->y + 16, .size = 11, .fill = "#555", .anchor = "middle"},
        "%.10g", i * step);
  }
  add_label(s, (struct label){.x = WIDTH - MARGIN, .y = s->y + 16, .size = 12, .anchor = "end"},
            "%s", units[u].name);
  s->y += 32;
}

static void add_curve(struct sheet *s, const char *name, const char *unit, const double *parts,
                      const double *x, size_t n)
{
  double most = 0;
  for (size_t i = 0; i < n; i++) most = fmax(most, parts[i]);
  add_box(s, LEFT, s->y, WIDTH - LEFT - RIGHT, PANEL, "fill=\"#fff\" stroke=\"#333\"");
  add_label(s,
            (struct label){.x = LEFT - 8,
                           .y = s->y + PANEL / 2.0,
                           .size = 12,
                           .room = LEFT - 20,
                           .anchor = "end",
                           .weight = "bold"},
            "%s", name);
  add_label(s,
            (struct label){.x = LEFT - 8,
                           .y = s->y + PANEL / 2.0 + 14,
                           .size = SMALL,
                           .room = LEFT - 20,
                           .fill = "#555",
                           .anchor = "end"},
            "%s", unit);
  add_label(s, (struct label){.x = WIDTH - RIGHT + 5, .y = s->y + 10, .size = 11}, "%.3g", most);
  add_label(s, (struct label){.x = WIDTH - RIGHT + 5, .y = s->y + PANEL, .size = 11}, "0");
  rms_text_printf(s->text,
                  "<path fill=\"#0072B2\" fill-opacity=\"0.25\" stroke=\"#0072B2\" "
                  "d=\"M%.1f %.1f",
                  x[0], s->y + PANEL);
  for (size_t i = 0; i < n; i++)
    rms_text_printf(s->text, "V%.1fH%.1f",
                    s->y + PANEL - (PANEL - 4) * (most > 0 ? parts[i] / most : 0), x[i + 1]);
  rms_text_printf(s->text, "V%.1fZ\"/>\n", s->y + PANEL);
  s->y += PANEL + GAP;
}

/* Work done and jobs that wait: means over parts of the makespan, those of the window. */
static int add_curves(struct sheet *s)
{
  const double makespan = s->m->metrics.makespan * 1e6;
  const double window = (double)(s->view.to_us - s->view.from_us);
  const size_t n = (size_t)fmin(ceil(PARTS * fmax(1, makespan / window)), PARTS_MAX);
  double *const parts = malloc((4 * n + 1) * sizeof *parts), *const x = parts + 3 * n;
  size_t seen = 0;
  int status = parts ? RMS_OK : RMS_E_NOMEM;
  RMS_TRY(status);
  RMS_TRY(rms_jobs_over_time(s->inst, &s->m->timeline, &s->m->audit, n, parts, parts + n,
                             parts + 2 * n));
  const double step = makespan / (double)n;
  const int64_t begin = s->inst->jobs[0].arrival_us;
  const size_t first = (size_t)((double)(s->view.from_us - begin) / step);
  while (first + seen < n && step * (double)(first + seen) < (double)(s->view.to_us - begin))
    seen++;
  for (size_t i = 0; i <= seen; i++) x[i] = x_of(s, begin + (int64_t)(step * (double)(first + i)));
  add_curve(s, "STP", "machines' work", parts + first, x, seen);
  add_curve(s, "waiting", "jobs", parts + n + first, x, seen);
out:
  free(parts);
  return status;
}

/* One entry; where the next one stands. */
static double add_entry(struct sheet *s, double x, const char *name, const char *const looks[2])
{
  const double width = 24 + rms_svg_width(name, 12) + 16;
  if (x + width > WIDTH - MARGIN) {
    x = MARGIN;
    s->y += LINE;
  }
  for (size_t i = 0; i < 2 && looks[i]; i++) add_box(s, x, s->y, 18, 13, looks[i]);
  add_label(s, (struct label){.x = x + 24, .y = s->y + 11, .size = 12}, "%s", name);
  return x + width;
}

static void add_legend(struct sheet *s)
{
  static const struct {
    const char *name, *looks[2];
  } fixed[] = {{"idle slice", {"fill=\"#f4f4f4\" stroke=\"#999\""}},
               {"job is restored", {"fill=\"#ccc\" stroke=\"#333\"", "fill=\"url(#restore)\""}},
               {"job is saved", {"fill=\"#ccc\" stroke=\"#333\"", "fill=\"url(#save)\""}},
               {"machine is being cut", {"fill=\"url(#cut)\" stroke=\"#000\""}},
               {"under MPS", {"fill=\"url(#mps)\" stroke=\"#7a5fa0\""}}};
  double x = MARGIN;
  char look[64];
  for (size_t i = 0; i < s->n_models && i < LEGEND_MODELS; i++) {
    snprintf(look, sizeof look, "fill=\"%s\" stroke=\"#333\"", rms_svg_colour(i).back);
    x = add_entry(s, x, s->models[i], (const char *const[]){look, NULL});
  }
  s->y += LINE;
  x = MARGIN;
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    x = add_entry(s, x, fixed[i].name, fixed[i].looks);
  s->y += LINE + GAP;
}

static void add_line(struct sheet *s, const char *line)
{
  s->y += LINE;
  add_label(s, (struct label){.x = MARGIN, .y = s->y - 6, .size = 12, .fill = "#555"}, "%s", line);
}

static void add_omissions(struct sheet *s)
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

static void add_head(struct sheet *s)
{
  const struct rms_jobs_metrics *const m = &s->m->metrics;
  s->y = MARGIN + 16;
  add_label(s, (struct label){.x = MARGIN, .y = s->y, .size = 20, .weight = "bold"}, "%s",
            s->inst->base.name);
  s->y += LINE;
  add_label(
      s, (struct label){.x = MARGIN, .y = s->y, .size = 13, .fill = "#555"},
      "%zu jobs on %zu machines: mean JCT %.6g s, makespan %.6g s, mean STP %.4g; machines cut "
      "%.0f times, jobs moved %.0f times",
      s->inst->n_jobs, s->inst->cluster.n_machines, m->jct_mean, m->makespan, m->stp_mean, m->cuts,
      m->migrations);
  s->y += GAP + 4;
}

/* Models that have jobs are numbered as they come among the types, so that all pictures of an
 * instance agree. */
static int number_models(struct sheet *s)
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

static int add_body(struct sheet *s)
{
  int status = RMS_OK;
  add_head(s);
  const double top = s->y;
  for (uint32_t m = 0; m < s->view.n_machines; m++) add_machine(s, s->view.first + m);
  RMS_TRY(add_curves(s));
  add_axis(s, top);
  add_legend(s);
  add_omissions(s);
  RMS_TRY(rms_text_status(s->text));
out:
  return status;
}

int rms_gantt_svg(const struct rms_jobs *inst, const struct rms_jobs_measured *measured,
                  const struct rms_gantt_view *view, struct rms_text *text)
{
  int status = RMS_OK;
  struct rms_text body = {0};
  struct sheet s = {.inst = inst, .m = measured, .text = &body, .view = *view};
  RMS_TRY(number_models(&s));
  RMS_TRY(add_body(&s));
  const int height = (int)s.y + MARGIN;
  rms_text_printf(
      text,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 "
      "0 %d %d\" font-family=\"" RMS_SVG_FONT "\">\n",
      WIDTH, height, WIDTH, height);
  rms_text_add(text, patterns);
  rms_text_printf(text, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, height);
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
                      const struct rms_part *part, struct rms_text *text, struct rms_error *err)
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
  RMS_TRY(rms_gantt_view(inst, &measured, part, &view, err));
  RMS_TRY(rms_gantt_svg(inst, &measured, &view, text));
out:
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "out of memory while drawing");
  rms_jobs_measured_fini(&measured);
  return status;
}
