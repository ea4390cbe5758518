/* One idea: XGBoost and LightGBM have said which leaf each row falls into and what its margin is,
 * and the ensemble that is read from their files must say the same. tools/model_fixtures.py makes
 * both, a few that are committed and, where WEIR_MODEL_CAMPAIGN names a directory, many. */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "model/ensemble.h"

#define PATH_BYTES_MAX 1024
#define ARENA_BYTES_MAX ((size_t)1 << 28)
#define MARGIN_ERROR_MAX 1e-5

struct tally {
    size_t models;
    size_t rows;
    size_t leaves;
    uint32_t depth_max;
    double error_max;
};

enum format { JSON, UBJ, TEXT, FORMATS };

static const char *const endings[FORMATS] = {".json", ".ubj", ".txt"};

/* A whole file, to be freed; data is NULL when there is none. */
static struct view read_file(const char *path)
{
    struct buf buf;
    char part[4096];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return (struct view){NULL, 0};
    buf_init(&buf, mem_libc());
    for (size_t size; (size = fread(part, 1, sizeof part, file)) > 0;)
        buf_put(&buf, part, size);
    fclose(file);
    assert_int_equal(buf_status(&buf), STATUS_OK);
    char *copy = calloc(1, buf.size_bytes + 1);
    assert_non_null(copy);
    memcpy(copy, buf.data, buf.size_bytes);
    struct view bytes = {copy, buf.size_bytes};
    buf_done(&buf);
    return bytes;
}

static void free_file(struct view bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

static void read_model(enum format format, struct view bytes, const char *path,
                       struct arena *arena, struct ensemble *ensemble)
{
    enum status (*const readers[FORMATS])(struct view, struct arena *, struct ensemble *,
                                          struct diag *) = {
        ensemble_read_xgboost_json, ensemble_read_xgboost_ubj, ensemble_read_lightgbm};
    struct diag diag = {0};
    if (readers[format](bytes, arena, ensemble, &diag) != STATUS_OK)
        fail_msg("%s: %s", path, diag.message);
}

/* Numbers the leaves of each tree from left to right; by node, to be freed. */
static uint32_t *number_leaves(const struct ensemble *ensemble)
{
    uint32_t *places = calloc(ensemble->node_count + 1, sizeof *places);
    assert_non_null(places);
    for (uint32_t tree = 0; tree < ensemble->tree_count; tree++) {
        uint32_t open[ENSEMBLE_DEPTH_MAX + 1] = {ensemble->trees[tree].first_node};
        uint32_t place = 0;
        for (uint32_t count = 1; count > 0;) {
            uint32_t at = open[--count];
            const struct ensemble_node *node = &ensemble->nodes[at];
            if (node->left == ENSEMBLE_LEAF) {
                places[at] = place++;
                continue;
            }
            open[count++] = node->right;
            open[count++] = node->left;
        }
    }
    return places;
}

/* Reads the numbers up to a bar or the line's end. */
static const char *read_numbers(const char *at, double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *end;
        numbers[i] = strtod(at, &end);
        assert_true(end > at);
        at = end;
    }
    while (*at == ' ' || *at == '|')
        at++;
    return at;
}

/* Checks one line of a rows file; returns what follows it. */
static const char *check_row(const struct ensemble *ensemble, const uint32_t *places,
                             const char *line, const char *path, struct tally *tally)
{
    double row[64];
    double *leaves = calloc(ensemble->tree_count + 1, sizeof *leaves);
    double margin;
    assert_non_null(leaves);
    assert_true(ensemble->feature_count <= 64);
    line = read_numbers(line, row, ensemble->feature_count);
    line = read_numbers(line, leaves, ensemble->tree_count);
    line = read_numbers(line, &margin, 1);
    for (uint32_t tree = 0; tree < ensemble->tree_count; tree++) {
        uint32_t place = places[ensemble_leaf(ensemble, tree, row)];
        if (place != (uint32_t)leaves[tree])
            fail_msg("%s, row %zu, tree %u: leaf %u, not %u", path, tally->rows, tree, place,
                     (uint32_t)leaves[tree]);
    }
    double error = fabs(ensemble_margin(ensemble, row) - margin);
    if (!(error <= MARGIN_ERROR_MAX))
        fail_msg("%s, row %zu: margin %.9g, not %.9g", path, tally->rows,
                 ensemble_margin(ensemble, row), margin);
    tally->error_max = fmax(tally->error_max, error);
    tally->leaves += ensemble->tree_count;
    tally->rows++;
    free(leaves);
    return *line == '\n' ? line + 1 : line;
}

static void check_model(enum format format, struct view bytes, struct view rows, const char *path,
                        struct tally *tally)
{
    struct arena arena;
    struct ensemble ensemble;
    arena_init(&arena, mem_libc(), ARENA_BYTES_MAX);
    read_model(format, bytes, path, &arena, &ensemble);
    uint32_t *places = number_leaves(&ensemble);
    for (const char *at = rows.data; at < rows.data + rows.size_bytes;)
        at = check_row(&ensemble, places, at, path, tally);
    for (uint32_t tree = 0; tree < ensemble.tree_count; tree++)
        if (ensemble.trees[tree].depth > tally->depth_max)
            tally->depth_max = ensemble.trees[tree].depth;
    tally->models++;
    free(places);
    arena_done(&arena);
}

/* Checks the models that belong to one file of rows. */
static void check_files(const char *directory, const char *name, struct tally *tallies)
{
    char path[PATH_BYTES_MAX];
    int stem = (int)(strlen(name) - strlen(".rows"));
    snprintf(path, sizeof path, "%s/%s", directory, name);
    struct view rows = read_file(path);
    size_t found = 0;
    for (int format = 0; format < FORMATS; format++) {
        snprintf(path, sizeof path, "%s/%.*s%s", directory, stem, name, endings[format]);
        struct view bytes = read_file(path);
        if (bytes.data == NULL)
            continue;
        check_model((enum format)format, bytes, rows, path, &tallies[format]);
        free_file(bytes);
        found++;
    }
    free_file(rows);
    assert_true(found > 0);
}

static void check_directory(const char *name, size_t model_count_min)
{
    struct tally tallies[FORMATS] = {0};
    DIR *directory = opendir(name);
    if (directory == NULL)
        fail_msg("%s cannot be opened", name);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const char *ending = strrchr(entry->d_name, '.');
        if (ending != NULL && strcmp(ending, ".rows") == 0)
            check_files(name, entry->d_name, tallies);
    }
    closedir(directory);
    for (int format = 0; format < FORMATS; format++) {
        struct tally *tally = &tallies[format];
        print_message("# %s: %zu models, %zu rows, %zu leaves the same, depth up to %u, margins "
                      "within %.2g\n", endings[format] + 1, tally->models, tally->rows,
                      tally->leaves, tally->depth_max, tally->error_max);
        assert_true(tally->models >= model_count_min);
    }
}

static void committed_models_answer_as_their_libraries(void **state)
{
    (void)state;
    char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/models", getenv("WEIR_GOLDEN"));
    check_directory(path, 12);
}

static void campaign_models_answer_as_their_libraries(void **state)
{
    (void)state;
    const char *directory = getenv("WEIR_MODEL_CAMPAIGN");
    if (directory == NULL) {
        print_message("# skipped: WEIR_MODEL_CAMPAIGN names no directory that "
                      "tools/model_fixtures.py --campaign has filled\n");
        skip();
    }
    check_directory(directory, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(committed_models_answer_as_their_libraries),
        cmocka_unit_test(campaign_models_answer_as_their_libraries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
