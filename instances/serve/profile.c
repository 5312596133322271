/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/csv.h"
#include "instances/base/embedded.h"

static const char builtin_name[] = "instances/profiles/parvagpu-a100-80gb.csv";

/* Columns by meaning, with the names that the three layouts give them. */
enum { MODEL, GPCS, BATCH, PROCESSES, RATE, FITS, FLAG, IGNORED, N_COLUMNS = IGNORED };
static const struct {
  const char *name;
  int column;
} column_names[] = {
    {"model", MODEL},
    {"gpcs", GPCS},
    {"Mig instance", GPCS},
    {"batch", BATCH},
    {"batch_size", BATCH},
    {"Batch size", BATCH},
    {"processes", PROCESSES},
    {"num_procs", PROCESSES},
    {"Workload Number", PROCESSES},
    {"throughput_per_process", RATE},
    {"throughput_per_proc", RATE},
    {"Throughput", RATE},
    {"fits", FITS},
    {"flag", FLAG},
    {"profile", IGNORED},
    {"throughput_total", IGNORED},
    {"latency_s", IGNORED},
    {"latency_ms_derived", IGNORED},
    {"Latency", IGNORED},
};

struct reader {
  struct rms_figures *figures;
  struct rms_figure *rows; /* malloc'ed */
  size_t n_rows, rows_capacity, models_capacity;
  char **models; /* malloc'ed list of arena texts */
  bool has_flags;
};

static int column_of(const char *name)
{
  for (size_t i = 0; i < sizeof column_names / sizeof *column_names; i++)
    if (strcmp(column_names[i].name, name) == 0) return column_names[i].column;
  return -1;
}

/* The header says where each column is; a file without a model column is about one model. */
static int read_header(const struct rms_csv *csv, int place[N_COLUMNS], struct rms_error *err)
{
  static const int needed[] = {GPCS, BATCH, PROCESSES, RATE};
  static const char *const names[] = {"gpcs", "batch", "processes", "throughput_per_process"};
  for (int c = 0; c < N_COLUMNS; c++) place[c] = -1;
  for (size_t i = 0; i < csv->n; i++) {
    const int c = column_of(csv->field[i]);
    if (c < 0) return rms_csv_error(csv, err, "unknown column \"%.40s\"", csv->field[i]);
    if (c == IGNORED) continue;
    if (place[c] >= 0)
      return rms_csv_error(csv, err, "column \"%.40s\" appears twice", csv->field[i]);
    place[c] = (int)i;
  }
  for (size_t i = 0; i < 4; i++)
    if (place[needed[i]] < 0) return rms_csv_error(csv, err, "column \"%s\" is missing", names[i]);
  return RMS_OK;
}

bool rms_figures_is_table(const char *bytes, size_t n)
{
  struct rms_csv csv;
  int place[N_COLUMNS];
  bool found;
  rms_csv_open(&csv, bytes, n, "");
  return rms_csv_next(&csv, &found, NULL) == RMS_OK && found &&
         read_header(&csv, place, NULL) == RMS_OK;
}

static bool is_model_name(const char *name, size_t n)
{
  if (n == 0 || n > 40) return false;
  for (size_t i = 0; i < n; i++) {
    const char c = name[i];
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!is_word && !strchr("-_.", c)) return false;
  }
  return true;
}

/* Index of a model in order of appearance, added when new. */
static int take_model(struct reader *r, const struct rms_csv *csv, const char *name, size_t length,
                      uint16_t *index, struct rms_error *err)
{
  if (!is_model_name(name, length))
    return rms_csv_error(csv, err, "model \"%.*s\" must be 1 to 40 letters, digits or -_.",
                         (int)(length < 40 ? length : 40), name);
  struct rms_figures *f = r->figures;
  for (size_t i = f->n_models; i-- > 0;) { /* files are sorted by model: the last one first */
    if (strlen(r->models[i]) == length && memcmp(r->models[i], name, length) == 0) {
      *index = (uint16_t)i;
      return RMS_OK;
    }
  }
  if (f->n_models == RMS_FIGURES_MODELS_MAX)
    return rms_error_set(err, RMS_E_LIMIT, "%s:%zu: more than %d models", csv->origin, csv->line,
                         RMS_FIGURES_MODELS_MAX);
  if (rms_grow(&r->models, &r->models_capacity, f->n_models + 1, sizeof *r->models) < 0)
    return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  char *copy = rms_arena_copy(f->arena, name, length);
  if (!copy) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  r->models[f->n_models] = copy;
  *index = (uint16_t)f->n_models++;
  return RMS_OK;
}

static int read_flag(const struct rms_csv *csv, const char *text, uint8_t *flag,
                     struct rms_error *err)
{
  static const char *const names[] = {"", "same_as_fewer_procs", "outlier"};
  for (uint8_t i = 0; i < 3; i++) {
    if (strcmp(text, names[i]) != 0) continue;
    *flag = i;
    return RMS_OK;
  }
  return rms_csv_error(csv, err, "flag is \"%.40s\", must be empty, same_as_fewer_procs or outlier",
                       text);
}

/* One row; *is_kept is false when it did not run. */
static int read_row(struct reader *r, const struct rms_csv *csv, const int place[N_COLUMNS],
                    const char *stem, size_t stem_length, struct rms_figure *row, bool *is_kept,
                    struct rms_error *err)
{
  int status = RMS_OK;
  int64_t gpcs, batch, processes, fits = 1;
  double rate = 0;
  const char *name = place[MODEL] >= 0 ? csv->field[place[MODEL]] : stem;
  const size_t length = place[MODEL] >= 0 ? strlen(name) : stem_length;

  memset(row, 0, sizeof *row);
  RMS_TRY(take_model(r, csv, name, length, &row->model, err));
  RMS_TRY(rms_csv_int(csv, (size_t)place[GPCS], "gpcs", 1, RMS_FIGURES_GPCS_MAX, &gpcs, err));
  RMS_TRY(rms_csv_int(csv, (size_t)place[BATCH], "batch", 1, RMS_FIGURES_BATCH_MAX, &batch, err));
  RMS_TRY(rms_csv_int(csv, (size_t)place[PROCESSES], "processes", 1, RMS_FIGURES_PROCESSES_MAX,
                      &processes, err));
  if (place[FITS] >= 0) RMS_TRY(rms_csv_int(csv, (size_t)place[FITS], "fits", 0, 1, &fits, err));
  if (csv->field[place[RATE]][0] != 0) /* a blank is the same as 0 */
    RMS_TRY(rms_csv_double(csv, (size_t)place[RATE], "throughput", 0, 1e9, &rate, err));
  if (place[FLAG] >= 0) RMS_TRY(read_flag(csv, csv->field[place[FLAG]], &row->flag, err));
  RMS_TRY(rms_micro_from_double(rate, RMS_ROUND_DOWN, &row->rate));
  if (fits && row->rate == 0 && place[FITS] >= 0)
    return rms_csv_error(csv, err, "fits is 1 but the throughput is 0");
  row->gpcs = (uint8_t)gpcs;
  row->batch = (int32_t)batch;
  row->processes = (uint8_t)processes;
  *is_kept = fits && row->rate > 0;
out:
  return status;
}

static int keep_row(struct reader *r, const struct rms_csv *csv, const struct rms_figure *row,
                    struct rms_error *err)
{
  if (r->n_rows == RMS_FIGURES_ROWS_MAX)
    return rms_error_set(err, RMS_E_LIMIT, "%s:%zu: more than %zu rows", csv->origin, csv->line,
                         RMS_FIGURES_ROWS_MAX);
  if (rms_grow(&r->rows, &r->rows_capacity, r->n_rows + 1, sizeof *r->rows) < 0)
    return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  r->rows[r->n_rows++] = *row;
  return RMS_OK;
}

static int read_source(struct reader *r, const struct rms_figures_source *source,
                       struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_csv csv;
  struct rms_figure row;
  int place[N_COLUMNS];
  bool found, is_kept;
  const char *slash = strrchr(source->origin, '/');
  const char *stem = slash ? slash + 1 : source->origin;
  const char *dot = strrchr(stem, '.');
  const size_t stem_length = dot ? (size_t)(dot - stem) : strlen(stem);

  if (source->n > RMS_FIGURES_FILE_MAX)
    return rms_error_set(err, RMS_E_LIMIT, "%s: larger than %zu MiB", source->origin,
                         RMS_FIGURES_FILE_MAX >> 20);
  rms_csv_open(&csv, source->bytes, source->n, source->origin);
  RMS_TRY(rms_csv_next(&csv, &found, err));
  if (!found) return rms_error_set(err, RMS_E_FORMAT, "%s: no header line", source->origin);
  RMS_TRY(read_header(&csv, place, err));
  const size_t width = csv.n;
  if (place[FLAG] >= 0) r->has_flags = true;
  for (;;) {
    RMS_TRY(rms_csv_next(&csv, &found, err));
    if (!found) break;
    if (csv.n != width)
      return rms_csv_error(&csv, err, "%zu fields, the header has %zu", csv.n, width);
    RMS_TRY(read_row(r, &csv, place, stem, stem_length, &row, &is_kept, err));
    if (is_kept) RMS_TRY(keep_row(r, &csv, &row, err));
  }
out:
  return status;
}

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static int compare_rows(const void *va, const void *vb)
{
  const struct rms_figure *a = va, *b = vb;
  if (a->model != b->model) return a->model < b->model ? -1 : 1;
  if (a->gpcs != b->gpcs) return a->gpcs < b->gpcs ? -1 : 1;
  if (a->batch != b->batch) return a->batch < b->batch ? -1 : 1;
  return (a->processes > b->processes) - (a->processes < b->processes);
}

/* Models into byte order, rows renumbered and sorted, twins refused. */
static int sort_all(struct reader *r, struct rms_error *err)
{
  struct rms_figures *f = r->figures;
  const char **sorted = rms_arena_alloc(f->arena, f->n_models, sizeof *sorted);
  if (!sorted) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  for (size_t i = 0; i < f->n_models; i++) sorted[i] = r->models[i];
  qsort(sorted, f->n_models, sizeof *sorted, compare_names);
  f->models = sorted;
  for (size_t i = 0; i < r->n_rows; i++)
    r->rows[i].model = (uint16_t)rms_figures_model(f, r->models[r->rows[i].model]);
  qsort(r->rows, r->n_rows, sizeof *r->rows, compare_rows);
  for (size_t i = 1; i < r->n_rows; i++) {
    const struct rms_figure *row = &r->rows[i];
    if (compare_rows(row - 1, row) == 0)
      return rms_error_set(err, RMS_E_FORMAT,
                           "model %s, gpcs %d, batch %d, processes %d is given twice",
                           f->models[row->model], row->gpcs, row->batch, row->processes);
  }
  return RMS_OK;
}

static int64_t total(const struct rms_figure *row)
{
  return row->rate * row->processes;
}

/* Rows are sorted: the one with a process fewer is the neighbour. */
static void flag_repeats(struct reader *r)
{
  for (size_t i = 1; i < r->n_rows; i++) {
    const struct rms_figure *a = &r->rows[i - 1];
    struct rms_figure *b = &r->rows[i];
    if (a->model == b->model && a->gpcs == b->gpcs && a->batch == b->batch &&
        a->processes + 1 == b->processes && a->rate == b->rate)
      b->flag = RMS_FIGURE_REPEATED;
  }
}

/* The best total of a model and size is an outlier when it exceeds 1.5 times the second best. */
static void flag_outliers(struct reader *r)
{
  for (size_t i = 0, j; i < r->n_rows; i = j) {
    struct rms_figure *best = NULL;
    int64_t second = 0;
    for (j = i; j < r->n_rows && r->rows[j].model == r->rows[i].model &&
                r->rows[j].gpcs == r->rows[i].gpcs;
         j++) {
      struct rms_figure *row = &r->rows[j];
      if (row->flag) continue;
      if (!best || total(row) > total(best)) {
        if (best) second = total(best);
        best = row;
      } else if (total(row) > second) {
        second = total(row);
      }
    }
    if (best && second > 0 && total(best) / 3 > second / 2) best->flag = RMS_FIGURE_OUTLIER;
  }
}

int rms_figures_parse(struct rms_figures **result, const struct rms_figures_source *sources,
                      size_t n, struct rms_error *err)
{
  int status = RMS_OK;
  struct reader r = {0};
  struct rms_arena *arena = rms_arena_new();
  if (!arena) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  r.figures = rms_arena_alloc(arena, 1, sizeof *r.figures);
  if (!r.figures) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  r.figures->arena = arena;
  for (size_t i = 0; i < n; i++) RMS_TRY(read_source(&r, &sources[i], err));
  if (r.n_rows == 0)
    RMS_TRY(
        rms_error_set(err, RMS_E_FORMAT, "%s: no row that ran", n ? sources[0].origin : "no file"));
  RMS_TRY(sort_all(&r, err));
  if (!r.has_flags) {
    flag_repeats(&r);
    flag_outliers(&r);
  }
  struct rms_figure *rows = rms_arena_alloc(arena, r.n_rows, sizeof *rows);
  if (!rows) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  memcpy(rows, r.rows, r.n_rows * sizeof *rows);
  r.figures->rows = rows;
  r.figures->n_rows = r.n_rows;
  for (size_t i = 0; i < r.n_rows; i++) r.figures->n_flagged += rows[i].flag != RMS_FIGURE_GOOD;
  *result = r.figures;
  arena = NULL;
out:
  free(r.models);
  free(r.rows);
  rms_arena_free(arena);
  return status;
}

void rms_figures_free(struct rms_figures *figures)
{
  if (figures) rms_arena_free(figures->arena);
}

int rms_figures_builtin(struct rms_figures **result, struct rms_error *err)
{
  const struct rms_embedded *file = rms_embedded_find(builtin_name);
  if (!file) return rms_error_set(err, RMS_E_INTERNAL, "%s is not built in", builtin_name);
  const struct rms_figures_source source = {(const char *)file->bytes, file->size, builtin_name};
  return rms_figures_parse(result, &source, 1, err);
}

int rms_figures_model(const struct rms_figures *figures, const char *name)
{
  size_t lo = 0, hi = figures->n_models;
  while (lo < hi) {
    const size_t middle = lo + (hi - lo) / 2;
    const int order = strcmp(figures->models[middle], name);
    if (order == 0) return (int)middle;
    if (order < 0)
      lo = middle + 1;
    else
      hi = middle;
  }
  return -1;
}
