/*
 * sfdfa_cortex_m0_learn.S: what is done for each spike and each neuron of a sample that is learned, for Cortex-M0 and
 * M0+, see sfdfa_cortex_m0.S. Sections 5 to 7 of docs/ARITHMETIC.md.
 */
#include "sfdfa_config.h"

#if SFDFA_CORTEX_M0 && SFDFA_LEARNS

#include "sfdfa_cortex_m0_macros.h"

#if !SFDFA_EXACT_GRADIENT

        .set    SPIKES_THRESHOLD, 20    /* in sfdfa_m0_spikes_t, of which the first five are loaded at once */
        .set    SPIKES_RHO_END, 24
        .set    SPIKES_FORGOTTEN, 28

        .set    SIO_DIVIDER, 0xD0000060 /* of an RP2040: the unsigned dividend, then the divisor; the quotient */
        .set    QUOTIENT, 16

        /* Begin to divide r5 by r4. */
        .macro  begin_division
#if defined(PICO_RP2040)
        mov     r6, r12
        str     r5, [r6, #0]
        str     r4, [r6, #4]
#else
        lsls    r4, r4, #8
        movs    r6, #0
        .rept   9
        subs    r5, r5, r4
        asrs    r7, r5, #31             /* -1 where it was less */
        adds    r6, r6, r6
        adds    r6, r6, #1
        adds    r6, r6, r7
        ands    r7, r4
        adds    r5, r5, r7
        lsrs    r4, r4, #1
        .endr
#endif
        .endm

        /* The quotient, which is below 2^9, in r4. On an RP2040 eight cycles after the division has begun. */
        .macro  end_division
#if defined(PICO_RP2040)
        ldr     r4, [r6, #QUOTIENT]
#else
        mov     r4, r6
#endif
        .endm

/*
 * void sfdfa_m0_remember(const sfdfa_m0_spikes_t *spikes)
 *
 * r0 spike, r1 its A, r2 words of the tick's spikes, r3 its rho; r8 threshold, r9 256 times that, r10 end of the rhos,
 * r11 end of the spikes, r12 divider, lr count of forgotten spikes
 */
        function sfdfa_m0_remember
        enter   0
        mov     r7, r0
        ldr     r4, [r7, #SPIKES_THRESHOLD]
        mov     r8, r4
        lsls    r4, r4, #8
        mov     r9, r4
        ldr     r4, [r7, #SPIKES_RHO_END]
        mov     r10, r4
        ldr     r4, [r7, #SPIKES_FORGOTTEN]
        mov     lr, r4
        ldmia   r7!, {r0, r1, r2, r3, r4}
        mov     r11, r4
        ldr     r4, =SIO_DIVIDER
        mov     r12, r4
.Lremember:
        ldmia   r1!, {r4}
        mov     r5, r8
        subs    r4, r4, r5
        asrs    r6, r4, #31
        bics    r4, r6
        adds    r4, r4, r5              /* J, the larger of A and the threshold */
        lsrs    r5, r4, #1
        add     r5, r9
        begin_division
        .if     SFDFA_INDEX_BITS == 8
        ldrb    r4, [r0]
        .else
        ldrh    r4, [r0]
        .endif
        adds    r0, r0, #SFDFA_INDEX_BITS / 8
        lsrs    r5, r4, #5
        lsls    r5, r5, #2
        negs    r4, r4
        movs    r7, #1
        rors    r7, r4
        ldr     r4, [r2, r5]
        orrs    r4, r7
        str     r4, [r2, r5]
        end_division
        lsrs    r5, r4, #8              /* 256 becomes 255 */
        subs    r4, r4, r5
        cmp     r3, r10
        bcs     .Lno_room
        strb    r4, [r3]
.Lremembered:
        adds    r3, r3, #1
        cmp     r0, r11
        bne     .Lremember
        leave   0
.Lno_room:
        mov     r4, lr
        ldr     r5, [r4]
        adds    r5, r5, #1
        str     r5, [r4]
        b       .Lremembered
        .ltorg
        .size   sfdfa_m0_remember, . - sfdfa_m0_remember

#endif

#if SFDFA_FEEDBACK_CELLS > 0

#if SFDFA_TARGET_TRUE < 128 && SFDFA_TARGET_FALSE < 128
        .set    ERROR_BYTES, 1
#else
        .set    ERROR_BYTES, 2
#endif
        /* In sfdfa_erring_t. */
        .if     ERROR_BYTES == 1 && SFDFA_INDEX_BITS == 8
        .set    ERRING_OUTPUT, 1
        .set    ERRING_BYTES, 2
        .else
        .set    ERRING_OUTPUT, 2
        .set    ERRING_BYTES, 4
        .endif

        /* Add to r6 an error times the feedback from its output: 5 cycles */
        .macro  add_product error, place
        ldrb    r5, [r3, #\place]
        sxtb    r5, r5
        muls    r5, \error
        adds    r6, r6, r5
        .endm

        /* In sfdfa_m0_hidden_t, of which the first seven are loaded at once and the first four stored. */
        .set    HIDDEN_DELTA, 28

/*
 * bool sfdfa_m0_find_spiked(sfdfa_m0_hidden_t *hidden)
 *
 * r0 mean rate, r1 count, r2 mean delta, r3 feedback, r6 delta
 * r8 errors, r9 their end, or r2 while it serves for a product, r10 end of the counts, r11 target of the rate,
 * r12 regulariser, lr the structure
 */
        function sfdfa_m0_find_spiked
        enter   0
        mov     lr, r0
        mov     r7, r0
        ldmia   r7!, {r0, r1, r2, r3, r4, r5, r6}
        mov     r10, r4
        mov     r8, r5
        mov     r9, r6
        ldr     r4, =SFDFA_RATE_TARGET
        mov     r11, r4
        ldr     r4, =SFDFA_REGULARISER
        mov     r12, r4
        cmp     r1, r10
        beq     .Lall_moved
.Lmove:
        ldrh    r4, [r0]
        ldrb    r5, [r1]
        lsls    r5, r5, #11
        subs    r5, r5, r4
        asrs    r5, r5, #7              /* the carry rounds */
        adcs    r4, r5
        strh    r4, [r0]
#if SFDFA_INTEGRATES
        movs    r6, #0
        mov     r7, r8
        .if     WRITTEN_OUT == SFDFA_OUTPUTS
        mov     r9, r2
        .set    place, 0
        .rept   SFDFA_OUTPUTS / 2
        ldmia   r7!, {r2, r4}
        add_product r2, place
        add_product r4, place + 1
        .set    place, place + 2
        .endr
        .if     SFDFA_OUTPUTS % 2
        ldr     r4, [r7]
        add_product r4, place
        .endif
        mov     r2, r9
        adds    r3, r3, #SFDFA_OUTPUTS
        .else
.Lproject:
        ldmia   r7!, {r4}
        add_product r4, 0
        adds    r3, r3, #1
        cmp     r7, r9
        bne     .Lproject
        .endif
        movs    r4, #SFDFA_ERROR_GAIN
        muls    r6, r4
        movs    r4, #0
        asrs    r6, r6, #8              /* the carry rounds */
        adcs    r6, r4
        ldrh    r4, [r0]
        mov     r5, r11
        subs    r5, r5, r4
        mov     r4, r12
        muls    r5, r4
        asrs    r5, r5, #13             /* the carry rounds */
        adcs    r6, r5
#else
        mov     r6, r11
        subs    r6, r6, r4
        mov     r5, r12
        muls    r6, r5
        movs    r5, #0
        asrs    r6, r6, #13             /* the carry rounds */
        adcs    r6, r5
        mov     r7, r8
        cmp     r7, r9
        beq     .Lprojected
.Lproject:
        .if     SFDFA_INDEX_BITS == 8
        ldrb    r4, [r7, #ERRING_OUTPUT]
        .else
        ldrh    r4, [r7, #ERRING_OUTPUT]
        .endif
        ldrsb   r4, [r3, r4]
        movs    r5, #0
        .if     ERROR_BYTES == 1
        ldrsb   r5, [r7, r5]
        .else
        ldrsh   r5, [r7, r5]
        .endif
        muls    r4, r5
        adds    r6, r6, r4
        adds    r7, r7, #ERRING_BYTES
        cmp     r7, r9
        bne     .Lproject
.Lprojected:
        .rept   SFDFA_OUTPUTS / 255
        adds    r3, r3, #255
        .endr
        adds    r3, r3, #SFDFA_OUTPUTS % 255
#endif
        adds    r0, r0, #2
#if SFDFA_NORMALISED
        asrs    r4, r6, #31
        movs    r5, r6
        eors    r5, r4
        subs    r5, r5, r4
        lsls    r5, r5, #10
        ldr     r4, [r2]
        subs    r5, r5, r4
        asrs    r5, r5, #10             /* the carry rounds */
        adcs    r4, r5
        stmia   r2!, {r4}
#endif
        ldrb    r5, [r1]
        adds    r1, r1, #1
        cmp     r5, #0
        bne     .Lspiked
        cmp     r1, r10
        bne     .Lmove
.Lall_moved:
        movs    r0, #0
        leave   0
.Lspiked:
        mov     r7, lr
        str     r6, [r7, #HIDDEN_DELTA]
        stmia   r7!, {r0, r1, r2, r3}
        movs    r0, #1
        leave   0
        .ltorg
        .size   sfdfa_m0_find_spiked, . - sfdfa_m0_find_spiked

#endif

#if SFDFA_LEARNS_FEEDBACK && SFDFA_FEEDBACK_CELLS > 0

/*
 * void sfdfa_m0_learn_feedback(const sfdfa_m0_feedback_t *neuron)
 *
 * From the last output to the first, 26 cycles each: r0 feedback, r1 grades and r2 draws of the outputs, r3 direction,
 * r5 twice the output's number, r7 draw of the neuron.
 */
        function sfdfa_m0_learn_feedback
        push    {r4, r5, r6, r7, lr}
        ldmia   r0!, {r1, r2, r3, r5, r6, r7}
        movs    r0, r6
.Llearn_output:
        ldrsh   r4, [r1, r5]
        ldrh    r6, [r2, r5]
        muls    r4, r3
        eors    r6, r7
        adds    r4, r4, r6
        lsrs    r6, r5, #1
        ldrsb   r6, [r0, r6]
        subs    r4, r4, r6
        .if     SFDFA_FEEDBACK_SHIFT
        asrs    r4, r4, #SFDFA_FEEDBACK_SHIFT
        .endif
        adds    r4, r4, r6
        subs    r4, r4, #127
        asrs    r6, r4, #31
        ands    r4, r6
        adds    r4, r4, #255
        asrs    r6, r4, #31
        bics    r4, r6
        subs    r4, r4, #128
        lsrs    r6, r5, #1
        strb    r4, [r0, r6]
        subs    r5, r5, #2
        bpl     .Llearn_output
        pop     {r4, r5, r6, r7, pc}
        .size   sfdfa_m0_learn_feedback, . - sfdfa_m0_learn_feedback

#endif

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits /* or the linker would make the stack of a whole program executable */
#endif
