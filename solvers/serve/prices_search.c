/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a finished search to a proof that the checker can follow: few vectors of prices that refute
 * all numbers of machines below the bound, and for those that only the exhausted search refuted the
 * vectors and forms that kept it short. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices_counts.h"

/* Was N refuted by an exhausted search over joint rows? */
static bool is_joint(const struct rms_counts *c, const int64_t *n)
{
  size_t i = 0;
  while (i < c->n_closed && memcmp(c->closed[i].n, n, c->n_pools * sizeof *n) != 0) i++;
  return i < c->n_closed && c->closed[i].is_joint;
}

/* The joint prices that leave N least room are those that its search listed patterns by. */
static void use_joint(struct rms_counts *c, const int64_t *n)
{
  size_t tightest = c->n_vectors;
  double least = INFINITY;
  for (size_t j = 0; j < c->n_vectors; j++) {
    const double room = rms_counts_room_under(&c->vectors[j], c, n);
    if (!c->vectors[j].is_joint || room >= least) continue;
    least = room;
    tightest = j;
  }
  if (tightest < c->n_vectors) c->is_used[tightest] = true;
}

/* A point that the vectors in use do not refute: the one that does it most clearly is taken into
 * use, or the tests of its exhausted search. */
static bool explain(struct rms_counts *c, const int64_t *n)
{
  size_t tests[RMS_COUNTS_TESTS], refuter;
  if (rms_counts_room(c, n, &refuter) < 0) return true;
  const size_t n_tests = rms_counts_tests(c, n, RMS_COUNTS_TESTS, tests);
  const rms_wide worth = rms_counts_worth(c, &c->vectors[tests[0]], n);
  if (worth < c->vectors[tests[0]].value) {
    c->is_used[tests[0]] = true;
    return true;
  }
  if (is_joint(c, n)) {
    use_joint(c, n);
    return true;
  }
  for (size_t t = 0; t < n_tests; t++) c->is_used[tests[t]] = true;
  c->has_searched = true;
  return true;
}

static void put_vector(const struct rms_prices *p, const int64_t *w, struct rms_serve_search *to)
{
  int64_t *at = to->vectors + to->n_vectors++ * p->inst->n_kinds;
  for (size_t k = 0; k < p->inst->n_kinds; k++) at[k] = p->is_open[k] ? w[k] : RMS_PRICES_CLOSED;
}

static void put_forms(const struct rms_prices *p, struct rms_serve_search *to)
{
  for (size_t g = 0; g < p->n_classes; g++) {
    const struct rms_prices_class *class = &p->classes[g];
    for (size_t f = 0; f < class->forms.n_forms; f++) {
      int64_t w[RMS_SERVE_KINDS_MAX] = {0};
      for (size_t i = 0; i < class->forms.n_dimensions; i++)
        w[class->kind_of[i]] = class->forms.weight[f][i];
      put_vector(p, w, to);
    }
  }
}

/* Vectors in use: the joint ones, or the others. The best step's prices are the certificate's own.
 */
static void put_used(const struct rms_counts *c, bool are_joint, struct rms_serve_search *to)
{
  const struct rms_prices *p = c->p;
  for (size_t j = 0; j < c->n_vectors; j++)
    if (c->is_used[j] && c->vectors[j].is_joint == are_joint && c->vectors[j].step != p->best_step)
      put_vector(p, p->steps[c->vectors[j].step].point.w, to);
}

static int write_search(struct rms_counts *c)
{
  struct rms_prices *p = c->p;
  size_t n = c->n_rows;
  for (size_t j = 0; j < c->n_vectors; j++) n += c->is_used[j];
  for (size_t g = 0; g < p->n_classes; g++) n += p->classes[g].forms.n_forms;
  if (n > RMS_SERVE_VECTORS_MAX) return RMS_OK;
  int64_t *vectors = malloc((n * p->inst->n_kinds + 1) * sizeof *vectors);
  if (!vectors) return RMS_E_NOMEM;
  free(p->search.vectors);
  p->search = (struct rms_serve_search){.target = p->proved, .vectors = vectors};
  put_used(c, false, &p->search);
  if (c->has_searched) put_forms(p, &p->search);
  const size_t first = p->search.n_vectors;
  put_used(c, true, &p->search);
  for (size_t r = 0; r < c->n_rows; r++) put_vector(p, c->rows[r].w, &p->search);
  p->search.n_joint = p->search.n_vectors - first;
  return RMS_OK;
}

/* The certificate's own prices refute what costs less than the ceiling of the bound. */
int rms_counts_prove(struct rms_counts *c)
{
  struct rms_prices *p = c->p;
  if (p->proved <= rms_prices_ceiling(p) || p->is_stopped) return RMS_OK;
  c->has_searched = false;
  c->is_used = calloc(c->n_vectors + 1, sizeof *c->is_used);
  if (!c->is_used) return RMS_E_NOMEM;
  for (size_t j = 0; j < c->n_vectors; j++) c->is_used[j] = c->vectors[j].step == p->best_step;
  for (int64_t cost = rms_prices_ceiling(p); cost < p->proved && !p->is_stopped; cost += p->unit)
    rms_counts_visit(c, cost, explain);
  int status = p->is_stopped ? RMS_OK : write_search(c);
  free(c->is_used);
  c->is_used = NULL;
  return status;
}

/* What was searched before, for smaller costs, keeps its vectors. */
int rms_prices_prove(struct rms_prices *p, const struct rms_core_goal *goal)
{
  const size_t n = p->search.n_vectors + goal->n_tests;
  if (n > RMS_SERVE_VECTORS_MAX) return RMS_OK;
  int64_t *vectors = realloc(p->search.vectors, n * p->inst->n_kinds * sizeof *vectors);
  if (!vectors) return RMS_E_NOMEM;
  p->search.vectors = vectors;
  p->search.target = p->proved;
  for (size_t t = 0; t < goal->n_tests; t++) {
    int64_t w[RMS_SERVE_KINDS_MAX] = {0};
    for (size_t i = 0; i < goal->n_dimensions; i++)
      w[goal->kind_of[i]] = goal->tests[t].coefficient[i];
    put_vector(p, w, &p->search);
  }
  return RMS_OK;
}
