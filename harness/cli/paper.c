/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms paper RUN -o FOLDER - the generated tables and numbers of the paper. */
#include "analysis/paper.h"
#include "analysis/provenance_check.h"
#include "harness/cli/cli.h"

struct options {
  const char *run, *output;
  bool mix;
};

enum { KEY_MIX = 0x100 };

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct options, run), "a run folder", "the -o of 'rms run'", false}, {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key) {
  case 'o': o->output = arg; return 0;
  case KEY_MIX: o->mix = true; return 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

static int write_paper(struct rms_cli *cli, const struct options *o, struct rms_error *err)
{
  int status;
  struct rms_records *records = NULL;
  struct rms_comparison *cmp = NULL;
  RMS_TRY(rms_records_load_shown(&records, o->run, o->mix, err));
  /* Claims come from time-limited runs; a folder with none of them is a test's. */
  RMS_TRY(rms_compare(&cmp, records, false, RMS_BY_SET));
  if (cmp->n_results == 0) {
    rms_comparison_free(cmp);
    cmp = NULL;
    RMS_TRY(rms_compare(&cmp, records, true, RMS_BY_SET));
  }
  RMS_TRY(rms_paper_write(o->output, records, cmp, err));
  fprintf(cli->err, "rms: wrote tables, figures and numbers into %s from %zu runs\n", o->output,
          records->n_runs);
out:
  rms_comparison_free(cmp);
  rms_records_free(records);
  return status;
}

static int run_paper(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option options[] = {
      {"output", 'o', "FOLDER", 0, "where tables/, figures/ and numbers/ go (default: paper)", 0},
      {"mix", KEY_MIX, NULL, 0, "allow runs of different hosts, builds or limits", 0},
      {0}};
  static const struct argp argp = {.options = options,
                                   .parser = parse_option,
                                   .args_doc = "RUN",
                                   .doc =
                                       "Write the generated part of the paper: LaTeX and Markdown "
                                       "tables, and a file with every number "
                                       "of the prose, each with the hash of the records behind it."
                                       "\vExample:\n  rms paper out/demo -o paper\n"};
  struct options o = {.output = "paper"};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  return write_paper(cli, &o, &err) < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_paper = {"paper", "tables and numbers of the paper, from records",
                                        run_paper};
