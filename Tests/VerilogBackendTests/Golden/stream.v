// tiny.v - network "tiny" with AXI4-Stream interfaces
//   s_axis: 3 x 3 x 2 x u4 Q2.2
//     a frame is 9 beats of 2 lanes of 8 bits
//   m_axis: 1 x 1 x 2 x u3 Q2.1
//     a frame is 1 beat of 2 lanes of 8 bits
//   interval 18, latency 35 from the first beat to the last of the result
// Back-pressure on m_axis stops s_axis; no frame is lost.
`default_nettype none

module tiny (
  input  wire        aclk,
  input  wire        aresetn,       // synchronous, active low
  // Frames in.
  input  wire [15:0] s_axis_tdata,
  input  wire        s_axis_tlast,  // optional
  input  wire        s_axis_tvalid,
  output wire        s_axis_tready,
  // Results out.
  output wire [15:0] m_axis_tdata,
  output wire        m_axis_tlast,
  output wire        m_axis_tvalid,
  input  wire        m_axis_tready
);

  wire rst = !aresetn;

  // A frame that ends too early is filled up with zeros.
  wire        x_valid, x_ready;
  wire [15:0] s_beat;

  nn_axis_source #(
    .WIDTH (16),
    .BEATS (9)
  ) source (
    .clk     (aclk),
    .rst     (rst),
    .s_data  (s_axis_tdata),
    .s_last  (s_axis_tlast),
    .s_valid (s_axis_tvalid),
    .s_ready (s_axis_tready),
    .x_data  (s_beat),
    .x_valid (x_valid),
    .x_ready (x_ready)
  );

  // 2 lanes of 8 bits.
  wire [7:0] x_data = {s_beat[11:8], s_beat[3:0]};

  wire       y_valid, y_ready;
  wire [5:0] y_data;

  tiny_core core (
    .clk     (aclk),
    .rst     (rst),
    .x_data  (x_data),
    .x_valid (x_valid),
    .x_ready (x_ready),
    .y_data  (y_data),
    .y_valid (y_valid),
    .y_ready (y_ready)
  );

  // 2 lanes of 8 bits.
  wire [15:0] m_beat = {{5'd0, y_data[5:3]}, {5'd0, y_data[2:0]}};

  nn_axis_sink #(
    .WIDTH (16),
    .BEATS (1)
  ) sink (
    .clk     (aclk),
    .rst     (rst),
    .y_data  (m_beat),
    .y_valid (y_valid),
    .y_ready (y_ready),
    .m_data  (m_axis_tdata),
    .m_last  (m_axis_tlast),
    .m_valid (m_axis_tvalid),
    .m_ready (m_axis_tready)
  );

  wire unused_bits = &{1'b0, s_beat[7:4], s_beat[15:12]};  // bits that nothing reads

endmodule

`default_nettype wire

// tiny_core.v - network "tiny", layer by layer
//   x_data: 9 beats of 2 x u4 Q2.2
//   y_data: 1 beat of 2 x u3 Q2.1
//   latency 35, interval 18 cycles, FIFO depths computed for both
`default_nettype none

module tiny_core (
  input  wire       clk,
  input  wire       rst,     // synchronous, active high
  input  wire [7:0] x_data,  // element 0 in the lowest bits
  input  wire       x_valid,
  output wire       x_ready,
  output wire [5:0] y_data,
  output wire       y_valid,
  input  wire       y_ready
);

  // conv_in: 2 to 1 elements per beat
  wire       conv_in_room, conv_in_reserve, conv_in_valid;
  wire [3:0] conv_in_data;

  nn_resize #(
    .ELEMENT   (4),
    .IN_LANES  (2),
    .OUT_LANES (1),
    .COUNT     (18)
  ) conv_in (
    .clk     (clk),
    .rst     (rst),
    .x_data  (x_data),
    .x_valid (x_valid),
    .x_ready (x_ready),
    .y_room  (conv_in_room),
    .y_valid (conv_in_valid),
    .y_data  (conv_in_data)
  );

  assign conv_in_reserve = conv_in_valid;

  wire       conv_in_out_valid, conv_in_out_ready;
  wire [3:0] conv_in_out;

  nn_fifo #(
    .WIDTH (4),
    .DEPTH (2)
  ) conv_in_fifo (
    .clk       (clk),
    .rst       (rst),
    .room      (conv_in_room),
    .reserve   (conv_in_reserve),
    .in_data   (conv_in_data),
    .in_valid  (conv_in_valid),
    .out_data  (conv_in_out),
    .out_valid (conv_in_out_valid),
    .out_ready (conv_in_out_ready)
  );

  // conv_window: windows of 2 x 2 on 3 x 3 x 2
  wire        conv_window_room, conv_window_reserve, conv_window_valid;
  wire [15:0] conv_window_data;

  nn_window #(
    .ELEMENT       (4),
    .LANES         (1),
    .CHUNKS        (2),
    .ROWS          (3),
    .COLS          (3),
    .KERNEL_ROWS   (2),
    .KERNEL_COLS   (2),
    .STRIDE_ROWS   (1),
    .STRIDE_COLS   (1),
    .DILATION_ROWS (1),
    .DILATION_COLS (1),
    .PAD_TOP       (0),
    .PAD_LEFT      (0),
    .OUT_ROWS      (2),
    .OUT_COLS      (2),
    .PAD_MINIMUM   (0)
  ) conv_window (
    .clk       (clk),
    .rst       (rst),
    .x_data    (conv_in_out),
    .x_valid   (conv_in_out_valid),
    .x_ready   (conv_in_out_ready),
    .y_room    (conv_window_room),
    .y_reserve (conv_window_reserve),
    .y_valid   (conv_window_valid),
    .y_data    (conv_window_data)
  );

  wire        conv_window_out_valid, conv_window_out_ready;
  wire [15:0] conv_window_out;

  nn_fifo #(
    .WIDTH (16),
    .DEPTH (5)
  ) conv_window_fifo (
    .clk       (clk),
    .rst       (rst),
    .room      (conv_window_room),
    .reserve   (conv_window_reserve),
    .in_data   (conv_window_data),
    .in_valid  (conv_window_valid),
    .out_data  (conv_window_out),
    .out_valid (conv_window_out_valid),
    .out_ready (conv_window_out_ready)
  );

  // conv: conv 8 to 2, quantize u3f1 half-up saturate, on 1 x 4 multipliers
  wire       conv_room, conv_reserve, conv_valid;
  wire [2:0] conv_data;

  tiny_conv conv (
    .clk       (clk),
    .rst       (rst),
    .x_data    (conv_window_out),
    .x_valid   (conv_window_out_valid),
    .x_ready   (conv_window_out_ready),
    .y_room    (conv_room),
    .y_reserve (conv_reserve),
    .y_valid   (conv_valid),
    .y_data    (conv_data)
  );

  wire       conv_out_valid, conv_out_ready;
  wire [2:0] conv_out;

  nn_fifo #(
    .WIDTH (3),
    .DEPTH (4)
  ) conv_fifo (
    .clk       (clk),
    .rst       (rst),
    .room      (conv_room),
    .reserve   (conv_reserve),
    .in_data   (conv_data),
    .in_valid  (conv_valid),
    .out_data  (conv_out),
    .out_valid (conv_out_valid),
    .out_ready (conv_out_ready)
  );

  // pool_in: 1 to 2 elements per beat
  wire       pool_in_room, pool_in_reserve, pool_in_valid;
  wire [5:0] pool_in_data;

  nn_resize #(
    .ELEMENT   (3),
    .IN_LANES  (1),
    .OUT_LANES (2),
    .COUNT     (2)
  ) pool_in (
    .clk     (clk),
    .rst     (rst),
    .x_data  (conv_out),
    .x_valid (conv_out_valid),
    .x_ready (conv_out_ready),
    .y_room  (pool_in_room),
    .y_valid (pool_in_valid),
    .y_data  (pool_in_data)
  );

  assign pool_in_reserve = pool_in_valid;

  wire       pool_in_out_valid, pool_in_out_ready;
  wire [5:0] pool_in_out;

  nn_fifo #(
    .WIDTH (6),
    .DEPTH (1)
  ) pool_in_fifo (
    .clk       (clk),
    .rst       (rst),
    .room      (pool_in_room),
    .reserve   (pool_in_reserve),
    .in_data   (pool_in_data),
    .in_valid  (pool_in_valid),
    .out_data  (pool_in_out),
    .out_valid (pool_in_out_valid),
    .out_ready (pool_in_out_ready)
  );

  // pool_window: windows of 2 x 2 on 2 x 2 x 2
  wire        pool_window_room, pool_window_reserve, pool_window_valid;
  wire [23:0] pool_window_data;

  nn_window #(
    .ELEMENT       (3),
    .LANES         (2),
    .CHUNKS        (1),
    .ROWS          (2),
    .COLS          (2),
    .KERNEL_ROWS   (2),
    .KERNEL_COLS   (2),
    .STRIDE_ROWS   (2),
    .STRIDE_COLS   (2),
    .DILATION_ROWS (1),
    .DILATION_COLS (1),
    .PAD_TOP       (0),
    .PAD_LEFT      (0),
    .OUT_ROWS      (1),
    .OUT_COLS      (1),
    .PAD_MINIMUM   (0)
  ) pool_window (
    .clk       (clk),
    .rst       (rst),
    .x_data    (pool_in_out),
    .x_valid   (pool_in_out_valid),
    .x_ready   (pool_in_out_ready),
    .y_room    (pool_window_room),
    .y_reserve (pool_window_reserve),
    .y_valid   (pool_window_valid),
    .y_data    (pool_window_data)
  );

  wire        pool_window_out_valid, pool_window_out_ready;
  wire [23:0] pool_window_out;

  nn_fifo #(
    .WIDTH (24),
    .DEPTH (1)
  ) pool_window_fifo (
    .clk       (clk),
    .rst       (rst),
    .room      (pool_window_room),
    .reserve   (pool_window_reserve),
    .in_data   (pool_window_data),
    .in_valid  (pool_window_valid),
    .out_data  (pool_window_out),
    .out_valid (pool_window_out_valid),
    .out_ready (pool_window_out_ready)
  );

  // pool: max-pool
  wire       pool_room, pool_reserve, pool_valid;
  wire [5:0] pool_data;

  wire pool_go = pool_room && pool_window_out_valid;

  assign pool_window_out_ready = pool_go;
  assign pool_reserve          = pool_go;

  tiny_pool pool (
    .x_valid (pool_go),
    .x_data  (pool_window_out),
    .y_valid (pool_valid),
    .y_data  (pool_data)
  );

  wire       pool_out_valid, pool_out_ready;
  wire [5:0] pool_out;

  nn_fifo #(
    .WIDTH (6),
    .DEPTH (1)
  ) pool_fifo (
    .clk       (clk),
    .rst       (rst),
    .room      (pool_room),
    .reserve   (pool_reserve),
    .in_data   (pool_data),
    .in_valid  (pool_valid),
    .out_data  (pool_out),
    .out_valid (pool_out_valid),
    .out_ready (pool_out_ready)
  );

  assign y_data         = pool_out;
  assign y_valid        = pool_out_valid;
  assign pool_out_ready = y_ready;

endmodule

`default_nettype wire

// tiny_conv.v - layer "conv": conv 8 to 2, quantize u3f1 half-up saturate, on 1 x 4 multipliers
//   x_data: 8 beats of 4 x u4 Q2.2
//   y_data: 8 beats of 1 x u3 Q2.1
//   4 multipliers, a vector in 2 x 2 cycles; latency 5 from a step to its result
`default_nettype none

module tiny_conv (
  input  wire        clk,
  input  wire        rst,     // synchronous, active high
  input  wire [15:0] x_data,  // element 0 in the lowest bits
  input  wire        x_valid,
  output wire        x_ready,
  input  wire        y_room,  // one more beat may be reserved
  output wire        y_reserve,
  output wire        y_valid,
  output wire [2:0]  y_data
);

  wire [1:0]  w_address;
  wire [11:0] w_data;

  tiny_conv_weights weights (
    .clk     (clk),
    .address (w_address),
    .data    (w_data)
  );

  wire       b_address;
  wire [1:0] b_data;

  tiny_conv_biases biases (
    .clk     (clk),
    .address (b_address),
    .data    (b_data)
  );

  wire       step, sums_valid;
  wire [7:0] sums;

  nn_matvec #(
    .PE        (1),
    .SIMD      (4),
    .SF        (2),
    .NF        (2),
    .GROUPS    (1),
    .SHARED    (1),
    .X_WIDTH   (4),
    .X_SIGNED  (0),
    .W_WIDTH   (3),
    .B_WIDTH   (2),
    .ACC_WIDTH (8),
    .DSP       (1),
    .PAIR      (0)
  ) engine (
    .clk       (clk),
    .rst       (rst),
    .x_data    (x_data),
    .x_valid   (x_valid),
    .x_ready   (x_ready),
    .w_address (w_address),
    .w_data    (w_data),
    .w_valid   (1'b1),
    .b_address (b_address),
    .b_data    (b_data),
    .step      (step),
    .y_room    (y_room),
    .y_reserve (y_reserve),
    .y_valid   (sums_valid),
    .y_data    (sums)
  );

  tiny_conv_results results (
    .x_valid (sums_valid),
    .x_data  (sums),
    .y_valid (y_valid),
    .y_data  (y_data)
  );

  wire unused_bits = &{1'b0, step};  // bits that nothing reads

endmodule

`default_nettype wire

// tiny_conv_weights.v - 4 words of weights: 1 rows of 4 columns, the first in the lowest bits
//   data follows address by one cycle
`default_nettype none

module tiny_conv_weights (
  input  wire        clk,
  input  wire [1:0]  address,
  output reg  [11:0] data
);

  reg [11:0] words [0:3];

  initial begin
    words[0] = 12'h341;
    words[1] = 12'h046;
    words[2] = 12'h010;
    words[3] = 12'h43b;
  end

  always @(posedge clk) data <= words[address];

endmodule

`default_nettype wire
