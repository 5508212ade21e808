/*
 * sfdfa_trap.S: external interrupts in machine mode. The RISC-V Instruction Set Manual, Volume II, "Machine-Level ISA".
 */
    .section .text.sfdfa_trap, "ax"
    .globl sfdfa_trap_enable
    .type sfdfa_trap_enable, @function
sfdfa_trap_enable:
    la t0, trap
    csrw mtvec, t0
    li t0, 1 << 11          /* MEIE: external interrupts */
    csrs mie, t0
    csrsi mstatus, 1 << 3   /* MIE: interrupts at all */
    ret

/* Keep what a C function may change: 16 registers. The other traps, which are faults, halt here. */
    .balign 4
trap:
    addi sp, sp, -64
    sw ra, 0(sp)
    sw t0, 4(sp)
    sw t1, 8(sp)
    sw t2, 12(sp)
    sw t3, 16(sp)
    sw t4, 20(sp)
    sw t5, 24(sp)
    sw t6, 28(sp)
    sw a0, 32(sp)
    sw a1, 36(sp)
    sw a2, 40(sp)
    sw a3, 44(sp)
    sw a4, 48(sp)
    sw a5, 52(sp)
    sw a6, 56(sp)
    sw a7, 60(sp)
    csrr t0, mcause
fault:
    bgez t0, fault          /* the sign is set for interrupts */
    call sfdfa_plic_interrupt
    lw ra, 0(sp)
    lw t0, 4(sp)
    lw t1, 8(sp)
    lw t2, 12(sp)
    lw t3, 16(sp)
    lw t4, 20(sp)
    lw t5, 24(sp)
    lw t6, 28(sp)
    lw a0, 32(sp)
    lw a1, 36(sp)
    lw a2, 40(sp)
    lw a3, 44(sp)
    lw a4, 48(sp)
    lw a5, 52(sp)
    lw a6, 56(sp)
    lw a7, 60(sp)
    addi sp, sp, 64
    mret
