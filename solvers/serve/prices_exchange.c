/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms that bind, exchanges among services, and the rows that exchanges do not move: all sums that
 * elimination after Fourier and Motzkin gives. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/gcd.h"
#include "solvers/serve/prices_joint.h"

enum { WEIGHT_MAX = 1000 /* of a row in a sum */ };
#define TIGHT 1e-3 /* of a form's limit */

rms_wide rms_joint_limit(const struct rms_joint *j, const struct rms_counts_row *row)
{
  rms_wide sum = 0;
  for (size_t i = 0; i < j->c->n_pools; i++) sum += (rms_wide)row->worth[i] * j->n[i];
  return sum;
}

/* ---- forms that bind ---- */

/* What the steps' weighted mean takes of a row. */
static double mean_of(const struct rms_joint *j, const struct rms_counts_row *row)
{
  const struct rms_prices *p = j->c->p;
  double sum = 0, weights = 0;
  for (size_t s = 0; s < p->n_steps; s++) {
    weights += p->steps[s].weight;
    for (size_t k = 0; p->steps[s].weight > 0 && k < p->inst->n_kinds; k++)
      sum += p->steps[s].weight * (double)row->w[k] * (double)p->steps[s].total[k];
  }
  return weights > 0 ? sum / weights : 0;
}

static void row_of_form(const struct rms_joint *j, const struct rms_prices_class *class, size_t f,
                        struct rms_counts_row *row)
{
  memset(row, 0, sizeof *row);
  for (size_t i = 0; i < class->forms.n_dimensions; i++)
    row->w[class->kind_of[i]] = class->forms.weight[f][i];
  for (size_t i = 0; i < j->c->n_pools; i++)
    for (size_t q = 0; q < class->n_pools; q++)
      if (class->pools[q] == j->c->pools[i]) row->worth[i] = class->forms.divisor[f];
}

bool rms_joint_take_forms(struct rms_joint *j)
{
  const struct rms_prices *p = j->c->p;
  for (size_t g = 0; g < p->n_classes; g++)
    for (size_t f = 0; f < p->classes[g].forms.n_forms; f++) {
      if (j->n_rows == RMS_JOINT_ROWS_MAX) return false;
      struct rms_counts_row *const row = &j->rows[j->n_rows];
      row_of_form(j, &p->classes[g], f, row);
      const double limit = (double)rms_joint_limit(j, row);
      if (limit > 0 && mean_of(j, row) >= limit * (1 - TIGHT)) j->n_rows++;
    }
  return true;
}

/* ---- exchanges ---- */

/* x slices of kind a for y of kind b: what changes in the rows, in lowest terms, the first number
 * positive. Returns the divisor; 0: nothing changes. */
static int64_t shift_of(const struct rms_joint *j, size_t a, int64_t x, size_t b, int64_t y,
                        int64_t *shift)
{
  int64_t divisor = 0, sign = 0;
  for (size_t r = 0; r < j->n_rows; r++) {
    shift[r] = j->rows[r].w[a] * x - j->rows[r].w[b] * y;
    divisor = rms_gcd(divisor, shift[r]);
    if (!sign) sign = (shift[r] > 0) - (shift[r] < 0);
  }
  for (size_t r = 0; divisor && r < j->n_rows; r++) shift[r] = shift[r] / divisor * sign;
  return divisor;
}

static void count_tie(struct rms_joint *j, const int64_t *shift, double count)
{
  size_t t = 0;
  while (t < j->n_ties && memcmp(j->ties[t].shift, shift, j->n_rows * sizeof *shift) != 0) t++;
  if (t == RMS_JOINT_TIES_MAX) return;
  if (t == j->n_ties) {
    memcpy(j->ties[j->n_ties].shift, shift, j->n_rows * sizeof *shift);
    j->ties[j->n_ties++].count = 0;
  }
  j->ties[t].count += count;
}

/* Kinds a and b give the service x slices for y, if the numbers are small. */
static void judge_pair(struct rms_joint *j, size_t s, size_t a, size_t b)
{
  const struct rms_serve *inst = j->c->p->inst;
  const int64_t rate_a = rms_serve_rate(inst, s, a), rate_b = rms_serve_rate(inst, s, b);
  int64_t shift[RMS_JOINT_ROWS_MAX];
  for (int64_t x = 1; x <= RMS_JOINT_PARTS_MAX; x++) {
    const int64_t y = (x * rate_a + rate_b / 2) / rate_b;
    if (y < 1 || y > RMS_JOINT_PARTS_MAX ||
        fabs((double)x * (double)rate_a - (double)y * (double)rate_b) > 1e-6 * (double)rate_a)
      continue;
    const int64_t divisor = shift_of(j, a, x, b, y, shift);
    if (divisor)
      count_tie(j, shift,
                (double)divisor * (double)inst->services[s].demand / (double)rate_a / (double)x);
    return;
  }
}

static int compare_ties(const void *left, const void *right)
{
  const struct rms_joint_tie *a = left, *b = right;
  if (a->count != b->count) return a->count > b->count ? -1 : 1;
  return memcmp(a->shift, b->shift, sizeof a->shift);
}

/* Of each service the kind of the best value, and others with which it could be served within the
 * slack. */
static void find_ties(struct rms_joint *j)
{
  const struct rms_prices *p = j->c->p;
  const int64_t *w = j->goal->price;
  for (size_t s = 0; s < p->inst->n_services; s++) {
    const double demand = (double)p->inst->services[s].demand;
    double least = INFINITY, value[RMS_SERVE_KINDS_MAX];
    size_t best = 0;
    for (size_t k = 0; k < p->inst->n_kinds; k++) {
      const int64_t rate = p->is_open[k] ? rms_serve_rate(p->inst, s, k) : 0;
      value[k] = rate ? (double)w[k] / (double)rate * demand : INFINITY;
      if (value[k] < least) best = k;
      least = fmin(least, value[k]);
    }
    for (size_t k = 0; k < p->inst->n_kinds; k++)
      if (k != best && value[k] - least <= (double)j->goal->slack) judge_pair(j, s, best, k);
  }
  qsort(j->ties, j->n_ties, sizeof *j->ties, compare_ties);
}

/* ---- elimination ---- */

/* x times one row and y times another. */
static void add_rows(struct rms_counts_row *to, const struct rms_counts_row *a, int64_t x,
                     const struct rms_counts_row *b, int64_t y)
{
  int64_t divisor = 0;
  for (size_t k = 0; k < RMS_SERVE_KINDS_MAX; k++) {
    to->w[k] = x * a->w[k] + y * b->w[k];
    divisor = rms_gcd(divisor, to->w[k]);
  }
  for (size_t i = 0; i < RMS_SERVE_POOLS_MAX; i++) {
    to->worth[i] = x * a->worth[i] + y * b->worth[i];
    divisor = rms_gcd(divisor, to->worth[i]);
  }
  for (size_t k = 0; divisor > 1 && k < RMS_SERVE_KINDS_MAX; k++) to->w[k] /= divisor;
  for (size_t i = 0; divisor > 1 && i < RMS_SERVE_POOLS_MAX; i++) to->worth[i] /= divisor;
}

/* Rows that the exchange `t` does not move take the place of the present ones; the other exchanges
 * are told in them. False: too many rows, or numbers that grow. */
static bool eliminate(struct rms_joint *j, size_t t)
{
  struct { /* new row = x * a + y * b */
    size_t a, b;
    int64_t x, y;
  } made[RMS_JOINT_ROWS_MAX];
  const int64_t *shift = j->ties[t].shift;
  size_t n = 0;
  for (size_t a = 0; a < j->n_rows; a++)
    for (size_t b = 0; b < j->n_rows; b++) {
      const bool stays = a == b && shift[a] == 0;
      if (!stays && !(shift[a] > 0 && shift[b] < 0)) continue;
      if (n == RMS_JOINT_ROWS_MAX || shift[a] > WEIGHT_MAX || shift[b] < -WEIGHT_MAX) return false;
      made[n].a = a;
      made[n].b = b;
      made[n].x = stays ? 1 : -shift[b];
      made[n++].y = stays ? 0 : shift[a];
    }
  for (size_t r = 0; r < n; r++)
    add_rows(&j->scratch[r], &j->rows[made[r].a], made[r].x, &j->rows[made[r].b], made[r].y);
  memcpy(j->rows, j->scratch, n * sizeof *j->rows);
  j->n_rows = n;
  return true;
}

bool rms_joint_eliminate(struct rms_joint *j)
{
  j->n_ties = 0;
  find_ties(j);
  return j->n_ties > 0 && eliminate(j, 0) && j->n_rows > 0;
}
