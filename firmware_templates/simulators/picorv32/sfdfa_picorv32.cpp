/*
 * sfdfa_picorv32.cpp: runs an image on sfdfa_picorv32.v as Verilator has translated it, with its FIFO behind a TCP port of this machine.
 *
 *     sfdfa_picorv32 IMAGE.elf [REGIONS CYCLES]
 *
 * Prints "listening on PORT", takes one connection, and ends when it is closed or the parent process is gone. With the last two arguments
 * it counts cycles by region, see sfdfa_regions.h.
 */
#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "Vsfdfa_picorv32.h"
#include "Vsfdfa_picorv32___024root.h"
#include "sfdfa_regions.h"

namespace {

constexpr std::size_t MEMORY_BYTES = std::size_t{4} << 20;
constexpr std::size_t BUFFER_BYTES = 4096;
constexpr unsigned RESET_CYCLES = 8;
/* Looks at an empty FIFO in a row after which the clock stands still until a byte comes: the firmware has nothing else to do. */
constexpr unsigned IDLE_LOOKS = 4;
/* Clock cycles between looks at the connection by firmware that does not ask for a byte. */
constexpr std::uint64_t CYCLES_BETWEEN_LOOKS = std::uint64_t{1} << 20;

[[noreturn]] void fail(const char *what)
{
    std::fprintf(stderr, "sfdfa_picorv32: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

[[noreturn]] void fail_image(const char *path, const char *why)
{
    std::fprintf(stderr, "sfdfa_picorv32: %s: %s\n", path, why);
    std::exit(2);
}

/* The connection, and what is under way on it. Nothing is lost: the socket holds back the side that is too fast. */
class Line {
public:
    /* Wait for the one connection. */
    void open()
    {
        const int listener = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        sockaddr *const any = reinterpret_cast<sockaddr *>(&address);
        if (listener < 0 || bind(listener, any, size) != 0 || listen(listener, 1) != 0 || getsockname(listener, any, &size) != 0) {
            fail("cannot listen");
        }
        std::printf("listening on %d\n", ntohs(address.sin_port));
        std::fflush(stdout);
        socket_ = accept(listener, nullptr, nullptr);
        if (socket_ < 0) {
            fail("cannot accept");
        }
        close(listener);
        const int on = 1;
        setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }

    bool holds_byte() const { return next_ < end_; }

    std::uint8_t byte() const { return received_[next_]; }

    void take_byte() { next_ += holds_byte() ? 1 : 0; }

    void send_later(std::uint8_t byte)
    {
        to_send_[waiting_++] = byte;
        if (waiting_ == BUFFER_BYTES) {
            send_now();
        }
    }

    void send_now()
    {
        for (std::size_t done = 0; done < waiting_;) {
            const ssize_t sent = send(socket_, to_send_ + done, waiting_ - done, MSG_NOSIGNAL);
            if (sent < 0 && errno != EINTR) {
                std::exit(0);
            }
            done += sent > 0 ? static_cast<std::size_t>(sent) : 0;
        }
        waiting_ = 0;
    }

    /* Take what has come in if no byte is left, waiting for it or not. Ends the program when the other side has closed. */
    void receive(bool wait)
    {
        while (!holds_byte()) {
            const ssize_t got = recv(socket_, received_, sizeof received_, wait ? 0 : MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
                std::exit(0);
            }
            next_ = 0;
            end_ = got > 0 ? static_cast<std::size_t>(got) : 0;
            if (!wait) {
                return;
            }
        }
    }

private:
    int socket_ = -1;
    std::uint8_t received_[BUFFER_BYTES];
    std::size_t next_ = 0, end_ = 0; /* what has not been taken yet */
    std::uint8_t to_send_[BUFFER_BYTES];
    std::size_t waiting_ = 0;
};

/* Copy the image's segments into memory, as a programmer of the flash would. */
void load(Vsfdfa_picorv32 &board, const char *path)
{
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    Elf32_Ehdr header;
    if (bytes.size() < sizeof header) {
        fail_image(path, "cannot be read, or is no ELF file");
    }
    std::memcpy(&header, bytes.data(), sizeof header);
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != EM_RISCV || header.e_ident[EI_CLASS] != ELFCLASS32) {
        fail_image(path, "is no ELF file for 32-bit RISC-V");
    }
    for (std::size_t k = 0; k < header.e_phnum; k++) {
        const std::size_t at = header.e_phoff + k * sizeof(Elf32_Phdr);
        Elf32_Phdr segment;
        if (at + sizeof segment > bytes.size()) {
            fail_image(path, "is cut short");
        }
        std::memcpy(&segment, bytes.data() + at, sizeof segment);
        if (segment.p_type != PT_LOAD || segment.p_filesz == 0) {
            continue;
        }
        if (std::size_t{segment.p_offset} + segment.p_filesz > bytes.size()) {
            fail_image(path, "is cut short");
        }
        if (std::size_t{segment.p_paddr} + segment.p_filesz > MEMORY_BYTES) {
            fail_image(path, "does not fit into the memory");
        }
        for (std::size_t i = 0; i < segment.p_filesz; i++) {
            const std::size_t address = segment.p_paddr + i;
            const std::uint32_t byte = static_cast<std::uint8_t>(bytes[segment.p_offset + i]);
            board.rootp->sfdfa_picorv32__DOT__memory[address / 4] |= byte << address % 4 * 8;
        }
    }
}

void clock_cycle(Vsfdfa_picorv32 &board)
{
    board.clk = 1;
    board.eval();
    board.clk = 0;
    board.eval();
}

/* What the core has just done with the FIFO. idle_looks: so far, at an empty one. */
void serve(Vsfdfa_picorv32 &board, Line &line, unsigned &idle_looks)
{
    if (board.stopped) {
        line.send_now();
        std::fprintf(stderr, "sfdfa_picorv32: the core stopped; its last transfer was with 0x%08x\n", board.address);
        std::exit(1);
    }
    if (board.sent_valid) {
        line.send_later(board.sent);
    }
    if (board.received_taken) {
        line.take_byte();
    }
    idle_looks = board.looked && !board.received_valid ? idle_looks + 1 : 0;
    if (idle_looks > 0) {
        line.send_now();
    }
    line.receive(idle_looks >= IDLE_LOOKS);
    board.received_valid = line.holds_byte();
    board.received = line.holds_byte() ? line.byte() : 0;
}

[[noreturn]] void run(Vsfdfa_picorv32 &board, Line &line, sfdfa_regions_t &regions)
{
    unsigned idle_looks = 0;
    for (std::uint64_t cycles = 1;; cycles++) {
        clock_cycle(board);
        if (regions.cycles != nullptr) {
            sfdfa_regions_count(&regions, board.rootp->sfdfa_picorv32__DOT__core__DOT__picorv32__DOT__reg_pc, 1);
        }
        if (board.attention) {
            serve(board, line, idle_looks);
        } else if (cycles % CYCLES_BETWEEN_LOOKS == 0) {
            line.send_now();
            line.receive(false);
        }
    }
}

} // namespace

int main(int argc, char **argv)
{
    static Line line;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc != 2 && argc != 4) {
        std::fprintf(stderr, "usage: sfdfa_picorv32 IMAGE.elf [REGIONS CYCLES]\n");
        return 2;
    }
    sfdfa_regions_t regions{};
    if (argc == 4 && sfdfa_regions_open(&regions, argv[2], argv[3]) == 0) {
        fail("cannot open the files of the regions");
    }
    static Vsfdfa_picorv32 board;
    load(board, argv[1]);
    line.open();
    for (unsigned k = 0; k < RESET_CYCLES; k++) {
        clock_cycle(board);
    }
    board.resetn = 1;
    run(board, line, regions);
}
