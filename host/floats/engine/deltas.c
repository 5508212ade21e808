/*
 * deltas.c: what the loss wants of each neuron (section 5), for a whole batch.
 *
 * Running means follow the samples of the batch one after the other; then all samples use the last value.
 */
#include "float_engine.h"

#include <math.h>

/* target - n of the outputs of one sample; one-sided: 0 for a false class below its target and the true one above. */
static void find_errors(const struct float_engine *engine, size_t sample, int64_t label)
{
    const struct layer *layer = output_layer(engine);
    for (size_t o = 0; o < layer->neurons; o++) {
        const size_t place = sample * layer->neurons + o;
        const int is_true = (int64_t)o == label;
        real error = (is_true ? engine->target_true : engine->target_false) - (real)layer->counts[place];
        if (engine->one_sided && (is_true ? error < 0 : error > 0)) {
            error = 0;
        }
        layer->deltas[place] = error;
    }
}

HOT static void follow_rates(const struct float_engine *engine, struct layer *layer, size_t batch)
{
    for (size_t sample = 0; sample < batch; sample++) {
        const uint8_t *counts = layer->counts + sample * layer->neurons;
        for (size_t i = 0; i < layer->neurons; i++) {
            layer->mean_rates[i] += engine->mean_rate_rate * ((real)counts[i] - layer->mean_rates[i]);
        }
    }
}

static inline real rate_offset(const struct float_engine *engine, const struct layer *layer, size_t neuron)
{
    return engine->regulariser * (engine->rate_target - layer->mean_rates[neuron]);
}

/* delta = B e + offset, where it will be used: at neurons that spiked, and everywhere if its mean is followed. */
HOT static void project_errors(const struct float_engine *engine, struct layer *layer, size_t sample)
{
    const size_t outputs = output_layer(engine)->neurons;
    const real *restrict errors = output_layer(engine)->deltas + sample * outputs;
    for (size_t i = 0; i < layer->neurons; i++) {
        const size_t place = sample * layer->neurons + i;
        if (layer->counts[place] == 0 && !engine->normalise) {
            continue;
        }
        const real *restrict feedback = layer->feedback + i * outputs;
        real delta = rate_offset(engine, layer, i);
        for (size_t o = 0; o < outputs; o++) {
            delta += feedback[o] * errors[o];
        }
        layer->deltas[place] = delta;
    }
}

/* delta <- step_gain delta / (q + floor), q the running mean of |delta|. */
HOT static void normalise(const struct float_engine *engine, struct layer *layer, size_t batch)
{
    real *restrict q = layer->delta_magnitudes;
    for (size_t sample = 0; sample < batch; sample++) {
        const real *restrict deltas = layer->deltas + sample * layer->neurons;
        for (size_t i = 0; i < layer->neurons; i++) {
            const real magnitude = deltas[i] < 0 ? -deltas[i] : deltas[i];
            q[i] += engine->magnitude_rate * (magnitude - q[i]);
        }
    }
    for (size_t sample = 0; sample < batch; sample++) {
        real *restrict deltas = layer->deltas + sample * layer->neurons;
        for (size_t i = 0; i < layer->neurons; i++) {
            deltas[i] *= engine->step_gain / (q[i] + engine->magnitude_floor);
        }
    }
}

void find_deltas(const struct float_engine *engine, size_t batch, const int64_t *labels)
{
    const size_t hidden = engine->layer_count - 1;
    for (size_t sample = 0; sample < batch; sample++) {
        find_errors(engine, sample, labels[sample]);
    }
    for (size_t l = 0; l < hidden; l++) {
        follow_rates(engine, &engine->layers[l], batch);
    }
    if (engine->rule == RULE_BP) {
        return;
    }
    for (size_t l = 0; l < hidden; l++) {
        for (size_t sample = 0; sample < batch; sample++) {
            project_errors(engine, &engine->layers[l], sample);
        }
    }
    for (size_t l = 0; engine->normalise && l < engine->layer_count; l++) {
        normalise(engine, &engine->layers[l], batch);
    }
}
