package dev.oriel.inspect;

import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Selection;
import java.util.List;
import java.util.stream.IntStream;

/// A direction among activations, and where the texts it was found in lie along it.
///
/// Papers: Zou et al. 2023, "Representation Engineering" (principal axes); Marks and Tegmark 2024, "The Geometry of Truth" (differences of means); Ji-An et al.
/// 2025, "Language Models Are Capable of Metacognitive Monitoring".
///
/// @param vector      of unit length
/// @param projections `[text]`: state minus the mean of all states, along the vector
/// @param variance    of the projections, over the number of texts less one
public record ActivationDirection(float[] vector, float[] projections, double variance) {
    /// The state of each text: the mean of the selected numbers over positions. Position 0 is left out unless the selection says which to take, since
    /// it holds many times larger numbers than the others in most models.
    ///
    /// @param where one layer of a site with axes `[pos, d]`
    public static float[][] states(Model model, Selection where, List<int[]> texts) {
        Selection rows = where.part().positions().equals(Range.ALL) ? where.positions(Range.from(1)) : where;
        float[][] states = new float[texts.size()][];
        for (int i = 0; i < states.length; i++) {
            var values = model.run(texts.get(i), Probe.record(rows)).trace().get(rows);
            if (values.axes().size() != 2)
                throw new IllegalArgumentException("states: expected a site with axes [pos, d], found " + where.site() + " with " + values.axes());
            int n = values.shape()[0];
            double[] sum = new double[values.shape()[1]];
            for (int row = 0; row < n; row++) for (int d = 0; d < sum.length; d++) sum[d] += values.get(row, d);
            states[i] = new float[sum.length];
            for (int d = 0; d < sum.length; d++) states[i][d] = (float) (sum[d] / n);
        }
        return states;
    }

    /// The principal axes of states about their mean, by falling variance: one less than there are states, or as many as states have numbers. Each points so
    /// that its largest number is positive.
    public static List<ActivationDirection> principal(float[][] states) {
        double[][] centred = centred(states);
        int n = states.length;
        double[][] gram = new double[n][n];
        for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) for (int d = 0; d < centred[i].length; d++) gram[i][j] += centred[i][d] * centred[j][d];
        SymmetricEigen eigen = SymmetricEigen.of(gram);
        return IntStream.range(0, Math.min(n - 1, states[0].length)).mapToObj(axis -> {
            double[] direction = new double[states[0].length];
            for (int i = 0; i < n; i++) for (int d = 0; d < direction.length; d++) direction[d] += eigen.vectors()[axis][i] * centred[i][d];
            int largest = 0;
            for (int d = 1; d < direction.length; d++) if (Math.abs(direction[d]) > Math.abs(direction[largest])) largest = d;
            return along(centred, direction, direction[largest] < 0 ? -1 : 1);
        }).toList();
    }

    /// The way from the mean of one group of states to that of another. The projections are those of `from`, then of `to`.
    public static ActivationDirection differenceOfMeans(float[][] from, float[][] to) {
        double[] a = mean(from);
        double[] b = mean(to);
        for (int d = 0; d < a.length; d++) b[d] -= a[d];
        float[][] all = new float[from.length + to.length][];
        System.arraycopy(from, 0, all, 0, from.length);
        System.arraycopy(to, 0, all, from.length, to.length);
        return along(centred(all), b, 1);
    }

    private static ActivationDirection along(double[][] centred, double[] direction, int sign) {
        double length = 0;
        for (double x : direction) length += x * x;
        length = Math.sqrt(length);
        if (length == 0) throw new IllegalArgumentException("the states do not differ, so there is no direction");
        float[] vector = new float[direction.length];
        for (int d = 0; d < vector.length; d++) vector[d] = (float) (sign * direction[d] / length);
        float[] projections = new float[centred.length];
        double squares = 0;
        for (int i = 0; i < projections.length; i++) {
            double sum = 0;
            for (int d = 0; d < vector.length; d++) sum += centred[i][d] * vector[d];
            projections[i] = (float) sum;
            squares += sum * sum;
        }
        return new ActivationDirection(vector, projections, squares / (projections.length - 1));
    }

    private static double[][] centred(float[][] states) {
        double[] mean = mean(states);
        double[][] centred = new double[states.length][mean.length];
        for (int i = 0; i < states.length; i++) for (int d = 0; d < mean.length; d++) centred[i][d] = states[i][d] - mean[d];
        return centred;
    }

    private static double[] mean(float[][] states) {
        double[] mean = new double[states[0].length];
        for (float[] state : states) for (int d = 0; d < mean.length; d++) mean[d] += state[d] / (double) states.length;
        return mean;
    }
}
