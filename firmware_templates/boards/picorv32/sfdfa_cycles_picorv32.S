/*
 * sfdfa_cycles_picorv32.S: the low word of the core's count of cycles.
 */
    .section .text.sfdfa_board_cycles, "ax"
    .globl sfdfa_board_cycles
    .type sfdfa_board_cycles, @function
sfdfa_board_cycles:
    .insn i 0x73, 2, a0, x0, -1024 /* rdcycle a0, also for assemblers that want it switched on */
    ret
