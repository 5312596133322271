/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/faults.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rows.h"

enum {
  F_WHAT,
  F_SOLVER,
  F_INSTANCE,
  F_SEED,
  F_REPEAT,
  F_END,
  F_CLAIM,
  F_VERDICT,
  F_WHY,
  F_COMMAND
};

enum rms_fault rms_fault_of(const struct rms_result *r)
{
  if (r->is_wrong) return RMS_FAULT_WRONG;
  if (!strcmp(r->verdict, "unverifiable")) return RMS_FAULT_UNVERIFIABLE;
  switch (r->run->end) {
  case RMS_END_EXIT: return strcmp(r->end, "exit") ? RMS_FAULT_DIED : RMS_FAULT_NONE;
  case RMS_END_SIGNAL:
  case RMS_END_MEMORY:
  case RMS_END_START_FAILED: return RMS_FAULT_DIED;
  case RMS_END_TIMEOUT_WALL:
  case RMS_END_TIMEOUT_CPU: return RMS_FAULT_TIME;
  default: return RMS_FAULT_NONE;
  }
}

const char *rms_fault_text(enum rms_fault fault)
{
  static const char *const texts[] = {[RMS_FAULT_WRONG] = "wrong answer",
                                      [RMS_FAULT_UNVERIFIABLE] = "could not be judged",
                                      [RMS_FAULT_DIED] = "died",
                                      [RMS_FAULT_TIME] = "did not stop in time",
                                      [RMS_FAULT_NONE] = ""};
  return texts[fault];
}

/* ---- the command -------------------------------------------------------------------------------
 */

void rms_shell_word(struct rms_text *text, const char *word)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "_-+=:,./@%";
  if (*word && !word[strspn(word, plain)]) {
    rms_text_add(text, word);
    return;
  }
  rms_text_add(text, "'");
  for (; *word; word++)
    if (*word == '\'')
      rms_text_add(text, "'\\''");
    else
      rms_text_bytes(text, word, 1);
  rms_text_add(text, "'");
}

/* What `rms solve` takes when nothing is said. */
static bool is_usual_cpu(const struct rms_run *run)
{
  return !(run->limit_cpu > 0) || run->limit_cpu == ceil(run->limit_time + 5);
}

void rms_reproduce_command(const struct rms_run *run, struct rms_text *text)
{
  rms_text_add(text, "rms solve ");
  rms_shell_word(text, run->reference ? run->reference : "");
  rms_text_add(text, " -s ");
  rms_shell_word(text, run->label ? run->label : run->solver);
  rms_text_printf(text, " --seed %" PRIu64 " --repeat %" PRId64, run->seed, run->repeat);
  if (run->is_work_limited) rms_text_printf(text, " --work %" PRIu64, run->limit_work);
  if (isfinite(run->limit_time)) {
    rms_text_add(text, " --time ");
    rms_text_double(text, run->limit_time);
  }
  if (!is_usual_cpu(run)) {
    rms_text_add(text, " --cpu ");
    rms_text_double(text, run->limit_cpu);
  }
  if (run->limit_memory) rms_text_printf(text, " --memory %" PRIu64, run->limit_memory);
}

/* ---- why ---------------------------------------------------------------------------------------
 */

static void wrong_reason(const struct rms_case *c, const struct rms_result *r,
                         struct rms_text *text)
{
  if (r->run->claim == RMS_CLAIM_INFEASIBLE)
    rms_text_printf(text, "says that there is no plan; the best verified one has %.15g", c->best);
  else if (r->run->claim == RMS_CLAIM_OPTIMAL && r->objective > c->best)
    rms_text_printf(text, "says that %.15g is optimal; the best verified plan has %.15g",
                    r->objective, c->best);
  else if (r->bound > c->best)
    rms_text_printf(text, "its bound %.15g lies above the best verified plan, %.15g", r->bound,
                    c->best);
}

static void end_reason(const struct rms_run *run, struct rms_text *text)
{
  const char *const detail = run->end_detail ? run->end_detail : "";
  switch (run->end) {
  case RMS_END_SIGNAL: rms_text_printf(text, "killed by signal %s", detail); break;
  case RMS_END_MEMORY:
    rms_text_printf(text, "out of memory (limit %.4g MiB)", (double)run->limit_memory / (1 << 20));
    break;
  case RMS_END_TIMEOUT_WALL:
    rms_text_printf(text, "did not stop at its limit of %g s, killed", run->limit_time);
    break;
  case RMS_END_TIMEOUT_CPU:
    rms_text_printf(text, "did not stop at its limit of %g s of processor time, killed",
                    run->limit_cpu);
    break;
  default: rms_text_add(text, *detail ? detail : rms_end_text(run->end));
  }
  if (run->wall > 0) rms_text_printf(text, " after %.3g s", run->wall);
}

static void reason(const struct rms_case *c, const struct rms_result *r, struct rms_text *text)
{
  if (r->run->why && *r->run->why)
    rms_text_add(text, r->run->why);
  else if (r->is_wrong)
    wrong_reason(c, r, text);
  else
    end_reason(r->run, text);
}

/* ---- the table ---------------------------------------------------------------------------------
 */

struct fault {
  enum rms_fault kind;
  const struct rms_case *c;
  const struct rms_result *result;
};

static int compare_faults(const void *left, const void *right)
{
  const struct fault *a = left, *b = right;
  if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
  const int order = strcmp(rms_label_of(a->result), rms_label_of(b->result));
  return order ? order : (a->result > b->result) - (a->result < b->result);
}

static size_t gather(struct fault *faults, const struct rms_comparison *cmp, const char *group)
{
  size_t n = 0;
  for (size_t i = 0; i < cmp->n_cases; i++)
    for (size_t k = cmp->cases[i].begin; k < cmp->cases[i].end; k++) {
      const enum rms_fault kind = rms_fault_of(&cmp->results[k]);
      if (kind == RMS_FAULT_NONE || !rms_in_group(&cmp->results[k], group)) continue;
      faults[n++] = (struct fault){kind, &cmp->cases[i], &cmp->results[k]};
    }
  qsort(faults, n, sizeof *faults, compare_faults);
  return n;
}

static int add_row(struct rms_table *table, const struct fault *fault, struct rms_text *scratch)
{
  int status;
  const struct rms_result *const r = fault->result;
  const struct rms_run *const run = r->run;
  RMS_TRY(rms_table_row(table));
  RMS_TRY(rms_table_set(table, F_WHAT, NAN, "%s", rms_fault_text(fault->kind)));
  RMS_TRY(rms_table_set(table, F_SOLVER, NAN, "%s", rms_label_of(r)));
  RMS_TRY(rms_table_set(table, F_INSTANCE, NAN, "%s", run->instance));
  RMS_TRY(rms_table_set(table, F_SEED, (double)run->seed, "%" PRIu64, run->seed));
  RMS_TRY(rms_table_set(table, F_REPEAT, (double)run->repeat, "%" PRId64, run->repeat));
  RMS_TRY(rms_table_set(table, F_END, NAN, "%s", r->end));
  RMS_TRY(rms_table_set(table, F_CLAIM, NAN, "%s", rms_claim_text(run->claim)));
  RMS_TRY(rms_table_set(table, F_VERDICT, NAN, "%s", r->verdict));
  rms_text_clear(scratch);
  reason(fault->c, r, scratch);
  RMS_TRY(rms_text_status(scratch));
  RMS_TRY(rms_table_set(table, F_WHY, NAN, "%s", scratch->length ? scratch->data : ""));
  rms_text_clear(scratch);
  rms_reproduce_command(run, scratch);
  RMS_TRY(rms_text_status(scratch));
  RMS_TRY(rms_table_set(table, F_COMMAND, NAN, "%s", scratch->data));
out:
  return status;
}

static int add_columns(struct rms_table *table)
{
  static const struct rms_table_column columns[] = {
      [F_WHAT] = {"what", "fault", "", true},
      [F_SOLVER] = {"solver", "solver", "", true},
      [F_INSTANCE] = {"instance", "instance", "", true},
      [F_SEED] = {"seed", "seed", "", false},
      [F_REPEAT] = {"repeat", "repeat", "", false},
      [F_END] = {"end", "end", "", true},
      [F_CLAIM] = {"claim", "claim", "", true},
      [F_VERDICT] = {"verdict", "verdict", "", true},
      [F_WHY] = {"why", "why", "", true},
      [F_COMMAND] = {"once more", "command", "", true},
  };
  return rms_table_columns(table, columns, sizeof columns / sizeof *columns);
}

int rms_faults_table(struct rms_table **result, const struct rms_comparison *cmp, const char *group,
                     size_t most)
{
  int status;
  struct rms_table *table = NULL;
  struct rms_text scratch = {0};
  RMS_TRY(rms_table_new(&table, group && *group ? group : "all instances"));
  RMS_TRY(add_columns(table));
  struct fault *const faults = rms_arena_alloc(table->arena, cmp->n_results, sizeof *faults);
  if (!faults) RMS_TRY(RMS_E_NOMEM);
  const size_t n = gather(faults, cmp, group), shown = most && n > most ? most : n;
  for (size_t i = 0; i < shown; i++) RMS_TRY(add_row(table, &faults[i], &scratch));
  if (shown < n) RMS_TRY(rms_table_note(table, "The first %zu of %zu are shown.", shown, n));
  if (n)
    RMS_TRY(rms_table_note(table,
                           "A command runs that job alone, with its random numbers and its "
                           "limits; a solver of a plugin is looked for in RMS_PLUGIN_PATH."));
  RMS_TRY(rms_limit_note(table, cmp, group));
  *result = table;
  table = NULL;
out:
  rms_text_fini(&scratch);
  rms_table_free(table);
  return status;
}
