/*
 * sfdfa_cortex_m4_coast.S: which neurons may still spike, for Cortex-M with the DSP extension, see sfdfa_cortex_m4.S.
 * sfdfa_coast.h does the same in C, and DESIGN.md, "Neurons that are done", has the proof.
 */
#include "sfdfa_config.h"

#if SFDFA_CORTEX_M4 && SFDFA_LAYERS > 1

#include "sfdfa_cortex_m4_macros.h"

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

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits /* or the linker would make the stack of a whole program executable */
#endif
