/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_spec.h - a sweep on its way: the file as written, then instances and solvers. */
#ifndef RMS_SWEEP_SPEC_H
#define RMS_SWEEP_SPEC_H

#include "harness/sweep.h"
#include "instances/family.h"
#include "solvers/solver.h"

struct rms_sweep_line { /* one repeatable key */
  int line;             /* 0: from the command line */
  bool is_file;         /* of instances: file, not set */
  const char *text;
};

struct rms_sweep_lines {
  size_t n, capacity;
  struct rms_sweep_line *items; /* malloc'ed */
};

struct rms_sweep_spec { /* zero-initialise; strings in the arena of the sweep */
  struct rms_sweep *sweep;
  const char *folder;
  bool has_time, has_work;
  struct rms_sweep_lines instances, runs, plugins;
};

/* Fill name, seed, repeats, notes, limits of spec->sweep and the lists from the file's n bytes.
 * RMS_E_FORMAT, RMS_E_PARAM, RMS_E_UNKNOWN with the line; RMS_E_NOMEM. */
int rms_sweep_spec_read(struct rms_sweep_spec *spec, const char *bytes, size_t n,
                        struct rms_error *err);
/* Append; the text is borrowed. RMS_E_NOMEM. */
int rms_sweep_lines_add(struct rms_sweep_lines *lines, struct rms_sweep_line line,
                        struct rms_error *err);
void rms_sweep_spec_fini(struct rms_sweep_spec *spec);

/* PATH as seen from the folder of the sweep file, malloc'ed; NULL: out of memory. */
char *rms_sweep_path(const struct rms_sweep_spec *spec, const char *path);

/* Put "FILE:LINE: " before the text of the error; returns its status. */
int rms_sweep_where(const struct rms_sweep_spec *spec, int line, struct rms_error *err);

struct rms_sweep_source { /* one instance */
  const struct rms_family *family;
  const char *reference, *group;
  struct rms_hash key;
};

struct rms_sweep_plugin {
  const char *path;
  const struct rms_solver *solver;
};

struct rms_sweep_choice { /* a solver with its settings, for the instances of its family */
  const struct rms_solver *solver;
  const char *plugin, *params, *label;
  uint32_t islands;
};

struct rms_expansion {
  struct rms_sweep *sweep;
  struct rms_sweep_spec spec;
  struct rms_error *err;
  /* malloc'ed */
  size_t n_sources, sources_capacity, n_plugins, plugins_capacity, n_choices, choices_capacity;
  struct rms_sweep_source *sources;
  struct rms_sweep_plugin *plugins;
  struct rms_sweep_choice *choices;
  const struct rms_family *family; /* of the set that is being expanded */
};

/* The two factors of the plan, from the lines of the file: x->sources, x->choices. Errors in x->err
 * name file and line. Cost: every instance file is read; a plugin is asked in a child process. */
int rms_sweep_expand_instances(struct rms_expansion *x);
int rms_sweep_expand_solvers(struct rms_expansion *x);

#endif
