/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli.h - the command line: one verb, one file harness/cli/VERB.c, one entry in the table of
 * main.c. Data goes to `out`, talk to `err`. Exit codes: 0 good, 1 the answer is no, 2 bad usage or
 * input, 3 internal. Options are parsed with argp; every verb has -h/--help with examples. */
#ifndef RMS_CLI_H
#define RMS_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "instances/base/error.h"

enum { RMS_EXIT_GOOD = 0, RMS_EXIT_NO = 1, RMS_EXIT_INPUT = 2, RMS_EXIT_INTERNAL = 3 };

struct rms_cli {
  FILE *out, *err;
  bool out_is_terminal, err_is_terminal;
  bool colour;   /* terminal, and NO_COLOR not set */
  int columns;   /* of the terminal; 100 when it is none */
  int out_errno; /* why standard output failed; 0: it has not */
};

struct rms_verb {
  const char *name, *doc; /* one line */
  int (*run)(struct rms_cli *cli, int argc,
             char **argv); /* argv[0] is "rms VERB"; returns an exit code */
};

extern const struct rms_verb rms_verb_check, rms_verb_check_solver, rms_verb_explain,
    rms_verb_export, rms_verb_generate, rms_verb_import, rms_verb_machines, rms_verb_merge,
    rms_verb_new_solver, rms_verb_run, rms_verb_show, rms_verb_solve, rms_verb_solvers,
    rms_verb_table, rms_verb_plot, rms_verb_report, rms_verb_train, rms_verb_paper, rms_verb_status,
    rms_verb_retry, rms_verb_slurm, rms_verb_simulate_cluster;

/* "rms: TEXT" on cli->err and the exit code that fits err->status: input errors 2, others 3. */
int rms_cli_fail(struct rms_cli *cli, const struct rms_error *err);

/* argp_parse with our conventions: usage errors exit code 2 with one line and a hint; --help exits
 * 0. Returns 0 to go on, or a negative value with *code set: return *code from the verb. */
int rms_cli_parse(struct rms_cli *cli, const struct argp *argp, int argc, char **argv, void *input,
                  int *code);

/* A positional argument of a verb, in the order in which they are given. */
struct rms_cli_argument {
  size_t offset;            /* of a const char * in the verb's options; NULL there: not given yet */
  const char *what, *where; /* "a plan", "the -o of 'rms solve'"; what == NULL ends the list */
  bool is_optional;
};

/* For the end of a verb's option parser, whose input is its options: puts ARGP_KEY_ARG into the
 * first place that is empty and misses nothing at ARGP_KEY_END; one word too many or too few is a
 * usage error. Other keys: ARGP_ERR_UNKNOWN. */
error_t rms_cli_take(int key, char *arg, struct argp_state *state,
                     const struct rms_cli_argument *wanted);

/* For a verb's option parser: a usage error "--limit: is 'x', must be WANTED" about the argument of
 * the option that is being parsed. Returns EINVAL, which ends the parsing. */
__attribute__((format(printf, 3, 4))) error_t rms_cli_wrong(struct argp_state *state,
                                                            const char *arg, const char *fmt, ...);

/* One line "  ended:   exit 12, memory 1"; nothing when no run has ended. */
struct rms_records;
void rms_cli_print_ends(FILE *out, const struct rms_records *records);

/* Write text to a file (beside and renamed), or to cli->out when path is NULL or "-". A failing
 * standard output (full disk, closed pipe) is told and turned into an exit code by main, once. */
int rms_cli_write(struct rms_cli *cli, const char *path, const char *bytes, size_t n,
                  struct rms_error *err);

#endif
