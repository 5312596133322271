/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/conformance/optimum_jobs.h"

#include <string.h>

#include "instances/jobs/jobs.h"

enum { JOBS_MAX = 4, MACHINES_MAX = 2, SLICES_MAX = MACHINES_MAX * RMS_UNITS_MAX, CUTS_MAX = 256 };

struct cut { /* a legal multiset of slices of one machine */
  size_t n;
  uint16_t profile[RMS_UNITS_MAX]; /* ascending */
};

struct cuts { /* of one machine, and the layout being tried */
  const struct rms_machine *machine;
  const struct rms_rules *rules;
  size_t n, n_layout;
  struct cut list[CUTS_MAX];
  struct rms_placed layout[RMS_UNITS_MAX];
};

struct slice {
  size_t kind;
  int64_t free_us;
};

struct search {
  const struct rms_jobs *inst;
  struct cuts cuts[MACHINES_MAX];
  size_t n_slices;
  struct slice slices[SLICES_MAX];
  uint32_t left; /* bit: job that is not placed */
  int64_t sum_us, end_us;
  int64_t best_sum, best_end;
};

/* ---- cuts ---- */

static int keep(struct cuts *cuts)
{
  struct cut cut = {.n = cuts->n_layout};
  for (size_t i = 0; i < cut.n; i++) {
    size_t at = i;
    for (; at > 0 && cut.profile[at - 1] > cuts->layout[i].profile; at--)
      cut.profile[at] = cut.profile[at - 1];
    cut.profile[at] = cuts->layout[i].profile;
  }
  for (size_t i = 0; i < cuts->n; i++)
    if (memcmp(&cuts->list[i], &cut, sizeof cut) == 0) return RMS_OK;
  if (cuts->n == CUTS_MAX) return RMS_E_LIMIT;
  cuts->list[cuts->n++] = cut;
  return RMS_OK;
}

/* Put any profile on the unit or leave it free, and so on with the next. */
static int lay_out(struct cuts *cuts, int unit)
{
  if (unit == cuts->machine->memory_units) return keep(cuts);
  int status = lay_out(cuts, unit + 1);
  for (int p = 0; p < cuts->machine->n_profiles && !status; p++) {
    const struct rms_profile *profile = &cuts->machine->profiles[p];
    for (int i = 0; i < profile->n_starts && !status; i++) {
      if (profile->starts[i] != unit || cuts->n_layout == RMS_UNITS_MAX) continue;
      cuts->layout[cuts->n_layout++] =
          (struct rms_placed){.profile = (uint16_t)p, .start = (uint16_t)unit};
      if (rms_layout_is_legal(cuts->machine, cuts->rules, cuts->layout, cuts->n_layout, NULL))
        status = lay_out(cuts, unit + 1);
      cuts->n_layout--;
    }
  }
  return status;
}

static int find_cuts(struct search *s, size_t m)
{
  const struct rms_cluster *c = &s->inst->cluster;
  const struct rms_jobs_pool *pool = c->pools;
  while (m >= pool->first + pool->count) pool++;
  s->cuts[m].machine = c->models[pool->model];
  s->cuts[m].rules = pool->rules;
  return lay_out(&s->cuts[m], 0);
}

/* ---- jobs ---- */

static void place(struct search *s);

static void place_on(struct search *s, size_t j, struct slice *slice)
{
  const struct rms_job *job = &s->inst->jobs[j];
  const int64_t speed = rms_jobs_speed(s->inst, j, slice->kind);
  const int64_t free_us = slice->free_us, sum_us = s->sum_us, end_us = s->end_us;
  if (speed <= 0) return;
  const int64_t start = free_us > job->arrival_us ? free_us : job->arrival_us;
  slice->free_us = start + (job->work + speed - 1) / speed;
  s->sum_us += slice->free_us - job->arrival_us;
  if (slice->free_us > s->end_us) s->end_us = slice->free_us;
  s->left &= ~(1u << j);
  place(s);
  s->left |= 1u << j;
  s->end_us = end_us;
  s->sum_us = sum_us;
  slice->free_us = free_us;
}

/* Give any job that is left to any slice next. Depth: jobs. */
static void place(struct search *s)
{
  if (s->sum_us > s->best_sum || (s->sum_us == s->best_sum && s->end_us >= s->best_end)) return;
  if (s->left == 0) {
    s->best_sum = s->sum_us;
    s->best_end = s->end_us;
    return;
  }
  for (size_t j = 0; j < s->inst->n_jobs; j++)
    for (size_t i = 0; s->left >> j & 1 && i < s->n_slices; i++) place_on(s, j, &s->slices[i]);
}

static size_t kind_of(const struct rms_cluster *c, const struct cuts *cuts, uint16_t profile)
{
  for (size_t k = 0; k < c->n_kinds; k++)
    if (c->models[c->kinds[k].model] == cuts->machine && c->kinds[k].profile == profile) return k;
  return c->n_kinds; /* no type runs there */
}

static void cut_from(struct search *s, size_t m)
{
  const struct rms_cluster *c = &s->inst->cluster;
  if (m == c->n_machines) {
    place(s);
    return;
  }
  const size_t before = s->n_slices;
  for (size_t i = 0; i < s->cuts[m].n; i++) {
    const struct cut *cut = &s->cuts[m].list[i];
    for (size_t p = 0; p < cut->n; p++) {
      const size_t kind = kind_of(c, &s->cuts[m], cut->profile[p]);
      if (kind < c->n_kinds) s->slices[s->n_slices++] = (struct slice){.kind = kind};
    }
    cut_from(s, m + 1);
    s->n_slices = before;
  }
}

/* ---- the whole ---- */

static const int64_t day = 86400 * RMS_JOBS_SECOND;

static int check_sort(const struct rms_jobs *inst, struct rms_error *err)
{
  const struct rms_cluster *c = &inst->cluster;
  bool is_good = inst->n_jobs <= JOBS_MAX && c->n_machines <= MACHINES_MAX && c->n_levels == 0 &&
                 c->overheads.recut_us >= day;
  for (size_t t = 0; t < inst->n_types; t++)
    is_good = is_good && inst->types[t].checkpoint_us >= day;
  return is_good ? RMS_OK
                 : rms_error_set(err, RMS_E_LIMIT,
                                 "only 4 jobs on 2 machines without MPS, with a day for each cut "
                                 "and checkpoint, can be enumerated");
}

int rms_kit_optimum_jobs(const struct rms_instance *inst, bool *is_feasible,
                         double objective[RMS_OBJECTIVES], struct rms_error *err)
{
  int status = RMS_OK;
  const struct rms_jobs *jobs = rms_jobs_of(inst);
  struct search s = {.inst = jobs, .best_sum = INT64_MAX, .best_end = INT64_MAX};
  RMS_TRY(check_sort(jobs, err));
  s.left = (1u << jobs->n_jobs) - 1;
  for (size_t m = 0; m < jobs->cluster.n_machines; m++)
    if (find_cuts(&s, m) < 0)
      RMS_TRY(rms_error_set(err, RMS_E_LIMIT, "a machine has more than %d cuts", CUTS_MAX));
  cut_from(&s, 0);
  *is_feasible = s.best_sum < INT64_MAX;
  if (!*is_feasible) goto out;
  if (s.best_sum >= day)
    RMS_TRY(rms_error_set(err, RMS_E_LIMIT, "the jobs take more than a day together"));
  memset(objective, 0, RMS_OBJECTIVES * sizeof *objective);
  objective[0] = (double)s.best_sum / (double)jobs->n_jobs / (double)RMS_JOBS_SECOND;
  objective[1] = (double)(s.best_end - jobs->jobs[0].arrival_us) / (double)RMS_JOBS_SECOND;
out:
  return status;
}
