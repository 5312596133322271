/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job that does nothing, for tests/bench_null.sh: it appends the time at which it began to a
 * file.
 *   bench_null stamp FILE     one such job
 *   bench_null loop N FILE    N of them one after the other, each started by fork and exec
 *   bench_null fork N FILE    the same without exec: what the kernel wants for a process */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int stamp(const char *path)
{
  struct timespec now;
  char line[40];
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int n = snprintf(line, sizeof line, "%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
  const int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  return file >= 0 && write(file, line, (size_t)n) == n ? 0 : 1;
}

/* In the child. */
static int begin(const char *self, const char *path, int has_exec)
{
  if (!has_exec) return stamp(path);
  execl(self, self, "stamp", path, (char *)NULL);
  return 1;
}

static int run(const char *self, long n, const char *path, int has_exec)
{
  for (long i = 0; i < n; i++) {
    int status = 1;
    const pid_t pid = fork();
    if (pid == 0) _exit(begin(self, path, has_exec));
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) return 1;
  }
  return 0;
}

int main(int argc, char **argv)
{
  if (argc == 3 && strcmp(argv[1], "stamp") == 0) return stamp(argv[2]);
  if (argc == 4 && strcmp(argv[1], "loop") == 0)
    return run(argv[0], strtol(argv[2], NULL, 10), argv[3], 1);
  if (argc == 4 && strcmp(argv[1], "fork") == 0)
    return run(argv[0], strtol(argv[2], NULL, 10), argv[3], 0);
  fputs("bench_null stamp FILE | loop N FILE | fork N FILE\n", stderr);
  return 2;
}
