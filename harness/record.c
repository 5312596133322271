/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/record.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "instances/base/json.h"

enum { TEXT_MAX = 65536 }; /* bytes of one string of a record */

#define TEXT_OF(name, text) [name] = text,
static const char *const end_texts[] = {RMS_END_MAP(TEXT_OF)};
static const char *const claim_texts[] = {RMS_CLAIM_MAP(TEXT_OF)};

const char *rms_end_text(enum rms_end end)
{
  return end < RMS_END_COUNT ? end_texts[end] : "unknown";
}

const char *rms_claim_text(enum rms_claim_kind claim)
{
  return claim < RMS_CLAIM_COUNT ? claim_texts[claim] : "unknown";
}

int rms_end_parse(const char *text, enum rms_end *end)
{
  for (int i = 0; i < RMS_END_COUNT; i++) {
    if (strcmp(text, end_texts[i])) continue;
    *end = (enum rms_end)i;
    return RMS_OK;
  }
  return RMS_E_FORMAT;
}

int rms_claim_parse(const char *text, enum rms_claim_kind *claim)
{
  for (int i = 0; i < RMS_CLAIM_COUNT; i++) {
    if (strcmp(text, claim_texts[i])) continue;
    *claim = (enum rms_claim_kind)i;
    return RMS_OK;
  }
  return RMS_E_FORMAT;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static void put_name(struct rms_text *text, const char *name)
{
  const bool is_first = text->length && text->data[text->length - 1] == '{';
  rms_text_add(text, is_first ? "\"" : ",\"");
  rms_text_add(text, name);
  rms_text_add(text, "\":");
}

/* What our own reader refuses (control characters, broken UTF-8, endless texts) is not written. */
static void put_text(struct rms_text *text, const char *name, const char *value)
{
  struct rms_text plain = {0};
  size_t n = value ? strnlen(value, TEXT_MAX) : 0;
  put_name(text, name);
  if (!n || (n < TEXT_MAX && rms_utf8_is_plain(value, n))) {
    rms_text_json(text, n ? value : "");
    return;
  }
  while (n) {
    const size_t length = rms_utf8_length(value, n);
    const bool is_plain = length && rms_utf8_is_plain(value, length);
    rms_text_bytes(&plain, is_plain ? value : "?", is_plain ? length : 1);
    value += length ? length : 1;
    n -= length ? length : 1;
  }
  if (rms_text_status(&plain)) text->failed = true;
  rms_text_json(text, plain.length ? plain.data : "");
  rms_text_fini(&plain);
}

static void put_double(struct rms_text *text, const char *name, double value)
{
  put_name(text, name);
  rms_text_double(text, value);
}

static void put_int(struct rms_text *text, const char *name, int64_t value)
{
  put_name(text, name);
  if (value < 0) rms_text_add(text, "-");
  rms_text_uint(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void put_bool(struct rms_text *text, const char *name, bool value)
{
  put_name(text, name);
  rms_text_add(text, value ? "true" : "false");
}

/* JSON readers have signed 64-bit integers: what is larger goes as a string. */
static void add_count(struct rms_text *text, uint64_t value)
{
  const char *quote = value > INT64_MAX ? "\"" : "";
  rms_text_add(text, quote);
  rms_text_uint(text, value);
  rms_text_add(text, quote);
}

static void put_count(struct rms_text *text, const char *name, uint64_t value)
{
  put_name(text, name);
  add_count(text, value);
}

static bool is_zero(struct rms_hash hash)
{
  return !hash.high && !hash.low;
}

static void put_hash(struct rms_text *text, const char *name, struct rms_hash hash)
{
  char digits[RMS_HASH_TEXT];
  rms_hash_print(hash, digits);
  put_name(text, name);
  rms_text_json(text, is_zero(hash) ? NULL : digits);
}

static void put_identity(struct rms_text *text, const struct rms_run *run)
{
  put_hash(text, "job", run->job);
  put_text(text, "family", run->family);
  put_text(text, "instance", run->instance);
  put_text(text, "reference", run->reference);
  put_text(text, "group", run->group);
  put_hash(text, "instance_hash", run->instance_hash);
  put_text(text, "solver", run->solver);
  put_text(text, "version", run->version);
  put_text(text, "params", run->params);
  put_text(text, "label", run->label);
  put_bool(text, "proves_bounds", run->proves_bounds);
  put_count(text, "seed", run->seed);
  put_int(text, "repeat", run->repeat);
  put_text(text, "mode", run->is_work_limited ? "work" : "time");
}

static void put_limits(struct rms_text *text, const struct rms_run *run)
{
  put_name(text, "limits");
  rms_text_add(text, "{");
  put_double(text, "time", run->limit_time);
  put_name(text, "work");
  if (run->limit_work == UINT64_MAX)
    rms_text_add(text, "null");
  else
    add_count(text, run->limit_work);
  put_double(text, "cpu", run->limit_cpu);
  put_count(text, "memory", run->limit_memory);
  if (run->limit_processes) put_count(text, "processes", run->limit_processes);
  rms_text_add(text, "}");
}

static void put_outcome(struct rms_text *text, const struct rms_run *run)
{
  put_text(text, "end", rms_end_text(run->end));
  put_text(text, "end_detail", run->end_detail);
  put_text(text, "claim", rms_claim_text(run->claim));
  put_text(text, "verdict", run->verdict);
  put_text(text, "why", run->why);
  put_double(text, "objective_step", run->objective_step);
  put_name(text, "objective");
  rms_text_add(text, "[");
  for (int i = 0; i < run->n_objectives && i < RMS_RECORD_OBJECTIVES; i++) {
    if (i) rms_text_add(text, ",");
    rms_text_double(text, run->objective[i]);
  }
  rms_text_add(text, "]");
  put_double(text, "bound", run->bound);
  put_double(text, "verified_bound", run->verified_bound);
  if (run->metrics && run->metrics[0]) {
    put_name(text, "metrics");
    rms_text_add(text, run->metrics);
  }
  put_count(text, "work", run->work);
  put_count(text, "evaluations", run->evaluations);
  put_hash(text, "solution", run->solution);
}

static void put_trace(struct rms_text *text, const struct rms_run *run)
{
  put_name(text, "trace");
  rms_text_add(text, "[");
  for (size_t i = 0; i < run->n_trace; i++) {
    const struct rms_trace_point *point = &run->trace[i];
    rms_text_add(text, i ? ",[" : "[");
    add_count(text, point->work);
    rms_text_add(text, ",");
    add_count(text, point->evaluations);
    rms_text_add(text, ",");
    rms_text_double(text, point->objective);
    rms_text_add(text, ",");
    rms_text_double(text, point->bound);
    rms_text_add(text, "]");
  }
  rms_text_add(text, "]");
}

static void put_times(struct rms_text *text, const struct rms_run *run)
{
  put_name(text, "t");
  rms_text_add(text, "[");
  for (size_t i = 0; i < run->n_trace; i++) {
    if (i) rms_text_add(text, ",");
    rms_text_double(text, run->trace[i].t);
  }
  rms_text_add(text, "]");
  put_name(text, "t_cpu");
  rms_text_add(text, "[");
  for (size_t i = 0; i < run->n_trace; i++) {
    if (i) rms_text_add(text, ",");
    rms_text_double(text, run->trace[i].cpu);
  }
  rms_text_add(text, "]");
}

static void put_env(struct rms_text *text, const struct rms_run *run)
{
  put_name(text, "env");
  rms_text_add(text, "{");
  put_int(text, "attempt", run->attempt);
  put_double(text, "wall", run->wall);
  put_double(text, "cpu_user", run->cpu_user);
  put_double(text, "cpu_system", run->cpu_system);
  put_count(text, "peak_memory", run->peak_memory);
  put_text(text, "memory_mechanism", run->memory_mechanism);
  put_text(text, "cpus", run->cpus);
  put_text(text, "host", run->host);
  put_text(text, "launch", run->launch);
  put_int(text, "rank", run->rank);
  put_double(text, "started", run->started);
  put_times(text, run);
  rms_text_add(text, "}");
}

int rms_run_write(const struct rms_run *run, bool env, struct rms_text *text)
{
  if (run->n_trace > RMS_TRACE_MAX) return RMS_E_INTERNAL;
  rms_text_add(text, "{\"type\":\"run\"");
  put_identity(text, run);
  put_limits(text, run);
  put_outcome(text, run);
  put_trace(text, run);
  if (env) put_env(text, run);
  rms_text_add(text, "}\n");
  return rms_text_status(text);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

struct reader { /* the first failure sticks; later reads do nothing */
  const struct rms_node *node;
  struct rms_arena *arena;
  struct rms_error *err;
  int status;
};

static bool get(struct reader *in, const char *name, struct rms_node *child)
{
  if (!in->status) in->status = rms_node_get(in->node, name, child, in->err);
  return !in->status;
}

static const char *get_text(struct reader *in, const char *name, size_t max)
{
  struct rms_node child;
  const char *value;
  if (!get(in, name, &child)) return "";
  in->status = rms_node_string(&child, 0, max, &value, in->err);
  if (in->status) return "";
  char *copy = rms_arena_text(in->arena, value);
  if (!copy) in->status = rms_error_set(in->err, RMS_E_NOMEM, "records: out of memory");
  return copy ? copy : "";
}

static bool is_null(const struct reader *in, const char *name)
{
  struct rms_node child;
  bool found = false;
  return !rms_node_find(in->node, name, &child, &found, NULL) && !found;
}

static double double_of(struct reader *in, const struct rms_node *node, double lo)
{
  double value = NAN;
  in->status = rms_node_double(node, lo, 1.7976931348623157e308, &value, in->err);
  return value;
}

/* `absent` stands for null; the field itself must be there. */
static double get_double(struct reader *in, const char *name, double lo, double absent)
{
  struct rms_node child;
  if (!get(in, name, &child) || is_null(in, name)) return absent;
  return double_of(in, &child, lo);
}

static int64_t get_int(struct reader *in, const char *name, int64_t lo)
{
  int64_t value = 0;
  if (!in->status) in->status = rms_node_get_int(in->node, name, lo, INT64_MAX, &value, in->err);
  return value;
}

static uint64_t count_of(struct reader *in, const struct rms_node *node)
{
  const char *digits;
  int64_t value = 0;
  uint64_t large = 0;
  if (rms_node_string(node, 19, 20, &digits, NULL)) {
    in->status = rms_node_int(node, 0, INT64_MAX, &value, in->err);
    return (uint64_t)value;
  }
  for (; *digits; digits++) {
    const uint64_t digit = (uint64_t)(*digits - '0');
    if (digit > 9 || large > (UINT64_MAX - digit) / 10) {
      in->status = rms_node_error(node, in->err, "must be a count below 2^64");
      return 0;
    }
    large = large * 10 + digit;
  }
  return large;
}

static uint64_t get_count(struct reader *in, const char *name, uint64_t absent)
{
  struct rms_node child;
  if (!get(in, name, &child)) return 0;
  if (absent && is_null(in, name)) return absent;
  return count_of(in, &child);
}

static bool get_bool(struct reader *in, const char *name)
{
  struct rms_node child;
  bool value = false;
  if (get(in, name, &child)) in->status = rms_node_bool(&child, &value, in->err);
  return value;
}

static struct rms_hash get_hash(struct reader *in, const char *name, bool may_be_null)
{
  struct rms_node child;
  struct rms_hash hash = {0};
  const char *digits;
  if (!get(in, name, &child) || (may_be_null && is_null(in, name))) return hash;
  in->status = rms_node_string(&child, 32, 32, &digits, in->err);
  if (!in->status && rms_hash_parse(digits, &hash))
    in->status =
        rms_node_error(&child, in->err, "is \"%s\", must be 32 lower-case hex digits", digits);
  return hash;
}

static void read_identity(struct reader *in, struct rms_run *run)
{
  run->job = get_hash(in, "job", false);
  run->family = get_text(in, "family", TEXT_MAX);
  run->instance = get_text(in, "instance", TEXT_MAX);
  run->reference = get_text(in, "reference", TEXT_MAX);
  run->group = get_text(in, "group", TEXT_MAX);
  run->instance_hash = get_hash(in, "instance_hash", true);
  run->solver = get_text(in, "solver", TEXT_MAX);
  run->version = get_text(in, "version", TEXT_MAX);
  run->params = get_text(in, "params", TEXT_MAX);
  run->label = get_text(in, "label", TEXT_MAX);
  run->proves_bounds = get_bool(in, "proves_bounds");
  run->seed = get_count(in, "seed", 0);
  run->repeat = get_int(in, "repeat", 0);
  const char *mode = get_text(in, "mode", 8);
  run->is_work_limited = !strcmp(mode, "work");
  if (!in->status && !run->is_work_limited && strcmp(mode, "time"))
    in->status = rms_node_error(in->node, in->err, "mode is \"%s\", must be work or time", mode);
}

static void read_limits(struct reader *in, struct rms_run *run)
{
  static const char *const names[] = {"time", "work", "cpu", "memory", "processes", NULL};
  struct rms_node limits;
  if (!get(in, "limits", &limits)) return;
  struct reader inner = {&limits, in->arena, in->err, rms_node_fields(&limits, names, in->err)};
  run->limit_time = get_double(&inner, "time", 0, INFINITY);
  run->limit_work = get_count(&inner, "work", UINT64_MAX);
  run->limit_cpu = get_double(&inner, "cpu", 0, INFINITY);
  run->limit_memory = get_count(&inner, "memory", 0);
  if (!is_null(&inner, "processes")) run->limit_processes = get_count(&inner, "processes", 0);
  in->status = inner.status;
}

static void read_objectives(struct reader *in, struct rms_run *run)
{
  struct rms_node list;
  size_t n = 0;
  if (!get(in, "objective", &list)) return;
  in->status = rms_node_array(&list, 0, RMS_RECORD_OBJECTIVES, &n, in->err);
  run->n_objectives = (int)n;
  for (size_t i = 0; i < RMS_RECORD_OBJECTIVES; i++) run->objective[i] = NAN;
  for (size_t i = 0; i < n && !in->status; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    if (!rms_node_is_null(&item)) run->objective[i] = double_of(in, &item, -HUGE_VAL);
  }
}

/* The object as text again, numbers in their shortest form: what is written is what was read. */
static void read_metrics(struct reader *in, struct rms_run *run)
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
    const double value = rms_node_is_null(&member) ? NAN : double_of(in, &member, -HUGE_VAL);
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

static void read_outcome(struct reader *in, struct rms_run *run)
{
  const char *end = get_text(in, "end", 32);
  run->end_detail = get_text(in, "end_detail", TEXT_MAX);
  const char *claim = get_text(in, "claim", 32);
  run->verdict = get_text(in, "verdict", 64);
  run->why = get_text(in, "why", TEXT_MAX);
  if (!in->status && rms_end_parse(end, &run->end))
    in->status = rms_node_error(in->node, in->err, "end is \"%s\", which is none", end);
  if (!in->status && rms_claim_parse(claim, &run->claim))
    in->status = rms_node_error(in->node, in->err, "claim is \"%s\", which is none", claim);
  run->objective_step = get_double(in, "objective_step", 0, 0);
  read_objectives(in, run);
  run->bound = get_double(in, "bound", -HUGE_VAL, NAN);
  run->verified_bound = get_double(in, "verified_bound", -HUGE_VAL, NAN);
  read_metrics(in, run);
  run->work = get_count(in, "work", 0);
  run->evaluations = get_count(in, "evaluations", 0);
  run->solution = get_hash(in, "solution", true);
}

static void read_point(struct reader *in, const struct rms_node *node,
                       struct rms_trace_point *point)
{
  size_t n = 0;
  in->status = rms_node_array(node, 4, 4, &n, in->err);
  if (in->status) return;
  const struct rms_node items[] = {rms_node_item(node, 0), rms_node_item(node, 1),
                                   rms_node_item(node, 2), rms_node_item(node, 3)};
  *point = (struct rms_trace_point){.t = NAN, .objective = NAN, .bound = NAN, .cpu = NAN};
  point->work = count_of(in, &items[0]);
  if (!in->status) point->evaluations = count_of(in, &items[1]);
  if (!in->status && !rms_node_is_null(&items[2]))
    point->objective = double_of(in, &items[2], -HUGE_VAL);
  if (!in->status && !rms_node_is_null(&items[3]))
    point->bound = double_of(in, &items[3], -HUGE_VAL);
}

static struct rms_trace_point *read_trace(struct reader *in, struct rms_run *run)
{
  struct rms_node list;
  size_t n = 0;
  if (!get(in, "trace", &list)) return NULL;
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
static void read_times(struct reader *in, const char *name, size_t n,
                       struct rms_trace_point *points, size_t offset)
{
  struct rms_node list;
  size_t n_times = 0;
  if (!get(in, name, &list)) return;
  in->status = rms_node_array(&list, n, n, &n_times, in->err);
  for (size_t i = 0; i < n && !in->status; i++) {
    const struct rms_node item = rms_node_item(&list, i);
    double *time = (double *)(void *)((char *)&points[i] + offset);
    if (!rms_node_is_null(&item)) *time = double_of(in, &item, -HUGE_VAL);
  }
}

static void read_env(struct reader *in, struct rms_run *run, struct rms_trace_point *points)
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
  struct reader inner = {&env, in->arena, in->err, rms_node_fields(&env, names, in->err)};
  run->attempt = get_int(&inner, "attempt", 1);
  run->wall = get_double(&inner, "wall", 0, NAN);
  run->cpu_user = get_double(&inner, "cpu_user", 0, NAN);
  run->cpu_system = get_double(&inner, "cpu_system", 0, NAN);
  run->peak_memory = get_count(&inner, "peak_memory", 0);
  run->memory_mechanism = get_text(&inner, "memory_mechanism", TEXT_MAX);
  if (!is_null(&inner, "cpus"))
    run->cpus = get_text(&inner, "cpus", TEXT_MAX); /* not in earlier ones */
  run->host = get_text(&inner, "host", TEXT_MAX);
  run->launch = get_text(&inner, "launch", TEXT_MAX);
  run->rank = get_int(&inner, "rank", 0);
  run->started = get_double(&inner, "started", 0, NAN);
  read_times(&inner, "t", run->n_trace, points, offsetof(struct rms_trace_point, t));
  if (!is_null(&inner, "t_cpu")) /* earlier records have none */
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
  struct reader in = {node, arena, err, rms_node_fields(node, names, err)};
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
