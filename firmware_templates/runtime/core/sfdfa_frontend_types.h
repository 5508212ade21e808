/*
 * sfdfa_frontend_types.h: what a front-end remembers between samples, section 14.
 */
#ifndef SFDFA_FRONTEND_TYPES_H
#define SFDFA_FRONTEND_TYPES_H

#include <stdint.h>

#include "sfdfa_config.h"

#if SFDFA_AXES > 0

#if SFDFA_BANDS > 0
/* A window in transformation: complex numbers, and in the end the power of each. */
typedef union {
    int16_t part[SFDFA_FRAME_SAMPLES]; /* real and imaginary parts by turns, in 16 bits */
    uint32_t power[SFDFA_FRAME_SAMPLES / 2]; /* of each bin, after the transform */
} sfdfa_wave_t;
#endif

/* Set up by sfdfa_listen, written by sfdfa_samples, read by sfdfa_heard. */
typedef struct {
    int16_t waiting[SFDFA_AXES][SFDFA_FRAME_SAMPLES]; /* samples of the frame under way */
    int16_t slot[SFDFA_SLOTS][SFDFA_FRAME_VALUES];    /* means of frames; where the window slides a ring of frames */
    int32_t sum[SFDFA_FRAME_VALUES];                  /* of the frames of the slot under way */
    uint16_t filled;                                  /* samples of each axis that wait */
    uint16_t frames;                                  /* in sum */
    uint8_t group;                                    /* log2 of the frames of a slot */
    uint8_t slots;                                    /* that are made */
    uint8_t next;                                     /* slot of the ring that comes to be written */
#if SFDFA_BANDS > 0
    sfdfa_wave_t wave; /* within a call */
#endif
#if SFDFA_GRAVITY
    int16_t up[3];                       /* u: the direction of gravity, in 1/2^14; of the frame that is taken */
    int16_t turned[SFDFA_FRAME_SAMPLES]; /* its samples along gravity, or across it; within a call */
#endif
#if SFDFA_HANGOVER > 0
    uint32_t heard;  /* frames of the utterance */
    uint32_t spoken; /* of these, up to the last loud one */
    int16_t noise;   /* N, in 1/256 octave */
    uint8_t phase;   /* waiting, speaking, ended */
    uint8_t loud;    /* frames of the utterance, up to SFDFA_SHORTEST */
    uint8_t quiet;   /* frames since the last loud one */
#endif
} sfdfa_frontend_t;

#endif

#endif
