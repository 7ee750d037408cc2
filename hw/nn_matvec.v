// nn_matvec.v - products of vectors with a matrix, folded onto PE x SIMD multipliers; input-stationary.
// Element p of output beat (g, nf), modulo 2^ACC_WIDTH:
//   bias[g][nf][p] + sum over sf, s of w[g][sf][nf][p][s] * x, x = element s (SHARED) or p * SIMD + s of beat (g, sf)
//
// Steps of a vector: for g in GROUPS, for sf in SF, for nf in NF. A step needs its beat of x and w_valid, takes the
// beat with nf = NF - 1, reserves an output beat with sf = SF - 1. A step per cycle, none between vectors.
//
// Latency L = 4 + PAIR + ($clog2(SIMD) + 1) / 2 from step to y_valid: the read of the weights, operands,
// products (PAIR: and their correction), the adder tree with a register behind every two levels, the
// accumulator. The pipeline never stops.
//
// Weights: w_address is a register and holds the number of the step to come, (g * SF + sf) * NF + nf;
// w_data is read in the cycle after the step and goes into a register without reset or enable. So a ROM
//   always @(posedge clk) w_data <= rom[w_address];
// becomes a block RAM, and the register here its output register or the input register of a DSP block.
// Where weights come from a stream, w_valid says that a word is there, and the word is loaded into the register
// w_data where `step` is high. Biases are read likewise, (g * NF + nf); b_address is a register, too.
//
// Elements of x that pad a vector must be known in simulation, though their weights are 0: 0 * x is x.
// Accumulators: none where SF = 1, a register where NF = 1, else a LUT RAM of NF words, which is read, added to
// and written in one cycle. Where sf = 0 they start from the bias, so nothing is cleared.
// Does not cut ready: x_ready and y_reserve follow y_room (where sf = SF - 1), and x_ready follows w_valid.
`default_nettype none

module nn_matvec #(
  parameter PE        = 2,            // rows at a time
  parameter SIMD      = 3,            // columns at a time
  parameter SF        = 2,            // input beats per vector and group
  parameter NF        = 2,            // output beats per vector and group
  parameter GROUPS    = 1,            // independent products per vector
  parameter SHARED    = 1,            // 1: all rows read the same SIMD elements; 0: each its own
  parameter X_WIDTH   = 8,
  parameter X_SIGNED  = 1,
  parameter W_WIDTH   = 8,            // signed
  parameter B_WIDTH   = 8,            // signed
  parameter ACC_WIDTH = 20,           // signed
  parameter DSP       = 1,            // 1: `*`; 0: multipliers of LUTs, nn_multiply
  parameter PAIR      = 0,            // 1: nn_multiply_pair for neighbouring rows; needs SHARED and DSP
  // Of the ports; not to be set.
  parameter X_LANES         = SHARED != 0 ? SIMD : PE * SIMD,
  parameter W_ADDRESS_WIDTH = GROUPS * SF * NF > 2 ? $clog2(GROUPS * SF * NF) : 1,
  parameter B_ADDRESS_WIDTH = GROUPS * NF > 2 ? $clog2(GROUPS * NF) : 1
) (
  input  wire                       clk,
  input  wire                       rst,        // synchronous, active high
  input  wire [X_LANES*X_WIDTH-1:0] x_data,
  input  wire                       x_valid,
  output wire                       x_ready,
  output reg  [W_ADDRESS_WIDTH-1:0] w_address,  // of the step to come
  input  wire [PE*SIMD*W_WIDTH-1:0] w_data,     // of the step before; row p, column s at p * SIMD + s
  input  wire                       w_valid,    // there are weights for a step; 1 for a ROM
  output reg  [B_ADDRESS_WIDTH-1:0] b_address,
  input  wire [PE*B_WIDTH-1:0]      b_data,     // follows b_address by a cycle
  output wire                       step,       // a step happens, and takes its weights
  input  wire                       y_room,     // one more output beat may be issued
  output wire                       y_reserve,  // an output beat is issued
  output reg                        y_valid,
  output wire [PE*ACC_WIDTH-1:0]    y_data
);

  localparam PRODUCT_WIDTH = W_WIDTH + X_WIDTH;
  localparam TERM_WIDTH = PRODUCT_WIDTH < ACC_WIDTH ? PRODUCT_WIDTH : ACC_WIDTH;
  localparam GROWN_WIDTH = PRODUCT_WIDTH + $clog2(SIMD);
  localparam SUM_WIDTH = GROWN_WIDTH < ACC_WIDTH ? GROWN_WIDTH : ACC_WIDTH;
  // A step adds to the accumulators STAGES cycles after it.
  localparam STAGES = 3 + PAIR + ($clog2(SIMD) + 1) / 2;

  localparam SF_WIDTH = SF > 2 ? $clog2(SF) : 1;
  localparam NF_WIDTH = NF > 2 ? $clog2(NF) : 1;
  localparam [31:0] LAST_SF = SF - 1;
  localparam [31:0] LAST_NF = NF - 1;
  localparam [31:0] LAST_WEIGHTS = GROUPS * SF * NF - 1;
  localparam [31:0] LAST_BIASES = GROUPS * NF - 1;

  // Steps.

  reg [SF_WIDTH-1:0] sf;
  reg [NF_WIDTH-1:0] nf;
  wire first = sf == {SF_WIDTH{1'b0}};
  wire last  = sf == LAST_SF[SF_WIDTH-1:0];
  wire takes = nf == LAST_NF[NF_WIDTH-1:0];
  wire may   = w_valid && (y_room || !last);

  assign x_ready   = may && takes;
  assign step      = may && x_valid;
  assign y_reserve = step && last;

  always @(posedge clk) begin
    if (step) begin
      nf <= takes ? {NF_WIDTH{1'b0}} : nf + 1'b1;
      if (takes) sf <= last ? {SF_WIDTH{1'b0}} : sf + 1'b1;
      w_address <= w_address == LAST_WEIGHTS[W_ADDRESS_WIDTH-1:0] ? {W_ADDRESS_WIDTH{1'b0}}
                                                                  : w_address + 1'b1;
    end
    if (rst) begin
      nf        <= {NF_WIDTH{1'b0}};
      sf        <= {SF_WIDTH{1'b0}};
      w_address <= {W_ADDRESS_WIDTH{1'b0}};
    end
  end

  // The steps under way: bit i is the step of i + 1 cycles ago.

  reg [STAGES-1:0] steps;
  reg [STAGES-1:0] firsts;
  reg [STAGES-1:0] lasts;
  always @(posedge clk) begin
    steps  <= {steps[STAGES-2:0], step};
    firsts <= {firsts[STAGES-2:0], first};
    lasts  <= {lasts[STAGES-2:0], last};
    if (rst) steps <= {STAGES{1'b0}};
  end

  // Biases: read so early that they stand in `bias` when the first step of an output beat adds to it.

  reg [PE*B_WIDTH-1:0] bias;
  always @(posedge clk) begin
    bias <= b_data;
    if (steps[STAGES-3] && firsts[STAGES-3])
      b_address <= b_address == LAST_BIASES[B_ADDRESS_WIDTH-1:0] ? {B_ADDRESS_WIDTH{1'b0}}
                                                                 : b_address + 1'b1;
    if (rst) b_address <= {B_ADDRESS_WIDTH{1'b0}};
  end

  // Operands.

  reg [X_LANES*X_WIDTH-1:0] x_read;    // beside w_data
  reg [X_LANES*X_WIDTH-1:0] x;
  reg [PE*SIMD*W_WIDTH-1:0] w;
  always @(posedge clk) begin
    x_read <= x_data;
    x      <= x_read;
    w      <= w_data;
  end

  // Products, and their sum per row.

  wire [PE*SUM_WIDTH-1:0] sums;

  genvar p;
  genvar s;
  generate
    for (p = 0; p < PE; p = p + 1) begin : gen_row
      wire [SIMD*PRODUCT_WIDTH-1:0] products;
      wire [SIMD*TERM_WIDTH-1:0]    terms;

      if (PAIR != 0 && p % 2 == 0 && p + 1 < PE) begin : gen_pairs
        wire [SIMD*PRODUCT_WIDTH-1:0] next_products;  // of the next row

        // Has registers for its operands.
        for (s = 0; s < SIMD; s = s + 1) begin : gen_column
          nn_multiply_pair #(
            .W_WIDTH(W_WIDTH),
            .X_WIDTH(X_WIDTH),
            .X_SIGNED(X_SIGNED)
          ) multiply (
            .clk(clk),
            .w_0(w_data[(p*SIMD+s)*W_WIDTH +: W_WIDTH]),
            .w_1(w_data[((p+1)*SIMD+s)*W_WIDTH +: W_WIDTH]),
            .x(x_read[s*X_WIDTH +: X_WIDTH]),
            .product_0(products[s*PRODUCT_WIDTH +: PRODUCT_WIDTH]),
            .product_1(next_products[s*PRODUCT_WIDTH +: PRODUCT_WIDTH])
          );
        end
      end else if (PAIR != 0 && p % 2 == 1) begin : gen_second
        assign products = gen_row[p-1].gen_pairs.next_products;
      end else begin : gen_singles
        for (s = 0; s < SIMD; s = s + 1) begin : gen_column
          localparam AT   = p * SIMD + s;
          localparam X_AT = SHARED != 0 ? s : AT;

          reg  [PRODUCT_WIDTH-1:0] product;
          wire [W_WIDTH-1:0]       weight = w[AT*W_WIDTH +: W_WIDTH];
          wire [X_WIDTH-1:0]       value  = x[X_AT*X_WIDTH +: X_WIDTH];

          if (DSP == 0) begin : gen_lut
            wire [PRODUCT_WIDTH-1:0] exact;
            nn_multiply #(
              .A_WIDTH(W_WIDTH),
              .B_WIDTH(X_WIDTH),
              .B_SIGNED(X_SIGNED)
            ) multiply (
              .a(weight),
              .b(value),
              .product(exact)
            );
            always @(posedge clk) product <= exact;
          end else if (X_SIGNED != 0) begin : gen_signed
            (* use_dsp = "yes" *)
            wire signed [PRODUCT_WIDTH-1:0] exact;
            assign exact = $signed(weight) * $signed(value);
            always @(posedge clk) product <= exact;
          end else begin : gen_unsigned
            (* use_dsp = "yes" *)
            wire signed [PRODUCT_WIDTH-1:0] exact;
            assign exact = $signed(weight) * $signed({1'b0, value});
            always @(posedge clk) product <= exact;
          end

          if (PAIR == 0) begin : gen_at_once
            assign products[s*PRODUCT_WIDTH +: PRODUCT_WIDTH] = product;
          end else begin : gen_beside_pairs
            reg [PRODUCT_WIDTH-1:0] delayed;
            always @(posedge clk) delayed <= product;
            assign products[s*PRODUCT_WIDTH +: PRODUCT_WIDTH] = delayed;
          end
        end
      end

      for (s = 0; s < SIMD; s = s + 1) begin : gen_term
        assign terms[s*TERM_WIDTH +: TERM_WIDTH] = products[s*PRODUCT_WIDTH +: TERM_WIDTH];
      end
      wire unused = &{1'b0, products};

      nn_adder_tree #(
        .COUNT(SIMD),
        .WIDTH(TERM_WIDTH),
        .OUT_WIDTH(SUM_WIDTH)
      ) tree (
        .clk(clk),
        .terms(terms),
        .sum(sums[p*SUM_WIDTH +: SUM_WIDTH])
      );
    end
  endgenerate

`ifdef FORMAL
  reg [1:0]                    started = 2'd0;
  wire [NF*PE*ACC_WIDTH-1:0]   kept;     // the accumulators
  reg  [NF*PE*ACC_WIDTH-1:0]   model;
  reg  [31:0]                  past_nf;  // of the next step that adds
`endif

  // Accumulators.

  wire [PE*ACC_WIDTH-1:0] partial;   // what the steps before added up to
  reg  [PE*ACC_WIDTH-1:0] results;
  wire [PE*ACC_WIDTH-1:0] added;
  assign y_data = results;

  always @(posedge clk) begin
    results <= added;
    y_valid <= steps[STAGES-1] && lasts[STAGES-1];
    if (rst) y_valid <= 1'b0;
  end

  generate
    for (p = 0; p < PE; p = p + 1) begin : gen_accumulator
      wire [ACC_WIDTH-1:0] wide_bias;
      wire [ACC_WIDTH-1:0] wide_sum;

      if (B_WIDTH < ACC_WIDTH) begin : gen_bias_extended
        assign wide_bias = {{ACC_WIDTH-B_WIDTH{bias[p*B_WIDTH + B_WIDTH-1]}}, bias[p*B_WIDTH +: B_WIDTH]};
      end else begin : gen_bias_cut
        assign wide_bias = bias[p*B_WIDTH +: ACC_WIDTH];
      end
      if (SUM_WIDTH < ACC_WIDTH) begin : gen_sum_extended
        assign wide_sum = {{ACC_WIDTH-SUM_WIDTH{sums[p*SUM_WIDTH + SUM_WIDTH-1]}},
                           sums[p*SUM_WIDTH +: SUM_WIDTH]};
      end else begin : gen_sum_whole
        assign wide_sum = sums[p*SUM_WIDTH +: SUM_WIDTH];
      end

      assign added[p*ACC_WIDTH +: ACC_WIDTH] =
        (firsts[STAGES-1] ? wide_bias : partial[p*ACC_WIDTH +: ACC_WIDTH]) + wide_sum;
    end

    if (SF == 1) begin : gen_none
      assign partial = {PE*ACC_WIDTH{1'b0}};
`ifdef FORMAL
      assign kept = model;
`endif
    end else if (NF == 1) begin : gen_register
      reg [PE*ACC_WIDTH-1:0] sum;
      assign partial = sum;
`ifdef FORMAL
      assign kept = sum;
`endif
      always @(posedge clk) if (steps[STAGES-1]) sum <= added;
    end else begin : gen_memory
      (* ram_style = "distributed" *)
      reg [PE*ACC_WIDTH-1:0] memory [0:NF-1];
      reg [NF_WIDTH-1:0]     index;     // the nf of the step that adds
      assign partial = memory[index];
      always @(posedge clk) begin
        if (steps[STAGES-1]) memory[index] <= added;
        if (steps[STAGES-1]) index <= index == LAST_NF[NF_WIDTH-1:0] ? {NF_WIDTH{1'b0}} : index + 1'b1;
        if (rst) index <= {NF_WIDTH{1'b0}};
      end
`ifdef FORMAL
      for (p = 0; p < NF; p = p + 1) begin : gen_kept
        assign kept[p*PE*ACC_WIDTH +: PE*ACC_WIDTH] = memory[p];
      end
      always @(posedge clk) if (started) assert (index == past_nf);
`endif
    end
  endgenerate

`ifdef FORMAL
  localparam WORDS = GROUPS * SF * NF;
  localparam BIASES = GROUPS * NF;
  localparam X_BITS = X_LANES * X_WIDTH;
  localparam W_BITS = PE * SIMD * W_WIDTH;

  // Place i of each: i + 1 cycles ago.
  reg [STAGES*32-1:0]         addresses;  // w_address
  reg [STAGES*X_BITS-1:0]     xs;         // x_data
  reg [(STAGES-1)*W_BITS-1:0] ws;         // w_data, a cycle behind the step
  always @(posedge clk) begin
    addresses <= {addresses[(STAGES-1)*32-1:0], {32-W_ADDRESS_WIDTH{1'b0}}, w_address};
    xs        <= {xs[(STAGES-1)*X_BITS-1:0], x_data};
    ws        <= {ws[(STAGES-2)*W_BITS-1:0], w_data};
  end

  // The memory of the biases.
  wire [BIASES*PE*B_WIDTH-1:0] biases;
  assign biases = $anyconst;
  reg [31:0] bias_read;
  always @(posedge clk) begin
    bias_read <= b_address;
    if (started != 0) assume (b_data == biases[bias_read*PE*B_WIDTH +: PE*B_WIDTH]);
  end

  // What the step that adds now makes, by the definition.
  wire [31:0] now    = addresses[(STAGES-1)*32 +: 32];
  wire [31:0] now_nf = now % NF;
  wire [31:0] now_sf = now / NF % SF;
  wire [31:0] now_g  = now / NF / SF;
  reg [PE*ACC_WIDTH-1:0]     expected;
  reg [PE*ACC_WIDTH-1:0]     must_be;
  reg signed [ACC_WIDTH-1:0] total;
  reg signed [B_WIDTH-1:0]   from_bias;
  reg signed [W_WIDTH-1:0]   of_w;
  reg signed [X_WIDTH:0]     of_x;
  integer i, j, at;
  always @(*) begin
    for (i = 0; i < PE; i = i + 1) begin
      from_bias = biases[((now_g*NF + now_nf)*PE + i)*B_WIDTH +: B_WIDTH];
      total = from_bias;
      if (now_sf != 0) total = model[(now_nf*PE + i)*ACC_WIDTH +: ACC_WIDTH];
      for (j = 0; j < SIMD; j = j + 1) begin
        of_w = ws[(STAGES-2)*W_BITS + (i*SIMD + j)*W_WIDTH +: W_WIDTH];
        at = (STAGES-1)*X_BITS + (SHARED != 0 ? j : i*SIMD + j)*X_WIDTH;
        of_x = {X_SIGNED != 0 && xs[at+X_WIDTH-1], xs[at +: X_WIDTH]};
        total = total + of_w * of_x;
      end
      expected[i*ACC_WIDTH +: ACC_WIDTH] = total;
    end
  end

  // The steps under way, and the first ones among them whose bias was not yet read.
  integer n, under_way, unread;
  reg [31:0] ago;
  always @(*) begin
    under_way = 0;
    unread = 0;
    for (n = 0; n < STAGES; n = n + 1) begin
      if (steps[n]) under_way = under_way + 1;
      if (n <= STAGES - 3 && steps[n] && firsts[n]) unread = unread + 1;
    end
    past_nf = (w_address + NF * STAGES - under_way) % NF;
  end

  wire [NF*PE*ACC_WIDTH-1:0] any;
  assign any = $anyseq;
  integer k, count;
  always @(posedge clk) begin
    if (started != 2'd2) started <= started + 2'd1;
    if (started == 0) assume (rst);
    // The accumulators start as anything, and so does the model.
    if (started == 0) model <= any;
    else if (steps[STAGES-1]) model[now_nf*PE*ACC_WIDTH +: PE*ACC_WIDTH] <= expected;
    if (started == 1) assume (model == kept);
    must_be <= expected;

    if (started != 0) begin
      // The order of the steps, and what each waits for.
      assert (w_address < WORDS && b_address < BIASES);
      assert (nf == w_address % NF && sf == w_address / NF % SF);
      assert (x_ready == (w_valid && nf == NF - 1 && (y_room || sf != SF - 1)));
      assert (step == (x_valid && w_valid && (y_room || sf != SF - 1)));
      assert (y_reserve == (step && sf == SF - 1));
      count = 0;
      for (k = 0; k < STAGES; k = k + 1) if (steps[k]) begin
        count = count + 1;
        ago = addresses[k*32 +: 32];
        assert (ago == (w_address + WORDS * STAGES - count) % WORDS);
        assert (firsts[k] == (ago / NF % SF == 0) && lasts[k] == (ago / NF % SF == SF - 1));
      end
      // The biases are read in order.
      assert ((b_address + unread) % BIASES
              == (w_address / (NF * SF) * NF + (sf == 0 ? nf : NF)) % BIASES);
      if (steps[STAGES-2] && firsts[STAGES-2])
        assert (bias_read == addresses[(STAGES-2)*32 +: 32] / NF / SF * NF + addresses[(STAGES-2)*32 +: 32] % NF);
      // Accumulators and results.
      assert (kept == model);
      if (y_valid) assert (y_data == must_be);
      if (!$past(rst)) begin
        assert (y_valid == $past(steps[STAGES-1] && lasts[STAGES-1]));
        assert (steps == $past({steps[STAGES-2:0], step}));
        if ($past(!step)) assert ($stable(w_address));
      end else begin
        assert (!y_valid && steps == 0 && w_address == 0 && b_address == 0);
      end
    end
  end
`endif

  wire unused = &{1'b0, x, w, bias, partial, firsts[STAGES-1]};

endmodule

`default_nettype wire
