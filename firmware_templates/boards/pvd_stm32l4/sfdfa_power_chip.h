/*
 * sfdfa_power_chip.h: the voltage detector of the STM32L4. Source: ST reference manual RM0351.
 */
#ifndef SFDFA_POWER_CHIP_H
#define SFDFA_POWER_CHIP_H

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define POWER_CLOCK REGISTER(0x40021058UL)
#define POWER_CLOCK_ON (1UL << 28)
#define DETECTOR REGISTER(0x40007004UL)
#define DETECTOR_ON (1UL << 0 | 6UL << 1) /* at 2.9 V, the highest threshold, which leaves the most time */
#define DETECTOR_STATUS REGISTER(0x40007014UL)
#define DETECTOR_BELOW (1UL << 11)

#endif
