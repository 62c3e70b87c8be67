/*
 * A disk that loses power. Loaded into the gateway before the C library (LD_PRELOAD), it keeps beside each database file
 * a copy as of the file's last flush. "Power cut" is then SIGKILL, and those copies put back: the worst
 * that a disk may do to writes that nobody flushed.
 *
 *   DISK_KEPT      folder of the copies; left out: none are kept
 *   DISK_EARLY     of a hundred writes, so many reach the copy at once and out of order, as a disk's cache may do
 *   DISK_FLUSH_MS  how long each flush takes
 *   DISK_COUNTS    file with three 64-bit numbers: flushes on the main thread, flushes of zaguan.db and of sessions.db
 *                  (or their logs) on other threads
 *
 * Compiled by the tests: cc -shared -fPIC -O2 -o disk.so disk.c -ldl -lpthread
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct range {
  off_t at;
  size_t length;
};

/* A database file or write-ahead log, with what was written to it since its last flush. */
struct file {
  const char *name;
  int counts_as;
  int kept;
  pthread_mutex_t flushing;
  struct range *dirty;
  size_t count, room;
  /* The smallest size to which it was cut since then; -1: it was not. */
  off_t cut;
};

static struct file files[] = {
    {"zaguan.db", 1, -1, PTHREAD_MUTEX_INITIALIZER, NULL, 0, 0, -1},
    {"zaguan.db-wal", 1, -1, PTHREAD_MUTEX_INITIALIZER, NULL, 0, 0, -1},
    {"sessions.db", 2, -1, PTHREAD_MUTEX_INITIALIZER, NULL, 0, 0, -1},
    {"sessions.db-wal", 2, -1, PTHREAD_MUTEX_INITIALIZER, NULL, 0, 0, -1},
};

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *folder;
static long flush_ms;
static int early;
static volatile uint64_t *counts;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

static void fail(const char *what) {
  perror(what);
  abort();
}

static void *checked_room(void *room) {
  if (!room) fail("disk.c: memory");
  return room;
}

static void begin(void) {
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  folder = getenv("DISK_KEPT");
  const char *ms = getenv("DISK_FLUSH_MS");
  flush_ms = ms ? atol(ms) : 0;
  const char *percent = getenv("DISK_EARLY");
  early = percent ? atoi(percent) : 0;
  const char *path = getenv("DISK_COUNTS");
  if (!path) return;
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || real_ftruncate(fd, 3 * sizeof(uint64_t)) != 0) fail("disk.c: DISK_COUNTS");
  void *shared = mmap(NULL, 3 * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared == MAP_FAILED) fail("disk.c: DISK_COUNTS");
  counts = shared;
  close(fd);
}

static struct file *file_of(int fd) {
  char link[32], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return NULL;
  path[length] = 0;
  const char *name = strrchr(path, '/');
  for (size_t n = 0; name && n < sizeof files / sizeof *files; n++)
    if (strcmp(name + 1, files[n].name) == 0) return &files[n];
  return NULL;
}

static int kept_of(struct file *file) {
  if (file->kept >= 0) return file->kept;
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, file->name);
  file->kept = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file->kept < 0) fail("disk.c: DISK_KEPT");
  return file->kept;
}

static void store(int kept, const void *bytes, size_t length, off_t at) {
  if (real_pwrite(kept, bytes, length, at) != (ssize_t)length) fail("disk.c: a copy");
}

static void note_write(int fd, const void *bytes, size_t length, off_t at) {
  struct file *file = folder ? file_of(fd) : NULL;
  if (!file) return;
  pthread_mutex_lock(&guard);
  if (file->count == file->room) {
    file->room = file->room ? file->room * 2 : 256;
    file->dirty = checked_room(realloc(file->dirty, file->room * sizeof *file->dirty));
  }
  file->dirty[file->count++] = (struct range){at, length};
  if (early > 0 && rand() % 100 < early) store(kept_of(file), bytes, length, at);
  pthread_mutex_unlock(&guard);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  pthread_once(&once, begin);
  ssize_t written = real_pwrite(fd, bytes, length, at);
  if (written > 0) note_write(fd, bytes, (size_t)written, at);
  return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) { return pwrite(fd, bytes, length, at); }

int ftruncate(int fd, off_t size) {
  pthread_once(&once, begin);
  int failed = real_ftruncate(fd, size);
  struct file *file = folder && !failed ? file_of(fd) : NULL;
  if (!file) return failed;
  pthread_mutex_lock(&guard);
  if (file->cut < 0 || size < file->cut) file->cut = size;
  pthread_mutex_unlock(&guard);
  return failed;
}

int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

static void take_time(void) {
  if (flush_ms <= 0) return;
  struct timespec time = {flush_ms / 1000, flush_ms % 1000 * 1000000};
  while (nanosleep(&time, &time) != 0)
    ;
}

/* What is in the file when the flush begins is in the copy when it ends; in between, a cut may find any part of it. */
static void flush_to_copy(int fd, struct file *file) {
  struct stat now;
  pthread_mutex_lock(&file->flushing);
  pthread_mutex_lock(&guard);
  struct range *dirty = file->dirty;
  size_t count = file->count;
  off_t cut = file->cut;
  file->dirty = NULL;
  file->count = file->room = 0;
  file->cut = -1;
  if (fstat(fd, &now) != 0) fail("disk.c: a database");
  char **bytes = checked_room(calloc(count + 1, sizeof *bytes));
  for (size_t n = 0; n < count; n++) {
    bytes[n] = checked_room(malloc(dirty[n].length));
    ssize_t length = pread(fd, bytes[n], dirty[n].length, dirty[n].at);
    dirty[n].length = length > 0 ? (size_t)length : 0;
  }
  pthread_mutex_unlock(&guard);
  take_time();
  pthread_mutex_lock(&guard);
  int kept = kept_of(file);
  if (cut >= 0 && real_ftruncate(kept, cut) != 0) fail("disk.c: a copy");
  for (size_t n = 0; n < count; n++) {
    store(kept, bytes[n], dirty[n].length, dirty[n].at);
    free(bytes[n]);
  }
  if (cut >= 0 && real_ftruncate(kept, now.st_size) != 0) fail("disk.c: a copy");
  pthread_mutex_unlock(&guard);
  pthread_mutex_unlock(&file->flushing);
  free(bytes);
  free(dirty);
}

static int flush(int fd, int (*real)(int)) {
  struct file *file = file_of(fd);
  if (file && counts) {
    int is_main = syscall(SYS_gettid) == getpid();
    __atomic_fetch_add(&counts[is_main ? 0 : file->counts_as], 1, __ATOMIC_RELAXED);
  }
  if (file && folder) {
    flush_to_copy(fd, file);
    return 0;
  }
  take_time();
  return real(fd);
}

int fsync(int fd) {
  pthread_once(&once, begin);
  return flush(fd, real_fsync);
}

int fdatasync(int fd) {
  pthread_once(&once, begin);
  return flush(fd, real_fdatasync);
}
