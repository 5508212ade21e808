/*
 * sfdfa_flash_esp32c3.c: the serial flash from which an ESP32-C3 runs, read and changed by functions of its boot ROM.
 * Source: ESP-IDF, component esp_rom: esp32c3.rom.ld for the addresses, esp_rom_spiflash.h and rom/cache.h for what
 * they take.
 *
 * While the ROM sends commands the cache of the flash is suspended, so what runs then lies in RAM, and no interrupt is
 * on. What is read does not come by the cache, which is not told that the flash changes.
 */
#include "sfdfa_board.h"
#include "sfdfa_bytes.h"

#define IN_RAM __attribute__((noinline, section(".ram_code")))
#define CODE_OFFSET 0x700000UL /* from where data are in RAM to where they are run */

#define FLASH_ORIGIN 0x42000000UL
#define FLASH_BYTES 0x400000UL
#define BLOCK_BYTES 0x10000UL
#define SECTOR_BYTES 0x1000UL
#define PAGE_BYTES 256UL
#define STATUS_MASK 0xFFFFUL
#define MOST_WORDS 8U /* at a time */

typedef int32_t transfer_t(uint32_t offset, uint32_t *words, int32_t bytes); /* the ROM's return 0 if it went well */

/* Functions of the ROM. */
typedef struct {
    uint32_t (*suspend)(void); /* the cache; what `resume` is to be given */
    void (*resume)(uint32_t before); /* the cache, as `suspend` found it */
    int32_t (*erase)(uint32_t sector); /* by its number */
    transfer_t *program; /* whole words */
    transfer_t *read; /* likewise */
} rom_t;

static rom_t find_functions(void)
{
    return (rom_t){
        .suspend = (uint32_t (*)(void))0x40000524UL,
        .resume = (void (*)(uint32_t))0x40000528UL,
        .erase = (int32_t (*)(uint32_t))0x40000128UL,
        .program = (transfer_t *)0x4000012CUL,
        .read = (transfer_t *)0x40000130UL,
    };
}

/* Erase the sector at `offset`, or move words by `transfer`. What it needs is handed over: nothing else can be read. */
typedef int change_t(const rom_t *rom, transfer_t *transfer, uint32_t offset, uint32_t *words, int32_t bytes);

static IN_RAM int change(const rom_t *rom, transfer_t *transfer, uint32_t offset, uint32_t *words, int32_t bytes)
{
    const uint32_t before = rom->suspend();
    const int32_t status = transfer != 0 ? transfer(offset, words, bytes) : rom->erase(offset / SECTOR_BYTES);
    rom->resume(before);
    return status == 0 ? 0 : -1;
}

static change_t *where_it_runs(void)
{
    return (change_t *)((uintptr_t)change + CODE_OFFSET);
}

/* What the ROM has to know of the flash. */
static void describe_flash(void)
{
    typedef int32_t describe_t(uint32_t identity, uint32_t size, uint32_t block, uint32_t sector, uint32_t page,
                               uint32_t status_mask);
    (void)((describe_t *)0x40000134UL)(0, FLASH_BYTES, BLOCK_BYTES, SECTOR_BYTES, PAGE_BYTES, STATUS_MASK);
}

int sfdfa_board_erase(uint32_t page)
{
    const rom_t rom = find_functions();
    describe_flash();
    return where_it_runs()(&rom, 0, page - FLASH_ORIGIN, 0, 0);
}

int sfdfa_board_program(uint32_t address, const uint8_t *bytes, uint16_t size)
{
    const rom_t rom = find_functions();
    uint32_t words[MOST_WORDS];
    int status = 0;
    describe_flash();
    for (uint16_t k = 0; k < size && status == 0; k = (uint16_t)(k + sizeof words)) {
        for (uint16_t word = 0; word < MOST_WORDS; word++) {
            words[word] = sfdfa_get_u32(bytes + k + 4 * word);
        }
        status = where_it_runs()(&rom, rom.program, address + k - FLASH_ORIGIN, words, sizeof words);
    }
    return status;
}

/* Whole words are read, from the one on in which `address` lies. */
int sfdfa_board_recall(uint32_t address, uint8_t *bytes, uint16_t size)
{
    const rom_t rom = find_functions();
    const uint32_t first = address % 4;
    uint32_t words[MOST_WORDS];
    int status = 0;
    describe_flash();
    for (uint32_t k = 0; k < size + first; k++) {
        if (k % sizeof words == 0 && status == 0) {
            status = where_it_runs()(&rom, rom.read, address - first + k - FLASH_ORIGIN, words, sizeof words);
        }
        if (k >= first) {
            bytes[k - first] = (uint8_t)(words[k % sizeof words / 4] >> k % 4 * 8 & 0xFF);
        }
    }
    return status;
}
