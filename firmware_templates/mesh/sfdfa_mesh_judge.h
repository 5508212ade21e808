/*
 * sfdfa_mesh_judge.h: what the root makes of the reports of all outputs, sections 5a and 6 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_MESH_JUDGE_H
#define SFDFA_MESH_JUDGE_H

#include "sfdfa_mesh.h"

#if SFDFA_INTEGRATES

#include "core/sfdfa_divide.h"
#include "core/sfdfa_fixed.h"
#include "core/sfdfa_softmax.h"

static inline void begin_reports(sfdfa_mesh_root_t *root)
{
    root->look = sfdfa_mesh_next_look(0);
    root->last = SFDFA_TICKS;
}

/* What all cores add up to. */
static inline uint32_t sum_of(const sfdfa_mesh_t *core, uint16_t field, uint16_t output)
{
    return core->root.total[(uint32_t)field * SFDFA_OUTPUTS + output];
}

static inline void take_sums(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
#if SFDFA_WIDE_ACTIVITY
        const int64_t high = sfdfa_mesh_value(sum_of(core, SFDFA_MESH_SUM_HIGH, o));
        root->sum[o] = high * (INT64_C(1) << 16) + sum_of(core, SFDFA_MESH_SUM_LOW, o);
#else
        root->sum[o] = sfdfa_mesh_value(sum_of(core, SFDFA_MESH_SUM_LOW, o));
#endif
    }
}

/* Outputs that integrate have no reports. */
static inline void add_report(sfdfa_mesh_root_t *root, uint8_t field, uint16_t output, uint32_t payload)
{
    (void)root, (void)field, (void)output, (void)payload;
}

static inline uint32_t wanted_reports(void)
{
    return 0;
}

static inline bool is_at_look(const sfdfa_mesh_root_t *root)
{
    return root->look + 1 < root->last;
}

/* How many sums there are of outputs, for a look or for the end. */
static inline uint32_t wanted_sums(const sfdfa_mesh_t *core)
{
    const bool activity_only = is_at_look(&core->root) || !sfdfa_mesh_wants_residual(core);
    const uint32_t grades = activity_only ? 0 : SFDFA_MESH_JOINS_RESIDUAL ? 1 : 2;
    return ((uint32_t)SFDFA_MESH_SUM_WORDS + grades) * SFDFA_OUTPUTS;
}

/* Y of an output. */
static inline int32_t activity_of(const sfdfa_mesh_root_t *root, uint16_t output)
{
    const sfdfa_activity_t sum = root->sum[output];
#if SFDFA_WIDE_ACTIVITY
    return (int32_t)(sum < 0 ? ~(~sum >> SFDFA_ACTIVITY_SHIFT) : sum >> SFDFA_ACTIVITY_SHIFT);
#else
    return sfdfa_floor_shift(sum, SFDFA_ACTIVITY_SHIFT);
#endif
}

/* The output with the largest Y; the lowest number leads among equals. */
static inline uint16_t find_first(const sfdfa_mesh_root_t *root)
{
    uint16_t first = 0;
    for (uint16_t o = 1; o < SFDFA_OUTPUTS; o++) {
        if (activity_of(root, o) > activity_of(root, first)) {
            first = o;
        }
    }
    return first;
}

/* The largest Y of the others; there are some. */
static inline int32_t find_second(const sfdfa_mesh_root_t *root, uint16_t first)
{
    int32_t second = INT32_MIN;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        if (o != first && activity_of(root, o) > second) {
            second = activity_of(root, o);
        }
    }
    return second;
}

/* Section 5a: whether the sample is decided, which all are told. */
static SFDFA_SELDOM void send_verdict(sfdfa_mesh_t *core)
{
    sfdfa_mesh_root_t *root = &core->root;
    const uint16_t first = find_first(root);
    const bool decided = activity_of(root, first) - find_second(root, first) >= SFDFA_DECIDE_MARGIN;
    const uint8_t tick = root->look;
    if (decided) {
        root->last = (uint8_t)(tick + 1);
    } else {
        root->look = sfdfa_mesh_next_look((uint8_t)(tick + 1));
        root->sums = 0;
    }
    sfdfa_mesh_tell(core, SFDFA_TO_ALL_AND_HOST, SFDFA_MESH_VERDICT, 0, 0, sfdfa_mesh_at_tick(tick, decided));
}

static inline void find_probabilities(sfdfa_mesh_root_t *root)
{
    const int32_t largest = activity_of(root, root->prediction);
    uint32_t sum = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        root->shown[o] = exponential(distance(largest, activity_of(root, o)));
        sum += (uint32_t)root->shown[o];
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        root->shown[o] = (int32_t)sfdfa_divide(256 * (uint32_t)root->shown[o] + sum / 2, sum, PROBABILITY_BITS);
    }
}

/* Prediction, what is shown of the outputs, and the margin. */
static inline void find_results(sfdfa_mesh_root_t *root)
{
    root->prediction = find_first(root);
    root->margin = 0;
    if (SFDFA_OUTPUTS > 1) {
        const int32_t second = find_second(root, root->prediction);
        root->margin = (uint32_t)distance(activity_of(root, root->prediction), second);
    }
    find_probabilities(root);
}

static inline bool is_known(const sfdfa_mesh_root_t *root, uint16_t label)
{
    return root->shown[label] >= SFDFA_LEARN_BELOW;
}

/* e of section 5a. */
static inline int32_t error_of(const sfdfa_mesh_root_t *root, uint16_t output, uint16_t label)
{
    const int32_t target = output == label ? 256 - (SFDFA_OUTPUTS - 1) * SFDFA_TARGET_OTHER : SFDFA_TARGET_OTHER;
    return target - root->shown[output];
}

/* R of section 7a. */
static inline int32_t grade_of_output(sfdfa_mesh_t *core, uint16_t output)
{
    if (!sfdfa_mesh_wants_residual(core)) {
        return 0;
    }
    const int32_t d = sfdfa_mesh_value(sum_of(core, SFDFA_MESH_SUM_D, output));
    if (SFDFA_MESH_JOINS_RESIDUAL) {
        return d;
    }
    return sfdfa_saturate(d, INT16_MAX, &core->root.saturations) -
           sfdfa_mesh_value(sum_of(core, SFDFA_MESH_SUM_EXPLAINED, output));
}

static inline uint8_t ticks_run(const sfdfa_mesh_root_t *root)
{
    return root->last;
}

#else

static inline void begin_reports(sfdfa_mesh_root_t *root)
{
    (void)root;
}

static inline void add_report(sfdfa_mesh_root_t *root, uint8_t field, uint16_t output, uint32_t payload)
{
    int32_t *values = field == SFDFA_MESH_COUNT ? root->shown : root->potential;
    if (field == SFDFA_MESH_OUTPUT_GRADE) {
        values = root->output_grade;
    }
    values[output] = sfdfa_mesh_value(payload);
}

static inline bool is_at_look(const sfdfa_mesh_root_t *root)
{
    (void)root;
    return false;
}

static inline uint32_t wanted_reports(void)
{
    return 3UL * SFDFA_OUTPUTS;
}

/* There is nothing to be added up of outputs. */
static inline void take_sums(sfdfa_mesh_t *core)
{
    (void)core;
}

static inline uint32_t wanted_sums(const sfdfa_mesh_t *core)
{
    (void)core;
    return 0;
}

static SFDFA_SELDOM void send_verdict(sfdfa_mesh_t *core)
{
    (void)core;
}

/* Most spikes, then the largest B - A, then the lowest number; by masks, so that no value decides what it takes. */
static inline void find_results(sfdfa_mesh_root_t *root)
{
    uint32_t winner = 0, count = (uint32_t)root->shown[0];
    int32_t potential = root->potential[0];
    for (uint16_t o = 1; o < SFDFA_OUTPUTS; o++) {
        const uint32_t other = (uint32_t)root->shown[o];
        const uint32_t leads =
            (uint32_t)(other > count) | ((uint32_t)(other == count) & (uint32_t)(root->potential[o] > potential));
        const uint32_t mask = 0 - leads;
        winner ^= (winner ^ o) & mask;
        count ^= (count ^ other) & mask;
        potential = (int32_t)((uint32_t)potential ^ (((uint32_t)potential ^ (uint32_t)root->potential[o]) & mask));
    }
    root->prediction = (uint16_t)winner;
    root->margin = 0;
}

static inline bool is_known(const sfdfa_mesh_root_t *root, uint16_t label)
{
    (void)root, (void)label;
    return false;
}

/* e of section 6; one that is right already is 0, by a mask as above. */
static inline int32_t error_of(const sfdfa_mesh_root_t *root, uint16_t output, uint16_t label)
{
    const uint32_t is_true = output == label, is_false = is_true ^ 1;
    const int32_t target = SFDFA_TARGET_FALSE + (SFDFA_TARGET_TRUE - SFDFA_TARGET_FALSE) * (int32_t)is_true;
    const int32_t error = target - root->shown[output];
    const uint32_t is_right =
        SFDFA_ONE_SIDED_ERROR ? ((uint32_t)(error < 0) & is_true) | ((uint32_t)(error > 0) & is_false) : 0;
    return (int32_t)((uint32_t)error & (is_right - 1));
}

static inline int32_t grade_of_output(sfdfa_mesh_t *core, uint16_t output)
{
    return core->root.output_grade[output];
}

static inline uint8_t ticks_run(const sfdfa_mesh_root_t *root)
{
    (void)root;
    return SFDFA_TICKS;
}

#endif
#endif
