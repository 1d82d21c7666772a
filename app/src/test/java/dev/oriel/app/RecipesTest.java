package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What `docs/recipes.md` says is what happens: its Java runs in the JShell and in the Java that it starts, its commands run.
@Tag("slow")
class RecipesTest extends CommandLineCase {
    private static final Path PAGE = Path.of("../docs/recipes.md");
    private static final String MODEL = "smollm2-135m-instruct-q4_1.gguf";
    private static final String JAR = "app/target/oriel.jar";
    private static final String DONE = "all recipes are done";

    @Test
    void commands() throws IOException {
        int run = 0;
        for (String line : lines()) {
            if (!line.startsWith("./oriel")) continue;
            List<String> words = shellWords(line.substring("./oriel".length()));
            words.replaceAll(word -> word.equals("model.gguf") ? model(MODEL) : word.matches("\\w+\\.(html|safetensors)") ? folder.resolve(word).toString() : word);
            oriel(words.toArray(String[]::new)).succeeded();
            run++;
        }
        assertThat(run).isGreaterThan(10);
        for (String file : List.of("trace.safetensors", "attention.html", "heads.html", "lens.html", "patch.html", "logits.safetensors")) assertThat(folder.resolve(file)).isNotEmptyFile();
    }

    @Test
    void everyRecipeInJShell() throws Exception {
        Path script = Files.writeString(folder.resolve("recipes.jsh"), String.join("\n", java()) + "\nSystem.out.println(\"" + DONE + "\");\n/exit\n");
        List<String> command = started("jshell");
        command.add("-R-Xmx3g");
        command.add(script.toString());
        assertThat(output(command)).contains(DONE).doesNotContain("Exception");
        // Where a line is wrong it says so here, and goes on.
        assertThat(folder.resolve("err")).content().doesNotContain("rror", "xception");
        for (String file : List.of("trace.safetensors", "attention.html", "lens.html", "patch.html")) assertThat(folder.resolve(file)).isNotEmptyFile();
    }

    @Test
    void aFileInJava() throws Exception {
        List<String> recipes = java();
        int first = recipes.getFirst().indexOf("Model model");
        Files.writeString(folder.resolve("Example.java"), recipes.getFirst().substring(0, first) + "void main() {\n" + recipes.getFirst().substring(first) + recipes.get(1) + "System.out.println(row.length);\n}\n");
        assertThat(output(started("java"))).isEqualTo("14\n");
        assertThat(String.join("\n", lines())).contains("jbang --java 25 --class-path " + JAR);
    }

    /// A line of the page that starts a program of the JDK, with this test's classes in place of the jar.
    private List<String> started(String program) throws IOException {
        List<String> command = shellWords(lines().stream().filter(line -> line.startsWith(program + " ")).findFirst().orElseThrow());
        assertThat(command).contains(JAR);
        command.replaceAll(word -> word.equals(JAR) ? System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")) : word);
        command.replaceAll(word -> word.equals("Example.java") ? folder.resolve(word).toString() : word);
        command.set(0, Path.of(System.getProperty("java.home"), "bin", program).toString());
        return command;
    }

    private String output(List<String> command) throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).redirectOutput(out.toFile())
                .redirectError(folder.resolve("err").toFile()).start();
        try {
            assertThat(process.waitFor(15, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroy();
        }
        assertThat(process.exitValue()).as(Files.readString(folder.resolve("err"))).isZero();
        return Files.readString(out);
    }

    private List<String> java() throws IOException {
        return blocks(PAGE, "java").stream().map(block -> block.replace("\"model.gguf\"", "\"" + model(MODEL) + "\"").replaceAll("Path\\.of\\(\"(\\w+\\.\\w+)\"\\)", "Path.of(\"" + folder + "/$1\")")).toList();
    }

    private static List<String> lines() throws IOException { return String.join("", blocks(PAGE, "sh")).lines().toList(); }
}
