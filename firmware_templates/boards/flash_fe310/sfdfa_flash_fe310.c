/*
 * sfdfa_flash_fe310.c: the serial flash from which an FE310 runs. Source: SiFive FE310-G002 Manual, chapter "SPI", for
 * the controller; the data sheet of the flash (ISSI IS25LP128), "Command Set", for its commands, which those of other
 * makers understand too.
 *
 * While the controller sends commands the flash is not mapped, so what runs then lies in RAM, and no interrupt is taken.
 */
#include "sfdfa_board.h"
#include "sfdfa_interrupts.h"

#define IN_RAM __attribute__((noinline, section(".ram_code")))

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SPI_SELECT_MODE REGISTER(0x10014018UL)
#define SPI_FORMAT REGISTER(0x10014040UL)
#define SPI_TRANSMIT REGISTER(0x10014048UL) /* bit 31: full */
#define SPI_RECEIVE REGISTER(0x1001404CUL)  /* bit 31: empty */
#define SPI_MAPPED REGISTER(0x10014060UL)   /* bit 0: the flash is mapped */
#define RECEIVED_MOST 8U                    /* bytes that wait there */
#define SELECT_AUTOMATIC 0UL
#define SELECT_HOLD 2UL
#define FORMAT_BYTES_BOTH_WAYS (8UL << 16) /* one line each way, most significant bit first */
#define SPI_FLAG (1UL << 31)

#define WRITE_ENABLE 0x06U
#define PAGE_PROGRAM 0x02U
#define SECTOR_ERASE 0x20U /* 4 KB */
#define READ_STATUS 0x05U
#define STATUS_BUSY 1U

#define FLASH_ORIGIN 0x20000000UL

static IN_RAM uint8_t exchange(uint8_t byte)
{
    while ((SPI_TRANSMIT & SPI_FLAG) != 0) {
    }
    SPI_TRANSMIT = byte;
    uint32_t received = SPI_RECEIVE;
    while ((received & SPI_FLAG) != 0) {
        received = SPI_RECEIVE;
    }
    return (uint8_t)(received & 0xFF);
}

/* The flash is selected from the first byte of a command to its last; what it is to do begins then. */
static IN_RAM void end_command(void)
{
    SPI_SELECT_MODE = SELECT_AUTOMATIC;
}

static IN_RAM void begin_command(uint8_t command)
{
    SPI_SELECT_MODE = SELECT_HOLD;
    (void)exchange(command);
}

static IN_RAM void wait_until_ready(void)
{
    begin_command(READ_STATUS);
    while ((exchange(0) & STATUS_BUSY) != 0) {
    }
    end_command();
}

/* Erase the sector at `offset`, or program `size` bytes there, which are in RAM and in one page of 256. */
static IN_RAM void change(uint8_t command, uint32_t offset, const uint8_t *bytes, uint16_t size)
{
    const uint32_t format = SPI_FORMAT;
    SPI_MAPPED = 0;
    SPI_FORMAT = FORMAT_BYTES_BOTH_WAYS;
    for (uint8_t k = 0; k < RECEIVED_MOST; k++) {
        (void)SPI_RECEIVE; /* what came before */
    }
    begin_command(WRITE_ENABLE);
    end_command();
    begin_command(command);
    (void)exchange((uint8_t)(offset >> 16 & 0xFF));
    (void)exchange((uint8_t)(offset >> 8 & 0xFF));
    (void)exchange((uint8_t)(offset & 0xFF));
    for (uint16_t k = 0; k < size; k++) {
        (void)exchange(bytes[k]);
    }
    end_command();
    wait_until_ready();
    SPI_FORMAT = format;
    SPI_MAPPED = 1;
}

int sfdfa_board_erase(uint32_t page)
{
    const uint32_t before = sfdfa_interrupts_off();
    change(SECTOR_ERASE, page - FLASH_ORIGIN, 0, 0);
    sfdfa_interrupts_restore(before);
    return 0;
}

int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size)
{
    const uint32_t before = sfdfa_interrupts_off();
    change(PAGE_PROGRAM, address - FLASH_ORIGIN, bytes, size);
    sfdfa_interrupts_restore(before);
    return 0;
}
