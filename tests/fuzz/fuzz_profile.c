/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figure tables and goals from hostile bytes: what is accepted is sorted, positive, without twins,
 * and any operating point of it keeps its rule; what is refused says why. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/serve/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_good)
{
  if (!is_good) abort();
}

static void check_rates(const struct rms_figures *f)
{
  const struct rms_figures_rule rule = {.lat_factor = 0.5, .procs_max = 3, .batch_max = 64};
  for (size_t i = 0; i < f->n_rows && i < 64; i++) {
    struct rms_serve_point point = {0};
    const struct rms_figure *row = &f->rows[i];
    const int64_t rate = rms_figures_rate(f, row->model, row->gpcs, 100, &rule, &point);
    check(rate >= 0);
    if (rate == 0) continue;
    check(point.batch >= 1 && point.batch <= 64 && point.processes >= 1 && point.processes <= 3);
    check(1e9 * point.batch / ((double)rate / point.processes) < 50.001);
  }
}

static void figures(const char *text, size_t n)
{
  struct rms_figures *f = NULL;
  struct rms_error err = {0};
  const struct rms_figures_source source = {text, n, "dir/name.csv"};
  if (rms_figures_parse(&f, &source, 1, &err) < 0) {
    check(f == NULL && err.status < 0 && err.text[0]);
    return;
  }
  check(f->n_rows > 0 && f->n_models > 0);
  for (size_t i = 0; i < f->n_rows; i++)
    check(f->rows[i].rate > 0 && f->rows[i].model < f->n_models);
  for (size_t i = 1; i < f->n_models; i++) check(strcmp(f->models[i - 1], f->models[i]) < 0);
  check_rates(f);
  struct rms_goals *goals = NULL;
  if (rms_goals_matrices(&goals, f, &source, &source, &err) == RMS_OK) rms_goals_free(goals);
  rms_figures_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct rms_goals *goals = NULL;
  struct rms_error err = {0};
  const char *text = (const char *)data;
  figures(text, size);
  if (rms_goals_parse(&goals, text, size, "goals.csv", &err) < 0)
    check(goals == NULL && err.text[0]);
  else
    check(goals->n > 0);
  rms_goals_free(goals);
  return 0;
}
