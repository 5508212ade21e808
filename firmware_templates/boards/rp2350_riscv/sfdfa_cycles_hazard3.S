/*
 * sfdfa_cycles_hazard3.S: a Hazard3 counts its cycles only when it is told to. Source: RP2350 Datasheet, "Processor
 * subsystem", "RISC-V Processor Reference", CSR mcountinhibit, whose bit 0 is set by a reset.
 */
    .section .text.sfdfa_rp_set_up_cycle_counter, "ax"
    .globl sfdfa_rp_set_up_cycle_counter
    .type sfdfa_rp_set_up_cycle_counter, @function
sfdfa_rp_set_up_cycle_counter:
    csrci 0x320, 1          /* mcountinhibit */
    ret
