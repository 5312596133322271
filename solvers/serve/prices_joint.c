/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slices that serve a service equally well for the same price are exchangeable: with stock that
 * binds, the prices of several machine types settle where thousands of them are, and the core
 * search drowns in states that differ in nothing but who takes which. An exchange moves the linear
 * forms by a fixed vector. Sums of forms that it does not move, all of those that elimination after
 * Fourier and Motzkin gives, are inequalities that the plan has to satisfy as well, and under which
 * exchanged slices count alike. Prices in their cone, the best of which leave nearly as little
 * slack as any others, and of exchangeable kinds only one for each service: the core search over
 * these sums is short. When it finds nothing, nothing is there; what it finds is a plan but for
 * exchanges. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/serve/prices_counts.h"

enum {
  TIES_MAX = 16,
  PARTS_MAX = 8,  /* slices on one side of an exchange */
  DEPTH_MAX = 3,  /* exchanges that are eliminated */
  STEPS_MAX = 40, /* of cutting planes */
  SWAPS_MAX = 300
};
#define TIGHT   1e-3 /* of a form's limit */
#define WIDER   1.25 /* as much slack as under all prices is worth a search */
#define GAP_MIN 0.01 /* of the slack */

struct tie { /* an exchange, as what it adds to every row */
  int64_t shift[RMS_JOINT_ROWS_MAX];
  double count; /* how many of them the services have room for */
};

struct joint {
  struct rms_counts *c;
  const int64_t *n;
  const struct rms_core_goal *goal; /* of N, over the forms */
  size_t n_rows;
  struct rms_counts_row rows[RMS_JOINT_ROWS_MAX];
  struct rms_counts_row scratch[RMS_JOINT_ROWS_MAX];
  size_t n_ties;
  struct tie ties[TIES_MAX];
};

static rms_wide limit_of(const struct joint *j, const struct rms_counts_row *row)
{
  rms_wide sum = 0;
  for (size_t i = 0; i < j->c->n_pools; i++) sum += (rms_wide)row->worth[i] * j->n[i];
  return sum;
}

/* ---- forms that bind ---- */

/* What the steps' weighted mean takes of a row. */
static double mean_of(const struct joint *j, const struct rms_counts_row *row)
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

static void row_of_form(const struct joint *j, const struct rms_prices_class *class, size_t f,
                        struct rms_counts_row *row)
{
  memset(row, 0, sizeof *row);
  for (size_t i = 0; i < class->forms.n_dimensions; i++)
    row->w[class->kind_of[i]] = class->forms.weight[f][i];
  for (size_t i = 0; i < j->c->n_pools; i++)
    for (size_t q = 0; q < class->n_pools; q++)
      if (class->pools[q] == j->c->pools[i]) row->worth[i] = class->forms.divisor[f];
}

/* False: too many. */
static bool take_tight_forms(struct joint *j)
{
  const struct rms_prices *p = j->c->p;
  for (size_t g = 0; g < p->n_classes; g++)
    for (size_t f = 0; f < p->classes[g].forms.n_forms; f++) {
      if (j->n_rows == RMS_JOINT_ROWS_MAX) return false;
      struct rms_counts_row *const row = &j->rows[j->n_rows];
      row_of_form(j, &p->classes[g], f, row);
      const double limit = (double)limit_of(j, row);
      if (limit > 0 && mean_of(j, row) >= limit * (1 - TIGHT)) j->n_rows++;
    }
  return true;
}

/* ---- exchanges ---- */

static int64_t gcd(int64_t a, int64_t b)
{
  while (b) {
    const int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

/* x slices of kind a for y of kind b: what changes in the rows, in lowest terms, the first number
 * positive. Returns the divisor; 0: nothing changes. */
static int64_t shift_of(const struct joint *j, size_t a, int64_t x, size_t b, int64_t y,
                        int64_t *shift)
{
  int64_t divisor = 0, sign = 0;
  for (size_t r = 0; r < j->n_rows; r++) {
    shift[r] = j->rows[r].w[a] * x - j->rows[r].w[b] * y;
    divisor = gcd(divisor, shift[r]);
    if (!sign) sign = (shift[r] > 0) - (shift[r] < 0);
  }
  for (size_t r = 0; divisor && r < j->n_rows; r++) shift[r] = shift[r] / divisor * sign;
  return divisor;
}

static void count_tie(struct joint *j, const int64_t *shift, double count)
{
  size_t t = 0;
  while (t < j->n_ties && memcmp(j->ties[t].shift, shift, j->n_rows * sizeof *shift) != 0) t++;
  if (t == TIES_MAX) return;
  if (t == j->n_ties) {
    memcpy(j->ties[j->n_ties].shift, shift, j->n_rows * sizeof *shift);
    j->ties[j->n_ties++].count = 0;
  }
  j->ties[t].count += count;
}

/* Kinds a and b give the service x slices for y, if the numbers are small. */
static void judge_pair(struct joint *j, size_t s, size_t a, size_t b)
{
  const struct rms_serve *inst = j->c->p->inst;
  const int64_t rate_a = rms_serve_rate(inst, s, a), rate_b = rms_serve_rate(inst, s, b);
  int64_t shift[RMS_JOINT_ROWS_MAX];
  for (int64_t x = 1; x <= PARTS_MAX; x++) {
    const int64_t y = (x * rate_a + rate_b / 2) / rate_b;
    if (y < 1 || y > PARTS_MAX ||
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
  const struct tie *a = left, *b = right;
  if (a->count != b->count) return a->count > b->count ? -1 : 1;
  return memcmp(a->shift, b->shift, sizeof a->shift);
}

/* Of each service the kind of the best value, and others with which it could be served within the
 * slack. */
static void find_ties(struct joint *j)
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
    divisor = gcd(divisor, to->w[k]);
  }
  for (size_t i = 0; i < RMS_SERVE_POOLS_MAX; i++) {
    to->worth[i] = x * a->worth[i] + y * b->worth[i];
    divisor = gcd(divisor, to->worth[i]);
  }
  for (size_t k = 0; divisor > 1 && k < RMS_SERVE_KINDS_MAX; k++) to->w[k] /= divisor;
  for (size_t i = 0; divisor > 1 && i < RMS_SERVE_POOLS_MAX; i++) to->worth[i] /= divisor;
}

/* Rows that the exchange `t` does not move take the place of the present ones; the other exchanges
 * are told in them. False: too many rows, or numbers that grow. */
static bool eliminate(struct joint *j, size_t t)
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
      if (n == RMS_JOINT_ROWS_MAX || shift[a] > 1000 || shift[b] < -1000) return false;
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

/* ---- prices in the cone of the rows ---- */

struct cone {
  struct joint *j;
  glp_prob *lp;
  int first, value; /* columns */
  double unit;
};

static void add_plane(struct cone *cone, const struct rms_price_step *step)
{
  int index[RMS_JOINT_ROWS_MAX + 2];
  double entry[RMS_JOINT_ROWS_MAX + 2];
  const struct joint *j = cone->j;
  for (size_t r = 0; r < j->n_rows; r++) {
    double sum = 0;
    for (size_t k = 0; k < j->c->p->inst->n_kinds; k++)
      sum += (double)j->rows[r].w[k] * (double)step->total[k];
    index[r + 1] = cone->first + (int)r;
    entry[r + 1] = -sum / cone->unit;
  }
  index[j->n_rows + 1] = cone->value;
  entry[j->n_rows + 1] = 1;
  const int row = glp_add_rows(cone->lp, 1);
  glp_set_row_bnds(cone->lp, row, GLP_UP, 0, 0);
  glp_set_mat_row(cone->lp, row, (int)j->n_rows + 1, index, entry);
}

static void build_cone(struct cone *cone)
{
  const struct joint *j = cone->j;
  int index[RMS_JOINT_ROWS_MAX + 1];
  double entry[RMS_JOINT_ROWS_MAX + 1];
  cone->lp = glp_create_prob();
  glp_set_obj_dir(cone->lp, GLP_MAX);
  cone->first = glp_add_cols(cone->lp, (int)j->n_rows);
  for (size_t r = 0; r < j->n_rows; r++) {
    glp_set_col_bnds(cone->lp, cone->first + (int)r, GLP_LO, 0, 0);
    index[r + 1] = cone->first + (int)r;
    entry[r + 1] = (double)limit_of(j, &j->rows[r]) / cone->unit;
  }
  cone->value = glp_add_cols(cone->lp, 1);
  glp_set_col_bnds(cone->lp, cone->value, GLP_LO, 0, 0);
  glp_set_obj_coef(cone->lp, cone->value, 1);
  const int budget = glp_add_rows(cone->lp, 1);
  glp_set_row_bnds(cone->lp, budget, GLP_UP, 0, 1);
  glp_set_mat_row(cone->lp, budget, (int)j->n_rows, index, entry);
  for (size_t v = 0; v < j->c->n_vectors; v++)
    add_plane(cone, &j->c->p->steps[j->c->vectors[v].step]);
}

/* The prices of the LP's solution as integers, exactly in the cone. *top: most that F can be. */
static bool next_point(const struct cone *cone, struct rms_price_point *point, double *top)
{
  const struct joint *j = cone->j;
  glp_smcp control;
  glp_init_smcp(&control);
  control.msg_lev = GLP_MSG_OFF;
  if (glp_simplex(cone->lp, &control) != 0 || glp_get_status(cone->lp) != GLP_OPT) return false;
  *top = glp_get_obj_val(cone->lp);
  memset(point, 0, sizeof *point);
  for (size_t r = 0; r < j->n_rows; r++) {
    const int64_t scale = llround(glp_get_col_prim(cone->lp, cone->first + (int)r) *
                                  (double)j->c->p->options.denominator);
    for (size_t k = 0; k < RMS_SERVE_KINDS_MAX; k++) point->w[k] += scale * j->rows[r].w[k];
  }
  return true;
}

/* Joint prices that leave N little slack: the vector of the best of them and the relative room that
 * it leaves, INFINITY when there is none. 0 or negative. */
static int climb_cone(struct joint *j, size_t *tightest, double *room)
{
  struct rms_counts *c = j->c;
  struct cone cone = {.j = j, .unit = (double)rms_counts_cost(c, j->n)};
  double top;
  struct rms_price_point point;
  bool is_new = true;
  int status = RMS_OK;
  *room = INFINITY;
  build_cone(&cone);
  for (int i = 0; i < STEPS_MAX && *room >= 0 && is_new && next_point(&cone, &point, &top); i++) {
    size_t at;
    /* no joint prices leave less than 1 - top */
    if ((isfinite(*room) && *room - (1 - top) <= GAP_MIN * *room) || c->p->is_stopped) break;
    status = rms_counts_evaluate(c, &point, &at, &is_new);
    if (status < 0 || at == c->n_vectors) break;
    if (is_new) add_plane(&cone, &c->p->steps[c->vectors[at].step]);
    c->vectors[at].is_joint = true;
    const double here = rms_counts_room_under(&c->vectors[at], c, j->n);
    if (here < *room) *tightest = at;
    *room = fmin(*room, here);
  }
  glp_delete_prob(cone.lp);
  return status;
}

/* ---- the search ---- */

static void add_test(struct rms_core_goal *goal, const int64_t *w, rms_wide limit)
{
  struct rms_core_test *test = &goal->tests[goal->n_tests++];
  for (size_t i = 0; i < goal->n_dimensions; i++) test->coefficient[i] = w[goal->kind_of[i]];
  test->limit = limit;
  test->has_slack = false;
}

/* The rows decide; joint prices, which they imply, cut off earlier. */
static void set_goal(const struct joint *j, size_t tightest, struct rms_core_goal *goal)
{
  const struct rms_counts *c = j->c;
  const struct rms_counts_vector *v = &c->vectors[tightest];
  *goal = *j->goal;
  goal->n_tests = 0;
  for (size_t r = 0; r < j->n_rows; r++) add_test(goal, j->rows[r].w, limit_of(j, &j->rows[r]));
  goal->n_keys = goal->n_tests;
  memcpy(goal->price, c->p->steps[v->step].point.w, c->p->inst->n_kinds * sizeof *goal->price);
  goal->slack = rms_counts_worth(c, v, j->n) - v->value;
  add_test(goal, goal->price, rms_counts_worth(c, v, j->n));
}

/* Slices of kind a that can stand in place of one of kind b and take no more of any row; 0: no
 * number of them can. Of two kinds that can stand for each other the first is kept. */
static int64_t stand_in(const struct joint *j, const int64_t *rate, size_t a, size_t b)
{
  if (a == b || !rate[a] || !rate[b] || !j->c->p->is_open[a]) return 0;
  const int64_t n = (rate[b] - 1) / rate[a] + 1;
  bool is_equal = n == 1 && rate[a] == rate[b], is_free = n > 1;
  if (n > PARTS_MAX) return 0;
  for (size_t r = 0; r < j->n_rows; r++) {
    if (n * j->rows[r].w[a] > j->rows[r].w[b]) return 0;
    is_equal = is_equal && j->rows[r].w[a] == j->rows[r].w[b];
    is_free = is_free && j->rows[r].w[b] == 0;
  }
  return is_free || (is_equal && a > b) ? 0 : n;
}

/* Rates without those of kinds in whose place others can stand. NULL: out of memory. */
static int64_t *thin_rates(const struct joint *j)
{
  const struct rms_prices *p = j->c->p;
  const size_t width = p->inst->n_kinds;
  int64_t *rates = malloc((p->inst->n_services * width + 1) * sizeof *rates);
  for (size_t s = 0; rates && s < p->inst->n_services; s++) {
    const int64_t *from = p->inst->throughput + s * width;
    memcpy(rates + s * width, from, width * sizeof *rates);
    for (size_t b = 0; b < width; b++)
      for (size_t a = 0; a < width && rates[s * width + b]; a++)
        if (stand_in(j, from, a, b)) rates[s * width + b] = 0;
  }
  return rates;
}

/* The present plan in terms of the kinds that are left. */
static void thin_slices(const struct joint *j, const int64_t *thin)
{
  const struct rms_prices *p = j->c->p;
  const size_t width = p->inst->n_kinds;
  for (size_t s = 0; s < p->inst->n_services; s++) {
    const int64_t *rate = p->inst->throughput + s * width;
    int64_t *slices = p->slices + s * width;
    for (size_t b = 0; b < width; b++)
      for (size_t a = 0; a < width && slices[b] && !thin[s * width + b]; a++) {
        const int64_t n = thin[s * width + a] ? stand_in(j, rate, a, b) : 0;
        slices[a] += n * slices[b];
        if (n) slices[b] = 0;
      }
  }
}

static bool has_plan_for(const struct joint *j)
{
  return j->c->p->has_plan && j->c->p->cost <= rms_counts_cost(j->c, j->n);
}

/* The core search with one of each set of exchangeable kinds: the solver's view of the services
 * shrinks while it lasts. */
static int search_thin(struct joint *j, const struct rms_core_goal *goal, int effort)
{
  struct rms_prices *p = j->c->p;
  const struct rms_serve *whole = p->inst;
  struct rms_serve view = *whole;
  int end;
  view.throughput = thin_rates(j);
  if (!view.throughput) return RMS_E_NOMEM;
  thin_slices(j, view.throughput);
  p->inst = &view;
  end = rms_prices_core(p, goal, effort);
  p->inst = whole;
  free(view.throughput);
  return end;
}

/* Among near patterns, from many roundings: a plan for the rows is often a few slices away from one
 * of them, and it is not known from which. */
static int search_around(struct joint *j, const struct rms_core_goal *goal)
{
  static const double prices_of_error[] = {1e5, 1e2, 1e8, 1e6, 1e3, 1e1};
  enum { N_PRICES = sizeof prices_of_error / sizeof *prices_of_error };
  struct rms_prices *p = j->c->p;
  int64_t total[RMS_SERVE_KINDS_MAX];
  int end = RMS_CORE_CUT_SHORT;
  for (size_t i = 0; i < N_PRICES && end == RMS_CORE_CUT_SHORT && !p->is_stopped; i++) {
    rms_prices_round(p, prices_of_error[i], total);
    end = search_thin(j, goal, RMS_CORE_AROUND);
  }
  return end;
}

static int search_rows(struct joint *j, const struct rms_core_goal *goal, int effort)
{
  struct rms_prices *p = j->c->p;
  int end = effort ? search_around(j, goal) : RMS_CORE_CUT_SHORT;
  const int last = effort ? RMS_CORE_ALL : RMS_CORE_QUICK;
  for (int i = effort ? RMS_CORE_THOROUGH : RMS_CORE_NEAR;
       i <= last && end == RMS_CORE_CUT_SHORT && !p->is_stopped; i++) {
    end = search_thin(j, goal, i);
    if (end == RMS_CORE_CUT_SHORT && !p->is_stopped && i < RMS_CORE_EVERYONE)
      end = rms_prices_core(p, goal, i);
  }
  return end;
}

/* ---- from a plan but for exchanges to a plan ---- */

struct lift {
  struct joint *j;
  double over[RMS_CORE_TESTS_MAX], weight[RMS_CORE_TESTS_MAX]; /* of every form, over its limit */
};

struct swap { /* slices of kind a for slices of kind b */
  size_t service, a, b;
  int64_t x, y;
};

static int64_t form_of(const struct rms_core_goal *goal, size_t t, const int64_t *slices)
{
  int64_t sum = 0;
  for (size_t i = 0; i < goal->n_dimensions; i++)
    sum += goal->tests[t].coefficient[i] * slices[goal->kind_of[i]];
  return sum;
}

/* What is too much in all forms after the swap, by their weights. */
static double badness(const struct lift *lift, const struct swap *swap)
{
  const struct rms_core_goal *goal = lift->j->goal;
  int64_t change[RMS_SERVE_KINDS_MAX] = {0};
  double sum = 0;
  if (swap) {
    change[swap->a] = -swap->x;
    change[swap->b] = swap->y;
  }
  for (size_t t = 0; t < goal->n_keys; t++) {
    const double over = lift->over[t] + (swap ? (double)form_of(goal, t, change) : 0);
    if (over > 0) sum += lift->weight[t] * over / fmax(1, (double)goal->tests[t].limit);
  }
  return sum;
}

/* Kind a of the service for kind b, such that it is served as well and no row takes more; false:
 * not with small numbers. */
static bool is_exchange(const struct joint *j, struct swap *swap)
{
  const int64_t *rate = j->c->p->inst->throughput + swap->service * j->c->p->inst->n_kinds;
  if (swap->a == swap->b || !rate[swap->b] || !j->c->p->is_open[swap->b]) return false;
  for (swap->x = 1; swap->x <= PARTS_MAX; swap->x++) {
    swap->y = (swap->x * rate[swap->a] - 1) / rate[swap->b] + 1;
    size_t r = 0;
    while (r < j->n_rows && swap->y * j->rows[r].w[swap->b] <= swap->x * j->rows[r].w[swap->a]) r++;
    if (r == j->n_rows) return true;
  }
  return false;
}

/* The best swap, in multiples by powers of two. False: none is better than *least. */
static bool best_swap(const struct lift *lift, struct swap *best, double *least)
{
  const struct rms_prices *p = lift->j->c->p;
  const size_t width = p->inst->n_kinds;
  bool is_found = false;
  for (size_t s = 0; s < p->inst->n_services; s++)
    for (size_t ab = 0; ab < width * width; ab++) {
      struct swap swap = {.service = s, .a = ab / width, .b = ab % width};
      const int64_t there = p->slices[s * width + swap.a];
      if (!there || !is_exchange(lift->j, &swap)) continue;
      for (; swap.x <= there; swap.x *= 2, swap.y *= 2) {
        const double here = badness(lift, &swap);
        if (here >= *least) continue;
        *least = here;
        *best = swap;
        is_found = true;
      }
    }
  return is_found;
}

static void make_swap(struct lift *lift, const struct swap *swap)
{
  const struct rms_prices *p = lift->j->c->p;
  int64_t change[RMS_SERVE_KINDS_MAX] = {0};
  change[swap->a] = -swap->x;
  change[swap->b] = swap->y;
  for (size_t k = 0; k < p->inst->n_kinds; k++)
    p->slices[swap->service * p->inst->n_kinds + k] += change[k];
  for (size_t t = 0; t < lift->j->goal->n_keys; t++)
    lift->over[t] += (double)form_of(lift->j->goal, t, change);
}

static int offer_lifted(struct joint *j)
{
  struct rms_prices *p = j->c->p;
  int64_t total[RMS_SERVE_KINDS_MAX] = {0};
  for (size_t s = 0; s < p->inst->n_services; s++)
    for (size_t k = 0; k < p->inst->n_kinds; k++) total[k] += p->slices[s * p->inst->n_kinds + k];
  return rms_prices_offer(p, p->slices, total);
}

/* Exchange slices until the forms hold; ones that stay violated weigh more and more. */
static int lift_plan(struct joint *j)
{
  const struct rms_prices *p = j->c->p;
  struct lift lift = {.j = j};
  for (size_t t = 0; t < j->goal->n_keys; t++) {
    lift.weight[t] = 1;
    lift.over[t] = -(double)j->goal->tests[t].limit;
    for (size_t s = 0; s < p->inst->n_services; s++)
      lift.over[t] += (double)form_of(j->goal, t, p->slices + s * p->inst->n_kinds);
  }
  for (int i = 0; i < SWAPS_MAX; i++) {
    struct swap swap;
    double least = badness(&lift, NULL);
    if (least <= 0) return offer_lifted(j);
    if (rms_prices_tick(j->c->p, 1 + p->inst->n_services)) break;
    if (best_swap(&lift, &swap, &least))
      make_swap(&lift, &swap);
    else
      for (size_t t = 0; t < j->goal->n_keys; t++)
        if (lift.over[t] > 0) lift.weight[t] *= 1.3;
  }
  return RMS_OK;
}

/* One more exchange out of the way. False: there is none left. */
static bool go_deeper(struct joint *j)
{
  j->n_ties = 0;
  find_ties(j);
  return j->n_ties > 0 && eliminate(j, 0) && j->n_rows > 0;
}

static int close_by_rows(struct joint *j)
{
  struct rms_counts *c = j->c;
  for (size_t r = 0; r < j->n_rows; r++) {
    size_t old = 0;
    while (old < c->n_rows && memcmp(&c->rows[old], &j->rows[r], sizeof *c->rows) != 0) old++;
    if (old < c->n_rows) continue;
    const int status = rms_grow(&c->rows, &c->rows_capacity, c->n_rows + 1, sizeof *c->rows);
    if (status < 0) return status;
    c->rows[c->n_rows++] = j->rows[r];
  }
  return RMS_CORE_NONE;
}

static int search_joint(struct joint *j, double room, int effort)
{
  struct rms_core_goal goal;
  size_t tightest = 0;
  double joint_room;
  if (!j->n_rows) return RMS_CORE_CUT_SHORT; /* no form is tight: nothing to search */
  int end = climb_cone(j, &tightest, &joint_room);
  if (end < 0) return end;
  if (joint_room < 0) return close_by_rows(j);
  if (joint_room > WIDER * room || j->c->p->is_stopped) return RMS_CORE_CUT_SHORT;
  set_goal(j, tightest, &goal);
  end = search_rows(j, &goal, effort);
  if (end == RMS_CORE_NONE) return close_by_rows(j);
  if (end != RMS_CORE_FOUND) return end;
  if (!has_plan_for(j)) end = lift_plan(j);
  if (end >= 0 && !has_plan_for(j)) end = rms_prices_descend(j->c->p, j->goal, effort ? 4000 : 400);
  return end < 0 ? end : has_plan_for(j) ? RMS_CORE_FOUND : RMS_CORE_CUT_SHORT;
}

int rms_counts_join(struct rms_counts *c, const int64_t *n, double room,
                    const struct rms_core_goal *goal, int effort)
{
  struct joint *j = calloc(1, sizeof *j);
  int end = RMS_CORE_CUT_SHORT;
  if (!j) return RMS_E_NOMEM;
  j->c = c;
  j->n = n;
  j->goal = goal;
  const bool is_small = take_tight_forms(j);
  for (int depth = 0; is_small && depth < DEPTH_MAX && end == RMS_CORE_CUT_SHORT; depth++) {
    if (c->p->is_stopped || !go_deeper(j)) break;
    end = search_joint(j, room, effort);
  }
  if (is_small && end == RMS_CORE_CUT_SHORT && !c->p->is_stopped) {
    j->n_rows = 0; /* without any elimination */
    take_tight_forms(j);
    end = search_joint(j, room, effort);
  }
  free(j);
  return end;
}
