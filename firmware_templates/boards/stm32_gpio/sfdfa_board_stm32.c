/*
 * sfdfa_board_stm32.c: pins of the STM32F4, L4 and H7. Source: ST reference manuals RM0090 (STM32F405), RM0368
 * (STM32F401), RM0383 (STM32F411), RM0351 (STM32L476) and RM0433 (STM32H743), chapters "RCC" and "GPIO".
 */
#include "sfdfa_board.h"
#include "sfdfa_stm32_clock.h"
#include "sfdfa_usart_stm32.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define GPIO_ENABLE REGISTER(SFDFA_BOARD_GPIO_ENABLE_REGISTER)
#define UART_ENABLE REGISTER(SFDFA_BOARD_UART_ENABLE_REGISTER)

typedef struct {
    volatile uint32_t mode; /* two bits a pin; 2: alternate function */
    volatile uint32_t output_type; /* a bit a pin; 1: open drain */
    volatile uint32_t output_speed; /* two bits a pin */
    volatile uint32_t pull; /* two bits a pin; 1: pull-up */
    volatile uint32_t input; /* a bit a pin, read */
    volatile uint32_t output; /* a bit a pin, written */
    volatile uint32_t set_reset; /* a bit a pin to set, and 16 further one to clear */
    volatile uint32_t lock; /* of the configuration, until the next reset */
    volatile uint32_t alternate[2]; /* four bits a pin */
} gpio_t;

#define GPIO ((gpio_t *)SFDFA_BOARD_GPIO)

/* Hand a pin to its alternate function, with a pull-up. */
static void connect_pin(uint32_t pin)
{
    const uint32_t place = 4 * (pin % 8);
    GPIO->alternate[pin / 8] = (GPIO->alternate[pin / 8] & ~(0xFUL << place)) | SFDFA_BOARD_ALTERNATE_FUNCTION << place;
    GPIO->pull = (GPIO->pull & ~(3UL << 2 * pin)) | 1UL << 2 * pin;
    GPIO->mode = (GPIO->mode & ~(3UL << 2 * pin)) | 2UL << 2 * pin;
}

void sfdfa_board_init(void)
{
    sfdfa_stm32_start_clock();
    GPIO_ENABLE |= 1UL << SFDFA_BOARD_GPIO_ENABLE_BIT;
    UART_ENABLE |= 1UL << SFDFA_BOARD_UART_ENABLE_BIT;
    (void)UART_ENABLE; /* RM0090, RCC: a peripheral may be used two clock cycles after it was enabled */
    connect_pin(SFDFA_BOARD_TX_PIN);
    connect_pin(SFDFA_BOARD_RX_PIN);
    sfdfa_usart_start();
}
