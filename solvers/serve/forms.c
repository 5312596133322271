/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/forms.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/status.h"
#include "instances/serve/wide.h"
#include "solvers/serve/gcd.h"

enum {
  D_MAX = RMS_FORMS_DIMENSIONS_MAX,
  ROWS_MAX = 256,        /* partitions and signs */
  CHOICES_MAX = 400000,  /* sets of tight rows that are tried */
  POINTS_MAX = 4000000,  /* points of the box in which decompositions are tested */
  WEIGHT_MAX = 1000000,  /* divisor of a form; far above that of any machine */
  ENTRY_MAX = 1000000000 /* while solving */
};

struct price { /* a vertex: weight / divisor */
  int64_t weight[D_MAX], divisor;
};

struct derive {
  size_t d, n_cuts;
  const uint8_t (*cuts)[D_MAX];
  struct price *prices; /* malloc'ed */
  size_t n_prices, capacity;
  bool is_too_large; /* a number left its range: nothing is derived */
};

/* ---- vertices ----------------------------------------------------------------------------------
 */

/* Row r of w . row <= right: a partition (right 1), or the sign of one price (right 0). */
static void get_row(const struct derive *v, size_t r, int64_t row[D_MAX + 1])
{
  memset(row, 0, sizeof row[0] * (D_MAX + 1));
  if (r < v->n_cuts)
    for (size_t k = 0; k < v->d; k++) row[k] = v->cuts[r][k];
  else
    row[r - v->n_cuts] = 1;
  row[v->d] = r < v->n_cuts;
}

/* row = primitive multiple of row * by[col] - by * row[col]; products of entries fit twice. False:
 * an entry leaves the range. */
static bool eliminate(int64_t *row, const int64_t *by, size_t col, size_t n)
{
  static_assert((int64_t)ENTRY_MAX * ENTRY_MAX <= INT64_MAX / 2, "a difference of products fits");
  const int64_t left = by[col], right = row[col];
  int64_t g = 0;
  for (size_t k = 0; k < n; k++) {
    row[k] = row[k] * left - by[k] * right;
    g = g == 1 ? 1 : rms_gcd(g, row[k]);
  }
  for (size_t k = 0; k < n; k++) {
    if (g > 1) row[k] /= g;
    if (row[k] > ENTRY_MAX || row[k] < -ENTRY_MAX) return false;
  }
  return true;
}

struct tight { /* n reduced rows: each has a pivot column, in which the others are 0 */
  size_t n, pivots[D_MAX];
  int64_t rows[D_MAX][D_MAX + 1];
};

/* Add row r. Entries stay primitive. False: it depends on the others, or the numbers left their
 * range (noted). */
static bool add_row(struct derive *v, struct tight *t, size_t r)
{
  const size_t n = t->n, d = v->d;
  size_t col = 0;
  bool fits = true;
  get_row(v, r, t->rows[n]);
  for (size_t i = 0; fits && i < n; i++)
    if (t->rows[n][t->pivots[i]] != 0)
      fits = eliminate(t->rows[n], t->rows[i], t->pivots[i], d + 1);
  while (fits && col < d && t->rows[n][col] == 0) col++;
  if (fits && col == d) return false;
  for (size_t i = 0; fits && i < n; i++)
    if (t->rows[i][col] != 0) fits = eliminate(t->rows[i], t->rows[n], col, d + 1);
  t->pivots[t->n++] = col;
  v->is_too_large |= !fits;
  return fits;
}

/* The point where d rows meet. False: its divisor left the range (noted). */
static bool meet(struct derive *v, const struct tight *t, struct price *price)
{
  price->divisor = 1;
  for (size_t i = 0; i < t->n; i++) {
    const int64_t pivot = t->rows[i][t->pivots[i]];
    price->divisor = price->divisor / rms_gcd(price->divisor, pivot) * llabs(pivot);
    if (price->divisor > WEIGHT_MAX) {
      v->is_too_large = true;
      return false;
    }
  }
  for (size_t i = 0; i < t->n; i++) {
    const int64_t pivot = t->rows[i][t->pivots[i]];
    price->weight[t->pivots[i]] = t->rows[i][v->d] * (price->divisor / pivot);
  }
  return true;
}

static bool is_in_polytope(const struct derive *v, const struct price *price)
{
  for (size_t k = 0; k < v->d; k++)
    if (price->weight[k] < 0 || price->weight[k] > price->divisor) return false;
  for (size_t c = 0; c < v->n_cuts; c++) {
    int64_t sum = 0;
    for (size_t k = 0; k < v->d; k++) sum += price->weight[k] * v->cuts[c][k];
    if (sum > price->divisor) return false;
  }
  return true;
}

/* Is every price of b at most that of a? */
static bool covers(const struct derive *v, const struct price *a, const struct price *b)
{
  for (size_t k = 0; k < v->d; k++)
    if (b->weight[k] * a->divisor > a->weight[k] * b->divisor) return false;
  return true;
}

static int keep_price(struct derive *v, const struct price *price)
{
  for (size_t i = 0; i < v->n_prices; i++)
    if (covers(v, &v->prices[i], price)) return RMS_OK;
  size_t n = 0;
  for (size_t i = 0; i < v->n_prices; i++)
    if (!covers(v, price, &v->prices[i])) v->prices[n++] = v->prices[i];
  v->n_prices = n;
  if (rms_grow(&v->prices, &v->capacity, n + 1, sizeof *v->prices) < 0) return RMS_E_NOMEM;
  v->prices[v->n_prices++] = *price;
  return RMS_OK;
}

static bool has_few_choices(size_t n, size_t d)
{
  double choices = 1;
  for (size_t i = 1; i <= d; i++) choices = choices * (double)(n - d + i) / (double)i;
  return n <= RMS_FORMS_CUTS_MAX && choices <= CHOICES_MAX;
}

/* Try every set of d rows that holds those of `before` and others from `first` on. Depth: d. */
static int try_rows(struct derive *v, const struct tight *before, size_t first)
{
  const size_t missing = v->d - before->n, n_rows = v->n_cuts + v->d;
  struct price price;
  int status = RMS_OK;
  if (missing == 0) {
    const bool is_vertex = meet(v, before, &price) && is_in_polytope(v, &price);
    return is_vertex ? keep_price(v, &price) : RMS_OK;
  }
  for (size_t r = first; r + missing <= n_rows && status >= 0; r++) {
    struct tight t = *before;
    if (add_row(v, &t, r)) status = try_rows(v, &t, r + 1);
  }
  return status;
}

static int find_vertices(struct derive *v)
{
  const struct tight none = {.n = 0};
  return try_rows(v, &none, 0);
}

/* ---- round-up property -------------------------------------------------------------------------
 */

struct box { /* all points with 0 <= z[k] < side[k]; has[point] machines are known to be enough, 0:
                not known */
  size_t d, side[D_MAX], stride[D_MAX], n;
  uint8_t *has;
};

/* Least machines by the forms, at most `depth` + 1 (which stands for more). */
static int64_t machines_by_prices(const struct derive *v, const size_t *z, int64_t depth)
{
  int64_t most = 0;
  for (size_t i = 0; i < v->n_prices; i++) {
    int64_t sum = 0;
    for (size_t k = 0; k < v->d; k++) sum += v->prices[i].weight[k] * (int64_t)z[k];
    while (most <= depth && sum > most * v->prices[i].divisor) most++;
  }
  return most;
}

/* Can some partition be taken away so that what stays needs at most c - 1 machines, as found
 * before? Points are visited in lexicographic order, and what stays comes earlier. */
static bool decomposes(const struct derive *v, const struct box *box, const size_t *z, int64_t c)
{
  for (size_t p = 0; p < v->n_cuts; p++) {
    size_t rest = 0;
    bool is_less = false;
    for (size_t k = 0; k < v->d; k++) {
      const size_t left = z[k] > v->cuts[p][k] ? z[k] - v->cuts[p][k] : 0;
      is_less |= left < z[k];
      rest += left * box->stride[k];
    }
    if (rest == 0) return true;
    if (is_less && box->has[rest] && box->has[rest] <= c - 1) return true;
  }
  return false;
}

/* The next point in lexicographic order, or, when this one `is_full`, the next that does not have
 * at least as many slices of every kind as it: one fewer coordinates are 0. False after the last.
 */
static bool next_point(const struct box *box, size_t *z, bool is_full)
{
  size_t k = box->d;
  if (is_full) {
    while (z[k - 1] == 0) k--;
    z[--k] = 0;
  }
  while (k-- > 0) {
    if (++z[k] < box->side[k]) return true;
    z[k] = 0;
  }
  return false;
}

/* Test every point that needs at most `depth` machines by the forms: more slices never need fewer.
 */
static bool has_round_up(const struct derive *v, struct box *box, int64_t depth)
{
  size_t z[D_MAX] = {0};
  bool is_full = false;
  while (next_point(box, z, is_full)) {
    const int64_t c = machines_by_prices(v, z, depth);
    size_t point = 0;
    is_full = c > depth;
    if (is_full) continue;
    if (!decomposes(v, box, z, c)) return false;
    for (size_t k = 0; k < v->d; k++) point += z[k] * box->stride[k];
    box->has[point] = (uint8_t)c;
  }
  return true;
}

static int test_round_up(const struct derive *v, enum rms_forms_kind *kind)
{
  struct box box = {.d = v->d, .n = 1};
  const size_t depth = v->d > 2 ? v->d - 1 : 1;
  for (size_t k = v->d; k-- > 0;) {
    size_t most = 0;
    for (size_t c = 0; c < v->n_cuts; c++)
      if (v->cuts[c][k] > most) most = v->cuts[c][k];
    box.side[k] = depth * most + 1;
    box.stride[k] = box.n;
    if (box.side[k] > POINTS_MAX / box.n) {
      *kind = RMS_FORMS_TOO_LARGE;
      return RMS_OK;
    }
    box.n *= box.side[k];
  }
  box.has = calloc(box.n, 1);
  if (!box.has) return RMS_E_NOMEM;
  *kind = has_round_up(v, &box, (int64_t)depth) ? RMS_FORMS_DERIVED : RMS_FORMS_GAP;
  free(box.has);
  return RMS_OK;
}

/* ---- the forms ---------------------------------------------------------------------------------
 */

static int keep_forms(struct rms_arena *arena, const struct derive *v, struct rms_forms *forms)
{
  struct rms_forms made = {
      .n_dimensions = v->d, .n_forms = v->n_prices, .n_cuts = v->n_cuts, .cuts = v->cuts};
  made.weight = rms_arena_alloc(arena, v->n_prices, sizeof *made.weight);
  made.divisor = rms_arena_alloc(arena, v->n_prices, sizeof *made.divisor);
  if (!made.weight || !made.divisor) return RMS_E_NOMEM;
  for (size_t i = 0; i < v->n_prices; i++) {
    int64_t g = v->prices[i].divisor;
    for (size_t k = 0; k < v->d; k++) g = rms_gcd(g, v->prices[i].weight[k]);
    for (size_t k = 0; k < v->d; k++) made.weight[i][k] = (int32_t)(v->prices[i].weight[k] / g);
    made.divisor[i] = (int32_t)(v->prices[i].divisor / g);
  }
  *forms = made;
  return RMS_OK;
}

int rms_forms_derive(struct rms_arena *arena, size_t n_dimensions, size_t n_cuts,
                     const uint8_t (*cuts)[RMS_FORMS_DIMENSIONS_MAX], struct rms_forms *forms,
                     enum rms_forms_kind *kind)
{
  int status = RMS_OK;
  struct derive v = {.d = n_dimensions, .n_cuts = n_cuts, .cuts = cuts};
  *kind = RMS_FORMS_TOO_LARGE;
  if (n_dimensions < 1 || n_dimensions > D_MAX ||
      !has_few_choices(n_cuts + n_dimensions, n_dimensions))
    return RMS_OK;
  RMS_TRY(find_vertices(&v));
  if (v.is_too_large) goto out;
  RMS_TRY(test_round_up(&v, kind));
  if (*kind == RMS_FORMS_DERIVED) RMS_TRY(keep_forms(arena, &v, forms));
out:
  free(v.prices);
  return status;
}

int64_t rms_forms_machines(const struct rms_forms *forms, const int64_t *slices)
{
  int64_t most = 0;
  for (size_t f = 0; f < forms->n_forms; f++) {
    rms_wide sum = 0;
    for (size_t k = 0; k < forms->n_dimensions; k++)
      sum += (rms_wide)forms->weight[f][k] * slices[k];
    const int64_t need = (int64_t)rms_wide_ceil(sum, forms->divisor[f]);
    if (need > most) most = need;
  }
  return most;
}

/* Slices that stay when t machines of partition c are taken away. */
static void take(const struct rms_forms *forms, const int64_t *slices, size_t c, int64_t t,
                 int64_t *left)
{
  for (size_t k = 0; k < forms->n_dimensions; k++) {
    const int64_t more = slices[k] - t * forms->cuts[c][k];
    left[k] = more > 0 ? more : 0;
  }
}

bool rms_forms_cut(const struct rms_forms *forms, const int64_t *slices, int64_t *times)
{
  int64_t rest[D_MAX], left[D_MAX];
  memcpy(rest, slices, forms->n_dimensions * sizeof rest[0]);
  memset(times, 0, forms->n_cuts * sizeof *times);
  for (int64_t n = rms_forms_machines(forms, rest); n > 0;) {
    int64_t best = 0;
    size_t best_cut = 0;
    for (size_t c = 0; c < forms->n_cuts; c++) {
      /* Doubling, then halving: any t that leaves n - t machines' worth is a right step. */
      int64_t t = 0;
      for (int64_t step = n; step > 0; step /= 2) {
        take(forms, rest, c, t + step, left);
        if (t + step <= n && rms_forms_machines(forms, left) <= n - t - step) t += step;
      }
      if (t > best) {
        best = t;
        best_cut = c;
      }
    }
    if (best == 0) return false;
    times[best_cut] += best;
    take(forms, rest, best_cut, best, rest);
    n -= best;
  }
  return true;
}
