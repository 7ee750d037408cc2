// nn_multiply_pair_tb.v - a pair of products per cycle. All operands where they are few and stall=0, else
// random ones with the ends of the ranges among them.
`default_nettype none

module nn_multiply_pair_tb;

  parameter W_WIDTH = 8;
  parameter X_WIDTH = 8;
  parameter X_SIGNED = 1;
  parameter TRIALS = 30000;

  localparam WIDTH = W_WIDTH + X_WIDTH;
  localparam OPERANDS = 2 * W_WIDTH + X_WIDTH;
  localparam L = 3;

  reg                clk = 1'b0;
  reg  [W_WIDTH-1:0] w_0;
  reg  [W_WIDTH-1:0] w_1;
  reg  [X_WIDTH-1:0] x;
  wire [WIDTH-1:0]   product_0;
  wire [WIDTH-1:0]   product_1;

  nn_multiply_pair #(
    .W_WIDTH(W_WIDTH),
    .X_WIDTH(X_WIDTH),
    .X_SIGNED(X_SIGNED)
  ) dut (
    .clk(clk),
    .w_0(w_0),
    .w_1(w_1),
    .x(x),
    .product_0(product_0),
    .product_1(product_1)
  );

  always #5 clk = !clk;

  function [WIDTH-1:0] times(input [W_WIDTH-1:0] w, input [X_WIDTH-1:0] by);
    reg signed [63:0] wide_w;
    reg signed [63:0] wide_x;
    reg signed [63:0] wide;
    begin
      wide_w = {{64-W_WIDTH{w[W_WIDTH-1]}}, w};
      wide_x = {{64-X_WIDTH{X_SIGNED != 0 && by[X_WIDTH-1]}}, by};
      wide = wide_w * wide_x;
      times = wide[WIDTH-1:0];
    end
  endfunction

  integer seed = 1;
  integer stall = 0;
  integer trial = 0;
  integer trials;
  reg     failed = 1'b0;
  reg     all;
  reg [L*WIDTH-1:0] due_0;
  reg [L*WIDTH-1:0] due_1;

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("stall=%d", stall)) begin end
    all = stall == 0 && OPERANDS <= 21;
    trials = all ? 1 << OPERANDS : TRIALS;
  end

  // Operands change behind the edge; the products of those before the edge are due L edges later.
  always @(posedge clk) begin
    due_0 <= {due_0, times(w_0, x)};
    due_1 <= {due_1, times(w_1, x)};
    if (trial > L && !failed
        && (product_0 !== due_0[(L-1)*WIDTH +: WIDTH] || product_1 !== due_1[(L-1)*WIDTH +: WIDTH])) begin
      $display("FAIL trial %0d: expected %h and %h, got %h and %h", trial - L,
               due_0[(L-1)*WIDTH +: WIDTH], due_1[(L-1)*WIDTH +: WIDTH], product_0, product_1);
      failed = 1'b1;
      $finish;
    end
    if (trial == trials + L && !failed) begin
      $display("PASS %0d pairs", trials);
      $finish;
    end
    trial <= trial + 1;
    if (all) {w_1, w_0, x} <= trial;
    else begin
      w_0 <= $random(seed);
      w_1 <= $random(seed);
      x   <= $random(seed);
      if ($random(seed) % 4 == 0) w_0 <= {1'b1, {W_WIDTH-1{1'b0}}};
      if ($random(seed) % 4 == 0) w_1 <= {1'b1, {W_WIDTH-1{1'b0}}};
      if ($random(seed) % 8 == 0) w_0 <= {1'b0, {W_WIDTH-1{1'b1}}};
      if ($random(seed) % 4 == 0) x   <= {1'b1, {X_WIDTH-1{1'b0}}};
      if ($random(seed) % 8 == 0) x   <= {X_WIDTH{1'b1}};
    end
  end

endmodule

`default_nettype wire
