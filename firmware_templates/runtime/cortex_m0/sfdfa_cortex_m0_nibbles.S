/*
 * sfdfa_cortex_m0_nibbles.S: sums over weights of 4 bits, for Cortex-M0 and M0+, see sfdfa_cortex_m0.S.
 *
 * A weight lies raised by 8, so that of sixteen rows the sums fit a byte: eight neurons take two registers, where those
 * of 8 bits take four.
 */
#include "sfdfa_config.h"

#if SFDFA_CORTEX_M0

#include "sfdfa_cortex_m0_macros.h"

/*
 * void sfdfa_m0_sum...(const sfdfa_m0_sum_t *sum)
 *
 * Three words of cells at a time, 24 neurons, of which the sums over all inputs stay in registers, four to a register.
 * Of the last ones only as many words are written as the layer has neurons for.
 *
 * r0 input, r4 mask of the lower nibbles, r5 cells of the three words in the first row, r7 row
 * r8, r10, r12 sums of the lower nibbles of a word; r9, r11, lr of the upper ones and, 4 bits up, of the lower ones of
 * all but the first byte
 */
        /* On the stack of a sum of weights. */
        .set    FRAME_INPUT, 0          /* such that the loop's end is at that of the inputs */
        .set    FRAME_INPUT_END, 4
        .set    FRAME_ENTRY, 8          /* where in the loop it begins */
        .set    FRAME_ROW, 12
        .set    FRAME_WEIGHTS, 16
        .set    FRAME_CURRENT, 20
        .set    FRAME_CURRENT_END, 24
        .set    FRAME_SHIFT, 28
        .set    FRAME_OFFSET, 32        /* less what inputs raise the sums by, shifted */
        .set    FRAME_BYTES, 36

        /* 4 cycles */
        .macro  add_word word, lower, upper, scratch
        lsrs    \scratch, \word, #4
        add     \upper, \scratch
        ands    \word, r4
        add     \lower, \word
        .endm

        /* One input of a sum: 20 cycles. */
        .macro  add_words place
        find_row \place
        ldmia   r1!, {r2, r3, r6}
        add_word r2, r8, r9, r1
        add_word r3, r10, r11, r1
        add_word r6, r12, lr, r1
        .endm
        .set    ADD_WORDS_BYTES, 32

        /*
         * Lay out the frame of the sfdfa_m0_sum_t that r0 points to, where each input raises a sum by 8.
         * Leaves its inputs in r1, how many they are in r2, its weights in r5 and its row in r7.
         */
        .macro  begin_sum
        enter   FRAME_BYTES
        ldr     r1, [r0, #INPUT]
        ldr     r2, [r0, #INPUT_END]
        str     r2, [sp, #FRAME_INPUT_END]
        subs    r2, r2, r1
        .if     INDEX_BYTES == 2
        lsrs    r2, r2, #1
        .endif
        ldr     r3, [r0, #SHIFT]
        str     r3, [sp, #FRAME_SHIFT]
        lsls    r4, r2, #3
        lsls    r4, r3
        ldr     r3, [r0, #OFFSET]
        subs    r3, r3, r4
        str     r3, [sp, #FRAME_OFFSET]
        ldr     r7, [r0, #ROW]
        str     r7, [sp, #FRAME_ROW]
        ldr     r5, [r0, #WEIGHTS]
        str     r5, [sp, #FRAME_WEIGHTS]
        ldr     r3, [r0, #CURRENT]
        str     r3, [sp, #FRAME_CURRENT]
        ldr     r3, [r0, #CURRENT_END]
        str     r3, [sp, #FRAME_CURRENT_END]
        .endm

        /* Two sums, shifted by r4 and with the offset r5, to where r7 points, or to what is there. */
        .macro  put_pair more, last
        .if     \last
        movs    r1, r0
        movs    r2, r6
        .else
        uxtb    r1, r0
        uxtb    r2, r6
        lsrs    r0, r0, #8
        lsrs    r6, r6, #8
        .endif
        lsls    r1, r4
        lsls    r2, r4
        adds    r1, r1, r5
        adds    r2, r2, r5
        .if     \more
        ldr     r3, [r7]
        adds    r1, r1, r3
        ldr     r3, [r7, #4]
        adds    r2, r2, r3
        .endif
        stmia   r7!, {r1, r2}
        .endm

        /* Those of a word. */
        .macro  put_eight lower, upper, more
        mov     r0, \lower
        mov     r6, \upper
        lsrs    r1, r0, #8
        lsls    r1, r1, #4
        subs    r6, r6, r1
        put_pair \more, 0
        put_pair \more, 0
        put_pair \more, 0
        put_pair \more, 1
        .endm

        /* On to `done` where all neurons have their sums. */
        .macro  halt_at_end done
        ldr     r6, [sp, #FRAME_CURRENT_END]
        cmp     r7, r6
        bhs     \done
        .endm

        .macro  sum_function name, more
        function \name
        begin_sum
        ldr     r4, [r0, #ALIGNMENT]
        lsls    r4, r4, #30
        bne     .Lrows_of_bytes\@
        /* Inputs less than whole fours: so many copies of the loop's body are passed over. */
        negs    r2, r2
        movs    r3, #3
        ands    r2, r3
        lsls    r3, r2, #INDEX_BYTES - 1
        subs    r1, r1, r3
        movs    r3, #ADD_WORDS_BYTES
        muls    r2, r3
        ldr     r3, =.Lwords\@
        adds    r3, r3, r2
        b       .Lbegin\@
.Lrows_of_bytes\@:
        ldr     r3, =.Lbytes\@
.Lbegin\@:
        str     r1, [sp, #FRAME_INPUT]
        str     r3, [sp, #FRAME_ENTRY]

.Lsum_words\@:
        ldr     r4, =0x0F0F0F0F
        movs    r6, #0
        mov     r8, r6
        mov     r9, r6
        mov     r10, r6
        mov     r11, r6
        mov     r12, r6
        mov     lr, r6
        ldr     r0, [sp, #FRAME_INPUT]
        ldr     r5, [sp, #FRAME_WEIGHTS]
        ldr     r7, [sp, #FRAME_ROW]
        ldr     r1, [sp, #FRAME_ENTRY]
        mov     pc, r1

.Lwords\@:
        add_words 0
        add_words 1
        add_words 2
        add_words 3
        adds    r0, r0, #4 * INDEX_BYTES
        ldr     r6, [sp, #FRAME_INPUT_END]
        cmp     r0, r6
        bne     .Lwords\@

.Lsums_done\@:
        adds    r5, r5, #12
        str     r5, [sp, #FRAME_WEIGHTS]
        ldr     r7, [sp, #FRAME_CURRENT]
        ldr     r4, [sp, #FRAME_SHIFT]
        ldr     r5, [sp, #FRAME_OFFSET]
        put_eight r8, r9, \more
        halt_at_end .Lall_summed\@
        put_eight r10, r11, \more
        halt_at_end .Lall_summed\@
        put_eight r12, lr, \more
        halt_at_end .Lall_summed\@
        str     r7, [sp, #FRAME_CURRENT]
        b       .Lsum_words\@
.Lall_summed\@:
        leave   FRAME_BYTES

.Lbytes\@:
        find_row 0
        add_bytes 0, r8, r9
        add_bytes 4, r10, r11
        add_bytes 8, r12, lr
        adds    r0, r0, #INDEX_BYTES
        ldr     r6, [sp, #FRAME_INPUT_END]
        cmp     r0, r6
        bne     .Lbytes\@
        b       .Lsums_done\@
        .ltorg
        .size   \name, . - \name
        .endm

        sum_function sfdfa_m0_sum, 0
        sum_function sfdfa_m0_sum_more, 1

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits /* or the linker would make the stack of a whole program executable */
#endif
