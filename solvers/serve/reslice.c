/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/reslice.h"

#include <stdlib.h>
#include <string.h>

#include "instances/serve/assemble.h"
#include "solvers/serve/cover_prices.h"
#include "solvers/serve/gcd.h"
#include "solvers/serve/pool_forms.h"

enum { ROOM_MAX = 1024, LEAST_ROOM = 3, ROOMS = 16384, SLACK_STEPS = 12 };
enum { NODES_PER_COVER = 100, LISTED_PER_ROOM = 2, TRIED = 24, KICKS = 4, KICK_CALLS = 16 };
enum { CHANCE = 2, MARGINS = 3 };
enum { D_MAX = RMS_FORMS_DIMENSIONS_MAX, FORMS_MAX = 24, SCALE_MAX = 1000000 };

struct rms_reslice {
  const struct rms_walk_map *map;
  struct rms_pool_forms pool;
  size_t d, n_forms;
  int64_t scale;                    /* least common multiple of the divisors */
  int64_t weight[FORMS_MAX][D_MAX]; /* of a slice, in machines x scale */
  size_t room;
  uint32_t *n;     /* [n_services] covers listed; the first is the service's own */
  uint32_t *now;   /* [n_services] cover in use */
  int64_t *slices; /* [n_services * room * d] */
  int64_t *value;  /* [n_services * room * n_forms] of each form, times scale */
  int64_t total[FORMS_MAX];
  uint64_t calls;       /* of the search, since new */
  int64_t *counted;     /* [n_services * n_kinds] scratch */
  int64_t *times;       /* [n_cuts] scratch */
  const int64_t *price; /* [n_kinds] of the floor, a copy */
};

/* ---- forms ---- */

/* False: too many forms, or divisors without a small common multiple. */
static bool scale_forms(struct rms_reslice *r)
{
  const struct rms_forms *forms = &r->pool.forms;
  if (forms->n_forms > FORMS_MAX) return false;
  r->d = forms->n_dimensions;
  r->n_forms = forms->n_forms;
  r->scale = 1;
  for (size_t f = 0; f < r->n_forms; f++) {
    r->scale = r->scale / rms_gcd(r->scale, forms->divisor[f]) * forms->divisor[f];
    if (r->scale > SCALE_MAX) return false;
  }
  for (size_t f = 0; f < r->n_forms; f++)
    for (size_t i = 0; i < r->d; i++)
      r->weight[f][i] = forms->weight[f][i] * (r->scale / forms->divisor[f]);
  return true;
}

static int64_t *slices_of(const struct rms_reslice *r, size_t s, size_t c)
{
  return r->slices + (s * r->room + c) * r->d;
}

static int64_t *value_of(const struct rms_reslice *r, size_t s, size_t c)
{
  return r->value + (s * r->room + c) * r->n_forms;
}

static void set_value(struct rms_reslice *r, size_t s, size_t c)
{
  const int64_t *slices = slices_of(r, s, c);
  int64_t *value = value_of(r, s, c);
  for (size_t f = 0; f < r->n_forms; f++) {
    value[f] = 0;
    for (size_t i = 0; i < r->d; i++) value[f] += r->weight[f][i] * slices[i];
  }
}

/* ---- lists ---- */

struct listing { /* scratch */
  struct rms_cover_prices prices;
  bool is_cut[RMS_SERVE_KINDS_MAX];
  size_t n, capacity;
  int64_t *covers;   /* [capacity * n_kinds] */
  rms_wide *values;  /* [capacity] */
  int step[MARGINS]; /* the slack was divided by 4 so often for the last service */
};

/* How many slices of a kind a cover may have less than the cheapest one: any number, or few. */
static const int64_t margins[MARGINS] = {INT64_MAX, 8, 3};

/* The cover `least` less `margin` slices of each kind, and every minimal cover of what is missing
 * then. False: more than the list holds. */
static bool list_near(struct listing *list, const int64_t *rate, int64_t need, const int64_t *least,
                      int64_t margin, rms_wide most)
{
  const size_t n_kinds = list->prices.n_kinds;
  int64_t anchor[RMS_SERVE_KINDS_MAX];
  for (size_t k = 0; k < n_kinds; k++) {
    anchor[k] = least[k] > margin ? least[k] - margin : 0;
    need -= anchor[k] * rate[k];
    most -= (rms_wide)anchor[k] * list->prices.price[k];
  }
  if (!rms_cover_list(&list->prices, rate, need, most, list->capacity, list->covers, list->values,
                      &list->n))
    return false;
  for (size_t c = 0; c < list->n; c++)
    for (size_t k = 0; k < n_kinds; k++) list->covers[c * n_kinds + k] += anchor[k];
  return true;
}

/* A cover that adds no less to any form than another one is of no use. */
static bool is_dominated(const struct rms_reslice *r, size_t s, size_t c)
{
  const int64_t *value = value_of(r, s, c);
  for (size_t b = 1; b < c; b++) {
    const int64_t *other = value_of(r, s, b);
    size_t f = 0;
    while (f < r->n_forms && other[f] <= value[f]) f++;
    if (f == r->n_forms) return true;
  }
  return false;
}

/* The cheapest that are not dominated, behind those that are there. */
static void keep_covers(struct rms_reslice *r, size_t s, const struct listing *list, size_t room)
{
  const size_t n_kinds = r->map->inst->n_kinds;
  for (size_t c = 0; c < list->n && r->n[s] < room; c++) {
    int64_t *slices = slices_of(r, s, r->n[s]);
    for (size_t i = 0; i < r->d; i++) slices[i] = list->covers[c * n_kinds + r->pool.kind_of[i]];
    set_value(r, s, r->n[s]);
    if (!is_dominated(r, s, r->n[s])) r->n[s]++;
  }
}

/* The cheapest cover first, then for each margin what fits into the list with as wide a slack as
 * possible; to begin with, a little wider than for the service before. */
static void list_covers(struct rms_reslice *r, struct listing *list, size_t s, rms_wide slack,
                        const struct rms_poll *poll)
{
  const struct rms_serve *inst = r->map->inst;
  const int64_t *rate = inst->throughput + s * inst->n_kinds;
  const int64_t need = inst->services[s].demand;
  int64_t least[RMS_SERVE_KINDS_MAX];
  rms_wide value;
  rms_cover_solve(&list->prices, rate, need, least, &value);
  memcpy(list->covers, least, inst->n_kinds * sizeof *least);
  list->n = 1;
  r->n[s] = 1; /* the place for the service's own */
  keep_covers(r, s, list, r->room);
  for (size_t m = 0; m < MARGINS; m++)
    for (int step = list->step[m] > 0 ? list->step[m] - 1 : 0;
         step < SLACK_STEPS && !rms_poll_stop(poll); step++) {
      list->step[m] = step;
      if (!list_near(list, rate, need, least, margins[m], value + (slack >> (2 * step)))) continue;
      keep_covers(r, s, list, r->room * (m + 1) / MARGINS);
      break;
    }
}

/* 0, 1: stopped, RMS_E_NOMEM. */
static int list_all(struct rms_reslice *r, const struct rms_floor *floor, int64_t cost,
                    const struct rms_poll *poll)
{
  const struct rms_serve *inst = r->map->inst;
  const double left = (double)cost - floor->bound;
  const rms_wide slack = left > 0 ? (rms_wide)(left * (double)floor->prices.denominator) : 0;
  struct listing *list = malloc(sizeof *list);
  if (list == NULL) return RMS_E_NOMEM;
  *list = (struct listing){.capacity = LISTED_PER_ROOM * r->room};
  list->prices = (struct rms_cover_prices){.n_kinds = inst->n_kinds,
                                           .price = r->price,
                                           .is_open = list->is_cut,
                                           .node_limit = NODES_PER_COVER * (int64_t)list->capacity};
  list->covers = malloc(list->capacity * inst->n_kinds * sizeof *list->covers);
  list->values = malloc(list->capacity * sizeof *list->values);
  int status = list->covers == NULL || list->values == NULL ? RMS_E_NOMEM : RMS_OK;
  rms_dual_kinds(inst, list->is_cut);
  for (size_t s = 0; status == 0 && s < inst->n_services; s++) {
    list_covers(r, list, s, slack, poll);
    if (rms_poll_stop(poll)) status = 1;
  }
  free(list->values);
  free(list->covers);
  free(list);
  return status;
}

static int new_arrays(struct rms_reslice *r, struct rms_arena *arena, const struct rms_floor *floor)
{
  const struct rms_serve *inst = r->map->inst;
  const size_t n = inst->n_services;
  int64_t *price = rms_arena_alloc(arena, inst->n_kinds, sizeof *price);
  r->n = rms_arena_alloc(arena, n, sizeof *r->n);
  r->now = rms_arena_alloc(arena, n, sizeof *r->now);
  r->slices = rms_arena_alloc(arena, n * r->room, r->d * sizeof *r->slices);
  r->value = rms_arena_alloc(arena, n * r->room, r->n_forms * sizeof *r->value);
  r->counted = rms_arena_alloc(arena, n, inst->n_kinds * sizeof *r->counted);
  r->times = rms_arena_alloc(arena, inst->pools[0].n_cuts, sizeof *r->times);
  if (price == NULL || r->n == NULL || r->now == NULL || r->slices == NULL || r->value == NULL ||
      r->counted == NULL || r->times == NULL)
    return RMS_E_NOMEM;
  memcpy(price, floor->prices.kind, inst->n_kinds * sizeof *price);
  r->price = price;
  return RMS_OK;
}

int rms_reslice_new(struct rms_reslice **result, struct rms_arena *arena,
                    const struct rms_walk_map *map, const struct rms_floor *floor, int64_t cost,
                    size_t memory, const struct rms_poll *poll)
{
  const struct rms_serve *inst = map->inst;
  struct rms_reslice *r = rms_arena_alloc(arena, 1, sizeof *r);
  *result = NULL;
  if (r == NULL) return RMS_E_NOMEM;
  *r = (struct rms_reslice){.map = map};
  int status = rms_pool_forms_find(&r->pool, arena, inst);
  if (status < 0 || !r->pool.is_derived || !floor->is_known || inst->n_services == 0 ||
      inst->n_kinds > RMS_COVER_KINDS_MAX || !scale_forms(r))
    return status;
  r->room = memory / (inst->n_services * (r->d + r->n_forms) * sizeof(int64_t));
  if (r->room < LEAST_ROOM) return RMS_OK;
  const size_t most = ROOMS / inst->n_services > TRIED ? ROOMS / inst->n_services : TRIED;
  if (r->room > most) r->room = most;
  if (r->room > ROOM_MAX) r->room = ROOM_MAX;
  status = new_arrays(r, arena, floor);
  if (status >= 0) status = list_all(r, floor, cost, poll);
  if (status == 0) *result = r;
  return status < 0 ? status : RMS_OK;
}

static void add_value(int64_t *total, const int64_t *value, size_t n, int sign)
{
  for (size_t f = 0; f < n; f++) total[f] += sign * value[f];
}

/* ---- from a plan ---- */

/* Leave out what the service has too much of, the dearest slices first. */
static void trim(const struct rms_reslice *r, size_t s, int64_t *counted)
{
  const struct rms_serve *inst = r->map->inst;
  const int64_t *rate = inst->throughput + s * inst->n_kinds;
  bool is_seen[RMS_SERVE_KINDS_MAX] = {false};
  rms_wide surplus = -inst->services[s].demand;
  for (size_t k = 0; k < inst->n_kinds; k++) surplus += (rms_wide)counted[k] * rate[k];
  for (size_t round = 0; round < inst->n_kinds; round++) {
    size_t dearest = inst->n_kinds;
    for (size_t k = 0; k < inst->n_kinds; k++)
      if (!is_seen[k] && (dearest == inst->n_kinds || r->price[k] > r->price[dearest])) dearest = k;
    is_seen[dearest] = true;
    if (rate[dearest] == 0) continue;
    const rms_wide most = surplus / rate[dearest];
    const int64_t less = most < counted[dearest] ? (int64_t)most : counted[dearest];
    counted[dearest] -= less;
    surplus -= (rms_wide)less * rate[dearest];
  }
}

void rms_reslice_load(struct rms_reslice *r, const struct rms_deployment *plan,
                      struct rms_draws *draws)
{
  const struct rms_serve *inst = r->map->inst;
  memset(r->counted, 0, inst->n_services * inst->n_kinds * sizeof *r->counted);
  for (size_t i = 0; i < plan->n; i++) {
    const uint32_t *gene = plan->genes + i * r->map->width;
    const struct rms_walk_cut *cut = &r->map->cuts[gene[0]];
    for (size_t j = 0; j < cut->n_slices; j++)
      if (gene[1 + j] != RMS_SERVE_IDLE) r->counted[gene[1 + j] * inst->n_kinds + cut->kind[j]]++;
  }
  const uint32_t chance = rms_draws_below(draws, 3) * CHANCE / 2;
  memset(r->total, 0, sizeof r->total);
  for (size_t s = 0; s < inst->n_services; s++) {
    int64_t *own = slices_of(r, s, 0), *counted = r->counted + s * inst->n_kinds;
    trim(r, s, counted);
    for (size_t i = 0; i < r->d; i++) own[i] = counted[r->pool.kind_of[i]];
    set_value(r, s, 0);
    r->now[s] = r->n[s] > 1 && rms_draws_below(draws, CHANCE) < chance;
    add_value(r->total, value_of(r, s, r->now[s]), r->n_forms, 1);
  }
}

/* ---- moves ---- */

static int64_t violation(const int64_t *total, const int64_t *more, size_t n, int64_t limit)
{
  int64_t sum = 0;
  for (size_t f = 0; f < n; f++) {
    const int64_t over = total[f] + more[f] - limit;
    sum += over > 0 ? over : 0;
  }
  return sum;
}

struct trial { /* some covers of a service: the list from a random place on, in a circle */
  uint32_t first, n, of;
};

static struct trial draw_trial(const struct rms_reslice *r, size_t s, struct rms_draws *draws)
{
  const uint32_t n = r->n[s];
  return (struct trial){n > TRIED ? rms_draws_below(draws, n) : 0, n > TRIED ? TRIED : n, n};
}

static uint32_t cover_of(const struct trial *trial, uint32_t i)
{
  const uint32_t at = trial->first + i;
  return at < trial->of ? at : at - trial->of;
}

/* The best pair of covers for two services, of those tried and the present one; equally good ones
 * have equal chances. */
static void move(struct rms_reslice *r, size_t a, size_t b, int64_t limit, struct rms_draws *draws)
{
  static const int64_t nothing[FORMS_MAX] = {0};
  const size_t n = r->n_forms;
  const struct trial trial_a = draw_trial(r, a, draws);
  const struct trial trial_b = b != a ? draw_trial(r, b, draws) : (struct trial){0, 1, 1};
  uint32_t best_a = r->now[a], best_b = r->now[b];
  size_t ties = 1;
  int64_t best = violation(r->total, nothing, n, limit);
  add_value(r->total, value_of(r, a, r->now[a]), n, -1);
  if (b != a) add_value(r->total, value_of(r, b, r->now[b]), n, -1);
  for (uint32_t i = 0; i < trial_a.n; i++) {
    const uint32_t at_a = cover_of(&trial_a, i);
    add_value(r->total, value_of(r, a, at_a), n, 1);
    for (uint32_t j = 0; j < trial_b.n; j++) {
      const uint32_t at_b = b != a ? cover_of(&trial_b, j) : at_a;
      const int64_t now = violation(r->total, b != a ? value_of(r, b, at_b) : nothing, n, limit);
      if (now > best) continue;
      ties = now < best ? 1 : ties + 1;
      best = now;
      if (ties > 1 && rms_draws_below(draws, ties) != 0) continue;
      best_a = at_a;
      best_b = at_b;
    }
    add_value(r->total, value_of(r, a, at_a), n, -1);
  }
  r->now[a] = best_a;
  add_value(r->total, value_of(r, a, best_a), n, 1);
  if (b == a) return;
  r->now[b] = best_b;
  add_value(r->total, value_of(r, b, best_b), n, 1);
}

/* Any cover: out of a place where no pair of changes helps. */
static void kick(struct rms_reslice *r, size_t s, struct rms_draws *draws)
{
  add_value(r->total, value_of(r, s, r->now[s]), r->n_forms, -1);
  r->now[s] = rms_draws_below(draws, r->n[s]);
  add_value(r->total, value_of(r, s, r->now[s]), r->n_forms, 1);
}

static int64_t cost_of(const struct rms_reslice *r)
{
  int64_t most = 0;
  for (size_t f = 0; f < r->n_forms; f++)
    if (r->total[f] > most) most = r->total[f];
  return (most / r->scale + (most % r->scale != 0)) * r->map->inst->pools[0].cost;
}

int64_t rms_reslice_search(struct rms_reslice *r, int64_t wanted, int64_t below,
                           struct rms_draws *draws)
{
  const size_t n = r->map->inst->n_services;
  const int64_t limit = wanted / r->map->inst->pools[0].cost * r->scale;
  for (int i = 0; i < KICKS && r->calls % KICK_CALLS == 0; i++)
    kick(r, rms_draws_below(draws, n), draws);
  r->calls++;
  int64_t cost = cost_of(r);
  for (int i = 0; i < RMS_RESLICE_MOVES && cost >= below; i++) {
    const size_t a = rms_draws_below(draws, n), b = rms_draws_below(draws, n);
    move(r, a, b, limit, draws);
    cost = cost_of(r);
  }
  return cost;
}

/* ---- to a plan ---- */

int rms_reslice_plan(struct rms_reslice *r, struct rms_deployment *plan, size_t most)
{
  const struct rms_serve *inst = r->map->inst;
  const int64_t *const times = r->times;
  struct rms_serve_plan result = {0};
  struct rms_error err;
  int64_t total[D_MAX] = {0};
  memset(r->counted, 0, inst->n_services * inst->n_kinds * sizeof *r->counted);
  for (size_t s = 0; s < inst->n_services; s++)
    for (size_t i = 0; i < r->d; i++) {
      const int64_t count = slices_of(r, s, r->now[s])[i];
      total[i] += count;
      r->counted[s * inst->n_kinds + r->pool.kind_of[i]] = count;
    }
  if (!rms_forms_cut(&r->pool.forms, total, r->times)) return RMS_E_LIMIT;
  int status = rms_serve_assemble(inst, &times, r->counted, &result, &err);
  if (status == RMS_E_INSTANCE) status = RMS_E_LIMIT; /* the stock */
  if (status >= 0) status = rms_deployment_of(plan, r->map, &result, most);
  rms_serve_plan_fini(&result);
  return status;
}
