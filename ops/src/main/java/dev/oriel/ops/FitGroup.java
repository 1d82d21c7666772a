package dev.oriel.ops;

/// Finds the scale (and minimum) with which a group of numbers is told best by small integers, in the sense of least squares.
///
/// Codes follow from a scale by rounding, and the best scale follows from codes by linear regression. So a few scales around the one that
/// spans the extremes are tried, and of the regressions on their codes the one with the least error stays.
final class FitGroup {
    /// Starting scales tried on each side of the obvious one, and their distance in codes.
    private static final int TRIES = 12;
    private static final float STEP = 0.15f;

    private final float[] values;
    private final int from;
    private final FitBlock.Grid grid;
    private float scale;
    private float minimum;
    private double error = Double.POSITIVE_INFINITY;

    /// Integers in place of scale and minimum, and the squared error with them.
    record Rounded(int scale, int minimum, double error) { }

    FitGroup(float[] values, int from, FitBlock.Grid grid) {
        this.values = values;
        this.from = from;
        this.grid = grid;
        if (grid.minimumHigh() == 0) fitScaled();
        else fitShifted();
        for (double before = Double.POSITIVE_INFINITY; error < before; ) {
            before = error;
            tryScale(scale, minimum);
        }
    }

    float scale() { return scale; }

    /// Never above zero: that is what the formats can store.
    float minimum() { return minimum; }

    private void fitScaled() {
        float extreme = 0;
        for (int i = 0; i < grid.groupLength(); i++)
            if (Math.abs(values[from + i]) > Math.abs(extreme)) extreme = values[from + i];
        if (extreme == 0) return;
        for (int t = -TRIES; t <= TRIES; t++) tryScale(extreme / (grid.codeLow() + STEP * t), 0);
    }

    private void fitShifted() {
        float lowest = 0;
        float highest = values[from];
        for (int i = 0; i < grid.groupLength(); i++) {
            lowest = Math.min(lowest, values[from + i]);
            highest = Math.max(highest, values[from + i]);
        }
        minimum = lowest;
        if (highest <= lowest) return;
        for (int t = -TRIES; t <= TRIES; t++) tryScale((highest - lowest) / (grid.codeHigh() + STEP * t), lowest);
    }

    /// Takes the line through the numbers over the codes that a scale and a minimum give them, if it comes nearer to the numbers than those before.
    private void tryScale(float scale, float minimum) {
        int count = grid.groupLength();
        float inverse = 1 / scale;
        int codes = 0;
        int squares = 0;
        double sum = 0;
        double products = 0;
        for (int i = 0; i < count; i++) {
            float value = values[from + i];
            int code = code(value, inverse, minimum);
            codes += code;
            squares += code * code;
            sum += value;
            products += value * code;
        }
        if (squares == 0) return;
        double determinant = (double) count * squares - (double) codes * codes;
        double slope = (count * products - codes * sum) / determinant;
        double intercept = (sum - slope * codes) / count;
        if (grid.minimumHigh() == 0 || determinant <= 0 || intercept > 0) {
            slope = products / squares;
            intercept = 0;
        }
        if (grid.scaleLow() == 0 && slope < 0) return;
        // The squared error, less the sum of squares that all candidates share.
        double error = slope * (slope * squares + 2 * intercept * codes - 2 * products) + intercept * (count * intercept - 2 * sum);
        if (error >= this.error) return;
        this.error = error;
        this.scale = (float) slope;
        this.minimum = (float) intercept;
    }

    /// The integers `s` and `m` for which `d * s` and `-dmin * m` leave the least error: the rounded scale and minimum, or for one of them a neighbour.
    Rounded round(float d, float dmin) {
        int s = d == 0 ? 0 : Math.clamp(Math.round(scale / d), grid.scaleLow(), grid.scaleHigh());
        int m = dmin == 0 ? 0 : Math.clamp(Math.round(-minimum / dmin), 0, grid.minimumHigh());
        Rounded best = new Rounded(s, m, error(d * s, -(dmin * m)));
        if (s > grid.scaleLow()) best = better(best, d, dmin, s - 1, m);
        if (s < grid.scaleHigh()) best = better(best, d, dmin, s + 1, m);
        if (m > 0) best = better(best, d, dmin, s, m - 1);
        if (m < grid.minimumHigh()) best = better(best, d, dmin, s, m + 1);
        return best;
    }

    private Rounded better(Rounded best, float d, float dmin, int s, int m) {
        double error = error(d * s, -(dmin * m));
        return error < best.error ? new Rounded(s, m, error) : best;
    }

    private double error(float scale, float minimum) {
        float inverse = inverse(scale);
        double sum = 0;
        for (int i = 0; i < grid.groupLength(); i++) {
            float value = values[from + i];
            float difference = scale * code(value, inverse, minimum) + minimum - value;
            sum += difference * difference;
        }
        return sum;
    }

    /// The code of number `i` of the group that comes nearest to it.
    int code(int i, float scale, float minimum) { return code(values[from + i], inverse(scale), minimum); }

    /// Rounds to nearest by truncating what the lowest code has moved above zero.
    private int code(float value, float inverse, float minimum) {
        int low = grid.codeLow();
        return Math.clamp((int) ((value - minimum) * inverse - low + 0.5f), 0, grid.codeHigh() - low) + low;
    }

    private static float inverse(float scale) { return scale == 0 ? 0 : 1 / scale; }
}
