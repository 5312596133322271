/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One machine: its cuts, its slices, and the jobs that share it under MPS. */
#include "instances/jobs/judge.h"

struct sweep { /* jobs under MPS, in the order of time */
  struct rms_judge *judge;
  const struct rms_jobs_pool *pool;
  size_t machine, at_cut; /* position in the machine's list of cuts: the one in force */
  int64_t now;
  size_t n;
  size_t active[RMS_JOBS_CORUN_MAX]; /* runs */
  rms_judge_wide work[RMS_JOBS_CORUN_MAX];
};

static const struct rms_timeline_cut *cut_at(const struct rms_judge *judge, size_t position)
{
  return &judge->timeline->cuts[judge->cuts.list[position]];
}

/* ---- cuts --------------------------------------------------------------------------------------
 */

static int64_t duration(const struct rms_judge *judge, const struct rms_timeline_cut *before,
                        const struct rms_timeline_cut *cut)
{
  const struct rms_jobs_overheads *const o = &judge->inst->cluster.overheads;
  const bool was_mps = before && before->level >= 0, is_mps = cut->level >= 0;
  if (!before && cut->begin_us == 0) return 0;
  if (was_mps && is_mps) return 0;
  return o->recut_us + o->settle_us + (was_mps != is_mps ? o->mps_us : 0);
}

static bool check_cut(struct rms_judge *judge, const struct rms_jobs_pool *pool,
                      const struct rms_timeline_cut *cut)
{
  struct rms_error why = {0};
  if (cut->level >= (int)judge->inst->cluster.n_levels)
    return rms_judge_wrong(judge, "machine %u at %lld us: MPS level %d does not exist",
                           cut->machine, (long long)cut->begin_us, cut->level);
  if (cut->level >= 0 && cut->n_slices)
    return rms_judge_wrong(judge, "machine %u at %lld us: both MPS and slices", cut->machine,
                           (long long)cut->begin_us);
  if (cut->level < 0 &&
      !rms_layout_is_legal(judge->inst->cluster.models[pool->model], pool->rules,
                           judge->timeline->slices + cut->first, cut->n_slices, &why))
    return rms_judge_wrong(judge, "machine %u at %lld us: %.150s", cut->machine,
                           (long long)cut->begin_us, why.text);
  return true;
}

static bool check_cuts(struct rms_judge *judge, const struct rms_jobs_pool *pool, size_t machine)
{
  const struct rms_timeline_cut *before = NULL;
  int64_t ready = 0;
  for (size_t i = judge->cuts.first[machine]; i < judge->cuts.first[machine + 1]; i++) {
    const struct rms_timeline_cut *const cut = cut_at(judge, i);
    if (!check_cut(judge, pool, cut)) return false;
    if (cut->begin_us < ready)
      return rms_judge_wrong(judge, "machine %zu is cut at %lld us, before it is ready at %lld us",
                             machine, (long long)cut->begin_us, (long long)ready);
    ready = cut->begin_us + duration(judge, before, cut);
    judge->audit->ready_us[judge->cuts.list[i]] = ready;
    before = cut;
  }
  return true;
}

/* ---- runs on slices ----------------------------------------------------------------------------
 */

static int profile_at(const struct rms_judge *judge, const struct rms_timeline_cut *cut,
                      uint16_t start)
{
  for (size_t i = 0; i < cut->n_slices; i++)
    if (judge->timeline->slices[cut->first + i].start == start)
      return judge->timeline->slices[cut->first + i].profile;
  return -1;
}

static bool wrong_run(struct rms_judge *judge, size_t r, const char *what)
{
  const struct rms_timeline_run *const run = &judge->timeline->runs[r];
  return rms_judge_wrong(judge, "job %u on machine %u at %lld us: %s", run->job, run->machine,
                         (long long)run->begin_us, what);
}

/* Does the slice exist all the time? `position`: the cut in force at its begin. */
static bool check_life(struct rms_judge *judge, size_t machine, size_t position, size_t r,
                       int *profile)
{
  const struct rms_timeline_run *const run = &judge->timeline->runs[r];
  const bool is_mps = run->start == RMS_TIMELINE_MPS;
  const bool is_whole = judge->inst->cluster.overheads.is_whole;
  const struct rms_timeline_cut *cut = cut_at(judge, position);
  *profile = is_mps ? -1 : profile_at(judge, cut, run->start);
  if (is_mps ? cut->level < 0 : *profile < 0)
    return wrong_run(judge, r, is_mps ? "the machine is not under MPS" : "there is no such slice");
  const int64_t ready = judge->audit->ready_us[judge->cuts.list[position]];
  const bool is_first = position == judge->cuts.first[machine];
  const bool is_kept = !is_mps && !is_whole && !is_first &&
                       profile_at(judge, cut_at(judge, position - 1), run->start) == *profile;
  if (run->begin_us < ready && !is_kept) return wrong_run(judge, r, "the machine is being cut");
  for (size_t i = position + 1; i < judge->cuts.first[machine + 1]; i++) {
    cut = cut_at(judge, i);
    if (cut->begin_us >= judge->audit->spans[r].end_us) return true;
    const bool stays =
        is_mps ? cut->level >= 0 : !is_whole && profile_at(judge, cut, run->start) == *profile;
    if (!stays) return wrong_run(judge, r, "the machine is cut while the job holds its slice");
  }
  return true;
}

static void set_work(struct rms_jobs_span *span, rms_judge_wide work, int32_t speed)
{
  span->work = work > INT64_MAX ? INT64_MAX : (int64_t)work;
  span->last_speed = speed;
}

static bool on_slice(struct rms_judge *judge, const struct rms_jobs_pool *pool, size_t r,
                     int profile, int64_t held_until[RMS_UNITS_MAX])
{
  const struct rms_timeline_run *const run = &judge->timeline->runs[r];
  struct rms_jobs_span *const span = &judge->audit->spans[r];
  const int k = judge->kind_of[pool->model][profile];
  const int32_t speed = k < 0 ? 0 : rms_jobs_speed(judge->inst, run->job, (size_t)k);
  if (speed == 0) return wrong_run(judge, r, "it does not fit this slice");
  if (run->begin_us < held_until[run->start]) return wrong_run(judge, r, "its slice is in use");
  held_until[run->start] = span->end_us;
  if (run->stop_us > span->works_from_us)
    set_work(span, (rms_judge_wide)speed * (run->stop_us - span->works_from_us), speed);
  return true;
}

/* ---- runs under MPS ----------------------------------------------------------------------------
 */

/* Count the work of [now, until), in which nothing changes. */
static bool integrate(struct sweep *s, int64_t until)
{
  struct rms_judge *const judge = s->judge;
  const int level = cut_at(judge, s->at_cut)->level;
  for (size_t i = 0; i < s->n; i++) {
    const size_t r = s->active[i];
    const struct rms_timeline_run *const run = &judge->timeline->runs[r];
    struct rms_jobs_span *const span = &judge->audit->spans[r];
    const int32_t speed = judge->inst->types[judge->inst->jobs[run->job].type].mps[level][s->n - 1];
    if (speed == 0) return wrong_run(judge, r, "it cannot run under MPS with so many jobs");
    const int64_t from = span->works_from_us > s->now ? span->works_from_us : s->now;
    const int64_t to = run->stop_us < until ? run->stop_us : until;
    if (to <= from) continue;
    s->work[i] += (rms_judge_wide)speed * (to - from);
    set_work(span, s->work[i], speed);
  }
  s->now = until;
  return true;
}

static void drop_ended(struct sweep *s)
{
  size_t n = 0;
  for (size_t i = 0; i < s->n; i++) {
    if (s->judge->audit->spans[s->active[i]].end_us <= s->now) continue;
    s->active[n] = s->active[i];
    s->work[n++] = s->work[i];
  }
  s->n = n;
}

/* Move on to `until`, through every end of a run and every change of the level. */
static bool advance(struct sweep *s, int64_t until)
{
  const size_t last = s->judge->cuts.first[s->machine + 1];
  for (;;) {
    int64_t next = until;
    for (size_t i = 0; i < s->n; i++)
      if (s->judge->audit->spans[s->active[i]].end_us < next)
        next = s->judge->audit->spans[s->active[i]].end_us;
    const bool changes = s->at_cut + 1 < last && cut_at(s->judge, s->at_cut + 1)->begin_us <= next;
    if (changes) next = cut_at(s->judge, s->at_cut + 1)->begin_us;
    if (s->n && !integrate(s, next)) return false;
    s->now = next;
    drop_ended(s);
    if (changes)
      s->at_cut++;
    else if (next == until)
      break;
  }
  return true;
}

static bool join(struct sweep *s, size_t r)
{
  struct rms_judge *const judge = s->judge;
  int64_t memory = 0;
  if (s->n == RMS_JOBS_CORUN_MAX) return wrong_run(judge, r, "too many jobs under MPS");
  s->work[s->n] = 0;
  s->active[s->n++] = r;
  for (size_t i = 0; i < s->n; i++) {
    const uint32_t job = judge->timeline->runs[s->active[i]].job;
    memory += judge->inst->types[judge->inst->jobs[job].type].memory_mib;
  }
  if (memory > s->pool->memory_mib)
    return wrong_run(judge, r, "the jobs under MPS need more memory than the machine has");
  return true;
}

/* ---- the machine -------------------------------------------------------------------------------
 */

bool rms_judge_machine(struct rms_judge *judge, size_t machine)
{
  const struct rms_jobs_pool *const pool = rms_cluster_pool(&judge->inst->cluster, machine);
  int64_t held_until[RMS_UNITS_MAX] = {0};
  size_t position = judge->cuts.first[machine];
  const size_t last = judge->cuts.first[machine + 1];
  struct sweep s = {.judge = judge, .pool = pool, .machine = machine, .at_cut = position};
  if (!check_cuts(judge, pool, machine)) return false;
  for (size_t i = judge->runs.first[machine]; i < judge->runs.first[machine + 1]; i++) {
    const size_t r = judge->runs.list[i];
    const int64_t begin = judge->timeline->runs[r].begin_us;
    int profile = -1;
    if (position == last || cut_at(judge, position)->begin_us > begin)
      return wrong_run(judge, r, "the machine was never cut");
    while (position + 1 < last && cut_at(judge, position + 1)->begin_us <= begin) position++;
    if (!check_life(judge, machine, position, r, &profile)) return false;
    if (profile >= 0 && !on_slice(judge, pool, r, profile, held_until)) return false;
    if (profile >= 0) continue;
    if (!advance(&s, begin) || !join(&s, r)) return false;
  }
  return s.n == 0 || advance(&s, INT64_MAX);
}
