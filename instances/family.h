/* SPDX-License-Identifier: GPL-3.0-or-later */
/* family.h - what the harness knows of a problem family: a const table of callbacks. The harness,
 * the command line and the conformance kit work through it and know nothing of `serve`. */
#ifndef RMS_FAMILY_H
#define RMS_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "instances/base/error.h"
#include "instances/base/hash.h"
#include "instances/base/text.h"
#include "instances/option.h"

enum { RMS_OBJECTIVES = 4 }; /* objectives are compared in order; unused ones are 0 */

struct rms_family;

/* Every family's instance begins with this (first member), so that a pointer converts both ways. */
struct rms_instance {
  const struct rms_family *family; /* constant */
  const char *name;                /* owned by the instance */
};

/* What the checker found. "verified_optimal" needs a certificate that it verified itself. */
#define RMS_VERDICT_MAP(X)                                                                         \
  X(RMS_VERDICT_WRONG_INFEASIBILITY, "wrong_infeasibility")                                        \
  X(RMS_VERDICT_INFEASIBLE_SOLUTION, "infeasible_solution")                                        \
  X(RMS_VERDICT_WRONG_OBJECTIVE, "wrong_objective")                                                \
  X(RMS_VERDICT_WRONG_BOUND, "wrong_bound")                                                        \
  X(RMS_VERDICT_BETTER_THAN_KNOWN, "better_than_known")                                            \
  X(RMS_VERDICT_UNVERIFIABLE, "unverifiable")                                                      \
  X(RMS_VERDICT_NONE, "none")                                                                      \
  X(RMS_VERDICT_VERIFIED_FEASIBLE, "verified_feasible")                                            \
  X(RMS_VERDICT_VERIFIED_OPTIMAL, "verified_optimal")
#define RMS_VERDICT_ENUM(name, text) name,
enum rms_verdict_kind { RMS_VERDICT_MAP(RMS_VERDICT_ENUM) RMS_VERDICT_COUNT };
const char *rms_verdict_text(enum rms_verdict_kind kind);             /* constant, never NULL */
int rms_verdict_parse(const char *text, enum rms_verdict_kind *kind); /* 0 or RMS_E_FORMAT */

struct rms_verdict { /* worst first: the enum's order is the worst-of order for repeats */
  enum rms_verdict_kind kind;
  double objective[RMS_OBJECTIVES]; /* recomputed */
  double bound;                     /* verified by a certificate; NAN: none */
  char why[256];                    /* one sentence when the kind is not a verified one */
};

enum { RMS_CLAIM_SOLVER_MAX = 160 }; /* bytes */

/* What a solver (or a plan file) claims about a solution. */
struct rms_claim { /* objective[0] = INFINITY: says that there is no solution */
  double objective[RMS_OBJECTIVES];
  double bound;                          /* NAN: none */
  bool is_optimal;                       /* says: nothing better exists */
  char solver[RMS_CLAIM_SOLVER_MAX + 1]; /* who says so, for titles; "": not said */
};

/* Fill in kind and why (cut to its size); the other fields stay. */
__attribute__((format(printf, 3, 4))) void
rms_verdict_set(struct rms_verdict *verdict, enum rms_verdict_kind kind, const char *fmt, ...);
/* Does the claim (may be NULL) say that there is no solution? */
bool rms_claim_is_infeasible(const struct rms_claim *claim);

/* A generated instance has a text, its *spec*: "set=NAME,index=I,seed=S", or options in full
 * "services=24,machines=50,shape=real,demand=lognormal,seed=1,...". FAMILY:SPEC is its reference.
 */
/* Take one spec and its group, both borrowed until the return. 0, or a status, which ends the
 * expansion and is returned by it. */
typedef int rms_spec_fn(void *ctx, const char *spec, const char *group);

struct rms_objective {     /* for headings and progress: "mean JCT", "s" */
  const char *name, *unit; /* unit "": none */
};

/* How a solution is drawn; zero: from the beginning, as much as fits. */
struct rms_view {
  const char *solver; /* who made it, for the title; NULL or "": nobody says */
  bool is_part;       /* only a part, of what has more machines and more time than can be drawn: */
  int64_t machine;    /* the first one */
  double from, to;    /* s; clamped to what there is */
};

/* Callbacks are pure: no global state, no clock, no MPI, any thread or process. Errors are
 * RMS_E_NOMEM and those named; *err (may be NULL) has the sentence; out parameters are untouched on
 * error. `inst` is borrowed and of this family; texts are appended to `text`, which keeps its own
 * failure. */
struct rms_family {
  const char *name, *doc;
  const char *right; /* what is true of a right solution: "the plan is legal and ..." */
  int n_objectives;  /* 1 .. RMS_OBJECTIVES */
  struct rms_objective objective; /* what objective[0] is called, where it is shown */
  double objective_step; /* objective[0] is a multiple of this (serve: 1), so that bounds round up;
                            0: none */

  /* Read from a file, or from bytes (`origin` names them in errors). RMS_E_IO, RMS_E_FORMAT (JSON
   * path), RMS_E_INSTANCE, RMS_E_LIMIT. Cost: linear in the bytes, and that of enumerating the
   * partitions of each machine.
   *   result [out] freed by free_instance */
  int (*read)(struct rms_instance **result, const char *path, struct rms_error *err);
  int (*parse)(struct rms_instance **result, const char *bytes, size_t n, const char *origin,
               struct rms_error *err);
  /* Make the instance of a generator text (without the "serve:" prefix); pure function of the text.
   * RMS_E_FORMAT, RMS_E_UNKNOWN (nearest name), RMS_E_PARAM (range), RMS_E_IO (a machine's file).
   *   result [out] freed by free_instance */
  int (*generate)(struct rms_instance **result, const char *spec, struct rms_error *err);
  /* Expand a set request "set=NAME[,count=K][,seed=S][,...]" into the canonical specs of its
   * instances, in index order; `group` is the table group (the set, or its cell). Cheap: nothing is
   * generated. Errors as of generate, and what `each` returns. */
  int (*expand)(const char *request, rms_spec_fn *each, void *ctx, struct rms_error *err);
  /* Identity of the instance that `spec` generates, without generating it: hash of the generator's
   * version, the set's definition and the canonical spec. Cheap. Errors as of generate. */
  int (*identify)(const char *spec, struct rms_hash *hash, struct rms_error *err);
  /* The number that a spec gives to the option `key`, its own or that of its set's cell, for
   * analysis. RMS_E_UNKNOWN: the spec has no such number. Cheap; may be NULL. */
  int (*setting)(const char *spec, const char *key, double *value, struct rms_error *err);
  /* The generator's options, constant, NULL past the end: help, command line and specs follow from
   * them. */
  const struct rms_option *(*option_at)(size_t i);
  /* Lines about the sets (set NULL), or about the cells of one. RMS_E_UNKNOWN names the nearest. */
  int (*list_sets)(const char *set, struct rms_text *text, struct rms_error *err);
  void (*free_instance)(struct rms_instance *inst); /* accepts NULL */

  /* The canonical JSON: what `rms generate` writes and what is hashed. Reading it gives an instance
   * that writes the same bytes. */
  int (*write)(const struct rms_instance *inst, struct rms_text *text);

  /* Judge an encoded solution against a claim (claim may be NULL: only recompute). Trusts nothing
   * in `bytes`. A wrong plan is not an error: 0 is returned and *verdict says so. RMS_E_NOMEM only.
   *   bytes, n [in] as handed to report(); n == 0: no solution */
  int (*check)(const struct rms_instance *inst, const void *bytes, size_t n,
               const struct rms_claim *claim, struct rms_verdict *verdict);

  /* Encoded solution <-> plan file. RMS_E_FORMAT when the bytes or the file are malformed or of
   * another instance; plan_read: RMS_E_IO, RMS_E_LIMIT as well.
   *   status [in]  "optimal" | "feasible" | "infeasible"
   *   bytes  [out] of plan_read: malloc'ed, the caller frees them
   *   claim  [out] of plan_read: the file's own */
  int (*plan_write)(const struct rms_instance *inst, const void *bytes, size_t n,
                    const struct rms_claim *claim, const char *status, struct rms_text *text,
                    struct rms_error *err);
  int (*plan_read)(const struct rms_instance *inst, const char *path, void **bytes, size_t *n,
                   struct rms_claim *claim, struct rms_error *err);

  /* One flat JSON object of numbers about a right solution, "{ \"name\": value, ... }", with
   * neither names nor values of a machine or clock; kept in records. May be NULL. 0 or RMS_E_NOMEM;
   * adds nothing for a wrong one. */
  int (*metrics)(const struct rms_instance *inst, const void *bytes, size_t n,
                 struct rms_text *text);

  /* Pictures of a solution (of the instance when bytes is NULL): terminal text of at most `columns`
   * columns, SVG. view NULL: as one of zeros. RMS_E_FORMAT: the bytes are malformed or refer to
   * what the instance does not have; RMS_E_UNSUPPORTED: parts make no sense here; RMS_E_PARAM: no
   * such part. Bounded whatever the size of the solution. */
  int (*draw_text)(const struct rms_instance *inst, const void *bytes, size_t n, bool colour,
                   int columns, struct rms_text *text, struct rms_error *err);
  int (*draw_svg)(const struct rms_instance *inst, const void *bytes, size_t n,
                  const struct rms_view *view, struct rms_text *text, struct rms_error *err);

  /* Features for analysis: one flat JSON object of numbers. */
  int (*features)(const struct rms_instance *inst, struct rms_text *text);

  /* Reason why no solution can exist that needs no solving ("service x runs on no slice of any
   * pool"), into why; true when there is one. */
  bool (*is_hopeless)(const struct rms_instance *inst, struct rms_error *why);
};

/* The family of that name or NULL; the i-th, NULL past the end. Constant. */
const struct rms_family *rms_family_find(const char *name);
const struct rms_family *rms_family_at(size_t i);
/* What objective[0] of that family is called; "objective" for a name that is no family's. */
struct rms_objective rms_family_objective(const char *name);

/* Open any instance: PATH, or FAMILY:SPEC (generated). Finds the family in the file's "family"
 * field.
 *   result [out] free with rms_instance_free; untouched on error
 * RMS_E_UNKNOWN: no such family; errors of the family's read and generate. */
int rms_instance_open(struct rms_instance **result, const char *reference, struct rms_error *err);
void rms_instance_free(struct rms_instance *inst); /* accepts NULL */
/* A number that says what kind of instance this is, for analysis: `name` is an option of the
 * generator's text (FAMILY:SPEC), or a feature of the instance, which is opened for it.
 * RMS_E_UNKNOWN when it has no number of that name. */
int rms_instance_number(const char *reference, const char *name, double *value,
                        struct rms_error *err);
/* Of the canonical JSON. 0 or RMS_E_NOMEM. Cost: that of writing it. */
int rms_instance_hash(const struct rms_instance *inst, struct rms_hash *hash);

#endif
