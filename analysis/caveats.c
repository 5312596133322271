/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/caveats.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/provenance_check.h"
#include "analysis/rows.h"

static int note_mixture(struct rms_table *table, const struct rms_comparison *cmp,
                        const struct rms_run *const *runs, size_t n)
{
  struct rms_text text = {0};
  int status = rms_runs_mixture(cmp->records, runs, n, &text, NULL);
  if (status == RMS_E_FORMAT) status = RMS_OK;
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
out:
  free(runs);
  return status;
}
