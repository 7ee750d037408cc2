// nn_matvec_tb.v - random vectors through one matrix, against sums made from its definition.
// Every cycle checks the step, the take, the place and the weights' address against the order of the steps;
// y_valid must follow a reserved place by L cycles. x and weights are X where nobody may look.
// Without stalls there is a step in every cycle, from the first to the last.
`default_nettype none

module nn_matvec_tb;

  parameter PE = 2;
  parameter SIMD = 3;
  parameter SF = 2;
  parameter NF = 2;
  parameter GROUPS = 1;
  parameter SHARED = 1;
  parameter X_WIDTH = 8;
  parameter X_SIGNED = 1;
  parameter W_WIDTH = 8;
  parameter B_WIDTH = 8;
  parameter ACC_WIDTH = 20;
  parameter DSP = 1;
  parameter PAIR = 0;
  parameter STREAM = 0;                // 1: weights from a stream, with gaps
  parameter VECTORS = 24;

  localparam LANES = SHARED != 0 ? SIMD : PE * SIMD;
  localparam WORDS = GROUPS * SF * NF;
  localparam BIASES = GROUPS * NF;
  localparam W_ADDRESS_WIDTH = WORDS > 2 ? $clog2(WORDS) : 1;
  localparam B_ADDRESS_WIDTH = BIASES > 2 ? $clog2(BIASES) : 1;
  localparam L = 4 + PAIR + (SIMD > 1 ? 1 : 0) + (SIMD > 4 ? 1 : 0) + (SIMD > 16 ? 1 : 0)
               + (SIMD > 64 ? 1 : 0);

  reg                        clk = 1'b0;
  reg                        rst = 1'b1;
  reg                        x_valid = 1'b0;
  wire                       x_ready;
  wire [W_ADDRESS_WIDTH-1:0] w_address;
  reg  [PE*SIMD*W_WIDTH-1:0] w_data;
  reg                        w_valid = STREAM == 0;
  wire [B_ADDRESS_WIDTH-1:0] b_address;
  reg  [PE*B_WIDTH-1:0]      b_data;
  wire                       step;
  wire                       y_reserve;
  wire                       y_valid;
  wire [PE*ACC_WIDTH-1:0]    y_data;

  // What the numbers are: hashes of what they stand for, a quarter of them at the ends of the range.

  function [63:0] hash(input integer kind, input integer a, input integer b);
    reg [63:0] h;
    begin
      h = {32'd0, kind} * 64'h9e3779b97f4a7c15 + {32'd0, a} * 64'hc2b2ae3d27d4eb4f
        + {32'd0, b} * 64'h165667b19e3779f9 + 64'd99;
      h = (h ^ (h >> 29)) * 64'hbf58476d1ce4e5b9;
      hash = h ^ (h >> 32);
    end
  endfunction

  function signed [63:0] number(input [63:0] h, input integer width, input integer is_signed);
    reg [63:0] bits;
    begin
      bits = h >> 3;
      if (h[2:0] == 0) bits = 64'd1 << (width - 1);
      if (h[2:0] == 1) bits = (64'd1 << (width - 1)) - 1;
      if (h[2:0] == 2) bits = ~64'd0;
      bits = bits << (64 - width);
      if (is_signed != 0) number = $signed(bits) >>> (64 - width);
      else                number = bits >> (64 - width);
    end
  endfunction

  function signed [63:0] weight(input integer word, input integer at);
    weight = number(hash(1, word, at), W_WIDTH, 1);
  endfunction

  function signed [63:0] bias(input integer word, input integer p);
    bias = number(hash(2, word, p), B_WIDTH, 1);
  endfunction

  function signed [63:0] element(input integer beat, input integer lane);
    element = number(hash(3, beat, lane), X_WIDTH, X_SIGNED);
  endfunction

  // Element p of output beat nf of group g of a vector.
  function [ACC_WIDTH-1:0] result(input integer vector, input integer g, input integer nf, input integer p);
    reg signed [63:0] sum;
    integer sf;
    integer s;
    begin
      sum = bias(g * NF + nf, p);
      for (sf = 0; sf < SF; sf = sf + 1)
        for (s = 0; s < SIMD; s = s + 1)
          sum = sum + weight((g * SF + sf) * NF + nf, p * SIMD + s)
              * element((vector * GROUPS + g) * SF + sf, SHARED != 0 ? s : p * SIMD + s);
      result = sum[ACC_WIDTH-1:0];
    end
  endfunction

  // The memories.

  reg [PE*SIMD*W_WIDTH-1:0] rom [0:WORDS-1];
  reg [PE*B_WIDTH-1:0]      biases [0:BIASES-1];
  integer i;
  integer j;
  reg [63:0] bits;
  initial begin
    for (i = 0; i < WORDS; i = i + 1)
      for (j = 0; j < PE * SIMD; j = j + 1) begin
        bits = weight(i, j);
        rom[i][j*W_WIDTH +: W_WIDTH] = bits[W_WIDTH-1:0];
      end
    for (i = 0; i < BIASES; i = i + 1)
      for (j = 0; j < PE; j = j + 1) begin
        bits = bias(i, j);
        biases[i][j*B_WIDTH +: B_WIDTH] = bits[B_WIDTH-1:0];
      end
  end

  integer steps = 0;                   // done
  always @(posedge clk) begin
    b_data <= biases[b_address];
    if (STREAM == 0) w_data <= rom[w_address];
    else             w_data <= step ? rom[steps % WORDS] : {PE*SIMD*W_WIDTH{1'bx}};
  end

  // The input: a beat stays until it is taken.

  integer taken = 0;
  reg [LANES*X_WIDTH-1:0] beat;
  integer lane;
  reg [63:0] value;
  always @(*) begin
    for (lane = 0; lane < LANES; lane = lane + 1) begin
      value = element(taken, lane);
      beat[lane*X_WIDTH +: X_WIDTH] = value[X_WIDTH-1:0];
    end
  end
  wire [LANES*X_WIDTH-1:0] x_data = x_valid ? beat : {LANES*X_WIDTH{1'bx}};

  // The output: a FIFO of `depth` places.

  integer depth = L + 4;
  integer reserved = 0;
  integer stored = 0;
  wire y_room = reserved < depth;

  nn_matvec #(
    .PE(PE),
    .SIMD(SIMD),
    .SF(SF),
    .NF(NF),
    .GROUPS(GROUPS),
    .SHARED(SHARED),
    .X_WIDTH(X_WIDTH),
    .X_SIGNED(X_SIGNED),
    .W_WIDTH(W_WIDTH),
    .B_WIDTH(B_WIDTH),
    .ACC_WIDTH(ACC_WIDTH),
    .DSP(DSP),
    .PAIR(PAIR)
  ) dut (
    .clk(clk),
    .rst(rst),
    .x_data(x_data),
    .x_valid(x_valid),
    .x_ready(x_ready),
    .w_address(w_address),
    .w_data(w_data),
    .w_valid(w_valid),
    .b_address(b_address),
    .b_data(b_data),
    .step(step),
    .y_room(y_room),
    .y_reserve(y_reserve),
    .y_valid(y_valid),
    .y_data(y_data)
  );

  always #5 clk = !clk;

  integer seed = 1;
  integer stall = 0;                   // 1: random gaps and stalls; else full rate
  integer cycle = 0;
  integer first_cycle = 0;
  integer received = 0;
  integer row;
  reg     failed = 1'b0;
  reg [L-1:0] due = {L{1'b0}};         // places reserved, by age

  task fail(input [8*40-1:0] what);
    begin
      if (!failed) $display("FAIL cycle %0d, step %0d, output beat %0d: %0s", cycle, steps, received, what);
      failed = 1'b1;
      $finish;
    end
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("stall=%d", stall)) begin end
    if (stall != 0) depth = 1 + seed % 5;
    repeat (3) @(posedge clk);
    rst <= 1'b0;
  end

  // The step that is due.
  wire last      = steps / NF % SF == SF - 1;
  wire takes     = steps % NF == NF - 1;
  wire must_step = x_valid && w_valid && (y_room || !last);
  reg  pops      = 1'b1;
  wire leaves    = stored > 0 && pops;

  always @(posedge clk) if (!rst) begin
    cycle <= cycle + 1;
    if (cycle > 60 * VECTORS * WORDS + 1000) fail("no progress");

    if (step !== must_step) fail(must_step ? "a step is missing" : "a step too early");
    if ((x_valid && x_ready) !== (must_step && takes)) fail("wrong take");
    if (y_reserve !== (must_step && last)) fail("wrong place");
    if (w_address !== steps % WORDS) fail("wrong address of weights");
    if (y_valid !== due[L-1]) fail("wrong time of y_valid");
    due <= {due, y_reserve};

    if (step) begin
      if (steps == 0) first_cycle = cycle;
      steps <= steps + 1;
      if (stall == 0 && STREAM == 0 && cycle - first_cycle != steps) fail("not at full rate");
    end
    if (x_valid && x_ready) taken <= taken + 1;
    if (!x_valid || x_ready)
      x_valid <= (stall == 0 || $random(seed) % 3 != 0)
              && taken + (x_valid ? 1 : 0) < VECTORS * GROUPS * SF;
    if (STREAM != 0 && (!w_valid || step)) w_valid <= $random(seed) % 4 != 0;

    pops     <= stall == 0 || $random(seed) % 3 == 0;
    reserved <= reserved + (y_reserve ? 1 : 0) - (leaves ? 1 : 0);
    stored   <= stored + (y_valid ? 1 : 0) - (leaves ? 1 : 0);
    if (reserved > depth) fail("more beats than places");

    if (y_valid && !failed) begin
      for (row = 0; row < PE; row = row + 1)
        if (y_data[row*ACC_WIDTH +: ACC_WIDTH]
            !== result(received / BIASES, received / NF % GROUPS, received % NF, row))
          fail("wrong sum");
      received = received + 1;
      if (received == VECTORS * BIASES && !failed) begin
        $display("PASS %0d output beats", received);
        $finish;
      end
    end
  end

endmodule

`default_nettype wire
