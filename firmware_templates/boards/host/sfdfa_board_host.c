/*
 * sfdfa_board_host.c: the serial application in the host's process: bytes go in and come out by function calls. They
 * wait in the ring until the device runs, as if an interrupt had put them there.
 */
#include <string.h>

#include "sfdfa_keeper.h"
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

#if SFDFA_PERSIST_EVERY > 0

static int (*erase_page)(uint32_t page);
static int (*program_bytes)(uint32_t address, const uint8_t *bytes, uint16_t size);
static int (*recall_bytes)(uint32_t address, uint8_t *bytes, uint16_t size);

void sfdfa_host_flash(int (*erase)(uint32_t), int (*program)(uint32_t, const uint8_t *, uint16_t),
                      int (*recall)(uint32_t, uint8_t *, uint16_t));

/* The memory that keeps what it holds, which lies outside. Before sfdfa_host_start. */
void sfdfa_host_flash(int (*erase)(uint32_t), int (*program)(uint32_t, const uint8_t *, uint16_t),
                      int (*recall)(uint32_t, uint8_t *, uint16_t))
{
    erase_page = erase;
    program_bytes = program;
    recall_bytes = recall;
}

int sfdfa_board_erase(uint32_t page)
{
    return erase_page(page);
}

int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size)
{
    return program_bytes(address, bytes, size);
}

int sfdfa_board_recall(uint32_t address, uint8_t *bytes, uint16_t size)
{
    return recall_bytes(address, bytes, size);
}

#endif

/* Power on. */
void sfdfa_host_start(void)
{
    while (sfdfa_ring_take() != SFDFA_BOARD_NONE) {
    }
    sfdfa_link_init(&serial, &net, sfdfa_keeper_wake(&net));
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
        sfdfa_keeper_keep(&serial);
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
