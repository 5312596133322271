/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file_fixture.h - small files of folders that look like those of a machine. */
#ifndef RMS_TEST_FILE_FIXTURE_H
#define RMS_TEST_FILE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* FOLDER/NAME holds `text` and nothing else; the folders on the way are made. */
static inline void put_file(const char *folder, const char *name, const char *text)
{
  char path[256], command[300];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  snprintf(command, sizeof command, "mkdir -p $(dirname '%s')", path);
  assert_int_equal(system(command), 0);
  FILE *file = fopen(path, "we");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

#endif
