/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/limits.h"
#include "harness/minder.h"

/* < 0: a is better. Ties: less work, then the lower island (the caller goes through them in order).
 */
static int compare_best(const struct rms_best *a, const struct rms_best *b, int n_objectives)
{
  for (int k = 0; k < n_objectives; k++) {
    if (a->objective[k] < b->objective[k]) return -1;
    if (a->objective[k] > b->objective[k]) return 1;
  }
  return a->work < b->work ? -1 : a->work > b->work;
}

static void find_best(const struct rms_job *job, const struct rms_island *islands, int n_objectives,
                      struct rms_ending *ending, struct rms_best *best, const void **bytes)
{
  *bytes = NULL;
  for (uint32_t i = 0; i < job->islands; i++) {
    struct rms_best other;
    const void *room;

    if (!rms_page_best(islands[i].page, &other, &room)) continue;
    if (*bytes && compare_best(&other, best, n_objectives) >= 0) continue;
    *best = other;
    *bytes = room;
    ending->best_island = i;
  }
}

struct cursor { /* trace of one island during the merge */
  struct rms_trace_point point[RMS_TRACE_MAX];
  size_t n, at;
};

/* The next point in the order (work, island, position); -1: none is left. */
static int next_island(const struct cursor *cursors, uint32_t n)
{
  int first = -1;

  for (uint32_t i = 0; i < n; i++) {
    const struct cursor *c = &cursors[i];
    if (c->at == c->n) continue;
    if (first < 0 || c->point[c->at].work < cursors[first].point[cursors[first].at].work)
      first = (int)i;
  }
  return first;
}

static bool merge_point(struct rms_trace_point *state, const struct rms_trace_point *point)
{
  bool is_news = false;

  state->t = fmax(state->t, point->t);
  state->cpu = fmax(state->cpu, point->cpu);
  state->work = point->work;
  if (point->evaluations > state->evaluations) state->evaluations = point->evaluations;
  if (!isnan(point->objective) && !(state->objective <= point->objective)) {
    state->objective = point->objective;
    is_news = true;
  }
  if (!isnan(point->bound) && !(state->bound >= point->bound)) {
    state->bound = point->bound;
    is_news = true;
  }
  return is_news;
}

/* One island's points stay as they are: also those that improve a later objective only. */
static void merge_traces(const struct rms_job *job, const struct rms_island *islands,
                         struct rms_trace *trace)
{
  if (job->islands == 1) {
    const struct rms_trace *left = &islands[0].page->trace;
    const size_t n = left->n < RMS_TRACE_MAX ? left->n : RMS_TRACE_MAX;
    trace->n = (uint32_t)rms_trace_filter(left->point, n, trace->point);
    return;
  }
  struct cursor *cursors = calloc(job->islands, sizeof *cursors);
  struct rms_trace_point state = {.objective = NAN, .bound = NAN};
  int i;

  trace->n = 0;
  if (!cursors) return;
  for (uint32_t k = 0; k < job->islands; k++) {
    const struct rms_trace *left = &islands[k].page->trace;
    const size_t n = left->n < RMS_TRACE_MAX ? left->n : RMS_TRACE_MAX;
    cursors[k].n = rms_trace_filter(left->point, n, cursors[k].point);
  }
  while ((i = next_island(cursors, job->islands)) >= 0) {
    if (merge_point(&state, &cursors[i].point[cursors[i].at++])) rms_trace_add(trace, &state);
  }
  free(cursors);
}

static double seconds(struct timeval time)
{
  return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

static double wall_of(const struct rms_island *island)
{
  const struct rms_page *page = island->page;
  const double started = page->started >= island->forked && page->started <= island->ended
                             ? page->started
                             : island->ended;
  const double ended =
      page->ended >= started && page->ended <= island->ended ? page->ended : island->ended;

  return ended - started;
}

static void add_resources(const struct rms_island *island, struct rms_ending *ending)
{
  const struct rms_page *page = island->page;
  const uint64_t own = (uint64_t)island->usage.ru_maxrss * 1024;
  const uint64_t peak = own > island->peak_tree ? own : island->peak_tree;

  ending->wall = fmax(ending->wall, wall_of(island));
  ending->cpu_user += seconds(island->usage.ru_utime);
  ending->cpu_system += seconds(island->usage.ru_stime);
  if (peak > ending->peak_memory) ending->peak_memory = peak;
  ending->work += page->work > page->point.work ? page->work : page->point.work;
  ending->evaluations += page->evaluations;
  if (isfinite(page->bound) && !(ending->bound >= page->bound)) ending->bound = page->bound;
}

/* How good is an end, for choosing the one that speaks for the job: an island that was lost with
 * its minder makes the attempt void; then the dead speak, the one with the fewest ring steps before
 * the others. */
static bool speaks_before(const struct rms_ending *a, uint64_t a_steps, const struct rms_ending *b,
                          uint64_t b_steps)
{
  if (a->end == RMS_END_LOST || b->end == RMS_END_LOST) return b->end != RMS_END_LOST;
  const bool a_died = a->end != RMS_END_EXIT || a->end_detail[0];
  const bool b_died = b->end != RMS_END_EXIT || b->end_detail[0];

  if (a_died != b_died) return a_died;
  if (a_died) return a_steps < b_steps;
  return a->claim < b->claim; /* proofs before incumbents before nothing */
}

static void name_island(struct rms_ending *ending, uint32_t island, uint64_t step)
{
  const size_t n = strnlen(ending->end_detail, 16);

  snprintf(ending->end_detail + n, sizeof ending->end_detail - n, " island %u step %llu", island,
           (unsigned long long)step);
}

void rms_gather(const struct rms_job *job, const struct rms_island *islands, int n_objectives,
                struct rms_ending *ending, struct rms_trace *trace, struct rms_best *best,
                const void **bytes)
{
  struct rms_ending speaker = *ending;
  uint32_t speaking = 0;

  for (uint32_t i = 0; i < job->islands; i++) {
    struct rms_ending one = *ending;

    rms_classify(&islands[i], job, &one);
    if (i &&
        !speaks_before(&one, islands[i].page->n_steps, &speaker, islands[speaking].page->n_steps)) {
      continue;
    }
    speaker = one;
    speaking = i;
  }
  ending->end = speaker.end;
  ending->claim = speaker.claim;
  memcpy(ending->end_detail, speaker.end_detail, sizeof ending->end_detail);
  memcpy(ending->why, speaker.why, sizeof ending->why);
  if (job->islands > 1 && (ending->end != RMS_END_EXIT || ending->end_detail[0])) {
    name_island(ending, speaking, islands[speaking].page->n_steps);
  }
  ending->bound = NAN;
  for (uint32_t i = 0; i < job->islands; i++) add_resources(&islands[i], ending);
  ending->memory_way = islands[0].memory_way;
  find_best(job, islands, n_objectives, ending, best, bytes);
  if (*bytes && ending->claim == RMS_CLAIM_NONE) ending->claim = RMS_CLAIM_FEASIBLE;
  if (!*bytes && ending->claim == RMS_CLAIM_FEASIBLE) ending->claim = RMS_CLAIM_NONE;
  merge_traces(job, islands, trace);
  if (!*bytes && !ending->why[0]) {
    for (uint32_t i = 0; i < job->islands; i++) {
      if (islands[i].page->n_refused) {
        ending->verdict = RMS_VERDICT_UNVERIFIABLE;
        snprintf(ending->why, sizeof ending->why,
                 "incumbents were refused: objective not finite, or solution above %zu bytes",
                 RMS_SOLUTION_MAX);
      }
    }
  }
}
