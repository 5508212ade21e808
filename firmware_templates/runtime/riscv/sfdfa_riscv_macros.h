/*
 * sfdfa_riscv_macros.h: what the assembly files of RISC-V begin with, and where the members of sfdfa_walker_t lie.
 * Cycles are those of a PicoRV32: three for arithmetic, a shift or a jump, five for a load, a store or a branch that is
 * taken, six for a multiplication or a jump to a register.
 */
#ifndef SFDFA_RISCV_MACROS_H
#define SFDFA_RISCV_MACROS_H

#if defined(__ASSEMBLER__)
/* clang-format off */

        .macro  function name
        .section .text.\name, "ax", @progbits
        .balign 4
        .global \name
        .type   \name, @function
\name:
        .endm

        /* An index of a list, and where the next one lies. */
        .macro  load_index to, from
        .if     SFDFA_INDEX_BITS == 8
        lbu     \to, 0(\from)
        .else
        lhu     \to, 0(\from)
        .endif
        addi    \from, \from, SFDFA_INDEX_BITS / 8
        .endm

        .macro  store_index from, to
        .if     SFDFA_INDEX_BITS == 8
        sb      \from, 0(\to)
        .else
        sh      \from, 0(\to)
        .endif
        addi    \to, \to, SFDFA_INDEX_BITS / 8
        .endm

        /* Where there are few outputs, what each has lies in a register. */
        .set    FEW, 10

        .macro  each_of_few what, from, register, more:vararg
        .if     \from < SFDFA_OUTPUTS
        \what   \from, \register
        .ifnb   \more
        each_of_few \what, \from + 1, \more
        .endif
        .endif
        .endm

        /* The draw of neuron `number`, which may be `draw`. Uses t1. */
        .macro  draw_neuron draw, number, key, factor, other_factor
        xor     \draw, \number, \key
        srli    t1, \draw, 16
        xor     \draw, \draw, t1
        mul     \draw, \draw, \factor
        srli    t1, \draw, 15
        xor     \draw, \draw, t1
        mul     \draw, \draw, \other_factor
        srli    t1, \draw, 16
        xor     \draw, \draw, t1
        .endm

        .macro  load_factors factor, other_factor
        li      \factor, 0x7FEB352D
        li      \other_factor, 0x846CA68B
        .endm

        .set    LAYER_NEURONS, 2        /* in sfdfa_layer_t; sfdfa_riscv.h checks it */
        .set    LAYER_ROW, 4
        .set    LAYER_THRESHOLD, 28
        .set    LAYER_QUIET_BELOW, 40
        .set    LAYER_QUIET_FACTOR, 44
        .set    LAYER_QUIET_SHIFT, 46
        .set    LAYER_DECAY_S, 52
        .set    LAYER_DECAY, 54
        .set    LAYER_RESET, 60
        .set    LAYER_RESET_TO_ZERO, 64

        .set    WALKER_DECAY_S, 0       /* in sfdfa_walker_t */
        .set    WALKER_DECAY, 4
        .set    WALKER_STEP_SIZE, 8
        .set    WALKER_ROUNDING, 12
        .set    WALKER_MASK, 16
        .set    WALKER_TICK, 20
        .set    WALKER_FIRST_TICK, 21
        .set    WALKER_SPIKES_LEFT, 22
        .set    WALKER_COLUMN, 24
        .set    WALKER_SPIKES, 28
        .set    WALKER_BIT, 32
        .set    WALKER_NEXT_SPIKE, 36
        .set    WALKER_RHO, 40
        .set    WALKER_INPUT_END, 44
        .set    WALKER_S, 48
        .set    WALKER_SIGN, 52
        .set    WALKER_ELIGIBILITY_SATURATIONS, 56
        .set    WALKER_UPDATE_SATURATIONS, 60
        .set    WALKER_COLUMNS, 64
        .set    WALKER_LAST_SPIKES, 68

#endif
#endif
