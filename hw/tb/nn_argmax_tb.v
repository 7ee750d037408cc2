// nn_argmax_tb.v - vectors with many equal elements; every cycle must take, reserve and give what
// the model says, with gaps on the input and a FIFO of random depth and pops behind the output.
`default_nettype none

module nn_argmax_tb;

  parameter LANES = 4;
  parameter ELEMENT = 8;
  parameter SIGNED = 1;
  parameter COUNT = 10;
  parameter INDEX = 4;
  parameter VECTORS = 400;

  localparam CHUNKS = (COUNT + LANES - 1) / LANES;
  localparam LATENCY = $clog2(LANES) + 1;

  reg                      clk = 1'b0;
  reg                      rst = 1'b1;
  reg  [LANES*ELEMENT-1:0] x_data;
  reg                      x_valid = 1'b0;
  wire                     x_ready;
  wire                     y_room;
  wire                     y_reserve;
  wire [INDEX-1:0]         y_data;
  wire                     y_valid;

  nn_argmax #(
    .LANES(LANES),
    .ELEMENT(ELEMENT),
    .SIGNED(SIGNED),
    .COUNT(COUNT),
    .INDEX(INDEX)
  ) dut (
    .clk(clk),
    .rst(rst),
    .x_data(x_data),
    .x_valid(x_valid),
    .x_ready(x_ready),
    .y_room(y_room),
    .y_reserve(y_reserve),
    .y_data(y_data),
    .y_valid(y_valid)
  );

  always #5 clk = !clk;

  integer seed = 1;
  integer stall = 0;                   // 1: random gaps and stalls; else full rate
  integer cycle = 0;

  // The model: the index of the vector being taken, and those that are due, by their cycle.
  integer chunk = 0;
  integer in_chunk = 0;                // of the beat at x_data
  integer lane, place, value;
  integer largest = 0;
  integer best = 0;
  integer given = 0;
  integer taken = 0;
  reg     steps;
  reg  [LATENCY:0]   due = 0;          // bit i: an index must come in i cycles
  integer indices [0:VECTORS-1];

  // The reader's FIFO: places reserved, indices that came.
  integer depth = 1000000;
  integer places = 0;
  integer stored = 0;
  reg     pop;
  assign y_room = places < depth;

  task fail(input [8*40-1:0] what);
    begin
      $display("FAIL cycle %0d: %0s: vector %0d: expected %0d, got %0d", cycle, what, given,
               indices[given], y_data);
      $finish;
    end
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("stall=%d", stall)) begin end
    if (stall != 0) depth = 1 + $unsigned($random(seed)) % 6;
    repeat (3) @(posedge clk);
    rst <= 1'b0;
  end

  always @(posedge clk) begin
    cycle = cycle + 1;
    if (cycle > 50 * VECTORS * CHUNKS + 1000) fail("no progress");
    if (!rst) begin
      if (y_valid !== due[0]) fail("y_valid");
      if (y_valid) begin
        if (y_data !== indices[given]) fail("wrong index");
        given = given + 1;
        if (given == VECTORS) begin
          $display("PASS %0d vectors", given);
          $finish;
        end
      end
      due = due >> 1;

      steps = x_valid && taken < VECTORS && (chunk < CHUNKS - 1 || y_room);
      if (taken < VECTORS) begin
        if (x_ready !== (chunk < CHUNKS - 1 || y_room)) fail("x_ready");
        if (y_reserve !== (steps && chunk == CHUNKS - 1)) fail("y_reserve");
      end
      if (steps) begin
        for (lane = 0; lane < LANES; lane = lane + 1) begin
          place = chunk * LANES + lane;
          value = x_data[lane*ELEMENT +: ELEMENT];
          if (SIGNED && value >= 1 << (ELEMENT - 1)) value = value - (1 << ELEMENT);
          if (place < COUNT && (place == 0 || value > largest)) begin
            largest = value;
            best    = place;
          end
        end
        chunk = chunk + 1;
        if (chunk == CHUNKS) begin
          chunk = 0;
          indices[taken] = best;
          taken = taken + 1;
          due[LATENCY-1] = 1'b1;
        end
      end

      pop = stored > 0 && (stall == 0 || $unsigned($random(seed)) % 4 < 1 + (cycle >> 6) % 2);
      places <= places + y_reserve - pop;
      stored <= stored + y_valid - pop;
      if (!x_valid || x_ready) begin
        if (x_valid) in_chunk = (in_chunk + 1) % CHUNKS;
        x_valid <= stall == 0 || $unsigned($random(seed)) % 3 != 0;
        // Few different values, the least among them, so that many are equal; padding unknown.
        for (lane = 0; lane < LANES; lane = lane + 1)
          x_data[lane*ELEMENT +: ELEMENT]
            <= in_chunk * LANES + lane >= COUNT ? {ELEMENT{1'bx}}
             : $unsigned($random(seed)) % 2 == 0 ? {SIGNED != 0, {ELEMENT{1'b0}}} >> 1
             : cycle % 3 == 0 ? $random(seed) : $random(seed) & 3;
      end
    end
  end

endmodule

`default_nettype wire
