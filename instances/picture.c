/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instances/picture.h"

#include <math.h>
#include <string.h>

/* Only characters that the pictures write themselves; all of them take one cell. */
static const struct {
  const char *utf8, *ascii;
} plain[] = {
    {"─", "-"}, {"│", "|"}, {"┌", "+"}, {"┐", "+"}, {"└", "+"}, {"┘", "+"}, {"├", "+"},
    {"┤", "+"}, {"┬", "+"}, {"┴", "+"}, {"┼", "+"}, {"·", "."}, {"…", "~"}, {"×", "x"},
    {"■", "*"}, {"╵", "|"}, {"╷", "|"}, {"╴", "-"}, {"╶", "-"},
};

void rms_picture_ascii(struct rms_text *text)
{
  size_t to = 0;
  if (!text->data) return;
  for (size_t from = 0; from < text->length;) {
    size_t n = 1;
    const char *with = text->data + from;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
      size_t length = strlen(plain[i].utf8);
      if (from + length > text->length || memcmp(text->data + from, plain[i].utf8, length) != 0)
        continue;
      with = plain[i].ascii;
      n = length;
      break;
    }
    text->data[to++] = *with;
    from += n;
  }
  text->data[to] = '\0';
  text->length = to;
}

uint64_t rms_picture_units(const struct rms_picture_row *row)
{
  uint64_t used = 0;
  for (size_t i = 0; i < row->n_slices; i++) {
    struct rms_placed at = row->slices[i].at;
    if (at.profile >= row->machine->n_profiles) continue;
    int end = at.start + row->machine->profiles[at.profile].memory;
    for (int u = at.start; u < end && u < RMS_UNITS_MAX; u++) used |= UINT64_C(1) << u;
  }
  return used;
}

int rms_picture_percent(double share)
{
  if (share >= 1) return 100;
  return share > 0 ? (int)(share * 100) : 0;
}

static char *format_label(struct rms_arena *arena, size_t i)
{
  struct rms_text text = {0};
  rms_text_printf(&text, "%zu", i + 1);
  char *label = rms_text_status(&text) ? NULL : rms_arena_text(arena, text.data);
  rms_text_fini(&text);
  return label;
}

static int fill_row(struct rms_picture_row *row, struct rms_arena *arena,
                    const struct rms_machine *machine, const struct rms_partition *partition,
                    const int *series_of, size_t i)
{
  struct rms_picture_slice *slices = rms_arena_alloc(arena, partition->n_slices, sizeof *slices);
  char *label = format_label(arena, i);
  if (!slices || !label) return RMS_E_NOMEM;
  for (size_t k = 0; k < partition->n_slices; k++)
    slices[k] = (struct rms_picture_slice){.at = partition->layout[k],
                                           .series = series_of[partition->layout[k].profile],
                                           .share = NAN};
  *row = (struct rms_picture_row){
      .machine = machine, .label = label, .n_slices = partition->n_slices, .slices = slices};
  return RMS_OK;
}

static char *describe_profile(struct rms_arena *arena, const struct rms_profile *profile)
{
  struct rms_text text = {0};
  rms_text_printf(&text, "compute %d, memory %d", profile->compute, profile->memory);
  if (!isnan(profile->memory_gib)) {
    rms_text_add(&text, ", ");
    rms_text_double(&text, profile->memory_gib);
    rms_text_add(&text, " GiB");
  }
  if (profile->sm >= 0) rms_text_printf(&text, ", %d processors", profile->sm);
  char *note = rms_text_status(&text) ? NULL : rms_arena_text(arena, text.data);
  rms_text_fini(&text);
  return note;
}

static int fill_series(struct rms_picture *picture, struct rms_arena *arena,
                       const struct rms_machine *machine, const struct rms_partition *partitions,
                       size_t n, int *series_of)
{
  struct rms_picture_series *series = rms_arena_alloc(arena, RMS_PROFILES_MAX, sizeof *series);
  if (!series) return RMS_E_NOMEM;
  for (int p = 0; p < RMS_PROFILES_MAX; p++) series_of[p] = RMS_PICTURE_IDLE;
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < partitions[i].n_slices;
         k++) { /* layouts begin with the largest profiles */
      int p = partitions[i].layout[k].profile;
      if (series_of[p] >= 0) continue;
      series_of[p] = (int)picture->n_series;
      char *note = describe_profile(arena, &machine->profiles[p]);
      if (!note) return RMS_E_NOMEM;
      series[picture->n_series++] =
          (struct rms_picture_series){.name = machine->profiles[p].name, .note = note};
    }
  }
  picture->series = series;
  return RMS_OK;
}

int rms_picture_of_machine(struct rms_picture *picture, struct rms_arena *arena,
                           const struct rms_machine *machine, const struct rms_rules *rules,
                           uint32_t mask, struct rms_error *err)
{
  int status = RMS_OK;
  const struct rms_partition *partitions = NULL;
  size_t n = 0;
  int series_of[RMS_PROFILES_MAX];
  struct rms_text subtitle = {0};
  struct rms_picture made = {.title = machine->product};

  RMS_TRY(rms_partitions(arena, machine, rules, mask, &partitions, &n, err));
  struct rms_picture_row *rows = rms_arena_alloc(arena, n, sizeof *rows);
  status = rows ? fill_series(&made, arena, machine, partitions, n, series_of) : RMS_E_NOMEM;
  for (size_t i = 0; i < n && !status; i++)
    status = fill_row(&rows[i], arena, machine, &partitions[i], series_of, i);
  rms_text_printf(&subtitle, "%zu partition%s of %zu profile%s under rules %s", n,
                  n == 1 ? "" : "s", made.n_series, made.n_series == 1 ? "" : "s",
                  rules->name ? rules->name : "(none)");
  if (!status) status = rms_text_status(&subtitle);
  if (!status && !(made.subtitle = rms_arena_text(arena, subtitle.data))) status = RMS_E_NOMEM;
  if (status) {
    rms_error_set(err, status, "out of memory for the picture of machine %s", machine->name);
    goto out;
  }
  made.rows = rows;
  made.n_rows = n;
  *picture = made;
out:
  rms_text_fini(&subtitle);
  return status;
}
