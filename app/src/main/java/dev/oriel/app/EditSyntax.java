package dev.oriel.app;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Tensor;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Phase;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// An edit as people write it: `SITE[slices] = VALUE`, `+=` or `*=`.
///
/// @param site   a name, where `*` stands for anything
/// @param slices which part, as in NumPy
/// @param value  a number, or numbers to broadcast over the part
record EditSyntax(String site, Slices slices, Operator operator, Value value) {
    static final String HELP = "SITE[slices] = VALUE, += or *=: slices as in NumPy, positions counted in the prompt (generated ones follow), VALUE a number, -inf, or @FILE.safetensors:KEY; "
            + "may be given several times.";

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

    /// The probes that do it while `sequence` runs, at each site that the name means.
    ///
    /// @throws ModelException if it can have no effect
    List<Probe> probes(Model model, Slices.Sequence sequence) {
        List<Probe> probes = new ArrayList<>();
        for (Selection places : SiteNames.matching(site, model)) {
            Selection.Part part = slices.narrow(places, model.hyper().attention(), sequence);
            boolean rows = hasRows(places.site());
            if (rows && part.positions().from() >= sequence.prompt())
                throw new ModelException("edit of " + part + ": the value has a row per position, so it fits positions of the prompt only, 0:" + sequence.prompt());
            for (Selection.Part piece : pieces(part, sequence.prompt(), rows)) {
                Probe probe = Probe.edit(piece, narrowed -> apply(piece.site(), narrowed));
                probes.add(rows ? probe.during(Phase.PROMPT) : probe);
            }
        }
        return probes;
    }

    /// Generated tokens come one by one, and an edit must find its span in one piece: so one for the prompt, and one for each position after it.
    private static List<Selection.Part> pieces(Selection.Part part, int prompt, boolean promptOnly) {
        Range span = part.positions();
        if (span.to() == Integer.MAX_VALUE || span.to() <= prompt) return List.of(part);
        List<Selection.Part> pieces = new ArrayList<>();
        if (span.from() < prompt) pieces.add(part.positions(span.from(), prompt));
        if (!promptOnly) for (int at = Math.max(prompt, span.from()); at < span.to(); at++) pieces.add(part.positions(Range.at(at)));
        return pieces;
    }

    /// Whether the value has numbers of its own for each position, or for each key of all there are: such a value fits the prompt, and no other pass.
    private boolean hasRows(Site site) {
        List<Slices.Slice> all = slices.over(site);
        int axis = all.size();
        for (int i = value.shape.length - 1; i >= 0; i--) {
            do axis--; while (axis >= 0 && all.get(axis) instanceof Slices.Slice.Index);
            if (axis < 0) return false;
            if (value.shape[i] == 1) continue;
            switch (site.axes().get(axis)) {
                case POS, QUERY -> { return true; }
                case KEY -> { if (all.get(axis) instanceof Slices.Slice.Span span && span.to() == null) return true; }
                default -> { }
            }
        }
        return false;
    }

    private void apply(Site site, Activation narrowed) {
        Activation view = slices.view(site, narrowed);
        if (value.shape.length == 0) {
            float number = value.numbers[0];
            switch (operator) {
                case SET -> view.fill(number);
                case ADD -> view.add(number);
                case MULTIPLY -> view.scale(number);
            }
            return;
        }
        List<Slices.Slice> all = slices.over(site);
        int[] shape = IntStream.range(0, all.size()).filter(axis -> !(all.get(axis) instanceof Slices.Slice.Index)).map(axis -> view.shape()[axis]).toArray();
        float[] operand = broadcast(narrowed.name(), shape);
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
