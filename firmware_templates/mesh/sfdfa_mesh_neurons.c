/*
 * sfdfa_mesh_neurons.c: one tick of the neurons that a core has of a layer, section 5 of docs/ARITHMETIC.md.
 */
#include "sfdfa_mesh_notes.h"
#include "sfdfa_mesh_step.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_reset.h"
#include "scalar/sfdfa_integrate.h"

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

/*
 * The inputs of a tick. Of a layer that gets spikes they have been added, and are listed only where traces want them; there
 * may be some where they have not been counted.
 */
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
        return (sfdfa_mesh_inputs_t){
            core->scratch.input,
            SFDFA_MESH_COUNTS_LATE ? 1 : core->store.inputs[layer_index][tick],
        };
    }
#endif
    (void)layer_index;
    return sfdfa_mesh_events(core, tick);
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

/* Whether the states of a layer in a tick are below 2^19. */
static inline bool is_narrow(const sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick)
{
    return SFDFA_CAN_BE_NARROW && stage->layer_index == 0 && core->store.events_until[tick] <= stage->narrow_inputs;
}

/* A copy of the loop for each case. */
static inline uint16_t integrate_layer(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, bool has_inputs)
{
    if (SFDFA_STATE_CAN_SATURATE && sfdfa_layers[stage->layer_index].can_saturate) {
        return sfdfa_mesh_integrate(core, stage, stage->neurons, (sfdfa_mesh_step_t){has_inputs, false, true});
    }
    return has_inputs ? sfdfa_mesh_integrate(core, stage, stage->neurons, (sfdfa_mesh_step_t){true, false, false})
                      : sfdfa_mesh_integrate(core, stage, stage->neurons, (sfdfa_mesh_step_t){false, false, false});
}

/* Step the own neurons of a layer, and list those that reach their threshold. Returns how many do. */
static inline uint16_t step_layer(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick,
                                  sfdfa_mesh_inputs_t inputs)
{
    const uint8_t layer_index = stage->layer_index;
    if (is_narrow(core, stage, tick)) {
        return inputs.count > 0 ? sfdfa_mesh_step_narrow(core, stage, inputs)
                                : sfdfa_mesh_step_idle(core, stage, stage->neurons);
    }
    if (inputs.count > 0) {
        if (SFDFA_MESH_PASSES && layer_index > 0) {
            take_heard(core, layer_index, tick);
        } else {
            sfdfa_mesh_sum_inputs(core, stage, inputs);
        }
        sfdfa_mesh_scale_sums(core, stage);
    }
    return integrate_layer(core, stage, inputs.count > 0);
}

/* Neurons that have reached their threshold spike, but for those that have often enough. */
static inline void fire(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick, const sfdfa_index_t *end)
{
    const sfdfa_reset_t reset = sfdfa_reset_of(&sfdfa_layers[layer_index]);
    const uint16_t first = core->part[layer_index].first_neuron;
    const uint8_t *counts = &core->run.counts[first];
    for (const sfdfa_index_t *next = core->scratch.reached; next != end; next++) {
        const uint16_t i = *next;
        if (counts[i] < SFDFA_MAX_SPIKES) {
            sfdfa_membrane_t *membrane = &core->run.membrane[first + i];
            const int32_t a = membrane->a;
            membrane->b = (sfdfa_state_t)sfdfa_after_spike(reset, a, membrane->b);
            spike(core, layer_index, i, tick, a);
        }
    }
}

/* For the kernels: those of the first layer. */
void sfdfa_mesh_fire(sfdfa_mesh_t *core, const uint16_t *until, const sfdfa_index_t *end)
{
    fire(core, 0, (uint8_t)(until - core->store.events_until - 1), end);
}

/* And of a layer that gets spikes. */
void sfdfa_mesh_fire_hearing(sfdfa_mesh_t *core, uint32_t layer, uint32_t tick, const sfdfa_index_t *end)
{
    fire(core, SFDFA_MESH_SPIKING == 2 ? 1 : (uint8_t)layer, (uint8_t)tick, end);
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

/* The first neurons of a layer, of other states. */
static SFDFA_SELDOM uint16_t step_idle_wide(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint16_t neurons)
{
    return sfdfa_mesh_integrate(core, stage, neurons, (sfdfa_mesh_step_t){false, false, false});
}

/* Those that have reached their threshold in a tick, by their places in the list. */
void sfdfa_mesh_fire_coasting(sfdfa_mesh_t *core, uint8_t tick, const sfdfa_index_t *end)
{
    for (const sfdfa_index_t *next = core->scratch.reached; next != end; next++) {
        spike_coasting(core, *next, tick);
    }
}

static inline void coast(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick)
{
    const uint16_t count = core->run.left > 0 ? core->run.coasting : 0;
    if (count == 0) {
        return;
    }
    const uint16_t reached =
        is_narrow(core, stage, tick) ? sfdfa_mesh_step_idle(core, stage, count) : step_idle_wide(core, stage, count);
    if (reached > 0) {
        sfdfa_mesh_fire_coasting(core, tick, &core->scratch.reached[reached]);
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
    if (core->learns) {
        sfdfa_mesh_note_inputs(core, layer_index, inputs);
    }
    const uint16_t reached = step_layer(core, stage, tick, inputs);
    if (reached > 0) {
        fire(core, layer_index, tick, &core->scratch.reached[reached]);
    }
    if (!SFDFA_INTEGRATES && layer_index + 1 == SFDFA_LAYERS && core->learns) {
        for (uint16_t i = 0; i < stage->neurons; i++) {
            sfdfa_mesh_note_output(core, i, tick);
        }
    }
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
static SFDFA_SELDOM void coast_on(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick, uint8_t end)
{
    if (!core->run.coasts) {
        begin_coasting(core);
    }
    if (SFDFA_MESH_COASTS_ON && is_narrow(core, stage, tick)) {
        sfdfa_mesh_coast_on(core, stage, tick, end);
        return;
    }
    for (; tick < end; tick++) {
        note_tick(core, 0, tick);
        coast(core, stage, tick);
    }
}

/* Ticks of the first layer. */
static inline void run_first(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick, uint8_t end)
{
    if (!is_coasting(core, tick) && is_narrow(core, stage, (uint8_t)(end - 1))) {
        tick = sfdfa_mesh_run_ticks(core, stage, tick, end);
    }
    for (; tick < end; tick++) {
        if (!SFDFA_TRACES && is_coasting(core, tick)) {
            coast_on(core, stage, tick, end);
            return;
        }
        note_tick(core, 0, tick);
        run_tick(core, stage, tick);
    }
}

/* Ticks of a block of a layer that gets spikes. */
static inline void run_hearing(sfdfa_mesh_t *core, const sfdfa_mesh_stage_t *stage, uint8_t tick, uint8_t end)
{
    for (tick = sfdfa_mesh_hear_ticks(core, stage, tick, end); tick < end; tick++) {
        note_tick(core, stage->layer_index, tick);
        run_tick(core, stage, tick);
    }
}

void sfdfa_mesh_on_ticks(sfdfa_mesh_t *core, uint8_t layer, uint8_t tick, uint8_t end)
{
    const uint8_t layer_index = SFDFA_MESH_STAGE(layer);
    const sfdfa_mesh_stage_t stage = sfdfa_mesh_stage_of(core, layer_index);
    const uint16_t before = core->run.spikes[layer_index];
    if (SFDFA_MESH_PASSES && layer_index > 0) {
        run_hearing(core, &stage, tick, end);
    } else {
        run_first(core, &stage, tick, end);
    }
    end_block(core, layer_index, end, (uint16_t)(core->run.spikes[layer_index] - before));
}
