/*
 * sfdfa_cycles_hazard3.S: the low word of the cycles that a Hazard3 has run. Source: RP2350 Datasheet, "Processor
 * subsystem", "RISC-V Processor Reference", CSRs mcountinhibit, whose bit 0 is set by a reset, and mcycle.
 */
    .section .text.sfdfa_rp_set_up_cycle_counter, "ax"
    .globl sfdfa_rp_set_up_cycle_counter
    .type sfdfa_rp_set_up_cycle_counter, @function
sfdfa_rp_set_up_cycle_counter:
    csrci 0x320, 1          /* mcountinhibit */
    ret

    .section .text.sfdfa_board_cycles, "ax"
    .globl sfdfa_board_cycles
    .type sfdfa_board_cycles, @function
sfdfa_board_cycles:
    csrr a0, mcycle
    ret
