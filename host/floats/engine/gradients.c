/*
 * gradients.c: factored replay (section 3), backwards over the spikes of one sample, with no state per synapse. With
 * backpropagation the same walk also gives what the loss wants of each spike of the layer below:
 *
 *     dL/dt = sum_i w_ij (u_i / tau_s - v_i / tau)(t)
 */
#include "float_engine.h"

#include <string.h>

/* Some spikes of one sample and layer. */
struct span {
    const struct spike *spikes;
    size_t count;
};

static struct span span_of(const struct spike_train *train, size_t sample)
{
    return (struct span){train->spikes + train->start[sample], train->start[sample + 1] - train->start[sample]};
}

/* gamma of every spike, in the place of its drive. */
static void walk_spikes(const struct float_engine *engine, struct layer *layer, struct span spikes)
{
    memset(layer->sums, 0, layer->neurons * sizeof(real));
    for (size_t i = 0; i < layer->neurons; i++) {
        layer->last_tick[i] = (uint32_t)engine->ticks - 1;
    }
    const real reset = layer->threshold / engine->tau;
    for (size_t k = spikes.count; k-- > 0;) {
        const struct spike spike = spikes.spikes[k];
        const real later = engine->decay[layer->last_tick[spike.neuron] - spike.tick] * layer->sums[spike.neuron];
        const real gamma = spike.factor * (layer->drive[k] + reset * later);
        layer->sums[spike.neuron] = gamma + later;
        layer->last_tick[spike.neuron] = spike.tick;
        layer->drive[k] = gamma;
    }
}

static inline void decay_walk(const struct float_engine *engine, struct layer *layer)
{
    real *restrict u = layer->synaptic;
    real *restrict v = layer->membrane;
    for (size_t i = 0; i < layer->neurons; i++) {
        u[i] *= engine->alpha_s;
        v[i] *= engine->alpha;
    }
}

/* x <- first u + second v */
static inline void combine(real *restrict x, const struct layer *layer, real first, real second)
{
    const real *restrict u = layer->synaptic;
    const real *restrict v = layer->membrane;
    for (size_t i = 0; i < layer->neurons; i++) {
        x[i] = first * u[i] + second * v[i];
    }
}

static inline void add_to_row(struct layer *layer, uint32_t input, const real *restrict update)
{
    real *restrict row = layer->gradient + input * layer->neurons;
    for (size_t i = 0; i < layer->neurons; i++) {
        row[i] += update[i];
    }
    layer->row_use[input] = ROW_TOUCHED;
}

/*
 * Walk the ticks downwards; each input spike adds u - v of its tick to its row. drive: one for each input spike, to be
 * set to dL/dt of it, or none. Once `drive` holds gammas, layer->drive is read only.
 */
HOT static void walk_ticks(const struct float_engine *engine, struct layer *layer, struct span inputs,
                           struct span spikes, real *drive)
{
    memset(layer->synaptic, 0, layer->neurons * sizeof(real));
    memset(layer->membrane, 0, layer->neurons * sizeof(real));
    size_t input = inputs.count;
    size_t spike = spikes.count;
    for (size_t tick = engine->ticks; tick-- > 0 && input > 0;) {
        if (spike < spikes.count) {
            decay_walk(engine, layer);
        }
        for (; spike > 0 && spikes.spikes[spike - 1].tick == tick; spike--) {
            layer->synaptic[spikes.spikes[spike - 1].neuron] += layer->drive[spike - 1];
            layer->membrane[spikes.spikes[spike - 1].neuron] += layer->drive[spike - 1];
        }
        const size_t end = input;
        while (input > 0 && inputs.spikes[input - 1].tick == tick) {
            input--;
        }
        if (input == end) {
            continue;
        }
        combine(layer->current, layer, 1, -1);
        for (size_t k = input; spike < spikes.count && k < end; k++) {
            add_to_row(layer, inputs.spikes[k].neuron, layer->current);
        }
        if (drive != NULL) {
            combine(layer->current, layer, 1 / engine->tau_s, -1 / engine->tau);
            for (size_t k = input; k < end; k++) {
                drive[k] =
                    dot(layer->weights + inputs.spikes[k].neuron * layer->neurons, layer->current, layer->neurons);
            }
        }
    }
}

/* The output spikes of a sample, and one virtual spike for each silent output that should have spiked (section 5). */
static struct span with_virtual_spikes(const struct float_engine *engine, size_t sample)
{
    const struct layer *layer = output_layer(engine);
    const struct span spikes = span_of(&layer->output, sample);
    memcpy(engine->extended, spikes.spikes, spikes.count * sizeof(struct spike));
    size_t count = spikes.count;
    for (size_t o = 0; o < layer->neurons; o++) {
        const size_t place = sample * layer->neurons + o;
        if (layer->counts[place] > 0 || !(layer->deltas[place] > 0)) {
            continue;
        }
        const real current = engine->peaks.currents[place];
        const real factor = engine->tau / (current > layer->threshold ? current : layer->threshold);
        const uint32_t tick = engine->peaks.ticks[place];
        size_t k = count++;
        for (; k > 0 && engine->extended[k - 1].tick > tick; k--) {
            engine->extended[k] = engine->extended[k - 1];
        }
        engine->extended[k] = (struct spike){tick, (uint32_t)o, factor};
    }
    return (struct span){engine->extended, count};
}

/* The local rule: the same drive for all spikes of a neuron. */
static void drive_by_deltas(struct layer *layer, struct span spikes, size_t sample, real share)
{
    const real *deltas = layer->deltas + sample * layer->neurons;
    for (size_t k = 0; k < spikes.count; k++) {
        layer->drive[k] = share * deltas[spikes.spikes[k].neuron];
    }
}

/* The regulariser's part of the drive, beside backpropagation's. */
static void add_rate_offsets(const struct float_engine *engine, struct layer *layer, struct span spikes, real share)
{
    for (size_t k = 0; k < spikes.count; k++) {
        const real mean_rate = layer->mean_rates[spikes.spikes[k].neuron];
        layer->drive[k] += share * engine->regulariser * (engine->rate_target - mean_rate);
    }
}

void add_gradient(const struct float_engine *engine, size_t sample, real share)
{
    const int through = engine->rule == RULE_BP;
    for (size_t l = engine->layer_count; l-- > 0;) {
        struct layer *layer = &engine->layers[l];
        const int is_output = l + 1 == engine->layer_count;
        const struct span spikes = is_output ? with_virtual_spikes(engine, sample) : span_of(&layer->output, sample);
        if (is_output || !through) {
            drive_by_deltas(layer, spikes, sample, share);
        } else {
            add_rate_offsets(engine, layer, spikes, share);
        }
        walk_spikes(engine, layer, spikes);
        real *below = through && l > 0 ? engine->layers[l - 1].drive : NULL;
        const struct span inputs = span_of(inputs_of(engine, l), sample);
        walk_ticks(engine, layer, inputs, spikes, below);
    }
}
