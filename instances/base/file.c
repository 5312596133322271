/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instances/base/memory.h"

enum { PIPE_PIECE = 64 << 10 };

static int io_error(struct rms_error *err, const char *path, const char *what)
{
  return rms_error_set(err, RMS_E_IO, "%s: %s: %s", path, what, strerror(errno));
}

static int too_large(struct rms_error *err, const char *path, size_t limit)
{
  return rms_error_set(err, RMS_E_LIMIT, "%s: is larger than the limit of %zu bytes", path, limit);
}

/* Read to the end; the size that fstat told is a hint only: files grow, pipes have none. */
static int read_all(int fd, const char *path, size_t limit, size_t hint, char **bytes, size_t *n,
                    struct rms_error *err)
{
  int status = RMS_OK;
  char *data = NULL;
  size_t capacity = 0, length = 0;
  for (;;) {
    const size_t need = length + 2 > hint + 2 ? length + PIPE_PIECE : hint + 2;
    if (rms_grow(&data, &capacity, need, 1) < 0)
      RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", path));
    const ssize_t got = read(fd, data + length, capacity - length - 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) RMS_TRY(io_error(err, path, "cannot read"));
    if (!got) break;
    length += (size_t)got;
    if (length > limit) RMS_TRY(too_large(err, path, limit));
  }
  data[length] = 0;
  *bytes = data;
  *n = length;
  data = NULL;
out:
  free(data);
  return status;
}

int rms_file_read(const char *path, size_t limit, char **bytes, size_t *n, struct rms_error *err)
{
  int status = RMS_OK;
  struct stat st;
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return io_error(err, path, "cannot open");
  if (fstat(fd, &st)) RMS_TRY(io_error(err, path, "cannot stat"));
  if (S_ISDIR(st.st_mode))
    RMS_TRY(rms_error_set(err, RMS_E_IO, "%s: is a folder, must be a file", path));
  const bool has_size = S_ISREG(st.st_mode) && st.st_size > 0;
  if (has_size && (uintmax_t)st.st_size > limit) RMS_TRY(too_large(err, path, limit));
  RMS_TRY(read_all(fd, path, limit, has_size ? (size_t)st.st_size : 0, bytes, n, err));
out:
  close(fd);
  return status;
}

static int write_all(int fd, const char *bytes, size_t n)
{
  while (n) {
    const ssize_t done = write(fd, bytes, n);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return -1;
    bytes += done;
    n -= (size_t)done;
  }
  return 0;
}

/* The name in the folder is durable only once the folder is. */
static void sync_folder(const char *path)
{
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%s", path);
  char *slash = strrchr(folder, '/');
  if (slash == folder)
    slash[1] = 0;
  else if (slash)
    *slash = 0;
  else
    strcpy(folder, ".");
  const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)fsync(fd); /* some file systems cannot; the file itself is safe already */
  close(fd);
}

static int write_device(const char *path, const char *bytes, size_t n, struct rms_error *err)
{
  const int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return io_error(err, path, "cannot open");
  int status = write_all(fd, bytes, n) ? io_error(err, path, "cannot write") : RMS_OK;
  if (close(fd) && !status) status = io_error(err, path, "cannot write");
  return status;
}

static bool is_below(const char *path, const char *folder)
{
  return !strncmp(path, folder, strlen(folder));
}

/* What is below /dev/shm/ are files. */
static bool is_device(const char *path, const struct stat *st, bool exists)
{
  return (is_below(path, "/dev/") && !is_below(path, "/dev/shm/")) || is_below(path, "/proc/") ||
         (exists && !S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode));
}

int rms_file_write(const char *path, const char *bytes, size_t n, struct rms_error *err)
{
  struct stat st;
  const bool exists = !stat(path, &st);
  if (is_device(path, &st, exists)) return write_device(path, bytes, n, err);
  char temporary[PATH_MAX];
  const int length = snprintf(temporary, sizeof temporary, "%s.tmp.%ld", path, (long)getpid());
  if (length < 0 || (size_t)length >= sizeof temporary)
    return rms_error_set(err, RMS_E_IO, "%s: name is too long", path);
  int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return io_error(err, path, "cannot write");
  int status = RMS_OK;
  if (exists) (void)fchmod(fd, st.st_mode & 07777);
  if (write_all(fd, bytes, n) || fsync(fd)) RMS_TRY(io_error(err, path, "cannot write"));
  const int closed = close(fd);
  fd = -1;
  if (closed || rename(temporary, path)) RMS_TRY(io_error(err, path, "cannot write"));
  sync_folder(path);
out:
  if (fd >= 0) close(fd);
  if (status) unlink(temporary);
  return status;
}

static int make_one(const char *path, struct rms_error *err)
{
  struct stat st;
  if (!mkdir(path, 0777)) return RMS_OK;
  const int why = errno;
  if (!stat(path, &st)) {
    if (S_ISDIR(st.st_mode)) return RMS_OK;
    return rms_error_set(err, RMS_E_IO, "%s: exists and is not a folder", path);
  }
  errno = why;
  return io_error(err, path, "cannot make the folder");
}

int rms_path_join(char path[PATH_MAX], const char *folder, const char *name, struct rms_error *err)
{
  const int n = snprintf(path, PATH_MAX, "%s/%s", folder, name);
  if (n > 0 && n < PATH_MAX) return RMS_OK;
  return rms_error_set(err, RMS_E_IO, "%.80s...: name is too long", folder);
}

int rms_path_of_program(char folder[PATH_MAX], struct rms_error *err)
{
  const ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
  if (n <= 0) return io_error(err, "/proc/self/exe", "cannot be read");
  folder[n] = 0;
  char *const slash = strrchr(folder, '/');
  if (slash) slash[slash == folder] = 0;
  return RMS_OK;
}

int rms_dir_make(const char *path, struct rms_error *err)
{
  char part[PATH_MAX];
  const size_t n = strlen(path);
  if (!n || n >= sizeof part) return rms_error_set(err, RMS_E_IO, "%s: not a folder name", path);
  for (size_t i = 1; i <= n; i++) {
    if (path[i] != '/' && path[i]) continue;
    memcpy(part, path, i);
    part[i] = 0;
    const int status = make_one(part, err);
    if (status) return status;
  }
  return RMS_OK;
}
