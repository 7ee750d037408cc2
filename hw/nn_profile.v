// nn_profile.v - counts what kernels do, to be read over AXI4-Lite.
// Words of 32 bits at byte addresses, all modulo 2^32:
//   0x0            cycles since the counters were cleared
//   0x4 + 12 * k   cycles in which kernel k took a step
//   0x8 + 12 * k   ... took none, because an input was missing
//   0xc + 12 * k   ... took none, because an output had no room
// A write to address 0, of whatever value, clears all; writes to other addresses change nothing, and they and
// reads behind the last word answer SLVERR. Counters run on while they are read, one after the other.
// A read answers one cycle after its address, a write one cycle after address and data; a transfer of each
// kind every second cycle at most. rst clears the counters, too.
`default_nettype none

module nn_profile #(
  parameter KERNELS       = 2,        // at least 1
  parameter ADDRESS_WIDTH = 12        // 2^ADDRESS_WIDTH at least 4 + 12 * KERNELS
) (
  input  wire                     clk,
  input  wire                     rst,      // synchronous, active high
  input  wire [KERNELS-1:0]       step,
  input  wire [KERNELS-1:0]       starved,
  input  wire [KERNELS-1:0]       blocked,
  input  wire [ADDRESS_WIDTH-1:0] s_axi_awaddr,
  input  wire [2:0]               s_axi_awprot,
  input  wire                     s_axi_awvalid,
  output wire                     s_axi_awready,
  input  wire [31:0]              s_axi_wdata,
  input  wire [3:0]               s_axi_wstrb,
  input  wire                     s_axi_wvalid,
  output wire                     s_axi_wready,
  output reg  [1:0]               s_axi_bresp,
  output reg                      s_axi_bvalid,
  input  wire                     s_axi_bready,
  input  wire [ADDRESS_WIDTH-1:0] s_axi_araddr,
  input  wire [2:0]               s_axi_arprot,
  input  wire                     s_axi_arvalid,
  output wire                     s_axi_arready,
  output reg  [31:0]              s_axi_rdata,
  output reg  [1:0]               s_axi_rresp,
  output reg                      s_axi_rvalid,
  input  wire                     s_axi_rready
);

  localparam WORDS = 1 + 3 * KERNELS;
  localparam INDEX_WIDTH = ADDRESS_WIDTH - 2;
  localparam [31:0] END_WORD = WORDS;
  localparam [1:0] OKAY = 2'b00;
  localparam [1:0] SLVERR = 2'b10;

  wire writes = s_axi_awvalid && s_axi_wvalid && !s_axi_bvalid;
  wire reads  = s_axi_arvalid && !s_axi_rvalid;
  assign s_axi_awready = writes;
  assign s_axi_wready  = writes;
  assign s_axi_arready = !s_axi_rvalid;

  wire [INDEX_WIDTH-1:0] write_word = s_axi_awaddr[ADDRESS_WIDTH-1:2];
  wire [INDEX_WIDTH-1:0] read_word  = s_axi_araddr[ADDRESS_WIDTH-1:2];
  wire clears   = writes && write_word == {INDEX_WIDTH{1'b0}};
  wire is_there = {{32-INDEX_WIDTH{1'b0}}, read_word} < END_WORD;

  reg  [32*WORDS-1:0] counters;
  wire [WORDS-1:0]    counts;         // those that count this cycle
  assign counts[0] = 1'b1;

  genvar k;
  generate
    for (k = 0; k < KERNELS; k = k + 1) begin : gen_kernel
      assign counts[1+3*k +: 3] = {blocked[k], starved[k], step[k]};
    end
    for (k = 0; k < WORDS; k = k + 1) begin : gen_counter
      always @(posedge clk) begin
        counters[32*k +: 32] <= counters[32*k +: 32] + {31'd0, counts[k]};
        if (rst || clears) counters[32*k +: 32] <= 32'd0;
      end
    end
  endgenerate

  wire [31:0] selected;               // shifts: an index behind the end reads zero
  wire [32*WORDS-1:0] shifted = counters >> {read_word, 5'd0};
  assign selected = shifted[31:0];

  always @(posedge clk) begin
    if (writes) begin
      s_axi_bresp  <= clears ? OKAY : SLVERR;
      s_axi_bvalid <= 1'b1;
    end else if (s_axi_bready) begin
      s_axi_bvalid <= 1'b0;
    end
    if (reads) begin
      s_axi_rdata  <= selected;
      s_axi_rresp  <= is_there ? OKAY : SLVERR;
      s_axi_rvalid <= 1'b1;
    end else if (s_axi_rready) begin
      s_axi_rvalid <= 1'b0;
    end
    if (rst) begin
      s_axi_bvalid <= 1'b0;
      s_axi_rvalid <= 1'b0;
    end
  end

  wire unused = &{1'b0, s_axi_awprot, s_axi_arprot, s_axi_wdata, s_axi_wstrb, s_axi_awaddr[1:0],
                  s_axi_araddr[1:0], shifted};

`ifdef FORMAL
  reg started = 1'b0;
  // One counter, chosen freely.
  wire [31:0] watched;
  assign watched = $anyconst;
  reg [31:0] model;
  reg        event_now;
  always @(*) begin
    event_now = 1'b1;
    if (watched % 3 == 1) event_now = step[watched/3];
    if (watched != 0 && watched % 3 == 2) event_now = starved[watched/3];
    if (watched != 0 && watched % 3 == 0) event_now = blocked[watched/3-1];
  end
  always @(posedge clk) begin
    started <= 1'b1;
    assume (watched < WORDS);
    if (!started) assume (rst);
    if (rst || (s_axi_awvalid && s_axi_awready && s_axi_wvalid && s_axi_wready && s_axi_awaddr[ADDRESS_WIDTH-1:2] == 0))
      model <= 0;
    else
      model <= model + event_now;
    if (started) begin
      assert (counters[32*watched +: 32] == model);
      assert (s_axi_awready == s_axi_wready);
      if ($past(rst)) begin
        assert (!s_axi_bvalid && !s_axi_rvalid);
      end else begin
        // An answer for each transfer, which stays until it is taken.
        assert (s_axi_bvalid == ($past(s_axi_awvalid && s_axi_awready) || $past(s_axi_bvalid && !s_axi_bready)));
        assert (s_axi_rvalid == ($past(s_axi_arvalid && s_axi_arready) || $past(s_axi_rvalid && !s_axi_rready)));
        if ($past(s_axi_awready)) assert ($past(s_axi_awvalid && s_axi_wvalid && !s_axi_bvalid));
        if ($past(s_axi_bvalid && !s_axi_bready)) assert ($stable(s_axi_bresp));
        if ($past(s_axi_rvalid && !s_axi_rready)) assert ($stable(s_axi_rdata) && $stable(s_axi_rresp));
        if ($past(s_axi_awvalid && s_axi_awready))
          assert (s_axi_bresp == ($past(s_axi_awaddr[ADDRESS_WIDTH-1:2]) == 0 ? OKAY : SLVERR));
        if ($past(s_axi_arvalid && s_axi_arready)) begin
          assert (s_axi_rresp == ($past(s_axi_araddr[ADDRESS_WIDTH-1:2]) < WORDS ? OKAY : SLVERR));
          if ($past(s_axi_araddr[ADDRESS_WIDTH-1:2]) == watched) assert (s_axi_rdata == $past(model));
          if (s_axi_rresp != OKAY) assert (s_axi_rdata == 0);
        end
      end
    end
  end
`endif

endmodule

`default_nettype wire
