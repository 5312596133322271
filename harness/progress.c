/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/progress.h"

static const double live_every = 0.25, plain_every = 10; /* seconds */

void rms_duration_text(double seconds, struct rms_text *text)
{
  if (seconds < 100)
    rms_text_printf(text, "%.0f s", seconds);
  else if (seconds < 100 * 60)
    rms_text_printf(text, "%.0f min", seconds / 60);
  else if (seconds < 48 * 3600)
    rms_text_printf(text, "%.1f h", seconds / 3600);
  else
    rms_text_printf(text, "%.1f d", seconds / 86400);
}

void rms_progress_text(const struct rms_progress *progress, double now, struct rms_text *text)
{
  const size_t done = progress->before + progress->done;
  const size_t left = progress->total > done ? progress->total - done : 0;
  const double seconds = now - progress->started;
  const double rate = seconds > 0 ? (double)progress->done / seconds : 0;
  const double share = progress->total ? 100.0 * (double)done / (double)progress->total : 100;
  /* 100 % is said only of the whole. */
  rms_text_printf(text, "%zu/%zu %.0f%%", done, progress->total, left && share > 99 ? 99 : share);
  if (progress->done) rms_text_printf(text, rate < 10 ? "  %.2g/s" : "  %.0f/s", rate);
  if (progress->done && left) {
    rms_text_add(text, "  ");
    rms_duration_text((double)left / rate, text);
    rms_text_add(text, " left");
  }
  if (progress->died) rms_text_printf(text, "  %zu died", progress->died);
  if (progress->wrong) rms_text_printf(text, "  %zu WRONG", progress->wrong);
  if (progress->news[0]) rms_text_printf(text, "  | %s", progress->news);
}

void rms_progress_show(struct rms_progress *progress, double now)
{
  if (!progress->stream || now - progress->shown < (progress->is_live ? live_every : plain_every))
    return;
  struct rms_text text = {0};
  rms_progress_text(progress, now, &text);
  if (!rms_text_status(&text)) {
    if (progress->is_live)
      fprintf(progress->stream, "\r\033[K%.*s", progress->columns - 1, text.data);
    else
      fprintf(progress->stream, "rms: %s\n", text.data);
    fflush(progress->stream);
  }
  rms_text_fini(&text);
  progress->shown = now;
}

void rms_progress_leave(struct rms_progress *progress)
{
  if (!progress->stream || !progress->is_live) return;
  fputs("\r\033[K", progress->stream);
  fflush(progress->stream);
}
