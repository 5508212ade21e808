// sfdfa_mesh_node.v: one core of a mesh: a PicoRV32 with memory of its own, a mailbox, and a router.
//
//     0x00000000  1 MB of memory, of which an image uses what a core is said to have
//     0x10000000  key of the packet that has waited longest; a read waits until there is one
//     0x10000004  its payload; a read takes the packet out
//     0x10000008  key of a packet to send
//     0x1000000C  its payload; a write sends it, and waits while there is no room
//     0x10000010  the number of the core
//     0x10000014  where the program tells its parts lie; written once
//
// A core that waits does nothing else, so its cycles do not depend on when packets come. The core and its
// memory are wired as simulators/common/sfdfa_core.v has it. The mailbox holds 8192 packets; whoever builds the mesh sees that no more can be under way to a core.
`timescale 1 ns / 1 ps

module sfdfa_mesh_node (
    input clk,
    input resetn,
    input [15:0] number,
    input [3:0] in_valid,        // links: 0 east, 1 north, 2 west, 3 south
    input [255:0] in_packet,
    output [3:0] in_ready,
    output [3:0] out_valid,
    output [255:0] out_packet,
    input [3:0] out_ready,
    output waiting,              // the core waits for a packet
    output idle,                 // and nothing is in the router: until a packet comes in, nothing changes
    output stalled,              // the core waits until there is room to send
    output reg found,            // in the cycle before, the key of a packet has been read,
    output reg taken,            // a packet has been taken out, of this key,
    output reg [31:0] taken_key,
    output reg sent,             // or one has been sent
    output [31:0] sent_key,
    output reg stopped,          // the core does not go on: it trapped, or used an address where nothing is
    output reg [31:0] address,   // of the last transfer
    output reg [31:0] places,
    output [13:0] held           // packets in the mailbox
);
    localparam MEMORY_WORDS = 1 << 18;
    localparam INBOX = 8192;

    reg [31:0] memory [0:MEMORY_WORDS - 1] /* verilator public_flat_rw */;
    reg [31:0] read_data;

    wire trap;
    wire valid;
    /* verilator lint_off UNUSEDSIGNAL */
    wire [31:0] at;  // words
    /* verilator lint_on UNUSEDSIGNAL */
    wire [31:0] data;
    wire [3:0] strobes;
    wire read, write;
    wire [31:0] next_address, write_data;
    wire [3:0] write_bytes;

    wire in_memory = next_address[31:20] == 0;
    wire in_mailbox = next_address[31:5] == 27'h080_0000;
    wire [17:0] word = next_address[19:2];

    // The mailbox, seen from the cycle after the look-ahead.
    wire mail = valid && at[31:5] == 27'h080_0000;
    wire [2:0] register = at[4:2];
    wire reads_key = mail && strobes == 0 && register == 0;
    wire reads_payload = mail && strobes == 0 && register == 1;
    wire sends = mail && strobes != 0 && register == 3;

    reg [63:0] inbox [0:INBOX - 1];
    reg [13:0] first, last;
    wire [63:0] waits = inbox[first[12:0]];
    wire has_packet = first != last;
    assign held = last - first;

    reg [31:0] key;
    wire [4:0] router_ready, router_valid;
    wire [319:0] router_packet;
    wire router_empty;
    wire inbox_ready = held != INBOX;

    wire ready = (reads_key || reads_payload) ? has_packet : sends ? router_ready[4] : 1'b1;
    wire [31:0] mail_data = register == 0 ? waits[63:32] : register == 1 ? waits[31:0] : {16'b0, number};

    assign waiting = (reads_key || reads_payload) && !has_packet;
    assign stalled = sends && !router_ready[4];
    assign sent_key = key;
    assign idle = waiting && router_empty && resetn;
    assign in_ready = router_ready[3:0];
    assign out_valid = router_valid[3:0];
    assign out_packet = router_packet[255:0];

    sfdfa_mesh_router router (
        .clk(clk),
        .resetn(resetn),
        .in_valid({sends, in_valid}),
        .in_packet({key, data, in_packet}),
        .in_ready(router_ready),
        .out_valid(router_valid),
        .out_packet(router_packet),
        .out_ready({inbox_ready, out_ready}),
        .empty(router_empty)
    );

    always @(posedge clk) begin
        if (read || write)
            address <= next_address;
        if (read)
            read_data <= memory[word];
        if (write && in_memory) begin
            if (write_bytes[0]) memory[word][7:0] <= write_data[7:0];
            if (write_bytes[1]) memory[word][15:8] <= write_data[15:8];
            if (write_bytes[2]) memory[word][23:16] <= write_data[23:16];
            if (write_bytes[3]) memory[word][31:24] <= write_data[31:24];
        end
        if (mail && strobes != 0 && register == 2)
            key <= data;
        if (mail && strobes != 0 && register == 5)
            places <= data;
        if (router_valid[4] && inbox_ready) begin
            inbox[last[12:0]] <= router_packet[319:256];
            last <= last + 1;
        end
        taken <= reads_payload && has_packet;
        taken_key <= waits[63:32];
        found <= reads_key && has_packet;
        sent <= sends && router_ready[4];
        if (reads_payload && has_packet)
            first <= first + 1;
        stopped <= resetn && (trap || ((read || write) && !in_memory && !in_mailbox));
        if (!resetn) begin
            first <= 0;
            last <= 0;
            places <= 0;
        end
    end

    sfdfa_core core (
        .clk(clk),
        .resetn(resetn),
        .trap(trap),
        .valid(valid),
        .ready(ready),
        .at(at),
        .data(data),
        .strobes(strobes),
        .read_data(mail ? mail_data : read_data),
        .read(read),
        .write(write),
        .next_address(next_address),
        .write_data(write_data),
        .write_bytes(write_bytes)
    );
endmodule
