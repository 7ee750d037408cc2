// nn_pad_tb.v - the image with zeros around it.
// Every take and every y_valid is checked in its cycle, at full rate and with stalls.
`default_nettype none

module nn_pad_tb;

  parameter WIDTH = 8;
  parameter CHUNKS = 1;
  parameter ROWS = 3;
  parameter COLS = 3;
  parameter TOP = 1;
  parameter LEFT = 1;
  parameter OUT_ROWS = 5;
  parameter OUT_COLS = 5;
  parameter FRAMES = 6;

  localparam STEPS = OUT_ROWS * OUT_COLS * CHUNKS;

  reg              clk = 1'b0;
  reg              rst = 1'b1;
  wire [WIDTH-1:0] x_data;
  reg              x_valid = 1'b0;
  wire             x_ready;
  wire             y_room;
  wire             y_valid;
  wire [WIDTH-1:0] y_data;

  nn_pad #(
    .WIDTH(WIDTH),
    .CHUNKS(CHUNKS),
    .ROWS(ROWS),
    .COLS(COLS),
    .TOP(TOP),
    .LEFT(LEFT),
    .OUT_ROWS(OUT_ROWS),
    .OUT_COLS(OUT_COLS)
  ) dut (
    .clk(clk),
    .rst(rst),
    .x_data(x_data),
    .x_valid(x_valid),
    .x_ready(x_ready),
    .y_room(y_room),
    .y_valid(y_valid),
    .y_data(y_data)
  );

  always #5 clk = !clk;

  // A beat is a hash of its number, so that order is checked too.
  function [WIDTH-1:0] value(input integer number);
    value = number * 40503 + (number >> 3);
  endfunction

  function takes(input integer number);
    integer y, x;
    begin
      y = number % STEPS / CHUNKS / OUT_COLS;
      x = number / CHUNKS % OUT_COLS;
      takes = y >= TOP && y - TOP < ROWS && x >= LEFT && x - LEFT < COLS;
    end
  endfunction

  function needs(input integer number);
    needs = takes(number) || number % STEPS < (TOP * OUT_COLS + LEFT) * CHUNKS;
  endfunction

  function emits(input integer number);
    emits = 1'b1;
  endfunction

  function [WIDTH-1:0] expected(input integer number);
    integer y, x;
    begin
      y = number % STEPS / CHUNKS / OUT_COLS - TOP;
      x = number / CHUNKS % OUT_COLS - LEFT;
      expected = takes(number) ? value(((number / STEPS * ROWS + y) * COLS + x) * CHUNKS + number % CHUNKS)
                               : {WIDTH{1'b0}};
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

  assign x_data = x_valid ? value(taken) : {WIDTH{1'bx}};
  assign y_room = stall == 0 || emitted - left < places;

  task fail(input [8*40-1:0] what);
    begin
      $display("FAIL cycle %0d: %0s: step %0d: expected %h, got %h", cycle, what, step,
               expected(step), y_data);
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
      happens = (!needs(step) || x_valid) && (!emits(step) || y_room);
      if (x_ready !== (takes(step) && (!emits(step) || y_room))) fail("ready in the wrong cycle");
      if (y_valid !== (happens && emits(step))) fail("valid in the wrong cycle");
      if (y_valid && y_data !== expected(step)) fail("wrong beat");
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
        emitted <= emitted + emits(step);
      end
      if (!x_valid || happens && takes(step)) x_valid <= stall == 0 || $random(seed) % 3 != 0;
    end
  end

endmodule

`default_nettype wire
