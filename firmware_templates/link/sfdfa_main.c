/*
 * sfdfa_main.c: the serial application.
 */
#include "sfdfa_board.h"
#include "sfdfa_keeper.h"
#include "sfdfa_link.h"

static sfdfa_t net;
static sfdfa_link_t link;

int main(void)
{
    sfdfa_board_init();
    sfdfa_link_init(&link, &net, sfdfa_keeper_wake(&net));
    for (;;) {
        const bool heard = sfdfa_link_poll(&link);
        sfdfa_keeper_keep(&link);
        if (!heard) {
            sfdfa_board_wait();
        }
    }
}
