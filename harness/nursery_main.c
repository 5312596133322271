/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rms-helper SOCKET PACKING - the program that a rank's nursery is, see nursery.h. Not for
 * users. */
#include <stdint.h>
#include <stdio.h>

#include "harness/nursery.h"
#include "instances/base/text.h"

int main(int argc, char **argv)
{
  int64_t socket = 0, packing = 0;

  if (argc != 3 || rms_parse_int(argv[1], &socket) < 0 || rms_parse_int(argv[2], &packing) < 0 ||
      socket < 0 || socket > INT32_MAX || packing < 0 || packing > RMS_PACK_UNITS) {
    fputs("rms-helper: is started by 'rms run', in which its jobs live\n", stderr);
    return 2;
  }
  rms_nursery_tend((int)socket, (enum rms_packing)packing);
}
