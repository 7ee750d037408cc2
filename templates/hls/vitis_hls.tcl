# @TOP@ in Vitis HLS: vitis_hls -f vitis_hls.tcl
#
# Steps can be chosen: vitis_hls -f vitis_hls.tcl -tclargs csim csynth cosim export

set here [file dirname [file normalize [info script]]]
set vectors [file normalize "$here/../tb/vectors"]

set steps {}
foreach word $argv { if {$word in {csim csynth cosim export}} { lappend steps $word } }
if {[llength $steps] == 0} { set steps {csim csynth cosim export} }

cd $here
open_project -reset @TOP@_prj
set_top @TOP@
foreach source {@SOURCES@} { add_files "$here/$source" }
add_files -tb "$here/tb/@TOP@_tb.cpp"
add_files -tb "$here/tb/vectors.h"

open_solution -reset -flow_target vivado solution1
set_part {@PART@}
create_clock -period @CLOCK@ -name default

set files "$vectors/stimulus.hex $vectors/expected.hex"
if {"csim" in $steps} { csim_design -argv $files }
if {"csynth" in $steps} { csynth_design }
# RTL simulation is slow: the first frames only.
if {"cosim" in $steps} { cosim_design -argv "--frames @COSIM_FRAMES@ $files" }
if {"export" in $steps} { export_design -format ip_catalog -ipname @TOP@ -vendor nncc -library hls -version 1.0 }
exit
