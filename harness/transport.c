/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/transport.h"

#include <stdint.h>
#include <stdlib.h>

#include "instances/base/text.h"

bool rms_transport_is_mpi(int *rank)
{
  /* mpirun of Open MPI; process managers of srun and of other launchers. */
  static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
  *rank = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *text = getenv(names[i]);
    int64_t value;
    if (!text || rms_parse_int(text, &value) || value < 0 || value > INT32_MAX) continue;
    *rank = (int)value;
    return true;
  }
  return false;
}
