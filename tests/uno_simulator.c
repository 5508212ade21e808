/* Runs an ELF image on an ATmega328P until it sleeps for ever; its serial line goes to standard output. */
#include <stddef.h>

#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>

#define MOST_STEPS 400000000L

int main(int count, char **arguments)
{
    elf_firmware_t firmware = {{0}};
    avr_t *avr = avr_make_mcu_by_name("atmega328p");
    if (count != 2 || avr == NULL || elf_read_firmware(arguments[1], &firmware) != 0) {
        return 2;
    }
    firmware.frequency = 16000000;
    avr_init(avr);
    avr_load_firmware(avr, &firmware);
    for (long step = 0; step < MOST_STEPS; step++) {
        const int state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed) {
            return state == cpu_Done ? 0 : 1;
        }
    }
    return 3;
}
