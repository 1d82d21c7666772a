package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.GgufWriter;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Sessions that come back from a file go on as if they had never been away; files that are not whole, or of another model, are refused.
class SessionFileTest {
    static final List<Format> KEPT = List.of(Format.F32, Format.F16, Format.Q8_0);

    @TempDir private Path folder;

    static Stream<Arguments> models() { return Stream.concat(Goldens.ARCHITECTURES.stream().map(a -> Arguments.of(a, "vector")), Goldens.SHIPPED.stream().flatMap(a -> Stream.of("scalar", "far").map(b -> Arguments.of(a, b)))); }

    private static Model load(String architecture, String backend) { return Goldens.load(Goldens.model(architecture), backend, LoadOptions.defaults().withThreads(1)); }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("models")
    void goesOnWhereItWas(String architecture, String backend) throws IOException {
        int[] ids = Goldens.ids(architecture, "input_ids");
        int half = ids.length / 2;
        Path file = folder.resolve("session.safetensors");
        float[] expected;
        try (Model model = load(architecture, backend); Session session = model.session()) {
            session.feed(Arrays.copyOf(ids, half));
            session.save(file);
            expected = session.feed(Arrays.copyOfRange(ids, half, ids.length));
        }
        try (Model model = load(architecture, backend); Session session = model.session(file)) {
            assertThat(session.ids()).isEqualTo(Arrays.copyOf(ids, half));
            assertThat(session.advanceTo(ids)).isEqualTo(expected);
            session.rewind(3);
            assertThat(session.advanceTo(ids)).isEqualTo(expected);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    static Stream<Arguments> kept() { return Stream.of("emitted", "vector", "far").flatMap(backend -> KEPT.stream().map(format -> Arguments.of(backend, format))); }

    /// Weights of 8 bits, and more tokens than a tile has slots, saved in the middle of one.
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("kept")
    void goesOnWithTheSameBits(String backend, Format format) throws IOException {
        LoadOptions options = LoadOptions.defaults().withThreads(1).withKvFormat(format);
        Path weights = eightBits();
        int[] ids = new Random(5).ints(75, 0, 384).toArray();
        int half = 41;
        Path file = folder.resolve("session.safetensors");
        List<float[]> expected;
        try (Model model = Goldens.load(weights, backend, options); Session session = model.session()) {
            session.feed(Arrays.copyOf(ids, half));
            session.save(file);
            expected = goOn(session, Arrays.copyOfRange(ids, half, ids.length));
        }
        try (Model model = Goldens.load(weights, backend, options); Session session = model.session(file)) {
            assertThat(session.ids()).isEqualTo(Arrays.copyOf(ids, half));
            assertThat(goOn(session, Arrays.copyOfRange(ids, half, ids.length))).usingRecursiveFieldByFieldElementComparator().containsExactlyElementsOf(expected);
        }
    }

    /// The logits after several tokens at once, and after each of a few that are generated.
    private static List<float[]> goOn(Session session, int[] ids) {
        List<float[]> all = new ArrayList<>(List.of(session.feed(ids)));
        for (int i = 0; i < 5; i++) {
            float[] last = all.getLast();
            int best = 0;
            for (int id = 1; id < last.length; id++) if (last[id] > last[best]) best = id;
            all.add(session.feed(best));
        }
        return all;
    }

    /// The same family with weights in Q8_0.
    private Path eightBits() throws IOException {
        Path file = folder.resolve("q8_0.gguf");
        try (Checkpoint source = Checkpoints.open(Goldens.model("llama", "gguf"))) {
            GgufWriter.write(file, source.metadata().values(), source.tensors().values().stream().map(t -> t.shape().length == 1 ? TensorSource.of(t) : ExportTest.quantised(t)).toList());
        }
        return file;
    }

    @ParameterizedTest
    @FieldSource("KEPT")
    void keysAndValuesOfAnotherFormatAreRefused(Format format) {
        Path file = folder.resolve("session.safetensors");
        try (Model model = Goldens.load(Goldens.model("llama"), "vector", LoadOptions.defaults().withKvFormat(format)); Session session = model.session()) {
            session.feed(1, 2, 3);
            session.save(file);
        }
        for (Format other : KEPT) {
            if (other == format) continue;
            try (Model model = Goldens.load(Goldens.model("llama"), "vector", LoadOptions.defaults().withKvFormat(other))) {
                assertThatThrownBy(() -> model.session(file)).isInstanceOf(ModelException.class)
                        .hasMessage(file + ": keys and values: expected " + other + ", which is how this model keeps them (see --kv), found " + format);
            }
        }
    }

    @Test
    void anEmptySessionAndOwnPositionsComeBack() {
        Path file = folder.resolve("session.safetensors");
        try (Model model = load("llama", "vector"); Session session = model.session()) {
            session.save(file);
            try (Session again = model.session(file)) {
                assertThat(again.position()).isZero();
                assertThat(again.feed(1, 2)).isEqualTo(session.feed(1, 2));
            }
            session.run(Input.of(3, 4).withPositions(9, 9));
            session.save(file);
            try (Session again = model.session(file)) {
                // What stands at other positions is no beginning to share.
                assertThat(again.keepCommon(1, 2, 3, 4, 5)).containsExactly(3, 4, 5);
            }
            try (Session again = model.session(file)) {
                assertThat(again.feed(5)).isEqualTo(session.feed(5));
            }
        }
    }

    @Test
    void otherModelsAndFormatsAreRefused() throws IOException {
        Path file = folder.resolve("session.safetensors");
        try (Model model = load("llama", "vector"); Session session = model.session()) {
            session.feed(1, 2, 3);
            session.save(file);
        }
        try (Model other = load("qwen3", "vector")) {
            assertThatThrownBy(() -> other.session(file)).isInstanceOf(ModelException.class).hasMessageContaining("model: expected");
        }
        try (Model other = Goldens.load(eightBits(), "vector", LoadOptions.defaults().withThreads(1))) {
            assertThatThrownBy(() -> other.session(file)).isInstanceOf(ModelException.class).hasMessageContaining("model: expected");
        }
        try (Model other = Goldens.load(Goldens.model("llama", "gguf"), "vector", Goldens.exact(1))) {
            assertThatThrownBy(() -> other.session(file)).isInstanceOf(ModelException.class).hasMessageContaining("keys and values: expected F32, which is how this model keeps them (see --kv), found F16");
        }
        try (Model other = Goldens.load(Goldens.model("llama", "gguf"), "vector", LoadOptions.defaults().withContext(2))) {
            assertThatThrownBy(() -> other.session(file)).isInstanceOf(ModelException.class).hasMessageContaining("ids: expected at most 2");
        }
        try (Model model = load("llama", "vector")) {
            assertThatThrownBy(() -> model.session(Goldens.model("llama", "safetensors"))).isInstanceOf(ModelException.class).hasMessageContaining("session: expected a file that a session was saved to");
            assertThatThrownBy(() -> model.session(folder.resolve("none"))).isInstanceOf(ModelException.class);
        }
    }

    @ParameterizedTest
    @FieldSource("KEPT")
    void damageIsNoticed(Format format) throws IOException {
        long seed = System.nanoTime();
        System.out.println("SessionFileTest.damageIsNoticed " + format + " seed " + seed);
        Random random = new Random(seed);
        Path file = folder.resolve("session.safetensors");
        Path bad = folder.resolve("bad.safetensors");
        try (Model model = Goldens.load(Goldens.model("llama"), "vector", LoadOptions.defaults().withThreads(1).withKvFormat(format)); Session session = model.session()) {
            session.feed(1, 2, 3, 4, 5);
            session.save(file);
            byte[] good = Files.readAllBytes(file);
            int data = 8 + (int) ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getLong();
            for (int i = 0; i < 100; i++) {
                byte[] bytes = good.clone();
                bytes[data + random.nextInt(good.length - data)] ^= (byte) (1 << random.nextInt(8));
                Files.write(bad, bytes);
                assertThatThrownBy(() -> model.session(bad)).as("seed %d", seed).isInstanceOf(ModelException.class).hasMessageContaining("damaged");
                Files.write(bad, Arrays.copyOf(good, random.nextInt(good.length)));
                assertThatThrownBy(() -> model.session(bad)).as("seed %d", seed).isInstanceOf(ModelException.class)
                        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1)).hasMessageContaining(bad.toString());
                byte[] header = good.clone();
                header[random.nextInt(data)] ^= (byte) (1 << random.nextInt(8));
                Files.write(bad, header);
                // Either refused, or what was hit says nothing about the session.
                try (Session again = model.session(bad)) {
                    assertThat(again.ids()).containsExactly(1, 2, 3, 4, 5);
                } catch (ModelException e) {
                    assertThat(e.getMessage().lines()).hasSize(1);
                }
            }
        }
    }

    /// Whoever makes a file with a right checksum still cannot make slots that were never fed, or ids that do not exist.
    @Test
    void numbersThatCannotBeAreRefused() {
        Path file = folder.resolve("session.safetensors");
        Path bad = folder.resolve("bad.safetensors");
        try (Model model = load("llama", "vector"); Session session = model.session()) {
            session.feed(1, 2, 3);
            session.save(file);
            for (String name : List.of("ids", "cache.0.0.ordinals", "cache.1.0.keys")) {
                try (Checkpoint checkpoint = Checkpoints.open(file)) {
                    List<TensorSource> tensors = new ArrayList<>();
                    checkpoint.tensors().forEach((key, tensor) -> {
                        if (key.equals("ids") && name.equals("ids")) tensors.add(new TensorSource(key, Format.I32, new long[] {3}, (_, _, out) -> out.fill((byte) 0x7f)));
                        else if (!key.equals(name)) tensors.add(TensorSource.of(tensor));
                    });
                    Map<String, String> notes = new LinkedHashMap<>();
                    for (String note : List.of("kind", "model", "name", "kv", "checksum")) notes.put(note, checkpoint.metadata().text("__metadata__." + note).orElseThrow());
                    SafetensorsWriter.write(bad, notes, tensors);
                }
                assertThatThrownBy(() -> model.session(bad)).isInstanceOf(ModelException.class);
            }
        }
    }

    @Test
    void savingFailsCleanly() throws IOException {
        Path file = folder.resolve("session.safetensors");
        try (Model model = load("llama", "vector"); Session session = model.session()) {
            session.feed(1);
            assertThatThrownBy(() -> session.save(folder)).isInstanceOf(ModelException.class);
            session.save(file);
            session.feed(2);
            session.save(file);
            try (Session again = model.session(file)) {
                assertThat(again.ids()).containsExactly(1, 2);
            }
            session.close();
            assertThatThrownBy(() -> session.save(file)).hasMessage("the session is closed");
        }
    }
}
