/*
 * sfdfa_mesh_neurons.c: one tick of the neurons that a core has of a layer, section 5 of docs/ARITHMETIC.md.
 */
#include "sfdfa_mesh_notes.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_reset.h"

void sfdfa_mesh_begin_run(sfdfa_mesh_t *core)
{
    sfdfa_mesh_run_t *run = &core->run;
    for (uint16_t i = 0; i < SFDFA_MESH_NEURONS; i++) {
        run->a[i] = 0;
        run->b[i] = 0;
        run->counts[i] = 0;
        run->grade_sum[i] = 0;
        run->output_grade[i] = 0;
    }
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        run->spikes[l] = 0;
    }
    for (uint8_t l = 0; l < SFDFA_MESH_STAGES; l++) {
        run->next_tick[l] = 0;
    }
    run->last = SFDFA_TICKS;
    run->look = sfdfa_mesh_next_look(0);
    run->told = 0;
#if SFDFA_INTEGRATES
    for (uint16_t j = 0; j < SFDFA_MESH_KAPPAS; j++) {
        run->kappa[j] = 0;
    }
#endif
    run->saturations = (sfdfa_saturations_t){0, 0, 0, 0, 0};
    sfdfa_mesh_begin_notes(core);
}

/* The inputs of a tick in their order. Returns how many. */
static uint16_t list_inputs(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    const uint32_t *words = &core->store.input[sfdfa_mesh_slot(tick)][core->part[layer_index].first_word];
    const uint16_t inputs = sfdfa_layers[layer_index].inputs;
    uint16_t count = 0;
    for (uint32_t first = 0; first < inputs; first += 32) {
        for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
            core->scratch.input[count++] = (sfdfa_index_t)(first + sfdfa_lowest_bit(left));
        }
    }
    return count;
}

static void clear(int32_t *sums, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        sums[i] = 0;
    }
}

/* S of the own neurons, from the grades of this tick's inputs. */
static void sum_grades(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick, uint16_t inputs)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const int16_t *grades = &core->store.grade[tick % SFDFA_MESH_IN_FLIGHT][part->first_graded];
    int32_t *sums = core->scratch.graded;
    clear(sums, part->neurons);
    for (uint16_t k = 0; k < inputs; k++) {
        const uint16_t input = core->scratch.input[k];
        if (grades[input] != 0) {
            sfdfa_add_graded_row(sums, &core->learned.weights[part->first_weight + (uint32_t)input * part->row],
                                 grades[input], sfdfa_layers[layer_index].weight_fraction_bits, part->neurons);
        }
    }
    int16_t *grade_sum = &core->run.grade_sum[part->first_neuron];
    for (uint16_t i = 0; i < part->neurons; i++) {
        grade_sum[i] = (int16_t)sfdfa_saturate(grade_sum[i] + sums[i], INT16_MAX, &core->run.saturations.grades);
    }
}

/* The grade that a neuron sends with a spike that has been counted. */
static int16_t take_grade(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint16_t neuron = (uint16_t)(part->first_neuron + i);
    int32_t grade = core->run.grade_sum[neuron];
    core->run.grade_sum[neuron] = 0;
    if (layer_index + 1 < SFDFA_LAYERS && core->run.counts[neuron] == 1) {
        const uint32_t draw = sfdfa_neuron_draw(core->sample_key, layer_index, (uint16_t)(part->first + i));
        grade = sfdfa_saturate(grade + 64 * sfdfa_direction(draw), INT16_MAX, &core->run.saturations.grades);
    }
    return (int16_t)grade;
}

/* A neuron has spiked: it is counted, reset, remembered, and the spike sent. */
static void spike(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i, uint8_t tick)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint16_t neuron = (uint16_t)(part->first_neuron + i);
    sfdfa_mesh_run_t *run = &core->run;
    run->counts[neuron]++;
    int16_t grade = 0;
    if (core->learns) {
        sfdfa_mesh_note_spike(core, layer_index, i, tick);
        grade = SFDFA_SENDS_GRADES ? take_grade(core, layer_index, i) : 0;
    }
    const sfdfa_reset_t reset = sfdfa_reset_of(&sfdfa_layers[layer_index]);
    run->b[neuron] = (sfdfa_state_t)sfdfa_after_spike(reset, run->a[neuron], run->b[neuron]);
    run->spikes[layer_index]++;
    if (SFDFA_INTEGRATES && layer_index + 2 == SFDFA_LAYERS) {
        sfdfa_mesh_add_kappa(core, i, tick);
    } else if (layer_index + 1 < SFDFA_LAYERS) {
        sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_SPIKE, (uint8_t)(layer_index + 1), (uint16_t)(part->first + i),
                        sfdfa_mesh_at_tick(tick, (uint16_t)grade));
    } else {
        run->output_grade[neuron] =
            (int16_t)sfdfa_saturate(run->output_grade[neuron] + grade, INT16_MAX, &run->saturations.grades);
    }
}

static void step(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i, uint8_t tick)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t neuron = (uint16_t)(core->part[layer_index].first_neuron + i);
    sfdfa_mesh_run_t *run = &core->run;
    uint32_t *saturations = &run->saturations.state;
    const int32_t x = sfdfa_rescale(core->scratch.current[i], layer->input_shift);
    const int32_t a = sfdfa_saturate(sfdfa_decay(run->a[neuron], layer->decay_s) + x, layer->state_limit, saturations);
    const int32_t b = sfdfa_saturate(sfdfa_decay(run->b[neuron], layer->decay) + x, layer->state_limit, saturations);
    run->a[neuron] = (sfdfa_state_t)a;
    run->b[neuron] = (sfdfa_state_t)b;
    if (b - a >= layer->threshold && run->counts[neuron] < SFDFA_MAX_SPIKES) {
        spike(core, layer_index, i, tick);
    }
    if (layer_index + 1 == SFDFA_LAYERS && core->learns) {
        sfdfa_mesh_note_output(core, i, tick);
    }
}

/* The inputs of a tick that is run: what is wanted of them later, and room for another tick. */
static void leave_inputs(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    const uint16_t first = core->part[layer_index].first_word;
    uint32_t *words = &core->store.input[sfdfa_mesh_slot(tick)][first];
    for (uint16_t k = 0; k < (sfdfa_layers[layer_index].inputs + 31) / 32; k++) {
#if SFDFA_RESIDUAL_FEEDBACK
        core->residual.spiked[first + k] |= words[k];
#endif
        words[k] = SFDFA_MESH_KEEPS_ALL ? words[k] : 0;
    }
}

void sfdfa_mesh_on_tick(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint16_t inputs = list_inputs(core, layer_index, tick);
    const uint16_t before = core->run.spikes[layer_index];
    clear(core->scratch.current, part->neurons);
    sfdfa_add_rows(core->scratch.current, &core->learned.weights[part->first_weight], part->row, core->scratch.input,
                   inputs, part->neurons);
    if (SFDFA_SENDS_GRADES && core->learns && layer_index > 0) {
        sum_grades(core, layer_index, tick, inputs);
    }
    if (core->learns) {
        sfdfa_mesh_note_inputs(core, layer_index, tick, inputs);
    }
    for (uint16_t i = 0; i < part->neurons; i++) {
        step(core, layer_index, i, tick);
    }
    if (!SFDFA_MESH_KEEPS_ALL || SFDFA_RESIDUAL_FEEDBACK) {
        leave_inputs(core, layer_index, tick);
    }
    const uint16_t sent = (uint16_t)(core->run.spikes[layer_index] - before);
    sfdfa_mesh_tell(core, SFDFA_TO_ALL_AND_HOST, SFDFA_MESH_END, (uint8_t)(layer_index + 1), core->number,
                    sfdfa_mesh_at_tick(tick, sent));
}
