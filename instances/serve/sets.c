/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/serve/sets.h"

#include <ini.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "instances/base/embedded.h"

static const char folder[] = "instances/sets/";

/* ---- the list of sets --------------------------------------------------------------------------
 */

/* NAME of "instances/sets/NAME.ini", its length, or NULL. */
static const char *name_of(const struct rms_embedded *file, size_t *length)
{
  const size_t n = strlen(file->name), head = sizeof folder - 1;
  if (strncmp(file->name, folder, head) != 0 || n < head + 5) return NULL;
  if (strcmp(file->name + n - 4, ".ini") != 0) return NULL;
  *length = n - head - 4;
  return file->name + head;
}

static const struct rms_embedded *set_file(size_t i)
{
  size_t length;
  for (size_t f = 0; f < rms_embedded_count; f++)
    if (name_of(&rms_embedded_files[f], &length) && i-- == 0) return &rms_embedded_files[f];
  return NULL;
}

bool rms_serve_set_name(size_t i, char name[RMS_SET_NAME_MAX])
{
  size_t length;
  const struct rms_embedded *file = set_file(i);
  const char *text = file ? name_of(file, &length) : NULL;
  if (!text || length >= RMS_SET_NAME_MAX) return false;
  memcpy(name, text, length);
  name[length] = 0;
  return true;
}

static const struct rms_embedded *find_file(const char *name)
{
  size_t length;
  const struct rms_embedded *file;
  for (size_t i = 0; (file = set_file(i)); i++) {
    const char *text = name_of(file, &length);
    if (strlen(name) == length && memcmp(text, name, length) == 0) return file;
  }
  return NULL;
}

static int unknown_set(const char *name, struct rms_error *err)
{
  char best[RMS_SET_NAME_MAX] = "", word[RMS_SET_NAME_MAX];
  for (size_t i = 0; rms_serve_set_name(i, word); i++) {
    if (!best[0] || rms_text_distance(name, word) < rms_text_distance(name, best))
      memcpy(best, word, sizeof best);
  }
  return rms_error_set(err, RMS_E_UNKNOWN, "no set \"%.60s\", the nearest is \"%s\"", name, best);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

struct reader {
  struct rms_serve_set *set;
  struct rms_error *err;
  int status;
  char section[64];
};

/* inih stops at 0 and reports a line: the reason is kept here. */
static int stop(struct reader *r, int status)
{
  r->status = status;
  return 0;
}

static int no_memory(struct reader *r)
{
  return stop(r, rms_error_set(r->err, RMS_E_NOMEM, "out of memory"));
}

static int join(struct reader *r, const char **text, const char *more)
{
  struct rms_arena *arena = r->set->arena;
  if (!*text) return (*text = rms_arena_text(arena, more)) ? 1 : no_memory(r);
  const size_t a = strlen(*text), b = strlen(more);
  char *both = rms_arena_alloc(arena, a + b + 2, 1);
  if (!both) return no_memory(r);
  memcpy(both, *text, a);
  both[a] = ' ';
  memcpy(both + a + 1, more, b);
  *text = both;
  return 1;
}

static int read_number(struct reader *r, const char *key, const char *value, int64_t *number)
{
  if (rms_parse_int(value, number) < 0 || *number < 0 || *number > 1000000)
    return stop(r, rms_error_set(r->err, RMS_E_FORMAT,
                                 "%s = %.40s: must be a whole number in [0, 1000000]", key, value));
  return 1;
}

static int read_head(struct reader *r, const char *key, const char *value)
{
  struct rms_serve_set *set = r->set;
  if (strcmp(key, "doc") == 0) return join(r, &set->doc, value);
  if (strcmp(key, "notes") == 0) return join(r, &set->notes, value);
  if (strcmp(key, "count") == 0) return read_number(r, key, value, &set->count);
  if (strcmp(key, "most_services_per_machine") == 0)
    return read_number(r, key, value, &set->services_per_machine);
  return stop(r, rms_error_set(r->err, RMS_E_FORMAT, "[set] has no key \"%.40s\"", key));
}

static int add_value(struct reader *r, struct rms_set_block *block, int key, const char *word,
                     size_t n)
{
  if (block->n_values[key] == RMS_SET_VALUES_MAX)
    return stop(r, rms_error_set(r->err, RMS_E_LIMIT, "more than %d values of %s",
                                 RMS_SET_VALUES_MAX, rms_serve_option_at((size_t)key)->key));
  char *copy = rms_arena_copy(r->set->arena, word, n);
  if (!copy) return no_memory(r);
  block->values[key][block->n_values[key]++] = copy;
  return 1;
}

static int read_values(struct reader *r, struct rms_set_block *block, const char *name,
                       const char *value)
{
  const int key = rms_serve_option_index(name);
  if (key < 0 || key == RMS_OPT_SEED || key == RMS_OPT_INDEX)
    return stop(r, rms_error_set(r->err, RMS_E_FORMAT, "a cell has no option \"%.40s\"", name));
  if (block->n_values[key] == 0) {
    block->values[key] = rms_arena_alloc(r->set->arena, RMS_SET_VALUES_MAX, sizeof(char *));
    if (!block->values[key]) return no_memory(r);
    block->keys[block->n_keys++] = key;
  }
  for (const char *at = value + strspn(value, " \t"); *at; at += strspn(at, " \t")) {
    const size_t n = strcspn(at, " \t");
    if (!add_value(r, block, key, at, n)) return 0;
    at += n;
  }
  if (block->n_values[key] == 0)
    return stop(r, rms_error_set(r->err, RMS_E_FORMAT, "option \"%.40s\" has no value", name));
  return 1;
}

static int read_pair(void *user, const char *section, const char *key, const char *value)
{
  struct reader *r = user;
  struct rms_serve_set *set = r->set;
  if (strcmp(section, "set") == 0) return read_head(r, key, value);
  if (strncmp(section, "cells", 5) != 0 || (section[5] != 0 && section[5] != ' '))
    return stop(r, rms_error_set(r->err, RMS_E_FORMAT,
                                 "section [%.40s] must be [set] or [cells ...]", section));
  if (strlen(section) >= sizeof r->section)
    return stop(r, rms_error_set(r->err, RMS_E_FORMAT, "section name too long"));
  if (set->n_blocks == 0 || strcmp(section, r->section) != 0) {
    if (set->n_blocks == RMS_SET_BLOCKS_MAX)
      return stop(r, rms_error_set(r->err, RMS_E_LIMIT, "more than %d blocks", RMS_SET_BLOCKS_MAX));
    memcpy(r->section, section, strlen(section) + 1);
    set->n_blocks++;
  }
  struct rms_set_block *block = &set->blocks[set->n_blocks - 1];
  if (strcmp(key, "label") != 0) return read_values(r, block, key, value);
  return (block->label = rms_arena_text(set->arena, value)) ? 1 : no_memory(r);
}

/* ---- cells -------------------------------------------------------------------------------------
 */

static size_t block_size(const struct rms_set_block *block)
{
  size_t n = 1;
  for (int k = 0; k < block->n_keys && n <= RMS_SET_CELLS_MAX; k++)
    n *= (size_t)block->n_values[block->keys[k]];
  return n;
}

/* The value of an option in a cell, NULL: not given. */
static const char *value_of(const struct rms_set_block *block, size_t rank, int option)
{
  for (int k = block->n_keys; k-- > 0;) {
    const int key = block->keys[k];
    const size_t n = (size_t)block->n_values[key];
    if (key == option) return block->values[key][rank % n];
    rank /= n;
  }
  return NULL;
}

static bool is_too_dense(const struct rms_serve_set *set, const struct rms_set_block *block,
                         size_t rank)
{
  int64_t services, machines;
  const char *n = value_of(block, rank, RMS_OPT_SERVICES),
             *t = value_of(block, rank, RMS_OPT_MACHINES);
  if (set->services_per_machine == 0 || !n || !t) return false;
  if (rms_parse_int(n, &services) < 0 || rms_parse_int(t, &machines) < 0) return false;
  return (double)services > (double)machines * (double)set->services_per_machine;
}

static int list_cells(struct rms_serve_set *set, struct rms_error *err)
{
  size_t total = 0;
  for (size_t b = 0; b < set->n_blocks; b++) total += block_size(&set->blocks[b]);
  if (total > RMS_SET_CELLS_MAX)
    return rms_error_set(err, RMS_E_LIMIT, "set %s: more than %d cells", set->name,
                         RMS_SET_CELLS_MAX);
  set->cells = rms_arena_alloc(set->arena, total, sizeof *set->cells);
  if (!set->cells) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  for (uint32_t b = 0; b < set->n_blocks; b++) {
    const size_t n = block_size(&set->blocks[b]);
    for (uint32_t i = 0; i < n; i++)
      if (!is_too_dense(set, &set->blocks[b], i))
        set->cells[set->n_cells++] = (struct rms_set_cell){.block = b, .rank = i};
  }
  if (set->n_cells == 0) return rms_error_set(err, RMS_E_FORMAT, "set %s has no cell", set->name);
  return RMS_OK;
}

int rms_serve_set_parse(struct rms_serve_set **result, const char *name, const char *text,
                        struct rms_error *err)
{
  int status = RMS_OK;
  struct reader r = {.err = err};
  struct rms_arena *arena = rms_arena_new();
  if (!arena) return rms_error_set(err, RMS_E_NOMEM, "out of memory");
  struct rms_serve_set *set = rms_arena_alloc(arena, 1, sizeof *set);
  if (!set) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  set->arena = arena;
  set->count = 1;
  if (!(set->name = rms_arena_text(arena, name)))
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  r.set = set;
  const int line = ini_parse_string(text, read_pair, &r);
  if (r.status < 0) {
    rms_error_where(err, "%s%s.ini:%d", folder, name, line);
    RMS_TRY(r.status);
  }
  if (line != 0)
    RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "%s%s.ini:%d: not a line of an ini file", folder, name,
                          line));
  if (set->count < 1)
    RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "set %s: count must be at least 1", name));
  RMS_TRY(list_cells(set, err));
  *result = set;
  arena = NULL;
out:
  rms_arena_free(arena);
  return status;
}

int rms_serve_set_open(struct rms_serve_set **result, const char *name, struct rms_error *err)
{
  const struct rms_embedded *file = find_file(name);
  return file ? rms_serve_set_parse(result, name, (const char *)file->bytes, err)
              : unknown_set(name, err);
}

void rms_serve_set_free(struct rms_serve_set *set)
{
  if (set) rms_arena_free(set->arena);
}

bool rms_serve_set_varies(const struct rms_serve_set *set, int option)
{
  const struct rms_set_block *first = &set->blocks[0];
  for (size_t b = 0; b < set->n_blocks; b++) {
    const struct rms_set_block *block = &set->blocks[b];
    if (block->n_values[option] > 1 || block->n_values[option] != first->n_values[option])
      return true;
    if (block->n_values[option] && strcmp(block->values[option][0], first->values[option][0]) != 0)
      return true;
  }
  return false;
}

int rms_serve_set_cell(const struct rms_serve_set *set, size_t i, struct rms_serve_options *options,
                       struct rms_error *err)
{
  const struct rms_set_block *block = &set->blocks[set->cells[i].block];
  rms_serve_options_init(options);
  for (int k = 0; k < block->n_keys; k++) {
    const int key = block->keys[k];
    const int status = rms_serve_option_set(options, rms_serve_option_at((size_t)key)->key,
                                            value_of(block, set->cells[i].rank, key), err);
    if (status < 0) {
      rms_error_where(err, "set %s, cell %zu", set->name, i);
      return status;
    }
  }
  return RMS_OK;
}

/* One {key} of a label. */
static int add_key(struct rms_text *text, const char *key, size_t n,
                   const struct rms_serve_options *options, struct rms_error *err)
{
  char word[32] = "";
  if (n < sizeof word) memcpy(word, key, n);
  const int option = rms_serve_option_index(word);
  if (option < 0) return rms_error_set(err, RMS_E_FORMAT, "label: no option \"%s\"", word);
  rms_text_add(text, options->text[option]);
  return RMS_OK;
}

int rms_serve_set_label(const struct rms_serve_set *set, size_t i,
                        const struct rms_serve_options *options, char label[RMS_SET_LABEL_MAX],
                        struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_text text = {0};
  const char *at = set->blocks[set->cells[i].block].label;
  for (at = at ? at : set->name; *at;) {
    const char *close = *at == '{' ? strchr(at, '}') : NULL;
    if (close) {
      RMS_TRY(add_key(&text, at + 1, (size_t)(close - at - 1), options, err));
      at = close + 1;
    } else {
      rms_text_bytes(&text, at++, 1);
    }
  }
  if (text.failed) RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "out of memory"));
  if (text.length >= RMS_SET_LABEL_MAX)
    RMS_TRY(rms_error_set(err, RMS_E_FORMAT, "label of set %s is longer than %d bytes", set->name,
                          RMS_SET_LABEL_MAX - 1));
  memcpy(label, text.data ? text.data : "", text.length + 1);
out:
  rms_text_fini(&text);
  return status;
}

/* ---- lists -------------------------------------------------------------------------------------
 */

static int tell_sets(struct rms_text *text, struct rms_error *err)
{
  char name[RMS_SET_NAME_MAX];
  for (size_t i = 0; rms_serve_set_name(i, name); i++) {
    struct rms_serve_set *set = NULL;
    const int status = rms_serve_set_open(&set, name, err);
    if (status < 0) return status;
    rms_text_printf(text, "%-14s %4zu cells x %2" PRId64 "  %s\n", name, set->n_cells, set->count,
                    set->doc ? set->doc : "");
    rms_serve_set_free(set);
  }
  return RMS_OK;
}

static int tell_cells(struct rms_text *text, const char *name, struct rms_error *err)
{
  int status = RMS_OK;
  struct rms_serve_set *set = NULL;
  struct rms_serve_options options;
  char label[RMS_SET_LABEL_MAX];
  RMS_TRY(rms_serve_set_open(&set, name, err));
  rms_text_printf(text, "# %s\n", set->doc ? set->doc : name);
  if (set->notes) rms_text_printf(text, "# %s\n", set->notes);
  for (size_t i = 0; i < set->n_cells; i++) {
    RMS_TRY(rms_serve_set_cell(set, i, &options, err));
    RMS_TRY(rms_serve_set_label(set, i, &options, label, err));
    rms_text_printf(text, "%-40s ", label);
    rms_serve_options_text(text, &options, false);
    rms_text_add(text, "\n");
  }
out:
  rms_serve_set_free(set);
  return status;
}

int rms_serve_list_sets(const char *set, struct rms_text *text, struct rms_error *err)
{
  return set ? tell_cells(text, set, err) : tell_sets(text, err);
}
