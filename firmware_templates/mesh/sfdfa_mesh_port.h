/*
 * sfdfa_mesh_port.h: what a core of a mesh asks of the machine below it.
 *
 * The machine gives each packet that arrives to sfdfa_mesh_receive, one after the other; between two of them a core has
 * nothing to do, and may sleep or be stopped. Ticks are packets too, so a core needs no clock.
 */
#ifndef SFDFA_MESH_PORT_H
#define SFDFA_MESH_PORT_H

#include <stdint.h>

/* Who gets a packet, section 3 of docs/MESH.md. */
typedef enum {
    SFDFA_TO_ALL = 0, /* all cores, the sender among them */
    SFDFA_TO_ALL_AND_HOST = 1,
    SFDFA_TO_ROOT = 2,
    SFDFA_TO_HOST = 3,
    SFDFA_TO_PARENT = 4, /* that of the sender */
    SFDFA_TO_ITSELF = 5, /* the sender */
} sfdfa_mesh_to_t;

/* What a machine keeps for a core; it defines it. */
typedef struct sfdfa_mesh_port sfdfa_mesh_port_t;

/* Hand a packet over; where there is no room for it now, wait. It must not call sfdfa_mesh_receive. */
void sfdfa_mesh_send(sfdfa_mesh_port_t *port, sfdfa_mesh_to_t to, uint32_t key, uint32_t payload);

#endif
