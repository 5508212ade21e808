/*
 * sfdfa_cortex_m4_walk.S: a neuron's way back through the ticks for Cortex-M with the DSP extension, see
 * sfdfa_cortex_m4.S. sfdfa_replay.c does the same in C, and says why.
 */
#include "sfdfa_config.h"

#if SFDFA_CORTEX_M4 && SFDFA_LEARNS && !SFDFA_TRACES

#include "sfdfa_cortex_m4_macros.h"

        .set    WALKER_ROW, 64          /* in sfdfa_walker_t */

        .set    FRAME_WALKER, 0         /* on the stack */
        .set    FRAME_ROW, 4            /* bytes */
        .set    FRAME_COLUMN, 8
        .set    FRAME_THRESHOLD, 12
        .set    FRAME_LAST_STOP, 16     /* r6 after the first tick with an input */
        .set    FRAME_S, 20             /* negated */
        .set    FRAME_SPIKES, 24
        .set    FRAME_CHANGE, 28        /* what lr is, less 256 times the ticks up to the next halt */
        .set    FRAME_SAVED, 32         /* what .Lupdate_by_more needs registers of */
        .set    FRAME_BYTES, 60

        .set    UPDATE_SHIFT, SFDFA_ELIGIBILITY_FRACTION_BITS + 2
        .set    ROUNDING, 1 << (UPDATE_SHIFT - 1)

        /*
         * Leave in bits 7, 15, 23 and 31 of r4, draws of four inputs, whether each dither is below the threshold: 2
         * cycles.
         */
        .macro  compare_draws
        eor     r4, r4, r8
        uhsub8  r4, r4, r5
        .endm

        /*
         * Of the inputs that r4 still has a bit for, the first changes its weight by 1: 17 cycles. Leaves the others in
         * r4, and whether there are any in the flags. A load just behind another takes one cycle, and an address that
         * was computed just before one more.
         */
        .macro  change_weight
        rbit    r3, r4
        clz     r3, r3                  /* 7, 15, 23 or 31 */
        add     r3, r2, r3, lsr #2
        subs    r5, r4, #1
        ands    r4, r4, r5
        ldrh    r3, [r3, #-9]           /* r2 is 8 bytes past the number of the first of the four */
        ldr     r5, [sp, #FRAME_ROW]
        ldr     r7, [sp, #FRAME_COLUMN]
        mla     r3, r3, r5, r7
        ldr     r5, [sp, #FRAME_THRESHOLD]
        ldrb    r7, [r3]
        qadd8   r7, r7, lr
        strb    r7, [r3]
        ldr     r7, [r6, #4]
        .endm

        /* To the tick before, with s in r3. Not 0: there is a spike. */
        .macro  seek_spike
        ldr_before r4, r7, 4 * SFDFA_SPIKE_WORDS
        smmlsr  r3, r3, r10, r3
        add     lr, lr, #256
        tst     r4, r5
        .endm

        /* To the tick before. Negative: the walk halts there. */
        .macro  decay_sums
        smmlsr  r0, r0, r9, r0
        smmlsr  r1, r1, r10, r1
        subs    lr, lr, #256
        .endm

        /* Add 1 to a counter in the structure. */
        .macro  count_saturation counter, scratch
        ldr     r4, [sp, #FRAME_WALKER]
        ldr     \scratch, [r4, #\counter]
        adds    \scratch, \scratch, #1
        str     \scratch, [r4, #\counter]
        .endm

/*
 * void sfdfa_m4_walk(sfdfa_walker_t *walker, int32_t gamma)
 *
 * r0 u and r1 v, both negated, so that they decay in one instruction; r2 list of inputs, r4 draws of four inputs, r5
 * threshold in each byte, r6 where the end of the next tick's inputs is, r7 end of the tick's inputs, r8 mask in each
 * byte, r9 and r10 decays, r11 size of the step, r12 rounding lr 256 times the ticks to come before the walk halts, for
 * a spike or for good, and in its lowest byte 1 or -1, by which a weight changes
 */
        function sfdfa_m4_walk
        push    {r4, r5, r6, r7, r8, r9, r10, r11, lr}
        sub     sp, sp, #FRAME_BYTES
        str     r0, [sp, #FRAME_WALKER]
        ldrh    r2, [r0, #WALKER_ROW]
        ldr     r3, [r0, #WALKER_COLUMN]
        strd    r2, r3, [sp, #FRAME_ROW]
        ldr     r2, [r0, #WALKER_SIGN]
        movs    r3, #1
        orrs    r2, r2, r3
        uxtb    r2, r2
        sub     r2, r2, #256
        str     r2, [sp, #FRAME_CHANGE]
        ldr     r2, [r0, #WALKER_S]
        ldr     r3, [r0, #WALKER_SPIKES]
        rsbs    r2, r2, #0
        strd    r2, r3, [sp, #FRAME_S]
        ldr     r6, [r0, #WALKER_INPUT_END]
        ldrb    r2, [r0, #WALKER_FIRST_TICK]
        ldrb    r3, [r0, #WALKER_TICK]
        add     r2, r6, r2, lsl #2
        subs    r2, r2, #4
        str     r2, [sp, #FRAME_LAST_STOP]
        add     r6, r6, r3, lsl #2
        ldr     r2, [r6, #4]
        ldm     r0, {r9, r10, r11, r12}         /* decay_s, decay, step_size, rounding */
        ldr     r8, [r0, #16]                   /* mask */
        lsl     r9, r9, #20
        lsl     r10, r10, #20
        rsbs    r0, r1, #0
        mov     r1, r0

        /* Find the tick of the next spike, and s there. */
.Lfind_stop:
        ldr     r3, [sp, #FRAME_WALKER]
        ldr     lr, [sp, #FRAME_CHANGE]
        ldrb    r4, [r3, #WALKER_SPIKES_LEFT]
        subs    r4, r4, #1
        bmi     .Lno_spike_left
        strb    r4, [r3, #WALKER_SPIKES_LEFT]
        ldr     r5, [r3, #WALKER_BIT]
        ldrd    r3, r7, [sp, #FRAME_S]
.Lseek_spike:
        seek_spike
        bne     .Lfound_spike
        seek_spike
        beq     .Lseek_spike
.Lfound_spike:
        strd    r3, r7, [sp, #FRAME_S]
        b       .Ltick
.Lno_spike_left:
        ldr     r3, [sp, #FRAME_LAST_STOP]
        subs    r3, r6, r3              /* four times the ticks that are left */
        add     lr, lr, r3, lsl #6

.Ltick:
        ldr     r7, [r6], #-4
        cmp     r7, r2
        beq     .Lno_inputs
.Linputs:
        subs    r4, r0, r1              /* E, which is never negative */
        mla     r3, r4, r11, r12
        lsrs    r3, r3, #UPDATE_SHIFT
        orr     r4, r3, r4, lsr #15 - 8
        cmp     r4, #256                /* D is a weight unit or more, or E is too large */
        bhs     .Llarge
#if SFDFA_EXACT_GRADIENT
        cmp     r3, #0                  /* the slopes of spikes take more room: too far for cbz */
        beq     .Lno_update
#else
        cbz     r3, .Lno_update
#endif
.Lsmall:
        orr     r3, r3, r3, lsl #8
        orr     r5, r3, r3, lsl #16
        str     r5, [sp, #FRAME_THRESHOLD]
        ldrd    r3, r4, [r2], #16
        compare_draws
        ands    r4, r4, r3              /* of inputs that there are */
        bne     .Lchange
        cmp     r2, r7
        beq     .Ldecay_sums
.Lfour_inputs:
        ldr     r4, [r2], #12
        compare_draws
        ands    r4, r4, #0x80808080
        bne     .Lchange
        cmp     r2, r7
        bne     .Lfour_inputs
.Ldecay_sums:
        decay_sums
        bpl     .Ltick
.Lhalt:
        ldr     r5, [sp, #FRAME_LAST_STOP]
        cmp     r5, r6
        beq     .Lend

        /* A spike. All that are met here were remembered, since they are earlier than one that was. */
        ldr     r3, [sp, #FRAME_WALKER]
        ldr     r5, [r3, #WALKER_INPUT_END]
        ldr     r4, [r3, #WALKER_NEXT_SPIKE]
        subs    r5, r6, r5
        lsrs    r5, r5, #1              /* twice the tick */
        ldr     r7, [r3, #WALKER_RHO]
        ldrh    r3, [r4, r5]
        adds    r3, r3, #1
        strh    r3, [r4, r5]
#if SFDFA_EXACT_GRADIENT
        add     r7, r7, r3, lsl #1
        ldr     r4, [sp, #FRAME_S]
        ldrh    r7, [r7, #-2]
#else
        add     r7, r7, r3
        ldr     r4, [sp, #FRAME_S]
        ldrb    r7, [r7, #-1]
#endif
        mul     r5, r7, r4              /* rho s, negated */
        rsb     r5, r5, #128
#if SFDFA_ELIGIBILITY_FRACTION_BITS >= 8
        lsls    r7, r7, #SFDFA_ELIGIBILITY_FRACTION_BITS - 8
#else
        adds    r7, r7, #1 << (7 - SFDFA_ELIGIBILITY_FRACTION_BITS)
        lsrs    r7, r7, #8 - SFDFA_ELIGIBILITY_FRACTION_BITS
#endif
        add     r7, r7, r5, asr #8      /* gamma */
        subs    r0, r0, r7
        subs    r1, r1, r7
        subs    r4, r4, r7
        cmn     r4, #32768
        ble     .Llarge_s
.Lstore_s:
        str     r4, [sp, #FRAME_S]
        b       .Lfind_stop

.Lno_update:
        mov     r2, r7
.Lno_inputs:
        decay_sums
        bmi     .Lhalt
        ldr     r7, [r6], #-4
        cmp     r7, r2
        bne     .Linputs
        b       .Lno_inputs

.Lchange:
        change_weight
        bne     .Lchange
        cmp     r2, r7
        bne     .Lfour_inputs
        b       .Ldecay_sums

.Lend:
        add     sp, sp, #FRAME_BYTES
        pop     {r4, r5, r6, r7, r8, r9, r10, r11, pc}

.Llarge:
        subs    r3, r0, r1
        cmp     r3, #32768
        blo     .Lmore
        count_saturation WALKER_ELIGIBILITY_SATURATIONS, r5
        movw    r3, #32767
.Lmore:
        mla     r3, r3, r11, r12
        lsrs    r3, r3, #UPDATE_SHIFT
        beq     .Lno_update
        cmp     r3, #256
        bhs     .Lupdate_by_more
        b       .Lsmall

.Llarge_s:
        count_saturation WALKER_ELIGIBILITY_SATURATIONS, r5
        movw    r4, #32767
        rsbs    r4, r4, #0
        b       .Lstore_s

        /*
         * The size of D, in r3, is one weight unit or more: 19 cycles for an input.
         *
         * r0 whole units, r1 what is left, r3 a bit for each input to come of up to four, r4 their dithers, r6 their
         * numbers, r9 bytes of a row, r10 column
         */
.Lupdate_by_more:
        movw    r4, #SFDFA_UPDATE_MAX + ROUNDING
        sub     r4, r4, r12             /* the limit of either sign */
        cmp     r3, r4
        bhi     .Llarge_update
.Lupdate:
        add     r4, sp, #FRAME_SAVED
        stm     r4, {r0, r1, r6, r9, r10, r11, r12}
        lsrs    r0, r3, #8
        uxtb    r1, r3
        ldrd    r9, r10, [sp, #FRAME_ROW]
        ldr     r3, [r2], #4
.Lupdate_four:
        ldr     r4, [r2], #12
        sub     r6, r2, #8
        eor     r4, r4, r8
.Lupdate_input:
        uxtb    r5, r4
        cmp     r5, r1
        ite     lo
        addlo   r5, r0, #1
        movhs   r5, r0
        sxtb    r11, lr
        mul     r5, r11, r5
        ldrh    r12, [r6], #2
        mla     r12, r12, r9, r10
        ldrb    r11, [r12]
        qadd8   r5, r5, r11
        strb    r5, [r12]
        lsrs    r4, r4, #8
        lsrs    r3, r3, #8
        bne     .Lupdate_input
        mov     r3, #0x80808080
        cmp     r2, r7
        bne     .Lupdate_four
        add     r4, sp, #FRAME_SAVED
        ldm     r4, {r0, r1, r6, r9, r10, r11, r12}
        b       .Ldecay_sums
.Llarge_update:
        mov     r5, r4
        count_saturation WALKER_UPDATE_SATURATIONS, r3
        mov     r3, r5
        b       .Lupdate

        .size   sfdfa_m4_walk, . - sfdfa_m4_walk

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits /* or the linker would make the stack of a whole program executable */
#endif
