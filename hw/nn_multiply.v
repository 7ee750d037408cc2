// nn_multiply.v - signed times signed or unsigned, exactly, out of LUTs: no `*`, so no tool makes it a DSP block.
//   product = a * b, combinational
// Radix-4 Booth: two bits of b, and the one below, choose 0, +-a or +-2a, which a carry chain adds to what the
// rows below left. A bit of a row and its addition are one function of six inputs.
// b is the operand with fewer bits where there is a choice: (B_WIDTH + 1) / 2 rows where it is signed,
// B_WIDTH / 2 + 1 where it is not, each a carry chain of A_WIDTH + 2 bits behind the one before.
`default_nettype none

module nn_multiply #(
  parameter A_WIDTH  = 8,             // signed
  parameter B_WIDTH  = 8,
  parameter B_SIGNED = 1              // whether b is signed
) (
  input  wire [A_WIDTH-1:0]         a,
  input  wire [B_WIDTH-1:0]         b,
  output wire [A_WIDTH+B_WIDTH-1:0] product
);

  localparam ROWS = B_SIGNED != 0 ? (B_WIDTH + 1) / 2 : B_WIDTH / 2 + 1;
  localparam SUM_WIDTH = A_WIDTH + 2;
  localparam ALL_WIDTH = A_WIDTH + 2 * ROWS;  // at least as wide as the product

  wire b_sign = B_SIGNED != 0 && b[B_WIDTH-1];

  // b with a zero below and its sign above, to whole rows.
  wire [2*ROWS:0] digits;
  assign digits[B_WIDTH:0] = {b, 1'b0};

  generate
    if (2 * ROWS > B_WIDTH) begin : gen_sign
      assign digits[2*ROWS:B_WIDTH+1] = {2*ROWS-B_WIDTH{b_sign}};
    end
  endgenerate

  reg [ALL_WIDTH-1:0] all;       // the product with its sign extended
  reg [SUM_WIDTH-1:0] sum;       // of the rows so far, above the bits that are final
  reg [A_WIDTH:0]     multiple;  // the row without its sign
  reg                 negative;
  integer row;

  always @(*) begin
    sum = {SUM_WIDTH{1'b0}};
    for (row = 0; row < ROWS; row = row + 1) begin
      negative = digits[2*row+2];
      multiple = digits[2*row+1] != digits[2*row] ? {a[A_WIDTH-1], a}
               : negative != digits[2*row+1]      ? {a, 1'b0}
               :                                    {A_WIDTH+1{1'b0}};
      sum = sum + {multiple[A_WIDTH] ^ negative, multiple ^ {A_WIDTH+1{negative}}}
          + {{SUM_WIDTH-1{1'b0}}, negative};
      all[2*row +: 2] = sum[1:0];
      sum = {{2{sum[SUM_WIDTH-1]}}, sum[SUM_WIDTH-1:2]};
    end
    all[ALL_WIDTH-1:2*ROWS] = sum[A_WIDTH-1:0];
  end

  assign product = all[A_WIDTH+B_WIDTH-1:0];

  wire unused = &{1'b0, b_sign, all, sum};

`ifdef FORMAL
  localparam WIDTH = A_WIDTH + B_WIDTH;
  wire signed [WIDTH-1:0] wide_a = {{B_WIDTH{a[A_WIDTH-1]}}, a};
  wire signed [WIDTH-1:0] wide_b = {{A_WIDTH{B_SIGNED != 0 && b[B_WIDTH-1]}}, b};
  always @(*) assert (product == wide_a * wide_b);
`endif

endmodule

`default_nettype wire
