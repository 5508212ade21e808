/*
 * sfdfa_startup.h: what a chip may have to do at its reset, before anything else.
 */
#ifndef SFDFA_STARTUP_H
#define SFDFA_STARTUP_H

/* Before RAM is written, the stack too: it must be a leaf that needs no stack. Most chips have none. */
void sfdfa_before_ram(void);

#endif
