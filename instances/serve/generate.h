/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generate.h - instances of `serve` from a text, the *spec*. Either options in full,
 *   services=24,machines=50,shape=real,demand=lognormal,seed=1,index=0
 * (options.h lists them) or an instance of a set (instances/sets/NAME.ini, sets.h),
 *   set=NAME,index=I,seed=S
 * to which options that the set does not vary may be added (they replace the set's own), and where
 * the ones that it varies choose a cell: set=parvagpu,scenario=2,procs=3.
 *
 * An instance is a pure function of its spec. Its random numbers are Philox with key (seed, hash of
 * the options without seed and index) and stream = index: instance i depends on no other one. */
#ifndef RMS_SERVE_GENERATE_H
#define RMS_SERVE_GENERATE_H

#include "instances/family.h"
#include "instances/serve/options.h"
#include "instances/serve/profile.h"

/* Raised whenever the same spec would give other bytes: part of every identity. */
enum { RMS_SERVE_GENERATOR_VERSION = 1 };

/* The family's four callbacks, see family.h. An expansion adds count=K (instances of each cell; of
 * each option list) and cell=GLOB (only cells whose label matches). Index I of a set with C cells
 * is instance I / C of cell I % C, whatever the count. Errors: RMS_E_FORMAT, RMS_E_UNKNOWN (nearest
 * name), RMS_E_PARAM (range), RMS_E_IO (machine file), ... */
int rms_serve_generate(struct rms_instance **result, const char *spec, struct rms_error *err);
int rms_serve_expand(const char *request, rms_spec_fn *each, void *ctx, struct rms_error *err);
int rms_serve_identify(const char *spec, struct rms_hash *hash, struct rms_error *err);
int rms_serve_setting(const char *spec, const char *key, double *value, struct rms_error *err);

/* The scenario of a spec (shape=scenario, or a set of scenarios) from given figures and goals: what
 * rms_serve_generate does with the ones inside the project. A service keeps its model's name. */
int rms_serve_scenario(struct rms_instance **result, const char *spec,
                       const struct rms_figures *figures, const struct rms_goals *goals,
                       struct rms_error *err);

#endif
