/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draw.h - pictures of plans (and of bare instances) of family `serve`: the callbacks of
 * instances/family.h. A group is one row with its number of machines; the share of a slice is the
 * demand of its service over what all its slices together can serve. Long plans: the first groups,
 * and a line that counts the rest. */
#ifndef RMS_SERVE_DRAW_H
#define RMS_SERVE_DRAW_H

#include "instances/family.h"

/* At most so many groups are drawn in a text and in an SVG, so many services have a line. */
enum {
  RMS_SERVE_DRAW_TEXT_GROUPS = 20,
  RMS_SERVE_DRAW_SVG_GROUPS = 60,
  RMS_SERVE_DRAW_SERVICES = 60
};

/*   bytes [in] an encoded plan, may be hostile; NULL: draw the instance
 * Returns 0, RMS_E_NOMEM, or RMS_E_FORMAT when the plan refers to what the instance does not have.
 */
int rms_serve_draw_text(const struct rms_instance *inst, const void *bytes, size_t n, bool colour,
                        int columns, struct rms_text *text, struct rms_error *err);
int rms_serve_draw_svg(const struct rms_instance *inst, const void *bytes, size_t n,
                       const struct rms_view *view, struct rms_text *text, struct rms_error *err);

#endif
