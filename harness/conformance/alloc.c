/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/conformance/alloc.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined __x86_64__
enum { RELOC_JUMP = R_X86_64_JUMP_SLOT, RELOC_DATA = R_X86_64_GLOB_DAT, RELOC_WORD = R_X86_64_64 };
#elif defined __aarch64__
enum {
  RELOC_JUMP = R_AARCH64_JUMP_SLOT,
  RELOC_DATA = R_AARCH64_GLOB_DAT,
  RELOC_WORD = R_AARCH64_ABS64
};
#else
enum { RELOC_JUMP = -1, RELOC_DATA = -1, RELOC_WORD = -1 };
#endif

enum { ALIGN = 16 };
#define TABLE_SIZE  ((size_t)1 << 20) /* remembered blocks, a power of two */
#define REGION_SIZE ((size_t)64 << 20)
#define REMOVED     ((void *)1)

/* Hooks have no argument for a context: the one place of the kit with static variables. */
static struct {
  void *(*malloc)(size_t);
  void *(*calloc)(size_t, size_t);
  void *(*realloc)(void *, size_t);
  void (*free)(void *);
  void *(*aligned_alloc)(size_t, size_t);
  atomic_flag lock; /* a solver may have threads */
  bool is_watched, has_failed, in_region;
  long count, live, fail_at;
  void **table;
  unsigned char *region;
  size_t region_used;
} the = {.lock = ATOMIC_FLAG_INIT};

static void lock(void)
{
  while (atomic_flag_test_and_set(&the.lock)) continue;
}

static void unlock(void)
{
  atomic_flag_clear(&the.lock);
}

/* ---- blocks ---- */

static size_t slot_of(const void *block)
{
  return (size_t)(((uintptr_t)block >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 44) & (TABLE_SIZE - 1);
}

static void remember(void *block)
{
  size_t i = slot_of(block);
  if (the.live >= (long)(TABLE_SIZE / 2)) return; /* what is lost is a leak found, not a crash */
  while (the.table[i] && the.table[i] != REMOVED) i = (i + 1) & (TABLE_SIZE - 1);
  the.table[i] = block;
  the.live++;
}

static bool forget(const void *block)
{
  for (size_t i = slot_of(block), n = 0; the.table[i] && n < TABLE_SIZE;
       i = (i + 1) & (TABLE_SIZE - 1), n++)
    if (the.table[i] == block) {
      the.table[i] = REMOVED;
      the.live--;
      return true;
    }
  return false;
}

/* May this allocation go on? Only watched ones are counted. */
static bool admit(void)
{
  if (!the.is_watched) return true;
  the.count++;
  if (the.fail_at <= 0 || the.count != the.fail_at) return true;
  the.has_failed = true;
  errno = ENOMEM;
  return false;
}

static bool is_in_region(const void *block)
{
  const uintptr_t at = (uintptr_t)block, start = (uintptr_t)the.region;
  return the.region && at >= start && at < start + REGION_SIZE;
}

/* A block of the region has its size in front of it. */
static void *from_region(size_t n)
{
  const size_t whole = (n + ALIGN - 1) / ALIGN * ALIGN + ALIGN;
  if (n > REGION_SIZE || whole > REGION_SIZE - the.region_used) return NULL;
  unsigned char *header = the.region + the.region_used;
  the.region_used += whole;
  memcpy(header, &n, sizeof n);
  return header + ALIGN;
}

static size_t size_in_region(const void *block)
{
  size_t n;
  memcpy(&n, (const unsigned char *)block - ALIGN, sizeof n);
  return n;
}

/* ---- hooks ---- */

static void *keep(void *block)
{
  if (block && the.is_watched && !is_in_region(block)) remember(block);
  return block;
}

static void *hook_malloc(size_t n)
{
  void *block = NULL;
  lock();
  if (admit()) block = keep(the.in_region ? from_region(n) : the.malloc(n));
  unlock();
  return block;
}

static void *hook_calloc(size_t n, size_t size)
{
  void *block = NULL;
  size_t bytes;
  lock();
  if (__builtin_mul_overflow(n, size, &bytes))
    errno = ENOMEM;
  else if (admit())
    block =
        keep(the.in_region ? from_region(bytes) : the.calloc(n, size)); /* the region is new: 0 */
  unlock();
  return block;
}

static void hook_free(void *block)
{
  if (!block) return;
  lock();
  forget(block);
  const bool stays = is_in_region(block);
  unlock();
  if (!stays) the.free(block);
}

/* From or into the region: allocate, copy, leave the old block. */
static void *move(void *block, size_t n)
{
  void *moved = the.in_region ? from_region(n) : the.malloc(n);
  const size_t old = is_in_region(block) ? size_in_region(block) : 0;
  if (moved && old) memcpy(moved, block, old < n ? old : n);
  return moved;
}

static void *hook_realloc(void *block, size_t n)
{
  void *moved = NULL;
  lock();
  if (admit()) {
    const bool was_known = block && forget(block);
    if (is_in_region(block) || (!block && the.in_region))
      moved = move(block, n);
    else
      moved = the.realloc(block, n);
    if (moved)
      keep(moved);
    else if (was_known && n > 0)
      remember(block); /* still alive */
  }
  unlock();
  return moved;
}

static void *hook_reallocarray(void *block, size_t n, size_t size)
{
  size_t bytes;
  if (!__builtin_mul_overflow(n, size, &bytes)) return hook_realloc(block, bytes);
  errno = ENOMEM;
  return NULL;
}

static void *hook_aligned_alloc(size_t alignment, size_t n)
{
  void *block = NULL;
  lock();
  if (admit()) block = keep(the.aligned_alloc(alignment, n));
  unlock();
  return block;
}

static int hook_posix_memalign(void **result, size_t alignment, size_t n)
{
  void *block = hook_aligned_alloc(alignment, n);
  if (!block) return ENOMEM;
  *result = block;
  return 0;
}

static char *hook_strndup(const char *text, size_t most)
{
  const size_t n = strnlen(text, most);
  char *copy = hook_malloc(n + 1);
  if (!copy) return NULL;
  memcpy(copy, text, n);
  copy[n] = '\0';
  return copy;
}

static char *hook_strdup(const char *text)
{
  return hook_strndup(text, strlen(text));
}

/* ---- the tables of an object ---- */

typedef void any_function(void);
static const struct {
  const char *name;
  any_function *hook;
} hooks[] = {
    {"malloc", (any_function *)hook_malloc},
    {"calloc", (any_function *)hook_calloc},
    {"realloc", (any_function *)hook_realloc},
    {"reallocarray", (any_function *)hook_reallocarray},
    {"free", (any_function *)hook_free},
    {"aligned_alloc", (any_function *)hook_aligned_alloc},
    {"memalign", (any_function *)hook_aligned_alloc},
    {"posix_memalign", (any_function *)hook_posix_memalign},
    {"strdup", (any_function *)hook_strdup},
    {"strndup", (any_function *)hook_strndup},
};

struct tables { /* of one loaded object */
  uintptr_t base;
  const ElfW(Sym) * symbols;
  const char *names;
  const ElfW(Rela) * rela[2]; /* data, jumps */
  size_t n[2];
};

struct visit {
  const void *address;
  bool with_program;
  void (*each)(struct visit *visit, const struct tables *tables, const ElfW(Rela) * rela);
  size_t n_found;
  const char *const *prefixes;
  const char *found;
};

static const char *name_of(const struct tables *t, const ElfW(Rela) * rela)
{
  return t->names + t->symbols[ELF64_R_SYM(rela->r_info)].st_name;
}

static bool read_tables(const struct dl_phdr_info *info, struct tables *t)
{
  const ElfW(Dyn) *dynamic = NULL;
  *t = (struct tables){.base = info->dlpi_addr};
  for (size_t i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
      dynamic = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
  bool is_rela = true;
  for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
    const uintptr_t at = dynamic->d_un.d_ptr;
    switch (dynamic->d_tag) {
    case DT_SYMTAB: t->symbols = (const ElfW(Sym) *)at; break;
    case DT_STRTAB: t->names = (const char *)at; break;
    case DT_RELA: t->rela[0] = (const ElfW(Rela) *)at; break;
    case DT_RELASZ: t->n[0] = at / sizeof(ElfW(Rela)); break;
    case DT_JMPREL: t->rela[1] = (const ElfW(Rela) *)at; break;
    case DT_PLTRELSZ: t->n[1] = at / sizeof(ElfW(Rela)); break;
    case DT_PLTREL: is_rela = is_rela && at == DT_RELA; break;
    default: break;
    }
  }
  return is_rela && t->symbols && t->names;
}

static bool contains(const struct dl_phdr_info *info, const void *address)
{
  for (size_t i = 0; address && i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    const uintptr_t start = info->dlpi_addr + segment->p_vaddr;
    if (segment->p_type == PT_LOAD && (uintptr_t)address >= start &&
        (uintptr_t)address < start + segment->p_memsz)
      return true;
  }
  return false;
}

static int visit_object(struct dl_phdr_info *info, size_t size, void *ctx)
{
  (void)size;
  struct visit *visit = ctx;
  struct tables t;
  const bool is_ours = visit->with_program && (!info->dlpi_name || !*info->dlpi_name ||
                                               strstr(info->dlpi_name, "/librms.so"));
  if (!is_ours && !contains(info, visit->address)) return 0;
  if (!read_tables(info, &t)) return 0;
  for (int k = 0; k < 2; k++)
    for (size_t i = 0; t.rela[k] && i < t.n[k]; i++)
      if (ELF64_R_SYM(t.rela[k][i].r_info)) visit->each(visit, &t, &t.rela[k][i]);
  return 0;
}

static void patch(struct visit *visit, const struct tables *t, const ElfW(Rela) * rela)
{
  const int type = (int)ELF64_R_TYPE(rela->r_info);
  if (type != RELOC_JUMP && type != RELOC_DATA && type != RELOC_WORD) return;
  if (type == RELOC_WORD && rela->r_addend != 0) return;
  const char *name = name_of(t, rela);
  for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++) {
    if (strcmp(name, hooks[i].name) != 0) continue;
    void *entry = (void *)(t->base + rela->r_offset);
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)((uintptr_t)entry / page * page);
    if (mprotect(start, page, PROT_READ | PROT_WRITE) < 0)
      return; /* was made read-only by the loader */
    memcpy(entry, &hooks[i].hook, sizeof hooks[i].hook);
    visit->n_found++;
  }
}

static void look_up(const char *name, void *function)
{
  void *symbol = dlsym(RTLD_DEFAULT, name);
  memcpy(function, &symbol, sizeof symbol);
}

bool rms_alloc_take(const void *address)
{
  if (the.table) return true;
  look_up("malloc", &the.malloc);
  look_up("calloc", &the.calloc);
  look_up("realloc", &the.realloc);
  look_up("free", &the.free);
  look_up("aligned_alloc", &the.aligned_alloc);
  if (!the.malloc || !the.calloc || !the.realloc || !the.free || !the.aligned_alloc) return false;
  void *table = mmap(NULL, TABLE_SIZE * sizeof(void *), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (table == MAP_FAILED) return false;
  the.table = table;
  struct visit visit = {.address = address, .with_program = true, .each = patch};
  dl_iterate_phdr(visit_object, &visit);
  return visit.n_found > 0;
}

bool rms_alloc_watch(bool is_watched)
{
  const bool before = the.is_watched;
  the.is_watched = is_watched;
  return before;
}

long rms_alloc_live(void)
{
  return the.live;
}

long rms_alloc_count(void)
{
  return the.count;
}

void rms_alloc_fail_at(long n)
{
  the.count = 0;
  the.fail_at = n;
  the.has_failed = false;
}

bool rms_alloc_has_failed(void)
{
  return the.has_failed;
}

bool rms_alloc_region(bool is_on)
{
  if (is_on && !the.region) {
    void *region = mmap(NULL, REGION_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) return false;
    the.region = region;
  }
  the.in_region = is_on;
  return true;
}

void rms_alloc_protect(bool is_read_only)
{
  if (the.region)
    mprotect(the.region, REGION_SIZE, is_read_only ? PROT_READ : PROT_READ | PROT_WRITE);
}

/* ---- symbols ---- */

static void look_at_name(struct visit *visit, const struct tables *t, const ElfW(Rela) * rela)
{
  const char *name = name_of(t, rela);
  for (const char *const *prefix = visit->prefixes; *prefix; prefix++)
    if (strncmp(name, *prefix, strlen(*prefix)) == 0) visit->found = name;
}

const char *rms_alloc_find_symbol(const void *address, const char *const *prefixes)
{
  struct visit visit = {.address = address, .each = look_at_name, .prefixes = prefixes};
  dl_iterate_phdr(visit_object, &visit);
  return visit.found;
}
