/* SPDX-License-Identifier: GPL-3.0-or-later */
/* literal.c - the best machine under the score sum of w u with at most q services, without a look
 * at pairs of services.
 *
 * Fix a cut. Its value under an assignment a of kinds to services is sum over kinds k of
 * count(k) x score(a(k), k). An assignment with at most q services groups the kinds into at most q
 * blocks, one service per block; block B served by i is worth form_B(i) = sum over k in B of
 * count(k) x score(i, k), and the blocks' services are chosen independently. Hence
 *
 *   max over assignments = max over partitions of the kinds into blocks of sum over B of max_i
 * form_B(i),
 *
 * and splitting blocks further never hurts, so partitions into exactly min(q, kinds) blocks are
 * enough. A cut has few kinds (a 7-slice GPU: at most three, so at most three partitions for q =
 * 2), and a form needs one tournament tree, so a machine costs O(forms x log services) and the
 * search is exact.
 *
 * Ties: first pool, first cut, then the lexicographically first seats (kind by kind in the order of
 * the layout). An assignment that attains the maximum has in each block a service that attains max
 * form_B, so the first such seat per block is at most as large; the first vector is therefore among
 * those that the trees give, one per partition. */
#include <string.h>

#include "solvers/serve/rules.h"
#include "solvers/serve/tournament.h"

enum { FORMS_MAX = 2048, WAYS_MAX = 65536 };

struct part {
  uint16_t kind, count;
};

struct form { /* a set of kinds with their numbers of slices, served by one service */
  size_t n_parts;
  struct part *parts;
  struct rms_tournament tree;
};

struct way { /* a cut's kinds, grouped into blocks */
  size_t n_blocks;
  uint16_t *form; /* [n_blocks] */
  uint8_t *block; /* [kinds of the cut] */
};

struct cut {
  size_t n_kinds, first, end; /* ways [first, end) */
  struct part *parts;         /* [n_kinds] in the order of the layout */
};

struct rms_literal {
  const struct rms_seats *seats;
  struct rms_arena *arena;
  size_t q;
  size_t n_forms, n_ways, ways_capacity;
  struct form *forms; /* [FORMS_MAX]; the first n_kinds are single slices */
  struct way *ways;
  struct cut *cuts[RMS_SERVE_POOLS_MAX];
  double grid;
};

static int find_form(struct rms_literal *rule, const struct part *parts, size_t n, uint16_t *result)
{
  for (size_t f = 0; f < rule->n_forms; f++) {
    const struct form *form = &rule->forms[f];
    if (form->n_parts == n && memcmp(form->parts, parts, n * sizeof *parts) == 0) {
      *result = (uint16_t)f;
      return RMS_OK;
    }
  }
  if (rule->n_forms == FORMS_MAX) return RMS_E_LIMIT;
  struct form *form = &rule->forms[rule->n_forms];
  form->parts = rms_arena_alloc(rule->arena, n, sizeof *parts);
  if (form->parts == NULL) return RMS_E_NOMEM;
  memcpy(form->parts, parts, n * sizeof *parts);
  form->n_parts = n;
  *result = (uint16_t)rule->n_forms++;
  return rms_tournament_init(&form->tree, rule->arena, rule->seats->inst->n_services);
}

static int new_way(struct rms_literal *rule, struct way **result)
{
  if (rule->n_ways == WAYS_MAX) return RMS_E_LIMIT;
  if (rule->n_ways == rule->ways_capacity) {
    const size_t capacity = rule->ways_capacity == 0 ? 64 : 2 * rule->ways_capacity;
    struct way *ways = rms_arena_alloc(rule->arena, capacity, sizeof *ways);
    if (ways == NULL) return RMS_E_NOMEM;
    if (rule->n_ways > 0) memcpy(ways, rule->ways, rule->n_ways * sizeof *ways);
    rule->ways = ways;
    rule->ways_capacity = capacity;
  }
  *result = &rule->ways[rule->n_ways++];
  return RMS_OK;
}

static int add_way(struct rms_literal *rule, const struct cut *cut, const uint8_t *block,
                   size_t n_blocks)
{
  struct way *way = NULL;
  int status = new_way(rule, &way);
  if (status < 0) return status;
  *way = (struct way){.n_blocks = n_blocks};
  way->form = rms_arena_alloc(rule->arena, n_blocks, sizeof *way->form);
  way->block = rms_arena_alloc(rule->arena, cut->n_kinds, sizeof *way->block);
  if (way->form == NULL || way->block == NULL) return RMS_E_NOMEM;
  memcpy(way->block, block, cut->n_kinds);
  for (size_t b = 0; b < n_blocks; b++) {
    struct part parts[RMS_UNITS_MAX];
    size_t n = 0;
    for (size_t k = 0; k < cut->n_kinds; k++)
      if (block[k] == b) parts[n++] = cut->parts[k];
    if ((status = find_form(rule, parts, n, &way->form[b])) < 0) return status;
  }
  return RMS_OK;
}

/* All partitions of the cut's kinds into exactly n_blocks blocks: kind k joins one of the `used`
 * blocks or opens the next. Recursion: one level per kind of the cut. Both tests keep every branch
 * alive, so the work is bounded by the number of ways. */
static int grow_ways(struct rms_literal *rule, const struct cut *cut, size_t n_blocks,
                     uint8_t *block, size_t k, size_t used)
{
  if (k == cut->n_kinds) return add_way(rule, cut, block, n_blocks);
  for (size_t b = 0; b <= used && b < n_blocks; b++) {
    const size_t now = b == used ? used + 1 : used;
    if (now + (cut->n_kinds - k - 1) < n_blocks) continue;
    block[k] = (uint8_t)b;
    const int status = grow_ways(rule, cut, n_blocks, block, k + 1, now);
    if (status < 0) return status;
  }
  return RMS_OK;
}

static int new_cut(struct rms_literal *rule, const struct rms_serve_cut *from, struct cut *cut)
{
  cut->parts = rms_arena_alloc(rule->arena, from->partition->n_slices, sizeof *cut->parts);
  if (cut->parts == NULL) return RMS_E_NOMEM;
  for (size_t j = 0; j < from->partition->n_slices; j++) {
    size_t k = 0;
    while (k < cut->n_kinds && cut->parts[k].kind != from->kind_of[j]) k++;
    if (k == cut->n_kinds) cut->parts[cut->n_kinds++].kind = from->kind_of[j];
    cut->parts[k].count++;
  }
  uint8_t block[RMS_UNITS_MAX];
  cut->first = rule->n_ways;
  const size_t n_blocks = rule->q == 0 || rule->q > cut->n_kinds ? cut->n_kinds : rule->q;
  const int status = grow_ways(rule, cut, n_blocks, block, 0, 0);
  cut->end = rule->n_ways;
  return status;
}

int rms_literal_new(struct rms_literal **result, struct rms_arena *arena,
                    const struct rms_seats *seats, int q)
{
  int status = RMS_OK;
  const struct rms_serve *inst = seats->inst;
  struct rms_literal *rule = rms_arena_alloc(arena, 1, sizeof *rule);
  if (rule == NULL) return RMS_E_NOMEM;
  *rule = (struct rms_literal){.seats = seats, .arena = arena, .q = (size_t)q, .grid = 1};
  rule->forms = rms_arena_alloc(arena, FORMS_MAX, sizeof *rule->forms);
  if (rule->forms == NULL) return RMS_E_NOMEM;
  for (size_t k = 0; k < inst->n_kinds; k++) {
    const struct part single = {.kind = (uint16_t)k, .count = 1};
    uint16_t form = 0;
    RMS_TRY(find_form(rule, &single, 1, &form));
  }
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *pool = &inst->pools[p];
    rule->cuts[p] = rms_arena_alloc(arena, pool->n_cuts, sizeof *rule->cuts[p]);
    if (rule->cuts[p] == NULL) return RMS_E_NOMEM;
    for (size_t c = 0; c < pool->n_cuts; c++)
      RMS_TRY(new_cut(rule, &pool->cuts[c], &rule->cuts[p][c]));
  }
  *result = rule;
out:
  return status;
}

/* Score of one slice of each kind for the service. */
static void score_service(const struct rms_literal *rule, const struct rms_completion *state,
                          size_t s, int64_t *score)
{
  const struct rms_serve *inst = rule->seats->inst;
  for (size_t k = 0; k < inst->n_kinds; k++) {
    const double exact =
        rms_score_literal(state->need[s], rms_serve_rate(inst, s, k), inst->services[s].demand);
    score[k] = rms_score_fix(exact, rule->grid);
  }
}

static int64_t form_value(const struct form *form, const int64_t *score)
{
  int64_t sum = 0;
  for (size_t j = 0; j < form->n_parts; j++)
    sum += form->parts[j].count * score[form->parts[j].kind];
  return sum;
}

int rms_literal_begin(struct rms_literal *rule, const struct rms_completion *state,
                      const struct rms_poll *poll)
{
  const struct rms_serve *inst = rule->seats->inst;
  double max = 0;
  for (size_t s = 0; s < inst->n_services; s++)
    for (size_t k = 0; k < inst->n_kinds; k++)
      max = fmax(max, rms_score_literal(state->need[s], rms_serve_rate(inst, s, k),
                                        inst->services[s].demand));
  rule->grid = rms_score_grid(max);
  for (size_t i = 0; i < inst->n_services; i++) {
    int64_t score[RMS_SERVE_KINDS_MAX];
    if (i % 4096 == 0 && rms_poll_stop(poll)) return 1;
    score_service(rule, state, rule->seats->service[i], score);
    for (size_t f = 0; f < rule->n_forms; f++)
      rule->forms[f].tree.value[i] = form_value(&rule->forms[f], score);
  }
  for (size_t f = 0; f < rule->n_forms; f++) {
    if (rms_poll_stop(poll)) return 1;
    rms_tournament_build(&rule->forms[f].tree);
  }
  return 0;
}

int rms_literal_refresh(struct rms_literal *rule, const struct rms_completion *state,
                        const uint32_t *services, size_t n, const struct rms_poll *poll)
{
  for (size_t j = 0; j < n; j++) {
    int64_t score[RMS_SERVE_KINDS_MAX];
    score_service(rule, state, services[j], score);
    for (size_t f = 0; f < rule->n_forms; f++)
      rms_tournament_set(&rule->forms[f].tree, rule->seats->seat[services[j]],
                         form_value(&rule->forms[f], score));
  }
  int64_t max = 0;
  for (size_t k = 0; k < rule->seats->inst->n_kinds; k++) {
    const int64_t value = rms_tournament_best(&rule->forms[k].tree).value;
    if (value > max) max = value;
  }
  return rms_score_is_low(max) ? rms_literal_begin(rule, state, poll) : 0;
}

struct best {
  int64_t value, cost;
  uint32_t pool, cut;
  size_t way;
};

static uint32_t seat_for(const struct rms_literal *rule, const struct way *way, size_t kind)
{
  return rms_tournament_best(&rule->forms[way->form[way->block[kind]]].tree).index;
}

static bool seats_come_first(const struct rms_literal *rule, const struct cut *cut, size_t a,
                             size_t b)
{
  for (size_t k = 0; k < cut->n_kinds; k++) {
    const uint32_t left = seat_for(rule, &rule->ways[a], k);
    const uint32_t right = seat_for(rule, &rule->ways[b], k);
    if (left != right) return left < right;
  }
  return false;
}

static void best_of_cut(const struct rms_literal *rule, uint32_t p, uint32_t c, struct best *best)
{
  const struct cut *cut = &rule->cuts[p][c];
  const int64_t cost = rule->seats->inst->pools[p].cost;
  for (size_t w = cut->first; w < cut->end; w++) {
    int64_t value = 0;
    for (size_t b = 0; b < rule->ways[w].n_blocks; b++)
      value += rms_tournament_best(&rule->forms[rule->ways[w].form[b]].tree).value;
    const bool is_same_cut = best->pool == p && best->cut == c && best->value > 0;
    if (rms_score_is_better(value, cost, best->value, best->cost) ||
        (is_same_cut && value == best->value && seats_come_first(rule, cut, w, best->way)))
      *best = (struct best){.value = value, .cost = cost, .pool = p, .cut = c, .way = w};
  }
}

bool rms_literal_choose(const struct rms_literal *rule, const struct rms_completion *state,
                        struct rms_choice *choice)
{
  const struct rms_serve *inst = rule->seats->inst;
  struct best best = {.value = 0, .cost = 1};
  for (size_t p = 0; p < inst->n_pools; p++)
    for (size_t c = 0; state->left[p] > 0 && c < inst->pools[p].n_cuts; c++)
      best_of_cut(rule, (uint32_t)p, (uint32_t)c, &best);
  if (best.value <= 0) return false;
  choice->pool = best.pool;
  choice->cut = best.cut;
  const struct rms_serve_cut *from = &inst->pools[best.pool].cuts[best.cut];
  const struct cut *cut = &rule->cuts[best.pool][best.cut];
  for (size_t j = 0; j < from->partition->n_slices; j++) {
    size_t k = 0;
    while (cut->parts[k].kind != from->kind_of[j]) k++;
    const uint32_t seat = seat_for(rule, &rule->ways[best.way], k);
    const bool is_useful = rule->forms[from->kind_of[j]].tree.value[seat] > 0;
    choice->service[j] = is_useful ? rule->seats->service[seat] : RMS_SERVE_IDLE;
  }
  return true;
}
