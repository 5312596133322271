/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/check_search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/memory.h"
#include "instances/serve/cover.h"

enum {
  KNAPSACK_NODES = 200000,
  PATTERNS_MAX = 20000, /* of one service */
  STATES_MAX = 400000   /* of one level */
};
#define STEPS_MAX INT64_C(100000000) /* of everything together: about a second */
#define CELLS_MAX INT64_C(40000000)  /* vectors x services */
/* With these no product or sum of the search leaves 128 bits. */
#define PRICE_MAX  (INT64_C(1) << 58)
#define TARGET_MAX (INT64_C(1) << 53)

struct search {
  const struct rms_serve *inst;
  size_t first_joint; /* of the vectors; they are the last ones */
  struct rms_serve_proof *proof;
  struct rms_arena *arena;
  size_t n_vectors;  /* the certificate's own prices are number 0 */
  const int64_t **w; /* [n_vectors] */
  rms_wide *need;    /* [n_vectors] F */
  rms_wide *worth;   /* [n_vectors * n_pools] a */
  rms_wide *least;   /* [n_vectors * n_services] */
  int64_t target, steps_left;
  int64_t machines[RMS_SERVE_POOLS_MAX];
};

/* How a part of the search ended. Negative: a status. */
enum end { NOTHING_LEFT, TOO_LONG, SOMETHING_LEFT };

/* ---- what every vector says --------------------------------------------------------------------
 */

static int find_worth(struct search *s, size_t j)
{
  const struct rms_serve *const inst = s->inst;
  rms_wide *const worth = s->worth + j * inst->n_pools;
  for (size_t p = 0; p < inst->n_pools; p++) {
    size_t q = 0;
    while (inst->pools[q].rules != inst->pools[p].rules) q++; /* rules belong to one machine */
    if (q < p) worth[p] = worth[q];
    const int status =
        q < p ? RMS_OK : rms_serve_dearest(inst, &inst->pools[p], s->w[j], &worth[p]);
    if (status < 0) return status == RMS_E_LIMIT ? TOO_LONG : status;
  }
  return NOTHING_LEFT;
}

static int find_least(struct search *s, struct rms_cover *cover, size_t j)
{
  const struct rms_serve *const inst = s->inst;
  for (size_t i = 0; i < inst->n_services; i++) {
    const struct rms_cover_result r =
        rms_cover_least(cover, s->w[j], inst->throughput + i * inst->n_kinds, inst->n_kinds,
                        inst->services[i].demand, KNAPSACK_NODES);
    if (!r.is_coverable) return TOO_LONG; /* the prices were refused before */
    s->least[j * inst->n_services + i] = r.least;
    if (__builtin_add_overflow(s->need[j], r.least, &s->need[j])) return TOO_LONG;
    s->steps_left -= 1 + r.nodes;
    if (s->steps_left < 0) return TOO_LONG;
  }
  return NOTHING_LEFT;
}

static int value_vectors(struct search *s)
{
  struct rms_cover *const cover = malloc(sizeof *cover);
  int end = cover ? NOTHING_LEFT : RMS_E_NOMEM;
  for (size_t j = 0; j < s->n_vectors && end == NOTHING_LEFT; j++) {
    end = find_worth(s, j);
    if (end == NOTHING_LEFT) end = find_least(s, cover, j);
  }
  free(cover);
  return end;
}

/* ---- one choice of machines: add service after service -----------------------------------------
 */

struct patterns { /* minimal covers of one service, as what they exceed the least worth by */
  size_t n, capacity;
  rms_wide *excess; /* [n * n_tests] */
};

struct level {
  size_t n, capacity;
  rms_wide *used; /* [n * n_tests] of every test's slack */
};

struct place {
  size_t service, n_patterns;
};

struct round {
  struct search *s;
  bool is_thin; /* of kinds that can stand in for each other one is enough */
  size_t n_tests;
  size_t *tests;   /* vectors, the one with the least relative slack first */
  rms_wide *slack; /* [n_tests] */
  size_t service, n_kinds, kinds[RMS_SERVE_KINDS_MAX]; /* usable ones, the worst value first */
  int64_t y[RMS_SERVE_KINDS_MAX];
  struct patterns *patterns; /* [n_services] */
  struct place *order;       /* [n_services] */
};

static rms_wide worth_of_machines(const struct search *s, size_t j)
{
  rms_wide sum = 0;
  for (size_t p = 0; p < s->inst->n_pools; p++)
    sum += s->worth[j * s->inst->n_pools + p] * s->machines[p];
  return sum;
}

/* Tests in the order of slack / worth. */
static int order_tests(struct round *r, size_t from, size_t to)
{
  struct search *const s = r->s;
  double *const room = calloc(s->n_vectors, sizeof *room);
  if (!room) return RMS_E_NOMEM;
  for (size_t j = from; j < to; j++) {
    const rms_wide worth = worth_of_machines(s, j), slack = worth - s->need[j];
    const double here = worth > 0 ? (double)slack / (double)worth : 1;
    size_t at = r->n_tests++;
    for (; at > 0 && room[at - 1] > here; at--) {
      room[at] = room[at - 1];
      r->tests[at] = r->tests[at - 1];
      r->slack[at] = r->slack[at - 1];
    }
    room[at] = here;
    r->tests[at] = j;
    r->slack[at] = slack;
  }
  free(room);
  return RMS_OK;
}

static int64_t rate_of(const struct round *r, size_t i)
{
  return rms_serve_rate(r->s->inst, r->service, r->kinds[i]);
}

static int64_t price_of(const struct round *r, size_t i)
{
  return r->s->w[r->tests[0]][r->kinds[i]];
}

/* Can n = ceil(rate of b / rate of a) slices of kind a stand in for one of kind b? They serve as
 * much, and are worth no more under any test. Nothing that is left out this way is left out in a
 * circle: in a circle all n would be 1, all rates and worths equal, and the numbers of the kinds
 * would fall; an n above 1 would make all worths 0, which is not taken. */
static bool stands_in(const struct round *r, size_t a, size_t b)
{
  const int64_t rate_a = rms_serve_rate(r->s->inst, r->service, a);
  const int64_t rate_b = rms_serve_rate(r->s->inst, r->service, b);
  if (a == b || !rate_a || !rate_b) return false;
  const int64_t n = (rate_b - 1) / rate_a + 1;
  bool is_equal = rate_a == rate_b, is_free = n > 1;
  for (size_t t = 0; t < r->n_tests; t++) {
    const int64_t *const w = r->s->w[r->tests[t]];
    if ((rms_wide)n * w[a] > w[b]) return false;
    is_equal = is_equal && w[a] == w[b];
    is_free = is_free && w[b] == 0;
  }
  return !is_free && (!is_equal || a < b);
}

static bool is_needed(const struct round *r, size_t k)
{
  if (!rms_serve_rate(r->s->inst, r->service, k)) return false;
  for (size_t a = 0; r->is_thin && a < r->s->inst->n_kinds; a++)
    if (stands_in(r, a, k)) return false;
  return true;
}

/* Usable kinds by price per rate, the dearest first: the last one fills up what is missing. */
static void order_kinds(struct round *r)
{
  r->n_kinds = 0;
  for (size_t k = 0; k < r->s->inst->n_kinds; k++) {
    if (!is_needed(r, k)) continue;
    size_t at = r->n_kinds++;
    for (; at > 0; at--) {
      const rms_wide here = (rms_wide)r->s->w[r->tests[0]][k] * rate_of(r, at - 1);
      const rms_wide there =
          (rms_wide)price_of(r, at - 1) * rms_serve_rate(r->s->inst, r->service, k);
      if (there >= here) break;
      r->kinds[at] = r->kinds[at - 1];
    }
    r->kinds[at] = k;
  }
}

/* Keep the pattern y unless it is not minimal or a test forbids it. False: too many. */
static int keep_pattern(struct round *r, int64_t surplus)
{
  struct patterns *const list = &r->patterns[r->service];
  const size_t n_services = r->s->inst->n_services;
  for (size_t i = 0; i < r->n_kinds; i++)
    if (r->y[i] && surplus >= rate_of(r, i)) return NOTHING_LEFT;
  if (list->n == PATTERNS_MAX) return TOO_LONG;
  const int status =
      rms_grow(&list->excess, &list->capacity, (list->n + 1) * r->n_tests, sizeof *list->excess);
  if (status < 0) return status;
  rms_wide *const excess = list->excess + list->n * r->n_tests;
  for (size_t t = 0; t < r->n_tests; t++) {
    const size_t j = r->tests[t];
    excess[t] = -r->s->least[j * n_services + r->service];
    for (size_t i = 0; i < r->n_kinds; i++)
      if (r->y[i]) excess[t] += (rms_wide)r->s->w[j][r->kinds[i]] * r->y[i];
    if (excess[t] > r->slack[t]) return NOTHING_LEFT;
  }
  r->s->steps_left -= (int64_t)r->n_tests;
  list->n++;
  return NOTHING_LEFT;
}

/* All covers from kind i on, for `rest` of the demand, that cost `left` at most under the first
 * test. Depth: kinds of a service. */
static int cover_rest(struct round *r, size_t i, int64_t rest, rms_wide left)
{
  if (--r->s->steps_left < 0) return TOO_LONG;
  if (rest <= 0) return keep_pattern(r, -rest);
  if (i == r->n_kinds) return NOTHING_LEFT;
  const size_t last = r->n_kinds - 1;
  const int64_t rate = rate_of(r, i), price = price_of(r, i), enough = (rest - 1) / rate + 1;
  int end = NOTHING_LEFT;
  for (int64_t y = i == last ? enough : 0; y <= enough && end == NOTHING_LEFT; y++) {
    const rms_wide spent = (rms_wide)price * y;
    const int64_t missing = y == enough ? 0 : rest - y * rate;
    /* what is missing costs at least as much as in slices of the best value, the last kind's */
    if (rms_wide_ceil((rms_wide)missing * price_of(r, last), rate_of(r, last)) > left - spent)
      break;
    r->y[i] = y;
    end = cover_rest(r, i + 1, y == enough ? rest - y * rate : missing, left - spent);
  }
  r->y[i] = 0;
  return end;
}

static int list_patterns(struct round *r)
{
  const struct search *const s = r->s;
  int end = NOTHING_LEFT;
  for (size_t i = 0; i < s->inst->n_services && end == NOTHING_LEFT; i++) {
    r->service = i;
    order_kinds(r);
    end = cover_rest(r, 0, s->inst->services[i].demand,
                     s->least[r->tests[0] * s->inst->n_services + i] + r->slack[0]);
    if (end == NOTHING_LEFT && r->patterns[i].n == 0) return NOTHING_LEFT;
  }
  return end;
}

/* Tests that no sum of patterns can exceed say nothing: they are dropped, so that more sums are
 * equal. */
static void drop_idle_tests(struct round *r)
{
  const size_t n_services = r->s->inst->n_services, stride = r->n_tests;
  size_t kept = 0;
  for (size_t t = 0; t < stride; t++) {
    rms_wide most = 0;
    for (size_t i = 0; i < n_services; i++) {
      rms_wide here = 0;
      for (size_t c = 0; c < r->patterns[i].n; c++)
        if (r->patterns[i].excess[c * stride + t] > here)
          here = r->patterns[i].excess[c * stride + t];
      most += here;
    }
    if (most <= r->slack[t]) continue;
    for (size_t i = 0; i < n_services; i++)
      for (size_t c = 0; c < r->patterns[i].n; c++)
        r->patterns[i].excess[c * stride + kept] = r->patterns[i].excess[c * stride + t];
    r->slack[kept++] = r->slack[t];
  }
  r->n_tests = kept;
  for (size_t i = 0; i < n_services; i++) /* close up the rows */
    for (size_t c = 0; c < r->patterns[i].n; c++)
      memmove(r->patterns[i].excess + c * kept, r->patterns[i].excess + c * stride,
              kept * sizeof *r->patterns[i].excess);
}

static uint64_t hash_of(const rms_wide *used, size_t n)
{
  uint64_t h = 1469598103934665603u;
  for (size_t t = 0; t < n; t++) {
    h = (h ^ (uint64_t)used[t]) * 1099511628211u;
    h ^= h >> 31;
  }
  return h;
}

struct table { /* of the states of the level that is being filled; 0: free */
  uint32_t *slots;
  size_t size;
};

static bool is_seen(const struct round *r, struct table *table, const struct level *level,
                    const rms_wide *used)
{
  size_t at = (size_t)hash_of(used, r->n_tests) & (table->size - 1);
  for (; table->slots[at]; at = (at + 1) & (table->size - 1))
    if (!memcmp(level->used + (table->slots[at] - 1) * r->n_tests, used, r->n_tests * sizeof *used))
      return true;
  table->slots[at] = (uint32_t)level->n + 1;
  return false;
}

static int add_state(struct round *r, struct table *table, struct level *to, const rms_wide *from,
                     const rms_wide *excess)
{
  if (to->n == STATES_MAX) return TOO_LONG;
  const int status =
      rms_grow(&to->used, &to->capacity, (to->n + 1) * r->n_tests + 1, sizeof *to->used);
  if (status < 0) return status;
  rms_wide *const next = to->used + to->n * r->n_tests;
  for (size_t t = 0; t < r->n_tests; t++) {
    next[t] = from[t] + excess[t];
    if (next[t] > r->slack[t]) {
      r->s->steps_left -= (int64_t)t + 1;
      return NOTHING_LEFT;
    }
  }
  r->s->steps_left -= 4 * (int64_t)r->n_tests;
  if (!is_seen(r, table, to, next)) to->n++;
  return NOTHING_LEFT;
}

static int add_service(struct round *r, struct table *table, size_t i, const struct level *from,
                       struct level *to)
{
  const struct patterns *const list = &r->patterns[i];
  int end = NOTHING_LEFT;
  to->n = 0;
  memset(table->slots, 0, table->size * sizeof *table->slots);
  for (size_t a = 0; a < from->n; a++)
    for (size_t c = 0; c < list->n; c++) {
      if (r->s->steps_left < 0) return TOO_LONG;
      end = add_state(r, table, to, from->used + a * r->n_tests, list->excess + c * r->n_tests);
      if (end != NOTHING_LEFT) return end;
    }
  return NOTHING_LEFT;
}

static int compare_places(const void *left, const void *right)
{
  const struct place *a = left, *b = right;
  if (a->n_patterns != b->n_patterns) return a->n_patterns < b->n_patterns ? -1 : 1;
  return (a->service > b->service) - (a->service < b->service);
}

/* Short lists first: what they leave is little when the long ones come. */
static void order_services(struct round *r)
{
  for (size_t i = 0; i < r->s->inst->n_services; i++)
    r->order[i] = (struct place){.service = i, .n_patterns = r->patterns[i].n};
  qsort(r->order, r->s->inst->n_services, sizeof *r->order, compare_places);
}

static int add_services(struct round *r)
{
  struct level levels[2] = {{0}, {0}};
  struct table table = {.size = 1};
  int end = RMS_E_NOMEM;
  while (table.size < 2 * (size_t)STATES_MAX) table.size *= 2;
  table.slots = malloc(table.size * sizeof *table.slots);
  levels[0].used = calloc(r->n_tests + 1, sizeof *levels[0].used);
  levels[0].capacity = r->n_tests + 1;
  levels[0].n = 1;
  if (table.slots && levels[0].used) end = NOTHING_LEFT;
  for (size_t i = 0; i < r->s->inst->n_services && end == NOTHING_LEFT; i++)
    end = add_service(r, &table, r->order[i].service, &levels[i % 2], &levels[(i + 1) % 2]);
  if (end == NOTHING_LEFT && levels[r->s->inst->n_services % 2].n > 0) end = SOMETHING_LEFT;
  free(levels[1].used);
  free(levels[0].used);
  free(table.slots);
  return end;
}

/* Is there a sum that passes these vectors as tests? */
static int try_vectors(struct search *s, size_t from, size_t to, bool is_thin)
{
  const size_t n = s->inst->n_services;
  struct round r = {.s = s, .is_thin = is_thin};
  r.tests = calloc(s->n_vectors, sizeof *r.tests);
  r.slack = calloc(s->n_vectors, sizeof *r.slack);
  r.patterns = calloc(n + 1, sizeof *r.patterns);
  r.order = calloc(n + 1, sizeof *r.order);
  int end = r.tests && r.slack && r.patterns && r.order ? order_tests(&r, from, to) : RMS_E_NOMEM;
  if (end == RMS_OK) end = list_patterns(&r);
  bool is_possible = true;
  for (size_t i = 0; r.patterns && i < n; i++) is_possible = is_possible && r.patterns[i].n > 0;
  if (end == NOTHING_LEFT && is_possible) {
    drop_idle_tests(&r);
    order_services(&r);
    end = add_services(&r);
  }
  for (size_t i = 0; r.patterns && i < n; i++) free(r.patterns[i].excess);
  free(r.order);
  free(r.patterns);
  free(r.slack);
  free(r.tests);
  return end;
}

/* Is there a plan with these machines? Every inequality allows them. Joint vectors first, with half
 * of the patience that is left. */
static int try_machines(struct search *s)
{
  if (s->first_joint < s->n_vectors) {
    const int64_t kept = s->steps_left / 2;
    s->steps_left -= kept;
    const int end = try_vectors(s, s->first_joint, s->n_vectors, true);
    s->steps_left = (s->steps_left > 0 ? s->steps_left : 0) + kept;
    if (end < 0 || end == NOTHING_LEFT) return end;
  }
  return try_vectors(s, 0, s->first_joint, false);
}

/* ---- which machines ----------------------------------------------------------------------------
 */

/* Could the pools from p on, for `rest` of the cost at most, be worth what is missing? */
static bool is_worth_trying(const struct search *s, size_t p, int64_t rest)
{
  const struct rms_serve *const inst = s->inst;
  for (size_t j = 0; j < s->n_vectors; j++) {
    const rms_wide *const worth = s->worth + j * inst->n_pools;
    rms_wide missing = s->need[j];
    bool is_enough = false;
    for (size_t q = 0; q < p; q++) missing -= worth[q] * s->machines[q];
    if (missing <= 0) continue;
    for (size_t q = p; q < inst->n_pools && !is_enough; q++) {
      /* worth / cost * rest >= missing, rounded towards yes */
      const rms_wide most = worth[q] * rest;
      is_enough = inst->pools[q].count != 0 && most / inst->pools[q].cost >= missing - 1;
    }
    if (!is_enough) return false;
  }
  return true;
}

/* Pools p.. for less than the target; `rest` of it is left. Depth: pools. */
static int list_machines(struct search *s, size_t p, int64_t rest)
{
  if (--s->steps_left < 0) return TOO_LONG;
  s->steps_left -= (int64_t)s->n_vectors / 4;
  if (!is_worth_trying(s, p, rest)) return NOTHING_LEFT;
  if (p == s->inst->n_pools) return try_machines(s);
  const struct rms_serve_pool *const pool = &s->inst->pools[p];
  int64_t most = rest / pool->cost;
  if (pool->count >= 0 && pool->count < most) most = pool->count;
  int end = NOTHING_LEFT;
  for (int64_t n = 0; n <= most && end == NOTHING_LEFT; n++) {
    s->machines[p] = n;
    end = list_machines(s, p + 1, rest - n * pool->cost);
  }
  s->machines[p] = end == SOMETHING_LEFT ? s->machines[p] : 0;
  return end;
}

/* ---- the whole search --------------------------------------------------------------------------
 */

static int prepare(struct search *s, const struct rms_serve_certificate *c)
{
  const struct rms_serve *const inst = s->inst;
  s->n_vectors = 1 + c->search.n_vectors;
  s->first_joint = s->n_vectors - c->search.n_joint;
  if ((int64_t)s->n_vectors * (int64_t)inst->n_services > CELLS_MAX) return TOO_LONG;
  s->w = rms_arena_alloc(s->arena, s->n_vectors, sizeof *s->w);
  s->need = rms_arena_alloc(s->arena, s->n_vectors, sizeof *s->need);
  s->worth = rms_arena_alloc(s->arena, s->n_vectors * inst->n_pools, sizeof *s->worth);
  s->least = rms_arena_alloc(s->arena, s->n_vectors * inst->n_services, sizeof *s->least);
  if (!s->w || !s->need || !s->worth || !s->least) return RMS_E_NOMEM;
  s->w[0] = c->prices;
  for (size_t j = 0; j < c->search.n_vectors; j++)
    s->w[j + 1] = c->search.vectors + j * inst->n_kinds;
  return value_vectors(s);
}

static bool has_good_prices(const struct rms_serve *inst, const struct rms_serve_certificate *c)
{
  for (size_t k = 0; k < inst->n_kinds; k++)
    if (c->prices[k] > PRICE_MAX) return false;
  for (size_t i = 0; i < c->search.n_vectors * inst->n_kinds; i++)
    if (c->search.vectors[i] < 0 || c->search.vectors[i] > PRICE_MAX) return false;
  return true;
}

static void refuse(struct rms_serve_proof *proof, const char *why)
{
  proof->is_valid = false;
  proof->bound = 0;
  proof->bound_units = 0;
  proof->proves_infeasibility = false;
  snprintf(proof->why, sizeof proof->why, "certificate: %s", why);
}

static void tell_left(struct search *s)
{
  char list[128] = "";
  size_t n = 0;
  for (size_t p = 0; p < s->inst->n_pools && n < sizeof list; p++)
    n += (size_t)snprintf(list + n, sizeof list - n, "%s%" PRId64, p ? ", " : "", s->machines[p]);
  refuse(s->proof, "its search leaves a plan below its target possible");
  n = strlen(s->proof->why);
  snprintf(s->proof->why + n, sizeof s->proof->why - n, " (machines of the pools: %.100s)", list);
}

static void raise_bound(struct search *s)
{
  rms_wide affordable = 0;
  bool is_limited = true;
  if (s->target <= s->proof->bound_units) return;
  for (size_t p = 0; p < s->inst->n_pools; p++) {
    is_limited = is_limited && s->inst->pools[p].count >= 0;
    affordable += (rms_wide)s->inst->pools[p].cost * s->inst->pools[p].count;
  }
  s->proof->bound_units = s->target;
  s->proof->bound = (double)s->target;
  if (!is_limited || s->target <= affordable) return;
  s->proof->proves_infeasibility = true;
  snprintf(s->proof->why, sizeof s->proof->why,
           "all machines in stock together do not hold the slices that the services need, however "
           "they are cut");
}

int rms_serve_search_verify(const struct rms_serve *inst, const struct rms_serve_certificate *c,
                            struct rms_serve_proof *proof)
{
  struct search s = {
      .inst = inst, .proof = proof, .target = c->search.target, .steps_left = STEPS_MAX};
  if (c->denominator == 0 || s.target < 1 || s.target > TARGET_MAX) {
    refuse(proof, "a search needs a target from 1 to 2^53 and a positive denominator");
    return RMS_OK;
  }
  if (!has_good_prices(inst, c)) {
    refuse(proof, "a price of its search is not between 0 and 2^58");
    return RMS_OK;
  }
  s.arena = rms_arena_new();
  if (!s.arena) return RMS_E_NOMEM;
  int end = prepare(&s, c);
  if (end == NOTHING_LEFT) end = list_machines(&s, 0, s.target - 1);
  if (end == NOTHING_LEFT) raise_bound(&s);
  if (end == SOMETHING_LEFT) tell_left(&s);
  if (end == TOO_LONG)
    snprintf(proof->why, sizeof proof->why,
             "certificate: its search is too long to be verified; the prices alone hold");
  rms_arena_free(s.arena);
  return end < 0 ? end : RMS_OK;
}
