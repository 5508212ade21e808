// sfdfa_core.v: a PicoRV32 as every model here has it, with what nothing uses tied off.
//
// Memory is synchronous, as an FPGA's block RAM: it gets each address from the core's look-ahead interface and answers in the next clock
// cycle, so that no transfer to memory ever waits. That, and the parameters, are those of the Dhrystone figures in the core's README:
// arithmetic and shifts take 3 cycles, loads and stores 5, multiplications 6, divisions 40, whatever the values.
`timescale 1 ns / 1 ps

module sfdfa_core (
    input clk,
    input resetn,
    output trap,
    output valid,                // a transfer is under way, in the cycle after its look-ahead
    input ready,                 // and is over with this cycle
    output [31:0] at,            // its address
    output [31:0] data,          // what it writes,
    output [3:0] strobes,        // and which bytes of it; 0 for a read
    input [31:0] read_data,      // what it reads
    output read,                 // look-ahead: the next cycle begins to read
    output write,                // or to write
    output [31:0] next_address,
    output [31:0] write_data,
    output [3:0] write_bytes
);
    /* verilator lint_off PINCONNECTEMPTY */
    picorv32 #(
        .BARREL_SHIFTER(1),
        .ENABLE_FAST_MUL(1),
        .ENABLE_DIV(1)
    ) picorv32 (
        .clk(clk),
        .resetn(resetn),
        .trap(trap),
        .mem_valid(valid),
        .mem_instr(),
        .mem_ready(ready),
        .mem_addr(at),
        .mem_wdata(data),
        .mem_wstrb(strobes),
        .mem_rdata(read_data),
        .mem_la_read(read),
        .mem_la_write(write),
        .mem_la_addr(next_address),
        .mem_la_wdata(write_data),
        .mem_la_wstrb(write_bytes),
        .pcpi_valid(),
        .pcpi_insn(),
        .pcpi_rs1(),
        .pcpi_rs2(),
        .pcpi_wr(1'b0),
        .pcpi_rd(32'b0),
        .pcpi_wait(1'b0),
        .pcpi_ready(1'b0),
        .irq(32'b0),
        .eoi(),
        .trace_valid(),
        .trace_data()
    );
    /* verilator lint_on PINCONNECTEMPTY */
endmodule
