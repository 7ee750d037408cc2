// sample.v - network "sample" with AXI4-Stream interfaces
//   s_axis: 3, 2 formats up to s8 Q3.4
//     a frame is 1 beat of 8 lanes of 8 bits
//   m_axis: 1 x u1 Q1.0
//     a frame is 1 beat of 8 lanes of 8 bits
//   interval 1; latency of the core 4
// Back-pressure on m_axis stops s_axis; no frame is lost.
`default_nettype none

module sample (
  input  wire        aclk,
  input  wire        aresetn,       // synchronous, active low
  // Frames in.
  input  wire [63:0] s_axis_tdata,
  input  wire        s_axis_tlast,  // optional
  input  wire        s_axis_tvalid,
  output wire        s_axis_tready,
  // Results out.
  output wire [63:0] m_axis_tdata,
  output wire        m_axis_tlast,
  output wire        m_axis_tvalid,
  input  wire        m_axis_tready
);

  wire rst = !aresetn;

  // Beats to frames.
  wire [63:0] s_frame;
  wire        s_frame_valid, room;

  nn_axis_gather #(
    .BEATS (1),
    .WIDTH (64)
  ) gather (
    .clk         (aclk),
    .rst         (rst),
    .s_data      (s_axis_tdata),
    .s_last      (s_axis_tlast),
    .s_valid     (s_axis_tvalid),
    .s_ready     (s_axis_tready),
    .frame_data  (s_frame),
    .frame_valid (s_frame_valid),
    .frame_ready (room)
  );

  // 3 lanes of 8 bits.
  wire [19:0] x_data = {s_frame[19:16], s_frame[15:8], s_frame[7:0]};

  // The network cannot be stopped: a frame enters when there is room for its result.
  wire issue = s_frame_valid && room;

  wire y_valid, y_data;

  sample_core core (
    .clk     (aclk),
    .rst     (rst),
    .x_valid (issue),
    .x_data  (x_data),
    .y_valid (y_valid),
    .y_data  (y_data)
  );

  // Frames in flight at full rate: (latency 4 + 2) / interval 1.
  wire result, result_valid, result_ready;

  nn_fifo #(
    .WIDTH (1),
    .DEPTH (6)
  ) results (
    .clk       (aclk),
    .rst       (rst),
    .room      (room),
    .reserve   (issue),
    .in_data   (y_data),
    .in_valid  (y_valid),
    .out_data  (result),
    .out_valid (result_valid),
    .out_ready (result_ready)
  );

  // 1 lane of 8 bits.
  wire [63:0] m_frame = {56'd0, {7'd0, result}};

  // Frames to beats.
  nn_axis_serialize #(
    .BEATS (1),
    .WIDTH (64)
  ) serialize (
    .clk         (aclk),
    .rst         (rst),
    .frame_data  (m_frame),
    .frame_valid (result_valid),
    .frame_ready (result_ready),
    .m_data      (m_axis_tdata),
    .m_last      (m_axis_tlast),
    .m_valid     (m_axis_tvalid),
    .m_ready     (m_axis_tready)
  );

  wire unused_bits = &{1'b0, s_frame[63:20]};  // bits that nothing reads

endmodule

`default_nettype wire

// sample_core.v - network "sample", layer by layer
//   x_data: 3, 2 formats up to s8 Q3.4
//   y_data: 1 x u1 Q1.0
//   latency 4, interval 1: takes a frame in every cycle, cannot be stopped
`default_nettype none

module sample_core (
  input  wire        clk,
  input  wire        rst,      // synchronous, active high
  input  wire        x_valid,
  input  wire [19:0] x_data,   // element 0 in the lowest bits
  output wire        y_valid,  // 4 cycles after x_valid
  output wire        y_data
);

  // dense 3 -> 2, relu and sigmoid, cycle 0 to 3
  wire        fc1_valid;
  wire [13:0] fc1_data;

  sample_fc1 fc1 (
    .clk     (clk),
    .rst     (rst),
    .x_valid (x_valid),
    .x_data  (x_data),
    .y_valid (fc1_valid),
    .y_data  (fc1_data)
  );

  // argmax of 2, cycle 3 to 4
  wire class_valid, class_data;

  sample_class class_ (
    .clk     (clk),
    .rst     (rst),
    .x_valid (fc1_valid),
    .x_data  (fc1_data),
    .y_valid (class_valid),
    .y_data  (class_data)
  );

  assign y_data  = class_data;
  assign y_valid = class_valid;

endmodule

`default_nettype wire

// sample_fc1.v - layer "fc1": dense 3 -> 2, relu and sigmoid
//   x_data: 3, 2 formats up to s8 Q3.4
//   y_data: 2, 2 formats up to u8 Q0.8
//   latency 3, interval 1; 4 adders, 2 quantizers, 1 relu, 1 table, no multipliers
// Comments give the range of the stored integer.
`default_nettype none

module sample_fc1 (
  input  wire        clk,
  input  wire        rst,      // synchronous, active high
  input  wire        x_valid,
  input  wire [19:0] x_data,   // element 0 in the lowest bits
  output reg         y_valid,  // 3 cycles after x_valid
  output reg  [13:0] y_data
);

  // sigmoid: s4 Q2.1 in, u8 Q0.8 out, as bits
  function [7:0] sigmoid;
    input [3:0] index;
    case (index)
      4'h0: sigmoid = 8'h80;
      4'h1: sigmoid = 8'h9f;
      4'h2: sigmoid = 8'hbb;
      4'h3: sigmoid = 8'hd1;
      4'h4: sigmoid = 8'he1;
      4'h5: sigmoid = 8'hed;
      4'h6: sigmoid = 8'hf4;
      4'h7: sigmoid = 8'hf8;
      4'h9: sigmoid = 8'h07;
      4'ha: sigmoid = 8'h0c;
      4'hb: sigmoid = 8'h13;
      4'hc: sigmoid = 8'h1f;
      4'hd: sigmoid = 8'h2f;
      4'he: sigmoid = 8'h45;
      4'hf: sigmoid = 8'h61;
      default: sigmoid = 8'h05;
    endcase
  endfunction

  wire signed [7:0] x0 = x_data[7:0];   // s8 Q3.4
  wire signed [7:0] x1 = x_data[15:8];  // s8 Q3.4

  // Stage 1 of 3: 2 adders.
  wire signed [9:0]  v2 = {x0[7], x0, 1'b0} + {{2{x0[7]}}, x0};   // 3*x0 in [-384, 381]
  wire signed [10:0] v3 = {x1[7], x1, 2'b00} + {{3{x1[7]}}, x1};  // 5*x1 in [-640, 635]

  reg               valid_1;
  reg signed [9:0]  v2_1;
  reg signed [10:0] v3_1;

  always @(posedge clk) begin
    v2_1    <= v2;
    v3_1    <= v3;
    valid_1 <= x_valid;
    if (rst) valid_1 <= 1'b0;
  end

  // Stage 2 of 3: 2 adders, 1 relu.
  // 3*x0 - 5*x1 + 7 in [-1012, 1028]
  wire signed [11:0] acc_0 = {{2{v2_1[9]}}, v2_1} - {v3_1[10], v3_1} + 12'sd7;
  wire [10:0]        v6    = acc_0[11] ? 11'd0 : acc_0[10:0];  // [0, 1028]

  reg               valid_2;
  reg signed [11:0] acc_0_2;
  reg [10:0]        v6_2;

  always @(posedge clk) begin
    acc_0_2 <= acc_0;
    v6_2    <= v6;
    valid_2 <= valid_1;
    if (rst) valid_2 <= 1'b0;
  end

  // Stage 3 of 3: 2 quantizers, 1 table.
  wire [9:0]        fc1_0_rounded = v6_2[10:1] + {9'd0, v6_2[0]};          // [0, 514]
  // [0, 63], half-up
  wire [5:0]        fc1_0         = |fc1_0_rounded[9:6] ? 6'd63 : fc1_0_rounded[5:0];
  wire              v8_up         = acc_0_2[2] && (acc_0_2[3] || (|acc_0_2[1:0]));
  wire signed [8:0] v8_rounded    = acc_0_2[11:3] + {8'd0, v8_up};         // [-126, 128]
  wire              v8_below      = v8_rounded[8] && !(&v8_rounded[7:3]);  // below -8
  wire              v8_above      = !v8_rounded[8] && (|v8_rounded[7:3]);  // above 7
  // [-8, 7], half-even
  wire signed [3:0] v8            = v8_above ? 4'sd7 : v8_below ? -4'sd8 : v8_rounded[3:0];
  wire [7:0]        fc1_1         = sigmoid(v8);                           // [5, 248]

  always @(posedge clk) begin
    y_data[5:0]  <= fc1_0;
    y_data[13:6] <= fc1_1;
    y_valid      <= valid_2;
    if (rst) y_valid <= 1'b0;
  end

  wire unused_bits = &{1'b0, x_data[19:16]};  // bits that nothing reads

endmodule

`default_nettype wire

// sample_class.v - layer "class": argmax of 2
//   x_data: 2, 2 formats up to u8 Q0.8
//   y_data: 1 x u1 Q1.0
//   latency 1, interval 1; 1 comparator, no multipliers
// Comments give the range of the stored integer.
`default_nettype none

module sample_class (
  input  wire        clk,
  input  wire        rst,      // synchronous, active high
  input  wire        x_valid,
  input  wire [13:0] x_data,   // element 0 in the lowest bits
  output reg         y_valid,  // 1 cycle after x_valid
  output reg         y_data
);

  wire [5:0] x0 = x_data[5:0];   // u6 Q3.3
  wire [7:0] x1 = x_data[13:6];  // u8 Q0.8

  // Stage 1 of 1: 1 comparator.
  wire y = {x0, 5'd0} < {3'b000, x1};  // [0, 1]

  always @(posedge clk) begin
    y_data  <= y;
    y_valid <= x_valid;
    if (rst) y_valid <= 1'b0;
  end

endmodule

`default_nettype wire
// sample.f
rtl/sample.v
rtl/sample_core.v
rtl/sample_fc1.v
rtl/sample_class.v
rtl/nn_axis_gather.v
rtl/nn_fifo.v
rtl/nn_axis_serialize.v
