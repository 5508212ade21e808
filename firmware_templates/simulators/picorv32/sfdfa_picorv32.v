// sfdfa_picorv32.v: a PicoRV32 core with memory and a byte FIFO.
//
//     0x00000000  4 MB of memory
//     0x10000000  data: a write sends a byte, a read takes the received byte that waits
//     0x10000004  status: bit 0 is set if a received byte waits
//
// Core and memory are wired as simulators/common/sfdfa_core.v has it: no transfer ever waits.
`timescale 1 ns / 1 ps

module sfdfa_picorv32 (
    input clk,
    input resetn,
    input received_valid,       // a received byte waits
    input [7:0] received,
    output reg attention,       // one of the following is set; all are about the clock cycle that has just begun
    output reg received_taken,  // the byte that waited was read
    output reg looked,          // the status was read
    output reg sent_valid,      // a byte was sent
    output reg [7:0] sent,
    output reg stopped,         // the core does not go on: it trapped, or used an address where nothing is
    output reg [31:0] address   // of the last transfer
);
    localparam MEMORY_WORDS = 1 << 20;
    localparam [31:0] FIFO_DATA = 32'h1000_0000;
    localparam [31:0] FIFO_STATUS = 32'h1000_0004;

    reg [31:0] memory [0:MEMORY_WORDS - 1] /* verilator public_flat_rw */;
    reg [31:0] read_data;

    wire trap;
    wire read, write;
    wire [31:0] next_address, write_data;
    wire [3:0] write_bytes;

    wire in_memory = next_address[31:22] == 0;
    wire in_data = next_address == FIFO_DATA;
    wire in_status = next_address == FIFO_STATUS;
    wire nowhere = (read || write) && !in_memory && !in_data && !in_status;
    wire [19:0] word = next_address[21:2];

    always @(posedge clk) begin
        if (read || write)
            address <= next_address;
        if (read) begin
            if (in_memory)
                read_data <= memory[word];
            else
                read_data <= in_data ? {24'b0, received} : {31'b0, received_valid};
        end
        if (write && in_memory) begin
            if (write_bytes[0]) memory[word][7:0] <= write_data[7:0];
            if (write_bytes[1]) memory[word][15:8] <= write_data[15:8];
            if (write_bytes[2]) memory[word][23:16] <= write_data[23:16];
            if (write_bytes[3]) memory[word][31:24] <= write_data[31:24];
        end
        received_taken <= read && in_data;
        looked <= read && in_status;
        sent_valid <= write && in_data;
        sent <= write_data[7:0];
        stopped <= resetn && (trap || nowhere);
        attention <= resetn && (trap || ((read || write) && !in_memory));
    end

    /* verilator lint_off PINCONNECTEMPTY */
    sfdfa_core core (
        .clk(clk),
        .resetn(resetn),
        .trap(trap),
        .valid(),
        .ready(1'b1),
        .at(),
        .data(),
        .strobes(),
        .read_data(read_data),
        .read(read),
        .write(write),
        .next_address(next_address),
        .write_data(write_data),
        .write_bytes(write_bytes)
    );
    /* verilator lint_on PINCONNECTEMPTY */
endmodule
