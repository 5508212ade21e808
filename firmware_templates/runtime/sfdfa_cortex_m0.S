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

        .set    FRAME_INPUT, 0          /* on the stack */
        .set    FRAME_ROW, 4
        .set    FRAME_CURRENT, 8
        .set    FRAME_CURRENT_END, 12
        .set    FRAME_RAISED, 16        /* what the raised weights of all inputs add up to, were they 0 */
        .set    FRAME_BYTES, 20

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

        /* Write four sums to where r7 points. */
        .macro  separate even, others
        mov     r0, \even
        mov     r6, \others
        lsrs    r2, r0, #16
        uxth    r0, r0
        lsls    r1, r2, #8
        subs    r6, r6, r1
        uxth    r1, r6
        lsrs    r3, r6, #16
        ldr     r6, [sp, #FRAME_RAISED]
        subs    r0, r0, r6
        subs    r1, r1, r6
        subs    r2, r2, r6
        subs    r3, r3, r6
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
        str     r2, [sp, #FRAME_RAISED]
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

        /* One neuron: 20 cycles without inputs, 24 with, 6 more with a limit. */
        .macro  integrate_neuron inputs, limited, here
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
        .if     \limited
        adds    r5, r2, r6
        cmp     r5, lr
        bhi     .Llimit_a\here
.La_limited\here:
        .endif
        mov     r5, r10
        decay   r3, r5
        .if     \inputs
        adds    r3, r3, r4
        .endif
        .if     \limited
        adds    r5, r3, r6
        cmp     r5, lr
        bhi     .Llimit_b\here
.Lb_limited\here:
        .endif
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
        .macro  integrate_rarely limited, here
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
        .if     \limited
.Llimit_a\here:
        limit_state r2
        b       .La_limited\here
.Llimit_b\here:
        limit_state r3
        b       .Lb_limited\here
        .endif
        .endm

        .macro  integrate_function name, inputs, limited
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
        integrate_neuron \inputs, \limited, 0\@
        cmp     r0, r11
        beq     .Lintegrated\@
.Lintegrate_pair\@:
        integrate_neuron \inputs, \limited, 1\@
        integrate_neuron \inputs, \limited, 2\@
        cmp     r0, r11
        bne     .Lintegrate_pair\@
.Lintegrated\@:
        ldr     r7, [sp, #FRAME_LAYER]
        mov     r3, r12
        str     r3, [r7, #LIST]
        ldr     r3, [sp, #FRAME_SATURATIONS]
        str     r3, [r7, #SATURATIONS]
        leave   FRAME_BYTES
        integrate_rarely \limited, 0\@
        integrate_rarely \limited, 1\@
        integrate_rarely \limited, 2\@
        .size   \name, . - \name
        .endm

/*
 * void sfdfa_m0_integrate_narrow...(sfdfa_m0_integrate_t *layer)
 *
 * r0 membrane, r1 current, r2 A, r3 B, r4 input, r6 and r7 what the decays leave
 * r8 threshold, r9 2047, r11 end, r12 list, lr input shift
 */
        /* One neuron: 16 cycles without inputs, 21 with. */
        .macro  integrate_narrow_neuron inputs, here
        ldr     r2, [r0, #0]
        ldr     r3, [r0, #4]
        .if     \inputs
        ldmia   r1!, {r4}
        mov     r5, lr
        lsls    r4, r5
        add     r4, r9
        .endif
        muls    r2, r6
        adds    r2, r2, r4
        asrs    r2, r2, #12
        muls    r3, r7
        adds    r3, r3, r4
        asrs    r3, r3, #12
        stmia   r0!, {r2, r3}
        subs    r5, r3, r2
        cmp     r5, r8
        bge     .Lreached\here
.Llisted\here:
        .endm

        /* What it leaves for neurons that reach their threshold. */
        .macro  list_narrow_neuron here
.Lreached\here:
        ldr     r5, [sp, #FRAME_SECOND]
        subs    r5, r0, r5
        lsrs    r5, r5, #3
        mov     r2, r12
        .if     INDEX_BYTES == 1
        strb    r5, [r2]
        .else
        strh    r5, [r2]
        .endif
        adds    r2, r2, #INDEX_BYTES
        mov     r12, r2
        b       .Llisted\here
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
        mov     r11, r2
        ldr     r3, [r7, #THRESHOLD]
        mov     r8, r3
        ldr     r3, [r7, #LIST]
        mov     r12, r3
        ldr     r3, [r7, #INPUT_SHIFT]
        adds    r3, r3, #12
        mov     lr, r3
        ldr     r4, =2047
        mov     r9, r4
        movs    r3, #1
        lsls    r3, r3, #12
        ldr     r6, [r7, #DECAY_S]
        subs    r6, r3, r6
        ldr     r7, [r7, #DECAY]
        subs    r7, r3, r7
        subs    r2, r2, r0
        lsrs    r2, r2, #4              /* carry: an odd number of neurons */
        bcc     .Lintegrate_pair\@
        integrate_narrow_neuron \inputs, 0\@
        cmp     r0, r11
        beq     .Lintegrated\@
.Lintegrate_pair\@:
        integrate_narrow_neuron \inputs, 1\@
        integrate_narrow_neuron \inputs, 2\@
        cmp     r0, r11
        bne     .Lintegrate_pair\@
.Lintegrated\@:
        ldr     r7, [sp, #FRAME_LAYER]
        mov     r3, r12
        str     r3, [r7, #LIST]
        movs    r3, #0
        str     r3, [r7, #SATURATIONS]
        leave   FRAME_BYTES
        list_narrow_neuron 0\@
        list_narrow_neuron 1\@
        list_narrow_neuron 2\@
        .ltorg
        .size   \name, . - \name
        .endm

        integrate_function sfdfa_m0_integrate, 0, 0
        integrate_function sfdfa_m0_integrate_inputs, 1, 0
        integrate_function sfdfa_m0_integrate_limited, 0, 1
        integrate_function sfdfa_m0_integrate_inputs_limited, 1, 1
        integrate_narrow_function sfdfa_m0_integrate_narrow, 0
        integrate_narrow_function sfdfa_m0_integrate_inputs_narrow, 1

#endif
