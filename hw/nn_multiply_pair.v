// nn_multiply_pair.v - two products that share an operand, exactly, in one DSP block.
//   product_0 = w_0 * x, product_1 = w_1 * x. Latency 3, interval 1, no reset.
// The block computes (w_1 * 2^K + w_0) * x + 2^(K-1), K the width of a product. The lower K bits hold
// w_0 * x + 2^(K-1), which is never negative and never reaches 2^K: nothing is borrowed from the bits above,
// which are w_1 * x, and the lower product is the lower field with its top bit inverted.
// Steps: operands into registers; pre-adder and multiplier; addition of the constant. All three fit
// one block of 27 x 18 bits where 2 * W_WIDTH + X_WIDTH + 1 <= 27 and X_WIDTH (+ 1 unless signed) <= 18.
// Wider operands are multiplied exactly too, with more blocks.
`default_nettype none

module nn_multiply_pair #(
  parameter W_WIDTH  = 8,             // signed
  parameter X_WIDTH  = 8,
  parameter X_SIGNED = 1              // whether x is signed
) (
  input  wire                       clk,
  input  wire [W_WIDTH-1:0]         w_0,
  input  wire [W_WIDTH-1:0]         w_1,
  input  wire [X_WIDTH-1:0]         x,
  output wire [W_WIDTH+X_WIDTH-1:0] product_0,
  output wire [W_WIDTH+X_WIDTH-1:0] product_1
);

  localparam K = W_WIDTH + X_WIDTH;
  localparam PACKED_WIDTH = K + W_WIDTH + 1;  // w_1 * 2^K + w_0 goes below -2^(K + W_WIDTH - 1)
  localparam FACTOR_WIDTH = X_WIDTH + (X_SIGNED != 0 ? 0 : 1);
  localparam ALL_WIDTH = 2 * K;

  wire [FACTOR_WIDTH-1:0] factor;
  generate
    if (X_SIGNED != 0) begin : gen_signed
      assign factor = x;
    end else begin : gen_unsigned
      assign factor = {1'b0, x};
    end
  endgenerate

  reg signed [PACKED_WIDTH-1:0] low;
  reg signed [PACKED_WIDTH-1:0] high;
  reg signed [FACTOR_WIDTH-1:0] shared;
  (* use_dsp = "yes" *)
  reg signed [ALL_WIDTH-1:0]    both;
  reg        [ALL_WIDTH-1:0]    sum;

  wire signed [PACKED_WIDTH-1:0] pair = high + low;

  always @(posedge clk) begin
    low    <= {{PACKED_WIDTH-W_WIDTH{w_0[W_WIDTH-1]}}, w_0};
    high   <= {w_1[W_WIDTH-1], w_1, {K{1'b0}}};
    shared <= factor;
    both   <= pair * shared;
    sum    <= both + {{K{1'b0}}, 1'b1, {K-1{1'b0}}};
  end

  assign product_0 = {!sum[K-1], sum[K-2:0]};
  assign product_1 = sum[ALL_WIDTH-1:K];

`ifdef FORMAL
  reg [1:0]           filled = 2'd0;
  reg [3*W_WIDTH-1:0] past_0;
  reg [3*W_WIDTH-1:0] past_1;
  reg [3*X_WIDTH-1:0] past_x;
  wire signed [K-1:0] wide_0 = {{X_WIDTH{past_0[3*W_WIDTH-1]}}, past_0[3*W_WIDTH-1 -: W_WIDTH]};
  wire signed [K-1:0] wide_1 = {{X_WIDTH{past_1[3*W_WIDTH-1]}}, past_1[3*W_WIDTH-1 -: W_WIDTH]};
  wire signed [K-1:0] wide_x = {{W_WIDTH{X_SIGNED != 0 && past_x[3*X_WIDTH-1]}},
                                past_x[3*X_WIDTH-1 -: X_WIDTH]};
  always @(posedge clk) begin
    if (filled != 2'd3) filled <= filled + 2'd1;
    past_0 <= {past_0[2*W_WIDTH-1:0], w_0};
    past_1 <= {past_1[2*W_WIDTH-1:0], w_1};
    past_x <= {past_x[2*X_WIDTH-1:0], x};
    if (filled == 2'd3) begin
      assert (product_0 == wide_0 * wide_x);
      assert (product_1 == wide_1 * wide_x);
    end
  end
`endif

endmodule

`default_nettype wire
