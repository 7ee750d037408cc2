// quantizers_all.v - layer "all": s8f4 to s4f1, every rounding and overflow
//   x_data: 1 x s8 Q3.4
//   y_data: 15 x s4 Q2.1
//   latency 1, interval 1; 15 quantizers, no multipliers
// Comments give the range of the stored integer.
`default_nettype none

module quantizers_all (
  input  wire        clk,
  input  wire        rst,      // synchronous, active high
  input  wire        x_valid,
  input  wire [7:0]  x_data,   // element 0 in the lowest bits
  output reg         y_valid,  // 1 cycle after x_valid
  output reg  [59:0] y_data
);

  wire signed [7:0] x0 = x_data;

  // Stage 1 of 1: 15 quantizers.
  wire signed [3:0] floor_wrap               = x0[6:3];                           // [-8, 7]
  wire              floor_saturate_below     = x0[7] && !x0[6];                   // below -8
  wire              floor_saturate_above     = !x0[7] && x0[6];                   // above 7
  wire signed [3:0] floor_saturate           = floor_saturate_above ? 4'sd7 : floor_saturate_below ?
      -4'sd8 : x0[6:3];  // [-8, 7]
  wire              floor_saturate_symmetric_below = x0 < -8'sd56;                // below -7
  wire              floor_saturate_symmetric_above = !x0[7] && x0[6];             // above 7
  wire signed [3:0] floor_saturate_symmetric = floor_saturate_symmetric_above ? 4'sd7 :
      floor_saturate_symmetric_below ? -4'sd7 : x0[6:3];  // [-7, 7]
  wire signed [5:0] half_up_wrap_rounded     = {x0[7], x0[7:3]} + {5'd0, x0[2]};  // [-16, 16]
  wire signed [3:0] half_up_wrap             = half_up_wrap_rounded[3:0];         // [-8, 7], half-up
  wire signed [5:0] half_up_saturate_rounded = {x0[7], x0[7:3]} + {5'd0, x0[2]};  // [-16, 16]
  wire              half_up_saturate_below   = half_up_saturate_rounded[5] &&
      !(&half_up_saturate_rounded[4:3]);  // below -8
  wire              half_up_saturate_above   = !half_up_saturate_rounded[5] &&
      (|half_up_saturate_rounded[4:3]);  // above 7
  wire signed [3:0] half_up_saturate         = half_up_saturate_above ? 4'sd7 :
      half_up_saturate_below ? -4'sd8 : half_up_saturate_rounded[3:0];  // [-8, 7], half-up
  // [-16, 16]
  wire signed [5:0] half_up_saturate_symmetric_rounded = {x0[7], x0[7:3]} + {5'd0, x0[2]};
  // below -7
  wire              half_up_saturate_symmetric_below = half_up_saturate_symmetric_rounded < -6'sd7;
  wire              half_up_saturate_symmetric_above = !half_up_saturate_symmetric_rounded[5] &&
      (|half_up_saturate_symmetric_rounded[4:3]);  // above 7
  // [-7, 7], half-up
  wire signed [3:0] half_up_saturate_symmetric = half_up_saturate_symmetric_above ? 4'sd7 :
      half_up_saturate_symmetric_below ? -4'sd7 : half_up_saturate_symmetric_rounded[3:0];
  wire              half_even_wrap_up        = x0[2] && (x0[3] || (|x0[1:0]));
  // [-16, 16]
  wire signed [5:0] half_even_wrap_rounded   = {x0[7], x0[7:3]} + {5'd0, half_even_wrap_up};
  wire signed [3:0] half_even_wrap           = half_even_wrap_rounded[3:0];  // [-8, 7], half-even
  wire              half_even_saturate_up    = x0[2] && (x0[3] || (|x0[1:0]));
  // [-16, 16]
  wire signed [5:0] half_even_saturate_rounded = {x0[7], x0[7:3]} + {5'd0, half_even_saturate_up};
  wire              half_even_saturate_below = half_even_saturate_rounded[5] &&
      !(&half_even_saturate_rounded[4:3]);  // below -8
  wire              half_even_saturate_above = !half_even_saturate_rounded[5] &&
      (|half_even_saturate_rounded[4:3]);  // above 7
  wire signed [3:0] half_even_saturate       = half_even_saturate_above ? 4'sd7 :
      half_even_saturate_below ? -4'sd8 : half_even_saturate_rounded[3:0];  // [-8, 7], half-even
  wire              half_even_saturate_symmetric_up = x0[2] && (x0[3] || (|x0[1:0]));
  wire signed [5:0] half_even_saturate_symmetric_rounded = {x0[7], x0[7:3]} + {5'd0,
      half_even_saturate_symmetric_up};  // [-16, 16]
  wire              half_even_saturate_symmetric_below = half_even_saturate_symmetric_rounded <
      -6'sd7;  // below -7
  wire              half_even_saturate_symmetric_above = !half_even_saturate_symmetric_rounded[5] &&
      (|half_even_saturate_symmetric_rounded[4:3]);  // above 7
  // [-7, 7], half-even
  wire signed [3:0] half_even_saturate_symmetric = half_even_saturate_symmetric_above ? 4'sd7 :
      half_even_saturate_symmetric_below ? -4'sd7 : half_even_saturate_symmetric_rounded[3:0];
  wire              half_away_wrap_up        = x0[2] && (!x0[7] || (|x0[1:0]));
  // [-16, 16]
  wire signed [5:0] half_away_wrap_rounded   = {x0[7], x0[7:3]} + {5'd0, half_away_wrap_up};
  wire signed [3:0] half_away_wrap           = half_away_wrap_rounded[3:0];  // [-8, 7], half-away
  wire              half_away_saturate_up    = x0[2] && (!x0[7] || (|x0[1:0]));
  // [-16, 16]
  wire signed [5:0] half_away_saturate_rounded = {x0[7], x0[7:3]} + {5'd0, half_away_saturate_up};
  wire              half_away_saturate_below = half_away_saturate_rounded[5] &&
      !(&half_away_saturate_rounded[4:3]);  // below -8
  wire              half_away_saturate_above = !half_away_saturate_rounded[5] &&
      (|half_away_saturate_rounded[4:3]);  // above 7
  wire signed [3:0] half_away_saturate       = half_away_saturate_above ? 4'sd7 :
      half_away_saturate_below ? -4'sd8 : half_away_saturate_rounded[3:0];  // [-8, 7], half-away
  wire              half_away_saturate_symmetric_up = x0[2] && (!x0[7] || (|x0[1:0]));
  wire signed [5:0] half_away_saturate_symmetric_rounded = {x0[7], x0[7:3]} + {5'd0,
      half_away_saturate_symmetric_up};  // [-16, 16]
  wire              half_away_saturate_symmetric_below = half_away_saturate_symmetric_rounded <
      -6'sd7;  // below -7
  wire              half_away_saturate_symmetric_above = !half_away_saturate_symmetric_rounded[5] &&
      (|half_away_saturate_symmetric_rounded[4:3]);  // above 7
  // [-7, 7], half-away
  wire signed [3:0] half_away_saturate_symmetric = half_away_saturate_symmetric_above ? 4'sd7 :
      half_away_saturate_symmetric_below ? -4'sd7 : half_away_saturate_symmetric_rounded[3:0];
  wire              toward_zero_wrap_up      = x0[7] && (|x0[2:0]);
  // [-16, 15]
  wire signed [4:0] toward_zero_wrap_rounded = x0[7:3] + {4'b0000, toward_zero_wrap_up};
  // [-8, 7], toward-zero
  wire signed [3:0] toward_zero_wrap         = toward_zero_wrap_rounded[3:0];
  wire              toward_zero_saturate_up  = x0[7] && (|x0[2:0]);
  // [-16, 15]
  wire signed [4:0] toward_zero_saturate_rounded = x0[7:3] + {4'b0000, toward_zero_saturate_up};
  wire              toward_zero_saturate_below = toward_zero_saturate_rounded[4] &&
      !toward_zero_saturate_rounded[3];  // below -8
  wire              toward_zero_saturate_above = !toward_zero_saturate_rounded[4] &&
      toward_zero_saturate_rounded[3];  // above 7
  // [-8, 7], toward-zero
  wire signed [3:0] toward_zero_saturate     = toward_zero_saturate_above ? 4'sd7 :
      toward_zero_saturate_below ? -4'sd8 : toward_zero_saturate_rounded[3:0];
  wire              toward_zero_saturate_symmetric_up = x0[7] && (|x0[2:0]);
  wire signed [4:0] toward_zero_saturate_symmetric_rounded = x0[7:3] + {4'b0000,
      toward_zero_saturate_symmetric_up};  // [-16, 15]
  wire              toward_zero_saturate_symmetric_below = toward_zero_saturate_symmetric_rounded <
      -5'sd7;  // below -7
  wire              toward_zero_saturate_symmetric_above = !toward_zero_saturate_symmetric_rounded[4] &&
      toward_zero_saturate_symmetric_rounded[3];  // above 7
  // [-7, 7], toward-zero
  wire signed [3:0] toward_zero_saturate_symmetric = toward_zero_saturate_symmetric_above ? 4'sd7 :
      toward_zero_saturate_symmetric_below ? -4'sd7 : toward_zero_saturate_symmetric_rounded[3:0];

  always @(posedge clk) begin
    y_data[3:0]   <= floor_wrap;
    y_data[7:4]   <= floor_saturate;
    y_data[11:8]  <= floor_saturate_symmetric;
    y_data[15:12] <= half_up_wrap;
    y_data[19:16] <= half_up_saturate;
    y_data[23:20] <= half_up_saturate_symmetric;
    y_data[27:24] <= half_even_wrap;
    y_data[31:28] <= half_even_saturate;
    y_data[35:32] <= half_even_saturate_symmetric;
    y_data[39:36] <= half_away_wrap;
    y_data[43:40] <= half_away_saturate;
    y_data[47:44] <= half_away_saturate_symmetric;
    y_data[51:48] <= toward_zero_wrap;
    y_data[55:52] <= toward_zero_saturate;
    y_data[59:56] <= toward_zero_saturate_symmetric;
    y_valid       <= x_valid;
    if (rst) y_valid <= 1'b0;
  end

  wire unused_bits = &{1'b0, half_up_wrap_rounded[5:4], half_even_wrap_rounded[5:4],
      half_away_wrap_rounded[5:4], toward_zero_wrap_rounded[4]};  // bits that nothing reads

endmodule

`default_nettype wire
