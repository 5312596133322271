/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/menu.h"

#include <math.h>
#include <string.h>

#define NO_END (-1)
enum { OPTIONS = 64 };

struct top { /* the best services of a kind, in falling order of gain, then rising number */
  int64_t gain;
  uint32_t service;
};

struct part {               /* a service in the sample */
  int64_t need, start, all; /* missing now and at the start; the most it can still add */
  double w, cap, weight;    /* need / demand; most of a slice; what a gain is multiplied by */
  double inverse, share;    /* 1 / demand; share of a machine that it needs at best */
  const int64_t *rate;      /* [n_kinds] */
  const double *unit;       /* [n_kinds] rate / demand */
};

/* What a need makes of the ratios of a service: rms_score_capped is (min(rate, need) / demand) x
 * weight, and only w = need / demand must be divided anew. */
struct scale {
  int64_t need;
  double w, weight;
};

struct rest {       /* most that the nodes below can add */
  int64_t by_slice; /* each slice the largest gain of its kind */
  int64_t by_run;   /* slices of a kind side by side together, if those above took their most */
  int64_t after; /* by_run of those of other kinds; NO_END: there is none, and no cut ends here */
  uint32_t same; /* the node below of the same kind; 0: none */
};

struct rms_menu {
  const struct rms_walk_map *map;
  struct rms_menu_setup setup;
  double grid; /* of the present scores (score.h) */

  /* of a search over a sample */
  size_t n, n_found;
  const uint32_t *services;
  struct part part[RMS_SAMPLE_MAX];
  double *unit;              /* [RMS_SAMPLE_MAX * n_kinds] */
  int64_t room;              /* sum of that */
  int64_t *gain;             /* [n_kinds * RMS_SAMPLE_MAX] at the start */
  int64_t *prefix;           /* [n_kinds * width] most that t slices of a kind add together */
  int64_t *most;             /* [n_kinds] largest gain */
  struct rest *rest;         /* [n_nodes] */
  int64_t cost;              /* of the pool that is searched */
  int64_t floor, floor_cost; /* score that must be exceeded, and its cost */
  int64_t least;             /* the same at the cost of the pool, rounded down */
  bool is_tight;             /* bound_run is used */
  uint32_t *genes;
  int64_t score[RMS_MENU_MAX], score_cost[RMS_MENU_MAX];

  /* of the greedy choice */
  size_t tops;        /* room per kind */
  struct top *top;    /* [n_kinds * tops] */
  size_t *n_top;      /* [n_kinds] */
  struct scale *open; /* [n_services] of the open services */
  size_t n_served;
  uint32_t served[RMS_UNITS_MAX];
  struct scale scale[RMS_UNITS_MAX];
  int64_t best, best_cost;
  uint32_t *best_gene;

  uint32_t now[RMS_GENE_MAX]; /* under construction */
};

int rms_menu_new(struct rms_menu **result, struct rms_arena *arena, const struct rms_walk_map *map,
                 const struct rms_menu_setup *setup)
{
  const size_t n_kinds = map->inst->n_kinds;
  struct rms_menu *menu = rms_arena_alloc(arena, 1, sizeof *menu);
  if (menu == NULL) return RMS_E_NOMEM;
  *menu = (struct rms_menu){.map = map, .setup = *setup, .tops = map->width};
  menu->unit = rms_arena_alloc(arena, n_kinds * RMS_SAMPLE_MAX, sizeof *menu->unit);
  menu->gain = rms_arena_alloc(arena, n_kinds * RMS_SAMPLE_MAX, sizeof *menu->gain);
  menu->most = rms_arena_alloc(arena, n_kinds, sizeof *menu->most);
  menu->prefix = rms_arena_alloc(arena, n_kinds * map->width, sizeof *menu->prefix);
  menu->rest = rms_arena_alloc(arena, map->n_nodes, sizeof *menu->rest);
  menu->top = rms_arena_alloc(arena, n_kinds * menu->tops, sizeof *menu->top);
  menu->n_top = rms_arena_alloc(arena, n_kinds, sizeof *menu->n_top);
  menu->open = rms_arena_alloc(arena, map->inst->n_services, sizeof *menu->open);
  if (menu->unit == NULL || menu->gain == NULL || menu->prefix == NULL || menu->most == NULL ||
      menu->rest == NULL || menu->top == NULL || menu->n_top == NULL || menu->open == NULL)
    return RMS_E_NOMEM;
  *result = menu;
  return RMS_OK;
}

size_t rms_menu_sample(const struct rms_menu *menu, const struct rms_walk *walk,
                       struct rms_draws *draws, uint32_t *services)
{
  const size_t wanted = menu->setup.sample < walk->n_open ? menu->setup.sample : walk->n_open;
  const bool is_all = wanted == walk->n_open;
  for (size_t n = 0; n < wanted;) {
    const uint32_t s = walk->open[is_all ? n : rms_draws_below(draws, walk->n_open)];
    size_t at = n;
    while (at > 0 && services[at - 1] > s) at--;
    if (at > 0 && services[at - 1] == s) continue;
    memmove(services + at + 1, services + at, (n - at) * sizeof *services);
    services[at] = s;
    n++;
  }
  return wanted;
}

/* ---- the best over a sample ---- */

/* The quotients of rms_menu_gain that change with the need. */
static void set_need(const struct rms_menu *menu, struct part *part, int64_t need)
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
static inline double sample_gain(const struct part *part, size_t kind)
{
  const double unit = part->unit[kind];
  return (unit < part->cap ? unit : part->cap) * part->weight;
}

/* The most that the service can add from here on, whatever slices it gets. With the weight `need`
 * several slices together add clearly less than one that serves it at once; with the others the
 * same, and a few steps of the grid make up for the rounding of the sum. */
static int64_t most_of_service(const struct rms_menu *menu, const struct part *part)
{
  if (part->need == 0) return 0;
  return rms_score_fix(part->w * part->weight, menu->grid) +
         (menu->setup.weight == RMS_WEIGHT_NEED ? 0 : RMS_UNITS_MAX);
}

static void begin_part(struct rms_menu *menu, const struct rms_walk *walk, size_t i)
{
  const struct rms_serve *inst = menu->map->inst;
  const uint32_t s = menu->services[i];
  struct part *part = &menu->part[i];
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
  const struct part *part = &menu->part[i];
  if (part->need == part->start) return menu->gain[kind * RMS_SAMPLE_MAX + i];
  if (part->need == 0) return 0;
  return rms_score_fix(sample_gain(part, kind), menu->grid);
}

/* A slice of the kind for it. */
static inline void take(const struct rms_menu *menu, struct part *part, size_t kind)
{
  const int64_t rate = part->rate[kind];
  set_need(menu, part, rate < part->need ? part->need - rate : 0);
}

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
    struct rest most = {.after = nodes[v].cut == RMS_NO_CUT ? NO_END : 0};
    for (uint32_t c = nodes[v].first_child; c != 0; c = nodes[c].next) {
      const int64_t *prefix = menu->prefix + nodes[c].kind * menu->map->width + nodes[c].position;
      const struct rest rest = {.by_slice = menu->most[nodes[c].kind] + menu->rest[c].by_slice,
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
    const struct rest *rest = &menu->rest[node];
    sum += gain[who];
    if (rest->after != NO_END && sum + rest->after > most) most = sum + rest->after;
    node = rest->same;
    if (node == 0) return most;
    if (gain[who] == 0) continue;
    struct part part = menu->part[who];
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
  const struct rest *rest = &menu->rest[node];
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
  struct part *part = &menu->part[i];
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

/* ---- the greedy choice ---- */

static struct scale scale_of(const struct rms_menu *menu, uint32_t s, int64_t need)
{
  const double w = (double)need / (double)menu->map->inst->services[s].demand;
  const enum rms_weight weight = menu->setup.weight;
  return (struct scale){.need = need,
                        .w = w,
                        .weight = weight == RMS_WEIGHT_NEED  ? w
                                  : weight == RMS_WEIGHT_ONE ? 1
                                                             : menu->map->share[s]};
}

static inline double exact_gain(const struct rms_menu *menu, uint32_t s, size_t kind,
                                const struct scale *scale)
{
  const double ratio = menu->map->ratio[s * menu->map->inst->n_kinds + kind];
  return (ratio < scale->w ? ratio : scale->w) * scale->weight;
}

static void insert_top(struct rms_menu *menu, size_t kind, struct top new)
{
  struct top *top = menu->top + kind * menu->tops;
  size_t at = menu->n_top[kind];
  if (at == menu->tops && top[at - 1].gain > new.gain) return;
  while (at > 0 && (top[at - 1].gain < new.gain ||
                    (top[at - 1].gain == new.gain &&top[at - 1].service > new.service))) {
    if (at < menu->tops) top[at] = top[at - 1];
    at--;
  }
  if (at == menu->tops) return;
  top[at] = new;
  if (menu->n_top[kind] < menu->tops) menu->n_top[kind]++;
}

/* The least gain that could still join the list of a kind, as a real number: the grid is a power of
 * two. A gain of 1 may have been less. */
static double least_gain(const struct rms_menu *menu, size_t kind)
{
  const struct top *last = menu->top + kind * menu->tops + menu->tops - 1;
  return menu->n_top[kind] < menu->tops || last->gain <= 1 ? 0 : (double)last->gain / menu->grid;
}

static void list_tops(struct rms_menu *menu, const struct rms_walk *walk)
{
  const size_t n_kinds = menu->map->inst->n_kinds;
  double least[RMS_SERVE_KINDS_MAX], max = 0;
  for (size_t i = 0; i < walk->n_open; i++) {
    const uint32_t s = walk->open[i];
    const struct scale *scale = &menu->open[i];
    menu->open[i] = scale_of(menu, s, walk->need[s]);
    const double best = menu->map->best_ratio[s];
    const double gain = (best < scale->w ? best : scale->w) * scale->weight;
    if (gain > max) max = gain;
  }
  menu->grid = rms_score_grid(max);
  for (size_t k = 0; k < n_kinds; k++) {
    menu->n_top[k] = 0;
    least[k] = 0;
  }
  for (size_t i = 0; i < walk->n_open; i++)
    for (size_t k = 0; k < n_kinds; k++) {
      const double gain = exact_gain(menu, walk->open[i], k, &menu->open[i]);
      if (!(gain > 0) || gain < least[k]) continue;
      insert_top(menu, k, (struct top){rms_score_fix(gain, menu->grid), walk->open[i]});
      least[k] = least_gain(menu, k);
    }
}

/* Of the services that the machine does not serve yet; there is room in the list for one more than
 * it has slices. */
static struct top best_of_others(const struct rms_menu *menu, size_t kind)
{
  const struct top *top = menu->top + kind * menu->tops;
  for (size_t i = 0; i < menu->n_top[kind]; i++) {
    size_t m = 0;
    while (m < menu->n_served && menu->served[m] != top[i].service) m++;
    if (m == menu->n_served) return top[i];
  }
  return (struct top){.service = RMS_SERVE_IDLE};
}

static void fill(struct rms_menu *menu, const struct rms_walk *walk, uint32_t node, size_t depth,
                 int64_t sum);

static void fill_slice(struct rms_menu *menu, const struct rms_walk *walk, uint32_t node,
                       size_t depth, int64_t sum)
{
  const struct rms_walk_node *at = &menu->map->nodes[node];
  struct top best = best_of_others(menu, at->kind);
  size_t who = menu->n_served;
  for (size_t m = 0; m < menu->n_served; m++) {
    const struct top own = {
        rms_score_fix(exact_gain(menu, menu->served[m], at->kind, &menu->scale[m]), menu->grid),
        menu->served[m]};
    if (own.gain == 0 || own.gain < best.gain) continue;
    if (own.gain == best.gain && own.service > best.service) continue;
    best = own;
    who = m;
  }
  menu->now[depth + 1] = best.gain > 0 ? best.service : RMS_SERVE_IDLE;
  if (best.gain == 0) {
    fill(menu, walk, node, depth + 1, sum);
    return;
  }
  const size_t n_served = menu->n_served;
  if (who == n_served) {
    menu->served[who] = best.service;
    menu->scale[who].need = walk->need[best.service];
    menu->n_served++;
  }
  const struct scale scale = menu->scale[who];
  const int64_t rate = rms_serve_rate(menu->map->inst, best.service, at->kind);
  menu->scale[who] = scale_of(menu, best.service, rate < scale.need ? scale.need - rate : 0);
  fill(menu, walk, node, depth + 1, sum + best.gain);
  menu->scale[who] = scale;
  menu->n_served = n_served;
}

/* Depth: one level per slice, at most RMS_UNITS_MAX. */
static void fill(struct rms_menu *menu, const struct rms_walk *walk, uint32_t node, size_t depth,
                 int64_t sum)
{
  const struct rms_walk_node *nodes = menu->map->nodes;
  if (nodes[node].cut != RMS_NO_CUT &&
      rms_score_is_better(sum, menu->cost, menu->best, menu->best_cost)) {
    menu->best = sum;
    menu->best_cost = menu->cost;
    menu->best_gene[0] = nodes[node].cut;
    memcpy(menu->best_gene + 1, menu->now + 1, depth * sizeof *menu->now);
    for (size_t j = depth + 1; j < menu->map->width; j++) menu->best_gene[j] = RMS_SERVE_IDLE;
  }
  for (uint32_t c = nodes[node].first_child; c != 0; c = nodes[c].next)
    fill_slice(menu, walk, c, depth, sum);
}

bool rms_menu_greedy(struct rms_menu *menu, const struct rms_walk *walk, uint32_t *gene)
{
  const struct rms_serve *inst = menu->map->inst;
  menu->n_served = 0;
  menu->best = 0;
  menu->best_cost = 1;
  menu->best_gene = gene;
  list_tops(menu, walk);
  for (uint32_t p = 0; p < inst->n_pools; p++) {
    if (walk->left[p] <= 0) continue;
    menu->cost = inst->pools[p].cost;
    fill(menu, walk, p, 0, 0);
  }
  return menu->best > 0;
}

/* ---- blind ---- */

bool rms_menu_blind(const struct rms_menu *menu, const struct rms_walk *walk,
                    struct rms_draws *draws, uint32_t *gene)
{
  const struct rms_walk_map *map = menu->map;
  bool is_useful = false;
  gene[0] = rms_draws_below(draws, map->n_cuts);
  const struct rms_walk_cut *cut = &map->cuts[gene[0]];
  for (size_t j = 1; j < map->width; j++) gene[j] = RMS_SERVE_IDLE;
  if (walk->left[cut->pool] <= 0) return false;
  for (size_t j = 0; j < cut->n_slices; j++) {
    const uint32_t s = walk->open[rms_draws_below(draws, walk->n_open)];
    if (rms_serve_rate(map->inst, s, cut->kind[j]) == 0) continue;
    gene[1 + j] = s;
    is_useful = true;
  }
  return is_useful;
}
