/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms plot RUN - figures of a run, as SVG or as the points behind it. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/feature.h"
#include "analysis/figures.h"
#include "analysis/origin.h"
#include "analysis/provenance_check.h"
#include "harness/cli/cli.h"

struct options {
  const char *run, *output, *kind, *format, *measure, *mode, *gap, *title;
  struct rms_figure figure;
  enum rms_grouping grouping;
  bool mix;
};

enum {
  KEY_X = 0x100,
  KEY_Y,
  KEY_GROUP,
  KEY_CELLS,
  KEY_MIX,
  KEY_MODE,
  KEY_GAP,
  KEY_RELATIVE,
  KEY_RANGE,
  KEY_WORK,
  KEY_TITLE
};

static void add_solver(struct options *o, const char *glob, struct argp_state *state)
{
  if (o->figure.n_solvers == RMS_FIGURE_SOLVERS_MAX)
    argp_error(state, "more than %d solvers are asked for", RMS_FIGURE_SOLVERS_MAX);
  else
    o->figure.solvers[o->figure.n_solvers++] = glob;
}

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct options, run), "a run folder", "the -o of 'rms run'", false}, {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key) {
  case 'k': o->kind = arg; return 0;
  case 'f': o->format = arg; return 0;
  case 'o': o->output = arg; return 0;
  case 's': add_solver(o, arg, state); return 0;
  case KEY_X: o->figure.x_name = arg; return 0;
  case KEY_Y: o->measure = arg; return 0;
  case KEY_GROUP: o->figure.group = arg; return 0;
  case KEY_CELLS: o->grouping = RMS_BY_CELL; return 0;
  case KEY_MIX: o->mix = true; return 0;
  case KEY_MODE: o->mode = arg; return 0;
  case KEY_GAP: o->gap = arg; return 0;
  case KEY_RELATIVE: o->figure.is_relative = true; return 0;
  case KEY_RANGE: o->figure.has_range = true; return 0;
  case KEY_WORK: o->figure.by_work = true; return 0;
  case KEY_TITLE: o->title = arg; return 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

/* "1", "0.5": a percentage from 0 to 100 as a share. */
static int parse_gap(const char *text, double *share, struct rms_error *err)
{
  if (rms_parse_double(text, share) < 0 || *share < 0 || *share > 100)
    return rms_error_set(err, RMS_E_USAGE, "--gap %.40s: must be a number of %% in [0, 100]", text);
  *share /= 100;
  return RMS_OK;
}

/* Claims come from time-limited runs; a folder with none of them has work-limited ones. */
static int compare_runs(struct rms_comparison **result, const struct rms_records *records,
                        const struct options *o, struct rms_error *err)
{
  const bool any = !strcmp(o->mode, "any");
  if (!any && strcmp(o->mode, "time") != 0 && strcmp(o->mode, "work") != 0)
    return rms_error_set(err, RMS_E_USAGE, "mode '%.40s' is none of: any time work", o->mode);
  int status = rms_compare(result, records, !strcmp(o->mode, "work"), o->grouping);
  if (status < 0 || (*result)->n_results || !any) return status;
  rms_comparison_free(*result);
  *result = NULL;
  return rms_compare(result, records, true, o->grouping);
}

/* What every figure says of itself: group, kind of limit, and where its numbers come from. */
static int add_facts(struct rms_plot *plot, const struct rms_records *records,
                     const struct rms_comparison *cmp, const struct options *o,
                     struct rms_error *err)
{
  int status;
  struct rms_text text = {0};
  RMS_TRY(rms_figure_subtitle(plot, cmp, o->figure.group));
  if (o->title && !(plot->title = rms_arena_text(plot->arena, o->title))) RMS_TRY(RMS_E_NOMEM);
  RMS_TRY(rms_records_origin(records, &text, err));
  RMS_TRY(rms_plot_note(plot, "%s", text.data));
out:
  rms_text_fini(&text);
  return status;
}

static int render(const struct rms_plot *plot, const char *format, struct rms_text *text,
                  struct rms_error *err)
{
  if (!strcmp(format, "svg")) return rms_plot_svg(plot, text);
  if (!strcmp(format, "csv")) return rms_plot_csv(plot, text);
  return rms_error_set(err, RMS_E_USAGE, "format '%.40s' is none of: svg csv", format);
}

static int draw(struct rms_cli *cli, struct options *o, struct rms_error *err)
{
  int status;
  struct rms_records *records = NULL;
  struct rms_comparison *cmp = NULL;
  struct rms_plot *plot = NULL;
  struct rms_text text = {0};
  struct rms_feature feature = {.name = o->figure.x_name};
  rms_figure_fn *make = NULL;

  RMS_TRY(rms_figure_find(o->kind, &make, err));
  RMS_TRY(rms_measure_find(o->measure, &o->figure.measure, err));
  RMS_TRY(parse_gap(o->gap, &o->figure.gap, err));
  RMS_TRY(rms_records_load_shown(&records, o->run, o->mix, err));
  RMS_TRY(compare_runs(&cmp, records, o, err));
  o->figure.x_of = rms_feature_of;
  o->figure.ctx = &feature;
  RMS_TRY(make(&plot, cmp, &o->figure, err));
  RMS_TRY(add_facts(plot, records, cmp, o, err));
  RMS_TRY(render(plot, o->format, &text, err));
  RMS_TRY(rms_cli_write(cli, o->output, text.data, text.length, err));
out:
  rms_text_fini(&text);
  rms_plot_free(plot);
  rms_comparison_free(cmp);
  rms_records_free(records);
  return status;
}

static const struct argp_option options[] = {
    {"kind", 'k', "KIND", 0,
     "growth (measure over a feature, log-log), cumulative (share of runs within a measure; "
     "default), target (share of runs that reached a target by a time), gap (mean gap over time)",
     0},
    {"output", 'o', "FILE", 0, "write to FILE instead of standard output", 0},
    {"format", 'f', "FORMAT", 0, "svg (default), or csv: the points", 0},
    {"solver", 's', "GLOB", 0, "only the solvers whose label is like that; may be repeated", 0},
    {"x", KEY_X, "NAME", 0,
     "growth: option of the generator or feature of the instance (default: services)", 0},
    {"y", KEY_Y, "MEASURE", 0,
     "growth, cumulative: proof (default), proof-cpu, best, total, cpu, memory; "
     "cumulative: objective",
     0},
    {"relative", KEY_RELATIVE, NULL, 0,
     "cumulative: divided by the quickest on the instance (performance profile)", 0},
    {"range", KEY_RANGE, NULL, 0, "growth: band from least to greatest, not over quartiles", 0},
    {"gap", KEY_GAP, "PERCENT", 0, "target: within so much of the best known plan (default: 0)", 0},
    {"work", KEY_WORK, NULL, 0, "target, gap: over work units, not seconds", 0},
    {"mode", KEY_MODE, "MODE", 0, "time or work: which runs (default: any, time-limited first)", 0},
    {"group", KEY_GROUP, "NAME", 0, "one group of instances (set or folder) only", 0},
    {"cells", KEY_CELLS, NULL, 0, "the groups are the cells of the sets", 0},
    {"title", KEY_TITLE, "TEXT", 0, "instead of the figure's own", 0},
    {"mix", KEY_MIX, NULL, 0, "allow runs of different hosts, builds or limits", 0},
    {0}};

static int run_plot(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp argp = {
      .options = options,
      .parser = parse_option,
      .args_doc = "RUN",
      .doc = "Draw a figure of a run from its records: SVG with axes, legend, n/N for runs that "
             "did not get there, and where its numbers come from."
             "\vExamples:\n"
             "  rms plot out/prices --kind growth --x services -o growth.svg\n"
             "  rms plot out/demo --relative -o profile.svg\n"
             "  rms plot out/islands --kind target --gap 1 -s 'ga:*' -o target.svg\n"
             "  rms plot out/demo --kind gap --group ms24 --format csv\n"};
  struct options o = {.kind = "cumulative",
                      .format = "svg",
                      .measure = "proof",
                      .mode = "any",
                      .gap = "0",
                      .figure = {.x_name = "services"}};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  return draw(cli, &o, &err) < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_plot = {
    "plot", "figures of a run: growth, profiles, time to target, gap over time", run_plot};
