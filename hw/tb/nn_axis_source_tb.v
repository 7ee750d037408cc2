// nn_axis_source_tb.v - frames that are whole (with s_last, or without), and frames that break off.
// A model says, for every cycle, what must stand on both sides.
`default_nettype none

module nn_axis_source_tb;

  parameter WIDTH = 8;
  parameter BEATS = 4;
  parameter FRAMES = 500;

  reg              clk = 1'b0;
  reg              rst = 1'b1;
  reg  [WIDTH-1:0] s_data;
  reg              s_last = 1'b0;
  reg              s_valid = 1'b0;
  wire             s_ready;
  wire [WIDTH-1:0] x_data;
  wire             x_valid;
  reg              x_ready = 1'b0;

  nn_axis_source #(
    .WIDTH(WIDTH),
    .BEATS(BEATS)
  ) dut (
    .clk(clk),
    .rst(rst),
    .s_data(s_data),
    .s_last(s_last),
    .s_valid(s_valid),
    .s_ready(s_ready),
    .x_data(x_data),
    .x_valid(x_valid),
    .x_ready(x_ready)
  );

  always #5 clk = !clk;

  integer seed = 1;
  integer stall = 0;                   // 1: random gaps, stalls and broken frames; else whole frames
  integer cycle = 0;
  integer frame = 0;
  integer place = 0;                   // of the beat at x_data in its frame
  integer length = BEATS;              // beats of the present frame that the source sends
  integer sent = 0;                    // of the frame whose beat is at s_data
  integer sent_length = BEATS;
  reg     marks = 1'b1;                // that frame has its s_last
  integer first_cycle = 0;

  task fail(input [8*40-1:0] what);
    begin
      $display("FAIL cycle %0d: %0s: frame %0d beat %0d: x_data %h", cycle, what, frame, place, x_data);
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
    cycle = cycle + 1;
    if (cycle > 50 * FRAMES * BEATS + 1000) fail("no progress");
    if (!rst) begin
      // The length of a frame is known with its first beat.
      if (place == 0 && s_valid) length = sent_length;
      if (place < length) begin
        if (s_ready !== x_ready || x_valid !== s_valid) fail("a beat does not pass");
        if (s_valid && x_data !== s_data) fail("wrong data");
      end else begin
        if (s_ready !== 1'b0 || x_valid !== 1'b1) fail("the rest is not supplied");
        if (x_data !== {WIDTH{1'b0}}) fail("the rest is not zero");
      end
      if (x_valid && x_ready) begin
        if (frame == 0 && place == 0) first_cycle = cycle;
        place = place + 1;
        if (place == BEATS) begin
          place = 0;
          frame = frame + 1;
          if (frame == FRAMES) begin
            if (stall == 0 && cycle - first_cycle != FRAMES * BEATS - 1) fail("not at full rate");
            else $display("PASS %0d frames", frame);
            $finish;
          end
        end
      end

      x_ready <= stall == 0 || $unsigned($random(seed)) % 3 != 0;
      if (!s_valid || s_ready) begin
        if (s_valid) sent = sent + 1;
        if (sent == sent_length) begin
          sent = 0;
          sent_length = stall != 0 && $unsigned($random(seed)) % 3 == 0
                      ? 1 + $unsigned($random(seed)) % BEATS : BEATS;
          marks = sent_length < BEATS || $unsigned($random(seed)) % 2 == 0;
        end
        s_valid <= stall == 0 || $unsigned($random(seed)) % 3 != 0;
        s_data  <= $random(seed);
        s_last  <= marks && sent == sent_length - 1;
      end
    end
  end

endmodule

`default_nettype wire
