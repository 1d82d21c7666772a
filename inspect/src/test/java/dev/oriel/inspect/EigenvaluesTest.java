package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Eigenvalues against matrices made from known ones, and against what holds of any matrix.
class EigenvaluesTest {
    /// S D S^-1 with D of blocks (a, b; -b, a), whose eigenvalues are a ± bi, and S of unit triangles.
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8, 31, 64})
    void knownOnes(int n) {
        Random random = new Random(n);
        double[][] matrix = new double[n][n];
        double[][] expected = new double[n][2];
        for (int i = 0; i + 1 < n; i += 2) {
            double a = random.nextGaussian();
            double b = i % 4 == 0 ? Math.abs(random.nextGaussian()) : 0;
            matrix[i][i] = matrix[i + 1][i + 1] = a;
            matrix[i][i + 1] = b;
            matrix[i + 1][i] = -b;
            if (b == 0) matrix[i + 1][i + 1] = a + 1;
            expected[i] = new double[] {a, b};
            expected[i + 1] = b == 0 ? new double[] {a + 1, 0} : new double[] {a, -b};
        }
        if (n % 2 == 1) expected[n - 1] = new double[] {matrix[n - 1][n - 1] = 3, 0};
        for (int step = 0; step < 3 * n; step++) shear(matrix, random.nextInt(n), random.nextInt(n), random.nextGaussian() / 3);
        assertSame(Eigenvalues.of(matrix), expected, 1e-7);
    }

    /// Row i gains factor times row j, column j loses factor times column i: a similar matrix.
    private static void shear(double[][] m, int i, int j, double factor) {
        if (i == j) return;
        for (int k = 0; k < m.length; k++) m[i][k] += factor * m[j][k];
        for (int k = 0; k < m.length; k++) m[k][j] -= factor * m[k][i];
    }

    /// Turning n things round has the n-th roots of 1, all of the same size: shifts out of the matrix alone go in circles on it.
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 16, 64})
    void rootsOfOne(int n) {
        double[][] matrix = new double[n][n];
        for (int i = 0; i < n; i++) matrix[i][(i + 1) % n] = 1;
        double[][] expected = IntStream.range(0, n).mapToObj(k -> new double[] {Math.cos(2 * Math.PI * k / n), Math.sin(2 * Math.PI * k / n)}).toArray(double[][]::new);
        assertSame(Eigenvalues.of(matrix), expected, 1e-10);
    }

    @Test
    void randomOnesKeepTraces() {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int n = 1 + random.nextInt(64);
            double[][] matrix = new double[n][n];
            for (double[] row : matrix) Arrays.setAll(row, _ -> random.nextGaussian());
            double[][] values = Eigenvalues.of(matrix);
            double square = 0;
            for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) square += matrix[i][j] * matrix[j][i];
            assertThat(Arrays.stream(values[0]).sum()).as("trace, seed " + seed).isCloseTo(IntStream.range(0, n).mapToDouble(i -> matrix[i][i]).sum(), within(1e-10 * n));
            assertThat(IntStream.range(0, n).mapToDouble(i -> values[0][i] * values[0][i] - values[1][i] * values[1][i]).sum()).as("trace of the square, seed " + seed)
                    .isCloseTo(square, within(1e-9 * n));
            assertThat(Arrays.stream(values[1]).sum()).as("imaginary parts, seed " + seed).isCloseTo(0, within(1e-9 * n));
        }
    }

    @Test
    void degenerateOnes() {
        assertSame(Eigenvalues.of(new double[5][5]), new double[5][2], 0);
        assertSame(Eigenvalues.of(new double[][] {{-7}}), new double[][] {{-7, 0}}, 0);
        assertSame(Eigenvalues.of(new double[][] {{2, 1, 0}, {0, 2, 1}, {0, 0, 2}}), new double[][] {{2, 0}, {2, 0}, {2, 0}}, 1e-12);
        assertSame(Eigenvalues.of(new double[][] {{1, 2, 3}, {2, 4, 6}, {-1, -2, -3}}), new double[][] {{0, 0}, {0, 0}, {2, 0}}, 1e-7);
    }

    /// The same numbers in any order: each expected one has a found one of its own nearby.
    private static void assertSame(double[][] found, double[][] expected, double tolerance) {
        assertThat(found[0]).hasSize(expected.length);
        boolean[] taken = new boolean[expected.length];
        for (double[] e : expected) {
            int nearest = IntStream.range(0, taken.length).filter(i -> !taken[i]).boxed()
                    .min(Comparator.comparingDouble(i -> Math.hypot(found[0][i] - e[0], found[1][i] - e[1]))).orElseThrow();
            taken[nearest] = true;
            assertThat(Math.hypot(found[0][nearest] - e[0], found[1][nearest] - e[1])).as("eigenvalue " + e[0] + " + " + e[1] + "i").isLessThanOrEqualTo(tolerance);
        }
    }
}
