/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solvers/registry.h"

#include <ctype.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "solvers/params.h"

/* The built-in solvers, one line each: by family, then in the order of tables. */
#define SOLVERS(X)                                                                                 \
  X(rms_solver_jobs_nopart)                                                                        \
  X(rms_solver_jobs_static)                                                                        \
  X(rms_solver_jobs_optsta)                                                                        \
  X(rms_solver_jobs_mps)                                                                           \
  X(rms_solver_jobs_miso)                                                                          \
  X(rms_solver_jobs_oracle)                                                                        \
  X(rms_solver_jobs_forecast)                                                                      \
  X(rms_solver_jobs_bound_fluid)                                                                   \
  X(rms_solver_serve_full)                                                                         \
  X(rms_solver_serve_split7_dedicated)                                                             \
  X(rms_solver_serve_split7_pooled)                                                                \
  X(rms_solver_serve_mix421_dedicated)                                                             \
  X(rms_solver_serve_mix421_pooled)                                                                \
  X(rms_solver_serve_bound_free)                                                                   \
  X(rms_solver_serve_bound_lp)                                                                     \
  X(rms_solver_serve_greedy_literal)                                                               \
  X(rms_solver_serve_greedy_capped)                                                                \
  X(rms_solver_serve_greedy_endgame)                                                               \
  X(rms_solver_serve_mcts)                                                                         \
  X(rms_solver_serve_ga)                                                                           \
  X(rms_solver_serve_mig_serving)                                                                  \
  X(rms_solver_serve_mig_serving_plus)                                                             \
  X(rms_solver_serve_glpk)                                                                         \
  X(rms_solver_serve_cbc)                                                                          \
  X(rms_solver_serve_highs)                                                                        \
  X(rms_solver_serve_prices)                                                                       \
  X(rms_solver_dummy)                                                                              \
  X(rms_solver_template)

#define DECLARE(object) extern const struct rms_solver object;
SOLVERS(DECLARE)

#define ENTRY(object) &object,
const struct rms_solver *const rms_builtin_solvers[] = {SOLVERS(ENTRY) NULL};

const struct rms_solver *rms_solver_builtin(const char *family, const char *name)
{
  for (size_t i = 0; rms_builtin_solvers[i]; i++) {
    const struct rms_solver *solver = rms_builtin_solvers[i];
    if ((!family || strcmp(solver->family, family) == 0) && strcmp(solver->name, name) == 0)
      return solver;
  }
  return NULL;
}

/* ---- is it legal ---- */

static bool is_name(const char *name)
{
  size_t n = name ? strlen(name) : 0;
  return n >= 1 && n <= 63 && name[0] >= 'a' && name[0] <= 'z' &&
         strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static bool is_line(const char *text)
{
  if (!text || !*text) return false;
  for (const char *c = text; *c; c++)
    if (iscntrl((unsigned char)*c)) return false;
  return true;
}

static int check_names(const struct rms_solver *solver, struct rms_error *err)
{
  if (!is_name(solver->name))
    return rms_error_set(
        err, RMS_E_PARAM,
        "name \"%.80s\" must be a small letter, then small letters, digits and -, at most 63",
        solver->name ? solver->name : "");
  if (!is_name(solver->family))
    return rms_error_set(err, RMS_E_PARAM, "solver \"%s\": family \"%.80s\" is no name of a family",
                         solver->name, solver->family ? solver->family : "");
  if (!is_line(solver->version) || strpbrk(solver->version, " \t"))
    return rms_error_set(err, RMS_E_PARAM, "solver \"%s\": version must be one word such as 1.0",
                         solver->name);
  if (!is_line(solver->doc) || solver->doc[strlen(solver->doc) - 1] != '.')
    return rms_error_set(err, RMS_E_PARAM,
                         "solver \"%s\": doc must be one sentence with a full stop", solver->name);
  if (solver->citation && !is_line(solver->citation))
    return rms_error_set(err, RMS_E_PARAM, "solver \"%s\": citation must be one line, or NULL",
                         solver->name);
  return RMS_OK;
}

int rms_solver_check(const struct rms_solver *solver, struct rms_error *err)
{
  enum {
    ALL_FLAGS = RMS_EXACT | RMS_ANYTIME | RMS_PARALLEL | RMS_DETERMINISTIC | RMS_RANDOMISED |
                RMS_BOUND | RMS_FOREIGN_ALLOC
  };
  if (solver->abi != RMS_SOLVER_ABI)
    return rms_error_set(
        err, RMS_E_FORMAT,
        "solver was compiled for ABI %u, this program has ABI %u: compile it against the headers "
        "of this program",
        (unsigned)solver->abi, (unsigned)RMS_SOLVER_ABI);
  if (solver->size != sizeof *solver)
    return rms_error_set(
        err, RMS_E_FORMAT,
        "struct rms_solver has %u bytes in the solver and %zu in this program: compile it against "
        "the headers of this program",
        (unsigned)solver->size, sizeof *solver);
  int status = check_names(solver, err);
  if (status < 0) return status;
  if (solver->flags & ~(uint32_t)ALL_FLAGS)
    return rms_error_set(err, RMS_E_PARAM, "solver \"%s\": flags 0x%x have unknown bits",
                         solver->name, (unsigned)solver->flags);
  if (!solver->supports || !solver->open || !solver->solve || !solver->close)
    return rms_error_set(err, RMS_E_PARAM, "solver \"%s\": callback %s is missing", solver->name,
                         !solver->supports ? "supports"
                         : !solver->open   ? "open"
                         : !solver->solve  ? "solve"
                                           : "close");
  status = rms_params_check(solver->params, err);
  return status < 0 ? rms_error_where(err, "solver \"%s\"", solver->name) : RMS_OK;
}

/* ---- shared objects ---- */

/* dlopen searches for a name without a slash in the system's folders; a user means the file. */
static int file_name(const char *path, char name[PATH_MAX], struct rms_error *err)
{
  int n = snprintf(name, PATH_MAX, "%s%s", strchr(path, '/') ? "" : "./", path);
  if (n <= 0 || n >= PATH_MAX)
    return rms_error_set(err, RMS_E_IO, "plugin: the name of the file is too long");
  return RMS_OK;
}

static int find_entry(void *handle, const char *path, const struct rms_solver **solver,
                      struct rms_error *err)
{
  rms_solver_entry_fn *entry = NULL;
  void *symbol = dlsym(handle, RMS_SOLVER_ENTRY);
  if (!symbol)
    return rms_error_set(err, RMS_E_FORMAT, "%s: has no symbol %s (is it a plugin of rmsbench?)",
                         path, RMS_SOLVER_ENTRY);
  memcpy(&entry, &symbol,
         sizeof entry); /* ISO C has no cast from an object to a function pointer */
  const struct rms_solver *found = entry();
  if (!found)
    return rms_error_set(err, RMS_E_FORMAT, "%s: %s() gives no solver", path, RMS_SOLVER_ENTRY);
  int status = rms_solver_check(found, err);
  if (status < 0) {
    rms_error_where(err, "%s", path);
    return status;
  }
  *solver = found;
  return RMS_OK;
}

int rms_solver_load(const char *path, const struct rms_solver **solver, void **handle,
                    struct rms_error *err)
{
  char name[PATH_MAX];
  int status = file_name(path, name, err);
  if (status < 0) return status;
  void *opened = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!opened) {
    const char *words = dlerror();
    return rms_error_set(err, RMS_E_IO, "%s: cannot be loaded: %s", path,
                         words ? words : "unknown reason");
  }
  status = find_entry(opened, path, solver, err);
  if (status < 0) {
    dlclose(opened);
    return status;
  }
  *handle = opened;
  return RMS_OK;
}

void rms_solver_split(char *spec, const char **name, const char **assignments)
{
  char *colon = strchr(spec, ':');
  *name = spec;
  *assignments = "";
  if (!colon) return;
  *colon = '\0';
  *assignments = colon + 1;
}
