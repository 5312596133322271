/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embed FILE... - print C source of the table instances/base/embedded.h declares; names as given,
 * sorted. A build tool: runs on the build machine only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static int embed(const char *path, int number)
{
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    return -1;
  }
  printf("static const unsigned char file_%d[] = {", number);
  long size = 0;
  for (int c; (c = getc(file)) != EOF; size++) printf("%s%d,", size % 32 ? "" : "\n", c);
  printf("\n0};\n");
  return fclose(file);
}

/* {name, stem, bytes, size}: the stem is the name without its folder and last extension. */
static void entry(const char *path, int number)
{
  const char *slash = strrchr(path, '/');
  const char *stem = slash ? slash + 1 : path;
  const char *dot = strrchr(stem, '.');
  int length = dot ? (int)(dot - stem) : (int)strlen(stem);
  printf("  {\"%s\", \"%.*s\", file_%d, sizeof file_%d - 1},\n", path, length, stem, number,
         number);
}

int main(int argc, char **argv)
{
  qsort(argv + 1, (size_t)argc - 1, sizeof *argv, compare);
  puts("#include \"instances/base/embedded.h\"");
  for (int i = 1; i < argc; i++)
    if (embed(argv[i], i)) return EXIT_FAILURE;
  puts("const struct rms_embedded rms_embedded_files[] = {");
  for (int i = 1; i < argc; i++) entry(argv[i], i);
  puts("  {0, 0, 0, 0}};");
  printf("const size_t rms_embedded_count = %d;\n", argc - 1);
  return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
