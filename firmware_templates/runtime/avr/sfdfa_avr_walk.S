/*
 * sfdfa_avr_walk.S: the walk of a neuron back through the ticks, section 8 of docs/ARITHMETIC.md, for an AVR that
 * multiplies; see sfdfa_avr.S. Sums u and v have 24 bits, dithers a byte, which is the upper one of a listed input.
 */
#include "sfdfa_config.h"

#if SFDFA_AVR && SFDFA_LEARNS

#include "sfdfa_avr_macros.h"

        .set    WALK_U, 0               /* in sfdfa_avr_walk_t */
        .set    WALK_V, 4
        .set    WALK_INPUT, 8
        .set    WALK_INPUT_END, 10
        .set    WALK_SPIKES, 12
        .set    WALK_BIT, 14
        .set    WALK_LEFT, 15
        .set    WALK_KEPT_S, 16
        .set    WALK_KEPT, 18
        .set    WALK_STEP, 20
        .set    WALK_ROUNDING, 22
        .set    WALK_LARGEST, 24
        .set    WALK_COLUMN, 26
        .set    WALK_MASK, 28
        .set    WALK_DIRECTION, 29
        .set    WALK_LIMIT, 30
        .set    WALK_ELIGIBILITY_SATURATIONS, 31
        .set    WALK_UPDATE_SATURATIONS, 32

        .set    LIST_ROW, 0             /* in a listed input */
        .set    LIST_DRAW, 3
        .set    LIST_BYTES, 4

        /* X <- the neuron's weight in the row of the input at Z. 6 cycles. */
        .macro  find_weight
        ldd     r26, Z + LIST_ROW
        ldd     r27, Z + LIST_ROW + 1
        add     r26, r13
        adc     r27, r14
        .endm

        /* The weight at X changes by a byte with the sign of all changes. 8 cycles. */
        .macro  change by
        ld      r18, X
        add     r18, \by
        brvc    9f
        mov     r18, r12
9:      st      X, r18
        .endm

        /* A sum of 24 bits less its decay. 45 cycles. */
        .macro  decay x0, x1, x2, kept
        ldd     r18, Y + \kept
        ldd     r19, Y + \kept + 1
        clr     r20
        clr     r21
        clr     r22
        keep    \x0, \x1, \x2, r18, r19, r26, r20, r21, r22, r23
        mul     \x2, r18
        add     r20, r0
        adc     r21, r1
        adc     r22, ZERO
        mul     \x2, r19
        add     r21, r0
        adc     r22, r1
        mov     \x0, r20
        mov     \x1, r21
        mov     \x2, r22
        .endm

/*
 * bool sfdfa_avr_walk(sfdfa_avr_walk_t *walk)
 *
 * Some 140 cycles a tick, with inputs 30 more, and 11 for each of them.
 *
 * r2 to r4 u, r6, r7, r5 v, r8, r9 step, r10 mask, r11 direction, r12 limit, r13, r14 column, r15 zero, r16, r17 where
 * the end of the tick's inputs is told, r22, r23 size of D, r24, r25 that end, X weight, Y walk, Z inputs
 */
        function sfdfa_avr_walk
        save    2, 17
        save    28, 29
        movw    r28, r24
        ldd     r2, Y + WALK_U
        ldd     r3, Y + WALK_U + 1
        ldd     r4, Y + WALK_U + 2
        ldd     r6, Y + WALK_V
        ldd     r7, Y + WALK_V + 1
        ldd     r5, Y + WALK_V + 2
        ldd     r8, Y + WALK_STEP
        ldd     r9, Y + WALK_STEP + 1
        ldd     r10, Y + WALK_MASK
        ldd     r11, Y + WALK_DIRECTION
        ldd     r12, Y + WALK_LIMIT
        ldd     r13, Y + WALK_COLUMN
        ldd     r14, Y + WALK_COLUMN + 1
        ldd     r16, Y + WALK_INPUT_END
        ldd     r17, Y + WALK_INPUT_END + 1
        ldd     r30, Y + WALK_INPUT
        ldd     r31, Y + WALK_INPUT + 1
        clr     ZERO

.Lnext_tick:
        movw    r26, r16
        ld      r24, X+
        ld      r25, X
        subi    r16, 2
        sbci    r17, 0
        cp      r30, r24
        cpc     r31, r25
        brne    .Lhas_inputs
        rjmp    .Linputs_done

.Lhas_inputs:                           /* E, which is not negative */
        movw    r18, r6
        mov     r20, r5
        sub     r18, r2
        sbc     r19, r3
        sbc     r20, r4
        tst     r20
        brne    .Llarge_eligibility
        sbrc    r19, 7
        rjmp    .Llarge_eligibility
.Lfind_size:
        mul     r18, r8
        movw    r20, r0
        mul     r19, r9
        movw    r22, r0
        mul     r18, r9
        add     r21, r0
        adc     r22, r1
        adc     r23, ZERO
        mul     r19, r8
        add     r21, r0
        adc     r22, r1
        adc     r23, ZERO
        ldd     r18, Y + WALK_ROUNDING
        ldd     r19, Y + WALK_ROUNDING + 1
        add     r20, r18
        adc     r21, r19
        adc     r22, ZERO
        adc     r23, ZERO
        lsl     r21                     /* 14 bits down: two up, and two bytes down */
        rol     r22
        rol     r23
        lsl     r21
        rol     r22
        rol     r23
        brne    .Lby_more
        tst     r22
        breq    .Linputs_done

.Lby_one:
        ldd     r18, Z + LIST_DRAW
        eor     r18, r10
        cp      r18, r22
        brlo    2f
1:      adiw    r30, LIST_BYTES
        cp      r30, r24
        cpc     r31, r25
        brne    .Lby_one
        rjmp    .Linputs_done
2:      find_weight
        change  r11
        rjmp    1b

.Llarge_eligibility:
        ldi     r18, 0xFF
        ldi     r19, 0x7F
        ldd     r20, Y + WALK_ELIGIBILITY_SATURATIONS
        inc     r20
        std     Y + WALK_ELIGIBILITY_SATURATIONS, r20
        rjmp    .Lfind_size

        /* D of a weight unit or more: so many of them, and one more where the dither is below what is left. */
.Lby_more:
        ldd     r18, Y + WALK_LARGEST
        ldd     r19, Y + WALK_LARGEST + 1
        cp      r18, r22
        cpc     r19, r23
        brlo    .Llarge_update
3:      mov     r20, r11
        lsl     r20
        sbc     r20, r20                /* -1 where weights fall, else 0 */
4:      ldd     r18, Z + LIST_DRAW
        eor     r18, r10
        cp      r18, r22
        mov     r19, r23
        adc     r19, ZERO
        eor     r19, r20
        sub     r19, r20
        find_weight
        change  r19
        adiw    r30, LIST_BYTES
        cp      r30, r24
        cpc     r31, r25
        brne    4b
        rjmp    .Linputs_done

.Llarge_update:
        movw    r22, r18
        ldd     r20, Y + WALK_UPDATE_SATURATIONS
        inc     r20
        std     Y + WALK_UPDATE_SATURATIONS, r20
        rjmp    3b

.Linputs_done:
        movw    r30, r24
        ldd     r18, Y + WALK_LEFT
        subi    r18, 1
        brcc    5f
        ldi     r24, 0
        rjmp    .Lwalked
5:      std     Y + WALK_LEFT, r18
        ldi     r23, 0x7F
        decay   r2, r3, r4, WALK_KEPT_S
        decay   r6, r7, r5, WALK_KEPT
        ldd     r26, Y + WALK_SPIKES
        ldd     r27, Y + WALK_SPIKES + 1
        subi    r26, lo8(4 * SFDFA_SPIKE_WORDS)
        sbci    r27, hi8(4 * SFDFA_SPIKE_WORDS)
        std     Y + WALK_SPIKES, r26
        std     Y + WALK_SPIKES + 1, r27
        ld      r18, X
        ldd     r19, Y + WALK_BIT
        and     r18, r19
        brne    6f
        rjmp    .Lnext_tick
6:      std     Y + WALK_U, r2
        std     Y + WALK_U + 1, r3
        std     Y + WALK_U + 2, r4
        std     Y + WALK_V, r6
        std     Y + WALK_V + 1, r7
        std     Y + WALK_V + 2, r5
        std     Y + WALK_INPUT, r30
        std     Y + WALK_INPUT + 1, r31
        std     Y + WALK_INPUT_END, r16
        std     Y + WALK_INPUT_END + 1, r17
        ldi     r24, 1
.Lwalked:
        clr     r1
        restore 28, 29
        restore 2, 17
        ret

/*
 * uint16_t sfdfa_avr_decay(uint16_t x, uint16_t kept, uint8_t times)
 *
 * 25 cycles each.
 *
 * r18 zero, r19 0x7F, r20 times that are left, r22, r23 kept, r24, r25 x, r26, r27, r30 sums
 */
        function sfdfa_avr_decay
        clr     r18
        ldi     r19, 0x7F
7:      clr     r27
        mul     r24, r22
        cp      r18, r0
        adc     r1, r19
        mov     r30, r1
        mov     r26, r18
        adc     r26, r18
        mul     r25, r22
        add     r30, r0
        adc     r26, r1
        adc     r27, r18
        mul     r24, r23
        add     r30, r0
        adc     r26, r1
        adc     r27, r18
        mul     r25, r23
        add     r26, r0
        adc     r27, r1
        movw    r24, r26
        dec     r20
        brne    7b
        clr     r1
        ret

#endif
