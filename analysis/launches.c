/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/launches.h"

#include <string.h>

#include "instances/base/json.h"

enum { TEXT_MAX = 1 << 16, WORDS_MAX = 4096 };

struct field {
  const char *group, *name; /* group NULL: of the line itself */
  size_t offset;
};

#define PLACE(member) offsetof(struct rms_launch_facts, member)

static const struct field texts[] = {{NULL, "launch", PLACE(name)},
                                     {NULL, "transport", PLACE(transport)},
                                     {"build", "version", PLACE(version)},
                                     {"build", "source", PLACE(source)},
                                     {"build", "kind", PLACE(kind)},
                                     {"build", "compiler", PLACE(compiler)},
                                     {"build", "cflags", PLACE(cflags)},
                                     {"machine", "host", PLACE(host)},
                                     {"machine", "kernel", PLACE(kernel)},
                                     {"machine", "cpu", PLACE(cpu)},
                                     {"machine", "governor", PLACE(governor)},
                                     {"machine", "no_turbo", PLACE(no_turbo)},
                                     {"machine", "smt", PLACE(smt)},
                                     {"machine", "load", PLACE(load)},
                                     {"machine", "bound", PLACE(bound)},
                                     {"time", "started", PLACE(started)},
                                     {"sweep", "name", PLACE(sweep)},
                                     {"sweep", "plan", PLACE(plan)}};

static const struct field numbers[] = {
    {NULL, "rank", PLACE(rank)},          {NULL, "ranks", PLACE(ranks)},
    {"machine", "cores", PLACE(cores)},   {"machine", "threads", PLACE(threads)},
    {"machine", "memory", PLACE(memory)}, {"sweep", "jobs", PLACE(jobs)},
    {"sweep", "seed", PLACE(seed)},
};

static void init_launch(struct rms_launch_facts *launch)
{
  static const char *const nothing = "";
  static const int64_t unknown = -1;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    memcpy((char *)launch + texts[i].offset, &nothing, sizeof nothing);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    memcpy((char *)launch + numbers[i].offset, &unknown, sizeof unknown);
  launch->command = nothing;
}

static int find(const struct rms_node *root, const struct field *field, struct rms_node *parent,
                struct rms_node *node, bool *found, struct rms_error *err)
{
  int status = RMS_OK;
  *found = true;
  *parent = *root;
  if (field->group) status = rms_node_find(root, field->group, parent, found, err);
  if (!status && *found) status = rms_node_find(parent, field->name, node, found, err);
  return status;
}

static int read_text(const struct rms_node *root, const struct field *field,
                     struct rms_launch_facts *launch, struct rms_arena *arena,
                     struct rms_error *err)
{
  int status;
  bool found = false;
  const char *value = "";
  struct rms_node parent, node;
  RMS_TRY(find(root, field, &parent, &node, &found, err));
  if (found) RMS_TRY(rms_node_string(&node, 0, TEXT_MAX, &value, err));
  const char *const kept = rms_arena_text(arena, value);
  if (!kept) RMS_TRY(RMS_E_NOMEM);
  memcpy((char *)launch + field->offset, &kept, sizeof kept);
out:
  return status;
}

static int read_number(const struct rms_node *root, const struct field *field,
                       struct rms_launch_facts *launch, struct rms_error *err)
{
  int status;
  bool found = false;
  int64_t value = -1;
  struct rms_node parent, node;
  RMS_TRY(find(root, field, &parent, &node, &found, err));
  if (found) RMS_TRY(rms_node_int(&node, INT64_MIN, INT64_MAX, &value, err));
  memcpy((char *)launch + field->offset, &value, sizeof value);
out:
  return status;
}

static int read_command(const struct rms_node *root, struct rms_launch_facts *launch,
                        struct rms_arena *arena, struct rms_error *err)
{
  int status;
  bool found = false;
  size_t n = 0;
  struct rms_text text = {0};
  struct rms_node words;
  RMS_TRY(rms_node_find(root, "command", &words, &found, err));
  if (found) RMS_TRY(rms_node_array(&words, 0, WORDS_MAX, &n, err));
  for (size_t i = 0; i < n; i++) {
    const struct rms_node item = rms_node_item(&words, i);
    const char *word = "";
    RMS_TRY(rms_node_string(&item, 0, TEXT_MAX, &word, err));
    rms_text_printf(&text, "%s%s", i ? " " : "", word);
  }
  RMS_TRY(rms_text_status(&text));
  if (!(launch->command = rms_arena_text(arena, text.data ? text.data : ""))) status = RMS_E_NOMEM;
out:
  rms_text_fini(&text);
  return status;
}

static int read_launch(const char *line, struct rms_launch_facts *launch, struct rms_arena *arena,
                       struct rms_error *err)
{
  int status;
  struct rms_document *doc = NULL;
  struct rms_node root;
  RMS_TRY(rms_document_parse(&doc, line, strlen(line), "launch record", err));
  root = rms_document_root(doc);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    RMS_TRY(read_text(&root, &texts[i], launch, arena, err));
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    RMS_TRY(read_number(&root, &numbers[i], launch, err));
  RMS_TRY(read_command(&root, launch, arena, err));
out:
  rms_document_free(doc);
  return status;
}

int rms_launches_read(const struct rms_launch_facts **result, struct rms_arena *arena,
                      const struct rms_records *records, struct rms_error *err)
{
  int status = RMS_OK;
  const size_t n = records->n_launches;
  struct rms_launch_facts *const launches = rms_arena_alloc(arena, n + 1, sizeof *launches);
  if (!launches) return RMS_E_NOMEM;
  for (size_t i = 0; i <= n; i++) init_launch(&launches[i]);
  for (size_t i = 0; i < n; i++)
    RMS_TRY(read_launch(records->launches[i], &launches[i], arena, err));
  *result = launches;
out:
  return status;
}
