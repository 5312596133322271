/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks of MPI. Sends are non-blocking from buffers that live here; what comes is probed for, large
 * messages are received without blocking as well; the end is a non-blocking barrier: a rank that
 * waits in MPI would burn a core that a solver is timed on, and two that send to each other would
 * wait for ever. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/transport.h"

enum { TAG_LETTER = 7, TAG_PARCEL = 8, COMING_MAX = 64 };

struct mail { /* on its way, out or in */
  struct mail *next;
  MPI_Request request;
  int from;
  size_t n;
  unsigned char bytes[];
};

struct ranks {
  struct mail *leaving;
  struct mail *coming, **last; /* parcels, in the order of their arrival */
  size_t n_coming;
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

/* Forget the mail that has left. */
static int sweep_out(struct ranks *ranks, struct rms_error *err)
{
  for (struct mail **at = &ranks->leaving; *at;) {
    struct mail *mail = *at;
    int has_left = 0;
    const int code = MPI_Test(&mail->request, &has_left, MPI_STATUS_IGNORE);
    if (code) return mpi_error(ranks, code, "send", err);
    if (!has_left) {
      at = &mail->next;
      continue;
    }
    *at = mail->next;
    free(mail);
  }
  return RMS_OK;
}

static int send_mail(struct ranks *ranks, int tag, int to, const void *bytes, size_t n,
                     struct rms_error *err)
{
  struct mail *mail = malloc(sizeof *mail + n);
  if (!mail) return rms_error_set(err, RMS_E_NOMEM, "MPI: no room for a message");
  if (n) memcpy(mail->bytes, bytes, n);
  const int code = MPI_Isend(mail->bytes, (int)n, MPI_BYTE, to, tag, ranks->comm, &mail->request);
  if (code) {
    free(mail);
    return mpi_error(ranks, code, "send", err);
  }
  mail->next = ranks->leaving;
  ranks->leaving = mail;
  return sweep_out(ranks, err);
}

static int send_letter(void *self, int to, const void *bytes, size_t n, struct rms_error *err)
{
  if (n > RMS_LETTER_MAX) return rms_error_set(err, RMS_E_INTERNAL, "MPI: a letter too long");
  return send_mail(self, TAG_LETTER, to, bytes, n, err);
}

static int receive_letter(void *self, int *from, void *bytes, size_t *n, struct rms_error *err)
{
  struct ranks *ranks = self;
  MPI_Status status;
  int is_there = 0, length = 0;
  const int swept = sweep_out(ranks, err);
  if (swept) return swept;
  int code = MPI_Iprobe(MPI_ANY_SOURCE, TAG_LETTER, ranks->comm, &is_there, &status);
  if (code) return mpi_error(ranks, code, "probe", err);
  if (!is_there) return 0;
  code = MPI_Get_count(&status, MPI_BYTE, &length);
  if (code || length < 0 || length > RMS_LETTER_MAX)
    return rms_error_set(err, RMS_E_INTERNAL, "MPI: a message of %d bytes", length);
  code = MPI_Recv(bytes, length, MPI_BYTE, status.MPI_SOURCE, TAG_LETTER, ranks->comm,
                  MPI_STATUS_IGNORE);
  if (code) return mpi_error(ranks, code, "receive", err);
  *from = status.MPI_SOURCE;
  *n = (size_t)length;
  return 1;
}

/* ---- parcels ---- */

static int post(void *self, int to, const void *bytes, size_t n, struct rms_error *err)
{
  if (n > RMS_PARCEL_MAX) return rms_error_set(err, RMS_E_INTERNAL, "MPI: a parcel too long");
  return send_mail(self, TAG_PARCEL, to, bytes, n, err);
}

/* Begin to receive one parcel that has been announced. */
static int accept(struct ranks *ranks, MPI_Message *message, const MPI_Status *status,
                  struct rms_error *err)
{
  int length = 0;
  int code = MPI_Get_count(status, MPI_BYTE, &length);
  if (code || length < 0 || length > RMS_PARCEL_MAX)
    return rms_error_set(err, RMS_E_INTERNAL, "MPI: a parcel of %d bytes", length);
  struct mail *mail = malloc(sizeof *mail + (size_t)length);
  if (!mail) return rms_error_set(err, RMS_E_NOMEM, "MPI: no room for a message");
  *mail = (struct mail){.from = status->MPI_SOURCE, .n = (size_t)length};
  code = MPI_Imrecv(mail->bytes, length, MPI_BYTE, message, &mail->request);
  if (code) {
    free(mail);
    return mpi_error(ranks, code, "receive", err);
  }
  *ranks->last = mail;
  ranks->last = &mail->next;
  ranks->n_coming++;
  return RMS_OK;
}

static int accept_all(struct ranks *ranks, struct rms_error *err)
{
  while (ranks->n_coming < COMING_MAX) {
    MPI_Message message;
    MPI_Status status;
    int is_there = 0;
    const int code =
        MPI_Improbe(MPI_ANY_SOURCE, TAG_PARCEL, ranks->comm, &is_there, &message, &status);
    if (code) return mpi_error(ranks, code, "probe", err);
    if (!is_there) break;
    const int accepted = accept(ranks, &message, &status, err);
    if (accepted) return accepted;
  }
  return RMS_OK;
}

/* The first parcel, once all of it is here: 1; 0: none. */
static int take_first(struct ranks *ranks, struct mail **first, struct rms_error *err)
{
  struct mail *mail = ranks->coming;
  int is_here = 0;
  if (!mail) return 0;
  const int code = MPI_Test(&mail->request, &is_here, MPI_STATUS_IGNORE);
  if (code) return mpi_error(ranks, code, "receive", err);
  if (!is_here) return 0;
  ranks->coming = mail->next;
  if (!ranks->coming) ranks->last = &ranks->coming;
  ranks->n_coming--;
  *first = mail;
  return 1;
}

static int collect(void *self, int *from, void *bytes, size_t *n, struct rms_error *err)
{
  struct ranks *ranks = self;
  struct mail *mail = NULL;
  int status = sweep_out(ranks, err);
  if (!status) status = accept_all(ranks, err);
  if (!status) status = take_first(ranks, &mail, err);
  if (status <= 0) return status;
  if (mail->n > *n) {
    status = rms_error_set(err, RMS_E_INTERNAL, "MPI: a parcel of %zu bytes", mail->n);
  } else {
    memcpy(bytes, mail->bytes, mail->n);
    *from = mail->from;
    *n = mail->n;
  }
  free(mail);
  return status;
}

/* ---- where ranks are ---- */

static int locate(void *self, int *nodes, struct rms_error *err)
{
  struct ranks *ranks = self;
  MPI_Comm here = MPI_COMM_NULL;
  int first = 0;
  int code = MPI_Comm_rank(ranks->comm, &first);
  if (!code)
    code = MPI_Comm_split_type(ranks->comm, MPI_COMM_TYPE_SHARED, first, MPI_INFO_NULL, &here);
  if (!code) code = MPI_Bcast(&first, 1, MPI_INT, 0, here);
  if (!code) code = MPI_Allgather(&first, 1, MPI_INT, nodes, 1, MPI_INT, ranks->comm);
  if (here != MPI_COMM_NULL) MPI_Comm_free(&here);
  return code ? mpi_error(ranks, code, "nodes", err) : RMS_OK;
}

static bool is_busy(void *self)
{
  const struct ranks *ranks = self;
  return ranks->leaving || ranks->coming;
}

/* ---- the end ---- */

/* Parcels that nobody waits for any more: their senders cannot leave before they are taken. */
static int discard(struct ranks *ranks, struct rms_error *err)
{
  struct mail *mail = NULL;
  int status = accept_all(ranks, err);
  while (!status && (status = take_first(ranks, &mail, err)) == 1) {
    free(mail);
    status = RMS_OK;
  }
  return status;
}

static int finish_ranks(void *self, struct rms_error *err)
{
  const struct timespec pause = {.tv_nsec = 2000000};
  struct ranks *ranks = self;
  MPI_Request barrier = MPI_REQUEST_NULL;
  int is_over = 0, status = RMS_OK;
  while (!status && !is_over) {
    int code = 0;
    status = sweep_out(ranks, err);
    if (!status) status = discard(ranks, err);
    if (status) break;
    if (!ranks->leaving && barrier == MPI_REQUEST_NULL) code = MPI_Ibarrier(ranks->comm, &barrier);
    if (!code && barrier != MPI_REQUEST_NULL)
      code = MPI_Test(&barrier, &is_over, MPI_STATUS_IGNORE);
    if (code) return mpi_error(ranks, code, "barrier", err);
    if (!is_over) nanosleep(&pause, NULL);
  }
  return status;
}

static void forget(struct mail *list)
{
  while (list) {
    struct mail *mail = list;
    list = mail->next;
    free(mail);
  }
}

static void abort_ranks(void *self)
{
  const struct ranks *ranks = self;
  MPI_Abort(ranks->comm, 1);
}

static void close_ranks(void *self)
{
  struct ranks *ranks = self;
  if (!ranks->has_failed) MPI_Finalize();
  forget(ranks->leaving);
  forget(ranks->coming);
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

int rms_transport_mpi_open(struct rms_transport *transport, int *argc, char ***argv,
                           struct rms_error *err)
{
  struct ranks *ranks = calloc(1, sizeof *ranks);
  if (!ranks) return rms_error_set(err, RMS_E_NOMEM, "MPI: out of memory");
  struct rms_transport result = {.self = ranks,
                                 .name = "mpi",
                                 .wait_ms = 5,
                                 .lull_ms = 25,
                                 .send = send_letter,
                                 .receive = receive_letter,
                                 .post = post,
                                 .collect = collect,
                                 .locate = locate,
                                 .is_busy = is_busy,
                                 .finish = finish_ranks,
                                 .abort = abort_ranks,
                                 .close = close_ranks};
  ranks->last = &ranks->coming;
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
