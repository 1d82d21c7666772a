package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionPageTest extends PageCase {
    private static final int LAYERS = 3;
    private static final int HEADS = 4;
    private static final long SEED = 20;

    /// `[layer, head, query, key]`, causal rows that add up to 1.
    private static float[][][][] patterns(int layers, int heads, int tokens) {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        float[][][][] all = new float[layers][heads][tokens][tokens];
        for (float[][][] layer : all)
            for (float[][] head : layer) for (int query = 0; query < tokens; query++) fill(head[query], query + 1, random);
        return all;
    }

    private static void fill(float[] row, int visible, Random random) {
        double sum = 0;
        double[] raw = new double[visible];
        for (int key = 0; key < visible; key++) sum += raw[key] = Math.exp(3 * random.nextGaussian());
        for (int key = 0; key < visible; key++) row[key] = (float) (raw[key] / sum);
    }

    private static AttentionPage page(float[][][][] patterns, List<String> tokens) {
        AttentionPage page = new AttentionPage("Title <b>&amp;</title>", tokens).note("A note with <i>markup</i>.");
        for (int layer = 0; layer < patterns.length; layer++) {
            float[][][] pattern = patterns[layer];
            page.add(layer, pattern.length, (head, query, key) -> pattern[head][query][key]);
        }
        return page;
    }

    private Path small(float[][][][] patterns) {
        Path file = folder.resolve("attention.html");
        page(patterns, NASTY).write(file);
        return file;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void draws(boolean dark) {
        open(small(patterns(LAYERS, HEADS, NASTY.size())), "", dark);
        assertThat(browser.text("document.documentElement.dataset.theme")).isEqualTo(dark ? "dark" : "light");
        assertThat(data("#overview", "cells")).isEqualTo(LAYERS * HEADS);
        assertThat(data("#matrix", "rows")).isEqualTo(NASTY.size());
        assertThat(data("#matrix", "columns")).isEqualTo(NASTY.size());
        assertThat(drawn("#overview")).isGreaterThan(20_000);
        double area = data("#matrix", "cellWidth") * data("#matrix", "cellHeight") * NASTY.size() * NASTY.size();
        assertThat(drawn("#matrix")).isGreaterThan((int) (0.7 * area));
        String panel = browser.text("theme.panel");
        browser.click("#theme");
        assertThat(browser.text("theme.panel")).isNotEqualTo(panel);
        assertThat(drawn("#matrix")).isGreaterThan((int) (0.7 * area));
        assertThat(drawn("#overview")).isGreaterThan(20_000);
    }

    @Test
    void textsArriveAsTheyWere() {
        open(small(patterns(LAYERS, HEADS, NASTY.size())), "", false);
        assertThat(codes("facts.keys.tokens")).isEqualTo(codes(NASTY));
        assertThat(browser.text("document.title")).isEqualTo("Title <b>&amp;</title>");
        assertThat(browser.text("find('title').textContent")).isEqualTo("Title <b>&amp;</title>");
        assertThat(browser.text("find('note').textContent")).isEqualTo("A note with <i>markup</i>.");
        assertThat(browser.number("[...document.scripts].filter(s => !s.type).length")).isEqualTo(1);
        assertThat(browser.number("document.querySelectorAll('b, i').length")).isZero();
    }

    @Test
    void everyCellUnderThePointerSaysItsValueAndTokens() {
        float[][][][] patterns = patterns(LAYERS, HEADS, NASTY.size());
        open(small(patterns), "#layer=2&head=1", false);
        for (int query = 0; query < NASTY.size(); query++) {
            for (int key = query % 3; key < NASTY.size(); key += 3) {
                hover("#matrix", query, key);
                assertThat(Double.parseDouble(tipValue())).isCloseTo(patterns[2][1][query][key], within(2.5e-5));
                assertThat(tip("query")).isEqualTo(Terminal.shown(NASTY.get(query)) + " " + query);
                assertThat(tip("key")).isEqualTo(Terminal.shown(NASTY.get(key)) + " " + key);
            }
        }
        assertThat(browser.text("find('tip').textContent")).contains("layer 2, head 1");
        browser.move(5, 5);
        browser.await("find('tip').hidden");
    }

    @Test
    void layersAndHeadsAreChosen() {
        float[][][][] patterns = patterns(LAYERS, HEADS, NASTY.size());
        open(small(patterns), "", false);
        double step = data("#overview", "step");
        String frame = "find('overview').getBoundingClientRect()";
        browser.click(browser.number(frame + ".x") + data("#overview", "left") + 2.5 * step, browser.number(frame + ".y") + data("#overview", "top") + 1.5 * step, 0);
        browser.await("document.body.dataset.shown === '1.2 matrix'");
        hover("#matrix", 5, 3);
        assertThat(Double.parseDouble(tipValue())).isCloseTo(patterns[1][2][5][3], within(2.5e-5));
        browser.click(browser.number(frame + ".x") + data("#overview", "left") + 0.5 * step, browser.number(frame + ".y") + data("#overview", "top") + 1.5 * step, 8);
        browser.await("document.body.dataset.shown === '1.0+2 matrix'");
        hover("#matrix", 5, 4);
        assertThat(Double.parseDouble(tipValue())).isCloseTo((patterns[1][0][5][4] + patterns[1][2][5][4]) / 2, within(2.5e-5));
        browser.click("#next");
        browser.await("document.body.dataset.shown === '2.0+2 matrix'");
        browser.click("#chips button:nth-child(4)");
        browser.await("document.body.dataset.shown === '2.3 matrix'");
        assertThat(browser.value("find('next').disabled")).isEqualTo(true);
    }

    @Test
    void filters() {
        open(small(patterns(LAYERS, HEADS, NASTY.size())), "", false);
        browser.click("#layers");
        browser.type("1-2");
        assertThat(data("#overview", "cells")).isEqualTo(2 * HEADS);
        browser.click("#heads");
        browser.type("0, 3");
        assertThat(data("#overview", "cells")).isEqualTo(4);
        assertThat(browser.text("find('count').textContent")).isEqualTo("4 heads");
        browser.type("x");
        assertThat(browser.text("find('heads').getAttribute('aria-invalid')")).isEqualTo("true");
        assertThat(data("#overview", "cells")).isEqualTo(2 * HEADS);
        // The first picture is layer 1 now.
        String frame = "find('overview').getBoundingClientRect()";
        browser.click(browser.number(frame + ".x") + data("#overview", "left") + 5, browser.number(frame + ".y") + data("#overview", "top") + 5, 0);
        browser.await("document.body.dataset.shown === '1.0 matrix'");
    }

    @Test
    void lines() {
        float[][][][] patterns = patterns(LAYERS, HEADS, NASTY.size());
        open(small(patterns), "#layer=1&head=3", false);
        browser.click("#lines-tab");
        browser.await("document.body.dataset.shown === '1.3 lines'");
        browser.settle();
        float[][] pattern = patterns[1][3];
        assertThat(data("#lines", "lines")).isEqualTo(Stream.of(pattern).mapToLong(row -> count(row, 0.02f)).sum());
        assertThat(drawn("#lines")).isGreaterThan(2000);
        int query = NASTY.size() - 2;
        String frame = "find('lines').getBoundingClientRect()";
        browser.move(browser.number(frame + ".x") + data("#lines", "left") - 10, browser.number(frame + ".y") + data("#lines", "top") + (query + 0.5) * data("#lines", "rowHeight"));
        browser.await("!find('tip').hidden");
        assertThat(data("#lines", "lines")).isEqualTo(count(pattern[query], 0.002f));
        int best = IntStream.range(0, NASTY.size()).reduce((a, b) -> pattern[query][b] > pattern[query][a] ? b : a).orElseThrow();
        assertThat(browser.text("document.querySelector('#tip .row').children[0].textContent")).isEqualTo(String.format("%.3f", pattern[query][best]));
        assertThat(browser.text("document.querySelector('#tip .row').children[1].textContent")).isEqualTo(Terminal.shown(NASTY.get(best)) + " " + best);
        int key = best;
        browser.move(browser.number(frame + ".x") + data("#lines", "right") + 10, browser.number(frame + ".y") + data("#lines", "top") + (key + 0.5) * data("#lines", "rowHeight"));
        assertThat(data("#lines", "lines")).isEqualTo(Stream.of(pattern).filter(row -> row[key] >= 0.002f).count());
    }

    private static long count(float[] row, float least) { return IntStream.range(0, row.length).filter(key -> row[key] >= least).count(); }

    @Test
    void theKeyboardIsEnough() {
        float[][][][] patterns = patterns(LAYERS, HEADS, NASTY.size());
        open(small(patterns), "", false);
        for (String key : List.of("l", "l", "L", "h", "h")) browser.key(key);
        browser.await("document.body.dataset.shown === '1.2 matrix'");
        browser.value("find('matrix').focus()");
        for (String key : List.of("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight")) browser.key(key);
        assertThat(Double.parseDouble(tipValue())).isCloseTo(patterns[1][2][2][1], within(2.5e-5));
        assertThat(browser.text("find('live').textContent")).contains("query 2", "key 1 ");
        browser.value("find('overview').focus()");
        browser.key("ArrowDown");
        browser.key("ArrowLeft");
        browser.await("document.body.dataset.shown === '2.1 matrix'");
        browser.key("v");
        browser.await("document.body.dataset.shown === '2.1 lines'");
        browser.settle();
        browser.value("find('lines').focus()");
        browser.key("ArrowDown");
        browser.key("ArrowDown");
        assertThat(browser.text("find('live').textContent")).contains("query 1, looks at");
        browser.key("t");
        assertThat(browser.text("document.documentElement.dataset.theme")).isEqualTo("dark");
    }

    @Test
    void theFirstKeyCanBeLeftOutAndCellsEnlarged() {
        float[][][][] patterns = patterns(LAYERS, HEADS, NASTY.size());
        open(small(patterns), "", false);
        browser.click("#first");
        hover("#matrix", 4, 0);
        assertThat(Double.parseDouble(tipValue())).isZero();
        hover("#matrix", 4, 1);
        assertThat(Double.parseDouble(tipValue())).isCloseTo(patterns[0][0][4][1], within(2.5e-5));
        double width = data("#matrix", "cellWidth");
        browser.click("#zoom-in");
        assertThat(data("#matrix", "cellWidth")).isGreaterThan(1.4 * width);
        browser.value("find('matrix').scrollTo(120, 90)");
        browser.settle();
        hover("#matrix", 6, 5);
        assertThat(Double.parseDouble(tipValue())).isCloseTo(patterns[0][0][6][5], within(2.5e-5));
    }

    @Test
    void rowsThatAreNotTheColumns() {
        List<String> keys = List.of("a", "b", "c", "d", "e");
        Path file = folder.resolve("rows.html");
        new AttentionPage("rows", keys).queries(3, List.of("d", "e")).outOf(30, 9)
                .add(7, List.of(2, 5), (head, query, key) -> head / 10f + query / 100f + key / 1000f).write(file);
        open(file, "", false);
        assertThat(data("#matrix", "rows")).isEqualTo(2);
        assertThat(data("#matrix", "columns")).isEqualTo(5);
        hover("#matrix", 1, 4);
        assertThat(Double.parseDouble(tipValue())).isCloseTo(0.214, within(2.5e-5));
        assertThat(tip("query")).isEqualTo("e 4");
        assertThat(tip("key")).isEqualTo("e 4");
        assertThat(browser.text("find('facts').textContent")).startsWith("2 of 270 heads, 1 of 30 layers, 2 queries × 5 keys.");
        browser.click("#lines-tab");
        browser.settle();
        String frame = "find('lines').getBoundingClientRect()";
        // Queries stand beside the keys of their own positions.
        browser.move(browser.number(frame + ".x") + data("#lines", "left") - 10, browser.number(frame + ".y") + data("#lines", "top") + 3.5 * data("#lines", "rowHeight"));
        assertThat(browser.text("find('tip').textContent")).startsWith("d 3  looks at");
    }

    @Test
    void weightsAboveOne() {
        Path file = folder.resolve("large.html");
        new AttentionPage("large", List.of("a", "b")).add(0, 1, (head, query, key) -> query == 1 ? 5 : 0.5f).write(file);
        open(file, "", false);
        hover("#matrix", 1, 0);
        assertThat(Double.parseDouble(tipValue())).isEqualTo(5);
        hover("#matrix", 0, 0);
        assertThat(Double.parseDouble(tipValue())).isCloseTo(0.5, within(1e-4));
    }

    /// 512 tokens: what is chosen appears, in one byte per weight.
    @Test
    void manyTokens() throws IOException {
        int tokens = 512;
        float[][][][] patterns = patterns(4, 6, tokens);
        Path file = folder.resolve("many.html");
        page(patterns, IntStream.range(0, tokens).mapToObj(i -> " token" + i).toList()).write(file);
        assertThat(Files.size(file)).isLessThan(4L * 6 * tokens * tokens);
        open(file, "", false);
        for (int layer = 0; layer < 4; layer++) {
            browser.await("document.body.dataset.shown === '" + layer + ".0 matrix'");
            hover("#matrix", 500, 17 + layer);
            assertThat(Double.parseDouble(tipValue())).isCloseTo(patterns[layer][0][500][17 + layer], within(0.005));
            assertThat(tip("query")).isEqualTo("·token500 500");
            browser.key("l");
        }
        browser.key("v");
        browser.await("document.body.dataset.shown === '3.0 lines'");
        browser.settle();
        assertThat(data("#lines", "lines")).isPositive().isLessThanOrEqualTo(4000);
        browser.value("find('lines').scrollTo(0, 5000)");
        browser.settle();
        assertThat(drawn("#lines")).isGreaterThan(2000);
    }

    @Test
    void whatCannotBeShownOrWritten() throws IOException {
        Path file = folder.resolve("x.html");
        assertThatThrownBy(() -> new AttentionPage("empty", List.of("a")).write(file)).isInstanceOf(ModelException.class).hasMessageContaining("expected a layer with a head");
        for (float bad : new float[] {-0.1f, Float.NaN, Float.POSITIVE_INFINITY})
            assertThatThrownBy(() -> new AttentionPage("bad", List.of("a", "b")).add(3, 2, (head, query, key) -> head == 1 && key == 1 ? bad : 0).write(file))
                    .isInstanceOf(ModelException.class).hasMessage("layer 3 head 1: weight of query 0, key 1: expected a finite number, 0 or more, found " + bad);
        AttentionPage good = new AttentionPage("good", List.of("a")).add(0, 1, (head, query, key) -> 1);
        assertThatThrownBy(() -> good.write(folder.resolve("nowhere/x.html"))).isInstanceOf(ModelException.class).hasMessageEndingWith("x.html: cannot be written: there is no such folder");
        assertThatThrownBy(() -> good.write(folder)).isInstanceOf(ModelException.class).hasMessageContaining("expected a file name, found a folder");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }
}
