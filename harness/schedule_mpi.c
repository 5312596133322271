/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks of MPI. Sends are non-blocking from buffers that live here, receives are probed for, the
 * end is a non-blocking barrier: a rank that waits in MPI would burn a core that a solver is timed
 * on. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/transport.h"

enum { TAG = 7 };

struct letter { /* on its way */
  struct letter *next;
  MPI_Request request;
  unsigned char bytes[RMS_LETTER_MAX];
};

struct ranks {
  struct letter *letters;
  MPI_Comm comm;
  bool has_failed;
};

static int mpi_error(struct ranks *ranks, int code, const char *what, struct rms_error *err)
{
  char text[MPI_MAX_ERROR_STRING] = "";
  int n = 0;
  if (ranks) ranks->has_failed = true;
  MPI_Error_string(code, text, &n);
  return rms_error_set(err, RMS_E_IO, "MPI: %s: %s", what, text);
}

/* Forget the letters that have left. */
static int sweep_out(struct ranks *ranks, struct rms_error *err)
{
  for (struct letter **at = &ranks->letters; *at;) {
    struct letter *letter = *at;
    int has_left = 0;
    const int code = MPI_Test(&letter->request, &has_left, MPI_STATUS_IGNORE);
    if (code) return mpi_error(ranks, code, "send", err);
    if (!has_left) {
      at = &letter->next;
      continue;
    }
    *at = letter->next;
    free(letter);
  }
  return RMS_OK;
}

static int send_letter(void *self, int to, const void *bytes, size_t n, struct rms_error *err)
{
  struct ranks *ranks = self;
  struct letter *letter = n > RMS_LETTER_MAX ? NULL : malloc(sizeof *letter);
  if (!letter) return rms_error_set(err, RMS_E_NOMEM, "MPI: no room for a message");
  memcpy(letter->bytes, bytes, n);
  const int code =
      MPI_Isend(letter->bytes, (int)n, MPI_BYTE, to, TAG, ranks->comm, &letter->request);
  if (code) {
    free(letter);
    return mpi_error(ranks, code, "send", err);
  }
  letter->next = ranks->letters;
  ranks->letters = letter;
  return sweep_out(ranks, err);
}

static int receive_letter(void *self, int *from, void *bytes, size_t *n, struct rms_error *err)
{
  struct ranks *ranks = self;
  MPI_Status status;
  int is_there = 0, length = 0;
  const int swept = sweep_out(ranks, err);
  if (swept) return swept;
  int code = MPI_Iprobe(MPI_ANY_SOURCE, TAG, ranks->comm, &is_there, &status);
  if (code) return mpi_error(ranks, code, "probe", err);
  if (!is_there) return 0;
  code = MPI_Get_count(&status, MPI_BYTE, &length);
  if (code || length < 0 || length > RMS_LETTER_MAX)
    return rms_error_set(err, RMS_E_INTERNAL, "MPI: a message of %d bytes", length);
  code = MPI_Recv(bytes, length, MPI_BYTE, status.MPI_SOURCE, TAG, ranks->comm, MPI_STATUS_IGNORE);
  if (code) return mpi_error(ranks, code, "receive", err);
  *from = status.MPI_SOURCE;
  *n = (size_t)length;
  return 1;
}

static int finish_ranks(void *self, struct rms_error *err)
{
  const struct timespec pause = {.tv_nsec = 2000000};
  struct ranks *ranks = self;
  MPI_Request barrier;
  int is_over = 0, status = RMS_OK;
  while (ranks->letters && !(status = sweep_out(ranks, err)))
    if (ranks->letters) nanosleep(&pause, NULL);
  if (status) return status;
  int code = MPI_Ibarrier(ranks->comm, &barrier);
  while (!code && !is_over) {
    code = MPI_Test(&barrier, &is_over, MPI_STATUS_IGNORE);
    if (!code && !is_over) nanosleep(&pause, NULL);
  }
  return code ? mpi_error(ranks, code, "barrier", err) : RMS_OK;
}

static void close_ranks(void *self)
{
  struct ranks *ranks = self;
  if (!ranks->has_failed) MPI_Finalize();
  while (ranks->letters) {
    struct letter *letter = ranks->letters;
    ranks->letters = letter->next;
    free(letter);
  }
  free(ranks);
}

static void read_version(struct rms_transport *transport)
{
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int n = 0;
  MPI_Get_library_version(text, &n);
  text[strcspn(text, ",\n")] = 0;
  snprintf(transport->version, sizeof transport->version, "%.200s", text);
}

int rms_transport_mpi(struct rms_transport *transport, int *argc, char ***argv,
                      struct rms_error *err)
{
  struct ranks *ranks = calloc(1, sizeof *ranks);
  if (!ranks) return rms_error_set(err, RMS_E_NOMEM, "MPI: out of memory");
  struct rms_transport result = {.self = ranks,
                                 .name = "mpi",
                                 .wait_ms = 5,
                                 .send = send_letter,
                                 .receive = receive_letter,
                                 .finish = finish_ranks,
                                 .close = close_ranks};
  int code = MPI_Init(argc, argv);
  ranks->comm = MPI_COMM_WORLD;
  if (!code) code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (!code) code = MPI_Comm_rank(MPI_COMM_WORLD, &result.rank);
  if (!code) code = MPI_Comm_size(MPI_COMM_WORLD, &result.size);
  if (code) {
    free(ranks);
    return mpi_error(NULL, code, "start", err);
  }
  read_version(&result);
  *transport = result;
  return RMS_OK;
}
