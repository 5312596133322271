/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms report RUN - everything that a run says, as one HTML page. */
#include "analysis/report.h"
#include "analysis/provenance_check.h"
#include "harness/cli/cli.h"

struct options {
  const char *run, *output, *against;
  enum rms_grouping grouping;
  bool mix;
};

enum { KEY_MIX = 0x100, KEY_CELLS, KEY_AGAINST };

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct options, run), "a run folder", "the -o of 'rms run'", false}, {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key) {
  case 'o': o->output = arg; return 0;
  case KEY_AGAINST: o->against = arg; return 0;
  case KEY_CELLS: o->grouping = RMS_BY_CELL; return 0;
  case KEY_MIX: o->mix = true; return 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

static int write_report(struct rms_cli *cli, const struct options *o, struct rms_error *err)
{
  int status;
  struct rms_records *records = NULL;
  struct rms_text text = {0};
  RMS_TRY(rms_records_load_shown(&records, o->run, o->mix, err));
  const struct rms_report report = {.folder = o->run,
                                    .records = records,
                                    .grouping = o->grouping,
                                    .is_mixed = o->mix,
                                    .against = o->against};
  RMS_TRY(rms_report_write(&report, &text, err));
  RMS_TRY(rms_cli_write(cli, o->output, text.data, text.length, err));
out:
  rms_text_fini(&text);
  rms_records_free(records);
  return status;
}

static int run_report(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option options[] = {
      {"output", 'o', "FILE", 0, "write to FILE instead of standard output", 0},
      {"against", KEY_AGAINST, "LABEL", 0,
       "pair every solver with this one (default: miso or mig-serving, where they ran)", 0},
      {"cells", KEY_CELLS, NULL, 0, "tables for each cell of a set, not for each set", 0},
      {"mix", KEY_MIX, NULL, 0, "allow records of different hosts or builds, with a warning", 0},
      {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse_option,
      .args_doc = "RUN",
      .doc = "Write one HTML page about a run: what went wrong, with the command that runs such a "
             "job again; verdicts, tables, figures, pictures of the best plans; what was run, "
             "where and by which build. The page needs no network and no script."
             "\vExamples:\n"
             "  rms report out/demo -o report.html\n"
             "  rms report out/jobs-miso --against oracle -o report.html\n"};
  struct options o = {.run = NULL};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  return write_report(cli, &o, &err) < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_report = {
    "report", "one HTML page about a run: tables, figures, plans, what went wrong", run_report};
