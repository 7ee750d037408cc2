// nn_upsample.v - repeats every pixel of an image FACTOR_COLS times and every row FACTOR_ROWS times.
// A row is COLS pixels of CHUNKS beats; the number of rows does not matter.
// Steps: for every row of the input, for ry in 0 ..< FACTOR_ROWS, for every column, for rx in
// 0 ..< FACTOR_COLS, for every chunk one step. Each reserves and emits a beat; it takes one where
// ry = 0 and rx = 0, else it needs none. Latency L = 1, interval 1 step.
// Structure: a memory with one address and one port: of a row, or of a pixel where FACTOR_ROWS is 1.
// What is taken goes to it and to its output register.
// Cuts data and valid. Does not cut ready: x_ready and y_reserve depend on y_room, y_reserve on
// x_valid.
`default_nettype none

module nn_upsample #(
  parameter WIDTH       = 8,          // bits of a beat
  parameter CHUNKS      = 1,          // beats of a pixel
  parameter COLS        = 4,          // of the input
  parameter FACTOR_ROWS = 2,
  parameter FACTOR_COLS = 2
) (
  input  wire             clk,
  input  wire             rst,        // synchronous, active high
  input  wire [WIDTH-1:0] x_data,
  input  wire             x_valid,
  output wire             x_ready,
  input  wire             y_room,
  output wire             y_reserve,
  output reg              y_valid,
  output reg  [WIDTH-1:0] y_data
);

  localparam DEPTH       = FACTOR_ROWS > 1 ? COLS * CHUNKS : CHUNKS;
  localparam INDEX_WIDTH = DEPTH > 1 ? $clog2(DEPTH) : 1;
  localparam CHUNK_WIDTH = CHUNKS > 1 ? $clog2(CHUNKS) : 1;
  localparam RX_WIDTH    = FACTOR_COLS > 1 ? $clog2(FACTOR_COLS) : 1;
  localparam RY_WIDTH    = FACTOR_ROWS > 1 ? $clog2(FACTOR_ROWS) : 1;
  localparam [31:0] LAST_INDEX = DEPTH - 1;
  localparam [31:0] LAST_CHUNK = CHUNKS - 1;
  localparam [31:0] LAST_RX    = FACTOR_COLS - 1;
  localparam [31:0] LAST_RY    = FACTOR_ROWS - 1;

  reg [WIDTH-1:0]       beats [0:DEPTH-1];
  reg [INDEX_WIDTH-1:0] index;        // of the beat in its row, or in its pixel
  reg [CHUNK_WIDTH-1:0] chunk;
  reg [RX_WIDTH-1:0]    rx;           // repetition of the pixel
  reg [RY_WIDTH-1:0]    ry;           // repetition of the row

  wire takes      = rx == {RX_WIDTH{1'b0}} && ry == {RY_WIDTH{1'b0}};
  wire last_chunk = chunk == LAST_CHUNK[CHUNK_WIDTH-1:0];
  wire last_rx    = rx == LAST_RX[RX_WIDTH-1:0];
  wire last_ry    = ry == LAST_RY[RY_WIDTH-1:0];
  wire last_index = index == LAST_INDEX[INDEX_WIDTH-1:0];

  assign x_ready   = takes && y_room;
  assign y_reserve = (x_valid || !takes) && y_room;

  always @(posedge clk) begin
    if (y_reserve) begin
      if (takes) begin
        beats[index] <= x_data;
        y_data       <= x_data;
      end else begin
        y_data       <= beats[index];
      end
    end
  end

  always @(posedge clk) begin
    y_valid <= y_reserve;
    if (y_reserve) begin
      chunk <= last_chunk ? {CHUNK_WIDTH{1'b0}} : chunk + 1'b1;
      index <= last_index ? {INDEX_WIDTH{1'b0}} : index + 1'b1;
      if (last_chunk) begin
        rx <= last_rx ? {RX_WIDTH{1'b0}} : rx + 1'b1;
        if (!last_rx) index <= index - LAST_CHUNK[INDEX_WIDTH-1:0];
        else if (last_index) ry <= last_ry ? {RY_WIDTH{1'b0}} : ry + 1'b1;
      end
    end
    if (rst) begin
      y_valid <= 1'b0;
      index   <= {INDEX_WIDTH{1'b0}};
      chunk   <= {CHUNK_WIDTH{1'b0}};
      rx      <= {RX_WIDTH{1'b0}};
      ry      <= {RY_WIDTH{1'b0}};
    end
  end

`ifdef FORMAL
  localparam ROW_STEPS = COLS * FACTOR_COLS * CHUNKS;
  reg        started = 1'b0;
  reg [31:0] number;                  // of the step in the steps of its row of the input
  wire [31:0] column = number / CHUNKS % (COLS * FACTOR_COLS);
  wire        first  = number < ROW_STEPS && column % FACTOR_COLS == 0;
  // One beat of a row, chosen freely, followed from its entry to its last repetition.
  wire [31:0] chosen = $anyconst;
  wire [31:0] beat   = column / FACTOR_COLS * CHUNKS + number % CHUNKS;
  reg [WIDTH-1:0] watched;
  reg             entered;            // in this row
  reg             shown;              // by the last step
  always @(posedge clk) begin
    assume (chosen < COLS * CHUNKS);
    started <= 1'b1;
    if (!started) assume (rst);
    if (rst) begin
      number  <= 0;
      entered <= 1'b0;
      shown   <= 1'b0;
    end else if (y_reserve) begin
      number <= number == FACTOR_ROWS * ROW_STEPS - 1 ? 0 : number + 1;
      if (first && beat == chosen) watched <= x_data;
      if (first && beat == chosen) entered <= 1'b1;
      if (number == FACTOR_ROWS * ROW_STEPS - 1) entered <= 1'b0;
      shown <= beat == chosen;
    end
    if (started) begin
      assert (number < FACTOR_ROWS * ROW_STEPS);
      assert (chunk == number % CHUNKS && rx == column % FACTOR_COLS && ry == number / ROW_STEPS);
      assert (index == beat % DEPTH);
      assert (x_ready == (first && y_room));
      assert (y_reserve == ((x_valid || !first) && y_room));
      // The chosen beat is in its place as long as it is needed, and comes out in its turn.
      assert (entered == (number >= ROW_STEPS || column > chosen / CHUNKS * FACTOR_COLS
              || column == chosen / CHUNKS * FACTOR_COLS && number % CHUNKS > chosen % CHUNKS));
      if (entered && (FACTOR_ROWS > 1 || column < (chosen / CHUNKS + 1) * FACTOR_COLS))
        assert (beats[chosen % DEPTH] == watched);
      if (shown) assert (y_data == watched);
    end
    if (started && $past(rst)) assert (!y_valid);
    if (started && $past(started) && !$past(rst)) begin
      assert (y_valid == $past(y_reserve));
      if (!$past(y_reserve)) assert ($stable(y_data));
    end
  end
`endif

endmodule

`default_nettype wire
