/*
 * sfdfa_flash_rp2350.c: the flash of an RP2350, changed by the functions of its boot ROM. Source: RP2350 Datasheet,
 * chapter "Bootrom", sections "Bootrom Contents" and "Flash Access Functions", and "QMI", "List of Registers".
 *
 * While the flash is changed nothing can be read from it, so what runs then lies in RAM or in the ROM. The DMA goes on
 * filling the ring of the serial line meanwhile. How the flash is read is kept and set again, as the ROM leaves a slower
 * way behind.
 */
#include "sfdfa_board.h"

#define IN_RAM __attribute__((noinline, section(".ram_code")))

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define QMI_TIMING REGISTER(0x400D000CUL)
#define QMI_READ_FORMAT REGISTER(0x400D0010UL)
#define QMI_READ_COMMAND REGISTER(0x400D0014UL)

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

/*
 * Where the ROM says where its function is that finds the others by a code of two letters. Volatile, as a compiler may
 * take what lies so near to address 0 for a mistake.
 */
static const volatile uint16_t *const volatile find_place = (const volatile uint16_t *)0x16;

#define CODE(first, second) ((uint32_t)(first) | (uint32_t)(second) << 8)
#define FOR_SECURE_ARM 4UL

typedef void (*function_t)(void);
typedef function_t (*find_t)(uint32_t code, uint32_t kind);

static function_t find(uint32_t code)
{
    const find_t find_function = (find_t)(uintptr_t)*find_place;
    return find_function(code, FOR_SECURE_ARM);
}

static rom_t find_functions(void)
{
    return (rom_t){
        .connect = find(CODE('I', 'F')),
        .leave_mapping = find(CODE('E', 'X')),
        .erase = (void (*)(uint32_t, uint32_t, uint32_t, uint8_t))find(CODE('R', 'E')),
        .program = (void (*)(uint32_t, const uint8_t *, uint32_t))find(CODE('R', 'P')),
        .flush = find(CODE('F', 'C')),
        .enter_mapping = find(CODE('C', 'X')),
    };
}

/* Program a page, or erase the sector that begins there if `page` is null. */
static IN_RAM void change(const rom_t *rom, uint32_t offset, const uint8_t *page)
{
    const uint32_t timing = QMI_TIMING;
    const uint32_t format = QMI_READ_FORMAT;
    const uint32_t command = QMI_READ_COMMAND;
    rom->connect();
    rom->leave_mapping();
    if (page != 0) {
        rom->program(offset, page, PAGE_BYTES);
    } else {
        rom->erase(offset, SECTOR_BYTES, BLOCK_BYTES, ERASE_BLOCK);
    }
    rom->flush();
    rom->enter_mapping();
    QMI_TIMING = timing;
    QMI_READ_FORMAT = format;
    QMI_READ_COMMAND = command;
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
