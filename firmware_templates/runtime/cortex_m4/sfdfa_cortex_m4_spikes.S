/*
 * sfdfa_cortex_m4_spikes.S: which neurons may still spike, and the spikes of a tick, as they are remembered and as
 * outputs that integrate take them, for Cortex-M with the DSP extension, see sfdfa_cortex_m4.S. The proof of the first
 * is in DESIGN.md, "Neurons that are done".
 */
#include "sfdfa_config.h"

#if SFDFA_CORTEX_M4

#include "sfdfa_cortex_m4_macros.h"

        .if     SFDFA_LAYERS > 1

        .set    LIMIT_A, 1 << 16
        .set    LIMIT_B, 1 << 15

        .set    FRAME_FIRST, 0          /* on the stack: the first membrane */
        .set    FRAME_BYTES, 4

        /* Clamp to 0 and a limit. */
        .macro  clamp size, limit
        bic     \size, \size, \size, asr #31
        cmp     \size, #\limit
        it      hi
        movhi   \size, #\limit
        .endm

/*
 * sfdfa_index_t *sfdfa_m4_list_coasting(sfdfa_membrane_t *membrane, const uint8_t *counts, sfdfa_layer_table_t *layer,
 * sfdfa_index_t *list)
 *
 * A neuron that falls: 20 cycles, any other 37, and 15 more if it is kept.
 *
 * r0 membrane, r1 counts, r2 where the membrane is kept, r3 list, r4 A, r5 B, r8 and r9 decays, r10 what the potential
 * is to be below, r11 end, r12 factor, lr shift
 */
        function sfdfa_m4_list_coasting
        push    {r4, r5, r6, r7, r8, r9, r10, r11, lr}
        sub     sp, sp, #FRAME_BYTES
        ldrh    r8, [r2, #LAYER_DECAY_S]
        ldrh    r9, [r2, #LAYER_DECAY]
        ldrh    r11, [r2, #LAYER_NEURONS]
        ldrh    r12, [r2, #LAYER_QUIET_FACTOR]
        ldrb    lr, [r2, #LAYER_QUIET_SHIFT]
        ldr     r10, [r2, #LAYER_QUIET_BELOW]
        str     r0, [sp, #FRAME_FIRST]
        mov     r2, r0
        add     r11, r0, r11, lsl #3
.Lask:
        ldm     r0!, {r4, r5}
        rsbs    r4, r4, #0
        rsbs    r5, r5, #0
        mul     r6, r4, r8
        mul     r7, r5, r9
        asrs    r6, r6, #1
        sub     r6, r6, r7, asr #1      /* negative: it gains less than it loses, */
        subs    r7, r4, #1              /* or A is not above 0; */
        orrs    r6, r6, r7
        subs    r7, r5, r4
        sub     r7, r7, r10             /* and the potential is below */
        ands    r6, r6, r7
        bmi     .Lasked
        asr     r4, r4, lr
        asr     r5, r5, lr
        clamp   r4, LIMIT_A
        clamp   r5, LIMIT_B
        adds    r5, r5, #1
        mul     r5, r5, r5
        mls     r5, r4, r12, r5
        cmp     r5, #0
        ble     .Lasked                 /* the peak is below */
        ldr     r6, [sp, #FRAME_FIRST]
        subs    r6, r0, r6
        lsrs    r6, r6, #3
        subs    r6, r6, #1              /* the neuron's number */
        ldrb    r7, [r1, r6]
        ldrd    r4, r5, [r0, #-8]
        cmp     r7, #SFDFA_MAX_SPIKES
        bhs     .Lasked
        strd    r4, r5, [r2], #8
        store_index r6, r3
.Lasked:
        cmp     r0, r11
        bne     .Lask
        mov     r0, r3
        add     sp, sp, #FRAME_BYTES
        pop     {r4, r5, r6, r7, r8, r9, r10, r11, pc}
        .size   sfdfa_m4_list_coasting, . - sfdfa_m4_list_coasting

        .endif

        .if     SFDFA_LEARNS && !SFDFA_TRACES && !SFDFA_EXACT_GRADIENT

/*
 * void sfdfa_m4_remember(const sfdfa_m4_spikes_t *spikes)
 *
 * A spike: 35 cycles, 12 of them for a division.
 *
 * r0 a spike, then its bit, r1 spikes, r2 their A, r3 words of the tick's spikes, r4 rho, r5 end of the spikes, r6
 * threshold, r7 end of the rhos, r8 count of forgotten spikes, r9 256 times the threshold, r10 1, r11 A or the
 * threshold, whichever is larger, r12 a word, lr its place
 */
        function sfdfa_m4_remember
        push    {r4, r5, r6, r7, r8, r9, r10, r11, lr}
        ldm     r0, {r1, r2, r3, r4, r5, r6, r7, r8}
        lsl     r9, r6, #8
        mov     r10, #1
.Lremember:
        ldr     r11, [r2], #4
        load_index r0, r1
        cmp     r11, r6
        it      lt
        movlt   r11, r6
        lsr     lr, r0, #5
        ldr     r12, [r3, lr, lsl #2]
        and     r0, r0, #31
        lsl     r0, r10, r0
        orr     r12, r12, r0
        add     r0, r9, r11, lsr #1
        udiv    r0, r0, r11
        str     r12, [r3, lr, lsl #2]
        cmp     r4, r7
        bhs     .Lno_room
        sub     r0, r0, r0, lsr #8      /* 256 becomes 255 */
        strb    r0, [r4], #1
.Lremembered:
        cmp     r1, r5
        bne     .Lremember
        pop     {r4, r5, r6, r7, r8, r9, r10, r11, pc}
.Lno_room:
        ldr     r0, [r8]
        adds    r0, r0, #1
        str     r0, [r8]
        b       .Lremembered
        .size   sfdfa_m4_remember, . - sfdfa_m4_remember

        .endif

#if SFDFA_INTEGRATES && SFDFA_DECIDE_MARGIN > 0 && SFDFA_WEIGHT_BITS == 8 && SFDFA_OUTPUTS <= 16

        .set    WORDS, (SFDFA_OUTPUTS + 3) / 4

        .set    INPUTS_INDEX, 0         /* in sfdfa_inputs_t */
        .set    INPUTS_COUNT, 8

        /* Add the weights of a word, two to a register. */
        .macro  add_word word, even, odd
        sxtab16 \even, \even, \word
        sxtab16 \odd, \odd, \word, ror #8
        .endm

        /* Add the factor, in r1, times a half (b or t) of the sums of a word to each of two outputs, or to one. */
        .macro  scale_pair half, even, odd, place
        .if     \place + 1 < SFDFA_OUTPUTS
        ldr     r2, [r0, #4 * (\place)]
        ldr     r3, [r0, #4 * (\place) + 4]
        smla\half\()b r2, \even, r1, r2
        smla\half\()b r3, \odd, r1, r3
        str     r2, [r0, #4 * (\place)]
        str     r3, [r0, #4 * (\place) + 4]
        .elseif \place < SFDFA_OUTPUTS
        ldr     r2, [r0, #4 * (\place)]
        smla\half\()b r2, \even, r1, r2
        str     r2, [r0, #4 * (\place)]
        .endif
        .endm

        .macro  scale_word even, odd, place
        scale_pair b, \even, \odd, \place
        scale_pair t, \even, \odd, \place + 2
        .endm

/*
 * void sfdfa_m4_add_tick(int32_t *sums, const int8_t *weights, const sfdfa_inputs_t *inputs, uint32_t factor)
 *
 * An input: 16 cycles for ten outputs. Reads the member of sfdfa_t behind the inputs, and up to three cells behind the
 * weights.
 *
 * r0 next input, r1 weights, r2 end of the inputs, lr input or its weights, r4 to r11 sums, r3, r12 and, where there is
 * no fourth word of outputs, r10 words of weights, r11 bytes of a row
 */
        function sfdfa_m4_add_tick
        push    {r0, r3, r4, r5, r6, r7, r8, r9, r10, r11, lr}
        ldr     r0, [r2, #INPUTS_INDEX]
        ldrh    r2, [r2, #INPUTS_COUNT]
        .irp    sum, r4, r5, r6, r7, r8, r9, r10, r11
        mov     \sum, #0
        .endr
        .if     WORDS < 4
        mov     r11, #SFDFA_OUTPUTS
        .endif
        .if     INDEX_BYTES == 1
        add     r2, r0, r2
        .else
        add     r2, r0, r2, lsl #1
        .endif
        load_index lr, r0
.Linput:
        .if     WORDS < 4
        smlabb  lr, lr, r11, r1
        .else
        movs    r3, #SFDFA_OUTPUTS
        smlabb  lr, lr, r3, r1
        .endif
        cmp     r0, r2                  /* here, for an address is waited for that was computed just before */
        ldr     r3, [lr]
        .if     WORDS > 1
        ldr     r12, [lr, #4]
        .endif
        .if     WORDS == 4
        add_word r3, r4, r5
        add_word r12, r6, r7
        ldr     r3, [lr, #8]
        ldr     r12, [lr, #12]
        load_index lr, r0
        add_word r3, r8, r9
        add_word r12, r10, r11
        .else
        .if     WORDS > 2
        ldr     r10, [lr, #8]
        .endif
        load_index lr, r0
        add_word r3, r4, r5
        .if     WORDS > 1
        add_word r12, r6, r7
        .endif
        .if     WORDS > 2
        add_word r10, r8, r9
        .endif
        .endif
        bne     .Linput
        pop     {r0, r1}
        scale_word r4, r5, 0
        scale_word r6, r7, 4
        scale_word r8, r9, 8
        scale_word r10, r11, 12
        pop     {r4, r5, r6, r7, r8, r9, r10, r11, pc}
        .size   sfdfa_m4_add_tick, . - sfdfa_m4_add_tick

#endif

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits /* or the linker would make the stack of a whole program executable */
#endif
