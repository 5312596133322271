/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generator texts and set files from hostile bytes. An accepted text has a canonical form that is
 * its own canonical form and has the same identity; small ones are generated. Machine files are not
 * opened. */
#include <stdlib.h>
#include <string.h>

#include "instances/serve/generate.h"
#include "instances/serve/sets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int is_good)
{
  if (!is_good) abort();
}

static int take(void *ctx, const char *spec, const char *group)
{
  size_t *n = ctx;
  struct rms_hash hash;
  struct rms_error err = {0};
  check(group[0] != 0);
  if (rms_serve_identify(spec, &hash, &err) < 0) check(err.text[0]);
  return ++*n < 20 ? RMS_OK : RMS_E_LIMIT;
}

static void canonical(const char *text)
{
  static struct rms_serve_request first, second;
  struct rms_error err = {0};
  struct rms_text one = {0}, two = {0};
  if (rms_serve_request_parse(&first, text, true, &err) < 0) {
    check(err.status < 0 && err.text[0]);
    return;
  }
  if (rms_serve_options_check(&first.options, &err) == RMS_OK && !first.from.set[0]) {
    rms_serve_options_text(&one, &first.options, true);
    check(rms_serve_request_parse(&second, one.data, true, &err) == RMS_OK);
    rms_serve_options_text(&two, &second.options, true);
    check(strcmp(one.data, two.data) == 0);
  }
  rms_text_fini(&one);
  rms_text_fini(&two);
}

static void generate(const char *text)
{
  static struct rms_serve_request request;
  struct rms_instance *inst = NULL;
  struct rms_error err = {0};
  if (strstr(text, "machine=") || rms_serve_request_parse(&request, text, false, NULL) < 0) return;
  if (request.options.whole[RMS_OPT_SERVICES] > 100) return;
  if (rms_serve_generate(&inst, text, &err) < 0) check(inst == NULL && err.text[0]);
  rms_family_serve.free_instance(inst);
}

static void set_file(const char *text)
{
  struct rms_serve_set *set = NULL;
  struct rms_serve_options options;
  struct rms_error err = {0};
  char label[RMS_SET_LABEL_MAX];
  if (rms_serve_set_parse(&set, "fuzz", text, &err) < 0) {
    check(set == NULL && err.text[0]);
    return;
  }
  for (size_t i = 0; i < set->n_cells && i < 50; i++)
    if (rms_serve_set_cell(set, i, &options, &err) == RMS_OK &&
        rms_serve_set_label(set, i, &options, label, &err) == RMS_OK)
      check(strlen(label) < sizeof label);
  rms_serve_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  size_t n = 0;
  struct rms_error err = {0};
  if (size > 8192) return 0;
  char *text = malloc(size + 1);
  if (!text) return 0;
  memcpy(text, data, size);
  text[size] = 0;
  canonical(text);
  if (!strstr(text, "machine=") && rms_serve_expand(text, take, &n, &err) < 0)
    check(n == 20 || err.text[0]);
  generate(text);
  set_file(text);
  free(text);
  return 0;
}
