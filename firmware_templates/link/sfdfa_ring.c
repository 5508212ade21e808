/*
 * sfdfa_ring.c: one producer, one consumer. Each index is written by one of them alone, and after the byte that it
 * speaks of: everything is volatile, so the compiler keeps that order, and so does a processor towards its own
 * interrupts.
 */
#include "sfdfa_ring.h"

#if SFDFA_RING_BYTES > 0

#if SFDFA_RING_BYTES <= 256
typedef uint8_t ring_index_t;
#else
typedef uint16_t ring_index_t;
#endif

static volatile uint8_t ring[SFDFA_RING_BYTES];
static volatile ring_index_t head; /* where the next byte is put */
static volatile ring_index_t tail; /* where the next byte is taken */
/* Set by the interrupt when the ring is full, cleared by the main program when it is empty. */
static volatile bool overflowed;

static ring_index_t after(ring_index_t index)
{
    return (ring_index_t)((index + 1u) & (SFDFA_RING_BYTES - 1u));
}

void sfdfa_ring_put(uint8_t byte)
{
    const ring_index_t place = head;
    const ring_index_t next = after(place);
    if (next == tail) {
        overflowed = true;
    }
    if (!overflowed) {
        ring[place] = byte;
        head = next;
    }
}

int16_t sfdfa_ring_take(void)
{
    const ring_index_t place = tail;
    if (place != head) {
        const uint8_t byte = ring[place];
        tail = after(place);
        return byte;
    }
    if (overflowed) {
        overflowed = false;
        return SFDFA_BOARD_LOST;
    }
    return SFDFA_BOARD_NONE;
}

bool sfdfa_ring_is_empty(void)
{
    return tail == head && !overflowed;
}

#endif
