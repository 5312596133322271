/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/jobs/tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- bins ---- */

static int compare_numbers(const void *a, const void *b)
{
  const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

/* Tops of about equal bins of sorted values; equal values share one. */
static int cut_bins(const int32_t *sorted, size_t n, int32_t top[RMS_TREE_BINS])
{
  int bins = 0;
  for (int b = 1; b <= RMS_TREE_BINS; b++) {
    const int32_t value = sorted[n * (size_t)b / RMS_TREE_BINS - (n * (size_t)b >= RMS_TREE_BINS)];
    if (bins == 0 || value > top[bins - 1]) top[bins++] = value;
  }
  return bins;
}

static uint8_t bin_of(const int32_t *top, int bins, int32_t value)
{
  int lo = 0, hi = bins - 1;
  while (lo < hi) {
    const int mid = (lo + hi) / 2;
    if (value <= top[mid])
      hi = mid;
    else
      lo = mid + 1;
  }
  return (uint8_t)lo;
}

int rms_binned_new(struct rms_binned **result, const struct rms_examples *examples)
{
  const size_t n = examples->n;
  struct rms_binned *binned = calloc(1, sizeof *binned);
  uint8_t *bin = malloc(n * RMS_FEATURES);
  int32_t *sorted = malloc(n * sizeof *sorted);
  if (!binned || !bin || !sorted) {
    free(sorted);
    free(bin);
    free(binned);
    return RMS_E_NOMEM;
  }
  *binned = (struct rms_binned){.n = n, .examples = examples, .bin = bin};
  for (size_t f = 0; f < RMS_FEATURES; f++) {
    for (size_t i = 0; i < n; i++) sorted[i] = examples->list[i].feature[f];
    qsort(sorted, n, sizeof *sorted, compare_numbers);
    binned->n_bins[f] = cut_bins(sorted, n, binned->top[f]);
    for (size_t i = 0; i < n; i++)
      bin[f * n + i] = bin_of(binned->top[f], binned->n_bins[f], examples->list[i].feature[f]);
  }
  free(sorted);
  *result = binned;
  return RMS_OK;
}

void rms_binned_free(struct rms_binned *binned)
{
  if (!binned) return;
  free(binned->bin);
  free(binned);
}

/* ---- growing ---- */

struct heap { /* what the examples of a bin, or of a side, add up to */
  double n, sum[RMS_TARGETS];
};

struct split {
  double gain;
  int feature, bin; /* bins 0 .. bin go left */
};

static void heap_add(struct heap *a, const struct heap *b)
{
  a->n += b->n;
  for (int t = 0; t < RMS_TARGETS; t++) a->sum[t] += b->sum[t];
}

static double heap_score(const struct heap *h)
{
  double score = 0;
  for (int t = 0; t < RMS_TARGETS; t++) score += h->sum[t] * h->sum[t];
  return h->n > 0 ? score / h->n : 0;
}

static void fill_bins(const struct rms_growth *g, int feature, const uint32_t *chosen, size_t n,
                      struct heap bins[RMS_TREE_BINS])
{
  const uint8_t *bin = g->binned->bin + (size_t)feature * g->binned->n;
  memset(bins, 0, (size_t)g->binned->n_bins[feature] * sizeof *bins);
  for (size_t i = 0; i < n; i++) {
    struct heap *h = &bins[bin[chosen[i]]];
    const double *goal = g->goal[chosen[i]];
    h->n += 1;
    for (int t = 0; t < RMS_TARGETS; t++) h->sum[t] += goal[t];
  }
}

/* Best cut of one feature; better than *best only when strictly so: ties go to the first. */
static void try_feature(const struct rms_growth *g, int feature, const uint32_t *chosen, size_t n,
                        const struct heap *all, struct split *best)
{
  struct heap bins[RMS_TREE_BINS], left = {0};
  fill_bins(g, feature, chosen, n, bins);
  for (int b = 0; b + 1 < g->binned->n_bins[feature]; b++) {
    struct heap right = {.n = all->n};
    heap_add(&left, &bins[b]);
    right.n -= left.n;
    if (left.n < g->least || right.n < g->least) continue;
    for (int t = 0; t < RMS_TARGETS; t++) right.sum[t] = all->sum[t] - left.sum[t];
    const double gain = heap_score(&left) + heap_score(&right) - heap_score(all);
    if (gain > best->gain) *best = (struct split){.gain = gain, .feature = feature, .bin = b};
  }
}

static struct split find_split(const struct rms_growth *g, const uint32_t *chosen, size_t n,
                               const struct heap *all)
{
  struct split best = {.gain = 1e-6 * (1 + heap_score(all)), .feature = -1};
  int feature[RMS_FEATURES];
  for (int f = 0; f < RMS_FEATURES; f++) feature[f] = f;
  for (int k = 0; k < g->n_features; k++) {
    int pick = k;
    if (g->n_features < RMS_FEATURES)
      pick += (int)rms_rng_below(g->rng, (uint64_t)(RMS_FEATURES - k));
    const int f = feature[pick];
    feature[pick] = feature[k];
    feature[k] = f;
    try_feature(g, f, chosen, n, all, &best);
  }
  return best;
}

static size_t divide(const struct rms_growth *g, const struct split *split, uint32_t *chosen,
                     size_t n)
{
  const uint8_t *bin = g->binned->bin + (size_t)split->feature * g->binned->n;
  size_t left = 0;
  for (size_t i = 0; i < n; i++) {
    const uint32_t example = chosen[i];
    if (bin[example] > split->bin) continue;
    chosen[i] = chosen[left];
    chosen[left++] = example;
  }
  return left;
}

static struct heap add_up(const struct rms_growth *g, const uint32_t *chosen, size_t n)
{
  struct heap all = {.n = (double)n};
  for (size_t i = 0; i < n; i++)
    for (int t = 0; t < RMS_TARGETS; t++) all.sum[t] += g->goal[chosen[i]][t];
  return all;
}

/* Recursion as deep as the tree: g->depth, at most RMS_TREE_DEPTH_MAX. */
static int grow(struct rms_tree *tree, const struct rms_growth *g, uint32_t *chosen, size_t n,
                int depth)
{
  int status = RMS_OK;
  const struct heap all = add_up(g, chosen, n);
  struct split split = {.feature = -1};
  const size_t at = tree->n;
  RMS_TRY(rms_grow(&tree->nodes, &tree->capacity, at + 1, sizeof *tree->nodes));
  tree->n++;
  if (depth < g->depth && n >= 2 * (size_t)g->least) split = find_split(g, chosen, n, &all);
  struct rms_tree_node node = {.feature = (int16_t)split.feature};
  if (split.feature < 0) {
    for (int t = 0; t < RMS_TARGETS; t++)
      node.value[t] = (int32_t)lround(g->rate * all.sum[t] / all.n);
    tree->nodes[at] = node;
    goto out;
  }
  node.threshold = g->binned->top[split.feature][split.bin];
  const size_t left = divide(g, &split, chosen, n);
  RMS_TRY(grow(tree, g, chosen, left, depth + 1));
  node.right = (uint32_t)tree->n;
  RMS_TRY(grow(tree, g, chosen + left, n - left, depth + 1));
  tree->nodes[at] = node;
out:
  return status;
}

int rms_tree_grow(struct rms_tree *tree, const struct rms_growth *growth, uint32_t *chosen,
                  size_t n)
{
  return grow(tree, growth, chosen, n, 0);
}

const int32_t *rms_tree_leaf(const struct rms_tree *tree, const int32_t feature[RMS_FEATURES])
{
  size_t at = 0;
  while (tree->nodes[at].feature >= 0) {
    const struct rms_tree_node *node = &tree->nodes[at];
    at = feature[node->feature] <= node->threshold ? at + 1 : node->right;
  }
  return tree->nodes[at].value;
}
