/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sets.h - named collections of instances, instances/sets/NAME.ini:
 *
 *   [set]
 *   doc = one sentence
 *   notes = where it comes from, what to take care of
 *   count = 3                          instances of each cell
 *   most_services_per_machine = 7      cells with more are left out (0: none is)
 *
 *   [cells small]                      one or more; the word is only a name
 *   label = NAME-n{services}-{shape}   what tables and file names show; {key} is the cell's value
 *   services = 5 10 24                 values that stand for a product with those of the other keys
 *   shape = mixed jag
 *
 * Cells are numbered block by block; within a block the last key varies fastest. */
#ifndef RMS_SERVE_SETS_H
#define RMS_SERVE_SETS_H

#include "instances/base/error.h"
#include "instances/base/memory.h"
#include "instances/serve/options.h"

enum {
  RMS_SET_BLOCKS_MAX = 16,
  RMS_SET_VALUES_MAX = 64, /* of one key */
  RMS_SET_CELLS_MAX = 100000,
  RMS_SET_LABEL_MAX = 96,
  RMS_SET_NAME_MAX = 48
};

struct rms_set_block {
  const char *label;
  int n_keys;
  int keys[RMS_OPT_COUNT];     /* in the file's order */
  int n_values[RMS_OPT_COUNT]; /* by option; 0: not given */
  const char **values[RMS_OPT_COUNT];
};

struct rms_set_cell {
  uint32_t block, rank;
};

struct rms_serve_set {
  struct rms_arena *arena;
  const char *name, *doc, *notes;
  int64_t count, services_per_machine;
  size_t n_blocks;
  struct rms_set_block blocks[RMS_SET_BLOCKS_MAX];
  size_t n_cells;
  struct rms_set_cell *cells;
};

/* Name of the i-th set in byte order; false past the end. */
bool rms_serve_set_name(size_t i, char name[RMS_SET_NAME_MAX]);

/* Open a built-in set; RMS_E_UNKNOWN names the nearest. Free with rms_serve_set_free. */
int rms_serve_set_open(struct rms_serve_set **result, const char *name, struct rms_error *err);
/* The same from text (tests, fuzzing). */
int rms_serve_set_parse(struct rms_serve_set **result, const char *name, const char *text,
                        struct rms_error *err);
void rms_serve_set_free(struct rms_serve_set *set); /* accepts NULL */

/* Does the option take more than one value in the set? */
bool rms_serve_set_varies(const struct rms_serve_set *set, int option);

/* Options of cell i < n_cells (the ones that it fixes count as given). */
int rms_serve_set_cell(const struct rms_serve_set *set, size_t i, struct rms_serve_options *options,
                       struct rms_error *err);

/* Label of a cell whose options these are. */
int rms_serve_set_label(const struct rms_serve_set *set, size_t i,
                        const struct rms_serve_options *options, char label[RMS_SET_LABEL_MAX],
                        struct rms_error *err);

/* The family's callback: lines about all sets, or about the cells of one. */
int rms_serve_list_sets(const char *set, struct rms_text *text, struct rms_error *err);

#endif
