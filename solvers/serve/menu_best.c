/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "solvers/serve/menu_state.h"

enum { OPTIONS = 64 };

/* ---- bounds ---- */

/* The first of the largest. */
static inline size_t largest_of(const int64_t *values, size_t first, size_t end)
{
  size_t largest = first;
  int64_t most = values[first];
  for (size_t j = first + 1; j < end; j++) {
    const bool is_more = values[j] > most;
    most = is_more ? values[j] : most;
    largest = is_more ? j : largest;
  }
  return largest;
}

/* Slices of one kind alone: taking the largest gain each time is best, for gains only fall. */
static void bound_runs(struct rms_menu *menu)
{
  const size_t width = menu->map->width;
  for (size_t k = 0; k < menu->n_kinds; k++) {
    const size_t longest = menu->map->longest[k], n_spare = menu->n_spare;
    int64_t *prefix = menu->prefix + k * width, gain[RMS_SAMPLE_MAX];
    uint32_t at[RMS_SAMPLE_MAX];
    for (size_t i = 0; i < menu->n; i++) {
      at[i] = menu->at[i];
      gain[i] = rms_menu_gain_at(menu, at[i], k);
    }
    prefix[0] = 0;
    for (size_t t = 1; t <= longest; t++) {
      const size_t who = largest_of(gain, 0, menu->n);
      prefix[t] = prefix[t - 1] + gain[who];
      if (gain[who] == 0 || t == longest) continue;
      at[who] = rms_menu_after(menu, at[who], k);
      gain[who] = rms_menu_gain_at(menu, at[who], k);
    }
    menu->n_spare = n_spare;
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

/* Rows stay where they are; their order is kept beside them. */
static void keep(struct rms_menu *menu, uint32_t cut, int64_t score)
{
  const size_t width = menu->map->width, n_slices = menu->map->cuts[cut].n_slices;
  const bool is_full = menu->n_found == menu->setup.size;
  size_t at = menu->n_found - is_full;
  const uint8_t row = is_full ? menu->row[at] : (uint8_t)at;
  if (is_full && !is_before(menu, score, at)) return;
  for (; at > 0 && is_before(menu, score, at - 1); at--) {
    menu->score[at] = menu->score[at - 1];
    menu->score_cost[at] = menu->score_cost[at - 1];
    menu->row[at] = menu->row[at - 1];
  }
  menu->score[at] = score;
  menu->score_cost[at] = menu->cost;
  menu->row[at] = row;
  uint32_t *gene = menu->kept + row * width;
  gene[0] = cut;
  memcpy(gene + 1, menu->now + 1, n_slices * sizeof *gene);
  menu->n_found += !is_full;
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

struct options { /* services for the next slice of some of the cuts */
  size_t n;
  int64_t most[OPTIONS], exact[OPTIONS]; /* of what is added from there on: an order, a bound */
  struct option {
    struct rms_menu_tail *tail; /* NULL: the node is not in one */
    uint32_t node;
    uint32_t i; /* menu->n: idle */
  } list[OPTIONS];
};

/* The next option is always written and sometimes counted: which one is wanted nobody can predict.
 */
static inline void add_option(struct options *options, bool is_wanted, struct option new,
                              int64_t most, int64_t exact)
{
  options->most[options->n] = most;
  options->exact[options->n] = exact;
  options->list[options->n] = new;
  options->n += is_wanted;
}

/* The most that the node and those below it add at the needs of the moment: the slices of its kind
 * that follow each other go to services from `first` on, largest gain first; what is below them is
 * taken as at the start.
 *   now, largest [in] gains of the services from `first` on by a slice of that kind, the largest */
static int64_t bound_run(struct rms_menu *menu, uint32_t node, size_t first, const int64_t *now,
                         int64_t largest)
{
  const uint16_t kind = menu->map->nodes[node].kind;
  int64_t gain[RMS_SAMPLE_MAX], sum = 0, most = 0;
  uint32_t at[RMS_SAMPLE_MAX];
  if (menu->rest[node].same == 0) return largest + menu->rest[node].after;
  for (size_t i = first; i < menu->n; i++) {
    at[i] = menu->at[i];
    gain[i] = now[i];
  }
  for (;;) {
    const size_t who = largest_of(gain, first, menu->n);
    const struct rms_menu_rest *rest = &menu->rest[node];
    sum += gain[who];
    if (rest->after != RMS_NO_END && sum + rest->after > most) most = sum + rest->after;
    node = rest->same;
    if (node == 0) return most;
    if (gain[who] == 0) continue;
    at[who] = rms_menu_after(menu, at[who], kind);
    gain[who] = rms_menu_gain_at(menu, at[who], kind);
  }
}

/* The table of a tail that begins with n slices for services from `first` on. NULL: no room. */
static struct rms_menu_tail *begin_tail(struct rms_menu *menu, uint16_t kind, size_t n,
                                        size_t first)
{
  if (menu->n_tails == RMS_TAILS) return NULL;
  struct rms_menu_tail *tail = &menu->tails[menu->n_tails++];
  for (size_t r = 0; r <= n; r++) tail->best[menu->n][r][0] = 0;
  for (size_t i = menu->n; i-- > first;) {
    tail->taken[i] = 0;
    const int64_t *gain = rms_menu_run(menu, menu->at[i], kind, n);
    memset(tail->best[i][0], 0, sizeof tail->best[i][0]);
    for (size_t r = 1; r <= n; r++)
      for (size_t c = 0; c + r <= n; c++) {
        const int64_t mine = gain[c] + tail->best[i][r - 1][c + 1];
        const int64_t others = tail->best[i + 1][r][0];
        tail->best[i][r][c] = mine > others ? mine : others;
      }
  }
  return tail;
}

struct visit { /* a node under the present beginning of a machine */
  uint32_t node;
  size_t first;               /* services that may come next */
  int64_t sum, before;        /* gains so far; those before the run of the node's kind */
  struct rms_menu_tail *tail; /* that the node above is in; NULL: none */
};

/* Is the node cut off by what slices of its kind side by side can add? A new tail gets its table.
 */
static bool is_cut_off(struct rms_menu *menu, struct visit *visit, const int64_t *gain,
                       int64_t largest)
{
  const uint32_t node = visit->node;
  const size_t n_tail = menu->tail[node], n_spare = menu->n_spare;
  if (!menu->is_tight || visit->tail != NULL) return false;
  if (n_tail > 1) {
    if (is_hopeless(menu, visit->sum + (int64_t)n_tail * largest)) return true;
    visit->tail = begin_tail(menu, menu->map->nodes[node].kind, n_tail, visit->first);
    return visit->tail != NULL &&
           is_hopeless(menu, visit->sum + visit->tail->best[visit->first][n_tail][0]);
  }
  const int64_t most = bound_run(menu, node, visit->first, gain, largest);
  menu->n_spare = n_spare;
  return is_hopeless(menu, visit->sum + most);
}

/* On equal slices side by side the services do not fall, so that every multiset comes once. */
static void add_options(struct rms_menu *menu, struct visit *visit, struct options *options)
{
  const struct rms_walk_node *at = &menu->map->nodes[visit->node];
  const struct rms_menu_rest *rest = &menu->rest[visit->node];
  const int64_t sum = visit->sum, bar = menu->least - sum;
  int64_t gain[RMS_SAMPLE_MAX], largest = 0;
  int64_t all =
      visit->before - sum + rest->by_run + menu->prefix[at->kind * menu->map->width + at->position];
  if (menu->setup.is_capped && all > menu->room) all = (int64_t)menu->room;
  if (is_hopeless(menu, sum + all)) return;
  for (size_t i = visit->first; i < menu->n; i++) {
    gain[i] = rms_menu_gain_at(menu, menu->at[i], at->kind);
    largest = gain[i] > largest ? gain[i] : largest;
  }
  if (largest == 0) {
    for (size_t i = 0; i < visit->first; i++)
      if (rms_menu_gain_at(menu, menu->at[i], at->kind) > 0) return;
    add_option(options, true, (struct option){NULL, visit->node, (uint32_t)menu->n}, all, all);
    return;
  }
  if (is_hopeless(menu, sum + largest + rest->by_slice)) return;
  if (is_cut_off(menu, visit, gain, largest)) return;
  struct rms_menu_tail *const tail = visit->tail;
  const size_t ahead = tail == NULL ? 0 : menu->tail[visit->node] - 1U;
  for (size_t i = visit->first; i < menu->n; i++) {
    const int64_t most = gain[i] + rest->by_slice < all ? gain[i] + rest->by_slice : all;
    const int64_t exact = tail == NULL ? most : gain[i] + tail->best[i][ahead][tail->taken[i] + 1];
    add_option(options, (gain[i] > 0) & (most > bar) & (exact > bar),
               (struct option){tail, visit->node, (uint32_t)i}, most, exact);
  }
}

static void descend(struct rms_menu *menu, const struct visit *from, size_t depth);

static void place(struct rms_menu *menu, const struct option *option, size_t depth,
                  const struct visit *from)
{
  const struct rms_walk_node *at = &menu->map->nodes[option->node];
  const size_t i = option->i;
  const bool is_idle = i == menu->n;
  struct visit here = {.node = option->node, .first = i, .sum = from->sum, .tail = option->tail};
  if (!is_idle) here.sum += rms_menu_gain_at(menu, menu->at[i], at->kind);
  menu->now[depth + 1] = is_idle ? RMS_SERVE_IDLE : menu->services[i];
  if (at->cut != RMS_NO_CUT) {
    keep(menu, at->cut, here.sum);
    return;
  }
  here.before = at->position == 1 ? from->sum : from->before;
  if (is_idle) {
    descend(menu, &here, depth + 1);
    return;
  }
  const uint32_t was = menu->at[i];
  const rms_wide room = menu->room;
  const size_t n_spare = menu->n_spare;
  menu->at[i] = rms_menu_after(menu, was, at->kind);
  menu->room += menu->needs[menu->at[i]].all - menu->needs[was].all;
  if (here.tail != NULL) here.tail->taken[i]++;
  descend(menu, &here, depth + 1);
  if (here.tail != NULL) here.tail->taken[i]--;
  menu->at[i] = was;
  menu->room = room;
  menu->n_spare = n_spare;
}

/* Most promising first, so that the menu fills with good ones early and the rest is cut off.
 * Depth: one level per slice, at most RMS_UNITS_MAX. */
static void descend(struct rms_menu *menu, const struct visit *from, size_t depth)
{
  const struct rms_walk_node *nodes = menu->map->nodes;
  const size_t n_tails = menu->n_tails;
  struct options options;
  for (uint32_t c = nodes[from->node].first_child; c != 0;) {
    options.n = 0;
    for (; c != 0 && options.n + menu->n < OPTIONS; c = nodes[c].next) {
      const bool is_same = nodes[c].position > 1;
      struct visit below = {.node = c,
                            .first = is_same ? from->first : 0,
                            .sum = from->sum,
                            .before = is_same ? from->before : from->sum,
                            .tail = from->tail};
      add_options(menu, &below, &options);
    }
    for (size_t left = options.n; left > 0; left--) {
      const size_t j = largest_of(options.most, 0, options.n);
      if (is_hopeless(menu, from->sum + options.most[j])) break;
      options.most[j] = INT64_MIN;
      if (!is_hopeless(menu, from->sum + options.exact[j]))
        place(menu, &options.list[j], depth, from);
    }
    menu->n_tails = n_tails;
  }
}

static void hand_over(const struct rms_menu *menu, uint32_t *genes)
{
  const size_t width = menu->map->width;
  for (size_t i = 0; i < menu->n_found; i++) {
    const uint32_t *from = menu->kept + menu->row[i] * width;
    const size_t n_slices = menu->map->cuts[from[0]].n_slices;
    uint32_t *gene = genes + i * width;
    for (size_t j = 0; j < width; j++) gene[j] = j <= n_slices ? from[j] : RMS_SERVE_IDLE;
  }
}

size_t rms_menu_best(struct rms_menu *menu, const struct rms_walk *walk, const uint32_t *services,
                     size_t n, uint32_t *genes, int64_t *scores)
{
  const struct rms_serve *inst = menu->map->inst;
  menu->services = services;
  menu->n = n;
  menu->n_found = 0;
  menu->n_tails = 0;
  menu->floor = 0; /* no machine without gain */
  menu->floor_cost = 1;
  menu->is_tight = menu->setup.is_capped && n * (inst->n_kinds + 1) < OPTIONS;
  rms_menu_begin_needs(menu, walk);
  bound_runs(menu);
  bound_nodes(menu);
  for (uint32_t p = 0; p < inst->n_pools; p++) {
    if (walk->left[p] <= 0) continue;
    menu->cost = inst->pools[p].cost;
    set_least(menu);
    descend(menu, &(struct visit){.node = p}, 0);
  }
  hand_over(menu, genes);
  if (scores != NULL) memcpy(scores, menu->score, menu->n_found * sizeof *scores);
  return menu->n_found;
}
