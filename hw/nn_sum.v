// nn_sum.v - sum of COUNT terms, as a tree of adders with a register behind each of its levels.
// Arithmetic modulo 2^WIDTH, so terms and sum are signed or unsigned alike.
// Latency ceil(log2(COUNT)) (one term: none, a wire), interval 1. No reset.
`default_nettype none

module nn_sum #(
  parameter COUNT = 5,                // at least 1
  parameter WIDTH = 8
) (
  input  wire                   clk,
  input  wire [COUNT*WIDTH-1:0] terms,
  output wire [WIDTH-1:0]       sum
);

  localparam LEVELS = $clog2(COUNT);

  genvar l, i;
  generate
    for (l = 0; l < LEVELS; l = l + 1) begin : level
      localparam IN  = (COUNT + (1 << l) - 1) >> l;
      localparam OUT = (IN + 1) / 2;
      wire [IN*WIDTH-1:0]  from;
      reg  [OUT*WIDTH-1:0] to;

      if (l == 0) begin : gen_terms
        assign from = terms;
      end else begin : gen_sums
        assign from = level[l-1].to;
      end

      for (i = 0; i < OUT; i = i + 1) begin : node
        if (2*i + 1 < IN) begin : gen_pair
          always @(posedge clk)
            to[i*WIDTH +: WIDTH] <= from[2*i*WIDTH +: WIDTH] + from[(2*i+1)*WIDTH +: WIDTH];
        end else begin : gen_odd
          always @(posedge clk) to[i*WIDTH +: WIDTH] <= from[2*i*WIDTH +: WIDTH];
        end
      end
    end

    if (LEVELS == 0) begin : gen_wire
      assign sum = terms;
      wire unused = clk;
    end else begin : gen_tree
      assign sum = level[LEVELS-1].to;
    end
  endgenerate

`ifdef FORMAL
  // The sum of one cycle's terms, carried along.
  reg [31:0]      count = 0;
  reg [WIDTH-1:0] total;
  wire [(LEVELS+1)*WIDTH-1:0] totals;
  reg  [(LEVELS+1)*WIDTH-1:0] past;
  integer t;
  always @* begin
    total = {WIDTH{1'b0}};
    for (t = 0; t < COUNT; t = t + 1) total = total + terms[t*WIDTH +: WIDTH];
  end
  assign totals = {past[LEVELS*WIDTH-1:0], total};
  always @(posedge clk) begin
    past <= totals;
    if (count < LEVELS) count <= count + 1;
    assert (count <= LEVELS);
    if (count == LEVELS) assert (sum == totals[LEVELS*WIDTH +: WIDTH]);
  end
`endif

endmodule

`default_nettype wire
