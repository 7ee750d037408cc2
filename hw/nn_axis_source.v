// nn_axis_source.v - AXI4-Stream beats into a streaming design, in frames of BEATS beats.
// Latency 0, interval 1: the beats pass through. A frame ends with its last beat, whatever s_last
// says; so s_last may be left low. Where s_last comes early, the missing beats of the frame are
// supplied as zeros while s_ready is low, and the next beat is the first of the next frame.
// Cuts nothing: s_ready depends on x_ready, x_valid on s_valid and x_data on s_data.
`default_nettype none

module nn_axis_source #(
  parameter WIDTH = 8,                // bits per beat
  parameter BEATS = 4                 // beats per frame, at least 1
) (
  input  wire             clk,
  input  wire             rst,        // synchronous, active high
  // Upstream: a beat moves when s_valid && s_ready.
  input  wire [WIDTH-1:0] s_data,
  input  wire             s_last,
  input  wire             s_valid,
  output wire             s_ready,
  // Downstream: a beat moves when x_valid && x_ready.
  output wire [WIDTH-1:0] x_data,
  output wire             x_valid,
  input  wire             x_ready
);

  generate
    if (BEATS == 1) begin : gen_one

      assign x_data  = s_data;
      assign x_valid = s_valid;
      assign s_ready = x_ready;

      wire unused = &{1'b0, clk, rst, s_last};

    end else begin : gen_frames

      localparam COUNT_WIDTH = $clog2(BEATS);
      localparam [31:0] LAST_BEAT = BEATS - 1;

      reg [COUNT_WIDTH-1:0] count;    // beats of the frame that have passed
      reg                   filling;  // the frame broke off

      wire last = count == LAST_BEAT[COUNT_WIDTH-1:0];

      assign x_data  = filling ? {WIDTH{1'b0}} : s_data;
      assign x_valid = filling || s_valid;
      assign s_ready = !filling && x_ready;

      always @(posedge clk) begin
        if (x_valid && x_ready) begin
          count   <= last ? {COUNT_WIDTH{1'b0}} : count + 1'b1;
          filling <= !last && (filling || s_last);
        end
        if (rst) begin
          count   <= {COUNT_WIDTH{1'b0}};
          filling <= 1'b0;
        end
      end

    end
  endgenerate

`ifdef FORMAL
  reg started = 1'b0;
  // By what went before: the place in the frame, and whether its s_last has come.
  reg [31:0] place;
  reg        broken;
  always @(posedge clk) begin
    started <= 1'b1;
    if (!started) assume (rst);
    if (rst) begin
      place  <= 0;
      broken <= 1'b0;
    end else if (x_valid && x_ready) begin
      place  <= place == BEATS - 1 ? 0 : place + 1;
      broken <= place == BEATS - 1 ? 1'b0 : broken || (s_valid && s_ready && s_last);
    end
    if (started) begin
      assert (place < BEATS);
      // A whole frame passes unchanged; a broken one is filled up with zeros, which need no beats.
      if (!broken) assert (x_valid == s_valid && s_ready == x_ready && x_data == s_data);
      if (broken) assert (x_valid && !s_ready && x_data == 0);
      if (broken) assert (place > 0);
    end
  end
  generate
    if (BEATS > 1) begin : gen_state
      always @(posedge clk)
        if (started) assert (place == gen_frames.count && broken == gen_frames.filling);
    end
  endgenerate
`endif

endmodule

`default_nettype wire
