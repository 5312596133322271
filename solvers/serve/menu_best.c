/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "solvers/serve/menu_state.h"

enum { OPTIONS = 64 };

/* ---- gains ---- */

/* The quotients of rms_menu_gain that change with the need. */
static void set_need(const struct rms_menu *menu, struct rms_menu_part *part, int64_t need)
{
  part->need = need;
  part->w = (double)need * part->inverse;
  part->cap = menu->setup.is_capped ? part->w : INFINITY;
  if (!menu->setup.is_capped || menu->setup.weight == RMS_WEIGHT_NEED)
    part->weight = part->w;
  else
    part->weight = menu->setup.weight == RMS_WEIGHT_ONE ? 1 : part->share;
}

/* rms_menu_gain. */
static inline double sample_gain(const struct rms_menu_part *part, size_t kind)
{
  const double unit = part->unit[kind];
  return (unit < part->cap ? unit : part->cap) * part->weight;
}

/* The most that the service can add from here on, whatever slices it gets. With the weight `need`
 * several slices together add clearly less than one that serves it at once; with the others the
 * same, and a few steps of the grid make up for the rounding of the sum. */
static int64_t most_of_service(const struct rms_menu *menu, const struct rms_menu_part *part)
{
  if (part->need == 0) return 0;
  return rms_score_fix(part->w * part->weight, menu->grid) +
         (menu->setup.weight == RMS_WEIGHT_NEED ? 0 : RMS_UNITS_MAX);
}

static void begin_part(struct rms_menu *menu, const struct rms_walk *walk, size_t i)
{
  const struct rms_serve *inst = menu->map->inst;
  const uint32_t s = menu->services[i];
  struct rms_menu_part *part = &menu->part[i];
  double *unit = menu->unit + i * inst->n_kinds;
  part->start = walk->need[s];
  part->inverse = 1 / (double)inst->services[s].demand;
  part->share = menu->map->share[s];
  part->rate = inst->throughput + s * inst->n_kinds;
  part->unit = unit;
  for (size_t k = 0; k < inst->n_kinds; k++) unit[k] = (double)part->rate[k] * part->inverse;
  set_need(menu, part, part->start);
}

static void score_sample(struct rms_menu *menu, const struct rms_walk *walk)
{
  const size_t n_kinds = menu->map->inst->n_kinds;
  double exact[RMS_SERVE_KINDS_MAX][RMS_SAMPLE_MAX];
  double max = 0;
  for (size_t i = 0; i < menu->n; i++) {
    begin_part(menu, walk, i);
    for (size_t k = 0; k < n_kinds; k++) {
      exact[k][i] = sample_gain(&menu->part[i], k);
      if (exact[k][i] > max) max = exact[k][i];
    }
  }
  menu->grid = rms_score_grid(max);
  menu->room = 0;
  for (size_t i = 0; i < menu->n && menu->setup.is_capped; i++)
    menu->room += menu->part[i].all = most_of_service(menu, &menu->part[i]);
  for (size_t k = 0; k < n_kinds; k++) {
    menu->most[k] = 0;
    for (size_t i = 0; i < menu->n; i++) {
      const int64_t gain = rms_score_fix(exact[k][i], menu->grid);
      menu->gain[k * RMS_SAMPLE_MAX + i] = gain;
      if (gain > menu->most[k]) menu->most[k] = gain;
    }
  }
}

static inline int64_t gain_now(const struct rms_menu *menu, size_t i, size_t kind)
{
  const struct rms_menu_part *part = &menu->part[i];
  if (part->need == part->start) return menu->gain[kind * RMS_SAMPLE_MAX + i];
  if (part->need == 0) return 0;
  return rms_score_fix(sample_gain(part, kind), menu->grid);
}

/* A slice of the kind for it. */
static inline void take(const struct rms_menu *menu, struct rms_menu_part *part, size_t kind)
{
  const int64_t rate = part->rate[kind];
  set_need(menu, part, rate < part->need ? part->need - rate : 0);
}

/* ---- bounds ---- */

/* Slices of one kind alone: taking the largest gain each time is best, for gains only fall. */
static void bound_runs(struct rms_menu *menu)
{
  const size_t width = menu->map->width;
  for (size_t k = 0; k < menu->map->inst->n_kinds; k++) {
    int64_t *prefix = menu->prefix + k * width;
    prefix[0] = 0;
    for (size_t t = 1; t <= menu->map->longest[k]; t++) {
      int64_t best = 0;
      size_t who = 0;
      for (size_t i = 0; i < menu->n; i++) {
        const int64_t gain = gain_now(menu, i, k);
        if (gain <= best) continue;
        best = gain;
        who = i;
      }
      prefix[t] = prefix[t - 1] + best;
      if (best == 0 || !menu->setup.is_capped) continue;
      take(menu, &menu->part[who], k);
    }
    for (size_t i = 0; i < menu->n; i++) set_need(menu, &menu->part[i], menu->part[i].start);
  }
}

/* Nodes are made before the nodes below them. */
static void bound_nodes(struct rms_menu *menu)
{
  const struct rms_walk_node *nodes = menu->map->nodes;
  for (size_t v = menu->map->n_nodes; v-- > 0;) {
    struct rms_menu_rest most = {.after = nodes[v].cut == RMS_NO_CUT ? RMS_NO_END : 0};
    for (uint32_t c = nodes[v].first_child; c != 0; c = nodes[c].next) {
      const int64_t *prefix = menu->prefix + nodes[c].kind * menu->map->width + nodes[c].position;
      const struct rms_menu_rest rest = {.by_slice =
                                             menu->most[nodes[c].kind] + menu->rest[c].by_slice,
                                         .by_run = prefix[0] - prefix[-1] + menu->rest[c].by_run};
      if (rest.by_slice > most.by_slice) most.by_slice = rest.by_slice;
      if (rest.by_run > most.by_run) most.by_run = rest.by_run;
      if (nodes[c].position > 1)
        most.same = c;
      else if (rest.by_run > most.after)
        most.after = rest.by_run;
    }
    menu->rest[v] = most;
  }
}

static bool is_before(const struct rms_menu *menu, int64_t score, size_t than)
{
  return rms_score_is_better(score, menu->cost, menu->score[than], menu->score_cost[than]);
}

/* An integer is at most a fraction when it is at most the fraction rounded down. */
static void set_least(struct rms_menu *menu)
{
  __extension__ typedef __int128 wide;
  menu->least = menu->cost == menu->floor_cost
                    ? menu->floor
                    : (int64_t)((wide)menu->floor * menu->cost / menu->floor_cost);
}

static void keep(struct rms_menu *menu, uint32_t cut, int64_t score)
{
  const size_t width = menu->map->width;
  const size_t n_slices = menu->map->cuts[cut].n_slices;
  size_t at = menu->n_found;
  if (at == menu->setup.size) {
    at--;
    if (!is_before(menu, score, at)) return;
  }
  while (at > 0 && is_before(menu, score, at - 1)) {
    menu->score[at] = menu->score[at - 1];
    menu->score_cost[at] = menu->score_cost[at - 1];
    memcpy(menu->genes + at * width, menu->genes + (at - 1) * width, width * sizeof(uint32_t));
    at--;
  }
  menu->score[at] = score;
  menu->score_cost[at] = menu->cost;
  uint32_t *gene = menu->genes + at * width;
  gene[0] = cut;
  memcpy(gene + 1, menu->now + 1, n_slices * sizeof *gene);
  for (size_t j = n_slices + 1; j < width; j++) gene[j] = RMS_SERVE_IDLE;
  if (menu->n_found < menu->setup.size) menu->n_found++;
  if (menu->n_found < menu->setup.size) return;
  menu->floor = menu->score[menu->n_found - 1];
  menu->floor_cost = menu->score_cost[menu->n_found - 1];
  set_least(menu);
}

/* Not better than the worst of a full menu. */
static bool is_hopeless(const struct rms_menu *menu, int64_t score)
{
  return score <= menu->least;
}

/* ---- branch and bound ---- */

struct option { /* a service for the next slice of some of the cuts */
  uint32_t node;
  uint32_t i; /* menu->n: idle */
  int64_t gain, most;
};

static void add_option(struct option *options, size_t n, uint32_t node, uint32_t i, int64_t gain,
                       int64_t most)
{
  size_t at = n;
  for (; at > 0 && options[at - 1].most < most; at--) options[at] = options[at - 1];
  options[at].node = node;
  options[at].i = i;
  options[at].gain = gain;
  options[at].most = most;
}

/* The most that the node and those below it add at the needs of the moment: the slices of its kind
 * that follow each other go to services from `first` on, largest gain first; what is below them is
 * taken as at the start.
 *   now, largest [in] gains of the services from `first` on by a slice of that kind, the largest */
static int64_t bound_run(const struct rms_menu *menu, uint32_t node, size_t first,
                         const int64_t *now, int64_t largest)
{
  const uint16_t kind = menu->map->nodes[node].kind;
  int64_t need[RMS_SAMPLE_MAX], gain[RMS_SAMPLE_MAX], sum = 0, most = 0;
  if (menu->rest[node].same == 0) return largest + menu->rest[node].after;
  for (size_t i = first; i < menu->n; i++) {
    need[i] = menu->part[i].need;
    gain[i] = now[i];
  }
  for (;;) {
    size_t who = first;
    for (size_t i = first + 1; i < menu->n; i++)
      if (gain[i] > gain[who]) who = i;
    const struct rms_menu_rest *rest = &menu->rest[node];
    sum += gain[who];
    if (rest->after != RMS_NO_END && sum + rest->after > most) most = sum + rest->after;
    node = rest->same;
    if (node == 0) return most;
    if (gain[who] == 0) continue;
    struct rms_menu_part part = menu->part[who];
    part.need = need[who];
    take(menu, &part, kind);
    need[who] = part.need;
    gain[who] = rms_score_fix(sample_gain(&part, kind), menu->grid);
  }
}

/* On equal slices side by side the services do not fall, so that every multiset comes once. */
static size_t add_options(const struct rms_menu *menu, uint32_t node, size_t first, int64_t sum,
                          int64_t before, struct option *options, size_t n)
{
  const struct rms_walk_node *at = &menu->map->nodes[node];
  const struct rms_menu_rest *rest = &menu->rest[node];
  int64_t gain[RMS_SAMPLE_MAX], largest = 0;
  int64_t all =
      before - sum + rest->by_run + menu->prefix[at->kind * menu->map->width + at->position];
  if (menu->setup.is_capped && all > menu->room) all = menu->room;
  if (is_hopeless(menu, sum + all)) return n;
  for (size_t i = first; i < menu->n; i++) {
    gain[i] = gain_now(menu, i, at->kind);
    if (gain[i] > largest) largest = gain[i];
  }
  if (largest > 0) {
    if (is_hopeless(menu, sum + largest + rest->by_slice)) return n;
    if (menu->is_tight && is_hopeless(menu, sum + bound_run(menu, node, first, gain, largest)))
      return n;
    for (size_t i = first; i < menu->n; i++) {
      const int64_t most = gain[i] + rest->by_slice < all ? gain[i] + rest->by_slice : all;
      if (gain[i] == 0 || is_hopeless(menu, sum + most)) continue;
      add_option(options, n++, node, (uint32_t)i, gain[i], most);
    }
    return n;
  }
  for (size_t i = 0; i < first; i++)
    if (gain_now(menu, i, at->kind) > 0) return n;
  add_option(options, n, node, (uint32_t)menu->n, 0, all);
  return n + 1;
}

static void descend(struct rms_menu *menu, uint32_t node, size_t depth, size_t first, int64_t sum,
                    int64_t before);

static void place(struct rms_menu *menu, const struct option *option, size_t depth, int64_t sum,
                  int64_t before)
{
  const struct rms_walk_node *at = &menu->map->nodes[option->node];
  const size_t i = option->i;
  const bool is_idle = i == menu->n;
  const int64_t sum_there = sum + option->gain;
  menu->now[depth + 1] = is_idle ? RMS_SERVE_IDLE : menu->services[i];
  if (at->cut != RMS_NO_CUT) {
    keep(menu, at->cut, sum_there);
    return;
  }
  if (at->position == 1) before = sum;
  if (is_idle || !menu->setup.is_capped) {
    descend(menu, option->node, depth + 1, i, sum_there, before);
    return;
  }
  struct rms_menu_part *part = &menu->part[i];
  const int64_t need = part->need, room = menu->room, all = part->all;
  take(menu, part, at->kind);
  part->all = most_of_service(menu, part);
  menu->room += part->all - all;
  descend(menu, option->node, depth + 1, i, sum_there, before);
  set_need(menu, part, need);
  part->all = all;
  menu->room = room;
}

/* Most promising first, so that the menu fills with good ones early and the rest is cut off.
 * `before` is the sum where the run of the node's kind began. Depth: one level per slice, at most
 * RMS_UNITS_MAX. */
static void descend(struct rms_menu *menu, uint32_t node, size_t depth, size_t first, int64_t sum,
                    int64_t before)
{
  const struct rms_walk_node *nodes = menu->map->nodes;
  struct option options[OPTIONS];
  for (uint32_t c = nodes[node].first_child; c != 0;) {
    size_t n = 0;
    for (; c != 0 && n + menu->n < OPTIONS; c = nodes[c].next) {
      const bool is_same = nodes[c].position > 1;
      n = add_options(menu, c, is_same ? first : 0, sum, is_same ? before : sum, options, n);
    }
    for (size_t j = 0; j < n && !is_hopeless(menu, sum + options[j].most); j++)
      place(menu, &options[j], depth, sum, before);
  }
}

size_t rms_menu_best(struct rms_menu *menu, const struct rms_walk *walk, const uint32_t *services,
                     size_t n, uint32_t *genes, int64_t *scores)
{
  const struct rms_serve *inst = menu->map->inst;
  menu->services = services;
  menu->n = n;
  menu->n_found = 0;
  menu->genes = genes;
  menu->floor = 0; /* no machine without gain */
  menu->floor_cost = 1;
  menu->is_tight = menu->setup.is_capped && n * (inst->n_kinds + 1) < OPTIONS;
  score_sample(menu, walk);
  bound_runs(menu);
  bound_nodes(menu);
  for (uint32_t p = 0; p < inst->n_pools; p++) {
    if (walk->left[p] <= 0) continue;
    menu->cost = inst->pools[p].cost;
    set_least(menu);
    descend(menu, p, 0, 0, 0, 0);
  }
  if (scores != NULL) memcpy(scores, menu->score, menu->n_found * sizeof *scores);
  return menu->n_found;
}
