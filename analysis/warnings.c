/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reader of these numbers must know, from the launch lines and the runs. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/facts.h"
#include "analysis/provenance_check.h"

/* s; what is shorter tells more of the harness than of the solver */
#define SHORTEST 0.01

static bool has_time_limited(const struct rms_records *records)
{
  for (size_t i = 0; i < records->n_runs; i++)
    if (!records->runs[i].is_work_limited) return true;
  return false;
}

static int warn_mixture(struct rms_table *table, const struct rms_records *records)
{
  int status;
  struct rms_text text = {0};
  const struct rms_run **runs = rms_arena_alloc(table->arena, records->n_runs, sizeof *runs);
  const struct rms_launch_notes *notes = NULL;
  if (!runs) return RMS_E_NOMEM;
  for (size_t i = 0; i < records->n_runs; i++) runs[i] = &records->runs[i];
  RMS_TRY(rms_launch_notes_read(&notes, table->arena, records));
  RMS_TRY(rms_runs_mixture(notes, runs, records->n_runs, &text));
  if (text.length) RMS_TRY(rms_table_note(table, "Mixed on request: %s.", text.data));
out:
  rms_text_fini(&text);
  return status;
}

static int warn_build(struct rms_table *table, const struct rms_launch_facts *launches, size_t n)
{
  int status = RMS_OK;
  const struct rms_launch_facts *changed = NULL, *slow = NULL;
  for (size_t i = 0; i < n; i++) {
    if (strstr(launches[i].source, "-dirty")) changed = &launches[i];
    if (*launches[i].kind && strcmp(launches[i].kind, "release") != 0) slow = &launches[i];
  }
  if (changed)
    RMS_TRY(rms_table_note(table,
                           "The build %s had changes that no commit holds: it cannot be made "
                           "again.",
                           changed->source));
  if (slow)
    RMS_TRY(rms_table_note(table, "The build is of kind %s: its times are not those of a release.",
                           slow->kind));
out:
  return status;
}

/* The load of the last minute, before the launch has added its own. */
static int warn_load(struct rms_table *table, const struct rms_launch_facts *launches, size_t n)
{
  const struct rms_launch_facts *worst = NULL;
  double most = 0;
  for (size_t i = 0; i < n; i++) {
    const double share = strtod(launches[i].load, NULL) / (double)launches[i].cores;
    if (launches[i].cores <= 0 || !(share > most)) continue;
    most = share;
    worst = &launches[i];
  }
  if (!worst || most <= 0.5) return RMS_OK;
  return rms_table_note(table,
                        "%s was busy when the launch of %s began: load %.2f on %" PRId64 " cores.",
                        worst->host, worst->started, strtod(worst->load, NULL), worst->cores);
}

static int warn_clock(struct rms_table *table, const struct rms_launch_facts *launches, size_t n)
{
  int status = RMS_OK;
  const struct rms_launch_facts *saving = NULL, *turbo = NULL;
  for (size_t i = 0; i < n; i++) {
    if (*launches[i].governor && strcmp(launches[i].governor, "performance") != 0)
      saving = &launches[i];
    if (!strcmp(launches[i].no_turbo, "0")) turbo = &launches[i];
  }
  if (saving)
    RMS_TRY(rms_table_note(table, "%s changes its clock by load (governor %s).", saving->host,
                           saving->governor));
  if (turbo)
    RMS_TRY(
        rms_table_note(table, "%s runs faster while few cores are at work (turbo).", turbo->host));
out:
  return status;
}

/* The lines of a launch follow each other; those of a host need not. */
static int warn_crowd(struct rms_table *table, const struct rms_launch_facts *launches, size_t n)
{
  for (size_t i = 0, end; i < n; i = end) {
    int64_t here = 0;
    for (end = i; end < n && !strcmp(launches[end].name, launches[i].name); end++)
      here += !strcmp(launches[end].host, launches[i].host);
    if (launches[i].cores > 0 && here > launches[i].cores)
      return rms_table_note(table,
                            "%" PRId64 " ranks shared the %" PRId64
                            " cores of %s: runs took time from each other.",
                            here, launches[i].cores, launches[i].host);
  }
  return RMS_OK;
}

static int warn_short(struct rms_table *table, const struct rms_records *records)
{
  size_t n = 0, n_timed = 0;
  for (size_t i = 0; i < records->n_runs; i++) {
    if (records->runs[i].is_work_limited) continue;
    n_timed++;
    n += records->runs[i].wall < SHORTEST;
  }
  if (!n) return RMS_OK;
  return rms_table_note(table,
                        "%zu of %zu runs took less than %g ms: such times say more of the harness "
                        "than of the solver.",
                        n, n_timed, 1e3 * SHORTEST);
}

static int warn_missing(struct rms_table *table, const struct rms_records *records, int64_t planned)
{
  int status = RMS_OK;
  if (planned > (int64_t)records->n_runs)
    RMS_TRY(rms_table_note(table,
                           "%" PRId64 " of %" PRId64 " jobs have no record: tables and figures are "
                           "of the others. The same 'rms run' goes on.",
                           planned - (int64_t)records->n_runs, planned));
  if (records->n_torn)
    RMS_TRY(rms_table_note(table, "%zu record files end in half a line, which is not counted.",
                           records->n_torn));
  if (records->n_duplicates)
    RMS_TRY(rms_table_note(table, "%zu jobs ran twice; the first run of each counts.",
                           records->n_duplicates));
out:
  return status;
}

int rms_warnings_note(struct rms_table *table, const struct rms_records *records,
                      const struct rms_launch_facts *launches)
{
  int status;
  const size_t n = records->n_launches;
  RMS_TRY(warn_missing(table, records, launches[0].jobs));
  RMS_TRY(warn_mixture(table, records));
  RMS_TRY(warn_build(table, launches, n));
  if (!has_time_limited(records)) return RMS_OK; /* of times nothing is claimed */
  RMS_TRY(warn_load(table, launches, n));
  RMS_TRY(warn_clock(table, launches, n));
  RMS_TRY(warn_crowd(table, launches, n));
  RMS_TRY(warn_short(table, records));
out:
  return status;
}
