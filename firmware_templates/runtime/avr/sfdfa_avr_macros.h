/*
 * sfdfa_avr_macros.h: what the assembly files of an AVR begin with. Functions keep the calls of avr-gcc: r2 to r17 and
 * r28, r29 are what they were, and r1 is 0. Cycles are those of processors with a program counter of 16 bits or more.
 */
#ifndef SFDFA_AVR_MACROS_H
#define SFDFA_AVR_MACROS_H

#if defined(__ASSEMBLER__)
/* clang-format off */

        .macro  function name
        .section .text.\name, "ax", @progbits
        .global \name
        .type   \name, @function
\name:
        .endm

        .macro  save first, last
        .set    saved, \first
        .rept   \last - \first + 1
        push    saved
        .set    saved, saved + 1
        .endr
        .endm

        .macro  restore first, last
        .set    saved, \last
        .rept   \last - \first + 1
        pop     saved
        .set    saved, saved - 1
        .endr
        .endm

        .set    ZERO, 15                /* the register that is 0, for r1 has products */

/*
 * p2 to p4 grow by the lower two bytes of a state of three times k / 2^16, half down; the product with its upper byte
 * is still missing. p1 is the byte below them; `half` is 0x7F. 26 cycles.
 */
        .macro  keep x0, x1, x2, k0, k1, p1, p2, p3, p4, half
        mul     \x0, \k0
        cp      ZERO, r0                /* a product is a multiple of 16 */
        adc     r1, \half
        mov     \p1, r1
        adc     \p2, ZERO
        adc     \p3, ZERO
        adc     \p4, ZERO
        mul     \x1, \k0
        add     \p1, r0
        adc     \p2, r1
        adc     \p3, ZERO
        adc     \p4, ZERO
        mul     \x0, \k1
        add     \p1, r0
        adc     \p2, r1
        adc     \p3, ZERO
        adc     \p4, ZERO
        mul     \x1, \k1
        add     \p2, r0
        adc     \p3, r1
        adc     \p4, ZERO
        .endm

#endif
#endif
