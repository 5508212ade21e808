/*
 * sfdfa_cortex_m0_walk.S: a neuron's way back through the ticks for Cortex-M0 and M0+, see sfdfa_cortex_m0.S.
 * sfdfa_replay.c does the same in C, and says why.
 */
#include "sfdfa_config.h"

#if SFDFA_CORTEX_M0

#include "sfdfa_cortex_m0_macros.h"

        .set    FRAME_WALKER, 0         /* on the stack */
        .set    FRAME_DECAY_S, 4
        .set    FRAME_STEP_SIZE, 8
        .set    FRAME_COLUMN, 12
        .set    FRAME_CHANGE, 16        /* 1 or -1 */
        .set    FRAME_LAST_STOP, 20
        .set    FRAME_UNITS, 24
        .set    FRAME_PLACE, 28         /* bits from the lowest of a cell to the weight */
        .set    FRAME_BYTES, 32

        .set    UPDATE_SHIFT, SFDFA_ELIGIBILITY_FRACTION_BITS + 2
        .set    ROUNDING, 1 << (UPDATE_SHIFT - 1)

        /* Whether an input's weight changes: then on to `change`, with the input's row below its dither. */
        .macro  test_input input, change
        eors    \input, r3
        cmp     \input, r8
        bcc     \change
        .endm

        /* Of an input and its dither, the row: a cell. */
        .macro  keep_row input
        lsls    \input, \input, #SFDFA_DITHER_BITS
        lsrs    \input, \input, #SFDFA_DITHER_BITS
        .endm

#if SFDFA_WEIGHT_BITS == 8

        /*
         * The weight of an input, which lies raised by 128, changes by 1: to -1 or 256 at most, of which the upper bits
         * are -1 and 1.
         */
        .macro  change_weight input, back
        keep_row \input
        ldr     r2, [sp, #FRAME_COLUMN]
        add     r2, \input
        ldrb    r7, [r2]
        ldr     \input, [sp, #FRAME_CHANGE]
        add     r7, \input
        asrs    \input, r7, #8
        subs    r7, r7, \input
        strb    r7, [r2]
        b       \back
        .endm

#else

        /* The weight in a cell, raised by 8, by a shift to its nibble. Leaves that shift in `scratch`. */
        .macro  load_nibble weight, cell, scratch
        ldrb    \weight, [\cell]
        ldr     \scratch, [sp, #FRAME_PLACE]
        lsrs    \weight, \scratch
        lsls    \weight, \weight, #28
        lsrs    \weight, \weight, #28
        .endm

        /* The weight of an input, which lies raised by 8, changes by 1, but not to -1 or 16. */
        .macro  change_weight input, back
        keep_row \input
        ldr     r2, [sp, #FRAME_COLUMN]
        add     r2, \input
        load_nibble r7, r2, \input
        ldr     \input, [sp, #FRAME_CHANGE]
        add     r7, \input
        asrs    r7, r7, #4
        subs    \input, \input, r7
        ldr     r7, [sp, #FRAME_PLACE]
        lsls    \input, r7
        ldrb    r7, [r2]
        add     r7, \input
        strb    r7, [r2]
        b       \back
        .endm

#endif

        /* Between 0 and a limit. */
        .macro  clamp weight, limit, scratch
        subs    \weight, \weight, #\limit
        asrs    \scratch, \weight, #31
        ands    \weight, \scratch
        adds    \weight, \weight, #\limit
        asrs    \scratch, \weight, #31
        bics    \weight, \scratch
        .endm

        /* Add 1 to a counter in the structure. */
        .macro  count_saturation counter
        ldr     r2, [sp, #FRAME_WALKER]
        ldr     r5, [r2, #\counter]
        adds    r5, r5, #1
        str     r5, [r2, #\counter]
        .endm

        /* From the spikes of one tick to those of the one before. */
        .macro  descend spikes
        .rept   SFDFA_SPIKE_WORDS / 63
        subs    \spikes, \spikes, #252
        .endr
        .if     SFDFA_SPIKE_WORDS % 63
        subs    \spikes, \spikes, #SFDFA_SPIKE_WORDS % 63 * 4
        .endif
        .endm

/*
 * void sfdfa_m0_walk(sfdfa_walker_t *walker, int32_t gamma, uint32_t place)
 *
 * r0 u, r1 input, r3 mask, r4 v; r8 threshold, r9 end of the tick's inputs, r10 where the end of the next tick's is,
 * r11 the same where the walk halts for a spike or for good, r12 rounding, lr decay
 */
        function sfdfa_m0_walk
        enter   FRAME_BYTES
        str     r0, [sp, #FRAME_WALKER]
        .if     SFDFA_WEIGHT_BITS == 4
        str     r2, [sp, #FRAME_PLACE]
        .endif
        mov     r4, r1
        ldr     r1, [r0, #WALKER_COLUMN]
        str     r1, [sp, #FRAME_COLUMN]
        ldr     r1, [r0, #WALKER_SIGN]
        adds    r1, r1, r1
        adds    r1, r1, #1
        str     r1, [sp, #FRAME_CHANGE]
        ldrb    r1, [r0, #WALKER_TICK]
        ldrb    r2, [r0, #WALKER_FIRST_TICK]
        ldr     r5, [r0, #WALKER_INPUT_END]
        lsls    r2, r2, #2
        adds    r2, r2, r5
        subs    r2, r2, #4
        str     r2, [sp, #FRAME_LAST_STOP]
        lsls    r1, r1, #2
        adds    r5, r5, r1
        mov     r10, r5
        ldr     r1, [r5, #4]
        ldmia   r0!, {r2, r3, r5, r6, r7}       /* decay_s, decay, step_size, rounding, mask */
        str     r2, [sp, #FRAME_DECAY_S]
        mov     lr, r3
        str     r5, [sp, #FRAME_STEP_SIZE]
        mov     r12, r6
        mov     r3, r7
        mov     r0, r4

        b       .Lfind_stop

.Lchange_odd:
        change_weight r5, .Lpairs
.Lchange_first:
        change_weight r5, .Lsecond
.Lchange_second:
        change_weight r6, .Lafter_pair

.Ltick:
        mov     r7, r10
        ldr     r6, [r7]
        subs    r7, r7, #4
        mov     r10, r7
        cmp     r6, r1
        beq     .Ldecay_sums
        subs    r7, r4, r0              /* E, which is never negative */
        lsrs    r2, r7, #15
        bne     .Llarge_eligibility
.Lcompute_size:
        ldr     r2, [sp, #FRAME_STEP_SIZE]
        muls    r7, r2
        add     r7, r12
        lsrs    r7, r7, #UPDATE_SHIFT
        lsrs    r2, r7, #SFDFA_DITHER_BITS
        bne     .Lmore
        lsls    r7, r7, #32 - SFDFA_DITHER_BITS
        beq     .Lno_update
        mov     r8, r7
        mov     r9, r6
        subs    r6, r6, r1
        lsrs    r6, r6, #3              /* carry: an odd number of inputs */
        bcc     .Lpairs
        ldmia   r1!, {r5}
        test_input r5, .Lchange_odd
.Lpairs:
        lsrs    r6, r6, #1              /* carry: an odd number of pairs */
        bcc     .Leven_pairs
        ldmia   r1!, {r5, r6}
        test_input r5, .Lchange_first
.Lsecond:
        test_input r6, .Lchange_second
.Lafter_pair:
        cmp     r1, r9
        bne     .Lfour
        b       .Ldecay_sums
.Leven_pairs:
        beq     .Ldecay_sums
.Lfour:
        ldmia   r1!, {r5, r6}
        test_input r5, .Lchange_first_of_four
.Lsecond_of_four:
        test_input r6, .Lchange_second_of_four
.Lthird_of_four:
        ldmia   r1!, {r5, r6}
        test_input r5, .Lchange_third_of_four
.Lfourth_of_four:
        test_input r6, .Lchange_fourth_of_four
.Lafter_four:
        cmp     r1, r9
        bne     .Lfour
.Ldecay_sums:
        ldr     r5, [sp, #FRAME_DECAY_S]
        decay   r0, r5
        mov     r5, lr
        decay   r4, r5
        cmp     r10, r11
        bne     .Ltick
        b       .Lhalt

.Lmore:
        b       .Lupdate_by_more
.Lno_update:
        mov     r1, r6
        b       .Ldecay_sums

.Llarge_eligibility:
        count_saturation WALKER_ELIGIBILITY_SATURATIONS
        ldr     r7, =32767
        b       .Lcompute_size

.Lchange_first_of_four:
        change_weight r5, .Lsecond_of_four
.Lchange_second_of_four:
        change_weight r6, .Lthird_of_four
.Lchange_third_of_four:
        change_weight r5, .Lfourth_of_four
.Lchange_fourth_of_four:
        change_weight r6, .Lafter_four

.Lhalt:
        ldr     r5, [sp, #FRAME_LAST_STOP]
        cmp     r5, r11
        beq     .Lend

        /* A spike. All that are met here were remembered, since they are earlier than one that was. */
        ldr     r2, [sp, #FRAME_WALKER]
        ldr     r5, [r2, #WALKER_INPUT_END]
        mov     r6, r10
        subs    r5, r6, r5
        lsrs    r5, r5, #1              /* twice the tick */
        ldr     r6, [r2, #WALKER_NEXT_SPIKE]
        ldrh    r7, [r6, r5]
        adds    r7, r7, #1
        strh    r7, [r6, r5]
        subs    r7, r7, #1
        ldr     r6, [r2, #WALKER_RHO]
#if SFDFA_EXACT_GRADIENT
        lsls    r7, r7, #1
        ldrh    r7, [r6, r7]
#else
        ldrb    r7, [r6, r7]
#endif
        ldr     r6, [r2, #WALKER_S]
        movs    r5, r6
        muls    r5, r7
        adds    r5, r5, #128
        asrs    r5, r5, #8
#if SFDFA_ELIGIBILITY_FRACTION_BITS >= 8
        lsls    r7, r7, #SFDFA_ELIGIBILITY_FRACTION_BITS - 8
#else
        adds    r7, r7, #1 << (7 - SFDFA_ELIGIBILITY_FRACTION_BITS)
        lsrs    r7, r7, #8 - SFDFA_ELIGIBILITY_FRACTION_BITS
#endif
        adds    r7, r7, r5              /* gamma */
        adds    r0, r0, r7
        adds    r4, r4, r7
        adds    r6, r6, r7
        lsrs    r5, r6, #15
        bne     .Llarge_s
.Lstore_s:
        str     r6, [r2, #WALKER_S]

        /* Find the tick of the next spike, and s there. */
.Lfind_stop:
        ldr     r7, [sp, #FRAME_LAST_STOP]
        mov     r11, r7
        ldr     r5, [sp, #FRAME_WALKER]
        ldrb    r2, [r5, #WALKER_SPIKES_LEFT]
        subs    r2, r2, #1
        bmi     .Ltick_again
        strb    r2, [r5, #WALKER_SPIKES_LEFT]
        mov     r9, r3
        ldr     r2, [r5, #WALKER_S]
        ldr     r6, [r5, #WALKER_BIT]
        ldr     r5, [r5, #WALKER_SPIKES]
        mov     r7, r10
.Lseek_spike:
        subs    r7, r7, #4
        mov     r3, lr
        decay   r2, r3
        descend r5
        ldr     r3, [r5]
        tst     r3, r6
        beq     .Lseek_spike
        mov     r11, r7
        mov     r3, r9
        ldr     r7, [sp, #FRAME_WALKER]
        str     r2, [r7, #WALKER_S]
        str     r5, [r7, #WALKER_SPIKES]
.Ltick_again:
        b       .Ltick

.Lend:
        leave   FRAME_BYTES

.Llarge_s:
        count_saturation WALKER_ELIGIBILITY_SATURATIONS
        ldr     r6, =32767
        b       .Lstore_s
        /* The size of D is one weight unit or more. */
.Lupdate_by_more:
        mov     r9, r6
        ldr     r2, =SFDFA_UPDATE_MAX + ROUNDING
        mov     r5, r12
        subs    r6, r2, r5              /* the limit of either sign */
        cmp     r7, r6
        bhi     .Llarge_update
.Lupdate_all:
        lsrs    r6, r7, #SFDFA_DITHER_BITS
        str     r6, [sp, #FRAME_UNITS]
        lsls    r7, r7, #32 - SFDFA_DITHER_BITS
        mov     r8, r7
.Lupdate_input:
        ldmia   r1!, {r5}
        eors    r5, r3
        ldr     r7, [sp, #FRAME_UNITS]
        cmp     r5, r8
        sbcs    r6, r6                  /* -1 if the dither is less than the threshold, else 0 */
        subs    r7, r7, r6
        ldr     r6, [sp, #FRAME_CHANGE]
        muls    r7, r6
        keep_row r5
        ldr     r2, [sp, #FRAME_COLUMN]
        .if     SFDFA_WEIGHT_BITS == 8
        ldrb    r6, [r2, r5]
        adds    r7, r7, r6
        clamp   r7, 255, r6
        strb    r7, [r2, r5]
        .else
        adds    r2, r2, r5
        load_nibble r6, r2, r5
        adds    r7, r7, r6
        clamp   r7, 15, r5
        subs    r7, r7, r6              /* by how much the weight changes */
        ldr     r5, [sp, #FRAME_PLACE]
        lsls    r7, r5
        ldrb    r6, [r2]
        adds    r6, r6, r7
        strb    r6, [r2]
        .endif
        cmp     r1, r9
        bne     .Lupdate_input
        b       .Ldecay_sums
.Llarge_update:
        mov     r7, r6
        count_saturation WALKER_UPDATE_SATURATIONS
        b       .Lupdate_all

        .ltorg
        .size   sfdfa_m0_walk, . - sfdfa_m0_walk

        .set    LISTING_PUT, 0          /* in sfdfa_m0_listing_t */
        .set    LISTING_INPUT_END, 4
        .set    LISTING_KEY, 8
        .set    LISTING_ROW, 12
        .set    LISTING_INPUTS, 16      /* events, or the words of the first tick's spikes */
        .set    LISTING_TICK_END, 20    /* of the events */
        .set    LISTING_WORDS, 20       /* of spikes, of the layer before */

        .set    FRAME_LISTING, 0        /* on the stack */
        .set    FRAME_TICK, 4
        .set    FRAME_LIST_BYTES, 8

        .set    LAST_TICK, SFDFA_TICKS - 1

        /*
         * What both functions begin with. r0 put, r3 key, r6 and r7 factors of the mix; r12 end of the inputs of a
         * tick, lr row.
         */
        .macro  begin_listing
        enter   FRAME_LIST_BYTES
        str     r0, [sp, #FRAME_LISTING]
        movs    r5, r0
        ldmia   r5!, {r0, r1, r3, r4}
        mov     lr, r4
        ldr     r4, =4 * SFDFA_TICKS
        adds    r1, r1, r4
        mov     r12, r1
        str     r0, [r1]
        ldr     r4, =LAST_TICK << 16
        eors    r3, r4                  /* the key of the last tick */
        ldr     r6, =0x7FEB352D
        ldr     r7, =0x846CA68B
        movs    r4, #LAST_TICK
        str     r4, [sp, #FRAME_TICK]
        .endm

        /* List input r4: its draw in the upper bits, below them its row. 17 cycles; uses r5 and `other`. */
        .macro  list_input other
        mov     r5, lr
        muls    r5, r4
        eors    r4, r3
        lsrs    \other, r4, #16
        eors    r4, \other
        muls    r4, r6
        lsrs    \other, r4, #15
        eors    r4, \other
        muls    r4, r7
        lsrs    \other, r4, #16
        eors    r4, \other
        lsls    r4, r4, #32 - SFDFA_DITHER_BITS
        orrs    r4, r5
        stmia   r0!, {r4}
        .endm

        /*
         * Note the end of the inputs of a tick, and go on to the one before, of which the key differs in the bits of
         * the tick; or halt.
         */
        .macro  end_tick next
        mov     r5, r12
        subs    r5, r5, #4
        str     r0, [r5]
        mov     r12, r5
        ldr     r4, [sp, #FRAME_TICK]
        subs    r5, r4, #1
        bmi     .Llisted\@
        str     r5, [sp, #FRAME_TICK]
        eors    r4, r5
        lsls    r4, r4, #16
        eors    r3, r4
        b       \next
.Llisted\@:
        leave   FRAME_LIST_BYTES
        .endm

/*
 * void sfdfa_m0_list_events(const sfdfa_m0_listing_t *listing)
 *
 * r1 event, r8 the tick's first one, r9 the end of the tick before among the ends; the others: begin_listing
 */
        function sfdfa_m0_list_events
        begin_listing
        ldr     r5, [sp, #FRAME_LISTING]
        ldr     r2, [r5, #LISTING_INPUTS]
        mov     r10, r2
        ldr     r5, [r5, #LISTING_TICK_END]
        ldr     r4, =2 * LAST_TICK
        adds    r5, r5, r4
        ldrh    r1, [r5]
        .if     INDEX_BYTES == 2
        lsls    r1, r1, #1
        .endif
        adds    r1, r1, r2
        mov     r9, r5
.Llist_events:
        mov     r8, r10
        ldr     r4, [sp, #FRAME_TICK]
        cmp     r4, #0
        beq     .Lfirst_found
        mov     r5, r9
        subs    r5, r5, #2
        mov     r9, r5
        ldrh    r4, [r5]
        .if     INDEX_BYTES == 2
        lsls    r4, r4, #1
        .endif
        add     r8, r4
.Lfirst_found:
        cmp     r1, r8
        beq     .Levents_listed
.Llist_event:
        subs    r1, r1, #INDEX_BYTES
        .if     INDEX_BYTES == 1
        ldrb    r4, [r1]
        .else
        ldrh    r4, [r1]
        .endif
        list_input r2
        cmp     r1, r8
        bne     .Llist_event
.Levents_listed:
        end_tick .Llist_events
        .ltorg
        .size   sfdfa_m0_list_events, . - sfdfa_m0_list_events

/*
 * void sfdfa_m0_list_spikes(const sfdfa_m0_listing_t *listing)
 *
 * r1 word of the tick's spikes, r2 its ones that are left, r8 number of the neuron of its lowest bit, r9 the table, r10
 * factor of the table, r11 end of the words; the others: begin_listing
 */
        function sfdfa_m0_list_spikes
        begin_listing
        ldr     r5, =.Lbit_numbers
        mov     r9, r5
        ldr     r5, =0x077CB531
        mov     r10, r5
        ldr     r5, [sp, #FRAME_LISTING]
        ldr     r1, [r5, #LISTING_INPUTS]
        ldr     r4, =4 * SFDFA_SPIKE_WORDS * LAST_TICK
        adds    r1, r1, r4
.Llist_spikes:
        ldr     r5, [sp, #FRAME_LISTING]
        ldr     r5, [r5, #LISTING_WORDS]
        lsls    r5, r5, #2
        adds    r5, r5, r1
        mov     r11, r5
        movs    r4, #0
        mov     r8, r4
.Llist_word:
        ldmia   r1!, {r2}
        cmp     r2, #0
        beq     .Lword_listed
.Llist_spike:
        negs    r4, r2
        ands    r4, r2                  /* the lowest one, */
        bics    r2, r4
        mov     r5, r10
        muls    r4, r5
        lsrs    r4, r4, #27
        add     r4, r9
        ldrb    r4, [r4]                /* and its place: sfdfa_lowest_bit */
        add     r4, r8
        mov     r5, lr
        muls    r5, r4
        eors    r4, r3
        str     r5, [r0]                /* the row, until the draw is there */
        lsrs    r5, r4, #16
        eors    r4, r5
        muls    r4, r6
        lsrs    r5, r4, #15
        eors    r4, r5
        muls    r4, r7
        lsrs    r5, r4, #16
        eors    r4, r5
        lsls    r4, r4, #32 - SFDFA_DITHER_BITS
        ldr     r5, [r0]
        orrs    r4, r5
        stmia   r0!, {r4}
        cmp     r2, #0
        bne     .Llist_spike
.Lword_listed:
        mov     r4, r8
        adds    r4, r4, #32
        mov     r8, r4
        cmp     r1, r11
        bne     .Llist_word
        ldr     r5, [sp, #FRAME_LISTING]
        ldr     r5, [r5, #LISTING_WORDS]
        lsls    r5, r5, #2
        subs    r1, r1, r5
        descend r1
        end_tick .Llist_spikes
        .ltorg
.Lbit_numbers:
        .byte   0, 1, 28, 2, 29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4, 8
        .byte   31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6, 11, 5, 10, 9
        .size   sfdfa_m0_list_spikes, . - sfdfa_m0_list_spikes

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits /* or the linker would make the stack of a whole program executable */
#endif
