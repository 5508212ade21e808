/*
 * sfdfa.c: the life of a sample. Events fill a tick; when it is over the network is stepped through it.
 */
#include "sfdfa.h"

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include "sfdfa_random.h"

#if SFDFA_LEARNS

/* Below any potential, by less than 2^31. */
#define RECORD_EMPTY (-(INT32_C(1) << 30))

static void begin_learning(sfdfa_t *net)
{
    sfdfa_learning_t *learning = &net->learning;
    learning->sample_key = sfdfa_sample_key(SFDFA_SEED, net->learned.samples);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->record[o] = (sfdfa_record_t){.potential = RECORD_EMPTY, .current = 0, .tick = 0};
    }
#if SFDFA_LEARNS_FEEDBACK
    for (uint16_t i = 0; i < SFDFA_GRADED_NEURONS; i++) {
        learning->grade_sum[i] = 0;
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->output_grade[o] = 0;
    }
#endif
    sfdfa_eligibility_begin(net);
}

#endif

int sfdfa_sample_begin(sfdfa_t *net, bool learn)
{
    if (!net->accepted) {
        return SFDFA_ERROR_STATE;
    }
    net->sample.begun = true;
    net->sample.learns = learn && SFDFA_LEARNS;
    net->sample.tick = 0;
    net->sample.events = 0;
    net->sample.tick_start = 0;
    for (uint16_t i = 0; i < SFDFA_NEURONS; i++) {
        SFDFA_A(net, i) = 0;
        SFDFA_B(net, i) = 0;
        net->sample.counts[i] = 0;
    }
#if SFDFA_LEARNS
    if (net->sample.learns) {
        begin_learning(net);
    }
#endif
    return SFDFA_OK;
}

/* Step through the ticks before `tick`. */
static void advance(sfdfa_t *net, uint16_t tick)
{
    while (net->sample.tick < tick) {
        sfdfa_forward_tick(net);
        sfdfa_watch_tick(net);
        net->sample.tick_start = net->sample.events;
        net->sample.tick++;
    }
}

int sfdfa_event(sfdfa_t *net, uint16_t tick, uint16_t channel)
{
    sfdfa_sample_t *sample = &net->sample;
    if (!sample->begun) {
        return SFDFA_ERROR_STATE;
    }
    if (tick >= SFDFA_TICKS || channel >= SFDFA_CHANNELS) {
        return SFDFA_ERROR_RANGE;
    }
    const uint16_t events = sample->events;
    const bool tick_has_events = events > sample->tick_start;
    if (tick < sample->tick || (tick == sample->tick && tick_has_events && channel <= sample->event[events - 1])) {
        return SFDFA_ERROR_ORDER;
    }
    if (events >= SFDFA_MAX_EVENTS) {
        return SFDFA_ERROR_CAPACITY;
    }
    advance(net, tick);
    sample->event[sample->events++] = (sfdfa_index_t)channel;
    return SFDFA_OK;
}

/* Count, then potential: potentials differ by less than 2^25, counts are below 32. */
static int32_t score(const sfdfa_t *net, uint16_t neuron)
{
    return net->sample.counts[neuron] * (INT32_C(1) << 25) + sfdfa_potential(net, neuron);
}

/* The output with the largest count, then the highest potential, then the lowest number. */
static uint16_t predict(const sfdfa_t *net)
{
    const uint16_t first = sfdfa_layers[SFDFA_LAYERS - 1].first_neuron;
    int32_t best = 0;
    int32_t best_score = score(net, first);
    for (uint16_t o = 1; o < SFDFA_OUTPUTS; o++) {
        const int32_t other = score(net, (uint16_t)(first + o));
        const int32_t better = sfdfa_sign_mask(best_score - other);
        best += (o - best) & better;
        best_score += (other - best_score) & better;
    }
    return (uint16_t)best;
}

static uint32_t squared_error(const sfdfa_result_t *result, int32_t label)
{
    uint32_t sum = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t error = (o == label ? SFDFA_TARGET_TRUE : SFDFA_TARGET_FALSE) - (int32_t)result->counts[o];
        sum += (uint32_t)(error * error);
    }
    return sum;
}

int sfdfa_sample_end(sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    if (!net->sample.begun) {
        return SFDFA_ERROR_STATE;
    }
    if (label != SFDFA_NO_LABEL && (label < 0 || label >= SFDFA_OUTPUTS)) {
        return SFDFA_ERROR_RANGE;
    }
    advance(net, SFDFA_TICKS);
    net->sample.begun = false;
    result->prediction = predict(net);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        result->counts[o] = net->sample.counts[sfdfa_layers[SFDFA_LAYERS - 1].first_neuron + o];
    }
    result->squared_error = label == SFDFA_NO_LABEL ? 0 : squared_error(result, label);
#if SFDFA_LEARNS
    if (net->sample.learns && label != SFDFA_NO_LABEL) {
        sfdfa_learn_sample(net, (uint16_t)label);
    }
#endif
    return SFDFA_OK;
}
