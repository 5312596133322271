/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run from a line of JSON. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "harness/record_parts.h"

static void read_identity(struct rms_record_reader *in, struct rms_run *run)
{
  run->job = rms_record_hash(in, "job", false);
  run->family = rms_record_text(in, "family", RMS_RECORD_TEXT);
  run->instance = rms_record_text(in, "instance", RMS_RECORD_TEXT);
  run->reference = rms_record_text(in, "reference", RMS_RECORD_TEXT);
  run->group = rms_record_text(in, "group", RMS_RECORD_TEXT);
  run->instance_hash = rms_record_hash(in, "instance_hash", true);
  run->solver = rms_record_text(in, "solver", RMS_RECORD_TEXT);
  run->version = rms_record_text(in, "version", RMS_RECORD_TEXT);
  run->params = rms_record_text(in, "params", RMS_RECORD_TEXT);
  run->label = rms_record_text(in, "label", RMS_RECORD_TEXT);
  run->proves_bounds = rms_record_bool(in, "proves_bounds");
  run->seed = rms_record_count(in, "seed", 0);
  run->repeat = rms_record_int(in, "repeat", 0);
  const char *mode = rms_record_text(in, "mode", 8);
  run->is_work_limited = !strcmp(mode, "work");
  if (!in->status && !run->is_work_limited && strcmp(mode, "time"))
    in->status = rms_node_error(in->node, in->err, "mode is \"%s\", must be work or time", mode);
}

static void read_limits(struct rms_record_reader *in, struct rms_run *run)
{
  static const char *const names[] = {"time", "work", "cpu", "memory", "processes", NULL};
  struct rms_node limits;
  if (!rms_record_get(in, "limits", &limits)) return;
  struct rms_record_reader inner = {&limits, in->arena, in->err,
                                    rms_node_fields(&limits, names, in->err)};
  run->limit_time = rms_record_double(&inner, "time", 0, INFINITY);
  run->limit_work = rms_record_count(&inner, "work", UINT64_MAX);
  run->limit_cpu = rms_record_double(&inner, "cpu", 0, INFINITY);
  run->limit_memory = rms_record_count(&inner, "memory", 0);
  if (!rms_record_is_null(&inner, "processes"))
    run->limit_processes = rms_record_count(&inner, "processes", 0);
  in->status = inner.status;
}

static void read_objectives(struct rms_record_reader *in, struct rms_run *run)
{
  struct rms_node list;
  size_t n = 0;
  if (!rms_record_get(in, "objective", &list)) return;
  in->status = rms_node_array(&list, 0, RMS_RECORD_OBJECTIVES, &n, in->err);
  run->n_objectives = (int)n;
  for (size_t i = 0; i < RMS_RECORD_OBJECTIVES; i++) run->objective[i] = NAN;
  for (size_t i = 0; i < n && !in->status; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    if (!rms_node_is_null(&item)) run->objective[i] = rms_record_double_of(in, &item, -HUGE_VAL);
  }
}

/* The object as text again, numbers in their shortest form: what is written is what was read. */
static void read_metrics(struct rms_record_reader *in, struct rms_run *run)
{
  struct rms_node object;
  struct rms_text text = {0};
  bool found = false;
  size_t n = 0;
  run->metrics = "";
  if (in->status) return;
  in->status = rms_node_find(in->node, "metrics", &object, &found, in->err);
  if (in->status || !found) return;
  in->status = rms_node_members(&object, 1, 64, &n, in->err);
  void *i = in->status ? NULL : rms_node_first(&object);
  for (const char *comma = "{ "; i && !in->status; i = rms_node_next(&object, i), comma = ", ") {
    const struct rms_node member = rms_node_member(&object, i);
    const double value =
        rms_node_is_null(&member) ? NAN : rms_record_double_of(in, &member, -HUGE_VAL);
    rms_text_add(&text, comma);
    rms_text_json(&text, member.key);
    rms_text_add(&text, ": ");
    rms_text_double(&text, value);
  }
  rms_text_add(&text, " }");
  const char *const copy = text.failed ? NULL : rms_arena_text(in->arena, text.data);
  if (!in->status && !copy)
    in->status = rms_error_set(in->err, RMS_E_NOMEM, "records: out of memory");
  else if (copy)
    run->metrics = copy;
  rms_text_fini(&text);
}

static void read_outcome(struct rms_record_reader *in, struct rms_run *run)
{
  const char *end = rms_record_text(in, "end", 32);
  run->end_detail = rms_record_text(in, "end_detail", RMS_RECORD_TEXT);
  const char *claim = rms_record_text(in, "claim", 32);
  run->verdict = rms_record_text(in, "verdict", 64);
  run->why = rms_record_text(in, "why", RMS_RECORD_TEXT);
  if (!in->status && rms_end_parse(end, &run->end))
    in->status = rms_node_error(in->node, in->err, "end is \"%s\", which is none", end);
  if (!in->status && rms_claim_parse(claim, &run->claim))
    in->status = rms_node_error(in->node, in->err, "claim is \"%s\", which is none", claim);
  run->objective_step = rms_record_double(in, "objective_step", 0, 0);
  read_objectives(in, run);
  run->bound = rms_record_double(in, "bound", -HUGE_VAL, NAN);
  run->verified_bound = rms_record_double(in, "verified_bound", -HUGE_VAL, NAN);
  read_metrics(in, run);
  run->work = rms_record_count(in, "work", 0);
  run->evaluations = rms_record_count(in, "evaluations", 0);
  run->solution = rms_record_hash(in, "solution", true);
}

static void read_point(struct rms_record_reader *in, const struct rms_node *node,
                       struct rms_trace_point *point)
{
  size_t n = 0;
  in->status = rms_node_array(node, 4, 4, &n, in->err);
  if (in->status) return;
  const struct rms_node items[] = {rms_node_item(node, 0), rms_node_item(node, 1),
                                   rms_node_item(node, 2), rms_node_item(node, 3)};
  *point = (struct rms_trace_point){.t = NAN, .objective = NAN, .bound = NAN, .cpu = NAN};
  point->work = rms_record_count_of(in, &items[0]);
  if (!in->status) point->evaluations = rms_record_count_of(in, &items[1]);
  if (!in->status && !rms_node_is_null(&items[2]))
    point->objective = rms_record_double_of(in, &items[2], -HUGE_VAL);
  if (!in->status && !rms_node_is_null(&items[3]))
    point->bound = rms_record_double_of(in, &items[3], -HUGE_VAL);
}

static struct rms_trace_point *read_trace(struct rms_record_reader *in, struct rms_run *run)
{
  struct rms_node list;
  size_t n = 0;
  if (!rms_record_get(in, "trace", &list)) return NULL;
  in->status = rms_node_array(&list, 0, RMS_TRACE_MAX, &n, in->err);
  if (in->status) return NULL;
  struct rms_trace_point *points = rms_arena_alloc(in->arena, n, sizeof *points);
  if (!points) in->status = rms_error_set(in->err, RMS_E_NOMEM, "records: out of memory");
  for (size_t i = 0; i < n && !in->status; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    read_point(in, &item, &points[i]);
  }
  run->n_trace = n;
  run->trace = points;
  return points;
}

/* n times, one or null per point, into the member at `offset`. */
static void read_times(struct rms_record_reader *in, const char *name, size_t n,
                       struct rms_trace_point *points, size_t offset)
{
  struct rms_node list;
  size_t n_times = 0;
  if (!rms_record_get(in, name, &list)) return;
  in->status = rms_node_array(&list, n, n, &n_times, in->err);
  for (size_t i = 0; i < n && !in->status; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    double *time = (double *)(void *)((char *)&points[i] + offset);
    if (!rms_node_is_null(&item)) *time = rms_record_double_of(in, &item, -HUGE_VAL);
  }
}

static void read_env(struct rms_record_reader *in, struct rms_run *run,
                     struct rms_trace_point *points)
{
  static const char *const names[] = {
      "attempt", "wall",   "cpu_user", "cpu_system", "peak_memory", "memory_mechanism",
      "host",    "launch", "rank",     "started",    "t",           "t_cpu",
      "cpus",    NULL};
  struct rms_node env;
  bool found = false;
  if (in->status) return;
  in->status = rms_node_find(in->node, "env", &env, &found, in->err);
  run->memory_mechanism = run->host = run->launch = run->cpus = "";
  if (in->status || !found) return;
  struct rms_record_reader inner = {&env, in->arena, in->err,
                                    rms_node_fields(&env, names, in->err)};
  run->attempt = rms_record_int(&inner, "attempt", 1);
  run->wall = rms_record_double(&inner, "wall", 0, NAN);
  run->cpu_user = rms_record_double(&inner, "cpu_user", 0, NAN);
  run->cpu_system = rms_record_double(&inner, "cpu_system", 0, NAN);
  run->peak_memory = rms_record_count(&inner, "peak_memory", 0);
  run->memory_mechanism = rms_record_text(&inner, "memory_mechanism", RMS_RECORD_TEXT);
  if (!rms_record_is_null(&inner, "cpus"))
    run->cpus = rms_record_text(&inner, "cpus", RMS_RECORD_TEXT); /* not in earlier ones */
  run->host = rms_record_text(&inner, "host", RMS_RECORD_TEXT);
  run->launch = rms_record_text(&inner, "launch", RMS_RECORD_TEXT);
  run->rank = rms_record_int(&inner, "rank", 0);
  run->started = rms_record_double(&inner, "started", 0, NAN);
  read_times(&inner, "t", run->n_trace, points, offsetof(struct rms_trace_point, t));
  if (!rms_record_is_null(&inner, "t_cpu")) /* earlier records have none */
    read_times(&inner, "t_cpu", run->n_trace, points, offsetof(struct rms_trace_point, cpu));
  in->status = inner.status;
}

int rms_run_read(struct rms_run *run, const struct rms_node *node, struct rms_arena *arena,
                 struct rms_error *err)
{
  static const char *const names[] = {"type",
                                      "job",
                                      "family",
                                      "instance",
                                      "reference",
                                      "group",
                                      "instance_hash",
                                      "solver",
                                      "version",
                                      "params",
                                      "label",
                                      "proves_bounds",
                                      "seed",
                                      "repeat",
                                      "mode",
                                      "limits",
                                      "end",
                                      "end_detail",
                                      "claim",
                                      "verdict",
                                      "why",
                                      "objective_step",
                                      "objective",
                                      "bound",
                                      "verified_bound",
                                      "metrics",
                                      "work",
                                      "evaluations",
                                      "solution",
                                      "trace",
                                      "env",
                                      NULL};
  struct rms_record_reader in = {node, arena, err, rms_node_fields(node, names, err)};
  struct rms_run result = {.attempt = 1, .started = NAN};
  read_identity(&in, &result);
  read_limits(&in, &result);
  read_outcome(&in, &result);
  struct rms_trace_point *points = read_trace(&in, &result);
  read_env(&in, &result, points);
  if (!in.status) *run = result;
  return in.status;
}

int rms_run_parse(struct rms_run *run, const char *line, size_t n, struct rms_arena *arena,
                  struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_document *doc = NULL;
  const char *type;
  RMS_TRY(rms_document_parse(&doc, line, n, "run line", err));
  const struct rms_node root = rms_document_root(doc);
  RMS_TRY(rms_node_get_string(&root, "type", 1, 16, &type, err));
  if (strcmp(type, "run")) RMS_TRY(rms_node_error(&root, err, "type is \"%s\", must be run", type));
  RMS_TRY(rms_run_read(run, &root, arena, err));
out:
  rms_document_free(doc);
  return status;
}
