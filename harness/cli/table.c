/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms table RUN - the tables of a run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/facts.h"
#include "analysis/faults.h"
#include "analysis/provenance_check.h"
#include "analysis/summary.h"
#include "harness/cli/cli.h"

struct options {
  const char *run, *output, *group;
  const char *format, *view, *against;
  enum rms_grouping grouping;
  bool mix;
  size_t n_times;
  double times[RMS_TIMES_MAX];
};

enum { KEY_VIEW = 0x100, KEY_GROUP, KEY_MIX, KEY_CELLS, KEY_AT, KEY_AGAINST };

/* "1,10,60" */
static error_t read_times(struct options *o, const char *text, struct argp_state *state)
{
  char *end = NULL;
  o->n_times = 0;
  for (const char *at = text;; at = end + 1) {
    const double t = strtod(at, &end);
    if (end == at || !(t > 0 && isfinite(t)) || (*end && *end != ','))
      return rms_cli_wrong(state, text, "seconds above 0 with commas, such as 1,10,60");
    if (o->n_times == RMS_TIMES_MAX)
      return rms_cli_wrong(state, text, "at most %d times", RMS_TIMES_MAX);
    o->times[o->n_times++] = t;
    if (!*end) return 0;
  }
}

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct options, run), "a run folder", "the -o of 'rms run'", false}, {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key) {
  case 'f': o->format = arg; return 0;
  case 'o': o->output = arg; return 0;
  case KEY_VIEW: o->view = arg; return 0;
  case KEY_GROUP: o->group = arg; return 0;
  case KEY_MIX: o->mix = true; return 0;
  case KEY_AT: return read_times(o, arg, state);
  case KEY_AGAINST: o->against = arg; return 0;
  case KEY_CELLS: o->grouping = RMS_BY_CELL; return 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

typedef int table_fn(struct rms_table **, const struct rms_comparison *, const char *group);
typedef int view_fn(struct rms_table **, const struct rms_comparison *, const char *group,
                    const struct options *, struct rms_error *);

static int make_faults(struct rms_table **table, const struct rms_comparison *cmp,
                       const char *group)
{
  return rms_faults_table(table, cmp, group, 0);
}

static int make_anytime(struct rms_table **table, const struct rms_comparison *cmp,
                        const char *group, const struct options *o, struct rms_error *err)
{
  (void)err;
  return rms_anytime_table(table, cmp, group, o->times, o->n_times);
}

static int make_pairs(struct rms_table **table, const struct rms_comparison *cmp, const char *group,
                      const struct options *o, struct rms_error *err)
{
  if (o->against) return rms_pairs_table(table, cmp, group, o->against, err);
  return rms_error_set(err, RMS_E_USAGE,
                       "--view pairs wants --against LABEL, a row of the summary");
}

struct view {
  const char *name;
  table_fn *plain; /* or, when options matter: */
  view_fn *make;
};

static const struct view *find_view(const char *name, struct rms_error *err)
{
  static const struct view views[] = {
      {"summary", rms_summary_table, NULL},   {"matrix", rms_matrix_table, NULL},
      {"runs", rms_runs_table, NULL},         {"proof", rms_proof_table, NULL},
      {"anytime", NULL, make_anytime},        {"pairs", NULL, make_pairs},
      {"verdicts", rms_verdicts_table, NULL}, {"faults", make_faults, NULL},
      {"solvers", rms_solvers_table, NULL}};
  for (size_t i = 0; i < sizeof views / sizeof *views; i++)
    if (!strcmp(views[i].name, name)) return &views[i];
  rms_error_set(err, RMS_E_USAGE,
                "view '%s' is none of: summary matrix runs proof anytime pairs verdicts faults "
                "solvers facts",
                name);
  return NULL;
}

static int render_view(const struct view *view, const struct rms_comparison *cmp, const char *group,
                       const struct options *o, enum rms_table_format format, struct rms_text *text,
                       struct rms_error *err)
{
  struct rms_table *table = NULL;
  int status;
  RMS_TRY(view->plain ? view->plain(&table, cmp, group) : view->make(&table, cmp, group, o, err));
  if (text->length) rms_text_add(text, "\n");
  RMS_TRY(rms_table_render(table, format, text));
out:
  rms_table_free(table);
  return status;
}

/* A summary of several groups is one table a group; csv and json want one table in all. */
static int render_groups(const struct view *view, const struct rms_comparison *cmp,
                         const struct options *o, enum rms_table_format format,
                         struct rms_text *text, struct rms_error *err)
{
  int status = RMS_OK;
  bool single = o->group || format == RMS_TABLE_CSV || format == RMS_TABLE_JSON ||
                view->plain == rms_runs_table;
  if (single) return render_view(view, cmp, o->group, o, format, text, err);
  for (size_t i = 0; i < cmp->n_groups; i++)
    RMS_TRY(render_view(view, cmp, cmp->groups[i], o, format, text, err));
out:
  return status;
}

static bool has_group(const struct rms_comparison *cmp, const char *group)
{
  size_t g = 0;
  while (group && g < cmp->n_groups && strcmp(cmp->groups[g], group) != 0) g++;
  return !group || g < cmp->n_groups;
}

static int render_mode(const struct view *view, const struct rms_records *records,
                       bool work_limited, const struct options *o, enum rms_table_format format,
                       struct rms_text *text, struct rms_error *err)
{
  struct rms_comparison *cmp = NULL;
  int status;
  RMS_TRY(rms_compare(&cmp, records, work_limited, o->grouping));
  if (cmp->n_results && has_group(cmp, o->group))
    RMS_TRY(render_groups(view, cmp, o, format, text, err));
out:
  rms_comparison_free(cmp);
  return status;
}

static int render_facts(const struct rms_records *records, enum rms_table_format format,
                        struct rms_text *text, struct rms_error *err)
{
  int status;
  struct rms_table *table = NULL;
  RMS_TRY(rms_facts_table(&table, records, err));
  RMS_TRY(rms_table_render(table, format, text));
out:
  rms_table_free(table);
  return status;
}

static int print_tables(struct rms_cli *cli, const struct options *o, struct rms_error *err)
{
  int status;
  struct rms_records *records = NULL;
  struct rms_text text = {0};
  enum rms_table_format format;
  const bool is_facts = !strcmp(o->view, "facts");
  const struct view *const view = is_facts ? NULL : find_view(o->view, err);

  if (!view && !is_facts) return RMS_E_USAGE;
  RMS_TRY(rms_table_format_parse(o->format, &format, err));
  RMS_TRY(rms_records_load_shown(&records, o->run, o->mix, err));
  if (is_facts)
    RMS_TRY(render_facts(records, format, &text, err));
  else {
    RMS_TRY(render_mode(view, records, true, o, format, &text, err));
    RMS_TRY(render_mode(view, records, false, o, format, &text, err));
  }
  if (text.length == 0) {
    status = rms_error_set(err, RMS_E_USAGE, "%s: no group '%s' ('rms table %s' shows them all)",
                           o->run, o->group ? o->group : "", o->run);
    goto out;
  }
  if (records->n_in_flight && cli->err_is_terminal)
    fprintf(
        cli->err,
        "rms: note: %zu jobs were in flight when their launch ended; 'rms run' again runs them\n",
        records->n_in_flight);
  RMS_TRY(rms_cli_write(cli, o->output, text.data, text.length, err));
out:
  rms_text_fini(&text);
  rms_records_free(records);
  return status;
}

static int run_table(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option options[] = {
      {"format", 'f', "FORMAT", 0,
       "text (default), markdown, csv, latex, json, html (a part of a page)", 0},
      {"view", KEY_VIEW, "VIEW", 0,
       "summary (default): a row per solver; matrix: solvers by instances; runs: a row per run; "
       "proof: share proved and time to proof, with ratios; anytime: gaps after the times of --at; "
       "pairs: each solver against one, instance by instance, with Wilcoxon's test; verdicts: runs "
       "by verdict and end; faults: what went wrong, why, and the command to run it again; "
       "solvers: "
       "versions and parameters; facts: sweep, hosts, build and warnings",
       0},
      {"against", KEY_AGAINST, "LABEL", 0, "the solver that --view pairs compares with", 0},
      {"at", KEY_AT, "TIMES", 0, "CPU seconds for --view anytime (default 1,10,60)", 0},
      {"group", KEY_GROUP, "NAME", 0, "only this set (with --cells: only this cell)", 0},
      {"cells", KEY_CELLS, NULL, 0, "a table for each cell of a set, not for each set", 0},
      {"output", 'o', "FILE", 0, "write to FILE instead of standard output", 0},
      {"mix", KEY_MIX, NULL, 0, "allow different hosts, builds or limits in one table, with a note",
       0},
      {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse_option,
      .args_doc = "RUN",
      .doc =
          "Print the tables of a run: the objective (machines, mean completion time), gap to the "
          "best proven bound, gap to the best found, "
          "time to best, total time, status, n of N."
          "\vExamples:\n"
          "  rms table out/demo\n"
          "  rms table out/demo --view matrix --group parvagpu\n"
          "  rms table out/jobs-miso --view pairs --against miso\n"
          "  rms table out/ms-quality --cells --view anytime --at 1,10,60\n"
          "  rms table out/demo --format latex -o summary.tex\n"};
  struct options o = {.format = "text", .view = "summary", .n_times = 3, .times = {1, 10, 60}};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  return print_tables(cli, &o, &err) < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_table = {"table", "tables of a run: objectives, gaps, times, status",
                                        run_table};
