/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms slurm SWEEP.ini - a batch script for Slurm that runs a sweep and may be submitted, warned,
 * cancelled and submitted again at will: the work to do is always what has no record yet. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/faults.h"
#include "harness/cli/cli.h"
#include "harness/sweep.h"

struct options {
  const char *sweep, *run, *output, *partition, *account, *memory, *launcher;
  int64_t nodes, ranks, array;
  double time, warning;
  bool is_chained; /* goes back into the queue by itself while something is left */
};

enum {
  KEY_RANKS = 0x100,
  KEY_ARRAY,
  KEY_WARNING,
  KEY_REQUEUE,
  KEY_ACCOUNT,
  KEY_MEMORY,
  KEY_LAUNCHER,
  KEY_SCRIPT
};

static error_t parse_count(struct argp_state *state, const char *arg, int64_t *value)
{
  if (!rms_parse_int(arg, value) && *value >= 1 && *value <= 1000000) return 0;
  return rms_cli_wrong(state, arg, "a whole number from 1 to 1000000");
}

static error_t parse_time(struct argp_state *state, const char *arg, double *value)
{
  if (!rms_parse_seconds(arg, value) && *value >= 1 && *value <= 31536000) return 0;
  return rms_cli_wrong(state, arg, "a time from 1s to a year, such as 90s, 30m or 12h");
}

/* Words that go into the script as they are. */
static error_t parse_word(struct argp_state *state, const char *arg, const char **word)
{
  static const char legal[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-,+:";
  *word = arg;
  if (*arg && strspn(arg, legal) == strlen(arg)) return 0;
  return rms_cli_wrong(state, arg, "one plain word");
}

static error_t parse_launcher(struct argp_state *state, const char *arg, const char **launcher)
{
  *launcher = arg;
  if (!strcmp(arg, "mpirun") || !strcmp(arg, "srun")) return 0;
  return rms_cli_wrong(state, arg, "mpirun or srun");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  static const struct rms_cli_argument wanted[] = {
      {offsetof(struct options, sweep), "a sweep", "a file, or the name of a built-in one", false},
      {0}};
  struct options *o = state->input;
  switch (key) {
  case 'o': o->run = arg; return 0;
  case 'N': return parse_count(state, arg, &o->nodes);
  case 'p': return parse_word(state, arg, &o->partition);
  case 't': return parse_time(state, arg, &o->time);
  case KEY_RANKS: return parse_count(state, arg, &o->ranks);
  case KEY_ARRAY: return parse_count(state, arg, &o->array);
  case KEY_WARNING: return parse_time(state, arg, &o->warning);
  case KEY_REQUEUE: o->is_chained = true; return 0;
  case KEY_ACCOUNT: return parse_word(state, arg, &o->account);
  case KEY_MEMORY: return parse_word(state, arg, &o->memory);
  case KEY_LAUNCHER: return parse_launcher(state, arg, &o->launcher);
  case KEY_SCRIPT: o->output = arg; return 0;
  default: return rms_cli_take(key, arg, state, wanted);
  }
}

static void add_time(struct rms_text *text, double seconds)
{
  const long long s = (long long)ceil(seconds);
  rms_text_printf(text, "#SBATCH --time=%lld:%02lld:%02lld\n", s / 3600, s / 60 % 60, s % 60);
}

static void add_directives(struct rms_text *text, const struct options *o, const char *name)
{
  rms_text_printf(text, "#!/bin/bash\n#SBATCH --job-name=%s\n", name);
  if (o->partition) rms_text_printf(text, "#SBATCH --partition=%s\n", o->partition);
  if (o->account) rms_text_printf(text, "#SBATCH --account=%s\n", o->account);
  rms_text_printf(text, "#SBATCH --nodes=%lld\n#SBATCH --ntasks-per-node=%lld\n",
                  (long long)o->nodes, (long long)o->ranks);
  rms_text_add(text, "#SBATCH --cpus-per-task=1\n");
  if (o->memory) rms_text_printf(text, "#SBATCH --mem-per-cpu=%s\n", o->memory);
  add_time(text, o->time);
  if (o->array) {
    rms_text_add(text, "# One after the other: each goes on where the one before it has ended.\n");
    rms_text_printf(text, "#SBATCH --array=1-%lld%%1\n", (long long)o->array);
  }
  rms_text_add(text,
               "# A lost node puts the job back into the queue; nothing that is finished runs "
               "twice.\n#SBATCH --requeue\n#SBATCH --open-mode=append\n");
  rms_text_printf(text,
                  "# %.6g s before the limit: no more jobs are begun, those that run may end.\n"
                  "#SBATCH --signal=B:USR1@%lld\n",
                  o->warning, (long long)ceil(o->warning));
}

static void add_command(struct rms_text *text, const struct options *o, const char *rms,
                        const char *sweep)
{
  rms_text_add(text, "\nset -u\n");
  rms_text_add(text, !strcmp(o->launcher, "srun")
                         ? "srun --cpu-bind=none "
                         : "mpirun --bind-to none --mca odls_base_sigkill_timeout 3 ");
  rms_shell_word(text, rms);
  rms_text_add(text, " run ");
  rms_shell_word(text, sweep);
  rms_text_add(text, " -o ");
  rms_shell_word(text, o->run);
  /* The last seconds before the limit are for closing files. */
  rms_text_printf(text, " --wind-down=%.6gs &\nlauncher=$!\n", fmax(1, 0.75 * o->warning));
  rms_text_add(text, "trap 'kill -USR1 $launcher' USR1\n"
                     "trap 'kill -TERM $launcher' TERM\n"
                     "while kill -0 \"$launcher\" 2>/dev/null; do wait \"$launcher\"; done\n"
                     "wait \"$launcher\"\n"
                     "status=$?\n");
  if (o->is_chained)
    rms_text_add(text, "# 1: something is left, and that is no error: back into the queue.\n"
                       "[ \"$status\" -ne 1 ] || scontrol requeue \"$SLURM_JOB_ID\"\n");
  rms_text_add(text, "exit \"$status\"\n");
}

/* The program and the sweep as a batch job sees them, wherever it starts. */
static int find_paths(const char *sweep, char rms[PATH_MAX], char file[PATH_MAX],
                      struct rms_error *err)
{
  const ssize_t n = readlink("/proc/self/exe", rms, PATH_MAX - 1);
  if (n <= 0)
    return rms_error_set(err, RMS_E_IO, "/proc/self/exe: cannot read: %s", strerror(errno));
  rms[n] = 0;
  if (!realpath(sweep, file))
    snprintf(file, PATH_MAX, "%s", sweep); /* the name of a built-in one */
  return RMS_OK;
}

static int write_script(struct rms_cli *cli, struct options *o, struct rms_error *err)
{
  char rms[PATH_MAX], file[PATH_MAX], folder[PATH_MAX];
  struct rms_sweep *sweep = NULL;
  struct rms_text text = {0};
  int status = RMS_OK;
  RMS_TRY(rms_sweep_open(&sweep, o->sweep, NULL, 0, err));
  if (o->time <= o->warning)
    RMS_TRY(rms_error_set(err, RMS_E_USAGE,
                          "--time=%.6gs is not above --warning=%.6gs: nothing could be done",
                          o->time, o->warning));
  RMS_TRY(find_paths(o->sweep, rms, file, err));
  snprintf(folder, sizeof folder, "out/%.200s", sweep->name);
  if (!o->run) o->run = folder;
  add_directives(&text, o, sweep->name);
  add_command(&text, o, rms, file);
  if (rms_text_status(&text)) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "script: out of memory"));
  RMS_TRY(rms_cli_write(cli, o->output, text.data, text.length, err));
out:
  rms_text_fini(&text);
  rms_sweep_free(sweep);
  return status;
}

static int verb_slurm(struct rms_cli *cli, int argc, char **argv)
{
  static const struct argp_option options[] = {
      {"output", 'o', "RUN", 0, "Folder of the run, on a file system all nodes share (out/NAME)",
       0},
      {"script", KEY_SCRIPT, "FILE", 0, "Write the script to FILE instead of standard output", 0},
      {"nodes", 'N', "N", 0, "Nodes (default 1)", 0},
      {"ranks-per-node", KEY_RANKS, "N", 0, "Ranks, and so solvers at a time, a node (default 1)",
       0},
      {"time", 't', "TIME", 0, "Limit of the allocation (default 1h)", 0},
      {"partition", 'p', "NAME", 0, "Partition", 0},
      {"account", KEY_ACCOUNT, "NAME", 0, "Account", 0},
      {"mem-per-cpu", KEY_MEMORY, "SIZE", 0, "As Slurm writes it: 4G", 0},
      {"array", KEY_ARRAY, "N", 0,
       "N allocations, one after the other, each going on where the last ended", 0},
      {"requeue", KEY_REQUEUE, NULL, 0, "Back into the queue by itself while something is left", 0},
      {"warning", KEY_WARNING, "TIME", 0, "Wind down this long before the limit (default 120s)", 0},
      {"launcher", KEY_LAUNCHER, "NAME", 0, "mpirun (default) or srun", 0},
      {0}};
  static const struct argp argp = {
      .options = options,
      .parser = parse_option,
      .args_doc = "SWEEP.ini",
      .doc = "Write a batch script for Slurm that runs a sweep inside one allocation: thousands of "
             "jobs cost the scheduler one. It may be warned, cancelled, requeued and submitted "
             "again; every launch does what has no record yet.\vExamples:\n"
             "  rms slurm sweep.ini -N 4 --ranks-per-node 32 -t 12h -o /shared/run | sbatch\n"
             "  rms slurm sweep.ini -N 1 -t 1h --array 8 --script sweep.sbatch\n"
             "  rms slurm sweep.ini -N 2 -t 1h --requeue | sbatch\n"};
  struct options o = {.nodes = 1, .ranks = 1, .time = 3600, .warning = 120, .launcher = "mpirun"};
  struct rms_error err = {0};
  int code = RMS_EXIT_GOOD;
  if (rms_cli_parse(cli, &argp, argc, argv, &o, &code) < 0) return code;
  return write_script(cli, &o, &err) < 0 ? rms_cli_fail(cli, &err) : RMS_EXIT_GOOD;
}

const struct rms_verb rms_verb_slurm = {"slurm", "write a batch script for Slurm", verb_slurm};
