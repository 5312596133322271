/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trees.c - sums of trees: memory, training, prediction, file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/jobs/tree.h"

enum { VALUE_MAX = 100 * RMS_TREE_UNIT, LEAF = -1 };

int rms_trees_new(struct rms_trees **result, size_t n)
{
  struct rms_trees *trees = calloc(1, sizeof *trees);
  if (trees) trees->trees = calloc(n ? n : 1, sizeof *trees->trees);
  if (!trees || !trees->trees) {
    free(trees);
    return RMS_E_NOMEM;
  }
  trees->n = n;
  trees->divisor = 1;
  *result = trees;
  return RMS_OK;
}

void rms_trees_free(void *model)
{
  struct rms_trees *trees = model;
  if (!trees) return;
  for (size_t i = 0; i < trees->n; i++) free(trees->trees[i].nodes);
  free(trees->trees);
  free(trees);
}

/* What is left over to say beside the base. */
static void set_goals(const struct rms_trees *trees, const struct rms_examples *examples,
                      double (*goal)[RMS_TARGETS])
{
  for (size_t i = 0; i < examples->n; i++)
    for (int t = 0; t < RMS_TARGETS; t++)
      goal[i][t] = RMS_TREE_UNIT * examples->list[i].time[t] - trees->base[t];
}

static int grow_all(struct rms_trees *trees, const struct rms_examples *examples,
                    const struct rms_trees_plan *plan, double (*goal)[RMS_TARGETS],
                    uint32_t *chosen)
{
  int status = RMS_OK;
  struct rms_binned *binned = NULL;
  struct rms_rng rng = rms_learner_rng(examples->lesson, plan->stream);
  RMS_TRY(rms_binned_new(&binned, examples));
  plan->begin(trees, examples);
  set_goals(trees, examples, goal);
  const struct rms_growth growth = {.binned = binned,
                                    .goal = (const double(*)[RMS_TARGETS])goal,
                                    .rate = plan->rate,
                                    .depth = plan->depth,
                                    .least = plan->least,
                                    .n_features = plan->tried,
                                    .rng = &rng};
  for (size_t i = 0; i < trees->n; i++) {
    const size_t n = plan->draw(&rng, examples->n, chosen);
    RMS_TRY(rms_tree_grow(&trees->trees[i], &growth, chosen, n));
    if (plan->next) plan->next(&trees->trees[i], examples, goal);
  }
out:
  rms_binned_free(binned);
  return status;
}

int rms_trees_train(void **result, const struct rms_examples *examples,
                    const struct rms_trees_plan *plan, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_trees *trees = NULL;
  double(*goal)[RMS_TARGETS] = malloc(examples->n * sizeof *goal);
  uint32_t *chosen = malloc(examples->n * sizeof *chosen);
  RMS_TRY(goal && chosen ? RMS_OK : RMS_E_NOMEM);
  RMS_TRY(rms_trees_new(&trees, (size_t)ceil(plan->trees * examples->lesson->effort)));
  RMS_TRY(grow_all(trees, examples, plan, goal, chosen));
  *result = trees;
  trees = NULL;
out:
  if (status) rms_error_set(err, status, "%s", rms_status_text(status));
  rms_trees_free(trees);
  free(chosen);
  free(goal);
  return status;
}

void rms_trees_predict(const void *model, const struct rms_mps_row *rows, int n,
                       double (*time)[RMS_TARGETS])
{
  const struct rms_trees *trees = model;
  for (int j = 0; j < n; j++) {
    int32_t feature[RMS_FEATURES];
    int64_t sum[RMS_TARGETS];
    rms_features(rows, n, j, feature);
    for (int t = 0; t < RMS_TARGETS; t++) sum[t] = trees->base[t];
    for (size_t i = 0; i < trees->n; i++) {
      const int32_t *leaf = rms_tree_leaf(&trees->trees[i], feature);
      for (int t = 0; t < RMS_TARGETS; t++) sum[t] += leaf[t];
    }
    for (int t = 0; t < RMS_TARGETS; t++)
      time[j][t] = (double)sum[t] / ((double)trees->divisor * RMS_TREE_UNIT);
  }
}

/* ---- file: a tree is its nodes in preorder; a split is two numbers, a leaf -1 and its values ----
 */

int rms_trees_write(const void *model, struct rms_text *text)
{
  const struct rms_trees *trees = model;
  rms_text_printf(text, "{ \"divisor\": %d, \"base\": [%d, %d, %d],\n    \"trees\": [",
                  trees->divisor, trees->base[0], trees->base[1], trees->base[2]);
  for (size_t i = 0; i < trees->n; i++) {
    const struct rms_tree *tree = &trees->trees[i];
    rms_text_add(text, i ? ",\n    [" : "\n    [");
    for (size_t k = 0; k < tree->n; k++) {
      const struct rms_tree_node *node = &tree->nodes[k];
      if (k) rms_text_add(text, ",");
      if (node->feature < 0)
        rms_text_printf(text, "-1,%d,%d,%d", node->value[0], node->value[1], node->value[2]);
      else
        rms_text_printf(text, "%d,%d", node->feature, node->threshold);
    }
    rms_text_add(text, "]");
  }
  rms_text_add(text, "] }");
  return rms_text_status(text);
}

struct cursor { /* where in the array of a tree */
  const struct rms_node *list;
  size_t at, n;
};

static int take(struct cursor *c, int64_t lo, int64_t hi, int32_t *value, struct rms_error *err)
{
  int64_t got;
  if (c->at == c->n) return rms_node_error(c->list, err, "the tree ends in the middle of a node");
  const struct rms_node item = rms_node_item(c->list, c->at++);
  const int status = rms_node_int(&item, lo, hi, &got, err);
  if (!status) *value = (int32_t)got;
  return status;
}

/* Recursion as deep as the tree, bounded by RMS_TREE_DEPTH_MAX. */
static int parse_node(struct rms_tree *tree, struct cursor *c, int depth, struct rms_error *err)
{
  int status = RMS_OK;
  const size_t at = tree->n;
  struct rms_tree_node node = {0};
  int32_t feature;
  if (depth > RMS_TREE_DEPTH_MAX || at == RMS_TREE_NODES_MAX)
    RMS_TRY(rms_node_error(c->list, err, "deeper than %d or more than %d nodes", RMS_TREE_DEPTH_MAX,
                           RMS_TREE_NODES_MAX));
  if (rms_grow(&tree->nodes, &tree->capacity, at + 1, sizeof *tree->nodes) < 0)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  tree->n++;
  RMS_TRY(take(c, LEAF, RMS_FEATURES - 1, &feature, err));
  node.feature = (int16_t)feature;
  if (feature < 0) {
    for (int t = 0; t < RMS_TARGETS; t++)
      RMS_TRY(take(c, -VALUE_MAX, VALUE_MAX, &node.value[t], err));
  } else {
    RMS_TRY(take(c, INT32_MIN, INT32_MAX, &node.threshold, err));
    RMS_TRY(parse_node(tree, c, depth + 1, err));
    node.right = (uint32_t)tree->n;
    RMS_TRY(parse_node(tree, c, depth + 1, err));
  }
  tree->nodes[at] = node;
out:
  return status;
}

static int parse_tree(struct rms_tree *tree, const struct rms_node *list, struct rms_error *err)
{
  int status = RMS_OK;
  struct cursor c = {.list = list};
  RMS_TRY(rms_node_array(list, 1, 4 * (size_t)RMS_TREE_NODES_MAX, &c.n, err));
  RMS_TRY(parse_node(tree, &c, 0, err));
  if (c.at != c.n)
    RMS_TRY(rms_node_error(list, err, "%zu numbers are left after the tree", c.n - c.at));
out:
  return status;
}

static int parse_base(struct rms_trees *trees, const struct rms_node *node, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_node list;
  int64_t value;
  size_t n;
  RMS_TRY(rms_node_get_int(node, "divisor", 1, RMS_TREES_MAX, &value, err));
  trees->divisor = (int32_t)value;
  RMS_TRY(rms_node_get(node, "base", &list, err));
  RMS_TRY(rms_node_array(&list, RMS_TARGETS, RMS_TARGETS, &n, err));
  for (size_t t = 0; t < RMS_TARGETS; t++) {
    const struct rms_node item = rms_node_item(&list, t);
    RMS_TRY(rms_node_int(&item, -VALUE_MAX, VALUE_MAX, &value, err));
    trees->base[t] = (int32_t)value;
  }
out:
  return status;
}

int rms_trees_parse(void **result, const struct rms_node *node, struct rms_error *err)
{
  static const char *const fields[] = {"divisor", "base", "trees", NULL};
  int status = RMS_OK;
  struct rms_trees *trees = NULL;
  struct rms_node list;
  size_t n;
  RMS_TRY(rms_node_fields(node, fields, err));
  RMS_TRY(rms_node_get(node, "trees", &list, err));
  RMS_TRY(rms_node_array(&list, 1, RMS_TREES_MAX, &n, err));
  if (rms_trees_new(&trees, n) < 0) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  RMS_TRY(parse_base(trees, node, err));
  for (size_t i = 0; i < n; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    RMS_TRY(parse_tree(&trees->trees[i], &item, err));
  }
  *result = trees;
  trees = NULL;
out:
  rms_trees_free(trees);
  return status;
}
