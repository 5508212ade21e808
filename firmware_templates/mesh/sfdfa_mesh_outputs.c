/*
 * sfdfa_mesh_outputs.c: outputs that integrate, of which a core has the weights from its own hidden neurons, or
 * channels: sections 5a and 7a of docs/ARITHMETIC.md, split as section 6 of docs/MESH.md says.
 */
#include "sfdfa_mesh.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"

#if SFDFA_INTEGRATES

#include SFDFA_OUTPUT_ROWS

static inline const sfdfa_mesh_part_t *own_inputs(const sfdfa_mesh_t *core)
{
    return &core->part[SFDFA_LAYERS - 1];
}

/* The weights from an own input to all outputs. */
static inline uint32_t first_of_row(const sfdfa_mesh_t *core, uint16_t input)
{
    return own_inputs(core)->first_weight + (uint32_t)input * own_inputs(core)->row;
}

void sfdfa_mesh_on_events(sfdfa_mesh_t *core, uint8_t tick, uint8_t end)
{
    const sfdfa_mesh_part_t *part = own_inputs(core);
    for (; tick < end; tick++) {
        const sfdfa_mesh_inputs_t events = sfdfa_mesh_events(core, tick);
        for (uint16_t k = 0; k < events.count; k++) {
            const uint16_t own = (uint16_t)(events.index[k] - part->first);
            if (own < part->neurons) {
                sfdfa_mesh_add_kappa(core, own, tick);
            }
        }
    }
}

#if SFDFA_WIDE_ACTIVITY

/* Each in two words that add up by themselves: its low half, and what is above. */
static inline void report_activity(sfdfa_mesh_t *core, const sfdfa_activity_t *sums)
{
    int32_t low[SFDFA_OUTPUTS], high[SFDFA_OUTPUTS];
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        low[o] = (int32_t)(sums[o] & UINT16_MAX);
        high[o] = (int32_t)(sums[o] < 0 ? ~(~sums[o] >> 16) : sums[o] >> 16);
    }
    sfdfa_mesh_add_outputs(core, SFDFA_MESH_SUM_LOW, low);
    sfdfa_mesh_add_outputs(core, SFDFA_MESH_SUM_HIGH, high);
}

#else

static inline void report_activity(sfdfa_mesh_t *core, const sfdfa_activity_t *sums)
{
    sfdfa_mesh_add_outputs(core, SFDFA_MESH_SUM_LOW, sums);
}

#endif

#if SFDFA_DECIDE_MARGIN > 0

/* The sum of each output over all own inputs. */
static inline void add_own_rows(const sfdfa_mesh_t *core, sfdfa_activity_t *sums)
{
    for (uint16_t j = 0; j < own_inputs(core)->neurons; j++) {
        const int32_t kappa = core->run.kappa[j];
        const sfdfa_weight_t *row = &core->learned.weights[first_of_row(core, j)];
        for (uint16_t o = 0; o < SFDFA_OUTPUTS && kappa > 0; o++) {
            sums[o] += (sfdfa_activity_t)sfdfa_weight(row, o) * kappa;
        }
    }
}

#else

static inline void add_own_rows(const sfdfa_mesh_t *core, sfdfa_activity_t *sums)
{
    add_scaled_rows(sums, core->run.kappa, &core->learned.weights[own_inputs(core)->first_weight],
                    &core->layer[SFDFA_LAYERS - 1]);
}

#endif

void sfdfa_mesh_report_sums(sfdfa_mesh_t *core)
{
    sfdfa_activity_t sums[SFDFA_OUTPUTS];
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sums[o] = 0;
    }
    add_own_rows(core, sums);
    report_activity(core, sums);
}

#if SFDFA_RESIDUAL_FEEDBACK

static inline int32_t drawn_direction(const sfdfa_mesh_t *core, uint8_t layer, uint16_t neuron)
{
    return sfdfa_direction(sfdfa_neuron_draw(core->sample_key, layer, neuron));
}

static inline void clear_sums(int32_t *sums)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sums[o] = 0;
    }
}

/* What the layer whose turn it is sends. */
static void begin_grades(sfdfa_mesh_t *core)
{
    sfdfa_mesh_residual_t *residual = &core->residual;
    residual->turn = (uint8_t)(core->learned.samples % (SFDFA_LAYERS - 1));
    residual->at = residual->turn;
    residual->begun = true;
    const sfdfa_mesh_part_t *part = &core->part[residual->turn];
    for (uint16_t i = 0; i < part->neurons; i++) {
        const bool spiked = core->run.counts[part->first_neuron + i] > 0;
        const int32_t direction = drawn_direction(core, residual->turn, (uint16_t)(part->first + i));
        residual->own[i] = (int16_t)(spiked ? 64 * direction : 0);
    }
}

/* Whether an input of a layer had a spike in the sample. */
static bool has_spiked(const sfdfa_mesh_t *core, uint8_t layer, uint16_t input)
{
    return (core->residual.spiked[core->part[layer].first_word + input / 32] >> (input % 32) & 1) != 0;
}

/* How many did. */
static uint16_t count_senders(const sfdfa_mesh_t *core, uint8_t layer)
{
    uint16_t count = 0;
    for (uint16_t j = 0; j < sfdfa_layers[layer].inputs; j++) {
        count = (uint16_t)(count + has_spiked(core, layer, j));
    }
    return count;
}

/* The grade of an input that had a spike: of the first layer after the turn's it is drawn, of others it has come. */
static int16_t grade_of(const sfdfa_mesh_t *core, uint8_t layer, uint16_t input)
{
    if (layer == core->residual.turn + 1) {
        return (int16_t)(64 * drawn_direction(core, (uint8_t)(layer - 1), input));
    }
    return core->residual.input[core->part[layer].first_graded + input];
}

/* What the own neurons of a hidden layer get. */
static void sum_layer(sfdfa_mesh_t *core, uint8_t layer)
{
    const sfdfa_mesh_part_t *part = &core->part[layer];
    const uint8_t shift = (uint8_t)(sfdfa_layers[layer].weight_fraction_bits + SFDFA_PASS_SHIFT);
    int32_t *sums = core->scratch.graded;
    for (uint16_t i = 0; i < part->neurons; i++) {
        sums[i] = 0;
    }
    for (uint16_t j = 0; j < sfdfa_layers[layer].inputs; j++) {
        const int16_t grade = has_spiked(core, layer, j) ? grade_of(core, layer, j) : 0;
        if (grade != 0) {
            sfdfa_add_graded_row(sums, &core->learned.weights[part->first_weight + (uint32_t)j * part->row], grade,
                                 shift, part->neurons);
        }
    }
}

/* The grades of the own neurons of the next layer, once those of its inputs are here. Returns whether they are. */
static bool pass_layer(sfdfa_mesh_t *core)
{
    sfdfa_mesh_residual_t *residual = &core->residual;
    const uint8_t layer = (uint8_t)(residual->at + 1);
    const sfdfa_mesh_part_t *part = &core->part[layer];
    if (part->neurons > 0 && layer > residual->turn + 1 && residual->arrived[layer] < count_senders(core, layer)) {
        return false;
    }
    sum_layer(core, layer);
    for (uint16_t i = 0; i < part->neurons; i++) {
        residual->own[i] = 0;
        if (core->run.counts[part->first_neuron + i] > 0) {
            residual->own[i] = (int16_t)sfdfa_saturate(core->scratch.graded[i], INT16_MAX, &residual->saturations);
            if (layer + 2 < SFDFA_LAYERS) {
                sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_GRADE, (uint8_t)(layer + 1), (uint16_t)(part->first + i),
                                (uint32_t)(int32_t)residual->own[i]);
            }
        }
    }
    residual->at = layer;
    return true;
}

/* What the own inputs of the outputs send them. */
static void report_d(sfdfa_mesh_t *core)
{
    const uint8_t shift = sfdfa_layers[SFDFA_LAYERS - 1].weight_fraction_bits;
    int32_t sums[SFDFA_OUTPUTS];
    clear_sums(sums);
    for (uint16_t j = 0; j < own_inputs(core)->neurons; j++) {
        if (core->residual.own[j] != 0) {
            sfdfa_add_graded_row(sums, &core->learned.weights[first_of_row(core, j)], core->residual.own[j], shift,
                                 SFDFA_OUTPUTS);
        }
    }
    sfdfa_mesh_add_outputs(core, SFDFA_MESH_SUM_D, sums);
}

/* What the feedback of the layer whose turn it is explains of it. */
static void report_explained(sfdfa_mesh_t *core)
{
    const uint8_t layer = core->residual.turn;
    const sfdfa_mesh_part_t *part = &core->part[layer];
    int32_t sums[SFDFA_OUTPUTS];
    clear_sums(sums);
    for (uint16_t i = 0; i < part->neurons; i++) {
        const uint32_t place = (uint32_t)part->first_neuron + i;
        if (core->run.counts[place] > 0) {
            const int32_t direction = drawn_direction(core, layer, (uint16_t)(part->first + i));
            const int8_t *feedback = &core->learned.feedback[place * SFDFA_OUTPUTS];
            for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
                sums[o] += direction * feedback[o];
            }
        }
    }
    sfdfa_mesh_add_outputs(core, SFDFA_MESH_SUM_EXPLAINED, sums);
}

/* Both at once, where no grade of an output can be clamped. */
static void report_joined(sfdfa_mesh_t *core)
{
    const uint8_t shift = sfdfa_layers[SFDFA_LAYERS - 1].weight_fraction_bits;
    const sfdfa_mesh_part_t *part = &core->part[0];
    int32_t lacking[SFDFA_OUTPUTS];
    differences_t differences;
    begin_differences(&differences, lacking);
    for (uint16_t i = 0; i < part->neurons; i++) {
        if (core->run.counts[i] > 0) {
            add_difference(&differences, &core->learned.weights[first_of_row(core, i)],
                           &core->learned.feedback[(uint32_t)i * SFDFA_OUTPUTS],
                           sfdfa_neuron_draw(core->sample_key, 0, (uint16_t)(part->first + i)), shift);
        }
    }
    end_differences(&differences);
    sfdfa_mesh_add_outputs(core, SFDFA_MESH_SUM_D, lacking);
}

bool sfdfa_mesh_report_residual(sfdfa_mesh_t *core)
{
    if (SFDFA_MESH_JOINS_RESIDUAL) {
        core->residual.turn = 0;
        report_joined(core);
        return true;
    }
    if (!core->residual.begun) {
        begin_grades(core);
    }
    while (core->residual.at + 2 < SFDFA_LAYERS) {
        if (!pass_layer(core)) {
            return false;
        }
    }
    report_d(core);
    report_explained(core);
    return true;
}

void sfdfa_mesh_on_grade(sfdfa_mesh_t *core, uint8_t layer, uint16_t source, uint32_t payload)
{
    if (layer < 1 || layer >= SFDFA_LAYERS || source >= sfdfa_layers[layer].inputs) {
        return;
    }
    core->residual.input[core->part[layer].first_graded + source] = (int16_t)sfdfa_mesh_value(payload);
    core->residual.arrived[layer]++;
}

#else

bool sfdfa_mesh_report_residual(sfdfa_mesh_t *core)
{
    (void)core;
    return true;
}

void sfdfa_mesh_on_grade(sfdfa_mesh_t *core, uint8_t layer, uint16_t source, uint32_t payload)
{
    (void)core, (void)layer, (void)source, (void)payload;
}

#endif

#if SFDFA_LEARNS

void sfdfa_mesh_learn_outputs(sfdfa_mesh_t *core)
{
    const int32_t rate = sfdfa_round_shift((int32_t)SFDFA_OUTPUT_RATE * core->rate_scale, 12);
    const uint8_t bits = sfdfa_layers[SFDFA_LAYERS - 1].dither_bits;
    sfdfa_output_update_t update;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        update.step[o] = row_step(rate * core->error[o]);
        update.draw[o] = sfdfa_weight_draw(core->output_draw[o], bits);
    }
    for (uint16_t j = 0; j < own_inputs(core)->neurons; j++) {
        if (core->run.kappa[j] > 0) {
            const uint16_t input = (uint16_t)(own_inputs(core)->first + j);
            const uint32_t draw = sfdfa_event_draw(core->sample_key, SFDFA_LAYERS - 1, SFDFA_NO_TICK, input);
            change_row(&core->learned.weights[first_of_row(core, j)], &update, core->run.kappa[j],
                       sfdfa_weight_draw(draw, bits), bits);
        }
    }
}

#endif

#endif
