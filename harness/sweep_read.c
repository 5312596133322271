/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/ini.h"
#include "harness/sweep_spec.h"

static const double time_default = 10, time_beside_work = 600;
static const uint64_t memory_default = UINT64_C(4) << 30;
static const double time_max = 1e9; /* seconds, of any limit */

struct key { /* one key of one section and how its value is read */
  const char *section, *name;
  int (*set)(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair, struct rms_error *err);
};

static int bad_value(const struct rms_ini_pair *pair, const char *must, struct rms_error *err)
{
  return rms_error_set(err, RMS_E_FORMAT, "[%s] %s: is \"%.80s\", must be %s", pair->section,
                       pair->key, pair->value, must);
}

static int keep_text(struct rms_sweep_spec *spec, const char *text, const char **copy,
                     struct rms_error *err)
{
  *copy = rms_arena_text(spec->sweep->arena, text);
  return *copy ? RMS_OK : rms_error_set(err, RMS_E_NOMEM, "out of memory");
}

static int set_name(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                    struct rms_error *err)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const size_t n = strlen(pair->value);
  if (!n || n > 64 || strspn(pair->value, letters) != n)
    return bad_value(pair, "1 to 64 letters, digits, '.', '_' or '-'", err);
  return keep_text(spec, pair->value, &spec->sweep->name, err);
}

static int set_notes(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                     struct rms_error *err)
{
  return keep_text(spec, pair->value, &spec->sweep->notes, err);
}

static int set_seed(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                    struct rms_error *err)
{
  int64_t seed;
  if (rms_parse_int(pair->value, &seed) || seed < 0)
    return bad_value(pair, "a whole number from 0", err);
  spec->sweep->seed = (uint64_t)seed;
  return RMS_OK;
}

static int set_repeats(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                       struct rms_error *err)
{
  int64_t repeats;
  if (rms_parse_int(pair->value, &repeats) || repeats < 1 || repeats > 100000)
    return bad_value(pair, "a whole number from 1 to 100000", err);
  spec->sweep->repeats = repeats;
  return RMS_OK;
}

static int read_seconds(const struct rms_ini_pair *pair, double *seconds, struct rms_error *err)
{
  double value;
  if (rms_parse_seconds(pair->value, &value) || !(value > 0 && value <= time_max))
    return bad_value(pair, "a time above 0, such as 10s, 500ms, 2m or 1h", err);
  *seconds = value;
  return RMS_OK;
}

static int set_time(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                    struct rms_error *err)
{
  spec->has_time = true;
  return read_seconds(pair, &spec->sweep->limits.time, err);
}

static int set_cpu(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                   struct rms_error *err)
{
  return read_seconds(pair, &spec->sweep->limits.cpu, err);
}

static int set_grace(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                     struct rms_error *err)
{
  return read_seconds(pair, &spec->sweep->limits.grace, err);
}

static int set_work(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                    struct rms_error *err)
{
  int64_t work;
  if (rms_parse_int(pair->value, &work) || work < 1)
    return bad_value(pair, "a whole number from 1, such as 1e6", err);
  spec->has_work = true;
  spec->sweep->limits.work = (uint64_t)work;
  return RMS_OK;
}

static int set_memory(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                      struct rms_error *err)
{
  if (!strcmp(pair->value, "none")) {
    spec->sweep->limits.memory = 0;
    return RMS_OK;
  }
  if (rms_parse_bytes(pair->value, &spec->sweep->limits.memory) ||
      spec->sweep->limits.memory < RMS_MEMORY_LEAST)
    return bad_value(pair, "a size from 1MiB on, such as 2GiB, or none", err);
  return RMS_OK;
}

static int set_processes(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                         struct rms_error *err)
{
  int64_t n;
  if (rms_parse_int(pair->value, &n) || n < 1)
    return bad_value(pair, "a whole number from 1, such as 64", err);
  spec->sweep->limits.processes = (uint64_t)n;
  return RMS_OK;
}

static int set_output(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                      struct rms_error *err)
{
  if (rms_parse_bytes(pair->value, &spec->sweep->limits.output) || !spec->sweep->limits.output)
    return bad_value(pair, "a size above 0, such as 1MiB", err);
  return RMS_OK;
}

static int add_line(struct rms_sweep_spec *spec, struct rms_sweep_lines *lines, bool is_file,
                    const struct rms_ini_pair *pair, struct rms_error *err)
{
  struct rms_sweep_line line = {.line = pair->line, .is_file = is_file};
  if (!*pair->value) return bad_value(pair, "a name", err);
  const int status = keep_text(spec, pair->value, &line.text, err);
  return status ? status : rms_sweep_lines_add(lines, line, err);
}

static int add_set(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                   struct rms_error *err)
{
  return add_line(spec, &spec->instances, false, pair, err);
}

static int add_file(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                    struct rms_error *err)
{
  return add_line(spec, &spec->instances, true, pair, err);
}

static int add_run(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                   struct rms_error *err)
{
  return add_line(spec, &spec->runs, false, pair, err);
}

static int add_plugin(struct rms_sweep_spec *spec, const struct rms_ini_pair *pair,
                      struct rms_error *err)
{
  return add_line(spec, &spec->plugins, true, pair, err);
}

static const struct key keys[] = {
    {"sweep", "name", set_name},
    {"sweep", "seed", set_seed},
    {"sweep", "repeats", set_repeats},
    {"sweep", "notes", set_notes},
    {"limits", "time", set_time},
    {"limits", "work", set_work},
    {"limits", "memory", set_memory},
    {"limits", "cpu", set_cpu},
    {"limits", "output", set_output},
    {"limits", "grace", set_grace},
    {"limits", "processes", set_processes},
    {"instances", "set", add_set},
    {"instances", "file", add_file},
    {"solvers", "run", add_run},
    {"solvers", "plugin", add_plugin},
};
enum { N_KEYS = sizeof keys / sizeof *keys };

static int unknown_section(const struct rms_ini_pair *pair, struct rms_error *err)
{
  const char *nearest = NULL;
  size_t best = 4;
  if (!pair->section[0])
    return rms_error_set(err, RMS_E_FORMAT,
                         "\"%.40s\" stands before the first section: a sweep file begins with "
                         "[sweep]",
                         pair->key);
  for (size_t i = 0; i < N_KEYS; i++) {
    const size_t distance = rms_text_distance(pair->section, keys[i].section);
    if (distance >= best) continue;
    best = distance;
    nearest = keys[i].section;
  }
  if (nearest)
    return rms_error_set(err, RMS_E_FORMAT, "unknown section [%s], did you mean [%s]?",
                         pair->section, nearest);
  return rms_error_set(err, RMS_E_FORMAT,
                       "unknown section [%s], known are [sweep], [limits], [instances], [solvers]",
                       pair->section);
}

static int unknown_key(const struct rms_ini_pair *pair, struct rms_error *err)
{
  const char *nearest = NULL;
  size_t best = 4;
  char known[160] = "";
  bool has_section = false;
  for (size_t i = 0; i < N_KEYS; i++) {
    if (strcmp(keys[i].section, pair->section)) continue;
    const size_t distance = rms_text_distance(pair->key, keys[i].name), used = strlen(known);
    if (distance < best) {
      best = distance;
      nearest = keys[i].name;
    }
    snprintf(known + used, sizeof known - used, "%s%s", has_section ? ", " : "", keys[i].name);
    has_section = true;
  }
  if (!has_section) return unknown_section(pair, err);
  if (nearest && best < strlen(pair->key))
    return rms_error_set(err, RMS_E_FORMAT, "unknown key \"%s\" in [%s], did you mean \"%s\"?",
                         pair->key, pair->section, nearest);
  return rms_error_set(err, RMS_E_FORMAT, "unknown key \"%s\" in [%s], known are: %s", pair->key,
                       pair->section, known);
}

static int read_pair(void *ctx, const struct rms_ini_pair *pair, struct rms_error *err)
{
  for (size_t i = 0; i < N_KEYS; i++)
    if (!strcmp(keys[i].section, pair->section) && !strcmp(keys[i].name, pair->key))
      return keys[i].set(ctx, pair, err);
  return unknown_key(pair, err);
}

static void fill_limits(struct rms_sweep_spec *spec)
{
  struct rms_limits *limits = &spec->sweep->limits;
  limits->is_work_limited = spec->has_work;
  if (!spec->has_time) limits->time = spec->has_work ? time_beside_work : time_default;
}

int rms_sweep_spec_read(struct rms_sweep_spec *spec, const char *bytes, size_t n,
                        struct rms_error *err)
{
  struct rms_sweep *sweep = spec->sweep;
  sweep->seed = 1;
  sweep->repeats = 1;
  sweep->notes = "";
  sweep->limits = (struct rms_limits){.work = UINT64_MAX, .memory = memory_default};
  const int status = rms_ini_read(bytes, n, sweep->origin, read_pair, spec, err);
  if (status) return status;
  fill_limits(spec);
  if (!spec->instances.n)
    return rms_error_set(err, RMS_E_FORMAT,
                         "%s: no instances; say [instances] set = NAME or file = PATH",
                         sweep->origin);
  if (!spec->runs.n)
    return rms_error_set(err, RMS_E_FORMAT, "%s: no solvers; say [solvers] run = NAME",
                         sweep->origin);
  return RMS_OK;
}

int rms_sweep_lines_add(struct rms_sweep_lines *lines, struct rms_sweep_line line,
                        struct rms_error *err)
{
  if (rms_grow(&lines->items, &lines->capacity, lines->n + 1, sizeof *lines->items) < 0)
    return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  lines->items[lines->n++] = line;
  return RMS_OK;
}

void rms_sweep_spec_fini(struct rms_sweep_spec *spec)
{
  free(spec->instances.items);
  free(spec->runs.items);
  free(spec->plugins.items);
}

char *rms_sweep_path(const struct rms_sweep_spec *spec, const char *path)
{
  struct rms_text text = {0};
  char *copy = NULL;
  if (*path != '/' && spec->folder) rms_text_printf(&text, "%s/", spec->folder);
  rms_text_add(&text, path);
  if (!rms_text_status(&text)) copy = rms_arena_text(spec->sweep->arena, text.data);
  rms_text_fini(&text);
  return copy;
}

int rms_sweep_where(const struct rms_sweep_spec *spec, int line, struct rms_error *err)
{
  if (!line) return rms_error_where(err, "command line");
  return rms_error_where(err, "%s:%d", spec->sweep->origin, line);
}
