/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare.h - runs of the same instance side by side: what is the best verified solution, what is
 * the best proven bound, how far is each run from both, and which claims do the others refute. */
#ifndef RMS_COMPARE_H
#define RMS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/launch_notes.h"
#include "harness/record.h"

struct rms_case {              /* one instance under one kind of limit */
  const struct rms_run *first; /* for its name, group, family */
  size_t begin, end;           /* its results */
  double best;                 /* best verified objective[0]; NAN: none */
  double bound;       /* best proven bound, rounded up to the objective's step; NAN: none */
  bool is_proved;     /* best == bound */
  bool is_infeasible; /* claimed infeasible by a proving solver, and nobody has a plan */
};

struct rms_result { /* one run, judged with the others' help */
  const struct rms_run *run;
  const char *group; /* the set it came from, or the cell of the set; in the comparison's arena */
  double objective;  /* verified objective[0]; NAN: none */
  double bound;      /* its own bound, rounded up to the step; NAN: none */
  double gap_bound;  /* to the case's proven bound; NAN */
  double gap_best;   /* to the case's best; NAN */
  double time_best;  /* s until its last improvement; NAN without a solution */
  double time;       /* wall s of the run */
  const char
      *verdict; /* the checker's, or what the comparison showed: wrong_bound, wrong_infeasibility,
                 * verified_optimal when the objective equals a proven bound */
  const char *end; /* "exit", "signal:SEGV", ... in the comparison's arena */
  bool is_wrong;   /* one of the five bad verdicts */
};

struct rms_comparison {
  struct rms_arena *arena;
  const struct rms_records *records;    /* borrowed */
  const struct rms_launch_notes *notes; /* of the records */
  size_t n_cases, n_results, n_labels, n_groups;
  struct rms_case *cases;     /* sorted by mode, group, instance name, identity */
  struct rms_result *results; /* sorted by case, label, seed, repeat, job */
  const char **labels;        /* sorted */
  const char **groups;        /* sorted */
};

/* What instances are grouped by: the set they came from, or the cell of that set. */
enum rms_grouping { RMS_BY_SET, RMS_BY_CELL };

/* Compare all runs with this limit kind (a table never mixes work-limited with time-limited runs).
 *   records  [in] borrowed; must outlive the result.   *result is freed by rms_comparison_free.
 * A bound counts as proven only from a run of a solver that proves bounds, or from a certificate. A
 * proving solver whose bound lies above somebody's verified solution is wrong_bound, and its bound
 * does not count. RMS_E_NOMEM. Cost: O(runs log runs). */
int rms_compare(struct rms_comparison **result, const struct rms_records *records,
                bool work_limited, enum rms_grouping grouping);
/* Did the run itself prove its answer (the best there is, or that there is none), unrefuted? A plan
 * that another one's bound shows to be optimal is not its proof. */
bool rms_result_is_proof(const struct rms_result *result);

/* Is the run of that group (NULL: yes)? */
bool rms_in_group(const struct rms_result *result, const char *group);

void rms_comparison_free(struct rms_comparison *comparison); /* accepts NULL */

#endif
