package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What our encoders lose of 24 rows of normal numbers, of heavy-tailed ones (Student's t with 3 degrees of freedom) and of a trained model's weights, beside what llama-quantize does
/// (`quantised.py` among the tools).
class FormatErrorTest {
    private static final Golden GOLDEN = new Golden("quantised.safetensors");

    static Stream<Arguments> all() {
        return Stream.of(Format.values()).filter(format -> format.grouped() && format.canEncode())
                .flatMap(format -> Stream.of("gaussian", "heavy", "real").map(kind -> Arguments.of(format, kind)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("all")
    void noWorseThanLlamaQuantize(Format format, String kind) {
        float[] values = GOLDEN.floats(kind);
        byte[] raw = new byte[Math.toIntExact(format.bytes(values.length))];
        format.encode(values, 0, values.length, MemorySegment.ofArray(raw), 0);
        double ours = error(format, raw, values);
        double theirs = error(format, GOLDEN.bytes(kind + "." + format), values);
        System.out.printf("%s of %s numbers: squared error %.4f of llama-quantize's%n", format, kind, ours / theirs);
        assertThat(ours).isLessThanOrEqualTo(theirs);
    }

    private static double error(Format format, byte[] raw, float[] values) {
        float[] back = FormatTest.decode(format, MemorySegment.ofArray(raw), 0, values.length);
        double sum = 0;
        for (int i = 0; i < values.length; i++) sum += ((double) back[i] - values[i]) * ((double) back[i] - values[i]);
        return sum;
    }
}
