package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// `run`, `demo`, `tokenize`, `info`, `template`, `bench` on the model in the jar.
class RunTest extends CommandLineCase {
    private static final String STORY = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. "
            + "She wanted to play with it, but it was too high.\nLily's mom said, \"Lily, let's go to the park.\" Lily was sad and didn't know what to do.";

    @Test
    void theEmptyPromptTellsThePublishedStory() {
        assertThat(oriel("run", "-m", STORIES, "-n", "160", "--temp", "0").succeeded().out()).startsWith(STORY);
    }

    @Test
    void withoutACommandTheDemonstrationRuns() {
        Result result = oriel().succeeded();
        assertThat(result.out()).startsWith("Once upon a time, there was a little girl named Lily.").contains("hook_pattern").doesNotContain("\033");
        assertThat(oriel("demo").succeeded().out()).isEqualTo(result.out());
    }

    @Test
    void rawLeavesThePromptOut() {
        String whole = oriel("run", "-p", "Once upon", "-n", "8", "--temp", "0").succeeded().out();
        String raw = oriel("run", "-p", "Once upon", "-n", "8", "--temp", "0", "--raw").succeeded().out();
        assertThat(whole).isEqualTo("Once upon" + raw + "\n");
        assertThat(raw).startsWith(" a time");
    }

    @Test
    void aPromptMayComeFromStdinOrAFile() throws IOException {
        String expected = oriel("run", "-p", "Lily", "-n", "8", "--temp", "0").succeeded().out();
        assertThat(orielReading("Lily", "run", "-p", "-", "-n", "8", "--temp", "0").succeeded().out()).isEqualTo(expected);
        Path file = Files.writeString(folder.resolve("prompt.txt"), "Lily");
        assertThat(oriel("run", "-f", file.toString(), "-n", "8", "--temp", "0").succeeded().out()).isEqualTo(expected);
    }

    @Test
    void aSeedRepeatsTheChoice() {
        String[] command = {"run", "-p", "The", "-n", "30", "--temp", "1.5", "--top-k", "0", "--top-p", "1", "--min-p", "0", "--seed", "7"};
        String first = oriel(command).succeeded().out();
        assertThat(oriel(command).succeeded().out()).isEqualTo(first);
        command[command.length - 1] = "8";
        assertThat(oriel(command).succeeded().out()).isNotEqualTo(first);
    }

    @Test
    void aStopStringEndsTheTextBeforeIt() {
        assertThat(oriel("run", "-n", "100", "--temp", "0", "--stop", " Lily", "--stop", "zzz").succeeded().out())
                .isEqualTo("Once upon a time, there was a little girl named\n");
    }

    @Test
    void aPromptMayLookLikeAnOption() {
        assertThat(oriel("run", "-p", "-n is", "-n", "1", "--temp", "0").succeeded().out()).startsWith("-n is");
        assertThat(oriel("run", "-p", "@nobody", "-n", "1", "--temp", "0").succeeded().out()).startsWith("@nobody");
    }

    @Test
    void aReaderThatLeavesIsNoError() {
        OutputStream gone = new OutputStream() {
            @Override
            public void write(int b) throws IOException { throw new IOException("Broken pipe"); }
        };
        Streams streams = new Streams(InputStream.nullInputStream(), gone, OutputStream.nullOutputStream(), false, false);
        assertThat(Oriel.execute(streams, "run", "-m", STORIES, "-n", "50")).isZero();
    }

    @Test
    void aFullDiskIsAnError() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException { throw new IOException("No space left on device"); }
        };
        Streams streams = new Streams(InputStream.nullInputStream(), full, OutputStream.nullOutputStream(), false, false);
        assertThat(Oriel.execute(streams, "run", "-m", STORIES, "-n", "50")).isEqualTo(1);
    }

    @Test
    void idsAreThoseOfTheVocabulary() {
        assertThat(oriel("tokenize", "-m", STORIES, "-p", "Lily saw").succeeded().out()).matches("1( \\d+)+\n");
        Object ids = Json.parse(new StringReader(orielReading("[\"Lily saw\", \"\"]", "tokenize", "-m", STORIES, "--json").succeeded().out()));
        assertThat(((List<?>) ids).getLast()).isEqualTo(List.of(1L));
        assertThat(((List<?>) ((List<?>) ids).getFirst()).getFirst()).isEqualTo(1L);
    }

    @Test
    void infoTellsSizesAndTheBackend() {
        Map<?, ?> info = (Map<?, ?>) Json.parse(new StringReader(oriel("info", "-m", STORIES, "--json", "--kernels", "scalar").succeeded().out()));
        assertThat(info.get("architecture")).isEqualTo("llama");
        assertThat(info.get("layers")).isEqualTo(5L);
        assertThat(info.get("width")).isEqualTo(64L);
        assertThat(info.get("heads")).isEqualTo(8L);
        assertThat(info.get("kv_heads")).isEqualTo(4L);
        assertThat(info.get("vocabulary")).isEqualTo(512L);
        assertThat((String) info.get("backend")).contains("scalar");
        assertThat((List<?>) info.get("tensors")).hasSize(47);
        assertThat(oriel("info", "-m", STORIES, "-v").succeeded().out()).contains("token_embd.weight F32");
    }

    @Test
    void aTemplateRendersExactly() throws IOException {
        Path template = Files.writeString(folder.resolve("t.jinja"), "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{{ strftime_now('%Y-%m-%d %H') }}");
        String stdin = "{\"messages\": [{\"role\": \"user\", \"content\": \"häh\"}], \"bos_token\": \"<s>\", \"now\": \"2026-01-15T12:00:00\"}";
        assertThat(orielReading(stdin, "template", "--template", template.toString()).succeeded().out()).isEqualTo("<s><user>häh2026-01-15 12");
    }

    @Test
    void benchReportsBothRates() {
        Map<?, ?> result = (Map<?, ?>) Json.parse(new StringReader(oriel("bench", "-m", STORIES, "-p", "16", "-n", "4", "-r", "2", "-t", "1", "--warm-up", "0.1", "--json").succeeded().out()));
        assertThat((Double) result.get("prompt_tokens_per_second")).isPositive();
        assertThat((Double) result.get("generation_tokens_per_second")).isPositive();
        assertThat(result.get("threads")).isEqualTo(1L);
    }

    @Test
    void benchGeneratesWithManySequences() {
        Map<?, ?> result = (Map<?, ?>) Json.parse(new StringReader(oriel("bench", "-m", STORIES, "-p", "0", "-n", "8", "-r", "1", "-t", "1", "--sequences", "4", "--warm-up", "0.1", "--json").succeeded().out()));
        assertThat((Double) result.get("generation_tokens_per_second")).isPositive();
        assertThat(result.get("sequences")).isEqualTo(4L);
    }

    @Test
    void guessesChangeNoWord() {
        String plain = oriel("run", "-m", STORIES, "-n", "120", "--temp", "0").succeeded().out();
        Result looked = oriel("run", "-m", STORIES, "-n", "120", "--temp", "0", "--lookup", "-v").succeeded();
        assertThat(looked.out()).isEqualTo(plain);
        assertThat(looked.err()).containsPattern("\\d+ of \\d+ guesses right");
        Result drafted = oriel("run", "-m", STORIES, "-n", "120", "--temp", "0", "--draft", STORIES, "-v").succeeded();
        assertThat(drafted.out()).isEqualTo(plain);
        assertThat(drafted.err()).containsPattern("(\\d+) of \\1 guesses right");
    }

    @Test
    void guessesAreOfOneKindAndWithoutEdits() {
        oriel("run", "--lookup", "--draft", STORIES).failedWith(2, "Expected --draft or --lookup");
        oriel("run", "--lookup", "--edit", "blocks.0.attn.hook_z = 0").failedWith(2, "Expected --edit, or --draft or --lookup");
    }

    @Test
    void aShapeRunsWithoutAFile() {
        assertThat(oriel("bench", "--shape", "smollm2-135m:Q4_0", "-p", "2", "-n", "1", "-r", "1", "--warm-up", "0.1").succeeded().out()).contains("smollm2-135m:Q4_0");
    }
}
