/*
 * sfdfa_mesh_router_test.cpp: random packets through sfdfa_mesh_router.v, every one of them followed.
 *
 *     sfdfa_mesh_router_test SEED PACKETS
 *
 * Tables, arrivals and the patience of those who take packets are drawn at random, anew every 4096 packets. Each packet has to leave once by each
 * port that the table has for it, by no other, and in the order of arrival among those of the same input and kind. Prints what was seen, and ends
 * with 1 at the first fault, or where some entry of the table was never used or some port never full.
 */
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <random>

#include "Vsfdfa_mesh_router.h"
#include "Vsfdfa_mesh_router___024root.h"

namespace {

constexpr unsigned PORTS = 5, KINDS = 128, PLACES = 8; /* of a table: a kind, with a layer */
constexpr unsigned ROUND = 4096;
constexpr unsigned PATIENCE = 10000; /* cycles without a packet that leaves */

class Test {
public:
    explicit Test(std::uint32_t seed) : draws_(seed) {}

    void run(std::uint64_t packets)
    {
        reset();
        while (sent_ < packets) {
            draw_round();
            for (unsigned k = 0; k < ROUND; k++) {
                push();
            }
            drain();
        }
        check_seen();
        std::printf("%llu packets went in and %llu out; every entry was used, every port was full\n", static_cast<unsigned long long>(sent_),
                    static_cast<unsigned long long>(left_));
    }

private:
    [[noreturn]] void fail(const char *what, unsigned port, std::uint32_t key, std::uint32_t payload) const
    {
        std::printf("port %u, packet %08x %08x, after %llu packets: %s\n", port, key, payload, static_cast<unsigned long long>(sent_), what);
        std::exit(1);
    }

    static unsigned kind_of(std::uint32_t key) { return key >> 28 << 3 | (key >> 16 & 7); }

    unsigned draw(unsigned below) { return static_cast<unsigned>(draws_() % below); }

    void reset()
    {
        router_->resetn = 0;
        for (unsigned k = 0; k < 4; k++) {
            clock();
        }
        router_->resetn = 1;
    }

    void clock()
    {
        router_->clk = 1;
        router_->eval();
        router_->clk = 0;
        router_->eval();
    }

    void draw_round()
    {
        for (unsigned kind = 0; kind < KINDS; kind++) {
            for (unsigned port = 0; port < PORTS; port++) {
                routes_[kind][port] = static_cast<std::uint8_t>(1 + draw(31));
                router_->rootp->sfdfa_mesh_router__DOT__routes[kind * PLACES + port] = routes_[kind][port];
            }
        }
        for (unsigned port = 0; port < PORTS; port++) {
            eager_[port] = 1 + draw(4); /* of four cycles a packet is offered, */
            takes_[port] = 1 + draw(4); /* or taken, in so many */
        }
    }

    /* Give one packet more, in a cycle or several. */
    void push()
    {
        for (const std::uint64_t before = sent_; sent_ == before;) {
            step(true);
        }
    }

    void drain()
    {
        while (!is_empty()) {
            step(false);
        }
    }

    bool is_empty() const
    {
        for (const auto &of_output : expected_) {
            for (const auto &of_input : of_output) {
                for (const auto &waiting : of_input) {
                    if (!waiting.empty()) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    void step(bool offers)
    {
        for (unsigned port = 0; port < PORTS; port++) {
            if (offers && !offered_[port] && draw(4) < eager_[port]) {
                offered_[port] = true;
                const unsigned kind = draw(KINDS);
                router_->in_packet[2 * port + 1] = kind >> 3 << 28 | draw(32) << 19 | (kind & 7) << 16 | port << 13 | draw(1U << 13);
                router_->in_packet[2 * port] = next_++;
            }
        }
        router_->in_valid = 0;
        router_->out_ready = 0;
        for (unsigned port = 0; port < PORTS; port++) {
            router_->in_valid = static_cast<std::uint8_t>(router_->in_valid | offered_[port] << port);
            router_->out_ready = static_cast<std::uint8_t>(router_->out_ready | (draw(4) < takes_[port] ? 1U : 0U) << port);
        }
        take();
        accept();
        clock();
    }

    /* Packets that leave in this cycle. */
    void take()
    {
        idle_++;
        for (unsigned port = 0; port < PORTS; port++) {
            if ((router_->out_valid & router_->out_ready) >> port & 1) {
                const std::uint32_t key = router_->out_packet[2 * port + 1], payload = router_->out_packet[2 * port];
                auto &waiting = expected_[port][key >> 13 & 7][kind_of(key)];
                if (waiting.empty() || waiting.front() != payload) {
                    fail("not the one that was next", port, key, payload);
                }
                waiting.pop_front();
                left_++;
                idle_ = 0;
            }
        }
        if (idle_ > PATIENCE) {
            fail("nothing leaves any more", 0, 0, 0);
        }
    }

    /* Packets that come in. */
    void accept()
    {
        for (unsigned port = 0; port < PORTS; port++) {
            if (!offered_[port]) {
                continue;
            }
            if ((router_->in_ready >> port & 1) == 0) {
                was_full_[port] = true;
                continue;
            }
            const unsigned kind = kind_of(router_->in_packet[2 * port + 1]);
            used_[kind][port] = true;
            for (unsigned out = 0; out < PORTS; out++) {
                if (routes_[kind][port] >> out & 1) {
                    expected_[out][port][kind].push_back(router_->in_packet[2 * port]);
                }
            }
            offered_[port] = false;
            sent_++;
        }
    }

    void check_seen() const
    {
        for (unsigned port = 0; port < PORTS; port++) {
            if (!was_full_[port]) {
                fail("this port was never full", port, 0, 0);
            }
            for (unsigned kind = 0; kind < KINDS; kind++) {
                if (!used_[kind][port]) {
                    fail("no packet of this kind came in here", port, kind >> 3 << 28 | (kind & 7) << 16, 0);
                }
            }
        }
    }

    std::mt19937 draws_;
    std::unique_ptr<Vsfdfa_mesh_router> router_ = std::make_unique<Vsfdfa_mesh_router>();
    std::uint8_t routes_[KINDS][PORTS] = {};
    std::array<std::array<std::array<std::deque<std::uint32_t>, KINDS>, PORTS>, PORTS> expected_; /* by output, input and kind */
    std::array<bool, PORTS> offered_{}, was_full_{};
    std::array<unsigned, PORTS> eager_{}, takes_{};
    bool used_[KINDS][PORTS] = {};
    std::uint64_t sent_ = 0, left_ = 0;
    std::uint32_t next_ = 0;
    unsigned idle_ = 0;
};

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: sfdfa_mesh_router_test SEED PACKETS\n");
        return 2;
    }
    Test(static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 0))).run(std::strtoull(argv[2], nullptr, 0));
}
