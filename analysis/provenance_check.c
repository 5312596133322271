/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/provenance_check.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { VALUE = 64 };

struct values { /* the first two that differ */
  char value[2][VALUE];
  int n; /* 3: and others */
};

static void add_value(struct values *values, const char *value)
{
  char text[VALUE];
  snprintf(text, sizeof text, "%s", value);
  for (int i = 0; i < values->n && i < 2; i++)
    if (!strcmp(values->value[i], text)) return;
  if (values->n < 2) memcpy(values->value[values->n], text, sizeof text);
  if (values->n < 3) values->n++;
}

/* "; builds 'a', 'b' and others" when there are several. */
static void print_values(const struct values *values, const char *what, const char *quote,
                         struct rms_text *text)
{
  if (values->n < 2) return;
  rms_text_printf(text, "%s%s %s%s%s%s%s%s%s%s", text->length ? "; " : "", what, quote,
                  values->value[0], quote, values->n > 2 ? ", " : " and ", quote, values->value[1],
                  quote, values->n > 2 ? " and others" : "");
}

struct mixture {
  struct values hosts, builds;
  struct values time, cpu, memory, work, work_memory; /* limits, by kind of limit */
};

static void add_seconds(struct values *values, double seconds)
{
  char text[VALUE] = "none";
  if (isfinite(seconds)) snprintf(text, sizeof text, "%.6g s", seconds);
  add_value(values, text);
}

static void add_bytes(struct values *values, uint64_t bytes)
{
  char text[VALUE] = "none";
  if (bytes) snprintf(text, sizeof text, "%.6g MiB", (double)bytes / (1 << 20));
  add_value(values, text);
}

static void add_limits(struct mixture *mixture, const struct rms_run *run)
{
  char text[VALUE] = "none";
  if (run->is_retry) return;
  if (!run->is_work_limited) {
    add_seconds(&mixture->time, run->limit_time);
    add_seconds(&mixture->cpu, run->limit_cpu);
    add_bytes(&mixture->memory, run->limit_memory);
    return;
  }
  if (run->limit_work != UINT64_MAX) snprintf(text, sizeof text, "%" PRIu64, run->limit_work);
  add_value(&mixture->work, text);
  add_bytes(&mixture->work_memory, run->limit_memory);
}

static void add_run(struct mixture *mixture, const struct rms_launch_notes *notes,
                    const struct rms_run *run)
{
  const char *const build = run->launch ? rms_launch_build_of(notes, run->launch) : NULL;
  if (!run->is_work_limited && run->host) add_value(&mixture->hosts, run->host);
  if (build) add_value(&mixture->builds, build);
  add_limits(mixture, run);
}

static void print_mixture(const struct mixture *mixture, struct rms_text *text)
{
  print_values(&mixture->hosts, "time-limited runs of hosts", "'", text);
  print_values(&mixture->builds, "builds", "'", text);
  print_values(&mixture->time, "time limits", "", text);
  print_values(&mixture->cpu, "CPU limits", "", text);
  print_values(&mixture->memory, "memory limits", "", text);
  print_values(&mixture->work, "work limits", "", text);
  print_values(&mixture->work_memory, "memory limits beside work", "", text);
}

int rms_runs_mixture(const struct rms_launch_notes *notes, const struct rms_run *const *runs,
                     size_t n, struct rms_text *text)
{
  struct mixture mixture = {.hosts = {.n = 0}};
  struct rms_text own = {0};
  for (size_t i = 0; i < n; i++) add_run(&mixture, notes, runs[i]);
  print_mixture(&mixture, &own);
  const int status = rms_text_status(&own);
  if (!status && own.length) rms_text_add(text, own.data);
  rms_text_fini(&own);
  return status ? status : rms_text_status(text);
}

static int find_mixture(const struct rms_records *records, struct rms_arena *arena,
                        struct rms_text *text, struct rms_error *err)
{
  const struct rms_launch_notes *notes = NULL;
  const struct rms_run **const runs = rms_arena_alloc(arena, records->n_runs, sizeof *runs);
  int status = runs ? rms_launch_notes_read(&notes, arena, records) : RMS_E_NOMEM;
  if (!status && notes->failure.status)
    return rms_error_set(err, notes->failure.status, "%s", notes->failure.text);
  for (size_t i = 0; i < records->n_runs && !status; i++) runs[i] = &records->runs[i];
  if (!status) status = rms_runs_mixture(notes, runs, records->n_runs, text);
  return status ? rms_error_set(err, status, "records: out of memory") : RMS_OK;
}

int rms_records_one_origin(const struct rms_records *records, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_text text = {0};
  struct rms_arena *const arena = rms_arena_new();
  if (!arena) return rms_error_set(err, RMS_E_NOMEM, "records: out of memory");
  RMS_TRY(find_mixture(records, arena, &text, err));
  if (text.length)
    RMS_TRY(rms_error_set(err, RMS_E_USAGE,
                          "%s do not belong together; --mix allows it, and says so", text.data));
out:
  rms_text_fini(&text);
  rms_arena_free(arena);
  return status;
}

int rms_records_load_shown(struct rms_records **result, const char *run_folder, bool may_mix,
                           struct rms_error *err)
{
  int status;
  struct rms_records *records = NULL;
  if (access(run_folder, F_OK))
    return rms_error_set(err, RMS_E_IO, "%s: %s (is it the -o of 'rms run'?)", run_folder,
                         strerror(errno));
  RMS_TRY(rms_records_load(&records, run_folder, err));
  if (records->n_runs == 0)
    RMS_TRY(rms_error_set(
        err, RMS_E_IO, "%s: holds no finished run yet (is it the -o of 'rms run'?)", run_folder));
  if (!may_mix) RMS_TRY(rms_records_one_origin(records, err));
  *result = records;
  records = NULL;
out:
  rms_records_free(records);
  return status;
}
