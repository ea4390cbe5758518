/* One idea: whole command lines run in process, over a kernel that keeps what is written and says
 * what the test wants it to say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/commands.h"
#include "cmd/help.h"
#include "cmd/options.h"
#include "cmd/progress.h"
#include "cmd/suggest.h"
#include "cmd/term.h"
#include "os/os_fault.h"

#define WORDS_MAX 16
#define TEXT_BYTES_MAX (1 << 16)

/* The real kernel but for output, terminals, the environment and the clock. */
struct fake {
    struct os os;
    char text[3][TEXT_BYTES_MAX]; /* by descriptor; [0] unused */
    size_t sizes[3];
    size_t writes[3];
    bool terminal[3];
    int write_errno[3];           /* 0: writing works */
    const char *no_color;
    const char *term;
    unsigned columns;
    uint64_t now_ns;
    const char *directory;        /* with files, of the tests that need some */
};

static struct fake *fake_of(struct os *os)
{
    return (struct fake *)os;
}

static int64_t fake_write(struct os *os, int fd, const void *from, size_t size)
{
    struct fake *fake = fake_of(os);
    if (fd != 1 && fd != 2)
        return os_real()->write(os_real(), fd, from, size);
    fake->writes[fd]++;
    if (fake->write_errno[fd] != 0)
        return -fake->write_errno[fd];
    assert_true(fake->sizes[fd] + size < TEXT_BYTES_MAX);
    memcpy(fake->text[fd] + fake->sizes[fd], from, size);
    fake->sizes[fd] += size;
    fake->text[fd][fake->sizes[fd]] = '\0';
    return (int64_t)size;
}

static bool fake_is_terminal(struct os *os, int fd)
{
    return fd >= 0 && fd <= 2 && fake_of(os)->terminal[fd];
}

static unsigned fake_columns(struct os *os, int fd)
{
    return fake_is_terminal(os, fd) ? fake_of(os)->columns : 0;
}

static const char *fake_getenv(struct os *os, const char *name)
{
    if (strcmp(name, "NO_COLOR") == 0)
        return fake_of(os)->no_color;
    return strcmp(name, "TERM") == 0 ? fake_of(os)->term : NULL;
}

static uint64_t fake_now(struct os *os)
{
    return fake_of(os)->now_ns;
}

static struct fake *fake_new(void)
{
    struct fake *fake = calloc(1, sizeof *fake);
    assert_non_null(fake);
    fake->os = *os_real();
    fake->os.write = fake_write;
    fake->os.is_terminal = fake_is_terminal;
    fake->os.terminal_columns = fake_columns;
    fake->os.getenv = fake_getenv;
    fake->os.monotonic_ns = fake_now;
    fake->term = "xterm";
    fake->columns = 80;
    fake->now_ns = 1000000000;
    return fake;
}

/* Cuts `line` at its spaces into words; returns how many. */
static int split(char *line, char **words)
{
    int count = 0;
    for (;;) {
        line += strspn(line, " ");
        if (*line == '\0')
            return count;
        assert_true(count < WORDS_MAX);
        words[count++] = line;
        line += strcspn(line, " ");
        if (*line != '\0')
            *line++ = '\0';
    }
}

static enum cmd_exit run_with(struct fake *fake, struct mem *mem, const char *line)
{
    char copy[512];
    char *words[WORDS_MAX];
    assert_true(strlen(line) < sizeof copy);
    memcpy(copy, line, strlen(line) + 1);
    int count = split(copy, words);
    return cmd_run(&fake->os, mem, count, words);
}

static enum cmd_exit run(struct fake *fake, const char *line)
{
    memset(fake->sizes, 0, sizeof fake->sizes);
    fake->text[1][0] = '\0';
    fake->text[2][0] = '\0';
    return run_with(fake, mem_libc(), line);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

/* ---- the command line ---- */

static const char *const shapes[] = {"round", "square", NULL};
static const struct cmd_option some_options[] = {
    {.letter = 'n', .name = "number", .value = "N", .type = CMD_U64, .u64_min = 1, .u64_max = 99},
    {.name = "delay", .value = "TIME", .type = CMD_DURATION},
    {.name = "shape", .value = "SHAPE", .type = CMD_CHOICE, .choices = shapes},
    {.letter = 'o', .name = "output", .value = "FILE", .type = CMD_PATH},
    {.letter = 'q', .name = "quiet", .type = CMD_FLAG},
    {.name = "since", .value = "TIME", .type = CMD_TIME},
};
static const struct cmd_command some_command = {
    .name = "some", .operands = "A [B]", .operand_count_min = 1, .operand_count_max = 2,
    .options = some_options, .option_count = 6,
};

/* A line parsed for some_command, and everything that its parts borrow. */
struct parsed {
    char copy[512];
    char *words[WORDS_MAX];
    struct cmd_args args;
    struct cmd_common common;
    struct diag diag;
};

static enum status parse(const char *line, struct parsed *parsed)
{
    memset(parsed, 0, sizeof *parsed);
    memcpy(parsed->copy, line, strlen(line) + 1);
    int count = split(parsed->copy, parsed->words);
    return cmd_options_parse(&some_command, count, parsed->words, &parsed->args, &parsed->common,
                             &parsed->diag);
}

static void options_are_read_in_every_form(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "--number 7 --output x a", "--number=7 --output=x a", "-n 7 -o x a", "-n7 -ox a",
        "a -n 7 -o x", "-n 3 -o y -n 7 -o x a", "-n 7 -o x -- a",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct parsed parsed;
        assert_int_equal(parse(lines[i], &parsed), STATUS_OK);
        assert_int_equal(parsed.args.values[0].u64, 7);
        assert_string_equal(parsed.args.values[3].text, "x");
        assert_false(parsed.args.values[4].given);
        assert_int_equal(parsed.args.operand_count, 1);
        assert_string_equal(parsed.args.operands[0], "a");
    }
}

static void values_have_their_types(void **state)
{
    (void)state;
    struct parsed parsed;
    assert_int_equal(parse("--delay 1h30m --shape square -q - --help", &parsed), STATUS_OK);
    assert_int_equal(parsed.args.values[1].duration_ms, 5400000);
    assert_int_equal(parsed.args.values[2].choice, 1);
    assert_true(parsed.args.values[4].given);
    assert_string_equal(parsed.args.operands[0], "-");
    assert_true(parsed.common.help);
    assert_int_equal(parse("--since 1970-01-02 a", &parsed), STATUS_OK);
    assert_int_equal(parsed.args.values[5].time_ms, 86400000);
    assert_int_equal(parse("--since=1970-01-01T01:00:01+01:00 a", &parsed), STATUS_OK);
    assert_int_equal(parsed.args.values[5].time_ms, 1000);
    assert_int_equal(parse("--color never -- -n --shape", &parsed), STATUS_OK);
    assert_int_equal(parsed.common.colour, CMD_COLOUR_NEVER);
    assert_string_equal(parsed.args.operands[0], "-n");
    assert_string_equal(parsed.args.operands[1], "--shape");
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *message;
        const char *hint;
    } cases[] = {
        {"a --nubmer 7", "unknown option '--nubmer'", "did you mean '--number'?"},
        {"a --unlike 7", "unknown option '--unlike'", ""},
        {"a --nubmer=7", "unknown option '--nubmer'", "did you mean '--number'?"},
        {"a -z", "unknown option '-z'", ""},
        {"a --number 0", "--number takes a whole number from 1 to 99, not '0'", ""},
        {"a --number 100", "--number takes a whole number from 1 to 99, not '100'", ""},
        {"a -n 99999999999999999999", "-n takes a whole number from 1 to 99, not "
                                      "'99999999999999999999'", ""},
        {"a --number 7x", "--number takes a whole number from 1 to 99, not '7x'", ""},
        {"a --number -7", "--number takes a whole number from 1 to 99, not '-7'", ""},
        {"a --number=", "--number takes a whole number from 1 to 99, not ''", ""},
        {"a --number", "--number needs a value: --number N", ""},
        {"a --delay soon", "--delay takes a duration, not 'soon'",
         "write it like 30d, 1h30m or 250ms"},
        {"a --shape sqare", "--shape takes one of round, square, not 'sqare'",
         "did you mean 'square'?"},
        {"a --output=", "--output needs a value that is not empty", ""},
        {"a --quiet=1", "--quiet takes no value", ""},
        {"a -q1", "-q takes no value", ""},
        {"", "an argument is missing", "usage: weir some A [B]"},
        {"--since 1/2/1970 a", "--since takes a date or a time, not '1/2/1970'",
         "write it like 2026-07-01 or 2026-07-01T12:00:00Z"},
        {"a b c", "'c' is one too many", "usage: weir some A [B]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parsed parsed;
        assert_int_equal(parse(cases[i].line, &parsed), STATUS_INVALID);
        assert_string_equal(parsed.diag.message, cases[i].message);
        assert_string_equal(parsed.diag.hint, cases[i].hint);
    }
}

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(cmd_suggest_distance("", ""), 0);
    assert_int_equal(cmd_suggest_distance("", "abc"), 3);
    assert_int_equal(cmd_suggest_distance("check", "check"), 0);
    assert_int_equal(cmd_suggest_distance("chekc", "check"), 1);
    assert_int_equal(cmd_suggest_distance("kitten", "sitting"), 3);
    assert_int_equal(cmd_suggest_distance("ca", "abc"), 3);
    char word[CMD_SUGGEST_BYTES_MAX + 2];
    memset(word, 'a', sizeof word);
    word[CMD_SUGGEST_BYTES_MAX] = '\0';
    assert_int_equal(cmd_suggest_distance(word, word), 0);
    word[CMD_SUGGEST_BYTES_MAX] = 'a';
    word[CMD_SUGGEST_BYTES_MAX + 1] = '\0';
    assert_true(cmd_suggest_distance(word, word) == SIZE_MAX);
}

/* ---- the frame ---- */

static void unknown_commands_get_the_nearest(void **state)
{
    struct fake *fake = *state;
    assert_int_equal(run(fake, "weir chekc x"), CMD_EXIT_USAGE);
    assert_string_equal(fake->text[2], "weir: there is no command 'chekc'; did you mean 'check'?\n"
                                       "Try 'weir help'.\n");
    assert_int_equal(run(fake, "weir frobnicate"), CMD_EXIT_USAGE);
    assert_string_equal(fake->text[2], "weir: there is no command 'frobnicate'\n"
                                       "Try 'weir help'.\n");
    assert_int_equal(run(fake, "weir check --jsn x"), CMD_EXIT_USAGE);
    assert_string_equal(fake->text[2], "weir check: unknown option '--jsn'; did you mean "
                                       "'--json'?\n"
                                       "Try 'weir check --help'.\n");
    assert_int_equal(run(fake, "weir --json check"), CMD_EXIT_USAGE);
    assert_has(fake->text[2], "options stand behind a command");
    assert_int_equal(fake->sizes[1], 0);
}

static void help_shows_every_command_and_option(void **state)
{
    struct fake *fake = *state;
    const struct cmd_command *command;
    assert_int_equal(run(fake, "weir"), CMD_EXIT_USAGE);
    assert_has(fake->text[2], "Usage: weir COMMAND");
    for (size_t i = 0; (command = cmd_command_at(i)) != NULL; i++) {
        char line[128];
        assert_int_equal(run(fake, "weir help"), CMD_EXIT_OK);
        snprintf(line, sizeof line, "\n  %-21s %.20s", command->name, command->summary);
        assert_has(fake->text[1], line);
        snprintf(line, sizeof line, "weir %s --help", command->name);
        assert_int_equal(run(fake, line), CMD_EXIT_OK);
        for (size_t j = 0; j < command->option_count; j++)
            assert_has(fake->text[1], command->options[j].name);
        assert_has(fake->text[1], "--color");
        char again[TEXT_BYTES_MAX];
        memcpy(again, fake->text[1], fake->sizes[1] + 1);
        snprintf(line, sizeof line, "weir help %s", command->name);
        assert_int_equal(run(fake, line), CMD_EXIT_OK);
        assert_string_equal(fake->text[1], again);
    }
}

static void help_fits_80_columns(void **state)
{
    struct fake *fake = *state;
    const struct cmd_command *command;
    for (size_t i = 0; (command = cmd_command_at(i)) != NULL; i++) {
        char line[128];
        snprintf(line, sizeof line, "weir help %s", command->name);
        assert_int_equal(run(fake, line), CMD_EXIT_OK);
        for (const char *at = fake->text[1]; *at != '\0'; at += strcspn(at, "\n") + 1) {
            if (strncmp(at, "  weir ", 7) != 0) /* an example is one line, as it would be typed */
                assert_in_range(strcspn(at, "\n"), 0, 80);
        }
    }
}

static void commands_are_well_formed(void **state)
{
    (void)state;
    const struct cmd_command *command;
    for (size_t i = 0; (command = cmd_command_at(i)) != NULL; i++) {
        assert_ptr_equal(cmd_command_find(command->name), command);
        assert_true(strlen(command->name) <= CMD_SUGGEST_BYTES_MAX);
        assert_true(command->option_count <= CMD_OPTIONS_MAX);
        assert_true(command->operand_count_min <= command->operand_count_max);
        assert_non_null(command->description);
        assert_true(command->summary[strlen(command->summary) - 1] != '.');
        for (size_t j = 0; j < command->option_count; j++) {
            const struct cmd_option *option = &command->options[j];
            assert_non_null(option->name);
            assert_true(strlen(option->name) <= CMD_SUGGEST_BYTES_MAX);
            assert_true((option->type == CMD_FLAG) == (option->value == NULL));
            assert_true(option->type != CMD_CHOICE || option->choices != NULL);
            for (size_t k = 0; k < j; k++) {
                assert_string_not_equal(option->name, command->options[k].name);
                assert_true(option->letter == '\0' ||
                            option->letter != command->options[k].letter);
            }
        }
    }
}

static void manual_and_completion_name_every_option(void **state)
{
    struct fake *fake = *state;
    const struct cmd_command *command;
    for (size_t i = 0; (command = cmd_command_at(i)) != NULL; i++) {
        char line[128];
        assert_int_equal(run(fake, "weir help --man"), CMD_EXIT_OK);
        snprintf(line, sizeof line, ".SS %s\n", command->name);
        assert_has(fake->text[1], line);
        assert_int_equal(run(fake, "weir help --completion bash"), CMD_EXIT_OK);
        for (size_t j = 0; j < command->option_count; j++) {
            snprintf(line, sizeof line, "--%s ", command->options[j].name);
            assert_has(fake->text[1], line);
        }
    }
    assert_int_equal(run(fake, "weir help --completion zsh"), CMD_EXIT_USAGE);
}

static void version_is_for_people_and_programs(void **state)
{
    struct fake *fake = *state;
    assert_int_equal(run(fake, "weir --version"), CMD_EXIT_OK);
    assert_memory_equal(fake->text[1], "weir ", 5);
    assert_int_equal(run(fake, "weir version --json"), CMD_EXIT_OK);
    assert_memory_equal(fake->text[1], "{\"name\":\"weir\",\"version\":\"", 26);
}

static void failing_output_is_reported(void **state)
{
    struct fake *fake = *state;
    fake->write_errno[1] = ENOSPC;
    assert_int_equal(run(fake, "weir help"), CMD_EXIT_MACHINE);
    assert_has(fake->text[2], "No space left on device");
    fake->write_errno[1] = EPIPE;
    assert_int_equal(run(fake, "weir help"), CMD_EXIT_OK);
    assert_string_equal(fake->text[2], "");
    assert_int_equal(run(fake, "weir simulate --events 20000 --days 2 -o -"), CMD_EXIT_OK);
    assert_string_equal(fake->text[2], "");
    fake->write_errno[1] = 0;
    fake->write_errno[2] = EIO;
    assert_int_equal(run(fake, "weir nothing"), CMD_EXIT_USAGE);
}

/* Writes `lines` lines to `path` as an output over `os`; returns what closing it gives. */
static enum cmd_exit fill_output(struct os *os, const char *path, size_t lines)
{
    struct cmd_context context = {.os = os, .mem = mem_libc()};
    struct cmd_output output = {0};
    cmd_stream_init(&context.err, os_real(), mem_libc(), os_stderr());
    enum cmd_exit exit = cmd_output_claim(&output, &context, path);
    if (exit == CMD_EXIT_OK)
        exit = cmd_output_open(&output);
    for (size_t i = 0; i < lines && exit == CMD_EXIT_OK; i++) {
        buf_put_text(&output.stream.buf, "a line of forty bytes, its newline too.\n");
        if (cmd_stream_spill(&output.stream) != STATUS_OK)
            break;
        assert_true(output.stream.buf.size_bytes < CMD_STREAM_BYTES);
    }
    enum cmd_exit closed = cmd_output_close(&output, true);
    assert_null(context.files.outputs);
    assert_int_equal(exit == CMD_EXIT_OK && closed == CMD_EXIT_OK, context.err.buf.size_bytes == 0);
    buf_done(&context.err.buf);
    return closed > exit ? closed : exit;
}

static void streams_report_their_first_failure(void **state)
{
    (void)state;
    static const enum os_call kinds[] = {OS_CALL_OPEN, OS_CALL_WRITE, OS_CALL_CLOSE,
                                         OS_CALL_IDENTIFY, OS_CALL_READ_LINK};
    assert_int_equal(fill_output(os_real(), "/dev/null", 20000), CMD_EXIT_OK);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct os_fault fault;
        os_fault_init(&fault, os_real());
        fault.fail_at_kind[kinds[i]] = 1;
        assert_int_equal(fill_output(&fault.os, "/dev/null", 20000), CMD_EXIT_MACHINE);
        assert_int_equal(fault.calls[OS_CALL_OPEN] - (kinds[i] == OS_CALL_OPEN),
                         fault.calls[OS_CALL_CLOSE]);
    }
    struct os_fault fault;
    os_fault_init(&fault, os_real());
    fault.fail_at_kind[OS_CALL_WRITE] = 2; /* in the middle: nothing more is written after it */
    assert_int_equal(fill_output(&fault.os, "/dev/null", 20000), CMD_EXIT_MACHINE);
    assert_int_equal(fault.calls[OS_CALL_WRITE], 2);
    struct cmd_stream never_opened = {0};
    assert_int_equal(cmd_stream_close(&never_opened, NULL), STATUS_OK);
}

/* Fails each call of writing a file in turn: it must be the old one or the new, and nothing must be
 * left beside it. */
static void outputs_are_whole_or_not_there(void **state)
{
    (void)state;
    char path[64] = "/tmp/weir_cmd_test_XXXXXX";
    struct diag diag;
    struct buf text;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    char beside[96];
    snprintf(beside, sizeof beside, "%s" OS_REPLACE_SUFFIX, path);
    buf_init(&text, mem_libc());
    enum cmd_exit exit = CMD_EXIT_MACHINE;
    size_t fail_at = 0;
    while (exit != CMD_EXIT_OK && fail_at < 100) {
        struct os_fault fault;
        os_fault_init(&fault, os_real());
        fault.fail_at = ++fail_at;
        assert_int_equal(os_file_write(os_real(), path, VIEW("old"), &diag), STATUS_OK);
        exit = fill_output(&fault.os, path, 20000);
        assert_true(exit == CMD_EXIT_OK || exit == CMD_EXIT_MACHINE);
        buf_clear(&text);
        assert_int_equal(os_file_read_all(os_real(), path, 1 << 20, &text, &diag), STATUS_OK);
        assert_true(text.size_bytes == 800000 || view_equal(buf_view(&text), VIEW("old")));
        assert_true(exit != CMD_EXIT_OK || text.size_bytes == 800000);
        assert_int_not_equal(access(beside, F_OK), 0);
    }
    assert_in_range(fail_at, 17, 99);
    buf_done(&text);
    assert_int_equal(os_unlink(os_real(), path, &diag), STATUS_OK);
}

/* Files for whole command lines, in a directory of their own, the commands' current one. */
static const char SMALL_POLICY[] =
    "policy small\ncurrency CNY\non error review \"ENGINE\"\n"
    "event payment { id: id   at: time   account: entity   payee: entity   amount: money\n"
    "  is_bad: bool? }\n"
    "label bad on payment = is_bad known after 1d\n"
    "list known : payee from \"known.csv\"\n"
    "let spent = sum(payment.amount) per account over 1h\n"
    "rule much \"{account} spent {spent}\" on payment when spent > CNY 10.00\n"
    "  unless payee in known then review \"MUCH\"\n"
    "test \"much\" when payment { amount: CNY 11.00 } expect review, rule much\n";

static const struct {
    const char *name;
    const char *text;
} small_files[] = {
    {"p.weir", SMALL_POLICY},
    {"known.csv", "value\nfriend\n"},
    {"e.ndjson",
     "{\"id\":\"1\",\"at\":\"2026-01-01T00:00:00Z\",\"account\":\"a\",\"payee\":\"b\","
     "\"amount\":\"6.00\",\"is_bad\":true}\n"
     "{\"id\":\"2\",\"at\":\"2026-01-01T00:01:00Z\",\"account\":\"a\",\"payee\":\"b\","
     "\"amount\":\"7.00\"}\n{\"id\":\"3\"}\n"},
    {"e.csv", "id;at;account;payee;amount;is_bad\n1;2026-01-01T00:00:00Z;a;friend;20.00;0\n"},
};
#define SMALL_FILE_COUNT (sizeof small_files / sizeof small_files[0])

static int setup_files(void **state)
{
    static char directory[] = "/tmp/weir_cmd_test_XXXXXX";
    struct diag diag;
    memcpy(strrchr(directory, '_'), "_XXXXXX", 7);
    if (mkdtemp(directory) == NULL || chdir(directory) != 0)
        return -1;
    for (size_t i = 0; i < SMALL_FILE_COUNT; i++)
        if (os_file_write(os_real(), small_files[i].name, view_of(small_files[i].text), &diag) !=
            STATUS_OK)
            return -1;
    *state = fake_new();
    ((struct fake *)*state)->directory = directory;
    return 0;
}

static int teardown_files(void **state)
{
    struct fake *fake = *state;
    struct diag diag;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < SMALL_FILE_COUNT; i++)
        status = os_unlink(os_real(), small_files[i].name, &diag) != STATUS_OK ? STATUS_IO : status;
    /* A directory that is not empty holds what a command left. */
    int left = chdir("/") != 0 || rmdir(fake->directory) != 0;
    free(fake);
    return left || status != STATUS_OK;
}

/* Runs a line with its allocation of number `fail_at` failing; returns whether there was one. */
static bool survives(struct fake *fake, const char *line, size_t fail_at, enum cmd_exit code)
{
    struct mem_meter meter;
    mem_meter_init(&meter, mem_libc());
    meter.fail_at = fail_at;
    memset(fake->sizes, 0, sizeof fake->sizes);
    fake->text[2][0] = '\0';
    enum cmd_exit got = run_with(fake, &meter.mem, line);
    bool failed = meter.calls >= fail_at;
    if (meter.used_bytes != 0)
        fail_msg("%s: %zu bytes left when allocation %zu fails", line, meter.used_bytes, fail_at);
    if (got != code && (!failed || got != CMD_EXIT_MACHINE))
        fail_msg("%s: exit %d when allocation %zu fails: \"%s\"", line, (int)got, fail_at,
                 fake->text[2]);
    if (failed && strstr(fake->text[2], "memory") == NULL)
        fail_msg("%s: allocation %zu fails: \"%s\"", line, fail_at, fake->text[2]);
    return failed;
}

/* Fails the first allocation, then the second, and so on, until a run needs no more. */
static void every_failing_allocation_is_survived(void **state)
{
    static const struct {
        const char *line;
        enum cmd_exit code; /* when nothing fails */
    } cases[] = {
        {"weir help", CMD_EXIT_OK},
        {"weir help --man", CMD_EXIT_OK},
        {"weir version --json", CMD_EXIT_OK},
        {"weir frobnicate", CMD_EXIT_USAGE},
        {"weir simulate --events 100 --customers 50 --days 2 -o /dev/null", CMD_EXIT_OK},
        {"weir check p.weir", CMD_EXIT_OK},
        {"weir check --json p.weir", CMD_EXIT_OK},
        {"weir fmt --stdout p.weir", CMD_EXIT_OK},
        {"weir test --coverage p.weir", CMD_EXIT_OK},
        {"weir test --json p.weir", CMD_EXIT_OK},
        {"weir decide p.weir e.ndjson --features -o /dev/null --json-summary -",
         CMD_EXIT_FINDINGS},
        {"weir decide p.weir e.csv --separator semicolon --format csv", CMD_EXIT_OK},
        {"weir backtest p.weir e.ndjson --by account --days --latency", CMD_EXIT_FINDINGS},
        {"weir backtest p.weir e.csv --separator semicolon --json", CMD_EXIT_OK},
        {"weir diff p.weir p.weir e.ndjson", CMD_EXIT_FINDINGS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t fail_at = 1;
        while (survives(*state, cases[i].line, fail_at, cases[i].code))
            fail_at++;
        assert_true(fail_at > 1);
    }
}

static void a_reader_of_errors_may_leave(void **state)
{
    struct fake *fake = *state;
    fake->write_errno[2] = EPIPE;
    assert_int_equal(run(fake, "weir backtest p.weir e.ndjson"), CMD_EXIT_FINDINGS);
    fake->write_errno[2] = EIO;
    assert_int_equal(run(fake, "weir backtest p.weir e.ndjson"), CMD_EXIT_MACHINE);
}

static void exit_codes_have_their_numbers(void **state)
{
    (void)state;
    assert_int_equal(CMD_EXIT_OK, 0);
    assert_int_equal(CMD_EXIT_FINDINGS, 1);
    assert_int_equal(CMD_EXIT_USAGE, 2);
    assert_int_equal(CMD_EXIT_INPUT, 3);
    assert_int_equal(CMD_EXIT_MACHINE, 4);
    assert_int_equal(cmd_exit_of(STATUS_OK), CMD_EXIT_OK);
    assert_int_equal(cmd_exit_of(STATUS_IO), CMD_EXIT_MACHINE);
    assert_int_equal(cmd_exit_of(STATUS_NO_MEMORY), CMD_EXIT_MACHINE);
    assert_int_equal(cmd_exit_of(STATUS_NOT_FOUND), CMD_EXIT_INPUT);
    assert_int_equal(cmd_exit_of(STATUS_INVALID), CMD_EXIT_INPUT);
}

/* ---- the terminal ---- */

static void colours_only_where_they_are_wanted(void **state)
{
    struct fake *fake = *state;
    struct os_file out = os_stdout();
    assert_false(cmd_term_colour(&fake->os, &out, CMD_COLOUR_AUTO));
    assert_true(cmd_term_colour(&fake->os, &out, CMD_COLOUR_ALWAYS));
    fake->terminal[1] = true;
    assert_true(cmd_term_colour(&fake->os, &out, CMD_COLOUR_AUTO));
    assert_false(cmd_term_colour(&fake->os, &out, CMD_COLOUR_NEVER));
    fake->no_color = "";
    assert_true(cmd_term_colour(&fake->os, &out, CMD_COLOUR_AUTO));
    fake->no_color = "1";
    assert_false(cmd_term_colour(&fake->os, &out, CMD_COLOUR_AUTO));
    assert_true(cmd_term_colour(&fake->os, &out, CMD_COLOUR_ALWAYS));
    fake->no_color = NULL;
    fake->term = "dumb";
    assert_false(cmd_term_colour(&fake->os, &out, CMD_COLOUR_AUTO));
    fake->term = NULL;
    assert_int_equal(run(fake, "weir help --color=never"), CMD_EXIT_OK);
    assert_null(strchr(fake->text[1], '\x1b'));
    assert_int_equal(run(fake, "weir help --color=always"), CMD_EXIT_OK);
    assert_has(fake->text[1], CMD_TERM_BOLD "Commands:" CMD_TERM_RESET);
}

/* Tells of a thousand steps, 10 ms apart; returns how often something was drawn. */
static size_t draw_thousand(struct fake *fake)
{
    struct cmd_context context = {.os = &fake->os, .mem = mem_libc()};
    struct cmd_progress progress;
    memset(fake->sizes, 0, sizeof fake->sizes);
    memset(fake->writes, 0, sizeof fake->writes);
    cmd_stream_init(&context.out, &fake->os, mem_libc(), os_stdout());
    cmd_stream_init(&context.err, &fake->os, mem_libc(), os_stderr());
    cmd_progress_start(&progress, &context, "events", 1000000, &context.out);
    for (uint64_t i = 0; i < 1000; i++) {
        cmd_progress_tell(&progress, i * 1000, i * 1000);
        fake->now_ns += 10000000;
    }
    cmd_progress_end(&progress);
    cmd_progress_end(&progress);
    assert_int_equal(fake->sizes[1], 0);
    assert_int_equal(cmd_stream_close(&context.out, NULL), STATUS_OK);
    assert_int_equal(cmd_stream_close(&context.err, NULL), STATUS_OK);
    return fake->writes[2];
}

static void progress_is_drawn_on_a_terminal_only(void **state)
{
    struct fake *fake = *state;
    assert_int_equal(draw_thousand(fake), 0);
    fake->terminal[2] = true;
    size_t drawn = draw_thousand(fake);
    assert_in_range(drawn, 90, 110); /* ten seconds, ten a second */
    assert_has(fake->text[2], "[############............]  50 %  ");
    assert_has(fake->text[2], "500,000 events  100,000/s  0:0");
    fake->text[2][fake->sizes[2]] = '\0';
    assert_string_equal(fake->text[2] + fake->sizes[2] - strlen(CMD_TERM_CLEAR_LINE),
                        CMD_TERM_CLEAR_LINE);
    fake->terminal[1] = true;
    assert_int_equal(draw_thousand(fake), 0);
    fake->terminal[1] = false;
    fake->term = "dumb";
    assert_int_equal(draw_thousand(fake), 0);
}

static void progress_never_wraps(void **state)
{
    struct fake *fake = *state;
    fake->terminal[2] = true;
    fake->columns = 20;
    assert_true(draw_thousand(fake) > 0);
    const char *line = fake->text[2];
    while ((line = strchr(line, '\r')) != NULL) {
        line += strlen(CMD_TERM_CLEAR_LINE);
        assert_in_range(strcspn(line, "\r"), 0, 19);
    }
}

static int setup(void **state)
{
    *state = fake_new();
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

#define WITH_FAKE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read_in_every_form),
        cmocka_unit_test(values_have_their_types),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(distance_counts_edits),
        WITH_FAKE(unknown_commands_get_the_nearest),
        WITH_FAKE(help_shows_every_command_and_option),
        WITH_FAKE(help_fits_80_columns),
        cmocka_unit_test(commands_are_well_formed),
        WITH_FAKE(manual_and_completion_name_every_option),
        WITH_FAKE(version_is_for_people_and_programs),
        WITH_FAKE(failing_output_is_reported),
        cmocka_unit_test(streams_report_their_first_failure),
        cmocka_unit_test(outputs_are_whole_or_not_there),
        cmocka_unit_test_setup_teardown(every_failing_allocation_is_survived, setup_files,
                                        teardown_files),
        cmocka_unit_test_setup_teardown(a_reader_of_errors_may_leave, setup_files, teardown_files),
        cmocka_unit_test(exit_codes_have_their_numbers),
        WITH_FAKE(colours_only_where_they_are_wanted),
        WITH_FAKE(progress_is_drawn_on_a_terminal_only),
        WITH_FAKE(progress_never_wraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
