/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The expanding core: all services but a few keep their pattern, the few are tried with every
 * pattern whose value is within the slack, by dynamic programming over slice totals. A state is a
 * vector of totals; it dies when some linear form, or the best prices, show that even the least of
 * what is still to come exceeds the target. With everyone in the core, complete lists and no state
 * dropped for want of room, "nothing found" is a proof. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices.h"

enum { D_MAX = RMS_FORMS_DIMENSIONS_MAX, TESTS_MAX = 64, CORE_ALL = 400, SLACK_STEPS = 8 };

struct test { /* coefficient . totals <= limit, or no plan of the target cost */
  int64_t coefficient[D_MAX];
  rms_wide limit;
};

struct member {      /* a service of the core */
  size_t service, n; /* n patterns */
  int64_t *patterns; /* [n * d] */
  bool is_complete;
};

struct state {
  int64_t z[D_MAX];
  uint32_t parent, pattern; /* index in the level before; pattern of that level's member */
};

struct level {
  size_t n;
  struct state *states;
};

struct core {
  struct rms_prices *p;
  struct rms_arena *arena;
  size_t d, n_members, n_tests, capacity; /* capacity: states of one level */
  struct member *members;
  struct test tests[TESTS_MAX];
  rms_wide *rest; /* [(n_members + 1) * n_tests] least of the members from here on */
  int64_t fixed[D_MAX];
  struct level *levels; /* [n_members + 1] */
  uint32_t *table;      /* hash table of the level that is being filled */
  size_t table_size;
  bool is_cut; /* states were dropped */
};

/* ---- tests ---- */

static void fill_tests(struct core *core, int64_t target)
{
  const struct rms_prices *p = core->p;
  int64_t machines = target / p->inst->pools[0].cost;
  const struct rms_price_step *best = &p->steps[p->best_step];
  for (size_t f = 0; f < p->forms.n_forms && core->n_tests < TESTS_MAX - 1; f++) {
    struct test *test = &core->tests[core->n_tests++];
    for (size_t i = 0; i < core->d; i++) test->coefficient[i] = p->forms.weight[f][i];
    test->limit = (rms_wide)p->forms.divisor[f] * machines;
  }
  struct test *test = &core->tests[core->n_tests++];
  for (size_t i = 0; i < core->d; i++) test->coefficient[i] = best->point.w[p->kind_of[i]];
  /* machines . worth of a cut; with a stock price the pool's cost plus that price */
  test->limit =
      ((rms_wide)p->options.denominator * p->inst->pools[0].cost + best->point.u[0]) * machines;
}

static rms_wide dot(const struct core *core, const struct test *test, const int64_t *z)
{
  rms_wide sum = 0;
  for (size_t i = 0; i < core->d; i++) sum += (rms_wide)test->coefficient[i] * z[i];
  return sum;
}

static void fill_rest(struct core *core)
{
  rms_wide *last = core->rest + core->n_members * core->n_tests;
  for (size_t t = 0; t < core->n_tests; t++) last[t] = dot(core, &core->tests[t], core->fixed);
  for (size_t m = core->n_members; m-- > 0;) {
    const struct member *member = &core->members[m];
    for (size_t t = 0; t < core->n_tests; t++) {
      rms_wide least = dot(core, &core->tests[t], member->patterns);
      for (size_t c = 1; c < member->n; c++) {
        rms_wide value = dot(core, &core->tests[t], member->patterns + c * core->d);
        if (value < least) least = value;
      }
      core->rest[m * core->n_tests + t] = core->rest[(m + 1) * core->n_tests + t] + least;
    }
  }
}

static bool may_live(const struct core *core, size_t level, const int64_t *z)
{
  const rms_wide *rest = core->rest + level * core->n_tests;
  for (size_t t = 0; t < core->n_tests; t++)
    if (dot(core, &core->tests[t], z) + rest[t] > core->tests[t].limit) return false;
  return true;
}

/* ---- members ---- */

/* All patterns whose value is within the slack of the best prices; when there are too many, those
 * within the largest fraction of it that gives a complete list. */
static int list_patterns(struct core *core, struct member *member, rms_wide slack)
{
  struct rms_prices *p = core->p;
  const struct rms_serve *inst = p->inst;
  size_t capacity = (size_t)p->options.candidates, width = inst->n_kinds, n = 0;
  const int64_t *rate = inst->throughput + member->service * width;
  const struct rms_cover_prices prices = {.n_kinds = width,
                                          .price = p->steps[p->best_step].point.w,
                                          .is_open = p->is_open,
                                          .node_limit = p->options.nodes * 10};
  int64_t *covers = malloc(capacity * width * sizeof *covers), least[RMS_SERVE_KINDS_MAX];
  rms_wide *values = malloc(capacity * sizeof *values), value;
  int status = covers && values ? RMS_OK : RMS_E_NOMEM;
  if (status < 0) goto out;
  rms_cover_solve(&prices, rate, inst->services[member->service].demand, least, &value);
  for (int i = 0; i < SLACK_STEPS; i++, slack /= 4) {
    bool all = rms_cover_list(&prices, rate, inst->services[member->service].demand, value + slack,
                              capacity, covers, values, &n);
    if (all) {
      member->is_complete = i == 0;
      break;
    }
  }
  member->patterns = rms_arena_alloc(core->arena, (n + 1) * core->d, sizeof *member->patterns);
  if (!member->patterns) status = RMS_E_NOMEM;
  /* The pattern that it has now comes first, so that the core contains the plan it starts from. */
  for (size_t i = 0; status >= 0 && i < core->d; i++)
    member->patterns[i] = p->slices[member->service * width + p->kind_of[i]];
  for (size_t c = 0; status >= 0 && c < n; c++)
    for (size_t i = 0; i < core->d; i++)
      member->patterns[(c + 1) * core->d + i] = covers[c * width + p->kind_of[i]];
  member->n = n + 1;
out:
  free(values);
  free(covers);
  return status;
}

/* Services whose steps disagree are the fractional ones: they come first. */
static size_t count_patterns(const struct rms_prices *p, size_t s)
{
  size_t width = p->inst->n_kinds, n = 0;
  const uint32_t *last = NULL;
  for (size_t j = 0; j < p->n_steps; j++) {
    if (!p->steps[j].slices || p->steps[j].weight <= 0) continue;
    const uint32_t *y = p->steps[j].slices + s * width;
    if (last && memcmp(last, y, width * sizeof *y) != 0) n++;
    last = y;
  }
  return n;
}

struct candidate {
  size_t service, n_patterns;
};

static int compare_candidates(const void *left, const void *right)
{
  const struct candidate *a = left, *b = right;
  if (a->n_patterns != b->n_patterns) return a->n_patterns > b->n_patterns ? -1 : 1;
  return (a->service > b->service) - (a->service < b->service);
}

static int order_services(struct rms_prices *p, struct candidate **result)
{
  size_t n = p->inst->n_services;
  struct candidate *order = malloc(n * sizeof *order);
  if (!order) return RMS_E_NOMEM;
  for (size_t s = 0; s < n; s++) order[s] = (struct candidate){s, count_patterns(p, s)};
  qsort(order, n, sizeof *order, compare_candidates);
  *result = order;
  return RMS_OK;
}

/* ---- levels ---- */

static size_t hash_of(const struct core *core, const int64_t *z)
{
  uint64_t h = 1469598103934665603u;
  for (size_t i = 0; i < core->d; i++) {
    h ^= (uint64_t)z[i];
    h *= 1099511628211u;
    h ^= h >> 29;
  }
  return (size_t)(h & (core->table_size - 1));
}

/* Slot of a state with these totals, or an empty one (UINT32_MAX). */
static uint32_t *find_slot(const struct core *core, const struct level *level, const int64_t *z)
{
  size_t at = hash_of(core, z);
  while (core->table[at] != UINT32_MAX &&
         memcmp(level->states[core->table[at]].z, z, core->d * sizeof *z) != 0)
    at = (at + 1) & (core->table_size - 1);
  return &core->table[at];
}

static void extend_state(struct core *core, size_t m, uint32_t parent)
{
  const struct member *member = &core->members[m];
  const struct level *from = &core->levels[m];
  struct level *to = &core->levels[m + 1];
  for (size_t c = 0; c < member->n; c++) {
    struct state next = {.parent = parent, .pattern = (uint32_t)c};
    for (size_t i = 0; i < core->d; i++)
      next.z[i] = from->states[parent].z[i] + member->patterns[c * core->d + i];
    if (!may_live(core, m + 1, next.z)) continue;
    uint32_t *slot = find_slot(core, to, next.z);
    if (*slot != UINT32_MAX) continue;
    if (to->n == core->capacity) {
      core->is_cut = true;
      return;
    }
    *slot = (uint32_t)to->n;
    to->states[to->n++] = next;
  }
}

struct ranked {
  double tightness;
  uint32_t index;
};

static int compare_ranked(const void *left, const void *right)
{
  const struct ranked *a = left, *b = right;
  if (a->tightness != b->tightness) return a->tightness < b->tightness ? -1 : 1;
  return (a->index > b->index) - (a->index < b->index);
}

static double tightness_of(const struct core *core, size_t level, const int64_t *z)
{
  double worst = -INFINITY;
  for (size_t t = 0; t < core->n_tests; t++) {
    rms_wide used = dot(core, &core->tests[t], z) + core->rest[level * core->n_tests + t];
    worst = fmax(worst, (double)(used - core->tests[t].limit) / (double)core->tests[t].limit);
  }
  return worst;
}

/* A full level would stop the search at its first states: keep those with most room, drop the rest.
 */
static int thin_level(struct core *core, size_t m, size_t keep)
{
  struct level *level = &core->levels[m];
  if (level->n <= keep) return RMS_OK;
  struct ranked *rank = malloc(level->n * sizeof *rank);
  struct state *kept = malloc(keep * sizeof *kept);
  int status = rank && kept ? RMS_OK : RMS_E_NOMEM;
  for (size_t i = 0; status >= 0 && i < level->n; i++)
    rank[i] = (struct ranked){tightness_of(core, m, level->states[i].z), (uint32_t)i};
  if (status >= 0) {
    qsort(rank, level->n, sizeof *rank, compare_ranked);
    for (size_t i = 0; i < keep; i++) kept[i] = level->states[rank[i].index];
    memcpy(level->states, kept, keep * sizeof *kept);
    level->n = keep;
    core->is_cut = true;
  }
  free(kept);
  free(rank);
  return status;
}

static int run_level(struct core *core, size_t m)
{
  struct level *to = &core->levels[m + 1];
  memset(core->table, 0xff, core->table_size * sizeof *core->table);
  to->n = 0;
  for (size_t i = 0; i < core->levels[m].n; i++) {
    extend_state(core, m, (uint32_t)i);
    if (i % 64 == 63 && rms_prices_tick(core->p, 1)) return RMS_OK;
  }
  return thin_level(core, m + 1, core->capacity / 4);
}

/* ---- one core ---- */

static int build_core(struct core *core, const struct candidate *order, rms_wide slack)
{
  struct rms_prices *p = core->p;
  size_t width = p->inst->n_kinds;
  core->members = rms_arena_alloc(core->arena, core->n_members, sizeof *core->members);
  core->levels = rms_arena_alloc(core->arena, core->n_members + 1, sizeof *core->levels);
  core->rest =
      rms_arena_alloc(core->arena, (core->n_members + 1) * core->n_tests, sizeof *core->rest);
  core->table_size = 1;
  while (core->table_size < 2 * core->capacity) core->table_size *= 2;
  core->table = rms_arena_alloc(core->arena, core->table_size, sizeof *core->table);
  if (!core->members || !core->levels || !core->rest || !core->table) return RMS_E_NOMEM;
  for (size_t s = 0; s < p->inst->n_services; s++)
    for (size_t i = 0; i < core->d; i++) core->fixed[i] += p->slices[s * width + p->kind_of[i]];
  for (size_t m = 0; m < core->n_members; m++) {
    core->members[m].service = order[m].service;
    for (size_t i = 0; i < core->d; i++)
      core->fixed[i] -= p->slices[order[m].service * width + p->kind_of[i]];
    int status = list_patterns(core, &core->members[m], slack);
    if (status < 0 || rms_prices_tick(p, 1)) return status;
  }
  /* Not from the arena, which would touch every page: most levels stay far from full. */
  for (size_t m = 0; m <= core->n_members; m++) {
    core->levels[m].states = malloc(core->capacity * sizeof(struct state));
    if (!core->levels[m].states) return RMS_E_NOMEM;
  }
  fill_rest(core);
  return RMS_OK;
}

static int offer_core(struct core *core)
{
  struct rms_prices *p = core->p;
  size_t width = p->inst->n_kinds;
  uint32_t at = 0;
  for (size_t m = core->n_members; m-- > 0;) {
    const struct state *state = &core->levels[m + 1].states[at];
    const int64_t *pattern = core->members[m].patterns + state->pattern * core->d;
    int64_t *slices = p->slices + core->members[m].service * width;
    memset(slices, 0, width * sizeof *slices);
    for (size_t i = 0; i < core->d; i++) slices[p->kind_of[i]] = pattern[i];
    at = state->parent;
  }
  int64_t total[RMS_SERVE_KINDS_MAX] = {0};
  for (size_t i = 0; i < core->d; i++)
    total[p->kind_of[i]] = core->fixed[i] + core->levels[core->n_members].states[0].z[i];
  return rms_prices_offer(p, p->slices, total);
}

static int search_core(struct core *core)
{
  bool complete = core->n_members == core->p->inst->n_services;
  struct state root = {.parent = 0};
  core->levels[0].states[0] = root;
  core->levels[0].n = may_live(core, 0, root.z);
  for (size_t m = 0; m < core->n_members; m++) {
    if (core->levels[m].n == 0) break;
    int status = run_level(core, m);
    if (status < 0) return status;
    if (core->p->is_stopped) return RMS_CORE_CUT_SHORT;
  }
  for (size_t m = 0; m < core->n_members; m++) complete = complete && core->members[m].is_complete;
  if (core->levels[core->n_members].n) {
    int status = offer_core(core);
    return status < 0 ? status : RMS_CORE_FOUND;
  }
  return complete && !core->is_cut ? RMS_CORE_NONE : RMS_CORE_CUT_SHORT;
}

static int try_core(struct rms_prices *p, int64_t target, const struct candidate *order,
                    size_t size, size_t capacity)
{
  struct core core = {.p = p, .d = p->forms.n_dimensions, .n_members = size, .capacity = capacity};
  rms_wide slack = (rms_wide)p->options.denominator * target - p->bound;
  int status = RMS_CORE_CUT_SHORT;
  core.arena = rms_arena_new();
  if (!core.arena) return RMS_E_NOMEM;
  fill_tests(&core, target);
  status = build_core(&core, order, slack);
  if (status >= 0) status = p->is_stopped ? RMS_CORE_CUT_SHORT : search_core(&core);
  for (size_t m = 0; core.levels && m <= core.n_members; m++) free(core.levels[m].states);
  rms_arena_free(core.arena);
  return status;
}

int rms_prices_core(struct rms_prices *p, int64_t target)
{
  static const size_t sizes[] = {6, 10, 16, 30, 80, CORE_ALL};
  struct candidate *order = NULL;
  size_t n = p->inst->n_services;
  int end = order_services(p, &order);
  if (end < 0) return end;
  end = RMS_CORE_CUT_SHORT;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes && !p->is_stopped; i++) {
    size_t size = n < sizes[i] ? n : sizes[i];
    size_t states = (size_t)p->options.beam * 16 / (size + 16);
    end = try_core(p, target, order, size, states < 1024 ? 1024 : states);
    if (end != RMS_CORE_CUT_SHORT || size == n) break;
  }
  free(order);
  return end;
}
