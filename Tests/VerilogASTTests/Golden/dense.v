// dense.v - layer "dense_0": y = relu(3*x[0] - 5*x[1] + 7)
//   latency 2, interval 1
`default_nettype none

module dense (
  input  wire        clk,
  input  wire        rst,      // synchronous, active high
  input  wire        x_valid,
  input  wire [16:0] x_data,   // {spare, x[1], x[0]}
  output reg         y_valid,  // 2 cycles after x_valid
  output reg  [10:0] y_data
);

  wire signed [7:0] x0 = x_data[7:0];
  wire signed [7:0] x1 = x_data[15:8];

  // Stage 1: products by constants, as shift-adds.
  wire signed [9:0]  p0 = {x0[7], x0, 1'b0} + {{2{x0[7]}}, x0};   // 3*x0 in [-384, 381]
  wire signed [10:0] p1 = {x1[7], x1, 2'b00} + {{3{x1[7]}}, x1};  // 5*x1 in [-640, 635]

  reg               valid_1;
  reg signed [9:0]  p0_1;
  reg signed [10:0] p1_1;

  always @(posedge clk) begin
    p0_1    <= p0;
    p1_1    <= p1;
    valid_1 <= x_valid;
    if (rst) valid_1 <= 1'b0;
  end

  // Stage 2: sum, bias, relu.
  wire signed [11:0] sum = {{2{p0_1[9]}}, p0_1} - {p1_1[10], p1_1} + 12'sd7;  // [-1012, 1028]

  always @(posedge clk) begin
    y_data  <= sum[11] ? 11'd0 : sum[10:0];
    y_valid <= valid_1;
    if (rst) y_valid <= 1'b0;
  end

endmodule

`default_nettype wire
