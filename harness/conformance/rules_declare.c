/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules 1, 2, 10, 13, 14, 15: what a solver says and what it leaves alone. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/conformance/alloc.h"
#include "harness/conformance/rules.h"
#include "instances/base/hash.h"

enum rms_kit_end rms_kit_rule_declares(struct rms_kit *kit)
{
  struct rms_error err = {0};
  if (rms_solver_check(kit->solver, &err) < 0) return rms_kit_bad(kit, "%s", err.text);
  return rms_kit_good(kit, "%zu parameters", rms_params_count(kit->solver->params));
}

/* ---- 2 ---- */

/* The setting must be refused with a message that has the parameter's name in it. */
static bool is_refused(const struct rms_kit *kit, const char *name, const char *value, char *why,
                       size_t n)
{
  struct rms_values values;
  struct rms_error err = {0};
  char setting[400];
  snprintf(setting, sizeof setting, "%s=%s", name, value);
  if (rms_values_parse(&values, kit->solver->params, setting, &err) == RMS_OK) {
    snprintf(why, n, "\"%.300s\" was taken", setting);
    return false;
  }
  if (err.status == RMS_E_PARAM && strstr(err.text, name)) return true;
  snprintf(why, n, "\"%.300s\" was refused without the name: %.80s", setting, err.text);
  return false;
}

static bool refuses_numbers(const struct rms_kit *kit, const struct rms_param *param, char *why,
                            size_t n)
{
  static const char *const bad[] = {"", "many", "1 2", "nan", "inf", "1e400"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (!is_refused(kit, param->name, bad[i], why, n)) return false;
  if (param->type == RMS_P_INT && !is_refused(kit, param->name, "1.5", why, n)) return false;
  double lo = NAN, hi = NAN;
  char value[64];
  if (!param->range || sscanf(param->range, "%*[[(]%lf,%lf", &lo, &hi) != 2) return true;
  const double ends[] = {lo - fmax(1, fabs(lo)), hi + fmax(1, fabs(hi))};
  for (int i = 0; i < 2; i++) {
    if (!isfinite(ends[i])) continue;
    snprintf(value, sizeof value, "%.17g", ends[i]);
    if (!is_refused(kit, param->name, value, why, n)) return false;
  }
  if (param->range[0] == '(' && isfinite(lo)) {
    snprintf(value, sizeof value, "%.17g", lo);
    return is_refused(kit, param->name, value, why, n);
  }
  return true;
}

static bool refuses_bad(const struct rms_kit *kit, const struct rms_param *param, char *why,
                        size_t n)
{
  switch (param->type) {
  case RMS_P_INT:
  case RMS_P_REAL: return refuses_numbers(kit, param, why, n);
  case RMS_P_BOOL:
    return is_refused(kit, param->name, "maybe", why, n) &&
           is_refused(kit, param->name, "", why, n);
  case RMS_P_ENUM:
    return is_refused(kit, param->name, "no such word", why, n) &&
           is_refused(kit, param->name, "", why, n);
  case RMS_P_STRING: return is_refused(kit, param->name, "a\tb", why, n);
  }
  return false;
}

enum rms_kit_end rms_kit_rule_rejects(struct rms_kit *kit)
{
  char why[RMS_KIT_TEXT];
  const struct rms_param *params = kit->solver->params;
  const size_t n = rms_params_count(params);
  if (!is_refused(kit, "no-such-parameter", "1", why, sizeof why))
    return rms_kit_bad(kit, "%s", why);
  for (size_t i = 0; i < n; i++)
    if (!refuses_bad(kit, &params[i], why, sizeof why)) return rms_kit_bad(kit, "%s", why);
  return RMS_KIT_GOOD;
}

/* ---- 10 ---- */

/* Let each allocation of open fail in turn; open must say so and leave *self alone. */
static enum rms_kit_end fail_in_open(struct rms_kit *kit, const struct rms_instance *inst)
{
  static const char poison = 0;
  union {
    const void *from;
    void *to;
  } mark = {.from = &poison};
  for (long n = 1; n <= 10000; n++) {
    void *self = mark.to;
    rms_kit_doing(kit, "opening with failing allocation %ld", n);
    rms_alloc_fail_at(n);
    const int status = rms_kit_open(kit, &self, inst);
    const bool has_failed = rms_alloc_has_failed();
    rms_alloc_fail_at(0);
    if (status < 0 && self != mark.to)
      return rms_kit_bad(kit, "open failed (allocation %ld) and changed *self", n);
    rms_kit_doing(kit, "closing after an open with failing allocation %ld", n);
    rms_kit_close(kit, status < 0 ? NULL : self);
    if (!has_failed && status < 0)
      return rms_kit_bad(kit, "open returned %d (%s) although nothing failed", status,
                         rms_status_text(status));
    if (!has_failed)
      return rms_kit_good(kit, "%ld allocations of open failed one at a time", n - 1);
  }
  return rms_kit_good(kit, "10000 allocations of open failed one at a time");
}

enum rms_kit_end rms_kit_rule_close_null(struct rms_kit *kit)
{
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  rms_kit_doing(kit, "calling close(NULL)");
  kit->solver->close(NULL);
  if (!rms_kit_take(kit, RMS_KIT_TWO, &inst, &end)) return end;
  end = rms_alloc_take(kit->solver)
            ? fail_in_open(kit, inst)
            : rms_kit_good(kit, "open was not made to fail: malloc cannot be taken over here");
  rms_instance_free(inst);
  return end;
}

/* ---- 13 ---- */

static void run_quietly(struct rms_kit *kit, int number)
{
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  struct rms_kit_trace trace;
  const struct rms_kit_setup setup = {.seed = 3, .seconds = 0.5};
  if (!rms_kit_take(kit, number, &inst, &end)) return;
  rms_kit_doing(kit, "solving %s", rms_kit_case_name(number));
  rms_kit_solve(kit, inst, &setup, &trace);
  rms_kit_trace_fini(&trace);
  rms_instance_free(inst);
}

enum rms_kit_end rms_kit_rule_silent(struct rms_kit *kit)
{
  struct stat info;
  char words[100];
  run_quietly(kit, RMS_KIT_ONE);
  run_quietly(kit, RMS_KIT_SHORT);
  run_quietly(kit, RMS_KIT_SMALL);
  run_quietly(kit, RMS_KIT_MEDIUM);
  fflush(NULL);
  if (fstat(kit->output, &info) < 0) return rms_kit_bad(kit, "the kit lost the file of its output");
  if (info.st_size == 0) return rms_kit_good(kit, "%s", "");
  const ssize_t n = pread(kit->output, words, sizeof words - 1, 0);
  words[n > 0 ? n : 0] = '\0';
  words[strcspn(words, "\n")] = '\0';
  return rms_kit_bad(kit, "it wrote %lld bytes, the first line is \"%s\" (a solver uses host->log)",
                     (long long)info.st_size, words);
}

/* ---- 14 ---- */

enum rms_kit_end rms_kit_rule_no_mpi(struct rms_kit *kit)
{
  static const char *const prefixes[] = {"MPI_", "PMPI_", "ompi_", "OMPI_", "opal_", NULL};
  if (!kit->plugin)
    return rms_kit_skip(
        kit, "it is built in: `make symbols` looks at its object when the program is built");
  const char *name = rms_alloc_find_symbol(kit->solver, prefixes);
  if (name) return rms_kit_bad(kit, "it refers to %s (islands talk through host->exchange)", name);
  return RMS_KIT_GOOD;
}

/* ---- 15 ---- */

static enum rms_kit_end hash_of(struct rms_kit *kit, const struct rms_instance *inst,
                                struct rms_hash *hash)
{
  if (rms_instance_hash(inst, hash) == RMS_OK) return RMS_KIT_GOOD;
  return rms_kit_bad(kit, "the kit cannot write the instance");
}

static enum rms_kit_end leave_alone(struct rms_kit *kit, const struct rms_instance *inst,
                                    bool is_locked)
{
  struct rms_hash before, after;
  struct rms_kit_trace trace;
  const char *memory = is_locked ? "in read-only memory" : "in plain memory";
  const struct rms_kit_setup setup = {.seed = 3, .seconds = 0.5};
  if (hash_of(kit, inst, &before) != RMS_KIT_GOOD) return RMS_KIT_BAD;
  rms_alloc_protect(is_locked);
  rms_kit_doing(kit, "asking supports() about an instance %s", memory);
  const int first = kit->solver->supports(inst), second = kit->solver->supports(inst);
  rms_kit_doing(kit, "solving an instance %s (does it write into the instance?)", memory);
  rms_kit_solve(kit, inst, &setup, &trace);
  rms_alloc_protect(false);
  rms_kit_trace_fini(&trace);
  if (hash_of(kit, inst, &after) != RMS_KIT_GOOD) return RMS_KIT_BAD;
  if (first != second || first < 0 || first > 1)
    return rms_kit_bad(kit, "supports() said %d, then %d", first, second);
  if (rms_hash_compare(before, after) != 0) return rms_kit_bad(kit, "it changed the instance");
  return rms_kit_good(kit, is_locked
                               ? "the instance was in read-only memory"
                               : "hashes before and after: read-only memory is not possible here");
}

enum rms_kit_end rms_kit_rule_read_only(struct rms_kit *kit)
{
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  /* Something of a family that nobody knows: supports() must say no, and look no further. */
  const struct rms_family stranger = {.name = "stranger"};
  const struct rms_instance strange = {.family = &stranger, .name = "strange"};
  rms_kit_doing(kit, "asking supports() about an instance of an unknown family");
  if (kit->solver->supports(&strange))
    return rms_kit_bad(kit, "supports() says yes to an unknown family");
  const bool is_taken = rms_alloc_take(kit->solver) && rms_alloc_region(true);
  const bool is_made = rms_kit_take(kit, RMS_KIT_MEDIUM, &inst, &end);
  rms_alloc_region(false);
  if (!is_made) return end;
  end = leave_alone(kit, inst, is_taken);
  rms_instance_free(inst);
  return end;
}
