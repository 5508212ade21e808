/*
 * step.c: learning from a batch, and the step of Adam (Kingma and Ba, arXiv 1412.6980).
 */
#include "float_engine.h"

#include <math.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

static const real BETA1 = (real)0.9;
static const real BETA2 = (real)0.999;

#ifdef FLOAT_ENGINE_DOUBLE
#define SQUARE_ROOT sqrt
#else
#define SQUARE_ROOT sqrtf
#endif

void float_engine_learn(const struct float_engine *engine, size_t batch, const int64_t *labels)
{
    find_deltas(engine, batch, labels);
    for (size_t sample = 0; sample < batch; sample++) {
        add_gradient(engine, sample, 1 / (real)batch);
    }
    if (engine->rule == RULE_SFDFA) {
        learn_feedback(engine, batch);
    }
}

HOT static double squared_norm(const struct layer *layer)
{
    double sum = 0;
    for (size_t row = 0; row < layer->inputs; row++) {
        const real *gradient = layer->gradient + row * layer->neurons;
        if (layer->row_use[row] == ROW_TOUCHED) {
            sum += (double)dot(gradient, gradient, layer->neurons);
        }
    }
    return sum;
}

void float_engine_norms(const struct float_engine *engine, double *norms)
{
    for (size_t l = 0; l < engine->layer_count; l++) {
        norms[l] = sqrt(squared_norm(&engine->layers[l]));
    }
}

HOT static void step_row(struct layer *layer, size_t row, real rate, real epsilon, real scale)
{
    const size_t first = row * layer->neurons;
    real *restrict weights = layer->weights + first;
    real *restrict gradient = layer->gradient + first;
    real *restrict means = layer->adam_means + first;
    real *restrict squares = layer->adam_squares + first;
    for (size_t i = 0; i < layer->neurons; i++) {
        const real g = scale * gradient[i];
        means[i] += (1 - BETA1) * (g - means[i]);
        squares[i] += (1 - BETA2) * (g * g - squares[i]);
        weights[i] -= rate * means[i] / (SQUARE_ROOT(squares[i]) + epsilon);
        gradient[i] = 0;
    }
}

/* Rows that no spike has ever touched have means of 0 and do not move. */
static void step_layer(struct layer *layer, real rate, real epsilon, real scale)
{
    for (size_t row = 0; row < layer->inputs; row++) {
        if (layer->row_use[row] != ROW_NEVER) {
            step_row(layer, row, rate, epsilon, scale);
            layer->row_use[row] = ROW_SEEN;
        }
    }
}

void float_engine_step(const struct float_engine *engine, double rate, double epsilon, const double *scales)
{
#ifdef __SSE__
    /*
     * Means of inputs that fell silent decay into numbers too small for the fast path of the processor: take them as 0.
     */
    const unsigned int mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040u);
#endif
    for (size_t l = 0; l < engine->layer_count; l++) {
        step_layer(&engine->layers[l], (real)rate, (real)epsilon, (real)scales[l]);
    }
#ifdef __SSE__
    _mm_setcsr(mode);
#endif
}
