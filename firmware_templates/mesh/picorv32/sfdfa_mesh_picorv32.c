/*
 * sfdfa_mesh_picorv32.c: a core behind the mailbox of simulators/mesh/sfdfa_mesh_node.v.
 */
#include <stddef.h>

#include "sfdfa_mesh.h"

#define MAILBOX 0x10000000

/* The mailbox. Whoever a packet is for, its router knows from the key. */
struct sfdfa_mesh_port {
    volatile uint32_t received_key; /* a read waits until there is a packet */
    volatile uint32_t received_payload; /* a read takes it out */
    volatile uint32_t key; /* of the packet to be sent */
    volatile uint32_t payload; /* a write sends it, and waits for room */
    volatile uint32_t number; /* of this core */
    volatile uint32_t places; /* address of the table that the simulation reads the core's state by */
};

void sfdfa_mesh_send(sfdfa_mesh_port_t *port, sfdfa_mesh_to_t to, uint32_t key, uint32_t payload)
{
    (void)to;
    port->key = key;
    port->payload = payload;
}

static sfdfa_mesh_t core;

/* Where what a core has learned lies, for whoever reads and writes it from outside. */
static const void *const places[] = {
    core.learned.weights,  &core.learned.samples,   &core.saturations,
#if SFDFA_LEARNS
    core.learned.feedback, core.learned.mean_delta, core.learned.mean_rate,
#endif
};

/* Where sfdfa_mesh_serve finds what packets that come often go into. */
typedef struct {
    sfdfa_mesh_store_t *store; /* of the core, */
    sfdfa_index_t *event; /* its events, */
    uint16_t *until; /* and where ticks end */
    uint32_t *sum; /* on their way to the root, */
    uint8_t *missing; /* and how many shares of each are not added yet */
    int16_t *error; /* e of each output, */
    int32_t *output_grade; /* d, or R, */
    uint16_t *errors; /* and how many have come */
    uint32_t sums; /* of a core */
    /* Where spikes go from core to core, to the second layer, of which the core has something: */
    uint32_t spikes; /* inputs of that layer, or 0: C takes them all */
    uint32_t *input; /* bits of those that have come, */
    uint32_t input_bytes; /* of a tick */
    const sfdfa_weight_t *weights; /* from the first one */
    uint32_t row; /* cells of the weights from one */
    int32_t *current; /* X, */
    int32_t *graded; /* and sums of grades */
    uint32_t hearing_bytes; /* of X in a tick */
    uint32_t own; /* neurons */
    uint32_t shift; /* of grades, */
    uint32_t rounding; /* and what is added before it */
    sfdfa_mesh_heard_t *heard; /* of each block, and of the layer after */
    const uint16_t *senders; /* of ends of tick for the second layer, and for the next */
    /* Chosen by sfdfa_mesh_serve: */
    const void *add_graded[2]; /* code that adds a spike with a grade, a positive and a negative one, */
    const void *add_products; /* and what does so with any grade */
} sfdfa_mesh_served_t;

/* sfdfa_mesh_serve.S: take packets for good. */
void sfdfa_mesh_serve(sfdfa_mesh_t *core, sfdfa_mesh_port_t *port, sfdfa_mesh_served_t *served);

#if SFDFA_MESH_PASSES

static void serve_spikes(sfdfa_mesh_served_t *served)
{
    const sfdfa_mesh_part_t *part = &core.part[1];
    served->spikes = SFDFA_MESH_SPIKING == 2 && SFDFA_MESH_REPLAYS && part->neurons > 0 ? sfdfa_layers[1].inputs : 0;
    served->input = core.store.input[0];
    served->input_bytes = sizeof core.store.input[0];
    served->weights = &core.learned.weights[part->first_weight];
    served->row = part->row;
    served->current = core.store.current[0];
    served->graded = core.store.graded[0];
    served->hearing_bytes = sizeof core.store.current[0];
    served->own = part->neurons;
    served->shift = sfdfa_layers[1].weight_fraction_bits;
    served->rounding = UINT32_C(1) << served->shift >> 1;
    served->heard = core.store.of[1];
    served->senders = &core.senders[1];
}

#else

static inline void serve_spikes(sfdfa_mesh_served_t *served)
{
    served->spikes = 0;
}

#endif

_Static_assert(SFDFA_MESH_IN_FLIGHT == 8 && SFDFA_MESH_BLOCK == 4 && sizeof(sfdfa_mesh_heard_t) == 8 &&
                   offsetof(sfdfa_mesh_t, spike_key) == 12,
               "as sfdfa_mesh_serve.S has it");
_Static_assert(offsetof(sfdfa_mesh_t, shares) == 6 && offsetof(sfdfa_mesh_t, events_key) == 8 &&
                   offsetof(sfdfa_mesh_t, error_key) == 16 && offsetof(sfdfa_mesh_t, sum_key) == 20 &&
                   offsetof(sfdfa_mesh_t, started) == 28 && offsetof(sfdfa_mesh_t, action) == 35 &&
                   offsetof(sfdfa_mesh_store_t, wanted_tick_pairs) == 12 &&
                   offsetof(sfdfa_mesh_store_t, events_until) == 16,
               "as sfdfa_mesh_serve.S has it");

int main(void)
{
    sfdfa_mesh_port_t *const port = (sfdfa_mesh_port_t *)MAILBOX;
    sfdfa_mesh_served_t served = {
        .store = &core.store,
        .event = core.store.event,
        .until = core.store.events_until,
        .sum = core.sums.sum,
        .missing = core.sums.missing,
        .error = core.error,
        .output_grade = core.output_grade,
        .errors = &core.errors,
        .sums = SFDFA_MESH_SUMS,
    };
    sfdfa_mesh_init(&core, (uint16_t)port->number, port);
    serve_spikes(&served);
    port->places = (uint32_t)(uintptr_t)places;
    sfdfa_mesh_serve(&core, port, &served);
}
