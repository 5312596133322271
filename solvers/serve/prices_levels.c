/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dynamic programme over levels: a state is what is used of the budgets; it dies when some
 * budget is exceeded, when it agrees with another one in the keys, or when one has more room. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices_core.h"

/* One unit of work for this many transitions: about as long as pricing a service. */
enum { TRANSITIONS = 64, POLL_UNITS = 32 };

static size_t hash_of(const struct rms_core *core, const int64_t *used)
{
  uint64_t h = 1469598103934665603u;
  for (size_t i = 0; i < core->n_keys; i++) {
    h = (h ^ (uint64_t)used[i]) * 1099511628211u;
    h ^= h >> 29;
  }
  return (size_t)(h & (core->table_used - 1));
}

/* Slot of a state that agrees in the forms, or an empty one (UINT32_MAX). */
static uint32_t *find_slot(const struct rms_core *core, const struct rms_core_level *level,
                           const int64_t *used)
{
  size_t at = hash_of(core, used);
  while (core->table[at] != UINT32_MAX && memcmp(level->used + core->table[at] * core->n_tests,
                                                 used, core->n_keys * sizeof *used) != 0)
    at = (at + 1) & (core->table_used - 1);
  return &core->table[at];
}

/* ---- long lists ----
 * A service of many slices has thousands of patterns, and what is used of the budgets leaves room
 * for a few: sorted by the test in which they differ most, those lie in one stretch. */

enum { LONG_LIST = 64 };

static size_t widest_test(const struct rms_core *core, const struct rms_core_member *member)
{
  size_t widest = 0;
  double most = 0;
  for (size_t t = 0; t < core->n_keys; t++) {
    int64_t range = 0;
    for (size_t c = 0; c < member->n; c++)
      if (member->excess[c * core->n_tests + t] > range)
        range = member->excess[c * core->n_tests + t];
    const double share = (double)range / (1 + fmax(0, (double)core->budget[t]));
    if (share > most) {
      most = share;
      widest = t;
    }
  }
  return widest;
}

struct place { /* for sorting patterns */
  int64_t key;
  size_t index;
};

static int compare_places(const void *left, const void *right)
{
  const struct place *a = left, *b = right;
  if (a->key != b->key) return a->key < b->key ? -1 : 1;
  return (a->index > b->index) - (a->index < b->index);
}

static void fill_least(const struct rms_core *core, struct rms_core_member *member)
{
  const size_t width = core->n_tests;
  for (size_t i = 0; i < member->n * width; i++) {
    const int64_t before = i < width ? INT64_MAX : member->least[i - width];
    member->least[i] = member->excess[i] < before ? member->excess[i] : before;
  }
}

static int sort_patterns(struct rms_core *core, struct rms_core_member *member)
{
  const size_t n = member->n, width = core->n_tests;
  if (n <= LONG_LIST) return RMS_OK;
  struct place *places = malloc(n * sizeof *places);
  int64_t *patterns = rms_arena_alloc(core->arena, n * core->d, sizeof *patterns);
  int64_t *excess = rms_arena_alloc(core->arena, n * width, sizeof *excess);
  int64_t *least = rms_arena_alloc(core->arena, n * width, sizeof *least);
  int status = places && patterns && excess && least ? RMS_OK : RMS_E_NOMEM;
  if (status < 0) goto out;
  member->axis = widest_test(core, member);
  for (size_t c = 0; c < n; c++)
    places[c] = (struct place){member->excess[c * width + member->axis], c};
  qsort(places, n, sizeof *places, compare_places);
  for (size_t c = 0; c < n; c++) {
    memcpy(patterns + c * core->d, member->patterns + places[c].index * core->d,
           core->d * sizeof *patterns);
    memcpy(excess + c * width, member->excess + places[c].index * width, width * sizeof *excess);
  }
  member->patterns = patterns;
  member->excess = excess;
  member->least = least;
  fill_least(core, member);
out:
  free(places);
  return status;
}

/* First pattern behind those that leave room in the test that the list is sorted by. */
static size_t stretch_end(const struct rms_core *core, const struct rms_core_member *member,
                          const int64_t *used)
{
  const int64_t room = core->budget[member->axis] - used[member->axis];
  size_t low = 0, high = member->n;
  if (!member->least) return high;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (member->excess[middle * core->n_tests + member->axis] <= room)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Neither this pattern nor one before it leaves room. */
static bool is_stretch_over(const struct rms_core *core, const struct rms_core_member *member,
                            const int64_t *used, size_t c)
{
  for (size_t t = 0; member->least && t < core->n_tests; t++)
    if (used[t] + member->least[c * core->n_tests + t] > core->budget[t]) return true;
  return false;
}

static bool advance(const struct rms_core *core, const int64_t *used, const int64_t *excess,
                    int64_t *next)
{
  for (size_t t = 0; t < core->n_tests; t++) {
    next[t] = used[t] + excess[t];
    if (next[t] > core->budget[t]) return false;
  }
  return true;
}

static void extend_state(struct rms_core *core, size_t m, uint32_t parent)
{
  const struct rms_core_member *member = &core->members[m];
  const int64_t *used = core->levels[m].used + parent * core->n_tests;
  struct rms_core_level *to = &core->levels[m + 1];
  const size_t end = stretch_end(core, member, used);
  for (size_t i = 0; i < end; i++) {
    const size_t c = member->least ? end - 1 - i : i;
    int64_t next[RMS_CORE_TESTS_MAX];
    if (is_stretch_over(core, member, used, c)) break;
    if (++core->transitions % (TRANSITIONS * POLL_UNITS) == 0 &&
        rms_prices_tick(core->p, POLL_UNITS))
      return;
    if (!advance(core, used, member->excess + c * core->n_tests, next)) continue;
    uint32_t *slot = find_slot(core, to, next);
    if (*slot != UINT32_MAX) continue;
    if (to->n == core->capacity) {
      core->is_cut = true;
      return;
    }
    *slot = (uint32_t)to->n;
    memcpy(to->used + to->n * core->n_tests, next, core->n_tests * sizeof *next);
    to->origins[to->n++] = (struct rms_core_origin){parent, (uint32_t)c};
  }
}

/* Room for all states that may come is asked for and given back when it is known how many there
 * are: the pages in between are never touched. */
static int level_new(struct rms_core *core, size_t m)
{
  struct rms_core_level *level = &core->levels[m + 1];
  size_t most = core->members[m].n;
  most =
      core->levels[m].n < core->capacity / (most + 1) ? core->levels[m].n * most : core->capacity;
  level->used = malloc(most * core->n_tests * sizeof *level->used + 1);
  level->origins = malloc(most * sizeof *level->origins + 1);
  level->n = 0;
  core->table_used = 1;
  while (core->table_used < 2 * most) core->table_used *= 2;
  memset(core->table, 0xff, core->table_used * sizeof *core->table);
  return level->used && level->origins ? RMS_OK : RMS_E_NOMEM;
}

static void level_fit(const struct rms_core *core, struct rms_core_level *level)
{
  int64_t *used = realloc(level->used, (level->n * core->n_tests + 1) * sizeof *used);
  struct rms_core_origin *origins = realloc(level->origins, (level->n + 1) * sizeof *origins);
  if (used) level->used = used;
  if (origins) level->origins = origins;
}

static int run_level(struct rms_core *core, size_t m)
{
  struct rms_core_level *to = &core->levels[m + 1];
  int status = level_new(core, m);
  if (status < 0) return status;
  for (size_t i = 0; i < core->levels[m].n; i++) {
    extend_state(core, m, (uint32_t)i);
    if (core->p->is_stopped) return RMS_OK;
    if (core->transitions > core->goal->transitions * (core->is_wide ? RMS_CORE_WIDER : 1)) {
      core->is_cut = true;
      to->n = 0;
      break;
    }
  }
  free(core->levels[m].used);
  core->levels[m].used = NULL;
  status = rms_core_drop_states(core, m + 1);
  if (status >= 0) status = rms_core_thin_level(core, m + 1, core->capacity / 4);
  level_fit(core, to);
  return status;
}

int rms_core_run(struct rms_core *core)
{
  int status = RMS_OK;
  for (size_t m = 0; m < core->n_members && status >= 0 && !core->p->is_stopped; m++)
    status = sort_patterns(core, &core->members[m]);
  core->levels[0].used = calloc(core->n_tests + 1, sizeof *core->levels[0].used);
  if (status < 0 || !core->levels[0].used) return RMS_E_NOMEM;
  core->levels[0].n = 1;
  for (size_t t = 0; t < core->n_tests; t++)
    if (core->budget[t] < 0) core->levels[0].n = 0;
  for (size_t m = 0; m < core->n_members && status >= 0 && !core->p->is_stopped; m++) {
    if (core->levels[m].n == 0) break;
    status = run_level(core, m);
  }
  return status;
}
