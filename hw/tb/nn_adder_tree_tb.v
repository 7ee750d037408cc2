// nn_adder_tree_tb.v - COUNT terms per cycle, random and at the ends of their range, against their sum.
`default_nettype none

module nn_adder_tree_tb;

  parameter COUNT = 13;
  parameter WIDTH = 8;
  parameter OUT_WIDTH = 12;
  parameter TRIALS = 3000;

  localparam L = (COUNT > 1 ? 1 : 0) + (COUNT > 4 ? 1 : 0) + (COUNT > 16 ? 1 : 0) + (COUNT > 64 ? 1 : 0);

  reg                    clk = 1'b0;
  reg  [COUNT*WIDTH-1:0] terms;
  wire [OUT_WIDTH-1:0]   sum;

  nn_adder_tree #(
    .COUNT(COUNT),
    .WIDTH(WIDTH),
    .OUT_WIDTH(OUT_WIDTH)
  ) dut (
    .clk(clk),
    .terms(terms),
    .sum(sum)
  );

  always #5 clk = !clk;

  integer seed = 1;
  integer trial = 0;
  integer i;
  integer choice;
  integer total;
  reg     failed = 1'b0;
  reg signed [WIDTH-1:0]   term;
  reg [(L+1)*OUT_WIDTH-1:0] due = 0;     // sums, the newest lowest

  initial if ($value$plusargs("seed=%d", seed)) begin end

  always @(negedge clk) begin
    total = 0;
    choice = $random(seed) % 4;
    for (i = 0; i < COUNT; i = i + 1) begin
      term = $random(seed);
      if (choice == 0) term = {1'b1, {WIDTH-1{1'b0}}};
      if (choice == 1) term = {1'b0, {WIDTH-1{1'b1}}};
      terms[i*WIDTH +: WIDTH] = term;
      total = total + term;
    end
    due = {due, total[OUT_WIDTH-1:0]};
  end

  always @(posedge clk) begin
    trial <= trial + 1;
    if (trial > L + 1 && !failed && sum !== due[L*OUT_WIDTH +: OUT_WIDTH]) begin
      $display("FAIL trial %0d: expected %h, got %h", trial, due[L*OUT_WIDTH +: OUT_WIDTH], sum);
      failed = 1'b1;
      $finish;
    end
    if (trial == TRIALS && !failed) begin
      $display("PASS %0d sums", trial);
      $finish;
    end
  end

endmodule

`default_nettype wire
