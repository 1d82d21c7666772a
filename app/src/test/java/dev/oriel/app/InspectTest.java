package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.inspect.ActivationPatching;
import dev.oriel.inspect.AttentionEntropy;
import dev.oriel.inspect.HeadScores;
import dev.oriel.inspect.LogitLens;
import dev.oriel.inspect.Metric;
import dev.oriel.inspect.RepeatedTokens;
import dev.oriel.loaders.Json;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Site;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `inspect` on the model in the jar: its numbers are those of the classes it calls, as a table, as JSON and as a page.
class InspectTest extends CommandLineCase {
    private static final String CLEAN = "Lily saw a big red ball in the park.";
    private static final String CORRUPTED = "Lily saw a big red cat in the park.";

    @Test
    void headsOnRandomTokens() throws IOException {
        Path page = folder.resolve("heads.html");
        Map<?, ?> found = json(inspect("heads", "--seed", "7", "--length", "20", "--json", "-o", page.toString()));
        try (Model model = Model.load(Path.of(STORIES))) {
            RepeatedTokens tokens = RepeatedTokens.random(model, 20, 2, 7);
            assertThat(ints(found.get("ids"))).isEqualTo(tokens.ids());
            HeadScores scores = HeadScores.of(model, tokens);
            for (HeadScores.Kind kind : HeadScores.Kind.values()) assertThat(floats(found.get(scores.get(kind).name()))).isDeepEqualTo(scores.get(kind).values());
            assertThat(floats(found.get("entropy"))).isDeepEqualTo(AttentionEntropy.of(model, Input.of(tokens.ids()), Range.ALL).perHead().values());
        }
        assertPage(page, "induction", "entropy", "seed 7");
        String text = inspect("heads", "--seed", "7", "--length", "20").succeeded().out();
        assertThat(text.lines()).hasSize(6);
        assertThat(text).contains("20 random tokens twice, seed 7").containsPattern("induction +\\d\\.\\d 0\\.\\d{3}, ");
        assertThat(inspect("heads", "--score", "sink,entropy", "--top", "2").succeeded().out()).contains("layer", "head").containsPattern("sink +\\d\\.\\d 0\\.\\d{3}, \\d\\.\\d 0\\.\\d{3}\n")
                .doesNotContain("induction");
    }

    @Test
    void headsUnderAnEdit() {
        Map<?, ?> found = json(inspect("heads", "--ids", "1,5,9,13,5,9,13", "--score", "previous", "--edit", "blocks.*.attn.hook_pattern[2]=0.25", "--json"));
        for (float[] layer : floats(found.get("previous"))) assertThat(layer[2]).isEqualTo(0.25f);
        inspect("heads", "--ids", "1,5,9,13,5,9,14").failedWith(1, "13 again at position 6, found 14");
    }

    @Test
    void whatEachLayerWouldSay() throws IOException {
        Path page = folder.resolve("lens.html");
        Result all = inspect("lens", "-p", CLEAN, "-o", page.toString()).succeeded();
        assertThat(all.out()).contains("likeliest next token, read at RESID_POST");
        assertPage(page, "likeliest next token");
        List<?> readings = (List<?>) json(inspect("lens", "-p", CLEAN, "--top", "3", "--layers", "1,-1", "--positions", "2:", "--site", "resid_pre", "--json")).get("readings");
        try (Model model = Model.load(Path.of(STORIES))) {
            int[] ids = model.tokenizer().encode(CLEAN);
            List<List<LogitLens.Reading>> expected = LogitLens.of(model).read(ids, Site.RESID_PRE.at(1, 4), 3).readings();
            assertThat(readings).hasSize(2);
            for (int row = 0; row < 2; row++) {
                Map<?, ?> reading = (Map<?, ?>) readings.get(row);
                LogitLens.Reading last = expected.get(row).getLast();
                assertThat(reading.get("layer")).isEqualTo((long) last.layer());
                assertThat(reading.get("position")).isEqualTo(ids.length - 1L);
                assertThat(((List<?>) reading.get("top")).stream().map(token -> ((Long) ((Map<?, ?>) token).get("id")).intValue()).toList()).isEqualTo(last.top().stream().map(t -> t.id()).toList());
            }
        }
        assertThat(inspect("lens", "-p", CLEAN, "--top", "3").succeeded().out()).contains("likeliest next tokens after position").hasLineCount(8);
    }

    @Test
    void patchingInBothDirections() throws IOException {
        Path page = folder.resolve("patch.html");
        Map<?, ?> found = json(inspect("patch", "-p", CLEAN, "--corrupted", CORRUPTED, "--answer", "He", "--wrong", "The", "--json", "-o", page.toString()));
        Map<?, ?> back = json(inspect("patch", "-p", CLEAN, "--corrupted", CORRUPTED, "--answer", "He", "--wrong", "The", "--into", "corrupted", "--site", "z", "--positions", "-2:",
                "--normalise", "--json"));
        try (Model model = Model.load(Path.of(STORIES))) {
            int[] clean = model.tokenizer().encode(CLEAN);
            int[] corrupted = model.tokenizer().encode(CORRUPTED);
            Metric metric = Metric.logitDifference(model.tokenizer().encode(CLEAN + " He")[clean.length], model.tokenizer().encode(CLEAN + " The")[clean.length]);
            var expected = ActivationPatching.of(model, clean, corrupted).sweep(Site.RESID_PRE, metric, ActivationPatching.Axis.LAYER, ActivationPatching.Axis.POSITION);
            assertThat(floats(found.get("values"))).isDeepEqualTo(expected.rows());
            assertThat(((Number) found.get("clean")).doubleValue()).isEqualTo(expected.into());
            assertThat(((Number) found.get("corrupted")).doubleValue()).isEqualTo(expected.from());
            var heads = ActivationPatching.of(model, corrupted, clean).positions(clean.length - 2, clean.length - 1).sweep(Site.Z, metric, ActivationPatching.Axis.LAYER, ActivationPatching.Axis.HEAD);
            assertThat(floats(back.get("values"))).isDeepEqualTo(heads.normalised().rows());
            assertThat(((Number) back.get("corrupted")).doubleValue()).isEqualTo(expected.from());
        }
        assertPage(page, "RESID_PRE", "logit of He minus logit of The");
        assertThat(inspect("patch", "-p", CLEAN, "--corrupted", CORRUPTED, "--answer", "He", "--site", "mlp_out", "--by", "position", "--layers", "0:2").succeeded().out()).contains("log-probability of He");
    }

    @Test
    void whereHeadsLook() throws IOException {
        Path page = folder.resolve("attention.html");
        Map<?, ?> found = json(inspect("attention", "-p", CLEAN, "--layers", "1,3", "--heads", "2,5", "--json", "-o", page.toString()));
        try (Model model = Model.load(Path.of(STORIES))) {
            int[] ids = model.tokenizer().encode(CLEAN);
            Activation pattern = model.run(ids, Probe.record(Site.PATTERN)).trace().get(Site.PATTERN.at(3));
            Map<?, ?> patterns = (Map<?, ?>) found.get("patterns");
            assertThat(patterns.keySet().toArray()).containsExactly("1.2", "1.5", "3.2", "3.5");
            float[][] rows = floats(patterns.get("3.5"));
            for (int query = 0; query < ids.length; query++) assertThat(rows[query]).isEqualTo(pattern.row(5, query));
        }
        assertPage(page, "\"heads\":[2,5]");
        Result text = inspect("attention", "-p", "Lily saw", "--layers", "2").succeeded();
        assertThat(text.out()).startsWith("layer 2, head 0 (query down, key across)\n").contains("100");
        assertThat(text.err()).contains("the first of 8 heads");
        String longer = inspect("attention", "-p", CLEAN.repeat(4), "--layers", "2", "--heads", "0").succeeded().out();
        assertThat(longer).contains("are not shown");
        assertThat(longer.lines()).allMatch(line -> line.length() <= 120);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "heads --score shine | 2 | --score", "lens -p x --top 0 | 2 | --top", "lens -p x --site hook_q | 1 | no site hook_q", "lens -p x --site z | 1 | expected RESID_PRE", "lens -p x --layers 5 | 1 | --layers: expected -5..4, found 5",
        "lens -p x --positions a | 1 | --positions: expected indices", "attention -p x --heads 2: --layers 3:3 | 1 | is empty", "attention | 2 | --ids", "patch -p x --corrupted x | 2 | --answer",
        "patch -p xyz --corrupted x --answer He | 1 | as many tokens", "patch -p He --corrupted She --answer Hippopotamus | 1 | --answer Hippopotamus: expected one token",
        "patch -p He --corrupted She --answer He --by head | 1 | no axis to sweep by head", "patch -p He --corrupted She --answer He --site hook_embed | 1 | no site hook_embed", "attention -p x -o no/such/page.html | 1 | no/such/page.html"})
    void wrongUse(String command, int code, String part) {
        Result result = inspect(command.split(" "));
        assertThat(result.code()).as(result.err()).isEqualTo(code);
        assertThat(result.err()).contains(part).startsWith("oriel: ").doesNotContain("Exception");
        assertThat(result.err().strip().lines()).hasSize(1);
    }

    @Test
    void whatThereIs() {
        oriel("inspect").failedWith(2, "heads, lens, patch or attention");
        assertThat(oriel("inspect", "--help").succeeded().out()).contains("heads", "lens", "patch", "attention");
        assertThat(oriel("inspect", "patch", "--help").succeeded().out()).contains("--corrupted", "layer");
    }

    private static void assertPage(Path page, String... parts) throws IOException {
        assertThat(Files.readString(page)).startsWith("<!DOCTYPE html>").contains(parts);
    }

    private static Result inspect(String... words) {
        List<String> all = new ArrayList<>(List.of("inspect", words[0], "-m", STORIES));
        all.addAll(Arrays.asList(words).subList(1, words.length));
        return oriel(all.toArray(String[]::new));
    }

    private static Map<?, ?> json(Result result) { return (Map<?, ?>) Json.parse(new StringReader(result.succeeded().out())); }

    private static int[] ints(Object list) { return ((List<?>) list).stream().mapToInt(number -> ((Long) number).intValue()).toArray(); }

    static float[][] floats(Object rows) {
        List<?> all = (List<?>) rows;
        float[][] values = new float[all.size()][];
        for (int row = 0; row < values.length; row++) {
            List<?> numbers = (List<?>) all.get(row);
            values[row] = new float[numbers.size()];
            for (int i = 0; i < values[row].length; i++) values[row][i] = ((Number) numbers.get(i)).floatValue();
        }
        return values;
    }
}
