/*
 * sfdfa_cycles_mcycle.S: the low word of the cycles that a RISC-V core has run. Source: RISC-V Privileged Architecture,
 * "Hardware Performance Monitor".
 */
    .section .text.sfdfa_board_cycles, "ax"
    .globl sfdfa_board_cycles
    .type sfdfa_board_cycles, @function
sfdfa_board_cycles:
    csrr a0, mcycle
    ret
