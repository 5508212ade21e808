/*
 * sfdfa_arithmetic_avr.S: the compiler's signed multiplications and its division, so written that they take the same time for all values.
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

/* r21:r18 = r25:r22 / r21:r18, r25:r22 = the remainder, without signs, for divisors below 2^31. The remainder grows in r31:r30:r27:r26, r1 counts the bits. */
    .section .text.__udivmodsi4, "ax"
    .globl __udivmodsi4
    .type __udivmodsi4, @function
__udivmodsi4:
    ldi r26, 32
    mov r1, r26
    sub r26, r26
    sub r27, r27
    movw r30, r26
    lsl r22
    rol r23
    rol r24
    rol r25
1:  rol r26
    rol r27
    rol r30
    rol r31
    cp r26, r18
    cpc r27, r19
    cpc r30, r20
    cpc r31, r21
    brcs 3f                 /* 5 cycles to the label 2, this way and that */
    sub r26, r18
    sbc r27, r19
    sbc r30, r20
    sbc r31, r21
2:  rol r22                 /* the bits of the quotient come in inverted */
    rol r23
    rol r24
    rol r25
    dec r1
    brne 1b
    com r22
    com r23
    com r24
    com r25
    movw r18, r22
    movw r20, r24
    movw r22, r26
    movw r24, r30
    ret
3:  nop
    rjmp 2b
