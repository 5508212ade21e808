/*
 * sfdfa_mesh_core.c: what a core does with each packet, sections 3 to 7 of docs/MESH.md.
 */
#include "sfdfa_mesh_notes.h"
#include "sfdfa_mesh_ranks.h"
#include "sfdfa_mesh_reports.h"
#include "sfdfa_mesh_sums.h"

#include "core/sfdfa_random.h"

static inline void on_start(sfdfa_mesh_t *core, uint8_t learns, uint32_t payload)
{
    core->started = true;
    core->learns = SFDFA_LEARNS && learns != 0;
    core->label = sfdfa_mesh_low(payload);
    core->rate_scale = sfdfa_mesh_high(payload);
    core->sample_key = sfdfa_sample_key(SFDFA_SEED, core->learned.samples);
    sfdfa_mesh_begin_run(core);
    want_ticks(core);
}

/* All errors are here. */
static SFDFA_SELDOM void on_errors(sfdfa_mesh_t *core, uint8_t field)
{
    if ((field & SFDFA_MESH_WANTS_RANKS) != 0) {
        want_ranks(core);
    }
    sfdfa_mesh_advance(core);
}

/* How many error packets there are. */
static inline uint16_t wanted_errors(const sfdfa_mesh_t *core)
{
    return core->action == SFDFA_MESH_LEARN ? SFDFA_OUTPUTS : 1;
}

static SFDFA_SELDOM void on_error(sfdfa_mesh_t *core, uint8_t field, uint32_t output, uint32_t payload)
{
    if (!core->started) {
        return;
    }
    core->action = field & SFDFA_MESH_ACTION;
    core->error[output] = (int16_t)sfdfa_floor_shift(sfdfa_mesh_value(payload), SFDFA_MESH_GRADE_BITS);
    core->output_grade[output] =
        sfdfa_floor_shift(sfdfa_mesh_value(payload << (32 - SFDFA_MESH_GRADE_BITS)), 32 - SFDFA_MESH_GRADE_BITS);
    core->errors++;
    if (core->errors == wanted_errors(core)) {
        on_errors(core, field);
    }
}

/* Whatever there is to be told of a sample that has ended; then get ready to learn from it. */
static void report(sfdfa_mesh_t *core)
{
    core->reported = report_outputs(core);
    if (!core->reported || !core->learns) {
        return;
    }
    for (uint8_t l = 0; l + SFDFA_INTEGRATES < SFDFA_LAYERS && SFDFA_MESH_REPLAYS; l++) {
        const int32_t spikes = core->run.spikes[l];
        sfdfa_mesh_add(core, (uint16_t)(SFDFA_MESH_SUM_SPIKES * SFDFA_OUTPUTS + l), &spikes, 1);
    }
    if (SFDFA_MESH_REPLAYS) {
        tell_to_prepare(core);
    }
}

/* Section 7. */
static bool is_ready(const sfdfa_mesh_t *core)
{
    return core->errors > 0 && has_ranks(core) && core->errors == wanted_errors(core);
}

void sfdfa_mesh_advance(sfdfa_mesh_t *core)
{
    if (!core->started) {
        return;
    }
    run_all(core);
    report_look(core);
    if (!is_finished(core)) {
        return;
    }
    if (!core->reported) {
        report(core);
    }
    if (!core->told_ready && is_ready(core)) {
        core->told_ready = true;
        add_ready(core);
        if (core->puts_off) {
            tell_to_prepare(core);
        }
    }
}

static void add_saturations(sfdfa_mesh_t *core)
{
    const sfdfa_saturations_t *found = &core->run.saturations;
    sfdfa_saturations_t *all = &core->saturations;
    all->state += found->state;
    all->grades += found->grades;
    for (uint8_t l = 0; l + SFDFA_INTEGRATES < SFDFA_LAYERS && core->learns; l++) {
        all->spikes += sfdfa_mesh_forgotten(core, l);
    }
}

static SFDFA_SELDOM void on_commit(sfdfa_mesh_t *core, uint32_t action)
{
    if (!core->committed) {
        core->committed = true;
        add_saturations(core);
        if (action == SFDFA_MESH_LEARN) {
            core->saturations.grades += core->root.saturations;
#if SFDFA_RESIDUAL_FEEDBACK
            core->saturations.grades += core->residual.saturations;
#endif
            sfdfa_mesh_on_learn(core);
        }
        core->learned.samples += action != SFDFA_MESH_NOTHING;
    }
    sfdfa_mesh_tell(core, SFDFA_TO_HOST, SFDFA_MESH_DONE, 0, core->number, 0);
}

/* A part at a time, so that what comes meanwhile is not kept waiting. */
static SFDFA_SELDOM void on_prepare(sfdfa_mesh_t *core)
{
    if (core->committed) {
        return;
    }
    core->puts_off = core->errors > 0 && !core->told_ready;
    if (!core->puts_off) {
        core->prepared = sfdfa_mesh_prepare(core);
        if (!core->prepared) {
            tell_to_prepare(core);
        }
    }
}

static SFDFA_SELDOM void begin(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    on_start(core, sfdfa_mesh_layer(key), payload);
    if (core->number == 0) {
        sfdfa_mesh_root_receive(core, key, payload);
    }
    sfdfa_mesh_advance(core);
}

static SFDFA_SELDOM void receive_ranks(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    on_ranks(core, sfdfa_mesh_layer(key), sfdfa_mesh_source(key), payload);
    sfdfa_mesh_advance(core);
}

#if SFDFA_INTEGRATES

static SFDFA_SELDOM void receive_verdict(sfdfa_mesh_t *core, uint32_t payload)
{
    on_verdict(core, payload);
    sfdfa_mesh_advance(core);
}

static SFDFA_SELDOM void receive_grade(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    sfdfa_mesh_on_grade(core, sfdfa_mesh_layer(key), sfdfa_mesh_source(key), payload);
    sfdfa_mesh_advance(core);
}

#endif

/* A packet of this turn. No kind is handled by a call that would come back, which would cost all of them a frame. */
static SFDFA_SELDOM void receive_now(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    switch (sfdfa_mesh_kind(key)) {
    case SFDFA_MESH_PREPARE:
        on_prepare(core);
        return;
    case SFDFA_MESH_READY:
        add_ready(core);
        return;
    case SFDFA_MESH_COMMIT:
        on_commit(core, payload);
        return;
    case SFDFA_MESH_START:
        begin(core, key, payload);
        return;
    case SFDFA_MESH_REPORT:
    case SFDFA_MESH_AGAIN:
        if (core->number == 0) {
            sfdfa_mesh_root_receive(core, key, payload);
        }
        return;
    case SFDFA_MESH_RANKS:
        receive_ranks(core, key, payload);
        return;
#if SFDFA_INTEGRATES
    case SFDFA_MESH_VERDICT:
        receive_verdict(core, payload);
        return;
    case SFDFA_MESH_GRADE:
        receive_grade(core, key, payload);
        return;
#endif
    default:
        return;
    }
}

/* Take a packet of this turn of one of the kinds that come often. Returns whether it is one. */
static inline bool receive_often(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    const uint32_t without_field = key & ~SFDFA_MESH_FIELD;
    if (receive_spikes(core, key, payload)) {
        return true;
    }
    if (without_field - core->sum_key < SFDFA_MESH_SUMS) {
        on_sum(core, without_field - core->sum_key, payload);
    } else if (without_field - core->error_key < SFDFA_OUTPUTS) {
        on_error(core, sfdfa_mesh_layer(key), without_field - core->error_key, payload);
    } else if (without_field - core->events_key < (SFDFA_TICKS + 1) / 2) {
        on_tick_pair(core, sfdfa_mesh_layer(key), without_field - core->events_key, payload);
    } else {
        return false;
    }
    return true;
}

static SFDFA_SELDOM bool is_of_turn(sfdfa_mesh_t *core, uint8_t turn)
{
    const uint8_t ahead = (uint8_t)((turn - core->turn) & (SFDFA_MESH_TURNS - 1));
    if (ahead >= 1 && ahead <= SFDFA_MESH_NEW_TURNS) {
        sfdfa_mesh_open_turn(core, turn);
    }
    return ahead <= SFDFA_MESH_NEW_TURNS;
}

static SFDFA_SELDOM void receive_of_turn(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    if (!is_of_turn(core, sfdfa_mesh_turn(key))) {
        return;
    }
    if (sfdfa_mesh_pair_of(core, key) < SFDFA_MESH_PAIRS) {
        /* None is the last where none has come before. */
        (void)sfdfa_mesh_take_events(core, sfdfa_mesh_pair_of(core, key), payload);
    } else if (!receive_often(core, key, payload)) {
        receive_now(core, key, payload);
    }
}

void sfdfa_mesh_receive_other(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    if (receive_often(core, key, payload)) {
        return;
    }
    if (sfdfa_mesh_turn(key) == core->turn) {
        receive_now(core, key, payload);
    } else {
        receive_of_turn(core, key, payload);
    }
}
