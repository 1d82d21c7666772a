package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// Tests of a page in a real browser. After each of them the page has asked for nothing but itself, and has not complained.
abstract class PageCase {
    /// Tokens that would break a page that inserts them carelessly.
    static final List<String> NASTY = List.of("</script><script>document.title='owned'</script>", "<!--<script>", " the", "\"'`${x}\\", "שלום", "👩‍👩‍👧", "\n", "\t ",
            "\u202Eturned", "\u0000\u0007", "\ud83d", "&lt;b&gt;", "\u2028");

    static Browser browser;

    @TempDir
    Path folder;

    private Path opened;

    @BeforeAll
    static void start() { browser = Browser.start(); }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        if (browser != null) browser.close();
    }

    @AfterEach
    void quiet() {
        if (opened == null) return;
        assertThat(browser.requests()).allMatch(address -> address.startsWith(opened.toUri().toString())).isNotEmpty();
        assertThat(browser.complaints()).isEmpty();
    }

    void open(Path page, String view, boolean dark) {
        opened = page;
        browser.open(page, view, 1280, 860, dark);
        browser.settle();
    }

    /// How many pixels of the canvas in `surface` are not of the panel's colour.
    static int drawn(String surface) {
        return (int) browser.number("""
                (() => {
                  const {data} = %s, [r, g, b] = channels(theme.panel);
                  let count = 0;
                  for (let i = 0; i < data.length; i += 4) if (data[i] !== r || data[i + 1] !== g || data[i + 2] !== b) count++;
                  return count;
                })()""".formatted(pixels(surface, "0", "0", "canvas.width", "canvas.height")));
    }

    /// Red, green and blue of a point in the window that a surface covers.
    static int[] pixel(String surface, double x, double y) {
        String frame = "canvas.getBoundingClientRect()";
        List<?> rgba = (List<?>) browser.value("[..." + pixels(surface, x + " - " + frame + ".x", y + " - " + frame + ".y", "1", "1") + ".data]");
        return rgba.stream().mapToInt(c -> ((Number) c).intValue()).limit(3).toArray();
    }

    /// The pixels of a part of a canvas, read from a copy: reading a canvas itself makes Chromium warn.
    private static String pixels(String surface, String x, String y, String width, String height) {
        return """
                (() => {
                  const canvas = document.querySelector('%s canvas'), copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {willReadFrequently: true});
                  copy.drawImage(canvas, 0, 0);
                  return copy.getImageData(%s, %s, %s, %s);
                })()""".formatted(surface, x, y, width, height);
    }

    static double data(String surface, String name) { return browser.number("document.querySelector('" + surface + " canvas').dataset." + name); }

    /// Where the middle of a matrix' cell is in the window.
    static double[] cell(String surface, int row, int column) {
        String frame = "document.querySelector('" + surface + "').getBoundingClientRect()";
        double x = browser.number(frame + ".x") - browser.number("document.querySelector('" + surface + "').scrollLeft");
        double y = browser.number(frame + ".y") - browser.number("document.querySelector('" + surface + "').scrollTop");
        return new double[] {x + data(surface, "left") + (column + 0.5) * data(surface, "cellWidth"), y + data(surface, "top") + (row + 0.5) * data(surface, "cellHeight")};
    }

    static void hover(String surface, int row, int column) {
        double[] at = cell(surface, row, column);
        browser.move(at[0], at[1]);
        browser.await("!find('tip').hidden");
    }

    /// What the tooltip says beside a name.
    static String tip(String name) {
        return browser.text("[...document.querySelectorAll('#tip .row > :nth-child(odd)')].find(e => e.textContent === " + Json.write(name) + ").nextSibling.textContent");
    }

    static String tipValue() { return browser.text("[...document.querySelectorAll('#tip .value')].at(-1).textContent"); }

    /// The texts that a page holds, as numbers: half surrogate pairs would not survive the way here.
    static List<String> codes(String expression) {
        List<?> all = (List<?>) browser.value(expression + ".map(t => Array.from({length: t.length}, (_, i) => t.charCodeAt(i)).join())");
        return all.stream().map(String.class::cast).toList();
    }

    static List<String> codes(List<String> texts) {
        return texts.stream().map(text -> String.join(",", text.chars().mapToObj(Integer::toString).toList())).toList();
    }
}
