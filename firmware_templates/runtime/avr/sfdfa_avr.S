/*
 * sfdfa_avr.S: the sums of weights and the neurons of a tick, section 5 of docs/ARITHMETIC.md, for an AVR that
 * multiplies.
 *
 * Sums of up to 255 weights of 8 bits fit 16 bits, and those of eight neurons lie in registers. Narrow states have 20
 * bits: three of their four bytes are read, and what a decay leaves of them, in 2^-16, has two. So the shift is one of
 * whole bytes. Nothing takes longer for one value than for another, but for a neuron that reaches its threshold.
 */
#include "sfdfa_config.h"

#if SFDFA_AVR

#include "sfdfa_avr_macros.h"

        .set    SUM_INPUT, 0            /* in sfdfa_avr_sum_t */
        .set    SUM_WEIGHTS, 2
        .set    SUM_SUMS, 4
        .set    SUM_ROW, 6
        .set    SUM_COUNT, 8
        .set    SUM_GROUPS, 9

        /* 6 cycles */
        .macro  add_weight low, high
        ld      r18, Z+
        add     \low, r18
        adc     \high, r19
        sbrc    r18, 7
        dec     \high
        .endm

        /* 11 cycles */
        .macro  write_sum low, high
        st      Z+, \low
        st      Z+, \high
        lsl     \high
        sbc     \high, \high
        st      Z+, \high
        st      Z+, \high
        .endm

/*
 * void sfdfa_avr_sum(sfdfa_avr_sum_t *rows)
 *
 * 59 cycles an input and group of eight neurons, 137 a group.
 *
 * r2 to r17 sums, r18 weight, r19 zero, r20, r21 weights of the group, r22, r23 row, r25 inputs that are left,
 * X inputs, Y rows, Z weights
 */
        function sfdfa_avr_sum
        save    2, 17
        save    28, 29
        movw    r28, r24
        clr     r19
        ldd     r22, Y + SUM_ROW
        ldd     r23, Y + SUM_ROW + 1
        ldd     r20, Y + SUM_WEIGHTS
        ldd     r21, Y + SUM_WEIGHTS + 1
1:      clr     r2
        clr     r3
        movw    r4, r2
        movw    r6, r2
        movw    r8, r2
        movw    r10, r2
        movw    r12, r2
        movw    r14, r2
        movw    r16, r2
        ldd     r26, Y + SUM_INPUT
        ldd     r27, Y + SUM_INPUT + 1
        ldd     r25, Y + SUM_COUNT
2:      ld      r18, X+
        mul     r18, r22
        movw    r30, r0
        mul     r18, r23
        add     r31, r0
#if SFDFA_INDEX_BITS > 8
        ld      r18, X+
        mul     r18, r22
        add     r31, r0
#endif
        add     r30, r20
        adc     r31, r21
        add_weight r2, r3
        add_weight r4, r5
        add_weight r6, r7
        add_weight r8, r9
        add_weight r10, r11
        add_weight r12, r13
        add_weight r14, r15
        add_weight r16, r17
        dec     r25
        brne    2b
        ldd     r30, Y + SUM_SUMS
        ldd     r31, Y + SUM_SUMS + 1
        write_sum r2, r3
        write_sum r4, r5
        write_sum r6, r7
        write_sum r8, r9
        write_sum r10, r11
        write_sum r12, r13
        write_sum r14, r15
        write_sum r16, r17
        std     Y + SUM_SUMS, r30
        std     Y + SUM_SUMS + 1, r31
        subi    r20, -8
        sbci    r21, -1
        ldd     r18, Y + SUM_GROUPS
        dec     r18
        std     Y + SUM_GROUPS, r18
        breq    3f
        rjmp    1b
3:      clr     r1
        restore 28, 29
        restore 2, 17
        ret

        .set    INTEGRATE_MEMBRANE, 0   /* in sfdfa_avr_integrate_t */
        .set    INTEGRATE_END, 2
        .set    INTEGRATE_CURRENT, 4
        .set    INTEGRATE_LIST, 6
        .set    INTEGRATE_KEPT_S, 8
        .set    INTEGRATE_KEPT, 10
        .set    INTEGRATE_THRESHOLD, 12
        .set    INTEGRATE_FACTOR, 16

        /* The state at a place of the membrane; it stays in r8, r9, r13. 55 cycles. */
        .macro  integrate place, kept, kept_high
        ldd     r20, Y + \place
        ldd     r21, Y + \place + 1
        ldd     r22, Y + \place + 2
        mov     r8, r4
        mov     r9, r5
        mov     r13, r6
        keep    r20, r21, r22, \kept, \kept_high, r24, r8, r9, r13, r14
        mulsu   r22, \kept
        sbc     r13, ZERO
        add     r8, r0
        adc     r9, r1
        adc     r13, ZERO
        mulsu   r22, \kept_high
        add     r9, r0
        adc     r13, r1
        std     Y + \place, r8
        std     Y + \place + 1, r9
        std     Y + \place + 2, r13
        mov     r22, r13
        lsl     r22
        sbc     r22, r22
        std     Y + \place + 3, r22
        .endm

/*
 * sfdfa_index_t *sfdfa_avr_integrate(const sfdfa_avr_integrate_t *layer)
 *
 * 146 cycles a neuron, with an index of 8 bits.
 *
 * r2, r3 end of the membranes, r4 to r6 scaled X, r7 and r25 number of the neuron, r8, r9, r13, r24 sums, r10 to r12
 * threshold, r14 0x7F, r15 zero, r16 to r19 what decays leave of A and B, r20 to r22 a state, r23 factor, X list, Y
 * membrane, Z current
 */
        function sfdfa_avr_integrate
        save    2, 17
        save    28, 29
        movw    r30, r24
        ldd     r28, Z + INTEGRATE_MEMBRANE
        ldd     r29, Z + INTEGRATE_MEMBRANE + 1
        ldd     r2, Z + INTEGRATE_END
        ldd     r3, Z + INTEGRATE_END + 1
        ldd     r26, Z + INTEGRATE_LIST
        ldd     r27, Z + INTEGRATE_LIST + 1
        ldd     r16, Z + INTEGRATE_KEPT_S
        ldd     r17, Z + INTEGRATE_KEPT_S + 1
        ldd     r18, Z + INTEGRATE_KEPT
        ldd     r19, Z + INTEGRATE_KEPT + 1
        ldd     r10, Z + INTEGRATE_THRESHOLD
        ldd     r11, Z + INTEGRATE_THRESHOLD + 1
        ldd     r12, Z + INTEGRATE_THRESHOLD + 2
        ldd     r23, Z + INTEGRATE_FACTOR
        ldd     r24, Z + INTEGRATE_CURRENT
        ldd     r25, Z + INTEGRATE_CURRENT + 1
        movw    r30, r24
        ldi     r24, 0x7F
        mov     r14, r24
        clr     ZERO
        clr     r7
        clr     r25
1:      ld      r20, Z+
        ld      r21, Z+
        adiw    r30, 2
        mul     r20, r23
        movw    r4, r0
        mulsu   r21, r23
        add     r5, r0
        mov     r6, r1
        adc     r6, ZERO
        integrate 0, r16, r17
        integrate 4, r18, r19
        ldd     r20, Y + 0
        ldd     r21, Y + 1
        ldd     r22, Y + 2
        sub     r8, r20
        sbc     r9, r21
        sbc     r13, r22
        cp      r8, r10
        cpc     r9, r11
        cpc     r13, r12
        brge    4f
2:      adiw    r28, 8
        inc     r7
#if SFDFA_INDEX_BITS > 8
        cp      ZERO, r7                /* no carry where it is 0 again */
        sbci    r25, -1
#endif
        cp      r28, r2
        cpc     r29, r3
        breq    3f
        rjmp    1b
3:      movw    r24, r26
        clr     r1
        restore 28, 29
        restore 2, 17
        ret
4:      st      X+, r7
#if SFDFA_INDEX_BITS > 8
        st      X+, r25
#endif
        rjmp    2b

#endif
