package dev.oriel.inspect;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.Json;
import dev.oriel.ops.Tensor;
import dev.oriel.runtime.LoadOptions;
import dev.oriel.runtime.Model;
import dev.oriel.testing.Needed;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/// What independent references computed for the moves, and the models they computed it on.
final class Goldens {
    /// How far, relatively, a number may lie from what it was before it was written with nine digits (planted cases of inspect-a), or six: where a tolerance is
    /// smaller than that, the exact result would miss the number as it is written.
    static final double NINE_DIGITS = 5e-9;
    static final double SIX_DIGITS = 5e-6;

    private Goldens() {}

    /// A value in a golden file, found by its path of keys and indices.
    record Value(String path, Object json) {
        Value at(Object... keys) {
            Value here = this;
            for (Object key : keys) here = here.child(key);
            return here;
        }

        private Value child(Object key) {
            String name = path + "/" + key;
            return switch (json) {
                case Map<?, ?> map when map.containsKey(key) -> new Value(name, map.get(key));
                case List<?> list when key instanceof Integer index && index < list.size() -> new Value(name, list.get(index));
                case null, default -> throw new AssertionError("the golden has no " + name);
            };
        }

        List<Value> list() {
            List<Value> all = new ArrayList<>();
            for (int i = 0; i < ((List<?>) json).size(); i++) all.add(child(i));
            return all;
        }

        String text() { return (String) json; }

        int integer() { return Math.toIntExact((Long) json); }

        double number() { return numbers()[0]; }

        /// All numbers below it in order; null and "nan" are NaN.
        double[] numbers() { return flat(json).toArray(); }

        int[] ids() { return ((List<?>) json).stream().mapToInt(n -> ((Long) n).intValue()).toArray(); }

        private static DoubleStream flat(Object value) {
            return switch (value) {
                case List<?> list -> list.stream().flatMapToDouble(Value::flat);
                case Map<?, ?> map -> map.values().stream().flatMapToDouble(Value::flat);
                case Number number -> DoubleStream.of(number.doubleValue());
                case null -> DoubleStream.of(Double.NaN);
                case String text when text.equals("nan") -> DoubleStream.of(Double.NaN);
                default -> throw new AssertionError("not a number: " + value);
            };
        }
    }

    /// A golden that ships with these tests: `/goldens/methods/FILE`.
    static Value shipped(String file) {
        URL url = Goldens.class.getResource("/goldens/methods/" + file);
        if (url == null) throw new AssertionError("the test resource goldens/methods/" + file + " is missing");
        try {
            return json(Path.of(url.toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /// A golden of the folder beside the checkout: `methods/inspect-a.json`, `smollm2-heads.json`.
    static Value shared(String file) { return json(Needed.shared("goldens/" + file)); }

    private static Value json(Path file) { return new Value(file.getFileName().toString(), Json.parse(file)); }

    /// A tensor of a golden safetensors file of the folder beside the checkout.
    static float[] sharedTensor(String file, String name) {
        try (Checkpoint c = Checkpoints.open(Needed.shared("goldens/" + file))) {
            Tensor t = c.tensors().get(name);
            if (t == null) throw new AssertionError("the golden " + file + " has no " + name);
            return t.values();
        }
    }

    /// A tiny random model (`llama`, `gpt2`, ...), exact: of the runtime's tests, or of the folder beside the checkout.
    static Model tiny(String architecture) {
        Path folder = Needed.above("runtime/src/test/resources/goldens/arch/" + architecture).orElseGet(() -> Needed.shared("goldens/arch/" + architecture));
        return Model.load(folder, exact());
    }

    /// SmolLM2-135M, exact. It takes a few seconds: load it once per class.
    static Model smolLm2() { return Model.load(Needed.model("smollm2-135m-instruct-q4_1.gguf"), exact()); }

    static LoadOptions exact() { return LoadOptions.defaults().withThreads(2).exact(); }

    /// Fails unless every |found - expected| is at most `absolute`; NaN must be found where NaN is expected.
    static void assertClose(String what, double[] found, double[] expected, double absolute) { assertClose(what, found, expected, absolute, 0); }

    /// Fails unless every |found - expected| is at most `absolute + relative |expected|`.
    static void assertClose(String what, double[] found, double[] expected, double absolute, double relative) {
        if (found.length != expected.length) throw new AssertionError(what + ": expected " + expected.length + " numbers, found " + found.length);
        int outside = 0;
        int worst = -1;
        double most = 0;
        for (int i = 0; i < found.length; i++) {
            if (Double.isNaN(found[i]) && Double.isNaN(expected[i])) continue;
            double ratio = Math.abs(found[i] - expected[i]) / (absolute + relative * Math.abs(expected[i]));
            if (Double.isNaN(found[i]) || Double.isNaN(expected[i])) ratio = Double.POSITIVE_INFINITY;
            if (Double.isNaN(ratio) || ratio <= 1) continue;
            outside++;
            if (ratio <= most) continue;
            most = ratio;
            worst = i;
        }
        if (outside > 0) {
            throw new AssertionError("%s: %d of %d numbers differ by more than %g + %g |expected|; the worst is number %d, expected %g, found %g"
                    .formatted(what, outside, found.length, absolute, relative, worst, expected[worst], found[worst]));
        }
    }

    static double[] doubles(float[] values) {
        double[] copy = new double[values.length];
        for (int i = 0; i < values.length; i++) copy[i] = values[i];
        return copy;
    }

    /// Rows one after the other.
    static double[] flat(float[][] rows) { return Stream.of(rows).flatMapToDouble(row -> DoubleStream.of(doubles(row))).toArray(); }

    static double[] flat(HeadGrid grid) { return flat(grid.values()); }
}
