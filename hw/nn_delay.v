// nn_delay.v - delays a value by a fixed number of cycles.
// Latency CYCLES, interval 1. No reset: what comes out in the first CYCLES cycles is unknown.
`default_nettype none

module nn_delay #(
  parameter WIDTH  = 8,
  parameter CYCLES = 2          // at least 1
) (
  input  wire             clk,
  input  wire [WIDTH-1:0] in,
  output wire [WIDTH-1:0] out
);

  reg [CYCLES*WIDTH-1:0] line;  // the newest value lowest

  assign out = line[CYCLES*WIDTH-1 -: WIDTH];

  generate
    if (CYCLES == 1) begin : gen_one_cycle
      always @(posedge clk) line <= in;
    end else begin : gen_line
      always @(posedge clk) line <= {line[(CYCLES-1)*WIDTH-1:0], in};
    end
  endgenerate

`ifdef FORMAL
  reg [31:0] count = 0;
  reg [WIDTH-1:0] past [0:CYCLES-1];
  integer i;
  always @(posedge clk) begin
    if (count < CYCLES) count <= count + 1;
    past[0] <= in;
    for (i = 1; i < CYCLES; i = i + 1) past[i] <= past[i-1];
    assert (count <= CYCLES);
    for (i = 0; i < CYCLES; i = i + 1)
      if (count > i) assert (line[i*WIDTH +: WIDTH] == past[i]);
    if (count == CYCLES) assert (out == past[CYCLES-1]);
  end
`endif

endmodule

`default_nettype wire
