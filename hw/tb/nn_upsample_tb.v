// nn_upsample_tb.v - every pixel and every row again and again.
// Every take and every y_valid is checked in its cycle, at full rate and with stalls.
`default_nettype none

module nn_upsample_tb;

  parameter WIDTH = 8;
  parameter CHUNKS = 1;
  parameter COLS = 4;
  parameter FACTOR_ROWS = 2;
  parameter FACTOR_COLS = 2;
  parameter FRAMES = 6;

  localparam OUT_COLS = COLS * FACTOR_COLS;
  localparam STEPS = FACTOR_ROWS * OUT_COLS * CHUNKS;  // of a row of the input

  reg              clk = 1'b0;
  reg              rst = 1'b1;
  wire [WIDTH-1:0] x_data;
  reg              x_valid = 1'b0;
  wire             x_ready;
  wire             y_room;
  wire             y_reserve;
  wire             y_valid;
  wire [WIDTH-1:0] y_data;

  nn_upsample #(
    .WIDTH(WIDTH),
    .CHUNKS(CHUNKS),
    .COLS(COLS),
    .FACTOR_ROWS(FACTOR_ROWS),
    .FACTOR_COLS(FACTOR_COLS)
  ) dut (
    .clk(clk),
    .rst(rst),
    .x_data(x_data),
    .x_valid(x_valid),
    .x_ready(x_ready),
    .y_room(y_room),
    .y_reserve(y_reserve),
    .y_valid(y_valid),
    .y_data(y_data)
  );

  always #5 clk = !clk;

  // A beat is a hash of its number, so that order is checked too.
  function [WIDTH-1:0] value(input integer number);
    value = number * 40503 + (number >> 3);
  endfunction

  function takes(input integer number);
    takes = number / CHUNKS / OUT_COLS % FACTOR_ROWS == 0 && number / CHUNKS % FACTOR_COLS == 0;
  endfunction

  function emits(input integer number);
    emits = 1'b1;
  endfunction

  function [WIDTH-1:0] expected(input integer number);
    integer y, x;
    begin
      y = number / STEPS;
      x = number / CHUNKS % OUT_COLS / FACTOR_COLS;
      expected = value((y * COLS + x) * CHUNKS + number % CHUNKS);
    end
  endfunction

  integer seed = 1;
  integer stall = 0;                   // 1: random gaps and stalls; else full rate
  integer cycle = 0;
  integer step = 0;                    // the next step, of all frames
  integer taken = 0;
  integer emitted = 0;                 // into the FIFO
  integer left = 0;                    // beats that have left it
  integer places = 1;
  reg     happens;
  integer reserved = 0;
  reg     valid_next = 1'b0;

  assign x_data = x_valid ? value(taken) : {WIDTH{1'bx}};
  assign y_room = stall == 0 || reserved - left < places;

  task fail(input [8*40-1:0] what);
    begin
      $display("FAIL cycle %0d: %0s: step %0d: expected %h, got %h", cycle, what, step,
               expected(emitted), y_data);
      $finish;
    end
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("stall=%d", stall)) begin end
    if (stall != 0) places = 1 + {$random(seed)} % 5;
    repeat (3) @(posedge clk);
    rst <= 1'b0;
    x_valid <= stall == 0;
  end

  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (cycle > 40 * FRAMES * STEPS + 1000) begin
      fail("no progress");
    end else if (!rst) begin
      happens = (!takes(step) || x_valid) && (!emits(step) || y_room);
      if (x_ready !== (takes(step) && (!emits(step) || y_room))) fail("ready in the wrong cycle");
      if (y_reserve !== (happens && emits(step))) fail("reserves in the wrong cycle");
      if (y_valid !== valid_next) fail("valid in the wrong cycle");
      if (y_valid) begin
        if (y_data !== expected(emitted)) fail("wrong beat");
        emitted = emitted + 1;
      end
      valid_next <= happens && emits(step);
      if (step == FRAMES * STEPS) begin
        $display("PASS %0d beats", emitted);
        $finish;
      end
      if (emitted > left && (stall == 0 || ((cycle >> 6) % 2 ? $random(seed) % 8 == 0
                                                             : $random(seed) % 3 != 0)))
        left <= left + 1;
      if (happens) begin
        step  <= step + 1;
        taken <= taken + takes(step);
        reserved <= reserved + emits(step);
      end
      if (!x_valid || happens && takes(step)) x_valid <= stall == 0 || $random(seed) % 3 != 0;
    end
  end

endmodule

`default_nettype wire
