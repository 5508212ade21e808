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
    sfdfa_link_init(&link, &net, 0);
    for (;;) {
        (void)sfdfa_link_poll(&link);
    }
}
