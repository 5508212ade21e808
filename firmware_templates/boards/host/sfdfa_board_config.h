/*
 * sfdfa_board_config.h: this machine as a board, for tests of the link without any line.
 */
#ifndef SFDFA_BOARD_CONFIG_H
#define SFDFA_BOARD_CONFIG_H

#define SFDFA_BOARD_NAME "host"
#define SFDFA_BOARD_CLOCK_HZ 0UL
#define SFDFA_BOARD_CYCLE_BITS 0
#ifndef SFDFA_PERSIST_EVERY
#define SFDFA_PERSIST_EVERY 0
#endif
#ifndef SFDFA_BROWN_OUT
#define SFDFA_BROWN_OUT 0
#endif
#ifndef SFDFA_MAX_PAYLOAD
#define SFDFA_MAX_PAYLOAD 256
#endif
#ifndef SFDFA_WINDOW
#define SFDFA_WINDOW 4
#endif
#ifndef SFDFA_RING_BYTES
#define SFDFA_RING_BYTES 2048
#endif

#endif
