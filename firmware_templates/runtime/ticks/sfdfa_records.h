/*
 * sfdfa_records.h: where outputs that stay silent come closest to their threshold, section 5 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_RECORDS_H
#define SFDFA_RECORDS_H

#include "core/sfdfa_internal.h"
#include SFDFA_LEARNING(sfdfa_note_record.h)

/* From tick 0 on any potential is closer than that of an output that has not been looked at, */
static inline void open_records(sfdfa_record_t *record)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        record[o].potential = INT32_MIN;
    }
}

/* and none is closer than that of an output that has spiked. */
static inline void close_records(sfdfa_record_t *record, const sfdfa_index_t *spiking, uint16_t spikes)
{
    for (uint16_t k = 0; k < spikes; k++) {
        record[spiking[k]].potential = INT32_MAX;
    }
}

/* Note where a silent output came closest to its threshold. */
static inline void sfdfa_eligibility_record(sfdfa_t *net, const sfdfa_index_t *spiking, uint16_t spikes)
{
    const uint16_t first_neuron = sfdfa_layers[SFDFA_LAYERS - 1].first_neuron;
    const uint8_t tick = net->sample.tick;
    sfdfa_record_t *record = net->learning.record;
    if (tick == 0) {
        open_records(record);
    }
    close_records(record, spiking, spikes);
    SFDFA_UNROLL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++, record++) {
        const sfdfa_state_t a = (sfdfa_state_t)SFDFA_STORED(SFDFA_A(net, first_neuron + o));
        const int32_t potential = SFDFA_STORED((int32_t)SFDFA_B(net, first_neuron + o)) - a;
        if (potential > record->potential) {
            *record = (sfdfa_record_t){.potential = potential, .current = a, .tick = tick};
            sfdfa_note_record(net, o);
        }
    }
}

#endif
