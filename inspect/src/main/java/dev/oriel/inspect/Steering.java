package dev.oriel.inspect;

import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Selection;

/// Pushes a run along a direction: edits of a site whose last axis is as long as the vector, such as `Site.RESID_POST.at(12)`. Narrow the selection to act at
/// some positions, and the probe with [Probe#during] to act in the prompt or in generation only. Every rule has a setting that changes nothing.
///
/// Papers: Turner et al. 2023, "Activation Addition"; Rimsky et al. 2024, "Steering Llama 2 via Contrastive Activation Addition"; Arditi et al. 2024, "Refusal in
/// Language Models Is Mediated by a Single Direction" (projecting out); Sakarvadia et al. 2023, "Memory Injections" (unembedding rows added to attention output).
public final class Steering {
    private Steering() {}

    /// Adds `factor` times a vector at every selected position.
    public static Probe add(Selection where, float[] vector, float factor) {
        float[] copy = vector.clone();
        return Probe.edit(where, values -> {
            if (factor != 0) values.add(copy, factor);
        });
    }

    /// Removes what lies along a direction: x becomes x - (x . d) d, d of unit length.
    public static Probe projectOut(Selection where, float[] direction) { return along(where, direction, _ -> 0); }

    /// Sets what lies along a direction to a value: afterwards x . d is `value`, d of unit length.
    public static Probe clamp(Selection where, float[] direction, float value) { return along(where, direction, _ -> value); }

    /// Keeps what lies along a direction between two values, d of unit length.
    public static Probe cap(Selection where, float[] direction, float least, float most) {
        if (!(least <= most)) throw new IllegalArgumentException("cap: expected least <= most, found " + least + " and " + most);
        return along(where, direction, projection -> Math.clamp(projection, least, most));
    }

    private interface Rule {
        double projection(double before);
    }

    private static Probe along(Selection where, float[] direction, Rule rule) {
        float[] unit = unit(direction);
        return Probe.edit(where, values -> eachRow(values, row -> {
            double before = dot(row.toArray(), unit);
            double after = rule.projection(before);
            if (after != before) row.add(unit, (float) (after - before));
        }));
    }

    private interface RowEdit {
        void of(Activation row);
    }

    /// Every row along the last axis.
    private static void eachRow(Activation values, RowEdit edit) {
        int[] shape = values.shape();
        for (int i = 0; i < shape[0]; i++) {
            if (shape.length == 2) edit.of(values.slice(i, Activation.ALL));
            else for (int j = 0; j < shape[1]; j++) edit.of(values.slice(i, j, Activation.ALL));
        }
    }

    static double dot(float[] a, float[] b) {
        if (a.length != b.length) throw new IllegalArgumentException("expected " + a.length + " numbers, found " + b.length);
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
        return sum;
    }

    private static float[] unit(float[] direction) {
        double length = Math.sqrt(dot(direction, direction));
        if (!(length > 0) || Double.isInfinite(length)) throw new IllegalArgumentException("a direction of length " + length);
        float[] unit = new float[direction.length];
        for (int i = 0; i < unit.length; i++) unit[i] = (float) (direction[i] / length);
        return unit;
    }
}
