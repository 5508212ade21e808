/*
 * sfdfa_divide_rp2040.S: the compiler's division without signs, by the RP2040's hardware divider, which takes 8 cycles for any values.
 * Source: RP2040 Datasheet, "SIO", section "Integer Divider". It stands in for that of libgcc: same names, same registers.
 */
    .syntax unified
    .cpu cortex-m0plus
    .thumb

#define SIO_DIVIDER 0xD0000060
#define DIVIDEND 0x00
#define DIVISOR 0x04 /* a write starts the division */
#define QUOTIENT 0x10
#define REMAINDER 0x14 /* to be read before the quotient */

/* r0 = r0 / r1, r1 = the remainder */
    .section .text.__aeabi_uidiv, "ax"
    .globl __aeabi_uidiv
    .globl __aeabi_uidivmod
    .thumb_func
    .type __aeabi_uidiv, %function
    .thumb_func
    .type __aeabi_uidivmod, %function
__aeabi_uidiv:
__aeabi_uidivmod:
    ldr r3, =SIO_DIVIDER
    str r0, [r3, #DIVIDEND]
    str r1, [r3, #DIVISOR]
    b 1f                    /* 2 cycles each */
1:  b 2f
2:  b 3f
3:  b 4f
4:  ldr r1, [r3, #REMAINDER]
    ldr r0, [r3, #QUOTIENT]
    bx lr
    .ltorg
