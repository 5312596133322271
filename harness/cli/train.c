/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms train jobs - train a predictor of slice speeds from the measured mixes inside the project, or
 * measure the errors of all kinds of predictors by cross-validation. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/table.h"
#include "harness/cli/cli.h"
#include "solvers/jobs/train.h"

enum { KEY_ERRORS = 0x100, KEY_DETAILS, KEY_SPLIT, KEY_FOLDS, KEY_ALL, KEY_EFFORT, FOLDS_MAX = 20 };

struct options {
  const char *family, *model, *output, *format;
  bool is_errors, has_details, is_all, is_split_set;
  enum rms_split split;
  int64_t seed, folds;
  double effort;
};

static error_t parse_number(struct argp_state *state, const char *arg, int64_t lo, int64_t hi,
                            int64_t *value)
{
  if (rms_parse_int(arg, value) == RMS_OK && *value >= lo && *value <= hi) return 0;
  return rms_cli_wrong(state, arg, "a whole number from %lld to %lld", (long long)lo,
                       (long long)hi);
}

static error_t parse_split(struct argp_state *state, const char *arg, struct options *o)
{
  o->is_split_set = true;
  if (!strcmp(arg, "mix"))
    o->split = RMS_SPLIT_MIX;
  else if (!strcmp(arg, "model"))
    o->split = RMS_SPLIT_MODEL;
  else
    return rms_cli_wrong(state, arg, "mix or model");
  return 0;
}

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct options, family), "a family", "rms train jobs", false}, {0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  struct options *o = state->input;
  switch (key) {
  case 'm': o->model = arg; return 0;
  case 'o': o->output = arg; return 0;
  case 'f': o->format = arg; return 0;
  case 'S': return parse_number(state, arg, 0, INT64_MAX, &o->seed);
  case KEY_FOLDS: return parse_number(state, arg, 2, FOLDS_MAX, &o->folds);
  case KEY_EFFORT:
    if (rms_parse_double(arg, &o->effort) < 0 || !(o->effort > 0 && o->effort <= 10))
      return rms_cli_wrong(state, arg, "a number in (0, 10]");
    return 0;
  case KEY_SPLIT: return parse_split(state, arg, o);
  case KEY_ERRORS: o->is_errors = true; return 0;
  case KEY_DETAILS: o->has_details = true; return 0;
  case KEY_ALL: o->is_all = true; return 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

/* ---- training ---- */

static void hold_out(const struct rms_mixes *mixes, const uint8_t *fold, uint8_t *is_used)
{
  for (size_t i = 0; i < mixes->n; i++)
    memset(is_used + i * RMS_MIX_JOBS_MAX, fold[i] != RMS_MEASURE_FOLD, RMS_MIX_JOBS_MAX);
}

static int train_model(struct rms_cli *cli, const struct options *o, const struct rms_mixes *mixes,
                       struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_predictor *predictor = NULL;
  struct rms_text text = {0};
  uint8_t *fold = malloc(mixes->n), *is_used = calloc(mixes->n, RMS_MIX_JOBS_MAX);
  struct rms_lesson lesson = {
      .mixes = mixes, .seed = (uint64_t)o->seed, .effort = o->effort, .note = "nothing"};
  if (!fold || !is_used || rms_mixes_deal(mixes, RMS_MEASURE_SEED, RMS_MEASURE_FOLDS, fold) < 0)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  if (!o->is_all) {
    hold_out(mixes, fold, is_used);
    lesson.is_used = is_used;
    lesson.note = "fold 0 of 5 (seed 1): what simulated measurements replay";
  }
  RMS_TRY(rms_train(&predictor, o->model, &lesson, err));
  RMS_TRY(rms_predictor_write(predictor, &text));
  RMS_TRY(rms_cli_write(cli, o->output, text.data, text.length, err));
out:
  rms_text_fini(&text);
  rms_predictor_free(predictor);
  free(is_used);
  free(fold);
  return status;
}

/* ---- errors ---- */

struct report {
  const struct options *o;
  const struct rms_mixes *mixes;
  struct rms_table *table;
};

/* One row: errors of `e` for mixes of n jobs (0: all). */
static int add_row(const struct report *r, const struct rms_trial *trial, const char *part,
                   const struct rms_errors *e, int n)
{
  int status = RMS_OK;
  size_t column = 3;
  RMS_TRY(rms_table_row(r->table));
  RMS_TRY(rms_table_set(r->table, 0, NAN, "%s", trial->name));
  RMS_TRY(rms_table_set(r->table, 1, NAN, "%s", trial->split == RMS_SPLIT_MIX ? "mix" : "model"));
  RMS_TRY(rms_table_set(r->table, 2, NAN, "%s", part));
  RMS_TRY(rms_table_set(r->table, column++, (double)e->time[0][n].n, "%zu", e->time[0][n].n));
  for (int t = 0; t < RMS_TARGETS; t++, column++) {
    const double mean = rms_error_mean(e->time[t][n]);
    RMS_TRY(rms_table_set(r->table, column, mean, "%.4f", mean));
  }
  for (int s = 1; s < RMS_SLICE_SIZES; s++, column++) {
    const double mean = rms_error_mean(e->speed[s][n]);
    if (e->speed[s][n].n) RMS_TRY(rms_table_set(r->table, column, mean, "%.4f", mean));
  }
out:
  return status;
}

static int add_trial(const struct report *r, const struct rms_trial *trial, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_errors all = {0}, fold[FOLDS_MAX];
  const int n_folds = rms_trial_folds(trial);
  char part[32];
  if (n_folds > FOLDS_MAX) return rms_error_set(err, RMS_E_LIMIT, "more than %d folds", FOLDS_MAX);
  for (int f = 0; f < n_folds; f++) {
    RMS_TRY(rms_trial_run(trial, f, &fold[f], err));
    rms_errors_add(&all, &fold[f]);
  }
  RMS_TRY(add_row(r, trial, "all", &all, 0));
  for (int f = 0; r->o->has_details && f < n_folds; f++) {
    const char *model = rms_trial_model(trial, f);
    if (model)
      snprintf(part, sizeof part, "%.24s", model);
    else
      snprintf(part, sizeof part, "fold %d", f);
    RMS_TRY(add_row(r, trial, part, &fold[f], 0));
  }
  for (int n = 1; r->o->has_details && n <= RMS_MIX_JOBS_MAX; n++) {
    snprintf(part, sizeof part, "%d job%s together", n, n > 1 ? "s" : "");
    RMS_TRY(add_row(r, trial, part, &all, n));
  }
out:
  return status;
}

static int add_columns(struct rms_table *table)
{
  static const struct {
    const char *name, *key;
    bool is_text;
  } columns[] = {{"predictor", "predictor", true}, {"split by", "split", true},
                 {"part", "part", true},           {"jobs", "jobs", false},
                 {"time 7g", "time_7g", false},    {"time 4g", "time_4g", false},
                 {"time 3g", "time_3g", false},    {"speed 4g", "speed_4g", false},
                 {"speed 3g", "speed_3g", false},  {"speed 2g", "speed_2g", false},
                 {"speed 1g", "speed_1g", false}};
  int status = RMS_OK;
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    RMS_TRY(rms_table_column(table, columns[i].name, columns[i].key, "", columns[i].is_text));
out:
  return status;
}

static int add_notes(const struct report *r, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_error_sum small[2];
  for (int k = 0; k < 2; k++) RMS_TRY(rms_small_errors(r->mixes, k, &small[k], err));
  RMS_TRY(rms_table_note(
      r->table, "Mean absolute errors over held-out jobs, a row of a fold or of a number of jobs "
                "being a part of 'all'. Time: of an iteration over the largest of 7g, 4g, 3g, as "
                "learned; speed: relative to 7g, slices that fit."));
  RMS_TRY(rms_table_note(
      r->table, "Split by mix: all orders of a mix are in one fold, its programs are known from "
                "other mixes. Split by model: no job of the model is an example, batches of it "
                "included; such jobs are seen as company only."));
  RMS_TRY(rms_table_note(
      r->table,
      "Speeds on 2g and 1g follow from those on 4g and 3g by regression; from true "
      "speeds, each variant left out in turn, its error is %.3f (2g, %zu variants) and "
      "%.3f (1g, %zu).",
      rms_error_mean(small[0]), small[0].n, rms_error_mean(small[1]), small[1].n));
  RMS_TRY(rms_table_note(
      r->table,
      "Beside it, computed by us before on the same figures, split by mix (time 7g / 4g): "
      "mean of the training set 0.130 / 0.042, linear in the job's own times 0.089 / "
      "0.033, with features of its company 0.076 / 0.027; not figures of the paper."));
out:
  return status;
}

static int report_errors(struct rms_cli *cli, const struct options *o,
                         const struct rms_mixes *mixes, struct rms_error *err)
{
  int status = RMS_OK;
  struct report r = {.o = o, .mixes = mixes};
  struct rms_text text = {0};
  enum rms_table_format format;
  RMS_TRY(rms_table_format_parse(o->format, &format, err));
  RMS_TRY(rms_table_new(&r.table, "Errors of predictors, by cross-validation"));
  RMS_TRY(add_columns(r.table));
  for (size_t i = 0; rms_learner_name(i); i++)
    for (int split = RMS_SPLIT_MIX; split <= RMS_SPLIT_MODEL; split++) {
      const struct rms_trial trial = {.mixes = mixes,
                                      .name = rms_learner_name(i),
                                      .split = (enum rms_split)split,
                                      .folds = (int)o->folds,
                                      .seed = (uint64_t)o->seed,
                                      .effort = o->effort};
      if (o->model && strcmp(o->model, trial.name) != 0) continue;
      if (o->is_split_set && trial.split != o->split) continue;
      RMS_TRY(add_trial(&r, &trial, err));
    }
  if (r.table->n_rows == 0)
    RMS_TRY(rms_error_set(err, RMS_E_UNKNOWN, "no model \"%.64s\", 'rms train --help' lists them",
                          o->model));
  RMS_TRY(add_notes(&r, err));
  RMS_TRY(rms_table_render(r.table, format, &text));
  RMS_TRY(rms_cli_write(cli, o->output, text.data, text.length, err));
out:
  rms_text_fini(&text);
  rms_table_free(r.table);
  return status;
}

static int train(struct rms_cli *cli, struct options *o, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_mixes *mixes = NULL;
  if (strcmp(o->family, "jobs") != 0)
    RMS_TRY(rms_error_set(err, RMS_E_USAGE, "only family 'jobs' has predictors, not '%.64s'",
                          o->family));
  RMS_TRY(rms_mixes_builtin(&mixes, err));
  if (o->is_errors) {
    RMS_TRY(report_errors(cli, o, mixes, err));
  } else {
    if (!o->model)
      RMS_TRY(rms_error_set(err, RMS_E_USAGE, "--model or --errors is missing (rms train --help)"));
    RMS_TRY(train_model(cli, o, mixes, err));
  }
out:
  rms_mixes_free(mixes);
  if (status && !err->status) rms_error_set(err, status, "%s", rms_status_text(status));
  return status;
}

static int run_train(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option options[] = {
      {"model", 'm', "NAME", 0, "mean, ridge, forest, boost or neural", 0},
      {"seed", 'S', "N", 0, "of the random numbers of training, and of the folds (default 1)", 0},
      {"output", 'o', "FILE", 0, "where the model or table goes (default: standard output)", 0},
      {"all", KEY_ALL, NULL, 0,
       "train on all mixes; default: the fold that simulated measurements replay is held out", 0},
      {"effort", KEY_EFFORT, "X", 0, "times as many trees or epochs as shipped (default 1)", 0},
      {"errors", KEY_ERRORS, NULL, 0, "table of errors by cross-validation, of one model or all",
       1},
      {"split", KEY_SPLIT, "mix|model", 0, "only this split (default: both)", 1},
      {"folds", KEY_FOLDS, "K", 0, "folds of the split by mix (default 5)", 1},
      {"details", KEY_DETAILS, NULL, 0, "rows for each fold and each number of jobs, too", 1},
      {"format", 'f', "FORMAT", 0, "text, markdown, csv, latex or json", 1},
      {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse_option,
      .args_doc = "jobs",
      .doc = "Train a predictor of the speed of a job on slices from what a short phase under MPS "
             "shows, on 2,800 measured mixes (MISO's, inside the program); or measure the errors "
             "of predictors. The same seed gives the same bytes."
             "\vExamples:\n"
             "  rms train jobs --model boost -o boost.json\n"
             "  rms train jobs --errors --details -f markdown\n"
             "  rms solve jobs:machines=8,jobs=100 -s miso:predictor=boost\n"};
  struct options o = {.format = "text", .seed = 1, .folds = 5, .effort = 1};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  return train(cli, &o, &err) < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_train = {"train", "predictors of slice speeds (family jobs)",
                                        run_train};
