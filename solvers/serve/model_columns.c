/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/serve/model_columns.h"

#include <stdlib.h>

void rms_model_columns_fini(struct rms_model_columns *m)
{
  free(m->row_upper);
  free(m->row_lower);
  free(m->cost);
  free(m->upper);
  free(m->lower);
  free(m->value);
  free(m->row);
  free(m->start);
}

static int alloc(struct rms_model_columns *m, const struct rms_model *model)
{
  const size_t n = model->n_columns + 1, rows = model->n_rows + 1, entries = model->n_entries + 1;
  m->start = calloc(n + 1, sizeof *m->start);
  m->row = malloc(entries * sizeof *m->row);
  m->value = malloc(entries * sizeof *m->value);
  m->lower = malloc(n * sizeof *m->lower);
  m->upper = malloc(n * sizeof *m->upper);
  m->cost = malloc(n * sizeof *m->cost);
  m->row_lower = malloc(rows * sizeof *m->row_lower);
  m->row_upper = malloc(rows * sizeof *m->row_upper);
  const bool has_all = m->start && m->row && m->value && m->lower && m->upper && m->cost &&
                       m->row_lower && m->row_upper;
  return has_all ? RMS_OK : RMS_E_NOMEM;
}

static void fill(struct rms_model_columns *m, const struct rms_model *model)
{
  /* start[j + 2] counts column j, then start[j + 1] is where its next entry goes. */
  for (size_t e = 0; e < model->n_entries; e++) m->start[model->entries[e].column + 2]++;
  for (size_t j = 2; j < model->n_columns + 2; j++) m->start[j] += m->start[j - 1];
  for (size_t i = 0; i < model->n_rows; i++) {
    const struct rms_row *const row = &model->rows[i];
    for (size_t e = row->first; e < row->first + row->n; e++) {
      const int at = m->start[model->entries[e].column + 1]++;
      m->row[at] = (int)i;
      m->value[at] = model->entries[e].value;
    }
    m->row_lower[i] = row->lower;
    m->row_upper[i] = row->upper;
  }
  for (size_t j = 0; j < model->n_columns; j++) {
    m->lower[j] = model->data[j].lower;
    m->upper[j] = model->data[j].upper;
    m->cost[j] = model->data[j].cost;
  }
}

int rms_model_columns_init(struct rms_model_columns *columns, const struct rms_model *model)
{
  struct rms_model_columns m = {0};
  const int status = alloc(&m, model);
  if (status < 0) {
    rms_model_columns_fini(&m);
    return status;
  }
  fill(&m, model);
  *columns = m;
  return RMS_OK;
}
