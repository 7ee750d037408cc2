// nn_fifo.v - FIFO behind a pipeline that cannot be stopped; the FIFO of every channel.
// A place is reserved when a beat enters the pipeline, so every beat that comes out of it finds
// room: issue a beat (reserve = 1) only while `room` is high. Latency 1, interval 1.
// For a beat per P cycles, with L cycles from `reserve` to `in_valid` and out_ready high, DEPTH
// must be at least (L + 2) / P, rounded up.
// The beats stand in registers (DEPTH 1 and 2), in a memory read at once (LUT RAM), or, with
// BLOCK = 1, in a memory read through a register (block RAM). The timing is the same.
// Cuts valid, ready and data: no path from out_ready to room, none from in_data to out_data.
// Behind out_data stand: a register; the read of a LUT RAM; a block RAM's output and a multiplexer.
`default_nettype none

module nn_fifo #(
  parameter WIDTH = 8,                // bits per beat
  parameter DEPTH = 4,                // beats, in the pipeline and here together; at least 1
  parameter BLOCK = DEPTH > 64 && DEPTH * WIDTH > 4096 ? 1 : 0  // 1: block RAM, for DEPTH over 2
) (
  input  wire             clk,
  input  wire             rst,        // synchronous, active high
  // The entrance of the pipeline.
  output wire             room,       // one more beat may be issued
  input  wire             reserve,    // a beat is issued in this cycle
  // The exit of the pipeline. It cannot wait, and needs not.
  input  wire [WIDTH-1:0] in_data,
  input  wire             in_valid,
  // Downstream: a beat moves when out_valid && out_ready.
  output wire [WIDTH-1:0] out_data,
  output wire             out_valid,
  input  wire             out_ready
);

  localparam COUNT_WIDTH = $clog2(DEPTH + 1);
  localparam [31:0] FULL = DEPTH;

  reg [COUNT_WIDTH-1:0] reserved;  // beats in the pipeline and here
  reg [COUNT_WIDTH-1:0] stored;    // beats here

  wire leaves = out_valid && out_ready;

  assign room      = reserved != FULL[COUNT_WIDTH-1:0];
  assign out_valid = stored != {COUNT_WIDTH{1'b0}};

  // One adder: the change is 1, 0 or -1.
  function [COUNT_WIDTH-1:0] counted;
    input [COUNT_WIDTH-1:0] count;
    input                   up;
    input                   down;
    reg   [COUNT_WIDTH-1:0] change;
    begin
      change    = {COUNT_WIDTH{down && !up}};
      change[0] = up != down;
      counted   = count + change;
    end
  endfunction

  always @(posedge clk) begin
    reserved <= counted(reserved, reserve, leaves);
    stored   <= counted(stored, in_valid, leaves);
    if (rst) begin
      reserved <= {COUNT_WIDTH{1'b0}};
      stored   <= {COUNT_WIDTH{1'b0}};
    end
  end

`ifdef FORMAL
  reg started = 1'b0;
  // One beat, chosen freely, followed from its entry to its exit.
  reg                   followed;
  reg [COUNT_WIDTH-1:0] ahead;    // beats that leave first
  reg [WIDTH-1:0]       watched;
  wire                  follow;    // any cycle
  assign follow = $anyseq;
  wire [WIDTH-1:0]      kept;      // what stands at its place
`endif

  generate
    if (DEPTH == 1) begin : gen_one
      reg [WIDTH-1:0] first;

      assign out_data = first;

      always @(posedge clk) if (in_valid) first <= in_data;

`ifdef FORMAL
      assign kept = first;
`endif
    end else if (DEPTH == 2) begin : gen_two
      reg [WIDTH-1:0] first;
      reg [WIDTH-1:0] second;

      assign out_data = first;

      // A beat that comes in finds `second` free, or was not issued into room. `first` takes it
      // where that is or becomes free; what it takes else does not matter while nothing is stored.
      always @(posedge clk) begin
        if (in_valid) second <= in_data;
        if (leaves || !out_valid) first <= in_valid ? in_data : second;
      end

`ifdef FORMAL
      assign kept = ahead == 0 ? first : second;
`endif
    end else begin : gen_memory
      localparam INDEX_WIDTH = $clog2(DEPTH);
      localparam [31:0] LAST_INDEX = DEPTH - 1;

      reg  [INDEX_WIDTH-1:0] write_index;
      reg  [INDEX_WIDTH-1:0] read_index;
      wire [INDEX_WIDTH-1:0] next_read_index = leaves ? next(read_index) : read_index;

      function [INDEX_WIDTH-1:0] next;
        input [INDEX_WIDTH-1:0] index;
        next = DEPTH != 1 << INDEX_WIDTH && index == LAST_INDEX[INDEX_WIDTH-1:0]
             ? {INDEX_WIDTH{1'b0}} : index + 1'b1;
      endfunction

      always @(posedge clk) begin
        if (in_valid) write_index <= next(write_index);
        read_index <= next_read_index;
        if (rst) begin
          write_index <= {INDEX_WIDTH{1'b0}};
          read_index  <= {INDEX_WIDTH{1'b0}};
        end
      end

      if (BLOCK == 0) begin : gen_at_once
        reg [WIDTH-1:0] beats [0:DEPTH-1];

        assign out_data = beats[read_index];

        always @(posedge clk) if (in_valid) beats[write_index] <= in_data;

`ifdef FORMAL
        assign kept = beats[(read_index + ahead) % DEPTH];
`endif
      end else begin : gen_block
        (* ram_style = "block" *)
        reg [WIDTH-1:0] beats [0:DEPTH-1];
        reg [WIDTH-1:0] read_data;  // the beat at read_index, unless it is fresh
        reg             fresh;      // it came in in the cycle before, too late to be read
        reg [WIDTH-1:0] came_in;

        assign out_data = fresh ? came_in : read_data;

        always @(posedge clk) begin
          if (in_valid) beats[write_index] <= in_data;
          came_in <= in_data;
          fresh   <= stored == {{COUNT_WIDTH-1{1'b0}}, leaves};
          if (leaves || fresh) read_data <= beats[next_read_index];
        end

`ifdef FORMAL
        assign kept = beats[(read_index + ahead) % DEPTH];
        always @(posedge clk) if (started && out_valid) assert (out_data == beats[read_index]);
`endif
      end

`ifdef FORMAL
      always @(posedge clk) if (started) begin
        assert (write_index < DEPTH && read_index < DEPTH);
        assert (write_index == (read_index + stored) % DEPTH);
      end
`endif
    end
  endgenerate

`ifdef FORMAL
  always @(posedge clk) begin
    started <= 1'b1;
    if (!started) assume (rst);
    // The neighbours keep to the contract: a beat is issued only into room, and what comes out of
    // the pipeline was issued.
    if (!room) assume (!reserve);
    if (stored == reserved && !reserve) assume (!in_valid);

    if (rst) begin
      followed <= 1'b0;
    end else if (!followed && follow && in_valid) begin
      followed <= 1'b1;
      ahead   <= leaves ? stored - 1'b1 : stored;
      watched  <= in_data;
    end else if (followed && leaves) begin
      if (ahead == 0) followed <= 1'b0;
      ahead <= ahead - 1'b1;
    end

    if (started) begin
      // Never more beats than places.
      assert (reserved <= DEPTH && stored <= reserved);
      // First in, first out, unchanged.
      if (followed) assert (ahead < stored && kept == watched);
      if (followed && ahead == 0) assert (out_valid && out_data == watched);
      if (!$past(rst)) begin
        // A beat is there in the cycle after it came in.
        if ($past(in_valid)) assert (out_valid);
        // A place is taken by `reserve`, and given back when its beat leaves.
        assert (reserved == $past(reserved) + $past(reserve) - $past(leaves));
        // Stability: a beat that is not taken stays, unchanged.
        if ($past(out_valid && !out_ready)) assert (out_valid && $stable(out_data));
      end else begin
        assert (!out_valid && room);
      end
    end
  end
`endif

endmodule

`default_nettype wire
