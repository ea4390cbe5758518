/* One idea: a fuzz target must also be content with every input of its corpus, in each build. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <cmocka.h>

#include "base/buf.h"

#define INPUT_BYTES_MAX ((size_t)4 << 20)
#define PATH_BYTES_MAX 512

/* The fuzz target that this program is linked with. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

/* Runs the target over one file. */
static void run_file(const char *name, char *input)
{
    char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/%s", WEIR_CORPUS, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s cannot be opened", path);
    size_t size_bytes = fread(input, 1, INPUT_BYTES_MAX, file);
    assert_int_equal(ferror(file), 0);
    fclose(file);
    assert_int_equal(LLVMFuzzerTestOneInput((const uint8_t *)input, size_bytes), 0);
}

static void target_is_content_with_its_corpus(void **state)
{
    (void)state;
    size_t count = 0;
    char *input = malloc(INPUT_BYTES_MAX);
    DIR *directory = opendir(WEIR_CORPUS);
    assert_non_null(input);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        run_file(entry->d_name, input);
        count++;
    }
    closedir(directory);
    free(input);
    print_message("# %zu inputs\n", count);
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(target_is_content_with_its_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
