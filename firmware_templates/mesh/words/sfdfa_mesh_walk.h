/*
 * sfdfa_mesh_walk.h: the events of a tick are listed, and a neuron is walked back over what is listed, for any processor.
 */
#ifndef SFDFA_MESH_WALK_H
#define SFDFA_MESH_WALK_H

#include "sfdfa_mesh_column.h"

#define SFDFA_MESH_LISTS_EVENTS 0

static inline uint8_t list_events(sfdfa_mesh_t *core, uint8_t tick, uint32_t enough)
{
    (void)core, (void)enough;
    return tick;
}

static inline void change_by(const column_t *column, uint32_t row, uint32_t change)
{
    sfdfa_change_weight(&column->weights[row], column->number, ((int32_t)change ^ column->sign) - column->sign);
}

/* A weight changes by a unit if the dither of its input is below a threshold, which it mostly is not. */
static inline void update_by_dither(const column_t *column, uint32_t input, uint32_t threshold)
{
    const uint32_t dithered = input ^ column->mask;
    if (SFDFA_RARELY(dithered < threshold)) {
        change_by(column, dithered & column->row_mask, 1);
    }
}

/*
 * Change the weights of listed inputs. Of an update's size the part below a weight's unit decides, against the dither,
 * whether a weight changes by one unit more.
 */
static inline void update_listed(const column_t *column, uint32_t size, const uint32_t *input, const uint32_t *end)
{
    const uint32_t units = size >> column->dither_bits;
    const uint32_t threshold = size << column->draw_shift << 1;
    if (units == 0) {
        for (const uint32_t *rest = end - (uint32_t)(end - input) % 4; input != rest; input += 4) {
            update_by_dither(column, input[0], threshold);
            update_by_dither(column, input[1], threshold);
            update_by_dither(column, input[2], threshold);
            update_by_dither(column, input[3], threshold);
        }
        for (; input != end; input++) {
            update_by_dither(column, *input, threshold);
        }
        return;
    }
    for (; input != end; input++) {
        const uint32_t dithered = *input ^ column->mask;
        change_by(column, dithered & column->row_mask, units + (dithered < threshold));
    }
}

/* The tick of a spike, as the place where the end of its inputs stands. */
static inline uint32_t *const *end_of(const sfdfa_mesh_t *core, uint16_t spike)
{
    return spike != SFDFA_MESH_NO_SPIKE ? &core->scratch.listed_end[core->run.notes.spike[spike].tick] : NULL;
}

/*
 * The same where inputs are listed. The place where the end of a tick's inputs stands is the tick. After the last spike s
 * is of no use.
 */
static void walk_listed(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron, start_t start)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[SFDFA_MESH_STAGE(neuron->layer_index)];
    const column_t column = column_of(core, neuron);
    uint32_t *const *tick = &core->scratch.listed_end[start.tick];
    uint32_t *const *const first = &core->scratch.listed_end[core->run.notes.first_tick];
    uint32_t *const *next = end_of(core, start.earlier);
    const uint32_t *from = tick[1];
    const int32_t decay_s = layer->decay_s, decay = layer->decay;
    uint16_t earlier = start.earlier;
    int32_t s = 0;
    int32_t u = meet_spike(core, &s, start.rho), v = u;
    for (;;) {
        const uint32_t *const end = *tick;
        if (from != end) {
            update_listed(&column, update_size(core, &column, (uint32_t)(v - u)), from, end);
            from = end;
        }
        if (tick <= first) {
            return;
        }
        tick--;
        u = sfdfa_decay(u, decay_s);
        v = sfdfa_decay(v, decay);
        if (next != NULL) {
            s = sfdfa_decay(s, decay);
            if (tick == next) {
                const sfdfa_mesh_spike_t *met = &core->run.notes.spike[earlier];
                const int32_t gamma = meet_spike(core, &s, met->rho);
                u += gamma;
                v += gamma;
                earlier = met->previous;
                next = end_of(core, earlier);
            }
        }
    }
}

#endif
