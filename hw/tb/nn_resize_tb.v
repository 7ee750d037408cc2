// nn_resize_tb.v - vectors in beats of one number of lanes in, of another number out. A model counts
// the elements by the rules of the module's header; every cycle must do what it says, with gaps
// on the input and a FIFO of random depth and pops behind the output.
`default_nettype none

module nn_resize_tb;

  parameter ELEMENT = 8;
  parameter IN_LANES = 2;
  parameter OUT_LANES = 4;
  parameter COUNT = 8;
  parameter VECTORS = 300;

  reg                          clk = 1'b0;
  reg                          rst = 1'b1;
  reg  [IN_LANES*ELEMENT-1:0]  x_data;
  reg                          x_valid = 1'b0;
  wire                         x_ready;
  wire                         y_room;
  wire [OUT_LANES*ELEMENT-1:0] y_data;
  wire                         y_valid;

  nn_resize #(
    .ELEMENT(ELEMENT),
    .IN_LANES(IN_LANES),
    .OUT_LANES(OUT_LANES),
    .COUNT(COUNT)
  ) dut (
    .clk(clk),
    .rst(rst),
    .x_data(x_data),
    .x_valid(x_valid),
    .x_ready(x_ready),
    .y_room(y_room),
    .y_data(y_data),
    .y_valid(y_valid)
  );

  always #5 clk = !clk;

  // An element is a hash of its vector and place, so that order is checked too.
  function [ELEMENT-1:0] element(input integer vector, input integer place);
    reg [31:0] hash;
    begin
      hash = (vector * COUNT + place) * 40503 + 1;
      element = hash ^ (hash >> 7) ^ (hash >> 15);
    end
  endfunction

  // Elements `first` and on; then unknown (input) or 0 (output).
  reg [IN_LANES*ELEMENT-1:0]  in_beat;
  reg [OUT_LANES*ELEMENT-1:0] out_beat;
  integer lane;

  integer seed = 1;
  integer stall = 0;                   // 1: random gaps and stalls; else full rate
  integer cycle = 0;

  // The model: elements of the present vector taken and emitted.
  integer in_vector = 0;               // of the beat at x_data
  integer in_first = 0;
  integer vector = 0;
  integer taken = 0;
  integer emitted = 0;
  integer offered, here, m;
  reg     needs, emits, takes, steps;

  // The reader's FIFO.
  integer depth = 1000000;
  integer stored = 0;
  assign y_room = stored < depth;

  task fail(input [8*40-1:0] what);
    begin
      $display("FAIL cycle %0d: %0s: vector %0d, %0d in, %0d out: expected %h, got %h", cycle, what,
               vector, taken, emitted, out_beat, y_data);
      $finish;
    end
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed)) begin end
    if ($value$plusargs("stall=%d", stall)) begin end
    if (stall != 0) depth = 1 + $unsigned($random(seed)) % 4;
    repeat (3) @(posedge clk);
    rst <= 1'b0;
  end

  always @(posedge clk) begin
    cycle = cycle + 1;
    if (cycle > 100 * VECTORS * (COUNT + 4)) fail("no progress");
    if (!rst) begin
      // What this cycle must do.
      offered = COUNT - taken < IN_LANES ? COUNT - taken : IN_LANES;
      if (IN_LANES % OUT_LANES == 0) begin
        needs = 1'b1;
        emits = 1'b1;
        here  = taken + offered - emitted;
        takes = here <= OUT_LANES;
      end else begin
        needs = taken - emitted < OUT_LANES && taken < COUNT;
        here  = taken - emitted + (needs ? offered : 0);
        emits = here >= OUT_LANES || emitted + here == COUNT;
        takes = needs;
      end
      steps = (!needs || x_valid) && (!emits || y_room);
      if ((x_valid && x_ready) !== (takes && steps)) fail("taken at the wrong time");
      if (x_ready !== (takes && (!emits || y_room))) fail("x_ready");
      if (y_valid !== (emits && steps)) fail("y_valid");

      m = !emits ? 0 : here < OUT_LANES ? here : OUT_LANES;
      for (lane = 0; lane < OUT_LANES; lane = lane + 1)
        out_beat[lane*ELEMENT +: ELEMENT] = lane < m ? element(vector, emitted + lane) : 0;
      if (y_valid && y_data !== out_beat) fail("wrong beat");

      if (steps) begin
        emitted = emitted + m;
        if (takes) taken = taken + offered;
        if (emitted == COUNT) begin
          emitted = 0;
          taken   = 0;
          vector  = vector + 1;
          if (vector == VECTORS) begin
            $display("PASS %0d vectors", vector);
            $finish;
          end
        end
      end

      stored <= stored + y_valid
                - (stored > 0 && (stall == 0 || $unsigned($random(seed)) % 4 < 2 + (cycle >> 6) % 2));
      if (!x_valid || x_ready) begin
        if (x_valid) begin
          in_first = in_first + IN_LANES;
          if (in_first >= COUNT) begin
            in_first  = 0;
            in_vector = in_vector + 1;
          end
        end
        for (lane = 0; lane < IN_LANES; lane = lane + 1)
          in_beat[lane*ELEMENT +: ELEMENT]
            = in_first + lane < COUNT ? element(in_vector, in_first + lane) : {ELEMENT{1'bx}};
        x_valid <= stall == 0 || $unsigned($random(seed)) % 3 != 0;
        x_data  <= in_beat;
      end
    end
  end

endmodule

`default_nettype wire
