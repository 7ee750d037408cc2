// nn_axis_gather.v - AXI4-Stream beats in, whole frames out.
// Latency 1 cycle after the last beat, interval BEATS: takes a beat in every cycle while frames are
// taken at once. Beat 0 of a frame stands in the lowest bits of frame_data.
// `s_last` is optional. Where it comes early, the beats so far are no frame: they are dropped, and
// the next beat is beat 0. A frame of BEATS beats is complete with or without it, so a stream that
// is too long is cut, and its tail is dropped at its `s_last`.
// Cuts data and valid. Does not cut ready: s_ready depends on frame_ready in the same cycle.
`default_nettype none

module nn_axis_gather #(
  parameter BEATS = 4,                      // beats per frame, at least 1
  parameter WIDTH = 8                       // bits per beat
) (
  input  wire                   clk,
  input  wire                   rst,        // synchronous, active high
  // Upstream: a beat moves when s_valid && s_ready.
  input  wire [WIDTH-1:0]       s_data,
  input  wire                   s_last,
  input  wire                   s_valid,
  output wire                   s_ready,
  // Downstream: a frame moves when frame_valid && frame_ready.
  output reg  [BEATS*WIDTH-1:0] frame_data,
  output reg                    frame_valid,
  input  wire                   frame_ready
);

  localparam COUNT_WIDTH = BEATS > 1 ? $clog2(BEATS) : 1;
  localparam [31:0] LAST_BEAT = BEATS - 1;

  reg [COUNT_WIDTH-1:0] count;  // beats of the next frame already here

  wire take        = s_valid && s_ready;
  wire completes   = count == LAST_BEAT[COUNT_WIDTH-1:0];
  wire starts_over = completes || s_last;

  // A full frame may leave while the first beat of the next one shifts in.
  assign s_ready = !frame_valid || frame_ready;

  // Each beat has its place, so that a bit changes at most once per frame: what reads the frame
  // stays quiet while it fills.
  genvar i;
  generate
    for (i = 0; i < BEATS; i = i + 1) begin : gen_beat
      always @(posedge clk)
        if (take && count == i[COUNT_WIDTH-1:0]) frame_data[i*WIDTH +: WIDTH] <= s_data;
    end
  endgenerate

  always @(posedge clk) begin
    if (take) count <= starts_over ? {COUNT_WIDTH{1'b0}} : count + 1'b1;
    if (s_ready) frame_valid <= take && completes;
    if (rst) begin
      count       <= {COUNT_WIDTH{1'b0}};
      frame_valid <= 1'b0;
    end
  end

`ifdef FORMAL
  reg started = 1'b0;
  // One beat of a frame, chosen freely, followed from its entry to its place.
  wire [COUNT_WIDTH-1:0] chosen = $anyconst;
  reg  [WIDTH-1:0]       watched;
  always @(posedge clk) begin
    started <= 1'b1;
    assume (chosen < BEATS);
    if (take && count == chosen) watched <= s_data;
    if (!started) begin
      assume (rst);
    end else if ($past(rst)) begin
      assert (!frame_valid && s_ready && count == 0);
    end else begin
      // Stability: a frame that is not taken stays, unchanged.
      if ($past(frame_valid && !frame_ready)) assert (frame_valid && $stable(frame_data));
      // A frame appears with its last beat, and only with it.
      if ($past(take && count == BEATS - 1)) assert (frame_valid);
      if ($past(s_ready && !(take && count == BEATS - 1))) assert (!frame_valid);
      // An early s_last drops the partial frame; nothing else does.
      if ($past(take && (s_last || count == BEATS - 1))) assert (count == 0);
      else assert (count == $past(count) + $past(take));
    end
    if (started) begin
      assert (count < BEATS);
      if (frame_valid) assert (count == 0);
      // Integrity: the chosen beat is in its place from its entry to the end of the frame.
      if (frame_valid || count > chosen)
        assert (frame_data[chosen*WIDTH +: WIDTH] == watched);
      // Full rate: nothing but a waiting frame stops the beats.
      if (frame_ready || !frame_valid) assert (s_ready);
    end
  end
`endif

endmodule

`default_nettype wire
