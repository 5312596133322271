/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/clock.h"
#include "instances/base/file.h"

static const double sync_every = 1; /* seconds */

struct rms_journal {
  int fd;
  off_t length; /* of whole lines */
  bool is_dirty;
  double synced; /* monotonic seconds */
  struct rms_error failure;
  struct rms_text line;
  char *closing; /* malloc'ed, NULL: nothing */
  char path[PATH_MAX];
};

static int fail(struct rms_journal *journal, const char *what, struct rms_error *err)
{
  rms_error_set(&journal->failure, RMS_E_IO, "%s: %s: %s", journal->path, what, strerror(errno));
  return rms_error_set(err, RMS_E_IO, "%s", journal->failure.text);
}

static int sync_now(struct rms_journal *journal, struct rms_error *err)
{
  if (!journal->is_dirty) return RMS_OK;
  if (fdatasync(journal->fd)) return fail(journal, "cannot be synced", err);
  journal->is_dirty = false;
  journal->synced = rms_clock();
  return RMS_OK;
}

/* One line by one write. What a short write has left behind is cut off again, so that the file ends
 * with a whole line even when the disk is full. */
static int put_line(struct rms_journal *journal, struct rms_error *err)
{
  const struct rms_text *line = &journal->line;
  if (journal->failure.status) return rms_error_set(err, RMS_E_IO, "%s", journal->failure.text);
  if (rms_text_status(line))
    return rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", journal->path);
  ssize_t done = 0;
  for (size_t at = 0; at < line->length; at += (size_t)done) {
    done = write(journal->fd, line->data + at, line->length - at);
    if (done < 0 && errno == EINTR) {
      done = 0;
      continue;
    }
    if (done > 0) continue;
    const int why = done ? errno : ENOSPC;
    if (ftruncate(journal->fd, journal->length)) errno = why;
    errno = why;
    return fail(journal, "cannot be written", err);
  }
  journal->length += (off_t)line->length;
  journal->is_dirty = true;
  return RMS_OK;
}

static int open_file(struct rms_journal *journal, const char *run_folder, const char *launch,
                     int64_t rank, struct rms_error *err)
{
  const int n = snprintf(journal->path, sizeof journal->path, "%s/records", run_folder);
  if (n < 0 || (size_t)n + 200 > sizeof journal->path)
    return rms_error_set(err, RMS_E_IO, "%s: name is too long", run_folder);
  const int status = rms_dir_make(journal->path, err);
  if (status) return status;
  const int folder = open(journal->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  snprintf(journal->path + n, sizeof journal->path - (size_t)n, "/%.150s.%04" PRId64 ".jsonl",
           launch, rank);
  journal->fd = open(journal->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  const int why = errno;
  if (folder >= 0) {
    (void)fsync(folder);
    close(folder);
  }
  errno = why;
  return journal->fd < 0 ? fail(journal, "cannot be made", err) : RMS_OK;
}

int rms_journal_open(struct rms_journal **result, const char *run_folder, const char *launch,
                     int64_t rank, const char *launch_line, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_journal *journal = calloc(1, sizeof *journal);
  if (!journal) return rms_error_set(err, RMS_E_NOMEM, "%s: out of memory", run_folder);
  journal->fd = -1;
  RMS_TRY(open_file(journal, run_folder, launch, rank, err));
  rms_text_printf(&journal->line, "%s\n", launch_line);
  RMS_TRY(put_line(journal, err));
  RMS_TRY(sync_now(journal, err));
  *result = journal;
  journal = NULL;
out:
  if (journal) {
    if (journal->fd >= 0) close(journal->fd);
    rms_text_fini(&journal->line);
    free(journal);
  }
  return status;
}

static void add_job(struct rms_journal *journal, const char *type, struct rms_hash job,
                    int64_t attempt)
{
  char digits[RMS_HASH_TEXT];
  rms_hash_print(job, digits);
  rms_text_clear(&journal->line);
  rms_text_printf(&journal->line, "{\"type\":\"%s\",\"job\":\"%s\",\"attempt\":%" PRId64, type,
                  digits, attempt);
}

int rms_journal_start(struct rms_journal *journal, struct rms_hash job, int64_t attempt,
                      struct rms_error *err)
{
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t); /* for people: nothing is decided by it */
  add_job(journal, "start", job, attempt);
  rms_text_printf(&journal->line, ",\"started\":%lld.%03ld}\n", (long long)t.tv_sec,
                  t.tv_nsec / 1000000);
  return put_line(journal, err);
}

int rms_journal_lost(struct rms_journal *journal, struct rms_hash job, int64_t attempt,
                     struct rms_error *err)
{
  add_job(journal, "lost", job, attempt);
  rms_text_add(&journal->line, "}\n");
  return put_line(journal, err);
}

int rms_journal_run(struct rms_journal *journal, const struct rms_run *run, struct rms_error *err)
{
  rms_text_clear(&journal->line);
  int status = rms_run_write(run, true, &journal->line);
  if (status == RMS_E_INTERNAL)
    return rms_error_set(err, status, "%s: trace too long", journal->path);
  status = put_line(journal, err);
  return status ? status : rms_journal_tick(journal, err);
}

int rms_journal_tick(struct rms_journal *journal, struct rms_error *err)
{
  if (journal->failure.status || !journal->is_dirty) return RMS_OK;
  return rms_clock() - journal->synced < sync_every ? RMS_OK : sync_now(journal, err);
}

void rms_journal_add_closing(struct rms_journal *journal, const char *members)
{
  free(journal->closing);
  journal->closing = members ? strdup(members) : NULL;
}

int rms_journal_close(struct rms_journal *journal, struct rms_error *err)
{
  if (!journal) return RMS_OK;
  int status = RMS_OK;
  if (!journal->failure.status) {
    rms_text_clear(&journal->line);
    rms_text_printf(&journal->line, "{\"type\":\"closed\"%s%s}\n", journal->closing ? "," : "",
                    journal->closing ? journal->closing : "");
    status = put_line(journal, err);
    if (!status) status = sync_now(journal, err);
  }
  if (close(journal->fd) && !status) status = fail(journal, "cannot be closed", err);
  rms_text_fini(&journal->line);
  free(journal->closing);
  free(journal);
  return status;
}
