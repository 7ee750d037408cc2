// nn_window_range_tb.v - every index against the definition of the range.
`default_nettype none

module nn_window_range_tb;

  parameter COUNT = 4;
  parameter STRIDE = 1;
  parameter TAP = 0;
  parameter PAD = 1;
  parameter SIZE = 4;
  localparam WIDTH = COUNT > 1 ? $clog2(COUNT) : 1;

  reg              clk = 1'b0;
  reg              step = 1'b0;
  reg  [WIDTH-1:0] index = 0;
  wire             valid;

  nn_window_range #(
    .COUNT(COUNT), .STRIDE(STRIDE), .TAP(TAP), .PAD(PAD), .SIZE(SIZE)
  ) dut (
    .clk(clk),
    .step(step),
    .index(index),
    .valid(valid)
  );

  always #5 clk = !clk;

  integer seed = 1;
  integer stall = 0;
  integer steps = 0;
  integer place = 0;                   // of the last step's tap, in front of the image if negative

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("stall=%d", stall)) begin end
  end

  always @(posedge clk) begin
    if (steps > 0 && valid !== (place >= 0 && place < SIZE)) begin
      $display("FAIL place %0d of %0d: %b", place, SIZE, valid);
      $finish;
    end else if (steps == 4 * COUNT) begin
      $display("PASS %0d steps", steps);
      $finish;
    end
    if (step) begin
      steps <= steps + 1;
      place <= index * STRIDE + TAP - PAD;
      index <= index == COUNT - 1 ? 0 : index + 1;
    end
    step <= stall == 0 || $random(seed) % 3 != 0;
  end

endmodule

`default_nettype wire
