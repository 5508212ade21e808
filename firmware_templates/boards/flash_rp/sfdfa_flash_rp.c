/*
 * sfdfa_flash_rp.c: the flash of an RP2040 or RP2350, changed by the functions of its boot ROM. Source: RP2040 and RP2350
 * Datasheets, chapter "Bootrom", sections "Bootrom Contents" and "Flash Access Functions". How the functions are found,
 * and how the flash is read, is in sfdfa_flash_rp_chip.h.
 *
 * While the flash is changed nothing can be read from it, so what runs then lies in RAM or in the ROM. The DMA goes on
 * filling the ring of the serial line meanwhile.
 */
#include "sfdfa_board.h"
#include "sfdfa_flash_rp_chip.h"

#define IN_RAM __attribute__((noinline, section(".ram_code")))

#define FLASH_ORIGIN 0x10000000UL
#define PAGE_BYTES 256U /* what the ROM programs at least */
#define SECTOR_BYTES 4096UL
#define BLOCK_BYTES 0x10000UL
#define ERASE_BLOCK 0xD8U
#define BLANK 0xFF

typedef struct {
    void (*connect)(void); /* lets the pins be those of the flash */
    void (*leave_mapping)(void); /* the flash takes commands from then on */
    /* Bytes from an offset on, by a command for whole blocks. */
    void (*erase)(uint32_t offset, uint32_t size, uint32_t block_size, uint8_t block_command);
    /* Bytes from an offset on, whole pages. */
    void (*program)(uint32_t offset, const uint8_t *bytes, uint32_t size);
    void (*flush)(void); /* the cache of the flash */
    void (*enter_mapping)(void); /* the flash can be read as memory again */
} rom_t;

#define CODE(first, second) ((uint32_t)(first) | (uint32_t)(second) << 8)

static rom_t find_functions(void)
{
    return (rom_t){
        .connect = sfdfa_rp_find(CODE('I', 'F')),
        .leave_mapping = sfdfa_rp_find(CODE('E', 'X')),
        .erase = (void (*)(uint32_t, uint32_t, uint32_t, uint8_t))sfdfa_rp_find(CODE('R', 'E')),
        .program = (void (*)(uint32_t, const uint8_t *, uint32_t))sfdfa_rp_find(CODE('R', 'P')),
        .flush = sfdfa_rp_find(CODE('F', 'C')),
        .enter_mapping = sfdfa_rp_find(CODE('C', 'X')),
    };
}

/* Program a page, or erase the sector that begins there if `page` is null. */
static IN_RAM void change(const rom_t *rom, uint32_t offset, const uint8_t *page)
{
    const sfdfa_rp_reading_t reading = sfdfa_rp_reading();
    rom->connect();
    rom->leave_mapping();
    if (page != 0) {
        rom->program(offset, page, PAGE_BYTES);
    } else {
        rom->erase(offset, SECTOR_BYTES, BLOCK_BYTES, ERASE_BLOCK);
    }
    rom->flush();
    rom->enter_mapping();
    sfdfa_rp_read_as(reading);
}

int sfdfa_board_erase(uint32_t page)
{
    const rom_t rom = find_functions();
    change(&rom, page - FLASH_ORIGIN, 0);
    return 0;
}

/* Bits that stay set are not programmed: a page is filled up with them around `bytes`, which do not reach beyond it. */
int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size)
{
    static uint8_t page[PAGE_BYTES];
    const rom_t rom = find_functions();
    const uint32_t begin = address % PAGE_BYTES;
    for (uint32_t k = 0; k < PAGE_BYTES; k++) {
        page[k] = k - begin < size ? bytes[k - begin] : BLANK;
    }
    change(&rom, address - begin - FLASH_ORIGIN, page);
    return 0;
}
