/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "instances/base/text.h"

/* In the order of `rms --help`: one line per verb. */
static const struct rms_verb *const verbs[] = {
    &rms_verb_check,      &rms_verb_explain,
    &rms_verb_generate,   &rms_verb_show,
    &rms_verb_machines,   &rms_verb_solve,
    &rms_verb_import,     &rms_verb_solvers,
    &rms_verb_new_solver, &rms_verb_check_solver,
    &rms_verb_run,        &rms_verb_table,
    &rms_verb_plot,       &rms_verb_report,
    &rms_verb_train,      &rms_verb_status,
    &rms_verb_retry,      &rms_verb_merge,
    &rms_verb_slurm,      &rms_verb_simulate_cluster,
    &rms_verb_paper,      NULL,
};

static struct rms_cli open_cli(void)
{
  struct winsize size = {0};
  const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
  struct rms_cli cli = {.out = stdout,
                        .err = stderr,
                        .out_is_terminal = isatty(STDOUT_FILENO) == 1,
                        .err_is_terminal = isatty(STDERR_FILENO) == 1,
                        .columns = 100};
  cli.colour =
      cli.out_is_terminal && !(no_colour && *no_colour) && !(term && !strcmp(term, "dumb"));
  if (cli.out_is_terminal && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col >= 20)
    cli.columns = size.ws_col;
  return cli;
}

static const struct rms_verb *find_verb(const char *name)
{
  for (size_t i = 0; verbs[i]; i++)
    if (!strcmp(verbs[i]->name, name)) return verbs[i];
  return NULL;
}

static int unknown_verb(struct rms_cli *cli, const char *name)
{
  const char *nearest = NULL;
  size_t best = 3;
  for (size_t i = 0; verbs[i]; i++) {
    const size_t distance = rms_text_distance(name, verbs[i]->name);
    if (distance >= best) continue;
    best = distance;
    nearest = verbs[i]->name;
  }
  struct rms_error err = {0};
  if (nearest)
    rms_error_set(&err, RMS_E_USAGE, "'%.64s' is not a verb, did you mean '%s'?", name, nearest);
  else
    rms_error_set(&err, RMS_E_USAGE, "'%.64s' is not a verb, 'rms --help' lists them", name);
  return rms_cli_fail(cli, &err);
}

static void print_help(FILE *out)
{
  fputs("Usage: rms VERB [OPTION...] [ARGUMENT...]\n"
        "Solve, check and benchmark Reconfigurable Machine Scheduling.\n\nVerbs:\n",
        out);
  for (size_t i = 0; verbs[i]; i++) fprintf(out, "  %-14s %s\n", verbs[i]->name, verbs[i]->doc);
  fputs("  help VERB      options and examples of a verb (also: rms VERB --help)\n"
        "\nrms --version prints the version.\n"
        "Exit codes: 0 good, 1 the answer is no, 2 bad usage or input, 3 internal error.\n",
        out);
}

static int run_verb(struct rms_cli *cli, const struct rms_verb *verb, int argc, char **argv)
{
  char name[64];
  snprintf(name, sizeof name, "rms %s", verb->name);
  char *const old = argv[0];
  argv[0] = name;
  const int code = verb->run(cli, argc, argv);
  argv[0] = old;
  return code;
}

static int help_verb(struct rms_cli *cli, const char *name)
{
  const struct rms_verb *verb = find_verb(name);
  if (!verb) return unknown_verb(cli, name);
  char word[] = "help", option[] = "--help";
  char *argv[] = {word, option, NULL};
  return run_verb(cli, verb, 2, argv);
}

static int dispatch(struct rms_cli *cli, int argc, char **argv)
{
  if (argc < 2) {
    print_help(cli->err);
    return RMS_EXIT_INPUT;
  }
  const char *first = argv[1];
  if (!strcmp(first, "--version") || !strcmp(first, "-V")) {
    fprintf(cli->out, "rms %s\n", RMS_VERSION);
    return RMS_EXIT_GOOD;
  }
  const bool is_help = !strcmp(first, "help");
  if (is_help && argc > 2) return help_verb(cli, argv[2]);
  if (is_help || !strcmp(first, "--help") || !strcmp(first, "-h")) {
    print_help(cli->out);
    return RMS_EXIT_GOOD;
  }
  const struct rms_verb *verb = find_verb(first);
  return verb ? run_verb(cli, verb, argc - 1, argv + 1) : unknown_verb(cli, first);
}

/* A standard stream that is closed must not become the number of a file that is opened later: what
 * is meant for the stream would go there. What is opened here in its place fails when it is used.
 */
static void occupy_streams(void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
      (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
  occupy_streams();
  struct rms_cli cli = open_cli();
  signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, reported like a full disk */
  signal(SIGXFSZ, SIG_IGN); /* so is a file that may not grow */
  int code = dispatch(&cli, argc, argv);
  /* Only here is it known whether everything has arrived. */
  if (fflush(stdout) || ferror(stdout)) {
    const int why = cli.out_errno ? cli.out_errno : errno;
    fprintf(stderr, "rms: standard output: cannot write: %s\n", strerror(why));
    if (code == RMS_EXIT_GOOD || code == RMS_EXIT_NO) code = RMS_EXIT_INPUT;
  }
  return code;
}
