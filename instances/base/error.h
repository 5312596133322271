/* SPDX-License-Identifier: GPL-3.0-or-later */
/* error.h - what went wrong, for a person: where (file, line or JSON path), what is wrong, what
 * would be right. Fixed size and owned by the caller, so that "out of memory" allocates nothing. */
#ifndef RMS_BASE_ERROR_H
#define RMS_BASE_ERROR_H

#include "instances/base/status.h"

enum { RMS_ERROR_TEXT = 768 };

struct rms_error {
  int status;                /* enum rms_status; RMS_OK while nothing went wrong */
  char text[RMS_ERROR_TEXT]; /* one line, UTF-8, no newline at the end; cut when too long */
};

/* Fill *err and return `status`, so that a failing function ends in
 * `return rms_error_set(err, RMS_E_FORMAT, "%s: ...", path)`.
 *   err  [out] may be NULL: then only the status is returned. Control characters of the formatted
 *        text are replaced by '?', because parts of it come from hostile input. */
__attribute__((format(printf, 3, 4))) int rms_error_set(struct rms_error *err, int status,
                                                        const char *fmt, ...);

/* Put "WHERE: " before the text that *err has already. Returns err->status (or RMS_E_INTERNAL when
 * err is NULL or empty). */
__attribute__((format(printf, 2, 3))) int rms_error_where(struct rms_error *err, const char *fmt,
                                                          ...);

#endif
