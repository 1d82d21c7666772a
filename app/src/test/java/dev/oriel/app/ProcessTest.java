package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// The program as a process: `java` without any flag starts itself again with the vector module, and nobody notices.
class ProcessTest extends CommandLineCase {
    @Test
    void resultsOnStdoutAndNothingElse() throws Exception {
        Result result = finish(start("C.UTF-8", "run", "-m", STORIES, "-p", "Ünü", "-n", "4", "--temp", "0", "--kernels", "vector"));
        assertThat(result.succeeded().out()).startsWith("Ünü");
        assertThat(result.err()).isEmpty();
    }

    @Test
    void lettersSurviveALocaleWithoutThem() throws Exception {
        assertThat(finish(start("C", "run", "-m", STORIES, "-p", "Ünü 日本", "-n", "1", "--temp", "0")).succeeded().out()).startsWith("Ünü 日本");
    }

    @Test
    void exitCodesAndOneLine() throws Exception {
        finish(start("C.UTF-8", "info", "-m", "nowhere.gguf")).failedWith(1, "nowhere.gguf");
        finish(start("C.UTF-8", "fly")).failedWith(2, "fly");
    }

    @Test
    void aTerminatedProgramLeavesNothingRunning() throws Exception {
        Process process = start("C.UTF-8", "run", "-m", STORIES, "-n", "100000", "--context", "200000");
        assertThat(process.getInputStream().read()).isPositive();
        List<ProcessHandle> children = process.descendants().toList();
        assertThat(children).isNotEmpty();
        process.destroy();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
        for (ProcessHandle child : children) child.onExit().get(20, TimeUnit.SECONDS);
    }

    @Test
    void aReaderThatLeavesEndsItQuietly() throws Exception {
        Process process = start("C.UTF-8", "run", "-m", STORIES, "-n", "100000", "--context", "200000");
        assertThat(process.getInputStream().read()).isPositive();
        process.getInputStream().close();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(process.getErrorStream().readAllBytes()).isEmpty();
    }

    @Test
    void onlyTheWarningIsTakenOut() throws IOException {
        assertThat(filtered("WARNING: Using incubator modules: jdk.incubator.vector\noriel: x\n")).isEqualTo("oriel: x\n");
        assertThat(filtered("WARNING: something else\n")).isEqualTo("WARNING: something else\n");
        assertThat(filtered("W")).isEqualTo("W");
        assertThat(filtered("")).isEmpty();
    }

    @Test
    void argumentsTravelAsTheyAre() {
        String[] args = {"run", "", "-p", "日本\n\"'", " "};
        assertThat(Arguments.unpack(Arguments.pack(args))).isEqualTo(args);
    }

    private static String filtered(String text) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Relaunch.withoutWarning(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private Process start(String locale, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Main.class.getName()));
        command.addAll(List.of(args));
        // Through a shell, so that arguments are UTF-8 whatever the locale of this JVM.
        Path script = Files.writeString(folder.resolve("start.sh"), "exec " + String.join(" ", command.stream().map(ProcessTest::quoted).toList()) + " < /dev/null\n");
        ProcessBuilder builder = new ProcessBuilder("sh", script.toString());
        builder.environment().put("LC_ALL", locale);
        return builder.start();
    }

    private static String quoted(String word) { return "'" + word.replace("'", "'\\''") + "'"; }

    private static Result finish(Process process) throws Exception {
        byte[] out = process.getInputStream().readAllBytes();
        byte[] err = process.getErrorStream().readAllBytes();
        return new Result(process.waitFor(), new String(out, StandardCharsets.UTF_8), new String(err, StandardCharsets.UTF_8));
    }
}
