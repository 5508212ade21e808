/*
 * sfdfa_interrupts.S: whether the core takes interrupts. RISC-V Privileged Architecture, "Machine Status Register".
 */
    .equ MIE, 1 << 3            /* interrupts at all */

    .section .text.sfdfa_interrupts_off, "ax", @progbits
    .globl sfdfa_interrupts_off
    .type sfdfa_interrupts_off, @function
sfdfa_interrupts_off:
    csrrci a0, mstatus, MIE
    andi a0, a0, MIE
    ret
    .size sfdfa_interrupts_off, . - sfdfa_interrupts_off

    .section .text.sfdfa_interrupts_restore, "ax", @progbits
    .globl sfdfa_interrupts_restore
    .type sfdfa_interrupts_restore, @function
sfdfa_interrupts_restore:
    csrs mstatus, a0
    ret
    .size sfdfa_interrupts_restore, . - sfdfa_interrupts_restore
