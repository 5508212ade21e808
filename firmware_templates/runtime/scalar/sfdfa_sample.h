/*
 * sfdfa_sample.h: a running sample where neurons are stepped one after the other.
 */
#ifndef SFDFA_SAMPLE_H
#define SFDFA_SAMPLE_H

#include "core/sfdfa_types.h"
#include SFDFA_CORE(sfdfa_core.h)

/* A and B of a neuron, numbered over all layers, as they are stored. */
#define SFDFA_A(net, number) ((net)->scratch.membranes.neuron[number].a)
#define SFDFA_B(net, number) ((net)->scratch.membranes.neuron[number].b)

/* A neuron, section 5; as SFDFA_STORED. */
typedef struct {
    sfdfa_state_t a; /* A, in 2^-F_a */
    sfdfa_state_t b; /* B, in 2^-F_a */
} sfdfa_membrane_t;

/* Needed until the last tick. */
typedef struct {
    sfdfa_membrane_t neuron[SFDFA_NEURONS]; /* of each neuron, layer after layer */
    /* X of the layer at hand, if it has inputs in this tick; then A of each that spikes. */
    int32_t current[SFDFA_CURRENTS];
} sfdfa_membranes_t;

/* What a running sample needs, learned or not. Events fill it, the ticks that are over read them. */
typedef struct {
    bool begun;   /* whether it takes events */
    bool learns;  /* whether it is to be learned */
    bool narrow;  /* whether all states of the layer at hand are below 2^19 and their limit */
    SFDFA_SAMPLE_OF_CORE
    uint8_t tick; /* the tick that is being filled */
    uint8_t done; /* first layers in which no neuron spikes any more */
    bool coasts;  /* whether the layer after those has no inputs any more */
    uint16_t coasting;             /* how many of its neurons are still stepped */
    uint16_t left;                 /* how many of them may still spike */
    uint16_t events;               /* events so far */
    uint16_t tick_start;           /* of them, those of earlier ticks */
    uint16_t channels_left;        /* the last ones, which its next event may have; 0: none may */
#if SFDFA_DECIDE_MARGIN > 0
    bool decided;          /* whether the sample is decided, and takes no more ticks */
    uint8_t ticks_run;     /* ticks until it was */
    uint16_t ignored;      /* events that came later */
    uint8_t ignored_tick;  /* the tick of the last of them */
    uint16_t last_ignored; /* its channel */
#endif
    uint32_t inputs[SFDFA_LAYERS]; /* inputs of each layer so far */
    uint8_t counts[SFDFA_NEURONS]; /* spikes of each neuron so far */
    sfdfa_index_t may_spike[SFDFA_WIDEST_HIDDEN];           /* neurons of the layer that coasts */
    sfdfa_index_t event[SFDFA_MAX_EVENTS];                  /* the channel of each */
    sfdfa_index_t spiking[SFDFA_SPIKE_LISTS][SFDFA_WIDEST]; /* neurons of a layer that spiked in this tick */
    SFDFA_SAMPLE_OF_READOUT
} sfdfa_sample_t;

/* Grades on their way, section 5. */
#if SFDFA_LATE_GRADES
typedef struct {
    uint16_t probes;               /* first spikes of hidden neurons so far */
    uint16_t taken[SFDFA_OUTPUTS]; /* how many of them an output's last spike has seen */
    int16_t probe[SFDFA_HIDDEN];   /* their neurons, or the complement where the grade is negative */
} sfdfa_grades_t;
#else
typedef struct {
    int16_t grade[SFDFA_SPIKE_LISTS][SFDFA_WIDEST_HIDDEN]; /* of the spikes in sfdfa_sample_t.spiking */
    int16_t sum[SFDFA_GRADED_NEURONS];                     /* S of the layers after the first */
} sfdfa_grades_t;
#endif

#endif
