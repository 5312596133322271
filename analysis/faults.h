/* SPDX-License-Identifier: GPL-3.0-or-later */
/* faults.h - what went wrong: lies, plans that could not be judged, deaths, runs out of time; and
 * the command that runs such a job again. */
#ifndef RMS_FAULTS_H
#define RMS_FAULTS_H

#include "analysis/compare.h"
#include "analysis/table.h"

enum rms_fault { /* worst first */
                 RMS_FAULT_WRONG,
                 RMS_FAULT_UNVERIFIABLE,
                 RMS_FAULT_DIED,
                 RMS_FAULT_TIME,
                 RMS_FAULT_NONE
};

enum rms_fault rms_fault_of(const struct rms_result *result);
const char *rms_fault_text(enum rms_fault fault); /* constant: "wrong answer", ...; NONE: "" */

/* Add the shell command that runs the job alone: `rms solve` with the instance, solver, parameters,
 * seed, repeat and limits of the run. A solver of a plugin is found by RMS_PLUGIN_PATH. */
void rms_reproduce_command(const struct rms_run *run, struct rms_text *text);

/* Add `word` as one word of a POSIX shell, in single quotes where it needs them. */
void rms_shell_word(struct rms_text *text, const char *word);

/* Tables of the runs of a group (NULL: all); *result is freed by rms_table_free. RMS_E_NOMEM. */

/* One row a fault, worst first, then by solver and instance: what happened, to whom, why, and the
 * command. Beyond `most` (0: all) a note counts the rest. */
int rms_faults_table(struct rms_table **result, const struct rms_comparison *cmp, const char *group,
                     size_t most);

/* One row a solver, those with faults first, and a row for all: the runs by what the checker found,
 * and by how their process ended. */
int rms_verdicts_table(struct rms_table **result, const struct rms_comparison *cmp,
                       const char *group);

/* One row a solver: version and all parameters. */
int rms_solvers_table(struct rms_table **result, const struct rms_comparison *cmp,
                      const char *group);

#endif
