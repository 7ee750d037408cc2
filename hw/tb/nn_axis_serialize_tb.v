// nn_axis_serialize_tb.v - random frames, random stalls on both sides.
// Every beat that comes out is compared with the frame that went in.
`default_nettype none

module nn_axis_serialize_tb;

  parameter BEATS = 4;
  parameter WIDTH = 8;
  parameter FRAMES = 500;

  reg                    clk = 1'b0;
  reg                    rst = 1'b1;
  reg  [BEATS*WIDTH-1:0] frame_data;
  reg                    frame_valid = 1'b0;
  wire                   frame_ready;
  wire [WIDTH-1:0]       m_data;
  wire                   m_last;
  wire                   m_valid;
  reg                    m_ready = 1'b0;

  nn_axis_serialize #(
    .BEATS(BEATS),
    .WIDTH(WIDTH)
  ) dut (
    .clk(clk),
    .rst(rst),
    .frame_data(frame_data),
    .frame_valid(frame_valid),
    .frame_ready(frame_ready),
    .m_data(m_data),
    .m_last(m_last),
    .m_valid(m_valid),
    .m_ready(m_ready)
  );

  always #5 clk = !clk;

  integer seed = 1;
  integer stall = 0;                // 1: random gaps and stalls; else full rate
  integer beat = 0;                 // of the present frame
  integer received = 0;
  integer cycle = 0;
  integer first_cycle;
  reg [BEATS*WIDTH-1:0] frame;      // the frame being sent
  reg                   sending = 1'b0;
  reg                   held = 1'b0;
  reg [WIDTH-1:0]       held_data;
  reg                   held_last;

  task fail(input [8*40-1:0] what);
    begin
      $display("FAIL cycle %0d: %0s: frame %h, beat %0d, got %h", cycle, what, frame, beat, m_data);
      $finish;
    end
  endtask

  function [BEATS*WIDTH-1:0] random_frame(input integer bits);
    for (bits = 0; bits < BEATS * WIDTH; bits = bits + 1) random_frame[bits] = $random(seed);
  endfunction

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("stall=%d", stall)) begin end
    repeat (3) @(posedge clk);
    rst <= 1'b0;
  end

  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (cycle > 200 * FRAMES * BEATS + 1000) fail("no progress");
    if (!rst) begin
      // Downstream, before upstream: the next frame may enter as the last beat leaves.
      if (held && (!m_valid || m_data !== held_data || m_last !== held_last))
        fail("a stalled beat changed");
      held      <= m_valid && !m_ready;
      held_data <= m_data;
      held_last <= m_last;
      if (m_valid && m_ready) begin
        if (!sending) fail("a beat out of nothing");
        if (m_data !== frame[beat*WIDTH +: WIDTH]) fail("wrong beat");
        if (m_last !== (beat == BEATS - 1)) fail("wrong m_last");
        beat = beat + 1;
        if (beat == BEATS) begin
          beat = 0;
          sending = 1'b0;
          received = received + 1;
          if (received == 1) first_cycle = cycle;
          if (received == FRAMES) begin
            if (stall == 0 && cycle - first_cycle != (FRAMES - 1) * BEATS) fail("not at full rate");
            else $display("PASS %0d frames", received);
            $finish;
          end
        end
      end
      m_ready <= stall == 0 || $random(seed) % 3 != 0;

      // Upstream.
      if (frame_valid && frame_ready) begin
        if (sending) fail("a frame was overrun");
        frame = frame_data;
        sending = 1'b1;
      end
      if (!frame_valid || frame_ready) begin
        frame_valid <= stall == 0 || $random(seed) % 3 != 0;
        frame_data  <= random_frame(0);
      end
    end
  end

endmodule

`default_nettype wire
