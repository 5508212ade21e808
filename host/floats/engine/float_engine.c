/*
 * float_engine.c: the files of the engine, compiled as one.
 */
#include "float_engine.h"

#include "deltas.c"
#include "forward.c"
#include "grades.c"
#include "gradients.c"
#include "step.c"
