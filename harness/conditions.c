/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/conditions.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CPUS_MAX = 4096, LINE = 512 };

/* First line of a small file without its newline; false: not there. */
static bool read_line(const char *root, const char *path, char line[LINE])
{
  char name[PATH_MAX];
  snprintf(name, sizeof name, "%s%s", root, path);
  FILE *file = fopen(name, "re");
  const bool is_read = file && fgets(line, LINE, file);
  if (file) fclose(file);
  if (is_read) line[strcspn(line, "\n")] = 0;
  return is_read;
}

/* The number behind `key` in lines of "KEY NUMBER ..."; -1: none. */
static int64_t number_of(const char *root, const char *path, const char *key)
{
  char name[PATH_MAX], line[LINE], word[64];
  int64_t number = -1;
  long long value;
  snprintf(name, sizeof name, "%s%s", root, path);
  FILE *file = fopen(name, "re");
  while (file && number < 0 && fgets(line, sizeof line, file))
    if (sscanf(line, "%63s %lld", word, &value) == 2 && !strcmp(word, key)) number = value;
  if (file) fclose(file);
  return number;
}

static void read_processors(struct rms_conditions *conditions, const char *root)
{
  char path[128], line[LINE];
  long long count;
  for (int i = 0; i < CPUS_MAX; i++) {
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/core_id", i);
    if (!read_line(root, path, line)) {
      if (i) break; /* off line, or the end */
      continue;
    }
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", i);
    if (!conditions->governor[0] && read_line(root, path, line) && strcmp(line, "performance") != 0)
      snprintf(conditions->governor, sizeof conditions->governor, "%.31s", line);
    snprintf(path, sizeof path,
             "/sys/devices/system/cpu/cpu%d/thermal_throttle/core_throttle_count", i);
    if (!read_line(root, path, line) || sscanf(line, "%lld", &count) != 1) continue;
    conditions->n_hot = (conditions->n_hot < 0 ? 0 : conditions->n_hot) + count;
  }
}

/* Of the control group of this process: version 2, or the old hierarchy of the CPU controller. */
static int64_t read_quota(const char *root)
{
  char name[PATH_MAX], line[LINE], path[PATH_MAX];
  int64_t n = -1;
  snprintf(name, sizeof name, "%s/proc/self/cgroup", root);
  FILE *file = fopen(name, "re");
  while (file && n < 0 && fgets(line, sizeof line, file)) {
    static const struct {
      const char *before, *mount;
    } rows[] = {{"0::", "/sys/fs/cgroup"},
                {":cpu:", "/sys/fs/cgroup/cpu"},
                {":cpu,cpuacct:", "/sys/fs/cgroup/cpu,cpuacct"}};
    line[strcspn(line, "\n")] = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && n < 0; i++) {
      const char *at = strstr(line, rows[i].before);
      if (!at) continue;
      snprintf(path, sizeof path, "%s%s/cpu.stat", rows[i].mount, at + strlen(rows[i].before));
      n = number_of(root, path, "nr_throttled");
    }
  }
  if (file) fclose(file);
  return n;
}

void rms_conditions_read(struct rms_conditions *conditions, const char *root)
{
  *conditions =
      (struct rms_conditions){.n_hot = -1, .n_quota = -1, .swap_bytes = -1, .n_swapped = -1};
  read_processors(conditions, root);
  conditions->n_quota = read_quota(root);
  const int64_t total = number_of(root, "/proc/meminfo", "SwapTotal:");
  const int64_t unused = number_of(root, "/proc/meminfo", "SwapFree:");
  if (total >= 0 && unused >= 0) conditions->swap_bytes = (total - unused) * 1024;
  const int64_t in = number_of(root, "/proc/vmstat", "pswpin");
  const int64_t out = number_of(root, "/proc/vmstat", "pswpout");
  if (in >= 0 && out >= 0) conditions->n_swapped = in + out;
}

__attribute__((format(printf, 2, 3))) static void say(struct rms_text *text, const char *fmt, ...)
{
  char sentence[256];
  va_list list;
  va_start(list, fmt);
  vsnprintf(sentence, sizeof sentence, fmt, list);
  va_end(list);
  if (text->length && text->data[text->length - 1] != '[') rms_text_add(text, ",");
  rms_text_json(text, sentence);
}

void rms_conditions_warn(const struct rms_conditions *now, const struct rms_slots *slots,
                         enum rms_packing packing, struct rms_neighbours who, struct rms_text *text)
{
  rms_text_add(text, "[");
  if (slots->is_oversubscribed)
    say(text, "oversubscribed: %d ranks on %zu %s take turns", who.ranks > 0 ? who.ranks : 1,
        slots->n_node, packing == RMS_PACK_UNITS ? "hardware threads" : "cores");
  if (slots->is_smt_shared && packing == RMS_PACK_UNITS)
    say(text, "SMT shared: solvers run on hardware threads of one core and slow each other down");
  if (slots->is_hybrid) say(text, "hybrid cores: solvers run on cores that are not equally fast");
  if (now->governor[0])
    say(text, "governor: %s, not performance, so that the clock changes with the load",
        now->governor);
  if (now->swap_bytes > 0)
    say(text, "swap: %.0f MiB in use at the beginning", (double)now->swap_bytes / (1 << 20));
  rms_text_add(text, "]");
}

void rms_conditions_warn_end(const struct rms_conditions *before, const struct rms_conditions *now,
                             struct rms_text *text)
{
  rms_text_add(text, "[");
  if (before->n_hot >= 0 && now->n_hot > before->n_hot)
    say(text, "throttled: cores were slowed down for heat %" PRId64 " times",
        now->n_hot - before->n_hot);
  if (before->n_quota >= 0 && now->n_quota > before->n_quota)
    say(text, "throttled: the CPU quota was used up %" PRId64 " times",
        now->n_quota - before->n_quota);
  if (before->n_swapped >= 0 && now->n_swapped > before->n_swapped)
    say(text, "swap: %" PRId64 " pages were moved to or from swap meanwhile",
        now->n_swapped - before->n_swapped);
  rms_text_add(text, "]");
}

void rms_conditions_print(const struct rms_conditions *conditions, struct rms_text *text)
{
  const struct {
    const char *name;
    int64_t value;
  } rows[] = {{"n_hot", conditions->n_hot},
              {"n_quota", conditions->n_quota},
              {"swap_bytes", conditions->swap_bytes},
              {"n_swapped", conditions->n_swapped}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    rms_text_printf(text, "%s\"%s\":", i ? "," : "", rows[i].name);
    if (rows[i].value < 0)
      rms_text_add(text, "null");
    else
      rms_text_printf(text, "%" PRId64, rows[i].value);
  }
}
