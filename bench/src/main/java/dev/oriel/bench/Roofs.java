package dev.oriel.bench;

import java.util.List;
import java.util.Locale;

/// What the machine can do at most on as many threads as a figure had, by [RoofBench] in the same run.
///
/// @param bytes      read per second; 0 where that was not measured
/// @param operations float additions and multiplications per second; 0 likewise
record Roofs(double bytes, double operations) {
    static final String READ = "RoofBench.read";
    static final String FMA = "RoofBench.fma";
    private static final String THREADS = "threads";

    /// The part of a roof that a figure reaches.
    record Part(String roof, double reached) {
        @Override
        public String toString() { return String.format(Locale.ROOT, "%.0f %% of %s", 100 * reached, roof); }
    }

    /// The best of those that ran on as many threads as `figure`.
    static Roofs beside(Figure figure, List<Figure> all) {
        List<Figure> alike = all.stream().filter(other -> String.valueOf(other.parameters().get(THREADS)).equals(String.valueOf(figure.parameters().get(THREADS)))).toList();
        return new Roofs(alike.stream().filter(other -> other.name().equals(READ)).mapToDouble(Figure::bytes).max().orElse(0),
                alike.stream().filter(other -> other.name().equals(FMA)).mapToDouble(Figure::operations).max().orElse(0));
    }

    boolean known() { return bytes > 0 && operations > 0; }

    /// The roof that a figure is nearest to, and so the one that bounds it. Caches reach more than memory's, kernels of bytes more than that of floats.
    Part nearest(Figure figure) {
        double read = figure.bytes() / bytes, fma = figure.operations() / operations;
        return read > fma ? new Part("read", read) : new Part("FMA", fma);
    }
}
