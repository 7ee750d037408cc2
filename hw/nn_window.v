// nn_window.v - sliding window over an image: line buffers, with padding by masks.
// Takes the image as a stream, row-major, each pixel's channels in CHUNKS beats of LANES elements.
// The window of output position (oy, ox), chunk g, is KERNEL_ROWS * KERNEL_COLS taps of LANES
// elements, tap (0, 0) in the lowest bits, then kx fastest. Tap (ky, kx) is chunk g of pixel
//
//     (oy*STRIDE_ROWS - PAD_TOP + ky*DILATION_ROWS, ox*STRIDE_COLS - PAD_LEFT + kx*DILATION_COLS)
//
// and padding where that is outside of the image. Windows are emitted in the order oy, ox, g.
//
// Steps. The window of (oy, ox, g) is complete at step
//
//     n = ((oy*STRIDE_ROWS - PAD_TOP + (KERNEL_ROWS-1)*DILATION_ROWS) * COLS
//          + ox*STRIDE_COLS - PAD_LEFT + (KERNEL_COLS-1)*DILATION_COLS) * CHUNKS + g
//
// A frame has S = max(ROWS*COLS*CHUNKS, 1 + the largest n) steps. Step i takes a beat where
// i < ROWS*COLS*CHUNKS, else it needs none, and reserves and emits where i is the n of a window.
// The step after S - 1 is step 0 of the next frame. Latency L = 1, interval 1 step.
//
// PIXELS > 1: a beat holds PIXELS pixels of a row side by side (pixel 0 lowest) and an output beat
// WINDOWS = PIXELS / STRIDE_COLS windows side by side (the first lowest). With COLS and ox counted
// in these beats (COLS/PIXELS in a row, OUT_COLS/WINDOWS windows), n is the same, its column being
// ox + floor((PIXELS - STRIDE_COLS - PAD_LEFT + (KERNEL_COLS-1)*DILATION_COLS) / PIXELS).
//
// Structure: one delay line of the stream with a tap register per tap (and per column between the
// taps where PIXELS > 1). Rows are apart by one memory as wide as KERNEL_ROWS - 1 beats, columns by
// registers where neighbours are one step apart, else by one memory. The stream never waits for
// padding inside of the image: taps that are outside are masked behind their registers.
//
// Required: every n is at least 0, and n increases from window to window;
// PAD_TOP <= (KERNEL_ROWS-1)*DILATION_ROWS, PAD_LEFT <= (KERNEL_COLS-1)*DILATION_COLS; with
// PIXELS > 1, PIXELS divides COLS, STRIDE_COLS divides PIXELS, and WINDOWS divides OUT_COLS.
// Cuts data and valid. Does not cut ready: x_ready and y_reserve depend on y_room, y_reserve on
// x_valid.
`default_nettype none

module nn_window #(
  parameter ELEMENT       = 8,        // bits of an element
  parameter LANES         = 1,        // elements of a pixel in a beat
  parameter CHUNKS        = 1,        // beats of a pixel
  parameter PIXELS        = 1,        // pixels in a beat
  parameter ROWS          = 4,        // of the image; 1 for a 1-D input
  parameter COLS          = 4,
  parameter KERNEL_ROWS   = 3,
  parameter KERNEL_COLS   = 3,
  parameter STRIDE_ROWS   = 1,
  parameter STRIDE_COLS   = 1,
  parameter DILATION_ROWS = 1,
  parameter DILATION_COLS = 1,
  parameter PAD_TOP       = 1,
  parameter PAD_LEFT      = 1,
  parameter OUT_ROWS      = 4,        // the padding at the bottom and on the right follows
  parameter OUT_COLS      = 4,
  parameter PAD_MINIMUM   = 0,        // padding is 0: zero, 1: the least signed number
  // Follow from the others.
  parameter WINDOWS       = PIXELS > 1 ? PIXELS / STRIDE_COLS : 1,
  parameter WINDOW_WIDTH  = KERNEL_ROWS * KERNEL_COLS * LANES * ELEMENT
) (
  input  wire                            clk,
  input  wire                            rst,        // synchronous, active high
  input  wire [PIXELS*LANES*ELEMENT-1:0] x_data,
  input  wire                            x_valid,
  output wire                            x_ready,
  input  wire                            y_room,
  output wire                            y_reserve,
  output reg                             y_valid,
  output wire [WINDOWS*WINDOW_WIDTH-1:0] y_data
);

  localparam BEAT = LANES * ELEMENT;  // bits of a tap
  localparam WORD = PIXELS * BEAT;    // bits of an input beat

  // A row in words, and how far one group of WINDOWS windows is from the next.
  localparam ROW_WORDS   = COLS / PIXELS;
  localparam WORD_STRIDE = PIXELS > 1 ? 1 : STRIDE_COLS;
  localparam GROUPS      = OUT_COLS / WINDOWS;

  // The words of a group in a row of the kernel: from BEFORE in front of the group's own to NEWEST
  // behind it, one word in every SPACING.
  localparam SPACING = PIXELS > 1 ? 1 : DILATION_COLS;
  localparam LAST_PIXEL = (WINDOWS-1)*STRIDE_COLS - PAD_LEFT + (KERNEL_COLS-1)*DILATION_COLS;
  localparam NEWEST = LAST_PIXEL / PIXELS;
  localparam BEFORE = (PAD_LEFT + PIXELS - 1) / PIXELS;
  localparam WORDS  = (BEFORE + NEWEST) / SPACING + 1;

  // Steps.
  localparam INPUTS     = ROWS * ROW_WORDS * CHUNKS;
  localparam FIRST_ROW  = (KERNEL_ROWS-1)*DILATION_ROWS - PAD_TOP;
  localparam FIRST_STEP = (FIRST_ROW*ROW_WORDS + NEWEST) * CHUNKS;
  localparam LAST_STEP  = (((OUT_ROWS-1)*STRIDE_ROWS + FIRST_ROW) * ROW_WORDS
                           + (GROUPS-1)*WORD_STRIDE + NEWEST) * CHUNKS + CHUNKS - 1;
  localparam STEPS      = LAST_STEP >= INPUTS ? LAST_STEP + 1 : INPUTS;

  // Steps between one window and the next that emit nothing: to the next group, row, frame.
  localparam GROUP_GAP = (WORD_STRIDE - 1) * CHUNKS;
  localparam ROW_GAP   = (STRIDE_ROWS*ROW_WORDS - (GROUPS-1)*WORD_STRIDE - 1) * CHUNKS;
  localparam FRAME_GAP = STEPS - 1 - LAST_STEP + FIRST_STEP;

  // The largest that is used, as FRAME_GAP >= FIRST_STEP.
  localparam GROUP_MOST = GROUPS > 1 ? GROUP_GAP : 0;
  localparam ROW_MOST   = OUT_ROWS > 1 && ROW_GAP > GROUP_MOST ? ROW_GAP : GROUP_MOST;
  localparam MOST       = FRAME_GAP > ROW_MOST ? FRAME_GAP : ROW_MOST;

  // `gap` counts down to -1; its sign says that this step emits.
  localparam GAP_WIDTH = MOST > 0 ? $clog2(MOST) + 1 : 1;
  localparam [31:0] AFTER_RESET = FIRST_STEP - 1;
  localparam [31:0] AFTER_CHUNK = -1;
  localparam [31:0] AFTER_GROUP = GROUP_GAP - 1;
  localparam [31:0] AFTER_ROW   = ROW_GAP - 1;
  localparam [31:0] AFTER_FRAME = FRAME_GAP - 1;

  localparam ROW_WIDTH   = OUT_ROWS > 1 ? $clog2(OUT_ROWS) : 1;
  localparam GROUP_WIDTH = GROUPS > 1 ? $clog2(GROUPS) : 1;
  localparam CHUNK_WIDTH = CHUNKS > 1 ? $clog2(CHUNKS) : 1;
  localparam [31:0] LAST_ROW   = OUT_ROWS - 1;
  localparam [31:0] LAST_GROUP = GROUPS - 1;
  localparam [31:0] LAST_CHUNK = CHUNKS - 1;

  // MARK: Control

  reg [GAP_WIDTH-1:0]   gap;
  reg [ROW_WIDTH-1:0]   row;          // of the next window that is emitted
  reg [GROUP_WIDTH-1:0] group;
  reg [CHUNK_WIDTH-1:0] chunk;

  wire flushing;                      // all beats of the frame were taken
  wire emits      = gap[GAP_WIDTH-1];
  wire may_step   = !emits || y_room;
  wire step       = may_step && (flushing || x_valid);
  wire last_chunk = chunk == LAST_CHUNK[CHUNK_WIDTH-1:0];
  wire last_group = group == LAST_GROUP[GROUP_WIDTH-1:0];
  wire last_row   = row == LAST_ROW[ROW_WIDTH-1:0];

  assign x_ready   = may_step && !flushing;
  assign y_reserve = step && emits;

  always @(posedge clk) begin
    y_valid <= y_reserve;
    if (step) gap <= gap - 1'b1;
    if (y_reserve) begin
      chunk <= last_chunk ? {CHUNK_WIDTH{1'b0}} : chunk + 1'b1;
      gap   <= AFTER_CHUNK[GAP_WIDTH-1:0];
      if (last_chunk) begin
        group <= last_group ? {GROUP_WIDTH{1'b0}} : group + 1'b1;
        gap   <= AFTER_GROUP[GAP_WIDTH-1:0];
        if (last_group) begin
          row <= last_row ? {ROW_WIDTH{1'b0}} : row + 1'b1;
          gap <= last_row ? AFTER_FRAME[GAP_WIDTH-1:0] : AFTER_ROW[GAP_WIDTH-1:0];
        end
      end
    end
    if (rst) begin
      y_valid <= 1'b0;
      chunk   <= {CHUNK_WIDTH{1'b0}};
      group   <= {GROUP_WIDTH{1'b0}};
      row     <= {ROW_WIDTH{1'b0}};
      gap     <= AFTER_RESET[GAP_WIDTH-1:0];
    end
  end

`ifdef FORMAL
  reg        started = 1'b0;
  reg [31:0] number;                  // of the step in its frame
`endif

  generate
    if (STEPS > INPUTS) begin : gen_flush
      // Beats of the frame still to take, less one; the last window ends the flush.
      localparam COUNT_WIDTH = $clog2(INPUTS) + 1;
      localparam [31:0] ALL = INPUTS - 1;
      reg [COUNT_WIDTH-1:0] count;
      assign flushing = count[COUNT_WIDTH-1];
      always @(posedge clk) begin
        if (x_valid && x_ready) count <= count - 1'b1;
        if (y_reserve && last_chunk && last_group && last_row) count <= ALL[COUNT_WIDTH-1:0];
        if (rst) count <= ALL[COUNT_WIDTH-1:0];
      end
`ifdef FORMAL
      always @(posedge clk)
        if (started)
          assert (count == ((number < INPUTS ? INPUTS - 1 - number : -1) & {COUNT_WIDTH{1'b1}}));
`endif
    end else begin : gen_no_flush
      assign flushing = 1'b0;
    end
  endgenerate

  // MARK: Delay line

  // Word w of row ky, oldest first. The newest of all is the last beat.
  wire [KERNEL_ROWS*WORDS*WORD-1:0] words;
  reg  [WORD-1:0]                   newest;

  assign words[KERNEL_ROWS*WORDS*WORD-1 -: WORD] = newest;
  always @(posedge clk) if (step) newest <= x_data;
  wire unused = &words;               // with PIXELS > 1, a pixel may be in no tap

  genvar ky, kx, w;
  generate
    if (WORDS > 1) begin : gen_columns
      wire [KERNEL_ROWS*(WORDS-1)*WORD-1:0] newer, older;
      for (ky = 0; ky < KERNEL_ROWS; ky = ky + 1) begin : gen_row
        assign newer[ky*(WORDS-1)*WORD +: (WORDS-1)*WORD] = words[(ky*WORDS+1)*WORD +: (WORDS-1)*WORD];
        assign words[ky*WORDS*WORD +: (WORDS-1)*WORD] = older[ky*(WORDS-1)*WORD +: (WORDS-1)*WORD];
      end
      nn_step_delay #(
        .WIDTH(KERNEL_ROWS*(WORDS-1)*WORD),
        .STEPS(SPACING*CHUNKS)
      ) columns (.clk(clk), .rst(rst), .step(step), .in(newer), .out(older));
    end

    if (KERNEL_ROWS > 1) begin : gen_rows
      // The memory starts behind a row's oldest word where a kernel is narrower than the rows it
      // spans, else behind its newest.
      localparam ROW_STEPS = DILATION_ROWS*ROW_WORDS*CHUNKS;
      localparam TAP_STEPS = (WORDS-1)*SPACING*CHUNKS;
      localparam FROM      = TAP_STEPS < ROW_STEPS ? 0 : WORDS - 1;
      wire [(KERNEL_ROWS-1)*WORD-1:0] lower, upper;
      for (ky = 0; ky < KERNEL_ROWS-1; ky = ky + 1) begin : gen_row
        assign lower[ky*WORD +: WORD] = words[((ky+1)*WORDS+FROM)*WORD +: WORD];
        assign words[(ky*WORDS+WORDS-1)*WORD +: WORD] = upper[ky*WORD +: WORD];
      end
      nn_step_delay #(
        .WIDTH((KERNEL_ROWS-1)*WORD),
        .STEPS(FROM == 0 ? ROW_STEPS - TAP_STEPS : ROW_STEPS)
      ) rows (.clk(clk), .rst(rst), .step(step), .in(lower), .out(upper));
    end
  endgenerate

  // MARK: Padding

  // Whether rows and columns of the window in the registers are inside of the image.
  wire [KERNEL_ROWS-1:0]         row_valid;
  wire [WINDOWS*KERNEL_COLS-1:0] col_valid;

  localparam [31:0] MINIMUM = PAD_MINIMUM << (ELEMENT - 1);

  generate
    for (ky = 0; ky < KERNEL_ROWS; ky = ky + 1) begin : gen_row_valid
      nn_window_range #(
        .COUNT(OUT_ROWS), .STRIDE(STRIDE_ROWS), .TAP(ky*DILATION_ROWS), .PAD(PAD_TOP), .SIZE(ROWS)
      ) tap (.clk(clk), .step(step), .index(row), .valid(row_valid[ky]));
    end

    for (w = 0; w < WINDOWS; w = w + 1) begin : gen_window
      for (kx = 0; kx < KERNEL_COLS; kx = kx + 1) begin : gen_col
        // The tap's pixel in words from the oldest, and its place in that word.
        localparam TAP   = w*STRIDE_COLS + kx*DILATION_COLS;
        localparam PIXEL = TAP - PAD_LEFT + BEFORE*PIXELS;
        localparam PLACE = PIXEL / PIXELS / SPACING * PIXELS + PIXEL % PIXELS;
        nn_window_range #(
          .COUNT(GROUPS), .STRIDE(WORD_STRIDE*PIXELS), .TAP(TAP), .PAD(PAD_LEFT), .SIZE(COLS)
        ) tap (.clk(clk), .step(step), .index(group), .valid(col_valid[w*KERNEL_COLS+kx]));

        for (ky = 0; ky < KERNEL_ROWS; ky = ky + 1) begin : gen_tap
          assign y_data[((w*KERNEL_ROWS+ky)*KERNEL_COLS+kx)*BEAT +: BEAT] =
            row_valid[ky] && col_valid[w*KERNEL_COLS+kx]
              ? words[ky*WORDS*WORD + PLACE*BEAT +: BEAT] : {LANES{MINIMUM[ELEMENT-1:0]}};
        end
      end
    end
  endgenerate

`ifdef FORMAL
  // Time and padding against the rule in the header. That values arrive is proved
  // in nn_step_delay; which tap they arrive at is checked by the bench.
  localparam [31:0] OUTPUTS = OUT_ROWS * GROUPS * CHUNKS;
  reg [31:0] emitted;                 // windows of this frame
  reg        is_complete;             // a window is complete at step `number`
  integer    i, y, x;

  function [31:0] complete(input [31:0] window);
    complete = ((window / CHUNKS / GROUPS * STRIDE_ROWS + FIRST_ROW) * ROW_WORDS
                + window / CHUNKS % GROUPS * WORD_STRIDE + NEWEST) * CHUNKS + window % CHUNKS;
  endfunction

  always @* begin
    is_complete = 1'b0;
    for (i = 0; i < OUTPUTS; i = i + 1) if (number == complete(i)) is_complete = 1'b1;
  end

  always @(posedge clk) begin
    started <= 1'b1;
    if (!started) assume (rst);
    if (rst) begin
      number  <= 0;
      emitted <= 0;
    end else if (step) begin
      number  <= number == STEPS - 1 ? 0 : number + 1;
      emitted <= number == STEPS - 1 ? 0 : emitted + is_complete;
    end

    if (started) begin
      assert (number < STEPS && emitted <= OUTPUTS);
      assert (row < OUT_ROWS && group < GROUPS && chunk < CHUNKS);
      assert ((row * GROUPS + group) * CHUNKS + chunk == emitted % OUTPUTS);
      for (i = 0; i < OUTPUTS; i = i + 1) assert ((i < emitted) == (complete(i) < number));
      assert (gap == ((complete(emitted % OUTPUTS) + (emitted == OUTPUTS ? STEPS : 0) - number - 1)
                      & {GAP_WIDTH{1'b1}}));
      assert (emits == is_complete);
      // Takes, reserves and waits by the rule.
      assert (x_ready == (number < INPUTS && (!is_complete || y_room)));
      assert (step == ((x_valid || number >= INPUTS) && (!is_complete || y_room)));
      assert (y_reserve == (step && is_complete));
    end
    if (started && !$past(started)) assert (number == 0 && emitted == 0 && !y_valid);
    if (started && $past(rst)) assert (!y_valid);
    if (started && $past(started) && !$past(rst)) begin
      assert (y_valid == $past(y_reserve));
      // When stepping stops, nothing moves.
      if (!$past(step)) assert ($stable(y_data));
    end
    if (started && y_valid) begin
      for (y = 0; y < KERNEL_ROWS; y = y + 1)
        assert (row_valid[y] == ($past(row) * STRIDE_ROWS + y * DILATION_ROWS >= PAD_TOP
                && $past(row) * STRIDE_ROWS + y * DILATION_ROWS < PAD_TOP + ROWS));
      for (i = 0; i < WINDOWS; i = i + 1)
        for (x = 0; x < KERNEL_COLS; x = x + 1)
          assert (col_valid[i*KERNEL_COLS+x]
                  == (($past(group) * WINDOWS + i) * STRIDE_COLS + x * DILATION_COLS >= PAD_LEFT
                      && ($past(group) * WINDOWS + i) * STRIDE_COLS + x * DILATION_COLS
                         < PAD_LEFT + COLS));
    end
  end

`endif

endmodule

`default_nettype wire
