`default_nettype none

// Sends the beats of FILE over and over, REPEATS times for every frame.
module @TOP@_tb_weights #(
  parameter WIDTH   = 64,             // bits per beat
  parameter BEATS   = 1,              // in the file
  parameter REPEATS = 1,
  parameter FILE    = ""
) (
  input  wire             aclk,
  input  wire             aresetn,
  input  wire [31:0]      frames,
  input  wire [31:0]      stall,
  input  wire [31:0]      seed,
  output reg  [WIDTH-1:0] tdata,
  output reg              tvalid,
  input  wire             tready,
  output wire [31:0]      unsent      // beats
);

  reg [WIDTH-1:0] beats [0:BEATS-1];
  integer state;                      // of the random numbers
  integer sent = 0;

  assign unsent = frames * REPEATS * BEATS - sent;

  initial begin
    tvalid = 1'b0;
    $readmemh(FILE, beats);
  end

  always @(posedge aclk) begin
    if (!aresetn) begin
      state = seed + BEATS;
    end else begin
      if (tvalid && tready) sent = sent + 1;
      if (!tvalid || tready) begin
        if (sent < frames * REPEATS * BEATS && (stall == 0 || $random(state) % 3 != 0)) begin
          tvalid <= 1'b1;
          tdata  <= beats[sent % BEATS];
        end else begin
          tvalid <= 1'b0;
          tdata  <= {WIDTH{1'bx}};
        end
      end
    end
  end

endmodule

`default_nettype wire
