/*
 * sfdfa_cortex_m0.S: the innermost loops of a tick for Cortex-M0 and M0+, whose compilers spill what fits into
 * registers. sfdfa_cortex_m0.h says what they compute. Cycles are those of an M0+: two for a load or a store, one more
 * than their number for several, one for all else.
 */
#include "sfdfa_config.h"

#if SFDFA_CORTEX_M0

#include "sfdfa_cortex_m0_macros.h"

#if SFDFA_WEIGHT_BITS == 8

/*
 * void sfdfa_m0_sum(const sfdfa_m0_sum_t *sum)
 *
 * Sixteen neurons at a time, of which the sums over all inputs stay in registers, four to two of them. A last group of
 * fewer than sixteen begins earlier, and sums some neurons again; if there are not sixteen in all, something is summed
 * that is no weight, and written behind the sums.
 *
 * Of the four sums of a word of weights let E = S0 + S2 << 16 and O = S1 + S3 << 16. One register has the sum of the
 * words, T = E + O << 8, and one that of the words with the bytes of each half swapped, R = O + E << 8, both modulo
 * 2^32. So T - (R << 8) = E - (E << 16), of which the lower half is that of E, and then E and O follow, modulo 2^32 and
 * so as they are.
 *
 * r0 input, r4 and r6 T and R of the first word, r5 weights of the sixteen in the first row, r7 row
 * r8, r10, r12 T of the other words; r9, r11, lr R of these
 */
        .set    FRAME_INPUT, 0          /* on the stack; the first five are loaded at once */
        .set    FRAME_ENTRY, 4          /* where in the loop it begins */
        .set    FRAME_FIRST_SUM, 8      /* T and R of no inputs */
        .set    FRAME_FIRST_SWAPPED, 12
        .set    FRAME_ROW, 16
        .set    FRAME_INPUT_END, 20
        .set    FRAME_WEIGHTS, 24
        .set    FRAME_CURRENT, 28
        .set    FRAME_CURRENT_END, 32
        .set    FRAME_OFFSET, 36
        .set    FRAME_SHIFT, 40         /* the shift, or what is negative and added to S1 << 16 where it is 16 */
        .set    FRAME_BYTES, 44

        /* 3 cycles */
        .macro  add_word word, sum, swapped, scratch
        add     \sum, \word
        rev16   \word, \word
        add     \swapped, \word
        .endm

        /* One input whose row begins at a word: 22 cycles. */
        .macro  add_words place
        find_row \place
        ldmia   r1!, {r2, r3}
        add_word r2, r4, r6
        add_word r3, r8, r9
        ldmia   r1!, {r2, r3}
        add_word r2, r10, r11
        add_word r3, r12, lr
        .endm

        .macro  add_word_of_halves place, sum, swapped
        ldrh    r2, [r1, #\place]
        ldrh    r3, [r1, #\place + 2]
        lsls    r3, r3, #16
        orrs    r2, r3
        add_word r2, \sum, \swapped
        .endm

        /* One input whose row begins at an even address: 40 cycles. */
        .macro  add_halves place
        find_row \place
        add_word_of_halves 0, r4, r6
        add_word_of_halves 4, r8, r9
        add_word_of_halves 8, r10, r11
        add_word_of_halves 12, r12, lr
        .endm

        /*
         * X of four neurons in r0 to r3 where sums are shifted by 16, with the offset r5 and what FRAME_SHIFT has:
         * 13 cycles. What the weights are raised by is taken away by T and R of no inputs, and so a half is a sum with
         * its sign.
         */
        .macro  separate sum, swapped, difference
        lsls    r1, \swapped, #8
        subs    r2, \sum, r1
        lsls    r0, r2, #16
        adds    r0, r0, r5              /* X0 */
        adds    r2, r2, r0              /* E, and the offset */
        lsls    r1, r2, #8
        subs    r3, \swapped, r1        /* O, and the offset */
        asrs    r1, r0, #16
        subs    r2, r2, r1              /* X2: the offset is there already */
        lsls    r1, r3, #16
        adds    r1, r1, \difference     /* X1 */
        asrs    r4, r1, #16
        subs    r3, r3, r4              /* X3 */
        .endm

        /* Write them: 20 cycles in all. */
        .macro  put_four sum, swapped
        mov     r2, \sum
        mov     r3, \swapped
        separate r2, r3, r6
        stmia   r7!, {r0, r1, r2, r3}
        .endm

        /* The same for any shift, which is in r4: 25 cycles. */
        .macro  put_shifted sum, swapped
        mov     r2, \sum
        mov     r3, \swapped
        lsls    r1, r3, #8
        subs    r2, r2, r1
        lsls    r0, r2, #16
        adds    r2, r2, r0
        lsls    r1, r2, #8
        subs    r3, r3, r1
        uxth    r0, r2
        uxth    r1, r3
        lsrs    r2, r2, #16
        lsrs    r3, r3, #16
        .irp    x, r0, r1, r2, r3
        lsls    \x, r4
        adds    \x, \x, r5
        .endr
        stmia   r7!, {r0, r1, r2, r3}
        .endm

        function sfdfa_m0_sum
        enter   FRAME_BYTES
        mov     r4, r0
        ldr     r0, [r4, #WEIGHTS]
        ldr     r1, [r4, #CURRENT]
        ldr     r2, [r4, #CURRENT_END]
        str     r0, [sp, #FRAME_WEIGHTS]
        str     r1, [sp, #FRAME_CURRENT]
        str     r2, [sp, #FRAME_CURRENT_END]
        ldr     r1, [r4, #INPUT]
        ldr     r2, [r4, #INPUT_END]
        str     r2, [sp, #FRAME_INPUT_END]
        subs    r2, r2, r1
        .if     INDEX_BYTES == 2
        lsrs    r2, r2, #1
        .endif
        lsls    r5, r2, #7              /* what the weights raise each sum by */
        ldr     r3, [r4, #OFFSET]
        ldr     r6, [r4, #SHIFT]
        cmp     r6, #16
        bne     .Lany_shift
        lsls    r6, r3, #16
        beq     .Lany_shift             /* nothing to be told from a shift by */
        str     r3, [sp, #FRAME_OFFSET]
        subs    r6, r3, r6
        lsls    r7, r5, #16             /* of E or O, what the weights raise it by: r5 + r7 */
        subs    r3, r3, r5
        subs    r3, r3, r7
        lsls    r7, r3, #8
        adds    r3, r3, r7              /* R */
        lsls    r7, r3, #8
        subs    r5, r7, r5              /* T: T - (R << 8) is E - (E << 16) less what it is raised by */
.Lshift_found:
        str     r6, [sp, #FRAME_SHIFT]
        str     r3, [sp, #FRAME_FIRST_SWAPPED]
        str     r5, [sp, #FRAME_FIRST_SUM]
        ldr     r7, [r4, #ROW]
        str     r7, [sp, #FRAME_ROW]
        ldr     r5, [sp, #FRAME_WEIGHTS]
        ldr     r4, [r4, #ALIGNMENT]
        lsrs    r4, r4, #1
        bcs     .Lrows_of_bytes
        negs    r2, r2
        movs    r3, #7
        /* Inputs less than whole eights: so many copies of the loop's body are passed over. */
        ands    r2, r3
        lsls    r3, r2, #INDEX_BYTES - 1
        subs    r1, r1, r3
        lsrs    r4, r4, #1
        bcs     .Lrows_of_halves
        movs    r3, #(.Lwords_end - .Lwords) / 8
        muls    r2, r3
        ldr     r3, =.Lwords
        b       .Lentry_found
.Lany_shift:
        ldr     r6, [r4, #SHIFT]
        lsls    r5, r6
        subs    r3, r3, r5
        str     r3, [sp, #FRAME_OFFSET]
        movs    r3, #0
        movs    r5, #0
        b       .Lshift_found
.Lrows_of_halves:
        movs    r3, #(.Lhalves_end - .Lhalves) / 8
        muls    r2, r3
        ldr     r3, =.Lhalves
.Lentry_found:
        adds    r3, r3, r2
        b       .Lbegin
.Lrows_of_bytes:
        ldr     r3, =.Lbytes
.Lbegin:
        str     r1, [sp, #FRAME_INPUT]
        str     r3, [sp, #FRAME_ENTRY]
        b       .Lsum_sixteen
        .ltorg

.Lwords:
        add_words 0
        add_words 1
        add_words 2
        add_words 3
        add_words 4
        add_words 5
        add_words 6
        add_words 7
.Lwords_end:
        adds    r0, r0, #8 * INDEX_BYTES
        ldr     r2, [sp, #FRAME_INPUT_END]
        cmp     r0, r2
        beq     .Lsums_done
        b       .Lwords

.Lsums_done:
        ldr     r7, [sp, #FRAME_SHIFT]
        ldr     r5, [sp, #FRAME_OFFSET]
        cmp     r7, #0
        bpl     .Lshift
        separate r4, r6, r7
        mov     r6, r7
        ldr     r7, [sp, #FRAME_CURRENT]
        stmia   r7!, {r0, r1, r2, r3}
        put_four r8, r9
        put_four r10, r11
        put_four r12, lr
.Lput:
        ldr     r6, [sp, #FRAME_CURRENT_END]
        subs    r6, r6, r7
        ble     .Lall_summed
        ldr     r5, [sp, #FRAME_WEIGHTS]
        adds    r5, r5, #16
        cmp     r6, #64
        blt     .Lfewer
.Lnext_sixteen:
        str     r5, [sp, #FRAME_WEIGHTS]
        str     r7, [sp, #FRAME_CURRENT]
.Lsum_sixteen:
        mov     r0, sp
        ldmia   r0, {r0, r1, r4, r6, r7}
        mov     r8, r4
        mov     r9, r6
        mov     r10, r4
        mov     r11, r6
        mov     r12, r4
        mov     lr, r6
        mov     pc, r1

.Lfewer:                                /* back by as many as are wanting */
        subs    r6, r6, #64
        adds    r7, r7, r6
        asrs    r6, r6, #2
        adds    r5, r5, r6
        b       .Lnext_sixteen

.Lall_summed:
        leave   FRAME_BYTES

.Lshift:
        mov     r0, r4
        mov     r4, r7
        ldr     r7, [sp, #FRAME_CURRENT]
        put_shifted r0, r6
        put_shifted r8, r9
        put_shifted r10, r11
        put_shifted r12, lr
        b       .Lput

.Lhalves:
        add_halves 0
        add_halves 1
        add_halves 2
        add_halves 3
        add_halves 4
        add_halves 5
        add_halves 6
        add_halves 7
.Lhalves_end:
        adds    r0, r0, #8 * INDEX_BYTES
        ldr     r2, [sp, #FRAME_INPUT_END]
        cmp     r0, r2
        beq     .Lhalves_done
        b       .Lhalves
.Lhalves_done:
        b       .Lsums_done

.Lbytes:
        find_row 0
        add_bytes 0, r4, r6
        add_bytes 4, r8, r9
        add_bytes 8, r10, r11
        add_bytes 12, r12, lr
        adds    r0, r0, #INDEX_BYTES
        ldr     r2, [sp, #FRAME_INPUT_END]
        cmp     r0, r2
        bne     .Lbytes
        b       .Lsums_done
        .size   sfdfa_m0_sum, . - sfdfa_m0_sum

#endif

/*
 * void sfdfa_m0_integrate...(sfdfa_m0_integrate_t *layer)
 *
 * r0 membrane, r1 current, r2 A, r3 B, r6 limit, r7 input shift
 * r8 threshold, r9 and r10 decays, r11 end, r12 list, lr twice the limit
 */
        .set    MEMBRANE, 0             /* in sfdfa_m0_integrate_t */
        .set    CURRENT, 4
        .set    END, 8
        .set    INPUT_SHIFT, 12
        .set    THRESHOLD, 16
        .set    DECAY_S, 20
        .set    DECAY, 24
        .set    LIST, 28
        .set    LIMIT, 32
        .set    SATURATIONS, 36

        .set    FRAME_SECOND, 0         /* on the stack: the second membrane */
        .set    FRAME_SATURATIONS, 4
        .set    FRAME_LAYER, 8
        .set    FRAME_BYTES, 12

        /* One neuron: 26 cycles without inputs, 30 with. */
        .macro  integrate_neuron inputs, here
        ldr     r2, [r0, #0]
        ldr     r3, [r0, #4]
        .if     \inputs
        ldmia   r1!, {r4}
        lsls    r4, r7
        .endif
        mov     r5, r9
        decay   r2, r5
        .if     \inputs
        adds    r2, r2, r4
        .endif
        adds    r5, r2, r6
        cmp     r5, lr
        bhi     .Llimit_a\here
.La_limited\here:
        mov     r5, r10
        decay   r3, r5
        .if     \inputs
        adds    r3, r3, r4
        .endif
        adds    r5, r3, r6
        cmp     r5, lr
        bhi     .Llimit_b\here
.Lb_limited\here:
        stmia   r0!, {r2, r3}
        subs    r5, r3, r2
        cmp     r5, r8
        bge     .Lreached\here
.Llisted\here:
        .endm

        /* Clamp a state, and count it. */
        .macro  limit_state state
        ldr     r5, [sp, #FRAME_SATURATIONS]
        adds    r5, r5, #1
        str     r5, [sp, #FRAME_SATURATIONS]
        asrs    r5, \state, #31
        mov     \state, r6
        eors    \state, r5
        subs    \state, \state, r5
        .endm

        /* What integrate_neuron leaves for neurons that reach their threshold or a limit. */
        .macro  integrate_rarely here
.Lreached\here:
        ldr     r5, [sp, #FRAME_SECOND]
        subs    r5, r0, r5
        lsrs    r5, r5, #3
        mov     r4, r12
        .if     INDEX_BYTES == 1
        strb    r5, [r4]
        .else
        strh    r5, [r4]
        .endif
        adds    r4, r4, #INDEX_BYTES
        mov     r12, r4
        b       .Llisted\here
.Llimit_a\here:
        limit_state r2
        b       .La_limited\here
.Llimit_b\here:
        limit_state r3
        b       .Lb_limited\here
        .endm

        .macro  integrate_function name, inputs
        function \name
        enter   FRAME_BYTES
        mov     r7, r0
        str     r7, [sp, #FRAME_LAYER]
        ldr     r0, [r7, #MEMBRANE]
        movs    r4, r0
        adds    r4, r4, #8
        str     r4, [sp, #FRAME_SECOND]
        movs    r4, #0
        str     r4, [sp, #FRAME_SATURATIONS]
        ldr     r1, [r7, #CURRENT]
        ldr     r2, [r7, #END]
        mov     r11, r2
        ldr     r3, [r7, #THRESHOLD]
        mov     r8, r3
        ldr     r3, [r7, #DECAY_S]
        mov     r9, r3
        ldr     r3, [r7, #DECAY]
        mov     r10, r3
        ldr     r3, [r7, #LIST]
        mov     r12, r3
        ldr     r6, [r7, #LIMIT]
        adds    r3, r6, r6
        mov     lr, r3
        ldr     r7, [r7, #INPUT_SHIFT]
        subs    r2, r2, r0
        lsrs    r2, r2, #4              /* carry: an odd number of neurons */
        bcc     .Lintegrate_pair\@
        integrate_neuron \inputs, 0\@
        cmp     r0, r11
        beq     .Lintegrated\@
.Lintegrate_pair\@:
        integrate_neuron \inputs, 1\@
        integrate_neuron \inputs, 2\@
        cmp     r0, r11
        bne     .Lintegrate_pair\@
.Lintegrated\@:
        ldr     r7, [sp, #FRAME_LAYER]
        mov     r3, r12
        str     r3, [r7, #LIST]
        ldr     r3, [sp, #FRAME_SATURATIONS]
        str     r3, [r7, #SATURATIONS]
        leave   FRAME_BYTES
        integrate_rarely 0\@
        integrate_rarely 1\@
        integrate_rarely 2\@
        .size   \name, . - \name
        .endm

        integrate_function sfdfa_m0_integrate, 0
        integrate_function sfdfa_m0_integrate_inputs, 1

/*
 * void sfdfa_m0_integrate_narrow...(sfdfa_m0_integrate_t *layer)
 *
 * r0 membrane, r1 current, r2 and r3 A and B of a neuron, r4 and r5 of the next one, r6 and r7 what the decays leave,
 * or the currents of the two r8 threshold, r9 and r10 what the decays leave, r11 end, r12 list, lr 2047
 */
        .set    FRAME_SECOND, 0         /* on the stack: the second membrane */
        .set    FRAME_LAYER, 4
        .set    FRAME_BYTES, 8

        /* Two neurons: 29 cycles without inputs, 34 with. */
        .macro  integrate_narrow_pair inputs
        ldmia   r0!, {r2, r3, r4, r5}
        subs    r0, r0, #16
        muls    r2, r6
        muls    r3, r7
        muls    r4, r6
        muls    r5, r7
        .if     \inputs
        ldmia   r1!, {r6, r7}
        adds    r2, r2, r6
        adds    r3, r3, r6
        adds    r4, r4, r7
        adds    r5, r5, r7
        mov     r6, r9
        mov     r7, r10
        .else
        add     r2, lr
        add     r3, lr
        add     r4, lr
        add     r5, lr
        .endif
        asrs    r2, r2, #12
        asrs    r3, r3, #12
        asrs    r4, r4, #12
        asrs    r5, r5, #12
        stmia   r0!, {r2, r3, r4, r5}
        subs    r3, r3, r2
        cmp     r3, r8
        bge     .Lreached_first\@
.Lfirst_listed\@:
        subs    r5, r5, r4
        cmp     r5, r8
        bge     .Lreached_second\@
.Lsecond_listed\@:
        .subsection 1
.Lreached_first\@:
        movs    r2, #8
        list_narrow_neuron
        b       .Lfirst_listed\@
.Lreached_second\@:
        movs    r2, #0
        list_narrow_neuron
        b       .Lsecond_listed\@
        .previous
        .endm

        /* List the neuron whose membrane lies so many bytes before the one before r0. */
        .macro  list_narrow_neuron
        ldr     r3, [sp, #FRAME_SECOND]
        subs    r3, r0, r3
        subs    r3, r3, r2
        lsrs    r3, r3, #3
        mov     r2, r12
        .if     INDEX_BYTES == 1
        strb    r3, [r2]
        .else
        strh    r3, [r2]
        .endif
        adds    r2, r2, #INDEX_BYTES
        mov     r12, r2
        .endm

        /* The last of an odd number of neurons. */
        .macro  integrate_narrow_last inputs
        ldmia   r0!, {r2, r3}
        subs    r0, r0, #8
        muls    r2, r6
        muls    r3, r7
        .if     \inputs
        ldr     r4, [r1]
        adds    r2, r2, r4
        adds    r3, r3, r4
        .else
        add     r2, lr
        add     r3, lr
        .endif
        asrs    r2, r2, #12
        asrs    r3, r3, #12
        stmia   r0!, {r2, r3}
        subs    r3, r3, r2
        cmp     r3, r8
        bge     .Lreached_last\@
.Llast_listed\@:
        .subsection 1
.Lreached_last\@:
        movs    r2, #0
        list_narrow_neuron
        b       .Llast_listed\@
        .previous
        .endm

        .macro  integrate_narrow_function name, inputs
        function \name
        enter   FRAME_BYTES
        mov     r7, r0
        str     r7, [sp, #FRAME_LAYER]
        ldr     r0, [r7, #MEMBRANE]
        movs    r4, r0
        adds    r4, r4, #8
        str     r4, [sp, #FRAME_SECOND]
        ldr     r1, [r7, #CURRENT]
        ldr     r2, [r7, #END]
        subs    r4, r2, r0
        lsls    r4, r4, #28             /* 8 bytes left over: an odd number of neurons */
        lsrs    r4, r4, #28
        subs    r2, r2, r4
        mov     r11, r2
        ldr     r3, [r7, #THRESHOLD]
        mov     r8, r3
        ldr     r3, [r7, #LIST]
        mov     r12, r3
        ldr     r3, =2047
        mov     lr, r3
        movs    r3, #1
        lsls    r3, r3, #12
        ldr     r6, [r7, #DECAY_S]
        subs    r6, r3, r6
        mov     r9, r6
        ldr     r7, [r7, #DECAY]
        subs    r7, r3, r7
        mov     r10, r7
        cmp     r0, r11
        beq     .Lnarrow_pairs_done\@
        .if     \inputs                /* of a whole layer: four pairs at a time */
        subs    r2, r0, r2
        lsls    r2, r2, #26
        lsrs    r2, r2, #30             /* pairs less than whole fours: so many are passed over */
        movs    r3, #(.Lnarrow_second\@ - .Lnarrow_pair\@)
        muls    r2, r3
        ldr     r3, =.Lnarrow_pair\@
        adds    r2, r2, r3
        mov     pc, r2
        .endif
.Lnarrow_pair\@:
        integrate_narrow_pair \inputs
.Lnarrow_second\@:
        .if     \inputs
        integrate_narrow_pair \inputs
        integrate_narrow_pair \inputs
        .else
        cmp     r0, r11
        beq     .Lnarrow_pairs_done\@
        .endif
        integrate_narrow_pair \inputs
        cmp     r0, r11
        bne     .Lnarrow_pair\@
.Lnarrow_pairs_done\@:
        ldr     r5, [sp, #FRAME_LAYER]
        ldr     r4, [r5, #END]
        cmp     r0, r4
        beq     .Lnarrow_done\@
        integrate_narrow_last \inputs
.Lnarrow_done\@:
        ldr     r7, [sp, #FRAME_LAYER]
        mov     r3, r12
        str     r3, [r7, #LIST]
        movs    r3, #0
        str     r3, [r7, #SATURATIONS]
        leave   FRAME_BYTES
        .ltorg
        .size   \name, . - \name
        .endm

        integrate_narrow_function sfdfa_m0_integrate_narrow, 0
        integrate_narrow_function sfdfa_m0_integrate_inputs_narrow, 1

/*
 * sfdfa_index_t *sfdfa_m0_fire(const sfdfa_m0_fire_t *layer)
 *
 * One neuron: 29 cycles.
 *
 * r0 where it stays in the list, r1 where its A goes, r2 membranes, r4 neuron and its membrane, r7 list
 * r8 counts, r9 end, r10 amount, r11 whether B is to be A
 */
        function sfdfa_m0_fire
        enter   0
        ldmia   r0!, {r1, r2, r3, r4, r5, r6}
        mov     r8, r4
        mov     r9, r5
        mov     r10, r6
#if SFDFA_FREE_RESETS
        ldr     r4, [r0]
        mov     r11, r4
#endif
        movs    r0, r1
        movs    r7, r1
        movs    r1, r2
        movs    r2, r3
.Lfire:
        .if     INDEX_BYTES == 1
        ldrb    r4, [r7]
        .else
        ldrh    r4, [r7]
        .endif
        adds    r7, r7, #INDEX_BYTES
        mov     r3, r8
        ldrb    r5, [r3, r4]
        cmp     r5, #SFDFA_MAX_SPIKES
        bcs     .Lfired
        adds    r5, r5, #1
        strb    r5, [r3, r4]
        .if     INDEX_BYTES == 1
        strb    r4, [r0]
        .else
        strh    r4, [r0]
        .endif
        adds    r0, r0, #INDEX_BYTES
        lsls    r4, r4, #3
        adds    r4, r4, r2
        ldr     r5, [r4, #0]
        ldr     r6, [r4, #4]
        stmia   r1!, {r5}
        mov     r3, r10
#if SFDFA_FREE_RESETS
        subs    r5, r6, r5
        eors    r5, r3
        mov     r12, r7
        mov     r7, r11
        ands    r5, r7
        mov     r7, r12
        eors    r3, r5
#endif
        subs    r6, r6, r3
        str     r6, [r4, #4]
.Lfired:
        cmp     r7, r9
        bne     .Lfire
        leave   0
        .size   sfdfa_m0_fire, . - sfdfa_m0_fire

/*
 * void sfdfa_m0_begin_coasting(sfdfa_m0_coasting_t *layer)
 *
 * What sfdfa_may_spike computes. A neuron that falls: 19 cycles, any other 48, and 13 if it is kept.
 *
 * r0 membrane, r1 where it is kept, r2 counts, r3 A, r4 B, r7 list
 * r8 and r9 decays, r10 what the potential is to be below, negated, r11 second membrane, r12 end, lr factor
 */
        .set    COASTING_LIST, 12       /* in sfdfa_m0_coasting_t */
        .set    COASTING_DECAY_S, 16
        .set    COASTING_BELOW, 24
        .set    COASTING_FACTOR, 28
        .set    COASTING_SHIFT, 32

        .set    FRAME_SHIFT, 0          /* on the stack */
        .set    FRAME_COASTING, 4
        .set    FRAME_BYTES, 8

        function sfdfa_m0_begin_coasting
        enter   FRAME_BYTES
        str     r0, [sp, #FRAME_COASTING]
        ldr     r1, [r0, #COASTING_SHIFT]
        str     r1, [sp, #FRAME_SHIFT]
        ldr     r1, [r0, #COASTING_FACTOR]
        mov     lr, r1
        ldr     r1, [r0, #COASTING_BELOW]
        negs    r1, r1
        mov     r10, r1
        ldmia   r0!, {r1, r2, r3, r7}   /* the membranes, counts, end and list */
        mov     r12, r3
        ldr     r3, [r0, #0]
        mov     r8, r3
        ldr     r3, [r0, #4]
        mov     r9, r3
        movs    r0, r1
        movs    r3, r1
        adds    r3, r3, #8
        mov     r11, r3
.Lask:
        ldmia   r0!, {r3, r4}
        mov     r5, r8
        muls    r5, r3
        asrs    r5, r5, #1
        mov     r6, r9
        muls    r6, r4
        asrs    r6, r6, #1
        subs    r5, r5, r6              /* negative: it gains less than it loses, */
        subs    r6, r3, #1              /* or A is not above 0; */
        orrs    r5, r6
        subs    r6, r4, r3
        add     r6, r10                 /* and the potential is below */
        ands    r5, r6
        bmi     .Lasked
        ldr     r6, [sp, #FRAME_SHIFT]
        asrs    r3, r6
        asrs    r4, r6
        asrs    r5, r3, #31
        bics    r3, r5
        movs    r6, #1
        lsls    r6, r6, #16
        subs    r3, r3, r6
        asrs    r5, r3, #31
        ands    r3, r5
        adds    r3, r3, r6              /* from 0 to 2^16 */
        asrs    r5, r4, #31
        bics    r4, r5
        lsrs    r6, r6, #1
        subs    r4, r4, r6
        asrs    r5, r4, #31
        ands    r4, r5
        adds    r4, r4, r6
        adds    r4, r4, #1              /* from 1 to 2^15 + 1 */
        muls    r4, r4
        mov     r5, lr
        muls    r3, r5
        subs    r3, r3, r4              /* negative: the peak is not below */
        mov     r6, r11
        subs    r5, r0, r6
        lsrs    r5, r5, #3              /* the neuron's number */
        ldrb    r6, [r2, r5]
        subs    r6, r6, #SFDFA_MAX_SPIKES       /* negative: it may spike once more */
        ands    r3, r6
        bpl     .Lasked
        subs    r0, r0, #8
        ldmia   r0!, {r3, r4}
        stmia   r1!, {r3, r4}
        .if     INDEX_BYTES == 1
        strb    r5, [r7]
        .else
        strh    r5, [r7]
        .endif
        adds    r7, r7, #INDEX_BYTES
.Lasked:
        cmp     r0, r12
        bne     .Lask
        ldr     r0, [sp, #FRAME_COASTING]
        str     r7, [r0, #COASTING_LIST]
        leave   FRAME_BYTES
        .size   sfdfa_m0_begin_coasting, . - sfdfa_m0_begin_coasting

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits /* or the linker would make the stack of a whole program executable */
#endif
