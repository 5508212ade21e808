/*
 * sfdfa_sample.h: a running sample where vectors step the neurons of a layer together.
 */
#ifndef SFDFA_SAMPLE_H
#define SFDFA_SAMPLE_H

#include "core/sfdfa_types.h"
#include "vectors/sfdfa_core.h"

/* A and B of a neuron, numbered over all layers, as they are stored. */
#define SFDFA_A(net, number) ((net)->scratch.membranes.a[number])
#define SFDFA_B(net, number) ((net)->scratch.membranes.b[number])

/* Needed until the last tick, section 5. */
typedef struct {
    /* A of each neuron, in 2^-F_a, with room for whole vectors. */
    sfdfa_state_t a[SFDFA_NEURONS + SFDFA_VECTOR_LANES - 1];
    sfdfa_state_t b[SFDFA_NEURONS + SFDFA_VECTOR_LANES - 1]; /* B, likewise */
    uint32_t reached[(SFDFA_WIDEST + 31) / 32]; /* a bit for each neuron of the layer at hand that is to fire */
    /* X of the layer at hand, if it has inputs in this tick; then A of each that spikes. */
    int32_t current[SFDFA_CURRENTS];
} sfdfa_membranes_t;

/* What a running sample needs, learned or not. Events fill it, the ticks that are over read them. */
typedef struct {
    bool begun;          /* whether it takes events */
    bool learns;         /* whether it is to be learned */
    uint8_t tick;        /* the tick that is being filled */
    uint8_t done;        /* first layers in which no neuron spikes any more: always 0, all neurons are stepped */
    uint16_t events;     /* events so far */
    uint16_t tick_start; /* of them, those of earlier ticks */
    uint16_t channels_left; /* the last ones, which its next event may have; 0: none may */
#if SFDFA_DECIDE_MARGIN > 0
    bool decided;          /* whether the sample is decided, and takes no more ticks */
    uint8_t ticks_run;     /* ticks until it was */
    uint16_t ignored;      /* events that came later */
    uint8_t ignored_tick;  /* the tick of the last of them */
    uint16_t last_ignored; /* its channel */
#endif
    uint32_t inputs[SFDFA_LAYERS]; /* inputs of each layer so far */
    uint8_t counts[SFDFA_NEURONS]; /* spikes of each neuron so far */
    sfdfa_index_t event[SFDFA_MAX_EVENTS + SFDFA_VECTOR_LANES - 1]; /* the channel of each */
    sfdfa_index_t spiking[SFDFA_SPIKE_LISTS][SFDFA_WIDEST];         /* neurons of a layer that spiked in this tick */
    SFDFA_SAMPLE_OF_READOUT
} sfdfa_sample_t;

/* Grades on their way, section 5. */
#if SFDFA_LATE_GRADES
typedef struct {
    uint16_t probes;                 /* first spikes of hidden neurons so far */
    uint16_t taken;                  /* how many of them are in late_sum */
    int16_t probe[SFDFA_HIDDEN + 1]; /* their neurons, or the complement where the grade is negative */
    int32_t late_sum[SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS)]; /* S as of the last tick in which an output spiked */
} sfdfa_grades_t;
#else
typedef struct {
    int16_t grade[SFDFA_SPIKE_LISTS][SFDFA_WIDEST_HIDDEN]; /* of the spikes in sfdfa_sample_t.spiking */
    int16_t sum[SFDFA_GRADED_NEURONS];                     /* S of the layers after the first */
} sfdfa_grades_t;
#endif

#endif
