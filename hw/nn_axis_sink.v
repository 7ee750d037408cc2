// nn_axis_sink.v - the result of a streaming design as AXI4-Stream: m_last on the last of BEATS
// beats. Latency 0, interval 1: the beats pass through, from a FIFO's out_valid and out_ready.
// Cuts nothing: y_ready depends on m_ready, m_valid on y_valid and m_data on y_data.
`default_nettype none

module nn_axis_sink #(
  parameter WIDTH = 8,                // bits per beat
  parameter BEATS = 4                 // beats per frame, at least 1
) (
  input  wire             clk,
  input  wire             rst,        // synchronous, active high
  // Upstream: a beat moves when y_valid && y_ready.
  input  wire [WIDTH-1:0] y_data,
  input  wire             y_valid,
  output wire             y_ready,
  // Downstream: a beat moves when m_valid && m_ready.
  output wire [WIDTH-1:0] m_data,
  output wire             m_last,
  output wire             m_valid,
  input  wire             m_ready
);

  assign m_data  = y_data;
  assign m_valid = y_valid;
  assign y_ready = m_ready;

  generate
    if (BEATS == 1) begin : gen_one

      assign m_last = 1'b1;

      wire unused = &{1'b0, clk, rst};

    end else begin : gen_frames

      localparam COUNT_WIDTH = $clog2(BEATS);
      localparam [31:0] LAST_BEAT = BEATS - 1;

      reg [COUNT_WIDTH-1:0] count;    // beats of the frame sent

      assign m_last = count == LAST_BEAT[COUNT_WIDTH-1:0];

      always @(posedge clk) begin
        if (m_valid && m_ready) count <= m_last ? {COUNT_WIDTH{1'b0}} : count + 1'b1;
        if (rst) count <= {COUNT_WIDTH{1'b0}};
      end

    end
  endgenerate

`ifdef FORMAL
  reg        started = 1'b0;
  reg [31:0] after;                   // beats sent since the last m_last, or since reset
  always @(posedge clk) begin
    started <= 1'b1;
    if (!started) assume (rst);
    if (rst) after <= 0;
    else if (m_valid && m_ready) after <= m_last ? 0 : after + 1;
    if (started) begin
      assert (m_data == y_data && m_valid == y_valid && y_ready == m_ready);
      assert (after < BEATS && m_last == (after == BEATS - 1));
    end
  end
  generate
    if (BEATS > 1) begin : gen_state
      always @(posedge clk) if (started) assert (after == gen_frames.count);
    end
  endgenerate
`endif

endmodule

`default_nettype wire
