/*
 * sfdfa_boot_imxrt1062.S: what the boot ROM of an i.MX RT1062 reads at the beginning of the flash: how to read it, and
 * where the program is. Source: i.MX RT1060 Reference Manual, chapter "System Boot", sections "FlexSPI Configuration
 * Block", "Image Vector Table Structure" and "Boot Data Structure"; W25Q16JV data sheet, "Fast Read Quad I/O (EBh)".
 * The whole takes 8 KB, after which the vector table follows.
 */
    .section .boot, "a"
boot_start:
    .ascii "FCFB"
    .word 0x56010000        /* version 1.0 of this block */
    .word 0
    .byte 1                 /* the read strobe is looped back through its pad */
    .byte 1                 /* data held, and set up, for this many clocks */
    .byte 1
    .byte 0                 /* no column address */
    .org 0x44
    .byte 1                 /* a serial NOR */
    .byte 4                 /* data lines */
    .byte 3                 /* 60 MHz */
    .byte 0
    .org 0x50
    .word 0x200000          /* bytes */
    .org 0x80               /* commands that the controller gives; the first one reads */
    .word 0x0A1804EB        /* command EBh on one line, an address of 24 bits on four */
    .word 0x26043206        /* 6 clocks of waiting, then data on four lines */
    .org 0x1C0
    .word 256               /* bytes of a page */
    .word 4096              /* of a sector */
    .word 1                 /* 30 MHz for other commands */
    .org 0x1D0
    .word 0x10000           /* of a block */

    .org 0x1000
vector_table:               /* of the image, which begins with the address of its exceptions' */
    .word 0x432000D1
    .word sfdfa_vectors_start
    .word 0
    .word 0                 /* no device configuration */
    .word boot_data
    .word vector_table
    .word 0                 /* no signature */
    .word 0
boot_data:
    .word boot_start
    .word 0x1F0000          /* bytes of the image, or more */
    .word 0                 /* no plugin */
    .org 0x2000
