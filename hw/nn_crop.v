// nn_crop.v - keeps rows TOP ..< TOP + OUT_ROWS and columns LEFT ..< LEFT + OUT_COLS of every frame.
// A frame is ROWS * COLS pixels, row-major, of CHUNKS beats.
// Steps: ROWS*COLS*CHUNKS of a frame; each takes a beat, and emits it where its pixel is kept.
// Latency L = 0, interval 1 step.
// Required: TOP + OUT_ROWS <= ROWS, LEFT + OUT_COLS <= COLS.
// Cuts nothing: y_valid and y_data come from x, x_ready depends on y_room.
`default_nettype none

module nn_crop #(
  parameter WIDTH    = 8,             // bits of a beat
  parameter CHUNKS   = 1,             // beats of a pixel
  parameter ROWS     = 4,             // of what is taken
  parameter COLS     = 4,
  parameter TOP      = 1,
  parameter LEFT     = 1,
  parameter OUT_ROWS = 2,             // of what is kept
  parameter OUT_COLS = 2
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
  localparam ROW_WIDTH   = $clog2(ROWS + 1);
  localparam COL_WIDTH   = $clog2(COLS + 1);
  localparam [31:0] LAST_CHUNK = CHUNKS - 1;

  // Rows and columns count from -TOP and -LEFT, so that what is kept is 0 ..< OUT.
  localparam [31:0] FIRST_ROW = -TOP;
  localparam [31:0] FIRST_COL = -LEFT;
  localparam [31:0] LAST_ROW  = ROWS - 1 - TOP;
  localparam [31:0] LAST_COL  = COLS - 1 - LEFT;
  localparam [31:0] ROWS_KEPT = OUT_ROWS;
  localparam [31:0] COLS_KEPT = OUT_COLS;

  reg [CHUNK_WIDTH-1:0] chunk;
  reg [ROW_WIDTH-1:0]   row;
  reg [COL_WIDTH-1:0]   col;

  wire keeps      = row < ROWS_KEPT[ROW_WIDTH-1:0] && col < COLS_KEPT[COL_WIDTH-1:0];
  wire last_chunk = chunk == LAST_CHUNK[CHUNK_WIDTH-1:0];
  wire last_col   = col == LAST_COL[COL_WIDTH-1:0];
  wire last_row   = row == LAST_ROW[ROW_WIDTH-1:0];

  assign x_ready = !keeps || y_room;
  assign y_valid = x_valid && keeps && y_room;
  assign y_data  = x_data;

  always @(posedge clk) begin
    if (x_valid && x_ready) begin
      chunk <= last_chunk ? {CHUNK_WIDTH{1'b0}} : chunk + 1'b1;
      if (last_chunk) begin
        col <= last_col ? FIRST_COL[COL_WIDTH-1:0] : col + 1'b1;
        if (last_col) row <= last_row ? FIRST_ROW[ROW_WIDTH-1:0] : row + 1'b1;
      end
    end
    if (rst) begin
      chunk <= {CHUNK_WIDTH{1'b0}};
      row   <= FIRST_ROW[ROW_WIDTH-1:0];
      col   <= FIRST_COL[COL_WIDTH-1:0];
    end
  end

`ifdef FORMAL
  reg        started = 1'b0;
  reg [31:0] number;                  // of the step in its frame
  wire [31:0] y = number / CHUNKS / COLS;
  wire [31:0] x = number / CHUNKS % COLS;
  wire kept = y >= TOP && y < TOP + OUT_ROWS && x >= LEFT && x < LEFT + OUT_COLS;
  always @(posedge clk) begin
    started <= 1'b1;
    if (!started) assume (rst);
    if (rst) number <= 0;
    else if (x_valid && x_ready) number <= number == ROWS * COLS * CHUNKS - 1 ? 0 : number + 1;
    if (started) begin
      assert (number < ROWS * COLS * CHUNKS);
      assert (chunk == number % CHUNKS);
      assert (row == ((y - TOP) & {ROW_WIDTH{1'b1}}) && col == ((x - LEFT) & {COL_WIDTH{1'b1}}));
      // Takes and emits by the rule, and unchanged.
      assert (x_ready == (!kept || y_room));
      assert (y_valid == (x_valid && kept && y_room));
      if (y_valid) assert (y_data == x_data);
    end
  end
`endif

endmodule

`default_nettype wire
