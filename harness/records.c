/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All records of a run: read file by file in the order of their names, line by line. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/record.h"
#include "harness/retry.h"
#include "harness/scan.h"
#include "instances/base/json.h"

enum { CHUNK = 1 << 20, NAMES = 512 };

struct start { /* one "start" line and what became of it */
  struct rms_hash job;
  int64_t attempt;
  double started; /* NAN: not written down */
  bool is_lost, has_run;
  const char *launch; /* its file is not closed */
};

struct loader {
  struct rms_records *records;
  struct rms_error *err;
  size_t runs_capacity, launches_capacity, closings_capacity;
  struct start *starts; /* of all files; those of the current one begin at first_start */
  size_t n_starts, starts_capacity, first_start;
  const char *path;
  size_t line;
  bool has_launch, is_closed;
  /* of a brief one */
  bool is_brief;
  bool is_unsure;           /* two runs of one job differ: the complete reader decides */
  const char *names[NAMES]; /* that were copied into the arena, each at a place of its hash */
  struct rms_text text;
};

static int no_memory(struct loader *in)
{
  return rms_error_set(in->err, RMS_E_NOMEM, "%s: out of memory", in->path);
}

static int bad_line(struct loader *in, const char *what)
{
  return rms_error_set(in->err, RMS_E_FORMAT, "%s:%zu: %s", in->path, in->line, what);
}

static int read_job(struct loader *in, const struct rms_node *node, struct start *start)
{
  static const char *const names[] = {"type", "job", "attempt", "started", NULL};
  struct rms_node started;
  bool has_started = false;
  const char *digits;
  int status = rms_node_fields(node, names, in->err);
  if (!status) status = rms_node_get_string(node, "job", 32, 32, &digits, in->err);
  if (!status && rms_hash_parse(digits, &start->job))
    status = rms_node_error(node, in->err, "job must be 32 lower-case hex digits");
  if (!status) status = rms_node_get_int(node, "attempt", 1, INT64_MAX, &start->attempt, in->err);
  if (!status) status = rms_node_find(node, "started", &started, &has_started, in->err);
  start->started = NAN;
  if (!status && has_started)
    status = rms_node_double(&started, -1e12, 1e12, &start->started, in->err);
  return status;
}

static struct start *find_start(struct loader *in, struct rms_hash job)
{
  for (size_t i = in->n_starts; i > in->first_start; i--)
    if (!rms_hash_compare(in->starts[i - 1].job, job)) return &in->starts[i - 1];
  return NULL;
}

static int line_launch(struct loader *in, const struct rms_node *node, const char *line, size_t n)
{
  const char *format;
  struct rms_records *records = in->records;
  int status = rms_node_get_string(node, "format", 1, 64, &format, in->err);
  if (status) return status;
  if (strcmp(format, RMS_RECORD_FORMAT))
    return rms_node_error(node, in->err, "format is \"%s\", must be \"%s\"", format,
                          RMS_RECORD_FORMAT);
  if (in->line > 1) return bad_line(in, "a second launch line");
  if (rms_grow(&records->launches, &in->launches_capacity, records->n_launches + 1,
               sizeof *records->launches) < 0)
    return no_memory(in);
  const char *copy = rms_arena_copy(records->arena, line, n);
  if (!copy) return no_memory(in);
  records->launches[records->n_launches++] = copy;
  in->has_launch = true;
  return RMS_OK;
}

static int add_start(struct loader *in, const struct start *start)
{
  if (rms_grow(&in->starts, &in->starts_capacity, in->n_starts + 1, sizeof *in->starts) < 0)
    return no_memory(in);
  in->starts[in->n_starts++] = *start;
  return RMS_OK;
}

static int line_start(struct loader *in, const struct rms_node *node, const char *line, size_t n)
{
  (void)line;
  (void)n;
  struct start start = {0};
  const int status = read_job(in, node, &start);
  return status ? status : add_start(in, &start);
}

static int lose_start(struct loader *in, struct rms_hash job)
{
  struct start *start = find_start(in, job);
  if (!start) return bad_line(in, "a lost line of a job that was not started in this file");
  start->is_lost = true;
  return RMS_OK;
}

static int line_lost(struct loader *in, const struct rms_node *node, const char *line, size_t n)
{
  (void)line;
  (void)n;
  struct start lost = {0};
  const int status = read_job(in, node, &lost);
  return status ? status : lose_start(in, lost.job);
}

/* Room for one run more, and a run there. */
static int make_room(struct loader *in, struct rms_run **run)
{
  struct rms_records *records = in->records;
  if (rms_grow(&records->runs, &in->runs_capacity, records->n_runs + 1, sizeof *records->runs) < 0)
    return no_memory(in);
  *run = &records->runs[records->n_runs];
  return RMS_OK;
}

static void count_run(struct loader *in)
{
  struct start *start = find_start(in, in->records->runs[in->records->n_runs++].job);
  if (start) start->has_run = true;
}

static int hash_content(struct loader *in, struct rms_run *run)
{
  rms_text_clear(&in->text);
  if (rms_run_write(run, false, &in->text) < 0) return no_memory(in);
  run->content = rms_hash_bytes(in->text.data, in->text.length);
  return RMS_OK;
}

static int line_run(struct loader *in, const struct rms_node *node, const char *line, size_t n)
{
  (void)line;
  (void)n;
  struct rms_run *run = NULL;
  int status = make_room(in, &run);
  if (!status) status = rms_run_read(run, node, in->records->arena, in->err);
  if (!status && in->is_brief) status = hash_content(in, run);
  if (!status) count_run(in);
  return status;
}

static int line_closed(struct loader *in, const struct rms_node *node, const char *line, size_t n)
{
  struct rms_records *records = in->records;
  struct rms_node warnings;
  bool found = false;
  size_t n_warnings = 0;
  in->is_closed = true;
  int status = rms_node_find(node, "warnings", &warnings, &found, in->err);
  if (!status && found) status = rms_node_array(&warnings, 0, 64, &n_warnings, in->err);
  if (status || !n_warnings) return status;
  if (rms_grow(&records->closings, &in->closings_capacity, records->n_closings + 1,
               sizeof *records->closings) < 0)
    return no_memory(in);
  const char *copy = rms_arena_copy(records->arena, line, n);
  if (!copy) return no_memory(in);
  records->closings[records->n_closings++] = copy;
  return RMS_OK;
}

static int read_node(struct loader *in, const struct rms_node *root, const char *line, size_t n)
{
  static const struct {
    const char *type;
    int (*read)(struct loader *in, const struct rms_node *node, const char *line, size_t n);
  } rows[] = {{"launch", line_launch},
              {"start", line_start},
              {"lost", line_lost},
              {"run", line_run},
              {"closed", line_closed}};
  const char *type;
  const int status = rms_node_get_string(root, "type", 1, 16, &type, in->err);
  if (status) return status;
  if (!in->has_launch && strcmp(type, "launch")) return bad_line(in, "the launch line is missing");
  if (in->is_closed) return bad_line(in, "goes on after its closed line");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (!strcmp(type, rows[i].type)) return rows[i].read(in, root, line, n);
  return rms_node_error(root, in->err, "type is \"%s\", which is none", type);
}

/* ---- lines as we write them ---- */

/* A text of the arena; most come again and again. */
static const char *name_of(struct loader *in, struct rms_span span)
{
  const char **place = &in->names[rms_hash_bytes(span.at, span.n).low % NAMES];
  if (!*place || strncmp(*place, span.at, span.n) != 0 || (*place)[span.n])
    *place = rms_arena_copy(in->records->arena, span.at, span.n);
  return *place;
}

static int take_run(struct loader *in, const struct rms_scan *scan)
{
  struct rms_run *run = NULL;
  const int status = make_room(in, &run);
  if (status) return status;
  *run = (struct rms_run){.job = scan->job,
                          .attempt = scan->attempt,
                          .end = scan->end,
                          .rank = scan->rank,
                          .wall = scan->wall,
                          .started = scan->started,
                          .is_work_limited = scan->is_work_limited,
                          .instance = name_of(in, scan->instance),
                          .group = name_of(in, scan->group),
                          .label = name_of(in, scan->label),
                          .verdict = name_of(in, scan->verdict),
                          .launch = name_of(in, scan->launch)};
  rms_text_clear(&in->text);
  rms_text_bytes(&in->text, scan->content.at, scan->content.n);
  rms_text_add(&in->text, "}\n");
  if (!run->instance || !run->group || !run->label || !run->verdict || !run->launch ||
      rms_text_status(&in->text))
    return no_memory(in);
  run->content = rms_hash_bytes(in->text.data, in->text.length);
  count_run(in);
  return RMS_OK;
}

static int take_scan(struct loader *in, const struct rms_scan *scan)
{
  if (scan->kind == RMS_SCAN_RUN) return take_run(in, scan);
  if (scan->kind == RMS_SCAN_LOST) return lose_start(in, scan->job);
  return add_start(
      in, &(struct start){.job = scan->job, .attempt = scan->attempt, .started = scan->started});
}

/* *is_json tells a torn line from one that says something wrong. */
static int read_line(struct loader *in, const char *line, size_t n, bool *is_json)
{
  struct rms_document *doc = NULL;
  char origin[PATH_MAX + 32];
  struct rms_scan scan;
  if (in->is_brief && in->has_launch && !in->is_closed && rms_scan_line(line, n, &scan)) {
    *is_json = true;
    return take_scan(in, &scan);
  }
  snprintf(origin, sizeof origin, "%s:%zu", in->path, in->line);
  *is_json = false;
  int status = rms_document_parse(&doc, line, n, origin, in->err);
  if (status) return status;
  *is_json = true;
  const struct rms_node root = rms_document_root(doc);
  status = read_node(in, &root, line, n);
  rms_document_free(doc);
  return status;
}

/* The lines that are whole. *used [out] how much of the bytes they take.
 *   is_last [in] nothing follows these bytes in the file */
static int read_lines(struct loader *in, const char *bytes, size_t n, bool is_last, size_t *used)
{
  const char *const begin = bytes, *const end = bytes + n;
  for (const char *stop; bytes < end; bytes = stop + 1) {
    bool is_json = false;
    stop = memchr(bytes, '\n', (size_t)(end - bytes));
    /* Is it the last line of the file? Then it may be torn: so it waits for what comes. */
    if (!is_last && (!stop || stop + 1 == end)) break;
    in->line++;
    const int status = stop ? read_line(in, bytes, (size_t)(stop - bytes), &is_json) : RMS_E_FORMAT;
    if (status == RMS_E_FORMAT && !is_json && (!stop || stop + 1 == end)) {
      in->records->n_torn++;
      bytes = end;
      break;
    }
    if (status) return status;
  }
  *used = (size_t)(bytes - begin);
  return RMS_OK;
}

static int read_chunk(struct loader *in, int fd, char *bytes, size_t room, size_t *n)
{
  ssize_t got;
  do {
    got = read(fd, bytes, room);
  } while (got < 0 && errno == EINTR);
  if (got < 0)
    return rms_error_set(in->err, RMS_E_IO, "%s: cannot be read: %s", in->path, strerror(errno));
  *n = (size_t)got;
  return RMS_OK;
}

/* A file may be long: it is read piece by piece, the rest of a line is kept. */
static int read_stream(struct loader *in, int fd)
{
  int status = RMS_OK;
  char *bytes = NULL;
  size_t capacity = 0, n = 0, got = 0, used = 0;
  do {
    if (rms_grow(&bytes, &capacity, n + CHUNK, 1) < 0) RMS_TRY(no_memory(in));
    RMS_TRY(read_chunk(in, fd, bytes + n, CHUNK, &got));
    n += got;
    RMS_TRY(read_lines(in, bytes, n, !got, &used));
    n -= used;
    memmove(bytes, bytes + used, n);
  } while (got);
out:
  free(bytes);
  return status;
}

/* What was in flight; the file name begins with that of the launch. */
static int close_file(struct loader *in)
{
  const char *slash = strrchr(in->path, '/');
  const char *base = slash ? slash + 1 : in->path;
  const char *name = rms_arena_copy(in->records->arena, base, strlen(base));
  for (size_t i = in->first_start; i < in->n_starts; i++) {
    struct start *start = &in->starts[i];
    if (start->has_run || in->is_closed) continue;
    if (!start->is_lost) in->records->n_in_flight++;
    if (!start->is_lost) start->launch = name;
    start->is_lost = true;
  }
  return name ? RMS_OK : no_memory(in);
}

static int read_file(struct loader *in, const char *path)
{
  in->path = path;
  in->line = 0;
  in->has_launch = in->is_closed = false;
  in->first_start = in->n_starts;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return rms_error_set(in->err, RMS_E_IO, "%s: cannot be opened: %s", path, strerror(errno));
  int status = read_stream(in, fd);
  if (!status) status = close_file(in);
  in->records->n_files++;
  close(fd);
  return status;
}

/* ---- from lines to one run per job
 * --------------------------------------------------------------- */

static int compare_runs(const void *a, const void *b)
{
  const struct rms_run *x = a, *y = b;
  const int order = rms_hash_compare(x->job, y->job);
  if (order) return order;
  const int lost = (x->end == RMS_END_LOST) - (y->end == RMS_END_LOST);
  if (lost) return lost;
  if (x->attempt != y->attempt) return x->attempt < y->attempt ? -1 : 1;
  const int launch = strcmp(x->launch, y->launch);
  return launch ? launch : (x->rank > y->rank) - (x->rank < y->rank);
}

/* Only a run that nothing from outside has ended can be asked to be the same again. */
static bool is_reproducible(const struct rms_run *run)
{
  return run->is_work_limited && (run->end == RMS_END_EXIT || run->end == RMS_END_UNSUPPORTED);
}

static int compare_pair(struct loader *in, const struct rms_run *a, const struct rms_run *b)
{
  struct rms_error *err = in->err;
  int status = RMS_OK;
  struct rms_text x = {0}, y = {0};
  char job[RMS_HASH_TEXT];
  if (!is_reproducible(a) || !is_reproducible(b)) return RMS_OK;
  if (in->is_brief) {
    in->is_unsure = in->is_unsure || rms_hash_compare(a->content, b->content) != 0;
    return RMS_OK;
  }
  rms_hash_print(a->job, job);
  if (rms_run_write(a, false, &x) < 0 || rms_run_write(b, false, &y) < 0)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "records: out of memory"));
  if (strcmp(x.data, y.data))
    RMS_TRY(
        rms_error_set(err, RMS_E_INTERNAL,
                      "alarm: two work-limited runs of job %s differ (%s on %s; launches %s and "
                      "%s): the solver is not deterministic or the machine is not sound",
                      job, a->label, a->instance, a->launch, b->launch));
out:
  rms_text_fini(&y);
  rms_text_fini(&x);
  return status;
}

static int drop_duplicates(struct loader *in)
{
  struct rms_records *records = in->records;
  size_t kept = 0;
  if (records->n_runs) qsort(records->runs, records->n_runs, sizeof *records->runs, compare_runs);
  for (size_t i = 0; i < records->n_runs; i++) {
    struct rms_run *run = &records->runs[i], *last = kept ? &records->runs[kept - 1] : NULL;
    if (!last || rms_hash_compare(last->job, run->job)) {
      records->runs[kept++] = *run;
      continue;
    }
    const int status = compare_pair(in, last, run);
    if (status) return status;
    records->n_duplicates++;
  }
  records->n_runs = kept;
  return RMS_OK;
}

static int compute_hash(struct rms_records *records)
{
  struct rms_text line = {0}, all = {0};
  int status = RMS_OK;
  for (size_t i = 0; i < records->n_runs; i++) {
    char digits[RMS_HASH_TEXT];
    struct rms_hash hash = records->runs[i].content;
    if (!hash.high && !hash.low) {
      rms_text_clear(&line);
      RMS_TRY(rms_run_write(&records->runs[i], false, &line));
      hash = rms_hash_bytes(line.data, line.length);
    }
    rms_hash_print(hash, digits);
    rms_text_add(&all, digits);
  }
  RMS_TRY(rms_text_status(&all));
  records->hash = rms_hash_bytes(all.length ? all.data : "", all.length);
out:
  rms_text_fini(&all);
  rms_text_fini(&line);
  return status;
}

static int compare_starts(const void *a, const void *b)
{
  const struct start *x = a, *y = b;
  const int order = rms_hash_compare(x->job, y->job);
  return order ? order : (x->attempt > y->attempt) - (x->attempt < y->attempt);
}

const struct rms_run *rms_records_find(const struct rms_records *records, struct rms_hash job)
{
  size_t lo = 0, hi = records->n_runs;
  while (lo < hi) {
    const size_t mid = lo + (hi - lo) / 2;
    const int order = rms_hash_compare(job, records->runs[mid].job);
    if (!order) return &records->runs[mid];
    if (order < 0)
      hi = mid;
    else
      lo = mid + 1;
  }
  return NULL;
}

/* ---- retries: what they replace does not count any more ---- */

static bool is_same_job(const struct rms_retry *retry)
{
  return !rms_hash_compare(retry->job, retry->replacement);
}

/* Highest attempt of the job that is void. */
static int64_t void_attempts(const struct rms_retries *retries, struct rms_hash job)
{
  int64_t highest = 0;
  for (size_t i = 0; i < retries->n; i++) {
    const struct rms_retry *retry = &retries->items[i];
    if (is_same_job(retry) && !rms_hash_compare(retry->job, job) && retry->attempt > highest)
      highest = retry->attempt;
  }
  return highest;
}

/* With the same limits: the attempt leaves the runs and was merely begun. */
static int drop_void(struct loader *in, const struct rms_retries *retries)
{
  struct rms_records *records = in->records;
  size_t kept = 0;
  for (size_t i = 0; i < records->n_runs && retries->n; i++) {
    const struct rms_run *run = &records->runs[i];
    if (run->attempt > void_attempts(retries, run->job)) {
      records->runs[kept++] = *run;
      continue;
    }
    if (rms_grow(&in->starts, &in->starts_capacity, in->n_starts + 1, sizeof *in->starts) < 0)
      return no_memory(in);
    in->starts[in->n_starts++] =
        (struct start){.job = run->job, .attempt = run->attempt, .started = NAN};
  }
  if (retries->n) records->n_runs = kept;
  return RMS_OK;
}

/* With other limits: the old run stands until the new one is there. */
static int drop_replaced(struct loader *in, const struct rms_retries *retries)
{
  struct rms_records *records = in->records;
  size_t kept = 0;
  bool *is_replaced = calloc(records->n_runs + 1, sizeof *is_replaced);
  if (!is_replaced) return no_memory(in);
  for (size_t i = 0; i < retries->n; i++) {
    const struct rms_retry *retry = &retries->items[i];
    const struct rms_run *old = rms_records_find(records, retry->job);
    const struct rms_run *next = rms_records_find(records, retry->replacement);
    if (is_same_job(retry) || !next) continue;
    records->runs[next - records->runs].is_retry = true;
    if (old) is_replaced[old - records->runs] = true;
  }
  for (size_t i = 0; i < records->n_runs; i++)
    if (!is_replaced[i]) records->runs[kept++] = records->runs[i];
  records->n_runs = kept;
  free(is_replaced);
  return RMS_OK;
}

static int list_unfinished(struct loader *in)
{
  struct rms_records *records = in->records;
  struct rms_unfinished *list = rms_arena_alloc(records->arena, in->n_starts, sizeof *list);
  size_t n = 0;
  if (!list) return RMS_E_NOMEM;
  if (in->n_starts) qsort(in->starts, in->n_starts, sizeof *in->starts, compare_starts);
  for (size_t i = 0; i < in->n_starts; i++) {
    const struct start *start = &in->starts[i];
    if (!n || rms_hash_compare(list[n - 1].job, start->job)) {
      if (rms_records_find(records, start->job)) continue;
      list[n++].job = start->job;
    }
    list[n - 1].attempts = start->attempt;
    list[n - 1].launch = start->launch;
    list[n - 1].started = start->started;
    list[n - 1].lost += start->is_lost;
  }
  records->n_unfinished = n;
  records->unfinished = list;
  return RMS_OK;
}

static int compare_texts(const void *a, const void *b)
{
  const char *const *x = a, *const *y = b;
  return strcmp(*x, *y);
}

static int is_record_file(const struct dirent *entry)
{
  const size_t n = strlen(entry->d_name);
  return n > 6 && !strcmp(entry->d_name + n - 6, ".jsonl");
}

static int read_folder(struct loader *in, const char *run_folder)
{
  char path[PATH_MAX];
  struct dirent **entries = NULL;
  snprintf(path, sizeof path, "%s/records", run_folder);
  const int n = scandir(path, &entries, is_record_file, alphasort);
  if (n < 0 && errno == ENOENT) return RMS_OK;
  if (n < 0)
    return rms_error_set(in->err, RMS_E_IO,
                         "%s: cannot read the folder: %s (is it the -o of 'rms run'?)", path,
                         strerror(errno));
  int status = RMS_OK;
  for (int i = 0; i < n; i++) {
    snprintf(path, sizeof path, "%s/records/%s", run_folder, entries[i]->d_name);
    if (!status) status = read_file(in, path);
    free(entries[i]);
  }
  free(entries);
  return status;
}

static int load(struct loader *in, struct rms_records **result, const char *run_folder)
{
  int status = RMS_OK;
  struct rms_retries retries = {0};
  struct rms_records *records = in->records = calloc(1, sizeof *records);
  if (!records || !(records->arena = rms_arena_new())) RMS_TRY(no_memory(in));
  RMS_TRY(read_folder(in, run_folder));
  RMS_TRY(rms_retries_load(&retries, run_folder, in->err));
  RMS_TRY(drop_void(in, &retries));
  RMS_TRY(drop_duplicates(in));
  RMS_TRY(drop_replaced(in, &retries));
  if (compute_hash(records) < 0 || list_unfinished(in) < 0) RMS_TRY(no_memory(in));
  if (records->n_launches)
    qsort(records->launches, records->n_launches, sizeof *records->launches, compare_texts);
  *result = records;
  records = NULL;
out:
  rms_retries_fini(&retries);
  rms_text_fini(&in->text);
  free(in->starts);
  rms_records_free(records);
  return status;
}

int rms_records_load(struct rms_records **result, const char *run_folder, struct rms_error *err)
{
  struct loader in = {.err = err, .path = run_folder};
  return load(&in, result, run_folder);
}

int rms_records_load_brief(struct rms_records **result, const char *run_folder,
                           struct rms_error *err)
{
  struct loader in = {.err = err, .path = run_folder, .is_brief = true};
  struct rms_records *records = NULL;
  const int status = load(&in, &records, run_folder);
  if (status) return status;
  if (in.is_unsure) {
    rms_records_free(records);
    return rms_records_load(result, run_folder, err);
  }
  *result = records;
  return RMS_OK;
}

void rms_records_free(struct rms_records *records)
{
  if (!records) return;
  free(records->closings);
  free(records->launches);
  free(records->runs);
  rms_arena_free(records->arena);
  free(records);
}
