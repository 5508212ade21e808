/*
 * sfdfa_listing.h: inputs of a tick as a walk over the weights of a neuron wants them.
 */
#ifndef SFDFA_LISTING_H
#define SFDFA_LISTING_H

#include "core/sfdfa_random.h"

/* A list of inputs as it grows. */
typedef struct {
    uint32_t *put; /* where the next one goes */
    uint32_t tick_key; /* of the draws of the tick */
    uint32_t row; /* cells of the weights of one input */
    uint8_t draw_shift; /* the draw of an input begins at the bit after this one */
} listing_t;

/*
 * List what an input gives to the update of a weight: its draw in the upper bits, as many as the layer's dither has,
 * and its row.
 */
static inline void list_input(listing_t *list, uint32_t input)
{
    const uint32_t draw = sfdfa_mix(list->tick_key ^ input);
    *list->put++ = (draw << list->draw_shift << 1) | input * list->row;
}

#endif
