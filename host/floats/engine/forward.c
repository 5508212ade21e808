/*
 * forward.c: the clock-driven network (section 1), layer after layer, since nothing flows backwards.
 */
#include "float_engine.h"

#include <stdbool.h>
#include <string.h>

enum { ROWS_AT_ONCE = 4, SCANNED_AT_ONCE = 8 };

/* x += the rows of the `count` spikes from `spikes` on; four rows at a time, to load and store x less often. */
static inline void add_rows(real *restrict x, const struct layer *layer, const struct spike *spikes, size_t count)
{
    const size_t neurons = layer->neurons;
    size_t k = 0;
    for (; k + ROWS_AT_ONCE <= count; k += ROWS_AT_ONCE) {
        const real *restrict w0 = layer->weights + spikes[k].neuron * neurons;
        const real *restrict w1 = layer->weights + spikes[k + 1].neuron * neurons;
        const real *restrict w2 = layer->weights + spikes[k + 2].neuron * neurons;
        const real *restrict w3 = layer->weights + spikes[k + 3].neuron * neurons;
        for (size_t i = 0; i < neurons; i++) {
            x[i] += (w0[i] + w1[i]) + (w2[i] + w3[i]);
        }
    }
    for (; k < count; k++) {
        const real *restrict w = layer->weights + spikes[k].neuron * neurons;
        for (size_t i = 0; i < neurons; i++) {
            x[i] += w[i];
        }
    }
}

/* A <- alpha_s A + X, B <- alpha B + X; leaves B - A where X was. */
static inline void advance(const struct float_engine *engine, const struct layer *layer)
{
    real *restrict a = layer->synaptic;
    real *restrict b = layer->membrane;
    real *restrict x = layer->current;
    for (size_t i = 0; i < layer->neurons; i++) {
        a[i] = engine->alpha_s * a[i] + x[i];
        b[i] = engine->alpha * b[i] + x[i];
        x[i] = b[i] - a[i];
    }
}

static inline bool any_reaches(const real *potentials, size_t count, real threshold)
{
    int reached = 0;
    for (size_t i = 0; i < count; i++) {
        reached |= potentials[i] >= threshold;
    }
    return reached != 0;
}

/* g of a spike at synaptic current `current` (section 2). */
static inline real spike_factor(const struct float_engine *engine, real current, real threshold)
{
    const real margin = engine->exact ? engine->critical_margin * threshold : threshold;
    const real divisor = engine->exact ? current - threshold : current;
    return engine->tau / (divisor > margin ? divisor : margin);
}

/* Fire the neurons from `first` to before `end` that reach the threshold. Returns where the next spike goes. */
static inline struct spike *fire(const struct float_engine *engine, struct layer *layer, uint8_t *counts, size_t first,
                                 size_t end, uint32_t tick, struct spike *next)
{
    for (size_t i = first; i < end; i++) {
        if (layer->current[i] >= layer->threshold && counts[i] < engine->max_spikes) {
            counts[i]++;
            layer->membrane[i] -= layer->threshold;
            *next++ = (struct spike){tick, (uint32_t)i, spike_factor(engine, layer->synaptic[i], layer->threshold)};
        }
    }
    return next;
}

static inline void keep_peaks(const struct float_engine *engine, const struct layer *layer, size_t sample,
                              uint32_t tick)
{
    const size_t first = sample * layer->neurons;
    for (size_t o = 0; o < layer->neurons; o++) {
        if (tick == 0 || layer->current[o] > engine->peaks.potentials[first + o]) {
            engine->peaks.potentials[first + o] = layer->current[o];
            engine->peaks.currents[first + o] = layer->synaptic[o];
            engine->peaks.ticks[first + o] = tick;
        }
    }
}

HOT void run_layer(const struct float_engine *engine, size_t index, size_t sample)
{
    struct layer *layer = &engine->layers[index];
    const struct spike_train *train = inputs_of(engine, index);
    const struct spike *input = train->spikes + train->start[sample];
    const struct spike *inputs_end = train->spikes + train->start[sample + 1];
    const size_t neurons = layer->neurons;
    uint8_t *counts = layer->counts + sample * neurons;
    struct spike *next = layer->output.spikes + layer->output.start[sample];
    memset(layer->synaptic, 0, neurons * sizeof(real));
    memset(layer->membrane, 0, neurons * sizeof(real));
    memset(counts, 0, neurons);
    for (uint32_t tick = 0; tick < engine->ticks; tick++) {
        const struct spike *first = input;
        while (input < inputs_end && input->tick == tick) {
            input++;
        }
        memset(layer->current, 0, neurons * sizeof(real));
        add_rows(layer->current, layer, first, (size_t)(input - first));
        advance(engine, layer);
        if (index + 1 == engine->layer_count) {
            keep_peaks(engine, layer, sample, tick);
        }
        for (size_t i = 0; i < neurons; i += SCANNED_AT_ONCE) {
            const size_t end = i + SCANNED_AT_ONCE < neurons ? i + SCANNED_AT_ONCE : neurons;
            if (any_reaches(layer->current + i, end - i, layer->threshold)) {
                next = fire(engine, layer, counts, i, end, tick, next);
            }
        }
    }
    layer->output.start[sample + 1] = (size_t)(next - layer->output.spikes);
}

/* B - A of the outputs after the last reset. */
static void keep_final_potentials(const struct float_engine *engine, size_t sample)
{
    const struct layer *layer = output_layer(engine);
    for (size_t o = 0; o < layer->neurons; o++) {
        engine->final_potentials[sample * layer->neurons + o] = layer->membrane[o] - layer->synaptic[o];
    }
}

static int64_t prediction(const struct float_engine *engine, size_t sample)
{
    const size_t outputs = output_layer(engine)->neurons;
    const uint8_t *counts = output_layer(engine)->counts + sample * outputs;
    const real *potentials = engine->final_potentials + sample * outputs;
    size_t best = 0;
    for (size_t o = 1; o < outputs; o++) {
        if (counts[o] > counts[best] || (counts[o] == counts[best] && potentials[o] > potentials[best])) {
            best = o;
        }
    }
    return (int64_t)best;
}

void float_engine_forward(const struct float_engine *engine, size_t batch, int64_t *predictions)
{
    for (size_t l = 0; l < engine->layer_count; l++) {
        engine->layers[l].output.start[0] = 0;
    }
    for (size_t sample = 0; sample < batch; sample++) {
        for (size_t l = 0; l < engine->layer_count; l++) {
            run_layer(engine, l, sample);
        }
        keep_final_potentials(engine, sample);
        predictions[sample] = prediction(engine, sample);
    }
}
