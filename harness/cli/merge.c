/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms merge OUT RUN... - the records of many runs in one run folder. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/merge.h"

enum { KEY_KEEP = 0x100 };

struct options {
  const char *out;
  const char **runs; /* malloc'ed */
  size_t n_runs, capacity;
  const char *keep; /* NULL: ask */
  enum rms_merge_keep how;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key) {
  case KEY_KEEP:
    o->keep = arg;
    o->how = strcmp(arg, "first") ? RMS_MERGE_NEWEST : RMS_MERGE_FIRST;
    if (strcmp(arg, "first") && strcmp(arg, "newest"))
      return rms_cli_wrong(state, arg, "first or newest");
    return 0;
  case ARGP_KEY_ARG:
    if (!o->out) {
      o->out = arg;
      return 0;
    }
    if (rms_grow(&o->runs, &o->capacity, o->n_runs + 1, sizeof *o->runs) < 0) return ENOMEM;
    o->runs[o->n_runs++] = arg;
    return 0;
  case ARGP_KEY_END:
    if (!o->n_runs) argp_error(state, "wanted are a new folder and the runs to be merged into it");
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static void print_conflict(FILE *out, const struct rms_merge *merge,
                           const struct rms_merge_conflict *conflict)
{
  const struct rms_run *const *run = conflict->run;
  char job[RMS_HASH_TEXT];
  rms_hash_print(run[0]->job, job);
  fprintf(out, "conflict: %s on %s (job %.12s): %s in %s (%s) / %s (%s)\n", run[0]->label,
          run[0]->instance, job, conflict->what, merge->sources[conflict->source[0]].folder,
          run[0]->host, merge->sources[conflict->source[1]].folder, run[1]->host);
}

static int print_result(struct rms_cli *cli, const struct options *o, const struct rms_merge *merge,
                        bool is_whole, struct rms_error *err)
{
  struct rms_folder_head head;
  struct rms_records *records = NULL;
  char digits[RMS_HASH_TEXT];
  int status = RMS_OK;
  RMS_TRY(rms_folder_read_head(o->out, &head, err));
  RMS_TRY(rms_records_load(&records, o->out, err));
  rms_hash_print(records->hash, digits);
  fprintf(cli->out, "%s: %zu of %lld jobs done, from %zu runs in %zu files\n", head.name,
          records->n_runs, (long long)head.n_jobs, o->n_runs, records->n_files);
  if (merge->n_shared)
    fprintf(cli->out, "  shared:  %zu jobs were done by more than one run%s\n", merge->n_shared,
            merge->n_conflicts ? "" : ", with the same results");
  fprintf(cli->out, "  records: %s (%s/records)\n", digits, o->out);
  if (!is_whole)
    fprintf(cli->out,
            "  plan:    of several sweeps, so 'rms run' goes on with each where it was\n");
  fprintf(cli->out, "  table:   rms table %s\n", o->out);
out:
  rms_records_free(records);
  return status;
}

static int merge_runs(struct rms_cli *cli, const struct options *o, int *code,
                      struct rms_error *err)
{
  struct rms_merge merge = {0};
  bool is_whole = false;
  int status = RMS_OK;
  RMS_TRY(rms_merge_open(&merge, o->runs, o->n_runs, o->how, err));
  for (size_t i = 0; i < merge.n_conflicts; i++)
    print_conflict(cli->out, &merge, &merge.conflicts[i]);
  if (merge.n_conflicts && !o->keep) {
    fprintf(cli->err,
            "rms: %zu conflicts, so nothing was written; --keep=first takes the run folder that is "
            "named first, --keep=newest the run that was started last\n",
            merge.n_conflicts);
    *code = RMS_EXIT_NO;
    goto out;
  }
  RMS_TRY(rms_merge_write(&merge, o->out, &is_whole, err));
  RMS_TRY(print_result(cli, o, &merge, is_whole, err));
out:
  rms_merge_fini(&merge);
  return status;
}

static int verb_merge(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option options[] = {
      {"keep", KEY_KEEP, "WHICH", 0,
       "Of runs of one job that differ keep 'first' (of the folder named first) or 'newest' "
       "(started "
       "last); without it they are listed and nothing is written",
       0},
      {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse_option,
      .args_doc = "OUT RUN...",
      .doc =
          "Merge runs of different machines or launches into the new run folder OUT, for tables, "
          "figures, status and (when one of the sweeps has all jobs) resuming. A job that several "
          "runs have done counts once when its results are the same; runs of one job that differ "
          "(a result under a work limit, any result or build under a time limit) are conflicts: "
          "one "
          "line each, exit code 1. RUN... are not changed. Tables refuse to mix machines and "
          "builds "
          "unless told to.\vExamples:\n"
          "  rms merge out/all out/node1 out/node2\n"
          "  rms merge out/all out/node* --keep=newest\n"
          "  rms table out/all --mix\n"};
  struct options o = {.out = NULL};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (!rms_cli_parse(cli, &argp, argc, argv, &o, &code) && merge_runs(cli, &o, &code, &err) < 0)
    code = rms_cli_fail(cli, &err);
  free(o.runs);
  return code;
}

const struct rms_verb rms_verb_merge = {"merge", "many runs in one folder, conflicts found",
                                        verb_merge};
