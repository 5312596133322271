/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/deployment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/hash.h"
#include "solvers/serve/greedy.h"

void rms_deployment_fini(struct rms_deployment *plan)
{
  free(plan->genes);
  *plan = (struct rms_deployment){0};
}

int rms_deployment_add(struct rms_deployment *plan, const struct rms_walk_map *map,
                       const uint32_t *genes, size_t n)
{
  const size_t words = n * map->width;
  const int status =
      rms_grow(&plan->genes, &plan->capacity, plan->n * map->width + words, sizeof *plan->genes);
  if (status < 0) return status;
  if (words > 0) memcpy(plan->genes + plan->n * map->width, genes, words * sizeof *genes);
  for (size_t i = 0; i < n; i++) plan->cost += map->cuts[genes[i * map->width]].cost;
  plan->n += n;
  return RMS_OK;
}

int rms_deployment_copy(struct rms_deployment *to, const struct rms_walk_map *map,
                        const struct rms_deployment *from)
{
  to->n = 0;
  to->cost = 0;
  return rms_deployment_add(to, map, from->genes, from->n);
}

void rms_deployment_remove(struct rms_deployment *plan, const struct rms_walk_map *map, size_t i)
{
  uint32_t *gene = plan->genes + i * map->width;
  plan->cost -= map->cuts[gene[0]].cost;
  plan->n--;
  if (i < plan->n) memcpy(gene, plan->genes + plan->n * map->width, map->width * sizeof *gene);
}

bool rms_deployment_walk(const struct rms_deployment *plan, struct rms_walk *walk)
{
  const size_t width = walk->map->width;
  rms_walk_reset(walk);
  for (size_t i = 0; i < plan->n; i++) {
    const uint32_t *gene = plan->genes + i * width;
    if (walk->left[walk->map->cuts[gene[0]].pool] <= 0) return false;
    rms_walk_apply(walk, gene);
  }
  return walk->n_open == 0;
}

/* ---- greedy completion ---- */

static void gene_of_choice(const struct rms_walk_map *map, const struct rms_choice *choice,
                           uint32_t *gene)
{
  gene[0] = map->first_cut[choice->pool] + choice->cut;
  const size_t n = map->cuts[gene[0]].n_slices;
  memcpy(gene + 1, choice->service, n * sizeof *gene);
  for (size_t j = n + 1; j < map->width; j++) gene[j] = RMS_SERVE_IDLE;
}

int rms_deployment_complete(struct rms_deployment *plan, struct rms_walk *walk,
                            struct rms_completer *completer, struct rms_completion *state,
                            struct rms_serve_plan *scratch, struct rms_poll *poll)
{
  enum { SCRATCH_GROUPS = 1024 };
  const struct rms_walk_map *map = walk->map;
  struct rms_choice choice;
  uint32_t gene[RMS_GENE_MAX];
  memcpy(state->need, walk->need, map->inst->n_services * sizeof *walk->need);
  memcpy(state->left, walk->left, sizeof state->left);
  state->unfinished = walk->n_open;
  if (walk->n_open > 0 && rms_completer_begin(completer, state, poll)) return RMS_COMPLETE_STOPPED;
  for (uint64_t n = 1; walk->n_open > 0; n++) {
    if (n % 64 == 0 && rms_poll_stop(poll)) return RMS_COMPLETE_STOPPED;
    if (!rms_completer_choose(completer, state, &choice)) return RMS_COMPLETE_STUCK;
    gene_of_choice(map, &choice, gene);
    int status = rms_deployment_add(plan, map, gene, 1);
    if (status < 0) return status;
    rms_walk_apply(walk, gene);
    if (scratch->n_groups >= SCRATCH_GROUPS) rms_serve_plan_clear(scratch);
    status = rms_completer_apply(completer, state, &choice, scratch, poll);
    if (status < 0) return status;
    if (status > 0) return RMS_COMPLETE_STOPPED;
  }
  rms_serve_plan_clear(scratch);
  return RMS_COMPLETE_DONE;
}

/* ---- to and from plans ---- */

static int compare_genes(const void *a, const void *b, void *width)
{
  const uint32_t *x = a, *y = b;
  for (size_t j = 0; j < *(const size_t *)width; j++)
    if (x[j] != y[j]) return x[j] < y[j] ? -1 : 1;
  return 0;
}

static int add_machines(struct rms_serve_plan *result, const struct rms_walk_map *map,
                        const uint32_t *gene, int64_t count)
{
  const struct rms_walk_cut *cut = &map->cuts[gene[0]];
  const struct rms_partition *partition = map->inst->pools[cut->pool].cuts[cut->cut].partition;
  struct rms_serve_slice slices[RMS_UNITS_MAX];
  for (size_t j = 0; j < cut->n_slices; j++)
    slices[j] = (struct rms_serve_slice){.profile = partition->layout[j].profile,
                                         .start = partition->layout[j].start,
                                         .service = gene[1 + j]};
  return rms_serve_plan_add(result, cut->pool, count, slices, cut->n_slices);
}

int rms_deployment_plan(struct rms_deployment *plan, const struct rms_walk_map *map,
                        struct rms_serve_plan *result)
{
  size_t width = map->width;
  const size_t bytes = width * sizeof(uint32_t);
  if (plan->n > 1) qsort_r(plan->genes, plan->n, bytes, compare_genes, &width);
  for (size_t i = 0, end; i < plan->n; i = end) {
    const uint32_t *gene = plan->genes + i * width;
    end = i + 1;
    while (end < plan->n && memcmp(plan->genes + end * width, gene, bytes) == 0) end++;
    const int status = add_machines(result, map, gene, (int64_t)(end - i));
    if (status < 0) return status;
  }
  return RMS_OK;
}

static bool is_layout(const struct rms_partition *partition, const struct rms_serve_slice *slices,
                      size_t n)
{
  if (partition->n_slices != n) return false;
  for (size_t j = 0; j < n; j++)
    if (partition->layout[j].profile != slices[j].profile ||
        partition->layout[j].start != slices[j].start)
      return false;
  return true;
}

static bool gene_of_group(const struct rms_walk_map *map, const struct rms_serve_plan *plan,
                          const struct rms_serve_group *group, uint32_t *gene)
{
  const struct rms_serve_pool *pool = &map->inst->pools[group->pool];
  const struct rms_serve_slice *slices = plan->slices + group->first;
  for (size_t c = 0; c < pool->n_cuts; c++) {
    if (!is_layout(pool->cuts[c].partition, slices, group->n_slices)) continue;
    gene[0] = map->first_cut[group->pool] + (uint32_t)c;
    for (size_t j = 1; j < map->width; j++)
      gene[j] = j <= group->n_slices ? slices[j - 1].service : RMS_SERVE_IDLE;
    return true;
  }
  return false;
}

int rms_deployment_of(struct rms_deployment *plan, const struct rms_walk_map *map,
                      const struct rms_serve_plan *from, size_t most)
{
  uint32_t gene[RMS_GENE_MAX];
  plan->n = 0;
  plan->cost = 0;
  for (size_t g = 0; g < from->n_groups; g++) {
    const struct rms_serve_group *group = &from->groups[g];
    if ((uint64_t)group->count > most - plan->n || !gene_of_group(map, from, group, gene))
      return RMS_E_LIMIT;
    for (int64_t i = 0; i < group->count; i++) {
      const int status = rms_deployment_add(plan, map, gene, 1);
      if (status < 0) return status;
    }
  }
  return RMS_OK;
}

/* ---- what is left over ---- */

static int64_t plus(int64_t a, int64_t b)
{
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static void add_gene(const struct rms_walk_map *map, const uint32_t *gene, int64_t *slack)
{
  const struct rms_walk_cut *cut = &map->cuts[gene[0]];
  for (size_t j = 0; j < cut->n_slices; j++) {
    const uint32_t s = gene[1 + j];
    if (s != RMS_SERVE_IDLE) slack[s] = plus(slack[s], rms_serve_rate(map->inst, s, cut->kind[j]));
  }
}

void rms_deployment_slack(const struct rms_deployment *plan, const struct rms_walk_map *map,
                          int64_t *slack)
{
  for (size_t s = 0; s < map->inst->n_services; s++) slack[s] = -map->inst->services[s].demand;
  for (size_t i = 0; i < plan->n; i++) add_gene(map, plan->genes + i * map->width, slack);
}

/* Take the gene's slices off; put them back when somebody would miss them. */
static bool can_drop(const struct rms_walk_map *map, const uint32_t *gene, int64_t *slack)
{
  const struct rms_walk_cut *cut = &map->cuts[gene[0]];
  for (size_t j = 0; j < cut->n_slices; j++) {
    const uint32_t s = gene[1 + j];
    if (s == RMS_SERVE_IDLE) continue;
    const int64_t rate = rms_serve_rate(map->inst, s, cut->kind[j]);
    slack[s] -= rate;
    if (slack[s] >= 0) continue;
    for (size_t i = 0; i <= j; i++)
      if (gene[1 + i] != RMS_SERVE_IDLE)
        slack[gene[1 + i]] += rms_serve_rate(map->inst, gene[1 + i], cut->kind[i]);
    return false;
  }
  return true;
}

void rms_deployment_drop(struct rms_deployment *plan, const struct rms_walk_map *map,
                         int64_t *slack, size_t first)
{
  size_t at = plan->n == 0 ? 0 : first % plan->n;
  for (size_t kept = 0; kept < plan->n;) { /* in a row */
    if (at >= plan->n) at = 0;
    if (can_drop(map, plan->genes + at * map->width, slack)) {
      rms_deployment_remove(plan, map, at); /* another one stands there now */
      kept = 0;
    } else {
      at++;
      kept++;
    }
  }
}

double rms_deployment_surplus(const struct rms_walk_map *map, const int64_t *slack)
{
  double sum = 0;
  for (size_t s = 0; s < map->inst->n_services; s++)
    sum += (double)slack[s] / (double)map->inst->services[s].demand * map->share[s];
  return sum;
}

uint64_t rms_deployment_hash(const struct rms_deployment *plan, const struct rms_walk_map *map)
{
  uint64_t sum = 0;
  for (size_t i = 0; i < plan->n; i++)
    sum += rms_hash_bytes(plan->genes + i * map->width, map->width * sizeof *plan->genes).low;
  return sum;
}

/* ---- reporting ---- */

int rms_deployment_report(const struct rms_host *host, struct rms_deployment *plan,
                          const struct rms_walk_map *map, const struct rms_floor *floor,
                          uint64_t work, uint64_t evaluations)
{
  const double bound = floor != NULL && floor->is_known ? floor->bound : NAN;
  struct rms_serve_plan result = {0};
  int status = rms_deployment_plan(plan, map, &result);
  if (status >= 0 && floor != NULL) status = rms_floor_certify(floor, map->inst, &result);
  if (status >= 0)
    status = rms_serve_report_counted(host, map->inst, &result, bound, work, evaluations);
  rms_serve_plan_fini(&result);
  return status;
}
