/*
 * sfdfa_mesh_picorv32.c: a core behind the mailbox of simulators/mesh/sfdfa_mesh_node.v.
 */
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

int main(void)
{
    sfdfa_mesh_port_t *const port = (sfdfa_mesh_port_t *)MAILBOX;
    sfdfa_mesh_init(&core, (uint16_t)port->number, port);
    port->places = (uint32_t)(uintptr_t)places;
    for (;;) {
        const uint32_t key = port->received_key;
        sfdfa_mesh_receive(&core, key, port->received_payload);
    }
}
