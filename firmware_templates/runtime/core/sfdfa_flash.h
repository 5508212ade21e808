/*
 * sfdfa_flash.h: where constant tables live.
 */
#ifndef SFDFA_FLASH_H
#define SFDFA_FLASH_H

/* Flash is another address space on an AVR, and a plain constant would take RAM. Elsewhere this says nothing. */
#ifdef __AVR__
#define SFDFA_FLASH __flash
#else
#define SFDFA_FLASH
#endif

#endif
