/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ring of islands inside one helper: neighbours are joined by a socket pair, made before they
 * are forked. The kernel is the postman, and the drain rule comes with it: a dead island's socket
 * closes, its successor stops at the step that never arrives, then that one's successor a step
 * later. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "harness/host.h"

enum { MESSAGE_STEP = 1, MESSAGE_RETURNED = 2, POLL_MS = 20 };

/* One frame of the outgoing message at a time, so that a ring of full sockets cannot lock itself:
 * while it waits to send, an island goes on receiving. */
struct outbox {
  const char *bytes;
  size_t n, sent;
  uint32_t sequence;
  bool is_done;
};

/* 1: a frame went out; 0: no room now; negative: the successor is gone, which is no reason to stop.
 */
static int send_frame(struct rms_host_state *state, struct outbox *outbox)
{
  const size_t rest = outbox->n - outbox->sent;
  struct rms_frame frame = {
      .magic = RMS_FRAME_MAGIC,
      .type = MESSAGE_STEP,
      .total = outbox->n,
      .sequence = outbox->sequence,
      .length = (uint32_t)(rest < RMS_FRAME_PAYLOAD ? rest : RMS_FRAME_PAYLOAD),
  };
  const char *const payload = outbox->bytes ? outbox->bytes + outbox->sent : "";
  struct iovec parts[2] = {{&frame, sizeof frame}, {0}};
  const struct msghdr packet = {.msg_iov = parts, .msg_iovlen = 2};

  memcpy(&parts[1].iov_base, &payload, sizeof payload);
  parts[1].iov_len = frame.length;
  while (sendmsg(state->to_next, &packet, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return 0;
    return RMS_E_IO;
  }
  outbox->sent += frame.length;
  outbox->sequence++;
  outbox->is_done = outbox->sent == outbox->n;
  return 1;
}

static void push(struct rms_host_state *state, struct outbox *outbox)
{
  int sent = 1;

  while (!outbox->is_done && sent > 0) sent = send_frame(state, outbox);
  if (sent < 0) outbox->is_done = true;
}

/* 1: this step's message (or the news that there will be none) is here; 0: not yet; negative: the
 * predecessor died. */
static int pull(struct rms_host_state *state, struct rms_message *message)
{
  const int status = rms_frame_receive(state->from_previous, &state->inbox, message, NULL);

  if (status == 1 && message->type == MESSAGE_RETURNED) {
    state->previous_has_returned = true;
    message->n = 0;
  }
  return status;
}

int rms_ring_step(struct rms_host_state *state, const void *out, size_t out_bytes, void *in,
                  size_t in_capacity, size_t *in_bytes)
{
  struct outbox outbox = {.bytes = out, .n = out_bytes};
  struct rms_message message = {0};
  int arrived = state->previous_has_returned;

  *in_bytes = 0;
  if (out_bytes > RMS_MESSAGE_MAX) return 1;
  for (;;) {
    struct pollfd wait[2] = {{.fd = state->from_previous}, {.fd = state->to_next}};

    push(state, &outbox);
    if (!arrived) arrived = pull(state, &message);
    /* Also with a dead predecessor, this step is sent to its end: the successor counts on it. */
    if (arrived && outbox.is_done) break;
    if (atomic_load(&state->page->stop)) return 1;
    wait[0].events = arrived ? 0 : POLLIN;
    wait[1].events = outbox.is_done ? 0 : POLLOUT;
    if (arrived) wait[0].fd = -1;
    if (outbox.is_done) wait[1].fd = -1;
    poll(wait, 2, POLL_MS);
  }
  if (arrived < 0) {
    state->is_drained = true;
    return 1;
  }
  *in_bytes = message.n < in_capacity ? message.n : in_capacity;
  if (*in_bytes) memcpy(in, message.bytes, *in_bytes);
  return 0;
}

void rms_host_leave_ring(struct rms_host_state *state)
{
  /* An island that was drained ends like a dead one: its successor must stop too, a step later. */
  if (state->to_next < 0 || state->is_drained) return;
  while (rms_frame_try(state->to_next, MESSAGE_RETURNED, "", 0) == RMS_E_LIMIT &&
         !atomic_load(&state->page->stop)) {
    struct pollfd wait = {.fd = state->to_next, .events = POLLOUT};
    poll(&wait, 1, POLL_MS);
  }
}
