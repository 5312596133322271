/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capped.c - the best machine when every gain is capped at the remaining need, any mix of services.
 *
 * Each cut is filled slice by slice in the order of its layout (largest first) on a scratch copy of
 * the needs; the cut with the largest sum of gains wins. Two things make it fast. Cuts are in
 * lexicographic order, so neighbours share the beginning of their fill: it is kept on a stack and
 * only undone down to where they differ. And a slice's best service is either one that this machine
 * serves already (a handful, gains computed anew) or the best of the others, whose gains are those
 * of the trees: it is among the first m + 1 of the kind's tree when m services are served already.
 * These are drawn from the tree one by one when they are needed and put back at the end.
 *
 * Ties: lowest seat; first pool, first cut. */
#include "solvers/serve/rules.h"
#include "solvers/serve/tournament.h"

enum { NOBODY = -1 };

struct drawn { /* the best of a kind's tree so far, in falling order; taken out of the tree */
  size_t n;
  struct rms_winner winner[RMS_UNITS_MAX + 1];
};

struct served { /* a service that the machine under construction serves */
  uint32_t seat;
  int64_t need; /* what it would still miss */
};

struct fill {       /* one slice of it, enough to undo it */
  int32_t who;      /* index into served, NOBODY: idle */
  bool is_new;      /* `who` was appended by this slice */
  int64_t old_need; /* otherwise: its need before */
  int64_t sum;      /* gains up to and including this slice */
};

struct rms_capped {
  const struct rms_seats *seats;
  enum rms_weight weight;
  double grid;
  double *share;                       /* [n] by service, for the weight `slice` */
  struct rms_tournament *trees;        /* [n_kinds] */
  struct drawn *drawn;                 /* [n_kinds] */
  bool *is_served;                     /* [n] by seat */
  size_t *common[RMS_SERVE_POOLS_MAX]; /* slices that a cut shares with the one before */
  size_t n_served, depth;
  struct served served[RMS_UNITS_MAX];
  struct fill fill[RMS_UNITS_MAX];
};

double rms_serve_share(const struct rms_serve *inst, size_t s)
{
  double least = 0;
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *pool = &inst->pools[p];
    const struct rms_machine *machine = inst->machines[pool->machine];
    for (size_t k = 0; k < inst->n_kinds; k++) {
      const int64_t rate = rms_serve_rate(inst, s, k);
      if (inst->kinds[k].machine != pool->machine || rate == 0) continue;
      const int compute = machine->profiles[inst->kinds[k].profile].compute;
      const double slices = (double)inst->services[s].demand / (double)rate;
      const double share =
          slices * (double)pool->cost * (compute > 0 ? compute : 1) / machine->compute_units;
      if (least == 0 || share < least) least = share;
    }
  }
  return least;
}

static size_t common_slices(const struct rms_serve_cut *a, const struct rms_serve_cut *b)
{
  size_t n = 0;
  while (n < a->partition->n_slices && n < b->partition->n_slices && a->kind_of[n] == b->kind_of[n])
    n++;
  return n;
}

int rms_capped_new(struct rms_capped **result, struct rms_arena *arena,
                   const struct rms_seats *seats, enum rms_weight weight)
{
  const struct rms_serve *inst = seats->inst;
  struct rms_capped *rule = rms_arena_alloc(arena, 1, sizeof *rule);
  if (rule == NULL) return RMS_E_NOMEM;
  rule->seats = seats;
  rule->weight = weight;
  rule->grid = 1;
  rule->share = rms_arena_alloc(arena, inst->n_services, sizeof *rule->share);
  rule->trees = rms_arena_alloc(arena, inst->n_kinds, sizeof *rule->trees);
  rule->drawn = rms_arena_alloc(arena, inst->n_kinds, sizeof *rule->drawn);
  rule->is_served = rms_arena_alloc(arena, inst->n_services, sizeof *rule->is_served);
  if (rule->share == NULL || rule->trees == NULL || rule->drawn == NULL || rule->is_served == NULL)
    return RMS_E_NOMEM;
  for (size_t s = 0; weight == RMS_WEIGHT_SLICE && s < inst->n_services; s++)
    rule->share[s] = rms_serve_share(inst, s);
  for (size_t k = 0; k < inst->n_kinds; k++)
    if (rms_tournament_init(&rule->trees[k], arena, inst->n_services) < 0) return RMS_E_NOMEM;
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *pool = &inst->pools[p];
    rule->common[p] = rms_arena_alloc(arena, pool->n_cuts, sizeof *rule->common[p]);
    if (rule->common[p] == NULL) return RMS_E_NOMEM;
    for (size_t c = 1; c < pool->n_cuts; c++)
      rule->common[p][c] = common_slices(&pool->cuts[c - 1], &pool->cuts[c]);
  }
  *result = rule;
  return RMS_OK;
}

static double exact_gain(const struct rms_capped *rule, size_t s, size_t kind, int64_t need)
{
  const struct rms_serve *inst = rule->seats->inst;
  return rms_score_capped(need, rms_serve_rate(inst, s, kind), inst->services[s].demand,
                          rule->weight, rule->share[s]);
}

int rms_capped_begin(struct rms_capped *rule, const struct rms_completion *state,
                     const struct rms_poll *poll)
{
  const struct rms_serve *inst = rule->seats->inst;
  double max = 0;
  for (size_t s = 0; s < inst->n_services; s++)
    for (size_t k = 0; k < inst->n_kinds; k++)
      max = fmax(max, exact_gain(rule, s, k, state->need[s]));
  rule->grid = rms_score_grid(max);
  for (size_t k = 0; k < inst->n_kinds; k++) {
    if (rms_poll_stop(poll)) return 1;
    for (size_t i = 0; i < inst->n_services; i++) {
      const uint32_t s = rule->seats->service[i];
      rule->trees[k].value[i] = rms_score_fix(exact_gain(rule, s, k, state->need[s]), rule->grid);
    }
    rms_tournament_build(&rule->trees[k]);
  }
  return 0;
}

int rms_capped_refresh(struct rms_capped *rule, const struct rms_completion *state,
                       const uint32_t *services, size_t n, const struct rms_poll *poll)
{
  int64_t max = 0;
  for (size_t k = 0; k < rule->seats->inst->n_kinds; k++) {
    for (size_t j = 0; j < n; j++) {
      const uint32_t s = services[j];
      rms_tournament_set(&rule->trees[k], rule->seats->seat[s],
                         rms_score_fix(exact_gain(rule, s, k, state->need[s]), rule->grid));
    }
    const int64_t value = rms_tournament_best(&rule->trees[k]).value;
    if (value > max) max = value;
  }
  return rms_score_is_low(max) ? rms_capped_begin(rule, state, poll) : 0;
}

/* The best of the services that the machine does not serve yet; value 0: none gains. */
static struct rms_winner best_of_others(struct rms_capped *rule, size_t kind)
{
  struct drawn *drawn = &rule->drawn[kind];
  for (size_t j = 0; j < drawn->n; j++)
    if (!rule->is_served[drawn->winner[j].index]) return drawn->winner[j];
  for (;;) {
    const struct rms_winner next = rms_tournament_best(&rule->trees[kind]);
    if (next.value <= 0) return (struct rms_winner){.value = 0};
    drawn->winner[drawn->n++] = next;
    rms_tournament_set(&rule->trees[kind], next.index, -1);
    if (!rule->is_served[next.index]) return next;
  }
}

static void put_back(struct rms_capped *rule)
{
  for (size_t k = 0; k < rule->seats->inst->n_kinds; k++) {
    struct drawn *drawn = &rule->drawn[k];
    while (drawn->n > 0) {
      const struct rms_winner last = drawn->winner[--drawn->n];
      rms_tournament_set(&rule->trees[k], last.index, last.value);
    }
  }
}

static void fill_slice(struct rms_capped *rule, const struct rms_completion *state, size_t kind)
{
  struct rms_winner best = best_of_others(rule, kind);
  int32_t who = NOBODY;
  for (size_t m = 0; m < rule->n_served; m++) {
    const struct served *served = &rule->served[m];
    const uint32_t s = rule->seats->service[served->seat];
    const int64_t gain = rms_score_fix(exact_gain(rule, s, kind, served->need), rule->grid);
    if (gain < best.value || gain == 0) continue;
    if (gain == best.value && served->seat > best.index) continue;
    best = (struct rms_winner){.value = gain, .index = served->seat};
    who = (int32_t)m;
  }
  const int64_t before = rule->depth == 0 ? 0 : rule->fill[rule->depth - 1].sum;
  struct fill *fill = &rule->fill[rule->depth++];
  *fill = (struct fill){.who = who, .sum = before + best.value};
  if (best.value == 0) return;
  const uint32_t s = rule->seats->service[best.index];
  if (who == NOBODY) {
    fill->who = (int32_t)rule->n_served++;
    fill->is_new = true;
    rule->served[fill->who] = (struct served){.seat = best.index, .need = state->need[s]};
    rule->is_served[best.index] = true;
  }
  struct served *served = &rule->served[fill->who];
  const int64_t rate = rms_serve_rate(rule->seats->inst, s, kind);
  fill->old_need = served->need;
  served->need = rate >= served->need ? 0 : served->need - rate;
}

static void undo_to(struct rms_capped *rule, size_t depth)
{
  while (rule->depth > depth) {
    const struct fill *fill = &rule->fill[--rule->depth];
    if (fill->who == NOBODY) continue;
    rule->served[fill->who].need = fill->old_need;
    if (!fill->is_new) continue;
    rule->is_served[rule->served[fill->who].seat] = false;
    rule->n_served--;
  }
}

static void copy_choice(const struct rms_capped *rule, uint32_t pool, uint32_t cut,
                        struct rms_choice *choice)
{
  choice->pool = pool;
  choice->cut = cut;
  for (size_t j = 0; j < rule->depth; j++) {
    const int32_t who = rule->fill[j].who;
    choice->service[j] =
        who == NOBODY ? RMS_SERVE_IDLE : rule->seats->service[rule->served[who].seat];
  }
}

bool rms_capped_choose(struct rms_capped *rule, const struct rms_completion *state,
                       struct rms_choice *choice)
{
  const struct rms_serve *inst = rule->seats->inst;
  int64_t best = 0, best_cost = 1;
  for (size_t p = 0; p < inst->n_pools; p++) {
    const struct rms_serve_pool *pool = &inst->pools[p];
    if (state->left[p] <= 0) continue;
    for (size_t c = 0; c < pool->n_cuts; c++) {
      undo_to(rule, rule->common[p][c]);
      for (size_t j = rule->depth; j < pool->cuts[c].partition->n_slices; j++)
        fill_slice(rule, state, pool->cuts[c].kind_of[j]);
      const int64_t value = rule->depth == 0 ? 0 : rule->fill[rule->depth - 1].sum;
      if (!rms_score_is_better(value, pool->cost, best, best_cost)) continue;
      best = value;
      best_cost = pool->cost;
      copy_choice(rule, (uint32_t)p, (uint32_t)c, choice);
    }
    undo_to(rule, 0);
  }
  put_back(rule);
  return best > 0;
}
