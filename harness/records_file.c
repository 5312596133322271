/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of records, piece by piece and line by line. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/records_parts.h"

enum { CHUNK = 1 << 20 };

/* The lines that are whole. *used [out] how much of the bytes they take.
 *   is_last [in] nothing follows these bytes in the file */
static int read_lines(struct rms_records_loader *in, const char *bytes, size_t n, bool is_last,
                      size_t *used)
{
  const char *const begin = bytes, *const end = bytes + n;
  for (const char *stop; bytes < end; bytes = stop + 1) {
    bool is_json = false;
    stop = memchr(bytes, '\n', (size_t)(end - bytes));
    /* Is it the last line of the file? Then it may be torn: so it waits for what comes. */
    if (!is_last && (!stop || stop + 1 == end)) break;
    in->line++;
    const int status =
        stop ? rms_records_read_line(in, bytes, (size_t)(stop - bytes), &is_json) : RMS_E_FORMAT;
    if (status == RMS_E_FORMAT && !is_json && (!stop || stop + 1 == end)) {
      in->records->n_torn++;
      bytes = end;
      break;
    }
    if (status) return status;
  }
  *used = (size_t)(bytes - begin);
  return RMS_OK;
}

static int read_chunk(struct rms_records_loader *in, int fd, char *bytes, size_t room, size_t *n)
{
  ssize_t got;
  do {
    got = read(fd, bytes, room);
  } while (got < 0 && errno == EINTR);
  if (got < 0)
    return rms_error_set(in->err, RMS_E_IO, "%s: cannot be read: %s", in->path, strerror(errno));
  *n = (size_t)got;
  return RMS_OK;
}

/* A file may be long: it is read piece by piece, the rest of a line is kept. */
static int read_stream(struct rms_records_loader *in, int fd)
{
  int status = RMS_OK;
  char *bytes = NULL;
  size_t capacity = 0, n = 0, got = 0, used = 0;
  do {
    if (rms_grow(&bytes, &capacity, n + CHUNK, 1) < 0) RMS_TRY(rms_records_no_memory(in));
    RMS_TRY(read_chunk(in, fd, bytes + n, CHUNK, &got));
    n += got;
    RMS_TRY(read_lines(in, bytes, n, !got, &used));
    n -= used;
    memmove(bytes, bytes + used, n);
  } while (got);
out:
  free(bytes);
  return status;
}

/* What was in flight; the file name begins with that of the launch. */
static int close_file(struct rms_records_loader *in)
{
  const char *slash = strrchr(in->path, '/');
  const char *base = slash ? slash + 1 : in->path;
  const char *name = rms_arena_copy(in->records->arena, base, strlen(base));
  for (size_t i = in->first_start; i < in->n_starts; i++) {
    struct rms_record_start *start = &in->starts[i];
    if (start->has_run || in->is_closed) continue;
    if (!start->is_lost) in->records->n_in_flight++;
    if (!start->is_lost) start->launch = name;
    start->is_lost = true;
  }
  return name ? RMS_OK : rms_records_no_memory(in);
}

int rms_records_read_file(struct rms_records_loader *in, const char *path)
{
  in->path = path;
  in->line = 0;
  in->has_launch = in->is_closed = false;
  in->first_start = in->n_starts;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return rms_error_set(in->err, RMS_E_IO, "%s: cannot be opened: %s", path, strerror(errno));
  int status = read_stream(in, fd);
  if (!status) status = close_file(in);
  in->records->n_files++;
  close(fd);
  return status;
}
