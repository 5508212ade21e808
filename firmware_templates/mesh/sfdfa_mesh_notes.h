/*
 * sfdfa_mesh_notes.h: what a core notes of a sample while it runs, and makes of it in the end. sfdfa_mesh_replay.c and
 * sfdfa_mesh_trace.c each define it, and sfdfa_mesh_frozen.c for a network that does not learn.
 */
#ifndef SFDFA_MESH_NOTES_H
#define SFDFA_MESH_NOTES_H

#include "sfdfa_mesh.h"

#if SFDFA_MESH_REPLAYS
#include "core/sfdfa_rho.h"
#endif

/* A neuron that learns. */
typedef struct {
    uint8_t layer_index; /* of the neuron */
    uint16_t number; /* within the core's part of the layer */
    uint16_t draw;   /* for the dither */
    int16_t step; /* of its weights, section 6 */
    bool is_virtual; /* it learns from a spike that it did not have */
} sfdfa_mesh_neuron_t;

/* Forget the last sample. */
void sfdfa_mesh_begin_notes(sfdfa_mesh_t *core);

/* Of a sample that is run to be learned: own output i, after its step. */
void sfdfa_mesh_note_output(sfdfa_mesh_t *core, uint16_t i, uint8_t tick);

#if SFDFA_MESH_REPLAYS

/* Before a tick of a layer; */
static inline void sfdfa_mesh_note_tick(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    core->run.notes.first_spike[layer_index][tick] = core->run.spikes[layer_index];
}

/* before its neurons are stepped; */
static inline void sfdfa_mesh_note_inputs(sfdfa_mesh_t *core, uint8_t layer_index, sfdfa_mesh_inputs_t inputs)
{
    (void)core, (void)layer_index, (void)inputs; /* they stay in the store */
}

/* an own neuron has spiked with this A, and has been counted. It is kept while there is room. */
static inline void sfdfa_mesh_note_spike(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i, uint8_t tick, int32_t a)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint16_t neuron = (uint16_t)(part->first_neuron + i);
    const uint16_t order = core->run.spikes[layer_index];
    if (order < part->capacity) {
        const uint16_t place = (uint16_t)(part->first_remembered + order);
        core->run.notes.spike[place] = (sfdfa_mesh_spike_t){
            .previous = core->run.notes.last_spike[neuron],
            .tick = tick,
            .rho = sfdfa_spike_rho(sfdfa_layers[layer_index].threshold, a),
        };
        core->run.notes.last_spike[neuron] = place;
    }
}

#else

void sfdfa_mesh_note_tick(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick);
void sfdfa_mesh_note_inputs(sfdfa_mesh_t *core, uint8_t layer_index, sfdfa_mesh_inputs_t inputs);
void sfdfa_mesh_note_spike(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i, uint8_t tick, int32_t a);

#endif

/* How many own spikes a tick had of a layer, */
uint16_t sfdfa_mesh_spikes_in(const sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick);

/* and how many of a layer its capacity had no room for. */
uint16_t sfdfa_mesh_forgotten(const sfdfa_mesh_t *core, uint8_t layer_index);

/* Change the weights of a layer: of one neuron after the other, then of the layer. */
void sfdfa_mesh_begin_layer(sfdfa_mesh_t *core, uint8_t layer_index);
void sfdfa_mesh_learn_neuron(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron);
void sfdfa_mesh_end_layer(sfdfa_mesh_t *core, uint8_t layer_index);

#if SFDFA_LEARNS

/* Where a silent output came closest to its threshold. Returns whether that is now. */
static inline bool sfdfa_mesh_record(sfdfa_mesh_t *core, uint16_t i, uint8_t tick)
{
    const uint16_t neuron = (uint16_t)(core->part[SFDFA_LAYERS - 1].first_neuron + i);
    const sfdfa_membrane_t *membrane = &core->run.membrane[neuron];
    const int32_t potential = (int32_t)membrane->b - membrane->a;
    sfdfa_record_t *record = &core->run.record[i];
    const bool is_closest = core->run.counts[neuron] == 0 && potential > record->potential;
    if (is_closest) {
        *record = (sfdfa_record_t){.potential = potential, .current = membrane->a, .tick = tick};
    }
    return is_closest;
}

static inline void sfdfa_mesh_begin_records(sfdfa_mesh_t *core)
{
    for (uint16_t o = 0; o < SFDFA_RECORDS; o++) {
        core->run.record[o].potential = INT32_MIN;
    }
}

#endif

#endif
