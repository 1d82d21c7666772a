package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GridPageTest extends PageCase {
    private static final float[] ROW = {-2, -0.5f, 0, 0.75f, 2, Float.NaN};

    private static Grid signed(List<String> labels) {
        float[][] values = IntStream.range(0, labels.size()).mapToObj(_ -> ROW.clone()).toArray(float[][]::new);
        return new Grid("Effect of </h2> patching", new Grid.Axis("token", labels), Grid.Axis.numbered("layer", ROW.length), values);
    }

    private Path written(GridPage page) {
        Path file = folder.resolve("grid.html");
        page.write(file);
        return file;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void draws(boolean dark) {
        open(written(GridPage.of(signed(NASTY))), "", dark);
        assertThat(data(".surface", "rows")).isEqualTo(NASTY.size());
        assertThat(data(".surface", "columns")).isEqualTo(ROW.length);
        double area = data(".surface", "cellWidth") * data(".surface", "cellHeight") * NASTY.size() * (ROW.length - 1);
        assertThat(drawn(".surface")).isGreaterThan((int) (0.7 * area));
        assertThat(browser.number("document.querySelectorAll('.legend canvas').length")).isEqualTo(1);
        browser.key("t");
        assertThat(browser.text("document.documentElement.dataset.theme")).isEqualTo(dark ? "light" : "dark");
        assertThat(drawn(".surface")).isGreaterThan((int) (0.7 * area));
    }

    @Test
    void everyCellUnderThePointer() {
        open(written(GridPage.of(signed(NASTY))), "", false);
        assertThat(codes("page.grids[0].rows.labels")).isEqualTo(codes(NASTY));
        assertThat(browser.text("document.title")).isEqualTo("Effect of </h2> patching");
        for (int row = 0; row < NASTY.size(); row++) {
            for (int column = row % 2; column < ROW.length; column += 2) {
                hover(".surface", row, column);
                if (Float.isNaN(ROW[column])) assertThat(tipValue()).isEqualTo("no number");
                else assertThat(Float.parseFloat(tipValue())).isEqualTo(ROW[column]);
                assertThat(tip("token")).isEqualTo(Terminal.shown(NASTY.get(row)));
                assertThat(tip("layer")).isEqualTo(Integer.toString(column));
            }
        }
    }

    @Test
    void negativeIsBlueAndPositiveOrange() {
        open(written(new GridPage("t", "", List.of(signed(List.of("a", "b"))), GridPage.Scale.DIVERGING)), "", false);
        int[] low = corner(0, 0);
        int[] zero = corner(0, 2);
        int[] high = corner(0, 4);
        assertThat(low[2]).isGreaterThan(low[0] + 60);
        assertThat(high[0]).isGreaterThan(high[2] + 60);
        assertThat(IntStream.of(zero)).allMatch(channel -> channel > 230);
        assertThat(corner(0, 3)).isNotEqualTo(corner(0, 1));
    }

    /// The colour of a cell, beside its number.
    private static int[] corner(int row, int column) {
        double[] middle = cell(".surface", row, column);
        return pixel(".surface", middle[0] - data(".surface", "cellWidth") / 2 + 4, middle[1] - data(".surface", "cellHeight") / 2 + 4);
    }

    @Test
    void severalGridsAndTexts() {
        List<List<String>> texts = List.of(List.of(" the", "</td>"), List.of("\n", " cat"));
        Grid lens = new Grid("lens", Grid.Axis.numbered("layer", 2), new Grid.Axis("token", List.of("x", "y")), new float[][] {{0.25f, 0.5f}, {0.125f, 1}}, texts);
        Grid heads = new HeadGrid("induction", new float[][] {{0.1f, 0.2f, 0.3f}, {0.4f, 0.5f, 0.6f}}).grid();
        open(written(new GridPage("two", "a note", List.of(lens, heads), GridPage.Scale.BY_SIGN)), "", false);
        assertThat(browser.text("[...document.querySelectorAll('h2')].map(e => e.textContent).join()")).isEqualTo("lens,induction");
        hover(".panel:nth-child(1) .surface", 0, 1);
        assertThat(browser.text("[...document.querySelectorAll('#tip .value')].map(e => e.textContent).join(' ')")).isEqualTo("</td> 0.5");
        hover(".panel:nth-child(2) .surface", 1, 2);
        assertThat(tipValue()).isEqualTo("0.6");
        assertThat(tip("head")).isEqualTo("2");
        browser.move(5, 5);
        browser.value("document.querySelector('.panel:nth-child(2) .surface').focus()");
        browser.key("ArrowRight");
        browser.key("ArrowRight");
        assertThat(browser.text("find('live').textContent")).isEqualTo("0.2: layer 0, head 1");
    }

    /// More than fits: the frame scrolls, and what is under the pointer stays right.
    @Test
    void aLargeGrid() {
        int rows = 300;
        int columns = 120;
        float[][] values = new float[rows][columns];
        for (int row = 0; row < rows; row++) for (int column = 0; column < columns; column++) values[row][column] = row + column / 1000f;
        List<String> labels = IntStream.range(0, columns).mapToObj(i -> " word" + i).collect(Collectors.toList());
        open(written(GridPage.of(new Grid("large", Grid.Axis.numbered("row", rows), new Grid.Axis("token", labels), values))), "", false);
        browser.value("document.querySelector('.surface').scrollTo(200, 900)");
        browser.settle();
        hover(".surface", 200, 60);
        assertThat(Float.parseFloat(tipValue())).isEqualTo(200.06f);
        assertThat(tip("token")).isEqualTo("·word60");
    }

    @Test
    void anEmptyPage() {
        assertThatThrownBy(() -> new GridPage("none", "", List.of(), GridPage.Scale.BY_SIGN).write(folder.resolve("x.html")))
                .isInstanceOf(ModelException.class).hasMessageEndingWith("x.html: grids: expected a grid with a cell, found none");
    }
}
