// nn_axis_gather_tb.v - random frames, random early s_last, random stalls on both sides.
// Every frame that comes out is compared with the beats that went in.
`default_nettype none

module nn_axis_gather_tb;

  parameter BEATS = 4;
  parameter WIDTH = 8;
  parameter FRAMES = 500;

  reg                    clk = 1'b0;
  reg                    rst = 1'b1;
  reg  [WIDTH-1:0]       s_data;
  reg                    s_last;
  reg                    s_valid = 1'b0;
  wire                   s_ready;
  wire [BEATS*WIDTH-1:0] frame_data;
  wire                   frame_valid;
  reg                    frame_ready = 1'b0;

  nn_axis_gather #(
    .BEATS(BEATS),
    .WIDTH(WIDTH)
  ) dut (
    .clk(clk),
    .rst(rst),
    .s_data(s_data),
    .s_last(s_last),
    .s_valid(s_valid),
    .s_ready(s_ready),
    .frame_data(frame_data),
    .frame_valid(frame_valid),
    .frame_ready(frame_ready)
  );

  always #5 clk = !clk;

  integer seed = 1;
  integer stall = 0;                   // 1: random gaps and stalls; else full rate
  integer sent = 0;                    // beats of the present frame accepted
  integer full = 0;                    // frames sent whole
  integer received = 0;
  integer cycle = 0;
  integer first_cycle;
  reg [BEATS*WIDTH-1:0] gathered;      // the beats of the present frame
  reg [BEATS*WIDTH-1:0] expected;      // the frame that must come next
  reg                   waiting = 1'b0;
  reg                   held = 1'b0;   // a frame was refused in the last cycle
  reg [BEATS*WIDTH-1:0] held_data;

  task fail(input [8*40-1:0] what);
    begin
      $display("FAIL cycle %0d: %0s: expected %h, got %h", cycle, what, expected, frame_data);
      $finish;
    end
  endtask

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
      // Downstream, before upstream: a new frame may complete as the old one leaves.
      if (held && (!frame_valid || frame_data !== held_data)) fail("a stalled frame changed");
      held      <= frame_valid && !frame_ready;
      held_data <= frame_data;
      if (frame_valid && frame_ready) begin
        if (!waiting) fail("a frame out of nothing");
        if (frame_data !== expected) fail("wrong frame");
        waiting = 1'b0;
        received = received + 1;
        if (received == 1) first_cycle = cycle;
        if (received == FRAMES) begin
          // At full rate, and without early s_last, a frame takes exactly BEATS cycles.
          if (stall == 0 && cycle - first_cycle != (FRAMES - 1) * BEATS) fail("not at full rate");
          else $display("PASS %0d frames", received);
          $finish;
        end
      end
      frame_ready <= stall == 0 || $random(seed) % 3 != 0;

      // Upstream.
      if (s_valid && s_ready) begin
        gathered[sent*WIDTH +: WIDTH] = s_data;
        sent = sent + 1;
        if (sent == BEATS) begin
          if (waiting) fail("a frame was overrun");
          expected = gathered;
          waiting = 1'b1;
          sent = 0;
        end else if (s_last) begin
          sent = 0;
        end
      end
      if (!s_valid || s_ready) begin
        s_valid <= stall == 0 || $random(seed) % 3 != 0;
        s_data  <= $random(seed);
        // Right, missing and, in a stalled run, early.
        s_last  <= sent == BEATS - 1 ? $random(seed)
          : stall != 0 && $random(seed) % (4 * BEATS) == 0;
      end
    end
  end

endmodule

`default_nettype wire
