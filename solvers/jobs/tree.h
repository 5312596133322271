/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree.h - regression trees over whole-number features with several outputs: grown by variance
 * reduction over bins, stored in whole numbers, so that a tree and its text are the same thing. */
#ifndef RMS_JOBS_TREE_H
#define RMS_JOBS_TREE_H

#include "solvers/jobs/learner.h"

enum {
  RMS_TREE_DEPTH_MAX = 24,
  RMS_TREE_NODES_MAX = 20000,
  RMS_TREES_MAX = 2000,
  RMS_TREE_BINS = 128,
  RMS_TREE_UNIT = 100000 /* values are whole numbers of 1e-5 */
};

struct rms_tree_node {
  int16_t feature;            /* -1: a leaf */
  int32_t threshold;          /* feature <= threshold: the next node; else `right` */
  uint32_t right;             /* index */
  int32_t value[RMS_TARGETS]; /* of a leaf */
};

struct rms_tree {
  size_t n, capacity;
  struct rms_tree_node *nodes; /* in preorder; the left child follows its parent */
};

struct rms_trees { /* prediction = (base + sum of the trees) / divisor */
  size_t n;
  int32_t base[RMS_TARGETS], divisor;
  struct rms_tree *trees;
};

/* Examples with each feature cut into bins of about equal size. */
struct rms_binned {
  size_t n;
  const struct rms_examples *examples;
  int n_bins[RMS_FEATURES];
  int32_t top[RMS_FEATURES][RMS_TREE_BINS]; /* largest value of each bin */
  uint8_t *bin;                             /* [RMS_FEATURES][n] */
};
int rms_binned_new(struct rms_binned **result, const struct rms_examples *examples);
void rms_binned_free(struct rms_binned *binned); /* accepts NULL */

struct rms_growth {
  const struct rms_binned *binned;
  const double (*goal)[RMS_TARGETS]; /* [n] what the tree should say, in units of the value */
  double rate;                       /* leaves are the mean goal times this */
  int depth, least;                  /* deepest leaf; examples of a leaf, at least */
  int n_features;                    /* tried at each split, drawn; RMS_FEATURES: all */
  struct rms_rng *rng;
};
/* Grow a tree on the examples chosen[0 .. n-1] (may repeat; reordered). RMS_E_NOMEM. */
int rms_tree_grow(struct rms_tree *tree, const struct rms_growth *growth, uint32_t *chosen,
                  size_t n);

/* What the tree says of these features: [RMS_TARGETS], within the tree. Cost: its depth. */
const int32_t *rms_tree_leaf(const struct rms_tree *tree, const int32_t feature[RMS_FEATURES]);

/* How a learner grows its trees, one after the other. */
struct rms_trees_plan {
  int trees, depth, least, tried; /* trees at effort 1; the rest as in struct rms_growth */
  double rate;
  uint32_t stream; /* of the random numbers */
  /* Fill in base and divisor; what the first tree should say is what they leave over. */
  void (*begin)(struct rms_trees *trees, const struct rms_examples *examples);
  /* Draw the examples of a tree into chosen[n]; returns how many, at least 1. */
  size_t (*draw)(struct rms_rng *rng, size_t n, uint32_t *chosen);
  /* Goals of the next tree; NULL: the same again. */
  void (*next)(const struct rms_tree *tree, const struct rms_examples *examples,
               double (*goal)[RMS_TARGETS]);
};
/* Train by a plan; RMS_E_NOMEM. */
int rms_trees_train(void **result, const struct rms_examples *examples,
                    const struct rms_trees_plan *plan, struct rms_error *err);

/* The rest of a learner whose model is struct rms_trees. */
int rms_trees_new(struct rms_trees **result, size_t n);
void rms_trees_free(void *trees);
void rms_trees_predict(const void *model, const struct rms_mps_row *rows, int n,
                       double (*time)[RMS_TARGETS]);
int rms_trees_write(const void *model, struct rms_text *text);
int rms_trees_parse(void **result, const struct rms_node *node, struct rms_error *err);

#endif
