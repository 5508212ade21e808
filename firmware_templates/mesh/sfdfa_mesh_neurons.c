/*
 * sfdfa_mesh_neurons.c: one tick of the neurons that a core has of a layer, section 5 of docs/ARITHMETIC.md.
 */
#include "sfdfa_mesh_notes.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_reset.h"
#include "scalar/sfdfa_integrate.h"
#include "words/sfdfa_input.h"

void sfdfa_mesh_begin_run(sfdfa_mesh_t *core)
{
    sfdfa_mesh_run_t *run = &core->run;
    for (uint16_t i = 0; i < SFDFA_MESH_NEURONS; i++) {
        run->membrane[i] = (sfdfa_membrane_t){0, 0};
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
    run->coasts = false;
#if SFDFA_INTEGRATES
    for (uint16_t j = 0; j < SFDFA_MESH_KAPPAS; j++) {
        run->kappa[j] = 0;
    }
#endif
    run->saturations = (sfdfa_saturations_t){0, 0, 0, 0, 0};
    sfdfa_mesh_begin_notes(core);
}

/* The inputs of a tick. Of a layer that gets spikes they have been added, and are listed only where traces want them. */
static sfdfa_mesh_inputs_t inputs_of(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
#if SFDFA_MESH_PASSES
    if (layer_index > 0) {
        const uint32_t *words = &core->store.input[sfdfa_mesh_slot(tick)][core->part[layer_index].first_word];
        const uint16_t inputs = SFDFA_TRACES ? sfdfa_layers[layer_index].inputs : 0;
        uint16_t count = 0;
        for (uint32_t first = 0; first < inputs; first += 32) {
            for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                core->scratch.input[count++] = (sfdfa_index_t)(first + sfdfa_lowest_bit(left));
            }
        }
        return (sfdfa_mesh_inputs_t){core->scratch.input, core->store.inputs[layer_index][tick]};
    }
#endif
    (void)layer_index;
    return sfdfa_mesh_events(core, tick);
}

static void clear(int32_t *sums, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        sums[i] = 0;
    }
}

#if SFDFA_MESH_PASSES

/* X and S of the own neurons, from what has come; and room for another tick. */
static void take_heard(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    int32_t *current = &core->store.current[tick % SFDFA_MESH_IN_FLIGHT][part->first_hearing];
    int32_t *graded = &core->store.graded[tick % SFDFA_MESH_IN_FLIGHT][part->first_hearing];
    int16_t *grade_sum = &core->run.grade_sum[part->first_neuron];
    for (uint16_t i = 0; i < part->neurons; i++) {
        core->scratch.current[i] = current[i];
        current[i] = 0;
    }
    for (uint16_t i = 0; SFDFA_SENDS_GRADES && core->learns && i < part->neurons; i++) {
        grade_sum[i] = (int16_t)sfdfa_saturate(grade_sum[i] + graded[i], INT16_MAX, &core->run.saturations.grades);
        graded[i] = 0;
    }
}

#else

static inline void take_heard(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    (void)core, (void)layer_index, (void)tick;
}

#endif

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

/* A neuron spikes, with its A: that is counted, remembered, and sent. */
static void spike(sfdfa_mesh_t *core, uint8_t layer, uint16_t i, uint8_t tick, int32_t a)
{
    const uint8_t layer_index = SFDFA_MESH_STAGE(layer);
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint16_t neuron = (uint16_t)(part->first_neuron + i);
    sfdfa_mesh_run_t *run = &core->run;
    run->counts[neuron]++;
    int16_t grade = 0;
    if (core->learns) {
        sfdfa_mesh_note_spike(core, layer_index, i, tick, a);
        grade = SFDFA_SENDS_GRADES ? take_grade(core, layer_index, i) : 0;
    }
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

/* What does not change from tick to tick. */
typedef struct {
    uint8_t layer_index; /* of the neurons */
    bool is_packed; /* rows begin where words do */
    uint16_t row; /* cells of the weights of one input */
    uint16_t neurons; /* own ones of the layer */
    uint16_t narrow_inputs; /* with so many inputs so far all states are below 2^19 */
    int8_t input_shift; /* from the unit of sums to that of the states */
    const sfdfa_weight_t *weights; /* to the own neurons */
    sfdfa_membrane_t *membrane; /* of the own neurons */
    int32_t decay_s, decay; /* of A and B */
    int32_t threshold; /* of B - A */
    int32_t limit; /* of A and B */
} sfdfa_mesh_stage_t;

static inline sfdfa_mesh_stage_t stage_of(sfdfa_mesh_t *core, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    return (sfdfa_mesh_stage_t){
        .layer_index = layer_index,
        .is_packed = SFDFA_WORDS_ANYWHERE || (part->row % 4 == 0 && part->first_weight % 4 == 0),
        .row = part->row,
        .neurons = part->neurons,
        .narrow_inputs = layer->narrow_inputs,
        .input_shift = layer->input_shift,
        .weights = &core->learned.weights[part->first_weight],
        .membrane = &core->run.membrane[part->first_neuron],
        .decay_s = layer->decay_s,
        .decay = layer->decay,
        .threshold = layer->threshold,
        .limit = layer->state_limit,
    };
}

/* X of some neurons, weight by weight. */
static SFDFA_SELDOM void sum_weights(int32_t *sums, const sfdfa_weight_t *weights, uint16_t row,
                                     sfdfa_mesh_inputs_t inputs, uint16_t neurons)
{
    clear(sums, neurons);
    sfdfa_add_rows(sums, weights, row, inputs.index, inputs.count, neurons);
}

/* X of the own neurons: four weights at a time as far as rows begin where words do. */
static inline void sum_inputs(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, sfdfa_mesh_inputs_t inputs)
{
    int32_t *sums = core->scratch.current;
    const sfdfa_weight_t *weights = stage->weights;
    uint16_t summed = 0;
#if SFDFA_PACKED
    if (stage->is_packed && inputs.count <= SFDFA_PACKED_MOST_ROWS) {
        for (; summed + SFDFA_PACKED_NEURONS <= stage->neurons; summed = (uint16_t)(summed + SFDFA_PACKED_NEURONS)) {
            sfdfa_sum_words(&sums[summed], &weights[summed], stage->row, inputs.index, inputs.count,
                            SFDFA_PACKED_WORDS);
        }
        if (summed + 4 <= stage->neurons) {
            sfdfa_sum_words(&sums[summed], &weights[summed], stage->row, inputs.index, inputs.count, 1);
            summed = (uint16_t)(summed + 4);
        }
    }
#endif
    if (summed < stage->neurons) {
        sum_weights(&sums[summed], &weights[SFDFA_CELL(summed)], stage->row, inputs,
                    (uint16_t)(stage->neurons - summed));
    }
}

/* X is scaled up where its unit is larger than that of the states. */
static inline void scale_sums(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage)
{
    for (uint16_t i = 0; stage->input_shift > 0 && i < stage->neurons; i++) {
        core->scratch.current[i] = sfdfa_round_shift(core->scratch.current[i], (uint8_t)stage->input_shift);
    }
}

/* The steps of a layer: of narrow states, below 2^19, one shift makes the next ones, and what the inputs add to them. */
typedef struct {
    bool has_inputs; /* in the tick at hand */
    bool is_narrow; /* all states are below 2^19 */
    bool can_saturate; /* a state may reach its limit */
} sfdfa_mesh_step_t;

/* Step the own neurons of a layer, and list those that have reached their threshold. Returns how many have. */
static inline uint16_t integrate(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, sfdfa_mesh_step_t step)
{
    const sfdfa_membrane_t *const end = &stage->membrane[stage->neurons];
    const int32_t decay_s = stage->decay_s, decay = stage->decay, limit = stage->limit;
    const uint16_t kept_s = (uint16_t)(4096 - decay_s), kept = (uint16_t)(4096 - decay);
    const int32_t threshold = stage->threshold;
    const uint8_t shift = (uint8_t)((step.is_narrow ? 12 : 0) - (stage->input_shift < 0 ? stage->input_shift : 0));
    const int32_t *current = core->scratch.current;
    sfdfa_membrane_t **put = core->scratch.reached;
    for (sfdfa_membrane_t *membrane = stage->membrane; membrane != end; membrane++) {
        const uint32_t scaled = step.has_inputs ? (uint32_t)*current++ << shift : 0;
        const int32_t x = (int32_t)(scaled + (step.is_narrow ? SFDFA_DECAY_ROUNDING : 0));
        int32_t a, b;
        if (step.is_narrow) {
            a = sfdfa_narrow_decay(membrane->a, kept_s, x);
            b = sfdfa_narrow_decay(membrane->b, kept, x);
        } else {
            a = sfdfa_decay(membrane->a, decay_s) + x;
            b = sfdfa_decay(membrane->b, decay) + x;
        }
        if (step.can_saturate) {
            a = sfdfa_saturate(a, limit, &core->run.saturations.state);
            b = sfdfa_saturate(b, limit, &core->run.saturations.state);
        }
        *membrane = (sfdfa_membrane_t){(sfdfa_state_t)a, (sfdfa_state_t)b};
        if (b - a >= threshold) {
            *put++ = membrane;
        }
    }
    return (uint16_t)(put - core->scratch.reached);
}

/* A copy of the loop for each case. */
static inline uint16_t integrate_layer(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick,
                                       bool has_inputs)
{
    if (SFDFA_CAN_BE_NARROW && stage->layer_index == 0 && core->store.events_until[tick] <= stage->narrow_inputs) {
        return has_inputs ? integrate(core, stage, (sfdfa_mesh_step_t){true, true, false})
                          : integrate(core, stage, (sfdfa_mesh_step_t){false, true, false});
    }
    if (SFDFA_STATE_CAN_SATURATE && sfdfa_layers[stage->layer_index].can_saturate) {
        return integrate(core, stage, (sfdfa_mesh_step_t){has_inputs, false, true});
    }
    return has_inputs ? integrate(core, stage, (sfdfa_mesh_step_t){true, false, false})
                      : integrate(core, stage, (sfdfa_mesh_step_t){false, false, false});
}

/* Neurons that have reached their threshold spike, but for those that have often enough. */
static inline void fire(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick, uint16_t reached)
{
    const uint8_t layer_index = stage->layer_index;
    const sfdfa_reset_t reset = sfdfa_reset_of(&sfdfa_layers[layer_index]);
    const uint8_t *counts = &core->run.counts[core->part[layer_index].first_neuron];
    sfdfa_membrane_t **const end = &core->scratch.reached[reached];
    for (sfdfa_membrane_t **next = core->scratch.reached; next != end; next++) {
        sfdfa_membrane_t *membrane = *next;
        const uint16_t i = (uint16_t)(membrane - stage->membrane);
        if (counts[i] < SFDFA_MAX_SPIKES) {
            const int32_t a = membrane->a;
            membrane->b = (sfdfa_state_t)sfdfa_after_spike(reset, a, membrane->b);
            spike(core, layer_index, i, tick, a);
        }
    }
}

static inline void step_neurons(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick, bool has_inputs)
{
    const uint16_t reached = integrate_layer(core, stage, tick, has_inputs);
    if (reached > 0) {
        fire(core, stage, tick, reached);
    }
    if (!SFDFA_INTEGRATES && stage->layer_index + 1 == SFDFA_LAYERS && core->learns) {
        for (uint16_t i = 0; i < stage->neurons; i++) {
            sfdfa_mesh_note_output(core, i, tick);
        }
    }
}

/*
 * Neurons of a hidden layer that has no inputs any more coast: few can still spike, and the others need no more steps,
 * for nobody looks at their states again. DESIGN.md, "Neurons that are done".
 */

/* Whether the first layer gets no more events, from a tick on. */
static inline bool is_coasting(const sfdfa_mesh_t *core, uint8_t tick)
{
    const uint16_t *until = core->store.events_until;
    return SFDFA_LAYERS > 1 && core->run.look == SFDFA_TICKS - 1 && tick > 0 &&
           until[tick - 1] == until[SFDFA_TICKS - 1];
}

/* List the neurons that may still spike, and move their membranes to the front. */
static void begin_coasting(sfdfa_mesh_t *core)
{
    sfdfa_mesh_run_t *run = &core->run;
    sfdfa_membrane_t *kept = run->membrane;
    uint16_t count = 0;
    for (uint16_t i = 0; i < core->part[0].neurons; i++) {
        const sfdfa_membrane_t membrane = run->membrane[i];
        if (run->counts[i] < SFDFA_MAX_SPIKES && sfdfa_may_spike(&sfdfa_layers[0], membrane.a, membrane.b) != 0) {
            run->may_spike[count++] = (sfdfa_index_t)i;
            *kept++ = membrane;
        }
    }
    run->coasting = count;
    run->left = count;
    run->coasts = true;
}

/* A neuron at a place in the list spikes. If it may not do so once more it stays in the list, at rest. */
static void spike_coasting(sfdfa_mesh_t *core, uint16_t place, uint8_t tick)
{
    sfdfa_mesh_run_t *run = &core->run;
    sfdfa_membrane_t *membrane = &run->membrane[place];
    const uint16_t i = run->may_spike[place];
    const int32_t a = membrane->a;
    const int32_t b = sfdfa_after_spike(sfdfa_reset_of(&sfdfa_layers[0]), a, membrane->b);
    spike(core, 0, i, tick, a);
    if (run->counts[i] < SFDFA_MAX_SPIKES && sfdfa_may_spike(&sfdfa_layers[0], a, b) != 0) {
        membrane->b = (sfdfa_state_t)b;
    } else {
        *membrane = (sfdfa_membrane_t){0, 0};
        run->left--;
    }
}

static inline void coast(sfdfa_mesh_t *core, uint8_t tick)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[0];
    const int32_t decay_s = layer->decay_s, decay = layer->decay, threshold = layer->threshold;
    if (!core->run.coasts) {
        begin_coasting(core);
    }
    const uint16_t count = core->run.left > 0 ? core->run.coasting : 0;
    for (uint16_t k = 0; k < count; k++) {
        sfdfa_membrane_t *membrane = &core->run.membrane[k];
        const int32_t a = sfdfa_decay(membrane->a, decay_s);
        const int32_t b = sfdfa_decay(membrane->b, decay);
        *membrane = (sfdfa_membrane_t){(sfdfa_state_t)a, (sfdfa_state_t)b};
        if (b - a >= threshold) {
            spike_coasting(core, k, tick);
        }
    }
}

#if SFDFA_MESH_PASSES

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

#else

static inline void leave_inputs(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    (void)core, (void)layer_index, (void)tick;
}

#endif

static inline void run_tick(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick)
{
    const uint8_t layer_index = stage->layer_index;
    const sfdfa_mesh_inputs_t inputs = inputs_of(core, layer_index, tick);
    if (inputs.count > 0) {
        if (SFDFA_MESH_PASSES && layer_index > 0) {
            take_heard(core, layer_index, tick);
        } else {
            sum_inputs(core, stage, inputs);
        }
        scale_sums(core, stage);
    }
    if (core->learns) {
        sfdfa_mesh_note_inputs(core, layer_index, inputs);
    }
    step_neurons(core, stage, tick, inputs.count > 0);
    if (inputs.count > 0 && layer_index > 0 && (!SFDFA_MESH_KEEPS_ALL || SFDFA_RESIDUAL_FEEDBACK)) {
        leave_inputs(core, layer_index, tick);
    }
}

static inline void note_tick(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    if (core->learns) {
        sfdfa_mesh_note_tick(core, layer_index, tick);
    }
}

/* A block of ticks is run, in which the layer had so many spikes. */
static inline void end_block(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t end, uint16_t spikes)
{
    if (SFDFA_MESH_PASSES) {
        sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_END, (uint8_t)(layer_index + 1), core->number,
                        sfdfa_mesh_at_tick((uint8_t)(end - 1), spikes));
    }
}

/* Ticks of the first layer in which it has no inputs any more. */
static SFDFA_SELDOM void coast_on(sfdfa_mesh_t *core, uint8_t tick, uint8_t end)
{
    for (; tick < end; tick++) {
        note_tick(core, 0, tick);
        coast(core, tick);
    }
}

void sfdfa_mesh_on_ticks(sfdfa_mesh_t *core, uint8_t layer, uint8_t tick, uint8_t end)
{
    const uint8_t layer_index = SFDFA_MESH_STAGE(layer);
    const sfdfa_mesh_stage_t stage = stage_of(core, layer_index);
    const uint16_t before = core->run.spikes[layer_index];
    for (; tick < end; tick++) {
        if (layer_index == 0 && !SFDFA_TRACES && is_coasting(core, tick)) {
            coast_on(core, tick, end);
            break;
        }
        note_tick(core, layer_index, tick);
        run_tick(core, &stage, tick);
    }
    end_block(core, layer_index, end, (uint16_t)(core->run.spikes[layer_index] - before));
}
