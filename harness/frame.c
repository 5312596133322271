/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/frame.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "instances/base/memory.h"

_Static_assert(sizeof(struct rms_frame) == 24, "the header has no padding");

void rms_assembly_fini(struct rms_assembly *assembly)
{
  free(assembly->data);
  free(assembly->packet);
  *assembly = (struct rms_assembly){0};
}

static int judge_header(const struct rms_assembly *assembly, const struct rms_frame *frame,
                        size_t payload, struct rms_error *err)
{
  const uint64_t rest = frame->total - assembly->length;

  if (frame->magic != RMS_FRAME_MAGIC || frame->length != payload) {
    return rms_error_set(err, RMS_E_FORMAT, "frame: wrong magic number or length");
  }
  if (frame->total > RMS_MESSAGE_MAX) {
    return rms_error_set(err, RMS_E_LIMIT, "frame: a message of %llu bytes, at most %llu are taken",
                         (unsigned long long)frame->total, (unsigned long long)RMS_MESSAGE_MAX);
  }
  if (frame->sequence != assembly->next ||
      (frame->sequence && (frame->type != assembly->type || frame->total != assembly->total))) {
    return rms_error_set(err, RMS_E_FORMAT, "frame: number %u of another message or out of order",
                         frame->sequence);
  }
  if (payload != (rest < RMS_FRAME_PAYLOAD ? rest : RMS_FRAME_PAYLOAD)) {
    return rms_error_set(err, RMS_E_FORMAT, "frame: cut at the wrong place");
  }
  return RMS_OK;
}

int rms_assembly_add(struct rms_assembly *assembly, const void *packet, size_t n,
                     struct rms_message *message, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_frame frame;
  size_t payload;

  if (!assembly->next) assembly->length = 0;
  if (n < sizeof frame) {
    RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "frame: %zu bytes, shorter than its header", n));
  }
  memcpy(&frame, packet, sizeof frame);
  payload = n - sizeof frame;
  RMS_TRY(judge_header(assembly, &frame, payload, err));
  /* One byte more than needed, so that an empty message has an address too. */
  if (rms_grow(&assembly->data, &assembly->capacity, assembly->length + payload + 1, 1) < 0) {
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "frame: out of memory"));
  }
  if (payload)
    memcpy(assembly->data + assembly->length, (const char *)packet + sizeof frame, payload);
  assembly->length += payload;
  assembly->type = frame.type;
  assembly->total = frame.total;
  assembly->next++;
  if (assembly->length < frame.total) return 0;
  assembly->next = 0;
  *message = (struct rms_message){frame.type, assembly->data, assembly->length};
  return 1;
out:
  assembly->next = 0;
  return status;
}

static int wait_writable(int fd)
{
  struct pollfd entry = {.fd = fd, .events = POLLOUT};

  /* A packet socket may be short of kernel memory while poll calls it writable: look again soon. */
  return poll(&entry, 1, 100) < 0 && errno != EINTR ? RMS_E_IO : RMS_OK;
}

static int send_packet(int fd, const struct msghdr *packet, bool can_wait)
{
  for (;;) {
    if (sendmsg(fd, packet, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return RMS_OK;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS) return RMS_E_IO;
    if (!can_wait) return RMS_E_LIMIT;
    if (wait_writable(fd) < 0) return RMS_E_IO;
  }
}

/* Where the next frame's payload comes from: a place in the gathered parts. */
struct cursor {
  const struct iovec *parts;
  size_t part, offset;
};

enum { SLICES_MAX = 8 };

/* Describe the next `length` bytes in at most SLICES_MAX - 1 pieces; returns how many. */
static size_t cut_slices(struct cursor *at, size_t length, struct iovec *slices)
{
  size_t n = 0;

  while (length) {
    const struct iovec *part = &at->parts[at->part];
    const size_t left = part->iov_len - at->offset;
    const size_t take = left < length ? left : length;

    if (take) slices[n++] = (struct iovec){(char *)part->iov_base + at->offset, take};
    length -= take;
    at->offset += take;
    if (at->offset == part->iov_len) {
      at->part++;
      at->offset = 0;
    }
  }
  return n;
}

int rms_frame_send(int fd, uint32_t type, const struct iovec *parts, size_t n_parts,
                   struct rms_error *err)
{
  struct rms_frame frame = {.magic = RMS_FRAME_MAGIC, .type = type};
  struct cursor at = {.parts = parts};
  uint64_t sent = 0;

  assert(n_parts < SLICES_MAX);
  for (size_t i = 0; i < n_parts; i++) frame.total += parts[i].iov_len;
  if (frame.total > RMS_MESSAGE_MAX) {
    return rms_error_set(err, RMS_E_LIMIT, "a message of %llu bytes is too long, at most %llu",
                         (unsigned long long)frame.total, (unsigned long long)RMS_MESSAGE_MAX);
  }
  do {
    const uint64_t rest = frame.total - sent;
    struct iovec slices[SLICES_MAX] = {{&frame, sizeof frame}};

    frame.length = (uint32_t)(rest < RMS_FRAME_PAYLOAD ? rest : RMS_FRAME_PAYLOAD);
    const size_t n_slices = 1 + cut_slices(&at, frame.length, slices + 1);
    const struct msghdr packet = {.msg_iov = slices, .msg_iovlen = n_slices};
    if (send_packet(fd, &packet, true) < 0) {
      return rms_error_set(err, RMS_E_IO, "the process at the other end is gone: %s",
                           strerror(errno));
    }
    sent += frame.length;
    frame.sequence++;
  } while (sent < frame.total);
  return RMS_OK;
}

int rms_frame_try(int fd, uint32_t type, const void *bytes, size_t n)
{
  struct rms_frame frame = {
      .magic = RMS_FRAME_MAGIC, .type = type, .total = n, .length = (uint32_t)n};
  struct iovec parts[2] = {{&frame, sizeof frame}, {0}};
  void *payload = NULL;

  assert(n <= RMS_FRAME_PAYLOAD);
  memcpy(&payload, &bytes, sizeof payload); /* sendmsg only reads, but its type does not say so */
  parts[1] = (struct iovec){payload, n};
  return send_packet(fd, &(struct msghdr){.msg_iov = parts, .msg_iovlen = 2}, false);
}

/* The control data of one descriptor, aligned as the kernel wants it. */
union parcel {
  struct cmsghdr header;
  char room[CMSG_SPACE(sizeof(int))];
};

int rms_frame_pass(int fd, uint32_t type, const void *bytes, size_t n, int passed,
                   struct rms_error *err)
{
  struct rms_frame frame = {
      .magic = RMS_FRAME_MAGIC, .type = type, .total = n, .length = (uint32_t)n};
  struct iovec parts[2] = {{&frame, sizeof frame}, {0}};
  union parcel parcel = {.header = {.cmsg_len = CMSG_LEN(sizeof passed),
                                    .cmsg_level = SOL_SOCKET,
                                    .cmsg_type = SCM_RIGHTS}};
  const struct msghdr packet = {.msg_iov = parts,
                                .msg_iovlen = 2,
                                .msg_control = parcel.room,
                                .msg_controllen = sizeof parcel.room};

  assert(n <= RMS_FRAME_PAYLOAD);
  memcpy(&parts[1].iov_base, &bytes, sizeof bytes);
  parts[1].iov_len = n;
  memcpy(CMSG_DATA(&parcel.header), &passed, sizeof passed);
  if (send_packet(fd, &packet, true) < 0)
    return rms_error_set(err, RMS_E_IO, "a descriptor cannot be passed: %s", strerror(errno));
  return RMS_OK;
}

/* One packet: its true length, so that one that is too long is seen; <= 0 as recvmsg does. */
static ssize_t take_packet(int fd, char *bytes, size_t most, int *passed)
{
  struct iovec part = {bytes, most};
  union parcel parcel = {.room = {0}};
  struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};

  if (passed) {
    packet.msg_control = parcel.room;
    packet.msg_controllen = sizeof parcel.room;
  }
  const ssize_t got = recvmsg(fd, &packet, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
  const struct cmsghdr *header = got >= 0 && passed ? CMSG_FIRSTHDR(&packet) : NULL;
  if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return got;
  if (*passed >= 0) close(*passed); /* one a message */
  memcpy(passed, CMSG_DATA(header), sizeof *passed);
  return got;
}

static int receive(int fd, struct rms_assembly *assembly, struct rms_message *message, int *passed,
                   struct rms_error *err)
{
  const size_t most = sizeof(struct rms_frame) + RMS_FRAME_PAYLOAD;

  if (rms_grow(&assembly->packet, &assembly->packet_capacity, most, 1) < 0) {
    return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  }
  for (;;) {
    const ssize_t got = take_packet(fd, assembly->packet, most, passed);
    int status;

    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
    if (got <= 0) {
      return rms_error_set(err, RMS_E_IO, "the process at the other end is gone%s%s",
                           got < 0 ? ": " : "", got < 0 ? strerror(errno) : "");
    }
    if ((size_t)got > most)
      return rms_error_set(err, RMS_E_FORMAT, "frame: a packet of %zd bytes", got);
    status = rms_assembly_add(assembly, assembly->packet, (size_t)got, message, err);
    if (status) return status;
  }
}

int rms_frame_receive(int fd, struct rms_assembly *assembly, struct rms_message *message,
                      struct rms_error *err)
{
  return receive(fd, assembly, message, NULL, err);
}

int rms_frame_receive_passed(int fd, struct rms_assembly *assembly, struct rms_message *message,
                             int *passed, struct rms_error *err)
{
  *passed = -1;
  return receive(fd, assembly, message, passed, err);
}
