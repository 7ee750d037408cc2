// nn_sparse_unit.v - one unit of nn_sparse_matvec: picks elements of the window, multiplies them with
// the weights of its program word, and adds to one of its sums.
// A unit holds BLOCK_ROWS x BLOCK_COLS weights and takes BLOCK_COLS adjacent elements per line. Its sums
// are NF words in each of its banks: lines add to one while another one is drained. A bank has one
// address, so that its memory is one LUT per bit for up to 64 words.
// A unit whose weights are all zero rests: it reads nothing that matters and writes nothing.
// Pipeline, by cycles behind the step of a line:
//   1  the word is here; pick        2  multiply
//   3  .. 2 + LEVELS  sum of the products of a row of the block, LEVELS = ceil(log2(BLOCK_COLS))
//   3 + LEVELS  read, add, write     (the sum can be drained in the cycle behind it)
// No reset: a line's sums are loaded by `first` before they are added to.
`default_nettype none

module nn_sparse_unit #(
  parameter X_WIDTH    = 8,           // bits of an element
  parameter X_SIGNED   = 0,
  parameter W_WIDTH    = 8,           // bits of a weight, signed
  parameter ACC_WIDTH  = 24,          // bits of a sum; at least X_WIDTH + W_WIDTH + LEVELS
  parameter PICKS      = 8,           // element blocks to pick from
  parameter NF         = 4,           // words of a bank
  parameter BANKS      = 2,
  parameter BLOCK_ROWS = 1,
  parameter BLOCK_COLS = 1,
  // Derived, not to be set.
  parameter BLOCK      = BLOCK_COLS * X_WIDTH,
  parameter WEIGHTS    = BLOCK_ROWS * BLOCK_COLS * W_WIDTH,
  parameter PICK_WIDTH = PICKS > 1 ? $clog2(PICKS) : 1,
  parameter ROW_WIDTH  = NF > 1 ? $clog2(NF) : 1,
  parameter BANK_WIDTH = $clog2(BANKS),
  parameter WORD_WIDTH = WEIGHTS + PICK_WIDTH + ROW_WIDTH + 1
) (
  input  wire                            clk,
  // {first, row, pick, weights}, in the cycle of the step; weight of row i, column j of the block at
  // (i * BLOCK_COLS + j) * W_WIDTH.
  input  wire [WORD_WIDTH-1:0]           word,
  // One cycle later: whether there was a step, and what the window holds then.
  input  wire                            stepped,
  input  wire [PICKS*BLOCK-1:0]          candidates,
  // In the cycle in which the line's sums are written: to which bank.
  input  wire [BANK_WIDTH-1:0]           add_bank,
  // What is drained, and its sums in the same cycle. Never the bank that is added to.
  input  wire [BANK_WIDTH-1:0]           drain_bank,
  input  wire [ROW_WIDTH-1:0]            drain_row,
  output wire [BLOCK_ROWS*ACC_WIDTH-1:0] drained
);

  localparam LEVELS  = $clog2(BLOCK_COLS);
  localparam PRODUCT = X_WIDTH + W_WIDTH;
  localparam SUM     = PRODUCT + LEVELS;

  // Cycle 1: pick.
  reg  [WORD_WIDTH-1:0] word_1;
  wire [WEIGHTS-1:0]    weights_1 = word_1[0 +: WEIGHTS];
  wire [PICK_WIDTH-1:0] pick_1    = word_1[WEIGHTS +: PICK_WIDTH];
  wire [ROW_WIDTH-1:0]  row_1     = word_1[WEIGHTS + PICK_WIDTH +: ROW_WIDTH];
  wire                  first_1   = word_1[WORD_WIDTH-1];
  wire                  works_1   = stepped && weights_1 != {WEIGHTS{1'b0}};

  // Cycle 2: multiply.
  reg  [BLOCK-1:0]      picked_2;
  reg  [WEIGHTS-1:0]    weights_2;
  reg  [ROW_WIDTH+1:0]  control_2;   // {works, first, row}

  always @(posedge clk) begin
    word_1    <= word;
    picked_2  <= candidates[pick_1*BLOCK +: BLOCK];
    weights_2 <= weights_1;
    control_2 <= {works_1, first_1, row_1};
  end

  wire [ROW_WIDTH+1:0] control;
  nn_delay #(.WIDTH(ROW_WIDTH + 2), .CYCLES(1 + LEVELS)) control_delay (
    .clk(clk),
    .in(control_2),
    .out(control)
  );
  wire                 works = control[ROW_WIDTH+1];
  wire                 first = control[ROW_WIDTH];
  wire [ROW_WIDTH-1:0] row   = control[ROW_WIDTH-1:0];

`ifdef FORMAL
  // A word of a bank, chosen freely, and the lines that reach it.
  localparam DELAY = 2 + LEVELS;
  wire [BANK_WIDTH-1:0] chosen_bank;
  wire [ROW_WIDTH-1:0] chosen_row;
  assign chosen_bank = $anyconst;
  assign chosen_row  = $anyconst;
  reg  [31:0]           age = 0;
  wire                  aged = age == DELAY + 1;
  reg  [WORD_WIDTH-1:0] past_word;
  wire [BLOCK-1:0]      seen_1 = candidates >> (past_word[WEIGHTS +: PICK_WIDTH] * BLOCK);
  wire                  names_1 = stepped && past_word[0 +: WEIGHTS] != 0
                          && past_word[WEIGHTS + PICK_WIDTH +: ROW_WIDTH] == chosen_row;
  reg  [DELAY-1:0]      names;
  reg  [DELAY-1:0]      firsts;
  wire                  hits      = aged && names[DELAY-1] && add_bank == chosen_bank;
  wire                  hit_first = firsts[DELAY-1];
  always @(posedge clk) begin
    past_word <= word;
    names     <= {names, names_1};
    firsts    <= {firsts, past_word[WORD_WIDTH-1]};
    if (!aged) age <= age + 1;
    assert (age <= DELAY + 1);
    assume (chosen_row < NF);
    assume (chosen_bank < BANKS && add_bank < BANKS);
    assume (past_word[WEIGHTS +: PICK_WIDTH] < PICKS);
    assume (past_word[WEIGHTS + PICK_WIDTH +: ROW_WIDTH] < NF);
  end
`endif

  genvar i, j, b;
  generate
    for (i = 0; i < BLOCK_ROWS; i = i + 1) begin : block_row
      // The products of the row, and their sum.
      wire [BLOCK_COLS*SUM-1:0] terms;
      wire [SUM-1:0]            sum;
      for (j = 0; j < BLOCK_COLS; j = j + 1) begin : block_col
        wire               [X_WIDTH-1:0] element = picked_2[j*X_WIDTH +: X_WIDTH];
        wire signed        [X_WIDTH:0]   factor  = {X_SIGNED != 0 && element[X_WIDTH-1], element};
        wire signed        [W_WIDTH-1:0] weight  = weights_2[(i*BLOCK_COLS + j)*W_WIDTH +: W_WIDTH];
        reg  signed        [PRODUCT-1:0] product;
        always @(posedge clk) product <= factor * weight;
        if (LEVELS == 0) begin : gen_same
          assign terms[j*SUM +: SUM] = product;
        end else begin : gen_extended
          assign terms[j*SUM +: SUM] = {{LEVELS{product[PRODUCT-1]}}, product};
        end
      end
      nn_sum #(.COUNT(BLOCK_COLS), .WIDTH(SUM)) row_sum (
        .clk(clk),
        .terms(terms),
        .sum(sum)
      );

      wire [ACC_WIDTH-1:0] addend;
      if (ACC_WIDTH > SUM) begin : gen_wider
        assign addend = {{ACC_WIDTH - SUM{sum[SUM-1]}}, sum};
      end else begin : gen_as_wide
        assign addend = sum;
      end

`ifdef FORMAL
      // What the chosen word must hold: the products of the lines that named it since a `first`.
      reg  [ACC_WIDTH-1:0]           total_1;
      reg  [DELAY*ACC_WIDTH-1:0]     totals;
      wire [ACC_WIDTH-1:0]           total = totals[DELAY*ACC_WIDTH-1 -: ACC_WIDTH];
      reg  [ACC_WIDTH-1:0]           expected;
      reg                            known = 1'b0;
      integer                        k;
      reg signed [ACC_WIDTH-1:0]     element_k, weight_k;
      always @* begin
        total_1 = {ACC_WIDTH{1'b0}};
        for (k = 0; k < BLOCK_COLS; k = k + 1) begin
          element_k = {{ACC_WIDTH{X_SIGNED != 0 && seen_1[k*X_WIDTH + X_WIDTH - 1]}},
                       seen_1[k*X_WIDTH +: X_WIDTH]};
          weight_k  = $signed(past_word[(i*BLOCK_COLS + k)*W_WIDTH +: W_WIDTH]);
          total_1   = total_1 + element_k * weight_k;
        end
      end
      always @(posedge clk) begin
        totals <= {totals, total_1};
        if (hits) begin
          expected <= (hit_first ? {ACC_WIDTH{1'b0}} : expected) + total;
          if (hit_first) known <= 1'b1;
        end
        if (aged) begin
          assert (addend == total);
          if (known && add_bank != chosen_bank && drain_bank == chosen_bank && drain_row == chosen_row)
            assert (drained[i*ACC_WIDTH +: ACC_WIDTH] == expected);
        end else begin
          assert (!known);
        end
      end
`endif

      // The sums of the row: read, add, write.
      wire [BANKS*ACC_WIDTH-1:0] at;     // what each bank reads
      wire [ACC_WIDTH-1:0]       old  = at[add_bank*ACC_WIDTH +: ACC_WIDTH];
      wire [ACC_WIDTH-1:0]       next = (first ? {ACC_WIDTH{1'b0}} : old) + addend;
      for (b = 0; b < BANKS; b = b + 1) begin : bank
        localparam [31:0] NUMBER = b;
        reg  [ACC_WIDTH-1:0] sums [0:NF-1];
        wire                 added   = add_bank == NUMBER[BANK_WIDTH-1:0];
        wire [ROW_WIDTH-1:0] address = added ? row : drain_row;
        assign at[b*ACC_WIDTH +: ACC_WIDTH] = sums[address];
        always @(posedge clk) if (works && added) sums[address] <= next;
`ifdef FORMAL
        always @(posedge clk)
          if (aged && known && chosen_bank == b) assert (sums[chosen_row] == expected);
`endif
      end
      assign drained[i*ACC_WIDTH +: ACC_WIDTH] = at[drain_bank*ACC_WIDTH +: ACC_WIDTH];
    end
  endgenerate

endmodule

`default_nettype wire
