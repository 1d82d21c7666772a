package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Json;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Trace;
import dev.oriel.testing.Needed;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A trace as Python's safetensors package reads it.
@Tag("slow")
class InteropTest extends CommandLineCase {
    private static final String READ = """
            import base64, json, sys
            from safetensors import safe_open
            from safetensors.numpy import load_file
            tensors = load_file(sys.argv[1])
            with safe_open(sys.argv[1], "numpy") as file:
                metadata = file.metadata()
            print(json.dumps({"metadata": metadata, "tensors": {name: {"shape": list(t.shape), "type": str(t.dtype), "values": base64.b64encode(t.tobytes()).decode()}
                for name, t in tensors.items()}}))
            """;

    @Test
    void safetensorsInPython() throws Exception {
        Path file = folder.resolve("trace.safetensors");
        oriel("trace", "-m", STORIES, "-p", "Lily saw a ball", "--sites", "blocks.*.attn.hook_pattern,blocks.2.attn.hook_z[1:,2:4],hook_embed,unembed.hook_out", "-n", "3", "-o", file.toString()).succeeded();
        Map<?, ?> read = (Map<?, ?>) Json.parse(new StringReader(output(python(), "-c", READ, file.toString())));
        Map<?, ?> tensors = (Map<?, ?>) read.get("tensors");
        try (Trace trace = Trace.open(file)) {
            assertThat(tensors.keySet().toArray()).containsExactlyInAnyOrder(trace.names().toArray()).hasSize(8);
            for (String name : trace.names()) {
                Map<?, ?> found = (Map<?, ?>) tensors.get(name);
                Activation expected = trace.get(name);
                assertThat(found.get("type")).as(name).isEqualTo("float32");
                assertThat(((List<?>) found.get("shape")).stream().mapToInt(extent -> ((Number) extent).intValue()).toArray()).as(name).isEqualTo(expected.shape());
                float[] values = new float[expected.size()];
                ByteBuffer.wrap(Base64.getDecoder().decode((String) found.get("values"))).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
                assertThat(values).as(name).isEqualTo(expected.toArray());
            }
            Map<?, ?> metadata = (Map<?, ?>) read.get("metadata");
            assertThat(metadata.get("ids")).isEqualTo(Arrays.toString(trace.ids()));
            assertThat((String) metadata.get("blocks.2.attn.hook_z")).contains("head=2:3").contains("pos=1:");
        }
    }

    /// A Python that has the package; else one of its own gets it, in the test's folder.
    private String python() throws IOException, InterruptedException {
        if (works("python3")) return "python3";
        Path own = folder.resolve("venv");
        String python = own.resolve("bin/python").toString();
        if (succeeds("python3", "-m", "venv", own.toString()) && succeeds(python, "-m", "pip", "install", "-q", "safetensors", "numpy") && works(python)) return python;
        return Needed.missing("python3 with the packages safetensors and numpy, or with venv and pip to get them");
    }

    private boolean works(String python) throws IOException, InterruptedException { return succeeds(python, "-c", "import numpy, safetensors"); }

    private boolean succeeds(String... command) throws IOException, InterruptedException {
        try {
            Process process = start(command);
            return process.waitFor(5, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private String output(String... command) throws IOException, InterruptedException {
        Process process = start(command);
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(folder.resolve("err"))).isZero();
        return Files.readString(folder.resolve("out"), StandardCharsets.UTF_8);
    }

    private Process start(String... command) throws IOException {
        List<String> words = new ArrayList<>(List.of(command));
        return new ProcessBuilder(words).redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile()).start();
    }
}
