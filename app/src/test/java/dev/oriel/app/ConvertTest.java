package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import dev.oriel.testing.Needed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `convert` keeps what it can keep, and says where it cannot.
class ConvertTest extends CommandLineCase {
    @Test
    void ggufStaysWhatItIs() {
        Path out = folder.resolve("out.gguf");
        oriel("convert", STORIES, out.toString()).succeeded();
        try (Checkpoint before = Checkpoints.open(Path.of(STORIES)); Checkpoint after = Checkpoints.open(out)) {
            assertThat(after.metadata().values()).isEqualTo(before.metadata().values());
            assertThat(after.tensors().keySet()).containsExactlyElementsOf(before.tensors().keySet());
            before.tensors().forEach((name, tensor) -> assertThat(tensor.data().mismatch(after.tensors().get(name).data())).as(name).isEqualTo(-1));
        }
        assertThat(oriel("run", "-m", out.toString(), "-n", "20", "--temp", "0").succeeded().out()).startsWith("Once upon a time");
    }

    @Test
    void quantisedAndBack() {
        Path small = folder.resolve("small.gguf");
        Path large = folder.resolve("large.safetensors");
        Result result = oriel("convert", STORIES, small.toString(), "--type", "Q8_0").succeeded();
        assertThat(result.err().lines()).isNotEmpty().allMatch(line -> line.contains("ffn_down") && line.contains("rows of 172 numbers do not fit Q8_0"));
        oriel("convert", small.toString(), large.toString()).succeeded();
        try (Checkpoint q = Checkpoints.open(small)) {
            for (Tensor tensor : q.tensors().values()) {
                assertThat(tensor.format()).as(tensor.name()).isEqualTo(tensor.shape().length == 1 || tensor.columns() % 32 != 0 ? Format.F32 : Format.Q8_0);
            }
            assertThat(q.metadata().values()).containsEntry("general.file_type", 7L);
        }
        assertThat(logits(large)).isEqualTo(logits(small));
        assertThat(oriel("run", "-m", small.toString(), "-n", "20", "--temp", "0").succeeded().out()).startsWith("Once upon a time");
    }

    /// A model of a known family is whole again in the other form: names, order of rows, sizes.
    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2", "qwen3", "gemma3", "mixtral", "gpt-neox"})
    void aHuggingFaceFolderBecomesGgufAndBack(String architecture) {
        Path source = Needed.shared("goldens/arch/" + architecture);
        Path gguf = folder.resolve("out.gguf");
        Path back = folder.resolve("back.safetensors");
        assertThat(oriel("convert", source.toString(), gguf.toString()).succeeded().err()).isEmpty();
        assertThat(oriel("convert", gguf.toString(), back.toString()).succeeded().err()).isEmpty();
        float[] expected = logits(source);
        assertThat(logits(gguf)).isEqualTo(expected);
        assertThat(logits(back)).isEqualTo(expected);
        assertThat(oriel("tokenize", "-m", gguf.toString(), "-p", "Hello, world 42").succeeded().out())
                .isEqualTo(oriel("tokenize", "-m", source.toString(), "-p", "Hello, world 42").succeeded().out());
    }

    @Test
    void anotherModelsConfigurationStays() throws IOException {
        Path config = Files.writeString(folder.resolve("config.json"), "{}");
        assertThat(oriel("convert", STORIES, folder.resolve("out.safetensors").toString()).succeeded().err()).contains("config.json");
        assertThat(config).hasContent("{}");
    }

    private float[] logits(Path model) {
        Path out = folder.resolve("logits.safetensors");
        oriel("logits", "-m", model.toString(), "--ids", "1,5,9,17,3", "--exact", "-o", out.toString()).succeeded();
        return values(out, "logits");
    }

    @Test
    void mixtures() {
        Path out = folder.resolve("mixed.gguf");
        oriel("convert", STORIES, out.toString(), "--type", "q4_k_m").succeeded();
        try (Checkpoint file = Checkpoints.open(out)) {
            // Rows of 64 and 172 numbers are too short for these formats; others take their place, as llama-quantize has it.
            assertThat(file.tensors().get("blk.0.attn_q.weight").format()).isEqualTo(Format.Q5_0);
            assertThat(file.tensors().get("blk.4.attn_v.weight").format()).isEqualTo(Format.Q8_0);
            assertThat(file.tensors().get("blk.0.ffn_down.weight").format()).isEqualTo(Format.F16);
            assertThat(file.metadata().values()).containsEntry("general.file_type", 15L);
        }
        assertThat(oriel("run", "-m", out.toString(), "-n", "20", "--temp", "0").succeeded().out()).startsWith("Once upon a time");
        oriel("convert", STORIES, out.toString(), "--type", "q4_k_x").failedWith(2, "expected one of F32");
        oriel("convert", STORIES, out.toString(), "--type", "iq1_s").failedWith(2, "can be read, not written");
    }

    @Test
    void halfPrecision() {
        Path out = folder.resolve("half.safetensors");
        oriel("convert", STORIES, out.toString(), "--type", "bf16").succeeded();
        try (Checkpoint file = Checkpoints.open(out)) {
            assertThat(file.tensors().values()).allMatch(tensor -> tensor.format() == Format.BF16);
        }
    }

    @Test
    void aTensorOfAnyShapeAndType() throws IOException {
        // One tensor of each kind that the other file lacks: F8 and unsigned bytes have no place in GGUF.
        String header = "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[2,2],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[1,1,3],\"data_offsets\":[4,7]},"
                + "\"c\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[7,8]}}";
        byte[] bytes = new byte[8 + header.length() + 8];
        bytes[0] = (byte) header.length();
        bytes[1] = (byte) (header.length() >> 8);
        System.arraycopy(header.getBytes(StandardCharsets.US_ASCII), 0, bytes, 8, header.length());
        byte[] data = {0x38, 0x40, 0x44, (byte) 0xB8, 1, (byte) 200, 3, -5};
        System.arraycopy(data, 0, bytes, 8 + header.length(), 8);
        Path in = Files.write(folder.resolve("odd.safetensors"), bytes);
        Path out = folder.resolve("odd.gguf");
        oriel("convert", in.toString(), out.toString()).succeeded();
        assertThat(values(out, "a")).containsExactly(1, 2, 3, -1);
        assertThat(values(out, "b")).containsExactly(1, 200, 3);
        assertThat(shape(out, "b")).containsExactly(1, 1, 3);
        assertThat(values(out, "c")).containsExactly(-5);
    }

    @Test
    void theInputIsNeverOverwritten() throws IOException {
        Path in = Files.copy(Path.of(STORIES), folder.resolve("in.gguf"));
        Path link = Files.createSymbolicLink(folder.resolve("link.gguf"), in);
        byte[] before = Files.readAllBytes(in);
        oriel("convert", in.toString(), in.toString(), "--type", "F16").failedWith(1, "another file");
        oriel("convert", in.toString(), link.toString(), "--type", "F16").failedWith(1, "another file");
        assertThat(Files.readAllBytes(in)).isEqualTo(before);
    }

    @Test
    void nothingIsLeftWhereItFails() throws IOException {
        Path folderAsFile = Files.createDirectory(folder.resolve("out.gguf"));
        oriel("convert", STORIES, folderAsFile.toString()).failedWith(1, "folder");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(folderAsFile);
        }
    }
}
