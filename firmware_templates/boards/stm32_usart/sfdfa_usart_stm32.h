/*
 * sfdfa_usart_stm32.h: what the boards of the STM32F1 and F4 share: a USART of the same registers, but other clocks and
 * pins.
 */
#ifndef SFDFA_USART_STM32_H
#define SFDFA_USART_STM32_H

/* Start the USART at SFDFA_BOARD_UART, whose clock and pins must be on, and its receive interrupt. */
void sfdfa_usart_start(void);

#endif
