/*
 * sfdfa_mesh_spin1.c: a core of a mesh on SpiNNaker 1, for the public spin1_api of spinnaker_tools.
 *
 * The hardware holds a single packet that has arrived, so each goes into a queue at once, whatever the core does; a
 * callback of lower priority takes them out one after the other.
 */
#include "spin1_api.h"

#include "sfdfa_mesh.h"

/* More than can be under way to a core; see sfdfa_mesh_map.h. A power of two. */
#define QUEUE SFDFA_MESH_QUEUE

#define AT_ONCE (-1)
#define IN_TURN 0

/* Of this core: sfdfa_mesh_start_N.c, which also says what it has learned at the start. */
extern const uint16_t sfdfa_mesh_number;
extern sfdfa_mesh_t sfdfa_mesh_core;

static uint32_t queue[QUEUE][2];
static volatile uint32_t first, last;

void sfdfa_mesh_send(sfdfa_mesh_port_t *port, sfdfa_mesh_to_t to, uint32_t key, uint32_t payload)
{
    (void)port;
    (void)to; /* the router knows it from the key */
    while (spin1_send_mc_packet(key, payload, WITH_PAYLOAD) == 0) {
        spin1_delay_us(1);
    }
}

static void on_packet(uint key, uint payload)
{
    if (last - first == QUEUE) {
        rt_error(RTE_SWERR); /* more than there can be */
    }
    queue[last % QUEUE][0] = key;
    queue[last % QUEUE][1] = payload;
    last++;
    spin1_trigger_user_event(0, 0); /* in vain where one is triggered already */
}

static void handle(uint unused, uint unused_too)
{
    (void)unused, (void)unused_too;
    while (first != last) {
        const uint32_t *packet = queue[first % QUEUE];
        sfdfa_mesh_receive(&sfdfa_mesh_core, packet[0], packet[1]);
        first++;
    }
}

/* Where what a core has learned lies, for the host, which reads and writes it. */
static const void *const places[] = {
    sfdfa_mesh_core.learned.weights,  &sfdfa_mesh_core.learned.samples,   &sfdfa_mesh_core.saturations,
#if SFDFA_LEARNS
    sfdfa_mesh_core.learned.feedback, sfdfa_mesh_core.learned.mean_delta, sfdfa_mesh_core.learned.mean_rate,
#endif
};

/* The host has no more samples. */
static void leave(uint mailbox, uint port)
{
    (void)port;
    spin1_msg_free((sdp_msg_t *)mailbox);
    spin1_exit(0);
}

void c_main(void)
{
    sfdfa_mesh_init(&sfdfa_mesh_core, sfdfa_mesh_number, NULL);
    sark.vcpu->user0 = (uint)places;
    spin1_callback_on(SDP_PACKET_RX, leave, IN_TURN);
    spin1_callback_on(MCPL_PACKET_RECEIVED, on_packet, AT_ONCE);
    spin1_callback_on(USER_EVENT, handle, IN_TURN);
    spin1_start(SYNC_NOWAIT);
}
