/*
 * sfdfa_boot_rp2040.S: the flash second stage, the first 256 bytes of the RP2040's flash. RP2040 Datasheet, "Bootrom",
 * section "Flash Second Stage": the boot ROM copies these bytes to the end of RAM, checks them, and calls the first.
 * They must set up the SSI so that the flash can be read, and executed, at 0x10000000; nothing else is done here.
 *
 * The plain serial read command, 03h, is understood by every flash chip. It takes 64 clocks of 31 MHz for a word that
 * is not in the XIP cache of 16 KB.
 *
 * A change to the code changes the checksum in the last line; the build of a UF2 image checks it, and says what it must
 * be.
 */
    .syntax unified
    .cpu cortex-m0plus
    .thumb

/* Datasheet, "SSI", section "List of Registers": offsets and fields. */
    .equ SSI_CTRLR0, 0x00       /* bits 20:16 bits of a frame less 1, 9:8 mode */
    .equ SSI_CTRLR1, 0x04       /* data frames less 1 */
    .equ SSI_SSIENR, 0x08
    .equ SSI_BAUDR, 0x14        /* divider of the system clock, even */
    .equ SSI_SPI_CTRLR0, 0xF4   /* bits 31:24 command, 9:8 its length, 5:2 length of the address in 4 bits */

    .equ CTRLR0_READ_32_BITS, (31 << 16) | (3 << 8)     /* mode 3: send command and address, then receive */
    .equ SPI_CTRLR0_READ_03, (0x03 << 24) | (2 << 8) | (6 << 2)
    .equ CLOCK_DIVIDER, 4       /* 125 MHz to 31.25 MHz */

    .section .boot, "ax"
boot:
    ldr r3, ssi
    movs r0, #0
    str r0, [r3, #SSI_SSIENR]   /* it can be set up only while it is disabled */
    movs r1, #CLOCK_DIVIDER
    str r1, [r3, #SSI_BAUDR]
    ldr r1, ctrlr0
    str r1, [r3, #SSI_CTRLR0]
    ldr r1, spi_ctrlr0
    ldr r2, spi_ctrlr0_register
    str r1, [r2]
    str r0, [r3, #SSI_CTRLR1]
    movs r1, #1
    str r1, [r3, #SSI_SSIENR]

    /* Start the application as after a reset: its vector table holds the stack pointer and the reset handler. */
    ldr r0, vectors
    ldr r1, vector_table_offset_register
    str r0, [r1]
    ldm r0!, {r1, r2}
    msr msp, r1
    bx r2

    .balign 4
ssi: .word 0x18000000           /* XIP_SSI_BASE */
ctrlr0: .word CTRLR0_READ_32_BITS
spi_ctrlr0: .word SPI_CTRLR0_READ_03
spi_ctrlr0_register: .word 0x18000000 + SSI_SPI_CTRLR0
vectors: .word 0x10000100       /* sfdfa_vectors */
vector_table_offset_register: .word 0xE000ED08

    .org 252, 0
    /* CRC-32 of the bytes before: polynomial 0x04C11DB7 from 0xFFFFFFFF, not reflected, not inverted. */
    .word 0x67AFED18
