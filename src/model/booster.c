/* One idea: the library sees rows only through one gathering of the columns that it may use, whole
 * for exact splits and in batches for bins; and every answer of it is looked at in one place. */
#include "model/booster_int.h"

#include <stdio.h>
#include <string.h>

#include <xgboost/c_api.h>

#include "base/assert.h"
#include "codec/number.h"

#define SETTING_BYTES_MAX 64
#define INTERFACE_BYTES_MAX 160
#define FLOAT_TYPE 1 /* of XGDMatrixSetDenseInfo */

/* ---- what the library says ---- */

/* The sentence in "[22:10:01] ../src/learner.cc:512: sentence\nStack trace: ...". */
static struct view sentence_of(const char *text)
{
    const char *at = text;
    const char *colon;
    if (*at == '[' && (colon = strstr(at, ": ")) != NULL)
        at = colon + 2;
    return (struct view){at, strcspn(at, "\n")};
}

static enum status said(int answer, struct diag *diag)
{
    if (answer == 0)
        return STATUS_OK;
    const char *text = XGBGetLastError();
    if (strstr(text, "bad_alloc") != NULL)
        return STATUS_NO_MEMORY;
    diag_set(diag, "xgboost", "XGBoost says: %.*s", VIEW_ARG(sentence_of(text)));
    return STATUS_INVALID;
}

/* ---- columns and rows ---- */

enum status booster_columns_init(struct booster_columns *columns, const struct train_job *job,
                                 struct mem *mem)
{
    const struct matrix *matrix = job->matrix;
    *columns = (struct booster_columns){.job = job, .mem = mem};
    columns->columns = mem_array(mem, NULL, 0, matrix->feature_count, sizeof *columns->columns);
    if (columns->columns == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < matrix->feature_count; i++)
        if (!job->features[i].excluded)
            columns->columns[columns->count++] = (uint16_t)i;
    ASSERT(columns->count > 0);
    columns->gathered =
        mem_array(mem, NULL, 0, MATRIX_BLOCK_ROWS, columns->count * sizeof(float));
    if (columns->gathered != NULL)
        return STATUS_OK;
    booster_columns_done(columns);
    return STATUS_NO_MEMORY;
}

void booster_columns_done(struct booster_columns *columns)
{
    if (columns->mem == NULL)
        return;
    mem_free(columns->mem, columns->columns,
             columns->job->matrix->feature_count * sizeof *columns->columns);
    if (columns->gathered != NULL)
        mem_free(columns->mem, columns->gathered,
                 MATRIX_BLOCK_ROWS * columns->count * sizeof(float));
    memset(columns, 0, sizeof *columns);
}

/* Writes the columns of rows first to first + count - 1 of a selection one behind the other. */
static void gather(const struct booster_columns *columns, const uint32_t *rows, size_t count,
                   float *to)
{
    for (size_t i = 0; i < count; i++) {
        const float *values = matrix_values(columns->job->matrix, rows[i]);
        for (size_t c = 0; c < columns->count; c++)
            *to++ = values[columns->columns[c]];
    }
}

/* NumPy's array interface, by which the library is told where a table lies. */
static void tell_table(char *to, const float *table, size_t rows, size_t columns)
{
    snprintf(to, INTERFACE_BYTES_MAX,
             "{\"data\":[%llu,true],\"shape\":[%zu,%zu],\"typestr\":\"<f4\",\"version\":3}",
             (unsigned long long)(uintptr_t)table, rows, columns);
}

/* Tells a matrix which of its columns are categories; nothing when none is. */
static enum status tell_types(const struct booster_columns *columns, void *handle, bool by_matrix,
                              struct diag *diag)
{
    size_t bytes = columns->count * sizeof(const char *);
    const char **types = mem_zeroed(columns->mem, bytes);
    bool any = false;
    if (types == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < columns->count; i++) {
        bool category = columns->job->features[columns->columns[i]].category;
        types[i] = category ? "c" : "q";
        any = any || category;
    }
    int answer = 0;
    if (any && by_matrix)
        answer = XGDMatrixSetStrFeatureInfo(handle, "feature_type", types, columns->count);
    else if (any)
        answer = XGBoosterSetStrFeatureInfo(handle, "feature_type", types, columns->count);
    mem_free(columns->mem, types, bytes);
    return said(answer, diag);
}

/* ---- the rows fitted, as the library holds them ---- */

static enum status make_exact(struct booster *booster, struct diag *diag)
{
    const struct booster_columns *columns = booster->columns;
    const struct train_rows *fit = &columns->job->fit;
    size_t row_bytes = columns->count * sizeof(float);
    char interface[INTERFACE_BYTES_MAX];
    float *table = mem_array(columns->mem, NULL, 0, fit->count, row_bytes);
    if (table == NULL)
        return STATUS_NO_MEMORY;
    gather(columns, fit->rows, fit->count, table);
    tell_table(interface, table, fit->count, columns->count);
    int answer =
        XGDMatrixCreateFromDense(interface, "{\"missing\":NaN,\"nthread\":1}", &booster->matrix);
    mem_free(columns->mem, table, fit->count * row_bytes);
    return said(answer, diag);
}

/* The batches that the library asks for, as often as it likes. */
struct batches {
    const struct booster_columns *columns;
    DMatrixHandle proxy;
    size_t at;
    enum status status;
    struct diag *diag;
};

static void first_batch(DataIterHandle handle)
{
    ((struct batches *)handle)->at = 0;
}

static int next_batch(DataIterHandle handle)
{
    struct batches *batches = handle;
    const struct booster_columns *columns = batches->columns;
    const struct train_rows *fit = &columns->job->fit;
    size_t left = fit->count - batches->at;
    size_t count = left < MATRIX_BLOCK_ROWS ? left : MATRIX_BLOCK_ROWS;
    char interface[INTERFACE_BYTES_MAX];
    if (count == 0 || batches->status != STATUS_OK)
        return 0;
    gather(columns, fit->rows + batches->at, count, columns->gathered);
    tell_table(interface, columns->gathered, count, columns->count);
    batches->status = said(XGProxyDMatrixSetDataDense(batches->proxy, interface), batches->diag);
    if (batches->status == STATUS_OK)
        batches->status = tell_types(columns, batches->proxy, true, batches->diag);
    batches->at += count;
    return batches->status == STATUS_OK;
}

static enum status make_bins(struct booster *booster, struct diag *diag)
{
    struct batches batches = {.columns = booster->columns, .diag = diag};
    char config[SETTING_BYTES_MAX];
    snprintf(config, sizeof config, "{\"missing\":NaN,\"nthread\":1,\"max_bin\":%d}",
             (int)booster->columns->job->params.values[TRAIN_BINS]);
    enum status status = said(XGProxyDMatrixCreate(&batches.proxy), diag);
    if (status != STATUS_OK)
        return status;
    status = said(XGQuantileDMatrixCreateFromCallback(&batches, batches.proxy, NULL, first_batch,
                                                      next_batch, config, &booster->matrix),
                  diag);
    if (batches.status != STATUS_OK)
        status = batches.status;
    XGDMatrixFree(batches.proxy);
    return status;
}

static enum status tell_labels(struct booster *booster, struct diag *diag)
{
    const struct booster_columns *columns = booster->columns;
    const struct train_rows *fit = &columns->job->fit;
    float *labels = mem_array(columns->mem, NULL, 0, fit->count, sizeof *labels);
    if (labels == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < fit->count; i++)
        labels[i] = matrix_is_positive(columns->job->matrix, fit->rows[i], fit->as_of_ms);
    int answer = XGDMatrixSetDenseInfo(booster->matrix, "label", labels, fit->count, FLOAT_TYPE);
    mem_free(columns->mem, labels, fit->count * sizeof *labels);
    return said(answer, diag);
}

enum status booster_begin(struct booster *booster, struct booster_columns *columns,
                          enum train_method method, struct diag *diag)
{
    *booster = (struct booster){.columns = columns};
    enum status status = said(XGBSetGlobalConfig("{\"verbosity\":0}"), diag);
    if (status == STATUS_OK)
        status = method == TRAIN_EXACT ? make_exact(booster, diag) : make_bins(booster, diag);
    return status == STATUS_OK ? tell_labels(booster, diag) : status;
}

static void free_booster(struct booster *booster)
{
    if (booster->booster != NULL)
        XGBoosterFree(booster->booster);
    booster->booster = NULL;
}

void booster_done(struct booster *booster)
{
    free_booster(booster);
    if (booster->matrix != NULL)
        XGDMatrixFree(booster->matrix);
    booster->matrix = NULL;
}

/* ---- training ---- */

static enum status set_number(struct booster *booster, const char *name, double value,
                              struct diag *diag)
{
    char text[NUMBER_TEXT_BYTES_MAX + 1];
    text[number_format_f64(text, value)] = '\0';
    return said(XGBoosterSetParam(booster->booster, name, text), diag);
}

/* As a whole number, none of whose bits a double would lose. */
static enum status set_seed(struct booster *booster, uint64_t seed, struct diag *diag)
{
    char text[SETTING_BYTES_MAX];
    snprintf(text, sizeof text, "%llu", (unsigned long long)(seed & INT64_MAX));
    return said(XGBoosterSetParam(booster->booster, "seed", text), diag);
}

static enum status set_params(struct booster *booster, const struct train_params *params,
                              struct diag *diag)
{
    static const char *const names[TRAIN_PARAM_COUNT] = {
#define NAME_OF(id, name, library_name, fallback, least, most, whole) [id] = library_name,
        TRAIN_PARAM_TABLE(NAME_OF)
#undef NAME_OF
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < TRAIN_PARAM_COUNT && status == STATUS_OK; i++)
        if (names[i][0] != '\0')
            status = set_number(booster, names[i], params->values[i], diag);
    return status;
}

/* "(0,1,-1)": which way each column may go; nothing where all may go either. */
static enum status set_directions(struct booster *booster, struct diag *diag)
{
    const struct booster_columns *columns = booster->columns;
    struct buf text;
    bool any = false;
    buf_init(&text, columns->mem);
    for (size_t i = 0; i < columns->count; i++) {
        const struct train_feature *feature = &columns->job->features[columns->columns[i]];
        static const char *const words[] = {"0", "1", "-1"};
        any = any || feature->direction != TRAIN_EITHER_WAY;
        buf_put_char(&text, i == 0 ? '(' : ',');
        buf_put_text(&text, words[feature->direction]);
    }
    buf_put_text(&text, ")");
    buf_put_char(&text, '\0');
    enum status status = buf_status(&text);
    if (status == STATUS_OK && any)
        status = said(XGBoosterSetParam(booster->booster, "monotone_constraints", text.data),
                      diag);
    buf_done(&text);
    return status;
}

enum status booster_restart(struct booster *booster, enum train_method method,
                            double scale_pos_weight, uint64_t seed, struct diag *diag)
{
    const char *const fixed[][2] = {
        {"objective", "binary:logistic"}, {"base_score", "0.5"}, {"nthread", "1"},
        {"verbosity", "0"}, {"disable_default_eval_metric", "1"},
        {"tree_method", method == TRAIN_EXACT ? "exact" : "hist"},
    };
    DMatrixHandle matrices[] = {booster->matrix};
    free_booster(booster);
    enum status status = said(XGBoosterCreate(matrices, 1, &booster->booster), diag);
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0] && status == STATUS_OK; i++)
        status = said(XGBoosterSetParam(booster->booster, fixed[i][0], fixed[i][1]), diag);
    if (status == STATUS_OK)
        status = set_params(booster, &booster->columns->job->params, diag);
    if (status == STATUS_OK)
        status = set_number(booster, "scale_pos_weight", scale_pos_weight, diag);
    if (status == STATUS_OK)
        status = set_seed(booster, seed, diag);
    return status == STATUS_OK ? set_directions(booster, diag) : status;
}

enum status booster_round(struct booster *booster, unsigned round, struct diag *diag)
{
    return said(XGBoosterUpdateOneIter(booster->booster, (int)round, booster->matrix), diag);
}

/* ---- what comes of it ---- */

enum status booster_add_round(struct booster *booster, unsigned round,
                              const struct train_rows *rows, double *margins, struct diag *diag)
{
    const struct booster_columns *columns = booster->columns;
    char interface[INTERFACE_BYTES_MAX];
    char config[3 * SETTING_BYTES_MAX];
    snprintf(config, sizeof config,
             "{\"type\":1,\"training\":false,\"iteration_begin\":%u,\"iteration_end\":%u,"
             "\"strict_shape\":false,\"missing\":NaN,\"cache_id\":0}", round, round + 1);
    for (size_t at = 0; at < rows->count; at += MATRIX_BLOCK_ROWS) {
        size_t left = rows->count - at;
        size_t count = left < MATRIX_BLOCK_ROWS ? left : MATRIX_BLOCK_ROWS;
        const bst_ulong *shape;
        bst_ulong dimensions;
        const float *added;
        gather(columns, rows->rows + at, count, columns->gathered);
        tell_table(interface, columns->gathered, count, columns->count);
        enum status status =
            said(XGBoosterPredictFromDense(booster->booster, interface, config, NULL, &shape,
                                           &dimensions, &added), diag);
        if (status != STATUS_OK)
            return status;
        for (size_t i = 0; i < count; i++)
            margins[at + i] += (double)added[i];
    }
    return STATUS_OK;
}

/* Names as the library wants them: one text after the other, each with its NUL. */
static enum status tell_names(struct booster *booster, void *handle, struct diag *diag)
{
    const struct booster_columns *columns = booster->columns;
    size_t bytes = columns->count * sizeof(const char *);
    const char **names = mem_zeroed(columns->mem, bytes);
    struct buf text;
    buf_init(&text, columns->mem);
    for (size_t i = 0; i < columns->count; i++) {
        buf_put_view(&text, columns->job->features[columns->columns[i]].name);
        buf_put_char(&text, '\0');
    }
    enum status status = names == NULL ? STATUS_NO_MEMORY : buf_status(&text);
    if (status == STATUS_OK) {
        const char *at = text.data;
        for (size_t i = 0; i < columns->count; i++, at += strlen(at) + 1)
            names[i] = at;
        status = said(XGBoosterSetStrFeatureInfo(handle, "feature_name", names, columns->count),
                      diag);
    }
    buf_done(&text);
    mem_free(columns->mem, names, names == NULL ? 0 : bytes);
    return status;
}

enum status booster_save(struct booster *booster, unsigned rounds, struct buf *out,
                         struct diag *diag)
{
    BoosterHandle cut = NULL;
    bst_ulong size = 0;
    const char *text = NULL;
    enum status status = said(XGBoosterSlice(booster->booster, 0, (int)rounds, 1, &cut), diag);
    if (status == STATUS_OK)
        status = tell_names(booster, cut, diag);
    if (status == STATUS_OK)
        status = said(XGBoosterSaveModelToBuffer(cut, "{\"format\":\"json\"}", &size, &text), diag);
    if (status == STATUS_OK) {
        buf_put(out, text, size);
        status = buf_status(out);
    }
    if (cut != NULL)
        XGBoosterFree(cut);
    return status;
}
