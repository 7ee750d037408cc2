// nn_window_tb.v - windows of an image against the definition of a window, step by step.
// The number of the step of every cycle is predicted by the rule in the module's header, so every
// take, reserve and y_valid is checked in its cycle, at full rate and with stalls.
`default_nettype none

module nn_window_tb;

  parameter ELEMENT = 5;
  parameter LANES = 2;
  parameter CHUNKS = 1;
  parameter PIXELS = 1;
  parameter ROWS = 5;
  parameter COLS = 5;
  parameter KERNEL_ROWS = 3;
  parameter KERNEL_COLS = 3;
  parameter STRIDE_ROWS = 1;
  parameter STRIDE_COLS = 1;
  parameter DILATION_ROWS = 1;
  parameter DILATION_COLS = 1;
  parameter PAD_TOP = 1;
  parameter PAD_LEFT = 1;
  parameter OUT_ROWS = 5;
  parameter OUT_COLS = 5;
  parameter PAD_MINIMUM = 0;
  parameter FRAMES = 4;

  localparam BEAT = LANES * ELEMENT;
  localparam WINDOWS = PIXELS > 1 ? PIXELS / STRIDE_COLS : 1;
  localparam TAPS = KERNEL_ROWS * KERNEL_COLS;
  localparam WIDTH = WINDOWS * TAPS * BEAT;
  localparam INPUTS = ROWS * COLS / PIXELS * CHUNKS;
  localparam OUTPUTS = OUT_ROWS * OUT_COLS / WINDOWS * CHUNKS;

  reg                    clk = 1'b0;
  reg                    rst = 1'b1;
  wire [PIXELS*BEAT-1:0] x_data;
  reg                    x_valid = 1'b0;
  wire                   x_ready;
  wire                   y_room;
  wire                   y_reserve;
  wire                   y_valid;
  wire [WIDTH-1:0]       y_data;

  nn_window #(
    .ELEMENT(ELEMENT), .LANES(LANES), .CHUNKS(CHUNKS), .PIXELS(PIXELS), .ROWS(ROWS), .COLS(COLS),
    .KERNEL_ROWS(KERNEL_ROWS), .KERNEL_COLS(KERNEL_COLS),
    .STRIDE_ROWS(STRIDE_ROWS), .STRIDE_COLS(STRIDE_COLS),
    .DILATION_ROWS(DILATION_ROWS), .DILATION_COLS(DILATION_COLS),
    .PAD_TOP(PAD_TOP), .PAD_LEFT(PAD_LEFT), .OUT_ROWS(OUT_ROWS), .OUT_COLS(OUT_COLS),
    .PAD_MINIMUM(PAD_MINIMUM)
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

  // What the image holds is a hash of the place; outside of it is padding.
  function [BEAT-1:0] pixel(input integer frame, input integer y, input integer x, input integer g);
    integer hash;
    if (y < 0 || y >= ROWS || x < 0 || x >= COLS) begin
      pixel = {LANES{PAD_MINIMUM != 0, {ELEMENT-1{1'b0}}}};
    end else begin
      hash  = (((frame * ROWS + y) * COLS + x) * CHUNKS + g + 1) * 32'h9e3779b1;
      pixel = {hash ^ (hash >>> 15), hash ^ (hash >>> 9)};
    end
  endfunction

  function [PIXELS*BEAT-1:0] beat(input integer number);
    integer p, place;
    for (p = 0; p < PIXELS; p = p + 1) begin
      place = number % INPUTS / CHUNKS * PIXELS + p;
      beat[p*BEAT +: BEAT] = pixel(number / INPUTS, place / COLS, place % COLS, number % CHUNKS);
    end
  endfunction

  function [WIDTH-1:0] windows(input integer number);
    integer place, oy, ox, p, ky, kx;
    begin
      place = number % OUTPUTS / CHUNKS * WINDOWS;
      oy = place / OUT_COLS;
      ox = place % OUT_COLS;
      for (p = 0; p < WINDOWS; p = p + 1)
        for (ky = 0; ky < KERNEL_ROWS; ky = ky + 1)
          for (kx = 0; kx < KERNEL_COLS; kx = kx + 1)
            windows[(p * TAPS + ky * KERNEL_COLS + kx) * BEAT +: BEAT] =
              pixel(number / OUTPUTS, oy * STRIDE_ROWS - PAD_TOP + ky * DILATION_ROWS,
                    (ox + p) * STRIDE_COLS - PAD_LEFT + kx * DILATION_COLS, number % CHUNKS);
    end
  endfunction

  // The step at which window `number` of a frame is complete: its last tap has arrived, inside of
  // the image or not. A column that is further right counts on in the next row.
  function integer complete(input integer number);
    integer place, y, x;
    begin
      place = number / CHUNKS * WINDOWS;
      y = place / OUT_COLS * STRIDE_ROWS - PAD_TOP + (KERNEL_ROWS - 1) * DILATION_ROWS;
      x = (place % OUT_COLS + WINDOWS - 1) * STRIDE_COLS - PAD_LEFT
          + (KERNEL_COLS - 1) * DILATION_COLS;
      complete = (y * (COLS / PIXELS) + x / PIXELS) * CHUNKS + number % CHUNKS;
    end
  endfunction

  integer seed = 1;
  integer stall = 0;                   // 1: random gaps and stalls; else full rate
  integer cycle = 0;
  integer steps;                       // of a frame
  integer step = 0;                    // the next step of this frame
  integer taken = 0;
  integer reserved = 0;                // windows
  integer received = 0;
  integer left = 0;                    // windows that have left the FIFO
  integer places = 1;
  reg     needs, reserves, happens;
  reg     valid_next = 1'b0;

  assign x_data = x_valid ? beat(taken) : {PIXELS*BEAT{1'bx}};
  assign y_room = stall == 0 || reserved - left < places;

  task fail(input [8*40-1:0] what);
    begin
      $display("FAIL cycle %0d: %0s: step %0d, window %0d: expected %h, got %h", cycle, what, step,
               received, windows(received), y_data);
      $finish;
    end
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("stall=%d", stall)) begin end
    if (stall != 0) places = 1 + {$random(seed)} % 5;
    steps = complete(OUTPUTS - 1) + 1;
    if (steps < INPUTS) steps = INPUTS;
    repeat (3) @(posedge clk);
    rst <= 1'b0;
    x_valid <= stall == 0;
  end

  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (cycle > 40 * FRAMES * steps + 1000) begin
      fail("no progress");
    end else if (rst) begin
      if (cycle > 0 && y_valid !== 1'b0) fail("valid in reset");
    end else begin
      needs    = step < INPUTS;
      reserves = step == complete(reserved % OUTPUTS);
      happens  = (!needs || x_valid) && (!reserves || y_room);
      if ((x_valid && x_ready) !== (happens && needs)) fail("takes in the wrong cycle");
      if (x_ready !== (needs && (!reserves || y_room))) fail("ready depends on valid");
      if (y_reserve !== (happens && reserves)) fail("reserves in the wrong cycle");
      if (y_valid !== valid_next) fail("valid in the wrong cycle");
      if (y_valid) begin
        if (y_data !== windows(received)) fail("wrong window");
        received = received + 1;
      end
      // The last frame runs to its end, and one beat of the next is taken.
      if (received >= FRAMES * OUTPUTS && taken > FRAMES * INPUTS) begin
        $display("PASS %0d windows", received);
        $finish;
      end

      valid_next <= happens && reserves;
      if (received > left && (stall == 0 || ((cycle >> 6) % 2 ? $random(seed) % 8 == 0
                                                              : $random(seed) % 3 != 0)))
        left <= left + 1;
      if (happens) begin
        taken    <= taken + needs;
        reserved <= reserved + reserves;
        step     <= step == steps - 1 ? 0 : step + 1;
      end
      if (!x_valid || happens && needs) x_valid <= stall == 0 || $random(seed) % 3 != 0;
    end
  end

endmodule

`default_nettype wire
