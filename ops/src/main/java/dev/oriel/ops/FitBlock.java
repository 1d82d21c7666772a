package dev.oriel.ops;

/// Finds the integers that tell a block of 256 numbers best, in the sense of least squares, where
///
///     value = (d * scale) * code - dmin * minimum         (d, dmin: halves of the block; scale, minimum: integers of its groups)
///
/// Each group finds its own real scale and minimum first ([FitGroup]); the largest fix `d` and `dmin`; the groups round theirs to the
/// integers that hurt least. Then `d` and `dmin` are fitted to those integers, and the groups choose again, as long as that helps.
final class FitBlock {
    private static final int LENGTH = 256;
    /// How many integers the largest scale tries to be: the rounding of the others, and of `d` itself, is a matter of luck.
    private static final int STARTS = 2;

    /// What integers a format has room for. A scale that may be negative reaches further below zero than above.
    record Grid(int groupLength, int codeLow, int codeHigh, int scaleLow, int scaleHigh, int minimumHigh) { }

    /// One way to tell the block; minimums are the integers.
    private record Choice(float d, float dmin, int[] scales, int[] minimums, double error) { }

    private final float[] values;
    private final int from;
    private final Grid grid;
    private final FitGroup[] groups;
    private final Choice best;

    FitBlock(float[] values, int from, Grid grid) {
        this.values = values;
        this.from = from;
        this.grid = grid;
        groups = new FitGroup[LENGTH / grid.groupLength];
        float extreme = 0;
        float lowest = 0;
        for (int g = 0; g < groups.length; g++) {
            groups[g] = new FitGroup(values, from + g * grid.groupLength, grid);
            if (Math.abs(groups[g].scale()) > Math.abs(extreme)) extreme = groups[g].scale();
            lowest = Math.min(lowest, groups[g].minimum());
        }
        int end = grid.scaleLow < 0 ? grid.scaleLow : grid.scaleHigh;
        Choice choice = null;
        for (int start = 0; start < STARTS; start++) {
            float d = extreme / (end - start * Integer.signum(end));
            Choice started = choose(d, grid.minimumHigh == 0 ? 0 : -lowest / grid.minimumHigh);
            if (choice == null || started.error < choice.error) choice = started;
        }
        for (Choice next = refit(choice); next.error < choice.error; next = refit(choice)) choice = next;
        best = choice;
    }

    float d() { return best.d; }

    float dmin() { return best.dmin; }

    int scale(int group) { return best.scales[group]; }

    int minimum(int group) { return best.minimums[group]; }

    byte[] codes() { return codes(best); }

    private byte[] codes(Choice choice) {
        byte[] codes = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            int g = i / grid.groupLength;
            codes[i] = (byte) groups[g].code(i % grid.groupLength, choice.d * choice.scales[g], -(choice.dmin * choice.minimums[g]));
        }
        return codes;
    }

    /// The best integers for `d` and `dmin`, which become halves first.
    private Choice choose(float d, float dmin) {
        float halfD = Float.float16ToFloat(Float.floatToFloat16(d));
        float halfDmin = Float.float16ToFloat(Float.floatToFloat16(dmin));
        int[] scales = new int[groups.length];
        int[] minimums = new int[groups.length];
        double error = 0;
        for (int g = 0; g < groups.length; g++) {
            FitGroup.Rounded rounded = groups[g].round(halfD, halfDmin);
            scales[g] = rounded.scale();
            minimums[g] = rounded.minimum();
            error += rounded.error();
        }
        return new Choice(halfD, halfDmin, scales, minimums, error);
    }

    /// Least squares for `d` and `dmin` with everything else as it is, and a new choice for them.
    private Choice refit(Choice choice) {
        byte[] codes = codes(choice);
        double pp = 0;
        double pm = 0;
        double mm = 0;
        double pv = 0;
        double mv = 0;
        for (int i = 0; i < LENGTH; i++) {
            int g = i / grid.groupLength;
            double product = choice.scales[g] * codes[i];
            double minimum = -choice.minimums[g];
            double value = values[from + i];
            pp += product * product;
            pm += product * minimum;
            mm += minimum * minimum;
            pv += product * value;
            mv += minimum * value;
        }
        if (mm == 0) return pp == 0 ? choice : choose((float) (pv / pp), 0);
        double determinant = pp * mm - pm * pm;
        if (determinant <= 0) return choice;
        double d = (pv * mm - mv * pm) / determinant;
        double dmin = (mv * pp - pv * pm) / determinant;
        return d > 0 && dmin >= 0 ? choose((float) d, (float) dmin) : choice;
    }
}
