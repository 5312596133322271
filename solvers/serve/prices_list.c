/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a member of the core may choose from. */
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices_core.h"

enum {
  SHORT_NODES = 2000,
  SHORT_LIST = 200,
  NEAR_NODES = 30000,
  NEAR_LIST = 500,
  LIST_NODES = 50000,
  PATIENT_NODES = 1500000,   /* of a service */
  PATIENT_BUDGET = 15000000, /* of all services */
  PATIENT_LIST = 400000,
  BRIEF_NODES = 300000, /* of a service */
  CELLS = 16000000,     /* numbers of all patterns together */
  SLACK_STEPS = 8,
  LIST_WORK = 1000 /* a long list takes about as long as pricing that many services */
};

struct listing { /* scratch for the patterns of one member */
  struct rms_cover_prices prices;
  struct rms_cover_bar bars[RMS_CORE_BARS_MAX];
  struct rms_cover_limit limits[RMS_COVER_LIMITS_MAX];
  size_t n_limits;
  rms_wide limit_slack[RMS_COVER_LIMITS_MAX];
  int64_t limit_share[RMS_COVER_LIMITS_MAX][RMS_COVER_FORMS_MAX];
  int64_t limit_prices[RMS_COVER_LIMITS_MAX][RMS_SERVE_KINDS_MAX];
  struct rms_price_parts parts, limit_parts[RMS_COVER_LIMITS_MAX]; /* where kinds tie */
  struct rms_cover_form keys[RMS_COVER_FORMS_MAX];
  int64_t key_weights[RMS_COVER_FORMS_MAX][RMS_SERVE_KINDS_MAX];
  size_t capacity, n, room; /* room: patterns that the members to come may have together */
  int64_t budget;           /* nodes that are left */
  bool is_whole;            /* the last list of near patterns */
  int64_t *covers;
  rms_wide *values;
};

/* Shares of the goal's keys in a price. */
static void share_keys(const struct listing *list, const struct rms_price_parts *parts,
                       int64_t *share)
{
  const size_t bytes = list->prices.n_kinds * sizeof *list->key_weights[0];
  for (size_t t = 0; t < list->prices.n_keys; t++) {
    share[t] = 0;
    for (size_t i = 0; i < parts->n; i++)
      if (!memcmp(parts->weight[i], list->key_weights[t], bytes)) share[t] = parts->forms[i].share;
  }
}

/* The goal's keys decide which patterns are needed. */
static void set_keys(struct listing *list, const struct rms_core_goal *goal)
{
  if (goal->n_keys > RMS_COVER_FORMS_MAX) return;
  for (size_t t = 0; t < goal->n_keys; t++) {
    for (size_t i = 0; i < goal->n_dimensions; i++)
      list->key_weights[t][goal->kind_of[i]] = goal->tests[t].coefficient[i];
    list->keys[t].weight = list->key_weights[t];
  }
  list->prices.keys = list->keys;
  list->prices.n_keys = goal->n_keys;
}

/* The other prices of which it is known what they leave all services together. */
static void load_limits(struct listing *list, const struct rms_core *core)
{
  for (size_t t = core->n_keys; t < core->n_tests && list->n_limits < RMS_COVER_LIMITS_MAX; t++) {
    const struct rms_core_test *test = &core->goal->tests[t];
    int64_t *price = list->limit_prices[list->n_limits];
    if (!test->has_slack || !core->is_patient) continue;
    for (size_t i = 0; i < core->d; i++) price[core->goal->kind_of[i]] = test->coefficient[i];
    if (core->p->is_tied) rms_prices_split(core->p, price, &list->limit_parts[list->n_limits]);
    share_keys(list, &list->limit_parts[list->n_limits], list->limit_share[list->n_limits]);
    list->limit_slack[list->n_limits++] = test->slack;
  }
}

static int listing_new(struct listing *list, const struct rms_core *core)
{
  const struct rms_prices *p = core->p;
  const size_t width = p->inst->n_kinds;
  list->prices = (struct rms_cover_prices){.n_kinds = width,
                                           .price = core->goal->price,
                                           .is_open = p->is_open,
                                           .node_limit = LIST_NODES,
                                           .budget = &list->budget,
                                           .bars = list->bars,
                                           .limits = list->limits};
  set_keys(list, core->goal);
  load_limits(list, core);
  if (p->is_tied) rms_prices_split(p, core->goal->price, &list->parts);
  int64_t share[RMS_COVER_FORMS_MAX];
  share_keys(list, &list->parts, share);
  for (size_t t = 0; t < list->prices.n_keys; t++) list->keys[t].share = share[t];
  list->budget = PATIENT_BUDGET;
  list->capacity = SHORT_LIST + (size_t)p->options.candidates / (1 + core->n_members / 8);
  if (core->is_patient) list->capacity = PATIENT_LIST;
  if (core->is_near) list->capacity = NEAR_LIST;
  list->room = CELLS / (core->d + core->n_tests);
  if (list->capacity > list->room / 2) list->capacity = list->room / 2;
  list->covers = malloc(list->capacity * width * sizeof *list->covers);
  list->values = malloc(list->capacity * sizeof *list->values);
  return list->covers && list->values ? RMS_OK : RMS_E_NOMEM;
}

static void listing_free(struct listing *list)
{
  free(list->values);
  free(list->covers);
}

/* What the goal's other prices leave the service when all others take their least. */
static void set_limits(const struct rms_core *core, struct listing *list, size_t s)
{
  const struct rms_serve *inst = core->p->inst;
  struct rms_cover_prices prices = list->prices;
  int64_t y[RMS_SERVE_KINDS_MAX];
  prices.budget = NULL;
  prices.node_limit = core->p->options.nodes;
  for (size_t l = 0; l < list->n_limits; l++) {
    rms_wide least;
    prices.price = list->limit_prices[l];
    prices.n_parts = list->limit_parts[l].n;
    prices.parts = list->limit_parts[l].forms;
    rms_cover_solve(&prices, inst->throughput + s * inst->n_kinds, inst->services[s].demand, y,
                    &least);
    list->limits[l] = (struct rms_cover_limit){.price = list->limit_prices[l],
                                               .most = least + list->limit_slack[l],
                                               .share = list->limit_share[l]};
  }
  list->prices.n_limits = list->n_limits;
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
  list->is_whole = true;
  if (need <= 0) return true;
  struct rms_cover_prices prices = list->prices;
  prices.node_limit = NEAR_NODES;
  list->is_whole = rms_cover_list(&prices, rate, need, most, list->capacity, list->covers,
                                  list->values, &list->n);
  for (size_t c = 0; c < list->n; c++)
    for (size_t k = 0; k < width; k++) list->covers[c * width + k] += anchor[k];
  return list->is_whole;
}

static bool list_all(struct listing *list, const struct rms_prices *p, size_t s, rms_wide most)
{
  size_t most_patterns = list->room < SHORT_LIST ? SHORT_LIST : list->room;
  if (most_patterns > list->capacity) most_patterns = list->capacity;
  return rms_cover_list(&list->prices, p->inst->throughput + s * list->prices.n_kinds,
                        p->inst->services[s].demand, most, most_patterns, list->covers,
                        list->values, &list->n);
}

/* A short list takes less time than looking for bars. */
static bool list_short(struct listing *list, const struct rms_prices *p, size_t s, rms_wide most)
{
  struct rms_cover_prices prices = list->prices;
  prices.node_limit = SHORT_NODES;
  return rms_cover_list(&prices, p->inst->throughput + s * prices.n_kinds,
                        p->inst->services[s].demand, most, SHORT_LIST, list->covers, list->values,
                        &list->n);
}

/* Every pattern that a plan may need. False: too many. */
static bool list_needed(const struct rms_core *core, struct listing *list, size_t s, rms_wide most)
{
  list->prices.n_bars =
      rms_core_bars(core->goal, core->p->inst->throughput + s * list->prices.n_kinds, list->bars);
  if (core->is_near) return false;
  if (core->is_patient) set_limits(core, list, s);
  const int64_t nodes = core->is_brief ? BRIEF_NODES : PATIENT_NODES;
  if (core->is_patient && list->budget > nodes) list->prices.node_limit = nodes;
  const bool all = list_all(list, core->p, s, most);
  list->prices.n_limits = 0;
  list->prices.node_limit = LIST_NODES;
  rms_prices_tick(core->p, core->is_patient ? LIST_WORK : 1);
  return all;
}

/* Where a least value is not exact it is a lower bound, and slacks were computed with bounds of as
 * many nodes at most: what it and the slack add up to is no less than what others leave. */

/* Patterns near the service's own: the largest slack with which the nearest ones make a complete
 * list, and then as far away as they still do. Small lists come first, for one that is cut short
 * takes longest. */
static void grow_near(const struct rms_core *core, struct listing *list, size_t s, rms_wide least)
{
  static const int64_t margins[] = {1, 3, 6, 12, 100, 1000};
  enum { N_MARGINS = sizeof margins / sizeof *margins, N_NEAR = 4, GROWTH = 4 };
  struct rms_prices *p = core->p;
  const size_t n_margins = core->is_near ? N_NEAR : N_MARGINS;
  rms_wide slack = core->goal->slack;
  size_t m = 0;
  int i = 0;
  while (i < SLACK_STEPS && !list_near(list, p, s, margins[0], least + slack)) {
    slack /= 4;
    i++;
  }
  for (; i < SLACK_STEPS && m + 1 < n_margins && list->n * GROWTH < list->capacity; m++) {
    if (rms_prices_tick(p, LIST_WORK)) break;
    if (!list_near(list, p, s, margins[m + 1], least + slack)) break;
  }
  if (i == SLACK_STEPS)
    list->n = 0;
  else if (!list->is_whole) /* cut short: the one before */
    list_near(list, p, s, margins[m], least + slack);
}

/* All needed patterns whose value is within the slack of the best prices; when there are too many,
 * or only near ones are wanted, those near the service's own. */
static bool list_patterns(const struct rms_core *core, struct listing *list, size_t s)
{
  struct rms_prices *p = core->p;
  const int64_t *rate = p->inst->throughput + s * list->prices.n_kinds;
  int64_t y[RMS_SERVE_KINDS_MAX];
  rms_wide least, slack = core->goal->slack;
  list->prices.n_bars = list->prices.n_limits = 0;
  struct rms_cover_prices prices = list->prices;
  prices.budget = NULL;
  prices.node_limit = p->options.nodes;
  prices.n_parts = list->parts.n;
  prices.parts = list->parts.forms;
  rms_cover_solve(&prices, rate, p->inst->services[s].demand, y, &least);
  if (!core->is_near && list_short(list, p, s, least + slack)) return true;
  if (list_needed(core, list, s, least + slack)) return true;
  grow_near(core, list, s, least);
  return false;
}

/* The pattern that it has now comes first, so that the core contains the plan it starts from. A
 * complete list goes without: it has that pattern, or a part of it that covers, or the pattern is
 * beyond the slack and would only lower the least values that the tests count on. */
static int fill_member(struct rms_core *core, struct listing *list, struct rms_core_member *member)
{
  struct rms_prices *p = core->p;
  size_t width = p->inst->n_kinds;
  member->is_complete = list_patterns(core, list, member->service);
  list->room -= list->n < list->room ? list->n : list->room;
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

int rms_core_list(struct rms_core *core)
{
  struct listing *list = calloc(1, sizeof *list);
  int status = list ? listing_new(list, core) : RMS_E_NOMEM;
  for (size_t m = 0; status >= 0 && m < core->n_members && !rms_prices_tick(core->p, 1); m++)
    status = fill_member(core, list, &core->members[m]);
  if (list) listing_free(list);
  free(list);
  if (status >= 0 && !core->p->is_stopped) rms_core_fill_budgets(core);
  return status;
}
