/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several pools: which patterns and which cuts together cost least is an integer program over the
 * patterns that are cheap at the best prices. Only an upper bound comes from it; the lower one is
 * the dual's. A window of services at a time may choose, the others keep the pattern that they
 * have, the cuts are always free; windows go round until none of them improves. Stock that is
 * overrun is paid for dearly, so that a start that does not fit is mended step by step. */
#include <Cbc_C_Interface.h>
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices.h"

enum {
  CHOICES_MAX = 2400,
  PATTERNS_MAX = 40,
  LISTED_MAX = 400,
  ROUNDS_MAX = 400,
  NODES_MAX = 3000,
  NODES_OF_WINDOW = 300
};

struct choice { /* a binary column: this service takes this pattern */
  size_t service;
  int64_t y[RMS_SERVE_KINDS_MAX];
};

struct program {
  struct rms_prices *p;
  int64_t *base; /* [n_services * n_kinds] what every service has now */
  double value;  /* of it: cost and fines; INFINITY at first */
  double fine;   /* for a machine that is not there */
  rms_wide gap;  /* in the units of prices: patterns and cuts that lose more cannot help */
  size_t n_choices, first_cut[RMS_SERVE_POOLS_MAX], first_fine, first_choice, n_columns;
  struct choice *choices;
  int64_t fixed[RMS_SERVE_KINDS_MAX]; /* slices of those outside the window */
  /* the matrix by columns */
  size_t n_rows, n_entries;
  CoinBigIndex *start;
  int *row;
  double *entry, *upper, *cost, *row_lower, *row_upper;
  bool is_emptying;
  bool is_whole; /* every service is in the window */
};

/* ---- patterns ---- */

static void keep_choice(struct program *g, size_t from, size_t s, const int64_t *y)
{
  const size_t width = g->p->inst->n_kinds;
  if (g->n_choices == CHOICES_MAX) return;
  for (size_t i = from; i < g->n_choices; i++)
    if (!memcmp(g->choices[i].y, y, width * sizeof *y)) return;
  g->choices[g->n_choices].service = s;
  memcpy(g->choices[g->n_choices++].y, y, width * sizeof *y);
}

/* The cheapest patterns at the best prices: the slack is doubled until there are enough. */
static void list_patterns(struct program *g, size_t from, size_t s, size_t most)
{
  const struct rms_prices *p = g->p;
  const struct rms_serve *inst = p->inst;
  const struct rms_cover_prices prices = {.n_kinds = inst->n_kinds,
                                          .price = p->steps[p->best_step].point.w,
                                          .is_open = p->is_open,
                                          .node_limit = 4 * LISTED_MAX};
  const int64_t *rate = inst->throughput + s * inst->n_kinds;
  const int64_t need = inst->services[s].demand;
  int64_t *covers = malloc(LISTED_MAX * inst->n_kinds * sizeof *covers);
  rms_wide values[LISTED_MAX], least;
  int64_t y[RMS_SERVE_KINDS_MAX];
  size_t n = 0;
  if (!covers) return; /* fewer patterns: it is a heuristic */
  rms_cover_solve(&prices, rate, need, y, &least);
  for (rms_wide slack = g->gap / 256 + 1; slack <= 2 * g->gap && n < most; slack *= 2)
    if (!rms_cover_list(&prices, rate, need, least + slack, LISTED_MAX, covers, values, &n)) break;
  for (size_t i = 0; i < n && g->n_choices - from < most; i++)
    keep_choice(g, from, s, covers + i * inst->n_kinds);
  free(covers);
}

static void add_choices(struct program *g, size_t s, size_t most)
{
  const struct rms_prices *p = g->p;
  const size_t from = g->n_choices, width = p->inst->n_kinds;
  int64_t y[RMS_SERVE_KINDS_MAX];
  keep_choice(g, from, s, g->base + s * width);
  for (size_t j = p->n_steps; j-- > 0 && g->n_choices - from < most / 2;) {
    if (!p->steps[j].slices || p->steps[j].weight < 1e-7) continue;
    for (size_t k = 0; k < width; k++) y[k] = p->steps[j].slices[s * width + k];
    keep_choice(g, from, s, y);
  }
  list_patterns(g, from, s, most);
}

/* The window begins at service `at` and goes round. Returns its length. */
static size_t pick_window(struct program *g, size_t at)
{
  const size_t n = g->p->inst->n_services, width = g->p->inst->n_kinds;
  const size_t most = n < CHOICES_MAX / PATTERNS_MAX ? PATTERNS_MAX : 16;
  size_t length = 0;
  g->n_choices = 0;
  memset(g->fixed, 0, sizeof g->fixed);
  for (; length < n && g->n_choices + most <= CHOICES_MAX; length++)
    add_choices(g, (at + length) % n, most);
  for (size_t i = length; i < n; i++)
    for (size_t k = 0; k < width; k++) g->fixed[k] += g->base[(at + i) % n * width + k];
  return length;
}

/* ---- the matrix ---- */

static void add_column(struct program *g, double cost, double upper)
{
  g->cost[g->n_columns] = cost;
  g->upper[g->n_columns] = upper;
  g->start[++g->n_columns] = (CoinBigIndex)g->n_entries;
}

static void add_entry(struct program *g, size_t row, double value)
{
  g->row[g->n_entries] = (int)row;
  g->entry[g->n_entries++] = value;
}

static void add_cuts(struct program *g, size_t q, size_t stock_row)
{
  const struct rms_prices *p = g->p;
  const struct rms_serve_pool *pool = &p->inst->pools[q];
  const struct rms_price_point *point = &p->steps[p->best_step].point;
  const rms_wide limit = (rms_wide)p->options.denominator * pool->cost + point->u[q];
  g->first_cut[q] = g->n_columns;
  for (size_t c = 0; c < pool->n_cuts; c++) {
    rms_wide worth = 0;
    for (size_t k = 0; k < p->inst->n_kinds; k++) {
      worth += (rms_wide)pool->cuts[c].count[k] * point->w[k];
      if (pool->cuts[c].count[k]) add_entry(g, k, pool->cuts[c].count[k]);
    }
    if (pool->count >= 0) add_entry(g, stock_row, 1);
    add_column(g, (double)pool->cost, pool->count == 0 || limit - worth > g->gap ? 0 : 1e9);
  }
}

static void add_fines(struct program *g)
{
  size_t row = g->p->inst->n_kinds;
  g->first_fine = g->n_columns;
  for (size_t q = 0; q < g->p->inst->n_pools; q++) {
    if (g->p->inst->pools[q].count < 0) continue;
    g->row_lower[row] = -DBL_MAX;
    g->row_upper[row] = (double)g->p->inst->pools[q].count;
    add_entry(g, row++, -1);
    add_column(g, g->fine, 1e9);
  }
  g->n_rows = row;
}

static void add_choice_columns(struct program *g)
{
  const size_t width = g->p->inst->n_kinds;
  g->first_choice = g->n_columns;
  for (size_t i = 0; i < g->n_choices; i++) {
    if (i == 0 || g->choices[i].service != g->choices[i - 1].service) {
      g->row_lower[g->n_rows] = g->row_upper[g->n_rows] = 1;
      g->n_rows++;
    }
    for (size_t k = 0; k < width; k++)
      if (g->choices[i].y[k]) add_entry(g, k, -(double)g->choices[i].y[k]);
    add_entry(g, g->n_rows - 1, 1);
    add_column(g, 0, 1);
  }
}

static void build(struct program *g)
{
  const struct rms_serve *inst = g->p->inst;
  size_t stock_row = inst->n_kinds;
  g->n_columns = g->n_entries = 0;
  g->start[0] = 0;
  for (size_t k = 0; k < inst->n_kinds; k++) {
    g->row_lower[k] = (double)g->fixed[k];
    g->row_upper[k] = DBL_MAX;
  }
  for (size_t q = 0; q < inst->n_pools; q++) {
    add_cuts(g, q, stock_row);
    stock_row += inst->pools[q].count >= 0;
  }
  add_fines(g);
  add_choice_columns(g);
}

/* ---- solving ---- */

static void watch(void *relaxation, void *cuts, void *data)
{
  struct program *g = data;
  (void)relaxation;
  if (!g->is_emptying && !rms_prices_tick(g->p, 1)) return;
  const int column = 0;
  const double one = 1;
  g->is_emptying = true;
  OsiCuts_addRowCut(cuts, 1, &column, &one, 'G', 3e9);
}

static void set_parameters(const struct program *g, Cbc_Model *mip)
{
  const struct rms_host *host = g->p->host;
  const double seconds = host->seconds_left(host->ctx);
  char text[32];
  Cbc_setLogLevel(mip, 0);
  Cbc_setParameter(mip, "preprocess", "off"); /* columns stay ours */
  snprintf(text, sizeof text, "%d", g->is_whole ? NODES_MAX : NODES_OF_WINDOW);
  Cbc_setParameter(mip, "maxNodes", text);
  snprintf(text, sizeof text, "%.6f", 0.999 * (double)g->p->unit);
  Cbc_setParameter(mip, "allowableGap", text);
  if (!isfinite(seconds)) return;
  snprintf(text, sizeof text, "%.3f", fmax(seconds, 0.01));
  Cbc_setParameter(mip, "timeMode", "elapsed");
  Cbc_setParameter(mip, "seconds", text);
}

static int64_t rounded(double x)
{
  return x > 0 ? llround(x) : 0;
}

/* What the columns say, in integers; machines are counted anew. *value: cost and fines; INFINITY
 * when a choice is missing or places are. */
static void read_solution(const struct program *g, const double *x, int64_t *const *times,
                          int64_t *slices, double *value)
{
  const struct rms_serve *inst = g->p->inst;
  const size_t width = inst->n_kinds;
  int64_t places[RMS_SERVE_KINDS_MAX] = {0};
  double sum = 0;
  for (size_t q = 0; q < inst->n_pools; q++) {
    int64_t machines = 0;
    for (size_t c = 0; c < inst->pools[q].n_cuts; c++) {
      const int64_t n = times[q][c] = rounded(x[g->first_cut[q] + c]);
      machines += n;
      for (size_t k = 0; k < width; k++) places[k] += n * inst->pools[q].cuts[c].count[k];
    }
    const int64_t stock = inst->pools[q].count;
    sum += (double)machines * (double)inst->pools[q].cost;
    if (stock >= 0 && machines > stock) sum += g->fine * (double)(machines - stock);
  }
  for (size_t i = 0; i < g->n_choices; i++)
    if (x[g->first_choice + i] > 0.5)
      memcpy(slices + g->choices[i].service * width, g->choices[i].y, width * sizeof *slices);
  for (size_t s = 0; s < inst->n_services; s++)
    for (size_t k = 0; k < width; k++) places[k] -= slices[s * width + k];
  for (size_t k = 0; k < width; k++)
    if (places[k] < 0) sum = INFINITY;
  *value = sum;
}

/* *is_better: the base improved. Slices that are not enough for a service cannot come out: whatever
 * is not chosen keeps its pattern, and every pattern covers. */
static int take_solution(struct program *g, const double *x, int64_t *const *times, bool *is_better)
{
  const size_t n = g->p->inst->n_services * g->p->inst->n_kinds;
  double value;
  memcpy(g->p->slices, g->base, n * sizeof *g->base);
  read_solution(g, x, times, g->p->slices, &value);
  if (!(value < g->value)) return RMS_OK;
  *is_better = true;
  g->value = value;
  memcpy(g->base, g->p->slices, n * sizeof *g->base);
  return rms_prices_offer_cut(g->p, g->base, times);
}

static int solve(struct program *g, int64_t *const *times, bool *is_better)
{
  struct sigaction interrupt; /* CBC takes SIGINT for itself */
  Cbc_Model *mip = Cbc_newModel();
  int status = RMS_OK;
  Cbc_loadProblem(mip, (int)g->n_columns, (int)g->n_rows, g->start, g->row, g->entry, NULL,
                  g->upper, g->cost, g->row_lower, g->row_upper);
  for (size_t j = 0; j < g->n_columns; j++) Cbc_setInteger(mip, (int)j);
  set_parameters(g, mip);
  Cbc_addCutCallback(mip, watch, "host", g);
  sigaction(SIGINT, NULL, &interrupt);
  Cbc_solve(mip);
  sigaction(SIGINT, &interrupt, NULL);
  const double *best = Cbc_bestSolution(mip);
  if (best && !Cbc_isProvenInfeasible(mip)) status = take_solution(g, best, times, is_better);
  Cbc_deleteModel(mip);
  return status;
}

/* ---- windows ---- */

static int make_room(struct program *g)
{
  const struct rms_serve *inst = g->p->inst;
  struct rms_arena *arena = g->p->arena;
  size_t columns = CHOICES_MAX + 1, rows = inst->n_kinds + inst->n_pools + CHOICES_MAX + 1;
  for (size_t q = 0; q < inst->n_pools; q++) columns += inst->pools[q].n_cuts + 1;
  const size_t entries = columns * (inst->n_kinds + 2);
  g->choices = rms_arena_alloc(arena, CHOICES_MAX, sizeof *g->choices);
  g->start = rms_arena_alloc(arena, columns + 1, sizeof *g->start);
  g->row = rms_arena_alloc(arena, entries, sizeof *g->row);
  g->entry = rms_arena_alloc(arena, entries, sizeof *g->entry);
  g->upper = rms_arena_alloc(arena, columns, sizeof *g->upper);
  g->cost = rms_arena_alloc(arena, columns, sizeof *g->cost);
  g->row_lower = rms_arena_alloc(arena, rows, sizeof *g->row_lower);
  g->row_upper = rms_arena_alloc(arena, rows, sizeof *g->row_upper);
  g->base = rms_arena_alloc(arena, inst->n_services * inst->n_kinds, sizeof *g->base);
  const bool has_all = g->choices && g->start && g->row && g->entry && g->upper && g->cost &&
                       g->row_lower && g->row_upper && g->base;
  return has_all ? RMS_OK : RMS_E_NOMEM;
}

/* Twice the distance of the best plan from the bound, for the rounding of both; a cost unit per
 * cent while there is no plan. */
static void set_gap(struct program *g)
{
  const struct rms_prices *p = g->p;
  const rms_wide d = p->options.denominator;
  const rms_wide open = p->has_plan ? (rms_wide)p->cost * d - p->bound : p->bound / 20;
  g->gap = open > d ? open : d;
}

static int search(struct program *g, int64_t *const *times)
{
  struct rms_prices *p = g->p;
  const size_t n = p->inst->n_services;
  size_t at = 0, since = 0; /* services looked at since the last improvement */
  int status = RMS_OK;
  for (int i = 0; i < ROUNDS_MAX && !p->is_stopped && !rms_prices_is_closed(p); i++) {
    bool is_better = false;
    set_gap(g);
    const size_t length = pick_window(g, at);
    g->is_whole = length == n;
    build(g);
    status = solve(g, times, &is_better);
    if (status < 0 || (!is_better && length == n)) break;
    since = is_better ? 0 : since + length;
    if (since > 2 * n) break;
    at = (at + length - length / 3) % n;
  }
  return status;
}

int rms_prices_mip(struct rms_prices *p)
{
  struct program g = {.p = p, .value = INFINITY, .fine = 1};
  int64_t *times[RMS_SERVE_POOLS_MAX] = {0}, total[RMS_SERVE_KINDS_MAX];
  int status = make_room(&g);
  if (status < 0) return status;
  for (size_t q = 0; q < p->inst->n_pools; q++) {
    g.fine = fmax(g.fine, 20 * (double)p->inst->pools[q].cost);
    times[q] = rms_arena_alloc(p->arena, p->inst->pools[q].n_cuts + 1, sizeof *times[q]);
    if (!times[q]) return RMS_E_NOMEM;
  }
  rms_prices_round(p, 100, total);
  memcpy(g.base, p->slices, p->inst->n_services * p->inst->n_kinds * sizeof *g.base);
  return search(&g, times);
}
