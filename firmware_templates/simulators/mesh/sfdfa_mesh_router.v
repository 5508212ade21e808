// sfdfa_mesh_router.v: a multicast router of one node, section 10 of docs/MESH.md.
//
// Ports: 0 east, 1 north, 2 west, 3 south, 4 the core. A packet goes to the set of ports that the table has for its kind (the highest four
// bits of its key), its layer or field (of which the lowest three bits), and the port it came in by. Each input holds two packets, each output one; a packet leaves by each of its ports as soon as
// that is free, whatever the others are. Everything that another node sees is a register, so nothing depends on the order in which nodes
// are evaluated.
`timescale 1 ns / 1 ps

module sfdfa_mesh_router (
    input clk,
    input resetn,
    input [4:0] in_valid,
    input [319:0] in_packet,   // 64 bits a port: key, payload
    output [4:0] in_ready,
    output reg [4:0] out_valid,
    output reg [319:0] out_packet,
    input [4:0] out_ready,
    output empty               // nothing is in here
);
    reg [4:0] routes [0:1023] /* verilator public_flat_rw */;  // of {kind, layer, port}

    reg [63:0] head [0:4];     // of each input,
    reg [63:0] next [0:4];     // and the packet behind it
    reg [4:0] has_head, has_next;
    reg [4:0] begun;           // the head has left by some of its ports:
    reg [4:0] left [0:4];      // not yet by these
    reg [2:0] favoured [0:4];  // of each output: the input that is asked first

    reg [4:0] wanted [0:4];    // of each input
    reg [4:0] granted [0:4];
    reg [4:0] free;
    reg [4:0] taken;           // of the outputs: something is put there
    reg [63:0] chosen [0:4];
    reg [2:0] chosen_input [0:4];
    reg [4:0] gone;            // of the inputs: the head has left by all of its ports
    integer i, o, k;
    reg [2:0] candidate;

    assign in_ready = ~has_next;
    assign empty = has_head == 0 && out_valid == 0;

    always @* begin
        for (i = 0; i < 5; i = i + 1) begin
            wanted[i] = !has_head[i] ? 5'b0 : begun[i] ? left[i] : routes[{head[i][63:60], head[i][50:48], 3'(i)}];
            granted[i] = 0;
        end
        free = ~out_valid | out_ready;
        for (o = 0; o < 5; o = o + 1) begin
            taken[o] = 0;
            chosen[o] = 0;
            chosen_input[o] = 0;
            candidate = favoured[o];
            for (k = 0; k < 5; k = k + 1) begin
                if (!taken[o] && free[o] && wanted[candidate][o]) begin
                    taken[o] = 1;
                    chosen[o] = head[candidate];
                    chosen_input[o] = candidate;
                    granted[candidate][o] = 1;
                end
                candidate = candidate == 4 ? 0 : candidate + 1;
            end
        end
        for (i = 0; i < 5; i = i + 1)
            gone[i] = has_head[i] && (wanted[i] & ~granted[i]) == 0;
    end

    always @(posedge clk) begin
        for (o = 0; o < 5; o = o + 1) begin
            if (taken[o]) begin
                out_packet[64 * o +: 64] <= chosen[o];
                favoured[o] <= chosen_input[o] == 4 ? 0 : chosen_input[o] + 1;
            end
            if (free[o])
                out_valid[o] <= taken[o];
        end
        for (i = 0; i < 5; i = i + 1) begin
            begun[i] <= has_head[i] && !gone[i];
            left[i] <= wanted[i] & ~granted[i];
            if (gone[i] || !has_head[i]) begin
                head[i] <= has_next[i] ? next[i] : in_packet[64 * i +: 64];
                has_head[i] <= has_next[i] || in_valid[i];
                has_next[i] <= 0;
            end else if (in_valid[i] && in_ready[i]) begin
                next[i] <= in_packet[64 * i +: 64];
                has_next[i] <= 1;
            end
        end
        if (!resetn) begin
            out_valid <= 0;
            has_head <= 0;
            has_next <= 0;
            begun <= 0;
            for (o = 0; o < 5; o = o + 1)
                favoured[o] <= 0;
        end
    end
endmodule
