/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms check-solver: the conformance kit. */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/cli/find_solver.h"
#include "harness/conformance/kit.h"
#include "instances/base/text.h"

struct input {
  char *spec;
  const char *plugin, *family;
  uint32_t only;
  double seconds;
};

/* "3", "3,5,8-11" into bits. */
static bool parse_rules(const char *text, uint32_t *bits)
{
  for (char *end; *text; text = *end == ',' ? end + 1 : end) {
    const long first = strtol(text, &end, 10);
    long last = first;
    if (end == text) return false;
    if (*end == '-') {
      const char *second = end + 1;
      last = strtol(second, &end, 10);
      if (end == second) return false;
    }
    if (first < 1 || last > RMS_KIT_RULES || first > last || (*end && *end != ',')) return false;
    for (long i = first; i <= last; i++) *bits |= UINT32_C(1) << (i - 1);
  }
  return *bits != 0;
}

static const struct rms_cli_argument wanted[] = {
    {offsetof(struct input, spec), "a solver", "see 'rms solvers'", false}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
  struct input *in = state->input;
  switch (key) {
  case 'p': in->plugin = arg; return 0;
  case 'f': in->family = arg; return 0;
  case 'l':
    if (rms_parse_seconds(arg, &in->seconds) == RMS_OK && in->seconds > 0) return 0;
    return rms_cli_wrong(state, arg, "a time such as 10s");
  case 'r':
    if (parse_rules(arg, &in->only)) return 0;
    return rms_cli_wrong(state, arg, "like 3,5,8-11 within 1-%d", RMS_KIT_RULES);
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

static const struct argp_option options[] = {
    {"plugin", 'p', "FILE.so", 0, "The solver is in this shared object", 0},
    {"family", 'f', "NAME", 0, "Family of a built-in solver, when several have one of that name",
     0},
    {"limit", 'l', "TIME", 0, "Time for each rule (default: the rule's own, 20 s to 2 min)", 0},
    {"rules", 'r', "LIST", 0, "Try these rules only, such as 3,5,8-11", 0},
    {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "NAME[:key=value,...]",
    .doc =
        "Try a solver against the twenty rules of the conformance kit, each in a child process "
        "under limits.\v"
        "One line per rule: ok, not ok with the reason, or ok with # SKIP when it does not apply. "
        "Exit 0 when no rule is broken, 1 when one is.\n\n"
        "Examples:\n"
        "  rms check-solver greedy-capped\n"
        "  rms check-solver mine --plugin ./mine.so\n"
        "  rms check-solver dummy:misbehave=lie-bound --rules 5-7"};

struct tally {
  FILE *out;
  int n_planned;
  int n_good, n_skipped, n_bad;
};

static void print_finding(void *ctx, const struct rms_kit_finding *finding)
{
  struct tally *tally = ctx;
  /* Not before: what is wrong with the request is said instead. */
  if (tally->n_good + tally->n_skipped + tally->n_bad == 0)
    fprintf(tally->out, "1..%d\n", tally->n_planned);
  tally->n_good += finding->end == RMS_KIT_GOOD;
  tally->n_skipped += finding->end == RMS_KIT_SKIP;
  tally->n_bad += finding->end == RMS_KIT_BAD;
  fprintf(tally->out, "%s %d - %s", finding->end == RMS_KIT_BAD ? "not ok" : "ok", finding->number,
          finding->rule);
  if (finding->end == RMS_KIT_SKIP)
    fprintf(tally->out, " # SKIP does not apply: %s", finding->text);
  if (finding->end == RMS_KIT_BAD) fprintf(tally->out, "\n#   %s", finding->text);
  if (finding->end == RMS_KIT_GOOD && finding->text[0]) fprintf(tally->out, " (%s)", finding->text);
  fputc('\n', tally->out);
  fflush(tally->out);
}

static int count_rules(uint32_t only)
{
  return only ? __builtin_popcount(only) : RMS_KIT_RULES;
}

static int check(struct rms_cli *cli, const struct input *in, const struct rms_found_solver *found,
                 struct rms_error *err)
{
  struct tally tally = {.out = cli->out, .n_planned = count_rules(in->only)};
  int n_bad = 0;
  const struct rms_kit_options kit = {.solver = found->solver,
                                      .plugin = found->plugin,
                                      .assignments = found->assignments,
                                      .only = in->only,
                                      .seconds = in->seconds,
                                      .each = print_finding,
                                      .ctx = &tally};
  const int status = rms_kit_run(&kit, &n_bad, err);
  if (status < 0) return status;
  fprintf(cli->err, "%s: %d rules kept, %d broken, %d do not apply\n", found->solver->name,
          tally.n_good, tally.n_bad, tally.n_skipped);
  return n_bad;
}

/* A plugin that breaks rule 1 is not loaded: nothing else can be tried. */
static int refuse(struct rms_cli *cli, const struct rms_error *err)
{
  struct tally tally = {.out = cli->out, .n_planned = RMS_KIT_RULES};
  struct rms_kit_finding finding = {
      .number = 1, .rule = "declares its parameters legally", .end = RMS_KIT_BAD};
  snprintf(finding.text, sizeof finding.text, "%.500s", err->text);
  print_finding(&tally, &finding);
  fputs("Bail out! The other rules need a legal declaration.\n", cli->out);
  return tally.n_bad;
}

static int run(struct rms_cli *cli, int argc, char **argv)
{
  struct input in = {0};
  struct rms_error err = {0};
  struct rms_found_solver found = {0};
  int code;
  if (rms_cli_parse(cli, &argp, argc, argv, &in, &code) < 0) return code;
  struct rms_arena *arena = rms_arena_new();
  if (!arena) {
    rms_error_set(&err, RMS_E_NOMEM, "out of memory");
    return rms_cli_fail(cli, &err);
  }
  int status = rms_cli_find_solver(&found, in.spec, in.family, in.plugin, arena, &err);
  if (status == RMS_E_PARAM)
    status = refuse(cli, &err);
  else if (status == RMS_OK)
    status = check(cli, &in, &found, &err);
  rms_arena_free(arena);
  if (status < 0) return rms_cli_fail(cli, &err);
  return status > 0 ? RMS_EXIT_NO : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_check_solver = {
    .name = "check-solver", .doc = "try a solver against the rules of the contract", .run = run};
