/*
 * sfdfa_main.c: the serial application.
 */
#include "sfdfa_board.h"
#include "sfdfa_link.h"

static sfdfa_t net;
static sfdfa_link_t link;

int main(void)
{
    sfdfa_board_init();
    sfdfa_init(&net);
    sfdfa_link_init(&link, &net);
    for (;;) {
        const int16_t byte = sfdfa_board_read();
        if (byte >= 0) {
            sfdfa_link_receive(&link, (uint8_t)byte);
        } else if (byte == SFDFA_BOARD_LOST) {
            sfdfa_link_lost(&link);
        }
    }
}
