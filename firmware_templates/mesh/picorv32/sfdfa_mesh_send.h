/*
 * sfdfa_mesh_send.h: how a kernel sends a packet by the mailbox of simulators/mesh/sfdfa_mesh_node.v, of which
 * sfdfa_mesh_picorv32.c says where its registers lie.
 */
#ifndef SFDFA_MESH_SEND_H
#define SFDFA_MESH_SEND_H

#if defined(__ASSEMBLER__)
/* clang-format off */

        /* Waits for room. 10 cycles. */
        .macro  send_packet port, key, payload
        sw      \key, 8(\port)
        sw      \payload, 12(\port)
        .endm

#endif
#endif
