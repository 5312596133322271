/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/jobs/choose.h"

#include <string.h>

struct search {
  const double (*value)[RMS_JOBS_KINDS_MAX];
  size_t n;
  const struct rms_jobs_cut *cut;
  size_t n_kinds; /* distinct ones of the cut */
  uint16_t kinds[RMS_CHOOSE_JOBS_MAX], chosen[RMS_CHOOSE_JOBS_MAX];
  uint8_t left[RMS_CHOOSE_JOBS_MAX];    /* slices of each of kinds */
  double rest[RMS_CHOOSE_JOBS_MAX + 1]; /* most that jobs i, i+1, ... can add */
  struct rms_choice best;               /* cut NULL: none yet */
};

static void begin_cut(struct search *s, const struct rms_jobs_cut *cut)
{
  s->cut = cut;
  s->n_kinds = 0;
  for (size_t i = 0; i < cut->n_slices; i++) {
    size_t k = 0;
    while (k < s->n_kinds && s->kinds[k] != cut->kind[i]) k++;
    if (k == s->n_kinds) {
      s->kinds[s->n_kinds] = cut->kind[i];
      s->left[s->n_kinds++] = 0;
    }
    s->left[k]++;
  }
  s->rest[s->n] = 0;
  for (size_t j = s->n; j-- > 0;) {
    double most = RMS_CHOOSE_NEVER;
    for (size_t k = 0; k < s->n_kinds; k++)
      if (s->value[j][s->kinds[k]] > most) most = s->value[j][s->kinds[k]];
    s->rest[j] = s->rest[j + 1] + most;
  }
}

/* Recursion over jobs, at most RMS_CHOOSE_JOBS_MAX deep. */
static void assign(struct search *s, size_t j, double sum)
{
  if (s->best.cut && sum + s->rest[j] <= s->best.value) return;
  if (s->rest[j] == RMS_CHOOSE_NEVER) return;
  if (j == s->n) {
    s->best.cut = s->cut;
    s->best.value = sum;
    memcpy(s->best.kind, s->chosen, s->n * sizeof *s->chosen);
    return;
  }
  for (size_t k = 0; k < s->n_kinds; k++) {
    const double value = s->value[j][s->kinds[k]];
    if (s->left[k] == 0 || value == RMS_CHOOSE_NEVER) continue;
    s->left[k]--;
    s->chosen[j] = s->kinds[k];
    assign(s, j + 1, sum + value);
    s->left[k]++;
  }
}

bool rms_choose(const struct rms_jobs_pool *pool, enum rms_choose_cuts cuts,
                const double (*value)[RMS_JOBS_KINDS_MAX], size_t n, struct rms_choice *choice)
{
  struct search s = {.value = value, .n = n};
  if (n == 0 || n > RMS_CHOOSE_JOBS_MAX) return false;
  for (size_t c = 0; c < pool->n_cuts; c++) {
    const struct rms_jobs_cut *cut = &pool->cuts[c];
    if (cut->n_slices != n || (cuts == RMS_CHOOSE_MAXIMAL && !cut->is_maximal)) continue;
    begin_cut(&s, cut);
    assign(&s, 0, 0);
  }
  if (!s.best.cut) return false;
  *choice = s.best;
  return true;
}

/* ---- places ---- */

static bool is_same_slice(const struct rms_placed *a, const struct rms_placed *b)
{
  return a->profile == b->profile && a->start == b->start;
}

static bool is_there(const struct rms_arrangement *now, const struct rms_placed *slice,
                     uint32_t job)
{
  for (size_t i = 0; now && now->mode == RMS_SIM_SLICES && i < now->n; i++)
    if (now->places[i].job == job) return is_same_slice(&now->places[i].slice, slice);
  return false;
}

/* Give slices of the right kind to jobs without one; `is_staying`: only to those that are there. */
static void seat(const struct rms_choice *choice, const uint32_t *jobs, size_t n,
                 const struct rms_arrangement *now, struct rms_arrangement *to, uint32_t *seated,
                 bool is_staying)
{
  for (size_t i = 0; i < to->n; i++) {
    if (to->places[i].job != RMS_JOB_NONE) continue;
    for (size_t j = 0; j < n; j++) {
      if (*seated >> j & 1 || choice->kind[j] != choice->cut->kind[i]) continue;
      if (is_staying && !is_there(now, &to->places[i].slice, jobs[j])) continue;
      to->places[i].job = jobs[j];
      *seated |= 1u << j;
      break;
    }
  }
}

void rms_choice_arrange(const struct rms_choice *choice, const uint32_t *jobs, size_t n,
                        const struct rms_arrangement *now, struct rms_arrangement *to)
{
  uint32_t seated = 0;
  to->mode = RMS_SIM_SLICES;
  to->level = 0;
  to->n = choice->cut->n_slices;
  for (size_t i = 0; i < to->n; i++)
    to->places[i] = (struct rms_place){.slice = choice->cut->layout[i], .job = RMS_JOB_NONE};
  seat(choice, jobs, n, now, to, &seated, true);
  seat(choice, jobs, n, now, to, &seated, false);
}
