/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gantt_sheet.h - the inside of Gantt pictures in SVG: a sheet that is filled from top to bottom;
 * everybody draws at `y` and moves it below what was drawn. Lengths are pixels, times microseconds.
 * Failures (out of memory) stay in `text` and are asked for at the end, but where int is returned:
 * 0 or RMS_E_NOMEM. */
#ifndef RMS_JOBS_GANTT_SHEET_H
#define RMS_JOBS_GANTT_SHEET_H

#include "instances/jobs/gantt.h"

enum {
  RMS_GANTT_WIDTH = 1280,
  RMS_GANTT_MARGIN = 24,
  RMS_GANTT_LEFT = 124, /* of time: names stand before it, scales behind it */
  RMS_GANTT_RIGHT = 64,
  RMS_GANTT_GAP = 10
};

struct rms_gantt_sheet {
  const struct rms_jobs *inst; /* borrowed, as the next three */
  const struct rms_jobs_measured *m;
  struct rms_gantt_view view;
  struct rms_text *text;
  size_t *colour;      /* [types] number of the type's model */
  const char **models; /* [n_models] */
  size_t n_models;
  double y;
};

/* Where a time stands; times outside of the window at its edges. */
double rms_gantt_x(const struct rms_gantt_sheet *s, int64_t t);

struct rms_gantt_label {
  double x, y;                        /* of the line on which letters stand */
  int size, room;                     /* room 0: the sheet's */
  const char *fill, *anchor, *weight; /* NULL: dark, start, normal */
};
/* Formatted words, at most 511 bytes; what does not fit in the room loses its middle. */
__attribute__((format(printf, 3, 4))) void
rms_gantt_write(struct rms_gantt_sheet *s, struct rms_gantt_label label, const char *fmt, ...);

/* Name of what stands in the next `height` pixels, before the beginning of time, and what it is. */
void rms_gantt_heading(struct rms_gantt_sheet *s, double height, const char *name,
                       const char *kind);

/*   rest [in] further attributes of <rect> */
void rms_gantt_box(struct rms_gantt_sheet *s, double x, double y, double width, double height,
                   const char *rest);
/* A box over a stretch of time; nothing outside of the window. At least a hair wide. */
void rms_gantt_stretch(struct rms_gantt_sheet *s, const int64_t span[2], double y, double height,
                       const char *rest);

/* The band of a machine: slices where they lie, cuts, runs. Cost: linear in runs and cuts of the
 * timeline. */
void rms_gantt_machine(struct rms_gantt_sheet *s, uint32_t machine);

/* Work done and jobs that wait: means over parts of the makespan, those of the window. */
int rms_gantt_curves(struct rms_gantt_sheet *s);
/* Ticks from `top` down to here, and their times. */
void rms_gantt_axis(struct rms_gantt_sheet *s, double top);

#endif
