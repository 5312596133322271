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

enum { CORE_ALL = 20000, WIDE = 64, WIDER = 20, SETTLED = 30, SLACK_STEPS = 8, PRICE_TESTS = 5 };

struct member {      /* a service of the core */
  size_t service, n; /* n patterns */
  int64_t *patterns; /* [n * d] */
  int64_t *excess;   /* [n * n_tests] by how much a pattern exceeds the member's least value */
  int64_t *least;    /* of a long list [n * n_tests]: least excess of this pattern and those before;
                        NULL: no order */
  size_t axis;       /* of a long list: the test that it is sorted by */
  bool is_complete;
};

/* What is used of each test's budget decides everything that is still to come; the totals
 * themselves do not matter. The linear forms come first: states that agree in them are one state.
 */
struct origin {
  uint32_t parent, pattern; /* index in the level before; pattern of that level's member */
};

struct level {
  size_t n;
  int64_t *used; /* [n * n_tests]; NULL once the next level is there */
  struct origin *origins;
};

struct core {
  struct rms_prices *p;
  const struct rms_core_goal *goal;
  struct rms_arena *arena;
  size_t d, n_members, n_tests, n_keys; /* as in the goal */
  size_t capacity;                      /* states of one level */
  bool is_wide;                         /* long lists, many transitions */
  bool is_near;                         /* patterns near the present ones only */
  struct member *members;
  int64_t budget[RMS_CORE_TESTS_MAX]; /* what the members may exceed their least values by */
  int64_t fixed[RMS_CORE_DIMENSIONS_MAX];
  struct level *levels; /* [n_members + 1] */
  uint32_t *table;      /* hash table of the level that is being filled */
  size_t table_size;
  bool is_cut; /* states were dropped */
  uint64_t transitions;
};

/* One unit of work for this many transitions: about as long as pricing a service. */
enum { TRANSITIONS = 64, POLL_UNITS = 32, TRANSITIONS_MAX = 20000000 /* of one core */ };

/* ---- tests ---- */

/* One step's prices: machines . worth of a cut, with a stock price the pool's cost plus that price.
 */
static void add_price_test(const struct rms_prices *p, const struct rms_price_step *step,
                           int64_t machines, struct rms_core_goal *goal)
{
  struct rms_core_test *test = &goal->tests[goal->n_tests++];
  for (size_t i = 0; i < goal->n_dimensions; i++)
    test->coefficient[i] = step->point.w[goal->kind_of[i]];
  test->limit =
      ((rms_wide)p->options.denominator * p->inst->pools[0].cost + step->point.u[0]) * machines;
}

/* All forms (without them a state would not be decided), the best prices, and those of the last
 * steps that carry weight, which bind in other directions. False: too many forms. */
static bool set_goal(const struct rms_prices *p, int64_t target, struct rms_core_goal *goal)
{
  const int64_t machines = target / p->inst->pools[0].cost;
  *goal = (struct rms_core_goal){.n_dimensions = p->forms.n_dimensions,
                                 .price = p->steps[p->best_step].point.w,
                                 .transitions = TRANSITIONS_MAX,
                                 .slack = (rms_wide)p->options.denominator * target - p->bound};
  memcpy(goal->kind_of, p->kind_of, p->forms.n_dimensions * sizeof *goal->kind_of);
  if (p->forms.n_forms > RMS_CORE_TESTS_MAX - PRICE_TESTS) return false;
  for (size_t f = 0; f < p->forms.n_forms; f++) {
    struct rms_core_test *test = &goal->tests[goal->n_tests++];
    for (size_t i = 0; i < goal->n_dimensions; i++) test->coefficient[i] = p->forms.weight[f][i];
    test->limit = (rms_wide)p->forms.divisor[f] * machines;
  }
  goal->n_keys = goal->n_tests;
  add_price_test(p, &p->steps[p->best_step], machines, goal);
  for (size_t j = p->n_steps, n = 1; j-- > 0 && n < PRICE_TESTS;)
    if (j != p->best_step && p->steps[j].weight > 0) {
      add_price_test(p, &p->steps[j], machines, goal);
      n++;
    }
  return true;
}

static rms_wide dot(const struct core *core, const struct rms_core_test *test, const int64_t *z)
{
  rms_wide sum = 0;
  for (size_t i = 0; i < core->d; i++) sum += (rms_wide)test->coefficient[i] * z[i];
  return sum;
}

static int64_t clip(rms_wide x)
{
  const rms_wide most = INT64_MAX / 4;
  return (int64_t)(x > most ? most : x < -most ? -most : x);
}

/* Least value of a member in a test, and by how much each of its patterns exceeds it. */
static rms_wide fill_excess(struct core *core, struct member *member, size_t t)
{
  const struct rms_core_test *test = &core->goal->tests[t];
  rms_wide least = dot(core, test, member->patterns);
  for (size_t c = 1; c < member->n; c++) {
    rms_wide value = dot(core, test, member->patterns + c * core->d);
    if (value < least) least = value;
  }
  for (size_t c = 0; c < member->n; c++)
    member->excess[c * core->n_tests + t] =
        clip(dot(core, test, member->patterns + c * core->d) - least);
  return least;
}

static bool is_no_worse(const struct core *core, const int64_t *a, const int64_t *b)
{
  for (size_t t = 0; t < core->n_keys; t++)
    if (a[t] > b[t]) return false;
  return true;
}

/* A pattern that uses no less of any form than another one is never needed: the forms decide. The
 * price tests only cut off earlier, so a dropped pattern's least value in them stays a valid one.
 */
static void drop_dominated(struct core *core, struct member *member)
{
  size_t kept = 0;
  for (size_t c = 0; c < member->n; c++) {
    const int64_t *excess = member->excess + c * core->n_tests;
    size_t k = 0;
    while (k < kept && !is_no_worse(core, member->excess + k * core->n_tests, excess)) k++;
    if (k < kept) continue;
    memmove(member->patterns + kept * core->d, member->patterns + c * core->d,
            core->d * sizeof *member->patterns);
    memmove(member->excess + kept * core->n_tests, excess, core->n_tests * sizeof *excess);
    kept++;
  }
  member->n = kept;
}

static void fill_budgets(struct core *core)
{
  for (size_t t = 0; t < core->n_tests; t++) {
    const struct rms_core_test *test = &core->goal->tests[t];
    rms_wide budget = test->limit - dot(core, test, core->fixed);
    for (size_t m = 0; m < core->n_members; m++) budget -= fill_excess(core, &core->members[m], t);
    core->budget[t] = clip(budget);
  }
  for (size_t m = 0; m < core->n_members && !rms_prices_tick(core->p, 1); m++)
    drop_dominated(core, &core->members[m]);
}

/* ---- members ---- */

enum {
  LIST_NODES = 200000,
  LIST_WORK = 1000
}; /* a long list takes about as long as pricing that many services */

struct listing { /* scratch for the patterns of one member */
  struct rms_cover_prices prices;
  size_t capacity, n;
  int64_t *covers;
  rms_wide *values;
};

static int listing_new(struct listing *list, const struct core *core)
{
  const struct rms_prices *p = core->p;
  const size_t width = p->inst->n_kinds;
  const size_t candidates = (size_t)p->options.candidates * (core->is_wide ? WIDER : 1);
  *list = (struct listing){.prices = {.n_kinds = width,
                                      .price = core->goal->price,
                                      .is_open = p->is_open,
                                      .node_limit = LIST_NODES * (core->is_wide ? WIDER : 1)},
                           .capacity = 64 + candidates / (1 + core->n_members / 8)};
  list->covers = malloc(list->capacity * width * sizeof *list->covers);
  list->values = malloc(list->capacity * sizeof *list->values);
  return list->covers && list->values ? RMS_OK : RMS_E_NOMEM;
}

static void listing_free(struct listing *list)
{
  free(list->values);
  free(list->covers);
}

/* Patterns near the one that the service has: that one less `margin` slices of each kind, and every
 * minimal cover of what is missing then, within the slack. False: too many. */
static bool list_near(struct listing *list, const struct rms_prices *p, size_t s, int64_t margin,
                      rms_wide most)
{
  size_t width = list->prices.n_kinds;
  const int64_t *rate = p->inst->throughput + s * width;
  int64_t anchor[RMS_SERVE_KINDS_MAX], need = p->inst->services[s].demand;
  for (size_t k = 0; k < width; k++) {
    anchor[k] = p->slices[s * width + k] > margin ? p->slices[s * width + k] - margin : 0;
    need -= anchor[k] * rate[k];
    most -= (rms_wide)anchor[k] * list->prices.price[k];
  }
  list->n = 0;
  if (need <= 0) return true;
  struct rms_cover_prices prices = list->prices;
  prices.node_limit = 1000 + 4 * (int64_t)list->capacity;
  bool all = rms_cover_list(&prices, rate, need, most, list->capacity, list->covers, list->values,
                            &list->n);
  for (size_t c = 0; c < list->n; c++)
    for (size_t k = 0; k < width; k++) list->covers[c * width + k] += anchor[k];
  return all;
}

/* All patterns whose value is within the slack of the best prices; when there are too many, or only
 * near ones are wanted, those near the service's own, and of those the cheapest ones that make a
 * complete list. */
static bool list_patterns(struct listing *list, struct rms_prices *p, size_t s, rms_wide slack,
                          bool is_near)
{
  static const int64_t margins[] = {1000, 100, 12, 6, 3, 1};
  enum { N_MARGINS = sizeof margins / sizeof *margins, FIRST_NEAR = 2 };
  const int64_t *rate = p->inst->throughput + s * list->prices.n_kinds;
  int64_t least[RMS_SERVE_KINDS_MAX], need = p->inst->services[s].demand;
  rms_wide value;
  rms_cover_solve(&list->prices, rate, need, least, &value);
  if (!is_near && rms_cover_list(&list->prices, rate, need, value + slack, list->capacity,
                                 list->covers, list->values, &list->n))
    return true;
  for (int i = 0; i < SLACK_STEPS; i++, slack /= 4)
    for (size_t m = is_near ? FIRST_NEAR : 0; m < N_MARGINS && !rms_prices_tick(p, LIST_WORK); m++)
      if (list_near(list, p, s, margins[m], value + slack)) return false;
  list->n = 0;
  return false;
}

/* The pattern that it has now comes first, so that the core contains the plan it starts from. A
 * complete list goes without: it has that pattern, or a part of it that covers, or the pattern is
 * beyond the slack and would only lower the least values that the tests count on. */
static int fill_member(struct core *core, struct listing *list, struct member *member,
                       rms_wide slack)
{
  struct rms_prices *p = core->p;
  size_t width = p->inst->n_kinds;
  member->is_complete = list_patterns(list, p, member->service, slack, core->is_near);
  const size_t own = member->is_complete && list->n > 0 ? 0 : 1;
  member->n = list->n + own;
  member->patterns = rms_arena_alloc(core->arena, member->n * core->d, sizeof *member->patterns);
  member->excess = rms_arena_alloc(core->arena, member->n * core->n_tests, sizeof *member->excess);
  if (!member->patterns || !member->excess) return RMS_E_NOMEM;
  for (size_t i = 0; i < core->d; i++) {
    if (own) member->patterns[i] = p->slices[member->service * width + core->goal->kind_of[i]];
    for (size_t c = 0; c < list->n; c++)
      member->patterns[(c + own) * core->d + i] = list->covers[c * width + core->goal->kind_of[i]];
  }
  return RMS_OK;
}

/* The order of services into the core: first those whose patterns in the active steps differ in a
 * test that binds, and of those the ones in front that pay least for the difference. At the dual's
 * optimum the fractional services pay nothing. */
struct candidate {
  size_t service;
  double extra; /* least price of another step's pattern for the difference; INFINITY: there is none
                 */
};

struct ordering {
  const struct rms_prices *p;
  const struct rms_core_goal *goal;
  bool is_tight[RMS_CORE_TESTS_MAX]; /* at the steps' weighted mean the test has hardly any room */
};

#define TIGHT 1e-3 /* of the limit */

static rms_wide price_of(const struct rms_core_goal *goal, size_t width, const uint32_t *y)
{
  rms_wide sum = 0;
  for (size_t k = 0; k < width; k++) sum += (rms_wide)goal->price[k] * y[k];
  return sum;
}

/* The steps whose patterns are looked at: those with weight, and the best one. */
static bool is_active(const struct rms_prices *p, size_t j)
{
  return p->steps[j].slices && (p->steps[j].weight > 0 || j == p->best_step);
}

/* Cheapest pattern that an active step has for the service; NULL: there is none. */
static const uint32_t *cheapest_pattern(const struct rms_prices *p,
                                        const struct rms_core_goal *goal, size_t s)
{
  const size_t width = p->inst->n_kinds;
  const uint32_t *best = NULL;
  rms_wide least = 0;
  for (size_t j = 0; j < p->n_steps; j++) {
    if (!is_active(p, j)) continue;
    const uint32_t *y = p->steps[j].slices + s * width;
    const rms_wide price = price_of(goal, width, y);
    if (best && price >= least) continue;
    best = y;
    least = price;
  }
  return best;
}

static void find_tight(struct ordering *o)
{
  const struct rms_prices *p = o->p;
  for (size_t t = 0; t < o->goal->n_keys; t++) {
    const struct rms_core_test *test = &o->goal->tests[t];
    double sum = 0, weights = 0;
    for (size_t j = 0; j < p->n_steps; j++) {
      weights += p->steps[j].weight;
      for (size_t i = 0; p->steps[j].weight > 0 && i < o->goal->n_dimensions; i++)
        sum += p->steps[j].weight * (double)test->coefficient[i] *
               (double)p->steps[j].total[o->goal->kind_of[i]];
    }
    o->is_tight[t] = weights <= 0 || sum >= weights * (double)test->limit * (1 - TIGHT);
  }
}

/* How far two patterns are apart in the tests that bind, in shares of their limits. */
static double distance(const struct ordering *o, const uint32_t *a, const uint32_t *b)
{
  double sum = 0;
  for (size_t t = 0; t < o->goal->n_keys; t++) {
    const struct rms_core_test *test = &o->goal->tests[t];
    double shift = 0;
    for (size_t i = 0; o->is_tight[t] && i < o->goal->n_dimensions; i++) {
      const size_t k = o->goal->kind_of[i];
      shift += (double)test->coefficient[i] * ((double)a[k] - (double)b[k]);
    }
    sum += fabs(shift) / fmax(1, (double)test->limit);
  }
  return sum;
}

static struct candidate judge_service(const struct ordering *o, size_t s)
{
  const struct rms_prices *p = o->p;
  const size_t width = p->inst->n_kinds;
  const uint32_t *best = cheapest_pattern(p, o->goal, s);
  struct candidate c = {.service = s, .extra = INFINITY};
  if (!best) return c;
  const rms_wide least = price_of(o->goal, width, best);
  for (size_t j = 0; j < p->n_steps; j++) {
    if (!is_active(p, j)) continue;
    const uint32_t *y = p->steps[j].slices + s * width;
    const double far = distance(o, y, best);
    if (far > 0) c.extra = fmin(c.extra, (double)(price_of(o->goal, width, y) - least) / far);
  }
  return c;
}

static int compare_candidates(const void *left, const void *right)
{
  const struct candidate *a = left, *b = right;
  if (a->extra != b->extra) return a->extra < b->extra ? -1 : 1;
  return (a->service > b->service) - (a->service < b->service);
}

static int order_services(const struct rms_prices *p, const struct rms_core_goal *goal,
                          struct candidate **result)
{
  struct ordering ordering = {.p = p, .goal = goal};
  size_t n = p->inst->n_services;
  struct candidate *order = malloc(n * sizeof *order);
  if (!order) return RMS_E_NOMEM;
  find_tight(&ordering);
  for (size_t s = 0; s < n; s++) order[s] = judge_service(&ordering, s);
  qsort(order, n, sizeof *order, compare_candidates);
  *result = order;
  return RMS_OK;
}

/* What a service pays above its least. */
static rms_wide extra_of(const struct rms_prices *p, const struct rms_core_goal *goal, size_t s,
                         const uint32_t *best)
{
  const size_t width = p->inst->n_kinds;
  rms_wide extra = -price_of(goal, width, best);
  for (size_t k = 0; k < width; k++) extra += (rms_wide)goal->price[k] * p->slices[s * width + k];
  return extra;
}

/* What the services outside the core pay above their least eats up the slack. Where that is most of
 * it, they fall back to the cheapest pattern. */
static void settle_others(struct rms_prices *p, const struct rms_core_goal *goal,
                          const struct candidate *order, size_t size)
{
  const size_t width = p->inst->n_kinds;
  rms_wide sum = 0;
  for (size_t i = size; i < p->inst->n_services; i++) {
    const uint32_t *best = cheapest_pattern(p, goal, order[i].service);
    if (best) sum += extra_of(p, goal, order[i].service, best);
  }
  if (2 * sum < goal->slack) return;
  for (size_t i = size; i < p->inst->n_services; i++) {
    const uint32_t *best = cheapest_pattern(p, goal, order[i].service);
    if (!best || extra_of(p, goal, order[i].service, best) <= 0) continue;
    for (size_t k = 0; k < width; k++) p->slices[order[i].service * width + k] = best[k];
  }
}

/* ---- levels ---- */

static size_t hash_of(const struct core *core, const int64_t *used)
{
  uint64_t h = 1469598103934665603u;
  for (size_t i = 0; i < core->n_keys; i++) {
    h = (h ^ (uint64_t)used[i]) * 1099511628211u;
    h ^= h >> 29;
  }
  return (size_t)(h & (core->table_size - 1));
}

/* Slot of a state that agrees in the forms, or an empty one (UINT32_MAX). */
static uint32_t *find_slot(const struct core *core, const struct level *level, const int64_t *used)
{
  size_t at = hash_of(core, used);
  while (core->table[at] != UINT32_MAX && memcmp(level->used + core->table[at] * core->n_tests,
                                                 used, core->n_keys * sizeof *used) != 0)
    at = (at + 1) & (core->table_size - 1);
  return &core->table[at];
}

/* ---- long lists ----
 * A service of many slices has thousands of patterns, and what is used of the budgets leaves room
 * for a few: sorted by the test in which they differ most, those lie in one stretch. */

enum { LONG_LIST = 64 };

static size_t widest_test(const struct core *core, const struct member *member)
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

static void fill_least(const struct core *core, struct member *member)
{
  const size_t width = core->n_tests;
  for (size_t i = 0; i < member->n * width; i++) {
    const int64_t before = i < width ? INT64_MAX : member->least[i - width];
    member->least[i] = member->excess[i] < before ? member->excess[i] : before;
  }
}

static int sort_patterns(struct core *core, struct member *member)
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
static size_t stretch_end(const struct core *core, const struct member *member, const int64_t *used)
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
static bool is_stretch_over(const struct core *core, const struct member *member,
                            const int64_t *used, size_t c)
{
  for (size_t t = 0; member->least && t < core->n_tests; t++)
    if (used[t] + member->least[c * core->n_tests + t] > core->budget[t]) return true;
  return false;
}

static bool advance(const struct core *core, const int64_t *used, const int64_t *excess,
                    int64_t *next)
{
  for (size_t t = 0; t < core->n_tests; t++) {
    next[t] = used[t] + excess[t];
    if (next[t] > core->budget[t]) return false;
  }
  return true;
}

static void extend_state(struct core *core, size_t m, uint32_t parent)
{
  const struct member *member = &core->members[m];
  const int64_t *used = core->levels[m].used + parent * core->n_tests;
  struct level *to = &core->levels[m + 1];
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
    to->origins[to->n++] = (struct origin){parent, (uint32_t)c};
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

/* The largest share of a budget that is used. */
static double tightness_of(const struct core *core, const int64_t *used)
{
  double worst = 0;
  for (size_t t = 0; t < core->n_tests; t++)
    worst = fmax(worst, (double)used[t] / ((double)core->budget[t] + 1));
  return worst;
}

/* States that a state with more room in every form makes superfluous: those are compared with the
 * roomiest ones only, which drops most of them. */
enum { JUDGES = 48 };

static int rank_states(const struct core *core, const struct level *level, struct ranked **result)
{
  struct ranked *rank = malloc(level->n * sizeof *rank + 1);
  if (!rank) return RMS_E_NOMEM;
  for (size_t i = 0; i < level->n; i++)
    rank[i] = (struct ranked){tightness_of(core, level->used + i * core->n_tests), (uint32_t)i};
  qsort(rank, level->n, sizeof *rank, compare_ranked);
  *result = rank;
  return RMS_OK;
}

static void move_state(const struct core *core, struct level *level, size_t to, size_t from)
{
  memmove(level->used + to * core->n_tests, level->used + from * core->n_tests,
          core->n_tests * sizeof *level->used);
  level->origins[to] = level->origins[from];
}

static bool is_judged(const struct core *core, const int64_t *judges, size_t n_judges,
                      const int64_t *used)
{
  for (size_t j = 0; j < n_judges; j++) {
    const int64_t *judge = judges + j * core->n_tests;
    if (is_no_worse(core, judge, used) && memcmp(judge, used, core->n_keys * sizeof *used) != 0)
      return true;
  }
  return false;
}

static int drop_states(struct core *core, size_t m)
{
  struct level *level = &core->levels[m];
  const size_t stride = core->n_tests, n_judges = level->n < JUDGES ? level->n : JUDGES;
  int64_t *judges = malloc((JUDGES * stride + 1) * sizeof *judges);
  struct ranked *rank = NULL;
  size_t kept = 0;
  int status = judges ? rank_states(core, level, &rank) : RMS_E_NOMEM;
  if (status >= 0) {
    for (size_t i = 0; i < n_judges; i++)
      memcpy(judges + i * stride, level->used + rank[i].index * stride, stride * sizeof *judges);
    for (size_t i = 0; i < level->n; i++)
      if (!is_judged(core, judges, n_judges, level->used + i * stride))
        move_state(core, level, kept++, i);
    level->n = kept;
  }
  free(rank);
  free(judges);
  return status;
}

static int compare_indices(const void *left, const void *right)
{
  const struct ranked *a = left, *b = right;
  return (a->index > b->index) - (a->index < b->index);
}

/* A full level would stop the search at its first states: keep those with most room, drop the rest.
 */
static int thin_level(struct core *core, size_t m, size_t keep)
{
  struct level *level = &core->levels[m];
  struct ranked *rank = NULL;
  if (level->n <= keep) return RMS_OK;
  int status = rank_states(core, level, &rank);
  if (status < 0) return status;
  qsort(rank, keep, sizeof *rank, compare_indices); /* so that none is overwritten */
  for (size_t i = 0; i < keep; i++) move_state(core, level, i, rank[i].index);
  level->n = keep;
  core->is_cut = true;
  free(rank);
  return RMS_OK;
}

/* Room for a full level is asked for and given back when it is known how many states there are: the
 * pages in between are never touched. */
static int level_new(const struct core *core, struct level *level)
{
  level->used = malloc(core->capacity * core->n_tests * sizeof *level->used + 1);
  level->origins = malloc(core->capacity * sizeof *level->origins + 1);
  level->n = 0;
  return level->used && level->origins ? RMS_OK : RMS_E_NOMEM;
}

static void level_fit(const struct core *core, struct level *level)
{
  int64_t *used = realloc(level->used, (level->n * core->n_tests + 1) * sizeof *used);
  struct origin *origins = realloc(level->origins, (level->n + 1) * sizeof *origins);
  if (used) level->used = used;
  if (origins) level->origins = origins;
}

static int run_level(struct core *core, size_t m)
{
  struct level *to = &core->levels[m + 1];
  int status = level_new(core, to);
  if (status < 0) return status;
  memset(core->table, 0xff, core->table_size * sizeof *core->table);
  for (size_t i = 0; i < core->levels[m].n; i++) {
    extend_state(core, m, (uint32_t)i);
    if (core->p->is_stopped) return RMS_OK;
    if (core->transitions > core->goal->transitions * (core->is_wide ? WIDER : 1)) {
      core->is_cut = true;
      to->n = 0;
      break;
    }
  }
  free(core->levels[m].used);
  core->levels[m].used = NULL;
  status = drop_states(core, m + 1);
  if (status >= 0) status = thin_level(core, m + 1, core->capacity / 4);
  level_fit(core, to);
  return status;
}

/* ---- one core ---- */

static int build_core(struct core *core, const struct candidate *order, rms_wide slack)
{
  struct rms_prices *p = core->p;
  size_t width = p->inst->n_kinds;
  core->members = rms_arena_alloc(core->arena, core->n_members, sizeof *core->members);
  core->levels = rms_arena_alloc(core->arena, core->n_members + 1, sizeof *core->levels);
  core->table_size = 1;
  while (core->table_size < 2 * core->capacity) core->table_size *= 2;
  core->table = rms_arena_alloc(core->arena, core->table_size, sizeof *core->table);
  if (!core->members || !core->levels || !core->table) return RMS_E_NOMEM;
  for (size_t s = 0; s < p->inst->n_services; s++)
    for (size_t i = 0; i < core->d; i++)
      core->fixed[i] += p->slices[s * width + core->goal->kind_of[i]];
  struct listing list;
  int status = listing_new(&list, core);
  for (size_t m = 0; status >= 0 && m < core->n_members && !rms_prices_tick(p, 1); m++) {
    core->members[m].service = order[m].service;
    for (size_t i = 0; i < core->d; i++)
      core->fixed[i] -= p->slices[order[m].service * width + core->goal->kind_of[i]];
    status = fill_member(core, &list, &core->members[m], slack);
  }
  listing_free(&list);
  if (status < 0 || p->is_stopped) return status;
  fill_budgets(core);
  for (size_t m = 0; status >= 0 && m < core->n_members && !p->is_stopped; m++)
    status = sort_patterns(core, &core->members[m]);
  return status;
}

static int offer_core(struct core *core)
{
  struct rms_prices *p = core->p;
  size_t width = p->inst->n_kinds;
  int64_t total[RMS_SERVE_KINDS_MAX] = {0};
  uint32_t at = 0;
  for (size_t i = 0; i < core->d; i++) total[core->goal->kind_of[i]] = core->fixed[i];
  for (size_t m = core->n_members; m-- > 0;) {
    const struct origin *origin = &core->levels[m + 1].origins[at];
    const int64_t *pattern = core->members[m].patterns + origin->pattern * core->d;
    int64_t *slices = p->slices + core->members[m].service * width;
    memset(slices, 0, width * sizeof *slices);
    for (size_t i = 0; i < core->d; i++) {
      slices[core->goal->kind_of[i]] = pattern[i];
      total[core->goal->kind_of[i]] += pattern[i];
    }
    at = origin->parent;
  }
  return rms_prices_offer(p, p->slices, total);
}

static int search_core(struct core *core)
{
  bool complete = core->n_members == core->p->inst->n_services;
  core->levels[0].used = calloc(core->n_tests + 1, sizeof *core->levels[0].used);
  if (!core->levels[0].used) return RMS_E_NOMEM;
  core->levels[0].n = 1;
  for (size_t t = 0; t < core->n_tests; t++)
    if (core->budget[t] < 0) core->levels[0].n = 0;
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

struct stage {
  int effort;
  size_t members, share; /* states: beam / share; 0: wide, where that is everyone */
  bool is_near;
};

static int try_core(struct rms_prices *p, const struct rms_core_goal *goal,
                    const struct candidate *order, const struct stage *stage, size_t size)
{
  const size_t beam = (size_t)p->options.beam;
  const size_t states = stage->share ? beam / stage->share : beam * WIDER;
  struct core core = {.p = p,
                      .goal = goal,
                      .d = goal->n_dimensions,
                      .n_tests = goal->n_tests,
                      .n_keys = goal->n_keys,
                      .n_members = size,
                      .capacity = states < 256 ? 256 : states,
                      .is_wide = stage->share == 0,
                      .is_near = stage->is_near};
  core.arena = rms_arena_new();
  if (!core.arena) return RMS_E_NOMEM;
  int status = build_core(&core, order, goal->slack);
  if (status >= 0) status = p->is_stopped ? RMS_CORE_CUT_SHORT : search_core(&core);
  for (size_t m = 0; core.levels && m <= core.n_members; m++) {
    free(core.levels[m].used);
    free(core.levels[m].origins);
  }
  rms_arena_free(core.arena);
  return status;
}

/* Small cores with few states first: nearly always one of them has a plan. */
int rms_prices_core_goal(struct rms_prices *p, const struct rms_core_goal *goal, int effort)
{
  static const struct stage stages[] = {
      {0, 6, 32, false},   {0, 16, 32, true}, {0, 30, 16, true}, {0, 16, 32, false},
      {0, 30, 16, false},  {0, 80, 32, true}, {1, 10, 4, false}, {1, 16, 1, true},
      {1, 30, 1, true},    {1, 16, 1, false}, {1, 30, 1, false}, {1, CORE_ALL, 1, false},
      {1, WIDE, 0, false},
  };
  struct candidate *order = NULL;
  size_t n = p->inst->n_services;
  int end = order_services(p, goal, &order);
  if (end < 0) return end;
  end = RMS_CORE_CUT_SHORT;
  for (size_t i = 0; i < sizeof stages / sizeof *stages && !p->is_stopped; i++) {
    size_t size = n < stages[i].members ? n : stages[i].members;
    if (stages[i].effort != effort || (stages[i].share == 0 && size < n)) continue;
    if (size <= SETTLED) settle_others(p, goal, order, SETTLED);
    end = try_core(p, goal, order, &stages[i], size);
    if (end != RMS_CORE_CUT_SHORT) break;
  }
  free(order);
  return end;
}

int rms_prices_core(struct rms_prices *p, int64_t target, int effort)
{
  struct rms_core_goal goal;
  return set_goal(p, target, &goal) ? rms_prices_core_goal(p, &goal, effort) : RMS_CORE_CUT_SHORT;
}
