/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file.h - whole files: read with a limit, written beside and renamed, so that a full disk or a
 * kill leaves the old file or none, never half of one. */
#ifndef RMS_BASE_FILE_H
#define RMS_BASE_FILE_H

#include <limits.h>
#include <stddef.h>

#include "instances/base/error.h"

/* Read a regular file (or a pipe) of at most `limit` bytes. *bytes is malloc'ed, 0-terminated (the
 * 0 is not counted); both are untouched on error. Errors: RMS_E_IO (says why), RMS_E_LIMIT,
 * RMS_E_NOMEM. A file that is too large is refused before it is read. */
int rms_file_read(const char *path, size_t limit, char **bytes, size_t *n, struct rms_error *err);

/* Write PATH.tmp.PID, fsync, rename to PATH, fsync the folder. On failure (RMS_E_IO) the temporary
 * file is removed and PATH is as it was. The mode of a file that was there is kept; a symbolic link
 * is replaced. Devices and pipes ("/dev/null", "/dev/stdout") are written directly. */
int rms_file_write(const char *path, const char *bytes, size_t n, struct rms_error *err);

/* "FOLDER/NAME". RMS_E_IO when that is too long. */
int rms_path_join(char path[PATH_MAX], const char *folder, const char *name, struct rms_error *err);

/* The folder in which the program that runs was found, links followed. RMS_E_IO. */
int rms_path_of_program(char folder[PATH_MAX], struct rms_error *err);

/* Make a folder and its parents; existing ones are fine. RMS_E_IO. */
int rms_dir_make(const char *path, struct rms_error *err);

/* Remove everything below and including `path` is deliberately not offered. */

#endif
