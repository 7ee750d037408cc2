// nn_window_range.v - says whether a tap of nn_window is inside of the image, along one axis:
// valid = PAD <= index*STRIDE + TAP < PAD + SIZE, as of the last step. That is two comparisons of
// `index` with constants, or fewer. Latency 1 step.
`default_nettype none

module nn_window_range #(
  parameter COUNT  = 4,               // index is 0 ..< COUNT
  parameter STRIDE = 1,
  parameter TAP    = 0,               // of the first window, in rows or columns behind its first tap
  parameter PAD    = 1,               // in front of the image
  parameter SIZE   = 4,               // of the image
  // Follows from COUNT.
  parameter WIDTH  = COUNT > 1 ? $clog2(COUNT) : 1
) (
  input  wire             clk,
  input  wire             step,
  input  wire [WIDTH-1:0] index,
  output wire             valid
);

  // Inside are FIRST ..< LIMIT.
  localparam FIRST = TAP < PAD ? (PAD - TAP + STRIDE - 1) / STRIDE : 0;
  localparam LIMIT = TAP < PAD + SIZE ? (PAD + SIZE - TAP + STRIDE - 1) / STRIDE : 0;
  localparam [31:0] FIRST_INDEX = FIRST;
  localparam [31:0] LAST_INDEX  = LIMIT - 1;

  generate
    if (FIRST >= LIMIT || FIRST >= COUNT) begin : gen_never
      assign valid = 1'b0;
      wire unused = &{clk, step, index};
    end else if (FIRST == 0 && LIMIT >= COUNT) begin : gen_always
      assign valid = 1'b1;
      wire unused = &{clk, step, index};
    end else begin : gen_compared
      reg last;
      assign valid = last;
      if (LIMIT >= COUNT) begin : gen_first
        always @(posedge clk) if (step) last <= index >= FIRST_INDEX[WIDTH-1:0];
      end else if (FIRST == 0) begin : gen_last
        always @(posedge clk) if (step) last <= index <= LAST_INDEX[WIDTH-1:0];
      end else begin : gen_both
        always @(posedge clk)
          if (step) last <= index >= FIRST_INDEX[WIDTH-1:0] && index <= LAST_INDEX[WIDTH-1:0];
      end
    end
  endgenerate

`ifdef FORMAL
  reg started = 1'b0;
  wire [31:0] place = index * STRIDE + TAP;
  always @(posedge clk) begin
    assume (index < COUNT);
    if (step) started <= 1'b1;
    if (started && $past(step)) assert (valid == ($past(place) >= PAD && $past(place) < PAD + SIZE));
    if (started && !$past(step)) assert ($stable(valid));
  end
`endif

endmodule

`default_nettype wire
