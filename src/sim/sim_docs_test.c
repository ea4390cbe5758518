/* One idea: the documented events are the events: every field that the stream has is in its block
 * of docs/simulator/README.md and the other way round, and only those marked `?` may be missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sim/sim.h"
#include "sim/sim_testing.h"

#define DOC_BYTES_MAX 65536
#define FIELDS_MAX 24
#define PATH_BYTES_MAX 1024

/* A documented event. Views borrow the document. */
struct block {
    struct view name;
    size_t count;
    struct view fields[FIELDS_MAX];
    struct view types[FIELDS_MAX];   /* without its "?" */
    bool optional[FIELDS_MAX];
    bool missing[FIELDS_MAX];        /* was missing in some line */
};

static char document[DOC_BYTES_MAX];
static struct block blocks[SIM_EVENT_COUNT];
static size_t block_count;

/* False when the documents are not there: WEIR_DOCS names their directory. */
static bool read_document(const char *name)
{
    char path[PATH_BYTES_MAX];
    const char *docs = getenv("WEIR_DOCS");
    if (docs == NULL)
        return false;
    snprintf(path, sizeof path, "%s/%s", docs, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    size_t size_bytes = fread(document, 1, sizeof document - 1, file);
    document[size_bytes] = '\0';
    fclose(file);
    return true;
}

static struct view word_at(const char *at)
{
    return (struct view){at, strspn(at, "abcdefghijklmnopqrstuvwxyz_")};
}

/* "  name:   type ...": one field of the block that is being read. */
static void read_field(struct block *block, const char *line)
{
    const char *at = line + strspn(line, " ");
    struct view name = word_at(at);
    assert_true(name.size_bytes > 0 && name.data[name.size_bytes] == ':');
    at = name.data + name.size_bytes + 1;
    size_t i = block->count++;
    assert_true(i < FIELDS_MAX);
    block->fields[i] = name;
    at += strspn(at, " ");
    size_t size_bytes = strcspn(at, "#\n");
    while (size_bytes > 0 && at[size_bytes - 1] == ' ')
        size_bytes--;
    block->optional[i] = at[size_bytes - 1] == '?';
    block->types[i] = (struct view){at, size_bytes - block->optional[i]};
}

static void read_blocks(void)
{
    struct block *block = NULL;
    block_count = 0;
    for (const char *line = document; line != NULL && *line != '\0';) {
        if (strncmp(line, "event ", 6) == 0) {
            assert_true(block_count < SIM_EVENT_COUNT);
            block = &blocks[block_count++];
            *block = (struct block){.name = word_at(line + 6)};
        } else if (*line == '}') {
            block = NULL;
        } else if (block != NULL) {
            read_field(block, line);
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    assert_int_equal(block_count, SIM_EVENT_COUNT);
}

static bool starts_with(struct view text, const char *start)
{
    return text.size_bytes >= strlen(start) && memcmp(text.data, start, strlen(start)) == 0;
}

/* "one of a, b": whether the quoted value is one of them. */
static bool is_choice(struct view type, struct view value)
{
    const char *at = type.data + strlen("one of ");
    while (at < type.data + type.size_bytes) {
        struct view choice = word_at(at);
        if (choice.size_bytes + 2 == value.size_bytes &&
            memcmp(choice.data, value.data + 1, choice.size_bytes) == 0)
            return true;
        at = choice.data + choice.size_bytes + strspn(choice.data + choice.size_bytes, ", ");
        assert_true(choice.size_bytes > 0);
    }
    return false;
}

/* Whether a value is written as its documented type is. */
static bool is_of_type(struct view value, struct view type)
{
    bool quoted = value.data[0] == '"';
    bool has_point = memchr(value.data, '.', value.size_bytes) != NULL;
    if (starts_with(type, "one of"))
        return quoted && is_choice(type, value);
    if (starts_with(type, "bool"))
        return view_equal(value, VIEW("true")) || view_equal(value, VIEW("false"));
    if (starts_with(type, "int"))
        return !quoted && !has_point;
    if (starts_with(type, "money"))
        return !quoted && has_point && value.data[value.size_bytes - 3] == '.';
    if (starts_with(type, "country"))
        return quoted && value.size_bytes == 4;
    return quoted;
}

static void check_line(struct view line)
{
    struct view event = testing_value(line, VIEW("event"));
    struct block *block = NULL;
    for (size_t i = 0; i < block_count; i++)
        if (event.size_bytes == blocks[i].name.size_bytes + 2 &&
            memcmp(event.data + 1, blocks[i].name.data, blocks[i].name.size_bytes) == 0)
            block = &blocks[i];
    assert_non_null(block);
    size_t found = 1; /* the field "event" itself */
    for (size_t i = 0; i < block->count; i++) {
        struct view value = testing_value(line, block->fields[i]);
        found += value.data != NULL;
        block->missing[i] = block->missing[i] || value.data == NULL;
        if (value.data != NULL && !is_of_type(value, block->types[i]))
            fail_msg("%.*s is not %.*s", VIEW_ARG(value), VIEW_ARG(block->types[i]));
    }
    size_t fields = 0;
    for (size_t i = 0; i + 1 < line.size_bytes; i++)
        fields += line.data[i] == '"' && line.data[i + 1] == ':';
    if (fields != found)
        fail_msg("a field is not documented: %.*s", VIEW_ARG(line));
}

static void the_documented_events_are_the_events(void **state)
{
    (void)state;
    if (!read_document("README.md")) {
        print_message("# skipped: WEIR_DOCS names no directory with README.md\n");
        skip();
    }
    read_blocks();
    struct sim_config config = sim_config_default();
    config.customers = 3000;
    config.days = 120;
    struct sim *sim = NULL;
    struct buf line;
    buf_init(&line, mem_libc());
    assert_int_equal(sim_new(&config, mem_libc(), &sim, NULL), STATUS_OK);
    while (sim_next(sim, &line) == STATUS_OK) {
        check_line(buf_view(&line));
        buf_clear(&line);
    }
    for (size_t b = 0; b < block_count; b++)
        for (size_t i = 0; i < blocks[b].count; i++)
            if (blocks[b].missing[i] != blocks[b].optional[i])
                fail_msg("%.*s.%.*s is %s", VIEW_ARG(blocks[b].name), VIEW_ARG(blocks[b].fields[i]),
                         blocks[b].missing[i] ? "sometimes missing" : "never missing");
    buf_done(&line);
    sim_free(sim);
}

static void every_scenario_has_its_page(void **state)
{
    (void)state;
    if (!read_document("README.md")) {
        print_message("# skipped: WEIR_DOCS names no directory with README.md\n");
        skip();
    }
    char mention[PATH_BYTES_MAX];
    for (size_t s = 0; s < SIM_SCENARIO_COUNT; s++) {
        assert_true(read_document("README.md"));
        snprintf(mention, sizeof mention, "(%s.md)", sim_scenario_at(s)->name);
        assert_non_null(strstr(document, mention));
        snprintf(mention, sizeof mention, "%s.md", sim_scenario_at(s)->name);
        assert_true(read_document(mention));
        snprintf(mention, sizeof mention, "# %s\n", sim_scenario_at(s)->name);
        assert_non_null(strstr(document, mention));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documented_events_are_the_events),
        cmocka_unit_test(every_scenario_has_its_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
