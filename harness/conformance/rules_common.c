/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rules have in common: what they say, take and compare. */
#include <stdarg.h>
#include <stdio.h>

#include "harness/conformance/rules.h"

void rms_kit_doing(struct rms_kit *kit, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  vsnprintf(kit->shared->doing, sizeof kit->shared->doing, fmt, args);
  va_end(args);
}

enum rms_kit_end rms_kit_say(struct rms_kit *kit, enum rms_kit_end end, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  vsnprintf(kit->shared->text, sizeof kit->shared->text, fmt, args);
  va_end(args);
  return end;
}

bool rms_kit_has(const struct rms_kit *kit, enum rms_solver_flags flag)
{
  return (kit->solver->flags & (uint32_t)flag) != 0;
}

const char *rms_kit_case_name(int number)
{
  static const char *const names[] = {[RMS_KIT_EMPTY] = "an instance without items",
                                      [RMS_KIT_ONE] = "an instance with one item",
                                      [RMS_KIT_TWO] = "an instance with two items",
                                      [RMS_KIT_SHORT] = "an instance with too few machines",
                                      [RMS_KIT_HOPELESS] =
                                          "an instance with an item that nothing serves",
                                      [RMS_KIT_SMALL] = "the small instance",
                                      [RMS_KIT_MEDIUM] = "the medium instance"};
  return number < RMS_KIT_TINY ? names[number] : "a tiny instance";
}

bool rms_kit_take(struct rms_kit *kit, int number, struct rms_instance **inst,
                  enum rms_kit_end *end)
{
  struct rms_error err = {0};
  const int status = kit->cases->make(inst, number, &err);
  if (status == RMS_E_UNSUPPORTED) {
    *end = rms_kit_skip(kit, "the family has no such instance");
    return false;
  }
  if (status < 0) {
    *end = rms_kit_bad(kit, "the kit cannot make %s: %s", rms_kit_case_name(number), err.text);
    return false;
  }
  rms_kit_doing(kit, "asking supports() about %s", rms_kit_case_name(number));
  if (kit->solver->supports(*inst)) return true;
  rms_instance_free(*inst);
  *inst = NULL;
  *end = rms_kit_skip(kit, "it does not support %s", rms_kit_case_name(number));
  return false;
}

uint64_t rms_kit_work(struct rms_kit *kit, const struct rms_instance *inst)
{
  uint64_t work = 1000;
  for (; work > 1; work /= 10) {
    struct rms_kit_trace trace;
    const struct rms_kit_setup setup = {.seed = 1, .work = work, .seconds = 2};
    rms_kit_doing(kit, "solving with %llu units of work", (unsigned long long)work);
    const struct rms_kit_moment start = rms_kit_now();
    rms_kit_solve(kit, inst, &setup, &trace);
    const double took = rms_kit_elapsed(start, rms_kit_now());
    rms_kit_trace_fini(&trace);
    if (took < 1.9) break;
  }
  return work;
}

int rms_kit_compare(const double a[RMS_OBJECTIVES], const double b[RMS_OBJECTIVES])
{
  for (int i = 0; i < RMS_OBJECTIVES; i++) {
    if (a[i] < b[i]) return -1;
    if (a[i] > b[i]) return 1;
  }
  return 0;
}

long rms_kit_last(const struct rms_kit_trace *trace)
{
  for (size_t i = trace->n_events; i > 0; i--)
    if (trace->events[i - 1].has_solution) return (long)i - 1;
  return -1;
}
