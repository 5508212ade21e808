/*
 * sfdfa_board_host.c: the serial application in the host's process: bytes go in and come out by function calls.
 */
#include <string.h>

#include "sfdfa_link.h"

static sfdfa_t net;
static sfdfa_link_t serial;
static uint8_t sent[1 << 16];
static uint32_t sent_size;

void sfdfa_host_start(void);
uint32_t sfdfa_host_exchange(const uint8_t *bytes, uint32_t size, uint8_t *reply, uint32_t capacity);

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
    sfdfa_init(&net);
    sfdfa_link_init(&serial, &net);
    sent_size = 0;
}

/* Give the device bytes. Returns how many it sent, of which at most `capacity` are put into `reply`. */
uint32_t sfdfa_host_exchange(const uint8_t *bytes, uint32_t size, uint8_t *reply, uint32_t capacity)
{
    sent_size = 0;
    for (uint32_t k = 0; k < size; k++) {
        sfdfa_link_receive(&serial, bytes[k]);
    }
    memcpy(reply, sent, sent_size < capacity ? sent_size : capacity);
    return sent_size;
}
