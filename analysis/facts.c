/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/facts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAMED = 4 }; /* of what differs, so many are written out */

static int add_fact(struct rms_table *table, const char *name, const char *value)
{
  int status = RMS_OK;
  if (!value || !*value) return RMS_OK;
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, 0, NAN, "%s", name));
  RMS_TRY(rms_table_set(table, 1, NAN, "%s", value));
out:
  return status;
}

/* ---- what launches say -------------------------------------------------------------------------
 */

struct view { /* of a launch: what one row shows, into `text` */
  const char *name;
  void (*show)(const struct rms_launch_facts *launch, struct rms_text *text);
};

static void show_sweep(const struct rms_launch_facts *l, struct rms_text *text)
{
  rms_text_printf(text, "%s", l->sweep);
  if (*l->plan) rms_text_printf(text, " (plan %.16s)", l->plan);
}

static void show_command(const struct rms_launch_facts *l, struct rms_text *text)
{
  rms_text_add(text, l->command);
}

static void show_ranks(const struct rms_launch_facts *l, struct rms_text *text)
{
  if (l->ranks > 0)
    rms_text_printf(text, "%" PRId64 "%s%s", l->ranks, *l->transport ? ", " : "", l->transport);
}

static void show_host(const struct rms_launch_facts *l, struct rms_text *text)
{
  rms_text_add(text, l->host);
  if (*l->cpu) rms_text_printf(text, ", %s", l->cpu);
  if (l->cores > 0)
    rms_text_printf(text, ", %" PRId64 " cores, %" PRId64 " threads", l->cores, l->threads);
  if (l->memory > 0) rms_text_printf(text, ", %.1f GiB", (double)l->memory / (1 << 30));
  if (*l->kernel) rms_text_printf(text, ", Linux %s", l->kernel);
}

static void show_build(const struct rms_launch_facts *l, struct rms_text *text)
{
  if (*l->version) rms_text_printf(text, "rmsbench %s (%s, %s)", l->version, l->source, l->kind);
}

static void show_compiler(const struct rms_launch_facts *l, struct rms_text *text)
{
  if (*l->compiler) rms_text_printf(text, "%s: %s", l->compiler, l->cflags);
}

static const struct view views[] = {
    {"sweep", show_sweep}, {"command", show_command}, {"ranks", show_ranks},
    {"host", show_host},   {"build", show_build},     {"compiler", show_compiler},
};

static int compare_texts(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int show_one(const struct view *view, const struct rms_launch_facts *launch,
                    struct rms_arena *arena, const char **shown)
{
  struct rms_text text = {0};
  view->show(launch, &text);
  *shown = text.failed ? NULL : rms_arena_text(arena, text.data ? text.data : "");
  rms_text_fini(&text);
  return *shown ? RMS_OK : RMS_E_NOMEM;
}

static int add_view(struct rms_table *table, const struct view *view,
                    const struct rms_launch_facts *launches, size_t n)
{
  int status = RMS_OK;
  size_t different = 0;
  struct rms_text text = {0};
  const char **shown = rms_arena_alloc(table->arena, n + 1, sizeof *shown);
  if (!shown) return RMS_E_NOMEM;
  for (size_t i = 0; i < n; i++) RMS_TRY(show_one(view, &launches[i], table->arena, &shown[i]));
  qsort(shown, n, sizeof *shown, compare_texts);
  for (size_t i = 0; i < n; i++) {
    if (i && !strcmp(shown[i], shown[i - 1])) continue;
    if (different++ < NAMED) rms_text_printf(&text, "%s%s", different > 1 ? "; " : "", shown[i]);
  }
  if (different > NAMED) rms_text_printf(&text, " and %zu more", different - NAMED);
  RMS_TRY(rms_text_status(&text));
  RMS_TRY(add_fact(table, view->name, text.data));
out:
  rms_text_fini(&text);
  return status;
}

/* One line a rank, so a launch is counted by its rank 0 or first line. */
static void count_launches(const struct rms_launch_facts *launches, size_t n, struct rms_text *text)
{
  size_t different = 0;
  const char *first = NULL, *last = NULL;
  for (size_t i = 0; i < n; i++) {
    different += i == 0 || strcmp(launches[i].name, launches[i - 1].name) != 0;
    if (!*launches[i].started) continue;
    if (!first || strcmp(launches[i].started, first) < 0) first = launches[i].started;
    if (!last || strcmp(launches[i].started, last) > 0) last = launches[i].started;
  }
  rms_text_printf(text, "%zu", different);
  if (first)
    rms_text_printf(text, ", %s%s%s", first, last != first ? " to " : "",
                    last != first ? last : "");
}

/* ---- what runs say -----------------------------------------------------------------------------
 */

static bool has_same_limits(const struct rms_run *a, const struct rms_run *b)
{
  return a->is_work_limited == b->is_work_limited && a->limit_time == b->limit_time &&
         a->limit_work == b->limit_work && a->limit_cpu == b->limit_cpu &&
         a->limit_memory == b->limit_memory;
}

static void show_limits(const struct rms_records *records, struct rms_text *text)
{
  const struct rms_run *const run = &records->runs[0];
  bool differ = false;
  for (size_t i = 1; i < records->n_runs; i++) differ |= !has_same_limits(run, &records->runs[i]);
  if (run->limit_work != UINT64_MAX) rms_text_printf(text, "%" PRIu64 " work, ", run->limit_work);
  if (isfinite(run->limit_time)) rms_text_printf(text, "%g s, ", run->limit_time);
  if (isfinite(run->limit_cpu) && run->limit_cpu > 0)
    rms_text_printf(text, "%g s of processor time, ", run->limit_cpu);
  rms_text_printf(text, "%.3g GiB a run%s", (double)run->limit_memory / (1 << 30),
                  differ ? ", and others" : "");
}

static void show_seeds(const struct rms_records *records, int64_t of_sweep, struct rms_text *text)
{
  int64_t repeats = 0;
  for (size_t i = 0; i < records->n_runs; i++)
    if (records->runs[i].repeat > repeats) repeats = records->runs[i].repeat;
  if (of_sweep >= 0) rms_text_printf(text, "%" PRId64, of_sweep);
  if (repeats > 1) rms_text_printf(text, ", %" PRId64 " repeats", repeats);
}

static int add_records(struct rms_table *table, const struct rms_records *records,
                       const struct rms_launch_facts *first)
{
  int status;
  char hash[RMS_HASH_TEXT];
  struct rms_text text = {0};
  rms_text_printf(&text, "%zu", records->n_runs);
  if (first->jobs >= 0) rms_text_printf(&text, " of %" PRId64, first->jobs);
  RMS_TRY(rms_text_status(&text));
  RMS_TRY(add_fact(table, "jobs done", text.data));
  rms_text_clear(&text);
  show_seeds(records, first->seed, &text);
  RMS_TRY(rms_text_status(&text));
  RMS_TRY(add_fact(table, "seed", text.data));
  rms_text_clear(&text);
  if (records->n_runs) show_limits(records, &text);
  RMS_TRY(rms_text_status(&text));
  RMS_TRY(add_fact(table, "limits", text.data));
  rms_hash_print(records->hash, hash);
  RMS_TRY(add_fact(table, "records hash", hash));
out:
  rms_text_fini(&text);
  return status;
}

int rms_facts_table(struct rms_table **result, const struct rms_records *records,
                    struct rms_error *err)
{
  int status;
  struct rms_text text = {0};
  struct rms_table *table = NULL;
  const struct rms_launch_facts *launches = NULL;
  RMS_TRY(rms_table_new(&table, "what was run"));
  RMS_TRY(rms_table_column(table, "fact", "fact", "", true));
  RMS_TRY(rms_table_column(table, "value", "value", "", true));
  RMS_TRY(rms_launches_read(&launches, table->arena, records, err));
  RMS_TRY(add_view(table, &views[0], launches, records->n_launches));
  RMS_TRY(add_records(table, records, &launches[0]));
  count_launches(launches, records->n_launches, &text);
  RMS_TRY(rms_text_status(&text));
  RMS_TRY(add_fact(table, "launches", text.data));
  for (size_t i = 1; i < sizeof views / sizeof *views; i++)
    RMS_TRY(add_view(table, &views[i], launches, records->n_launches));
  RMS_TRY(rms_warnings_note(table, records, launches));
  *result = table;
  table = NULL;
out:
  rms_text_fini(&text);
  rms_table_free(table);
  return status;
}
