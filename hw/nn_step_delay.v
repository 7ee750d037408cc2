// nn_step_delay.v - delays a value by a fixed number of steps.
// A step is a cycle with step = 1; in any other cycle nothing moves. `out` is a register: after a
// step it holds what `in` was STEPS - 1 steps before that step. Delays of 3 steps and more are a
// memory with one address, read before it is written (LUT RAM or block RAM), whose output register
// is the last step.
// No reset of data: what comes out in the first STEPS steps is unknown.
`default_nettype none

module nn_step_delay #(
  parameter WIDTH = 8,
  parameter STEPS = 8                 // at least 1
) (
  input  wire             clk,
  input  wire             rst,        // synchronous, active high
  input  wire             step,
  input  wire [WIDTH-1:0] in,
  output wire [WIDTH-1:0] out
);

`ifdef FORMAL
  // One value, chosen freely, followed from its entry to its exit.
  reg             started = 1'b0;
  reg             followed;
  reg [31:0]      age;                // steps since it entered, less one
  reg [WIDTH-1:0] watched;
  wire            follow;             // any cycle
  assign follow = $anyseq;
  always @(posedge clk) begin
    started <= 1'b1;
    if (!started) assume (rst);
    if (rst) begin
      followed <= 1'b0;
    end else if (step) begin
      if (!followed && follow) begin
        followed <= 1'b1;
        age      <= 0;
        watched  <= in;
      end else begin
        age <= age + 1;
        if (age == STEPS - 1) followed <= 1'b0;
      end
    end
    if (started && followed) begin
      assert (age < STEPS);
      if (age == STEPS - 1) assert (out == watched);
    end
    if (started && !$past(rst) && !$past(step)) assert ($stable(out));
  end
`endif

  generate
    if (STEPS == 1) begin : gen_register

      reg [WIDTH-1:0] last;
      assign out = last;
      always @(posedge clk) if (step) last <= in;
      wire unused = rst;

    end else if (STEPS == 2) begin : gen_registers

      reg [WIDTH-1:0] first, last;
      assign out = last;
      always @(posedge clk)
        if (step) begin
          first <= in;
          last  <= first;
        end
      wire unused = rst;
`ifdef FORMAL
      always @(posedge clk) if (started && followed && age == 0) assert (first == watched);
`endif

    end else begin : gen_memory

      localparam DEPTH = STEPS - 1;
      localparam INDEX_WIDTH = $clog2(DEPTH);
      localparam [31:0] LAST_INDEX = DEPTH - 1;

      reg [WIDTH-1:0]       values [0:DEPTH-1];
      reg [WIDTH-1:0]       last;
      reg [INDEX_WIDTH-1:0] index;    // of the oldest value

      assign out = last;

      always @(posedge clk) begin
        if (step) begin
          last          <= values[index];
          values[index] <= in;
          index <= index == LAST_INDEX[INDEX_WIDTH-1:0] ? {INDEX_WIDTH{1'b0}} : index + 1'b1;
        end
        if (rst) index <= {INDEX_WIDTH{1'b0}};
      end
`ifdef FORMAL
      always @(posedge clk)
        if (started) begin
          assert (index < DEPTH);
          if (followed && age < DEPTH)
            assert (values[(index + DEPTH - 1 - age) % DEPTH] == watched);
        end
`endif

    end
  endgenerate


endmodule

`default_nettype wire
