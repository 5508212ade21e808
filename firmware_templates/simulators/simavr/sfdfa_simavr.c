/*
 * sfdfa_simavr.c: runs an AVR image in simavr, with its USART0 behind a TCP port of this machine.
 *
 *     sfdfa_simavr MCU CLOCK_HZ IMAGE.elf [REGIONS CYCLES]
 *
 * A signal SIGUSR1 is a power cut: the processor starts again, with anything in its RAM, and EEPROM and flash as they
 * were, but for a page of the flash that is erased or programmed soon: that is left half done. SIGUSR2 lets the supply
 * sink from 5 V to 4 V.
 *
 * Prints "listening on PORT", takes one connection, and ends when it is closed or the parent process is gone. With the
 * last two arguments it counts cycles by region, see sfdfa_regions.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <signal.h>
#include <unistd.h>

#include "sfdfa_regions.h"

#define RUNS_BETWEEN_LOOKS 2000 /* at the socket, while nothing is to be delivered */
#define BUFFER_BYTES 4096
#define REGISTER_BYTES 32
#define LOOKS_TO_IDLE 100 /* longer than the firmware waits for anything but a byte, such as a byte of the EEPROM */
#define IDLE_MS 50        /* then nothing is executed, unless a byte comes before */
#define SUPPLY_MILLIVOLTS 5000
#define SUNKEN_MILLIVOLTS 4000
#define BOOT_SECTION ".bootloader" /* which simavr's own loader leaves out */
#define SPM 0x95E8                 /* the instruction that changes the flash */
#define SPMCSR 0x57                /* its register, in data space, and bits */
#define PGWRT 4
#define PGERS 2
#define LARGEST_PAGE 256
#define CUT_WAIT 200000 /* instructions that a power cut waits for a change of the flash to fall into */

typedef struct {
    int socket; /* to the host */
    avr_irq_t *input; /* of the USART */
    bool may_send; /* the USART has room */
    unsigned char buffer[BUFFER_BYTES]; /* bytes from the host */
    ssize_t start, end; /* what is not delivered yet */
} line_t;

/* Where the processor was at the last look. If it is there again with the same registers, it goes round and waits. */
typedef struct {
    avr_flashaddr_t place; /* of the program counter, in bytes */
    unsigned char registers[REGISTER_BYTES]; /* at that place */
    bool came_back; /* whether it was there again since, with these */
    unsigned looks; /* in a row, between which it came back */
} idling_t;

static int cut_wait = 1;                 /* instructions that the power lasts once it was cut */
static volatile sig_atomic_t cut_within; /* instructions until the power is off; 0: it stays on */
static volatile sig_atomic_t supply_sinks;

static void on_power_cut(int signal_number)
{
    (void)signal_number;
    cut_within = cut_wait;
}

static void on_sunken_supply(int signal_number)
{
    (void)signal_number;
    supply_sinks = 1;
}

/* Whether the next instruction erases or programs a page. */
static bool changes_flash(const avr_t *avr)
{
    const unsigned opcode = avr->flash[avr->pc] | (unsigned)avr->flash[avr->pc + 1] << 8;
    return opcode == SPM && (avr->data[SPMCSR] & (PGWRT | PGERS)) != 0;
}

/* Where the page is that Z and RAMPZ name. */
static unsigned char *named_page(const avr_t *avr)
{
    unsigned place = avr->data[R_ZL] | (unsigned)avr->data[R_ZH] << 8;
    place |= avr->rampz != 0 ? (unsigned)avr->data[avr->rampz] << 16 : 0;
    return avr->flash + place / LARGEST_PAGE * LARGEST_PAGE;
}

/* Execute the next instruction, and let the power fail in the middle of what it does to the flash: of each byte some bits. */
static void half_change(avr_t *avr)
{
    unsigned char before[LARGEST_PAGE];
    unsigned char *page = named_page(avr);
    memcpy(before, page, sizeof before);
    avr_run(avr);
    for (size_t k = 0; k < sizeof before; k++) {
        const unsigned char done = (unsigned char)rand();
        page[k] = (unsigned char)((before[k] & ~done) | (page[k] & done));
    }
}

/* Start the processor again after a power cut. What was on its way to it is lost. */
static void restart(avr_t *avr, line_t *line)
{
    avr_reset(avr);
    memset(avr->data + avr->ioend + 1, 0xA5, avr->ramend - avr->ioend);
    line->start = line->end = 0;
    line->may_send = true;
}

static void fail(const char *what)
{
    fprintf(stderr, "sfdfa_simavr: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* A byte from the USART. */
static void on_output(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq;
    const line_t *line = param;
    const unsigned char byte = (unsigned char)value;
    while (write(line->socket, &byte, 1) != 1) {
        if (errno != EAGAIN && errno != EINTR) {
            exit(0);
        }
    }
}

static void on_room(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq;
    (void)value;
    ((line_t *)param)->may_send = true;
}

static void on_no_room(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq;
    (void)value;
    ((line_t *)param)->may_send = false;
}

static void connect_usart(avr_t *avr, line_t *line)
{
    uint32_t flags = 0;
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    line->input = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), on_output, line);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), on_room, line);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), on_no_room, line);
}

static void listen_and_accept(line_t *line)
{
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        fail("cannot listen");
    }
    printf("listening on %d\n", ntohs(address.sin_port));
    fflush(stdout);
    line->socket = accept(listener, NULL, NULL);
    if (line->socket < 0) {
        fail("cannot accept");
    }
    close(listener);
    const int on = 1;
    setsockopt(line->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(line->socket, F_SETFL, O_NONBLOCK);
}

/* Take what has come in; ends the program when the other side has closed. */
static void look_at_socket(line_t *line)
{
    if (line->start < line->end) {
        return;
    }
    const ssize_t got = read(line->socket, line->buffer, sizeof line->buffer);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        exit(0);
    }
    line->start = 0;
    line->end = got > 0 ? got : 0;
}

static void deliver(line_t *line)
{
    while (line->may_send && line->start < line->end) {
        avr_raise_irq(line->input, line->buffer[line->start++]);
    }
}

/* Load the code at the end of the flash, if there is any. */
static void load_boot_section(avr_t *avr, const char *path)
{
    const int file = open(path, O_RDONLY);
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(file, ELF_C_READ, NULL);
    size_t names = 0;
    if (elf == NULL || elf_getshdrstrndx(elf, &names) != 0) {
        fail("cannot read the image");
    }
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section != NULL; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        gelf_getshdr(section, &header);
        if (strcmp(elf_strptr(elf, names, header.sh_name), BOOT_SECTION) == 0) {
            const Elf_Data *data = elf_getdata(section, NULL);
            cut_wait = CUT_WAIT;
            avr_loadcode(avr, data->d_buf, (uint32_t)data->d_size, (avr_flashaddr_t)header.sh_addr);
        }
    }
    elf_end(elf);
    close(file);
}

/* Let the supply do what it was told. Returns whether an instruction was executed for it. */
static bool change_supply(avr_t *avr, line_t *line)
{
    if (supply_sinks) {
        supply_sinks = 0;
        avr->vcc = avr->avcc = SUNKEN_MILLIVOLTS;
    }
    if (cut_within == 0) {
        return false;
    }
    const bool falls_into_change = changes_flash(avr);
    if (falls_into_change) {
        half_change(avr);
    }
    cut_within = falls_into_change ? 0 : cut_within - 1;
    if (cut_within == 0) {
        restart(avr, line);
    }
    return falls_into_change;
}

static void watch_idling(const avr_t *avr, idling_t *idling)
{
    if (avr->pc == idling->place && memcmp(avr->data, idling->registers, sizeof idling->registers) == 0) {
        idling->came_back = true;
    }
}

/* Leave this machine to others while the firmware only waits for a byte. */
static void rest_if_idling(const avr_t *avr, idling_t *idling, const line_t *line)
{
    idling->looks = idling->came_back && line->start == line->end && cut_within == 0 ? idling->looks + 1 : 0;
    idling->came_back = false;
    idling->place = avr->pc;
    memcpy(idling->registers, avr->data, sizeof idling->registers);
    if (idling->looks > LOOKS_TO_IDLE) {
        struct pollfd socket = {.fd = line->socket, .events = POLLIN};
        if (poll(&socket, 1, IDLE_MS) != 0) {
            idling->looks = 0;
        }
    }
}

/* Execute an instruction. Ends the program when the processor stops. */
static void step(avr_t *avr, sfdfa_regions_t *regions)
{
    const uint32_t place = avr->pc;
    const avr_cycle_count_t before = avr->cycle;
    const int state = avr_run(avr);
    if (state == cpu_Done || state == cpu_Crashed) {
        fprintf(stderr, "sfdfa_simavr: the processor stopped at 0x%x\n", avr->pc);
        exit(1);
    }
    if (regions->cycles != NULL) {
        sfdfa_regions_count(regions, place, avr->cycle - before);
    }
}

int main(int argc, char **argv)
{
    static line_t line = {.may_send = true};
    sfdfa_regions_t regions = {0};
    elf_firmware_t firmware = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGUSR1, on_power_cut);
    signal(SIGUSR2, on_sunken_supply);
    if ((argc != 4 && argc != 6) || elf_read_firmware(argv[3], &firmware) != 0) {
        fprintf(stderr, "usage: sfdfa_simavr MCU CLOCK_HZ IMAGE.elf [REGIONS CYCLES]\n");
        return 2;
    }
    if (argc == 6 && !sfdfa_regions_open(&regions, argv[4], argv[5])) {
        fail("cannot open the files of the regions");
    }
    avr_t *avr = avr_make_mcu_by_name(argv[1]);
    if (avr == NULL) {
        fprintf(stderr, "sfdfa_simavr: simavr does not know the MCU %s\n", argv[1]);
        return 2;
    }
    avr_init(avr);
    firmware.frequency = (uint32_t)strtoul(argv[2], NULL, 10);
    firmware.vcc = firmware.avcc = SUPPLY_MILLIVOLTS;
    avr_load_firmware(avr, &firmware);
    load_boot_section(avr, argv[3]);
    connect_usart(avr, &line);
    listen_and_accept(&line);
    idling_t idling = {0};
    for (unsigned long runs = 0;; runs++) {
        if (!change_supply(avr, &line)) {
            step(avr, &regions);
        }
        watch_idling(avr, &idling);
        if (runs % RUNS_BETWEEN_LOOKS == 0) {
            rest_if_idling(avr, &idling, &line);
            look_at_socket(&line);
        }
        deliver(&line);
    }
}
