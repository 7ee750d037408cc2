// nn_skid_tb.v - random gaps and stalls; every beat must come out once, in order.
`default_nettype none

module nn_skid_tb;

  parameter WIDTH = 8;
  parameter BEATS = 2000;

  reg              clk = 1'b0;
  reg              rst = 1'b1;
  reg  [WIDTH-1:0] in_data;
  reg              in_valid = 1'b0;
  wire             in_ready;
  wire [WIDTH-1:0] out_data;
  wire             out_valid;
  reg              out_ready = 1'b0;

  nn_skid #(
    .WIDTH(WIDTH)
  ) dut (
    .clk(clk),
    .rst(rst),
    .in_data(in_data),
    .in_valid(in_valid),
    .in_ready(in_ready),
    .out_data(out_data),
    .out_valid(out_valid),
    .out_ready(out_ready)
  );

  always #5 clk = !clk;

  // A beat's data is a hash of its number, so that order is checked too.
  function [WIDTH-1:0] data(input integer number);
    data = number * 40503 + (number >> 3);
  endfunction

  integer seed = 1;
  integer stall = 0;                   // 1: random gaps and stalls; else full rate
  integer sent = 0;
  integer received = 0;
  integer cycle = 0;
  integer first_cycle;
  reg             held = 1'b0;
  reg [WIDTH-1:0] held_data;

  task fail(input [8*40-1:0] what);
    begin
      $display("FAIL cycle %0d: %0s: beat %0d: expected %h, got %h", cycle, what, received,
               data(received), out_data);
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
    if (cycle > 100 * BEATS) fail("no progress");
    if (!rst) begin
      if (held && (!out_valid || out_data !== held_data)) fail("a stalled beat changed");
      held      <= out_valid && !out_ready;
      held_data <= out_data;
      if (out_valid && out_ready) begin
        if (received >= sent) fail("a beat out of nothing");
        if (out_data !== data(received)) fail("wrong beat");
        received = received + 1;
        if (received == 1) first_cycle = cycle;
        if (received == BEATS) begin
          if (stall == 0 && cycle - first_cycle != BEATS - 1) fail("not at full rate");
          else $display("PASS %0d beats", received);
          $finish;
        end
      end
      out_ready <= stall == 0 || $random(seed) % 3 != 0;

      if (in_valid && in_ready) sent = sent + 1;
      if (!in_valid || in_ready) begin
        in_valid <= stall == 0 || $random(seed) % 3 != 0;
        in_data  <= data(sent);
      end
    end
  end

endmodule

`default_nettype wire
