/*
 * sfdfa_usart_stm32.h: what the clocks and pins of STM32s are started for: a USART, of which there are two kinds.
 */
#ifndef SFDFA_USART_STM32_H
#define SFDFA_USART_STM32_H

/* Start the USART at SFDFA_BOARD_UART, whose clock and pins must be on, and its receive interrupt. */
void sfdfa_usart_start(void);

#endif
