/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of speeds and of measured mixes from hostile bytes, either with a good other half. */
#include <stdlib.h>
#include <string.h>

#include "instances/jobs/mixes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char speeds[] = "model,batch,speed_7g,speed_4g,speed_3g,speed_2g,speed_1g,"
                             "iteration_s,memory_mib,time_7g,time_4g,time_3g\n"
                             "a,8,1,0.8,0.7,0.5,0.3,0.1,5000,0.7,0.875,1\n"
                             "b,8,1,0.6,0.5,0,0,0.1,9000,0.5,0.8333,1\n";

static void check(int is_good)
{
  if (!is_good) abort();
}

static void use(const struct rms_mixes_source *source)
{
  struct rms_mixes *m = NULL;
  struct rms_replay *replay = NULL;
  struct rms_error err = {0};
  const int variant[3] = {0, 0, 0};
  struct rms_mps_row rows[3];
  if (rms_mixes_parse(&m, source, &err) < 0) {
    check(m == NULL && err.text[0]);
    return;
  }
  check(m->n > 0 && m->n_variants > 0);
  check(rms_replay_new(&replay, m) == RMS_OK);
  rms_replay_measure(replay, variant, 3, 7, rows);
  for (int j = 0; j < 3; j++)
    for (int level = 0; level < RMS_MPS_LEVELS; level++)
      check(rows[j].time[level] >= 1 && rows[j].time[level] <= RMS_MPS_SCALE);
  rms_replay_free(replay);
  rms_mixes_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char mixes[] = "0,1,1,10000\n0,5,7,10000,0,1,1,10000\n";
  const char *text = (const char *)data;
  use(&(struct rms_mixes_source){.speeds = speeds,
                                 .n_speeds = strlen(speeds),
                                 .mixes = text,
                                 .n_mixes = size,
                                 .speeds_origin = "s.csv",
                                 .mixes_origin = "m.csv"});
  use(&(struct rms_mixes_source){.speeds = text,
                                 .n_speeds = size,
                                 .mixes = mixes,
                                 .n_mixes = strlen(mixes),
                                 .speeds_origin = "s.csv",
                                 .mixes_origin = "m.csv"});
  return 0;
}
