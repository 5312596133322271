/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/expect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cell {
  const char *label, *group; /* group "": all of the row */
  double sum;
  size_t n;
};

struct rms_expect {
  struct cell *cells; /* sorted by label and group, no two alike */
  size_t n;
  double mean;
};

static int compare_cells(const void *a, const void *b)
{
  const struct cell *x = a, *y = b;
  const int order = strcmp(x->label, y->label);
  return order ? order : strcmp(x->group, y->group);
}

static size_t merge_equal(struct cell *cells, size_t n)
{
  size_t kept = 0;
  if (n) qsort(cells, n, sizeof *cells, compare_cells);
  for (size_t i = 0; i < n; i++) {
    if (!kept || compare_cells(&cells[kept - 1], &cells[i])) {
      cells[kept++] = cells[i];
      continue;
    }
    cells[kept - 1].sum += cells[i].sum;
    cells[kept - 1].n += cells[i].n;
  }
  return kept;
}

int rms_expect_new(struct rms_expect **result, const struct rms_run *runs, size_t n)
{
  double sum = 0;
  size_t n_timed = 0;
  struct rms_expect *expect = calloc(1, sizeof *expect);
  if (expect) expect->cells = calloc(2 * n + 1, sizeof *expect->cells);
  if (!expect || !expect->cells) {
    rms_expect_free(expect);
    return RMS_E_NOMEM;
  }
  for (size_t i = 0; i < n; i++) {
    const struct rms_run *run = &runs[i];
    if (isnan(run->wall)) continue;
    expect->cells[expect->n++] = (struct cell){run->label, run->group, run->wall, 1};
    if (*run->group) expect->cells[expect->n++] = (struct cell){run->label, "", run->wall, 1};
    sum += run->wall;
    n_timed++;
  }
  expect->n = merge_equal(expect->cells, expect->n);
  expect->mean = n_timed ? sum / (double)n_timed : NAN;
  *result = expect;
  return RMS_OK;
}

void rms_expect_free(struct rms_expect *expect)
{
  if (!expect) return;
  free(expect->cells);
  free(expect);
}

double rms_expect_job(const struct rms_expect *expect, const char *label, const char *group,
                      bool *is_known)
{
  const struct cell keys[] = {{.label = label, .group = group}, {.label = label, .group = ""}};
  const struct cell *cell = NULL;
  for (size_t i = 0; i < 2 && !cell && expect->n; i++)
    cell = bsearch(&keys[i], expect->cells, expect->n, sizeof *expect->cells, compare_cells);
  *is_known = cell != NULL;
  return cell ? cell->sum / (double)cell->n : expect->mean;
}
