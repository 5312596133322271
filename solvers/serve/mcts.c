/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mcts.c - MIG-serving's slow algorithm on its own, from an empty plan (slow.h says what of it is
 * reconstructed). Work is rollouts.
 *
 * Several islands search their own trees; every `exchange` rollouts each learns the others' counts
 * of the root's moves and their best plans. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/greedy.h"
#include "solvers/serve/letter.h"
#include "solvers/serve/slow_params.h"
#include "solvers/serve/watch.h"

enum { STREAM = 1, MOVES_MAX = 4 * RMS_MENU_MAX };

static const struct rms_param params[] = {
    RMS_SLOW_PARAMS("capped", "need"),
    RMS_BOUND_PARAM("free"),
    {.name = "iterations",
     .type = RMS_P_INT,
     .dflt = "0",
     .range = "[0,1e15]",
     .scale = "",
     .unit = "1",
     .doc = "Rollouts after which the search ends; 0: at the limit of the run or at the bound."},
    {.name = "restart",
     .type = RMS_P_INT,
     .dflt = "0",
     .range = "[0,1e12]",
     .scale = "",
     .unit = "1",
     .doc = "Begin a new tree and new pools after so many rollouts without a better plan; 0: "
            "never."},
    {.name = "exchange",
     .type = RMS_P_INT,
     .dflt = "10000",
     .range = "[1,1e9]",
     .scale = "log",
     .when = "islands>1",
     .unit = "1",
     .doc = "Rollouts between two exchanges of the islands."},
    RMS_MEMORY_PARAM,
    {0}};

struct mcts {
  const struct rms_serve *inst;
  struct rms_arena *arena;
  struct rms_walk_map *map;
  struct rms_slow *slow;
  struct rms_completer *completer;
  struct rms_completion state;
  struct rms_walk root, walk;
  enum rms_floor_kind bound;
  uint64_t iterations, restart, interval;
  size_t most; /* machines of a plan that is searched on */

  /* one solve */
  const struct rms_host *host;
  struct rms_floor floor;
  struct rms_deployment best;
  bool has_best;
  int64_t greedy; /* cost of the greedy plan; INT64_MAX: stuck */
  uint64_t work, quiet, evaluations;
  struct rms_letter letter;
};

static void close_mcts(void *self)
{
  struct mcts *mcts = self;
  if (mcts == NULL) return;
  rms_slow_close(mcts->slow);
  rms_completer_close(mcts->completer);
  rms_completion_fini(&mcts->state);
  rms_deployment_fini(&mcts->best);
  rms_letter_fini(&mcts->letter);
  rms_arena_free(mcts->arena);
  free(mcts);
}

static int open_mcts(void **self, const struct rms_instance *inst, const char *const *values)
{
  int status = RMS_OK;
  const size_t memory = (size_t)rms_value_int(params, values, "memory") << 20;
  const struct rms_slow_setup setup = rms_slow_setup_of(params, values, memory / 4 * 3);
  const struct rms_rule_setup rule = {.rule = RMS_RULE_CAPPED, .weight = setup.menu.weight};
  struct mcts *mcts = calloc(1, sizeof *mcts);
  if (mcts == NULL) return RMS_E_NOMEM;
  mcts->inst = rms_serve_of(inst);
  mcts->bound = rms_floor_kind_of(rms_value_text(params, values, "bound"));
  mcts->iterations = (uint64_t)rms_value_int(params, values, "iterations");
  mcts->restart = (uint64_t)rms_value_int(params, values, "restart");
  mcts->interval = (uint64_t)rms_value_int(params, values, "exchange");
  mcts->arena = rms_arena_new();
  if (mcts->arena == NULL) RMS_TRY(RMS_E_NOMEM);
  RMS_TRY(rms_walk_map_new(&mcts->map, mcts->arena, mcts->inst));
  RMS_TRY(rms_walk_init(&mcts->root, mcts->arena, mcts->map));
  RMS_TRY(rms_walk_init(&mcts->walk, mcts->arena, mcts->map));
  RMS_TRY(rms_completion_init(&mcts->state, mcts->inst));
  RMS_TRY(rms_completer_open(&mcts->completer, mcts->inst, &rule));
  RMS_TRY(rms_slow_open(&mcts->slow, mcts->map, &setup));
  mcts->most = memory / 4 / (4 * mcts->map->width * sizeof(uint32_t));
  *self = mcts;
  mcts = NULL;
out:
  close_mcts(mcts);
  return status;
}

/* ---- the search ---- */

static bool is_closed(const struct mcts *mcts)
{
  return mcts->has_best && mcts->floor.is_known && mcts->best.cost <= mcts->floor.least;
}

static int report_best(struct mcts *mcts)
{
  return rms_deployment_report(mcts->host, &mcts->best, mcts->map, &mcts->floor, mcts->work,
                               mcts->evaluations);
}

static void begin_tree(struct mcts *mcts)
{
  rms_slow_forget(mcts->slow);
  rms_walk_reset(&mcts->root);
  rms_slow_begin(mcts->slow, &mcts->root, mcts->greedy, mcts->floor.least);
  mcts->quiet = 0;
}

/* The greedy plan, at once. An enum rms_complete_end, or negative; LIMIT: too large to search on.
 */
static int begin_greedy(struct mcts *mcts)
{
  struct rms_watch watch = {.host = mcts->host};
  struct rms_poll poll = {.stop = rms_watch_stop, .ctx = &watch};
  struct rms_serve_plan plan = {0};
  rms_completion_reset(&mcts->state);
  int status = rms_complete(mcts->completer, &mcts->state, &plan, &poll);
  if (status == RMS_COMPLETE_DONE) {
    int said = rms_plan_join(&plan);
    mcts->evaluations = 1;
    if (said >= 0) said = rms_serve_report(mcts->host, mcts->inst, &plan, NAN, 0);
    if (said > 0) status = RMS_COMPLETE_STOPPED;
    if (said == 0) said = rms_deployment_of(&mcts->best, mcts->map, &plan, mcts->most);
    mcts->has_best = said == 0;
    mcts->greedy = mcts->best.cost;
    if (said < 0) status = said;
  }
  rms_serve_plan_fini(&plan);
  return status;
}

/* The bound follows the plan, so that there is a plan at once; a plan that the bound proves optimal
 * is reported again with it. */
static int find_floor(struct mcts *mcts)
{
  const int status = rms_floor_find(&mcts->floor, mcts->inst, mcts->host, mcts->work, mcts->bound);
  if (status < 0 || !mcts->floor.is_known) return status;
  if (is_closed(mcts)) return report_best(mcts);
  return rms_floor_report(&mcts->floor, mcts->host, mcts->work, mcts->evaluations);
}

static int take_better(struct mcts *mcts)
{
  const uint32_t *genes = NULL;
  size_t n = 0;
  const int64_t cost = rms_slow_best(mcts->slow, &genes, &n);
  mcts->quiet = 0;
  if (mcts->has_best && cost >= mcts->best.cost) return 0;
  mcts->best.n = 0;
  mcts->best.cost = 0;
  mcts->has_best = true;
  const int status = rms_deployment_add(&mcts->best, mcts->map, genes, n);
  return status < 0 ? status : report_best(mcts);
}

/* ---- islands ---- */

static int take_plan(struct mcts *mcts, const struct rms_deployment *plan)
{
  if (mcts->has_best && plan->cost >= mcts->best.cost) return 0;
  if (!rms_deployment_walk(plan, &mcts->walk)) return 0;
  const int status = rms_deployment_copy(&mcts->best, mcts->map, plan);
  mcts->has_best = status >= 0;
  return status < 0 ? status : report_best(mcts);
}

static int take_letter(void *ctx, uint32_t distance, const void *bytes, size_t n)
{
  struct mcts *mcts = ctx;
  if (distance == mcts->host->islands) return 0; /* our own came round */
  const int status = rms_letter_read(&mcts->letter, mcts->map, bytes, n);
  if (status == RMS_E_NOMEM) return status;
  for (size_t i = 0; i < mcts->letter.n_moves; i++)
    rms_slow_add_foreign(mcts->slow, &mcts->letter.moves[i]);
  return mcts->letter.n_plans > 0 ? take_plan(mcts, &mcts->letter.plans[0]) : 0;
}

static int exchange(struct mcts *mcts)
{
  struct rms_slow_move moves[MOVES_MAX];
  struct rms_deployment *const best = &mcts->best;
  struct rms_text bytes = {0};
  const size_t n = rms_slow_moves(mcts->slow, moves, MOVES_MAX);
  int status = rms_letter_write(&bytes, mcts->map, moves, n, &best, mcts->has_best);
  rms_slow_clear_foreign(mcts->slow);
  if (status >= 0)
    status =
        rms_letter_pass(mcts->host, mcts->work, &bytes, mcts->host->islands, take_letter, mcts);
  rms_text_fini(&bytes);
  return status;
}

/* ---- the loop ---- */

/* 0: go on; nonzero: stop; negative: a status. */
static int step(struct mcts *mcts)
{
  struct rms_draws draws;
  struct rms_watch watch = {.host = mcts->host, .work = mcts->work};
  const struct rms_slow_watch slow_watch = {.stop = rms_watch_stop, .ctx = &watch};
  rms_draws_begin(&draws, mcts->host, STREAM, mcts->work);
  int status = rms_slow_rollout(mcts->slow, &draws, &slow_watch);
  if (status < 0) return status;
  mcts->work++;
  mcts->evaluations++;
  mcts->quiet++;
  status = status == RMS_SLOW_BETTER ? take_better(mcts) : 0;
  if (status == 0 && mcts->work % mcts->interval == 0) status = exchange(mcts);
  if (status == 0 && mcts->restart > 0 && mcts->quiet >= mcts->restart) begin_tree(mcts);
  return status;
}

static void log_counts(const struct mcts *mcts)
{
  const struct rms_slow_count *count = rms_slow_counted(mcts->slow);
  mcts->host->log(
      mcts->host->ctx, 0,
      "%" PRIu64 " rollouts, %" PRIu64 " machines drawn, %" PRIu64 " pools made, %" PRIu64
      " found, %" PRIu64 " nodes, %" PRIu64 " rollouts cut short",
      count->rollouts, count->machines, count->menus, count->hits, count->nodes, count->cut);
}

static int part(struct mcts *mcts)
{
  const int status =
      rms_letter_part(mcts->host, mcts->work, mcts->map, &mcts->best, mcts->host->islands);
  return status < 0 ? status : RMS_OPTIMAL;
}

static int search(struct mcts *mcts)
{
  int status = find_floor(mcts);
  if (status < 0) return status;
  if (status > 0) return is_closed(mcts) ? part(mcts) : RMS_STOPPED;
  begin_tree(mcts);
  while (!is_closed(mcts)) {
    if (mcts->host->should_stop(mcts->host->ctx, mcts->work)) return RMS_STOPPED;
    if (mcts->iterations > 0 && mcts->work >= mcts->iterations) return RMS_FEASIBLE;
    status = step(mcts);
    if (status < 0) return status;
    if (status > 0 && !is_closed(mcts)) return RMS_STOPPED;
  }
  return part(mcts);
}

static int solve_mcts(void *self, const struct rms_host *host)
{
  struct mcts *mcts = self;
  if (rms_serve_log_unservable(host, mcts->inst)) return RMS_INFEASIBLE;
  mcts->host = host;
  mcts->has_best = false;
  mcts->greedy = INT64_MAX;
  mcts->work = mcts->evaluations = 0;
  mcts->floor = (struct rms_floor){0};
  const int status = begin_greedy(mcts);
  if (status == RMS_E_LIMIT) {
    host->log(host->ctx, 1, "the plan has too many machines to search on: the greedy one stands");
    return RMS_FEASIBLE;
  }
  if (status < 0) return status;
  if (status == RMS_COMPLETE_STOPPED) return RMS_STOPPED;
  if (mcts->inst->n_services == 0) return RMS_FEASIBLE;
  const int outcome = search(mcts);
  log_counts(mcts);
  return outcome;
}

const struct rms_solver rms_solver_serve_mcts = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "mcts",
    .version = "1.0",
    .doc = "Monte Carlo tree search over machines with trimmed children and estimates from pools "
           "(reconstructed).",
    .citation = "after MIG-serving, arXiv 2109.11067",
    .family = "serve",
    .flags = RMS_ANYTIME | RMS_PARALLEL | RMS_DETERMINISTIC | RMS_RANDOMISED | RMS_BOUND |
             RMS_FOREIGN_ALLOC,
    .params = params,
    .supports = rms_greedy_supports,
    .open = open_mcts,
    .solve = solve_mcts,
    .close = close_mcts};
