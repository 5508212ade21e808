/*
 * sfdfa_native.c: the runtime as a library of the host. It adds nothing to what is computed.
 *
 * The files of the runtime are included, to be compiled as one: then the constants of the layers are known where they
 * are used, and the loops over neurons become vectors of a known length.
 */
#include <stdint.h> /* also tells which C library this is */

#define SFDFA_WATCH_TICKS

/*
 * What is hot is compiled with all that it calls and, where the loader can choose by the processor, once more for AVX2.
 * clang refuses the two together.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__)
#define SFDFA_HOT __attribute__((flatten, target_clones("avx2", "default")))
#else
#define SFDFA_HOT __attribute__((flatten))
#endif

#include "sfdfa_native.h"

#include "sfdfa_units.h" /* generated: all files of the runtime that this network compiles */

#include SFDFA_RESULT

static sfdfa_native_record_t watched;

#ifdef SFDFA_LATE_CONSTANTS
uint32_t sfdfa_late_seed;
int32_t sfdfa_late_output_rate;

void sfdfa_native_configure(uint32_t seed, int32_t output_rate, const sfdfa_native_layer_t *layers)
{
    sfdfa_late_seed = seed;
    sfdfa_late_output_rate = output_rate;
    for (size_t k = 0; k < SFDFA_LAYERS; k++) {
        sfdfa_layers[k].threshold = layers[k].threshold;
        sfdfa_layers[k].state_limit = layers[k].state_limit;
        sfdfa_layers[k].quiet_below = layers[k].quiet_below;
        sfdfa_layers[k].rate = layers[k].rate;
        sfdfa_layers[k].narrow_inputs = layers[k].narrow_inputs;
        sfdfa_layers[k].quiet_factor = layers[k].quiet_factor;
        sfdfa_layers[k].decay_s = layers[k].decay_s;
        sfdfa_layers[k].decay = layers[k].decay;
        sfdfa_layers[k].quiet_shift = layers[k].quiet_shift;
    }
}
#endif

void sfdfa_native_init(sfdfa_t *net)
{
    (void)sfdfa_init(net);
}

uint32_t sfdfa_native_size(void)
{
    return sizeof(sfdfa_t);
}

const char *sfdfa_native_model_hash(void)
{
    return SFDFA_MODEL_HASH;
}

void sfdfa_native_saturations(const sfdfa_t *net, sfdfa_saturations_t *saturations)
{
    *saturations = net->saturations;
}

void sfdfa_native_watch(const sfdfa_native_record_t *record)
{
    watched = record != NULL ? *record : (sfdfa_native_record_t){NULL, NULL, NULL};
}

bool sfdfa_is_watched(void)
{
    return watched.a != NULL;
}

static __attribute__((noinline)) void record_tick(const sfdfa_t *net)
{
    const size_t first = (size_t)net->sample.tick * SFDFA_NEURONS;
    for (size_t i = 0; i < SFDFA_NEURONS; i++) {
        watched.a[first + i] = SFDFA_A(net, i);
        watched.b[first + i] = SFDFA_B(net, i);
        watched.counts[first + i] = net->sample.counts[i];
    }
}

void sfdfa_watch_tick(const sfdfa_t *net)
{
    if (watched.a != NULL) {
        record_tick(net);
    }
}

/* The input of a sample that was begun, from its readings. */
static int give_readings(sfdfa_t *net, const sfdfa_native_samples_t *samples, int64_t index)
{
#if SFDFA_FEATURES > 0
    return sfdfa_encode(net, (const sfdfa_reading_t *)samples->readings + index * SFDFA_FEATURES);
#else
    (void)net, (void)samples, (void)index;
    return SFDFA_ERROR_STATE;
#endif
}

/* The input of a sample that was begun, from its recording. */
static int give_recording(sfdfa_t *net, const sfdfa_native_samples_t *samples, int64_t index)
{
#if SFDFA_AXES > 0
    sfdfa_reading_t readings[SFDFA_FEATURES];
    const int16_t *next = samples->recorded + samples->recording_offsets[index] * SFDFA_AXES;
    int64_t rest = samples->recording_offsets[index + 1] - samples->recording_offsets[index];
    sfdfa_listen(net);
    while (rest > 0) {
        const uint16_t count = (uint16_t)(rest < UINT16_MAX ? rest : UINT16_MAX);
        sfdfa_samples(net, next, count);
        next += (size_t)count * SFDFA_AXES;
        rest -= count;
    }
    const int status = sfdfa_heard(net, readings);
    return status == SFDFA_OK ? sfdfa_encode(net, readings) : status;
#else
    (void)net, (void)samples, (void)index;
    return SFDFA_ERROR_STATE;
#endif
}

/* With all that an event needs until its tick is over. */
__attribute__((flatten)) static int give_events(sfdfa_t *net, const sfdfa_native_samples_t *samples, int64_t index)
{
    int status = SFDFA_OK;
    for (int64_t k = samples->offsets[index]; status == SFDFA_OK && k < samples->offsets[index + 1]; k++) {
        status = sfdfa_event(net, samples->ticks[k], samples->channels[k]);
    }
    return status;
}

static int run_sample(sfdfa_t *net, const sfdfa_native_samples_t *samples, int64_t index, bool learn,
                      sfdfa_result_t *result)
{
    int status = sfdfa_sample_begin(net, learn);
    if (status == SFDFA_OK) {
        status = samples->recorded != NULL   ? give_recording(net, samples, index)
                 : samples->readings != NULL ? give_readings(net, samples, index)
                                             : give_events(net, samples, index);
    }
    return status == SFDFA_OK ? sfdfa_sample_end(net, samples->labels[index], result) : status;
}

/* Note what became of a sample. Where outputs spike, only these. */
static void note_outcome(const sfdfa_native_results_t *results, int64_t index, sfdfa_outcome_t outcome)
{
    for (size_t o = 0; o < SFDFA_OUTPUTS; o++) {
        results->outputs[(size_t)index * SFDFA_OUTPUTS + o] = outcome.outputs[o];
    }
    if (SFDFA_INTEGRATES) {
        results->learned[index] = outcome.learned;
        results->asks[index] = outcome.asks;
        results->ticks_run[index] = outcome.ticks_run;
    }
}

int64_t sfdfa_native_run(sfdfa_t *net, const sfdfa_native_samples_t *samples, bool learn,
                         const sfdfa_native_results_t *results, int32_t *error)
{
    for (int64_t index = 0; index < samples->samples; index++) {
        sfdfa_result_t result;
        *error = run_sample(net, samples, index, learn, &result);
        if (*error != SFDFA_OK) {
            return index;
        }
        results->predictions[index] = result.prediction;
        results->squared_errors[index] = result.squared_error;
        note_outcome(results, index, sfdfa_outcome_of(&result));
    }
    return samples->samples;
}
