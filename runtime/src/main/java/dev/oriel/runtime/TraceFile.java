package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Traces as safetensors: one float32 tensor per site. Where the indices of an axis are not simply 0, 1, 2... the header's metadata says under the tensor's
/// name what they stand for: `head=1,4 query=10:19`, ranges with both ends. Under `ids` it has the tokens.
final class TraceFile {
    private static final String NOTES = "__metadata__.";
    private static final String IDS = "ids";
    private static final Pattern RANGES = Pattern.compile("\\d{1,9}(:\\d{1,9})?(,\\d{1,9}(:\\d{1,9})?)*");
    private static final Pattern TOKENS = Pattern.compile("\\[\\d{1,9}(, \\d{1,9})*]");

    private TraceFile() {}

    static void write(Path target, Trace trace) {
        Map<String, String> notes = new LinkedHashMap<>();
        notes.put(IDS, Arrays.toString(trace.ids()));
        List<TensorSource> tensors = new ArrayList<>();
        for (String name : trace.names()) {
            Activation activation = trace.get(name);
            String note = note(activation);
            if (!note.isEmpty()) notes.put(name, note);
            tensors.add(source(activation));
        }
        SafetensorsWriter.write(target, notes, tensors);
    }

    /// The numbers as a tensor of a file.
    private static TensorSource source(Activation activation) {
        MemorySegment numbers = activation.toSegment();
        return new TensorSource(activation.name(), Format.F32, Arrays.stream(activation.shape()).asLongStream().toArray(),
                (first, count, out) -> out.copyFrom(numbers.asSlice(first * (out.byteSize() / count), out.byteSize())));
    }

    static List<Activation> activations(Checkpoint file) {
        List<Activation> all = new ArrayList<>();
        for (Tensor tensor : file.tensors().values()) {
            int[] shape = Arrays.stream(tensor.shape()).mapToInt(Math::toIntExact).toArray();
            List<Site.Axis> axes = axes(tensor.name(), shape.length);
            int[][] labels = Indexing.dense(shape).labels();
            file.metadata().text(NOTES + tensor.name()).ifPresent(note -> read(note, axes, labels));
            MemorySegment data = tensor.format() == Format.F32 ? tensor.data() : MemorySegment.ofArray(tensor.values());
            all.add(Activation.fixed(tensor.name(), axes, data, Indexing.dense(labels)));
        }
        return all;
    }

    /// The tokens, if the file says them.
    static int[] ids(Checkpoint file) {
        String text = file.metadata().text(NOTES + IDS).orElse("");
        if (!TOKENS.matcher(text).matches()) return new int[0];
        return Arrays.stream(text.substring(1, text.length() - 1).split(", ")).mapToInt(Integer::parseInt).toArray();
    }

    /// The axes a name stands for; unknown names have plain ones.
    private static List<Site.Axis> axes(String name, int count) {
        List<Site.Axis> axes = Site.named(name).map(where -> where.site().axes()).orElse(List.of());
        for (Reduction reduction : Reduction.values()) {
            if (!name.endsWith(reduction.suffix())) continue;
            Site site = Site.named(name.substring(0, name.length() - reduction.suffix().length())).map(Selection::site).orElse(null);
            if (site == null) continue;
            axes = new ArrayList<>(site.axes());
            axes.remove(reduction.ofRows() ? axes.size() - 1 : site.rowAxis());
        }
        List<Site.Axis> plain = new ArrayList<>();
        for (int i = 0; i < count; i++) plain.add(Site.Axis.ONE);
        return axes.size() == count ? axes : plain;
    }

    private static String note(Activation activation) {
        StringJoiner note = new StringJoiner(" ");
        for (int axis = 0; axis < activation.axes().size(); axis++) {
            int[] labels = activation.labels(axis);
            if (!counts(labels)) note.add(activation.axes().get(axis).name().toLowerCase(Locale.ROOT) + "=" + ranges(labels));
        }
        return note.toString();
    }

    private static boolean counts(int[] labels) {
        for (int i = 0; i < labels.length; i++) if (labels[i] != i) return false;
        return true;
    }

    private static String ranges(int[] labels) {
        StringJoiner text = new StringJoiner(",");
        for (int from = 0, to; from < labels.length; from = to) {
            to = from + 1;
            while (to < labels.length && labels[to] == labels[to - 1] + 1) to++;
            text.add(to == from + 1 ? Integer.toString(labels[from]) : labels[from] + ":" + labels[to - 1]);
        }
        return text.toString();
    }

    /// Puts what a note says in place of 0, 1, 2...; what does not fit the shape is ignored, since the numbers are good without it.
    private static void read(String note, List<Site.Axis> axes, int[][] labels) {
        for (String part : note.split(" ")) {
            int equals = part.indexOf('=');
            if (equals < 0) continue;
            for (int axis = 0; axis < labels.length; axis++) {
                if (!axes.get(axis).name().equalsIgnoreCase(part.substring(0, equals)) || !RANGES.matcher(part.substring(equals + 1)).matches()) continue;
                int[] found = expand(part.substring(equals + 1), labels[axis].length + 1);
                if (found.length == labels[axis].length) labels[axis] = found;
            }
        }
    }

    private static int[] expand(String ranges, int most) {
        return Arrays.stream(ranges.split(",")).flatMapToInt(range -> {
            String[] ends = range.split(":");
            int from = Integer.parseInt(ends[0]);
            return IntStream.rangeClosed(from, ends.length == 1 ? from : Integer.parseInt(ends[1]));
        }).limit(most).toArray();
    }
}
