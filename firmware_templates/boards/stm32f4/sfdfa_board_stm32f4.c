/*
 * sfdfa_board_stm32f4.c: USART of the STM32F4. Source: ST reference manuals RM0090 (STM32F405) and RM0368 (STM32F401), chapters "RCC",
 * "GPIO" and "USART". The clock is the internal oscillator of 16 MHz, as after reset, with all prescalers 1.
 */
#include "sfdfa_board.h"
#include "sfdfa_nvic.h"
#include "sfdfa_ring.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define RCC_AHB1ENR REGISTER(0x40023830UL)
#define UART_ENABLE REGISTER(SFDFA_BOARD_UART_ENABLE_REGISTER)

typedef struct {
    volatile uint32_t mode; /* two bits a pin; 2: alternate function */
    volatile uint32_t output_type;
    volatile uint32_t output_speed;
    volatile uint32_t pull; /* two bits a pin; 1: pull-up */
    volatile uint32_t input;
    volatile uint32_t output;
    volatile uint32_t set_reset;
    volatile uint32_t lock;
    volatile uint32_t alternate[2]; /* four bits a pin */
} gpio_t;

typedef struct {
    volatile uint32_t status; /* bit 5: received, bit 7: transmit register empty; reading it and then the data clears an overrun */
    volatile uint32_t data;
    volatile uint32_t baud_rate; /* clock / baud, rounded, with 16-fold oversampling */
    volatile uint32_t control1; /* bit 2: receive, bit 3: transmit, bit 5: interrupt when received, bit 13: USART enable */
} usart_t;

#define GPIO ((gpio_t *)SFDFA_BOARD_GPIO)
#define USART ((usart_t *)SFDFA_BOARD_UART)

#define STATUS_RECEIVED (1UL << 5)
#define STATUS_TRANSMIT_EMPTY (1UL << 7)
#define CONTROL1_ENABLE (1UL << 13 | 1UL << 5 | 1UL << 3 | 1UL << 2)

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
    RCC_AHB1ENR |= 1UL << SFDFA_BOARD_GPIO_ENABLE_BIT;
    UART_ENABLE |= 1UL << SFDFA_BOARD_UART_ENABLE_BIT;
    (void)UART_ENABLE; /* RM0090, RCC: a peripheral may be used two clock cycles after it was enabled */
    connect_pin(SFDFA_BOARD_TX_PIN);
    connect_pin(SFDFA_BOARD_RX_PIN);
    USART->baud_rate = (SFDFA_BOARD_CLOCK_HZ + SFDFA_BOARD_BAUD / 2) / SFDFA_BOARD_BAUD;
    USART->control1 = CONTROL1_ENABLE;
    sfdfa_nvic_enable(SFDFA_BOARD_RECEIVE_INTERRUPT);
}

void sfdfa_board_interrupt(void)
{
    const uint32_t status = USART->status;
    const uint8_t byte = (uint8_t)(USART->data & 0xFF);
    if ((status & STATUS_RECEIVED) != 0) {
        sfdfa_ring_put(byte);
    }
}

int16_t sfdfa_board_read(void)
{
    return sfdfa_ring_take();
}

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        while ((USART->status & STATUS_TRANSMIT_EMPTY) == 0) {
        }
        USART->data = bytes[k];
    }
}
