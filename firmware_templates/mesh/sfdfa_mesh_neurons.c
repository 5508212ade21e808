/*
 * sfdfa_mesh_neurons.c: one tick of the neurons that a core has of a layer, section 5 of docs/ARITHMETIC.md.
 */
#include "sfdfa_mesh_notes.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_reset.h"
#include "words/sfdfa_input.h"

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
    const uint16_t inputs = core->store.of[layer_index][tick].announced > 0 ? sfdfa_layers[layer_index].inputs : 0;
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

/*
 * X of the own neurons, to be scaled up if its unit is larger than that of the states: four weights at a time as far as
 * rows begin where words do.
 */
static void sum_inputs(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t inputs)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    int32_t *sums = core->scratch.current;
    const sfdfa_weight_t *weights = &core->learned.weights[part->first_weight];
    uint16_t summed = 0;
#if SFDFA_PACKED
    if ((SFDFA_WORDS_ANYWHERE || (part->row % 4 == 0 && part->first_weight % 4 == 0)) &&
        inputs <= SFDFA_PACKED_MOST_ROWS) {
        for (; summed + SFDFA_PACKED_NEURONS <= part->neurons; summed = (uint16_t)(summed + SFDFA_PACKED_NEURONS)) {
            sfdfa_sum_words(&sums[summed], &weights[summed], part->row, core->scratch.input, inputs,
                            SFDFA_PACKED_WORDS);
        }
        if (summed + 4 <= part->neurons) {
            sfdfa_sum_words(&sums[summed], &weights[summed], part->row, core->scratch.input, inputs, 1);
            summed = (uint16_t)(summed + 4);
        }
    }
#endif
    if (summed < part->neurons) {
        const uint16_t left = (uint16_t)(part->neurons - summed);
        clear(&sums[summed], left);
        sfdfa_add_rows(&sums[summed], &weights[SFDFA_CELL(summed)], part->row, core->scratch.input, inputs, left);
    }
    if (layer->input_shift > 0) {
        for (uint16_t i = 0; i < part->neurons; i++) {
            sums[i] = sfdfa_round_shift(sums[i], (uint8_t)layer->input_shift);
        }
    }
}

/* The own neurons of a layer, one after the other. */
static void step_neurons(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const int32_t decay_s = layer->decay_s, decay = layer->decay, limit = layer->state_limit;
    const int32_t threshold = layer->threshold;
    const int32_t scale = sfdfa_input_scale(layer);
    const int32_t *current = core->scratch.current;
    const bool can_saturate = layer->can_saturate;
    const bool notes_outputs = layer_index + 1 == SFDFA_LAYERS && core->learns;
    sfdfa_state_t *stored_a = &core->run.a[part->first_neuron];
    sfdfa_state_t *stored_b = &core->run.b[part->first_neuron];
    for (uint16_t i = 0; i < part->neurons; i++) {
        const int32_t x = current[i] * scale;
        int32_t a = sfdfa_decay(stored_a[i], decay_s) + x;
        int32_t b = sfdfa_decay(stored_b[i], decay) + x;
        if (can_saturate) {
            a = sfdfa_saturate(a, limit, &core->run.saturations.state);
            b = sfdfa_saturate(b, limit, &core->run.saturations.state);
        }
        stored_a[i] = (sfdfa_state_t)a;
        stored_b[i] = (sfdfa_state_t)b;
        if (b - a >= threshold && core->run.counts[part->first_neuron + i] < SFDFA_MAX_SPIKES) {
            spike(core, layer_index, i, tick);
        }
        if (notes_outputs) {
            sfdfa_mesh_note_output(core, i, tick);
        }
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
    const uint16_t inputs = list_inputs(core, layer_index, tick);
    const uint16_t before = core->run.spikes[layer_index];
    sum_inputs(core, layer_index, inputs);
    if (SFDFA_SENDS_GRADES && core->learns && layer_index > 0) {
        sum_grades(core, layer_index, tick, inputs);
    }
    if (core->learns) {
        sfdfa_mesh_note_inputs(core, layer_index, tick, inputs);
    }
    step_neurons(core, layer_index, tick);
    if (inputs > 0 && (!SFDFA_MESH_KEEPS_ALL || (SFDFA_RESIDUAL_FEEDBACK && layer_index > 0))) {
        leave_inputs(core, layer_index, tick);
    }
    const uint16_t sent = (uint16_t)(core->run.spikes[layer_index] - before);
    sfdfa_mesh_tell(core, SFDFA_TO_ALL_AND_HOST, SFDFA_MESH_END, (uint8_t)(layer_index + 1), core->number,
                    sfdfa_mesh_at_tick(tick, sent));
}
