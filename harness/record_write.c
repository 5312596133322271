/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run as a line of JSON. */
#include <string.h>

#include "harness/record_parts.h"
#include "instances/base/text.h"

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
  size_t n = value ? strnlen(value, RMS_RECORD_TEXT) : 0;
  put_name(text, name);
  if (!n || (n < RMS_RECORD_TEXT && rms_utf8_is_plain(value, n))) {
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
