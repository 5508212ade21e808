/*
 * sfdfa_cortex_m4.S: the innermost loops of a tick for Cortex-M with the DSP extension. sfdfa_cortex_m4.h says what they compute.
 *
 * A and B are kept negated. Then smmlsr makes the next state of one, with the decay times 2^20: it subtracts a product from 2^32 times the state,
 * and rounds half up, where section 5 of docs/ARITHMETIC.md rounds what is subtracted from the state itself.
 *
 * Cycles are those of the table in codegen/instruction_times.py.
 */
#include "sfdfa_dsp.h"

#if SFDFA_CORTEX_M4

#include "sfdfa_cortex_m4_macros.h"

        .set    INDEX_BYTES, SFDFA_INDEX_BITS / 8

        .macro  load_index index, pointer
        .if     INDEX_BYTES == 1
        ldrb    \index, [\pointer], #1
        .else
        ldrh    \index, [\pointer], #2
        .endif
        .endm

        .macro  store_index index, pointer
        .if     INDEX_BYTES == 1
        strb    \index, [\pointer], #1
        .else
        strh    \index, [\pointer], #2
        .endif
        .endm

/*
 * void sfdfa_m4_sum(const sfdfa_m4_sum_t *sum)
 *
 * Up to sixteen neurons at a time, of which the sums over all inputs stay in registers, two to a register: of each word of weights, those of its
 * first and third byte, then those of the others.
 *
 * r0 input, r1 bytes of a row and, from bit 16 on, inputs to come after this one, r2, r3 and lr words of weights, r4 to r11 sums, r12 weights
 */
        .set    FRAME_INPUT, 0          /* on the stack */
        .set    FRAME_ROW, 4
        .set    FRAME_LANES, 8
        .set    FRAME_WORDS, 12         /* of a row, still to be summed */
        .set    FRAME_BYTES, 16

        .macro  add_word word, even, odd
        sxtab16 \even, \even, \word
        sxtab16 \odd, \odd, \word, ror #8
        .endm

        /* Four neurons for each word: an input takes 19 + 2 or, not aligned, 25 cycles for 16 neurons, and 12, 16 and 20 for 4, 8 and 12. */
        .macro  sum_words words, aligned
        ldrd    r0, r1, [sp, #FRAME_INPUT]
        mov     r4, #0
        mov     r5, #0
        .if     \words > 1
        mov     r6, #0
        mov     r7, #0
        .endif
        .if     \words > 2
        mov     r8, #0
        mov     r9, #0
        .endif
        .if     \words > 3
        mov     r10, #0
        mov     r11, #0
        .endif
.Linput\@:
        load_index r2, r0
        smlabb  r3, r2, r1, r12
        .if     \aligned
        ldm     r3!, {r2, lr}
        .else
        ldr     r2, [r3]
        .if     \words > 1
        ldr     lr, [r3, #4]
        .endif
        .endif
        add_word r2, r4, r5
        .if     \words > 1
        add_word lr, r6, r7
        .endif
        .if     \aligned
        ldm     r3, {r2, r3}
        .else
        .if     \words > 2
        ldr     r2, [r3, #8]
        .endif
        .if     \words > 3
        ldr     r3, [r3, #12]
        .endif
        .endif
        .if     \words > 2
        add_word r2, r8, r9
        .endif
        .if     \words > 3
        add_word r3, r10, r11
        .endif
        subs    r1, r1, #1 << 16
        bhs     .Linput\@
        ldr     lr, [sp, #FRAME_LANES]
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

        .macro  sum_sixteens aligned
.Lsixteen\@:
        sum_words 4, \aligned
        ldr     r2, [sp, #FRAME_WORDS]
        add     r12, r12, #16
        subs    r2, r2, #4
        strd    lr, r2, [sp, #FRAME_LANES]
        cmp     r2, #4
        bge     .Lsixteen\@
        .endm

        function sfdfa_m4_sum
        push    {r4, r5, r6, r7, r8, r9, r10, r11, lr}
        sub     sp, sp, #FRAME_BYTES
        ldm     r0, {r1, r2, r3, r4, r12}
        stm     sp, {r1, r2, r3, r4}
        cmp     r4, #4
        blt     .Lsum_rest
        orr     r2, r2, r12
        tst     r2, #3
        bne     .Lsum_unaligned
        sum_sixteens 1
        b       .Lsum_rest
.Lsum_unaligned:
        sum_sixteens 0
.Lsum_rest:
        ldr     r2, [sp, #FRAME_WORDS]
        cmp     r2, #2
        blt     .Lsum_one_or_none
        beq     .Lsum_two
        sum_words 3, 0
        b       .Lsummed
.Lsum_two:
        sum_words 2, 0
        b       .Lsummed
.Lsum_one_or_none:
        cbz     r2, .Lsummed
        sum_words 1, 0
.Lsummed:
        add     sp, sp, #FRAME_BYTES
        pop     {r4, r5, r6, r7, r8, r9, r10, r11, pc}
        .size   sfdfa_m4_sum, . - sfdfa_m4_sum

/*
 * void sfdfa_m4_integrate...(sfdfa_m4_integrate_t *layer)
 *
 * r0 membrane, r1 sums, r2 and r3 A and B of a neuron, r4 and r5 of the next one, r6 and r7 sums of four neurons, r8 threshold, r9 and r10 decays,
 * r11 what the sums are multiplied by and, from bit 16 on, fours of neurons to come, r12 list
 */
        .set    MEMBRANE, 0             /* in sfdfa_m4_integrate_t */
        .set    NEURONS, 24
        .set    LIST, 28
        .set    LIMIT, 32
        .set    SATURATIONS, 36

        .set    FRAME_FIRST, 0          /* on the stack: the first membrane */
        .set    FRAME_LAYER, 4
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

        /* List the neuron of which B - A is in a register, if it reaches the threshold; its membrane lies so many bytes before r0. Changes r2 and r3. */
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

        /* Two neurons: 20 cycles without inputs, 24 with; 17 more if they may saturate. */
        .macro  integrate_pair inputs, half, saturates
        ldm     r0, {r2, r3, r4, r5}
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
        stm     r0!, {r2, r3, r4, r5}
        subs    r2, r2, r3
        subs    r4, r4, r5
        test_neuron r2, 16
        test_neuron r4, 8
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
        ldr     r2, [r0, #MEMBRANE]
        ldr     r4, [r0, #LIMIT]
        movs    r5, #0
        strd    r2, r0, [sp, #FRAME_FIRST]
        strd    r4, r5, [sp, #FRAME_LIMIT]
        ldrd    r3, r12, [r0, #NEURONS]
        ldm     r0, {r0, r1, r8, r9, r10, r11}  /* membrane, sums, threshold, decay_s, decay, scale */
        lsrs    r2, r3, #2
        beq     .Lrest\@
        add     r11, r11, r2, lsl #16
        sub     r11, r11, #1 << 16
.Lfour\@:
        .if     \inputs
        ldm     r1!, {r6, r7}
        .endif
        integrate_pair \inputs, b, \saturates
        integrate_pair \inputs, t, \saturates
        subs    r11, r11, #1 << 16
        bhs     .Lfour\@
        ldr     r3, [sp, #FRAME_LAYER]
        ldr     r3, [r3, #NEURONS]
.Lrest\@:
        .if     \inputs
        ldm     r1, {r6, r7}
        .endif
        lsls    r3, r3, #31             /* carry: two neurons or three are left over; not 0: one or three */
        bcc     .Lone\@
        integrate_pair \inputs, b, \saturates
        asrs    r6, r6, #16
        ldr     r3, [sp, #FRAME_LAYER]
        ldr     r3, [r3, #NEURONS]
        lsls    r3, r3, #31
.Lone\@:
        cbz     r3, .Lintegrated\@
        integrate_one \inputs, \saturates
.Lintegrated\@:
        ldr     r7, [sp, #FRAME_LAYER]
        ldr     r3, [sp, #FRAME_SATURATIONS]
        str     r12, [r7, #LIST]
        str     r3, [r7, #SATURATIONS]
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

#if SFDFA_LAYERS > 1

/*
 * bool sfdfa_m4_coast(sfdfa_coasting_t *list)
 *
 * r1 next, r2 kept, r3 end, r4 membranes, r5 threshold, r6 and r7 decays, r8 membrane, r9 A, r10 B
 */
        function sfdfa_m4_coast
        push    {r4, r5, r6, r7, r8, r9, r10, lr}
        ldm     r0, {r1, r2, r3, r4, r5, r6, r7}
        lsls    r6, r6, #20
        lsls    r7, r7, #20
.Lcoast_next:
        cmp     r1, r3
        beq     .Lcoast_halts
        load_index r8, r1
        store_index r8, r2
        add     r8, r4, r8, lsl #3
        ldrd    r9, r10, [r8]
        smmlsr  r9, r9, r6, r9
        smmlsr  r10, r10, r7, r10
        strd    r9, r10, [r8]
        sub     r9, r9, r10
        cmp     r9, r5
        blt     .Lcoast_next
        stm     r0, {r1, r2}
        movs    r0, #1
        pop     {r4, r5, r6, r7, r8, r9, r10, pc}
.Lcoast_halts:
        stm     r0, {r1, r2}
        movs    r0, #0
        pop     {r4, r5, r6, r7, r8, r9, r10, pc}
        .size   sfdfa_m4_coast, . - sfdfa_m4_coast

#endif

#endif
