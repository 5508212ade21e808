/*
 * sfdfa_compiler.h: what compilers are told about constants, functions and loops.
 */
#ifndef SFDFA_COMPILER_H
#define SFDFA_COMPILER_H

#include "sfdfa_config.h"

/* Flash is another address space on an AVR, and a plain constant would take RAM. Elsewhere this says nothing. */
#ifdef __AVR__
#define SFDFA_FLASH __flash
#else
#define SFDFA_FLASH
#endif

/*
 * Before the type of a static function. Where RAM is scarce it is not to become part of its caller, whose frame would
 * then hold its variables too while others are called.
 */
#if SFDFA_COMPACT && defined(__GNUC__)
#define SFDFA_OWN_FRAME __attribute__((noinline, unused))
#else
#define SFDFA_OWN_FRAME inline
#endif

/*
 * Before a function that is seldom called, and is not to take registers of what calls it; before the name of a type by
 * which bytes of another are read and written; around a condition that rarely holds.
 */
#ifdef __GNUC__
#define SFDFA_SELDOM __attribute__((noinline))
#define SFDFA_MAY_ALIAS __attribute__((may_alias))
#define SFDFA_RARELY(condition) __builtin_expect((condition), 0)
#else
#define SFDFA_SELDOM
#define SFDFA_MAY_ALIAS
#define SFDFA_RARELY(condition) (condition)
#endif

/*
 * Before the two functions that do all the work of a tick and of learning. A build for a processor with vectors can
 * define it so that they are compiled as a whole for several kinds of it, see sfdfa_native.c.
 */
#ifndef SFDFA_HOT
#define SFDFA_HOT
#endif

/* Before a loop that is to become vectors: gcc would write it out first where it is short, and then find none. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
#define SFDFA_VECTORS _Pragma("GCC unroll 1")
#else
#define SFDFA_VECTORS
#endif

/*
 * Before a loop of which the end costs as much as its work, where there is room for code. Not on processors of which
 * the cycles are known exactly, where copies of a loop that take different times would make them depend on which
 * neurons spike.
 */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8 && !defined(__OPTIMIZE_SIZE__) && !defined(__riscv) && \
    !defined(__ARM_ARCH_6M__)
#define SFDFA_UNROLL _Pragma("GCC unroll 4")
#define SFDFA_UNROLL_OUTPUTS _Pragma("GCC unroll 16") /* the whole loop, where there are no more outputs than that */
#else
#define SFDFA_UNROLL
#define SFDFA_UNROLL_OUTPUTS
#endif

/*
 * Before a loop over all outputs that does the same for each. Where there are few it is written out as a whole, which
 * takes the same time for all values on any processor.
 */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8 && !defined(__OPTIMIZE_SIZE__)
#define SFDFA_ALL_OUTPUTS _Pragma("GCC unroll 16")
#else
#define SFDFA_ALL_OUTPUTS
#endif

/*
 * A loop that is a function of its own on Cortex-M0, which has so few registers that what is moved about where a loop
 * is left would depend on the way through it.
 */
#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)
#define SFDFA_OWN_LOOP __attribute__((noinline))
#else
#define SFDFA_OWN_LOOP inline
#endif

/*
 * What a loop does for some of its elements, as a function of its own on processors of which the cycles are known
 * exactly: else GCC may save registers only on the way to the first of them, and go on in a copy of the loop.
 */
#if (defined(__ARM_ARCH_6M__) || defined(__riscv)) && defined(__GNUC__)
#define SFDFA_OWN_WORK __attribute__((noinline, unused))
#else
#define SFDFA_OWN_WORK inline
#endif

#endif
