package dev.oriel.ops;

/// The error function, by its series and continued fraction, to double precision.
final class Erf {
    private Erf() {}

    static double erf(double x) {
        double a = Math.abs(x);
        double value = a < 2.5 ? series(a) : a > 6 ? 1 : 1 - complement(a);
        return Math.copySign(value, x);
    }

    /// erf x = 2/√π Σ (-1)ⁿ x²ⁿ⁺¹ / (n! (2n+1)), in the form without alternating signs (Abramowitz and Stegun 7.1.6).
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; term > 1e-17 * sum; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    /// erfc x by its continued fraction (Abramowitz and Stegun 7.1.14).
    private static double complement(double x) {
        double fraction = 0;
        for (int n = 60; n > 0; n--) fraction = n / 2.0 / (x + fraction);
        return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
    }
}
