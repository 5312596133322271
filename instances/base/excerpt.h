/* SPDX-License-Identifier: GPL-3.0-or-later */
/* excerpt.h - the few fields that somebody wants of a large JSON object, without a tree of the
 * rest. */
#ifndef RMS_BASE_EXCERPT_H
#define RMS_BASE_EXCERPT_H

#include <stddef.h>

/* Put null in place of the value of each field that is not in `keep`, in place.
 *   bytes [in,out] an object as JSON text; what is passed over is only looked at for its end
 *   n     [in,out] bytes of it, not more afterwards
 *   keep  [in]     names as they stand in the text, closed by NULL
 * What is no object with balanced brackets stays as it is, for the parser to complain about. Short
 * values stay as well. Cost: one pass over the bytes, no memory. */
void rms_excerpt(char *bytes, size_t *n, const char *const *keep);

#endif
