/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/provenance.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <gsl/gsl_version.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "harness/limits.h"
#include "harness/place.h"
#include "harness/record.h"

#ifndef RMS_BUILD_SOURCE
#define RMS_BUILD_SOURCE "unknown"
#endif
#ifndef RMS_BUILD_CFLAGS
#define RMS_BUILD_CFLAGS "unknown"
#endif
#ifndef RMS_BUILD_KIND
#define RMS_BUILD_KIND "unknown"
#endif
#define STRING_OF(x) #x
#define TEXT_OF(x)   STRING_OF(x)

void rms_launch_name(char name[RMS_LAUNCH_TEXT])
{
  struct timespec now;
  struct tm utc;
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &utc);
  const size_t n = strftime(name, RMS_LAUNCH_TEXT, "%Y%m%dT%H%M%S", &utc);
  snprintf(name + n, RMS_LAUNCH_TEXT - n, ".%06ld-%ld", now.tv_nsec / 1000, (long)getpid());
}

static void put(struct rms_text *text, const char *name)
{
  const bool is_first = !text->length || strchr("{[", text->data[text->length - 1]);
  rms_text_printf(text, "%s\"%s\":", is_first ? "" : ",", name);
}

static void put_text(struct rms_text *text, const char *name, const char *value)
{
  put(text, name);
  rms_text_json(text, value);
}

static void put_int(struct rms_text *text, const char *name, int64_t value)
{
  put(text, name);
  rms_text_printf(text, "%" PRId64, value);
}

static void open_group(struct rms_text *text, const char *name)
{
  put(text, name);
  rms_text_add(text, "{");
}

/* First line of a small file of the kernel, null when there is none. */
static void put_file(struct rms_text *text, const char *name, const char *path)
{
  char line[256] = "";
  FILE *file = fopen(path, "re");
  const bool is_read = file && fgets(line, sizeof line, file);
  if (file) fclose(file);
  line[strcspn(line, "\n")] = 0;
  put_text(text, name, is_read ? line : NULL);
}

static void put_library(struct rms_text *text, const char *name, const char *compiled,
                        const char *running)
{
  open_group(text, name);
  put_text(text, "compiled", compiled);
  put_text(text, "running", running);
  rms_text_add(text, "}");
}

/* Libraries whose headers are not for this file tell their version by a function. */
static const char *version_by(const char *symbol)
{
  const char *(*function)(void) = NULL;
  void *address = dlsym(RTLD_DEFAULT, symbol);
  if (address) memcpy(&function, &address, sizeof function);
  return function ? function() : NULL;
}

static void add_build(struct rms_text *text, const struct rms_provenance *p)
{
  char compiled[64], running[64];
  open_group(text, "build");
  put_text(text, "version", RMS_VERSION);
  put_text(text, "source", RMS_BUILD_SOURCE);
  put_text(text, "kind", RMS_BUILD_KIND);
  put_text(text, "compiler", __VERSION__);
  put_text(text, "cflags", RMS_BUILD_CFLAGS);
  rms_text_add(text, "}");
  open_group(text, "libraries");
  put_library(text, "glibc", TEXT_OF(__GLIBC__) "." TEXT_OF(__GLIBC_MINOR__),
              gnu_get_libc_version());
  put_library(text, "gsl", GSL_VERSION, gsl_version);
  snprintf(compiled, sizeof compiled, "%u", (unsigned)XXH_VERSION_NUMBER);
  snprintf(running, sizeof running, "%u", XXH_versionNumber());
  put_library(text, "xxhash", compiled, running);
  put_library(text, "jansson", NULL, version_by("jansson_version_str"));
  put_library(text, "glpk", NULL, version_by("glp_version"));
  put_library(text, "mpi", NULL, p->transport_version);
  rms_text_add(text, "}");
}

static void add_machine(struct rms_text *text)
{
  static const char cpu[] = "/sys/devices/system/cpu/";
  char path[128];
  struct rms_place place = {0};
  struct utsname name = {0};
  const bool is_read = rms_place_read(&place, NULL) == RMS_OK;
  const bool has_name = uname(&name) == 0;
  open_group(text, "machine");
  put_text(text, "host", has_name ? name.nodename : NULL);
  put_text(text, "kernel", has_name ? name.release : NULL);
  put_text(text, "architecture", has_name ? name.machine : NULL);
  put_text(text, "cpu", is_read && place.model[0] ? place.model : NULL);
  put_int(text, "packages", place.packages);
  put_int(text, "numa_nodes", place.numa_nodes);
  put_int(text, "cores", place.cores);
  put_int(text, "threads", place.units);
  put_text(text, "allowed", is_read ? place.allowed : NULL);
  put_text(text, "bound", is_read ? place.bound : NULL);
  put_int(text, "memory", (int64_t)place.memory);
  snprintf(path, sizeof path, "%scpu0/cpufreq/scaling_governor", cpu);
  put_file(text, "governor", path);
  snprintf(path, sizeof path, "%sintel_pstate/no_turbo", cpu);
  put_file(text, "no_turbo", path);
  snprintf(path, sizeof path, "%ssmt/active", cpu);
  put_file(text, "smt", path);
  put_file(text, "load", "/proc/loadavg");
  rms_text_add(text, "}");
}

/* Which hardware threads this rank's solvers run on, as far as no other launch has them; what makes
 * times doubtful. */
static void add_placement(struct rms_text *text, const struct rms_provenance *p)
{
  static const char *const names[] = {
      [RMS_PACK_NONE] = "none", [RMS_PACK_CORES] = "cores", [RMS_PACK_UNITS] = "threads"};
  const bool is_bound = p->packing != RMS_PACK_NONE;
  const struct rms_neighbours who = rms_neighbours_read();
  struct rms_slots slots = {0};
  const bool is_read = rms_slots_here(&slots, is_bound ? p->packing : RMS_PACK_CORES) == RMS_OK;
  open_group(text, "placement");
  put_text(text, "to", names[p->packing]);
  put_int(text, "ranks", who.ranks > 0 ? who.ranks : 1);
  put_int(text, "rank", who.rank);
  if (is_read && is_bound) {
    put_int(text, "slots", (int64_t)slots.n_node);
    put(text, "units");
    rms_text_add(text, "[");
    for (size_t i = 0; i < slots.n; i++)
      rms_text_printf(text, "%s%u", i ? "," : "", slots.items[i].unit);
    rms_text_add(text, "]");
  }
  rms_text_add(text, "}");
  open_group(text, "conditions");
  rms_conditions_print(p->conditions, text);
  rms_text_add(text, "}");
  put(text, "warnings");
  rms_conditions_warn(p->conditions, &slots, p->packing, who, text);
  rms_slots_fini(&slots);
}

int rms_provenance_write_end(const char *launch, int rank, const struct rms_conditions *before,
                             struct rms_text *text)
{
  struct rms_conditions now;
  struct utsname name = {0};
  const bool has_name = uname(&name) == 0;
  rms_conditions_read(&now, "");
  rms_text_add(text, "\"launch\":");
  rms_text_json(text, launch);
  put_int(text, "rank", rank);
  open_group(text, "machine");
  put_text(text, "host", has_name ? name.nodename : NULL);
  rms_text_add(text, "}");
  open_group(text, "conditions");
  rms_conditions_print(&now, text);
  rms_text_add(text, "}");
  put(text, "warnings");
  rms_conditions_warn_end(before, &now, text);
  return rms_text_status(text);
}

static void add_time(struct rms_text *text)
{
  char utc[32];
  const time_t now = time(NULL);
  struct tm parts;
  gmtime_r(&now, &parts);
  strftime(utc, sizeof utc, "%Y-%m-%dT%H:%M:%SZ", &parts);
  open_group(text, "time");
  put_text(text, "started", utc);
  put_text(text, "clock", "CLOCK_MONOTONIC");
  rms_text_add(text, "}");
}

static void add_sweep(struct rms_text *text, const struct rms_sweep *sweep)
{
  char digits[RMS_HASH_TEXT];
  const struct rms_limits *limits = &sweep->limits;
  rms_hash_print(sweep->plan, digits);
  open_group(text, "sweep");
  put_text(text, "name", sweep->name);
  put_text(text, "plan", digits);
  put_int(text, "jobs", (int64_t)sweep->n_jobs);
  put_int(text, "seed", (int64_t)sweep->seed);
  rms_text_add(text, "}");
  open_group(text, "limits");
  put_text(text, "mode", limits->is_work_limited ? "work" : "time");
  put(text, "time");
  rms_text_double(text, limits->time);
  put(text, "work");
  if (limits->is_work_limited)
    rms_text_printf(text, "%" PRIu64, limits->work);
  else
    rms_text_add(text, "null");
  put(text, "cpu");
  rms_text_double(text, limits->cpu);
  put_int(text, "memory", (int64_t)limits->memory);
  put_int(text, "output", (int64_t)rms_limit_output(limits));
  if (limits->processes) put_int(text, "processes", (int64_t)limits->processes);
  /* How the others are imposed; that of memory and processes is in every run. */
  open_group(text, "mechanisms");
  put_text(text, "time", "timer");
  put_text(text, "cpu", limits->cpu > 0 ? "rlimit_cpu+samples" : "rlimit_cpu");
  put_text(text, "output", "rlimit_fsize");
  rms_text_add(text, "}}");
}

static void add_scheduler(struct rms_text *text)
{
  static const char *const names[] = {"SLURM_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_NODELIST",
                                      "PBS_JOBID",    "LSB_JOBID",           "JOB_ID"};
  open_group(text, "scheduler");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (getenv(names[i])) put_text(text, names[i], getenv(names[i]));
  rms_text_add(text, "}");
}

int rms_provenance_write(const struct rms_provenance *p, struct rms_text *text)
{
  rms_text_add(text, "{\"type\":\"launch\",\"format\":\"" RMS_RECORD_FORMAT "\"");
  put_text(text, "launch", p->launch);
  put_int(text, "rank", p->rank);
  put_int(text, "ranks", p->ranks);
  put_text(text, "transport", p->transport);
  add_build(text, p);
  add_machine(text);
  add_placement(text, p);
  add_time(text);
  add_sweep(text, p->sweep);
  add_scheduler(text);
  put(text, "command");
  rms_text_add(text, "[");
  for (int i = 0; i < p->argc; i++) {
    if (i) rms_text_add(text, ",");
    rms_text_json(text, p->argv[i]);
  }
  rms_text_add(text, "]}");
  return rms_text_status(text);
}
