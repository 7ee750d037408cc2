// nn_axis_serialize.v - whole frames in, AXI4-Stream beats out, m_last on the last beat of a frame.
// Latency 1, interval BEATS: sends a beat in every cycle while frames are there in time.
// Beat 0 of a frame is the lowest bits of frame_data.
// Cuts data and valid. Does not cut ready: frame_ready depends on m_ready in the same cycle.
`default_nettype none

module nn_axis_serialize #(
  parameter BEATS = 4,                      // beats per frame, at least 1
  parameter WIDTH = 8                       // bits per beat
) (
  input  wire                   clk,
  input  wire                   rst,        // synchronous, active high
  // Upstream: a frame moves when frame_valid && frame_ready.
  input  wire [BEATS*WIDTH-1:0] frame_data,
  input  wire                   frame_valid,
  output wire                   frame_ready,
  // Downstream: a beat moves when m_valid && m_ready.
  output wire [WIDTH-1:0]       m_data,
  output wire                   m_last,
  output reg                    m_valid,
  input  wire                   m_ready
);

  localparam COUNT_WIDTH = BEATS > 1 ? $clog2(BEATS) : 1;
  localparam [31:0] LAST_BEAT = BEATS - 1;

  reg [BEATS*WIDTH-1:0] beats;  // the beats still to send, the next one lowest
  reg [COUNT_WIDTH-1:0] after;  // how many come after the present one

  assign m_data = beats[WIDTH-1:0];
  assign m_last = after == {COUNT_WIDTH{1'b0}};

  // The next frame may enter while the last beat leaves.
  assign frame_ready = !m_valid || (m_ready && m_last);

  always @(posedge clk) begin
    if (frame_ready) begin
      beats   <= frame_data;
      after   <= LAST_BEAT[COUNT_WIDTH-1:0];
      m_valid <= frame_valid;
    end else if (m_ready) begin
      beats <= beats >> WIDTH;
      after <= after - 1'b1;
    end
    if (rst) m_valid <= 1'b0;
  end

`ifdef FORMAL
  reg started = 1'b0;
  reg [BEATS*WIDTH-1:0] frame;  // the frame being sent
  always @(posedge clk) begin
    started <= 1'b1;
    if (frame_valid && frame_ready) frame <= frame_data;
    if (!started) begin
      assume (rst);
    end else if ($past(rst)) begin
      assert (!m_valid && frame_ready);
    end else begin
      // Stability: a stalled beat stays, unchanged.
      if ($past(m_valid && !m_ready)) assert (m_valid && $stable(m_data) && $stable(m_last));
      // A frame that enters begins with its first beat; nothing begins without a frame.
      if ($past(frame_valid && frame_ready)) assert (m_valid && after == BEATS - 1);
      if ($past(frame_ready && !frame_valid)) assert (!m_valid);
      // Beats follow one another without a gap, up to m_last.
      if ($past(m_valid && m_ready && !m_last)) assert (m_valid && after == $past(after) - 1);
    end
    if (started && m_valid) begin
      assert (after < BEATS);
      assert (m_last == (after == 0));
      // The beat sent is beat BEATS - 1 - after of the frame, and those after it are still there.
      assert (beats == frame >> ((BEATS - 1 - after) * WIDTH));
    end
  end
`endif

endmodule

`default_nettype wire
