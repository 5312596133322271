/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rule 4: different seeds differ. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/conformance/rules.h"
#include "instances/base/hash.h"

enum { SEEDS = 5 };

/* Do different seeds give different traces on this case? */
static enum rms_kit_end compare_seeds(struct rms_kit *kit, int number, uint64_t n_seeds,
                                      uint64_t *draws, bool *has_differed)
{
  enum rms_kit_end end = RMS_KIT_GOOD;
  struct rms_instance *inst = NULL;
  struct rms_hash first = {0};
  if (!rms_kit_take(kit, number, &inst, &end)) return end;
  const uint64_t work = rms_kit_work(kit, inst);
  for (uint64_t seed = 1; seed <= n_seeds; seed++) {
    struct rms_kit_trace trace;
    const struct rms_kit_setup setup = {.seed = seed, .work = work};
    rms_kit_doing(kit, "solving with seed %llu", (unsigned long long)seed);
    rms_kit_solve(kit, inst, &setup, &trace);
    const struct rms_hash hash = rms_kit_trace_hash(&trace);
    *draws += trace.draws;
    if (seed == 1) first = hash;
    *has_differed = *has_differed || rms_hash_compare(hash, first) != 0;
    rms_kit_trace_fini(&trace);
  }
  rms_instance_free(inst);
  return RMS_KIT_GOOD;
}

/* A solver whose first plan is optimal has nothing to differ in: then a larger instance decides. */
static enum rms_kit_end compare_cases(struct rms_kit *kit, uint64_t *draws, bool *has_differed)
{
  static const int numbers[] = {RMS_KIT_SMALL, RMS_KIT_MEDIUM};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !*has_differed; i++) {
    const enum rms_kit_end end = compare_seeds(kit, numbers[i], SEEDS, draws, has_differed);
    if (end != RMS_KIT_GOOD) return end;
  }
  return RMS_KIT_GOOD;
}

/* Alternative `number` to the default of a parameter, "" when there are no more. */
static void alternative(const struct rms_param *param, int number, char value[RMS_PARAM_TEXT])
{
  double lo = NAN, hi = NAN;
  value[0] = '\0';
  if (param->type == RMS_P_BOOL && number < 2)
    snprintf(value, RMS_PARAM_TEXT, "%s", number ? "yes" : "no");
  else if (param->type == RMS_P_ENUM) {
    const char *word = param->range;
    for (; word && number > 0; number--) word = strchr(word, '|') ? strchr(word, '|') + 1 : NULL;
    if (word) snprintf(value, RMS_PARAM_TEXT, "%.*s", (int)strcspn(word, "|"), word);
  } else if (param->type != RMS_P_STRING && number == 0 && param->range &&
             sscanf(param->range, "%*[[(]%lf,%lf", &lo, &hi) == 2 && isfinite(hi - lo))
    snprintf(value, RMS_PARAM_TEXT, param->type == RMS_P_INT ? "%.0f" : "%.17g",
             param->type == RMS_P_INT ? hi : (lo + hi) / 2);
}

/* A solver may draw only where a parameter asks for it: those that the user left alone are changed
 * one at a time until it draws. *at: of the parameter, in `values`. */
static enum rms_kit_end look_for_draws(struct rms_kit *kit, struct rms_values *values,
                                       const struct rms_values *defaults, uint64_t *draws,
                                       bool *has_differed, size_t *at)
{
  const struct rms_param *params = kit->solver->params;
  for (*at = 0; *at < values->n; ++*at) {
    char *text = values->text[*at];
    if (strcmp(text, defaults->text[*at]) != 0) continue;
    for (int number = 0; *draws == 0; number++) {
      alternative(&params[*at], number, text);
      if (text[0] == '\0') break;
      enum rms_kit_end end = compare_seeds(kit, RMS_KIT_SMALL, SEEDS, draws, has_differed);
      if (end == RMS_KIT_GOOD && *draws > 0 && !*has_differed)
        end = compare_seeds(kit, RMS_KIT_MEDIUM, SEEDS, draws, has_differed);
      if (end != RMS_KIT_GOOD || *draws > 0) return end;
    }
    strcpy(text, defaults->text[*at]);
  }
  return RMS_KIT_GOOD;
}

static enum rms_kit_end judge_parameters(struct rms_kit *kit, uint64_t *draws, bool *has_differed)
{
  enum rms_kit_end end = RMS_KIT_GOOD;
  const struct rms_values *given = kit->values;
  struct rms_values *values = malloc(2 * sizeof *values);
  size_t at = 0;
  if (!values) return rms_kit_bad(kit, "the kit has no memory");
  struct rms_values *defaults = &values[1];
  values[0] = *given;
  rms_values_link(values);
  if (rms_values_parse(defaults, kit->solver->params, NULL, NULL) == RMS_OK) {
    kit->values = values;
    end = look_for_draws(kit, values, defaults, draws, has_differed, &at);
    kit->values = given;
  }
  if (end == RMS_KIT_GOOD && *has_differed)
    end = rms_kit_good(kit, "with %s=%s", kit->solver->params[at].name, values->text[at]);
  free(values);
  return end;
}

enum rms_kit_end rms_kit_rule_other_seed(struct rms_kit *kit)
{
  uint64_t draws = 0;
  bool has_differed = false;
  if (!rms_kit_has(kit, RMS_RANDOMISED)) return rms_kit_skip(kit, "it is not declared randomised");
  enum rms_kit_end end = compare_cases(kit, &draws, &has_differed);
  if (end == RMS_KIT_GOOD && draws == 0 && !has_differed)
    end = judge_parameters(kit, &draws, &has_differed);
  if (end != RMS_KIT_GOOD || has_differed) return end;
  return rms_kit_bad(kit, "%d seeds give one trace (it drew %llu random numbers)", SEEDS,
                     (unsigned long long)draws);
}
