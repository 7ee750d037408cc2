// nn_profile_tb.v - random events, reads and clears over AXI4-Lite against counters of the bench.
`default_nettype none

module nn_profile_tb;

  parameter KERNELS = 2;
  parameter ADDRESS_WIDTH = 12;
  parameter CYCLES = 6000;

  localparam WORDS = 1 + 3 * KERNELS;

  reg                      clk = 1'b0;
  reg                      rst = 1'b1;
  reg  [KERNELS-1:0]       step = 0;
  reg  [KERNELS-1:0]       starved = 0;
  reg  [KERNELS-1:0]       blocked = 0;
  reg  [ADDRESS_WIDTH-1:0] awaddr;
  reg                      awvalid = 1'b0;
  wire                     awready;
  reg                      wvalid = 1'b0;
  wire                     wready;
  wire [1:0]               bresp;
  wire                     bvalid;
  reg                      bready = 1'b1;
  reg  [ADDRESS_WIDTH-1:0] araddr;
  reg                      arvalid = 1'b0;
  wire                     arready;
  wire [31:0]              rdata;
  wire [1:0]               rresp;
  wire                     rvalid;
  reg                      rready = 1'b1;

  nn_profile #(
    .KERNELS(KERNELS),
    .ADDRESS_WIDTH(ADDRESS_WIDTH)
  ) dut (
    .clk(clk),
    .rst(rst),
    .step(step),
    .starved(starved),
    .blocked(blocked),
    .s_axi_awaddr(awaddr),
    .s_axi_awprot(3'd0),
    .s_axi_awvalid(awvalid),
    .s_axi_awready(awready),
    .s_axi_wdata(32'hdeadbeef),
    .s_axi_wstrb(4'hf),
    .s_axi_wvalid(wvalid),
    .s_axi_wready(wready),
    .s_axi_bresp(bresp),
    .s_axi_bvalid(bvalid),
    .s_axi_bready(bready),
    .s_axi_araddr(araddr),
    .s_axi_arprot(3'd0),
    .s_axi_arvalid(arvalid),
    .s_axi_arready(arready),
    .s_axi_rdata(rdata),
    .s_axi_rresp(rresp),
    .s_axi_rvalid(rvalid),
    .s_axi_rready(rready)
  );

  always #5 clk = !clk;

  integer seed = 1;
  integer stall = 0;
  integer cycle = 0;
  integer reads = 0;
  integer k;
  integer word;
  reg     failed = 1'b0;
  reg [31:0] counts [0:WORDS-1];
  reg        read_due = 1'b0;
  reg [31:0] data_due;
  reg [1:0]  resp_due;
  reg        write_due = 1'b0;
  reg [1:0]  written_due;

  task fail(input [8*30-1:0] what);
    begin
      if (!failed) $display("FAIL cycle %0d: %0s", cycle, what);
      failed = 1'b1;
      $finish;
    end
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("stall=%d", stall)) begin end
    for (k = 0; k < WORDS; k = k + 1) counts[k] = 0;
    repeat (3) @(posedge clk);
    rst <= 1'b0;
  end

  // A word of the module, or one behind the last.
  function [ADDRESS_WIDTH-1:0] address(input integer number);
    address = 4 * (number % (WORDS + 2));
  endfunction

  always @(posedge clk) if (!rst) begin
    cycle <= cycle + 1;
    if (cycle == CYCLES && !failed) begin
      if (reads < CYCLES / 20) fail("too few reads");
      else $display("PASS %0d reads", reads);
      $finish;
    end

    if (rvalid !== read_due) fail("wrong time of rvalid");
    if (bvalid !== write_due) fail("wrong time of bvalid");
    if (rvalid && (rdata !== data_due || rresp !== resp_due)) fail("wrong answer to a read");
    if (bvalid && bresp !== written_due) fail("wrong answer to a write");
    if (rvalid && rready) begin
      read_due <= 1'b0;
      reads = reads + 1;
    end
    if (bvalid && bready) write_due <= 1'b0;
    if (arvalid && arready) begin
      word = araddr / 4;
      read_due <= 1'b1;
      data_due <= word < WORDS ? counts[word] : 0;
      resp_due <= word < WORDS ? 0 : 2;
    end
    if (awready !== wready || awready && !(awvalid && wvalid)) fail("half a write");
    if (awvalid && awready) begin
      write_due   <= 1'b1;
      written_due <= awaddr == 0 ? 0 : 2;
    end

    counts[0] = counts[0] + 1;
    for (k = 0; k < KERNELS; k = k + 1) begin
      counts[1+3*k] = counts[1+3*k] + step[k];
      counts[2+3*k] = counts[2+3*k] + starved[k];
      counts[3+3*k] = counts[3+3*k] + blocked[k];
    end
    if (awvalid && awready && awaddr == 0) for (k = 0; k < WORDS; k = k + 1) counts[k] = 0;

    step    <= $random(seed);
    starved <= $random(seed);
    blocked <= $random(seed);
    rready  <= stall == 0 || $random(seed) % 3 == 0;
    bready  <= stall == 0 || $random(seed) % 3 == 0;
    if (!arvalid || arready) begin
      arvalid <= stall == 0 || $random(seed) % 2 == 0;
      araddr  <= address($random(seed) & 255);
    end
    if (!awvalid || awready) begin
      awvalid <= $random(seed) % 16 == 0;
      awaddr  <= $random(seed) % 4 == 0 ? 0 : address($random(seed) & 255);
    end
    if (!wvalid || wready) wvalid <= $random(seed) % 4 == 0;
  end

endmodule

`default_nettype wire
