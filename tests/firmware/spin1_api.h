/* What the C of a mesh uses of spin1_api, as its documentation has it: enough to compile, of our own. */
#ifndef SPIN1_API_H
#define SPIN1_API_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned int uint;
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef void (*callback_t)(uint, uint);

enum { MC_PACKET_RECEIVED = 0, DMA_TRANSFER_DONE, TIMER_TICK, SDP_PACKET_RX, USER_EVENT, MCPL_PACKET_RECEIVED };
enum { NO_PAYLOAD = 0, WITH_PAYLOAD = 1 };
enum { SYNC_NOWAIT = 0 };
enum { RTE_SWERR = 20 };
enum { PORT_ETH = 255 };

typedef struct {
    void *next;
    ushort length;
    ushort checksum;
    uchar flags, tag, dest_port, srce_port;
    ushort dest_addr, srce_addr;
    ushort cmd_rc, seq;
    uint arg1, arg2, arg3;
    uchar data[256];
} sdp_msg_t;

typedef struct {
    ushort p2p_addr, eth_addr;
} sv_t;

extern sv_t *const sv;

typedef struct {
    uint user0;
} vcpu_t;

typedef struct {
    vcpu_t *vcpu;
} sark_data_t;

extern sark_data_t sark;

void spin1_callback_on(uint event, callback_t callback, int priority);
uint spin1_start(int sync);
uint spin1_send_mc_packet(uint key, uint payload, uint load);
uint spin1_send_sdp_msg(sdp_msg_t *message, uint timeout);
uint spin1_trigger_user_event(uint arg0, uint arg1);
uint spin1_get_chip_id(void);
uint spin1_get_core_id(void);
void spin1_exit(uint error);
void spin1_delay_us(uint microseconds);
void spin1_msg_free(sdp_msg_t *message);
uint rtr_alloc(uint size);
uint rtr_mc_set(uint entry, uint key, uint mask, uint route);
void rt_error(uint code, ...);
void c_main(void);

#endif
