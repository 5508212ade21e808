/*
 * sfdfa_cortex_m4_nibbles.S: sums over weights of 4 bits, for Cortex-M with the DSP extension, see sfdfa_cortex_m4.S.
 *
 * A weight lies raised by 8, so that of sixteen rows the sums fit a byte: eight neurons take two registers, where those
 * of 8 bits take four.
 */
#include "sfdfa_config.h"

#if SFDFA_CORTEX_M4

#include "sfdfa_cortex_m4_macros.h"

/*
 * void sfdfa_m4_sum...(const sfdfa_index_t *input, uint32_t count, sfdfa_layer_table_t *layer,
 * const sfdfa_weight_t *weights, uint32_t *lanes)
 *
 * Up to 32 neurons at a time, of which the sums over all inputs stay in registers, four to a register: of each word of
 * weights, those of the lower nibbles, then those of the upper ones and, 4 bits up, of the lower ones of all but the
 * first byte.
 *
 * r0 next input, r1 bytes of a row and, from bit 16 on, inputs to come after this one, r2 and lr words of weights, r3
 * input or its weights, r4 to r11 sums, r12 weights
 */
        .set    FRAME_INPUT, 0          /* on the stack */
        .set    FRAME_ROW, 4
        .set    FRAME_LANES, 8
        .set    FRAME_WORDS, 12         /* of a row, still to be summed */
        .set    FRAME_RAISED, 16        /* what the inputs raise a sum by, negated, in each half */
        .set    FRAME_BYTES, 20

        /* Add the weights of a word; the first ones of a block are put into the registers. */
        .macro  add_word word, lower, upper, first
        .if     \first
        lsr     \upper, \word, #4
        and     \lower, \word, #0x0F0F0F0F
        .else
        add     \upper, \upper, \word, lsr #4
        and     \word, \word, #0x0F0F0F0F
        add     \lower, \lower, \word
        .endif
        .endm

        /* Two words, of which the first lies so many bytes from r3. */
        .macro  add_pair place, first, lower0, upper0, lower1, upper1
        ldr     r2, [r3, #\place]
        ldr     lr, [r3, #\place + 4]
        add_word r2, \lower0, \upper0, \first
        add_word lr, \lower1, \upper1, \first
        .endm

        /* The input in r3. Leaves the one behind it in r3; behind the last one is another member of sfdfa_t. */
        .macro  sum_input words, first
        smlabb  r3, r3, r1, r12
        subs    r1, r1, #1 << 16        /* here, for an address is waited for that was computed just before */
        .if     \words == 1
        ldr     r2, [r3]
        add_word r2, r4, r5, \first
        .else
        add_pair 0, \first, r4, r5, r6, r7
        .endif
        .if     \words == 3
        ldr     r2, [r3, #8]
        add_word r2, r8, r9, \first
        .elseif \words == 4
        add_pair 8, \first, r8, r9, r10, r11
        .endif
        load_index r3, r0
        .endm

        /* Two words of lanes. Changes r0. */
        .macro  put_lanes first, second, more
        .if     \more
        ldr     r0, [lr]
        sadd16  \first, \first, r0
        ldr     r0, [lr, #4]
        sadd16  \second, \second, r0
        .endif
        strd    \first, \second, [lr], #8
        .endm

        /* The sums of eight neurons, as sfdfa_m4_integrate_inputs wants them. */
        .macro  put_eight lower, upper, more
        ldr     r0, [sp, #FRAME_RAISED]
        lsr     r1, \lower, #8
        sub     r1, \upper, r1, lsl #4
        uxtab16 r2, r0, \lower
        uxtab16 r3, r0, \lower, ror #8
        uxtab16 \lower, r0, r1
        uxtab16 \upper, r0, r1, ror #8
        pkhbt   r1, r2, r3, lsl #16
        pkhtb   r3, r3, r2, asr #16
        pkhbt   r2, \lower, \upper, lsl #16
        pkhtb   \upper, \upper, \lower, asr #16
        put_lanes r1, r2, \more
        put_lanes r3, \upper, \more
        .endm

        /* Eight neurons for each word. */
        .macro  sum_words words, more
        ldrd    r0, r1, [sp, #FRAME_INPUT]
        load_index r3, r0
        sum_input \words, 1
        blo     .Lsummed\@
.Linput\@:
        .rept   3
        sum_input \words, 0
        blo     .Lsummed\@
        .endr
        sum_input \words, 0
        bhs     .Linput\@
.Lsummed\@:
        ldr     lr, [sp, #FRAME_LANES]
        put_eight r4, r5, \more
        .if     \words > 1
        put_eight r6, r7, \more
        .endif
        .if     \words > 2
        put_eight r8, r9, \more
        .endif
        .if     \words > 3
        put_eight r10, r11, \more
        .endif
        .endm

        .macro  sum_function name, more
        function \name
        push    {r4, r5, r6, r7, r8, r9, r10, r11, lr}
        sub     sp, sp, #FRAME_BYTES
        mov     r12, r3
        ldrh    r3, [r2, #LAYER_NEURONS]
        ldrh    r2, [r2, #LAYER_ROW]
        ldr     r4, [sp, #FRAME_BYTES + SAVED_BYTES]
        lsls    r5, r1, #3
        rsbs    r5, r5, #0
        pkhbt   r5, r5, r5, lsl #16
        str     r5, [sp, #FRAME_RAISED]
        subs    r1, r1, #1
        orr     r1, r2, r1, lsl #16
        adds    r3, r3, #7
        lsrs    r3, r3, #3
        strd    r0, r1, [sp, #FRAME_INPUT]
        strd    r4, r3, [sp, #FRAME_LANES]
        cmp     r3, #4
        blt     .Lsum_rest\@
.Lsum_four\@:
        sum_words 4, \more
        add     r12, r12, #16
        ldr     r2, [sp, #FRAME_WORDS]
        subs    r2, r2, #4
        strd    lr, r2, [sp, #FRAME_LANES]
        cmp     r2, #4
        bge     .Lsum_four\@
.Lsum_rest\@:
        ldr     r2, [sp, #FRAME_WORDS]
        cmp     r2, #2
        blt     .Lsum_one_or_none\@
        beq     .Lsum_two\@
        sum_words 3, \more
        b       .Lall_summed\@
.Lsum_two\@:
        sum_words 2, \more
        b       .Lall_summed\@
.Lsum_one_or_none\@:
        cmp     r2, #0
        beq     .Lall_summed\@
        sum_words 1, \more
.Lall_summed\@:
        add     sp, sp, #FRAME_BYTES
        pop     {r4, r5, r6, r7, r8, r9, r10, r11, pc}
        .size   \name, . - \name
        .endm

        sum_function sfdfa_m4_sum, 0
        sum_function sfdfa_m4_sum_more, 1

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits /* or the linker would make the stack of a whole program executable */
#endif
