/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of the paper that the runs allow. */
#include <math.h>
#include <stdio.h>

#include "analysis/feature.h"
#include "analysis/figures.h"
#include "analysis/origin.h"
#include "analysis/paper_parts.h"
#include "analysis/table.h"

static const struct {
  const char *name, *kind, *measure;
  bool is_relative;
} wishes[] = {{"quality", "cumulative", "objective", true},
              {"proof", "cumulative", "proof", true},
              {"gap", "gap", "proof", false},
              {"target", "target", "proof", false}};

/* In the PDF where somebody has made a PDF of the picture (make paper does, with rsvg-convert). The
 * picture says below itself what it shows and where its numbers come from. */
static void add_float(struct rms_paper *p, const char *name, const char *title)
{
  rms_text_printf(&p->all_tex,
                  "\\IfFileExists{figures/%s.pdf}{\\begin{figure}[htbp]\\centering\n"
                  "\\includegraphics[width=\\linewidth]{figures/%s.pdf}\n\\caption{",
                  name, name);
  rms_table_latex_text(&p->all_tex, title);
  rms_text_add(&p->all_tex, ".}\n\\end{figure}}{}\n\n");
}

static int write_figure(struct rms_paper *p, const char *name, struct rms_plot *plot,
                        struct rms_error *err)
{
  int status;
  char file[64];
  struct rms_text text = {0};
  RMS_TRY(rms_records_origin(p->records, &text, err));
  RMS_TRY(rms_plot_note(plot, "%s", text.data));
  RMS_TRY(rms_figure_subtitle(plot, p->cmp, NULL));
  rms_text_clear(&text);
  RMS_TRY(rms_plot_svg(plot, &text));
  snprintf(file, sizeof file, "figures/%s.svg", name);
  RMS_TRY(rms_paper_file(p, file, NULL, &text, err));
  rms_text_printf(&p->all_md, "![%s](../%s)\n\n", plot->title, file);
  add_float(p, name, plot->title);
out:
  rms_text_fini(&text);
  return status;
}

int rms_paper_figures(struct rms_paper *p, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_plot *plot = NULL;
  rms_text_add(&p->all_md, "## Figures\n\n");
  for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
    struct rms_error why = {0};
    struct rms_figure figure = {.is_relative = wishes[i].is_relative, .n_most = 12};
    rms_figure_fn *make = NULL;
    RMS_TRY(rms_figure_find(wishes[i].kind, &make, err));
    RMS_TRY(rms_measure_find(wishes[i].measure, &figure.measure, err));
    status = make(&plot, p->cmp, &figure, &why);
    if (status == RMS_OK && plot->n_series) RMS_TRY(write_figure(p, wishes[i].name, plot, err));
    if (status != RMS_E_USAGE) RMS_TRY(status); /* no run fits: no figure */
    rms_plot_free(plot);
    plot = NULL;
  }
  status = RMS_OK;
out:
  rms_plot_free(plot);
  return status;
}
