/*
 * sfdfa_startup.S: from reset to main on a RISC-V core in machine mode, with interrupts off.
 */
    .section .boot, "ax"
    .globl sfdfa_reset
sfdfa_reset:
    la sp, sfdfa_stack_top

    la a0, sfdfa_data_start
    la a1, sfdfa_data_end
    la a2, sfdfa_data_load
copy_data:
    bgeu a0, a1, clear_bss
    lw t0, 0(a2)
    sw t0, 0(a0)
    addi a0, a0, 4
    addi a2, a2, 4
    j copy_data

clear_bss:
    la a0, sfdfa_bss_start
    la a1, sfdfa_bss_end
clear_word:
    bgeu a0, a1, run
    sw zero, 0(a0)
    addi a0, a0, 4
    j clear_word

run:
    call main
halt:
    j halt
