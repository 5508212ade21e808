/*
 * sfdfa_cortex_m_assembly.h: what the assembly files of every Cortex-M begin with, and where the members of
 * sfdfa_walker_t lie.
 */
#ifndef SFDFA_CORTEX_M_ASSEMBLY_H
#define SFDFA_CORTEX_M_ASSEMBLY_H

#if defined(__ASSEMBLER__)
/* clang-format off */

        .syntax unified
        .thumb

        .macro  function name
        .section .text.\name, "ax"
        .global \name
        .type   \name, %function
        .thumb_func
\name:
        .endm

        .set    WALKER_TICK, 20         /* in sfdfa_walker_t */
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

#endif
#endif
