/* One idea: a model that is read must pass the check again, and answer any row with leaves of its
 * own and the same margin from the fast scorer; one that is refused must say why. */
#include "model/fuzz_test_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "model/scorer.h"

#define MEMORY_BYTES_MAX ((size_t)512 << 20)
#define ROWS 12
#define ASKED_TREES_MAX 1000

static void check_row(const struct ensemble *ensemble, struct scorer *scorer, const double *row)
{
    double margin = ensemble_margin(ensemble, row);
    double fast = scorer_margin(scorer, row);
    ASSERT(memcmp(&margin, &fast, sizeof margin) == 0 || (isnan(margin) && isnan(fast)));
    for (uint32_t i = 0; i < ensemble->tree_count && i < ASKED_TREES_MAX; i++) {
        const struct ensemble_tree *tree = &ensemble->trees[i];
        uint32_t leaf = ensemble_leaf(ensemble, i, row);
        ASSERT(leaf >= tree->first_node && leaf < tree->first_node + tree->node_count);
        ASSERT(ensemble->nodes[leaf].left == ENSEMBLE_LEAF);
    }
}

static void check_rows(const struct ensemble *ensemble, struct mem *mem)
{
    static const double values[ROWS] = {
        (double)NAN, (double)INFINITY, -(double)INFINITY, 0, -0.5, 1, 2.5, 31, 64, 1e-36, 1e300,
        -5e-324};
    struct scorer *scorer = NULL;
    double *row = calloc((size_t)ensemble->feature_count + 1, sizeof *row);
    ASSERT(row != NULL);
    if (scorer_new(ensemble, mem, &scorer) == STATUS_OK) {
        for (uint32_t i = 0; i < ROWS; i++) {
            for (uint32_t f = 0; f < ensemble->feature_count; f++)
                row[f] = values[(i + f * (i % 3)) % ROWS];
            check_row(ensemble, scorer, row);
        }
    }
    scorer_free(scorer);
    free(row);
}

/* The ensemble again, checked as if it were just read. */
static void check_again(const struct ensemble *ensemble)
{
    struct ensemble again = *ensemble;
    size_t size_bytes = ensemble->tree_count * sizeof(struct ensemble_tree);
    struct ensemble_tree *trees = malloc(size_bytes + 1);
    struct diag diag;
    ASSERT(trees != NULL);
    memcpy(trees, ensemble->trees, size_bytes);
    ASSERT(ensemble_check(&again, trees, ensemble->nodes, mem_libc(), &diag) == STATUS_OK);
    ASSERT(memcmp(trees, ensemble->trees, size_bytes) == 0);
    free(trees);
}

int fuzz_read(fuzz_reader *reader, const uint8_t *data, size_t size_bytes)
{
    struct mem_meter meter;
    struct arena arena;
    struct ensemble ensemble;
    struct diag diag = {0};
    mem_meter_init(&meter, mem_libc());
    meter.used_bytes_max = MEMORY_BYTES_MAX;
    arena_init(&arena, &meter.mem, 0);
    char *copy = malloc(size_bytes == 0 ? 1 : size_bytes); /* so that reads beyond it are seen */
    ASSERT(copy != NULL);
    if (size_bytes > 0)
        memcpy(copy, data, size_bytes);
    enum status status = reader((struct view){copy, size_bytes}, &arena, &ensemble, &diag);
    free(copy); /* nothing of the model may lie there */
    ASSERT(status == STATUS_OK || status == STATUS_NO_MEMORY || diag.message[0] != '\0');
    if (status == STATUS_OK) {
        check_again(&ensemble);
        check_rows(&ensemble, &meter.mem);
    }
    arena_done(&arena);
    ASSERT(meter.used_bytes == 0);
    return 0;
}
