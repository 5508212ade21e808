/*
 * grades.c: grades on spikes, and feedback weights that learn from them (section 4).
 */
#include "float_engine.h"

#include <string.h>

/* Add w times grade of one spike to what has arrived at the layer above it. */
static void deliver(const struct layer *above, uint32_t neuron, real grade)
{
    const real *restrict row = above->weights + neuron * above->neurons;
    real *restrict arrived = above->sums;
    for (size_t i = 0; grade != 0 && i < above->neurons; i++) {
        arrived[i] += row[i] * grade;
    }
}

/*
 * Grades of one layer's spikes in one sample: what has arrived since the neuron's spike before, and its direction on
 * the first. incoming: grades of the input spikes, or none for the network's inputs, which carry 0. grades: one a
 * spike.
 */
static void send_grades(const struct float_engine *engine, size_t index, size_t sample, const real *incoming,
                        real *grades)
{
    struct layer *layer = &engine->layers[index];
    const struct spike_train *train = inputs_of(engine, index);
    const struct spike *inputs = train->spikes + train->start[sample];
    const size_t input_count = train->start[sample + 1] - train->start[sample];
    const struct spike *spikes = layer->output.spikes + layer->output.start[sample];
    const size_t count = layer->output.start[sample + 1] - layer->output.start[sample];
    memset(layer->sums, 0, layer->neurons * sizeof(real));
    memset(layer->last_tick, 0, layer->neurons * sizeof(uint32_t)); /* here: whether it has spiked */
    size_t input = 0;
    for (size_t k = 0; k < count; k++) {
        const uint32_t neuron = spikes[k].neuron;
        for (; incoming != NULL && input < input_count && inputs[input].tick <= spikes[k].tick; input++) {
            deliver(layer, inputs[input].neuron, incoming[input]);
        }
        grades[k] = layer->sums[neuron];
        layer->sums[neuron] = 0;
        if (layer->directions != NULL && layer->last_tick[neuron] == 0) {
            grades[k] += (real)layer->directions[sample * layer->neurons + neuron];
            layer->last_tick[neuron] = 1;
        }
    }
}

/* d: the sum of the grades that each output sent in one sample, into the output layer's `sums`. */
static void output_grades(const struct float_engine *engine, size_t sample, size_t room)
{
    const real *incoming = NULL;
    real *grades = engine->sent_grades;
    for (size_t l = 0; l < engine->layer_count; l++) {
        grades = engine->sent_grades + (l % 2) * room;
        send_grades(engine, l, sample, incoming, grades);
        incoming = grades;
    }
    const struct layer *output = output_layer(engine);
    const struct spike *spikes = output->output.spikes + output->output.start[sample];
    const size_t count = output->output.start[sample + 1] - output->output.start[sample];
    memset(output->sums, 0, output->neurons * sizeof(real));
    for (size_t k = 0; k < count; k++) {
        output->sums[spikes[k].neuron] += grades[k];
    }
}

/* B <- B + alpha_f (v d - B) for the neurons of one layer that spiked in the sample. */
static void follow_grades(const struct float_engine *engine, struct layer *layer, size_t sample)
{
    const size_t outputs = output_layer(engine)->neurons;
    const real *restrict d = output_layer(engine)->sums;
    for (size_t i = 0; i < layer->neurons; i++) {
        const size_t place = sample * layer->neurons + i;
        if (layer->counts[place] == 0) {
            continue;
        }
        const real direction = (real)layer->directions[place];
        real *restrict feedback = layer->feedback + i * outputs;
        for (size_t o = 0; o < outputs; o++) {
            feedback[o] += engine->feedback_rate * (direction * d[o] - feedback[o]);
        }
    }
}

/* The most spikes that any layer can send in one sample. */
static size_t most_spikes(const struct float_engine *engine)
{
    size_t neurons = 0;
    for (size_t l = 0; l < engine->layer_count; l++) {
        neurons = engine->layers[l].neurons > neurons ? engine->layers[l].neurons : neurons;
    }
    return neurons * (engine->ticks < engine->max_spikes ? engine->ticks : engine->max_spikes);
}

void learn_feedback(const struct float_engine *engine, size_t batch)
{
    const size_t room = most_spikes(engine);
    for (size_t sample = 0; sample < batch; sample++) {
        output_grades(engine, sample, room);
        for (size_t l = 0; l + 1 < engine->layer_count; l++) {
            follow_grades(engine, &engine->layers[l], sample);
        }
    }
}
