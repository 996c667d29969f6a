# SPDX-License-Identifier: GPL-2.0
# gnuplot -c picture.gp DATA PICTURE.svg: the blocks of picture_data().
set terminal svg size 1000,760 font "sans,13" background rgb "white"
set output ARG2
set style fill solid 0.7 border -1
set boxwidth 0.6
set grid ytics
set xtics nomirror rotate by -20
set yrange [0:*]
unset key
set multiplot layout 2,2
set ylabel 'µs, median'
set title 'Inference, warm'
set yrange [0.1:*]
set logscale y
plot ARG1 index 0 using 0:($2/1e3):xtic(1) with boxes lc rgb '#3366aa'
unset logscale y
set yrange [0:*]
set title 'Inference, caches flushed'
plot ARG1 index 1 using 0:($2/1e3):xtic(1) with boxes lc rgb '#66aacc'
set title 'Longest inference under 10,000 swaps'
set ylabel 'ms'
plot ARG1 index 2 using 0:($4/1e6):xtic(1) with boxes lc rgb '#cc8844'
set title 'Busy time of the guest per ACK, 1 and 64 flows'
set ylabel 'µs'
plot ARG1 index 3 using 0:($2/1e3):xtic(1) with boxes lc rgb '#66aa66'
unset multiplot
