/*
 * sfdfa_mesh_init.c: what a core has by the map, section 2 of docs/MESH.md, and where each turn begins, section 3.
 */
#include "sfdfa_mesh.h"

static inline void clear_words(uint32_t *words, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        words[k] = 0;
    }
}

#if SFDFA_MESH_PASSES

/* Whether the core has neurons that get spikes. */
static inline bool hears(const sfdfa_mesh_t *core)
{
    bool found = false;
    for (uint8_t l = 1; l < SFDFA_MESH_SPIKING; l++) {
        found = found || core->part[l].neurons > 0;
    }
    return found;
}

#endif

static void clear_store(sfdfa_mesh_t *core)
{
    sfdfa_mesh_store_t *store = &core->store;
    store->pairs = 0;
    store->tick_pairs = 0;
    store->wanted_pairs = SFDFA_MESH_UNKNOWN;
    store->wanted_tick_pairs = SFDFA_MESH_UNKNOWN;
#if SFDFA_MESH_PASSES
    if (hears(core)) {
        clear_words(&store->input[0][0], (uint32_t)SFDFA_MESH_KEPT_TICKS * SFDFA_MESH_INPUT_WORDS);
    }
    for (uint32_t k = 0; k < (uint32_t)SFDFA_MESH_IN_FLIGHT * SFDFA_MESH_HEARING; k++) {
        (&store->current[0][0])[k] = 0;
        (&store->graded[0][0])[k] = 0;
    }
    for (uint16_t k = 0; k < SFDFA_LAYERS * SFDFA_TICKS; k++) {
        (&store->inputs[0][0])[k] = 0;
    }
    for (uint8_t l = 0; l <= SFDFA_LAYERS; l++) {
        for (uint16_t k = 0; k < SFDFA_MESH_BLOCKS; k++) {
            store->of[l][k] = (sfdfa_mesh_heard_t){.missing = core->senders[l] * (int32_t)SFDFA_MESH_END_MISSING};
        }
    }
#endif
}

static void clear_sums(sfdfa_mesh_t *core)
{
    for (uint16_t k = 0; k < SFDFA_MESH_SUMS; k++) {
        core->sums.sum[k] = 0;
        core->sums.missing[k] = core->shares;
    }
}

/* Section 3: forget what was received and computed in the turn before. */
void sfdfa_mesh_open_turn(sfdfa_mesh_t *core, uint8_t turn)
{
    if (!core->committed) { /* else all of them were handed on */
        clear_sums(core);
    }
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
    clear_store(core);
    core->sums.ready = 0;
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
    uint16_t neurons = 0, remembered = 0, inputs = 0, words = 0, graded = 0, hearing = 0;
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
        part->first_hearing = hearing;
        part->first_weight = weights;
        part->first_input = inputs;
        part->first_synapse = synapses;
        core->senders[l + 1] = count_owners(l);
        core->layer[l] = *layer;
        core->layer[l].inputs = rows;
        core->layer[l].neurons = columns;
        core->layer[l].row = part->row;
        neurons = (uint16_t)(neurons + (by_input ? 0 : part->neurons));
        remembered = (uint16_t)(remembered + part->capacity);
        inputs = (uint16_t)(inputs + layer->inputs);
        synapses += by_input ? 0 : (uint32_t)layer->inputs * part->neurons;
        words = (uint16_t)(words + (takes_spikes ? (layer->inputs + 31) / 32 : 0));
        graded = (uint16_t)(graded + (takes_spikes ? layer->inputs : 0));
        hearing = (uint16_t)(hearing + (takes_spikes ? part->neurons : 0));
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
    core->committed = false;
    sfdfa_mesh_open_turn(core, 0);
    core->committed = true; /* nothing is under way */
}
