/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/frame.h"
#include "ledger.h"

enum { PACKET_MAX = sizeof(struct rms_frame) + RMS_FRAME_PAYLOAD };

static size_t make_packet(char *packet, struct rms_frame frame, const char *payload)
{
  frame.magic = RMS_FRAME_MAGIC;
  memcpy(packet, &frame, sizeof frame);
  if (frame.length) memcpy(packet + sizeof frame, payload, frame.length);
  return sizeof frame + frame.length;
}

static void test_one_frame(void **state)
{
  char packet[128];
  struct rms_assembly assembly = {0};
  struct rms_message message = {0};
  const size_t n =
      make_packet(packet, (struct rms_frame){.type = 7, .total = 5, .length = 5}, "hello");

  (void)state;
  assert_int_equal(rms_assembly_add(&assembly, packet, n, &message, NULL), 1);
  assert_int_equal(message.type, 7);
  assert_int_equal(message.n, 5);
  assert_memory_equal(message.bytes, "hello", 5);
  rms_assembly_fini(&assembly);
  assert_int_equal(rms_ledger_live(), 0);
}

static void test_malformed(void **state)
{
  static const struct {
    struct rms_frame frame;
    int expected;
  } cases[] = {
      {{.type = 1, .total = 5, .length = 4}, RMS_E_FORMAT},                /* cut too early */
      {{.type = 1, .total = 3, .length = 4}, RMS_E_FORMAT},                /* more than promised */
      {{.type = 1, .total = 4, .length = 4, .sequence = 1}, RMS_E_FORMAT}, /* no beginning */
      {{.type = 1, .total = RMS_MESSAGE_MAX + 1, .length = 4}, RMS_E_LIMIT},
      {{.type = 1, .total = UINT64_MAX, .length = 4}, RMS_E_LIMIT},
  };
  struct rms_assembly assembly = {0};
  struct rms_message message;
  struct rms_error err = {0};
  char packet[128];

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const size_t n = make_packet(packet, cases[i].frame, "abcdefgh");
    assert_int_equal(rms_assembly_add(&assembly, packet, n, &message, &err), cases[i].expected);
    assert_true(err.text[0]);
  }
  for (size_t n = 0; n < sizeof(struct rms_frame); n++) {
    assert_int_equal(rms_assembly_add(&assembly, packet, n, &message, &err), RMS_E_FORMAT);
  }
  memset(packet, 0xff, sizeof packet);
  assert_int_equal(rms_assembly_add(&assembly, packet, sizeof packet, &message, &err),
                   RMS_E_FORMAT);
  rms_assembly_fini(&assembly);
}

/* A header may promise the most: memory is taken for what has come only. */
static void test_promises_cost_nothing(void **state)
{
  struct rms_assembly assembly = {0};
  struct rms_message message;
  char *packet = test_malloc(PACKET_MAX);
  char *payload = test_calloc(1, RMS_FRAME_PAYLOAD);
  const struct rms_frame frame = {.total = RMS_MESSAGE_MAX, .length = (uint32_t)RMS_FRAME_PAYLOAD};
  const size_t n = make_packet(packet, frame, payload);

  (void)state;
  assert_int_equal(rms_assembly_add(&assembly, packet, n, &message, NULL), 0);
  assert_true(assembly.capacity <= 4 * RMS_FRAME_PAYLOAD);
  /* Another message in between drops the first one. */
  assert_int_equal(rms_assembly_add(&assembly, packet, n, &message, NULL), RMS_E_FORMAT);
  assert_int_equal(assembly.next, 0);
  rms_assembly_fini(&assembly);
  test_free(packet);
  test_free(payload);
}

static char *pattern(size_t n)
{
  char *bytes = test_malloc(n + 1);

  for (size_t i = 0; i < n; i++) bytes[i] = (char)(i * 7919 >> 3);
  return bytes;
}

/* Messages of many sizes, from three parts, through a real socket into a slow reader. */
static void test_socket(void **state)
{
  static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 131072, 5000000};
  struct rms_assembly assembly = {0};
  struct rms_message message;
  char *bytes = pattern(sizes[6]);
  int pair[2], status;
  pid_t pid;

  (void)state;
  assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
  pid = fork();
  if (pid == 0) {
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
      const size_t third = sizes[i] / 3;
      const struct iovec parts[] = {
          {bytes, third}, {bytes + third, 0}, {bytes + third, sizes[i] - third}};
      if (rms_frame_send(pair[1], (uint32_t)i, parts, 3, NULL) < 0) _exit(1);
    }
    _exit(0);
  }
  close(pair[1]);
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    while ((status = rms_frame_receive(pair[0], &assembly, &message, NULL)) == 0) usleep(100);
    assert_int_equal(status, 1);
    assert_int_equal(message.type, i);
    assert_int_equal(message.n, sizes[i]);
    assert_memory_equal(message.bytes, bytes, sizes[i]);
  }
  while ((status = rms_frame_receive(pair[0], &assembly, &message, NULL)) == 0) usleep(100);
  assert_int_equal(status, RMS_E_IO); /* the end is seen */
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  close(pair[0]);
  rms_assembly_fini(&assembly);
  test_free(bytes);
  assert_int_equal(rms_ledger_live(), 0);
}

static void test_full_and_gone(void **state)
{
  const struct iovec none = {NULL, 0};
  int pair[2], n = 0;

  (void)state;
  assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
  while (n < 1000000 && rms_frame_try(pair[1], 1, "x", 1) == 0) n++;
  assert_true(n > 10 && n < 1000000); /* full, and did not wait */
  assert_int_equal(rms_frame_try(pair[1], 1, "x", 1), RMS_E_LIMIT);
  close(pair[0]);
  assert_int_equal(rms_frame_try(pair[1], 1, "x", 1), RMS_E_IO); /* no SIGPIPE either */
  assert_int_equal(rms_frame_send(pair[1], 1, &none, 1, NULL), RMS_E_IO);
  close(pair[1]);
}

static void test_no_memory(void **state)
{
  struct rms_assembly assembly = {0};
  struct rms_message message;
  char packet[64];
  const size_t n = make_packet(packet, (struct rms_frame){.total = 5, .length = 5}, "hello");

  (void)state;
  rms_ledger_fail_at(1);
  assert_int_equal(rms_assembly_add(&assembly, packet, n, &message, NULL), RMS_E_NOMEM);
  rms_ledger_fail_at(0);
  assert_int_equal(rms_assembly_add(&assembly, packet, n, &message, NULL), 1);
  rms_assembly_fini(&assembly);
  assert_int_equal(rms_ledger_live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_frame),
      cmocka_unit_test(test_malformed),
      cmocka_unit_test(test_promises_cost_nothing),
      cmocka_unit_test(test_socket),
      cmocka_unit_test(test_full_and_gone),
      cmocka_unit_test(test_no_memory),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
