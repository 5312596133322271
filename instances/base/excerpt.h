/* SPDX-License-Identifier: GPL-3.0-or-later */
/* excerpt.h - the few fields that somebody wants of a large JSON object, without a tree of the
 * rest. */
#ifndef RMS_BASE_EXCERPT_H
#define RMS_BASE_EXCERPT_H

#include <stdbool.h>
#include <stddef.h>

/* Put null in place of the value of each field that is not in `keep`, in place.
 *   bytes [in,out] an object as JSON text; what is passed over is only looked at for its end
 *   n     [in,out] bytes of it, not more afterwards
 *   keep  [in]     names as they stand in the text, closed by NULL
 * What is no object with balanced brackets stays as it is, for the parser to complain about. Short
 * values stay as well. Cost: one pass over the bytes, no memory. */
void rms_excerpt(char *bytes, size_t *n, const char *const *keep);

/* The same of the first bytes of an object: when all fields of `keep` are there as a whole, the
 * object is closed behind the last of them, and a 0 follows that is not counted. `bytes` has room
 * for one byte more. False: they are not, and nothing was changed. */
bool rms_excerpt_head(char *bytes, size_t *n, const char *const *keep);

#endif
