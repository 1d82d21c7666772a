package dev.oriel.app;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Tensor;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An edit as people write it: `SITE[slices] = VALUE`, `+=` or `*=`.
///
/// @param site   a name, where `*` stands for anything
/// @param slices which part, as in NumPy
/// @param value  a number, or numbers to broadcast over the part
record EditSyntax(String site, Slices slices, Operator operator, Value value) {
    static final String HELP = "SITE[slices] = VALUE, += or *=: slices as in NumPy, VALUE a number, -inf, or @FILE.safetensors:KEY; may be given several times.";

    private static final Pattern SYNTAX = Pattern.compile("\\s*([\\w.]*(?:\\*[\\w.]+)*)\\s*(?:\\[([^\\]]*)\\])?\\s*(\\+=|\\*=|=)\\s*(\\S.*?)\\s*");

    enum Operator {
        SET, ADD, MULTIPLY;

        static Operator of(String text) {
            return switch (text) {
                case "+=" -> ADD;
                case "*=" -> MULTIPLY;
                default -> SET;
            };
        }
    }

    /// What is written, row-major; no extents for a single number.
    record Value(int[] shape, float[] numbers) {}

    /// @throws ModelException if the text is no edit, or names a file that cannot be read
    static EditSyntax parse(String text) {
        Matcher m = SYNTAX.matcher(text);
        if (!m.matches() || m.group(1).isEmpty()) throw new ModelException("edit '" + text + "': expected SITE[slices] = VALUE, += or *=");
        return new EditSyntax(m.group(1), Slices.parse(Optional.ofNullable(m.group(2)).orElse("")), Operator.of(m.group(3)), value(text, m.group(4)));
    }

    /// One probe for each site that the name means.
    List<Probe> probes(Model model) { return SiteNames.matching(site, model).stream().map(where -> Probe.edit(where, this::apply)).toList(); }

    void apply(Activation whole) {
        Slices.Part part = slices.of(whole);
        Activation view = whole.slice(part.ranges());
        if (value.shape.length == 0) {
            float number = value.numbers[0];
            switch (operator) {
                case SET -> view.fill(number);
                case ADD -> view.add(number);
                case MULTIPLY -> view.scale(number);
            }
            return;
        }
        float[] operand = broadcast(whole.name(), part.shape());
        if (operator == Operator.SET) {
            view.copyFrom(operand);
            return;
        }
        float[] result = view.toArray();
        for (int i = 0; i < result.length; i++) result[i] = operator == Operator.ADD ? result[i] + operand[i] : result[i] * operand[i];
        view.copyFrom(result);
    }

    /// The value repeated to fill `shape`, by NumPy's rule: axes are compared from the last on, and an extent of 1 is repeated.
    private float[] broadcast(String name, int[] shape) {
        int missing = shape.length - value.shape.length;
        int[] steps = new int[shape.length];
        int step = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            int extent = axis < missing ? 1 : value.shape[axis - missing];
            if (missing < 0 || extent != 1 && extent != shape[axis])
                throw new ModelException("edit of " + name + ": expected a value that can be broadcast to " + Arrays.toString(shape) + ", found " + Arrays.toString(value.shape));
            steps[axis] = extent == 1 ? 0 : step;
            step *= extent;
        }
        float[] out = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        for (int i = 0; i < out.length; i++) {
            int from = 0;
            for (int axis = shape.length - 1, rest = i; axis >= 0; rest /= shape[axis--]) from += rest % shape[axis] * steps[axis];
            out[i] = value.numbers[from];
        }
        return out;
    }

    private static Value value(String edit, String text) {
        if (text.startsWith("@")) return stored(edit, text.substring(1));
        try {
            return new Value(new int[0], new float[] {switch (text) {
                case "inf", "+inf" -> Float.POSITIVE_INFINITY;
                case "-inf" -> Float.NEGATIVE_INFINITY;
                default -> Float.parseFloat(text);
            }});
        } catch (NumberFormatException e) {
            throw new ModelException("edit '" + edit + "': expected a number, -inf or @FILE.safetensors:KEY, found " + text);
        }
    }

    private static Value stored(String edit, String reference) {
        int colon = reference.lastIndexOf(':');
        if (colon < 1) throw new ModelException("edit '" + edit + "': expected @FILE.safetensors:KEY, found @" + reference);
        String key = reference.substring(colon + 1);
        try (Checkpoint file = Checkpoints.open(Path.of(reference.substring(0, colon)))) {
            Tensor tensor = file.tensors().get(key);
            if (tensor == null) throw new ModelException(file.path(), "key " + key, "one of " + file.tensors().keySet(), "none");
            if (tensor.elements() == 0) throw new ModelException(file.path(), key, "numbers", "an empty tensor");
            return new Value(Arrays.stream(tensor.shape()).mapToInt(Math::toIntExact).toArray(), tensor.values());
        }
    }
}
