package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.runtime.Model;
import dev.oriel.testing.Needed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// What the whole process takes up at most while it loads a model and writes a token: the packed weights once, a seventh of them, and a fixed amount for the JVM.
@Tag("slow")
class PeakMemoryTest extends CommandLineCase {
    private static final long JVM = 125L << 20;

    @Test
    @EnabledOnOs(OS.LINUX)
    void weightsAreInMemoryOnce() throws Exception {
        Path model = Needed.model("gemma-3-270m-q4_k_m.gguf");
        List<String> command = new ArrayList<>(List.of(StartArchive.java()));
        command.addAll(StartArchive.FLAGS);
        command.addAll(StartArchive.COLLECTOR);
        command.addAll(List.of("-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Main.class.getName(),
                "run", "-m", model.toString(), "-p", "The", "-n", "1", "--temp", "0", "--context", "512"));
        Process process = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        long peak = 0;
        while (process.isAlive()) {
            peak = Math.max(peak, peak(process.pid()));
            Thread.sleep(10);
        }
        assertThat(process.exitValue()).isZero();
        long weights;
        try (Model loaded = Model.load(model)) {
            weights = loaded.info().packedBytes();
        }
        assertThat(peak).isBetween(weights, weights * 115 / 100 + JVM);
    }

    /// The most memory that a process has had in bytes, as the system tells; 0 where it has ended.
    private static long peak(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream().filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024).findFirst().orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
