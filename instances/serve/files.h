/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.h - the files of family `serve`: instance ("rms-instance/1") and plan ("rms-plan/1"),
 * FORMAT.md, and the features of an instance. The callbacks behind rms_family_serve; see family.h
 * for their contracts. */
#ifndef RMS_SERVE_FILES_H
#define RMS_SERVE_FILES_H

#include "instances/serve/plan.h"

int rms_serve_read(struct rms_instance **result, const char *path, struct rms_error *err);
int rms_serve_parse(struct rms_instance **result, const char *bytes, size_t n, const char *origin,
                    struct rms_error *err);

/* Canonical JSON: fields in fixed order, services as given, exact decimals; reading it back and
 * writing it again gives the same bytes. A machine that differs from the built-in one of its name
 * (or has none) is written along. */
int rms_serve_write(const struct rms_instance *inst, struct rms_text *text);

/* One flat JSON object. Sizes are in machines of an ideal world without rules and rounding: service
 * i needs load_i = demand_i * min over kinds (compute share of the machine / throughput). */
int rms_serve_features(const struct rms_instance *inst, struct rms_text *text);

int rms_serve_plan_file_write(const struct rms_instance *inst, const void *bytes, size_t n,
                              const struct rms_claim *claim, const char *status,
                              struct rms_text *text, struct rms_error *err);
/* A plan of status "infeasible" gives an empty plan and the claim objective[0] = INFINITY. */
int rms_serve_plan_file_read(const struct rms_instance *inst, const char *path, void **bytes,
                             size_t *n, struct rms_claim *claim, struct rms_error *err);
/* The same from bytes; `origin` names them in errors. */
int rms_serve_plan_file_parse(const struct rms_instance *inst, const char *file, size_t n_file,
                              const char *origin, void **bytes, size_t *n, struct rms_claim *claim,
                              struct rms_error *err);

#endif
