/*
 * sfdfa_board_host.c: the serial application in the host's process: bytes go in and come out by function calls. They
 * wait in the ring until the device runs, as if an interrupt had put them there.
 */
#include <string.h>

#include "sfdfa_link.h"
#include "sfdfa_ring.h"

static sfdfa_t net;
static sfdfa_link_t serial;
static uint8_t sent[1 << 16];
static uint32_t sent_size;

void sfdfa_host_start(void);
void sfdfa_host_receive(const uint8_t *bytes, uint32_t size);
uint32_t sfdfa_host_exchange(const uint8_t *bytes, uint32_t size, uint8_t *reply, uint32_t capacity);

int16_t sfdfa_board_read(void)
{
    return sfdfa_ring_take();
}

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    const uint32_t room = (uint32_t)sizeof sent - sent_size;
    const uint32_t taken = size < room ? size : room;
    memcpy(&sent[sent_size], bytes, taken);
    sent_size += taken;
}

uint32_t sfdfa_board_cycles(void)
{
    return 0;
}

/* Power on. */
void sfdfa_host_start(void)
{
    while (sfdfa_ring_take() != SFDFA_BOARD_NONE) {
    }
    sfdfa_init(&net);
    sfdfa_link_init(&serial, &net, 0);
    sent_size = 0;
}

/* Give the device bytes while it is busy with something else. */
void sfdfa_host_receive(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t k = 0; k < size; k++) {
        sfdfa_ring_put(bytes[k]);
    }
}

/* Let the device do what there is to do. */
static void run(void)
{
    while (sfdfa_link_poll(&serial)) {
    }
}

/*
 * Give the device bytes, no faster than it takes them. Returns how many it sent, of which at most `capacity` are put
 * into `reply`.
 */
uint32_t sfdfa_host_exchange(const uint8_t *bytes, uint32_t size, uint8_t *reply, uint32_t capacity)
{
    sent_size = 0;
    run();
    for (uint32_t k = 0; k < size; k++) {
        sfdfa_ring_put(bytes[k]);
        run();
    }
    memcpy(reply, sent, sent_size < capacity ? sent_size : capacity);
    return sent_size;
}
