package dev.oriel.loaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Good files with some bytes changed, cut off or put in: a reader refuses them or reads them, and does nothing else.
@Timeout(120)
class MutationTest {
    private static final int ROUNDS = 6000;
    /// Bytes that make lengths and types interesting.
    private static final int[] TELLING = {0, 1, 8, 9, 31, 127, 128, 255, '"', '{', '[', '-'};

    @TempDir
    Path folder;

    @Test
    void ggufOrModelException() throws IOException {
        Path file = folder.resolve("small.gguf");
        GgufWriter.write(file, Map.of("general.architecture", "llama", "llama.block_count", 2L, "tokens", List.of("a", "b", "▁c"), "scores", List.of(0f, -1f),
                "flag", true), sources());
        mutate(Files.readAllBytes(file), bytes -> GgufReader.read("small.gguf", MemorySegment.ofArray(bytes)).tensors().values());
    }

    @Test
    void safetensorsOrModelException() throws IOException {
        Path file = folder.resolve("small.safetensors");
        SafetensorsWriter.write(file, Map.of("format", "pt"), List.of(TensorSource.of("a", new float[6], 2, 3), TensorSource.of("b.weight", new float[1])));
        mutate(Files.readAllBytes(file), bytes -> SafetensorsReader.read("small.safetensors", MemorySegment.ofArray(bytes)).tensors().values());
    }

    private static List<TensorSource> sources() {
        return List.of(TensorSource.of("token_embd.weight", new float[15], 5, 3), TensorSource.of("norm", new float[3], 3),
                new TensorSource("blocks", Format.Q8_0, new long[] {2, 32}, (first, count, out) -> out.fill((byte) 1)));
    }

    private static void mutate(byte[] good, Function<byte[], Collection<Tensor>> reader) {
        long seed = Long.getLong("oriel.seed", 20260117L);
        System.out.println("mutations with -Doriel.seed=" + seed);
        Random random = new Random(seed);
        int refused = 0;
        long start = System.nanoTime();
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = mutant(good, random);
            try {
                for (Tensor tensor : reader.apply(bytes))
                    if (tensor.elements() < 1 << 20) assertThat(tensor.values()).hasSize((int) tensor.elements());
            } catch (ModelException e) {
                refused++;
                assertThat(e.getMessage().lines().count()).as(e.getMessage()).isEqualTo(1);
            } catch (RuntimeException | Error e) {
                fail("round " + round + " of seed " + seed + ": " + e, e);
            }
        }
        assertThat(refused).as("mutants refused").isBetween(ROUNDS / 10, ROUNDS);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
    }

    private static byte[] mutant(byte[] good, Random random) {
        byte[] bytes = good.clone();
        if (random.nextInt(4) == 0) bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        for (int i = random.nextInt(4); i >= 0 && bytes.length > 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) TELLING[random.nextInt(TELLING.length)];
                case 2 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 8), (byte) (random.nextBoolean() ? 255 : 127));
                default -> System.arraycopy(bytes, at, bytes, random.nextInt(bytes.length - Math.min(8, bytes.length - at) + 1), Math.min(8, bytes.length - at));
            }
        }
        return bytes;
    }
}
