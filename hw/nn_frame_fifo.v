// nn_frame_fifo.v - result FIFO behind a pipeline that cannot be stopped.
// A place is reserved when a frame enters the pipeline, so every frame that comes out of it finds
// room: issue a frame (reserve = 1) only while `room` is high. Latency 1, interval 1.
// For a frame per P cycles, with L cycles from `reserve` to `in_valid` and out_ready high, DEPTH
// must be at least (L + 2) / P, rounded up.
// Cuts valid, ready and data: no path from out_ready to room. out_data is read from the memory
// without a register.
`default_nettype none

module nn_frame_fifo #(
  parameter WIDTH = 8,                // bits per frame
  parameter DEPTH = 4                 // frames, in the pipeline and here together; at least 1
) (
  input  wire             clk,
  input  wire             rst,        // synchronous, active high
  // The entrance of the pipeline.
  output wire             room,       // one more frame may be issued
  input  wire             reserve,    // a frame is issued in this cycle
  // The exit of the pipeline. It cannot wait, and needs not.
  input  wire [WIDTH-1:0] in_data,
  input  wire             in_valid,
  // Downstream: a frame moves when out_valid && out_ready.
  output wire [WIDTH-1:0] out_data,
  output wire             out_valid,
  input  wire             out_ready
);

  localparam COUNT_WIDTH = $clog2(DEPTH + 1);
  localparam INDEX_WIDTH = DEPTH > 1 ? $clog2(DEPTH) : 1;
  localparam [31:0] FULL = DEPTH;
  localparam [31:0] LAST_INDEX = DEPTH - 1;

  reg [WIDTH-1:0]       frames [0:DEPTH-1];
  reg [INDEX_WIDTH-1:0] write_index;
  reg [INDEX_WIDTH-1:0] read_index;
  reg [COUNT_WIDTH-1:0] reserved;  // frames in the pipeline and here
  reg [COUNT_WIDTH-1:0] stored;    // frames here

  wire leaves = out_valid && out_ready;

  assign room      = reserved != FULL[COUNT_WIDTH-1:0];
  assign out_valid = stored != {COUNT_WIDTH{1'b0}};
  assign out_data  = frames[read_index];

  function [INDEX_WIDTH-1:0] next;
    input [INDEX_WIDTH-1:0] index;
    next = index == LAST_INDEX[INDEX_WIDTH-1:0] ? {INDEX_WIDTH{1'b0}} : index + 1'b1;
  endfunction

  always @(posedge clk) begin
    if (in_valid) frames[write_index] <= in_data;

    if (in_valid) write_index <= next(write_index);
    if (leaves)   read_index  <= next(read_index);

    if (reserve && !leaves)  reserved <= reserved + 1'b1;
    if (!reserve && leaves)  reserved <= reserved - 1'b1;
    if (in_valid && !leaves) stored   <= stored + 1'b1;
    if (!in_valid && leaves) stored   <= stored - 1'b1;

    if (rst) begin
      write_index <= {INDEX_WIDTH{1'b0}};
      read_index  <= {INDEX_WIDTH{1'b0}};
      reserved    <= {COUNT_WIDTH{1'b0}};
      stored      <= {COUNT_WIDTH{1'b0}};
    end
  end

`ifdef FORMAL
  reg started = 1'b0;
  // One frame, chosen freely, followed from its entry to its exit.
  reg                   followed;
  reg [COUNT_WIDTH-1:0] before;    // frames that leave before it
  reg [WIDTH-1:0]       watched;
  wire                  follow;    // any cycle
  assign follow = $anyseq;
  always @(posedge clk) begin
    started <= 1'b1;
    if (!started) assume (rst);
    // The neighbours keep to the contract: a frame is issued only into room, and what comes out of
    // the pipeline was issued.
    if (!room) assume (!reserve);
    if (stored == reserved && !reserve) assume (!in_valid);

    if (rst) begin
      followed <= 1'b0;
    end else if (!followed && follow && in_valid) begin
      followed <= 1'b1;
      before   <= leaves ? stored - 1'b1 : stored;
      watched  <= in_data;
    end else if (followed && leaves) begin
      if (before == 0) followed <= 1'b0;
      before <= before - 1'b1;
    end

    if (started) begin
      // Never more frames than places.
      assert (reserved <= DEPTH && stored <= reserved);
      assert (write_index < DEPTH && read_index < DEPTH);
      assert (write_index == (read_index + stored) % DEPTH);
      // First in, first out, unchanged.
      if (followed) assert (before < stored && frames[(read_index + before) % DEPTH] == watched);
      if (followed && before == 0) assert (out_valid && out_data == watched);
      if (!$past(rst)) begin
        // A place is taken by `reserve`, and given back when its frame leaves.
        assert (reserved == $past(reserved) + $past(reserve) - $past(leaves));
        // Stability: a frame that is not taken stays, unchanged.
        if ($past(out_valid && !out_ready)) assert (out_valid && $stable(out_data));
      end else begin
        assert (!out_valid && room);
      end
    end
  end
`endif

endmodule

`default_nettype wire
