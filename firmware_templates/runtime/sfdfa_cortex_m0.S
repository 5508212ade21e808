/*
 * sfdfa_cortex_m0.S: the innermost loops of a tick for Cortex-M0 and M0+, whose compilers spill what fits into registers. sfdfa_cortex_m0.h
 * says what they compute. Cycles are those of an M0+: two for a load or a store, one more than their number for several, one for all else.
 */
#include "sfdfa_network.h"

#if defined(__ARM_ARCH_6M__) && SFDFA_WEIGHT_BITS == 8

#include "sfdfa_cortex_m0_macros.h"

/*
 * void sfdfa_m0_sum(const sfdfa_m0_sum_t *sum)
 *
 * Eight neurons at a time, of which the sums over all inputs stay in registers, two to a register. Weights are raised by 128, so that no
 * sum borrows from its neighbour.
 *
 * r0 input, r4 mask of the even bytes, r5 what raises weights, r7 row; r12 weights of the eight neurons, lr end of the inputs
 * r8, r10 sums of the first and third byte of a word: S0 + S2 << 16; r9, r11 of all but the first: S1 + S2 << 8 + S3 << 16
 */
        .set    INPUT, 0                /* in sfdfa_m0_sum_t */
        .set    INPUT_END, 4
        .set    ROW, 8
        .set    WEIGHTS, 12
        .set    CURRENT, 16
        .set    CURRENT_END, 20
        .set    SHIFT, 24
        .set    OFFSET, 28

        .set    FRAME_INPUT, 0          /* on the stack */
        .set    FRAME_ROW, 4
        .set    FRAME_CURRENT, 8
        .set    FRAME_CURRENT_END, 12
        .set    FRAME_SHIFT, 16
        .set    FRAME_OFFSET, 20        /* less what the raised weights of all inputs add up to, were they 0, shifted */
        .set    FRAME_BYTES, 24

        .set    INDEX_BYTES, SFDFA_INDEX_BITS / 8

        /* One input: 17 cycles for eight neurons. */
        .macro  add_row offset
        .if     INDEX_BYTES == 1
        ldrb    r1, [r0, #\offset]
        .else
        ldrh    r1, [r0, #\offset]
        .endif
        muls    r1, r7
        add     r1, r12
        ldmia   r1!, {r2, r3}
        eors    r2, r5
        eors    r3, r5
        lsrs    r6, r2, #8
        add     r9, r6
        ands    r2, r4
        add     r8, r2
        lsrs    r6, r3, #8
        add     r11, r6
        ands    r3, r4
        add     r10, r3
        .endm

        /* Write four sums, shifted and with the offset, to where r7 points: 25 cycles. */
        .macro  separate even, others
        mov     r0, \even
        mov     r6, \others
        lsrs    r2, r0, #16
        uxth    r0, r0
        lsls    r1, r2, #8
        subs    r6, r6, r1
        uxth    r1, r6
        lsrs    r3, r6, #16
        ldr     r6, [sp, #FRAME_SHIFT]
        lsls    r0, r6
        lsls    r1, r6
        lsls    r2, r6
        lsls    r3, r6
        ldr     r6, [sp, #FRAME_OFFSET]
        adds    r0, r0, r6
        adds    r1, r1, r6
        adds    r2, r2, r6
        adds    r3, r3, r6
        stmia   r7!, {r0, r1, r2, r3}
        .endm

        function sfdfa_m0_sum
        enter   FRAME_BYTES
        ldr     r1, [r0, #INPUT]
        str     r1, [sp, #FRAME_INPUT]
        ldr     r2, [r0, #INPUT_END]
        mov     lr, r2
        subs    r2, r2, r1
        lsls    r2, r2, #8 - INDEX_BYTES
        ldr     r1, [r0, #SHIFT]
        str     r1, [sp, #FRAME_SHIFT]
        lsls    r2, r1
        ldr     r1, [r0, #OFFSET]
        subs    r1, r1, r2
        str     r1, [sp, #FRAME_OFFSET]
        ldr     r7, [r0, #ROW]
        str     r7, [sp, #FRAME_ROW]
        ldr     r1, [r0, #WEIGHTS]
        mov     r12, r1
        ldr     r1, [r0, #CURRENT]
        str     r1, [sp, #FRAME_CURRENT]
        ldr     r1, [r0, #CURRENT_END]
        str     r1, [sp, #FRAME_CURRENT_END]
        ldr     r4, =0x00FF00FF
        ldr     r5, =0x80808080
.Lsum_eight:
        ldr     r0, [sp, #FRAME_INPUT]
        movs    r6, #0
        mov     r8, r6
        mov     r9, r6
        mov     r10, r6
        mov     r11, r6
        mov     r1, lr
        subs    r1, r1, r0
        lsrs    r1, r1, #INDEX_BYTES    /* carry: an odd number of inputs */
        bcc     .Lsum_pair
        add_row 0
        adds    r0, r0, #INDEX_BYTES
        cmp     r0, lr
        beq     .Lsums_done
.Lsum_pair:
        add_row 0
        add_row INDEX_BYTES
        adds    r0, r0, #2 * INDEX_BYTES
        cmp     r0, lr
        bne     .Lsum_pair
.Lsums_done:
        ldr     r7, [sp, #FRAME_CURRENT]
        separate r8, r9
        ldr     r6, [sp, #FRAME_CURRENT_END]
        cmp     r7, r6
        beq     .Lall_done
        separate r10, r11
        str     r7, [sp, #FRAME_CURRENT]
        movs    r1, #8
        add     r12, r1
        ldr     r6, [sp, #FRAME_CURRENT_END]
        cmp     r7, r6
        beq     .Lall_done
        ldr     r7, [sp, #FRAME_ROW]
        b       .Lsum_eight
.Lall_done:
        leave   FRAME_BYTES
        .ltorg
        .size   sfdfa_m0_sum, . - sfdfa_m0_sum

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
 * r0 membrane, r1 current, r2 and r3 A and B of a neuron, r4 and r5 of the next one, r6 and r7 what the decays leave, or the currents of the two
 * r8 threshold, r9 and r10 what the decays leave, r11 end, r12 list, lr 2047
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
.Lnarrow_pair\@:
        integrate_narrow_pair \inputs
        cmp     r0, r11
        beq     .Lnarrow_pairs_done\@
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
 * bool sfdfa_m0_coast(sfdfa_coasting_t *list)
 *
 * r0 next, r1 kept, r2 membrane, r3 A, r4 B, r6 and r7 decays; r8 threshold, r9 end, r10 membranes
 */
        .set    COAST_NEXT, 0           /* in sfdfa_coasting_t */
        .set    COAST_KEPT, 4
        .set    COAST_END, 8
        .set    COAST_MEMBRANE, 12
        .set    COAST_THRESHOLD, 16
        .set    COAST_DECAY_S, 20
        .set    COAST_DECAY, 24

        function sfdfa_m0_coast
        enter   4
        str     r0, [sp]
        mov     r7, r0
        ldr     r0, [r7, #COAST_NEXT]
        ldr     r1, [r7, #COAST_KEPT]
        ldr     r2, [r7, #COAST_END]
        mov     r9, r2
        ldr     r2, [r7, #COAST_MEMBRANE]
        mov     r10, r2
        ldr     r2, [r7, #COAST_THRESHOLD]
        mov     r8, r2
        ldr     r6, [r7, #COAST_DECAY_S]
        ldr     r7, [r7, #COAST_DECAY]
.Lcoast_next:
        cmp     r0, r9
        beq     .Lcoast_halts
        .if     INDEX_BYTES == 1
        ldrb    r2, [r0]
        strb    r2, [r1]
        .else
        ldrh    r2, [r0]
        strh    r2, [r1]
        .endif
        adds    r0, r0, #INDEX_BYTES
        adds    r1, r1, #INDEX_BYTES
        lsls    r2, r2, #3
        add     r2, r10
        ldr     r3, [r2, #0]
        ldr     r4, [r2, #4]
        mov     r5, r6
        decay   r3, r5
        mov     r5, r7
        decay   r4, r5
        stmia   r2!, {r3, r4}
        subs    r4, r4, r3
        cmp     r4, r8
        blt     .Lcoast_next
        movs    r2, #1
        b       .Lcoast_return
.Lcoast_halts:
        movs    r2, #0
.Lcoast_return:
        ldr     r3, [sp]
        str     r0, [r3, #COAST_NEXT]
        str     r1, [r3, #COAST_KEPT]
        mov     r0, r2
        leave   4
        .size   sfdfa_m0_coast, . - sfdfa_m0_coast


#endif
