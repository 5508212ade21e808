/*
 * sfdfa_mesh_core.c: what a core does with each packet, sections 3 to 7 of docs/MESH.md.
 */
#include "sfdfa_mesh_notes.h"

#include "core/sfdfa_random.h"

static void clear_words(uint32_t *words, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        words[k] = 0;
    }
}

static void clear_store(sfdfa_mesh_store_t *store)
{
    clear_words(&store->input[0][0], (uint32_t)SFDFA_MESH_KEPT_TICKS * SFDFA_MESH_INPUT_WORDS);
    for (uint8_t l = 0; l <= SFDFA_LAYERS; l++) {
        for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
            store->of[l][t] = (sfdfa_mesh_heard_t){0, 0, 0, 0};
        }
    }
    store->heard = 0;
}

/* Section 3: forget what was received and computed in the turn before. */
static SFDFA_SELDOM void open_turn(sfdfa_mesh_t *core, uint8_t turn)
{
    core->turn = turn;
    core->started = false;
    core->reported = false;
    core->told_ready = false;
    core->committed = false;
    core->has_action = false;
    core->errors = 0;
    clear_store(&core->store);
#if SFDFA_RESIDUAL_FEEDBACK
    core->residual.begun = false;
    core->residual.done = false;
    core->residual.saturations = 0;
    clear_words(core->residual.spiked, SFDFA_MESH_INPUT_WORDS);
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        core->residual.arrived[l] = 0;
    }
#endif
    sfdfa_mesh_root_begin(core);
}

static SFDFA_SELDOM bool is_of_turn(sfdfa_mesh_t *core, uint8_t turn)
{
    const uint8_t ahead = (uint8_t)((turn - core->turn) & (SFDFA_MESH_TURNS - 1));
    if (ahead >= 1 && ahead <= SFDFA_MESH_NEW_TURNS) {
        open_turn(core, turn);
    }
    return ahead <= SFDFA_MESH_NEW_TURNS;
}

/* What the core has of each layer, by the map. */
static void lay_out(sfdfa_mesh_t *core)
{
    uint16_t neurons = 0, remembered = 0, inputs = 0, words = 0, graded = 0;
    uint32_t weights = 0, synapses = 0;
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        sfdfa_layer_table_t *layer = &sfdfa_layers[l];
        sfdfa_mesh_part_t *part = &core->part[l];
        part->first = sfdfa_mesh_edges[l][core->number];
        part->neurons = (uint16_t)(sfdfa_mesh_edges[l][core->number + 1] - part->first);
        const bool by_input = SFDFA_INTEGRATES && l == SFDFA_LAYERS - 1;
        const uint16_t columns = by_input ? SFDFA_OUTPUTS : part->neurons;
        const uint16_t rows = by_input ? part->neurons : layer->inputs;
        part->row = (uint16_t)((columns * SFDFA_WEIGHT_BITS + SFDFA_MESH_CELL_BITS - 1) / SFDFA_MESH_CELL_BITS);
        const uint32_t most = (uint32_t)part->neurons * SFDFA_NEURON_SPIKES;
        part->capacity = most < layer->spike_capacity ? (uint16_t)most : layer->spike_capacity;
        part->first_neuron = neurons;
        part->first_remembered = remembered;
        part->first_word = words;
        part->first_graded = graded;
        part->first_weight = weights;
        part->first_input = inputs;
        part->first_synapse = synapses;
        neurons = (uint16_t)(neurons + (by_input ? 0 : part->neurons));
        remembered = (uint16_t)(remembered + part->capacity);
        inputs = (uint16_t)(inputs + layer->inputs);
        synapses += by_input ? 0 : (uint32_t)layer->inputs * part->neurons;
        words = (uint16_t)(words + (layer->inputs + 31) / 32);
        graded = (uint16_t)(graded + (l > 0 ? layer->inputs : 0));
        weights += (uint32_t)rows * part->row;
    }
}

void sfdfa_mesh_init(sfdfa_mesh_t *core, uint16_t number, sfdfa_mesh_port_t *port)
{
    core->port = port;
    core->number = number;
    lay_out(core);
    core->saturations = (sfdfa_saturations_t){0, 0, 0, 0, 0};
    open_turn(core, 0);
}

static inline bool is_input(uint8_t layer, uint8_t tick)
{
    return layer <= SFDFA_LAYERS && tick < SFDFA_TICKS;
}

static inline uint16_t senders(uint8_t layer)
{
    return layer == 0 ? 1 : SFDFA_MESH_CORES;
}

/* Whether all inputs of a tick are here. */
static inline bool is_complete(const sfdfa_mesh_heard_t *heard, uint8_t layer)
{
    return heard->ends == senders(layer) && heard->arrived == heard->announced;
}

/* Returns whether it was the last that was waited for. */
static bool on_spike(sfdfa_mesh_t *core, uint8_t layer, uint16_t source, uint32_t payload)
{
    const uint8_t tick = sfdfa_mesh_tick(payload);
    if (layer >= SFDFA_LAYERS || !is_input(layer, tick) || source >= sfdfa_layers[layer].inputs) {
        return false;
    }
    const sfdfa_mesh_part_t *part = &core->part[layer];
    sfdfa_mesh_heard_t *heard = &core->store.of[layer][tick];
    core->store.input[sfdfa_mesh_slot(tick)][part->first_word + source / 32] |= UINT32_C(1) << (source % 32);
    heard->arrived++;
    if (layer > 0) {
        core->store.grade[tick % SFDFA_MESH_IN_FLIGHT][part->first_graded + source] = sfdfa_mesh_grade(payload);
    }
    return is_complete(heard, layer);
}

/* Returns whether it was the last that was waited for. */
static bool on_end(sfdfa_mesh_t *core, uint8_t layer, uint16_t source, uint32_t payload)
{
    const uint8_t tick = sfdfa_mesh_tick(payload);
    const uint16_t count = (uint16_t)payload;
    if (!is_input(layer, tick)) {
        return false;
    }
    sfdfa_mesh_heard_t *heard = &core->store.of[layer][tick];
    heard->ends++;
    heard->announced = (uint16_t)(heard->announced + count);
    if (layer == 0) {
        return true;
    }
    if (source < core->number) {
        heard->before = (uint16_t)(heard->before + count);
    }
    const bool is_last = heard->ends == SFDFA_MESH_CORES;
    core->store.heard = (uint16_t)(core->store.heard + is_last);
    return is_last;
}

static SFDFA_SELDOM void on_start(sfdfa_mesh_t *core, uint8_t learns, uint32_t payload)
{
    core->started = true;
    core->learns = SFDFA_LEARNS && learns != 0;
    core->label = (uint16_t)payload;
    core->rate_scale = (uint16_t)(payload >> 16);
    core->sample_key = sfdfa_sample_key(SFDFA_SEED, core->learned.samples);
    sfdfa_mesh_begin_run(core);
}

static SFDFA_SELDOM void on_error(sfdfa_mesh_t *core, uint8_t field, uint16_t output, uint32_t payload)
{
    if (field == SFDFA_MESH_ERROR_ACTION) {
        core->action = (uint8_t)payload;
        core->has_action = true;
    } else if (output < SFDFA_OUTPUTS) {
        const int32_t value = sfdfa_mesh_value(payload);
        if (field == SFDFA_MESH_ERROR_E) {
            core->error[output] = (int16_t)value;
        } else {
            core->output_grade[output] = value;
        }
        core->errors++;
    }
}

static inline bool has_ended(const sfdfa_mesh_t *core, uint8_t layer, uint8_t tick)
{
    return core->store.of[layer][tick].ends == senders(layer);
}

/* Section 4. */
static bool can_run(const sfdfa_mesh_t *core, uint8_t layer)
{
    const uint8_t tick = core->run.next_tick[layer];
    if (tick >= core->run.last || tick > core->run.look || !is_complete(&core->store.of[layer][tick], layer)) {
        return false;
    }
    return layer + 1 >= SFDFA_MESH_SPIKING || tick < SFDFA_MESH_IN_FLIGHT ||
           has_ended(core, (uint8_t)(layer + 2), (uint8_t)(tick - SFDFA_MESH_IN_FLIGHT));
}

static bool run_ticks(sfdfa_mesh_t *core, uint8_t layer)
{
    bool any = false;
    while (can_run(core, layer)) {
        if (SFDFA_MESH_SPIKING > 0) {
            sfdfa_mesh_on_tick(core, layer, core->run.next_tick[layer]);
        } else {
            sfdfa_mesh_on_events(core, core->run.next_tick[layer]);
        }
        core->run.next_tick[layer]++;
        any = true;
    }
    return any;
}

/* Run whatever can be run. */
static void run_all(sfdfa_mesh_t *core)
{
    bool any = true;
    while (any) {
        any = false;
        for (uint8_t l = 0; l < SFDFA_MESH_STAGES; l++) {
            any = run_ticks(core, l) || any;
        }
    }
}

static bool is_finished(const sfdfa_mesh_t *core)
{
    for (uint8_t l = 0; l < SFDFA_MESH_STAGES; l++) {
        if (core->run.next_tick[l] != core->run.last) {
            return false;
        }
    }
    return true;
}

/* Section 6. Returns whether all has been reported. */
#if SFDFA_INTEGRATES

static bool report(sfdfa_mesh_t *core)
{
    if (core->run.told < core->run.last) {
        sfdfa_mesh_report_sums(core);
        core->run.told = core->run.last;
    }
    return !sfdfa_mesh_wants_residual(core) || sfdfa_mesh_report_residual(core);
}

/* The sums so far, where a verdict is waited for. */
static void report_look(sfdfa_mesh_t *core)
{
    sfdfa_mesh_run_t *run = &core->run;
    if (run->look < SFDFA_TICKS - 1 && run->next_tick[SFDFA_MESH_STAGES - 1] == run->look + 1 &&
        run->told <= run->look) {
        run->told = (uint8_t)(run->look + 1);
        sfdfa_mesh_report_sums(core);
    }
}

static void on_verdict(sfdfa_mesh_t *core, uint32_t payload)
{
    const uint8_t tick = sfdfa_mesh_tick(payload);
    if (tick >= SFDFA_TICKS) {
        return;
    }
    if ((payload & 1) != 0) {
        core->run.last = (uint8_t)(tick + 1);
    } else {
        core->run.look = sfdfa_mesh_next_look((uint8_t)(tick + 1));
    }
}

#else

static void report_look(sfdfa_mesh_t *core)
{
    (void)core;
}

static bool report(sfdfa_mesh_t *core)
{
    const sfdfa_mesh_part_t *part = &core->part[SFDFA_LAYERS - 1];
    const sfdfa_mesh_run_t *run = &core->run;
    for (uint16_t i = 0; i < part->neurons; i++) {
        const uint16_t neuron = (uint16_t)(part->first_neuron + i);
        const uint16_t output = (uint16_t)(part->first + i);
        const int32_t potential = (int32_t)run->b[neuron] - run->a[neuron];
        sfdfa_mesh_tell(core, SFDFA_TO_ROOT, SFDFA_MESH_REPORT, SFDFA_MESH_COUNT, output, run->counts[neuron]);
        sfdfa_mesh_tell(core, SFDFA_TO_ROOT, SFDFA_MESH_REPORT, SFDFA_MESH_POTENTIAL, output, (uint32_t)potential);
        sfdfa_mesh_tell(core, SFDFA_TO_ROOT, SFDFA_MESH_REPORT, SFDFA_MESH_OUTPUT_GRADE, output,
                        (uint32_t)(int32_t)run->output_grade[neuron]);
    }
    return true;
}

#endif

/* Section 7. */
static bool is_ready(const sfdfa_mesh_t *core)
{
    return core->has_action && core->store.heard == SFDFA_MESH_SPIKING * core->run.last &&
           (core->action != SFDFA_MESH_LEARN || core->errors == 2 * SFDFA_OUTPUTS);
}

static SFDFA_SELDOM void advance(sfdfa_mesh_t *core)
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
        core->reported = report(core);
    }
    if (!core->told_ready && is_ready(core)) {
        core->told_ready = true;
        sfdfa_mesh_tell(core, SFDFA_TO_ROOT, SFDFA_MESH_READY, 0, core->number, 0);
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

void sfdfa_mesh_receive(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    const uint8_t layer = sfdfa_mesh_layer(key);
    const uint16_t source = sfdfa_mesh_source(key);
    if (sfdfa_mesh_turn(key) != core->turn && !is_of_turn(core, sfdfa_mesh_turn(key))) {
        return;
    }
    switch (sfdfa_mesh_kind(key)) {
    case SFDFA_MESH_START:
        on_start(core, layer, payload);
        if (core->number == 0) {
            sfdfa_mesh_root_receive(core, key, payload);
        }
        break;
    case SFDFA_MESH_REPORT:
    case SFDFA_MESH_READY:
    case SFDFA_MESH_AGAIN:
        if (core->number == 0) {
            sfdfa_mesh_root_receive(core, key, payload);
        }
        return;
    case SFDFA_MESH_SPIKE:
        if (on_spike(core, layer, source, payload)) {
            advance(core);
        }
        return;
    case SFDFA_MESH_END:
        if (on_end(core, layer, source, payload)) {
            advance(core);
        }
        return;
    case SFDFA_MESH_ERROR:
        on_error(core, layer, source, payload);
        break;
#if SFDFA_INTEGRATES
    case SFDFA_MESH_VERDICT:
        on_verdict(core, payload);
        break;
    case SFDFA_MESH_GRADE:
        sfdfa_mesh_on_grade(core, layer, source, payload);
        break;
#endif
    case SFDFA_MESH_COMMIT:
        on_commit(core, payload);
        return;
    default:
        return;
    }
    advance(core);
}
