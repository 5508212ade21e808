/*
 * sfdfa_cortex_m4.S: the innermost loops of a tick for Cortex-M with the DSP extension. sfdfa_cortex_m4.h says what
 * they compute.
 *
 * A and B are kept negated. Then smmlsr makes the next state of one, with the decay times 2^20: it subtracts a product
 * from 2^32 times the state, and rounds half up, where section 5 of docs/ARITHMETIC.md rounds what is subtracted from
 * the state itself.
 *
 * Cycles are those of the table in codegen/toolchain/instruction_times.py.
 */
#include "sfdfa_config.h"

#if SFDFA_CORTEX_M4

#include "sfdfa_cortex_m4_macros.h"

#if SFDFA_WEIGHT_BITS == 8

/*
 * void sfdfa_m4_sum(const sfdfa_index_t *input, uint32_t count, sfdfa_layer_table_t *layer, const int8_t *weights,
 * uint32_t *lanes)
 *
 * Up to sixteen neurons at a time, of which the sums over all inputs stay in registers, two to a register: of each word
 * of weights, those of its first and third byte, then those of the others.
 *
 * r0 next input, r1 bytes of a row and, from bit 16 on, inputs to come after this one, r2 and lr words of weights, r3
 * input or its weights, r4 to r11 sums, r12 weights
 */
        .set    FRAME_INPUT, 0          /* on the stack */
        .set    FRAME_ROW, 4
        .set    FRAME_LANES, 8
        .set    FRAME_WORDS, 12         /* of a row, still to be summed */
        .set    FRAME_BYTES, 16

        /* Add the weights of a word; the first ones of a block are put into the registers. */
        .macro  add_word word, even, odd, first
        .if     \first
        sxtb16  \even, \word
        sxtb16  \odd, \word, ror #8
        .else
        sxtab16 \even, \even, \word
        sxtab16 \odd, \odd, \word, ror #8
        .endif
        .endm

        /*
         * The input in r3: 17 cycles for 16 neurons, and 7, 10 and 14 for 4, 8 and 12. Leaves the one behind it in r3;
         * behind the last one is another member of sfdfa_t. A load just behind another takes one cycle.
         */
        .macro  sum_input words, first
        smlabb  r3, r3, r1, r12
        subs    r1, r1, #1 << 16        /* here, for an address is waited for that was computed just before */
        ldr     r2, [r3]
        .if     \words > 1
        ldr     lr, [r3, #4]
        .endif
        .if     \words > 2
        add_word r2, r4, r5, \first
        add_word lr, r6, r7, \first
        ldr     r2, [r3, #8]
        .endif
        .if     \words > 3
        ldr     lr, [r3, #12]
        .endif
        load_index r3, r0
        .if     \words <= 2
        add_word r2, r4, r5, \first
        .else
        add_word r2, r8, r9, \first
        .endif
        .if     \words == 2
        add_word lr, r6, r7, \first
        .elseif \words == 4
        add_word lr, r10, r11, \first
        .endif
        .endm

        /*
         * Four neurons for each word; the jumps take 6 cycles for four inputs of sixteen neurons, and 4 for two of
         * fewer.
         */
        .macro  sum_words words
        ldrd    r0, r1, [sp, #FRAME_INPUT]
        load_index r3, r0
        sum_input \words, 1
        blo     .Lsummed\@
.Linput\@:
        .rept   \words / 4 * 2 + 1
        sum_input \words, 0
        blo     .Lsummed\@
        .endr
        sum_input \words, 0
        bhs     .Linput\@
.Lsummed\@:
        ldrd    lr, r2, [sp, #FRAME_LANES]
        .if     \words == 1
        stm     lr!, {r4, r5}
        .elseif \words == 2
        stm     lr!, {r4, r5, r6, r7}
        .elseif \words == 3
        stm     lr!, {r4, r5, r6, r7, r8, r9}
        .else
        stm     lr!, {r4, r5, r6, r7, r8, r9, r10, r11}
        .endif
        .endm

        function sfdfa_m4_sum
        push    {r4, r5, r6, r7, r8, r9, r10, r11, lr}
        sub     sp, sp, #FRAME_BYTES
        mov     r12, r3
        ldrh    r3, [r2, #LAYER_NEURONS]
        ldrh    r2, [r2, #LAYER_ROW]
        ldr     r4, [sp, #FRAME_BYTES + SAVED_BYTES]
        subs    r1, r1, #1
        orr     r1, r2, r1, lsl #16
        adds    r3, r3, #3
        lsrs    r3, r3, #2
        strd    r0, r1, [sp, #FRAME_INPUT]
        strd    r4, r3, [sp, #FRAME_LANES]
        cmp     r3, #4
        blt     .Lsum_rest
.Lsum_sixteen:
        sum_words 4
        add     r12, r12, #16
        subs    r2, r2, #4
        strd    lr, r2, [sp, #FRAME_LANES]
        cmp     r2, #4
        bge     .Lsum_sixteen
.Lsum_rest:
        ldr     r2, [sp, #FRAME_WORDS]
        cmp     r2, #2
        blt     .Lsum_one_or_none
        beq     .Lsum_two
        sum_words 3
        b       .Lsummed
.Lsum_two:
        sum_words 2
        b       .Lsummed
.Lsum_one_or_none:
        cmp     r2, #0
        beq     .Lsummed
        sum_words 1
.Lsummed:
        add     sp, sp, #FRAME_BYTES
        pop     {r4, r5, r6, r7, r8, r9, r10, r11, pc}
        .size   sfdfa_m4_sum, . - sfdfa_m4_sum

#endif

/*
 * sfdfa_index_t *sfdfa_m4_integrate_inputs...(sfdfa_membrane_t *membrane, const uint32_t *lanes,
 *                                             sfdfa_layer_table_t *layer, sfdfa_index_t *list)
 * sfdfa_index_t *sfdfa_m4_integrate...(sfdfa_membrane_t *membrane, uint32_t neurons, sfdfa_layer_table_t *layer,
 *                                      sfdfa_index_t *list)
 *
 * r0 membrane, r1 sums, r2 and r3 A and B of a neuron, r4 and r5 of the next one, r6 and r7 sums of four neurons, r8
 * threshold, r9 and r10 decays, r11 what the sums are multiplied by and, from bit 16 on, eights of neurons to come, or
 * fours that may saturate, r12 list
 */
        .set    FRAME_FIRST, 0          /* on the stack: the first membrane */
        .set    FRAME_NEURONS, 4
        .set    FRAME_LIMIT, 8
        .set    FRAME_SATURATIONS, 12
        .set    FRAME_BYTES, 16

        /* The next value of a state, without an input or with that in a half (b or t) of the sums. */
        .macro  step_state state, decay, inputs, half, sums
        .if     \inputs
        smla\half\()b lr, \sums, r11, \state
        smmlsr  \state, \state, \decay, lr
        .else
        smmlsr  \state, \state, \decay, \state
        .endif
        .endm

        /* Clamp a state to the limit, in lr, and count it. */
        .macro  limit_state state
        cmp     \state, lr
        bgt     .Labove\@
        cmn     \state, lr
        blt     .Lbelow\@
.Llimited\@:
        .subsection 1
.Labove\@:
        mov     \state, lr
        b       .Lcount\@
.Lbelow\@:
        rsb     \state, lr, #0
.Lcount\@:
        ldr     lr, [sp, #FRAME_SATURATIONS]
        add     lr, lr, #1
        str     lr, [sp, #FRAME_SATURATIONS]
        ldr     lr, [sp, #FRAME_LIMIT]
        b       .Llimited\@
        .previous
        .endm

        /*
         * List the neuron of which B - A is in a register, if it reaches the threshold; its membrane lies so many bytes
         * before r0. Changes r2 and r3.
         */
        .macro  test_neuron potential, before
        cmp     \potential, r8
        bge     .Lreached\@
.Ltested\@:
        .subsection 1
.Lreached\@:
        ldr     r3, [sp, #FRAME_FIRST]
        sub     r2, r0, r3
        subs    r2, r2, #\before
        lsrs    r2, r2, #3
        store_index r2, r12
        b       .Ltested\@
        .previous
        .endm

        /*
         * Two neurons: 19 cycles without inputs, 23 with; 18 more if they may saturate. Stores one by one take one
         * cycle less than stm.
         */
        .macro  integrate_pair inputs, half, saturates
        .ifc    \inputs\half, 1b              /* sums have just been loaded: these loads overlap with it */
        ldr     r3, [r0, #4]
        ldr     r4, [r0, #8]
        ldr     r5, [r0, #12]
        ldr     r2, [r0], #16
        .else
        ldm     r0!, {r2, r3, r4, r5}
        .endif
        step_state r2, r9, \inputs, \half, r6
        step_state r3, r10, \inputs, \half, r6
        step_state r4, r9, \inputs, \half, r7
        step_state r5, r10, \inputs, \half, r7
        .if     \saturates
        ldr     lr, [sp, #FRAME_LIMIT]
        limit_state r2
        limit_state r3
        limit_state r4
        limit_state r5
        .endif
        str     r2, [r0, #-16]
        str     r3, [r0, #-12]
        str     r4, [r0, #-8]
        str     r5, [r0, #-4]
        subs    r2, r2, r3
        subs    r4, r4, r5
        test_neuron r2, 16
        test_neuron r4, 8
        .endm

        .macro  integrate_four inputs, saturates
        .if     \inputs
        ldr     r7, [r1, #4]
        ldr     r6, [r1], #8
        .endif
        integrate_pair \inputs, b, \saturates
        integrate_pair \inputs, t, \saturates
        .endm

        .macro  integrate_one inputs, saturates
        ldrd    r2, r3, [r0]
        step_state r2, r9, \inputs, b, r6
        step_state r3, r10, \inputs, b, r6
        .if     \saturates
        ldr     lr, [sp, #FRAME_LIMIT]
        limit_state r2
        limit_state r3
        .endif
        strd    r2, r3, [r0], #8
        subs    r2, r2, r3
        test_neuron r2, 8
        .endm

        .macro  integrate_function name, inputs, saturates
        function \name
        push    {r4, r5, r6, r7, r8, r9, r10, r11, lr}
        sub     sp, sp, #FRAME_BYTES
        mov     r12, r3
        .if     \inputs
        ldrh    r3, [r2, #LAYER_NEURONS]
        .else
        mov     r3, r1
        .endif
        ldr     r8, [r2, #LAYER_THRESHOLD]
        ldrh    r9, [r2, #LAYER_DECAY_S]
        ldrh    r10, [r2, #LAYER_DECAY]
        strd    r0, r3, [sp, #FRAME_FIRST]
        lsl     r9, r9, #20
        lsl     r10, r10, #20
        .if     \saturates
        ldr     r4, [r2, #LAYER_STATE_LIMIT]
        movs    r5, #0
        strd    r4, r5, [sp, #FRAME_LIMIT]
        .endif
        .if     \inputs
        ldrsb   r2, [r2, #LAYER_INPUT_SHIFT]
        rsbs    r2, r2, #0
        mov     r4, #-1
        lsl     r4, r4, r2
        uxth    r11, r4
        .else
        mov     r11, #0
        .endif
        lsrs    r2, r3, #2
        beq     .Lrest\@
        .if     \saturates
        add     r11, r11, r2, lsl #16
        sub     r11, r11, #1 << 16
.Lfours\@:
        .else
        lsrs    r2, r2, #1              /* carry: an odd number of fours */
        add     r11, r11, r2, lsl #16
        bcs     .Lodd_four\@
        sub     r11, r11, #1 << 16
.Lfours\@:
        integrate_four \inputs, \saturates
.Lodd_four\@:
        .endif
        integrate_four \inputs, \saturates
        subs    r11, r11, #1 << 16
        bhs     .Lfours\@
        ldr     r3, [sp, #FRAME_NEURONS]
.Lrest\@:
        .if     \inputs
        ldr     r7, [r1, #4]
        ldr     r6, [r1]
        .endif
        lsls    r3, r3, #31             /* carry: two neurons or three are left over; not 0: one or three */
        bcc     .Lone\@
        integrate_pair \inputs, b, \saturates
        asrs    r6, r6, #16
        ldr     r3, [sp, #FRAME_NEURONS]
        lsls    r3, r3, #31
.Lone\@:
        cbz     r3, .Lintegrated\@
        integrate_one \inputs, \saturates
.Lintegrated\@:
        .if     \saturates
        ldr     r1, [sp, #FRAME_BYTES + SAVED_BYTES]
        ldr     r2, [sp, #FRAME_SATURATIONS]
        ldr     r3, [r1]
        adds    r3, r3, r2
        str     r3, [r1]
        .endif
        mov     r0, r12
        add     sp, sp, #FRAME_BYTES
        pop     {r4, r5, r6, r7, r8, r9, r10, r11, pc}
        .size   \name, . - \name
        .endm

        integrate_function sfdfa_m4_integrate, 0, 0
        integrate_function sfdfa_m4_integrate_inputs, 1, 0
#if SFDFA_STATE_CAN_SATURATE
        integrate_function sfdfa_m4_integrate_limited, 0, 1
        integrate_function sfdfa_m4_integrate_inputs_limited, 1, 1
#endif

#if SFDFA_LAYERS > 1 && SFDFA_LEARNS_FEEDBACK && SFDFA_WEIGHT_BITS == 8

/*
 * void sfdfa_m4_add_grades(int16_t *sums, const sfdfa_inputs_t *inputs, sfdfa_layer_table_t *layer,
 *                          const int8_t *weights, uint32_t *saturations)
 *
 * Four neurons at a time: 26 cycles for an input with a grade, 11 for one without.
 *
 * r0 bytes of a row and, from bit 16 on, inputs to come after this one, r1 grades, r2 input, r3 and r5 weights of an
 * input, r4 its grade, r7 to r10 sums, r11 what rounds them, r12 by how many bits they are shifted, lr weights
 */
        .set    INPUTS_INDEX, 0         /* in sfdfa_inputs_t */
        .set    INPUTS_GRADES, 4
        .set    INPUTS_COUNT, 8

        .set    FRAME_INPUT, 0          /* on the stack */
        .set    FRAME_GRADES, 4
        .set    FRAME_ROW, 8
        .set    FRAME_SUMS, 12
        .set    FRAME_NEURONS, 16       /* still to be summed */
        .set    FRAME_BYTES, 20

        .macro  add_graded half, weights, sum
        smla\half\()b r6, \weights, r4, r11
        asr     r6, r6, r12
        add     \sum, \sum, r6
        .endm

        /* Clamp a sum to 32767, which is in r3, and store it. r5 is twice that, r4 neurons to come. */
        .macro  store_grade sum
        add     r6, \sum, r3
        cmp     r6, r5
        bhi     .Llarge_grade\@
.Lstore_grade\@:
        strh    \sum, [r0], #2
        subs    r4, r4, #1
        .subsection 1
.Llarge_grade\@:
        eor     \sum, r3, \sum, asr #31
        cmp     \sum, r3
        it      ne
        addne   \sum, \sum, #1         /* the complement of 32767 is one too low */
        ldr     r6, [sp, #FRAME_BYTES + SAVED_BYTES]
        ldr     r1, [r6]
        adds    r1, r1, #1
        str     r1, [r6]
        b       .Lstore_grade\@
        .previous
        .endm

        function sfdfa_m4_add_grades
        push    {r4, r5, r6, r7, r8, r9, r10, r11, lr}
        sub     sp, sp, #FRAME_BYTES
        mov     lr, r3
        ldrh    r4, [r2, #LAYER_ROW]
        ldrh    r5, [r1, #INPUTS_COUNT]
        subs    r5, r5, #1
        orr     r4, r4, r5, lsl #16
        ldrh    r5, [r2, #LAYER_NEURONS]
        ldrb    r12, [r2, #LAYER_FRACTION_BITS]
        ldrd    r2, r3, [r1, #INPUTS_INDEX]
        strd    r2, r3, [sp, #FRAME_INPUT]
        strd    r4, r0, [sp, #FRAME_ROW]
        str     r5, [sp, #FRAME_NEURONS]
        movs    r3, #1
        lsl     r3, r3, r12
        lsr     r11, r3, #1
.Lgrade_four:
        ldr     r3, [sp, #FRAME_SUMS]
        ldrd    r2, r1, [sp, #FRAME_INPUT]
        ldr     r0, [sp, #FRAME_ROW]
        ldrsh   r7, [r3]
        ldrsh   r8, [r3, #2]
        ldrsh   r9, [r3, #4]
        ldrsh   r10, [r3, #6]
.Lgraded_input:
        ldrsh   r4, [r1], #2
        load_index r3, r2
        cbz     r4, .Lno_grade
        smlabb  r3, r3, r0, lr
        ldr     r3, [r3]
        sxtb16  r5, r3
        sxtb16  r3, r3, ror #8
        add_graded b, r5, r7
        add_graded b, r3, r8
        add_graded t, r5, r9
        add_graded t, r3, r10
.Lno_grade:
        subs    r0, r0, #1 << 16
        bhs     .Lgraded_input
        ldrd    r0, r4, [sp, #FRAME_SUMS]
        movw    r3, #32767
        movw    r5, #65534
        store_grade r7
        beq     .Lgrades_summed
        store_grade r8
        beq     .Lgrades_summed
        store_grade r9
        beq     .Lgrades_summed
        store_grade r10
        beq     .Lgrades_summed
        strd    r0, r4, [sp, #FRAME_SUMS]
        add     lr, lr, #4
        b       .Lgrade_four
.Lgrades_summed:
        add     sp, sp, #FRAME_BYTES
        pop     {r4, r5, r6, r7, r8, r9, r10, r11, pc}
        .size   sfdfa_m4_add_grades, . - sfdfa_m4_add_grades

#endif

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits /* or the linker would make the stack of a whole program executable */
#endif
