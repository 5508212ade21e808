/*
 * sfdfa_mesh_core.c: what a core does with each packet, sections 3 to 7 of docs/MESH.md.
 */
#include "sfdfa_mesh_notes.h"

#include "core/sfdfa_random.h"

static inline void clear_words(uint32_t *words, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        words[k] = 0;
    }
}

static void clear_store(sfdfa_mesh_store_t *store)
{
    store->pairs = 0;
    store->tick_pairs = 0;
    store->wanted_pairs = SFDFA_MESH_UNKNOWN;
    store->wanted_tick_pairs = SFDFA_MESH_UNKNOWN;
#if SFDFA_MESH_PASSES
    clear_words(&store->input[0][0], (uint32_t)SFDFA_MESH_KEPT_TICKS * SFDFA_MESH_INPUT_WORDS);
    for (uint8_t l = 0; l <= SFDFA_LAYERS; l++) {
        for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
            store->of[l][t] = (sfdfa_mesh_heard_t){0, 0, 0};
        }
    }
#endif
}

static void clear_sums(sfdfa_mesh_sums_t *sums)
{
    for (uint16_t k = 0; k < SFDFA_MESH_SUMS; k++) {
        sums->shares[k] = 0;
    }
    sums->ready = 0;
}

/* Section 3: forget what was received and computed in the turn before. */
static SFDFA_SELDOM void open_turn(sfdfa_mesh_t *core, uint8_t turn)
{
    core->turn = turn;
    core->events_key = sfdfa_mesh_key(SFDFA_MESH_EVENTS, turn, SFDFA_MESH_CHANNELS, 0);
    core->spike_key = sfdfa_mesh_key(SFDFA_MESH_SPIKE, turn, 0, 0);
    core->error_key = sfdfa_mesh_key(SFDFA_MESH_ERROR, turn, 0, 0);
    core->sum_key = sfdfa_mesh_key(SFDFA_MESH_SUM, turn, 0, SFDFA_MESH_FIRST_SUM);
    core->own_sum_key = sfdfa_mesh_key(SFDFA_MESH_SUM, turn, (uint8_t)core->number, SFDFA_MESH_FIRST_SUM);
    core->started = false;
    core->reported = false;
    core->told_ready = false;
    core->committed = false;
    core->prepared = false;
    core->puts_off = false;
    core->errors = 0;
    clear_store(&core->store);
    clear_sums(&core->sums);
#if SFDFA_MESH_REPLAYS
    core->ranks.wanted = false;
    core->ranks.received = 0;
#endif
#if SFDFA_RESIDUAL_FEEDBACK
    core->residual.begun = false;
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

/* How many cores have neurons of a layer. */
static uint16_t count_owners(uint8_t layer)
{
    uint16_t owners = 0;
    for (uint16_t n = 0; n < SFDFA_MESH_CORES; n++) {
        owners = (uint16_t)(owners + (sfdfa_mesh_edges[layer][n + 1] > sfdfa_mesh_edges[layer][n]));
    }
    return owners;
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
        const bool takes_spikes = l > 0 && !by_input;
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
        core->senders[l + 1] = count_owners(l);
        neurons = (uint16_t)(neurons + (by_input ? 0 : part->neurons));
        remembered = (uint16_t)(remembered + part->capacity);
        inputs = (uint16_t)(inputs + layer->inputs);
        synapses += by_input ? 0 : (uint32_t)layer->inputs * part->neurons;
        words = (uint16_t)(words + (takes_spikes ? (layer->inputs + 31) / 32 : 0));
        graded = (uint16_t)(graded + (takes_spikes ? layer->inputs : 0));
        weights += (uint32_t)rows * part->row;
    }
}

/* Cores as nodes of a rectangle: the next one on the way to the root, west first. */
static uint8_t parent_of(uint16_t number)
{
    return (uint8_t)(number % SFDFA_MESH_WIDTH > 0 ? number - 1 : number - SFDFA_MESH_WIDTH);
}

static uint8_t count_shares(uint16_t number)
{
    uint8_t shares = 1;
    for (uint16_t n = 1; n < SFDFA_MESH_CORES; n++) {
        shares = (uint8_t)(shares + (parent_of(n) == number));
    }
    return shares;
}

void sfdfa_mesh_init(sfdfa_mesh_t *core, uint16_t number, sfdfa_mesh_port_t *port)
{
    core->port = port;
    core->number = number;
    core->shares = count_shares(number);
    core->senders[0] = 0;
    lay_out(core);
    core->saturations = (sfdfa_saturations_t){0, 0, 0, 0, 0};
    open_turn(core, 0);
}

static inline bool has_layer(const sfdfa_mesh_t *core, uint8_t layer)
{
    return core->part[layer].neurons > 0;
}

/* How many events there are up to the next look, once all ticks up to it are here. */
static inline void count_wanted(sfdfa_mesh_t *core)
{
    sfdfa_mesh_store_t *store = &core->store;
    store->wanted_pairs = SFDFA_MESH_UNKNOWN;
    if (store->tick_pairs == store->wanted_tick_pairs) {
        store->wanted_pairs = ((uint32_t)store->events_until[core->run.look] + 1) / 2;
    }
}

/* All ticks up to the next look are waited for. */
static inline void want_ticks(sfdfa_mesh_t *core)
{
    core->store.wanted_tick_pairs = core->run.look / 2 + 1UL;
    count_wanted(core);
}

/* Whether all events are here of the ticks that may be run. */
static inline bool has_events(const sfdfa_mesh_t *core)
{
    return core->store.pairs == core->store.wanted_pairs;
}

/* Two ticks. */
static SFDFA_SELDOM void on_tick_pair(sfdfa_mesh_t *core, uint8_t field, uint32_t pair, uint32_t payload)
{
    sfdfa_mesh_store_t *store = &core->store;
    const uint16_t low = sfdfa_mesh_low(payload), high = sfdfa_mesh_high(payload);
    if (field != SFDFA_MESH_TICKS || low > SFDFA_MAX_EVENTS || high > SFDFA_MAX_EVENTS) {
        return;
    }
    uint16_t *until = &store->events_until[2 * pair];
    until[0] = low;
    until[1] = high;
    store->tick_pairs++;
    if (store->tick_pairs == store->wanted_tick_pairs) {
        count_wanted(core);
        if (has_events(core)) {
            sfdfa_mesh_advance(core);
        }
    }
}

#if SFDFA_MESH_PASSES

/* Whether all spikes of a tick are here. */
static inline bool is_complete(const sfdfa_mesh_t *core, uint8_t layer, uint8_t tick)
{
    const sfdfa_mesh_heard_t *heard = &core->store.of[layer][tick];
    return heard->ends == core->senders[layer] && heard->arrived == heard->announced;
}

static SFDFA_SELDOM void on_spike(sfdfa_mesh_t *core, uint32_t layer_index, uint16_t source, uint32_t payload)
{
    const uint8_t tick = sfdfa_mesh_tick(payload);
    const uint32_t layer = SFDFA_MESH_SPIKING == 2 ? 1 : layer_index; /* the only one that gets spikes */
    if (layer_index < 1 || layer_index >= SFDFA_MESH_SPIKING || tick >= SFDFA_TICKS ||
        source >= sfdfa_layers[layer].inputs) {
        return;
    }
    const sfdfa_mesh_part_t *part = &core->part[layer];
    if (part->neurons == 0) {
        return;
    }
    core->store.input[sfdfa_mesh_slot(tick)][part->first_word + source / 32] |= UINT32_C(1) << (source % 32);
    core->store.grade[tick % SFDFA_MESH_IN_FLIGHT][part->first_graded + source] = sfdfa_mesh_grade(payload);
    sfdfa_mesh_heard_t *heard = &core->store.of[layer][tick];
    heard->arrived++;
    if (heard->arrived == heard->announced && heard->ends == core->senders[layer]) {
        sfdfa_mesh_advance(core);
    }
}

static SFDFA_SELDOM void on_end(sfdfa_mesh_t *core, uint32_t layer, uint32_t payload)
{
    const uint8_t tick = sfdfa_mesh_tick(payload);
    if (layer < 1 || layer > SFDFA_LAYERS || tick >= SFDFA_TICKS) {
        return;
    }
    sfdfa_mesh_heard_t *heard = &core->store.of[layer][tick];
    heard->announced = (uint16_t)(heard->announced + sfdfa_mesh_low(payload));
    heard->ends++;
    if (heard->ends == core->senders[layer]) {
        sfdfa_mesh_advance(core);
    }
}

/* Spikes and ends of tick of this turn. Returns whether it is one. */
static inline bool receive_spikes(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    const uint32_t spike = key - core->spike_key, end = spike - (UINT32_C(1) << 28);
    if (spike < UINT32_C(1) << 24) {
        on_spike(core, spike >> 16, sfdfa_mesh_source(key), payload);
    } else if (end < UINT32_C(1) << 24) {
        on_end(core, end >> 16, payload);
    } else {
        return false;
    }
    return true;
}

/* Section 4, rules 2 and 3: whether a tick has what it wants of other cores, and they have room for what follows. */
static bool is_free(const sfdfa_mesh_t *core, uint8_t layer, uint8_t tick)
{
    if (layer > 0 && !is_complete(core, layer, tick)) {
        return false;
    }
    return layer + 1 >= SFDFA_MESH_SPIKING || tick < SFDFA_MESH_IN_FLIGHT ||
           core->store.of[layer + 2][tick - SFDFA_MESH_IN_FLIGHT].ends == core->senders[layer + 2];
}

#else

static inline bool receive_spikes(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    (void)core, (void)key, (void)payload;
    return false;
}

static inline bool is_free(const sfdfa_mesh_t *core, uint8_t layer, uint8_t tick)
{
    (void)core, (void)layer, (void)tick;
    return true;
}

#endif

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

#if SFDFA_MESH_REPLAYS

/* How many own spikes each tick had of each layer. */
static SFDFA_SELDOM void send_ranks(sfdfa_mesh_t *core)
{
    for (uint8_t l = 0; l + SFDFA_INTEGRATES < SFDFA_LAYERS; l++) {
        for (uint8_t pair = 0; pair < (core->run.last + 1) / 2; pair++) {
            const uint16_t first = sfdfa_mesh_spikes_in(core, l, (uint8_t)(2 * pair));
            const uint16_t second = sfdfa_mesh_spikes_in(core, l, (uint8_t)(2 * pair + 1));
            sfdfa_mesh_tell(core, SFDFA_TO_ALL, SFDFA_MESH_RANKS, l, (uint16_t)(pair << 8 | core->number),
                            sfdfa_mesh_pair(first, second));
        }
    }
}

static inline void on_ranks(sfdfa_mesh_t *core, uint8_t layer, uint16_t source, uint32_t payload)
{
    sfdfa_mesh_ranks_t *ranks = &core->ranks;
    const uint8_t tick = (uint8_t)(source >> 8 << 1);
    if (layer + SFDFA_INTEGRATES >= SFDFA_LAYERS || source >> 8 > (SFDFA_TICKS - 1) / 2) {
        return;
    }
    if (ranks->received == 0) {
        for (uint16_t k = 0; k < SFDFA_MESH_STAGES * (SFDFA_TICKS + 1); k++) {
            (&ranks->total[0][0])[k] = 0;
            (&ranks->before[0][0])[k] = 0;
        }
    }
    uint16_t *total = &ranks->total[layer][tick], *before = &ranks->before[layer][tick];
    const bool is_before = (source & UINT8_MAX) < core->number;
    total[0] = (uint16_t)(total[0] + sfdfa_mesh_low(payload));
    total[1] = (uint16_t)(total[1] + sfdfa_mesh_high(payload));
    before[0] = (uint16_t)(before[0] + (is_before ? sfdfa_mesh_low(payload) : 0));
    before[1] = (uint16_t)(before[1] + (is_before ? sfdfa_mesh_high(payload) : 0));
    ranks->received++;
}

static SFDFA_SELDOM void want_ranks(sfdfa_mesh_t *core)
{
    if (!core->ranks.wanted) {
        core->ranks.wanted = true;
        send_ranks(core);
    }
}

static inline bool has_ranks(const sfdfa_mesh_t *core)
{
    const uint32_t packets = (uint32_t)SFDFA_MESH_CORES * SFDFA_MESH_SPIKING * (((uint32_t)core->run.last + 1) / 2);
    return !core->ranks.wanted || core->ranks.received == packets;
}

#else

static inline void on_ranks(sfdfa_mesh_t *core, uint8_t layer, uint16_t source, uint32_t payload)
{
    (void)core, (void)layer, (void)source, (void)payload;
}

static inline void want_ranks(sfdfa_mesh_t *core)
{
    (void)core;
}

static inline bool has_ranks(const sfdfa_mesh_t *core)
{
    (void)core;
    return true;
}

#endif

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

static inline void hand_on(sfdfa_mesh_t *core, uint32_t place, uint32_t sum)
{
    sfdfa_mesh_send(core->port, SFDFA_TO_PARENT, core->own_sum_key + place, sum);
}

static SFDFA_SELDOM void add_at(sfdfa_mesh_t *core, uint32_t place, uint32_t value)
{
    sfdfa_mesh_sums_t *sums = &core->sums;
    const uint8_t shares = sums->shares[place];
    const uint32_t sum = value + (shares > 0 ? sums->sum[place] : 0);
    if (shares + 1 != core->shares) {
        sums->sum[place] = sum;
        sums->shares[place] = (uint8_t)(shares + 1);
        return;
    }
    sums->shares[place] = 0;
    if (core->number == 0) {
        sums->sum[place] = sum;
        sfdfa_mesh_root_sum(core);
    } else {
        hand_on(core, place, sum);
    }
}

void sfdfa_mesh_add(sfdfa_mesh_t *core, uint16_t item, uint32_t value)
{
    add_at(core, (uint32_t)item - SFDFA_MESH_FIRST_SUM, value);
}

/* This core is ready, or those behind one of those that hand on to it. */
static SFDFA_SELDOM void add_ready(sfdfa_mesh_t *core)
{
    if (++core->sums.ready != core->shares) {
        return;
    }
    if (core->number == 0) {
        sfdfa_mesh_root_all_ready(core);
    } else {
        sfdfa_mesh_tell(core, SFDFA_TO_PARENT, SFDFA_MESH_READY, (uint8_t)core->number, 0, 0);
    }
}

/* Section 4. */
static inline bool can_run(const sfdfa_mesh_t *core, uint8_t layer)
{
    const uint8_t tick = core->run.next_tick[layer];
    return tick < core->run.last && tick <= core->run.look && is_free(core, layer, tick);
}

/* Up to which tick a layer can be run that can run one: where no other core has a say, to the next look. */
static inline uint8_t runs_until(const sfdfa_mesh_t *core, uint8_t layer)
{
    const uint8_t until = core->run.look < core->run.last ? (uint8_t)(core->run.look + 1) : core->run.last;
    return SFDFA_MESH_PASSES ? (uint8_t)(core->run.next_tick[layer] + 1) : until;
}

static bool run_ticks(sfdfa_mesh_t *core, uint8_t layer)
{
    bool any = false;
    if (!has_layer(core, layer) || (layer == 0 && !has_events(core))) {
        return false;
    }
    while (can_run(core, layer)) {
        const uint8_t tick = core->run.next_tick[layer], end = runs_until(core, layer);
        if (SFDFA_MESH_SPIKING > 0) {
            sfdfa_mesh_on_ticks(core, layer, tick, end);
        } else {
            sfdfa_mesh_on_events(core, tick, end);
        }
        core->run.next_tick[layer] = end;
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
        any = any && SFDFA_MESH_STAGES > 1;
    }
}

/* Whether the ticks before this one are run of a layer, as far as the core has any of it. */
static inline bool has_reached(const sfdfa_mesh_t *core, uint8_t layer, uint8_t tick)
{
    return !has_layer(core, layer) || core->run.next_tick[layer] == tick;
}

static bool is_finished(const sfdfa_mesh_t *core)
{
    for (uint8_t l = 0; l < SFDFA_MESH_STAGES; l++) {
        if (!has_reached(core, l, core->run.last)) {
            return false;
        }
    }
    return core->run.look + 1 >= core->run.last;
}

/* Section 6. Returns whether all has been reported. */
#if SFDFA_INTEGRATES

static bool report_outputs(sfdfa_mesh_t *core)
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
    if (run->look < SFDFA_TICKS - 1 && run->told <= run->look &&
        has_reached(core, SFDFA_MESH_STAGES - 1, (uint8_t)(run->look + 1))) {
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
        want_ticks(core);
    }
}

#else

static void report_look(sfdfa_mesh_t *core)
{
    (void)core;
}

static bool report_outputs(sfdfa_mesh_t *core)
{
    const sfdfa_mesh_part_t *part = &core->part[SFDFA_LAYERS - 1];
    const sfdfa_mesh_run_t *run = &core->run;
    for (uint16_t i = 0; i < part->neurons; i++) {
        const uint16_t neuron = (uint16_t)(part->first_neuron + i);
        const uint16_t output = (uint16_t)(part->first + i);
        const int32_t potential = (int32_t)run->membrane[neuron].b - run->membrane[neuron].a;
        sfdfa_mesh_tell(core, SFDFA_TO_ROOT, SFDFA_MESH_REPORT, SFDFA_MESH_COUNT, output, run->counts[neuron]);
        sfdfa_mesh_tell(core, SFDFA_TO_ROOT, SFDFA_MESH_REPORT, SFDFA_MESH_POTENTIAL, output, (uint32_t)potential);
        sfdfa_mesh_tell(core, SFDFA_TO_ROOT, SFDFA_MESH_REPORT, SFDFA_MESH_OUTPUT_GRADE, output,
                        (uint32_t)(int32_t)run->output_grade[neuron]);
    }
    return true;
}

#endif

static void tell_to_prepare(sfdfa_mesh_t *core)
{
    sfdfa_mesh_tell(core, SFDFA_TO_ITSELF, SFDFA_MESH_PREPARE, 0, core->number, 0);
}

/* Whatever there is to be told of a sample that has ended; then get ready to learn from it. */
static void report(sfdfa_mesh_t *core)
{
    core->reported = report_outputs(core);
    if (!core->reported || !core->learns) {
        return;
    }
    for (uint8_t l = 0; l + SFDFA_INTEGRATES < SFDFA_LAYERS && SFDFA_MESH_REPLAYS; l++) {
        sfdfa_mesh_add_output(core, SFDFA_MESH_SUM_SPIKES, l, core->run.spikes[l]);
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
        add_at(core, without_field - core->sum_key, payload);
    } else if (without_field - core->error_key < SFDFA_OUTPUTS) {
        on_error(core, sfdfa_mesh_layer(key), without_field - core->error_key, payload);
    } else if (without_field - core->events_key < (SFDFA_TICKS + 1) / 2) {
        on_tick_pair(core, sfdfa_mesh_layer(key), without_field - core->events_key, payload);
    } else {
        return false;
    }
    return true;
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
