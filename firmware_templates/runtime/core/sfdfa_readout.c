/*
 * sfdfa_readout.c: the output layer that integrates, section 5a of docs/ARITHMETIC.md: from the spikes of its inputs to
 * probabilities, errors and output weights.
 *
 * What its loops take depends only on how many inputs have spiked in the sample (`kappa` above 0): each costs a row of
 * weights, once after the last tick and, where the sample is learned, once more and a draw. With SFDFA_DECIDE_MARGIN a
 * row is added for each spike instead, when it comes. Softmax and errors take the same time for all values.
 */
#include "sfdfa_readout.h"

#include "sfdfa_divide.h"
#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include "sfdfa_scaled_row.h"
#include "sfdfa_softmax.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)
#include SFDFA_OUTPUT_ROWS

/* The two largest Y, and whose the first is. */
typedef struct {
    int32_t first;
    int32_t second;
    uint16_t output;
} leaders_t;

static inline sfdfa_layer_table_t *output_layer(void)
{
    return &sfdfa_layers[SFDFA_LAYERS - 1];
}

void sfdfa_readout_begin(sfdfa_t *net)
{
    sfdfa_readout_t *readout = &net->sample.readout;
#if SFDFA_KAPPAS > 0
    for (uint16_t j = 0; j < SFDFA_KAPPAS; j++) {
        readout->kappa[j] = 0;
    }
#endif
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        readout->output[o] = 0;
    }
}

static inline sfdfa_weight_t *output_row(sfdfa_t *net, uint16_t input)
{
    return &net->learned.weights[output_layer()->first_weight + (uint32_t)input * output_layer()->row];
}

#if SFDFA_KAPPAS > 0
#define KAPPA_OF(net, input) ((net)->sample.readout.kappa[input])
#else
#define KAPPA_OF(net, input) kappa_from_spikes(net, input)

/* kappa of a neuron of the last hidden layer, from the bits of its spikes. */
static SFDFA_OWN_FRAME uint16_t kappa_from_spikes(const sfdfa_t *net, uint16_t i)
{
    const uint16_t neuron = (uint16_t)(sfdfa_layers[SFDFA_LAYERS - 2].first_neuron + i);
    uint16_t kappa = 0;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        const uint16_t spiked = (uint16_t)(net->sample.spikes[t][neuron / 8] >> neuron % 8 & 1);
        kappa = (uint16_t)(kappa + ((SFDFA_TICKS - t) & -spiked));
    }
    return kappa;
}

#endif

#if SFDFA_COMPACT

void sfdfa_readout_add(sfdfa_t *net, uint16_t input, uint16_t kappa)
{
    add_scaled_row(net->sample.readout.output, output_row(net, input), kappa);
}

#else

void sfdfa_readout_tick(sfdfa_t *net, sfdfa_inputs_t inputs)
{
    uint16_t *kappa = net->sample.readout.kappa;
    const uint16_t ticks_left = (uint16_t)(SFDFA_TICKS - net->sample.tick);
    for (uint16_t k = 0; k < inputs.count; k++) {
        const uint16_t j = inputs.index[k];
        kappa[j] = (uint16_t)(kappa[j] + ticks_left);
#if SFDFA_DECIDE_MARGIN > 0
        add_scaled_row(net->sample.readout.output, output_row(net, j), ticks_left);
#endif
    }
}

#endif

/* Y of a sum. */
static inline int32_t scaled_activity(sfdfa_activity_t sum)
{
#if SFDFA_WIDE_ACTIVITY
    return (int32_t)(sum < 0 ? ~(~sum >> SFDFA_ACTIVITY_SHIFT) : sum >> SFDFA_ACTIVITY_SHIFT);
#else
    return sfdfa_floor_shift(sum, SFDFA_ACTIVITY_SHIFT);
#endif
}

/* The lowest number leads among equals. With one output the second is out of reach. */
static leaders_t find_leaders(const sfdfa_readout_t *readout)
{
    leaders_t leaders = {.first = scaled_activity(readout->output[0]), .second = -(INT32_C(1) << 30), .output = 0};
    for (uint16_t o = 1; o < SFDFA_OUTPUTS; o++) {
        const int32_t activity = scaled_activity(readout->output[o]);
        const int32_t leads = sfdfa_sign_mask(leaders.first - activity);
        const int32_t behind = activity + ((leaders.first - activity) & leads); /* the lesser of the two */
        leaders.first += (activity - leaders.first) & leads;
        leaders.second = sfdfa_larger(leaders.second, behind);
        leaders.output = (uint16_t)(leaders.output ^ ((leaders.output ^ o) & (uint16_t)leads));
    }
    return leaders;
}

#if SFDFA_DECIDE_MARGIN > 0

bool sfdfa_readout_decides(const sfdfa_t *net)
{
    const uint8_t ticks = (uint8_t)(net->sample.tick + 1);
    if (ticks % 4 != 0 || ticks == SFDFA_TICKS || SFDFA_OUTPUTS < 2) {
        return false;
    }
    const leaders_t leaders = find_leaders(&net->sample.readout);
    return leaders.first - leaders.second >= SFDFA_DECIDE_MARGIN;
}

#endif

/* Put p in the place of the sums. */
static SFDFA_OWN_FRAME void soften(sfdfa_readout_t *readout, int32_t first)
{
    uint32_t sum = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const uint16_t x = exponential(distance(first, scaled_activity(readout->output[o])));
        readout->output[o] = x;
        sum += x;
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        readout->output[o] =
            (sfdfa_activity_t)sfdfa_divide(256 * (uint32_t)readout->output[o] + sum / 2, sum, PROBABILITY_BITS);
    }
}

uint16_t sfdfa_readout_end(sfdfa_t *net)
{
    sfdfa_readout_t *readout = &net->sample.readout;
#if !SFDFA_COMPACT && SFDFA_DECIDE_MARGIN == 0
    add_scaled_rows(readout->output, readout->kappa, output_row(net, 0), output_layer());
#endif
    const leaders_t leaders = find_leaders(readout);
#if SFDFA_ASK_DOWN > 0
    readout->lead = SFDFA_OUTPUTS > 1 ? (uint16_t)distance(leaders.first, leaders.second) : 0;
#endif
    soften(readout, leaders.first);
    return leaders.output;
}

/* Without a branch: the loops over few outputs are unrolled, and would ask each copy. */
int16_t sfdfa_readout_error(const sfdfa_t *net, uint16_t output, uint16_t label)
{
    const int32_t is_label = sfdfa_sign_mask((int32_t)(output ^ label) - 1);
    const int32_t target = SFDFA_TARGET_OTHER + ((256 - SFDFA_OUTPUTS * SFDFA_TARGET_OTHER) & is_label);
    return (int16_t)(target - (int32_t)net->sample.readout.output[output]);
}

bool sfdfa_readout_knows(const sfdfa_t *net, uint16_t label)
{
#if SFDFA_LEARN_BELOW > 256
    (void)net, (void)label;
    return false;
#else
    return net->sample.readout.output[label] >= SFDFA_LEARN_BELOW;
#endif
}

#if SFDFA_ASK_DOWN > 0

#define RANDOM_QUESTIONS 655 /* of 65536 samples */

bool sfdfa_readout_asks(sfdfa_t *net)
{
    const bool drawn = sfdfa_extra_draw(net->learning.sample_key, 1) >> 16 < RANDOM_QUESTIONS;
    const int32_t bound = net->learned.ask_bound;
    const bool asks = (net->sample.readout.lead < bound) | drawn;
    const int32_t moved = asks ? bound - SFDFA_ASK_DOWN : bound + SFDFA_ASK_UP;
    net->learned.ask_bound = (uint16_t)sfdfa_clamp(moved, 0, DISTANCE_MAX);
    return asks;
}

#endif

#if SFDFA_LEARNS

/* What the update of an output's weights takes of the output: r' e, and its draw. */
static inline void find_output_steps(sfdfa_t *net)
{
    sfdfa_output_update_t *update = &net->scratch.output_update;
    const int32_t rate = sfdfa_round_shift((int32_t)SFDFA_OUTPUT_RATE * net->learned.rate_scale, 12);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        update->step[o] = row_step(rate * net->learning.error[o]);
        update->draw[o] = sfdfa_weight_draw(sfdfa_drawn(net, SFDFA_LAYERS - 1, o), output_layer()->dither_bits);
    }
}

/* The weights from one input. */
static inline void update_output_row(sfdfa_t *net, uint16_t input, int32_t kappa)
{
    const uint8_t bits = output_layer()->dither_bits;
    const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, SFDFA_LAYERS - 1, SFDFA_NO_TICK, input);
    change_row(output_row(net, input), &net->scratch.output_update, kappa, sfdfa_weight_draw(event_draw, bits), bits);
}

void sfdfa_readout_learn(sfdfa_t *net)
{
    find_output_steps(net);
    const uint16_t inputs = output_layer()->inputs;
    for (uint16_t j = 0; j < inputs; j++) {
        const uint16_t kappa = KAPPA_OF(net, j);
        if (kappa > 0) {
            update_output_row(net, j, kappa);
        }
    }
}

#endif
