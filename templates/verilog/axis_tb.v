// @TOP@_tb.v - self-checking bench of @TOP@, AXI4-Stream.
//
// Sends the beats of tb/vectors/stimulus.hex and compares every beat that comes out, and its tlast,
// with tb/vectors/expected.hex. A stalled beat must stay as it is, and no beat may follow the last.
// The last line is PASS or FAIL.
//
//   iverilog -o sim -f @TOP@.f tb/@TOP@_tb.v && vvp sim
//
// Options: +frames=N       only the first N frames of the files (-P@TOP@_tb.FRAMES=N: more)
//          +stall=1        random gaps and stalls on both sides, +seed=N
//          +stimulus=FILE  +expected=FILE  +results=FILE: what came out, in the same form
`default_nettype none

module @TOP@_tb;

  parameter FRAMES = @FRAMES@;         // frames in the vector files
  localparam IN_BEATS = @IN_BEATS@;       // beats per frame
  localparam IN_WIDTH = @IN_WIDTH@;      // bits per beat
  localparam OUT_BEATS = @OUT_BEATS@;
  localparam OUT_WIDTH = @OUT_WIDTH@;
  // Predicted, counted from the first beat in, when nobody stalls: checked when TIMED.
  localparam TIMED = @TIMED@;
  localparam LATENCY = @LATENCY@;          // the last beat of the first result
  localparam SETTLED_FRAME = @SETTLED_FRAME@;    // from this frame on
  localparam SETTLED_CYCLE = @SETTLED_CYCLE@;    // whose result ends here, results come
  localparam INTERVAL = @INTERVAL@;         // at this distance

  reg                  aclk = 1'b0;
  reg                  aresetn = 1'b0;
  reg  [IN_WIDTH-1:0]  s_axis_tdata;
  reg                  s_axis_tlast;
  reg                  s_axis_tvalid = 1'b0;
  wire                 s_axis_tready;
  wire [OUT_WIDTH-1:0] m_axis_tdata;
  wire                 m_axis_tlast;
  wire                 m_axis_tvalid;
  reg                  m_axis_tready = 1'b0;

  @TOP@ dut (
    .aclk          (aclk),
    .aresetn       (aresetn),
    .s_axis_tdata  (s_axis_tdata),
    .s_axis_tlast  (s_axis_tlast),
    .s_axis_tvalid (s_axis_tvalid),
    .s_axis_tready (s_axis_tready),
    .m_axis_tdata  (m_axis_tdata),
    .m_axis_tlast  (m_axis_tlast),
    .m_axis_tvalid (m_axis_tvalid),
    .m_axis_tready (m_axis_tready)@MORE_PORTS@
  );

  always #5 aclk = !aclk;

  reg [IN_WIDTH-1:0]  stimulus [0:FRAMES*IN_BEATS-1];
  reg [OUT_WIDTH-1:0] expected [0:FRAMES*OUT_BEATS-1];
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
  integer sent = 0;                    // beats accepted
  integer received = 0;                // beats compared
  integer idle = 0;                    // cycles since the last beat moved
  integer first_in = 0;                // cycle of the first beat in
  integer first_out = 0;               // cycle of the last beat of the first result
  integer last_out = 0;                // cycle of the last beat of the last result
  reg     finished = 1'b0;
  reg                 held = 1'b0;     // a beat was refused in the last cycle
  reg [OUT_WIDTH-1:0] held_data;
  reg                 held_last;
@WEIGHTS@
  initial begin
    if (!$value$plusargs("frames=%d", frames)) frames = FRAMES;
    if (!$value$plusargs("stall=%d", stall)) stall = 0;
    if (!$value$plusargs("seed=%d", given_seed)) given_seed = 1;
    if (!$value$plusargs("stimulus=%s", stimulus_file)) stimulus_file = "tb/vectors/stimulus.hex";
    if (!$value$plusargs("expected=%s", expected_file)) expected_file = "tb/vectors/expected.hex";
    if ($value$plusargs("results=%s", results_file)) results = $fopen(results_file, "w");
    seed = given_seed;
    quiet = 2 * (LATENCY + IN_BEATS + OUT_BEATS) + 64;
    patience = 16 * quiet;
    $readmemh(stimulus_file, stimulus);
    $readmemh(expected_file, expected);
    if (frames < 1 || frames > FRAMES) begin
      $display("FAIL: frames=%0d, but this bench holds 1 to %0d", frames, FRAMES);
      finished = 1'b1;
      $finish;
    end else if (^stimulus[frames*IN_BEATS-1] === 1'bx || ^expected[frames*OUT_BEATS-1] === 1'bx)
    begin
      $display("FAIL: the vector files hold fewer than %0d frames", frames);
      finished = 1'b1;
      $finish;
    end
    repeat (4) @(posedge aclk);
    aresetn <= 1'b1;
  end

  task fail(input [8*40-1:0] what);
    if (!finished) begin
      finished = 1'b1;
      $display("repeat with: vvp sim +frames=%0d +stall=%0d +seed=%0d", frames, stall, given_seed);
      $display("FAIL frame %0d beat %0d cycle %0d: %0s: expected %h, got %h",
               received / OUT_BEATS, received % OUT_BEATS, cycle, what,
               expected[received % (FRAMES * OUT_BEATS)], m_axis_tdata);
      $finish;
    end
  endtask

  always @(posedge aclk) begin
    cycle <= cycle + 1;
    if (aresetn && !finished) begin
      idle <= idle + 1;

      // Results.
      if (m_axis_tvalid === 1'bx || s_axis_tready === 1'bx) fail("unknown valid or ready");
      if (held && (!m_axis_tvalid || m_axis_tdata !== held_data || m_axis_tlast !== held_last))
        fail("a stalled beat changed");
      held      <= m_axis_tvalid && !m_axis_tready;
      held_data <= m_axis_tdata;
      held_last <= m_axis_tlast;
      if (m_axis_tvalid && m_axis_tready) begin
        if (received == frames * OUT_BEATS) fail("one beat too many");
        if (m_axis_tdata !== expected[received]) fail("wrong data");
        if (m_axis_tlast !== (received % OUT_BEATS == OUT_BEATS - 1)) fail("wrong tlast");
        if (results != 0) $fdisplay(results, "%h", m_axis_tdata);
        received = received + 1;
        if (received == OUT_BEATS) first_out = cycle;
        if (received == frames * OUT_BEATS) last_out = cycle;
        idle <= 0;
      end
      // Long and short stalls, so that buffers run full and empty.
      m_axis_tready <= stall == 0
        || ((cycle >> 7) % 2 ? $random(seed) % 8 == 0 : $random(seed) % 3 != 0);

      // Frames.
      if (s_axis_tvalid && s_axis_tready) begin
        if (sent == 0) first_in = cycle;
        sent = sent + 1;
        idle <= 0;
      end
      if (!s_axis_tvalid || s_axis_tready) begin
        if (sent < frames * IN_BEATS && (stall == 0 || $random(seed) % 3 != 0)) begin
          s_axis_tvalid <= 1'b1;
          s_axis_tdata  <= stimulus[sent];
          s_axis_tlast  <= sent % IN_BEATS == IN_BEATS - 1;
        end else begin
          s_axis_tvalid <= 1'b0;
          s_axis_tdata  <= {IN_WIDTH{1'bx}};
          s_axis_tlast  <= 1'bx;
        end
      end

      // The end: all results are here, and nothing follows.
      if (idle > patience) fail("no progress");
      if (received == frames * OUT_BEATS && idle > quiet && !finished) begin
        if (TIMED != 0 && stall == 0) begin
          if (first_out - first_in != LATENCY) fail("latency is not as predicted");
          if (frames > SETTLED_FRAME && frames > 1 && last_out - first_in
              != SETTLED_CYCLE + (frames - 1 - SETTLED_FRAME) * INTERVAL)
            fail("interval is not as predicted");
        end@UNSENT@
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
