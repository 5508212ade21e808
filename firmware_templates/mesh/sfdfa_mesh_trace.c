/*
 * sfdfa_mesh_trace.c: eligibility held at each own synapse, section 9 of docs/ARITHMETIC.md. The traces of the inputs
 * of a layer are with every core that has neurons of it.
 */
#include "sfdfa_mesh_notes.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_rho.h"

void sfdfa_mesh_begin_notes(sfdfa_mesh_t *core)
{
    sfdfa_mesh_notes_t *notes = &core->run.notes;
    for (uint16_t j = 0; j < SFDFA_MESH_TRACED_INPUTS; j++) {
        notes->a[j] = 0;
        notes->b[j] = 0;
    }
    for (uint16_t i = 0; i < SFDFA_MESH_NEURONS; i++) {
        notes->lambda[i] = 0;
    }
    sfdfa_mesh_begin_records(core);
}

void sfdfa_mesh_note_tick(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    (void)core, (void)layer_index, (void)tick;
}

void sfdfa_mesh_note_inputs(sfdfa_mesh_t *core, uint8_t layer_index, sfdfa_mesh_inputs_t inputs)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    int32_t *a = &core->run.notes.a[part->first_input];
    int32_t *b = &core->run.notes.b[part->first_input];
    for (uint16_t j = 0; j < layer->inputs; j++) {
        a[j] = sfdfa_decay(a[j], layer->decay_s);
        b[j] = sfdfa_decay(b[j], layer->decay);
    }
    for (uint16_t k = 0; k < inputs.count; k++) {
        a[inputs.index[k]] += 4096;
        b[inputs.index[k]] += 4096;
    }
    int16_t *lambda = &core->run.notes.lambda[part->first_neuron];
    for (uint16_t i = 0; i < part->neurons; i++) {
        lambda[i] = (int16_t)sfdfa_decay(lambda[i], layer->decay);
    }
}

/* P of an input. */
static inline int32_t input_trace(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t input)
{
    const uint16_t j = (uint16_t)(core->part[layer_index].first_input + input);
    const int32_t difference = core->run.notes.a[j] - core->run.notes.b[j];
    const int32_t trace = sfdfa_rescale(difference, 12 - SFDFA_ELIGIBILITY_FRACTION_BITS);
    return sfdfa_saturate(trace, INT16_MAX, &core->run.saturations.eligibility);
}

/* Where the traces from an input to the own neurons of a layer begin. */
static inline uint32_t first_synapse(const sfdfa_mesh_t *core, uint8_t layer_index, uint16_t input)
{
    return core->part[layer_index].first_synapse + (uint32_t)input * core->part[layer_index].neurons;
}

/* The first spike of a sample forgets what the sample before has left. */
static void note_at_synapse(sfdfa_mesh_t *core, uint32_t synapse, int32_t trace, sfdfa_rho_t rho, int32_t lambda,
                            bool is_first)
{
    sfdfa_mesh_notes_t *notes = &core->run.notes;
    uint32_t *saturations = &core->run.saturations.eligibility;
    const int32_t reset = is_first ? 0 : sfdfa_round_shift(notes->reset_trace[synapse] * lambda, 15);
    const int32_t so_far = is_first ? 0 : notes->eligibility[synapse];
    const int32_t seen = sfdfa_saturate(trace + reset, INT16_MAX, saturations);
    const int32_t gradient = sfdfa_round_shift((int32_t)rho * seen, 8);
    notes->eligibility[synapse] = (int16_t)sfdfa_saturate(so_far + gradient, INT16_MAX, saturations);
    notes->reset_trace[synapse] = (int16_t)sfdfa_saturate(reset + gradient, INT16_MAX, saturations);
}

void sfdfa_mesh_note_spike(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i, uint8_t tick, int32_t a)
{
    (void)tick;
    const uint16_t neuron = (uint16_t)(core->part[layer_index].first_neuron + i);
    const sfdfa_rho_t rho = sfdfa_spike_rho(sfdfa_layers[layer_index].threshold, a);
    const bool is_first = core->run.counts[neuron] == 1;
    for (uint16_t j = 0; j < sfdfa_layers[layer_index].inputs; j++) {
        const int32_t trace = input_trace(core, layer_index, j);
        const uint32_t synapse = first_synapse(core, layer_index, j) + i;
        note_at_synapse(core, synapse, trace, rho, core->run.notes.lambda[neuron], is_first);
    }
    core->run.notes.lambda[neuron] = INT16_MAX;
}

void sfdfa_mesh_note_output(sfdfa_mesh_t *core, uint16_t i, uint8_t tick)
{
    if (!sfdfa_mesh_record(core, i, tick)) {
        return;
    }
    const uint8_t layer_index = SFDFA_LAYERS - 1;
    const sfdfa_rho_t rho = sfdfa_virtual_rho(sfdfa_layers[layer_index].threshold, core->run.record[i].current);
    for (uint16_t j = 0; j < sfdfa_layers[layer_index].inputs; j++) {
        const int32_t gradient = sfdfa_round_shift((int32_t)rho * input_trace(core, layer_index, j), 8);
        core->run.notes.eligibility[first_synapse(core, layer_index, j) + i] = (int16_t)gradient;
    }
}

/* Traces forget no spike. */
uint16_t sfdfa_mesh_forgotten(const sfdfa_mesh_t *core, uint8_t layer_index)
{
    (void)core, (void)layer_index;
    return 0;
}

/* Steps and draws lie where the currents and grades of a tick were. */
bool sfdfa_mesh_prepare(sfdfa_mesh_t *core)
{
    (void)core; /* traces are there */
    return true;
}

void sfdfa_mesh_begin_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    for (uint16_t i = 0; i < core->part[layer_index].neurons; i++) {
        core->scratch.current[i] = 0;
        core->scratch.graded[i] = 0;
    }
}

void sfdfa_mesh_learn_neuron(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron)
{
    core->scratch.current[neuron->number] = neuron->step;
    core->scratch.graded[neuron->number] = neuron->draw;
}

/* The weights from one input. */
static void learn_row(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t input)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint8_t bits = sfdfa_layers[layer_index].dither_bits;
    const uint32_t event_draw = sfdfa_event_draw(core->sample_key, layer_index, SFDFA_NO_TICK, input);
    const int16_t *eligibility = &core->run.notes.eligibility[first_synapse(core, layer_index, input)];
    sfdfa_weight_t *row = &core->learned.weights[part->first_weight + (uint32_t)input * part->row];
    for (uint16_t i = 0; i < part->neurons; i++) {
        const int32_t step = core->scratch.current[i];
        if (step != 0) { /* a step of 0 changes nothing: the dither alone is less than a weight's unit */
            const int32_t exact =
                sfdfa_round_shift(step * -(int32_t)eligibility[i], SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
            const int32_t update = sfdfa_saturate_update(exact, &core->saturations.update);
            const int32_t dither = (int32_t)((event_draw ^ (uint32_t)core->scratch.graded[i]) & sfdfa_mask(bits));
            sfdfa_change_weight(row, i, sfdfa_floor_shift(update + dither, bits));
        }
    }
}

void sfdfa_mesh_end_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    if (core->part[layer_index].neurons == 0) {
        return;
    }
    for (uint16_t j = 0; j < sfdfa_layers[layer_index].inputs; j++) {
        learn_row(core, layer_index, j);
    }
}
