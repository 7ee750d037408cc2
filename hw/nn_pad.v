// nn_pad.v - zeros around every frame: the reverse of nn_crop.
// A frame of ROWS * COLS pixels, row-major, of CHUNKS beats becomes one of OUT_ROWS * OUT_COLS, with
// its first pixel at row TOP, column LEFT, and zero where there is none.
// Steps: OUT_ROWS*OUT_COLS*CHUNKS of a frame; each emits a beat, and takes it where it is inside.
// Those in front of the first pixel need the beat, too: no frame begins before it is there, so what
// a frame takes does not depend on how long the module was idle before.
// Latency L = 0, interval 1 step.
// Required: TOP + ROWS <= OUT_ROWS, LEFT + COLS <= OUT_COLS.
// Cuts nothing: y_valid and y_data come from x, x_ready depends on y_room.
`default_nettype none

module nn_pad #(
  parameter WIDTH    = 8,             // bits of a beat
  parameter CHUNKS   = 1,             // beats of a pixel
  parameter ROWS     = 2,             // of what is taken
  parameter COLS     = 2,
  parameter TOP      = 1,
  parameter LEFT     = 1,
  parameter OUT_ROWS = 4,             // of what is emitted
  parameter OUT_COLS = 4
) (
  input  wire             clk,
  input  wire             rst,        // synchronous, active high
  input  wire [WIDTH-1:0] x_data,
  input  wire             x_valid,
  output wire             x_ready,
  input  wire             y_room,
  output wire             y_valid,
  output wire [WIDTH-1:0] y_data
);

  localparam CHUNK_WIDTH = CHUNKS > 1 ? $clog2(CHUNKS) : 1;
  localparam ROW_WIDTH   = $clog2(OUT_ROWS + 1);
  localparam COL_WIDTH   = $clog2(OUT_COLS + 1);
  localparam [31:0] LAST_CHUNK = CHUNKS - 1;

  // Rows and columns count from -TOP and -LEFT, so that what is taken is 0 ..< ROWS, 0 ..< COLS.
  localparam [31:0] FIRST_ROW  = -TOP;
  localparam [31:0] FIRST_COL  = -LEFT;
  localparam [31:0] LAST_ROW   = OUT_ROWS - 1 - TOP;
  localparam [31:0] LAST_COL   = OUT_COLS - 1 - LEFT;
  localparam [31:0] ROWS_TAKEN = ROWS;
  localparam [31:0] COLS_TAKEN = COLS;

  reg [CHUNK_WIDTH-1:0] chunk;
  reg [ROW_WIDTH-1:0]   row;
  reg [COL_WIDTH-1:0]   col;
  reg                   begun;        // a beat of this frame was taken

  wire takes      = row < ROWS_TAKEN[ROW_WIDTH-1:0] && col < COLS_TAKEN[COL_WIDTH-1:0];
  wire last_chunk = chunk == LAST_CHUNK[CHUNK_WIDTH-1:0];
  wire last_col   = col == LAST_COL[COL_WIDTH-1:0];
  wire last_row   = row == LAST_ROW[ROW_WIDTH-1:0];

  assign x_ready = takes && y_room;
  assign y_valid = (x_valid || (begun && !takes)) && y_room;
  assign y_data  = takes ? x_data : {WIDTH{1'b0}};

  always @(posedge clk) begin
    if (y_valid) begin
      begun <= (begun || takes) && !(last_chunk && last_col && last_row);
      chunk <= last_chunk ? {CHUNK_WIDTH{1'b0}} : chunk + 1'b1;
      if (last_chunk) begin
        col <= last_col ? FIRST_COL[COL_WIDTH-1:0] : col + 1'b1;
        if (last_col) row <= last_row ? FIRST_ROW[ROW_WIDTH-1:0] : row + 1'b1;
      end
    end
    if (rst) begin
      begun <= 1'b0;
      chunk <= {CHUNK_WIDTH{1'b0}};
      row   <= FIRST_ROW[ROW_WIDTH-1:0];
      col   <= FIRST_COL[COL_WIDTH-1:0];
    end
  end

`ifdef FORMAL
  reg        started = 1'b0;
  reg [31:0] number;                  // of the step in its frame
  wire [31:0] y = number / CHUNKS / OUT_COLS;
  wire [31:0] x = number / CHUNKS % OUT_COLS;
  wire started_frame = number > (TOP * OUT_COLS + LEFT) * CHUNKS;
  wire taken = y >= TOP && y < TOP + ROWS && x >= LEFT && x < LEFT + COLS;
  always @(posedge clk) begin
    started <= 1'b1;
    if (!started) assume (rst);
    if (rst) number <= 0;
    else if (y_valid) number <= number == OUT_ROWS * OUT_COLS * CHUNKS - 1 ? 0 : number + 1;
    if (started) begin
      assert (number < OUT_ROWS * OUT_COLS * CHUNKS);
      assert (chunk == number % CHUNKS);
      assert (row == ((y - TOP) & {ROW_WIDTH{1'b1}}) && col == ((x - LEFT) & {COL_WIDTH{1'b1}}));
      // Takes and emits by the rule.
      assert (x_ready == (taken && y_room));
      assert (begun == started_frame);
      assert (y_valid == ((x_valid || (started_frame && !taken)) && y_room));
      if (y_valid) assert (y_data == (taken ? x_data : 0));
    end
  end
`endif

endmodule

`default_nettype wire
