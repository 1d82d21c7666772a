package dev.oriel.inspect;

/// Eigenvalues of a small real matrix without symmetry: brought to Hessenberg form by reflections, then QR steps in complex numbers, each shifted by the
/// eigenvalue of the last two rows and columns that is nearer to the corner (Golub and Van Loan, Matrix Computations, chapter 7).
final class Eigenvalues {
    /// A step that did not settle an eigenvalue after so many others takes a shift out of line, which breaks cycles.
    private static final int PATIENCE = 10;
    private static final int MAX_STEPS = 300;
    private static final double EPSILON = 0x1p-52;

    private final int n;
    private final double[][] re;
    private final double[][] im;

    private Eigenvalues(double[][] matrix) {
        n = matrix.length;
        re = hessenberg(matrix);
        im = new double[n][n];
    }

    /// The eigenvalues in no particular order: `[real parts, imaginary parts]`.
    static double[][] of(double[][] matrix) { return new Eigenvalues(matrix).solve(); }

    /// A similar matrix with zeros below the first subdiagonal.
    private static double[][] hessenberg(double[][] matrix) {
        int n = matrix.length;
        double[][] a = new double[n][];
        for (int i = 0; i < n; i++) a[i] = matrix[i].clone();
        for (int k = 0; k + 2 < n; k++) {
            double[] v = new double[n];
            double norm = 0;
            for (int i = k + 1; i < n; i++) {
                v[i] = a[i][k];
                norm = Math.hypot(norm, v[i]);
            }
            if (norm == 0) continue;
            v[k + 1] += v[k + 1] < 0 ? -norm : norm;
            double square = 0;
            for (int i = k + 1; i < n; i++) square += v[i] * v[i];
            reflect(a, v, k + 1, 2 / square);
        }
        for (int i = 2; i < n; i++) for (int j = 0; j < i - 1; j++) a[i][j] = 0;
        return a;
    }

    /// `(I - f v v') a (I - f v v')`, v being zero before `from`.
    private static void reflect(double[][] a, double[] v, int from, double factor) {
        int n = a.length;
        for (int j = 0; j < n; j++) {
            double dot = 0;
            for (int i = from; i < n; i++) dot += v[i] * a[i][j];
            for (int i = from; i < n; i++) a[i][j] -= factor * dot * v[i];
        }
        for (int i = 0; i < n; i++) {
            double dot = 0;
            for (int j = from; j < n; j++) dot += a[i][j] * v[j];
            for (int j = from; j < n; j++) a[i][j] -= factor * dot * v[j];
        }
    }

    private double[][] solve() {
        int high = n - 1;
        for (int steps = 1; high > 0; steps++) {
            int low = high;
            while (low > 0 && !negligible(low)) low--;
            if (low == high) {
                high--;
                steps = 0;
                continue;
            }
            if (steps > MAX_STEPS) throw new ArithmeticException("eigenvalues did not settle in " + MAX_STEPS + " steps");
            step(low, high, steps % PATIENCE == 0);
        }
        double[][] values = new double[2][n];
        for (int i = 0; i < n; i++) {
            values[0][i] = re[i][i];
            values[1][i] = im[i][i];
        }
        return values;
    }

    /// Whether the number left of diagonal entry `i` is as good as zero.
    private boolean negligible(int i) {
        double around = size(i, i) + size(i - 1, i - 1);
        return size(i, i - 1) <= EPSILON * (around == 0 ? 1 : around);
    }

    private double size(int i, int j) { return Math.hypot(re[i][j], im[i][j]); }

    /// One QR step on rows and columns `low..high`.
    private void step(int low, int high, boolean outOfLine) {
        double[] shift = outOfLine ? new double[] {re[high][high] + size(high, high - 1), im[high][high]} : shift(high);
        for (int i = low; i <= high; i++) {
            re[i][i] -= shift[0];
            im[i][i] -= shift[1];
        }
        Rotation[] rotations = new Rotation[high - low];
        for (int k = low; k < high; k++) {
            Rotation r = Rotation.between(re[k][k], im[k][k], re[k + 1][k], im[k + 1][k]);
            rotations[k - low] = r;
            for (int j = k; j <= high; j++) r.rows(re, im, k, j);
        }
        for (int k = low; k < high; k++)
            for (int i = low; i <= Math.min(k + 1, high); i++) rotations[k - low].columns(re, im, i, k);
        for (int i = low; i <= high; i++) {
            re[i][i] += shift[0];
            im[i][i] += shift[1];
        }
    }

    /// Of the eigenvalues of rows and columns `k - 1` and `k`, the one nearer to the corner: corner - b c / (d ± sqrt(d d + b c)), d being half the difference
    /// of the diagonal.
    private double[] shift(int k) {
        double[] half = {(re[k - 1][k - 1] - re[k][k]) / 2, (im[k - 1][k - 1] - im[k][k]) / 2};
        double[] product = times(re[k - 1][k], im[k - 1][k], re[k][k - 1], im[k][k - 1]);
        double[] square = times(half[0], half[1], half[0], half[1]);
        double[] root = root(square[0] + product[0], square[1] + product[1]);
        double sign = half[0] * root[0] + half[1] * root[1] < 0 ? -1 : 1;
        double[] below = {half[0] + sign * root[0], half[1] + sign * root[1]};
        double size = below[0] * below[0] + below[1] * below[1];
        if (size == 0) return new double[] {re[k][k], im[k][k]};
        double[] quotient = times(product[0], product[1], below[0] / size, -below[1] / size);
        return new double[] {re[k][k] - quotient[0], im[k][k] - quotient[1]};
    }

    private static double[] times(double aRe, double aIm, double bRe, double bIm) { return new double[] {aRe * bRe - aIm * bIm, aRe * bIm + aIm * bRe}; }

    private static double[] root(double x, double y) {
        double size = Math.hypot(x, y);
        double real = Math.sqrt(Math.max(0, (size + x) / 2));
        double imaginary = Math.sqrt(Math.max(0, (size - x) / 2));
        return new double[] {real, y < 0 ? -imaginary : imaginary};
    }

    /// The rotation of two neighbouring coordinates, `(c, s; -s*, c*)`, that turns (a, b) into (r, 0).
    private record Rotation(double cRe, double cIm, double sRe, double sIm) {
        static Rotation between(double aRe, double aIm, double bRe, double bIm) {
            double size = Math.hypot(Math.hypot(aRe, aIm), Math.hypot(bRe, bIm));
            if (size == 0) return new Rotation(1, 0, 0, 0);
            return new Rotation(aRe / size, -aIm / size, bRe / size, -bIm / size);
        }

        /// From the left, on rows k and k + 1 of column j.
        void rows(double[][] re, double[][] im, int k, int j) {
            double xRe = re[k][j];
            double xIm = im[k][j];
            double yRe = re[k + 1][j];
            double yIm = im[k + 1][j];
            re[k][j] = cRe * xRe - cIm * xIm + sRe * yRe - sIm * yIm;
            im[k][j] = cRe * xIm + cIm * xRe + sRe * yIm + sIm * yRe;
            re[k + 1][j] = -sRe * xRe - sIm * xIm + cRe * yRe + cIm * yIm;
            im[k + 1][j] = -sRe * xIm + sIm * xRe + cRe * yIm - cIm * yRe;
        }

        /// Its conjugate transpose from the right, on columns k and k + 1 of row i.
        void columns(double[][] re, double[][] im, int i, int k) {
            double xRe = re[i][k];
            double xIm = im[i][k];
            double yRe = re[i][k + 1];
            double yIm = im[i][k + 1];
            re[i][k] = xRe * cRe + xIm * cIm + yRe * sRe + yIm * sIm;
            im[i][k] = xIm * cRe - xRe * cIm + yIm * sRe - yRe * sIm;
            re[i][k + 1] = -xRe * sRe + xIm * sIm + yRe * cRe - yIm * cIm;
            im[i][k + 1] = -xRe * sIm - xIm * sRe + yRe * cIm + yIm * cRe;
        }
    }
}
