// @TOP@_tb.v - self-checking bench of @TOP@, the bare pipeline.
//
// Sends the frames of tb/vectors/stimulus.hex, one in each cycle, and compares every result with
// tb/vectors/expected.hex. No result may follow the last. The last line is PASS or FAIL.
//
//   iverilog -o sim -f @TOP@.f tb/@TOP@_tb.v && vvp sim
//
// Options: +frames=N       only the first N frames of the files (-P@TOP@_tb.FRAMES=N: more)
//          +stall=1        random gaps between frames, +seed=N
//          +stimulus=FILE  +expected=FILE  +results=FILE: what came out, in the same form
`default_nettype none

module @TOP@_tb;

  parameter FRAMES = @FRAMES@;         // frames in the vector files
  localparam IN_WIDTH = @IN_WIDTH@;      // bits per frame
  localparam OUT_WIDTH = @OUT_WIDTH@;

  reg                  clk = 1'b0;
  reg                  rst = 1'b1;
  reg                  x_valid = 1'b0;
  reg  [IN_WIDTH-1:0]  x_data;
  wire                 y_valid;
  wire [OUT_WIDTH-1:0] y_data;

  @TOP@ dut (
@CLOCK_PORTS@    .x_valid (x_valid),
    .x_data  (x_data),
    .y_valid (y_valid),
    .y_data  (y_data)
  );

  always #5 clk = !clk;

  reg [IN_WIDTH-1:0]  stimulus [0:FRAMES-1];
  reg [OUT_WIDTH-1:0] expected [0:FRAMES-1];
  reg [8*1024-1:0] stimulus_file;
  reg [8*1024-1:0] expected_file;
  reg [8*1024-1:0] results_file;
  integer results = 0;

  integer frames;
  integer stall;
  integer seed;
  integer given_seed;

  integer cycle = 0;
  integer patience;                    // cycles without progress before giving up
  integer quiet;                       // cycles to wait for what must not follow
  integer sent = 0;
  integer received = 0;
  integer idle = 0;                    // cycles since the last frame or result
  integer first_in = 0;                // cycle of the first frame
  integer first_out = 0;               // cycle of the first result
  integer last_out = 0;                // cycle of the last result
  reg     finished = 1'b0;

  initial begin
    if (!$value$plusargs("frames=%d", frames)) frames = FRAMES;
    if (!$value$plusargs("stall=%d", stall)) stall = 0;
    if (!$value$plusargs("seed=%d", given_seed)) given_seed = 1;
    if (!$value$plusargs("stimulus=%s", stimulus_file)) stimulus_file = "tb/vectors/stimulus.hex";
    if (!$value$plusargs("expected=%s", expected_file)) expected_file = "tb/vectors/expected.hex";
    if ($value$plusargs("results=%s", results_file)) results = $fopen(results_file, "w");
    seed = given_seed;
    quiet = 2 * @LATENCY@ + 64;
    patience = 16 * quiet;
    $readmemh(stimulus_file, stimulus);
    $readmemh(expected_file, expected);
    if (frames < 1 || frames > FRAMES) begin
      $display("FAIL: frames=%0d, but this bench holds 1 to %0d", frames, FRAMES);
      finished = 1'b1;
      $finish;
    end else if (^stimulus[frames-1] === 1'bx || ^expected[frames-1] === 1'bx) begin
      $display("FAIL: the vector files hold fewer than %0d frames", frames);
      finished = 1'b1;
      $finish;
    end
    // Long enough to clear the valid bit of every stage.
    repeat (@LATENCY@ + 4) @(posedge clk);
    rst <= 1'b0;
  end

  task fail(input [8*40-1:0] what);
    if (!finished) begin
      finished = 1'b1;
      $display("repeat with: vvp sim +frames=%0d +stall=%0d +seed=%0d", frames, stall, given_seed);
      $display("FAIL frame %0d cycle %0d: %0s: expected %h, got %h", received, cycle, what,
               expected[received % FRAMES], y_data);
      $finish;
    end
  endtask

  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (!rst && !finished) begin
      idle <= idle + 1;

      // Results.
      if (x_valid) begin
        if (sent == 0) first_in = cycle;
        sent = sent + 1;
        idle <= 0;
      end
      if (y_valid === 1'bx) fail("unknown valid");
      if (y_valid) begin
        if (received == frames) fail("one result too many");
        if (y_data !== expected[received]) fail("wrong data");
        if (results != 0) $fdisplay(results, "%h", y_data);
        received = received + 1;
        if (received == 1) first_out = cycle;
        if (received == frames) last_out = cycle;
        idle <= 0;
      end

      // Frames.
      if (sent < frames && (stall == 0 || $random(seed) % 3 != 0)) begin
        x_valid <= 1'b1;
        x_data  <= stimulus[sent];
      end else begin
        x_valid <= 1'b0;
        x_data  <= {IN_WIDTH{1'bx}};
      end

      // The end: all results are here, and nothing follows.
      if (idle > patience) fail("no progress");
      if (received == frames && idle > quiet && !finished) begin
        finished = 1'b1;
        $display("latency %0d cycles, interval %0d cycles", first_out - first_in,
                 frames > 1 ? (last_out - first_out) / (frames - 1) : 0);
        $display("PASS %0d frames", frames);
        $finish;
      end
    end
  end

endmodule

`default_nettype wire
