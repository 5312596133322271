/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status.h - the one error idiom: every function that can fail returns an int, 0 is good, negative
 * is an rms_status. Numbers are written out and never reused. */
#ifndef RMS_BASE_STATUS_H
#define RMS_BASE_STATUS_H

#define RMS_STATUS_MAP(X)                                                                          \
  X(RMS_OK, 0, "success")                                                                          \
  X(RMS_E_NOMEM, -1, "out of memory")                                                              \
  X(RMS_E_PARAM, -2, "parameter out of range")                                                     \
  X(RMS_E_INSTANCE, -3, "instance is not legal")                                                   \
  X(RMS_E_INTERNAL, -4, "broken invariant")                                                        \
  X(RMS_E_IO, -5, "file or folder cannot be read or written")                                      \
  X(RMS_E_FORMAT, -6, "input is not in its format")                                                \
  X(RMS_E_LIMIT, -7, "input is larger than its limit")                                             \
  X(RMS_E_UNKNOWN, -8, "no such name")                                                             \
  X(RMS_E_UNSUPPORTED, -9, "not supported")                                                        \
  X(RMS_E_USAGE, -10, "bad usage")

#define RMS_STATUS_ENUM(name, value, text) name = value,
enum rms_status { RMS_STATUS_MAP(RMS_STATUS_ENUM) };

/* Evaluate a call; on failure jump to the function's one exit. Uses the local names `status` and
 * `out`; it is the only macro that jumps. */
#define RMS_TRY(expr)                                                                              \
  do {                                                                                             \
    if ((status = (expr)) < 0) goto out;                                                           \
  } while (0)

/* The fixed text of a status; "unknown status" for a number that is none. Never NULL. */
const char *rms_status_text(int status);

#endif
