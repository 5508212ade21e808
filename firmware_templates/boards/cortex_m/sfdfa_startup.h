/*
 * sfdfa_startup.h: what a chip may have to do at its reset, before anything else, and what cannot wait later.
 */
#ifndef SFDFA_STARTUP_H
#define SFDFA_STARTUP_H

/* Before RAM is written, the stack too: it must be a leaf that needs no stack. Most chips have none. */
void sfdfa_before_ram(void);

/* The interrupt that cannot be masked. Most chips have nothing that asks for it, and stand still. */
void sfdfa_nmi(void);

#endif
