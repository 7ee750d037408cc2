// nn_multiply_tb.v - all pairs of operands, or random ones where there are too many.
`default_nettype none

module nn_multiply_tb;

  parameter A_WIDTH = 8;
  parameter B_WIDTH = 8;
  parameter B_SIGNED = 1;
  parameter TRIALS = 20000;

  localparam WIDTH = A_WIDTH + B_WIDTH;

  reg  [A_WIDTH-1:0] a;
  reg  [B_WIDTH-1:0] b;
  wire [WIDTH-1:0]   product;

  nn_multiply #(
    .A_WIDTH(A_WIDTH),
    .B_WIDTH(B_WIDTH),
    .B_SIGNED(B_SIGNED)
  ) dut (
    .a(a),
    .b(b),
    .product(product)
  );

  integer seed = 1;
  integer trial;
  integer trials;
  reg     failed = 1'b0;
  reg signed [63:0] wide_a;
  reg signed [63:0] wide_b;
  reg signed [63:0] expected;

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    trials = WIDTH <= 16 ? 1 << WIDTH : TRIALS;
    for (trial = 0; trial < trials && !failed; trial = trial + 1) begin
      if (WIDTH <= 16) {a, b} = trial;
      else begin
        a = {$random(seed), $random(seed)};
        b = {$random(seed), $random(seed)};
        if (trial % 8 == 1) a = {1'b1, {A_WIDTH{1'b0}}} >> 1;
        if (trial % 16 == 1) b = {1'b1, {B_WIDTH{1'b0}}} >> 1;
      end
      #1;
      wide_a = {{64-A_WIDTH{a[A_WIDTH-1]}}, a};
      wide_b = {{64-B_WIDTH{B_SIGNED != 0 && b[B_WIDTH-1]}}, b};
      expected = wide_a * wide_b;
      if (product !== expected[WIDTH-1:0]) begin
        $display("FAIL %0d * %0d: expected %h, got %h", wide_a, wide_b, expected[WIDTH-1:0], product);
        failed = 1'b1;
      end
    end
    if (!failed) $display("PASS %0d products", trials);
  end

endmodule

`default_nettype wire
