/*
 * spin1_standin.c: what a core of a mesh uses of spin1_api, for a core that is run from outside: it is given a packet at
 * a time, and writes those that it sends where whoever runs it looks.
 */
#include "spin1_api.h"

#include <stdbool.h>

#define OUTSIDE ((volatile uint32_t *)0xF0000000)

void standin_start(void);
void standin_receive(uint32_t key, uint32_t payload);

static vcpu_t vcpu;
sark_data_t sark = {&vcpu};

static callback_t callback[8];
static bool wants_user_event;

void standin_start(void)
{
    c_main();
    OUTSIDE[2] = vcpu.user0;
}

void standin_receive(uint32_t key, uint32_t payload)
{
    callback[MCPL_PACKET_RECEIVED](key, payload);
    while (wants_user_event) {
        wants_user_event = false;
        callback[USER_EVENT](0, 0);
    }
    OUTSIDE[3] = 0;
}

void spin1_callback_on(uint event, callback_t wanted, int priority)
{
    (void)priority;
    callback[event] = wanted;
}

uint spin1_start(int sync)
{
    (void)sync;
    return 0;
}

uint spin1_send_mc_packet(uint key, uint payload, uint load)
{
    (void)load;
    OUTSIDE[0] = key;
    OUTSIDE[1] = payload;
    return 1;
}

uint spin1_trigger_user_event(uint arg0, uint arg1)
{
    (void)arg0, (void)arg1;
    wants_user_event = true;
    return 1;
}

void spin1_delay_us(uint microseconds)
{
    (void)microseconds;
}

void spin1_msg_free(sdp_msg_t *message)
{
    (void)message;
}

void spin1_exit(uint error)
{
    (void)error;
}

void rt_error(uint code, ...)
{
    OUTSIDE[4] = code;
}
