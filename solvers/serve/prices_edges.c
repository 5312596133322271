/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices along the edges of the best ones' face. */
#include <math.h>
#include <string.h>

#include "solvers/serve/prices_face.h"

enum { AXES_MAX = 8, STRIDES = 8 };

/* What a step's pattern takes of the key forms more than the best step's, in machines. */
static void tie_of(const struct rms_face *face, const struct rms_price_step *step, size_t s,
                   double *tie)
{
  const struct rms_prices *p = face->p;
  const size_t width = p->inst->n_kinds;
  const uint32_t *y = step->slices + s * width, *best = p->steps[p->best_step].slices + s * width;
  for (size_t a = 0; a < face->n_keys; a++) {
    tie[a] = 0;
    for (size_t i = 0; i < p->forms.n_dimensions; i++) {
      const size_t k = p->kind_of[i];
      tie[a] += rms_face_share(p, face->keys[a], i) * ((double)y[k] - (double)best[k]);
    }
  }
}

/* Take away what lies along the unit vectors; returns the length of what stays. */
static double reject(size_t n, double *v, size_t n_units, double (*unit)[AXES_MAX], size_t skip)
{
  double square = 0;
  for (size_t u = 0; u < n_units; u++) {
    double along = 0;
    for (size_t a = 0; a < n && u != skip; a++) along += v[a] * unit[u][a];
    for (size_t a = 0; a < n && u != skip; a++) v[a] -= along * unit[u][a];
  }
  for (size_t a = 0; a < n; a++) square += v[a] * v[a];
  return sqrt(square);
}

static void normalize(size_t n, double *v, double length)
{
  for (size_t a = 0; a < n; a++) v[a] /= length;
}

/* The longest tie that is independent of those there are. False: there is none. */
static bool longest_tie(const struct rms_face *face, size_t n_units, double (*unit)[AXES_MAX],
                        double *longest)
{
  const struct rms_prices *p = face->p;
  double most = 1e-3; /* machines */
  bool is_found = false;
  for (size_t j = 0; j < p->n_steps; j++) {
    if (!p->steps[j].slices || p->steps[j].weight <= 0 || !p->steps[p->best_step].slices) continue;
    for (size_t s = 0; s < p->inst->n_services; s++) {
      double tie[AXES_MAX] = {0}, rest[AXES_MAX];
      tie_of(face, &p->steps[j], s, tie);
      memcpy(rest, tie, sizeof rest);
      const double length = reject(face->n_keys, rest, n_units, unit, SIZE_MAX);
      if (length <= most) continue;
      most = length;
      is_found = true;
      memcpy(longest, tie, sizeof rest);
    }
  }
  return is_found;
}

/* Prices `stride` away from the best ones along the edge; false: they would be negative. */
static bool shares_along(const struct rms_face *face, const double *edge, double stride,
                         double *share)
{
  memcpy(share, face->share, sizeof face->share);
  for (size_t a = 0; a < face->n_keys; a++) {
    share[face->keys[a]] += stride * edge[a];
    if (share[face->keys[a]] < 0) return false;
  }
  return true;
}

/* There are dozens of prices to try, and what a tie is confined to may be a little more. */
static int64_t edge_nodes(const struct rms_prices *p)
{
  enum { EDGE_NODES = 1000 };
  return p->options.nodes < EDGE_NODES ? p->options.nodes : EDGE_NODES;
}

/* The stride that confines most: slack per stride is least. */
static void add_edge(const struct rms_face *face, const double *edge, struct rms_core_goal *goal)
{
  double share[RMS_FACE_FORMS_MAX], best_share[RMS_FACE_FORMS_MAX], least = INFINITY, stride = 0.25;
  for (int i = 0; i < STRIDES && !face->p->is_stopped; i++, stride /= 4) {
    int64_t w[RMS_SERVE_KINDS_MAX];
    struct rms_price_parts parts;
    if (!shares_along(face, edge, stride, share)) continue;
    const rms_wide limit = rms_face_prices(face, share, w, &parts) * face->machines;
    const double confines =
        (double)(limit - rms_face_least(face->p, w, &parts, edge_nodes(face->p))) / stride;
    if (confines >= least) break;
    least = confines;
    memcpy(best_share, share, sizeof share);
  }
  if (isfinite(least)) rms_face_add_test(face, best_share, face->p->options.nodes, goal);
}

void rms_face_add_edges(const struct rms_face *face, struct rms_core_goal *goal)
{
  const size_t n = face->n_keys;
  double tie[AXES_MAX][AXES_MAX], unit[AXES_MAX][AXES_MAX];
  size_t n_ties = 0;
  if (n < 2 || n > AXES_MAX) return;
  for (size_t a = 0; a < n; a++) unit[0][a] = 1 / sqrt((double)n); /* shares add up to 1 */
  while (n_ties + 1 < n && longest_tie(face, n_ties + 1, unit, tie[n_ties])) {
    memcpy(unit[n_ties + 1], tie[n_ties], sizeof unit[0]);
    normalize(n, unit[n_ties + 1], reject(n, unit[n_ties + 1], n_ties + 1, unit, SIZE_MAX));
    n_ties++;
  }
  for (size_t i = 0; i < n_ties && goal->n_tests + 2 <= RMS_CORE_TESTS_MAX; i++) {
    double basis[AXES_MAX][AXES_MAX], edge[AXES_MAX];
    size_t n_basis = 1; /* all but tie i */
    memcpy(basis[0], unit[0], sizeof basis[0]);
    for (size_t j = 0; j < n_ties; j++) {
      if (j == i) continue;
      memcpy(basis[n_basis], tie[j], sizeof basis[0]);
      const double length = reject(n, basis[n_basis], n_basis, basis, SIZE_MAX);
      if (length > 0) normalize(n, basis[n_basis++], length);
    }
    memcpy(edge, tie[i], sizeof edge);
    const double length = reject(n, edge, n_basis, basis, SIZE_MAX);
    if (!(length > 0)) continue;
    normalize(n, edge, length);
    add_edge(face, edge, goal);
    normalize(n, edge, -1);
    add_edge(face, edge, goal);
  }
}
