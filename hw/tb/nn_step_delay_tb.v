// nn_step_delay_tb.v - values must come out STEPS steps later, however long the steps wait.
`default_nettype none

module nn_step_delay_tb;

  parameter WIDTH = 8;
  parameter STEPS = 8;

  reg              clk = 1'b0;
  reg              rst = 1'b1;
  reg              step = 1'b0;
  wire [WIDTH-1:0] in;
  wire [WIDTH-1:0] out;

  nn_step_delay #(
    .WIDTH(WIDTH),
    .STEPS(STEPS)
  ) dut (
    .clk(clk),
    .rst(rst),
    .step(step),
    .in(in),
    .out(out)
  );

  always #5 clk = !clk;

  // A hash of the value's number, so that order is checked too.
  function [WIDTH-1:0] value(input integer number);
    value = number * 40503 + (number >> 3);
  endfunction

  integer seed = 1;
  integer stall = 0;
  integer entered = 0;

  assign in = step ? value(entered) : {WIDTH{1'bx}};

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("stall=%d", stall)) begin end
    repeat (3) @(posedge clk);
    rst <= 1'b0;
    step <= stall == 0;
  end

  always @(posedge clk)
    if (!rst) begin
      if (entered >= STEPS && out !== value(entered - STEPS)) begin
        $display("FAIL value %0d: expected %h, got %h", entered - STEPS, value(entered - STEPS), out);
        $finish;
      end else if (entered == 10 * STEPS + 100) begin
        $display("PASS %0d values", entered - STEPS);
        $finish;
      end
      if (step) entered <= entered + 1;
      step <= stall == 0 || $random(seed) % 3 != 0;
    end

endmodule

`default_nettype wire
