// nn_reduce_tb.v - frames of random vectors; every cycle must take, reserve and give what the model
// says, with gaps on the input and a FIFO of random depth and pops behind the output.
`default_nettype none

module nn_reduce_tb;

  parameter LANES = 2;
  parameter ELEMENT = 8;
  parameter SIGNED = 1;
  parameter OUT = 12;
  parameter CHUNKS = 2;
  parameter VECTORS = 4;
  parameter MAXIMUM = 0;
  parameter FRAMES = 60;

  reg                      clk = 1'b0;
  reg                      rst = 1'b1;
  reg  [LANES*ELEMENT-1:0] x_data;
  reg                      x_valid = 1'b0;
  wire                     x_ready;
  wire                     y_room;
  wire                     y_reserve;
  wire [LANES*OUT-1:0]     y_data;
  wire                     y_valid;

  nn_reduce #(
    .LANES(LANES),
    .ELEMENT(ELEMENT),
    .SIGNED(SIGNED),
    .OUT(OUT),
    .CHUNKS(CHUNKS),
    .VECTORS(VECTORS),
    .MAXIMUM(MAXIMUM)
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

  // The model.
  integer results [0:CHUNKS*LANES-1];
  integer frame = 0;
  integer vector = 0;
  integer chunk = 0;
  integer lane;
  integer value;
  reg     steps;
  reg     due = 1'b0;                  // y_valid must be high now
  reg  [LANES*OUT-1:0] expected;

  // The reader's FIFO: places reserved, beats that came.
  integer depth = 1000000;
  integer places = 0;
  integer stored = 0;
  reg     pop;
  assign y_room = places < depth;

  task fail(input [8*40-1:0] what);
    begin
      $display("FAIL cycle %0d: %0s: frame %0d vector %0d chunk %0d: expected %h, got %h", cycle, what,
               frame, vector, chunk, expected, y_data);
      $finish;
    end
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("stall=%d", stall)) begin end
    if (stall != 0) depth = 1 + $unsigned($random(seed)) % 4;
    repeat (3) @(posedge clk);
    rst <= 1'b0;
  end

  always @(posedge clk) begin
    cycle = cycle + 1;
    if (cycle > 20 * FRAMES * VECTORS * CHUNKS + 1000) fail("no progress");
    if (!rst) begin
      // What the step before gave is there now.
      if (y_valid !== due) fail("y_valid");
      if (due && y_data !== expected) fail("wrong result");
      due = 1'b0;
      if (frame == FRAMES) begin
        $display("PASS %0d frames", FRAMES);
        $finish;
      end

      steps = x_valid && (vector < VECTORS - 1 || y_room);
      if (x_ready !== (vector < VECTORS - 1 || y_room)) fail("x_ready");
      if (y_reserve !== (steps && vector == VECTORS - 1)) fail("y_reserve");
      if (steps) begin
        for (lane = 0; lane < LANES; lane = lane + 1) begin
          value = x_data[lane*ELEMENT +: ELEMENT];
          if (SIGNED && value >= 1 << (ELEMENT - 1)) value = value - (1 << ELEMENT);
          if (vector == 0) results[chunk*LANES+lane] = value;
          else if (MAXIMUM == 0) results[chunk*LANES+lane] = results[chunk*LANES+lane] + value;
          else if (value > results[chunk*LANES+lane]) results[chunk*LANES+lane] = value;
          expected[lane*OUT +: OUT] = results[chunk*LANES+lane];
        end
        due = vector == VECTORS - 1;
        chunk = chunk + 1;
        if (chunk == CHUNKS) begin
          chunk  = 0;
          vector = vector + 1;
          if (vector == VECTORS) begin
            vector = 0;
            frame  = frame + 1;
          end
        end
      end

      pop = stored > 0 && (stall == 0 || $unsigned($random(seed)) % 4 < 1 + (cycle >> 6) % 2);
      places <= places + y_reserve - pop;
      stored <= stored + y_valid - pop;
      if (!x_valid || x_ready) begin
        x_valid <= stall == 0 || $unsigned($random(seed)) % 3 != 0;
        for (lane = 0; lane < LANES; lane = lane + 1)
          x_data[lane*ELEMENT +: ELEMENT] <= $random(seed);
      end
    end
  end

endmodule

`default_nettype wire
