/*
 * sfdfa_mesh_gate_spin1.c: the gate of a mesh on SpiNNaker 1: what the host sends in SDP messages goes on as multicast
 * packets, and what is for the host goes to it in SDP messages. A message has pairs of words, key and payload; its port
 * says what it is.
 */
#include "spin1_api.h"

#include "sfdfa_mesh_map.h"
#include "sfdfa_mesh_packet.h"

/* Ports. */
#define PACKETS 1
#define ROUTES \
    2 /* nobody else sets those of the chip: the mesh has its cores 1 to SFDFA_MESH_CORES, the gate the next */
#define EXIT 3

#define MOST_PAIRS 32
#define PAIR_BYTES 8
#define TIMEOUT_MS 100
#define QUEUE 1024

#define ALL_CORES (((UINT32_C(1) << SFDFA_MESH_CORES) - 1) << 7)
#define CORE_0 (UINT32_C(1) << 7)
#define HOST (CORE_0 << SFDFA_MESH_CORES)
#define KIND_MASK UINT32_C(0xF0000000)
#define SOURCE_MASK UINT32_C(0x0000FFFF)
#define SDP_HEADER_BYTES 24
#define HOST_TAG 1

static uint32_t queue[QUEUE][2];
static volatile uint32_t first, last;
static sdp_msg_t to_host;

/* Where packets of each kind go, section 3 of docs/MESH.md. */
static const struct {
    uint32_t kind;  /* of the packets */
    uint32_t cores; /* a bit for each of those that get them, and HOST */
} routes[] = {
    {SFDFA_MESH_START, ALL_CORES},
    {SFDFA_MESH_SPIKE, ALL_CORES},
    {SFDFA_MESH_END, ALL_CORES},
    {SFDFA_MESH_REPORT, CORE_0},
    {SFDFA_MESH_VERDICT, ALL_CORES | HOST},
    {SFDFA_MESH_GRADE, ALL_CORES},
    {SFDFA_MESH_ERROR, ALL_CORES},
    {SFDFA_MESH_COMMIT, ALL_CORES},
    {SFDFA_MESH_RESULT, HOST},
    {SFDFA_MESH_DONE, HOST},
    {SFDFA_MESH_AGAIN, CORE_0},
    {SFDFA_MESH_EVENTS, ALL_CORES},
    {SFDFA_MESH_RANKS, ALL_CORES},
};

#define KINDS (sizeof routes / sizeof routes[0])

/* Kinds that go to the parent of the core in the field of their key. */
static const uint32_t to_parent[] = {SFDFA_MESH_READY, SFDFA_MESH_SUM};

#define TO_PARENT (sizeof to_parent / sizeof to_parent[0])

static void set_routes(void)
{
    uint entry = rtr_alloc(KINDS + TO_PARENT * (SFDFA_MESH_CORES - 1) + SFDFA_MESH_CORES);
    if (entry == 0) {
        rt_error(RTE_SWERR); /* another program has the router */
    }
    for (uint k = 0; k < KINDS; k++) {
        rtr_mc_set(entry++, routes[k].kind << 28, KIND_MASK, routes[k].cores);
    }
    for (uint k = 0; k < TO_PARENT; k++) {
        for (uint n = 1; n < SFDFA_MESH_CORES; n++) {
            const uint parent = n % SFDFA_MESH_WIDTH > 0 ? n - 1 : n - SFDFA_MESH_WIDTH;
            rtr_mc_set(entry++, to_parent[k] << 28 | n << 16, KIND_MASK | SFDFA_MESH_FIELD, CORE_0 << parent);
        }
    }
    for (uint n = 0; n < SFDFA_MESH_CORES; n++) {
        rtr_mc_set(entry++, (uint)SFDFA_MESH_PREPARE << 28 | n, KIND_MASK | SOURCE_MASK, CORE_0 << n);
    }
}

static void on_packet(uint key, uint payload)
{
    if (last - first == QUEUE) {
        rt_error(RTE_SWERR);
    }
    queue[last % QUEUE][0] = key;
    queue[last % QUEUE][1] = payload;
    last++;
    spin1_trigger_user_event(0, 0);
}

/* To the host, as many at a time as have come. */
static void pass_on(uint unused, uint unused_too)
{
    (void)unused, (void)unused_too;
    while (first != last) {
        uint32_t *pair = (uint32_t *)(void *)to_host.data;
        uint32_t pairs = 0;
        for (; pairs < MOST_PAIRS && first != last; pairs++, first++) {
            *pair++ = queue[first % QUEUE][0];
            *pair++ = queue[first % QUEUE][1];
        }
        to_host.length = (ushort)(SDP_HEADER_BYTES + PAIR_BYTES * pairs);
        spin1_send_sdp_msg(&to_host, TIMEOUT_MS);
    }
}

static void on_message(uint mailbox, uint port)
{
    sdp_msg_t *message = (sdp_msg_t *)mailbox;
    if (port == ROUTES) {
        set_routes();
    }
    if (port == EXIT) {
        spin1_exit(0);
    }
    const uint32_t *pair = (const uint32_t *)(const void *)message->data;
    const uint32_t bytes =
        port == PACKETS && message->length > SDP_HEADER_BYTES ? message->length - (uint32_t)SDP_HEADER_BYTES : 0;
    for (uint32_t pairs = bytes / PAIR_BYTES; pairs > 0; pairs--, pair += 2) {
        while (spin1_send_mc_packet(pair[0], pair[1], WITH_PAYLOAD) == 0) {
            spin1_delay_us(1);
        }
    }
    spin1_msg_free(message);
}

void c_main(void)
{
    to_host.tag = HOST_TAG;
    to_host.dest_port = PORT_ETH;
    to_host.dest_addr = sv->eth_addr;
    to_host.flags = 0x07;
    to_host.srce_port = (uchar)(PACKETS << 5 | spin1_get_core_id());
    to_host.srce_addr = (ushort)spin1_get_chip_id();
    spin1_callback_on(MCPL_PACKET_RECEIVED, on_packet, -1);
    spin1_callback_on(USER_EVENT, pass_on, 0);
    spin1_callback_on(SDP_PACKET_RX, on_message, 1);
    spin1_start(SYNC_NOWAIT);
}
