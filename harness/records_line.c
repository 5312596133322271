/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a line of the records says: the complete reader, and the quick one of lines as we write
 * them. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/records_parts.h"
#include "harness/scan.h"
#include "instances/base/json.h"

int rms_records_no_memory(struct rms_records_loader *in)
{
  return rms_error_set(in->err, RMS_E_NOMEM, "%s: out of memory", in->path);
}

static int bad_line(struct rms_records_loader *in, const char *what)
{
  return rms_error_set(in->err, RMS_E_FORMAT, "%s:%zu: %s", in->path, in->line, what);
}

static int read_job(struct rms_records_loader *in, const struct rms_node *node,
                    struct rms_record_start *start)
{
  static const char *const names[] = {"type", "job", "attempt", "started", NULL};
  struct rms_node started;
  bool has_started = false;
  const char *digits;
  int status = rms_node_fields(node, names, in->err);
  if (!status) status = rms_node_get_string(node, "job", 32, 32, &digits, in->err);
  if (!status && rms_hash_parse(digits, &start->job))
    status = rms_node_error(node, in->err, "job must be 32 lower-case hex digits");
  if (!status) status = rms_node_get_int(node, "attempt", 1, INT64_MAX, &start->attempt, in->err);
  if (!status) status = rms_node_find(node, "started", &started, &has_started, in->err);
  start->started = NAN;
  if (!status && has_started)
    status = rms_node_double(&started, -1e12, 1e12, &start->started, in->err);
  return status;
}

static struct rms_record_start *find_start(struct rms_records_loader *in, struct rms_hash job)
{
  for (size_t i = in->n_starts; i > in->first_start; i--)
    if (!rms_hash_compare(in->starts[i - 1].job, job)) return &in->starts[i - 1];
  return NULL;
}

static int line_launch(struct rms_records_loader *in, const struct rms_node *node, const char *line,
                       size_t n)
{
  const char *format;
  struct rms_records *records = in->records;
  int status = rms_node_get_string(node, "format", 1, 64, &format, in->err);
  if (status) return status;
  if (strcmp(format, RMS_RECORD_FORMAT))
    return rms_node_error(node, in->err, "format is \"%s\", must be \"%s\"", format,
                          RMS_RECORD_FORMAT);
  if (in->line > 1) return bad_line(in, "a second launch line");
  if (rms_grow(&records->launches, &in->launches_capacity, records->n_launches + 1,
               sizeof *records->launches) < 0)
    return rms_records_no_memory(in);
  const char *copy = rms_arena_copy(records->arena, line, n);
  if (!copy) return rms_records_no_memory(in);
  records->launches[records->n_launches++] = copy;
  in->has_launch = true;
  return RMS_OK;
}

static int add_start(struct rms_records_loader *in, const struct rms_record_start *start)
{
  if (rms_grow(&in->starts, &in->starts_capacity, in->n_starts + 1, sizeof *in->starts) < 0)
    return rms_records_no_memory(in);
  in->starts[in->n_starts++] = *start;
  return RMS_OK;
}

static int line_start(struct rms_records_loader *in, const struct rms_node *node, const char *line,
                      size_t n)
{
  (void)line;
  (void)n;
  struct rms_record_start start = {0};
  const int status = read_job(in, node, &start);
  return status ? status : add_start(in, &start);
}

static int lose_start(struct rms_records_loader *in, struct rms_hash job)
{
  struct rms_record_start *start = find_start(in, job);
  if (!start) return bad_line(in, "a lost line of a job that was not started in this file");
  start->is_lost = true;
  return RMS_OK;
}

static int line_lost(struct rms_records_loader *in, const struct rms_node *node, const char *line,
                     size_t n)
{
  (void)line;
  (void)n;
  struct rms_record_start lost = {0};
  const int status = read_job(in, node, &lost);
  return status ? status : lose_start(in, lost.job);
}

/* Room for one run more, and a run there. */
static int make_room(struct rms_records_loader *in, struct rms_run **run)
{
  struct rms_records *records = in->records;
  if (rms_grow(&records->runs, &in->runs_capacity, records->n_runs + 1, sizeof *records->runs) < 0)
    return rms_records_no_memory(in);
  *run = &records->runs[records->n_runs];
  return RMS_OK;
}

static void count_run(struct rms_records_loader *in)
{
  struct rms_record_start *start = find_start(in, in->records->runs[in->records->n_runs++].job);
  if (start) start->has_run = true;
}

static int hash_content(struct rms_records_loader *in, struct rms_run *run)
{
  rms_text_clear(&in->text);
  if (rms_run_write(run, false, &in->text) < 0) return rms_records_no_memory(in);
  run->content = rms_hash_bytes(in->text.data, in->text.length);
  return RMS_OK;
}

static int line_run(struct rms_records_loader *in, const struct rms_node *node, const char *line,
                    size_t n)
{
  (void)line;
  (void)n;
  struct rms_run *run = NULL;
  int status = make_room(in, &run);
  if (!status) status = rms_run_read(run, node, in->records->arena, in->err);
  if (!status && in->is_brief) status = hash_content(in, run);
  if (!status) count_run(in);
  return status;
}

static int line_closed(struct rms_records_loader *in, const struct rms_node *node, const char *line,
                       size_t n)
{
  struct rms_records *records = in->records;
  struct rms_node warnings;
  bool found = false;
  size_t n_warnings = 0;
  in->is_closed = true;
  int status = rms_node_find(node, "warnings", &warnings, &found, in->err);
  if (!status && found) status = rms_node_array(&warnings, 0, 64, &n_warnings, in->err);
  if (status || !n_warnings) return status;
  if (rms_grow(&records->closings, &in->closings_capacity, records->n_closings + 1,
               sizeof *records->closings) < 0)
    return rms_records_no_memory(in);
  const char *copy = rms_arena_copy(records->arena, line, n);
  if (!copy) return rms_records_no_memory(in);
  records->closings[records->n_closings++] = copy;
  return RMS_OK;
}

static int read_node(struct rms_records_loader *in, const struct rms_node *root, const char *line,
                     size_t n)
{
  static const struct {
    const char *type;
    int (*read)(struct rms_records_loader *in, const struct rms_node *node, const char *line,
                size_t n);
  } rows[] = {{"launch", line_launch},
              {"start", line_start},
              {"lost", line_lost},
              {"run", line_run},
              {"closed", line_closed}};
  const char *type;
  const int status = rms_node_get_string(root, "type", 1, 16, &type, in->err);
  if (status) return status;
  if (!in->has_launch && strcmp(type, "launch")) return bad_line(in, "the launch line is missing");
  if (in->is_closed) return bad_line(in, "goes on after its closed line");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (!strcmp(type, rows[i].type)) return rows[i].read(in, root, line, n);
  return rms_node_error(root, in->err, "type is \"%s\", which is none", type);
}

/* ---- lines as we write them ---- */

/* A text of the arena; most come again and again. */
static const char *name_of(struct rms_records_loader *in, struct rms_span span)
{
  const char **place = &in->names[rms_hash_bytes(span.at, span.n).low % RMS_RECORDS_NAMES];
  if (!*place || strncmp(*place, span.at, span.n) != 0 || (*place)[span.n])
    *place = rms_arena_copy(in->records->arena, span.at, span.n);
  return *place;
}

static int take_run(struct rms_records_loader *in, const struct rms_scan *scan)
{
  struct rms_run *run = NULL;
  const int status = make_room(in, &run);
  if (status) return status;
  *run = (struct rms_run){.job = scan->job,
                          .attempt = scan->attempt,
                          .end = scan->end,
                          .rank = scan->rank,
                          .wall = scan->wall,
                          .started = scan->started,
                          .is_work_limited = scan->is_work_limited,
                          .instance = name_of(in, scan->instance),
                          .group = name_of(in, scan->group),
                          .label = name_of(in, scan->label),
                          .verdict = name_of(in, scan->verdict),
                          .launch = name_of(in, scan->launch)};
  rms_text_clear(&in->text);
  rms_text_bytes(&in->text, scan->content.at, scan->content.n);
  rms_text_add(&in->text, "}\n");
  if (!run->instance || !run->group || !run->label || !run->verdict || !run->launch ||
      rms_text_status(&in->text))
    return rms_records_no_memory(in);
  run->content = rms_hash_bytes(in->text.data, in->text.length);
  count_run(in);
  return RMS_OK;
}

static int take_scan(struct rms_records_loader *in, const struct rms_scan *scan)
{
  if (scan->kind == RMS_SCAN_RUN) return take_run(in, scan);
  if (scan->kind == RMS_SCAN_LOST) return lose_start(in, scan->job);
  return add_start(in, &(struct rms_record_start){
                           .job = scan->job, .attempt = scan->attempt, .started = scan->started});
}

int rms_records_read_line(struct rms_records_loader *in, const char *line, size_t n, bool *is_json)
{
  struct rms_document *doc = NULL;
  char origin[PATH_MAX + 32];
  struct rms_scan scan;
  if (in->is_brief && in->has_launch && !in->is_closed && rms_scan_line(line, n, &scan)) {
    *is_json = true;
    return take_scan(in, &scan);
  }
  snprintf(origin, sizeof origin, "%s:%zu", in->path, in->line);
  *is_json = false;
  int status = rms_document_parse(&doc, line, n, origin, in->err);
  if (status) return status;
  *is_json = true;
  const struct rms_node root = rms_document_root(doc);
  status = read_node(in, &root, line, n);
  rms_document_free(doc);
  return status;
}
