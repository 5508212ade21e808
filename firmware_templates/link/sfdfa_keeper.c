/*
 * sfdfa_keeper.c: the store of the serial application, in the memory that sfdfa_board_config.h describes.
 */
#include "sfdfa_keeper.h"

#include "sfdfa_store.h"

static const sfdfa_flash_t flash = {
    .start = SFDFA_STORE_START,
    .slot_bytes = SFDFA_STORE_SLOT_BYTES,
    .page_bytes = SFDFA_STORE_PAGE_BYTES,
    .unit_bytes = SFDFA_STORE_UNIT_BYTES,
    .slots = SFDFA_STORE_SLOTS,
    .erase = sfdfa_board_erase,
    .program = sfdfa_board_program,
    .read = sfdfa_board_recall,
};
static sfdfa_store_t store;

uint8_t sfdfa_keeper_wake(sfdfa_t *net)
{
    if (sfdfa_store_init(&store, &flash, SFDFA_PERSIST_EVERY) != SFDFA_OK) {
        (void)sfdfa_init(net);
        return SFDFA_WOKE_WITHOUT_STORE;
    }
    return (uint8_t)sfdfa_store_wake(&store, net);
}

/* Returns whether there was anything to do. */
static bool keep_more(const sfdfa_t *net)
{
#if SFDFA_BROWN_OUT
    return sfdfa_store_watch(&store, net, sfdfa_board_power_fails());
#else
    return sfdfa_store_idle(&store, net);
#endif
}

void sfdfa_keeper_keep(sfdfa_link_t *link)
{
    if (link->replaced) {
        link->replaced = false;
        sfdfa_store_mark(&store);
    }
    while (keep_more(link->net)) {
    }
}
