// nn_resize.v - the same vectors in beats of another number of lanes.
// In: ceil(COUNT / IN_LANES) beats per vector; out: ceil(COUNT / OUT_LANES). Element 0 is lowest.
// Padding lanes are ignored on the input and 0 on the output.
// Latency L = 0: y_valid is high in the cycle of the step. One step per cycle:
// * IN_LANES a multiple of OUT_LANES: a step needs a beat, emits the next OUT_LANES elements of it,
//   and takes it where these are its last (in the last beat of a vector: the last that are real).
// * Else, with r elements held, 0 before a vector: where r < OUT_LANES and elements of the vector
//   are still to come, a step needs and takes a beat with the next n of them; else n = 0. It emits
//   where r + n >= OUT_LANES or no more elements of the vector come: min(OUT_LANES, r + n).
// Holds nothing; for more lanes, the beats before the last of an output beat; for ratios such as
// 8 to 13, what is left over, behind one multiplexer per bit.
// Cuts nothing where it holds nothing. Never cuts ready: x_ready depends on y_room, and y_data and
// y_valid on x_data and x_valid, in the same cycle.
`default_nettype none

module nn_resize #(
  parameter ELEMENT   = 8,            // bits per element
  parameter IN_LANES  = 2,            // elements per beat
  parameter OUT_LANES = 4,
  parameter COUNT     = 8             // elements per vector
) (
  input  wire                         clk,
  input  wire                         rst,      // synchronous, active high
  // Upstream: a beat is taken where x_valid && x_ready.
  input  wire [IN_LANES*ELEMENT-1:0]  x_data,
  input  wire                         x_valid,
  output wire                         x_ready,
  // Into the FIFO of the reader, which has room for one more beat where y_room is high.
  input  wire                         y_room,
  output wire [OUT_LANES*ELEMENT-1:0] y_data,
  output wire                         y_valid
);

  localparam IN_BEATS = (COUNT + IN_LANES - 1) / IN_LANES;
  localparam LAST_IN  = COUNT - (IN_BEATS - 1) * IN_LANES;  // elements in the last beat

  wire take = x_valid && x_ready;
  wire last_in;                         // the next beat to take is the last of its vector
  wire [IN_LANES*ELEMENT-1:0] x;        // with 0 for padding

`ifdef FORMAL
  // Elements of the present vector taken and emitted; the rules of the header, by them.
  reg  started = 1'b0;
  reg  [7:0] went_in;
  reg  [7:0] went_out;
  wire [7:0] offered  = COUNT - went_in < IN_LANES ? COUNT - went_in : IN_LANES;
  wire       by_parts = IN_LANES % OUT_LANES == 0;
  wire       needed   = by_parts || (went_in - went_out < OUT_LANES && went_in < COUNT);
  wire [7:0] here     = went_in + (needed ? offered : 0) - went_out;
  wire       emitting = by_parts || here >= OUT_LANES || went_out + here == COUNT;
  wire [7:0] emitted  = here < OUT_LANES ? here : OUT_LANES;
  wire       taking   = by_parts ? here <= OUT_LANES : needed;
  wire       stepping = (!needed || x_valid) && (!emitting || y_room);
  // One element of the vectors, chosen freely, followed while it is held.
  wire [7:0] chosen   = $anyconst;
  wire       is_held  = went_out <= chosen && chosen < went_in;
  reg  [ELEMENT-1:0] watched;
`endif

  genvar i;
  generate
    if (IN_BEATS == 1) begin : gen_one_beat
      assign last_in = 1'b1;
      wire unused = &{1'b0, clk, rst, take};
`ifdef FORMAL
      always @(posedge clk) if (started) assert (went_in == 0 || went_in == COUNT);
`endif
    end else begin : gen_beats
      localparam BEAT_WIDTH = $clog2(IN_BEATS);
      localparam [31:0] LAST_BEAT = IN_BEATS - 1;

      reg [BEAT_WIDTH-1:0] beat;        // beats of the vector taken so far
      assign last_in = beat == LAST_BEAT[BEAT_WIDTH-1:0];

      always @(posedge clk) begin
        if (take) beat <= last_in ? {BEAT_WIDTH{1'b0}} : beat + 1'b1;
        if (rst) beat <= {BEAT_WIDTH{1'b0}};
      end
`ifdef FORMAL
      always @(posedge clk) if (started) begin
        assert (beat < IN_BEATS);
        assert (went_in == beat * IN_LANES || (went_in == COUNT && beat == 0));
      end
`endif
    end

    for (i = 0; i < IN_LANES; i = i + 1) begin : gen_in_lane
      if (i < LAST_IN) begin : gen_always_real
        assign x[i*ELEMENT +: ELEMENT] = x_data[i*ELEMENT +: ELEMENT];
      end else begin : gen_maybe_padding
        assign x[i*ELEMENT +: ELEMENT] = last_in ? {ELEMENT{1'b0}} : x_data[i*ELEMENT +: ELEMENT];
      end
    end

    if (IN_LANES == OUT_LANES) begin : gen_same

      assign x_ready = y_room;
      assign y_valid = x_valid && y_room;
      assign y_data  = x;

`ifdef FORMAL
      always @(posedge clk) if (started) assert (went_in == went_out && went_in < COUNT);
`endif

    end else if (IN_LANES % OUT_LANES == 0) begin : gen_fewer

      localparam PARTS = IN_LANES / OUT_LANES;
      localparam PART_WIDTH = $clog2(PARTS);
      localparam PART_BITS = OUT_LANES * ELEMENT;
      localparam [31:0] LAST_PART = PARTS - 1;
      localparam [31:0] LAST_REAL_PART = (LAST_IN + OUT_LANES - 1) / OUT_LANES - 1;

      reg  [PART_WIDTH-1:0] part;       // the part of the beat to emit
      wire last_part = part == (last_in ? LAST_REAL_PART[PART_WIDTH-1:0] : LAST_PART[PART_WIDTH-1:0]);

      assign x_ready = y_room && last_part;
      assign y_valid = x_valid && y_room;
      assign y_data  = x[part*PART_BITS +: PART_BITS];

      always @(posedge clk) begin
        if (y_valid) part <= last_part ? {PART_WIDTH{1'b0}} : part + 1'b1;
        if (rst) part <= {PART_WIDTH{1'b0}};
      end

`ifdef FORMAL
      always @(posedge clk) if (started) begin
        assert (part < PARTS && went_in < COUNT && went_out < COUNT);
        assert (went_out == went_in + part * OUT_LANES);
      end
`endif

    end else if (OUT_LANES % IN_LANES == 0) begin : gen_more

      localparam PLACES = OUT_LANES / IN_LANES;
      localparam PLACE_WIDTH = $clog2(PLACES);
      localparam PLACE_BITS = IN_LANES * ELEMENT;
      localparam WHOLE = IN_BEATS % PLACES == 0;  // every output beat has all its places filled
      localparam [31:0] LAST_PLACE = PLACES - 1;

      reg  [PLACE_WIDTH-1:0] place;     // where the next beat goes in the output beat
      wire emits = place == LAST_PLACE[PLACE_WIDTH-1:0] || (!WHOLE && last_in);

      assign x_ready = !emits || y_room;
      assign y_valid = emits && x_valid && y_room;

      always @(posedge clk) begin
        if (take) place <= emits ? {PLACE_WIDTH{1'b0}} : place + 1'b1;
        if (rst) place <= {PLACE_WIDTH{1'b0}};
      end

      for (i = 0; i < PLACES; i = i + 1) begin : gen_place
        if (i >= IN_BEATS) begin : gen_never
          assign y_data[i*PLACE_BITS +: PLACE_BITS] = {PLACE_BITS{1'b0}};
        end else if (i == PLACES - 1) begin : gen_last
          assign y_data[i*PLACE_BITS +: PLACE_BITS]
            = WHOLE || place == i[PLACE_WIDTH-1:0] ? x : {PLACE_BITS{1'b0}};
        end else begin : gen_held
          reg [PLACE_BITS-1:0] held;
          always @(posedge clk) if (take && place == i[PLACE_WIDTH-1:0]) held <= x;
`ifdef FORMAL
          always @(posedge clk)
            if (started && is_held && (chosen - went_out) / IN_LANES == i)
              assert (held[(chosen-went_out)%IN_LANES*ELEMENT +: ELEMENT] == watched);
`endif
          assign y_data[i*PLACE_BITS +: PLACE_BITS]
            = WHOLE || place > i[PLACE_WIDTH-1:0] ? held
            : place == i[PLACE_WIDTH-1:0] ? x : {PLACE_BITS{1'b0}};
        end
      end

`ifdef FORMAL
      always @(posedge clk) if (started) begin
        assert (place < PLACES && went_in < COUNT);
        assert (went_in == went_out + place * IN_LANES && went_out % OUT_LANES == 0);
      end
`endif

    end else begin : gen_ratio

      // Counted in units of the greatest common divisor: what is held before the last beat of a
      // vector is a multiple of it, and after that only the number of output beats matters.
      localparam UNIT = divisor(IN_LANES, OUT_LANES);
      localparam UNIT_BITS = UNIT * ELEMENT;
      localparam IN_UNITS = IN_LANES / UNIT;
      localparam OUT_UNITS = OUT_LANES / UNIT;
      localparam HELD_UNITS = (IN_UNITS > OUT_UNITS ? IN_UNITS : OUT_UNITS) - 1;  // at most
      localparam ALL_UNITS = IN_UNITS + OUT_UNITS - 1;  // at most, held and taken in a step
      localparam UNITS_WIDTH = $clog2(ALL_UNITS + 1);
      localparam [31:0] TAKEN = IN_UNITS;
      localparam [31:0] TAKEN_LAST = (LAST_IN + UNIT - 1) / UNIT;
      localparam [31:0] EMITTED = OUT_UNITS;
      localparam [OUT_LANES-1:0] REACHED = reached(IN_UNITS, OUT_UNITS);

      reg  [UNITS_WIDTH-1:0]          count;    // units held
      reg                             all_in;   // the vector's last beat was taken
      reg  [HELD_UNITS*UNIT_BITS-1:0] held;     // the first one lowest; 0 above them

      wire needs = count < EMITTED[UNITS_WIDTH-1:0] && !all_in;
      wire [UNITS_WIDTH-1:0] taken
        = last_in ? TAKEN_LAST[UNITS_WIDTH-1:0] : TAKEN[UNITS_WIDTH-1:0];
      wire [UNITS_WIDTH-1:0] sum = needs ? count + taken : count;
      wire no_more = all_in || (needs && last_in);
      wire emits   = no_more || sum >= EMITTED[UNITS_WIDTH-1:0];
      wire leaves  = sum > EMITTED[UNITS_WIDTH-1:0];  // some units, when it emits
      wire step    = (!needs || x_valid) && (!emits || y_room);

      assign x_ready = needs && (!emits || y_room);
      assign y_valid = emits && step;

      wire [ALL_UNITS*UNIT_BITS-1:0] units;     // held and taken, the first one lowest
      assign y_data = units[OUT_UNITS*UNIT_BITS-1:0];

      wire [ALL_UNITS*UNIT_BITS-1:0] new_units = {{(ALL_UNITS-IN_UNITS)*UNIT_BITS{1'b0}}, x};

      for (i = 0; i < ALL_UNITS; i = i + 1) begin : gen_unit
        reg [UNIT_BITS-1:0] unit;
        integer at;                     // where the units taken go
        always @* begin
          unit = i < HELD_UNITS ? held[(i % HELD_UNITS)*UNIT_BITS +: UNIT_BITS] : {UNIT_BITS{1'b0}};
          for (at = 0; at < OUT_UNITS && at <= i; at = at + 1)
            if (REACHED[at] && needs && count == at[UNITS_WIDTH-1:0])
              unit = new_units[(i-at)*UNIT_BITS +: UNIT_BITS];
        end
        assign units[i*UNIT_BITS +: UNIT_BITS] = unit;

        if (i < HELD_UNITS) begin : gen_held
          wire [UNIT_BITS-1:0] later;   // what stands here after the output beat is gone
          if (i + OUT_UNITS < ALL_UNITS) begin : gen_shift
            assign later = units[(i+OUT_UNITS)*UNIT_BITS +: UNIT_BITS];
          end else begin : gen_zero
            assign later = {UNIT_BITS{1'b0}};
          end
          always @(posedge clk)
            if (step) held[i*UNIT_BITS +: UNIT_BITS] <= emits ? later : unit;
        end
      end

      always @(posedge clk) begin
        if (step) begin
          all_in <= no_more && leaves;
          count  <= !emits ? sum : leaves ? sum - EMITTED[UNITS_WIDTH-1:0] : {UNITS_WIDTH{1'b0}};
        end
        if (rst) begin
          all_in <= 1'b0;
          count  <= {UNITS_WIDTH{1'b0}};
        end
      end

`ifdef FORMAL
      wire [7:0] elements = went_in - went_out;
      always @(posedge clk) if (started) begin
        assert (went_in <= COUNT && went_out < COUNT && went_out <= went_in);
        assert (went_out % OUT_LANES == 0 && count <= HELD_UNITS);
        assert (all_in == (went_in == COUNT) && count == (elements + UNIT - 1) / UNIT);
        if (!all_in) assert (elements == count * UNIT);
        if (is_held) assert (held[(chosen-went_out)*ELEMENT +: ELEMENT] == watched);
        if (count != 0) assert (held >> elements * ELEMENT == 0);
      end
`endif

    end
  endgenerate

  // The numbers of units held when a beat is taken, as bits: few for short vectors.
  function [OUT_LANES-1:0] reached;
    input integer in_units;
    input integer out_units;
    integer k;
    begin
      reached = {OUT_LANES{1'b0}};
      for (k = 0; k < IN_BEATS && k < out_units; k = k + 1)
        reached[k * in_units % out_units] = 1'b1;
    end
  endfunction

  function integer divisor;
    input integer a;
    input integer b;
    integer rest;
    begin
      while (b != 0) begin
        rest = a % b;
        a    = b;
        b    = rest;
      end
      divisor = a;
    end
  endfunction

`ifdef FORMAL
  always @(posedge clk) begin
    started <= 1'b1;
    assume (chosen < COUNT);
    if (!started) assume (rst);
    if (stepping) begin
      went_out <= emitting ? (went_out + emitted == COUNT ? 0 : went_out + emitted) : went_out;
      went_in  <= emitting && went_out + emitted == COUNT ? 0 : taking ? went_in + offered : went_in;
    end
    if (take && went_in <= chosen && chosen < went_in + offered)
      watched <= x_data[(chosen-went_in)*ELEMENT +: ELEMENT];
    if (rst) begin
      went_in  <= 0;
      went_out <= 0;
    end
    if (started) begin
      // The rules of the header.
      assert (x_ready == (taking && (!emitting || y_room)));
      assert (y_valid == (emitting && stepping));
      if (y_valid) begin
        // Every element comes out where it belongs, and 0 for padding.
        if (went_out <= chosen && chosen < went_out + emitted)
          assert (y_data[(chosen-went_out)*ELEMENT +: ELEMENT]
                  == (is_held ? watched : x_data[(chosen-went_in)*ELEMENT +: ELEMENT]));
        assert (y_data >> emitted * ELEMENT == 0);
      end
    end
  end
`endif

endmodule

`default_nettype wire
