/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record.h"
#include "instances/base/file.h"
#include "instances/base/text.h"

int rms_cli_fail(struct rms_cli *cli, const struct rms_error *err)
{
  const char *text = err->text[0] ? err->text : rms_status_text(err->status);
  fprintf(cli->err, "rms: %s\n", text);
  const bool is_ours = err->status == RMS_E_NOMEM || err->status == RMS_E_INTERNAL || !err->status;
  return is_ours ? RMS_EXIT_INTERNAL : RMS_EXIT_INPUT;
}

enum { KEY_HELP = 'h', KEY_USAGE = 0x4001 }; /* clear of ARGP_KEY_* and of the verbs' own */

struct parse {
  struct rms_cli *cli;
  void *input;
  FILE *complaints; /* what argp_error writes: with ARGP_NO_EXIT it returns, so we look for its
                       words */
  bool is_help;
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
  (void)arg;
  struct parse *parse = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = parse->input;
    state->err_stream = parse->complaints;
    return 0;
  case KEY_HELP:
  case KEY_USAGE:
    parse->is_help = true;
    argp_state_help(state, parse->cli->out,
                    key == KEY_HELP ? ARGP_HELP_LONG | ARGP_HELP_SHORT_USAGE | ARGP_HELP_DOC
                                    : ARGP_HELP_USAGE);
    return ECANCELED; /* nothing after it is looked at */
  default: return ARGP_ERR_UNKNOWN;
  }
}

/* The first complaint alone, in one line with where to look. Of an unknown option getopt itself has
 * spoken, and only the hint is left. */
static void complain(struct rms_cli *cli, const char *words, const char *verb)
{
  const char *const hint = strstr(words, "\nTry ");
  const int length = hint ? (int)(hint - words) : (int)strcspn(words, "\n");
  if (!strncmp(words, "Try ", 4))
    fprintf(cli->err, "%s: '%s --help' lists the options\n", verb, verb);
  else
    fprintf(cli->err, "%.*s ('%s --help' says more)\n", length, words, verb);
}

int rms_cli_parse(struct rms_cli *cli, const struct argp *argp, int argc, char **argv, void *input,
                  int *code)
{
  static const struct argp_option options[] = {
      {"help", KEY_HELP, NULL, 0, "Print this help", -1},
      {"usage", KEY_USAGE, NULL, 0, "Print the options in short", -1},
      {0}};
  /* argp's own --help ends the process; ours returns, so the verb's parser becomes a child. */
  struct argp inner = *argp;
  inner.args_doc = inner.doc = NULL;
  const struct argp_child children[] = {{&inner, 0, NULL, 0}, {0}};
  const struct argp outer = {.options = options,
                             .parser = parse_common,
                             .args_doc = argp->args_doc,
                             .doc = argp->doc,
                             .children = children};
  char *words = NULL;
  size_t n_words = 0;
  struct parse parse = {.cli = cli, .input = input, .complaints = open_memstream(&words, &n_words)};
  if (!parse.complaints) {
    *code = RMS_EXIT_INTERNAL;
    return RMS_E_NOMEM;
  }
  const error_t failed = argp_parse(&outer, argc, argv, ARGP_NO_HELP | ARGP_NO_EXIT, NULL, &parse);
  fclose(parse.complaints);
  const bool is_wrong = failed || n_words;
  if (n_words && !parse.is_help) complain(cli, words, argv[0]);
  free(words);
  if (!is_wrong && !parse.is_help) return RMS_OK;
  *code = parse.is_help ? RMS_EXIT_GOOD : failed == ENOMEM ? RMS_EXIT_INTERNAL : RMS_EXIT_INPUT;
  return RMS_E_USAGE;
}

error_t rms_cli_wrong(struct argp_state *state, const char *arg, const char *fmt, ...)
{
  /* "--limit x" are two words, "--limit=x" and "-lx" are one */
  const char *const last = state->argv[state->next - 1];
  const char *const option = last == arg && state->next > 1 ? state->argv[state->next - 2] : last;
  const int length = option[1] == '-' ? (int)strcspn(option, "=") : 2;
  char wanted[256];
  va_list list;
  va_start(list, fmt);
  vsnprintf(wanted, sizeof wanted, fmt, list);
  va_end(list);
  argp_error(state, "%.*s: is '%s', must be %s", length, option, arg, wanted);
  return EINVAL;
}

static const char **place_of(const struct argp_state *state, const struct rms_cli_argument *a)
{
  return (const char **)((char *)state->input + a->offset);
}

static error_t too_many(struct argp_state *state, const struct rms_cli_argument *wanted,
                        const char *arg)
{
  struct rms_text text = {0};
  for (const struct rms_cli_argument *a = wanted; a->what; a++)
    rms_text_printf(&text, "%s%s", a == wanted ? "" : a[1].what ? ", " : " and ", a->what);
  if (text.failed) return ENOMEM;
  argp_error(state, "takes %s; '%s' is too many", text.data, arg);
  rms_text_fini(&text);
  return EINVAL;
}

static error_t too_few(struct argp_state *state, const struct rms_cli_argument *a)
{
  if (a->where)
    argp_error(state, "%s is missing (%s)", a->what, a->where);
  else
    argp_error(state, "%s is missing", a->what);
  return EINVAL;
}

error_t rms_cli_take(int key, char *arg, struct argp_state *state,
                     const struct rms_cli_argument *wanted)
{
  if (key != ARGP_KEY_ARG && key != ARGP_KEY_END) return ARGP_ERR_UNKNOWN;
  const struct rms_cli_argument *a = wanted;
  while (a->what && *place_of(state, a)) a++;
  if (key == ARGP_KEY_END) return a->what && !a->is_optional ? too_few(state, a) : 0;
  if (!a->what) return too_many(state, wanted, arg);
  *place_of(state, a) = arg;
  return 0;
}

int rms_cli_write(struct rms_cli *cli, const char *path, const char *bytes, size_t n,
                  struct rms_error *err)
{
  if (path && strcmp(path, "-")) return rms_file_write(path, bytes, n, err);
  if (fwrite(bytes, 1, n, cli->out) != n || fflush(cli->out)) cli->out_errno = errno;
  return RMS_OK;
}

void rms_cli_print_ends(FILE *out, const struct rms_records *records)
{
  size_t n[RMS_END_COUNT] = {0};
  const char *separator = "  ended:   ";
  for (size_t i = 0; i < records->n_runs; i++) n[records->runs[i].end]++;
  for (int i = 0; i < RMS_END_COUNT; i++) {
    if (!n[i]) continue;
    fprintf(out, "%s%s %zu", separator, rms_end_text((enum rms_end)i), n[i]);
    separator = ", ";
  }
  if (records->n_runs) fputc('\n', out);
}
