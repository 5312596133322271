/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embedded.h - the project's own data files (machines, figures, sets, sweeps, templates), compiled
 * into the library by the build, so that nothing depends on where it is installed. The generated
 * table is build/.../embedded.c; names are paths from the top of the source tree. */
#ifndef RMS_BASE_EMBEDDED_H
#define RMS_BASE_EMBEDDED_H

#include <stddef.h>

struct rms_embedded {
  const char *name;           /* "instances/machines/a100-80gb.json" */
  const char *stem;           /* without folder and last extension: "a100-80gb" */
  const unsigned char *bytes; /* followed by a 0 that is not counted */
  size_t size;
};

extern const struct rms_embedded rms_embedded_files[]; /* sorted by name */
extern const size_t rms_embedded_count;

/* The file of that name, or NULL. */
const struct rms_embedded *rms_embedded_find(const char *name);

#endif
