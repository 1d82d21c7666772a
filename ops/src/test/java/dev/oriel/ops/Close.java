package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;

/// How near results must be to the truth.
final class Close {
    private Close() {}

    static double rms(double[] x) {
        double sum = 0;
        int finite = 0;
        for (double value : x) {
            if (Double.isInfinite(value)) continue;
            sum += value * value;
            finite++;
        }
        return finite == 0 ? 0 : Math.sqrt(sum / finite);
    }

    /// Errors relative to the root mean square of the truth.
    static void check(float[] actual, double[] expected, double tolerance, String what, Object... arguments) {
        check(actual, expected, rms(expected), tolerance, what, arguments);
    }

    /// The root mean square of the errors is at most `tolerance * magnitude`, and no error is more than five times that; infinities must be equal.
    static void check(float[] actual, double[] expected, double magnitude, double tolerance, String what, Object... arguments) {
        String where = what.formatted(arguments);
        assertThat(actual.length).as(where).isEqualTo(expected.length);
        double squares = 0;
        for (int i = 0; i < actual.length; i++) {
            if (Double.isInfinite(expected[i])) {
                assertThat((double) actual[i]).as("%s, element %d", where, i).isEqualTo(expected[i]);
                continue;
            }
            double error = Math.abs(actual[i] - expected[i]);
            // Written so that a NaN fails.
            if (!(error <= 5 * tolerance * magnitude))
                throw new AssertionError("%s, element %d: expected %s, found %s (magnitude %s, tolerance %s)"
                    .formatted(where, i, expected[i], actual[i], magnitude, tolerance));
            squares += error * error;
        }
        assertThat(Math.sqrt(squares / actual.length)).as(where + ", rms error").isLessThanOrEqualTo(tolerance * magnitude);
    }

    /// The same bits.
    static void same(float[] actual, float[] expected, String what, Object... arguments) {
        for (int i = 0; i < expected.length; i++)
            if (Float.floatToRawIntBits(actual[i]) != Float.floatToRawIntBits(expected[i]))
                throw new AssertionError("%s, element %d: expected the bits of %s, found %s".formatted(what.formatted(arguments), i, expected[i], actual[i]));
        assertThat(actual).hasSameSizeAs(expected);
    }
}
