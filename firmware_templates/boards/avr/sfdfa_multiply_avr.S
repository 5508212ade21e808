/*
 * sfdfa_multiply_avr.S: the compiler's signed multiplications, so written that they take the same time for all values.
 * They stand in for those of libgcc: same names, same registers. A call may change r0, and leaves 0 in r1.
 */

/* Registers: A in r27:r26, B in r21:r18 or r19:r18, the product in r25:r22. */

/* What A, negative, adds to the upper half of a product that took it to be positive: less B. */
.macro correct_for_sign sign, low, high
    mov r0, \sign
    lsl r0
    sbc r0, r0              /* all ones for a negative value */
    mov r1, \low
    and r1, r0
    and r0, \high
    sub r24, r1
    sbc r25, r0
    clr r1
.endm

/* r25:r22 = A * B, of 16 bits with signs */
    .section .text.__mulhisi3, "ax"
    .globl __mulhisi3
    .type __mulhisi3, @function
__mulhisi3:
    call __umulhisi3
    correct_for_sign r19, r26, r27
    correct_for_sign r27, r18, r19
    ret

/* r25:r22 = A * B, of 16 bits, A with a sign */
    .section .text.__usmulhisi3, "ax"
    .globl __usmulhisi3
    .type __usmulhisi3, @function
__usmulhisi3:
    call __umulhisi3
    correct_for_sign r27, r18, r19
    ret

/* r25:r22 = A * B, A of 16 bits with a sign, B of 32 bits */
    .section .text.__mulshisi3, "ax"
    .globl __mulshisi3
    .type __mulshisi3, @function
__mulshisi3:
    call __muluhisi3
    correct_for_sign r27, r18, r19
    ret
