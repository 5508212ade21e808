/*
 * sfdfa_mesh.h: one core of a network that runs on many, docs/MESH.md. What a number is, docs/ARITHMETIC.md says.
 *
 * All state of a core lies in one sfdfa_mesh_t. It sees packets only: sfdfa_mesh_receive takes one, does what can be
 * done now, and sends what follows from it through the port.
 */
#ifndef SFDFA_MESH_H
#define SFDFA_MESH_H

#include "sfdfa.h"

#include "core/sfdfa_internal.h"
#include "sfdfa_mesh_map.h"
#include "sfdfa_mesh_packet.h"
#include "sfdfa_mesh_port.h"

#define SFDFA_MESH_SPIKING (SFDFA_LAYERS - SFDFA_INTEGRATES) /* layers of neurons that spike */
#define SFDFA_MESH_STAGES (SFDFA_MESH_SPIKING > 0 ? SFDFA_MESH_SPIKING : 1) /* layers that are run tick by tick */
#define SFDFA_MESH_PASSES (SFDFA_MESH_SPIKING > 1) /* spikes from core to core */
/* A layer of neurons that spike, which a compiler knows where there is one. */
#define SFDFA_MESH_STAGE(layer) (SFDFA_MESH_PASSES ? (layer) : 0)
#define SFDFA_MESH_DECIDES (SFDFA_INTEGRATES && SFDFA_DECIDE_MARGIN > 0 && SFDFA_OUTPUTS > 1)

#define SFDFA_MESH_PREPARED_AT_ONCE 32 /* inputs */
#define SFDFA_MESH_IN_FLIGHT 8 /* ticks of a layer whose spikes may be under way */
#define SFDFA_MESH_BLOCK 4 /* ticks that an end of tick stands for */
#define SFDFA_MESH_BLOCKS ((SFDFA_TICKS + SFDFA_MESH_BLOCK - 1) / SFDFA_MESH_BLOCK)

/* Replay wants the inputs of all ticks. */
#define SFDFA_MESH_REPLAYS (SFDFA_LEARNS && !SFDFA_TRACES)
#define SFDFA_MESH_KEEPS_ALL (SFDFA_MESH_REPLAYS || SFDFA_TICKS <= SFDFA_MESH_IN_FLIGHT)
#define SFDFA_MESH_KEPT_TICKS (SFDFA_MESH_KEEPS_ALL ? SFDFA_TICKS : SFDFA_MESH_IN_FLIGHT)

/* Spikes are not counted by their ticks as they come, where a core is to take them fast. */
#define SFDFA_MESH_COUNTS_LATE (SFDFA_RISCV && SFDFA_MESH_REPLAYS && SFDFA_MESH_SPIKING == 2)

/* What a core has of one layer, and where it lies. */
typedef struct {
    uint16_t first; /* of its neurons, in the layer; of outputs that integrate, of their inputs */
    uint16_t neurons; /* of the layer that are the core's */
    uint16_t row; /* cells of the weights of one input */
    uint16_t capacity; /* spikes that it keeps */
    uint16_t first_neuron; /* of all that the core has */
    uint16_t first_remembered; /* of the spikes that it keeps */
    uint16_t first_input; /* of the traces of its inputs */
    uint16_t first_word; /* of the bits of the layer's inputs, where they are spikes, */
    uint16_t first_graded; /* and of their grades after the sample */
    uint16_t first_hearing; /* of the own neurons of layers that get spikes */
    uint32_t first_weight; /* cell among all weights of the core */
    uint32_t first_synapse; /* of the traces of its synapses */
} sfdfa_mesh_part_t;

/* What has come for a layer and block of ticks. */
typedef struct {
    int32_t missing; /* spikes, and for each end of tick SFDFA_MESH_END_MISSING: 0 only where all are here */
    uint16_t ends; /* of tick that are here */
    uint16_t spikes; /* that these have announced */
} sfdfa_mesh_heard_t;

/* More spikes than there can be in a block: a layer has 16,000 neurons at most. */
#define SFDFA_MESH_END_MISSING 0x10000

#define SFDFA_MESH_PAIRS ((SFDFA_MAX_EVENTS + 1) / 2)
#define SFDFA_MESH_UNKNOWN UINT32_MAX

/* The receive store, section 4. Layer l stands for what reaches layer l. */
typedef struct {
    uint32_t pairs; /* of events that have come, */
    uint32_t tick_pairs; /* and of ticks */
    uint32_t wanted_pairs; /* of events up to the next look, once that is known, or SFDFA_MESH_UNKNOWN */
    uint32_t wanted_tick_pairs; /* up to the next look, of a sample that has started, or SFDFA_MESH_UNKNOWN */
    uint16_t events_until[SFDFA_TICKS + 1]; /* the end of a tick; room for a pair of ticks */
    _Alignas(4) sfdfa_index_t event[2 * SFDFA_MESH_PAIRS]; /* the channel of each, written in words, too */
#if SFDFA_MESH_PASSES
    uint32_t input[SFDFA_MESH_KEPT_TICKS][SFDFA_MESH_INPUT_WORDS]; /* by sfdfa_mesh_slot */
    /* What the spikes of a tick come to for the own neurons of layers that get spikes: */
    int32_t current[SFDFA_MESH_IN_FLIGHT][SFDFA_MESH_HEARING]; /* X, */
    int32_t graded[SFDFA_MESH_IN_FLIGHT][SFDFA_MESH_HEARING]; /* and the sum of grades */
    uint16_t inputs[SFDFA_LAYERS][SFDFA_TICKS]; /* spikes that have come of each tick, where they are counted */
    sfdfa_mesh_heard_t of[SFDFA_LAYERS + 1][SFDFA_MESH_BLOCKS]; /* what has come of each block */
#endif
} sfdfa_mesh_store_t;

/* Section 5, where some layer has had more spikes than there is room for. */
typedef struct {
    uint16_t total[SFDFA_MESH_STAGES][SFDFA_TICKS + 1]; /* spikes of a layer in a tick; room for a pair of ticks */
    uint16_t before[SFDFA_MESH_STAGES][SFDFA_TICKS + 1]; /* those of cores with a lower number */
    uint32_t received; /* packets */
    bool wanted; /* they are asked for in this turn */
} sfdfa_mesh_ranks_t;

/* Section 6: what this core and those behind it add up to, and how many of them have not. */
#define SFDFA_MESH_FIRST_SUM (SFDFA_INTEGRATES ? 0 : SFDFA_MESH_SUM_SPIKES * SFDFA_OUTPUTS)
#define SFDFA_MESH_SUMS (SFDFA_MESH_SUM_SPIKES * SFDFA_OUTPUTS + SFDFA_MESH_STAGES - SFDFA_MESH_FIRST_SUM)

typedef struct {
    uint32_t sum[SFDFA_MESH_SUMS]; /* so far, modulo 2^32 */
    uint8_t missing[SFDFA_MESH_SUMS]; /* of each sum, so many shares are not added yet */
    uint8_t ready; /* shares of the cores that can learn */
} sfdfa_mesh_sums_t;

#if SFDFA_TRACES

/* What is noted of a sample in order to learn it: section 9 of docs/ARITHMETIC.md. */
typedef struct {
    int32_t a[SFDFA_MESH_TRACED_INPUTS]; /* trace of each input, decaying like A */
    int32_t b[SFDFA_MESH_TRACED_INPUTS]; /* trace of each input, decaying like B */
    int16_t lambda[SFDFA_MESH_NEURONS]; /* Lambda of each neuron */
    int16_t reset_trace[SFDFA_MESH_SYNAPSES]; /* R: of each input of a layer, those of the own neurons */
    int16_t eligibility[SFDFA_MESH_SYNAPSES]; /* E */
} sfdfa_mesh_notes_t;

#elif SFDFA_LEARNS

/* A spike that is kept. */
typedef struct {
    uint16_t previous; /* the one before it of the same neuron, or SFDFA_MESH_NO_SPIKE */
    uint8_t tick; /* of the spike */
    sfdfa_rho_t rho; /* of the spike, section 8 */
} sfdfa_mesh_spike_t;

#define SFDFA_MESH_NO_SPIKE UINT16_MAX

/* What is noted of a sample in order to learn it: section 8 of docs/ARITHMETIC.md. */
typedef struct {
    sfdfa_mesh_spike_t spike[SFDFA_MESH_REMEMBERED]; /* kept spikes of the core, oldest first */
    uint16_t last_spike[SFDFA_MESH_NEURONS]; /* the newest kept one of each neuron, or SFDFA_MESH_NO_SPIKE */
    uint16_t first_spike[SFDFA_LAYERS][SFDFA_TICKS]; /* how many the core had before each tick */
    uint8_t first_tick; /* with an input of the layer that learns */
    uint8_t unlisted; /* ticks, the first ones, whose inputs are not listed yet */
    bool has_list; /* the list for the first layer has been begun */
    bool is_listed; /* what the layer that learns has had of inputs: there is room for it */
} sfdfa_mesh_notes_t;

#endif

/* What runs. */
typedef struct {
    uint8_t last; /* ticks that are run */
    uint8_t look; /* the last tick that may be run yet */
    uint8_t told; /* ticks of which the sums have been reported */
    bool coasts; /* whether the first layer has no inputs any more; then */
    uint16_t coasting; /* so many of its neurons are still stepped, and */
    uint16_t left; /* so many may still spike */
    uint8_t next_tick[SFDFA_MESH_STAGES]; /* the tick that each layer runs next */
    uint16_t spikes[SFDFA_LAYERS]; /* of own neurons, kept or not */
    sfdfa_saturations_t saturations; /* of the sample; added to the core's when it is committed */
    sfdfa_membrane_t membrane[SFDFA_MESH_NEURONS]; /* A and B of own neurons, in 2^-F_a */
    uint8_t counts[SFDFA_MESH_NEURONS]; /* spikes of own neurons in the sample */
    sfdfa_index_t may_spike[SFDFA_MESH_WIDEST]; /* own neurons of the layer at hand that may, while it coasts */
    int16_t grade_sum[SFDFA_MESH_NEURONS]; /* S */
    int16_t output_grade[SFDFA_MESH_NEURONS]; /* d of own outputs */
#if SFDFA_INTEGRATES
    uint16_t kappa[SFDFA_MESH_KAPPAS]; /* of own inputs of the outputs */
#endif
#if SFDFA_LEARNS
    sfdfa_record_t record[SFDFA_RECORDS]; /* of own outputs */
    sfdfa_mesh_notes_t notes; /* what eligibility keeps of the sample */
#endif
} sfdfa_mesh_run_t;

#if SFDFA_RESIDUAL_FEEDBACK
/* Grades after the sample, section 7a of docs/ARITHMETIC.md. */
typedef struct {
    bool begun; /* the first layer has been summed */
    uint8_t turn; /* the layer whose feedback moves */
    uint8_t at; /* the layer whose own grades are known */
    int16_t own[SFDFA_MESH_WIDEST]; /* these */
    uint32_t spiked[SFDFA_MESH_INPUT_WORDS]; /* inputs that had a spike in a tick that is run */
    int16_t input[SFDFA_MESH_GRADED_INPUTS]; /* those of other cores, */
    uint16_t arrived[SFDFA_LAYERS]; /* of which so many have come for each layer */
    uint32_t saturations; /* of grades in the sample */
} sfdfa_mesh_residual_t;
#endif

/* What the root gathers. */
typedef struct {
    int32_t shown[SFDFA_OUTPUTS]; /* what is told of the outputs: counts, or p */
#if SFDFA_INTEGRATES
    sfdfa_activity_t sum[SFDFA_OUTPUTS]; /* behind Y of each output, summed over reports */
    uint8_t look; /* the tick at whose end the root decides next */
    uint8_t last; /* ticks that are run */
#else
    int32_t output_grade[SFDFA_OUTPUTS]; /* d of each output, summed over reports */
    int32_t potential[SFDFA_OUTPUTS]; /* B - A of each output, after the last tick */
#endif
    uint32_t total[SFDFA_MESH_SUMS]; /* of all cores, of each sum */
    uint32_t saturations; /* of d */
    uint32_t reports; /* so many have come for the look or the end */
    uint32_t sums; /* so many have come for the end */
    uint32_t wanted_sums; /* so many there are; UINT32_MAX until that is known */
    uint32_t margin; /* between the two leading outputs, in the unit of Y */
    bool all_are_ready; /* every core has all that it learns from */
    uint16_t prediction; /* output, once it is judged */
    uint8_t action; /* SFDFA_MESH_NOTHING, _KNOWN or _LEARN */
    bool judged; /* prediction and action are chosen */
    bool committed; /* all cores were told to learn */
} sfdfa_mesh_root_t;

/* Scratch of one tick, */
typedef union {
    struct {
        int32_t current[SFDFA_MESH_WIDEST]; /* X */
        int32_t graded[SFDFA_MESH_WIDEST]; /* sum of grades of the layer at hand */
        sfdfa_index_t reached[SFDFA_MESH_WIDEST]; /* neurons that have reached their threshold */
        sfdfa_index_t input[SFDFA_MESH_WIDEST_INPUTS]; /* of a layer that gets spikes */
    };
#if SFDFA_MESH_REPLAYS
    /* and of a layer that learns: each input of the sample, its draw above its row, the last tick's first. */
    struct {
        uint32_t *listed_end[SFDFA_TICKS + 1]; /* after the inputs of each tick, and of none, after all */
        uint32_t listed[SFDFA_MESH_LISTED]; /* draw and row of each input */
    };
#endif
} sfdfa_mesh_scratch_t;

/* What a core has learned. */
typedef struct {
    _Alignas(4) sfdfa_weight_t weights[SFDFA_MESH_WEIGHT_CELLS]; /* read in words, too */
    uint32_t samples; /* learned so far, modulo 2^32 */
#if SFDFA_LEARNS
    /* Of own hidden neurons, a row of outputs each. */
    int8_t feedback[SFDFA_TRANSPOSES ? 1 : SFDFA_MESH_HIDDEN * (uint32_t)SFDFA_OUTPUTS];
    int32_t mean_delta[SFDFA_MESH_NEURONS]; /* of own neurons, section 6 */
    uint16_t mean_rate[SFDFA_MESH_HIDDEN]; /* of own hidden neurons, section 6 */
#endif
} sfdfa_mesh_learned_t;

/* What is small and often needed comes first, where it can be addressed at once. */
typedef struct {
    sfdfa_mesh_port_t *port; /* of the machine, to send packets by */
    uint16_t number; /* of this core */
    uint8_t shares; /* of a sum: this core's and those of the cores behind it */

    /* Of the turn: */
    uint8_t turn; /* number of the sample that is run, modulo 256 */
    uint32_t events_key; /* of the packet with the first two events, */
    uint32_t spike_key; /* with the first spike, */
    uint32_t error_key; /* with the first error, */
    uint32_t sum_key; /* with the first sum, of no sender, */
    uint32_t own_sum_key; /* and of this core */
    bool started; /* all is there that the turn begins with */
    bool learns; /* the sample is run to be learned */
    bool reported; /* all reports of the turn are sent */
    bool told_ready; /* the root knows that the core can learn */
    bool committed; /* the root has told it to */
    bool prepared; /* all is done that can be done for learning before the errors are known */
    bool puts_off; /* it prepares when it is ready */
    uint8_t action; /* of the root: SFDFA_MESH_NOTHING, _KNOWN or _LEARN */
    uint16_t errors; /* packets */
    uint16_t label; /* of the sample, or SFDFA_MESH_NO_LABEL */
    uint16_t rate_scale; /* of the learning rate, in 1/4096 */
    uint32_t sample_key; /* of all draws of the sample */
    sfdfa_mesh_run_t run; /* the neurons in the sample */
    int16_t error[SFDFA_OUTPUTS]; /* e of each output */
    int32_t output_grade[SFDFA_OUTPUTS]; /* d, or R */
    uint32_t output_draw[SFDFA_OUTPUTS]; /* while it learns */
    sfdfa_mesh_sums_t sums; /* on their way to the root */
    sfdfa_mesh_store_t store; /* inputs that have come */
#if SFDFA_MESH_REPLAYS
    sfdfa_mesh_ranks_t ranks; /* of spikes, where they do not all find room */
#endif
#if SFDFA_RESIDUAL_FEEDBACK
    sfdfa_mesh_residual_t residual; /* feedback that follows the residual */
#endif
    sfdfa_mesh_root_t root; /* of core 0 */
    sfdfa_mesh_scratch_t scratch; /* nothing that lasts */

    sfdfa_saturations_t saturations; /* since the core began, of committed samples */
    sfdfa_mesh_part_t part[SFDFA_LAYERS]; /* of each layer */
    sfdfa_layer_t layer[SFDFA_LAYERS]; /* the table of each, as if it had only what is the core's */
    uint16_t senders[SFDFA_LAYERS + 1]; /* cores with neurons of the layer before each, or of the last one */
    sfdfa_mesh_learned_t learned; /* what outlives a sample */
} sfdfa_mesh_t;

/* Give a core its number and its port. What it has learned stays as it is: at first all 0, and to be written. */
void sfdfa_mesh_init(sfdfa_mesh_t *core, uint16_t number, sfdfa_mesh_port_t *port);

/* sfdfa_mesh_init.c: forget what was received and computed in the turn before. */
void sfdfa_mesh_open_turn(sfdfa_mesh_t *core, uint8_t turn);

/* sfdfa_mesh_core.c: take a packet that has no events of the turn at hand; go on when all events are here. */
void sfdfa_mesh_receive_other(sfdfa_mesh_t *core, uint32_t key, uint32_t payload);
void sfdfa_mesh_advance(sfdfa_mesh_t *core);

/* Which two events of the turn at hand a packet has; SFDFA_MESH_PAIRS or more: it has none. */
static inline uint32_t sfdfa_mesh_pair_of(const sfdfa_mesh_t *core, uint32_t key)
{
    return key - core->events_key;
}

/* Two events. Returns whether they are the last that are waited for. */
static inline bool sfdfa_mesh_take_events(sfdfa_mesh_t *core, uint32_t pair, uint32_t payload)
{
    sfdfa_mesh_store_t *store = &core->store;
    const uint16_t low = sfdfa_mesh_low(payload), high = sfdfa_mesh_high(payload);
    if (low >= SFDFA_CHANNELS || high >= SFDFA_CHANNELS) {
        return false;
    }
    sfdfa_index_t *event = &store->event[2 * pair];
    event[0] = (sfdfa_index_t)low;
    event[1] = (sfdfa_index_t)high;
    store->pairs++;
    return store->pairs == store->wanted_pairs;
}

/* Take a packet. One that no core sends is passed over. Most have events, from which nothing follows yet. */
static inline void sfdfa_mesh_receive(sfdfa_mesh_t *core, uint32_t key, uint32_t payload)
{
    const uint32_t pair = sfdfa_mesh_pair_of(core, key);
    if (pair >= SFDFA_MESH_PAIRS) {
        sfdfa_mesh_receive_other(core, key, payload);
    } else if (sfdfa_mesh_take_events(core, pair, payload)) {
        sfdfa_mesh_advance(core);
    }
}

/* For the files of this folder: */

static inline void sfdfa_mesh_tell(sfdfa_mesh_t *core, sfdfa_mesh_to_t to, uint32_t kind, uint8_t layer,
                                   uint16_t source, uint32_t payload)
{
    sfdfa_mesh_send(core->port, to, sfdfa_mesh_key(kind, core->turn, layer, source), payload);
}

/* sfdfa_mesh_neurons.c: forget the last sample, and run ticks of a layer, up to an end. */
void sfdfa_mesh_begin_run(sfdfa_mesh_t *core);
void sfdfa_mesh_on_ticks(sfdfa_mesh_t *core, uint8_t layer, uint8_t tick, uint8_t end);

/* Of the first layer, neurons up to `end` of scratch.reached have reached their threshold in the tick before `until`. */
void sfdfa_mesh_fire(sfdfa_mesh_t *core, const uint16_t *until, const sfdfa_index_t *end);

/* The same of a layer that gets spikes, in a tick. */
void sfdfa_mesh_fire_hearing(sfdfa_mesh_t *core, uint32_t layer, uint32_t tick, const sfdfa_index_t *end);

/* And of the first one while it coasts; listed are places of may_spike. */
void sfdfa_mesh_fire_coasting(sfdfa_mesh_t *core, uint8_t tick, const sfdfa_index_t *end);

/* What a tick has of inputs. */
typedef struct {
    const sfdfa_index_t *index; /* of each, in the layer */
    uint16_t count; /* how many there are */
} sfdfa_mesh_inputs_t;

/* The events of a tick. */
static inline sfdfa_mesh_inputs_t sfdfa_mesh_events(const sfdfa_mesh_t *core, uint8_t tick)
{
    const uint16_t first = tick > 0 ? core->store.events_until[tick - 1] : 0;
    const uint16_t end = core->store.events_until[tick];
    return (sfdfa_mesh_inputs_t){&core->store.event[first], end > first ? (uint16_t)(end - first) : (uint16_t)0};
}

/* Where the spikes of a tick are kept. */
static inline uint8_t sfdfa_mesh_slot(uint8_t tick)
{
    return SFDFA_MESH_KEEPS_ALL ? tick : (uint8_t)(tick % SFDFA_MESH_IN_FLIGHT);
}

/*
 * When all ticks are run, do a part of what can be done for learning before the errors are known; returns whether that
 * was all. sfdfa_mesh_learn.c or sfdfa_mesh_frozen.c: learn the sample of this turn.
 */
bool sfdfa_mesh_prepare(sfdfa_mesh_t *core);
void sfdfa_mesh_on_learn(sfdfa_mesh_t *core);

/* The first tick from `tick` on after which a verdict is waited for, or the last of a sample. */
static inline uint8_t sfdfa_mesh_next_look(uint8_t tick)
{
    const uint16_t look = (uint16_t)(tick / 4 * 4 + 3);
    return SFDFA_MESH_DECIDES && look < SFDFA_TICKS - 1 ? (uint8_t)look : SFDFA_TICKS - 1;
}

/* Of outputs that integrate: an own input of them has a spike or event. */
static inline void sfdfa_mesh_add_kappa(sfdfa_mesh_t *core, uint16_t input, uint8_t tick)
{
#if SFDFA_INTEGRATES
    core->run.kappa[input] = (uint16_t)(core->run.kappa[input] + SFDFA_TICKS - tick);
#else
    (void)core, (void)input, (void)tick;
#endif
}

/* sfdfa_mesh_outputs.c, of these outputs: ticks, where there is no hidden layer; */
void sfdfa_mesh_on_events(sfdfa_mesh_t *core, uint8_t tick, uint8_t end);

/* report what is known, and whether that was all; */
void sfdfa_mesh_report_sums(sfdfa_mesh_t *core);
bool sfdfa_mesh_report_residual(sfdfa_mesh_t *core);

/* take a grade; learn their weights. */
void sfdfa_mesh_on_grade(sfdfa_mesh_t *core, uint8_t layer, uint16_t source, uint32_t payload);
void sfdfa_mesh_learn_outputs(sfdfa_mesh_t *core);

/* Whether d is wanted of a sample, section 7a of docs/ARITHMETIC.md. */
static inline bool sfdfa_mesh_wants_residual(const sfdfa_mesh_t *core)
{
    return SFDFA_RESIDUAL_FEEDBACK && core->learns && core->label != SFDFA_MESH_NO_LABEL;
}

/* In which a core reports the sum of an output. */
#define SFDFA_MESH_SUM_WORDS (SFDFA_WIDE_ACTIVITY ? 2UL : 1UL)

/* sfdfa_mesh_core.c: what this core adds to sums, from an item on. */
void sfdfa_mesh_add(sfdfa_mesh_t *core, uint16_t item, const int32_t *shares, uint16_t count);

/* To those of all outputs. */
static inline void sfdfa_mesh_add_outputs(sfdfa_mesh_t *core, uint16_t field, const int32_t *shares)
{
    sfdfa_mesh_add(core, (uint16_t)(field * SFDFA_OUTPUTS), shares, SFDFA_OUTPUTS);
}

/*
 * sfdfa_mesh_root.c: forget the last turn; take a packet, or that a sum is complete, or all cores are ready. What
 * follows for the core itself comes as packets, too.
 */
void sfdfa_mesh_root_begin(sfdfa_mesh_t *core);
void sfdfa_mesh_root_receive(sfdfa_mesh_t *core, uint32_t key, uint32_t payload);
void sfdfa_mesh_root_sum(sfdfa_mesh_t *core);
void sfdfa_mesh_root_all_ready(sfdfa_mesh_t *core);

#endif
