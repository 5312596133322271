/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gantt_machine.c - the band of a machine: its slices, cuts and runs. */
#include <stdio.h>
#include <string.h>

#include "instances/base/svg.h"
#include "instances/jobs/gantt_sheet.h"

enum { BAND = 96, NAME = 9 }; /* pixels: a machine, letters of a job in its bar */

/* The machine that is being drawn. */
struct band {
  uint32_t machine;
  const struct rms_machine *model;
  double y, unit; /* pixels of a memory unit */
  size_t cut;     /* in force; SIZE_MAX: none yet */
  int n_lanes;    /* of runs under MPS */
  int64_t lane_until[RMS_JOBS_CORUN_MAX];
};

/* ---- slices and cuts ---- */

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
static void add_recut(struct rms_gantt_sheet *s, const struct band *b,
                      const struct rms_timeline_cut *before, const struct rms_timeline_cut *cut,
                      const int64_t span[2])
{
  static const char look[] = "fill=\"url(#cut)\" stroke=\"#000\" stroke-width=\"0.3\"";
  const struct rms_timeline *const t = &s->m->timeline;
  const struct rms_timeline_cut *const both[2] = {before, cut};
  if (s->inst->cluster.overheads.is_whole || cut->level >= 0 || !before || before->level >= 0) {
    rms_gantt_stretch(s, span, b->y, BAND, look);
    return;
  }
  for (size_t k = 0; k < 2; k++)
    for (size_t i = 0; i < both[k]->n_slices; i++) {
      const struct rms_placed *const slice = &t->slices[both[k]->first + i];
      if (!has_slice(t, both[1 - k], slice))
        rms_gantt_stretch(s, span, b->y + b->unit * slice->start,
                          b->unit * b->model->profiles[slice->profile].memory, look);
    }
}

static void add_slice(struct rms_gantt_sheet *s, const struct band *b,
                      const struct rms_placed *slice, const int64_t span[2])
{
  rms_gantt_stretch(s, span, b->y + b->unit * slice->start,
                    b->unit * b->model->profiles[slice->profile].memory,
                    "fill=\"#f4f4f4\" stroke=\"#999\" stroke-width=\"0.5\"");
}

/* What a cut made, until the next one. */
static void add_setup(struct rms_gantt_sheet *s, const struct band *b, size_t c, int64_t until)
{
  const struct rms_timeline *const t = &s->m->timeline;
  const struct rms_timeline_cut *const cut = &t->cuts[c];
  const struct rms_timeline_cut *const before = b->cut == SIZE_MAX ? NULL : &t->cuts[b->cut];
  const int64_t ready = s->m->audit.ready_us[c], made[2] = {cut->begin_us, ready};
  if (cut->begin_us >= s->view.to_us) return;
  if (cut->level >= 0)
    rms_gantt_stretch(s, (const int64_t[]){ready, until}, b->y, BAND,
                      "fill=\"url(#mps)\" stroke=\"#7a5fa0\" stroke-width=\"0.5\"");
  for (size_t i = 0; i < cut->n_slices; i++) {
    const struct rms_placed *const slice = &t->slices[cut->first + i];
    const bool is_kept = has_slice(t, before, slice) && !s->inst->cluster.overheads.is_whole;
    add_slice(s, b, slice, (const int64_t[]){is_kept ? cut->begin_us : ready, until});
  }
  if (ready > cut->begin_us) add_recut(s, b, before, cut, made);
}

static void add_setups(struct rms_gantt_sheet *s, struct band *b)
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

/* ---- runs ---- */

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

static void add_tip(struct rms_gantt_sheet *s, size_t r, const char *where)
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
static void add_name(struct rms_gantt_sheet *s, size_t r, const double x[2], double middle,
                     const char *where)
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
  rms_gantt_write(
      s,
      (struct rms_gantt_label){.x = x[0] + 2,
                               .y = middle + 3.5,
                               .size = NAME,
                               .fill = rms_svg_colour(s->colour[s->inst->jobs[job].type]).fore},
      "%s", name);
}

static void add_run(struct rms_gantt_sheet *s, size_t r, double y, double height, const char *where)
{
  const struct rms_timeline_run *const run = &s->m->timeline.runs[r];
  const struct rms_jobs_span *const span = &s->m->audit.spans[r];
  const int64_t works = span->works_from_us < run->stop_us ? span->works_from_us : run->stop_us;
  const struct rms_svg_colour colour = rms_svg_colour(s->colour[s->inst->jobs[run->job].type]);
  char look[96];
  if (run->begin_us >= s->view.to_us || span->end_us <= s->view.from_us) return;
  snprintf(look, sizeof look, "fill=\"%s\" stroke=\"#333\" stroke-width=\"0.4\"", colour.back);
  add_tip(s, r, where);
  rms_gantt_stretch(s, (const int64_t[]){run->begin_us, span->end_us}, y, height, look);
  rms_gantt_stretch(s, (const int64_t[]){run->begin_us, works}, y, height,
                    "fill=\"url(#restore)\"");
  rms_gantt_stretch(s, (const int64_t[]){run->stop_us, span->end_us}, y, height,
                    "fill=\"url(#save)\"");
  if (height >= NAME)
    add_name(s, r, (const double[]){rms_gantt_x(s, works), rms_gantt_x(s, run->stop_us)},
             y + height / 2, where);
  rms_text_add(s->text, "</g>\n");
}

/* All runs of the machine with the cut that each one stands on. is_drawn false: lanes are counted.
 */
static void walk_runs(struct rms_gantt_sheet *s, struct band *b, bool is_drawn)
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

void rms_gantt_machine(struct rms_gantt_sheet *s, uint32_t machine)
{
  const struct rms_jobs_pool *const pool = rms_cluster_pool(&s->inst->cluster, machine);
  struct band b = {.machine = machine,
                   .model = s->inst->cluster.models[pool->model],
                   .y = s->y,
                   .cut = SIZE_MAX};
  char name[32];
  b.unit = (double)BAND / b.model->memory_units;
  snprintf(name, sizeof name, "machine %u", machine);
  rms_gantt_heading(s, BAND, name, pool->name);
  rms_gantt_box(s, RMS_GANTT_LEFT, s->y, RMS_GANTT_WIDTH - RMS_GANTT_LEFT - RMS_GANTT_RIGHT, BAND,
                "fill=\"#fff\" stroke=\"#333\"");
  add_setups(s, &b);
  walk_runs(s, &b, false);
  walk_runs(s, &b, true);
  s->y += BAND + RMS_GANTT_GAP;
}
