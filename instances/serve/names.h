/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.h - services by name: a hash table over the names of an array of services, which it
 * borrows. */
#ifndef RMS_SERVE_NAMES_H
#define RMS_SERVE_NAMES_H

#include "instances/serve/serve.h"

struct rms_serve_names { /* free with rms_serve_names_fini */
  const struct rms_serve_service *services;
  size_t n, mask;
  uint32_t *slots;
};

/* Index the names of n services. RMS_E_NOMEM; RMS_E_INSTANCE when a name stands twice: then *first
 * and *second are the two (may be NULL). Cost: O(n). */
int rms_serve_names_init(struct rms_serve_names *names, const struct rms_serve_service *services,
                         size_t n, size_t *first, size_t *second);
void rms_serve_names_fini(struct rms_serve_names *names); /* accepts a zeroed one */

/* Index of the service, or UINT32_MAX. */
uint32_t rms_serve_names_find(const struct rms_serve_names *names, const char *name);

/* The nearest name, for "did you mean"; NULL when there is no service. Cost: O(n). */
const char *rms_serve_names_nearest(const struct rms_serve_names *names, const char *name);

#endif
