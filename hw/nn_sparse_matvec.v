// nn_sparse_matvec.v - matrix times vector, with cycles for non-zero weights only.
//
// The vector comes in beats of LANES elements and passes through a window, which holds the last WINDOW
// beats. CLUSTERS * MULTS units each take, per line of the program, one element of the window and one
// non-zero weight, and add their product to one of their own sums (nn_sparse_unit). The program, made by
// the compiler, fixes which. Behind its last line the sums of all units of a row are added to the bias
// and leave, while the next vector's are gathered in another bank.
//
// With blocks, a unit takes BLOCK_COLS adjacent elements and the BLOCK_ROWS x BLOCK_COLS weights of a block.
// Row r is lane r % OUT of output beat r / OUT, OUT = CLUSTERS * BLOCK_ROWS; its units are those of cluster
// (r % OUT) / BLOCK_ROWS. Unit u of a cluster sees the element blocks b of a beat with b % CLASSES ==
// u % CLASSES only: CLASSES = 1 makes the widest choice and the largest multiplexers.
//
// Memories outside, read in every cycle: the data of an address comes one cycle later.
//   program_data of line i: {whether line i + 1 advances, a word per unit}, unit 0 of cluster 0 lowest;
//     behind the last line comes line 0, which always advances. A word is {first, row, pick, weights}:
//     first   load the sum, do not add to it: the unit's first block of this row
//     row     the output beat
//     pick    tap * (LANES / BLOCK_COLS / CLASSES) + b / CLASSES; tap 0 is the newest beat, which the line
//             itself takes if it advances
//     weights row by row, the first column lowest; all zero where the unit rests
//   bias_data of output beat k: {touched, bias}; touched: a bit per unit, whether it has a sum for this beat.
//
// Steps: two processes with a channel of PLACES vectors between them (and PLACES + 1 banks, one of which
// is being added to).
//   add    LINES steps per vector. A line that advances needs and takes an x beat. The last line reserves
//          a place of the channel. L = 2 + ceil(log2(BLOCK_COLS)): with the last line in cycle t, the
//          vector can be drained from cycle t + L + 1 on.
//   drain  NF steps per vector. Each needs the vector and reserves a beat of y; the last one, in cycle u,
//          gives the place back: it can be reserved from cycle u + 1 on.
//          L = 1 + ceil(log2(MULTS + 1)), from the step to y_valid.
// So the interval is the largest of LINES, NF and (NF + 3 + ceil(log2(BLOCK_COLS))) / PLACES.
//
// Does not cut: x_ready and y_reserve come from registers and y_room, program_address also from
// x_valid. Elements that meet a zero weight of a block must be known in simulation (x times 0 is x).
`default_nettype none

module nn_sparse_matvec #(
  parameter X_WIDTH    = 8,           // bits of an element of the vector
  parameter X_SIGNED   = 0,
  parameter W_WIDTH    = 8,           // bits of a weight, signed
  parameter B_WIDTH    = 16,          // bits of a bias, signed; at most ACC_WIDTH
  parameter ACC_WIDTH  = 24,          // bits of a sum and of an output element, modulo 2^ACC_WIDTH;
                                      // at least X_WIDTH + W_WIDTH + ceil(log2(BLOCK_COLS))
  parameter LANES      = 4,           // elements of an x beat, a multiple of CLASSES * BLOCK_COLS
  parameter WINDOW     = 4,           // beats
  parameter CLUSTERS   = 2,
  parameter MULTS      = 2,           // units of a cluster
  parameter CLASSES    = 1,
  parameter BLOCK_ROWS = 1,
  parameter BLOCK_COLS = 1,
  parameter NF         = 4,           // output beats of a vector
  parameter LINES      = 16,          // lines of the program
  parameter PLACES     = 1,           // vectors between adding and draining
  // Derived, not to be set.
  parameter UNITS      = CLUSTERS * MULTS,
  parameter OUT        = CLUSTERS * BLOCK_ROWS,
  parameter PICKS      = WINDOW * (LANES / BLOCK_COLS / CLASSES),
  parameter WORD_WIDTH = BLOCK_ROWS * BLOCK_COLS * W_WIDTH + (PICKS > 1 ? $clog2(PICKS) : 1)
                         + (NF > 1 ? $clog2(NF) : 1) + 1,
  parameter LINE_WIDTH = LINES > 1 ? $clog2(LINES) : 1,
  parameter FOLD_WIDTH = NF > 1 ? $clog2(NF) : 1
) (
  input  wire                         clk,
  input  wire                         rst,              // synchronous, active high
  // The vector.
  input  wire [LANES*X_WIDTH-1:0]     x_data,
  input  wire                         x_valid,
  output wire                         x_ready,
  // The memories.
  output wire [LINE_WIDTH-1:0]        program_address,
  input  wire [UNITS*WORD_WIDTH:0]    program_data,
  output wire [FOLD_WIDTH-1:0]        bias_address,
  input  wire [UNITS+OUT*B_WIDTH-1:0] bias_data,
  // The product.
  input  wire                         y_room,
  output wire                         y_reserve,
  output wire                         y_valid,
  output wire [OUT*ACC_WIDTH-1:0]     y_data,
  output wire                         step              // the line takes its step
);

  localparam BEAT       = LANES * X_WIDTH;
  localparam BLOCK      = BLOCK_COLS * X_WIDTH;
  localparam POSITIONS  = LANES / BLOCK_COLS / CLASSES;  // of a class in a beat
  localparam ADD_DELAY  = 3 + $clog2(BLOCK_COLS);        // from a step to the writing of its sums
  localparam TREE       = $clog2(MULTS + 1);
  localparam BANK_WIDTH = $clog2(PLACES + 1);
  localparam [31:0] FULL      = PLACES;                  // also the last bank
  localparam [31:0] LAST_LINE = LINES - 1;
  localparam [31:0] LAST_FOLD = NF - 1;

  // Add: the line on program_data takes its step.
  reg  [LINE_WIDTH-1:0] line;
  reg                   advance;      // the line takes a beat
  reg                   at_last;
  reg  [BANK_WIDTH-1:0] bank;         // that the line adds to
  reg  [BANK_WIDTH-1:0] reserved;     // banks with sums that are not drained
  reg                   stepped;
  wire                  may_step = !(at_last && reserved == FULL[BANK_WIDTH-1:0]);
  wire                  fills    = step && at_last;
  wire [LINE_WIDTH-1:0] after    = at_last ? {LINE_WIDTH{1'b0}} : line + 1'b1;

  assign step            = may_step && (x_valid || !advance);
  assign x_ready         = may_step && advance;
  assign program_address = rst ? {LINE_WIDTH{1'b0}} : step ? after : line;

  // Drain: output beat `fold`.
  reg  [ADD_DELAY-2:0]  filling;      // the last line's sums are on their way
  reg  [BANK_WIDTH-1:0] filled;       // banks to drain, from drain_bank on
  reg  [BANK_WIDTH-1:0] drain_bank;
  reg  [FOLD_WIDTH-1:0] fold;
  wire                  arrives = filling[ADD_DELAY-2];
  wire                  empties = y_reserve && fold == LAST_FOLD[FOLD_WIDTH-1:0];

  assign y_reserve    = filled != {BANK_WIDTH{1'b0}} && y_room;
  assign bias_address = fold;

  function [BANK_WIDTH-1:0] next_bank;
    input [BANK_WIDTH-1:0] number;
    next_bank = number == FULL[BANK_WIDTH-1:0] ? {BANK_WIDTH{1'b0}} : number + 1'b1;
  endfunction

  always @(posedge clk) begin
    stepped <= step;
    if (step) begin
      line    <= after;
      at_last <= after == LAST_LINE[LINE_WIDTH-1:0];
      advance <= program_data[UNITS*WORD_WIDTH];
    end
    if (fills)   bank       <= next_bank(bank);
    if (empties) drain_bank <= next_bank(drain_bank);

    if (fills && !empties)   reserved <= reserved + 1'b1;
    if (!fills && empties)   reserved <= reserved - 1'b1;
    if (arrives && !empties) filled   <= filled + 1'b1;
    if (!arrives && empties) filled   <= filled - 1'b1;

    filling <= {filling[ADD_DELAY-3:0], fills};
    if (y_reserve) fold <= empties ? {FOLD_WIDTH{1'b0}} : fold + 1'b1;

    if (rst) begin
      stepped  <= 1'b0;
      line     <= {LINE_WIDTH{1'b0}};
      at_last  <= LINES == 1;
      advance  <= 1'b1;
      bank     <= {BANK_WIDTH{1'b0}};
      reserved <= {BANK_WIDTH{1'b0}};
      filling  <= {ADD_DELAY - 1{1'b0}};
      filled   <= {BANK_WIDTH{1'b0}};
      drain_bank <= {BANK_WIDTH{1'b0}};
      fold     <= {FOLD_WIDTH{1'b0}};
    end
  end

  // The window, the newest beat lowest.
  reg [WINDOW*BEAT-1:0] window;
  generate
    if (WINDOW == 1) begin : gen_one_beat
      always @(posedge clk) if (x_valid && x_ready) window <= x_data;
    end else begin : gen_beats
      always @(posedge clk)
        if (x_valid && x_ready) window <= {window[(WINDOW-1)*BEAT-1:0], x_data};
    end
  endgenerate

  // The bank in which a line's sums are written, and what is drained in the same cycle.
  reg  [ADD_DELAY*BANK_WIDTH-1:0] banks;                 // of the last lines
  wire [BANK_WIDTH-1:0]           add_bank = banks[ADD_DELAY*BANK_WIDTH-1 -: BANK_WIDTH];
  reg  [BANK_WIDTH-1:0]           drained_bank;
  reg  [FOLD_WIDTH-1:0]           drained_row;
  reg  [TREE:0]                   draining;
  always @(posedge clk) begin
    banks        <= {banks[(ADD_DELAY-1)*BANK_WIDTH-1:0], bank};
    drained_bank <= drain_bank;
    drained_row  <= fold;
    draining     <= {draining[TREE-1:0], y_reserve};
    if (rst) begin
      banks    <= {ADD_DELAY*BANK_WIDTH{1'b0}};
      draining <= {TREE + 1{1'b0}};
    end
  end
  assign y_valid = draining[TREE];

  // What the units of each class see.
  wire [CLASSES*PICKS*BLOCK-1:0] candidates;
  wire [UNITS*BLOCK_ROWS*ACC_WIDTH-1:0] drained;
  genvar g, t, p, c, u, i;
  generate
    for (g = 0; g < CLASSES; g = g + 1) begin : seen
      for (t = 0; t < WINDOW; t = t + 1) begin : tap
        for (p = 0; p < POSITIONS; p = p + 1) begin : position
          assign candidates[((g*WINDOW + t)*POSITIONS + p)*BLOCK +: BLOCK]
            = window[t*BEAT + (p*CLASSES + g)*BLOCK +: BLOCK];
        end
      end
    end

    for (u = 0; u < UNITS; u = u + 1) begin : unit
      nn_sparse_unit #(
        .X_WIDTH(X_WIDTH),
        .X_SIGNED(X_SIGNED),
        .W_WIDTH(W_WIDTH),
        .ACC_WIDTH(ACC_WIDTH),
        .PICKS(PICKS),
        .NF(NF),
        .BANKS(PLACES + 1),
        .BLOCK_ROWS(BLOCK_ROWS),
        .BLOCK_COLS(BLOCK_COLS)
      ) core (
        .clk(clk),
        .word(program_data[u*WORD_WIDTH +: WORD_WIDTH]),
        .stepped(stepped),
        .candidates(candidates[(u % MULTS % CLASSES)*PICKS*BLOCK +: PICKS*BLOCK]),
        .add_bank(add_bank),
        .drain_bank(drained_bank),
        .drain_row(drained_row),
        .drained(drained[u*BLOCK_ROWS*ACC_WIDTH +: BLOCK_ROWS*ACC_WIDTH])
      );
    end

    // Output rows: the sums of the cluster's units that have one, and the bias.
    for (c = 0; c < CLUSTERS; c = c + 1) begin : cluster
      for (i = 0; i < BLOCK_ROWS; i = i + 1) begin : row
        wire [(MULTS+1)*ACC_WIDTH-1:0] terms;
        wire [B_WIDTH-1:0]             bias = bias_data[(c*BLOCK_ROWS + i)*B_WIDTH +: B_WIDTH];
        if (ACC_WIDTH > B_WIDTH) begin : gen_extended
          assign terms[MULTS*ACC_WIDTH +: ACC_WIDTH] = {{ACC_WIDTH - B_WIDTH{bias[B_WIDTH-1]}}, bias};
        end else begin : gen_as_wide
          assign terms[MULTS*ACC_WIDTH +: ACC_WIDTH] = bias;
        end
        for (u = 0; u < MULTS; u = u + 1) begin : sums
          wire touched = bias_data[OUT*B_WIDTH + c*MULTS + u];
          assign terms[u*ACC_WIDTH +: ACC_WIDTH] = {ACC_WIDTH{touched}}
            & drained[((c*MULTS + u)*BLOCK_ROWS + i)*ACC_WIDTH +: ACC_WIDTH];
        end
        nn_sum #(.COUNT(MULTS + 1), .WIDTH(ACC_WIDTH)) row_sum (
          .clk(clk),
          .terms(terms),
          .sum(y_data[(c*BLOCK_ROWS + i)*ACC_WIDTH +: ACC_WIDTH])
        );
      end
    end
  endgenerate

`ifdef FORMAL
  reg                   started = 1'b0;
  reg  [TREE+1:0]       promised;      // the last beats reserved
  reg  [31:0]           on_the_way;    // vectors whose last sums are not written yet
  integer n;
  always @(posedge clk) begin
    started      <= 1'b1;
    promised     <= {promised[TREE:0], y_reserve};
    if (rst) promised <= 0;
    if (!started) begin
      assume (rst);
    end else begin
      // The data of the line is there, from the first cycle behind the reset on.
      assert (line == $past(program_address));
      assert (line < LINES && fold < NF);
      assert (at_last == (line == LINES - 1));
      // A line waits for its beat, the last one for the channel's place; nothing else waits.
      assert (step == ((!advance || x_valid) && !(at_last && reserved == PLACES)));
      assert (x_ready == (advance && !(at_last && reserved == PLACES)));
      // A beat is reserved in room only, and comes TREE + 1 cycles later.
      assert (!y_reserve || y_room);
      assert (draining == promised[TREE:0]);
      assert (y_valid == promised[TREE]);
      // A place is reserved from the last line to the last beat drained, each vector in its bank.
      on_the_way = 0;
      for (n = 0; n < ADD_DELAY - 1; n = n + 1) begin
        on_the_way = on_the_way + filling[n];
        // The lines of the last cycles added to the banks in front.
        assert ((banks[n*BANK_WIDTH +: BANK_WIDTH] + on_the_way) % (PLACES + 1) == bank);
      end
      assert (reserved <= PLACES && reserved == filled + on_the_way);
      assert (fold == 0 || filled != 0);
      assert (drain_bank <= PLACES && bank == (drain_bank + reserved) % (PLACES + 1));
      if (!$past(rst)) begin
        assert (reserved == $past(reserved) + $past(fills) - $past(empties));
        // The window takes what moves, and only that.
        if ($past(x_valid && x_ready)) assert (window[BEAT-1:0] == $past(x_data));
        else assert ($stable(window));
        if ($past(step)) assert (stepped && advance == $past(program_data[UNITS*WORD_WIDTH]));
        else assert (!stepped && $stable(line) && $stable(advance));
        if ($past(step && at_last)) assert (line == 0);
        if ($past(y_reserve)) assert (drained_row == $past(fold) && drained_bank == $past(drain_bank));
      end else begin
        assert (line == 0 && advance && reserved == 0 && !stepped && !y_valid && fold == 0);
      end
      // What is drained is not being added to.
      if (draining[0]) assert (add_bank != drained_bank && add_bank <= PLACES);
    end
  end
`endif

endmodule

`default_nettype wire
