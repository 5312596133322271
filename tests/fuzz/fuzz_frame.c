/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages put together from hostile packets, and jobs read from hostile messages. Input: packets,
 * each with its length in two bytes before it. What comes out must be what the headers promised. */
#include <stdlib.h>
#include <string.h>

#include "harness/frame.h"
#include "harness/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_good)
{
  if (!is_good) abort();
}

/* What is read is written back to the same bytes. */
static void read_job(const void *bytes, size_t n)
{
  struct rms_arena *arena = rms_arena_new();
  struct rms_error err = {0};
  struct rms_text again = {0};
  struct rms_job job;

  if (arena && rms_job_parse(&job, bytes, n, arena, &err) == RMS_OK) {
    check(job.islands >= 1 && job.islands <= RMS_ISLANDS_MAX && job.limits.time > 0);
    check(rms_job_write(&job, &again) < 0 || again.length == n);
  } else {
    check(!arena || err.text[0]);
  }
  rms_text_fini(&again);
  rms_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct rms_assembly assembly = {0};
  size_t taken = 0;

  read_job(data, size);
  while (size >= 2) {
    size_t n = (size_t)data[0] | (size_t)data[1] << 8;
    struct rms_message message;
    int status;

    data += 2;
    size -= 2;
    if (n > size) n = size;
    status = rms_assembly_add(&assembly, data, n, &message, NULL);
    taken = status < 0 ? 0 : taken + n;
    check(status <= 1);
    check(assembly.capacity <= 4 * (taken + RMS_FRAME_PAYLOAD));
    if (status == 1) {
      check(message.n == assembly.total && message.n <= RMS_MESSAGE_MAX);
      read_job(message.bytes, message.n);
    }
    data += n;
    size -= n;
  }
  rms_assembly_fini(&assembly);
  return 0;
}
