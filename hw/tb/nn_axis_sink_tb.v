// nn_axis_sink_tb.v - random gaps and stalls; every beat passes at once, the last of a frame is
// marked, no other.
`default_nettype none

module nn_axis_sink_tb;

  parameter WIDTH = 8;
  parameter BEATS = 4;
  parameter FRAMES = 500;

  reg              clk = 1'b0;
  reg              rst = 1'b1;
  reg  [WIDTH-1:0] y_data;
  reg              y_valid = 1'b0;
  wire             y_ready;
  wire [WIDTH-1:0] m_data;
  wire             m_last;
  wire             m_valid;
  reg              m_ready = 1'b0;

  nn_axis_sink #(
    .WIDTH(WIDTH),
    .BEATS(BEATS)
  ) dut (
    .clk(clk),
    .rst(rst),
    .y_data(y_data),
    .y_valid(y_valid),
    .y_ready(y_ready),
    .m_data(m_data),
    .m_last(m_last),
    .m_valid(m_valid),
    .m_ready(m_ready)
  );

  always #5 clk = !clk;

  integer seed = 1;
  integer stall = 0;                   // 1: random gaps and stalls; else full rate
  integer cycle = 0;
  integer sent = 0;
  integer first_cycle = 0;

  task fail(input [8*40-1:0] what);
    begin
      $display("FAIL cycle %0d: %0s: beat %0d", cycle, what, sent);
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
      if (m_valid !== y_valid || y_ready !== m_ready) fail("a beat does not pass");
      if (m_valid && m_data !== y_data) fail("wrong data");
      if (m_valid && m_last !== (sent % BEATS == BEATS - 1)) fail("m_last");
      if (m_valid && m_ready) begin
        if (sent == 0) first_cycle = cycle;
        sent = sent + 1;
        if (sent == FRAMES * BEATS) begin
          if (stall == 0 && cycle - first_cycle != sent - 1) fail("not at full rate");
          else $display("PASS %0d frames", FRAMES);
          $finish;
        end
      end
      m_ready <= stall == 0 || $unsigned($random(seed)) % 3 != 0;
      if (!y_valid || y_ready) begin
        y_valid <= stall == 0 || $unsigned($random(seed)) % 3 != 0;
        y_data  <= $random(seed);
      end
    end
  end

endmodule

`default_nettype wire
