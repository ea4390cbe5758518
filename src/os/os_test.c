/* One idea: real files in a directory of their own, and under them a kernel that fails at each call
 * in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/random.h"
#include "os/os.h"
#include "os/os_fault.h"
#include "os/os_file.h"

#define SEED 17u
#define MIB ((size_t)1 << 20)

static char directory[64];
static struct diag diag;

static int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/weir_os_test_XXXXXX");
    return mkdtemp(directory) == NULL;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

/* A path in the directory of the test; good until the next call but three. */
static const char *path_of(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

static void assert_content(const char *path, struct view wanted)
{
    struct buf buf;
    buf_init(&buf, mem_libc());
    assert_int_equal(os_file_read_all(os_real(), path, MIB, &buf, &diag), STATUS_OK);
    assert_true(view_equal(buf_view(&buf), wanted));
    buf_done(&buf);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static void writes_and_reads_files(void **state)
{
    (void)state;
    struct os *os = os_real();
    struct os_file file;
    uint64_t size_bytes;
    const char *path = path_of("a");
    assert_int_equal(os_open(os, path, OS_CREATE_NEW, &file, &diag), STATUS_OK);
    assert_int_equal(os_write(os, &file, VIEW("hello "), &diag), STATUS_OK);
    assert_int_equal(os_write(os, &file, VIEW("world"), &diag), STATUS_OK);
    assert_int_equal(os_sync(os, &file, &diag), STATUS_OK);
    assert_int_equal(os_size(os, &file, &size_bytes, &diag), STATUS_OK);
    assert_int_equal(size_bytes, 11);
    assert_int_equal(os_close(os, &file, &diag), STATUS_OK);
    assert_int_equal(file.fd, -1);
    assert_int_equal(os_close(os, &file, &diag), STATUS_OK);
    assert_content(path, VIEW("hello world"));

    assert_int_equal(os_rename(os, path, path_of("b"), &diag), STATUS_OK);
    assert_int_equal(os_sync_directory(os, path_of("b"), &diag), STATUS_OK);
    assert_false(exists(path));
    assert_int_equal(os_unlink(os, path_of("b"), &diag), STATUS_OK);
}

static void puts_failures_into_words(void **state)
{
    (void)state;
    struct os *os = os_real();
    struct os_file file = {77, "unchanged"};
    char wanted[256];
    struct os_identity identity;
    assert_int_equal(os_open(os, path_of("no"), OS_READ, &file, &diag), STATUS_NOT_FOUND);
    snprintf(wanted, sizeof wanted, "cannot open %s/no: No such file or directory", directory);
    assert_string_equal(diag.message, wanted);
    assert_int_equal(file.fd, 77);
    assert_int_equal(os_open(os, path_of("no/x"), OS_CREATE, &file, NULL), STATUS_NOT_FOUND);
    assert_int_equal(os_unlink(os, path_of("no"), &diag), STATUS_NOT_FOUND);
    assert_int_equal(os_rename(os, path_of("no"), path_of("x"), &diag), STATUS_NOT_FOUND);
    assert_int_equal(os_open(os, directory, OS_CREATE, &file, &diag), STATUS_IO);
    assert_int_equal(os_open(os, path_of("no"), OS_WRITE, &file, &diag), STATUS_NOT_FOUND);
    assert_int_equal(os_open(os, path_of("."), OS_READ, &file, &diag), STATUS_OK);
    char byte;
    size_t size;
    assert_int_equal(os_read(os, &file, &byte, 1, &size, &diag), STATUS_INVALID);
    assert_int_equal(os_close(os, &file, &diag), STATUS_OK);
    assert_int_equal(os_identify_path(os, directory, &identity, &diag), STATUS_OK);
    assert_false(identity.regular);
    assert_int_equal(os_identify_path(os, path_of("no"), &identity, &diag), STATUS_NOT_FOUND);

    assert_int_equal(os_file_write(os, path_of("a"), VIEW("x"), &diag), STATUS_OK);
    assert_int_equal(os_open(os, path_of("a"), OS_CREATE_NEW, &file, &diag), STATUS_CONFLICT);
    assert_int_equal(os_identify_path(os, path_of("a"), &identity, &diag), STATUS_OK);
    assert_true(identity.regular);
    assert_int_equal(os_unlink(os, path_of("a"), &diag), STATUS_OK);
}

static void measures_only_regular_files(void **state)
{
    (void)state;
    int ends[2];
    uint64_t size_bytes;
    assert_int_equal(pipe(ends), 0);
    struct os_file file = {ends[0], "a pipe"};
    assert_int_equal(os_size(os_real(), &file, &size_bytes, &diag), STATUS_INVALID);
    assert_string_equal(diag.message, "a pipe is not a regular file");
    close(ends[0]);
    os_ignore_broken_pipes();
    file.fd = ends[1];
    assert_int_equal(os_write(os_real(), &file, VIEW("x"), &diag), STATUS_IO);
    assert_string_equal(diag.message, "cannot write a pipe: Broken pipe");
    close(ends[1]);
}

static void completes_short_and_interrupted_calls(void **state)
{
    (void)state;
    struct os_fault fault;
    struct buf buf;
    char bytes[64];
    os_fault_init(&fault, os_real());
    fault.transfer_bytes_max = 3;
    fault.interrupt_every = 2;
    buf_init(&buf, mem_libc());
    assert_int_equal(os_file_write(&fault.os, path_of("a"), VIEW("ten bytes!"), &diag), STATUS_OK);
    assert_int_equal(fault.calls[OS_CALL_WRITE], 7);
    assert_int_equal(os_file_read_all(&fault.os, path_of("a"), 10, &buf, &diag), STATUS_OK);
    assert_true(view_equal(buf_view(&buf), VIEW("ten bytes!")));
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(os_entropy(&fault.os, bytes, sizeof bytes, &diag), STATUS_OK);
    assert_int_equal(fault.calls[OS_CALL_ENTROPY], 22);
    assert_int_equal(os_unlink(os_real(), path_of("a"), &diag), STATUS_OK);
    buf_done(&buf);
}

/* Fails each call of a replacement in turn: the file must hold the old bytes or the new. */
static void replaces_files_whole_or_not_at_all(void **state)
{
    (void)state;
    enum status status = STATUS_IO;
    size_t fail_at = 0;
    while (status != STATUS_OK && fail_at < 50) {
        struct os_fault fault;
        os_fault_init(&fault, os_real());
        fault.fail_at = ++fail_at;
        assert_int_equal(os_file_write(os_real(), path_of("a"), VIEW("old"), &diag), STATUS_OK);
        status = os_file_write(&fault.os, path_of("a"), VIEW("new bytes"), &diag);
        bool renamed = fault.calls[OS_CALL_OPEN] == 3;
        assert_content(path_of("a"), renamed ? VIEW("new bytes") : VIEW("old"));
        assert_false(exists(path_of("a.partial")));
        assert_true(status == STATUS_OK || strstr(diag.message, "Input/output error") != NULL);
    }
    /* read_link and identify of the file, its directory and its partial file; open and close of the
     * old; unlink, create, identify, set_mode, write, sync, close, identify, rename; open, sync and
     * close of the directory */
    assert_int_equal(fail_at, 19);
    assert_int_equal(os_unlink(os_real(), path_of("a"), &diag), STATUS_OK);
}

static void abandons_without_a_trace(void **state)
{
    (void)state;
    struct os_replace replace;
    assert_int_equal(os_file_write(os_real(), path_of("a"), VIEW("old"), &diag), STATUS_OK);
    assert_int_equal(os_replace_open(os_real(), path_of("a"), &replace, &diag), STATUS_OK);
    assert_int_equal(os_write(os_real(), &replace.file, VIEW("half of"), &diag), STATUS_OK);
    os_replace_abandon(os_real(), &replace);
    os_replace_abandon(os_real(), &replace);
    assert_content(path_of("a"), VIEW("old"));
    assert_false(exists(path_of("a.partial")));
    assert_int_equal(os_unlink(os_real(), path_of("a"), &diag), STATUS_OK);

    static char longest[OS_PATH_BYTES_MAX + 8];
    memset(longest, 'x', OS_PATH_BYTES_MAX - 4);
    assert_int_equal(os_replace_open(os_real(), longest, &replace, &diag), STATUS_LIMIT);
    os_replace_abandon(os_real(), &replace);
    memset(longest, 'x', OS_PATH_BYTES_MAX);
    longest[OS_PATH_BYTES_MAX] = '/';
    assert_int_equal(os_sync_directory(os_real(), longest, &diag), STATUS_LIMIT);
}

static void writes_directly_to_what_is_no_file(void **state)
{
    (void)state;
    struct stat before;
    struct stat after;
    assert_int_equal(stat("/dev/null", &before), 0);
    assert_int_equal(os_file_write(os_real(), "/dev/null", VIEW("x"), &diag), STATUS_OK);
    assert_int_equal(stat("/dev/null", &after), 0);
    assert_true(S_ISCHR(after.st_mode) && before.st_ino == after.st_ino);

    assert_int_equal(os_file_write(os_real(), path_of("file"), VIEW("old"), &diag), STATUS_OK);
    assert_int_equal(symlink("file", path_of("link")), 0);
    assert_int_equal(chmod(path_of("file"), 0640), 0);
    assert_int_equal(os_file_write(os_real(), path_of("link"), VIEW("new"), &diag), STATUS_OK);
    assert_content(path_of("file"), VIEW("new"));
    assert_int_equal(lstat(path_of("link"), &after), 0);
    assert_true(S_ISLNK(after.st_mode));
    assert_int_equal(stat(path_of("file"), &after), 0);
    assert_int_equal(after.st_mode & 0777, 0640);
    assert_int_equal(os_unlink(os_real(), path_of("link"), &diag), STATUS_OK);
    assert_int_equal(os_unlink(os_real(), path_of("file"), &diag), STATUS_OK);

    assert_int_equal(symlink("loop", path_of("loop")), 0);
    assert_int_equal(os_file_write(os_real(), path_of("loop"), VIEW("x"), &diag), STATUS_IO);
    assert_non_null(strstr(diag.message, "too many symbolic links"));
    assert_int_equal(os_unlink(os_real(), path_of("loop"), &diag), STATUS_OK);
}

/* Whether two replacements, of `a` and of `b`, would destroy each other's files. */
static bool clash(const char *a, const char *b)
{
    static struct os_replace found[2];
    assert_int_equal(os_replace_find(os_real(), a, &found[0], &diag), STATUS_OK);
    assert_int_equal(os_replace_find(os_real(), b, &found[1], &diag), STATUS_OK);
    bool clashes = os_replace_clash(&found[0], &found[1]);
    assert_int_equal(clashes, os_replace_clash(&found[1], &found[0]));
    return clashes;
}

static void tells_what_would_be_destroyed(void **state)
{
    (void)state;
    static struct os_replace found;
    struct os_identity file;
    assert_int_equal(os_file_write(os_real(), path_of("file"), VIEW("x"), &diag), STATUS_OK);
    assert_int_equal(symlink("file", path_of("link")), 0);
    assert_int_equal(symlink("new", path_of("dangling")), 0);
    assert_int_equal(link(path_of("file"), path_of("hard")), 0);
    assert_int_equal(os_identify_path(os_real(), path_of("file"), &file, &diag), STATUS_OK);
    static const char *const names[] = {"file", "./file", "link", "hard"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(os_replace_find(os_real(), path_of(names[i]), &found, &diag), STATUS_OK);
        assert_true(os_replace_hits(&found, &file));
        assert_true(clash(path_of("file"), path_of(names[i])));
        assert_false(clash(path_of("new"), path_of(names[i])));
    }
    assert_true(clash(path_of("new"), path_of("./new")));
    assert_true(clash(path_of("new"), path_of("dangling")));
    assert_true(clash(path_of("new"), path_of("new.partial")));
    assert_false(clash(path_of("new"), path_of("news")));
    assert_false(clash(path_of("new"), path_of("other")));
    assert_false(clash("/dev/null", "/dev/null"));
    assert_true(os_unlink(os_real(), path_of("hard"), &diag) == STATUS_OK);
    assert_int_equal(link(path_of("file"), path_of("new.partial")), 0);
    assert_int_equal(os_replace_find(os_real(), path_of("new"), &found, &diag), STATUS_OK);
    assert_true(os_replace_hits(&found, &file));
    static const char *const made[] = {"file", "link", "dangling", "new.partial"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        assert_int_equal(os_unlink(os_real(), path_of(made[i]), &diag), STATUS_OK);
}

static void reads_whole_files_up_to_a_limit(void **state)
{
    (void)state;
    struct os_fault fault;
    struct mem_meter meter;
    struct buf buf;
    mem_meter_init(&meter, mem_libc());
    buf_init(&buf, &meter.mem);
    buf_put_text(&buf, "kept");
    assert_int_equal(os_file_write(os_real(), path_of("a"), VIEW("12345"), &diag), STATUS_OK);
    assert_int_equal(os_file_read_all(os_real(), path_of("a"), 4, &buf, &diag), STATUS_LIMIT);
    assert_true(view_equal(buf_view(&buf), VIEW("kept")));
    for (size_t fail_at = 1; fail_at <= 3; fail_at++) {
        os_fault_init(&fault, os_real());
        fault.fail_at = fail_at;
        assert_int_equal(os_file_read_all(&fault.os, path_of("a"), 5, &buf, &diag), STATUS_IO);
        assert_true(view_equal(buf_view(&buf), VIEW("kept")));
    }
    assert_int_equal(os_file_read_all(os_real(), path_of("a"), 5, &buf, &diag), STATUS_OK);
    assert_true(view_equal(buf_view(&buf), VIEW("kept12345")));
    assert_int_equal(os_file_read_all(os_real(), directory, 5, &buf, &diag), STATUS_INVALID);
    buf_done(&buf);

    buf_init(&buf, &meter.mem);
    meter.fail_from = meter.calls + 1;
    assert_int_equal(os_file_read_all(os_real(), path_of("a"), 5, &buf, &diag), STATUS_NO_MEMORY);
    buf_done(&buf);
    assert_int_equal(os_unlink(os_real(), path_of("a"), &diag), STATUS_OK);
}

/* What a pipe without a writer or a device without an end would do: nothing, ever. */
static void regular_files_only_where_asked(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, mem_libc());
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    const char *const specials[] = {path_of("fifo"), "/dev/zero", directory};
    for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
        diag.message[0] = '\0';
        assert_int_equal(os_file_read_regular(os_real(), specials[i], 5, &buf, &diag),
                         STATUS_INVALID);
        assert_non_null(strstr(diag.message, "is not a regular file"));
    }
    assert_int_equal(os_unlink(os_real(), path_of("fifo"), &diag), STATUS_OK);
    assert_int_equal(os_file_write(os_real(), path_of("a"), VIEW("12345"), &diag), STATUS_OK);
    assert_int_equal(symlink("a", path_of("link")), 0);
    assert_int_equal(os_file_read_regular(os_real(), path_of("link"), 5, &buf, &diag),
                     STATUS_OK);
    assert_true(view_equal(buf_view(&buf), VIEW("12345")));
    /* Its size is looked at before its bytes: these 64 GiB are never read. */
    assert_int_equal(truncate(path_of("a"), (off_t)1 << 36), 0);
    assert_int_equal(os_file_read_regular(os_real(), path_of("a"), 5, &buf, &diag),
                     STATUS_LIMIT);
    buf_done(&buf);
    assert_int_equal(os_unlink(os_real(), path_of("link"), &diag), STATUS_OK);
    assert_int_equal(os_unlink(os_real(), path_of("a"), &diag), STATUS_OK);
}

static void counts_and_fails_calls_by_kind(void **state)
{
    (void)state;
    struct os_fault fault;
    struct os_file file;
    uint64_t size_bytes;
    char byte;
    struct os_identity identity;
    char link[OS_PATH_BYTES_MAX];
    bool is_link;
    os_fault_init(&fault, os_real());
    fault.fail_errno = ENOSPC;
    fault.fail_at_kind[OS_CALL_WRITE] = 2;
    assert_int_equal(os_open(&fault.os, path_of("a"), OS_CREATE, &file, &diag), STATUS_OK);
    assert_int_equal(os_write(&fault.os, &file, VIEW("x"), &diag), STATUS_OK);
    assert_int_equal(os_write(&fault.os, &file, VIEW("x"), &diag), STATUS_IO);
    assert_non_null(strstr(diag.message, "No space left on device"));
    for (int i = 0; i < OS_CALL_COUNT; i++)
        fault.fail_at_kind[i] = fault.calls[i] + 1;
    assert_int_equal(os_size(&fault.os, &file, &size_bytes, &diag), STATUS_IO);
    assert_int_equal(os_sync(&fault.os, &file, &diag), STATUS_IO);
    assert_int_equal(os_close(&fault.os, &file, &diag), STATUS_IO);
    assert_int_equal(os_identify_path(&fault.os, path_of("a"), &identity, &diag), STATUS_IO);
    assert_int_equal(os_read_link(&fault.os, path_of("a"), link, &is_link, &diag), STATUS_IO);
    assert_int_equal(os_set_mode(&fault.os, &(struct os_file){-1, "a"}, 0600, &diag), STATUS_IO);
    assert_int_equal(os_entropy(&fault.os, &byte, 1, &diag), STATUS_IO);
    assert_int_equal(os_rename(&fault.os, path_of("a"), path_of("b"), &diag), STATUS_IO);
    assert_int_equal(os_unlink(&fault.os, path_of("a"), &diag), STATUS_IO);
    assert_int_equal(fault.calls_all, 12);
    assert_int_equal(os_unlink(&fault.os, path_of("a"), &diag), STATUS_OK);
}

static void tells_the_time(void **state)
{
    (void)state;
    struct os_fault fault;
    uint64_t before = os_monotonic_ns(os_real());
    uint64_t cpu_before = os_cpu_ns(os_real());
    while (os_cpu_ns(os_real()) == cpu_before)
        continue;
    assert_true(os_monotonic_ns(os_real()) > before);
    assert_true(os_wall_ms(os_real()) > INT64_C(1700000000000));
    os_fault_init(&fault, os_real());
    assert_true(os_monotonic_ns(&fault.os) > before);
    assert_true(os_cpu_ns(&fault.os) > cpu_before);
    assert_true(os_wall_ms(&fault.os) > INT64_C(1700000000000));
    fault.now_ns = 5000000;
    assert_int_equal(os_monotonic_ns(&fault.os), 5000000);
    assert_int_equal(os_cpu_ns(&fault.os), 5000000);
    assert_int_equal(os_wall_ms(&fault.os), 5);
}

static void knows_terminals_and_the_environment(void **state)
{
    (void)state;
    struct os_fault fault;
    struct os_file file;
    os_fault_init(&fault, os_real());
    assert_int_equal(os_open(os_real(), "/dev/null", OS_READ, &file, &diag), STATUS_OK);
    assert_false(os_is_terminal(os_real(), &file));
    assert_int_equal(os_terminal_columns(&fault.os, &file), 0);
    assert_int_equal(os_close(os_real(), &file, &diag), STATUS_OK);
    file = (struct os_file){posix_openpt(O_RDWR | O_NOCTTY), "a terminal"};
    if (file.fd >= 0) {
        struct winsize size = {.ws_row = 24, .ws_col = 132};
        assert_int_equal(ioctl(file.fd, TIOCSWINSZ, &size), 0);
        assert_true(os_is_terminal(&fault.os, &file));
        assert_int_equal(os_terminal_columns(os_real(), &file), 132);
        assert_int_equal(os_close(os_real(), &file, &diag), STATUS_OK);
    }
    assert_int_equal(setenv("WEIR_OS_TEST", "x", 1), 0);
    assert_string_equal(os_getenv(&fault.os, "WEIR_OS_TEST"), "x");
    assert_null(os_getenv(os_real(), "WEIR_OS_TEST_ABSENT"));
    assert_int_equal(os_stdin().fd, 0);
    assert_int_equal(os_stdout().fd, 1);
    assert_int_equal(os_stderr().fd, 2);
}

static void gives_bytes_that_nobody_foresees(void **state)
{
    (void)state;
    uint64_t a[2] = {0};
    uint64_t b[2] = {0};
    assert_int_equal(os_entropy(os_real(), a, sizeof a, &diag), STATUS_OK);
    assert_int_equal(os_entropy(os_real(), b, sizeof b, &diag), STATUS_OK);
    assert_memory_not_equal(a, b, sizeof a);
}

static void mark(char *block, size_t size, char value)
{
    for (size_t at = 0; at < size; at += 4093)
        block[at] = (char)(value + (char)(at / 4093));
    block[size - 1] = value;
}

static void assert_marked(const char *block, size_t size, char value)
{
    for (size_t at = 0; at < size; at += 4093)
        assert_true(block[at] == (char)(value + (char)(at / 4093)));
}

static void keeps_bytes_of_large_arrays_as_they_grow_and_shrink(void **state)
{
    (void)state;
    enum { BLOCKS = 6 };
    struct { char *data; size_t size; char value; } blocks[BLOCKS] = {{NULL, 0, 0}};
    struct mem *mem = os_mem();
    struct random random;
    random_init(&random, SEED);
    for (int round = 0; round < 600; round++) {
        size_t i = random_below(&random, BLOCKS);
        size_t size = random_below(&random, 5) == 0 ? 0 : 1 + random_below(&random, 9 * MIB);
        if (random_below(&random, 3) == 0)
            size %= 3000;
        size_t kept = size < blocks[i].size ? size : blocks[i].size;
        char *data = mem->resize(mem, blocks[i].data, blocks[i].size, size);
        assert_int_equal(data == NULL, size == 0);
        if (size >= 2 * MIB)
            assert_int_equal((uintptr_t)data % (2 * MIB), 0);
        if (kept > 1)
            assert_marked(data, kept - 1, blocks[i].value);
        blocks[i].data = data;
        blocks[i].size = size;
        blocks[i].value = (char)round;
        if (size > 0)
            mark(data, size, (char)round);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        mem_free(mem, blocks[i].data, blocks[i].size);
}

static void refuses_arrays_beyond_memory(void **state)
{
    (void)state;
    struct mem *mem = os_mem();
    assert_null(mem->resize(mem, NULL, 0, SIZE_MAX));
    assert_null(mem->resize(mem, NULL, 0, SIZE_MAX - 4 * MIB));
    char *block = mem->resize(mem, NULL, 0, 3 * MIB);
    assert_non_null(block);
    mark(block, 3 * MIB, 7);
    assert_null(mem->resize(mem, block, 3 * MIB, SIZE_MAX / 2));
    assert_marked(block, 3 * MIB - 1, 7);
    mem_free(mem, block, 3 * MIB);
    char *zeroed = mem_zeroed(mem, 2 * MIB);
    assert_non_null(zeroed);
    assert_int_equal(zeroed[2 * MIB - 1], 0);
    mem_free(mem, zeroed, 2 * MIB);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(writes_and_reads_files),
        IN_DIRECTORY(puts_failures_into_words),
        cmocka_unit_test(measures_only_regular_files),
        IN_DIRECTORY(completes_short_and_interrupted_calls),
        IN_DIRECTORY(replaces_files_whole_or_not_at_all),
        IN_DIRECTORY(abandons_without_a_trace),
        IN_DIRECTORY(writes_directly_to_what_is_no_file),
        IN_DIRECTORY(tells_what_would_be_destroyed),
        IN_DIRECTORY(reads_whole_files_up_to_a_limit),
        IN_DIRECTORY(regular_files_only_where_asked),
        IN_DIRECTORY(counts_and_fails_calls_by_kind),
        cmocka_unit_test(tells_the_time),
        cmocka_unit_test(knows_terminals_and_the_environment),
        cmocka_unit_test(gives_bytes_that_nobody_foresees),
        cmocka_unit_test(keeps_bytes_of_large_arrays_as_they_grow_and_shrink),
        cmocka_unit_test(refuses_arrays_beyond_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
