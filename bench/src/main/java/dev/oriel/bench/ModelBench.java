package dev.oriel.bench;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.ops.Format;
import dev.oriel.runtime.LoadOptions;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Session;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// Whole passes through a model of random weights: a prompt in one pass, and one token after it. Bytes and operations are those of the matrices alone.
@State(Scope.Benchmark)
public class ModelBench {
    @Param({"Q4_0", "Q4_K", "Q8_0", "F16"})
    Format format = Format.Q4_0;

    @Param("8")
    int layers = 8;

    @Param("2048")
    int width = 2048;

    @Param("32000")
    int vocabulary = 32_000;

    /// Tokens of the prompt.
    @Param("128")
    int prompt = 128;

    private Model model;
    private Session empty;
    private Session filled;
    private int[] ids;
    /// Numbers and stored bytes of the matrices every token meets, and of the output matrix that only the last one does.
    private long bodyNumbers;
    private long headNumbers;

    @Setup
    public void setUp(Machine machine) {
        ids = IntStream.range(0, prompt).map(i -> i * 7919 % vocabulary).toArray();
        headNumbers = (long) vocabulary * width;
        try (Checkpoint checkpoint = new RandomModel(layers, width, vocabulary, format).checkpoint()) {
            bodyNumbers = checkpoint.tensors().values().stream().filter(tensor -> tensor.shape().length == 2).mapToLong(tensor -> tensor.elements()).sum()
                    - 2 * headNumbers;
            model = Model.of(checkpoint, LoadOptions.defaults().withThreads(machine.threads()).withBackend(machine.backend).withKernels(machine.kernels));
        }
        empty = model.session();
        filled = model.session();
        filled.feed(ids);
    }

    @Benchmark
    public float[] prefill(Work work) {
        float[] logits = empty.feed(ids);
        empty.rewind(0);
        count(work, prompt);
        return logits;
    }

    @Benchmark
    public float[] decode(Work work) {
        float[] logits = filled.feed(ids[0]);
        filled.rewind(prompt);
        count(work, 1);
        return logits;
    }

    private void count(Work work, int tokens) {
        work.done(format.bytes(bodyNumbers + headNumbers), 2 * (tokens * bodyNumbers + headNumbers));
    }

    @TearDown
    public void tearDown() {
        empty.close();
        filled.close();
        model.close();
    }
}
