// long.v - wrapping
`default_nettype none

module long (
);

  wire [7:0] sum = a_rather_long_name_0 + a_rather_long_name_1 + a_rather_long_name_2 +
      a_rather_long_name_3 + a_rather_long_name_4 + a_rather_long_name_5 + a_rather_long_name_6 +
      a_rather_long_name_7 + a_rather_long_name_8 + a_rather_long_name_9 + a_rather_long_name_10 +
      a_rather_long_name_11;  // all of them

  reg [7:0] a_rather_long_name_0, a_rather_long_name_1, a_rather_long_name_2, a_rather_long_name_3,
            a_rather_long_name_4, a_rather_long_name_5, a_rather_long_name_6, a_rather_long_name_7,
            a_rather_long_name_8, a_rather_long_name_9, a_rather_long_name_10,
            a_rather_long_name_11;
  reg       flag;

  function [7:0] a_rather_long_name_0;
    input [7:0] a_rather_long_name_1;
    integer i;
    begin
      a_rather_long_name_0 = 8'd0;
      for (i = 0; i < 3; i = i + 1)
        a_rather_long_name_0[2*i +: 2] = {a_rather_long_name_1[3*i + 2], a_rather_long_name_1[i]};
    end
  endfunction

  assign z = {a_rather_long_name_0, a_rather_long_name_1, a_rather_long_name_2,
      a_rather_long_name_3, a_rather_long_name_4, a_rather_long_name_5, a_rather_long_name_6,
      a_rather_long_name_7, a_rather_long_name_8, a_rather_long_name_9, a_rather_long_name_10,
      a_rather_long_name_11};

  child #(
    .WIDTH (96),
    .N     (2)
  ) i (
    .in   ({a_rather_long_name_0, a_rather_long_name_1, a_rather_long_name_2, a_rather_long_name_3,
           a_rather_long_name_4, a_rather_long_name_5, a_rather_long_name_6, a_rather_long_name_7,
           a_rather_long_name_8, a_rather_long_name_9, a_rather_long_name_10,
           a_rather_long_name_11}),
    .done (a_rather_long_name_0[0])
  );

  // sigmoid
  function [2:0] table_0;
    input [5:0] index;
    case (index)
      6'h00, 6'h01, 6'h02, 6'h03, 6'h04, 6'h05, 6'h06, 6'h07, 6'h08, 6'h09, 6'h0a, 6'h0b, 6'h0c,
      6'h0d, 6'h0e: table_0 = 3'h0;
      6'h0f, 6'h10, 6'h11, 6'h12, 6'h13, 6'h14, 6'h15, 6'h16, 6'h17, 6'h18, 6'h19, 6'h1a, 6'h1b,
      6'h1c, 6'h1d: table_0 = 3'h1;
      6'h1e, 6'h1f, 6'h20, 6'h21, 6'h22, 6'h23, 6'h24, 6'h25, 6'h26, 6'h27: table_0 = 3'h2;
      default: table_0 = 3'h7;
    endcase
  endfunction

endmodule

`default_nettype wire
