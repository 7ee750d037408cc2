// nn_adder_tree.v - sum of COUNT signed terms, modulo 2^OUT_WIDTH.
// A register behind every two levels of adders: latency ceil(log4(COUNT)), which is
// ($clog2(COUNT) + 1) / 2 and 0 for one term; interval 1, no reset. A stage makes one value of
// four, and is only as wide as its sums can be.
`default_nettype none

module nn_adder_tree #(
  parameter COUNT     = 13,
  parameter WIDTH     = 8,            // bits per term
  parameter OUT_WIDTH = 12            // at least WIDTH
) (
  input  wire                   clk,
  input  wire [COUNT*WIDTH-1:0] terms,  // term 0 in the lowest bits
  output wire [OUT_WIDTH-1:0]   sum
);

  localparam STAGES = ($clog2(COUNT) + 1) / 2;

  // The terms, and what each stage leaves of them: value i behind g stages at (g * COUNT + i) * OUT_WIDTH,
  // extended; zero where there is none.
  wire [(STAGES+1)*COUNT*OUT_WIDTH-1:0] values;

  assign sum = values[STAGES*COUNT*OUT_WIDTH +: OUT_WIDTH];

  genvar g;
  genvar i;
  genvar k;
  generate
    for (i = 0; i < COUNT; i = i + 1) begin : gen_term
      assign values[i*OUT_WIDTH +: WIDTH] = terms[i*WIDTH +: WIDTH];
      if (OUT_WIDTH > WIDTH) begin : gen_sign
        assign values[i*OUT_WIDTH+WIDTH +: OUT_WIDTH-WIDTH] = {OUT_WIDTH-WIDTH{terms[i*WIDTH+WIDTH-1]}};
      end
    end

    for (g = 0; g < STAGES; g = g + 1) begin : gen_stage
      localparam LEFT      = (COUNT + (4 << 2 * g) - 1) / (4 << 2 * g);
      localparam SUM_WIDTH = WIDTH + 2 * g + 2 < OUT_WIDTH ? WIDTH + 2 * g + 2 : OUT_WIDTH;

      for (i = 0; i < COUNT; i = i + 1) begin : gen_sum
        localparam AT = ((g + 1) * COUNT + i) * OUT_WIDTH;

        if (i >= LEFT) begin : gen_zero
          assign values[AT +: OUT_WIDTH] = {OUT_WIDTH{1'b0}};
        end else begin : gen_four
          wire [4*SUM_WIDTH-1:0] four;
          reg  [SUM_WIDTH-1:0]   sum_of_four;

          for (k = 0; k < 4; k = k + 1) begin : gen_summand
            if (4 * i + k < COUNT) begin : gen_value
              assign four[k*SUM_WIDTH +: SUM_WIDTH] = values[(g*COUNT+4*i+k)*OUT_WIDTH +: SUM_WIDTH];
            end else begin : gen_none
              assign four[k*SUM_WIDTH +: SUM_WIDTH] = {SUM_WIDTH{1'b0}};
            end
          end

          always @(posedge clk)
            sum_of_four <= (four[0 +: SUM_WIDTH] + four[SUM_WIDTH +: SUM_WIDTH])
                         + (four[2*SUM_WIDTH +: SUM_WIDTH] + four[3*SUM_WIDTH +: SUM_WIDTH]);

          assign values[AT +: SUM_WIDTH] = sum_of_four;
          if (OUT_WIDTH > SUM_WIDTH) begin : gen_sign
            assign values[AT+SUM_WIDTH +: OUT_WIDTH-SUM_WIDTH] =
              {OUT_WIDTH-SUM_WIDTH{sum_of_four[SUM_WIDTH-1]}};
          end
        end
      end
    end
  endgenerate

  wire unused = &{1'b0, clk, values};

`ifdef FORMAL
  reg [31:0]                        filled = 0;
  reg [(STAGES+1)*COUNT*WIDTH-1:0]  past;    // place i: i + 1 cycles ago
  wire [(STAGES+2)*COUNT*WIDTH-1:0] seen = {past, terms};
  reg signed [OUT_WIDTH-1:0]        total;
  reg signed [WIDTH-1:0]            term;
  integer n;
  always @(*) begin
    total = 0;
    for (n = 0; n < COUNT; n = n + 1) begin
      term = seen[(STAGES*COUNT+n)*WIDTH +: WIDTH];
      total = total + term;
    end
  end
  always @(posedge clk) begin
    past <= seen[(STAGES+1)*COUNT*WIDTH-1:0];
    if (filled != STAGES) filled <= filled + 1;
    assert (filled <= STAGES);
    if (filled == STAGES) assert (sum == total);
  end
`endif

endmodule

`default_nettype wire
