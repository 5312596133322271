/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HiGHS on the model of model.h, when a shared library of it is found at run time. It is never
 * needed: nothing of it is compiled in, and no header of it is used. What is declared here is the
 * part of its C interface (highs_c_api.h, 1.7 and later) that is called, by our own prototypes; of
 * its callback structures nothing is read but the first member of the one that HiGHS reads, since
 * their layout has changed between versions. Work: the times that HiGHS asks whether to go on. */
#include <dlfcn.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "solvers/params.h"
#include "solvers/serve/exact.h"
#include "solvers/serve/model_columns.h"

enum { /* constants of the interface */
       STATUS_OK = 0,
       MODEL_OPTIMAL = 7,
       MODEL_INFEASIBLE = 8,
       MODEL_TIME_LIMIT = 13,
       MODEL_SOLUTION_LIMIT = 16,
       MODEL_INTERRUPT = 17,
       CALLBACK_SOLUTION = 4, /* an improving solution of the integer program */
       CALLBACK_INTERRUPT = 6,
       BY_COLUMNS = 1,
       MINIMISE = 1,
       INTEGER = 1
};

typedef void highs_callback(int type, const char *message, const void *out, void *in, void *ctx);

struct library { /* of the functions, by their names without Highs_ */
  void *handle;
  void *(*create)(void);
  void (*destroy)(void *highs);
  const char *(*version)(void);
  int (*getSizeofHighsInt)(const void *highs);
  int (*setBoolOptionValue)(void *highs, const char *option, int value);
  int (*setIntOptionValue)(void *highs, const char *option, int value);
  int (*setDoubleOptionValue)(void *highs, const char *option, double value);
  int (*setStringOptionValue)(void *highs, const char *option, const char *value);
  int (*passMip)(void *highs, int n_columns, int n_rows, int n_entries, int format, int sense,
                 double offset, const double *cost, const double *lower, const double *upper,
                 const double *row_lower, const double *row_upper, const int *start,
                 const int *index, const double *value, const int *integrality);
  int (*setCallback)(void *highs, highs_callback *callback, void *ctx);
  int (*startCallback)(void *highs, int type);
  int (*run)(void *highs);
  int (*getModelStatus)(const void *highs);
  int (*getSolution)(const void *highs, double *values, double *duals, double *rows,
                     double *row_duals);
  int (*getDoubleInfoValue)(const void *highs, const char *info, double *value);
  const void *(*getCallbackDataOutItem)(const void *out, const char *item);
};

static const struct rms_param params[] = {
    RMS_EXACT_PARAMS,
    {.name = "library",
     .type = RMS_P_STRING,
     .dflt = "",
     .scale = "",
     .unit = "1",
     .doc = "File of the shared library (default: libhighs as the system finds it)."},
    {.name = NULL}};

enum { PATH_MAX_BYTES = 512 };

struct highs {
  const struct rms_serve *inst;
  struct rms_exact_settings settings;
  char path[PATH_MAX_BYTES];
  struct library library;
  /* of one run */
  struct rms_exact *exact;
};

static int open_highs(void **self, const struct rms_instance *inst, const char *const *values)
{
  const struct rms_serve *const serve = rms_serve_of(inst);
  if (!serve) return RMS_E_UNSUPPORTED;
  struct highs *const h = calloc(1, sizeof *h);
  if (!h) return RMS_E_NOMEM;
  h->inst = serve;
  h->settings = rms_exact_read(params, values);
  snprintf(h->path, sizeof h->path, "%s", rms_value_text(params, values, "library"));
  *self = h;
  return RMS_OK;
}

static void close_highs(void *self)
{
  struct highs *const h = self;
  if (h && h->library.handle) dlclose(h->library.handle);
  free(h);
}

/* ---- the library -------------------------------------------------------------------------------
 */

static void *find_library(const char *path)
{
  static const char *const names[] = {"libhighs.so.1", "libhighs.so"};
  if (*path) return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *const handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle) return handle;
  }
  return NULL;
}

/* A function's address goes through an object pointer, as dlsym has it (POSIX). */
static bool find_function(void *handle, const char *name, void *function)
{
  char symbol[64];
  snprintf(symbol, sizeof symbol, "Highs_%s", name);
  void *const address = dlsym(handle, symbol);
  memcpy(function, &address, sizeof address);
  return address != NULL;
}

/* The name of the first function that is missing, or NULL. */
static const char *find_functions(struct library *l)
{
  const struct {
    const char *name;
    void *function;
  } wanted[] = {{"create", &l->create},
                {"destroy", &l->destroy},
                {"version", &l->version},
                {"getSizeofHighsInt", &l->getSizeofHighsInt},
                {"setBoolOptionValue", &l->setBoolOptionValue},
                {"setIntOptionValue", &l->setIntOptionValue},
                {"setDoubleOptionValue", &l->setDoubleOptionValue},
                {"setStringOptionValue", &l->setStringOptionValue},
                {"passMip", &l->passMip},
                {"setCallback", &l->setCallback},
                {"startCallback", &l->startCallback},
                {"run", &l->run},
                {"getModelStatus", &l->getModelStatus},
                {"getSolution", &l->getSolution},
                {"getDoubleInfoValue", &l->getDoubleInfoValue},
                {"getCallbackDataOutItem", &l->getCallbackDataOutItem}};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    if (!find_function(l->handle, wanted[i].name, wanted[i].function)) return wanted[i].name;
  return NULL;
}

/* False, with a sentence in the log: there is no HiGHS that can be used. */
static bool load_library(struct highs *h, const struct rms_host *host)
{
  struct library *const l = &h->library;
  if (l->handle) return true;
  void *const handle = find_library(h->path);
  if (!handle) {
    const char *const why = dlerror();
    host->log(
        host->ctx, 2,
        "HiGHS is not here (%s): install a shared libhighs 1.7 or later, or name its file with "
        "highs:library=FILE; every other solver works without it",
        why ? why : "not found");
    return false;
  }
  l->handle = handle;
  const char *const missing = find_functions(l);
  if (!missing) return true;
  host->log(host->ctx, 2, "this HiGHS has no function Highs_%s: version 1.7 or later is wanted",
            missing);
  dlclose(handle);
  l->handle = NULL;
  return false;
}

/* ---- solving -----------------------------------------------------------------------------------
 */

static void callback(int type, const char *message, const void *out, void *in, void *ctx)
{
  struct highs *const h = ctx;
  (void)message;
  if (type == CALLBACK_SOLUTION) {
    const double *const values = h->library.getCallbackDataOutItem(out, "mip_solution");
    if (values) rms_exact_offer(h->exact, values);
  }
  const double *const bound = h->library.getCallbackDataOutItem(out, "mip_dual_bound");
  if (bound && isfinite(*bound)) rms_exact_bound(h->exact, *bound);
  if (in && rms_exact_tick(h->exact, 1)) *(int *)in = 1;
}

static bool set_options(const struct highs *h, void *highs)
{
  const struct library *const l = &h->library;
  const struct rms_host *const host = h->exact->host;
  const double seconds = host->seconds_left(host->ctx);
  const uint64_t work = host->work_left(host->ctx);
  bool is_good = l->setBoolOptionValue(highs, "output_flag", 0) == STATUS_OK &&
                 l->setStringOptionValue(highs, "parallel", "off") == STATUS_OK &&
                 l->setIntOptionValue(highs, "threads", 1) == STATUS_OK &&
                 l->setDoubleOptionValue(highs, "mip_rel_gap", 0) == STATUS_OK;
  if (isfinite(seconds))
    is_good =
        is_good && l->setDoubleOptionValue(highs, "time_limit", fmax(seconds, 0.01)) == STATUS_OK;
  if (work < INT_MAX)
    is_good =
        is_good && l->setIntOptionValue(highs, "mip_max_nodes", work ? (int)work : 1) == STATUS_OK;
  return is_good;
}

static int pass(const struct highs *h, void *highs)
{
  const struct rms_model *const model = h->exact->model;
  struct rms_model_columns m;
  int status = rms_model_columns_init(&m, model);
  if (status < 0) return status;
  int *const integrality = malloc((model->n_columns + 1) * sizeof *integrality);
  status = RMS_E_NOMEM;
  if (integrality) {
    for (size_t j = 0; j < model->n_columns; j++) integrality[j] = INTEGER;
    status = h->library.passMip(highs, (int)model->n_columns, (int)model->n_rows,
                                m.start[model->n_columns], BY_COLUMNS, MINIMISE, 0, m.cost, m.lower,
                                m.upper, m.row_lower, m.row_upper, m.start, m.row, m.value,
                                integrality) < 0
                 ? RMS_EXACT_FAILED
                 : RMS_OK;
  }
  free(integrality);
  rms_model_columns_fini(&m);
  return status;
}

static int take_result(struct highs *h, const void *highs)
{
  const struct library *const l = &h->library;
  double value = NAN;
  const int status = l->getModelStatus(highs);
  if (status == MODEL_INFEASIBLE) return RMS_EXACT_NONE;
  if (status == MODEL_OPTIMAL) {
    if (l->getSolution(highs, h->exact->values, NULL, NULL, NULL) < 0) return RMS_EXACT_FAILED;
    rms_exact_offer(h->exact, h->exact->values);
  }
  if (l->getDoubleInfoValue(highs, "mip_dual_bound", &value) >= 0 && isfinite(value))
    rms_exact_bound(h->exact, value);
  if (status == MODEL_OPTIMAL) return RMS_EXACT_SOLVED;
  const bool is_limit =
      status == MODEL_TIME_LIMIT || status == MODEL_SOLUTION_LIMIT || status == MODEL_INTERRUPT;
  return is_limit ? RMS_EXACT_STOPPED : RMS_EXACT_FAILED;
}

static int run(void *self, struct rms_exact *exact)
{
  struct highs *const h = self;
  const struct library *const l = &h->library;
  h->exact = exact;
  if (rms_exact_tick(exact, 0)) return RMS_EXACT_STOPPED;
  void *const highs = l->create();
  if (!highs) return RMS_E_NOMEM;
  int end = RMS_EXACT_FAILED;
  if (l->getSizeofHighsInt(highs) == (int)sizeof(int) && set_options(h, highs))
    end = pass(h, highs);
  if (end == RMS_OK) {
    l->setCallback(highs, callback, h);
    l->startCallback(highs, CALLBACK_SOLUTION);
    l->startCallback(highs, CALLBACK_INTERRUPT);
    end = l->run(highs) < 0 ? (int)RMS_EXACT_FAILED : take_result(h, highs);
  }
  l->destroy(highs);
  return end;
}

static int solve(void *self, const struct rms_host *host)
{
  struct highs *const h = self;
  if (!load_library(h, host)) return RMS_UNSUPPORTED;
  host->log(host->ctx, 0, "HiGHS %s", h->library.version());
  return rms_exact_solve(h->inst, host, &h->settings, run, h);
}

const struct rms_solver rms_solver_serve_highs = {
    .abi = RMS_SOLVER_ABI,
    .size = sizeof(struct rms_solver),
    .name = "highs",
    .version = "1",
    .doc = "Compact integer program by HiGHS, where its shared library is found at run time.",
    .citation = "Q. Huangfu, J. A. J. Hall, Parallelizing the dual revised simplex method, "
                "Mathematical Programming Computation 10 (2018)",
    .family = "serve",
    .flags = RMS_EXACT | RMS_ANYTIME | RMS_DETERMINISTIC | RMS_FOREIGN_ALLOC,
    .params = params,
    .supports = rms_exact_supports,
    .open = open_highs,
    .solve = solve,
    .close = close_highs};
