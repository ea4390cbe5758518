/* One idea: a row is a list of cells, so a step of Newton's method reads a byte for each feature
 * and never builds the matrix of weights.
 *
 * Minimised is the logistic loss plus ridge / 2 times the squares of the coefficients, but for that
 * of the intercept; it is convex with one minimum. A step that does not lower it is halved. A
 * feature whose coefficient comes out below 0 is left out, the most negative first, and the rest
 * starts from where it was. Sums run in the order of the rows, so the same rows give the same
 * bits. */
#include <math.h>

#include "base/assert.h"
#include "model/real.h"
#include "model/scorecard_int.h"

#define STEPS_MAX 60
#define HALVINGS_MAX 30
#define STEP_MIN 1e-9       /* of the largest coefficient's step: then it stands still */

/* Coefficient 0 is the intercept; coefficient 1 + i is that of the feature used[i]. */
struct solver {
    const struct scorecard_fit *fit;
    uint32_t *used;
    uint32_t used_count;
    double *now;
    double *next;
    double *gradient;       /* then the step */
    double *hessian;        /* its lower half, row by row; then its Cholesky factor */
    double *row;            /* the weights of one row */
};

static size_t size_of(const struct solver *solver)
{
    return (size_t)solver->used_count + 1;
}

static void fill_row(const struct solver *solver, size_t row)
{
    const struct scorecard_fit *fit = solver->fit;
    const uint8_t *places = fit->places + row * fit->feature_count;
    solver->row[0] = 1;
    for (uint32_t at = 0; at < solver->used_count; at++) {
        uint32_t feature = solver->used[at];
        solver->row[at + 1] =
            fit->weights[(size_t)feature * SCORECARD_CELLS_MAX + places[feature]];
    }
}

static double margin_of(const struct solver *solver, const double *coefficients)
{
    double margin = 0;
    for (size_t at = 0; at < size_of(solver); at++)
        margin += coefficients[at] * solver->row[at];
    return margin;
}

static double penalty(const struct solver *solver, const double *coefficients)
{
    double squares = 0;
    for (size_t at = 1; at < size_of(solver); at++)
        squares += coefficients[at] * coefficients[at];
    return solver->fit->ridge / 2 * squares;
}

/* log(1 + e^x) of what speaks against the label. */
static double row_loss(double margin, bool positive)
{
    double x = positive ? -margin : margin;
    return (x > 0 ? x : 0) + real_log(1 + real_exp(-fabs(x)));
}

static double loss_of(const struct solver *solver, const double *coefficients)
{
    double loss = penalty(solver, coefficients);
    for (size_t row = 0; row < solver->fit->rows->count; row++) {
        fill_row(solver, row);
        loss += row_loss(margin_of(solver, coefficients), solver->fit->rows->labels[row] != 0);
    }
    return loss;
}

/* Gradient and Hessian where the solver stands. */
static void derive(struct solver *solver)
{
    size_t size = size_of(solver);
    for (size_t at = 0; at < size; at++) {
        double ridge = at == 0 ? 0 : solver->fit->ridge;
        solver->gradient[at] = ridge * solver->now[at];
        for (size_t other = 0; other <= at; other++)
            solver->hessian[at * size + other] = other == at ? ridge : 0;
    }
    for (size_t row = 0; row < solver->fit->rows->count; row++) {
        fill_row(solver, row);
        double p = real_logistic(margin_of(solver, solver->now));
        double error = p - solver->fit->rows->labels[row];
        double weight = p * (1 - p);
        for (size_t at = 0; at < size; at++) {
            solver->gradient[at] += error * solver->row[at];
            double weighted = weight * solver->row[at];
            for (size_t other = 0; other <= at; other++)
                solver->hessian[at * size + other] += weighted * solver->row[other];
        }
    }
}

/* Turns the gradient into Newton's step by Cholesky's method; false when the Hessian has no factor,
 * which only rounding can do to it. */
static bool solve(struct solver *solver)
{
    size_t size = size_of(solver);
    double *l = solver->hessian;
    double *x = solver->gradient;
    for (size_t i = 0; i < size; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = l[i * size + j];
            for (size_t k = 0; k < j; k++)
                sum -= l[i * size + k] * l[j * size + k];
            if (i != j)
                l[i * size + j] = sum / l[j * size + j];
            else if (sum > 0)
                l[i * size + i] = sqrt(sum);
            else
                return false;
        }
    }
    for (size_t i = 0; i < size; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= l[i * size + k] * x[k];
        x[i] /= l[i * size + i];
    }
    for (size_t i = size; i-- > 0;) {
        for (size_t k = i + 1; k < size; k++)
            x[i] -= l[k * size + i] * x[k];
        x[i] /= l[i * size + i];
    }
    return true;
}

/* One step, halved until the loss falls; false when there is nothing left to gain. */
static bool step(struct solver *solver, double *loss)
{
    double largest = 0;
    derive(solver);
    if (!solve(solver))
        return false;
    for (size_t at = 0; at < size_of(solver); at++)
        largest = fmax(largest, fabs(solver->gradient[at]));
    double share = 1;
    for (int halving = 0; halving < HALVINGS_MAX && largest * share > STEP_MIN; halving++) {
        for (size_t at = 0; at < size_of(solver); at++)
            solver->next[at] = solver->now[at] - share * solver->gradient[at];
        double next_loss = loss_of(solver, solver->next);
        if (next_loss < *loss) {
            double *now = solver->now;
            solver->now = solver->next;
            solver->next = now;
            *loss = next_loss;
            return true;
        }
        share /= 2;
    }
    return false;
}

/* Leaves out the feature of the most negative coefficient; false when none is negative. */
static bool leave_out(struct solver *solver)
{
    uint32_t worst = UINT32_MAX;
    for (uint32_t at = 0; at < solver->used_count; at++) {
        if (solver->now[at + 1] < (worst == UINT32_MAX ? 0 : solver->now[worst + 1]))
            worst = at;
    }
    if (worst == UINT32_MAX)
        return false;
    solver->used_count--;
    for (uint32_t at = worst; at < solver->used_count; at++) {
        solver->used[at] = solver->used[at + 1];
        solver->now[at + 1] = solver->now[at + 2];
    }
    return true;
}

static void minimise(struct solver *solver)
{
    double loss = loss_of(solver, solver->now);
    for (int steps = 0; steps < STEPS_MAX && step(solver, &loss); steps++)
        continue;
}

enum status scorecard_fit(const struct scorecard_fit *fit, struct mem *mem,
                          double *ret_coefficients, double *ret_intercept)
{
    struct arena arena;
    arena_init(&arena, mem, 0);
    size_t size = (size_t)fit->feature_count + 1;
    struct solver solver = {
        .fit = fit,
        .used = arena_array(&arena, size, sizeof *solver.used),
        .used_count = fit->feature_count,
        .now = arena_array(&arena, size, sizeof(double)),
        .next = arena_array(&arena, size, sizeof(double)),
        .gradient = arena_array(&arena, size, sizeof(double)),
        .hessian = arena_array(&arena, size * size, sizeof(double)),
        .row = arena_array(&arena, size, sizeof(double)),
    };
    bool complete = solver.used != NULL && solver.now != NULL && solver.next != NULL &&
                    solver.gradient != NULL && solver.hessian != NULL && solver.row != NULL;
    if (complete) {
        double share = (double)fit->rows->positive_count / (double)fit->rows->count;
        solver.now[0] = real_log(share / (1 - share));
        for (uint32_t feature = 0; feature < fit->feature_count; feature++) {
            solver.used[feature] = feature;
            ret_coefficients[feature] = 0;
        }
        do {
            minimise(&solver);
        } while (leave_out(&solver));
        *ret_intercept = solver.now[0];
        for (uint32_t at = 0; at < solver.used_count; at++)
            ret_coefficients[solver.used[at]] = solver.now[at + 1];
    }
    arena_done(&arena);
    return complete ? STATUS_OK : STATUS_NO_MEMORY;
}
