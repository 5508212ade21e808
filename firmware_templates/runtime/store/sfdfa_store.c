/*
 * sfdfa_store.c: a ring of slots: finding the newest snapshot, and writing the next one piece by piece.
 */
#include "sfdfa_store.h"

#include "core/sfdfa_crc.h"
#include "store/sfdfa_slot.h"

/* What is done of a snapshot. */
enum {
    IDLE,
    ERASING,
    WRITING,
    READING_BACK,
    SEALING,
    CHECKING,
};

#define MOST_SLOTS 32
#define BLANK 0xFF

static bool is_power_of_two(uint32_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

/* Whether slots are whole pages, and these whole units; and so the pieces in which units are programmed. */
static bool is_aligned(const sfdfa_flash_t *flash)
{
    const uint32_t page = flash->page_bytes != 0 ? flash->page_bytes : flash->unit_bytes;
    return is_power_of_two(flash->unit_bytes) && page % flash->unit_bytes == 0 && flash->slot_bytes % page == 0 &&
           flash->start % page == 0;
}

int sfdfa_store_init(sfdfa_store_t *store, const sfdfa_flash_t *flash, uint32_t every)
{
    if (!is_aligned(flash) || flash->slots < 2 || flash->slots > MOST_SLOTS ||
        flash->slot_bytes < sfdfa_slot_body(flash) + sfdfa_slot_body_bytes(flash)) {
        return SFDFA_ERROR_RANGE;
    }
    *store = (sfdfa_store_t){.flash = flash, .every = every, .phase = IDLE};
    return SFDFA_OK;
}

/*
 * Of the slots in `whole`, that of the newest snapshot; -1 if there is none. Generations wrap: one is newer if it is
 * ahead by less than half of all.
 */
static int8_t newest(const sfdfa_flash_t *flash, uint32_t whole, uint32_t *generation)
{
    int8_t found = -1;
    for (uint8_t slot = 0; slot < flash->slots; slot++) {
        uint32_t own = 0;
        if ((whole >> slot & 1) == 0 || sfdfa_slot_owner(flash, slot, &own) != SFDFA_SLOT_OWN) {
            continue;
        }
        if (found < 0 || own - *generation < UINT32_C(1) << 31) {
            found = (int8_t)slot;
            *generation = own;
        }
    }
    return found;
}

/* What is in the slots. */
typedef struct {
    uint32_t whole; /* a bit for each slot with a whole snapshot of this network */
    uint32_t damaged; /* and for each of which only the header is sound */
    bool other; /* there is one of another network */
} contents_t;

static contents_t look(const sfdfa_flash_t *flash)
{
    contents_t contents = {0, 0, false};
    for (uint8_t slot = 0; slot < flash->slots; slot++) {
        uint32_t generation = 0;
        const sfdfa_owner_t owner = sfdfa_slot_owner(flash, slot, &generation);
        const bool whole = owner != SFDFA_SLOT_EMPTY && sfdfa_slot_is_whole(flash, slot);
        if (owner == SFDFA_SLOT_OTHER) {
            contents.other = contents.other || whole; /* else it may be a header that was cut */
        } else if (owner == SFDFA_SLOT_OWN) {
            contents.whole |= (uint32_t)whole << slot;
            contents.damaged |= (uint32_t)!whole << slot;
        }
    }
    return contents;
}

/* Whether a damaged snapshot is newer than the one that was found. */
static bool has_newer(const sfdfa_flash_t *flash, uint32_t damaged, uint32_t found)
{
    uint32_t generation = found;
    return newest(flash, damaged, &generation) >= 0 && generation != found && generation - found < UINT32_C(1) << 31;
}

/* Go on after the snapshot in `slot`. */
static void follow(sfdfa_store_t *store, uint8_t slot, uint32_t generation)
{
    store->generation = generation;
    store->slot = (uint8_t)((slot + 1) % store->flash->slots);
    store->phase = IDLE;
    store->erased = false;
    store->ahead = false;
}

sfdfa_woke_t sfdfa_store_wake(sfdfa_store_t *store, sfdfa_t *net)
{
    const sfdfa_flash_t *flash = store->flash;
    contents_t contents = look(flash);
    (void)sfdfa_init(net);
    uint32_t generation = 0;
    for (int8_t slot = newest(flash, contents.whole, &generation); slot >= 0;
         slot = newest(flash, contents.whole, &generation)) {
        if (sfdfa_slot_restore(flash, (uint8_t)slot, net)) {
            follow(store, (uint8_t)slot, generation);
            store->kept = net->learned.samples;
            return has_newer(flash, contents.damaged, generation) ? SFDFA_WOKE_EARLIER : SFDFA_WOKE_RESTORED;
        }
        (void)sfdfa_init(net);
        contents.whole &= ~(UINT32_C(1) << slot);
        contents.damaged |= UINT32_C(1) << slot;
    }
    follow(store, (uint8_t)(flash->slots - 1), 0);
    store->kept = net->learned.samples;
    if (contents.damaged != 0) {
        return SFDFA_WOKE_DAMAGED;
    }
    return contents.other ? SFDFA_WOKE_OTHER : SFDFA_WOKE_EMPTY;
}

static void enter(sfdfa_store_t *store, uint8_t phase)
{
    store->phase = phase;
    store->position = 0;
}

/* What stands at `position` of the state in a slot: the state, and after its end what fills up the last unit. */
static void get_body(const sfdfa_t *net, uint32_t position, uint8_t *bytes, uint16_t size)
{
    const uint32_t left = position < SFDFA_STATE_BYTES ? SFDFA_STATE_BYTES - position : 0;
    const uint16_t inside = (uint16_t)(size < left ? size : left);
    (void)sfdfa_state_read(net, position, bytes, inside);
    for (uint16_t k = inside; k < size; k++) {
        bytes[k] = BLANK;
    }
}

/* Likewise of the header. */
static void get_header(const sfdfa_store_t *store, uint32_t position, uint8_t *bytes, uint16_t size)
{
    uint8_t header[SFDFA_STORE_HEADER];
    (void)sfdfa_slot_header(header, store->generation + 1);
    sfdfa_slot_seal(header, store->crc);
    for (uint16_t k = 0; k < size; k++) {
        bytes[k] = position + k < SFDFA_STORE_HEADER ? header[position + k] : BLANK;
    }
}

/* Each of these takes one step of a phase, and goes on to the next at its end. Returns SFDFA_OK or an error. */

static int erase_page(sfdfa_store_t *store)
{
    const sfdfa_flash_t *flash = store->flash;
    if (flash->page_bytes == 0 || store->erased || store->position == flash->slot_bytes) {
        store->erased = true;
        enter(store, WRITING);
        return SFDFA_OK;
    }
    const uint32_t page = sfdfa_slot_address(flash, store->slot) + store->position;
    store->position += flash->page_bytes;
    return flash->erase(page) == 0 ? SFDFA_OK : SFDFA_ERROR_MEMORY;
}

static int write_piece(sfdfa_store_t *store, const sfdfa_t *net)
{
    const sfdfa_flash_t *flash = store->flash;
    uint8_t piece[SFDFA_STORE_PIECE];
    const uint16_t size = sfdfa_slot_piece(sfdfa_slot_body_bytes(flash) - store->position);
    const uint32_t address = sfdfa_slot_address(flash, store->slot) + sfdfa_slot_body(flash) + store->position;
    get_body(net, store->position, piece, size);
    store->erased = false;
    store->position += size;
    if (store->position == sfdfa_slot_body_bytes(flash)) {
        uint8_t header[SFDFA_STORE_HEADER];
        enter(store, READING_BACK);
        store->crc = sfdfa_slot_header(header, store->generation + 1);
    }
    return flash->program(address, piece, size) == 0 ? SFDFA_OK : SFDFA_ERROR_MEMORY;
}

/* Compare a piece of the slot with what the network holds now, and go on with the CRC. */
static int read_back(sfdfa_store_t *store, const sfdfa_t *net)
{
    const sfdfa_flash_t *flash = store->flash;
    uint8_t found[SFDFA_STORE_PIECE];
    uint8_t held[SFDFA_STORE_PIECE];
    const uint16_t size = sfdfa_slot_piece(SFDFA_STATE_BYTES - store->position);
    const uint32_t address = sfdfa_slot_address(flash, store->slot) + sfdfa_slot_body(flash) + store->position;
    if (flash->read(address, found, size) != 0) {
        return SFDFA_ERROR_MEMORY;
    }
    get_body(net, store->position, held, size);
    if (!sfdfa_are_equal(found, held, size)) {
        return SFDFA_ERROR_STATE;
    }
    store->crc = sfdfa_crc32(store->crc, found, size);
    store->position += size;
    if (store->position == SFDFA_STATE_BYTES) {
        enter(store, SEALING);
    }
    return SFDFA_OK;
}

static int seal_piece(sfdfa_store_t *store)
{
    const sfdfa_flash_t *flash = store->flash;
    uint8_t piece[SFDFA_STORE_PIECE];
    const uint16_t size = sfdfa_slot_piece(sfdfa_slot_body(flash) - store->position);
    const uint32_t address = sfdfa_slot_address(flash, store->slot) + store->position;
    get_header(store, store->position, piece, size);
    store->position += size;
    if (store->position == sfdfa_slot_body(flash)) {
        enter(store, CHECKING);
    }
    return flash->program(address, piece, size) == 0 ? SFDFA_OK : SFDFA_ERROR_MEMORY;
}

static int check(sfdfa_store_t *store)
{
    const sfdfa_flash_t *flash = store->flash;
    uint32_t generation = 0;
    if (sfdfa_slot_owner(flash, store->slot, &generation) != SFDFA_SLOT_OWN || generation != store->generation + 1 ||
        !sfdfa_slot_is_whole(flash, store->slot)) {
        return SFDFA_ERROR_MEMORY;
    }
    follow(store, store->slot, generation);
    return SFDFA_OK;
}

void sfdfa_store_begin(sfdfa_store_t *store)
{
    store->due = false;
    enter(store, ERASING);
}

static int take_step(sfdfa_store_t *store, const sfdfa_t *net)
{
    switch (store->phase) {
    case ERASING:
        return erase_page(store);
    case WRITING:
        return write_piece(store, net);
    case READING_BACK:
        return read_back(store, net);
    case SEALING:
        return seal_piece(store);
    default:
        return check(store);
    }
}

int sfdfa_store_step(sfdfa_store_t *store, const sfdfa_t *net)
{
    if (store->phase == IDLE) {
        return SFDFA_OK;
    }
    const int status = net->accepted ? take_step(store, net) : SFDFA_ERROR_STATE;
    if (status != SFDFA_OK) {
        enter(store, IDLE);
        store->erased = false;
        return status;
    }
    return store->phase == IDLE ? SFDFA_OK : SFDFA_STORE_MORE;
}

int sfdfa_store_save(sfdfa_store_t *store, const sfdfa_t *net)
{
    int status = SFDFA_STORE_MORE;
    store->kept = net->learned.samples;
    sfdfa_store_begin(store);
    while (status == SFDFA_STORE_MORE) {
        status = sfdfa_store_step(store, net);
    }
    return status;
}

int sfdfa_store_prepare(sfdfa_store_t *store)
{
    int status = SFDFA_OK;
    enter(store, ERASING);
    while (status == SFDFA_OK && store->phase == ERASING) {
        status = erase_page(store);
    }
    store->erased = store->erased && status == SFDFA_OK;
    enter(store, IDLE);
    return status;
}

void sfdfa_store_mark(sfdfa_store_t *store)
{
    store->due = true;
}

bool sfdfa_store_idle(sfdfa_store_t *store, const sfdfa_t *net)
{
    if (store->phase == IDLE) {
        const uint32_t since = net->learned.samples - store->kept;
        if (!net->accepted || (!store->due && (store->every == 0 || since < store->every))) {
            return false;
        }
        store->kept = net->learned.samples;
        sfdfa_store_begin(store);
    }
    (void)sfdfa_store_step(
        store, net); /* after an error the next try is due as many samples later, so that a page is not worn out */
    return true;
}

/* The power is failing: what there is not time for is not begun. */
static bool save_at_once(sfdfa_store_t *store, const sfdfa_t *net)
{
    const bool is_new = store->due || net->learned.samples != store->kept;
    const bool wanted = !store->failing && net->accepted && (is_new || store->phase != IDLE);
    store->failing = true;
    if (wanted && is_new) {
        (void)sfdfa_store_save(store, net);
    } else if (wanted) {
        while (sfdfa_store_step(store, net) == SFDFA_STORE_MORE) { /* what is under way is the newest there is */
        }
    }
    return wanted;
}

bool sfdfa_store_watch(sfdfa_store_t *store, const sfdfa_t *net, bool power_fails)
{
    if (power_fails) {
        return save_at_once(store, net);
    }
    store->failing = false;
    if (sfdfa_store_idle(store, net)) {
        return true;
    }
    const bool wanted = !store->ahead && store->flash->page_bytes != 0;
    store->ahead = true; /* once: a page that cannot be erased is not worn out by trying */
    if (wanted) {
        (void)sfdfa_store_prepare(store);
    }
    return wanted;
}
