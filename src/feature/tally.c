/* One idea: sums are whole numbers, so adding and removing in any order gives the same bits.
 *
 * 1. A double becomes a multiple of 2^-64, cut once; |x| <= 1e12 makes that less than 2^104, and
 *    2^22 of them less than 2^126.
 * 2. A square of it is a multiple of 2^-128 below 2^208, and 2^22 of them are below 2^230.
 * 3. n times the sum of squares minus the square of the sum is exact in 256 bits, so a variance
 *    has no cancellation. */
#include "feature/tally_int.h"

#include <math.h>

struct u256 {
    tally_u128 low;
    tally_u128 high;
};

static tally_i128 fixed_of(double x)
{
    int64_t whole = (int64_t)x;
    double rest = (x - (double)whole) * 0x1p32;
    int64_t high = (int64_t)rest;
    int64_t low = (int64_t)((rest - (double)high) * 0x1p32);
    return (tally_i128)((tally_u128)(tally_i128)whole << 64) +
           (tally_i128)((tally_u128)(tally_i128)high << 32) + low;
}

static struct u256 add(struct u256 a, struct u256 b)
{
    tally_u128 low = a.low + b.low;
    return (struct u256){low, a.high + b.high + (low < a.low)};
}

static struct u256 subtract(struct u256 a, struct u256 b)
{
    return (struct u256){a.low - b.low, a.high - b.high - (a.low < b.low)};
}

/* The square of |x| < 2^127. */
static struct u256 square_of(tally_i128 x)
{
    tally_u128 size = x < 0 ? -(tally_u128)x : (tally_u128)x;
    tally_u128 low = (uint64_t)size;
    tally_u128 high = size >> 64;
    tally_u128 middle = low * high;
    struct u256 result = {low * low, high * high};
    result = add(result, (struct u256){middle << 64, middle >> 64});
    return add(result, (struct u256){middle << 64, middle >> 64});
}

static struct u256 times(struct u256 a, uint32_t n)
{
    tally_u128 low = (tally_u128)(uint64_t)a.low * n;
    tally_u128 middle = (a.low >> 64) * n + (low >> 64);
    return (struct u256){middle << 64 | (uint64_t)low, a.high * n + (middle >> 64)};
}

static tally_i128 whole_of(enum feature_type type, uint64_t value)
{
    if (type != FEATURE_F64)
        return (int64_t)value;
    double number;
    memcpy(&number, &value, sizeof number);
    return fixed_of(number);
}

static void add_one(const struct measure *measure, uint64_t value, struct tally *tally)
{
    tally_i128 x = whole_of(measure->type, value);
    tally->count++;
    tally->sum += (tally_u128)x;
    if (!measure->square)
        return;
    struct u256 squares = {tally->square_low, tally->square_high};
    squares = add(squares, square_of(x));
    tally->square_low = squares.low;
    tally->square_high = squares.high;
}

uint32_t tally_count(const struct table *table, const struct run *run, uint32_t i, uint32_t j,
                     uint8_t class_index)
{
    if (i >= j)
        return 0;
    if (table->mask_bytes == 0)
        return j - i;
    uint32_t n = 0;
    if (table->mask_bytes == 1) {
        const uint8_t *masks = (const uint8_t *)(const void *)run_masks(table, run) + run->start;
        for (uint32_t k = i; k < j; k++)
            n += masks[k] >> class_index & 1u;
        return n;
    }
    for (uint32_t k = i; k < j; k++)
        n += run_classes(table, run, k) >> class_index & 1;
    return n;
}

static int64_t sum_in_class(const struct table *table, const struct run *run, uint32_t i,
                            uint32_t j, uint8_t class_index, uint8_t column)
{
    int64_t sum = 0;
    for (uint32_t k = i; k < j; k++) {
        int64_t in = run_in_class(table, run, k, class_index);
        sum += (int64_t)run_value(table, run, column, k) & -in;
    }
    return sum;
}

int64_t tally_integers(const struct table *table, const struct run *run, uint32_t i, uint32_t j,
                       uint8_t class_index, uint8_t column)
{
    if (i >= j)
        return 0;
    if (table->mask_bytes != 0)
        return sum_in_class(table, run, i, j, class_index, column);
    const char *values = run_column(table, run, column);
    const int64_t *wide = (const int64_t *)(const void *)values + run->start;
    const int32_t *narrow = (const int32_t *)(const void *)values + run->start;
    int64_t sum = 0;
    if ((run->shape & WIDE_INTS) != 0)
        for (uint32_t k = i; k < j; k++)
            sum += wide[k];
    else
        for (uint32_t k = i; k < j; k++)
            sum += narrow[k];
    return sum;
}

void tally_add(const struct table *table, const struct measure *measure, const struct run *run,
               uint32_t i, uint32_t j, struct tally *tally)
{
    if (i >= j)
        return;
    if (measure->column == NO_COLUMN) {
        tally->count += tally_count(table, run, i, j, measure->class_index);
        return;
    }
    if (measure->type == FEATURE_I64 && !measure->square) {
        tally->count += tally_count(table, run, i, j, measure->class_index);
        tally_i128 part = tally_integers(table, run, i, j, measure->class_index,
                                         measure->column);
        tally->sum = tally->sum + (tally_u128)part;
        return;
    }
    for (uint32_t k = i; k < j; k++)
        if (run_in_class(table, run, k, measure->class_index))
            add_one(measure, run_value(table, run, measure->column, k), tally);
}

/* Four values at once. */
typedef uint32_t lanes __attribute__((vector_size(16)));

static uint32_t equal_narrow(const uint32_t *values, uint32_t count, uint32_t value)
{
    const lanes wanted = {value, value, value, value};
    lanes n = {0, 0, 0, 0};
    uint32_t rest = 0;
    uint32_t k = 0;
    for (; k + 8 <= count; k += 8) {
        lanes a;
        lanes b;
        memcpy(&a, values + k, sizeof a);
        memcpy(&b, values + k + 4, sizeof b);
        n -= (lanes)(a == wanted) + (lanes)(b == wanted);
    }
    for (; k < count; k++)
        rest += values[k] == value;
    return rest + n[0] + n[1] + n[2] + n[3];
}

static uint32_t equal_wide(const uint64_t *values, uint32_t count, uint64_t value)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < count; k++)
        n += values[k] == value;
    return n;
}

uint32_t tally_equal(const struct table *table, const struct run *run, uint8_t column,
                     uint32_t i, uint32_t j, uint64_t value)
{
    const void *values = run_column(table, run, column);
    if (table->column_bytes[run->shape][column] == 8)
        return equal_wide((const uint64_t *)values + run->start + i, j - i, value);
    bool fits = table->spec->columns[column].type == FEATURE_SYMBOL ||
                (int64_t)value == (int32_t)value;
    return fits ? equal_narrow((const uint32_t *)values + run->start + i, j - i, (uint32_t)value)
                : 0;
}

struct tally tally_plus(struct tally a, struct tally b)
{
    struct u256 squares = add((struct u256){a.square_low, a.square_high},
                              (struct u256){b.square_low, b.square_high});
    return (struct tally){a.count + b.count, a.sum + b.sum, squares.low, squares.high};
}

struct tally tally_minus(struct tally a, struct tally b)
{
    struct u256 squares = subtract((struct u256){a.square_low, a.square_high},
                                   (struct u256){b.square_low, b.square_high});
    return (struct tally){a.count - b.count, a.sum - b.sum, squares.low, squares.high};
}

struct tally tally_load(const struct measure *measure, const uint64_t *words)
{
    struct tally tally = {.count = 0};
    if (measure->column == NO_COLUMN) {
        tally.count = words[0];
        return tally;
    }
    memcpy(&tally.sum, words, sizeof tally.sum);
    if (measure->square) {
        memcpy(&tally.square_low, words + 2, sizeof tally.square_low);
        memcpy(&tally.square_high, words + 4, sizeof tally.square_high);
    }
    return tally;
}

static void store(const struct measure *measure, const struct tally *tally, uint64_t *words)
{
    memcpy(words, &tally->sum, sizeof tally->sum);
    if (measure->square) {
        memcpy(words + 2, &tally->square_low, sizeof tally->square_low);
        memcpy(words + 4, &tally->square_high, sizeof tally->square_high);
    }
}

void tally_add_number(const struct measure *measure, uint64_t value, uint64_t *words)
{
    if (!measure->square) {
        tally_add_sum(words, whole_of(measure->type, value));
        return;
    }
    struct tally tally = tally_load(measure, words);
    add_one(measure, value, &tally);
    store(measure, &tally, words);
}

void tally_add_run(const struct table *table, const struct measure *measure, const struct run *run,
                   uint32_t i, uint32_t j, uint64_t *words)
{
    uint8_t class_index = measure->class_index;
    if (measure->column == NO_COLUMN) {
        words[0] += tally_count(table, run, i, j, class_index);
    } else if (measure->type == FEATURE_I64 && !measure->square) {
        tally_add_sum(words, tally_integers(table, run, i, j, class_index, measure->column));
    } else {
        struct tally tally = tally_load(measure, words);
        tally_add(table, measure, run, i, j, &tally);
        store(measure, &tally, words);
    }
}

int64_t tally_sum_i64(const struct tally *tally)
{
    tally_i128 sum = (tally_i128)tally->sum;
    return sum > INT64_MAX ? INT64_MAX : sum < INT64_MIN ? INT64_MIN : (int64_t)sum;
}

double tally_sum(const struct tally *tally, enum feature_type type)
{
    tally_i128 whole = (tally_i128)tally->sum;
    double sum = whole == (int64_t)whole ? (double)(int64_t)whole : (double)whole;
    return type == FEATURE_F64 ? sum * 0x1p-64 : sum;
}

double tally_mean(const struct tally *tally, enum feature_type type)
{
    return tally_sum(tally, type) / (double)tally->count;
}

double tally_deviation(const struct tally *tally, enum feature_type type)
{
    struct u256 scaled = times((struct u256){tally->square_low, tally->square_high},
                               (uint32_t)tally->count);
    scaled = subtract(scaled, square_of((tally_i128)tally->sum));
    double spread = (double)scaled.high * 0x1p128 + (double)scaled.low;
    if (type == FEATURE_F64)
        spread *= 0x1p-128;
    double n = (double)tally->count;
    return sqrt(spread / (n * (n - 1)));
}
