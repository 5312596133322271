/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/origin.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "instances/base/json.h"

enum { FIELD = 160 };

struct launch {
  char sweep[FIELD], version[FIELD], source[FIELD], kind[FIELD], host[FIELD], cpu[FIELD];
};

/* root.group.name, "" when it is not there. */
static int field_of(const struct rms_node *root, const char *group, const char *name,
                    char text[FIELD], struct rms_error *err)
{
  int status;
  bool found = false;
  const char *value = "";
  struct rms_node parent, node;
  RMS_TRY(rms_node_find(root, group, &parent, &found, err));
  if (found) RMS_TRY(rms_node_find(&parent, name, &node, &found, err));
  if (found) RMS_TRY(rms_node_string(&node, 0, 4096, &value, err));
  snprintf(text, FIELD, "%s", value);
out:
  return status;
}

static int read_launch(const char *line, struct launch *launch, struct rms_error *err)
{
  int status;
  struct rms_document *doc = NULL;
  struct rms_node root;
  RMS_TRY(rms_document_parse(&doc, line, strlen(line), "launch record", err));
  root = rms_document_root(doc);
  RMS_TRY(field_of(&root, "sweep", "name", launch->sweep, err));
  RMS_TRY(field_of(&root, "build", "version", launch->version, err));
  RMS_TRY(field_of(&root, "build", "source", launch->source, err));
  RMS_TRY(field_of(&root, "build", "kind", launch->kind, err));
  RMS_TRY(field_of(&root, "machine", "host", launch->host, err));
  RMS_TRY(field_of(&root, "machine", "cpu", launch->cpu, err));
out:
  rms_document_free(doc);
  return status;
}

struct differences {
  bool sweep, build, host;
};

static void compare(const struct launch *a, const struct launch *b, struct differences *d)
{
  d->sweep |= strcmp(a->sweep, b->sweep) != 0;
  d->build |= strcmp(a->source, b->source) != 0 || strcmp(a->kind, b->kind) != 0;
  d->host |= strcmp(a->host, b->host) != 0 || strcmp(a->cpu, b->cpu) != 0;
}

static const char *others(bool differ)
{
  return differ ? " and others" : "";
}

static void add_limits(const struct rms_run *run, struct rms_text *text)
{
  rms_text_add(text, "; limits");
  if (run->limit_work != UINT64_MAX) rms_text_printf(text, " %" PRIu64 " work,", run->limit_work);
  if (isfinite(run->limit_time)) rms_text_printf(text, " %g s,", run->limit_time);
  rms_text_printf(text, " %.3g GiB", (double)run->limit_memory / (1 << 30));
}

int rms_records_origin(const struct rms_records *records, struct rms_text *text,
                       struct rms_error *err)
{
  int status = RMS_OK;
  struct launch first = {.sweep = ""}, next;
  struct differences differ = {0};
  char hash[RMS_HASH_TEXT];
  for (size_t i = 0; i < records->n_launches; i++) {
    RMS_TRY(read_launch(records->launches[i], i ? &next : &first, err));
    if (i) compare(&first, &next, &differ);
  }
  rms_hash_print(records->hash, hash);
  rms_text_printf(text, "%zu runs of sweep %s%s, records %.16s; rmsbench %s (%s, %s%s)",
                  records->n_runs, first.sweep, others(differ.sweep), hash, first.version,
                  first.source, first.kind, others(differ.build));
  rms_text_printf(text, "; host %s, %s%s", first.host, first.cpu, others(differ.host));
  if (records->n_runs) add_limits(&records->runs[0], text);
  RMS_TRY(rms_text_status(text));
out:
  return status;
}
