/*
 * sfdfa_power_chip.h: the voltage detector of the STM32H7, whose clock is always on. Source: ST reference manual RM0433.
 */
#ifndef SFDFA_POWER_CHIP_H
#define SFDFA_POWER_CHIP_H

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define DETECTOR REGISTER(0x58024800UL)
#define DETECTOR_ON (1UL << 4 | 6UL << 5) /* at 2.85 V, the highest threshold, which leaves the most time */
#define DETECTOR_STATUS REGISTER(0x58024804UL)
#define DETECTOR_BELOW (1UL << 4)

#endif
