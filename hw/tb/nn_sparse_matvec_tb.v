// nn_sparse_matvec_tb.v - a random sparse matrix, a random program for it, and vectors through it.
// The program is made here: each line takes the oldest work its units may do, with random rests, so
// that it must fit into LINES. A model of the two processes, by the rules in the header of the
// module, says in every cycle what must be taken, reserved and given out.
// +program=FOLDER takes matrix, biases and program from FOLDER/{matrix,bias,lines,biases}.mem instead.
`default_nettype none

module nn_sparse_matvec_tb;

  parameter X_WIDTH    = 8;
  parameter X_SIGNED   = 0;
  parameter W_WIDTH    = 8;
  parameter B_WIDTH    = 16;
  parameter ACC_WIDTH  = 24;
  parameter LANES      = 4;
  parameter WINDOW     = 4;
  parameter CLUSTERS   = 2;
  parameter MULTS      = 2;
  parameter CLASSES    = 1;
  parameter BLOCK_ROWS = 1;
  parameter BLOCK_COLS = 1;
  parameter ROWS       = 8;
  parameter COLS       = 30;
  parameter LINES      = 40;
  parameter PLACES     = 1;
  parameter DENSITY    = 50;           // percent of the blocks that are not zero
  parameter REST       = 10;           // percent of the units that rest though there is work
  parameter DEPTH      = 3;            // places of the FIFO behind, under stall
  parameter VECTORS    = 40;

  localparam UNITS       = CLUSTERS * MULTS;
  localparam OUT         = CLUSTERS * BLOCK_ROWS;
  localparam NF          = (ROWS + OUT - 1) / OUT;
  localparam BEATS       = (COLS + LANES - 1) / LANES;
  localparam BLOCKS      = LANES / BLOCK_COLS;          // of a beat
  localparam PICKS       = WINDOW * BLOCKS / CLASSES;
  localparam WEIGHTS     = BLOCK_ROWS * BLOCK_COLS * W_WIDTH;
  localparam PICK_WIDTH  = PICKS > 1 ? $clog2(PICKS) : 1;
  localparam FOLD_WIDTH  = NF > 1 ? $clog2(NF) : 1;
  localparam LINE_WIDTH  = LINES > 1 ? $clog2(LINES) : 1;
  localparam WORD_WIDTH  = WEIGHTS + PICK_WIDTH + FOLD_WIDTH + 1;
  localparam FILL        = 3 + $clog2(BLOCK_COLS);      // from the last line to a vector to drain
  localparam LATENCY     = 1 + $clog2(MULTS + 1);       // from y_reserve to y_valid
  // Of PLACES vectors.
  localparam SLOWER      = LINES > NF ? LINES : NF;
  localparam INTERVAL    = PLACES*SLOWER > NF + FILL ? PLACES*SLOWER : NF + FILL;
  localparam BLOCK_COUNT = BEATS * BLOCKS;
  localparam BLOCK_LINES = NF * CLUSTERS;               // rows of blocks

  reg                          clk = 1'b0;
  reg                          rst = 1'b1;
  wire [LANES*X_WIDTH-1:0]     x_data;
  reg                          x_valid = 1'b0;
  wire                         x_ready;
  wire [LINE_WIDTH-1:0]        program_address;
  reg  [UNITS*WORD_WIDTH:0]    program_data;
  wire [FOLD_WIDTH-1:0]        bias_address;
  reg  [UNITS+OUT*B_WIDTH-1:0] bias_data;
  wire                         y_room;
  wire                         y_reserve;
  wire                         y_valid;
  wire [OUT*ACC_WIDTH-1:0]     y_data;

  nn_sparse_matvec #(
    .X_WIDTH(X_WIDTH),
    .X_SIGNED(X_SIGNED),
    .W_WIDTH(W_WIDTH),
    .B_WIDTH(B_WIDTH),
    .ACC_WIDTH(ACC_WIDTH),
    .LANES(LANES),
    .WINDOW(WINDOW),
    .CLUSTERS(CLUSTERS),
    .MULTS(MULTS),
    .CLASSES(CLASSES),
    .BLOCK_ROWS(BLOCK_ROWS),
    .BLOCK_COLS(BLOCK_COLS),
    .NF(NF),
    .LINES(LINES),
    .PLACES(PLACES)
  ) dut (
    .clk(clk),
    .rst(rst),
    .x_data(x_data),
    .x_valid(x_valid),
    .x_ready(x_ready),
    .program_address(program_address),
    .program_data(program_data),
    .bias_address(bias_address),
    .bias_data(bias_data),
    .y_room(y_room),
    .y_reserve(y_reserve),
    .y_valid(y_valid),
    .y_data(y_data),
    .step()
  );

  always #5 clk = !clk;

  // The matrix, its program and the vectors.
  reg signed [W_WIDTH-1:0] matrix [0:OUT*NF*BEATS*LANES-1];
  reg signed [B_WIDTH-1:0] bias   [0:OUT*NF-1];
  reg        [X_WIDTH-1:0] xs     [0:VECTORS*BEATS*LANES-1];
  reg                      done   [0:BLOCK_LINES*BLOCK_COUNT-1];  // blocks without work left
  reg                      touched [0:UNITS*NF-1];
  reg                      advances [0:LINES-1];
  reg [UNITS*WORD_WIDTH:0]    lines [0:LINES-1];
  reg [UNITS+OUT*B_WIDTH-1:0] biases [0:NF-1];

  integer seed = 1;
  integer stall = 1;
  integer errors = 0;

  task fail(input [8*40-1:0] what);
    begin
      errors = errors + 1;
      if (errors < 10) $display("%0t: %0s", $time, what);
    end
  endtask

  integer r, c, i, j, k, u, found, taken, oldest, left, position;
  reg [WEIGHTS-1:0] weights;
  reg               zero;
  reg [PICK_WIDTH-1:0] pick;
  reg [FOLD_WIDTH-1:0] row;

  task make_matrix;
    for (r = 0; r < BLOCK_LINES; r = r + 1)
      for (c = 0; c < BLOCK_COUNT; c = c + 1) begin
        zero = $unsigned($random(seed)) % 100 >= DENSITY;
        done[r*BLOCK_COUNT + c] = 1'b1;
        for (i = 0; i < BLOCK_ROWS; i = i + 1)
          for (j = 0; j < BLOCK_COLS; j = j + 1) begin
            k = (r*BLOCK_ROWS + i)*BEATS*LANES + c*BLOCK_COLS + j;
            matrix[k] = $random(seed);
            if (zero || r*BLOCK_ROWS + i >= ROWS || c*BLOCK_COLS + j >= COLS) matrix[k] = 0;
            if (matrix[k] != 0) done[r*BLOCK_COUNT + c] = 1'b0;
          end
      end
  endtask

  // The work for unit u in the line: the oldest of its class and cluster in the window, in `found`.
  task find_work;
    begin
      found = -1;
      for (c = oldest*BLOCKS; c < taken*BLOCKS && found < 0; c = c + 1)
        if (c % BLOCKS % CLASSES == u % MULTS % CLASSES)
          for (r = u / MULTS; r < BLOCK_LINES && found < 0; r = r + CLUSTERS)
            if (!done[r*BLOCK_COUNT + c]) found = r*BLOCK_COUNT + c;
    end
  endtask

  task make_program;
    begin
      for (k = 0; k < UNITS*NF; k = k + 1) touched[k] = 1'b0;
      taken = 0;
      for (k = 0; k < LINES; k = k + 1) begin
        // The window moves when its oldest beat is done with.
        left = 0;
        if (taken >= WINDOW)
          for (r = 0; r < BLOCK_LINES; r = r + 1)
            for (c = (taken-WINDOW)*BLOCKS; c < (taken-WINDOW+1)*BLOCKS; c = c + 1)
              if (!done[r*BLOCK_COUNT + c]) left = left + 1;
        advances[k] = left == 0 && taken < BEATS
                      && (k == 0 || $unsigned($random(seed)) % 100 >= REST);
        if (advances[k]) taken = taken + 1;
        oldest = taken > WINDOW ? taken - WINDOW : 0;
        lines[k] = {UNITS*WORD_WIDTH + 1{1'b0}};
        if (k > 0) lines[k-1][UNITS*WORD_WIDTH] = advances[k];
        for (u = 0; u < UNITS; u = u + 1) begin
          find_work;
          if ($unsigned($random(seed)) % 100 < REST) found = -1;
          if (found < 0) begin
            // A unit that rests has any pick and row, and no weights.
            lines[k][u*WORD_WIDTH + WEIGHTS +: WORD_WIDTH - WEIGHTS] = $random(seed);
          end else begin
            r = found / BLOCK_COUNT;
            c = found % BLOCK_COUNT;
            for (i = 0; i < BLOCK_ROWS; i = i + 1)
              for (j = 0; j < BLOCK_COLS; j = j + 1)
                weights[(i*BLOCK_COLS + j)*W_WIDTH +: W_WIDTH]
                  = matrix[(r*BLOCK_ROWS + i)*BEATS*LANES + c*BLOCK_COLS + j];
            position = c % BLOCKS / CLASSES;
            pick = (taken - 1 - c / BLOCKS) * (BLOCKS / CLASSES) + position;
            row = r / CLUSTERS;
            lines[k][u*WORD_WIDTH +: WORD_WIDTH] = {!touched[u*NF + r/CLUSTERS], row, pick, weights};
            touched[u*NF + r/CLUSTERS] = 1'b1;
            done[found] = 1'b1;
          end
        end
      end
      lines[LINES-1][UNITS*WORD_WIDTH] = 1'b1;
      if (taken < BEATS) fail("the program needs more lines");
      for (k = 0; k < BLOCK_LINES*BLOCK_COUNT; k = k + 1)
        if (!done[k] && errors == 0) fail("the program needs more lines");
      for (k = 0; k < NF; k = k + 1) begin
        for (i = 0; i < OUT; i = i + 1) begin
          bias[k*OUT + i] = $random(seed);
          biases[k][i*B_WIDTH +: B_WIDTH] = bias[k*OUT + i];
        end
        for (u = 0; u < UNITS; u = u + 1) biases[k][OUT*B_WIDTH + u] = touched[u*NF + k];
      end
    end
  endtask

  reg [8*400-1:0] folder;

  task read_program;
    begin
      $readmemh({folder, "/matrix.mem"}, matrix);
      $readmemh({folder, "/bias.mem"}, bias);
      $readmemh({folder, "/lines.mem"}, lines);
      $readmemh({folder, "/biases.mem"}, biases);
      for (k = 0; k < LINES; k = k + 1) advances[k] = lines[(k + LINES - 1) % LINES][UNITS*WORD_WIDTH];
    end
  endtask

  initial begin
    if ($value$plusargs("stall=%d", stall)) begin end
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("program=%s", folder)) begin
      read_program;
    end else begin
      make_matrix;
      make_program;
    end
    for (k = 0; k < VECTORS*BEATS*LANES; k = k + 1) xs[k] = $random(seed);
    repeat (3) @(posedge clk);
    rst <= 1'b0;
    // A reset in the middle of everything, then from the beginning.
    repeat (LINES + LINES/2 + NF + 9) @(posedge clk);
    rst <= 1'b1;
    @(posedge clk);
    rst <= 1'b0;
  end

  always @(posedge clk) begin
    program_data <= lines[program_address];
    bias_data    <= biases[bias_address];
  end

  // The FIFO in front.
  integer x_beat = 0;                  // at its head
  genvar l;
  generate
    for (l = 0; l < LANES; l = l + 1) begin : lane
      assign x_data[l*X_WIDTH +: X_WIDTH] = xs[x_beat*LANES + l];
    end
  endgenerate
  integer slow_x = 0;                  // percent of the cycles without a beat, changing
  integer slow_y = 0;

  always @(posedge clk) begin
    if (stall != 0 && $unsigned($random(seed)) % 64 == 0) begin
      slow_x = $unsigned($random(seed)) % 3 * 45;
      slow_y = $unsigned($random(seed)) % 3 * 45;
    end
    if (rst) begin
      x_beat  <= 0;
      x_valid <= stall == 0;
    end else begin
      if (x_valid && x_ready) x_beat <= x_beat == VECTORS*BEATS - 1 ? 0 : x_beat + 1;
      if (x_ready || !x_valid) x_valid <= $unsigned($random(seed)) % 100 >= slow_x;
    end
  end

  // The FIFO behind.
  integer held = 0;                    // reserved or stored
  integer stored = 0;
  reg     pops = 1'b0;
  assign  y_room = stall == 0 || held < DEPTH;
  always @(posedge clk) begin
    pops = stored > 0 && $unsigned($random(seed)) % 100 >= slow_y;
    held   <= rst ? 0 : held + y_reserve - pops;
    stored <= rst ? 0 : stored + y_valid - pops;
  end

  // The model. Cycles are counted from the last reset.
  integer cycle = 0;
  integer at = 0;                      // line
  integer at_beat = 0;                 // output beat
  integer filled_vectors = 0;          // by the last lines so far
  integer ready_from [0:VECTORS+PLACES]; // first cycle in which a vector can be drained
  integer out_vector = 0;
  integer out_beat = 0;
  integer drained_at [0:VECTORS+PLACES]; // the cycle of a vector's last beat
  integer vectors_drained = 0;
  reg     may, steps, drains;
  reg [LATENCY:0] promised = 0;        // bit d: a beat was reserved d cycles ago
  integer element, total;

  task check_data;
    for (i = 0; i < OUT; i = i + 1)
      if (out_beat*OUT + i < ROWS) begin
        total = bias[out_beat*OUT + i];
        for (c = 0; c < COLS; c = c + 1) begin
          element = xs[out_vector*BEATS*LANES + c];
          if (X_SIGNED != 0 && element >= 1 << (X_WIDTH-1)) element = element - (1 << X_WIDTH);
          total = total + element * matrix[(out_beat*OUT + i)*BEATS*LANES + c];
        end
        if (y_data[i*ACC_WIDTH +: ACC_WIDTH] !== total[ACC_WIDTH-1:0]) fail("wrong data");
      end
  endtask

  always @(posedge clk) begin
    if (rst) begin
      cycle = 0;
      at = 0;
      at_beat = 0;
      filled_vectors = 0;
      promised = 0;
      out_vector = 0;
      out_beat = 0;
      vectors_drained = 0;
    end else begin
      cycle = cycle + 1;
      may    = !(at == LINES - 1 && filled_vectors - vectors_drained == PLACES);
      steps  = may && (x_valid || !advances[at]);
      drains = vectors_drained < filled_vectors && cycle >= ready_from[vectors_drained] && y_room;
      promised = {promised[LATENCY-1:0], drains};
      if (x_ready !== (may && advances[at])) fail("x_ready in the wrong cycle");
      if (y_reserve !== drains) fail("y_reserve in the wrong cycle");
      if (y_valid !== promised[LATENCY]) fail("y_valid in the wrong cycle");
      if (y_valid) begin
        check_data;
        out_beat = out_beat + 1;
        if (out_beat == NF) begin
          out_beat = 0;
          out_vector = out_vector + 1;
        end
      end
      if (drains) begin
        at_beat = at_beat + 1;
        if (at_beat == NF) begin
          at_beat = 0;
          drained_at[vectors_drained] = cycle;
          if (stall == 0 && vectors_drained > 2*PLACES
              && cycle - drained_at[vectors_drained - PLACES] != INTERVAL)
            fail("the interval is not what the header says");
          vectors_drained = vectors_drained + 1;
        end
      end
      if (steps) begin
        if (at == LINES - 1) begin
          ready_from[filled_vectors] = cycle + FILL;
          filled_vectors = filled_vectors + 1;
        end
        at = at == LINES - 1 ? 0 : at + 1;
      end
      if (out_vector == VECTORS || errors > 20) begin
        if (errors == 0) $display("PASS %0d vectors, interval %0d", VECTORS, INTERVAL);
        else $display("FAIL %0d errors", errors);
        $finish;
      end
    end
  end

  initial begin
    repeat (200000) @(posedge clk);
    $display("FAIL no end");
    $finish;
  end

endmodule

`default_nettype wire
