/*
 * sfdfa_native.h: what the host calls in a library built for itself. The names that begin with sfdfa_native_ are found
 * by ctypes.
 */
#ifndef SFDFA_NATIVE_H
#define SFDFA_NATIVE_H

#include "sfdfa.h"

/* Samples as they lie in numpy arrays: sample k has the events offsets[k] to offsets[k + 1]. */
typedef struct {
    const uint16_t *ticks; /* of all events, sample after sample */
    const uint16_t *channels; /* of all events */
    const int64_t *offsets; /* sample k has the events from offsets[k] to offsets[k + 1] */
    const int32_t *labels; /* class of each sample, or SFDFA_NO_LABEL */
    int64_t samples; /* how many there are */
    const void *readings; /* SFDFA_FEATURES of each sample, instead of events; a null pointer where there are events */
    const int16_t *recorded; /* samples of SFDFA_AXES axes, instead of readings; a null pointer where there are none */
    const int64_t *recording_offsets; /* recording k has those from recording_offsets[k] to recording_offsets[k + 1] */
} sfdfa_native_samples_t;

/* What each sample gave; every pointer has room for all samples. */
typedef struct {
    uint16_t *predictions; /* class of each sample */
    uint8_t *outputs; /* spike counts, or probabilities in 1/256 */
    uint32_t *squared_errors; /* of each sample; 0 without a label */
    uint8_t *learned; /* these three are left alone where outputs spike */
    uint8_t *asks; /* a label is wanted: 0 or 1 */
    uint8_t *ticks_run; /* until each sample was decided */
} sfdfa_native_results_t;

/* What happens in every tick of one sample: [tick][neuron]. */
typedef struct {
    int32_t *a; /* A after each tick, of every neuron */
    int32_t *b; /* B after each tick, of every neuron */
    uint8_t *counts; /* spikes so far after each tick, of every neuron */
} sfdfa_native_record_t;

/* Bytes of RAM by purpose, on a processor without vectors. */
typedef struct {
    uint32_t total; /* bytes of all buffers */
    uint32_t weights; /* bytes of the weights */
    uint32_t learning; /* bytes that learning adds to weights and inference */
} sfdfa_native_ram_t;

/* Constants of a layer that do not depend on the network's shape, as sfdfa_layer_t has them. */
typedef struct {
    int32_t threshold; /* c, in 2^-F_a */
    int32_t state_limit; /* of A and B, in 2^-F_a */
    int32_t quiet_below; /* of sfdfa_layer_t, as the next five are */
    uint32_t rate; /* eta tau / c, in 2^-20 */
    uint16_t narrow_inputs; /* inputs of a sample */
    uint16_t quiet_factor; /* to be read with quiet_below */
    uint16_t decay_s; /* k_s, of A, in 1/4096 */
    uint16_t decay; /* k, of B, in 1/4096 */
    uint8_t quiet_shift; /* of quiet_factor */
} sfdfa_native_layer_t;

#ifdef SFDFA_LATE_CONSTANTS
/*
 * Make a library that was compiled for a shape that of a network, before anything else is called. layers: of
 * SFDFA_LAYERS.
 */
void sfdfa_native_configure(uint32_t seed, int32_t output_rate, const sfdfa_native_layer_t *layers);
#endif

/* Bytes of the sfdfa_t that these functions want. */
uint32_t sfdfa_native_size(void);

/* sfdfa_init under a name that does not depend on the network. */
void sfdfa_native_init(sfdfa_t *net);

void sfdfa_native_ram(sfdfa_native_ram_t *ram);
const char *sfdfa_native_model_hash(void);

/*
 * Run the samples in order.
 *
 * Returns how many were run; fewer than asked for if one was refused, and *error then says why.
 */
int64_t sfdfa_native_run(sfdfa_t *net, const sfdfa_native_samples_t *samples, bool learn,
                         const sfdfa_native_results_t *results, int32_t *error);

/* Record every tick from now on into `record`, or stop with a null pointer. */
void sfdfa_native_watch(const sfdfa_native_record_t *record);

void sfdfa_native_saturations(const sfdfa_t *net, sfdfa_saturations_t *saturations);

#endif
