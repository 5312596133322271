/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/lines.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rows.h"
#include "analysis/stats.h"

static bool is_wanted(const struct rms_figure *figure, const struct rms_result *r)
{
  for (size_t i = 0; i < figure->n_solvers; i++)
    if (!fnmatch(figure->solvers[i], rms_label_of(r), 0)) return true;
  return figure->n_solvers == 0;
}

static int compare_lines(const void *left, const void *right)
{
  const struct rms_line *a = left, *b = right;
  const double share_a = (double)a->n_reached / (double)a->n;
  const double share_b = (double)b->n_reached / (double)b->n;
  if (share_a != share_b) return share_a < share_b ? 1 : -1;
  if (a->median != b->median) return a->median < b->median ? -1 : 1;
  return strcmp(a->label, b->label);
}

struct reading {
  struct rms_lines *lines;
  const struct rms_comparison *cmp;
  const struct rms_figure *figure;
  rms_sample_fn *read;
  void *ctx;
};

/* Two passes: the first counts, the second fills. */
static int read_all(const struct reading *r, bool fill, struct rms_error *err)
{
  const struct rms_range range = rms_cases_of(r->cmp, r->figure->group);
  for (size_t i = range.begin; i < range.end; i++)
    for (size_t k = r->cmp->cases[i].begin; k < r->cmp->cases[i].end; k++) {
      const struct rms_result *const result = &r->cmp->results[k];
      if (!is_wanted(r->figure, result)) continue;
      struct rms_line *const line = &r->lines->lines[rms_label_index(r->cmp, rms_label_of(result))];
      struct rms_sample sample = {.result = result, .c = &r->cmp->cases[i], .x = NAN};
      const int status = fill ? r->read(r->ctx, &sample, err) : 1;
      if (status < 0) return status;
      if (status == 0) continue;
      if (fill) line->samples[line->n] = sample;
      line->n_reached += fill && sample.is_reached;
      line->n++;
      if (!result->run->is_work_limited && isfinite(result->run->limit_time))
        r->lines->limit = fmax(r->lines->limit, result->run->limit_time);
    }
  return RMS_OK;
}

static int finish_line(struct rms_line *line, struct rms_arena *arena)
{
  double *const values = rms_arena_alloc(arena, line->n, sizeof *values);
  if (!values) return RMS_E_NOMEM;
  for (size_t i = 0; i < line->n; i++) values[i] = line->samples[i].value;
  line->median = rms_quantile(values, line->n, 0.5);
  return RMS_OK;
}

/* Lines without a sample leave. */
static int keep_lines(struct rms_lines *lines, size_t n_labels, struct rms_arena *arena)
{
  int status;
  for (size_t i = 0; i < n_labels; i++) {
    if (!lines->lines[i].n) continue;
    RMS_TRY(finish_line(&lines->lines[i], arena));
    lines->lines[i].look = lines->n;
    lines->n_samples += lines->lines[i].n;
    lines->lines[lines->n++] = lines->lines[i];
  }
  qsort(lines->lines, lines->n, sizeof *lines->lines, compare_lines);
  status = RMS_OK;
out:
  return status;
}

int rms_lines_new(struct rms_lines *lines, struct rms_arena *arena,
                  const struct rms_comparison *cmp, const struct rms_figure *figure,
                  rms_sample_fn *read, void *ctx, struct rms_error *err)
{
  int status;
  const struct reading reading = {lines, cmp, figure, read, ctx};
  *lines = (struct rms_lines){.lines = rms_arena_alloc(arena, cmp->n_labels, sizeof *lines->lines),
                              .n_most = figure->n_most,
                              .limit = NAN};
  if (!lines->lines) return RMS_E_NOMEM;
  for (size_t i = 0; i < cmp->n_labels; i++) lines->lines[i].label = cmp->labels[i];
  RMS_TRY(read_all(&reading, false, err));
  for (size_t i = 0; i < cmp->n_labels; i++) {
    struct rms_line *const line = &lines->lines[i];
    line->samples = rms_arena_alloc(arena, line->n, sizeof *line->samples);
    if (!line->samples) return RMS_E_NOMEM;
    line->n = line->n_reached = 0;
  }
  RMS_TRY(read_all(&reading, true, err));
  RMS_TRY(keep_lines(lines, cmp->n_labels, arena));
  if (lines->n == 0)
    status = rms_error_set(err, RMS_E_USAGE,
                           "no run fits: look at the groups and labels of 'rms table RUN'");
out:
  return status;
}
