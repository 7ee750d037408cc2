// nn_adder_tree.v - sum of COUNT signed terms, modulo 2^OUT_WIDTH.
// A register behind every two levels of adders: latency ceil(log4(COUNT)), which is
// ($clog2(COUNT) + 1) / 2 and 0 for one term; interval 1, no reset. A stage makes one value of
// four, and is only as wide as its sums can be.
`default_nettype none

module nn_adder_tree #(
  parameter COUNT     = 13,
  parameter WIDTH     = 8,            // bits per term
  parameter OUT_WIDTH = 12            // at least WIDTH
) (
  input  wire                   clk,
  input  wire [COUNT*WIDTH-1:0] terms,  // term 0 in the lowest bits
  output wire [OUT_WIDTH-1:0]   sum
);

  localparam STAGES = ($clog2(COUNT) + 1) / 2;

  genvar g;
  generate
    for (g = 0; g < STAGES; g = g + 1) begin : gen_stage
      localparam VALUES    = (COUNT + (1 << 2 * g) - 1) / (1 << 2 * g);
      localparam SUMS      = (VALUES + 3) / 4;
      localparam IN_WIDTH  = WIDTH + 2 * g < OUT_WIDTH ? WIDTH + 2 * g : OUT_WIDTH;
      localparam TWO_WIDTH = IN_WIDTH + 1 < OUT_WIDTH ? IN_WIDTH + 1 : OUT_WIDTH;
      localparam SUM_WIDTH = IN_WIDTH + 2 < OUT_WIDTH ? IN_WIDTH + 2 : OUT_WIDTH;

      wire [VALUES*IN_WIDTH-1:0] values;
      reg  [SUMS*SUM_WIDTH-1:0]  sums;

      if (g == 0) begin : gen_first
        assign values = terms;
      end else begin : gen_behind
        assign values = gen_stage[g-1].sums;
      end

      // The sum of two values; nothing is added behind the last. Its sign is extended, too, which keeps
      // tools from making one sum of four operands.
      function [SUM_WIDTH-1:0] sum_of_two;
        input integer index;
        reg [TWO_WIDTH-1:0] left;
        reg [TWO_WIDTH-1:0] right;
        begin
          left  = {TWO_WIDTH{1'b0}};
          right = {TWO_WIDTH{1'b0}};
          if (index < VALUES) begin
            left = {TWO_WIDTH{values[index*IN_WIDTH + IN_WIDTH-1]}};
            left[IN_WIDTH-1:0] = values[index*IN_WIDTH +: IN_WIDTH];
          end
          if (index + 1 < VALUES) begin
            right = {TWO_WIDTH{values[(index+1)*IN_WIDTH + IN_WIDTH-1]}};
            right[IN_WIDTH-1:0] = values[(index+1)*IN_WIDTH +: IN_WIDTH];
          end
          left = left + right;
          sum_of_two = {SUM_WIDTH{left[TWO_WIDTH-1]}};
          sum_of_two[TWO_WIDTH-1:0] = left;
        end
      endfunction

      integer i;
      always @(posedge clk)
        for (i = 0; i < SUMS; i = i + 1)
          sums[i*SUM_WIDTH +: SUM_WIDTH] <= sum_of_two(4 * i) + sum_of_two(4 * i + 2);
    end

    if (STAGES == 0) begin : gen_one
      wire unused = clk;
      if (OUT_WIDTH > WIDTH) begin : gen_extended
        assign sum = {{OUT_WIDTH-WIDTH{terms[WIDTH-1]}}, terms};
      end else begin : gen_same
        assign sum = terms;
      end
    end else begin : gen_sum
      localparam LAST_WIDTH = WIDTH + 2 * STAGES < OUT_WIDTH ? WIDTH + 2 * STAGES : OUT_WIDTH;
      wire [LAST_WIDTH-1:0] last = gen_stage[STAGES-1].sums;
      if (OUT_WIDTH > LAST_WIDTH) begin : gen_extended
        assign sum = {{OUT_WIDTH-LAST_WIDTH{last[LAST_WIDTH-1]}}, last};
      end else begin : gen_same
        assign sum = last;
      end
    end
  endgenerate

`ifdef FORMAL
  reg [31:0]                        filled = 0;
  reg [(STAGES+1)*COUNT*WIDTH-1:0]  past;    // place i: i + 1 cycles ago
  wire [(STAGES+2)*COUNT*WIDTH-1:0] seen = {past, terms};
  reg signed [OUT_WIDTH-1:0]        total;
  reg signed [WIDTH-1:0]            term;
  integer n;
  always @(*) begin
    total = 0;
    for (n = 0; n < COUNT; n = n + 1) begin
      term = seen[(STAGES*COUNT+n)*WIDTH +: WIDTH];
      total = total + term;
    end
  end
  always @(posedge clk) begin
    past <= seen[(STAGES+1)*COUNT*WIDTH-1:0];
    if (filled != STAGES) filled <= filled + 1;
    assert (filled <= STAGES);
    if (filled == STAGES) assert (sum == total);
  end
`endif

endmodule

`default_nettype wire
