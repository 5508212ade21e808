/*
 * sfdfa_power_chip.h: the voltage detector of the STM32F. Source: ST reference manuals RM0041 (STM32F100), RM0090 and RM0368.
 */
#ifndef SFDFA_POWER_CHIP_H
#define SFDFA_POWER_CHIP_H

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define POWER_CLOCK REGISTER(SFDFA_BOARD_POWER_ENABLE_REGISTER)
#define POWER_CLOCK_ON (1UL << 28)
#define DETECTOR REGISTER(0x40007000UL)
#define DETECTOR_ON (1UL << 4 | 7UL << 5) /* at 2.9 V, the highest threshold, which leaves the most time */
#define DETECTOR_STATUS REGISTER(0x40007004UL)
#define DETECTOR_BELOW (1UL << 2)

#endif
