/*
 * sfdfa_mesh_learn.c: what a core learns of a sample, sections 6 to 9 of docs/ARITHMETIC.md.
 */
#include "sfdfa_mesh_hidden.h"
#include "sfdfa_mesh_notes.h"

#include "core/sfdfa_error.h"
#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_steps.h"

static inline void begin_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    if (layer_index > 0 || !SFDFA_MESH_REPLAYS) { /* the first one is prepared */
        sfdfa_mesh_begin_layer(core, layer_index);
    }
}

/* B of section 7 or 7a for one hidden neuron. */
static void move_feedback(sfdfa_mesh_t *core, int8_t *feedback, uint32_t neuron_draw)
{
    const int32_t direction = sfdfa_direction(neuron_draw);
    const uint16_t draw = sfdfa_feedback_draw(neuron_draw, SFDFA_FEEDBACK_SHIFT);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t dither = draw ^ sfdfa_feedback_draw(core->output_draw[o], SFDFA_FEEDBACK_SHIFT);
        const int32_t change = sfdfa_floor_shift(
            direction * core->output_grade[o] - (SFDFA_INTEGRATES ? 0 : feedback[o]) + dither, SFDFA_FEEDBACK_SHIFT);
        feedback[o] = sfdfa_clamp_byte(feedback[o] + change);
    }
}

/* The step of a neuron, and its weights. */
static void learn_with(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i, int32_t delta, bool is_virtual,
                       uint32_t draw)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    uint32_t *saturations = &core->saturations.update;
    const uint16_t place = (uint16_t)(core->part[layer_index].first_neuron + i);
    const int32_t normalised = normalise(delta, core->learned.mean_delta[place], saturations);
    const int32_t rate = sfdfa_round_shift((int32_t)layer->rate * core->rate_scale, 12);
    const int32_t exact = sfdfa_round_shift(rate * normalised, 10);
    const sfdfa_mesh_neuron_t neuron = {
        .layer_index = layer_index,
        .number = i,
        .draw = sfdfa_weight_draw(draw, layer->dither_bits),
        .step = (int16_t)sfdfa_saturate(exact, INT16_MAX, saturations),
        .is_virtual = is_virtual,
    };
    sfdfa_mesh_learn_neuron(core, &neuron);
}

/* What the errors are to a hidden neuron; `i` is its number within the core's part of its layer. */
static int32_t project(const sfdfa_mesh_t *core, const int8_t *feedback, uint16_t i)
{
    int32_t sum = 0;
    if (SFDFA_TRANSPOSES) {
        const sfdfa_mesh_part_t *outputs = &core->part[SFDFA_LAYERS - 1];
        const sfdfa_weight_t *row = &core->learned.weights[outputs->first_weight + (uint32_t)i * outputs->row];
        for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
            sum += sfdfa_weight(row, o) * (int32_t)core->error[o];
        }
        sum = sfdfa_rescale(sum, (int8_t)(sfdfa_layers[SFDFA_LAYERS - 1].weight_fraction_bits - 6));
    } else {
        for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
            sum += feedback[o] * (int32_t)core->error[o];
        }
    }
    return SFDFA_INTEGRATES ? sfdfa_round_shift(SFDFA_ERROR_GAIN * sum, 8) : sum;
}

/* Whether the feedback of a layer moves by the residual of this sample. */
static inline bool is_turn_of(const sfdfa_mesh_t *core, uint8_t layer_index)
{
#if SFDFA_RESIDUAL_FEEDBACK
    return layer_index == core->residual.turn;
#else
    (void)core, (void)layer_index;
    return false;
#endif
}

static void learn_hidden(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint16_t place = (uint16_t)(part->first_neuron + i);
    const uint8_t count = core->run.counts[place];
    int8_t *feedback = &core->learned.feedback[SFDFA_TRANSPOSES ? 0 : (uint32_t)place * SFDFA_OUTPUTS];
    const int32_t regular = regulate(&core->learned.mean_rate[place], count);
    const int32_t delta = limit_delta(regular + project(core, feedback, i), &core->saturations.update);
    move_mean(&core->learned.mean_delta[place], delta);
    if (count == 0) {
        return;
    }
    const uint32_t draw = sfdfa_neuron_draw(core->sample_key, layer_index, (uint16_t)(part->first + i));
    if (SFDFA_SENDS_GRADES || is_turn_of(core, layer_index)) {
        move_feedback(core, feedback, draw);
    }
    learn_with(core, layer_index, i, delta, false, draw);
}

#if SFDFA_INTEGRATES

static void learn_outputs(sfdfa_mesh_t *core)
{
    sfdfa_mesh_learn_outputs(core);
}

#else

static void learn_output(sfdfa_mesh_t *core, uint16_t i)
{
    const sfdfa_mesh_part_t *part = &core->part[SFDFA_LAYERS - 1];
    const uint16_t place = (uint16_t)(part->first_neuron + i);
    const uint16_t output = (uint16_t)(part->first + i);
    const int32_t delta = 64 * (int32_t)core->error[output];
    const bool is_silent = core->run.counts[place] == 0;
    move_mean(&core->learned.mean_delta[place], delta);
    if (!is_silent || delta > 0) {
        const uint32_t draw = sfdfa_neuron_draw(core->sample_key, SFDFA_LAYERS - 1, output);
        learn_with(core, SFDFA_LAYERS - 1, i, delta, is_silent, draw);
    }
}

static void learn_outputs(sfdfa_mesh_t *core)
{
    begin_layer(core, SFDFA_LAYERS - 1);
    for (uint16_t i = 0; i < core->part[SFDFA_LAYERS - 1].neurons; i++) {
        learn_output(core, i);
    }
    sfdfa_mesh_end_layer(core, SFDFA_LAYERS - 1);
}

#endif

void sfdfa_mesh_on_learn(sfdfa_mesh_t *core)
{
    while (!core->prepared) {
        core->prepared = sfdfa_mesh_prepare(core);
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        core->output_draw[o] = sfdfa_neuron_draw(core->sample_key, SFDFA_LAYERS - 1, o);
    }
    for (uint8_t l = 0; l + 1 < SFDFA_LAYERS; l++) {
        begin_layer(core, l);
        const bool is_done = sfdfa_mesh_learn_layer(core, l);
        for (uint16_t i = 0; i < core->part[l].neurons && !is_done; i++) {
            learn_hidden(core, l, i);
        }
        sfdfa_mesh_end_layer(core, l);
    }
    learn_outputs(core);
}
