/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who proves how much, and how long it takes. */
#include <math.h>
#include <stdlib.h>

#include "analysis/lines.h"
#include "analysis/rows.h"
#include "analysis/stats.h"
#include "analysis/summary.h"

/* Times far below this are all the same to a reader; the mean must not be made of them. */
#define SHIFT 0.01

enum {
  P_SOLVER,
  P_PROVED,
  P_TOTAL,
  P_SHARE,
  P_MEAN,
  P_RATIO,
  P_CPU,
  P_CPU_RATIO,
  P_MEDIAN,
  P_WORST,
  P_WRONG
};

static int add_columns(struct rms_table *table)
{
  static const struct rms_table_column columns[] = {
      [P_SOLVER] = {"solver", "solver", "", true},
      [P_PROVED] = {"proved", "n_proved", "", false},
      [P_TOTAL] = {"of", "n_runs", "", false},
      [P_SHARE] = {"share", "share_proved", "%", false},
      [P_MEAN] = {"time to proof", "proof_sgm", "s", false},
      [P_RATIO] = {"ratio", "proof_ratio", "", false},
      [P_CPU] = {"processor time", "proof_cpu_sgm", "s", false},
      [P_CPU_RATIO] = {"ratio", "proof_cpu_ratio", "", false},
      [P_MEDIAN] = {"median", "proof_median", "s", false},
      [P_WORST] = {"longest", "proof_max", "s", false},
      [P_WRONG] = {"wrong", "n_wrong", "", false},
  };
  return rms_table_columns(table, columns, sizeof columns / sizeof *columns);
}

static int read_sample(void *ctx, struct rms_sample *sample, struct rms_error *err)
{
  (void)err;
  const struct rms_measure *const *cpu = ctx;
  cpu[0]->read(sample->result, &sample->x);
  sample->is_reached = cpu[1]->read(sample->result, &sample->value);
  return 1;
}

struct means { /* of a line */
  const struct rms_line *line;
  double wall, cpu, worst;
  size_t n_wrong;
};

static int means_of(struct means *m, const struct rms_line *line, struct rms_arena *arena)
{
  double *const wall = rms_arena_alloc(arena, line->n, sizeof *wall);
  double *const cpu = rms_arena_alloc(arena, line->n, sizeof *cpu);
  if (!wall || !cpu) return RMS_E_NOMEM;
  *m = (struct means){.line = line};
  for (size_t i = 0; i < line->n; i++) {
    wall[i] = line->samples[i].value;
    cpu[i] = line->samples[i].x;
    m->n_wrong += line->samples[i].result->is_wrong;
  }
  m->wall = rms_shifted_geometric_mean(wall, line->n, SHIFT);
  m->cpu = rms_shifted_geometric_mean(cpu, line->n, SHIFT);
  m->worst = rms_maximum(wall, line->n);
  return RMS_OK;
}

static int set_ratio(struct rms_table *table, size_t column, double ratio)
{
  return rms_table_set(table, column, ratio, ratio < 999.5 ? "%.3g" : "%.0f", ratio);
}

/* More proved first, then by what the first column of times says, then as the lines stand. */
static int compare_means(const void *a, const void *b)
{
  const struct means *x = a, *y = b;
  if (x->line->n_reached != y->line->n_reached)
    return x->line->n_reached > y->line->n_reached ? -1 : 1;
  if (x->wall != y->wall) return x->wall < y->wall ? -1 : 1;
  return (x->line > y->line) - (x->line < y->line);
}

static int add_row(struct rms_table *table, const struct means *m, const struct means *first)
{
  int status;
  const struct rms_line *const line = m->line;
  const double ratio = m->wall / first->wall, cpu_ratio = m->cpu / first->cpu;
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, P_SOLVER, NAN, "%s", line->label));
  RMS_TRY(rms_table_set(table, P_PROVED, (double)line->n_reached, "%zu", line->n_reached));
  RMS_TRY(rms_table_set(table, P_TOTAL, (double)line->n, "%zu", line->n));
  RMS_TRY(rms_set_percent(table, P_SHARE, (double)line->n_reached / (double)line->n));
  RMS_TRY(rms_set_seconds(table, P_MEAN, m->wall));
  RMS_TRY(set_ratio(table, P_RATIO, ratio));
  RMS_TRY(rms_set_seconds(table, P_CPU, m->cpu));
  RMS_TRY(set_ratio(table, P_CPU_RATIO, cpu_ratio));
  RMS_TRY(rms_set_seconds(table, P_MEDIAN, line->median));
  RMS_TRY(rms_set_seconds(table, P_WORST, m->worst));
  RMS_TRY(rms_table_set(table, P_WRONG, (double)m->n_wrong, "%zu", m->n_wrong));
out:
  return status;
}

int rms_proof_table(struct rms_table **result, const struct rms_comparison *cmp, const char *group)
{
  int status;
  struct rms_table *table = NULL;
  struct rms_lines lines;
  struct means *means = NULL;
  const struct rms_measure *measures[2];
  const struct rms_figure all = {.group = group};
  RMS_TRY(rms_measure_find("proof-cpu", &measures[0], NULL));
  RMS_TRY(rms_measure_find("proof", &measures[1], NULL));
  RMS_TRY(rms_table_new(&table, group && *group ? group : "all instances"));
  RMS_TRY(add_columns(table));
  status = rms_lines_new(&lines, table->arena, cmp, &all, read_sample, measures, NULL);
  if (status == RMS_E_USAGE)
    lines.n = 0; /* an empty group is an empty table */
  else
    RMS_TRY(status);
  if (!(means = rms_arena_alloc(table->arena, lines.n, sizeof *means))) RMS_TRY(RMS_E_NOMEM);
  for (size_t i = 0; i < lines.n; i++) RMS_TRY(means_of(&means[i], &lines.lines[i], table->arena));
  if (lines.n) qsort(means, lines.n, sizeof *means, compare_means);
  for (size_t i = 0; i < lines.n; i++) RMS_TRY(add_row(table, &means[i], &means[0]));
  RMS_TRY(rms_table_note(
      table,
      "times: shifted geometric means (shift %g s) over all runs; a run that proved nothing "
      "counts as its time limit (PAR1); ratios to the first row, the quickest of those that prove "
      "most; wall time, then user and "
      "system time; proved: by the run itself (optimal or infeasible), unrefuted.",
      SHIFT));
  RMS_TRY(rms_limit_note(table, cmp, group));
  *result = table;
  return RMS_OK;
out:
  rms_table_free(table);
  return status;
}
