/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recipe.h - a spec, understood: all options, the pools, the instance's name and its random key.
 * Private to the generator. */
#ifndef RMS_SERVE_RECIPE_H
#define RMS_SERVE_RECIPE_H

#include "instances/base/rng.h"
#include "instances/machine.h"
#include "instances/serve/options.h"
#include "instances/serve/serve.h"
#include "instances/serve/sets.h"

struct rms_recipe_pool {
  char machine[RMS_OPTION_TEXT_MAX]; /* built-in name, or path */
  bool is_path;
  double speed;        /* against the figures' machine; 1 unless the pool says @SPEED */
  int64_t cost, stock; /* stock -1: no limit */
};

struct rms_recipe {
  struct rms_serve_options options;
  char label[RMS_SET_LABEL_MAX]; /* table group */
  char name[RMS_NAME_MAX + 1];   /* of the instance */
  bool is_synthetic;             /* figures carried over to a machine that was not measured */
  size_t n_pools;
  struct rms_recipe_pool pools[RMS_SERVE_POOLS_MAX];
  size_t n_machines;                                    /* distinct ones, in order of appearance */
  struct rms_machine *machines[RMS_SERVE_MACHINES_MAX]; /* owned */
  uint16_t machine_of[RMS_SERVE_POOLS_MAX];
  struct rms_rng_key key;
};

/* Understand a spec. `machines` are opened only when asked for (or when one is a path, whose name
 * is needed). Free with rms_recipe_fini, also after an error. */
int rms_recipe_open(struct rms_recipe *recipe, const char *spec, bool with_machines,
                    struct rms_error *err);
void rms_recipe_fini(struct rms_recipe *recipe); /* accepts a zeroed one */

/* What the instance is a function of, one line a part; hashed for its identity. */
int rms_recipe_identity(const struct rms_recipe *recipe, struct rms_text *text,
                        struct rms_error *err);

/* The cells of a set that a request asks for: options that the set varies choose, the others
 * replace. cells [out] malloc'ed indices, *n of them (at least one). */
int rms_recipe_cells(const struct rms_serve_set *set, const struct rms_serve_request *request,
                     size_t **cells, size_t *n, struct rms_error *err);

/* Options that replace the set's own become part of the label: no two instances share a name. */
int rms_recipe_mark(char label[RMS_SET_LABEL_MAX], const struct rms_serve_set *set,
                    const struct rms_serve_request *request, struct rms_error *err);

#endif
