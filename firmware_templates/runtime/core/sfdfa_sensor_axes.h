/*
 * sfdfa_sensor_axes.h: the axes that values of a frame are made of are those of its samples, section 14.
 */
#ifndef SFDFA_SENSOR_AXES_H
#define SFDFA_SENSOR_AXES_H

#include "sfdfa.h"

/* The samples of an axis of the frame that waits. */
static const int16_t *samples_of_axis(sfdfa_frontend_t *frontend, uint8_t axis)
{
    return frontend->waiting[axis];
}

#endif
