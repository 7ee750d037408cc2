// nn_reduce.v - global pooling: the sum or the largest of all vectors of a frame, element by element.
// A step takes a beat; in the last vector of a frame it also reserves and emits a beat of the
// result. Latency L = 1, a step per cycle, CHUNKS * VECTORS steps per frame.
// Sums are kept modulo 2^OUT, so OUT must hold the result only; it is at least ELEMENT.
// One chunk is accumulated in the output register; more in a memory that is read through a
// register, a step ahead, which may become block RAM.
// Cuts data and valid. Does not cut ready: x_ready depends on y_room in the same cycle.
`default_nettype none

module nn_reduce #(
  parameter LANES   = 2,              // elements per beat
  parameter ELEMENT = 8,              // bits per element
  parameter SIGNED  = 1,              // 1: elements are signed
  parameter OUT     = 12,             // bits per element of the result
  parameter CHUNKS  = 2,              // beats per vector
  parameter VECTORS = 4,              // vectors per frame
  parameter MAXIMUM = 0               // 0: the sum; 1: the largest
) (
  input  wire                     clk,
  input  wire                     rst,      // synchronous, active high
  // Upstream: a beat is taken where x_valid && x_ready.
  input  wire [LANES*ELEMENT-1:0] x_data,
  input  wire                     x_valid,
  output wire                     x_ready,
  // Into the FIFO of the reader, which has room for one more beat where y_room is high.
  input  wire                     y_room,
  output wire                     y_reserve,
  output reg  [LANES*OUT-1:0]     y_data,
  output reg                      y_valid
);

  wire last_chunk;                    // the beat is the last of its vector
  wire first_vector;                  // the vector is the first of its frame
  wire last_vector;

  assign x_ready   = !last_vector || y_room;
  assign y_reserve = last_vector && x_valid && y_room;

  wire step = x_valid && x_ready;

  // What the vectors before gave for the elements of this beat, and with this beat.
  wire [LANES*OUT-1:0] gathered;
  wire [LANES*OUT-1:0] after;

  genvar i;
  generate
    for (i = 0; i < LANES; i = i + 1) begin : gen_lane
      wire signed [OUT-1:0] element;
      wire signed [OUT-1:0] old = gathered[i*OUT +: OUT];
      wire        [OUT-1:0] joined;

      if (OUT > ELEMENT) begin : gen_extend
        assign element = {{OUT-ELEMENT{SIGNED != 0 && x_data[(i+1)*ELEMENT-1]}},
                          x_data[i*ELEMENT +: ELEMENT]};
      end else begin : gen_as_is
        assign element = x_data[i*ELEMENT +: OUT];
      end

      if (MAXIMUM == 0) begin : gen_sum
        assign joined = old + element;
      end else begin : gen_maximum
        wire larger = SIGNED != 0 ? element > old : $unsigned(element) > $unsigned(old);
        assign joined = larger ? element : old;
      end

      assign after[i*OUT +: OUT] = first_vector ? element : joined;
    end

    if (CHUNKS == 1) begin : gen_one_chunk

      assign last_chunk = 1'b1;
      assign gathered   = y_data;

    end else begin : gen_chunks

      localparam CHUNK_WIDTH = $clog2(CHUNKS);
      localparam [31:0] LAST_CHUNK = CHUNKS - 1;

      reg  [CHUNK_WIDTH-1:0] chunk;
      wire [CHUNK_WIDTH-1:0] next_chunk = last_chunk ? {CHUNK_WIDTH{1'b0}} : chunk + 1'b1;
      reg  [LANES*OUT-1:0]   results [0:CHUNKS-1];
      reg  [LANES*OUT-1:0]   result;  // of the present chunk

      assign last_chunk = chunk == LAST_CHUNK[CHUNK_WIDTH-1:0];
      assign gathered   = result;

      // Never the word that is written: the next chunk is another one.
      always @(posedge clk) begin
        if (step) results[chunk] <= after;
        if (step) result <= results[next_chunk];
      end

      always @(posedge clk) begin
        if (step) chunk <= next_chunk;
        if (rst) chunk <= {CHUNK_WIDTH{1'b0}};
      end

    end

    if (VECTORS == 1) begin : gen_one_vector

      assign first_vector = 1'b1;
      assign last_vector  = 1'b1;

      wire unused = &{1'b0, last_chunk, gathered};

    end else begin : gen_vectors

      localparam VECTOR_WIDTH = $clog2(VECTORS);
      localparam [31:0] LAST_VECTOR = VECTORS - 1;

      reg [VECTOR_WIDTH-1:0] vector;

      assign first_vector = vector == {VECTOR_WIDTH{1'b0}};
      assign last_vector  = vector == LAST_VECTOR[VECTOR_WIDTH-1:0];

      always @(posedge clk) begin
        if (step && last_chunk) vector <= last_vector ? {VECTOR_WIDTH{1'b0}} : vector + 1'b1;
        if (rst) vector <= {VECTOR_WIDTH{1'b0}};
      end

    end
  endgenerate

  always @(posedge clk) begin
    y_valid <= y_reserve;
    if (step) y_data <= after;
    if (rst) y_valid <= 1'b0;
  end

`ifdef FORMAL
  reg started = 1'b0;
  // One element of the vectors, chosen freely: what it comes to, by the definition.
  wire [7:0] chosen_chunk = $anyconst;
  wire [7:0] chosen_lane  = $anyconst;
  reg  [7:0] beat;                    // of the frame
  reg  [OUT-1:0] expected;
  reg        due;                     // y_data holds the result of the chosen chunk
  wire       ending = beat / CHUNKS == VECTORS - 1;
  wire       takes  = x_valid && (!ending || y_room);
  wire [ELEMENT-1:0] bits = x_data[chosen_lane*ELEMENT +: ELEMENT];
  wire [31:0] value = {{32-ELEMENT{SIGNED && bits[ELEMENT-1]}}, bits};
  wire [31:0] so_far = {{32-OUT{SIGNED && expected[OUT-1]}}, expected};
  wire [31:0] sign = 32'h80000000;    // its complement orders signed values as unsigned ones
  always @(posedge clk) begin
    started <= 1'b1;
    assume (chosen_chunk < CHUNKS && chosen_lane < LANES);
    if (!started) assume (rst);
    if (takes) beat <= beat == CHUNKS * VECTORS - 1 ? 0 : beat + 1;
    if (takes && beat % CHUNKS == chosen_chunk)
      expected <= beat < CHUNKS ? value
                : MAXIMUM == 0 ? so_far + value
                : (value ^ sign) > (so_far ^ sign) ? value : so_far;
    due <= takes && beat % CHUNKS == chosen_chunk;
    if (rst) beat <= 0;

    if (started) begin
      assert (beat < CHUNKS * VECTORS);
      // The steps: a beat is taken unless it gives one of the result and there is no room.
      assert ((x_valid && x_ready) == takes && y_reserve == (takes && ending));
      if ($past(rst)) assert (!y_valid);
      else assert (y_valid == $past(y_reserve));
      if (due && !$past(rst)) assert (y_data[chosen_lane*OUT +: OUT] == expected);
    end
  end

  generate
    if (VECTORS > 1) begin : gen_vectors_kept
      always @(posedge clk) if (started) assert (gen_vectors.vector == beat / CHUNKS);
    end
    if (CHUNKS > 1) begin : gen_chunks_kept
      always @(posedge clk) if (started) begin
        assert (gen_chunks.chunk == beat % CHUNKS);
        // Once the first vector has passed its place, the chosen element is in the memory; it is
        // in the register when its turn comes.
        if (beat > chosen_chunk)
          assert (gen_chunks.results[chosen_chunk][chosen_lane*OUT +: OUT] == expected);
        if (beat >= CHUNKS && beat % CHUNKS == chosen_chunk)
          assert (gen_chunks.result[chosen_lane*OUT +: OUT] == expected);
      end
    end else begin : gen_output_kept
      always @(posedge clk) if (started && beat > 0) assert (y_data[chosen_lane*OUT +: OUT] == expected);
    end
  endgenerate
`endif

endmodule

`default_nettype wire
