/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/caveats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/provenance_check.h"

enum { WARNINGS_MAX = 12 }; /* below one table */

static int note_mixture(struct rms_table *table, const struct rms_comparison *cmp,
                        const struct rms_run *const *runs, size_t n)
{
  struct rms_text text = {0};
  int status = rms_runs_mixture(cmp->notes, runs, n, &text);
  if (!status && text.length) status = rms_table_note(table, "Mixed on request: %s.", text.data);
  rms_text_fini(&text);
  return status;
}

static int note_retries(struct rms_table *table, const struct rms_run *const *runs, size_t n)
{
  size_t n_retries = 0;
  for (size_t i = 0; i < n; i++) n_retries += runs[i]->is_retry;
  if (!n_retries) return RMS_OK;
  return rms_table_note(table, "%zu of %zu runs have other limits than the sweep's (rms retry).",
                        n_retries, n);
}

/* The same limit is met in another way by a group of processes than by an address space. */
static int note_memory(struct rms_table *table, const struct rms_run *const *runs, size_t n)
{
  const char *first = NULL, *second = NULL;
  size_t n_first = 0;
  for (size_t i = 0; i < n; i++) {
    const char *own = runs[i]->memory_mechanism;
    if (!own || !own[0]) continue;
    if (!first) first = own;
    n_first += !strcmp(first, own);
    if (strcmp(first, own) != 0 && !second) second = own;
  }
  if (!second) return RMS_OK;
  return rms_table_note(table, "Memory was limited by %s in %zu of %zu runs, by %s in others.",
                        first, n_first, n, second);
}

static int compare_ranks(const char *launch, int64_t rank, const struct rms_run *run)
{
  const int order = strcmp(launch, run->launch ? run->launch : "");
  return order ? order : (rank > run->rank) - (rank < run->rank);
}

static int compare_origins(const void *a, const void *b)
{
  const struct rms_run *const *x = a, *const *y = b;
  return compare_ranks((*x)->launch ? (*x)->launch : "", (*x)->rank, *y);
}

/* Is one of the runs of that launch and rank? They are sorted by both. */
static bool has_run(const struct rms_run *const *runs, size_t n,
                    const struct rms_launch_doubt *doubt)
{
  size_t lo = 0, hi = n;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    const int order = compare_ranks(doubt->launch, doubt->rank, runs[mid]);
    if (!order) return true;
    if (order < 0)
      hi = mid;
    else
      lo = mid + 1;
  }
  return false;
}

struct told { /* "host: sentence", each once */
  size_t n, n_more;
  char text[WARNINGS_MAX][2 * RMS_LAUNCH_FIELD];
};

static void tell(struct told *told, const struct rms_launch_doubt *doubt)
{
  char text[sizeof told->text[0]];
  snprintf(text, sizeof text, "%.150s: %s", doubt->host, doubt->warning);
  for (size_t i = 0; i < told->n; i++)
    if (!strcmp(told->text[i], text)) return;
  if (told->n < WARNINGS_MAX)
    memcpy(told->text[told->n++], text, sizeof text);
  else
    told->n_more++;
}

/* What the launches of these runs found doubtful about their machines; of times only. */
static int note_machines(struct rms_table *table, const struct rms_launch_notes *notes,
                         const struct rms_run **runs, size_t n)
{
  int status = RMS_OK;
  if (!n || runs[0]->is_work_limited) return RMS_OK;
  struct told *told = calloc(1, sizeof *told);
  if (!told) return RMS_E_NOMEM;
  qsort(runs, n, sizeof *runs, compare_origins);
  for (size_t i = 0; i < notes->n_doubts; i++)
    if (has_run(runs, n, &notes->doubts[i])) tell(told, &notes->doubts[i]);
  for (size_t i = 0; i < told->n; i++) RMS_TRY(rms_table_note(table, "%s.", told->text[i]));
  if (told->n_more)
    RMS_TRY(rms_table_note(table, "%zu more such warnings are in the records.", told->n_more));
out:
  free(told);
  return status;
}

int rms_caveats(struct rms_table *table, const struct rms_comparison *cmp, const char *group)
{
  int status = RMS_OK;
  size_t n = 0;
  const struct rms_run **runs = calloc(cmp->n_results + 1, sizeof *runs);
  if (!runs) return RMS_E_NOMEM;
  for (size_t i = 0; i < cmp->n_results; i++)
    if (rms_in_group(&cmp->results[i], group)) runs[n++] = cmp->results[i].run;
  RMS_TRY(note_mixture(table, cmp, runs, n));
  RMS_TRY(note_retries(table, runs, n));
  RMS_TRY(note_memory(table, runs, n));
  RMS_TRY(note_machines(table, cmp->notes, runs, n));
out:
  free(runs);
  return status;
}
