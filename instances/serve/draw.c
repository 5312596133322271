/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/draw.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "instances/picture.h"
#include "instances/serve/plan.h"

enum { LINES_MAX = 8 };

struct drawing {
  const struct rms_serve *inst;
  const struct rms_serve_plan *plan;
  struct rms_arena *arena;
  size_t n_groups_max; /* rows */
  double *capacity;    /* [n_services] requests per second of all slices of the service */
  int *series_of;      /* [n_services], RMS_PICTURE_IDLE: not drawn */
  struct rms_picture_series *series;
  struct rms_picture_row *rows;
  const char *lines[LINES_MAX];
  struct rms_picture picture;
};

/* A formatted text in the arena; NULL when out of memory. */
__attribute__((format(printf, 2, 3))) static const char *say(struct rms_arena *arena,
                                                             const char *fmt, ...)
{
  char text[512];
  va_list list;
  va_start(list, fmt);
  vsnprintf(text, sizeof text, fmt, list);
  va_end(list);
  return rms_arena_text(arena, text);
}

static const char *plural(int64_t n)
{
  return n == 1 ? "" : "s";
}

/* What the plan refers to exists, and the sums of what is drawn stay within 64 bits. */
static int check_group(const struct rms_serve *inst, const struct rms_serve_plan *plan, size_t g,
                       int64_t *n_machines, struct rms_error *err)
{
  const struct rms_serve_group *group = &plan->groups[g];
  if (group->pool >= inst->n_pools)
    return rms_error_set(err, RMS_E_FORMAT,
                         "group %zu of the plan: the instance has no pool number %u", g,
                         group->pool);
  const struct rms_machine *machine = inst->machines[inst->pools[group->pool].machine];
  *n_machines += group->count;
  if (group->n_slices > RMS_UNITS_MAX || *n_machines > RMS_SERVE_MACHINES_TOTAL_MAX)
    return rms_error_set(err, RMS_E_FORMAT,
                         "group %zu of the plan: more slices or machines than a plan may have", g);
  for (size_t i = 0; i < group->n_slices; i++) {
    const struct rms_serve_slice *slice = &plan->slices[group->first + i];
    if (slice->profile >= machine->n_profiles)
      return rms_error_set(err, RMS_E_FORMAT,
                           "group %zu of the plan: machine %s has no profile number %u", g,
                           machine->name, slice->profile);
    if (slice->service != RMS_SERVE_IDLE && slice->service >= inst->n_services)
      return rms_error_set(err, RMS_E_FORMAT,
                           "group %zu of the plan: the instance has no service number %u", g,
                           slice->service);
  }
  return RMS_OK;
}

/* ---- the parts of the picture -------------------------------------------------------------------
 */

static void sum_capacities(struct drawing *d)
{
  for (size_t g = 0; g < d->plan->n_groups; g++) {
    const struct rms_serve_group *group = &d->plan->groups[g];
    for (size_t i = 0; i < group->n_slices; i++) {
      const struct rms_serve_slice *slice = &d->plan->slices[group->first + i];
      int kind =
          slice->service == RMS_SERVE_IDLE
              ? -1
              : rms_serve_kind_of(d->inst, d->inst->pools[group->pool].machine, slice->profile);
      if (kind < 0) continue;
      d->capacity[slice->service] +=
          rms_micro_to_double(rms_serve_rate(d->inst, slice->service, (size_t)kind)) *
          (double)group->count;
    }
  }
}

static double share_of(const struct drawing *d, uint32_t service)
{
  if (service == RMS_SERVE_IDLE) return NAN;
  double demand = rms_micro_to_double(d->inst->services[service].demand);
  return d->capacity[service] > 0 ? demand / d->capacity[service] : 1;
}

static int series_of(struct drawing *d, uint32_t service)
{
  if (service == RMS_SERVE_IDLE) return RMS_PICTURE_IDLE;
  if (d->series_of[service] == RMS_PICTURE_IDLE) {
    d->series_of[service] = (int)d->picture.n_series;
    d->series[d->picture.n_series++] = (struct rms_picture_series){
        .name = d->inst->services[service].name,
        .note = say(d->arena, "uses %.6g of %.6g (%.4g%%)",
                    rms_micro_to_double(d->inst->services[service].demand), d->capacity[service],
                    100 * share_of(d, service))};
  }
  return d->series_of[service];
}

static const char *title_of(const struct drawing *d, const struct rms_serve_pool *pool)
{
  const char *machine = d->inst->machines[pool->machine]->name;
  bool is_same = !strcmp(machine, pool->name);
  return say(d->arena, "%s%s%s%s, rules %s, cost %lld each", pool->name, is_same ? "" : " (",
             is_same ? "" : machine, is_same ? "" : ")", pool->rules->name, (long long)pool->cost);
}

static int add_group(struct drawing *d, const struct rms_serve_group *group)
{
  const struct rms_serve_pool *pool = &d->inst->pools[group->pool];
  struct rms_picture_slice *slices = rms_arena_alloc(d->arena, group->n_slices, sizeof *slices);
  if (!slices) return RMS_E_NOMEM;
  for (size_t i = 0; i < group->n_slices; i++) {
    const struct rms_serve_slice *slice = &d->plan->slices[group->first + i];
    slices[i] = (struct rms_picture_slice){.at = {.profile = slice->profile, .start = slice->start},
                                           .series = series_of(d, slice->service),
                                           .share = share_of(d, slice->service)};
  }
  d->rows[d->picture.n_rows++] =
      (struct rms_picture_row){.machine = d->inst->machines[pool->machine],
                               .title = title_of(d, pool),
                               .label = say(d->arena, "%lld ×", (long long)group->count),
                               .n_slices = group->n_slices,
                               .slices = slices};
  return RMS_OK;
}

static int64_t machines_from(const struct rms_serve_plan *plan, size_t g)
{
  int64_t n = 0;
  for (; g < plan->n_groups; g++) n += plan->groups[g].count;
  return n;
}

static void add_line(struct drawing *d, const char *line)
{
  d->lines[d->picture.n_lines++] = line;
}

/* Slices of all machines, and how many of them idle. */
static void count_slices(const struct rms_serve_plan *plan, int64_t *all, int64_t *idle)
{
  *all = *idle = 0;
  for (size_t g = 0; g < plan->n_groups; g++) {
    const struct rms_serve_group *group = &plan->groups[g];
    *all += group->count * (int64_t)group->n_slices;
    for (size_t i = 0; i < group->n_slices; i++)
      if (plan->slices[group->first + i].service == RMS_SERVE_IDLE) *idle += group->count;
  }
}

static int describe_plan(struct drawing *d)
{
  const struct rms_serve_plan *plan = d->plan;
  size_t n = plan->n_groups < d->n_groups_max ? plan->n_groups : d->n_groups_max;
  int64_t machines = machines_from(plan, 0), rest = machines_from(plan, n), slices, idle;

  sum_capacities(d);
  d->rows = rms_arena_alloc(d->arena, n, sizeof *d->rows);
  if (!d->rows) return RMS_E_NOMEM;
  for (size_t g = 0; g < n; g++)
    if (add_group(d, &plan->groups[g])) return RMS_E_NOMEM;
  if (rest)
    add_line(d, say(d->arena, "%zu more group%s of %lld machine%s in all are not drawn",
                    plan->n_groups - n, plural((int64_t)(plan->n_groups - n)), (long long)rest,
                    plural(rest)));
  d->picture.n_legend = RMS_SERVE_DRAW_SERVICES;
  if (d->picture.n_series > RMS_SERVE_DRAW_SERVICES)
    add_line(d, say(d->arena, "%zu more services are drawn above without a line of the legend",
                    d->picture.n_series - RMS_SERVE_DRAW_SERVICES));
  count_slices(plan, &slices, &idle);
  add_line(d,
           say(d->arena,
               "total: %lld machine%s in %zu group%s, cost %lld; %lld slice%s, %lld of them idle",
               (long long)machines, plural(machines), plan->n_groups,
               plural((int64_t)plan->n_groups), (long long)rms_serve_plan_cost(d->inst, plan),
               (long long)slices, plural(slices), (long long)idle));
  d->picture.subtitle =
      say(d->arena, "plan for %zu service%s on %lld machine%s", d->inst->n_services,
          plural((int64_t)d->inst->n_services), (long long)machines, plural(machines));
  return RMS_OK;
}

static const char *describe_service(const struct drawing *d, size_t s)
{
  const struct rms_serve_service *service = &d->inst->services[s];
  size_t n = 0;
  char slo[48] = "";
  for (size_t k = 0; k < d->inst->n_kinds; k++) n += rms_serve_rate(d->inst, s, k) > 0;
  if (!isnan(service->slo_ms)) snprintf(slo, sizeof slo, ", at most %g ms", service->slo_ms);
  return say(d->arena, "demand %.6g%s, runs on %zu of %zu kinds of slices",
             rms_micro_to_double(service->demand), slo, n, d->inst->n_kinds);
}

static int describe_instance(struct drawing *d)
{
  const struct rms_serve *inst = d->inst;
  size_t n =
      inst->n_services < RMS_SERVE_DRAW_SERVICES ? inst->n_services : RMS_SERVE_DRAW_SERVICES;
  d->rows = rms_arena_alloc(d->arena, inst->n_pools, sizeof *d->rows);
  if (!d->rows) return RMS_E_NOMEM;
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *pool = &inst->pools[p];
    d->rows[d->picture.n_rows++] = (struct rms_picture_row){
        .machine = inst->machines[pool->machine],
        .title = title_of(d, pool),
        .label = pool->count < 0 ? "any ×" : say(d->arena, "%lld ×", (long long)pool->count)};
  }
  for (size_t s = 0; s < n; s++)
    d->series[d->picture.n_series++] =
        (struct rms_picture_series){.name = inst->services[s].name, .note = describe_service(d, s)};
  if (n < inst->n_services)
    add_line(d, say(d->arena, "%zu more services are not listed", inst->n_services - n));
  d->picture.subtitle =
      say(d->arena, "instance: %zu service%s, %zu pool%s of machines", inst->n_services,
          plural((int64_t)inst->n_services), inst->n_pools, plural((int64_t)inst->n_pools));
  return RMS_OK;
}

/* `say` reports failures by NULL, which is a legal "nothing" for a picture: a refused allocation is
 * seen here. */
static bool is_complete(const struct drawing *d)
{
  bool is = d->picture.title && d->picture.subtitle;
  for (size_t i = 0; i < d->picture.n_rows; i++) is &= d->rows[i].title && d->rows[i].label;
  for (size_t i = 0; i < d->picture.n_series; i++) is &= d->series[i].note != NULL;
  for (size_t i = 0; i < d->picture.n_lines; i++) is &= d->lines[i] != NULL;
  return is;
}

static int describe(struct drawing *d)
{
  size_t n = d->inst->n_services;
  d->capacity = rms_arena_alloc(d->arena, n, sizeof *d->capacity);
  d->series_of = rms_arena_alloc(d->arena, n, sizeof *d->series_of);
  d->series = rms_arena_alloc(d->arena, n, sizeof *d->series);
  if (!d->capacity || !d->series_of || !d->series) return RMS_E_NOMEM;
  for (size_t s = 0; s < n; s++) d->series_of[s] = RMS_PICTURE_IDLE;
  d->picture.title = d->inst->base.name;
  int status = d->plan ? describe_plan(d) : describe_instance(d);
  d->picture.rows = d->rows;
  d->picture.series = d->series;
  d->picture.lines = d->lines;
  return status || is_complete(d) ? status : RMS_E_NOMEM;
}

/* style NULL: SVG */
static int draw(const struct rms_instance *base, const void *bytes, size_t n,
                const struct rms_picture_style *style, struct rms_text *text, struct rms_error *err)
{
  int status = RMS_OK;
  int64_t n_machines = 0;
  struct rms_serve_plan plan = {0};
  struct drawing d = {.inst = rms_serve_of(base),
                      .n_groups_max =
                          style ? RMS_SERVE_DRAW_TEXT_GROUPS : RMS_SERVE_DRAW_SVG_GROUPS};
  d.arena = rms_arena_new();
  RMS_TRY(d.arena ? RMS_OK : RMS_E_NOMEM);
  if (bytes) {
    RMS_TRY(rms_serve_plan_decode(&plan, bytes, n, err));
    for (size_t g = 0; g < plan.n_groups; g++)
      RMS_TRY(check_group(d.inst, &plan, g, &n_machines, err));
    d.plan = &plan;
  }
  RMS_TRY(describe(&d));
  RMS_TRY(style ? rms_picture_text(&d.picture, style, text) : rms_picture_svg(&d.picture, text));
out:
  if (status == RMS_E_NOMEM) rms_error_set(err, status, "out of memory while drawing");
  rms_arena_free(d.arena);
  rms_serve_plan_fini(&plan);
  return status;
}

int rms_serve_draw_text(const struct rms_instance *inst, const void *bytes, size_t n, bool colour,
                        int columns, struct rms_text *text, struct rms_error *err)
{
  const struct rms_picture_style style = {.colour = colour, .columns = columns};
  return draw(inst, bytes, n, &style, text, err);
}

int rms_serve_draw_svg(const struct rms_instance *inst, const void *bytes, size_t n,
                       const struct rms_view *view, struct rms_text *text, struct rms_error *err)
{
  if (view && view->is_part)
    return rms_error_set(
        err, RMS_E_UNSUPPORTED,
        "plans of family serve have no time: a part of the picture cannot be chosen");
  return draw(inst, bytes, n, NULL, text, err);
}
