/*
 * sfdfa_board_stm32f1.c: clock and pins of the STM32F100. Source: ST reference manual RM0041, chapters "RCC" and
 * "GPIO". The clock is the internal oscillator of 8 MHz, as after reset, with all prescalers 1. USART1 is on PA9 and
 * PA10, without remapping.
 */
#include "sfdfa_board.h"
#include "sfdfa_usart_stm32.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define RCC_APB2ENR REGISTER(0x40021018UL)
#define ENABLE_GPIOA (1UL << 2)
#define ENABLE_USART1 (1UL << 14)

#define GPIOA_CRH REGISTER(0x40010804UL)  /* four bits a pin, from pin 8 on */
#define GPIOA_BSRR REGISTER(0x40010810UL) /* sets bits of the output, which choose between pull-up and pull-down */
#define TX_PLACE (4 * (9 - 8))
#define RX_PLACE (4 * (10 - 8))
#define ALTERNATE_PUSH_PULL 0xBUL
#define INPUT_PULLED 0x8UL

void sfdfa_board_init(void)
{
    RCC_APB2ENR |= ENABLE_GPIOA | ENABLE_USART1;
    (void)RCC_APB2ENR; /* the peripherals' clocks run when this is read */
    GPIOA_BSRR = 1UL << 10;
    GPIOA_CRH = (GPIOA_CRH & ~(0xFUL << TX_PLACE | 0xFUL << RX_PLACE)) | ALTERNATE_PUSH_PULL << TX_PLACE |
                INPUT_PULLED << RX_PLACE;
    sfdfa_usart_start();
}
