/*
 * float_baseline.c: the network and the algorithm of the generated C as one would first write them in float.
 *
 * Clock-driven neurons, learning by replay, feedback learned from spike grades, one-sided errors, the normalised step,
 * virtual spikes of silent outputs, plain SGD with a batch of one. Only rows of inputs that spiked are touched and
 * every inner loop runs along memory; beyond that nothing is tuned. native_speed.py compiles it with the flags of the
 * native library.
 *
 * With HOISTED the four loops over synapses and states are written for the compiler's sake: all that they use is in
 * local variables. That changes nothing that is computed, but gcc makes vectors of them only so; clang does either way.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LAYERS 2 /* hidden, output */
#define MEAN_DELTA_RATE 0.001F
#define MEAN_DELTA_START 4.0F
#define MEAN_DELTA_FLOOR 0.5F
#define MEAN_RATE_RATE (1.0F / 128.0F)

typedef struct {
    int32_t inputs;
    int32_t neurons[LAYERS];
    int32_t ticks;
    int32_t max_spikes;
    int32_t target_true;
    int32_t target_false;
    float threshold[LAYERS];
    float synaptic_decay; /* factor of A in one tick */
    float membrane_decay; /* factor of B in one tick */
    float tau;            /* in seconds */
    float rate;
    float step_gain;
    float feedback_rate;
    float regulariser;
    float rate_target;
} config_t;

/* Sample k has the events offsets[k] to offsets[k + 1]. */
typedef struct {
    const uint16_t *ticks;
    const uint16_t *channels;
    const int64_t *offsets;
    const int32_t *labels;
    int64_t samples;
} samples_t;

typedef struct {
    int inputs;
    int neurons;
    float threshold;
    float *weights; /* [input][neuron] */
    float *a;
    float *b;
    float *current;
    int *counts;
    float *grade_sum;

    /* Spikes of the sample in the order of ticks; those of tick t begin at first_spike[t]. */
    int *spiking;
    float *factor; /* g, in seconds */
    float *grade;
    int *first_spike;

    float *mean_delta;
    float *step; /* rate times normalised delta */
    float *u;
    float *v;
    float *s;
    float *update;
} layer_t;

typedef struct {
    config_t config;
    layer_t layers[LAYERS];
    float *feedback;  /* [hidden neuron][output] */
    float *mean_rate; /* of hidden neurons */
    float *direction; /* of hidden neurons in this sample, +1 or -1 */
    float *error;     /* of outputs, and what follows too */
    float *output_grade;
    float *record; /* highest B - A so far of a silent output */
    float *record_current;
    int *record_tick;
    uint32_t random;
} network_t;

/* Input spikes of a layer in one tick; grades are null where all are 0. */
typedef struct {
    const int *index;
    const float *grade;
    int count;
} inputs_t;

static void *allocate(int count, size_t size)
{
    void *memory = calloc((size_t)count, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static float *allocate_floats(int count)
{
    return allocate(count, sizeof(float));
}

/* xorshift32. */
static uint32_t next_random(network_t *net)
{
    net->random ^= net->random << 13;
    net->random ^= net->random >> 17;
    net->random ^= net->random << 5;
    return net->random;
}

static void create_layer(network_t *net, int l, int inputs, const float *weights)
{
    const config_t *config = &net->config;
    layer_t *layer = &net->layers[l];
    const int neurons = config->neurons[l];
    const int most_spikes = neurons * config->ticks;
    layer->inputs = inputs;
    layer->neurons = neurons;
    layer->threshold = config->threshold[l];
    layer->weights = allocate_floats(inputs * neurons);
    memcpy(layer->weights, weights, (size_t)(inputs * neurons) * sizeof(float));
    layer->a = allocate_floats(neurons);
    layer->b = allocate_floats(neurons);
    layer->current = allocate_floats(neurons);
    layer->counts = allocate(neurons, sizeof(int));
    layer->grade_sum = allocate_floats(neurons);
    layer->spiking = allocate(most_spikes, sizeof(int));
    layer->factor = allocate_floats(most_spikes);
    layer->grade = allocate_floats(most_spikes);
    layer->first_spike = allocate(config->ticks + 1, sizeof(int));
    layer->mean_delta = allocate_floats(neurons);
    layer->step = allocate_floats(neurons);
    layer->u = allocate_floats(neurons);
    layer->v = allocate_floats(neurons);
    layer->s = allocate_floats(neurons);
    layer->update = allocate_floats(neurons);
    for (int i = 0; i < neurons; i++) {
        layer->mean_delta[i] = MEAN_DELTA_START;
    }
}

static void destroy_layer(layer_t *layer)
{
    free(layer->weights);
    free(layer->a);
    free(layer->b);
    free(layer->current);
    free(layer->counts);
    free(layer->grade_sum);
    free(layer->spiking);
    free(layer->factor);
    free(layer->grade);
    free(layer->first_spike);
    free(layer->mean_delta);
    free(layer->step);
    free(layer->u);
    free(layer->v);
    free(layer->s);
    free(layer->update);
}

network_t *baseline_create(const config_t *config, const float *hidden_weights, const float *output_weights)
{
    network_t *net = allocate(1, sizeof *net);
    const int hidden = config->neurons[0];
    const int outputs = config->neurons[1];
    net->config = *config;
    net->random = 1;
    create_layer(net, 0, config->inputs, hidden_weights);
    create_layer(net, 1, hidden, output_weights);
    net->feedback = allocate_floats(hidden * outputs);
    net->mean_rate = allocate_floats(hidden);
    net->direction = allocate_floats(hidden);
    net->error = allocate_floats(outputs);
    net->output_grade = allocate_floats(outputs);
    net->record = allocate_floats(outputs);
    net->record_current = allocate_floats(outputs);
    net->record_tick = allocate(outputs, sizeof(int));
    for (int i = 0; i < hidden; i++) {
        net->mean_rate[i] = config->rate_target;
    }
    return net;
}

void baseline_destroy(network_t *net)
{
    for (int l = 0; l < LAYERS; l++) {
        destroy_layer(&net->layers[l]);
    }
    free(net->feedback);
    free(net->mean_rate);
    free(net->direction);
    free(net->error);
    free(net->output_grade);
    free(net->record);
    free(net->record_current);
    free(net->record_tick);
    free(net);
}

static void begin_sample(network_t *net)
{
    for (int l = 0; l < LAYERS; l++) {
        layer_t *layer = &net->layers[l];
        for (int i = 0; i < layer->neurons; i++) {
            layer->a[i] = 0.0F;
            layer->b[i] = 0.0F;
            layer->counts[i] = 0;
            layer->grade_sum[i] = 0.0F;
        }
    }
    for (int i = 0; i < net->layers[0].neurons; i++) {
        net->direction[i] = (next_random(net) >> 31) != 0 ? -1.0F : 1.0F;
    }
    for (int o = 0; o < net->layers[1].neurons; o++) {
        net->output_grade[o] = 0.0F;
        net->record_tick[o] = -1;
    }
}

#ifdef HOISTED

static void sum_inputs(layer_t *layer, inputs_t inputs)
{
    const int neurons = layer->neurons;
    float *current = layer->current;
    float *grade_sum = layer->grade_sum;
    for (int i = 0; i < neurons; i++) {
        current[i] = 0.0F;
    }
    for (int k = 0; k < inputs.count; k++) {
        const float *row = &layer->weights[inputs.index[k] * neurons];
        for (int i = 0; i < neurons; i++) {
            current[i] += row[i];
        }
        if (inputs.grade != NULL) {
            const float grade = inputs.grade[k];
            for (int i = 0; i < neurons; i++) {
                grade_sum[i] += row[i] * grade;
            }
        }
    }
}

static void integrate(layer_t *layer, float synaptic_decay, float membrane_decay)
{
    const int neurons = layer->neurons;
    const float *current = layer->current;
    float *a = layer->a;
    float *b = layer->b;
    for (int i = 0; i < neurons; i++) {
        a[i] = a[i] * synaptic_decay + current[i];
        b[i] = b[i] * membrane_decay + current[i];
    }
}

static void decay_replay(layer_t *layer, float synaptic_decay, float membrane_decay)
{
    const int neurons = layer->neurons;
    float *u = layer->u;
    float *v = layer->v;
    float *s = layer->s;
    for (int i = 0; i < neurons; i++) {
        u[i] *= synaptic_decay;
        v[i] *= membrane_decay;
        s[i] *= membrane_decay;
    }
}

static void update_weights(layer_t *layer, inputs_t inputs)
{
    const int neurons = layer->neurons;
    const float *step = layer->step;
    const float *u = layer->u;
    const float *v = layer->v;
    float *update = layer->update;
    for (int i = 0; i < neurons; i++) {
        update[i] = step[i] * (v[i] - u[i]);
    }
    for (int k = 0; k < inputs.count; k++) {
        float *row = &layer->weights[inputs.index[k] * neurons];
        for (int i = 0; i < neurons; i++) {
            row[i] += update[i];
        }
    }
}

#else

static void sum_inputs(layer_t *layer, inputs_t inputs)
{
    for (int i = 0; i < layer->neurons; i++) {
        layer->current[i] = 0.0F;
    }
    for (int k = 0; k < inputs.count; k++) {
        const float *row = &layer->weights[inputs.index[k] * layer->neurons];
        for (int i = 0; i < layer->neurons; i++) {
            layer->current[i] += row[i];
        }
        if (inputs.grade != NULL) {
            for (int i = 0; i < layer->neurons; i++) {
                layer->grade_sum[i] += row[i] * inputs.grade[k];
            }
        }
    }
}

static void integrate(layer_t *layer, float synaptic_decay, float membrane_decay)
{
    for (int i = 0; i < layer->neurons; i++) {
        layer->a[i] = layer->a[i] * synaptic_decay + layer->current[i];
        layer->b[i] = layer->b[i] * membrane_decay + layer->current[i];
    }
}

static void decay_replay(layer_t *layer, float synaptic_decay, float membrane_decay)
{
    for (int i = 0; i < layer->neurons; i++) {
        layer->u[i] *= synaptic_decay;
        layer->v[i] *= membrane_decay;
        layer->s[i] *= membrane_decay;
    }
}

static void update_weights(layer_t *layer, inputs_t inputs)
{
    for (int i = 0; i < layer->neurons; i++) {
        layer->update[i] = layer->step[i] * (layer->v[i] - layer->u[i]);
    }
    for (int k = 0; k < inputs.count; k++) {
        float *row = &layer->weights[inputs.index[k] * layer->neurons];
        for (int i = 0; i < layer->neurons; i++) {
            row[i] += layer->update[i];
        }
    }
}

#endif

/* Grade of the spike that neuron i has just sent. */
static float send_grade(network_t *net, int l, int i)
{
    layer_t *layer = &net->layers[l];
    float grade = layer->grade_sum[i];
    layer->grade_sum[i] = 0.0F;
    if (l == 0 && layer->counts[i] == 1) {
        grade += net->direction[i];
    }
    if (l == 1) {
        net->output_grade[i] += grade;
    }
    return grade;
}

/* Returns the spikes of this tick. */
static inputs_t fire(network_t *net, int l, int t)
{
    layer_t *layer = &net->layers[l];
    const int first = layer->first_spike[t];
    int last = first;
    for (int i = 0; i < layer->neurons; i++) {
        if (layer->b[i] - layer->a[i] >= layer->threshold && layer->counts[i] < net->config.max_spikes) {
            layer->b[i] -= layer->threshold;
            layer->counts[i]++;
            layer->spiking[last] = i;
            layer->factor[last] = net->config.tau / fmaxf(layer->a[i], layer->threshold);
            layer->grade[last] = send_grade(net, l, i);
            last++;
        }
    }
    layer->first_spike[t + 1] = last;
    return (inputs_t){&layer->spiking[first], &layer->grade[first], last - first};
}

static inputs_t step_layer(network_t *net, int l, int t, inputs_t inputs)
{
    layer_t *layer = &net->layers[l];
    sum_inputs(layer, inputs);
    integrate(layer, net->config.synaptic_decay, net->config.membrane_decay);
    return fire(net, l, t);
}

/* Note where a silent output came closest to its threshold. */
static void record_silent_outputs(network_t *net, int t)
{
    const layer_t *layer = &net->layers[1];
    for (int o = 0; o < layer->neurons; o++) {
        const float potential = layer->b[o] - layer->a[o];
        if (layer->counts[o] == 0 && (net->record_tick[o] < 0 || potential > net->record[o])) {
            net->record[o] = potential;
            net->record_current[o] = layer->a[o];
            net->record_tick[o] = t;
        }
    }
}

static int predict(const network_t *net)
{
    const layer_t *layer = &net->layers[1];
    int best = 0;
    for (int o = 1; o < layer->neurons; o++) {
        const bool higher = layer->b[o] - layer->a[o] > layer->b[best] - layer->a[best];
        if (layer->counts[o] > layer->counts[best] || (layer->counts[o] == layer->counts[best] && higher)) {
            best = o;
        }
    }
    return best;
}

static void compute_errors(network_t *net, int label)
{
    const layer_t *layer = &net->layers[1];
    for (int o = 0; o < layer->neurons; o++) {
        const int target = o == label ? net->config.target_true : net->config.target_false;
        const float error = (float)(target - layer->counts[o]);
        net->error[o] = o == label ? fmaxf(error, 0.0F) : fminf(error, 0.0F);
    }
}

static float hidden_delta(network_t *net, int i)
{
    const int outputs = net->layers[1].neurons;
    net->mean_rate[i] += MEAN_RATE_RATE * ((float)net->layers[0].counts[i] - net->mean_rate[i]);
    float delta = net->config.regulariser * (net->config.rate_target - net->mean_rate[i]);
    for (int o = 0; o < outputs; o++) {
        delta += net->feedback[i * outputs + o] * net->error[o];
    }
    return delta;
}

static void compute_steps(network_t *net, int l)
{
    layer_t *layer = &net->layers[l];
    for (int i = 0; i < layer->neurons; i++) {
        const float delta = l == 0 ? hidden_delta(net, i) : net->error[i];
        layer->mean_delta[i] += MEAN_DELTA_RATE * (fabsf(delta) - layer->mean_delta[i]);
        layer->step[i] = net->config.rate * net->config.step_gain * delta / (layer->mean_delta[i] + MEAN_DELTA_FLOOR);
    }
}

static void learn_feedback(network_t *net)
{
    const int outputs = net->layers[1].neurons;
    for (int i = 0; i < net->layers[0].neurons; i++) {
        if (net->layers[0].counts[i] > 0) {
            float *feedback = &net->feedback[i * outputs];
            for (int o = 0; o < outputs; o++) {
                feedback[o] += net->config.feedback_rate * (net->direction[i] * net->output_grade[o] - feedback[o]);
            }
        }
    }
}

static void replay_spike(const network_t *net, layer_t *layer, int i, float factor)
{
    const float gamma = factor * (1.0F + layer->threshold / net->config.tau * layer->s[i]);
    layer->u[i] += gamma;
    layer->v[i] += gamma;
    layer->s[i] += gamma;
}

static void replay_virtual_spikes(network_t *net, int t)
{
    layer_t *layer = &net->layers[1];
    for (int o = 0; o < layer->neurons; o++) {
        if (net->record_tick[o] == t && layer->counts[o] == 0 && net->error[o] > 0.0F) {
            replay_spike(net, layer, o, net->config.tau / fmaxf(net->record_current[o], layer->threshold));
        }
    }
}

static void replay_tick(network_t *net, int l, int t)
{
    layer_t *layer = &net->layers[l];
    decay_replay(layer, net->config.synaptic_decay, net->config.membrane_decay);
    for (int k = layer->first_spike[t]; k < layer->first_spike[t + 1]; k++) {
        replay_spike(net, layer, layer->spiking[k], layer->factor[k]);
    }
    if (l == 1) {
        replay_virtual_spikes(net, t);
    }
}

/* The input spikes of tick t: events of the sample for the first layer, spikes of the first for the second. */
static inputs_t inputs_of_tick(const network_t *net, int l, int t, const int *events, const int *first_event)
{
    const int *first = l == 0 ? first_event : net->layers[0].first_spike;
    const int *index = l == 0 ? events : net->layers[0].spiking;
    return (inputs_t){&index[first[t]], NULL, first[t + 1] - first[t]};
}

static void learn_sample(network_t *net, int label, const int *events, const int *first_event)
{
    compute_errors(net, label);
    for (int l = 0; l < LAYERS; l++) {
        layer_t *layer = &net->layers[l];
        compute_steps(net, l);
        for (int i = 0; i < layer->neurons; i++) {
            layer->u[i] = layer->v[i] = layer->s[i] = 0.0F;
        }
        for (int t = net->config.ticks - 1; t >= 0; t--) {
            replay_tick(net, l, t);
            update_weights(layer, inputs_of_tick(net, l, t, events, first_event));
        }
    }
    learn_feedback(net);
}

/* Copy the channels of one sample and find where each tick begins among them. */
static void read_events(const network_t *net, const samples_t *samples, int64_t sample, int *events, int *first_event)
{
    const int64_t start = samples->offsets[sample];
    const int count = (int)(samples->offsets[sample + 1] - start);
    int k = 0;
    for (int t = 0; t < net->config.ticks; t++) {
        first_event[t] = k;
        while (k < count && samples->ticks[start + k] == t) {
            events[k] = samples->channels[start + k];
            k++;
        }
    }
    first_event[net->config.ticks] = k;
}

/*
 * As in the native library: compiled with all that it calls and, where the loader can choose by the processor, once
 * more for AVX2. clang refuses the two together.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__)
#define HOT __attribute__((flatten, target_clones("avx2", "default")))
#else
#define HOT __attribute__((flatten))
#endif

/* Predict every sample, and learn each after it was predicted if `learn`. Returns how many predictions were right. */
HOT int64_t baseline_run(network_t *net, const samples_t *samples, bool learn)
{
    int *events = allocate(net->config.inputs * net->config.ticks, sizeof(int));
    int *first_event = allocate(net->config.ticks + 1, sizeof(int));
    int64_t right = 0;
    for (int64_t sample = 0; sample < samples->samples; sample++) {
        read_events(net, samples, sample, events, first_event);
        begin_sample(net);
        for (int t = 0; t < net->config.ticks; t++) {
            inputs_t inputs = inputs_of_tick(net, 0, t, events, first_event);
            for (int l = 0; l < LAYERS; l++) {
                inputs = step_layer(net, l, t, inputs);
            }
            record_silent_outputs(net, t);
        }
        right += predict(net) == samples->labels[sample];
        if (learn) {
            learn_sample(net, samples->labels[sample], events, first_event);
        }
    }
    free(events);
    free(first_event);
    return right;
}
