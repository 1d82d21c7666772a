package dev.oriel.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is wrong is said in one line, with exit code 1, or 2 where the command itself was wrong.
class BadInputTest extends CommandLineCase {
    @ParameterizedTest
    @ValueSource(strings = {"run -p x", "chat -p x", "info", "tokenize -p x", "logits -p x -o OUT", "trace -p x --sites hook_embed -o OUT", "bench"})
    void aMissingModel(String command) {
        oriel(words(command.replace("OUT", folder.resolve("out.safetensors").toString()) + " -m nowhere.gguf")).failedWith(1, "nowhere.gguf");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run -p x", "info", "tokenize -p x"})
    void aFileThatIsNoModel(String command) throws IOException {
        Path text = Files.writeString(folder.resolve("a.txt"), "no model at all");
        oriel(words(command + " -m " + text)).failedWith(1, "a.txt");
        Path renamed = Files.writeString(folder.resolve("a.gguf"), "no model at all");
        oriel(words(command + " -m " + renamed)).failedWith(1, "GGUF");
        oriel(words(command + " -m " + Files.createFile(folder.resolve("empty.gguf")))).failedWith(1, "empty.gguf");
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 100, 5000, 500_000})
    void aTruncatedModel(int bytes) throws IOException {
        Path cut = folder.resolve("cut.gguf");
        Files.write(cut, Arrays.copyOf(Files.readAllBytes(Path.of(STORIES)), bytes));
        oriel("run", "-m", cut.toString(), "-p", "x").failedWith(1, "cut.gguf");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "run --colour | --colour", "fly | fly", "run -n many | --tokens", "run --kernels magic | magic", "run -t 0 | --threads", "run --context 0 | --context",
        "run --temp -1 | temperature", "run --top-p 0 | top-p", "info | --model", "logits -m x | -o", "logits -m x -o y | --ids", "logits -m x -o y --ids 1 -p x | exclusive",
        "logits -m x -o y --ids 1,a | --ids", "convert a b | .gguf", "convert a b.gguf --type Q3 | --type", "convert a b.safetensors --type Q4_0 | safetensors has no Q4_0",
        "bench | -m=MODEL", "bench -m x -r 0 | -r", "template | -m=MODEL", "run -n -5 | -n"})
    void wrongUsage(String command, String part) { oriel(words(command)).failedWith(2, part); }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--ids 1,512 | token id: expected 0..511, found 512", "--ids -1 | token id", "--ids 1 --backend abacus | abacus", "--ids 1,2,3,4,5 --context 4 | context",
        "--ids 1 --edit nonsense | nonsense", "--ids 1 --edit blocks.0.attn.hook_zz=0 | it has", "--ids 1 --edit blocks.9.attn.hook_z=0 | blocks.9",
        "--ids 1 --edit hook_embed=much | much", "--ids 1 --edit hook_embed[:,64]=0 | d_model", "--ids 1 --edit hook_embed[5:]=0 | empty", "--ids 1 --edit hook_embed[0,0,0]=0 | at most 2",
        "--ids 1 --edit hook_embed[::2]=0 | slices", "--ids 1 --edit hook_embed=@nowhere.safetensors:v | nowhere", "--ids 1 --edit hook_embed=@nowhere | FILE.safetensors:KEY",
        "--ids 1 --edit blocks.0.attn.hook_result[:,8]=0 | head: expected -8..7, found 8"})
    void aPassThatCannotBe(String options, String part) {
        oriel(words("logits -m " + STORIES + " -o " + folder.resolve("out.safetensors") + " " + options)).failedWith(1, part);
    }

    @Test
    void aPromptLongerThanTheContext() {
        oriel("run", "-m", STORIES, "--raw", "-p", "Once upon a time there was a cat. ".repeat(100)).failedWith(1, "context");
    }

    @Test
    void aSiteThatTheModelLacks() {
        oriel("trace", "-m", STORIES, "-p", "x", "--sites", "hook_pos_embed", "-o", folder.resolve("out.safetensors").toString()).failedWith(1, "hook_resid_pre");
    }

    @Test
    void aModelWithoutATemplate() { oriel("chat", "-m", STORIES, "-p", "x").failedWith(1, "template"); }

    @Test
    void stdinThatIsNotWhatWasAskedFor() throws IOException {
        orielReading("{", "tokenize", "-m", STORIES, "--json").failedWith(1, "stdin");
        orielReading("{}", "tokenize", "-m", STORIES, "--json").failedWith(1, "array of strings");
        orielReading("[1]", "tokenize", "-m", STORIES, "--json").failedWith(1, "array of strings");
        Path template = Files.writeString(folder.resolve("t.jinja"), "{{ raise_exception('roles must\nalternate') }}");
        orielReading("{\"messages\": []}", "template", "--template", template.toString()).failedWith(1, "roles must alternate");
        orielReading("{\"now\": \"soon\"}", "template", "--template", template.toString()).failedWith(1, "soon");
    }

    @Test
    void anOutputThatCannotBeWritten() {
        oriel("logits", "-m", STORIES, "--ids", "1", "-o", folder.resolve("no/such/folder.safetensors").toString()).failedWith(1, "no/such/folder.safetensors");
        oriel("convert", STORIES, STORIES).failedWith(1, "another file than the input");
    }

    private static String[] words(String command) { return command.strip().split(" +"); }
}
