/*
 * sfdfa_supply_avr.c: the supply of the ATmega328P, 1284P and 2560, which their converter measures without any part
 * outside: it reads the 1.1 V of the bandgap as a share of the supply. Source: their data sheets, chapters "Analog to
 * Digital Converter" and "System and Reset Characteristics", where the bandgap is 1.0 to 1.2 V.
 */
#include "sfdfa_board.h"

#include <avr/io.h>

#define BANDGAP_OF_SUPPLY (1 << REFS0 | SFDFA_BOARD_BANDGAP_CHANNEL) /* reference: AVCC */
#define ENABLED (1 << ADEN | 1 << ADPS2 | 1 << ADPS1 | 1 << ADPS0)   /* 125 kHz at 16 MHz */
#define BANDGAP_MILLIVOLTS 1100UL
#define LIMIT (1024 * BANDGAP_MILLIVOLTS / SFDFA_BOARD_LOW_SUPPLY_MILLIVOLTS)

/* Each look takes what the conversion that it began last has found. */
bool sfdfa_board_power_fails(void)
{
    static bool low;
    if ((ADCSRA & 1 << ADSC) == 0) {
        low = ADMUX == BANDGAP_OF_SUPPLY && ADC > LIMIT;
        ADMUX = BANDGAP_OF_SUPPLY;
        ADCSRA = ENABLED | 1 << ADSC;
    }
    return low;
}
