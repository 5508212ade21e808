/*
 * sfdfa_avr_outputs.S: the rows of outputs that integrate, section 5a of docs/ARITHMETIC.md, for an AVR that
 * multiplies; see sfdfa_avr.S. All of it takes the same time for all values.
 */
#include "sfdfa_config.h"

#if SFDFA_AVR

#include "sfdfa_avr_macros.h"

        /* The sum at Z grows by r18 to r20, and by r21 in its upper byte; Z moves on. 20 cycles. */
        .macro  add_to_sum
        ldd     r0, Z + 0
        add     r0, r18
        st      Z+, r0
        ldd     r0, Z + 0
        adc     r0, r19
        st      Z+, r0
        ldd     r0, Z + 0
        adc     r0, r20
        st      Z+, r0
        ldd     r0, Z + 0
        adc     r0, r21
        st      Z+, r0
        .endm

#if SFDFA_DECIDE_MARGIN > 0

/*
 * void sfdfa_avr_add_scaled(int32_t *sums, const int32_t *of_tick, uint8_t factor)
 *
 * 45 cycles an output.
 *
 * r18 to r21 product, r22 factor, r23 a byte of of_tick, r24, r25 outputs that are left, X of_tick, Z sums
 */
        function sfdfa_avr_add_scaled
        movw    r30, r24
        movw    r26, r22
        mov     r22, r20
        ldi     r24, lo8(SFDFA_OUTPUTS)
        ldi     r25, hi8(SFDFA_OUTPUTS)
1:      ld      r23, X+
        mul     r23, r22
        movw    r18, r0
        ld      r23, X+
        adiw    r26, 2
        mulsu   r23, r22
        sbc     r21, r21                /* -1 or 0, by the sign */
        clr     r20
        add     r19, r0
        adc     r20, r1
        clr     r1
        adc     r21, r1
        add_to_sum
        sbiw    r24, 1
        brne    1b
        ret

#else

/*
 * void sfdfa_avr_add_row(int32_t *sums, const sfdfa_weight_t *row, uint16_t kappa)
 *
 * 47 cycles an output.
 *
 * r18 to r21 product, r22, r23 kappa, r16 a weight, r24, r25 outputs that are left, X row, Z sums
 */
        function sfdfa_avr_add_row
        push    r16
        movw    r30, r24
        movw    r26, r22
        movw    r22, r20
        ldi     r24, lo8(SFDFA_OUTPUTS)
        ldi     r25, hi8(SFDFA_OUTPUTS)
1:      ld      r16, X+
        mulsu   r16, r22
        sbc     r20, r20                /* -1 or 0, by the sign */
        movw    r18, r0
        mulsu   r16, r23
        sbc     r21, r21
        add     r21, r20
        add     r19, r0
        adc     r20, r1
        clr     r1
        adc     r21, r1
        add_to_sum
        sbiw    r24, 1
        brne    1b
        pop     r16
        ret

#endif

#if SFDFA_LEARNS

        .set    UPDATE_DRAW, 4 * SFDFA_OUTPUTS  /* in sfdfa_output_update_t */

/*
 * void sfdfa_avr_change_row(sfdfa_weight_t *row, const sfdfa_output_update_t *update, uint16_t kappa, uint8_t draw)
 *
 * A weight changes by floor((D + dither) / 2^8), D = rshift(step kappa, 10): that is
 * floor((step kappa + 2^9 + 2^10 dither) / 2^18). 72 cycles an output.
 *
 * r18, r19, r10, r11 product, from its lowest byte on, r12 draw, r15 zero, r16, r17 kappa, r20 to r22 a step, r23
 * dither, r24, r25 outputs that are left, X row, Y draws of the outputs, Z steps
 */
        function sfdfa_avr_change_row
        save    10, 17
        save    28, 29
        movw    r26, r24
        movw    r30, r22
        movw    r28, r22
        subi    r28, lo8(-(UPDATE_DRAW))
        sbci    r29, hi8(-(UPDATE_DRAW))
        movw    r16, r20
        mov     r12, r18
        clr     ZERO
        ldi     r24, lo8(SFDFA_OUTPUTS)
        ldi     r25, hi8(SFDFA_OUTPUTS)
1:      ld      r20, Z+
        ld      r21, Z+
        ld      r22, Z+
        adiw    r30, 1
        ld      r23, Y+
        adiw    r28, 1
        eor     r23, r12                /* the dither */
        mul     r20, r16
        movw    r18, r0
        mulsu   r22, r16
        movw    r10, r0                 /* of 2^16, and what is above */
        mul     r21, r16
        add     r19, r0
        adc     r10, r1
        adc     r11, ZERO
        mul     r20, r17
        add     r19, r0
        adc     r10, r1
        adc     r11, ZERO
        mul     r21, r17
        add     r10, r0
        adc     r11, r1
        mul     r22, r17
        add     r11, r0
        ldi     r20, 4
        mul     r23, r20
        ldi     r20, 2
        add     r0, r20                 /* a multiple of 4, plus 2: no carry */
        add     r19, r0
        adc     r10, r1
        adc     r11, ZERO
        asr     r11
        ror     r10
        asr     r11
        ror     r10                     /* the change, of a byte */
        ldi     r20, 127
        sbrc    r10, 7
        inc     r20
        ld      r18, X
        add     r18, r10
        brvc    2f
        mov     r18, r20
2:      st      X+, r18
        sbiw    r24, 1
        brne    1b
        clr     r1
        restore 28, 29
        restore 10, 17
        ret

#endif
#endif
