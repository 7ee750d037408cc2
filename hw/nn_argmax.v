// nn_argmax.v - the place of the largest element of each vector; of equal ones the first.
// A step takes a beat; in the last beat of a vector it also reserves a place for the index. Latency
// L = ceil(log2(LANES)) + 1, a step per cycle, ceil(COUNT / LANES) steps per vector.
// A tree finds the largest element of a beat, a register behind each level; the last stage compares
// it with the largest of the beats before. What padding holds does not matter.
// Cuts data and valid. Does not cut ready: x_ready depends on y_room in the same cycle.
`default_nettype none

module nn_argmax #(
  parameter LANES   = 4,              // elements per beat
  parameter ELEMENT = 8,              // bits per element
  parameter SIGNED  = 1,              // 1: elements are signed
  parameter COUNT   = 10,             // elements per vector
  parameter INDEX   = 4               // bits of the index, enough for COUNT - 1
) (
  input  wire                     clk,
  input  wire                     rst,      // synchronous, active high
  // Upstream: a beat is taken where x_valid && x_ready.
  input  wire [LANES*ELEMENT-1:0] x_data,
  input  wire                     x_valid,
  output wire                     x_ready,
  // Into the FIFO of the reader, which has room for one more index where y_room is high.
  input  wire                     y_room,
  output wire                     y_reserve,
  output reg  [INDEX-1:0]         y_data,
  output reg                      y_valid
);

  localparam CHUNKS     = (COUNT + LANES - 1) / LANES;   // beats per vector
  localparam LAST_LANES = COUNT - (CHUNKS - 1) * LANES;  // elements in the last one
  localparam LEVELS     = $clog2(LANES);
  localparam LANE       = LEVELS > 0 ? LEVELS : 1;       // bits of a lane's number
  localparam SUM        = INDEX > LANE ? INDEX : LANE;
  localparam [31:0] STRIDE = LANES;

  // Elements are compared as unsigned numbers: the sign bit of signed ones is inverted.
  localparam [ELEMENT-1:0] FLIP = SIGNED != 0 ? {1'b1, {ELEMENT-1{1'b0}}} : {ELEMENT{1'b0}};

  wire last_chunk;                    // the next beat is the last of its vector
  wire step = x_valid && x_ready;

  assign x_ready   = !last_chunk || y_room;
  assign y_reserve = last_chunk && x_valid && y_room;

`ifdef FORMAL
  reg started = 1'b0;
  function larger(input [ELEMENT-1:0] a, input [ELEMENT-1:0] b);
    larger = SIGNED ? $signed(a) > $signed(b) : a > b;
  endfunction
`endif

  genvar level;
  genvar i;
  generate
    if (CHUNKS == 1) begin : gen_one_chunk
      assign last_chunk = 1'b1;
    end else begin : gen_chunks
      localparam CHUNK_WIDTH = $clog2(CHUNKS);
      localparam [31:0] LAST_CHUNK = CHUNKS - 1;

      reg [CHUNK_WIDTH-1:0] chunk;
      assign last_chunk = chunk == LAST_CHUNK[CHUNK_WIDTH-1:0];

      always @(posedge clk) begin
        if (step) chunk <= last_chunk ? {CHUNK_WIDTH{1'b0}} : chunk + 1'b1;
        if (rst) chunk <= {CHUNK_WIDTH{1'b0}};
      end
    end

    // Level 0 is the beat; node i of a level holds the larger of nodes 2i and 2i + 1 before it.
    for (level = 0; level <= LEVELS; level = level + 1) begin : gen_level
      localparam NODES = (LANES + (1 << level) - 1) >> level;

      wire valid;                     // a beat is here
      wire last;                      // the last one of its vector
      wire [NODES*ELEMENT-1:0] values;
      wire [NODES*LANE-1:0]    lanes; // where they came from

`ifdef FORMAL
      wire [LANES*ELEMENT-1:0] beat;  // the beat that is here, as it came
      wire [7:0] real_lanes = last ? LAST_LANES : LANES;
      for (i = 0; i < NODES; i = i + 1) begin : gen_definition
        reg [7:0] best;
        integer k;
        always @* begin
          best = i << level;
          for (k = i << level; k < (i + 1) << level && k < LANES; k = k + 1)
            if (k < real_lanes && larger(beat[k*ELEMENT +: ELEMENT], beat[best*ELEMENT +: ELEMENT]))
              best = k;
        end
        always @(posedge clk)
          if (started && valid && i << level < real_lanes)
            assert (lanes[i*LANE +: LANE] == best
                    && values[i*ELEMENT +: ELEMENT] == (beat[best*ELEMENT +: ELEMENT] ^ FLIP));
          else if (started && valid)
            assert (values[i*ELEMENT +: ELEMENT] == 0);
      end
`endif

      if (level == 0) begin : gen_beat
        assign valid = step;
        assign last  = last_chunk;
`ifdef FORMAL
        assign beat  = x_data;
`endif
        for (i = 0; i < LANES; i = i + 1) begin : gen_leaf
          // Padding never wins: it is the least value there is, and its lane a higher one.
          wire padding = i >= LAST_LANES && last_chunk;
          assign values[i*ELEMENT +: ELEMENT]
            = padding ? {ELEMENT{1'b0}} : x_data[i*ELEMENT +: ELEMENT] ^ FLIP;
          assign lanes[i*LANE +: LANE] = i[LANE-1:0];
        end
      end else begin : gen_larger
        localparam BEFORE = (LANES + (1 << (level - 1)) - 1) >> (level - 1);  // nodes there

        wire [BEFORE*ELEMENT-1:0] pairs      = gen_level[level-1].values;
        wire [BEFORE*LANE-1:0]    pair_lanes = gen_level[level-1].lanes;
        reg                       here;
        reg                       ends;

        assign valid = here;
        assign last  = ends;

        always @(posedge clk) begin
          here <= gen_level[level-1].valid;
          ends <= gen_level[level-1].last;
          if (rst) here <= 1'b0;
        end
`ifdef FORMAL
        reg [LANES*ELEMENT-1:0] kept;
        always @(posedge clk) kept <= gen_level[level-1].beat;
        assign beat = kept;
`endif

        for (i = 0; i < NODES; i = i + 1) begin : gen_node
          reg [ELEMENT-1:0] value;
          reg [LANE-1:0]    lane;
          assign values[i*ELEMENT +: ELEMENT] = value;
          assign lanes[i*LANE +: LANE]        = lane;

          if (2 * i + 1 < BEFORE) begin : gen_two
            wire second = pairs[(2*i+1)*ELEMENT +: ELEMENT] > pairs[2*i*ELEMENT +: ELEMENT];
            always @(posedge clk) begin
              value <= second ? pairs[(2*i+1)*ELEMENT +: ELEMENT] : pairs[2*i*ELEMENT +: ELEMENT];
              lane  <= second ? pair_lanes[(2*i+1)*LANE +: LANE] : pair_lanes[2*i*LANE +: LANE];
            end
          end else begin : gen_one
            always @(posedge clk) begin
              value <= pairs[2*i*ELEMENT +: ELEMENT];
              lane  <= pair_lanes[2*i*LANE +: LANE];
            end
          end
        end
      end
    end
  endgenerate

  // The largest of a beat against the largest of the beats before.
  wire               valid = gen_level[LEVELS].valid;
  wire               last  = gen_level[LEVELS].last;
  wire [ELEMENT-1:0] value = gen_level[LEVELS].values;
  wire [LANE-1:0]    lane  = gen_level[LEVELS].lanes;

  reg                first;           // no beat of the vector was here yet
  reg  [INDEX-1:0]   start;           // the index of the beat's lane 0
  reg  [ELEMENT-1:0] largest;

  // Nothing is lost where LANES is far above COUNT: then the lane is below COUNT.
  wire [SUM:0] wide_start = {{SUM+1-INDEX{1'b0}}, start};
  wire [SUM:0] wide_lane  = {{SUM+1-LANE{1'b0}}, lane};
  wire [SUM:0] index      = wide_start + wide_lane;
  wire unused = &{1'b0, index};

  always @(posedge clk) begin
    if (valid) begin
      first <= last;
      start <= last ? {INDEX{1'b0}} : start + STRIDE[INDEX-1:0];
      if (first || value > largest) begin
        largest <= value;
        y_data  <= index[INDEX-1:0];
      end
    end
    y_valid <= valid && last;
    if (rst) begin
      first   <= 1'b1;
      start   <= {INDEX{1'b0}};
      y_valid <= 1'b0;
    end
  end

`ifdef FORMAL
  // The same, by the definition, over the elements of the beats one after the other.
  wire [LANES*ELEMENT-1:0] beat = gen_level[LEVELS].beat;
  reg  [7:0]         entered;         // beats of the vector taken
  reg  [7:0]         place;           // of the beat's lane 0
  reg  [ELEMENT-1:0] best, next_best;
  reg  [7:0]         best_at, next_best_at;
  reg  [LEVELS:0]    reserved;        // y_reserve in the cycles before, the latest lowest
  integer k;
  always @* begin
    next_best    = best;
    next_best_at = best_at;
    for (k = 0; k < LANES; k = k + 1)
      if (place + k == 0 || (place + k < COUNT && larger(beat[k*ELEMENT +: ELEMENT], next_best))) begin
        next_best    = beat[k*ELEMENT +: ELEMENT];
        next_best_at = place + k;
      end
  end
  always @(posedge clk) begin
    started <= 1'b1;
    if (!started) assume (rst);
    if (valid) begin
      place   <= place + LANES >= COUNT ? 0 : place + LANES;
      best    <= next_best;
      best_at <= next_best_at;
    end
    if (step) entered <= entered == CHUNKS - 1 ? 0 : entered + 1;
    reserved <= {reserved, y_reserve};
    if (rst) begin
      place    <= 0;
      entered  <= 0;
      reserved <= 0;
    end
    if (started) begin
      // A beat is taken unless it is the last of its vector and there is no room for the index.
      assert (entered < CHUNKS && last_chunk == (entered == CHUNKS - 1));
      assert (x_ready == (entered < CHUNKS - 1 || y_room));
      assert (y_reserve == (entered == CHUNKS - 1 && x_valid && y_room));
      assert (y_valid == reserved[LEVELS]);
      if (y_valid) assert (y_data == best_at);

      assert (first == (place == 0) && start == place && place < COUNT);
      if (valid) assert (last == (place + LANES >= COUNT));
      if (place > 0) assert (largest == (best ^ FLIP) && y_data == best_at && best_at < COUNT);
    end
  end

  // Of the beats on their way, each level holds the one after those the next levels hold.
  generate
    for (level = 0; level <= LEVELS; level = level + 1) begin : gen_way
      wire [7:0] to_come;             // the place in its vector of the beat that comes here next
      if (level == 0) assign to_come = entered;
      else begin : gen_before
        assign to_come = (gen_way[level-1].to_come + CHUNKS - gen_level[level].valid) % CHUNKS;
        always @(posedge clk) if (started) begin
          if (gen_level[level].valid)
            assert (gen_level[level].last == (to_come == CHUNKS - 1));
          assert (reserved[level-1] == (gen_level[level].valid && gen_level[level].last));
        end
      end
    end
  endgenerate
  always @(posedge clk)
    if (started) assert (place == gen_way[LEVELS].to_come * LANES);
`endif

endmodule

`default_nettype wire
