/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One rank alone: what it sends to itself comes back in order. */
#include <stdlib.h>
#include <string.h>

#include "harness/transport.h"

struct letter {
  struct letter *next;
  size_t n;
  unsigned char bytes[RMS_LETTER_MAX];
};

struct loop {
  struct letter *first, **last;
};

static int send_letter(void *self, int to, const void *bytes, size_t n, struct rms_error *err)
{
  struct loop *loop = self;
  if (to != 0 || n > RMS_LETTER_MAX)
    return rms_error_set(err, RMS_E_INTERNAL, "local: no such rank or message too long");
  struct letter *letter = malloc(sizeof *letter);
  if (!letter) return rms_error_set(err, RMS_E_NOMEM, "local: out of memory");
  letter->next = NULL;
  letter->n = n;
  memcpy(letter->bytes, bytes, n);
  *loop->last = letter;
  loop->last = &letter->next;
  return RMS_OK;
}

static int receive_letter(void *self, int *from, void *bytes, size_t *n, struct rms_error *err)
{
  struct loop *loop = self;
  struct letter *letter = loop->first;
  (void)err;
  if (!letter) return 0;
  *from = 0;
  *n = letter->n;
  memcpy(bytes, letter->bytes, letter->n);
  loop->first = letter->next;
  if (!loop->first) loop->last = &loop->first;
  free(letter);
  return 1;
}

/* There is nobody else to send a parcel to. */
static int post_none(void *self, int to, const void *bytes, size_t n, struct rms_error *err)
{
  (void)self;
  (void)bytes;
  return rms_error_set(err, RMS_E_INTERNAL, "local: %zu bytes for rank %d", n, to);
}

static int collect_none(void *self, int *from, void *bytes, size_t *n, struct rms_error *err)
{
  (void)self;
  (void)from;
  (void)bytes;
  (void)n;
  (void)err;
  return 0;
}

static int locate_one(void *self, int *nodes, struct rms_error *err)
{
  (void)self;
  (void)err;
  nodes[0] = 0;
  return RMS_OK;
}

static bool is_never_busy(void *self)
{
  (void)self;
  return false;
}

static int finish_loop(void *self, struct rms_error *err)
{
  (void)self;
  (void)err;
  return RMS_OK;
}

static void abort_loop(void *self)
{
  (void)self;
}

static void close_loop(void *self)
{
  struct loop *loop = self;
  while (loop->first) {
    struct letter *letter = loop->first;
    loop->first = letter->next;
    free(letter);
  }
  free(loop);
}

int rms_transport_local(struct rms_transport *transport, struct rms_error *err)
{
  struct loop *loop = calloc(1, sizeof *loop);
  if (!loop) return rms_error_set(err, RMS_E_NOMEM, "local: out of memory");
  loop->last = &loop->first;
  *transport = (struct rms_transport){.self = loop,
                                      .name = "local",
                                      .size = 1,
                                      .wait_ms = 200,
                                      .lull_ms = 200,
                                      .send = send_letter,
                                      .receive = receive_letter,
                                      .post = post_none,
                                      .collect = collect_none,
                                      .locate = locate_one,
                                      .is_busy = is_never_busy,
                                      .finish = finish_loop,
                                      .abort = abort_loop,
                                      .close = close_loop};
  return RMS_OK;
}
