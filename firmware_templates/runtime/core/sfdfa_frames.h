/*
 * sfdfa_frames.h: which functions have a frame of their own on the stack.
 */
#ifndef SFDFA_FRAMES_H
#define SFDFA_FRAMES_H

#include "sfdfa_config.h"

/*
 * Before the type of a static function. Where RAM is scarce it is not to become part of its caller, whose frame would then hold its
 * variables too while others are called.
 */
#if SFDFA_COMPACT && defined(__GNUC__)
#define SFDFA_OWN_FRAME __attribute__((noinline, unused))
#else
#define SFDFA_OWN_FRAME inline
#endif

/* Before a function that is seldom called, and is not to take registers of what calls it. */
#ifdef __GNUC__
#define SFDFA_SELDOM __attribute__((noinline))
#else
#define SFDFA_SELDOM
#endif

#endif
