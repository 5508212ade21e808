/*
 * sfdfa_mesh_rtl.cpp: a mesh of nodes as Verilator has translated sfdfa_mesh_node.v, and the host at the west link of node 0. A library: the
 * functions at the end are called by name.
 *
 * Links are registers, so all nodes can be evaluated one after the other. A node that is idle is left out: nothing in it would change.
 */
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "Vsfdfa_mesh_node.h"
#include "Vsfdfa_mesh_node___024root.h"

namespace {

constexpr unsigned LINKS = 4, EAST = 0, NORTH = 1, WEST = 2, SOUTH = 3;
constexpr unsigned KINDS = 16, ENTRIES = 1024;
constexpr unsigned RESET_CYCLES = 8;
constexpr std::size_t MEMORY_BYTES = std::size_t{1} << 20;
constexpr unsigned NOWHERE = ~0U;

enum kind_t { START = 0, VERDICT = 4, RESULT = 9, DONE = 10, EVENTS = 13 };
enum events_field_t { CHANNELS = 0, TICKS = 1 };
enum mail_t { FOUND = 0, TAKEN = 1, SENT = 2 };
enum result_field_t { OUTPUT = 0, SUMMARY = 1, MARGIN = 2 };

struct packet_t {
    std::uint32_t key;
    std::uint32_t payload;
};

using node_t = Vsfdfa_mesh_node;

} // namespace

/* What is told of a sample; sizes are those of the mesh. */
extern "C" struct sfdfa_sample {
    std::uint64_t cycles;    /* from the first packet of the host until it knows all */
    std::uint64_t transfers; /* of a packet from one node to the next */
    std::uint32_t summary, margin;
    std::uint32_t stopped;   /* the core that did, or how many there are */
    std::uint32_t address;   /* and where */
};

/* What a core does at its mailbox. */
extern "C" struct sfdfa_mail {
    std::uint32_t key;  /* of the packet */
    std::uint32_t at;   /* cycles of the sample in which the core neither waited for a packet nor for room to send one */
    std::uint32_t what; /* mail_t */
};

/* What must be known of a network. */
extern "C" struct sfdfa_mesh_shape {
    std::uint32_t width, height, ticks, outputs;
    std::uint32_t decides; /* whether every fourth tick has a verdict */
};

namespace {

class Mesh {
public:
    explicit Mesh(const sfdfa_mesh_shape &shape)
        : shape_(shape), cores_(shape.width * shape.height), neighbour_(cores_), kind_(cores_, 0), busy_(std::size_t{cores_} * KINDS, 0), own_(cores_, 0), mail_(cores_),
          deepest_(cores_, 0), addresses_(cores_)
    {
        for (unsigned n = 0; n < cores_; n++) {
            nodes_.push_back(std::make_unique<node_t>());
            nodes_[n]->number = static_cast<std::uint16_t>(n);
            const unsigned x = n % shape.width, y = n / shape.width;
            neighbour_[n] = {x + 1 < shape.width ? n + 1 : NOWHERE, y > 0 ? n - shape.width : NOWHERE, x > 0 ? n - 1 : NOWHERE,
                             y + 1 < shape.height ? n + shape.width : NOWHERE};
        }
    }

    bool copy(unsigned node, std::uint32_t address, std::uint8_t *bytes, std::uint32_t count, bool write)
    {
        if (node >= cores_ || address > MEMORY_BYTES || count > MEMORY_BYTES - address) {
            return false;
        }
        auto *memory = reinterpret_cast<std::uint8_t *>(&nodes_[node]->rootp->sfdfa_mesh_node__DOT__memory[0]); /* little-endian, as the core */
        std::memcpy(write ? memory + address : bytes, write ? bytes : memory + address, count);
        return true;
    }

    void set_routes(unsigned node, const std::uint8_t *routes)
    {
        for (unsigned k = 0; k < ENTRIES; k++) {
            nodes_[node]->rootp->sfdfa_mesh_node__DOT__router__DOT__routes[k] = routes[k];
        }
    }

    /* From reset until every core waits for its first packet. Returns whether they do. */
    bool start(std::uint64_t most)
    {
        for (unsigned k = 0; k < RESET_CYCLES; k++) {
            clock_all();
        }
        for (auto &node : nodes_) {
            node->resetn = 1;
        }
        for (std::uint64_t k = 0; k < most && find_stopped() == cores_; k++) {
            step();
            if (is_still()) {
                return true;
            }
        }
        return false;
    }

    /* Returns whether the host got all answers. */
    bool run(std::uint32_t learns, std::uint32_t payload, const std::uint8_t *ticks, const std::uint16_t *channels, std::uint32_t events,
             std::uint64_t most, sfdfa_sample &told, std::uint32_t *outputs)
    {
        begin(learns, payload, ticks, channels, events, outputs);
        std::fill(busy_.begin(), busy_.end(), 0);
        std::fill(own_.begin(), own_.end(), 0);
        for (auto &mail : mail_) {
            mail.clear();
        }
        for (auto &addresses : addresses_) {
            addresses.clear();
        }
        told = {};
        transfers_ = 0;
        for (std::uint64_t cycles = 1; cycles <= most; cycles++) {
            step();
            if (told.cycles == 0 && is_over()) {
                told.cycles = cycles;
            }
            told.stopped = find_stopped();
            if (told.stopped < cores_ || is_still()) {
                break;
            }
        }
        for (unsigned n = 0; n < cores_; n++) { /* it waits for the next sample */
            mail_[n].push_back({0, own_[n] + 1, FOUND});
        }
        told.transfers = transfers_;
        told.summary = summary_;
        told.margin = margin_;
        told.address = told.stopped < cores_ ? nodes_[told.stopped]->address : 0;
        return told.cycles != 0;
    }

    std::uint32_t places(unsigned node) const { return nodes_[node]->places; }
    const std::uint64_t *busy() const { return busy_.data(); }
    const std::uint32_t *deepest() const { return deepest_.data(); }
    const std::vector<sfdfa_mail> &mail(unsigned node) const { return mail_[node]; }
    const std::vector<std::uint32_t> &addresses(unsigned node) const { return addresses_[node]; }
    void trace(bool traces) { traces_ = traces; }

private:
    void clock_all()
    {
        for (auto &node : nodes_) {
            clock(*node);
        }
    }

    static void clock(node_t &node)
    {
        node.clk = 1;
        node.eval();
        node.clk = 0;
        node.eval();
    }

    static unsigned opposite(unsigned link) { return (link + 2) % LINKS; }

    static packet_t packet_at(const node_t &node, unsigned link) { return {node.out_packet[2 * link + 1], node.out_packet[2 * link]}; }

    static void give(node_t &node, unsigned link, packet_t packet)
    {
        node.in_valid = static_cast<std::uint8_t>(node.in_valid | 1U << link);
        node.in_packet[2 * link + 1] = packet.key;
        node.in_packet[2 * link] = packet.payload;
    }

    /* What the links of a node have, from the registers of its neighbours. */
    void connect(unsigned n)
    {
        node_t &node = *nodes_[n];
        node.in_valid = 0;
        node.out_ready = 0;
        for (unsigned link = 0; link < LINKS; link++) {
            const unsigned other = neighbour_[n][link];
            const unsigned back = opposite(link);
            if (other == NOWHERE) {
                node.out_ready = static_cast<std::uint8_t>(node.out_ready | 1U << link);
                continue;
            }
            if (nodes_[other]->out_valid >> back & 1) {
                give(node, link, packet_at(*nodes_[other], back));
            }
            node.out_ready = static_cast<std::uint8_t>(node.out_ready | (nodes_[other]->in_ready >> back & 1U) << link);
        }
    }

    void step()
    {
        for (unsigned n = 0; n < cores_; n++) {
            connect(n);
        }
        node_t &gate = *nodes_[0];
        const bool hears = gate.out_valid >> WEST & 1;
        const packet_t heard = packet_at(gate, WEST);
        if (!waiting_.empty()) {
            give(gate, WEST, waiting_.front());
            if (gate.in_ready >> WEST & 1) {
                waiting_.pop_front();
            }
        }
        for (unsigned n = 0; n < cores_; n++) {
            node_t &node = *nodes_[n];
            for (unsigned valid = node.in_valid & node.in_ready; valid != 0; valid &= valid - 1) {
                transfers_++;
            }
            if (!node.waiting) {
                busy_[n * KINDS + kind_[n]]++;
                own_[n] += !node.stalled;
                if (traces_ && !node.stalled) {
                    addresses_[n].push_back(node.rootp->sfdfa_mesh_node__DOT__core__DOT__picorv32__DOT__reg_pc);
                }
            }
            if (!node.idle || node.in_valid != 0) {
                clock(node);
                note(n);
                deepest_[n] = node.held > deepest_[n] ? node.held : deepest_[n];
            }
        }
        if (hears) {
            receive(heard);
        }
    }

    /* What a core has just done. */
    void note(unsigned n)
    {
        const node_t &node = *nodes_[n];
        if (node.found) {
            mail_[n].push_back({0, own_[n], FOUND});
        }
        if (node.taken) {
            mail_[n].push_back({node.taken_key, own_[n], TAKEN});
            kind_[n] = node.taken_key >> 28;
        }
        if (node.sent) {
            mail_[n].push_back({node.sent_key, own_[n], SENT});
        }
    }

    bool is_still() const
    {
        for (const auto &node : nodes_) {
            if (!node->idle) {
                return false;
            }
        }
        return waiting_.empty();
    }

    unsigned find_stopped() const
    {
        for (unsigned n = 0; n < cores_; n++) {
            if (nodes_[n]->stopped) {
                return n;
            }
        }
        return cores_;
    }

    /* The host: sections 4 and 7 of docs/MESH.md, on a mesh that loses nothing. */

    void send(unsigned kind, unsigned layer, unsigned source, std::uint32_t payload)
    {
        waiting_.push_back({kind << 28 | turn_ << 24 | layer << 16 | source, payload});
    }

    void begin(std::uint32_t learns, std::uint32_t payload, const std::uint8_t *ticks, const std::uint16_t *channels, std::uint32_t events,
               std::uint32_t *outputs)
    {
        turn_ = (turn_ + 1) % 16;
        ticks_ = ticks;
        channels_ = channels;
        events_ = events;
        outputs_ = outputs;
        next_pair_ = next_tick_ = 0;
        look_ = next_look(0);
        results_ = done_ = 0;
        send(START, learns, cores_, payload);
        send_events();
    }

    unsigned next_look(unsigned tick) const
    {
        const unsigned look = tick / 4 * 4 + 3;
        return shape_.decides && look < shape_.ticks - 1 ? look : shape_.ticks - 1;
    }

    /* The end of the events of a tick; none are later than the last tick. */
    std::uint32_t events_until(unsigned tick) const
    {
        return static_cast<std::uint32_t>(std::upper_bound(ticks_, ticks_ + events_, std::min(tick, 255U)) - ticks_);
    }

    std::uint32_t channel(std::uint32_t event) const { return event < events_ ? channels_[event] : 0; }

    /* All that the cores may have: two events or two ticks a packet. */
    void send_events()
    {
        if (look_ < next_tick_) {
            return;
        }
        const std::uint32_t pairs = (events_until(look_) + 1) / 2;
        for (; next_pair_ < pairs; next_pair_++) {
            send(EVENTS, CHANNELS, next_pair_, channel(2 * next_pair_ + 1) << 16 | channel(2 * next_pair_));
        }
        for (unsigned pair = next_tick_ / 2; pair <= look_ / 2; pair++) {
            send(EVENTS, TICKS, pair, events_until(2 * pair + 1) << 16 | events_until(2 * pair));
        }
        next_tick_ = look_ + 1;
    }

    void receive(packet_t packet)
    {
        const unsigned kind = packet.key >> 28, layer = packet.key >> 16 & 0xFF, source = packet.key & 0xFFFF, tick = packet.payload >> 24;
        if (kind == VERDICT && (packet.payload & 1) == 0) {
            look_ = next_look(tick + 1);
        } else if (kind == RESULT) {
            results_++;
            if (layer == OUTPUT && source < shape_.outputs) {
                outputs_[source] = packet.payload;
            }
            summary_ = layer == SUMMARY ? packet.payload : summary_;
            margin_ = layer == MARGIN ? packet.payload : margin_;
        } else if (kind == DONE) {
            done_++;
        }
        send_events();
    }

    bool is_over() const { return results_ == shape_.outputs + 2 && done_ == cores_; }

    const sfdfa_mesh_shape shape_;
    const unsigned cores_;
    std::vector<std::unique_ptr<node_t>> nodes_;
    std::vector<std::array<unsigned, LINKS>> neighbour_;
    std::vector<unsigned> kind_;       /* of the packet that each core handles */
    std::vector<std::uint64_t> busy_;  /* cycles of each core, by that */
    std::vector<std::uint32_t> own_;   /* cycles of each core in which it neither waited nor was stalled */
    std::vector<std::vector<sfdfa_mail>> mail_;
    std::vector<std::uint32_t> deepest_;
    bool traces_ = false;
    std::vector<std::vector<std::uint32_t>> addresses_; /* of the instruction in each cycle of own_, if it is traced */
    std::uint64_t transfers_ = 0;

    std::deque<packet_t> waiting_;
    unsigned turn_ = 0;
    const std::uint8_t *ticks_ = nullptr;
    const std::uint16_t *channels_ = nullptr;
    std::uint32_t events_ = 0, next_pair_ = 0, next_tick_ = 0, look_ = 0;
    unsigned results_ = 0, done_ = 0;
    std::uint32_t summary_ = 0, margin_ = 0;
    std::uint32_t *outputs_ = nullptr;
};

} // namespace

extern "C" {

Mesh *sfdfa_rtl_open(const sfdfa_mesh_shape *shape)
{
    return new Mesh(*shape);
}

void sfdfa_rtl_close(Mesh *mesh)
{
    delete mesh;
}

void sfdfa_rtl_routes(Mesh *mesh, std::uint32_t node, const std::uint8_t *routes)
{
    mesh->set_routes(node, routes);
}

int sfdfa_rtl_start(Mesh *mesh, std::uint64_t most_cycles)
{
    return mesh->start(most_cycles);
}

int sfdfa_rtl_copy(Mesh *mesh, std::uint32_t node, std::uint32_t address, std::uint8_t *bytes, std::uint32_t count, int write)
{
    return mesh->copy(node, address, bytes, count, write != 0);
}

std::uint32_t sfdfa_rtl_places(Mesh *mesh, std::uint32_t node)
{
    return mesh->places(node);
}

int sfdfa_rtl_run(Mesh *mesh, std::uint32_t learns, std::uint32_t payload, const std::uint8_t *ticks, const std::uint16_t *channels,
                  std::uint32_t events, std::uint64_t most_cycles, sfdfa_sample *told, std::uint32_t *outputs)
{
    return mesh->run(learns, payload, ticks, channels, events, most_cycles, *told, outputs);
}

const std::uint64_t *sfdfa_rtl_busy(Mesh *mesh)
{
    return mesh->busy();
}

const std::uint32_t *sfdfa_rtl_deepest(Mesh *mesh)
{
    return mesh->deepest();
}

/* What a core did in the last sample. */
const sfdfa_mail *sfdfa_rtl_mail(Mesh *mesh, std::uint32_t node, std::uint32_t *count)
{
    *count = static_cast<std::uint32_t>(mesh->mail(node).size());
    return mesh->mail(node).data();
}

/* Whether the address of each core's instruction is kept, cycle by cycle, of the samples that follow. */
void sfdfa_rtl_trace(Mesh *mesh, int traces)
{
    mesh->trace(traces != 0);
}

/* Those of the last sample. */
const std::uint32_t *sfdfa_rtl_addresses(Mesh *mesh, std::uint32_t node, std::uint32_t *count)
{
    *count = static_cast<std::uint32_t>(mesh->addresses(node).size());
    return mesh->addresses(node).data();
}

} // extern "C"
