// nn_fifo_tb.v - the FIFO behind a pipeline of LATENCY registers that cannot be stopped.
// Random gaps and stalls; every beat must come out once, in order, and none may be lost.
`default_nettype none

module nn_fifo_tb;

  parameter WIDTH = 8;
  parameter DEPTH = 4;
  parameter BLOCK = 0;
  parameter LATENCY = 3;               // from reserve to in_valid
  parameter PERIOD = 1;                // cycles between beats at full rate
  parameter BEATS = 500;

  reg              clk = 1'b0;
  reg              rst = 1'b1;
  wire             room;
  wire             reserve;
  wire [WIDTH-1:0] in_data;
  wire             in_valid;
  wire [WIDTH-1:0] out_data;
  wire             out_valid;
  reg              out_ready = 1'b0;

  nn_fifo #(
    .WIDTH(WIDTH),
    .DEPTH(DEPTH),
    .BLOCK(BLOCK)
  ) dut (
    .clk(clk),
    .rst(rst),
    .room(room),
    .reserve(reserve),
    .in_data(in_data),
    .in_valid(in_valid),
    .out_data(out_data),
    .out_valid(out_valid),
    .out_ready(out_ready)
  );

  always #5 clk = !clk;

  // The beat's data is a hash of its number, so that order is checked too.
  function [WIDTH-1:0] data(input integer number);
    data = number * 40503 + (number >> 3);
  endfunction

  reg               offer = 1'b0;      // there is a beat to issue
  reg [LATENCY:0]   valids = 0;          // one bit more than the pipeline has registers
  integer issued = 0;
  integer entered = 0;

  assign reserve  = offer && room;
  assign in_valid = LATENCY == 0 ? reserve : valids[LATENCY > 0 ? LATENCY - 1 : 0];
  assign in_data  = in_valid ? data(entered) : {WIDTH{1'bx}};

  integer seed = 1;
  integer stall = 0;                   // 1: random gaps and stalls; else full rate
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
    if (cycle > 400 * BEATS * PERIOD + 1000) fail("no progress");
    if (!rst) begin
      // A beat is there in the cycle after it came in; a place, in the cycle after its beat left.
      if (out_valid !== (entered > received)) fail("out_valid");
      if (room !== (issued - received < DEPTH)) fail("room");
      if (held && (!out_valid || out_data !== held_data)) fail("a stalled beat changed");
      held      <= out_valid && !out_ready;
      held_data <= out_data;
      if (out_valid && out_ready) begin
        if (received >= entered) fail("a beat out of nothing");
        if (out_data !== data(received)) fail("wrong beat");
        received = received + 1;
        if (received == 1) first_cycle = cycle;
        if (received == BEATS) begin
          // DEPTH by the rule in the module's header keeps the full rate.
          if (stall == 0 && DEPTH * PERIOD >= LATENCY + 2
              && cycle - first_cycle != (BEATS - 1) * PERIOD) fail("not at full rate");
          else $display("PASS %0d beats", received);
          $finish;
        end
      end
      // Long stalls fill the FIFO; short ones do not.
      out_ready <= stall == 0
        || ((cycle >> 6) % 2 ? $random(seed) % 8 == 0 : $random(seed) % 3 != 0);

      if (in_valid) entered = entered + 1;
      if (entered - received > DEPTH) fail("more beats than places");
      valids <= {valids, reserve};
      if (reserve) issued = issued + 1;
      if (reserve || !offer)
        offer <= stall != 0 ? $random(seed) % 3 != 0 : PERIOD == 1 || cycle % PERIOD == 0;
    end
  end

endmodule

`default_nettype wire
